//! The quota of calls an hour.

use crate::client::Client;
use mist_simulator::{Config, NewToken, RetryAfterForm, Simulator};
use serde_json::json;

/// Ten minutes before the end of an hour.
const TEN_TO: f64 = 3600.0 * 472_222.0 - 600.0;

fn of_three(quota_retry_after: RetryAfterForm) -> Simulator {
    Simulator::start(Config { quota: 3, clock: Some(TEN_TO), quota_retry_after, ..Config::default() }).unwrap()
}

#[test]
fn the_account_shares_one_quota_and_each_organization_token_has_its_own() {
    let simulator = of_three(RetryAfterForm::Absent);
    let (_, second) = simulator.add_user_token(NewToken::named("second"));
    let (_, of_org) = simulator.add_org_token(simulator.org_id(), NewToken::named("of org"));
    let (_, other) = simulator.add_org_token(simulator.org_id(), NewToken::named("other"));
    let client = Client::of(&simulator);
    let statuses = |client: &Client, times: usize| (0..times).map(|_| client.get("self").status).collect::<Vec<_>>();
    assert_eq!(statuses(&client, 2), [200, 200]);
    assert_eq!(statuses(&Client::with_key(&simulator, &second), 2), [200, 429]);
    assert_eq!(statuses(&Client::with_key(&simulator, &of_org), 4), [200, 200, 200, 429]);
    assert_eq!(statuses(&Client::with_key(&simulator, &other), 1), [200]);
    let (status, detail) = client.get("self").error();
    assert!(status == 429 && detail.starts_with("Too Many Request."), "{detail}");
    simulator.advance(599.0);
    assert_eq!(statuses(&client, 1), [429]);
    simulator.advance(1.0);
    assert_eq!(statuses(&client, 1), [200]);
}

#[test]
fn the_refusal_can_say_when_to_come_back() {
    let table = [
        (RetryAfterForm::Absent, ""),
        (RetryAfterForm::Seconds, "600"),
        (RetryAfterForm::Date, "Tue, 14 Nov 2023 22:00:00 GMT"),
    ];
    for (form, expected) in table {
        let simulator = of_three(form);
        let client = Client::of(&simulator);
        (0..3).for_each(|_| drop(client.get("self")));
        let answer = client.get("self");
        assert_eq!((answer.status, answer.header("retry-after")), (429, expected));
    }
}

#[test]
fn usage_reports_calls_and_quota() {
    let simulator = of_three(RetryAfterForm::Absent);
    let client = Client::of(&simulator);
    client.get("self");
    assert_eq!(client.get("self/usage").json(), json!({"requests": 2, "request_limit": 3}));
    let (_, key) = simulator.add_org_token(simulator.org_id(), NewToken::named("a"));
    assert_eq!(Client::with_key(&simulator, &key).get("self/usage").json()["requests"], 1);
}
