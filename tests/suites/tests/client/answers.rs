//! Unusable responses, and the messages of refusals.

use mist_client::{Client, Error};
use mist_simulator::{Fault, FaultKind, NewToken};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use suites::{
    TOKENS, UNKNOWN_KEY, answer, client, client_with, cloud, each, milliseconds, once, says, secret, settings, tokens,
};

#[test]
fn what_goes_wrong_for_ever_ends_within_max_wait() {
    each(
        [
            FaultKind::CutBefore,
            FaultKind::CutMidBody,
            FaultKind::NotHttp,
            FaultKind::BadChunking,
            FaultKind::Html { status: 502 },
            FaultKind::Trickle { milliseconds: 20 },
            FaultKind::DelayedEffect { milliseconds: 1 },
        ],
        |kind| {
            let cloud = cloud();
            cloud.fault(Fault::new(kind.clone()));
            let client = client_with(&cloud, |settings| {
                settings.network.timeout = milliseconds(300);
                settings.max_wait = milliseconds(900);
            });
            let error = client.get(TOKENS).unwrap_err();
            says(&error, &["GET https://127.0.0.1"]);
            assert!((2..=4).contains(&client.api_calls()), "{kind:?} {error}");
        },
    );
}

#[test]
fn an_answer_above_64_mib_is_given_up_once_and_for_all() {
    let cloud = cloud();
    for kind in [FaultKind::Huge, FaultKind::Endless] {
        let client = client_with(&cloud, |settings| {
            settings.network.timeout = Duration::from_secs(50);
            settings.max_wait = Duration::from_secs(50);
        });
        once(&cloud, "GET", kind.clone());
        let error = client.get(TOKENS).unwrap_err();
        says(&error, &["larger than 64 MiB"]);
        assert!(error.may_have_taken_effect());
        assert_eq!(client.api_calls(), 1, "{kind:?}");
    }
}

#[test]
fn every_form_of_refusal_is_told_in_the_words_of_the_cloud() {
    let cloud = cloud();
    for (body, words) in [
        (r#"{"detail": "Name is taken."}"#, "400: Name is taken."),
        (r#"{"detail": {"name": ["too long"]}}"#, "400: name: too long."),
        (r#"{"name": ["too long", "empty"]}"#, "400: name: too long empty."),
        (r#"{"detail": ["a", "b"]}"#, "400: [\"a\",\"b\"]."),
        (r#"{"id": "53f10664-3ce8-4c27-b382-0ef66432349f"}"#, "400: id: 53f10664-3ce8-4c27-b382-0ef66432349f."),
        ("\"just words\"", "400: just words."),
        ("not json\u{7}\nat all", "answered 400 instead of the cloud, with the text \"not json at all\"."),
        ("null", "answered 400."),
        ("", "answered 400."),
    ] {
        once(&cloud, "POST", answer(400, body));
        let error = client(&cloud).post(TOKENS, &json!({})).unwrap_err();
        says(&error, &[words]);
    }
}

#[test]
fn a_refusal_that_is_compressed_is_told_as_such() {
    let cloud = cloud();
    let mut kind = answer(400, "\u{1f}\u{8b}nothing to read");
    if let FaultKind::Status { headers, .. } = &mut kind {
        *headers = BTreeMap::from([("content-encoding".to_owned(), "gzip".to_owned())]);
    }
    once(&cloud, "GET", kind);
    let error = client(&cloud).get(TOKENS).unwrap_err();
    says(&error, &["a compressed response (gzip)"]);
    assert!(!error.to_string().contains("nothing to read"), "{error}");
}

#[test]
fn a_refusal_that_quotes_a_key_is_told_without_it() {
    let cloud = cloud();
    let (_, short) =
        cloud.add_user_token(NewToken { key: Some("short-geheim-key-of-our-own".into()), ..NewToken::named("short") });
    for token in [cloud.api_token(), &short] {
        for filler in [0, 340, 350, 360, 370] {
            let text = format!("{} {token} {UNKNOWN_KEY}", "x ".repeat(filler / 2));
            for kind in [
                FaultKind::LeakyError { text: text.clone() },
                answer(400, &text),
                answer(400, &json!({"name": [text]}).to_string()),
            ] {
                let client = client_with(&cloud, |settings| {
                    settings.credentials = tokens(token);
                });
                once(&cloud, "GET", kind);
                let error = client.get(TOKENS).unwrap_err();
                says(&error, &["400"]);
                let text = format!("{error} {error:?}");
                assert!(!text.contains(&token[..8]), "{text}");
                if filler == 0 {
                    assert!(text.contains("********"), "{text}");
                }
            }
        }
    }
}

#[test]
fn a_new_key_and_the_old_token_are_both_taken_out_of_what_the_new_one_meets() {
    let cloud = cloud();
    let (_, new) = cloud.add_user_token(NewToken { key: Some("new-geheim-key".into()), ..NewToken::named("new") });
    let (_, old) = cloud.add_user_token(NewToken { key: Some("old-geheim-key".into()), ..NewToken::named("old") });
    once(&cloud, "GET", FaultKind::LeakyError { text: format!("{new} {old}") });
    let client = client_with(&cloud, |settings| settings.credentials = tokens(&old));
    let error = client.with_token(&secret(&new)).get(TOKENS).unwrap_err();
    assert!(!format!("{error:?}").contains("geheim"), "{error}");
}

#[test]
fn a_token_that_cannot_be_one_is_refused_before_it_is_sent_without_quoting_it() {
    let cloud = cloud();
    for token in ["geheim\nX-Other: header", "'geheim'", "Token geheim", "MIST_API_TOKEN=geheim", "gehe...heim"] {
        let mut settings = settings(&cloud);
        settings.credentials = tokens(token);
        let error = Client::new(&settings).unwrap_err();
        assert!(matches!(error, Error::Setting(_)), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("geheim"), "{error}");
    }
    assert_eq!(cloud.requests().len(), 0);
}

#[test]
fn a_secret_of_a_body_is_not_quoted_in_any_encoding_nor_cut_where_the_quotation_ends() {
    let cloud = cloud();
    let client = client(&cloud);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", "geheim+/+\n".repeat(60));
    client.hide(&pem);
    let escaped = serde_json::to_string(&pem).unwrap();
    let percent: String = pem.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let entities: String = pem.chars().map(|character| format!("&#x{:x};", u32::from(character))).collect();
    for quoted in [pem.clone(), pem.replace('\n', " "), pem.replace('\n', "\r\n  "), escaped, percent, entities] {
        for filler in [0, 300, 390] {
            let text = format!("{}{quoted}", "x ".repeat(filler / 2));
            for kind in [answer(400, &json!({ "detail": text }).to_string()), answer(400, &text), answer(502, &text)] {
                once(&cloud, "POST", kind);
                let error = client.post(TOKENS, &json!({"key": pem})).unwrap_err();
                let shown = format!("{error} {error:?}");
                for part in ["geheim", "PRIVATE", "%67%65", "&#x67;"] {
                    assert!(!shown.contains(part), "{part} in {shown}");
                }
            }
        }
    }
}
