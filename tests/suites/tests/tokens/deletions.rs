//! A deletion is reported only when the cloud confirmed it, or lists the token no more.

use mist_simulator::{Fault, NewToken};
use mist_tokens::calls;
use mist_tokens::token::Owner;
use std::time::Duration;
use suites::{answer, client_with, cloud, each, holds, ids_named};

#[test]
fn an_unconfirmed_deletion_is_settled_by_listing_again() {
    let bodies = [
        "{}",
        "null",
        "",
        "[]",
        r#""""#,
        "0",
        r#"{"blocked": true}"#,
        r#"{"detail": "queued"}"#,
        "<html><title>Portal</title></html>",
    ];
    let statuses = [200, 201, 202, 203, 204, 400, 401, 403, 404, 429, 503];
    let all = statuses.into_iter().flat_map(|status| bodies.map(|body| (status, body)));
    each(all.flat_map(|(status, body)| [(status, body, true), (status, body, false)]), |(status, body, effect)| {
        let cloud = cloud();
        let (id, _) = cloud.add_user_token(NewToken::named("x"));
        cloud.fault(Fault::new(answer(status, body)).method("DELETE").takes_effect(effect));
        let client = client_with(&cloud, |settings| {
            settings.network.timeout = Duration::from_secs(5);
            settings.max_wait = Duration::ZERO;
        });
        let outcome = calls::delete(&client, &Owner::User, &id);
        let confirms = match status {
            200 | 201 | 203 => matches!(body, "{}" | "null" | ""),
            204 => true,
            _ => false,
        };
        match outcome {
            Ok(()) => assert!(confirms || effect, "{status} {body}: the token still exists"),
            // A refusal in the cloud's own form is not looked behind.
            Err(error) if effect => {
                assert!(!confirms && error.status().is_some_and(|status| status < 500), "{status} {body}: {error:?}");
            }
            Err(_) => assert!(!confirms && ids_named(&cloud, "x").len() == 1, "{status} {body}"),
        }
    });
}

#[test]
fn the_failure_quotes_the_response_that_did_not_confirm() {
    let cloud = cloud();
    let (id, _) = cloud.add_user_token(NewToken::named("x"));
    cloud.fault(Fault::new(answer(200, r#"{"blocked": true}"#)).method("DELETE"));
    let client = client_with(&cloud, |_| {});
    let error = calls::delete(&client, &Owner::User, &id).unwrap_err();
    assert!(error.may_have_taken_effect());
    holds(&error, &["Unconfirmed", "blocked"]);
}
