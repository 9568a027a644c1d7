//! A client without a cloud.

use super::*;
use crate::error::Call;
use crate::transport::Network;
use serde_json::json;

/// A client for a host that does not exist.
pub(crate) fn offline(max_wait: Duration) -> Client {
    Client::new(&settings(max_wait, false)).unwrap()
}

fn settings(max_wait: Duration, check_mode: bool) -> Settings {
    Settings {
        host: Host::parse("api.mist.invalid").unwrap(),
        credentials: Credentials::Tokens(vec![SecretString::from("x")]),
        credential_source: None,
        network: Network { timeout: Duration::from_secs(1), ..Network::default() },
        max_wait,
        check_mode,
    }
}

#[test]
fn check_mode_refuses_every_write_before_a_connection_is_made() {
    let checking = Client::new(&settings(Duration::ZERO, true)).unwrap();
    let worker = checking.worker();
    let others = [checking.with_token(&SecretString::from("other")), checking.hiding(["s".to_owned()])];
    for client in others.iter().chain([&checking, &worker]) {
        let path = "/api/v1/orgs/o/sites";
        for error in [
            client.post(path, &json!({})).unwrap_err(),
            client.put(path, &json!({})).unwrap_err(),
            client.delete_existing(path).unwrap_err(),
            client.request("PATCH", path, None, &|_| true).unwrap_err(),
        ] {
            assert!(matches!(error, Error::RefusedInCheckMode { .. }), "{error:?}");
            assert!(!error.may_have_taken_effect());
        }
    }
    assert_eq!(checking.api_calls(), 0);
    for read in [checking.get("/api/v1/self"), checking.search("/api/v1/orgs/o/search", &json!({}))] {
        let Err(Error::Connection { call: Call { .. }, .. }) = read else { panic!("{read:?}") };
    }
    assert_eq!(checking.api_calls(), 2);
}

#[test]
fn threads_that_wait_at_the_same_time_count_as_the_one_that_waits_longest() {
    let seconds = Duration::from_secs;
    let client = offline(seconds(60));
    client.count_wait(seconds(10), "before");
    let (one, two) = (client.worker(), client.worker());
    one.count_wait(seconds(20), "one");
    two.count_wait(seconds(30), "two");
    assert_eq!((one.remaining_wait(), two.remaining_wait()), (seconds(30), seconds(20)));
    assert_eq!(client.remaining_wait(), seconds(50), "the workers' time is not counted yet");
    two.with_token(&SecretString::from("other")).count_wait(seconds(1), "two with another token");
    for worker in [&two, &one] {
        client.count_wait_of(worker);
    }
    assert_eq!(client.remaining_wait(), seconds(19));
    let waited = client.waited().unwrap();
    assert_eq!(waited, Waited { total: seconds(41), reason: "two with another token".to_owned() });
}
