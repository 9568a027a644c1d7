//! Refusals, 5xx responses and lost connections.

use super::situation::{Situation, ok};
use mist_client::Error;
use mist_client::error::Reach;
use mist_simulator::{Config, Fault, FaultKind, NewToken};
use serde_json::json;
use suites::{Is, pause};

#[test]
fn a_post_whose_answer_is_lost_is_not_repeated_and_says_so() {
    for (kind, made) in [
        (FaultKind::CutAfter, 1),
        (FaultKind::CutBefore, 0),
        (FaultKind::CutMidBody, 1),
        (FaultKind::TruncatedBody, 1),
        (FaultKind::Garbage, 1),
    ] {
        let situation = Situation::new();
        situation.cloud.fault(Fault::new(kind.clone()).method("POST"));
        let task = json!({"method": "POST", "path": "self/apitokens", "body": {"name": "n"}});
        let failure = situation.run_in(false, task).0.unwrap_err();
        let error: &Error = failure.cause();
        assert!(error.may_have_taken_effect(), "{kind:?}: {error:?}");
        assert_eq!(situation.calls().len(), 1, "{kind:?}");
        assert_eq!(situation.cloud.user_tokens().len(), 1 + made, "{kind:?}");
    }
}

#[test]
fn a_delete_whose_answer_was_lost_is_a_change_though_nothing_is_left_to_delete() {
    let situation = Situation::with(Config { user_tokens: 1, ..Config::default() });
    let id = situation.cloud.user_tokens()[1].id.clone();
    situation.cloud.fault(Fault::new(FaultKind::CutAfter).method("DELETE").times(1));
    let task = json!({"method": "DELETE", "path": format!("self/apitokens/{id}")});
    let gone = ok(situation.run_in(false, task).0);
    assert!(gone.changed && gone.results.status == Some(404) && gone.results.api_calls == 2);
}

#[test]
fn a_refusal_of_the_credentials_says_what_to_do() {
    let situation = Situation::new();
    let (_, key) = situation.cloud.add_org_token(
        situation.cloud.org_id(),
        NewToken { privileges: vec![json!({"scope": "org", "role": "read"})], ..NewToken::named("reader") },
    );
    for (token, method, status) in [("no-token-of-this-cloud", "GET", 401), (key.as_str(), "PUT", 403)] {
        let task = json!({"method": method, "path": "sites/{site_id}", "site_id": situation.site_id(), "api_token": token,
            "body": (method == "PUT").then(|| json!({"name": "x"}))});
        let failure = situation.run_in(false, task).0.unwrap_err();
        assert_eq!((failure.status(), failure.changed), (Some(status), false));
        assert!(!failure.msg.contains(token), "{}", failure.msg);
    }
}

#[test]
fn trouble_that_passes_is_waited_out_and_trouble_that_stays_is_told() {
    let html = FaultKind::Html { status: 502 };
    for kind in [FaultKind::CutBefore, FaultKind::CutAfter, FaultKind::CutMidBody, html.clone()] {
        let situation = Situation::new();
        let task = json!({"method": "PUT", "path": "sites/{site_id}", "site_id": situation.site_id(), "body": {"name": "Lobby"}});
        for method in ["GET", "PUT"] {
            situation.cloud.fault(Fault::new(kind.clone()).method(method).times(1));
        }
        let changed = ok(situation.run_in(false, task).0);
        assert!(changed.changed && changed.results.api_calls == 4, "{kind:?}");
        assert_eq!(situation.site()["name"], "Lobby");
    }
    let limit = FaultKind::RateLimit { retry_after: mist_simulator::RetryAfter::Seconds(60) };
    let cases: [(FaultKind, Is); 8] = [
        (FaultKind::CutBefore, |error| matches!(error, Error::Connection { reach: Reach::Lost, .. })),
        (html, |error| matches!(error, Error::Intermediary { status: 502, .. })),
        (limit, |error| pause(error) == 60),
        (FaultKind::Garbage, |error| matches!(error, Error::Answer { .. })),
        (FaultKind::Compressed, |error| matches!(error, Error::Answer { .. })),
        (FaultKind::TruncatedBody, |error| matches!(error, Error::Answer { .. })),
        (FaultKind::Html { status: 200 }, |error| matches!(error, Error::Intermediary { status: 200, .. })),
        (
            FaultKind::Redirect { to: "https://evil.example/".into(), status: 302 },
            |error| matches!(error, Error::Redirected { to, .. } if to.contains("evil.example")),
        ),
    ];
    for (kind, is_expected) in cases {
        for method in ["GET", "PUT"] {
            let situation = Situation::new();
            situation.cloud.fault(Fault::new(kind.clone()).method(method));
            let task = json!({"method": method, "path": "sites/{site_id}", "site_id": situation.site_id(), "max_wait": 0,
                "body": (method == "PUT").then(|| json!({"name": "Lobby"}))});
            let failure = situation.run_in(false, task).0.unwrap_err();
            assert!(is_expected(failure.cause()), "{kind:?} {method}: {}", failure.msg);
        }
    }
}

#[test]
fn an_update_that_was_made_though_its_answer_is_of_no_use_failed_after_a_change() {
    let situation = Situation::new();
    situation.cloud.fault(Fault::new(FaultKind::Garbage).method("PUT"));
    let task =
        json!({"method": "PUT", "path": "sites/{site_id}", "site_id": situation.site_id(), "body": {"name": "Lobby"}});
    let failure = situation.run_in(false, task).0.unwrap_err();
    assert!(failure.changed && situation.site()["name"] == "Lobby");
}
