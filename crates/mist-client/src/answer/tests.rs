//! Responses of every kind and how they are read.

use super::*;
use serde_json::json;
use ureq::http::HeaderMap;

const KEY: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

fn raw(status: u16, body: &str) -> RawAnswer {
    RawAnswer { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() }
}

fn call() -> Call {
    Call { method: "GET", url: "https://api.mist.com/x".into() }
}

#[test]
fn every_form_of_refusal_has_a_message() {
    for (body, words) in [
        (r#"{"detail": "Invalid token."}"#, "Invalid token."),
        (r#"{"detail": {"name": ["This field is required."]}}"#, "name: This field is required."),
        (r#"{"name": ["too long", "empty"], "role": "unknown"}"#, "name: too long empty; role: unknown"),
        (r#"{"id": "53f10664-3ce8-4c27-b382-0ef66432349f"}"#, "id: 53f10664-3ce8-4c27-b382-0ef66432349f"),
        (r#"{"detail": "No.", "reason": "policy"}"#, "No (reason: policy)"),
        ("", ""),
        ("[1]", "[1]"),
    ] {
        let Err(Error::Status { detail, .. }) = read(&call(), &raw(502, body)) else { panic!("{body}") };
        assert_eq!(detail, words, "{body}");
    }
}

#[test]
fn an_intermediarys_response_is_described() {
    for (body, words) in [
        ("<!DOCTYPE html><title> Bad gateway </title>", "an HTML page titled \"Bad gateway\""),
        ("<!-- x --><html>", "an HTML page, not JSON"),
        ("upstream timed out", "the text \"upstream timed out\""),
        ("\u{0}\u{1}", "data that is not JSON"),
    ] {
        let Err(Error::Intermediary { what, status: 502, .. }) = read(&call(), &raw(502, body)) else {
            panic!("{body}")
        };
        assert_eq!(what, words, "{body}");
    }
}

#[test]
fn a_key_in_a_refusal_is_masked() {
    for body in [format!(r#"{{"detail": "bad {KEY}"}}"#), format!(r#"{{"{KEY}": "{KEY}"}}"#), KEY.to_owned()] {
        let error = read(&call(), &raw(400, &body)).unwrap_err().to_string();
        assert!(error.contains(redact::MASK) && !error.contains("AbCdEf"), "{error}");
    }
}

#[test]
fn a_success_that_is_not_json_is_an_error_that_quotes_nothing() {
    for body in ["<html><body>hi</body></html>", r#"[{"key": "AbCdEf"#, "AbCdEf", "\u{0}\u{1}"] {
        let error = read(&call(), &raw(200, body)).unwrap_err();
        let is_expected = if body.starts_with('<') {
            matches!(error, Error::Intermediary { .. })
        } else {
            matches!(error, Error::Answer { .. })
        };
        assert!(is_expected && !error.to_string().contains("AbCdEf"), "{error:?}");
    }
    let error = read(&call(), &RawAnswer { body: vec![b'"', 0xff, b'"'], ..raw(200, "") }).unwrap_err();
    assert!(matches!(error, Error::Answer { .. }), "{error:?}");
}

#[test]
fn only_an_accepted_status_is_an_answer_and_the_body_of_a_success_is_not_quoted() {
    let gone = |status| status == 404;
    let answer = read_accepted(&call(), &raw(404, r#"{"detail": "Not found."}"#), &gone).unwrap();
    assert_eq!((answer.status, answer.json["detail"].as_str()), (404, Some("Not found.")));
    assert!(!answer.is_success());
    let page = read_accepted(&call(), &raw(404, "<html>"), &gone).unwrap_err();
    assert!(matches!(page, Error::Intermediary { status: 404, .. }), "{page:?}");
    let error = read_accepted(&call(), &raw(200, r#"{"psk": "geheim"}"#), &gone).unwrap_err();
    assert_eq!(error.status(), Some(200));
    assert!(!error.to_string().contains("geheim"), "{error}");
}

#[test]
fn a_malformed_count_in_a_header_is_an_error() {
    for value in ["-1", "many", "99999999999999999999999"] {
        let mut counted = raw(200, "[]");
        counted.headers.insert("x-page-total", value.parse().unwrap());
        assert!(matches!(read(&call(), &counted), Err(Error::Answer { .. })), "{value}");
    }
}

#[test]
fn a_response_with_too_many_values_is_not_parsed() {
    for (body, is_refused) in [
        (format!("[{}1]", "1,".repeat(2_100_000)), true),
        ("[".repeat(2_100_000), true),
        (format!("[{}1]", "1,".repeat(1_000_000)), false),
        (format!("\"{}\"", ",".repeat(4_000_000)), false),
    ] {
        let mut was_parsed = false;
        let mut reader = |_: &[u8]| {
            was_parsed = true;
            Ok(Value::Null)
        };
        let read = read_as_asked(&call(), &raw(200, &body), &is_success, &mut reader, &Asked::default());
        assert_eq!((read.is_err(), was_parsed), (is_refused, !is_refused));
    }
    for (body, count) in [("1", 1), ("[1,2]", 3), (r#"{"a": "[,{\",", "b": []}"#, 4), ("", 1)] {
        assert_eq!(count_values(body.as_bytes()), count, "{body}");
    }
}

#[test]
fn an_empty_success_is_null() {
    let answer = read(&call(), &raw(200, " \r\n")).unwrap();
    assert_eq!((answer.json, answer.is_empty), (Value::Null, true));
}

#[test]
fn a_compressed_response_is_an_error() {
    let mut compressed = raw(200, "x");
    compressed.headers.insert("content-encoding", "gzip".parse().unwrap());
    let Err(Error::Answer { reason, .. }) = read(&call(), &compressed) else { panic!() };
    assert!(reason.contains("gzip"), "{reason}");
}

#[test]
fn only_an_empty_body_confirms_and_only_in_a_final_status() {
    let bodies = [
        (Value::Null, true),
        (json!({}), true),
        (json!([]), false),
        (json!(""), false),
        (json!(0), false),
        (json!(true), false),
        (json!({"blocked": true}), false),
        (json!({"detail": "queued"}), false),
        (json!({"id": "53f10664-3ce8-4c27-b382-0ef66432349f"}), false),
    ];
    for status in [200, 201, 202, 203, 204, 302, 400, 403, 404, 429, 503] {
        for (body, is_empty) in &bodies {
            let expected = status == 404 || (*is_empty && matches!(status, 200 | 201 | 203 | 204));
            assert_eq!(confirms_deletion(status, body), expected, "{status} {body}");
        }
    }
}
