//! Repetition of calls, and rate limits.

use mist_simulator::{Config, Fault, FaultKind, NewToken, RetryAfter, Simulator};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use suites::{
    TOKENS, answer, client, client_with, cloud, each, ids_named, methods, milliseconds, once, pause, refusal, says,
    status,
};

fn rate_limit(retry_after: RetryAfter) -> FaultKind {
    FaultKind::RateLimit { retry_after }
}

fn retry_after(status: u16, value: &str) -> FaultKind {
    FaultKind::Status {
        status,
        body: r#"{"detail": "Later."}"#.into(),
        headers: BTreeMap::from([("retry-after".to_owned(), value.to_owned())]),
    }
}

#[test]
fn trouble_of_the_cloud_is_waited_out_for_everything_but_a_post() {
    each([408, 500, 502, 503, 504, 520, 599], |code| {
        let cloud = cloud();
        let (id, _) = cloud.add_user_token(NewToken::named("x"));
        let path = format!("{TOKENS}/{id}");
        for (method, calls) in [("GET", 2), ("PUT", 2), ("DELETE", 2), ("POST", 1)] {
            let client = client(&cloud);
            once(&cloud, method, status(code));
            let outcome = match method {
                "GET" => client.get(TOKENS).map(drop),
                "PUT" => client.put(&path, &json!({"name": "y"})).map(drop),
                "DELETE" => client.delete_existing(&path).map(drop),
                _ => client.post(TOKENS, &json!({"name": "z"})).map(drop),
            };
            assert_eq!(client.api_calls(), calls, "{method} {code}: {outcome:?}");
            assert_eq!(outcome.is_ok(), method != "POST", "{method} {code}");
        }
        assert_eq!(ids_named(&cloud, "z").len(), 0);
    });
}

#[test]
fn a_refusal_is_not_tried_again() {
    let cloud = cloud();
    for code in [400, 401, 403, 404, 405, 409, 418, 501] {
        let client = client(&cloud);
        once(&cloud, "GET", answer(code, r#"{"detail": "No."}"#));
        assert_eq!(refusal(&client.get(TOKENS).unwrap_err()), (code, "No."));
        assert_eq!(client.api_calls(), 1);
    }
}

#[test]
fn trouble_that_goes_on_ends_with_max_wait_and_says_what_it_was() {
    let cloud = cloud();
    cloud.fault(Fault::new(answer(503, r#"{"detail": "Maintenance."}"#)));
    for (max_wait, least) in [(Duration::ZERO, 1), (milliseconds(700), 2)] {
        let client = client_with(&cloud, |settings| settings.max_wait = max_wait);
        let error = client.get(TOKENS).unwrap_err();
        assert_eq!(refusal(&error), (503, "Maintenance."));
        assert!((least..=5).contains(&client.api_calls()), "{}", client.api_calls());
    }
}

#[test]
fn a_rate_limit_is_waited_out_as_the_cloud_says() {
    let limits =
        [rate_limit(RetryAfter::Seconds(1)), rate_limit(RetryAfter::Date(2)), rate_limit(RetryAfter::Seconds(0))];
    let scenarios = limits.into_iter().flat_map(|kind| [(kind.clone(), "GET"), (kind, "POST")]);
    each(scenarios, |(kind, method)| {
        let cloud = cloud();
        let client = client(&cloud);
        once(&cloud, method, kind.clone());
        match method {
            "GET" => client.get(TOKENS),
            _ => client.post(TOKENS, &json!({"name": "x"})),
        }
        .unwrap();
        assert_eq!(client.api_calls(), 2, "{kind:?}");
    });
}

#[test]
fn a_date_to_wait_for_is_read_by_the_clock_of_the_cloud() {
    // The cloud's clock is far behind this machine's, and in another run far ahead.
    for clock in [1_000_000_000.0, 4_000_000_000.0] {
        let cloud = Simulator::start(Config { clock: Some(clock), ..Config::default() }).unwrap();
        let client = client(&cloud);
        once(&cloud, "GET", rate_limit(RetryAfter::Date(1)));
        client.get(TOKENS).unwrap();
        assert!(client.remaining_wait() <= Duration::from_secs(2), "no second was waited");
        once(&cloud, "GET", rate_limit(RetryAfter::Date(600)));
        assert_eq!(pause(&client.get(TOKENS).unwrap_err()), 600);
    }
}

#[test]
fn a_rate_limit_that_cannot_be_waited_out_fails_at_once_and_says_for_how_long() {
    // Half past: 1,801 seconds until a second after the turn of the hour.
    let cloud = Simulator::start(Config {
        clock: Some(1_000_000_800.0 - 1_000_000_800.0 % 3600.0 + 1800.0),
        ..Config::default()
    })
    .unwrap();
    for (kind, seconds) in [
        (rate_limit(RetryAfter::Seconds(4)), 4),
        (rate_limit(RetryAfter::Absent), 1801),
        (retry_after(429, "soon"), 1801),
    ] {
        for method in ["GET", "POST"] {
            let client = client(&cloud);
            once(&cloud, method, kind.clone());
            let error = match method {
                "GET" => client.get(TOKENS),
                _ => client.post(TOKENS, &json!({"name": "x"})),
            }
            .unwrap_err();
            assert_eq!(pause(&error), seconds);
            assert!(!error.may_have_taken_effect());
            assert_eq!(client.api_calls(), 1);
        }
    }
}

#[test]
fn a_cloud_that_says_come_back_at_once_for_ever_is_not_hammered_for_ever() {
    let past = "Sun, 06 Nov 1994 08:49:37 GMT";
    each([retry_after(429, "0"), retry_after(429, past), retry_after(503, "0")], |kind| {
        for max_wait in [Duration::ZERO, milliseconds(1500)] {
            let cloud = cloud();
            cloud.fault(Fault::new(kind.clone()).times(50));
            let client = client_with(&cloud, |settings| settings.max_wait = max_wait);
            says(&client.get(TOKENS).unwrap_err(), &["Later."]);
            assert!(client.api_calls() <= 7, "{kind:?}: {}", client.api_calls());
        }
    });
}

#[test]
fn a_deletion_whose_answer_was_lost_and_that_is_gone_the_second_time_is_success() {
    each(
        [
            FaultKind::CutAfter,
            FaultKind::CutBefore,
            FaultKind::CutMidBody,
            FaultKind::BadChunking,
            FaultKind::NotHttp,
            FaultKind::Html { status: 200 },
            FaultKind::Html { status: 502 },
        ],
        |kind| {
            let cloud = cloud();
            for effect in [true, false] {
                let (id, _) = cloud.add_user_token(NewToken::named("x"));
                cloud.fault(Fault::new(kind.clone()).method("DELETE").times(1).takes_effect(effect));
                cloud.clear_requests();
                client(&cloud).delete_existing(&format!("{TOKENS}/{id}")).unwrap();
                assert_eq!(ids_named(&cloud, "x").len(), 0, "{kind:?} {effect}");
                assert_eq!(methods(&cloud), ["DELETE", "DELETE"], "{kind:?} {effect}");
            }
        },
    );
}

#[test]
fn a_long_wait_is_told_afterwards_with_its_reason() {
    let cloud = cloud();
    let client = client(&cloud);
    once(&cloud, "GET", rate_limit(RetryAfter::Seconds(3)));
    let patient = client_with(&cloud, |settings| {
        settings.max_wait = Duration::from_secs(9);
    });
    patient.get(TOKENS).unwrap();
    assert!(client.waited().is_none());
    let told = patient.waited().unwrap().to_string();
    assert!(told.contains("429") && told.contains("4 seconds"), "{told}");
}

#[test]
fn a_deletion_is_confirmed_by_an_empty_body_alone_in_any_status() {
    let bodies = [
        (r#"{}"#, true),
        ("null", true),
        ("", true),
        ("[]", false),
        (r#""""#, false),
        ("0", false),
        (r#"{"blocked": true}"#, false),
        (r#"{"detail": "queued"}"#, false),
        ("<html><title>Portal</title></html>", false),
    ];
    let statuses = [200, 201, 202, 203, 204, 400, 401, 403, 404, 429, 503];
    let all = statuses.into_iter().flat_map(|status| bodies.map(|(body, is_empty)| (status, body, is_empty)));
    each(all, |(status, body, is_empty)| {
        let cloud = cloud();
        let (id, _) = cloud.add_user_token(NewToken::named("x"));
        let client = client_with(&cloud, |settings| settings.max_wait = Duration::ZERO);
        cloud.fault(Fault::new(answer(status, body)).method("DELETE"));
        let outcome = client.delete_existing(&format!("{TOKENS}/{id}")).map(drop);
        // A response 204 has no body on the wire.
        let expected = match status {
            200 | 201 | 203 => is_empty,
            204 => true,
            404 => matches!(body, "{}" | r#"{"detail": "queued"}"#),
            _ => false,
        };
        assert_eq!(outcome.is_ok(), expected, "{status} {body}: {outcome:?}");
        if let Err(error) = outcome
            && status < 300
        {
            assert!(error.may_have_taken_effect(), "{status} {body}: {error:?}");
            assert!(status == 202 || !body.starts_with('{') || error.to_string().contains(&body.replace(": ", ":")));
        }
    });
}
