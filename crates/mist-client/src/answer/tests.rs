//! Answers of every kind, and what is made of them.

use super::*;
use ureq::http::HeaderMap;

const KEY: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

fn raw(status: u16, body: &str) -> RawAnswer {
    RawAnswer { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() }
}

fn call() -> Call {
    Call { method: "GET", url: "https://api.mist.com/x".into() }
}

#[test]
fn every_form_of_refusal_becomes_words() {
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
fn what_is_not_the_clouds_is_told_as_what_it_is() {
    for (body, words) in [
        ("<!DOCTYPE html><title> Bad gateway </title>", "an HTML page titled \"Bad gateway\""),
        ("<!-- x --><html>", "an HTML page, not JSON"),
        ("upstream timed out", "the text \"upstream timed out\""),
        ("\u{0}\u{1}", "what is not JSON"),
    ] {
        let Err(Error::NotTheCloud { what, status: 502, .. }) = read(&call(), &raw(502, body)) else {
            panic!("{body}")
        };
        assert_eq!(what, words, "{body}");
    }
}

#[test]
fn a_refusal_that_quotes_a_key_is_told_without_it() {
    for body in [format!(r#"{{"detail": "bad {KEY}"}}"#), format!(r#"{{"{KEY}": "{KEY}"}}"#), KEY.to_owned()] {
        let error = read(&call(), &raw(400, &body)).unwrap_err().to_string();
        assert!(error.contains(redact::MASK) && !error.contains("AbCdEf"), "{error}");
    }
}

#[test]
fn a_success_that_is_not_json_is_an_error_that_says_so_and_quotes_nothing() {
    for (body, words) in [
        ("<html><body>hi</body></html>", "an HTML page"),
        (r#"[{"key": "AbCdEf"#, "is JSON cut short"),
        ("AbCdEf", "is not JSON (line 1"),
        ("\u{0}\u{1}", "is not JSON"),
    ] {
        let error = read(&call(), &raw(200, body)).unwrap_err().to_string();
        assert!(error.contains(words) && !error.contains("AbCdEf"), "{error}");
    }
    let error = read(&call(), &RawAnswer { body: vec![b'"', 0xff, b'"'], ..raw(200, "") }).unwrap_err();
    assert!(error.to_string().contains("is not JSON"), "{error}");
}

#[test]
fn only_an_accepted_status_is_an_answer_and_the_body_of_a_success_is_not_quoted() {
    let gone = |status| status == 404;
    let answer = read_accepted(&call(), &raw(404, r#"{"detail": "Not found."}"#), &gone).unwrap();
    assert_eq!((answer.status, answer.json["detail"].as_str()), (404, Some("Not found.")));
    assert!(!answer.is_success());
    let page = read_accepted(&call(), &raw(404, "<html>"), &gone).unwrap_err();
    assert!(matches!(page, Error::NotTheCloud { status: 404, .. }), "{page:?}");
    let error = read_accepted(&call(), &raw(200, r#"{"psk": "geheim"}"#), &gone).unwrap_err();
    assert_eq!(error.status(), Some(200));
    assert!(!error.to_string().contains("geheim"), "{error}");
}

#[test]
fn a_header_that_counts_and_is_no_number_is_an_error() {
    for value in ["-1", "many", "99999999999999999999999"] {
        let mut counted = raw(200, "[]");
        counted.headers.insert("x-page-total", value.parse().unwrap());
        assert!(read(&call(), &counted).unwrap_err().to_string().contains("x-page-total"), "{value}");
    }
}

#[test]
fn what_would_fill_the_memory_is_not_taken_apart() {
    let body = format!("[{}1]", "1,".repeat(2_100_000));
    assert!(read(&call(), &raw(200, &body)).unwrap_err().to_string().contains("more than 2000000 values"));
}

#[test]
fn an_empty_success_is_null() {
    let answer = read(&call(), &raw(200, " \r\n")).unwrap();
    assert_eq!((answer.json, answer.is_empty), (Value::Null, true));
}

#[test]
fn a_compressed_answer_is_an_error_that_says_so() {
    let mut compressed = raw(200, "x");
    compressed.headers.insert("content-encoding", "gzip".parse().unwrap());
    assert!(read(&call(), &compressed).unwrap_err().to_string().contains("compressed (gzip)"));
}
