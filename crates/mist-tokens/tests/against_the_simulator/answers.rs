//! Answers that cannot be used, and what is said about refusals.

use crate::support::{
    TOKENS, UNKNOWN_KEY, answer, client, client_with, cloud, each, milliseconds, of_the_cloud, once, says, secret,
    tokens,
};
use mist_simulator::{Fault, FaultKind, NewToken};
use mist_tokens::calls;
use mist_tokens::token::Owner;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// What becomes of a listing whose first answer is spoilt.
enum Then {
    /// It is asked for again.
    Again,
    /// It fails at once, with these words.
    Fails(&'static str),
}
use Then::{Again, Fails};

#[test]
fn every_spoilt_answer_is_asked_for_again_or_is_an_error_that_says_what_it_was() {
    each(
        [
            (FaultKind::CutBefore, Again),
            (FaultKind::CutAfter, Again),
            (FaultKind::CutMidBody, Again),
            (FaultKind::NotHttp, Again),
            (FaultKind::BadChunking, Again),
            (FaultKind::Html { status: 502 }, Again),
            (FaultKind::Trickle { milliseconds: 20 }, Again),
            (FaultKind::Delay { milliseconds: 3_600_000 }, Again),
            (FaultKind::DelayedEffect { milliseconds: 1 }, Again),
            (FaultKind::TruncatedBody, Fails("is JSON cut short")),
            (FaultKind::ShortContentLength, Fails("is JSON cut short")),
            (FaultKind::Html { status: 200 }, Fails("is an HTML page, not JSON")),
            (FaultKind::Html { status: 403 }, Fails("403: an HTML page titled \"403\"")),
            (FaultKind::WrongShape, Fails("an object, where a list was expected")),
            (FaultKind::Garbage, Fails("is not JSON")),
            (FaultKind::NotUtf8, Fails("is not JSON")),
            (FaultKind::Compressed, Fails("compressed (gzip)")),
            (answer(200, "[1, 2]"), Fails("a list of tokens")),
            (answer(200, "[{\"name\": \"no id\"}]"), Fails("a list of tokens")),
            (answer(200, ""), Fails("nothing, where a list was expected")),
            (answer(200, &"[".repeat(100_000)), Fails("is not JSON")),
        ],
        |(kind, then)| {
            let cloud = cloud();
            let client = client_with(&cloud, |settings| {
                settings.network.timeout = milliseconds(500);
            });
            // The connection is in use already, so that what is left of a spoilt answer could get into the next.
            client.get("/api/v1/self").unwrap();
            once(&cloud, "GET", kind.clone());
            let outcome = calls::list(&client, &Owner::User);
            match then {
                Again => assert_eq!(outcome.unwrap().tokens.len(), 1, "{kind:?}"),
                Fails(words) => says(&of_the_cloud(outcome.unwrap_err()), &[words]),
            }
            let calls = if matches!(then, Again) { 3 } else { 2 };
            assert_eq!(client.api_calls(), calls, "{kind:?}");
            assert_eq!(
                calls::list(&client, &Owner::User).unwrap().tokens.len(),
                1,
                "{kind:?}: the next answer is what was asked for"
            );
        },
    );
}

#[test]
fn an_id_that_would_mean_something_in_a_path_is_refused_without_the_key_in_it() {
    let cloud = cloud();
    once(&cloud, "GET", answer(200, &format!("[{{\"id\": \"../{UNKNOWN_KEY}\"}}]")));
    let error = calls::list(&client(&cloud), &Owner::User).unwrap_err();
    assert_eq!(error, mist_tokens::Error::NoId("../********".into()));
}

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
        ("not json\u{7}\nat all", "400: not json at all."),
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
    says(&error, &["400: an answer that is compressed (gzip)"]);
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
fn a_token_that_no_header_can_carry_is_refused_without_quoting_it() {
    let cloud = cloud();
    let client = client_with(&cloud, |settings| {
        settings.credentials = tokens("geheim\nX-Other: header");
    });
    let error = client.get(TOKENS).unwrap_err();
    says(&error, &["Authorization header", "cannot carry"]);
    assert!(!format!("{error} {error:?}").contains("geheim"), "{error}");
    assert_eq!(cloud.requests().len(), 0);
}
