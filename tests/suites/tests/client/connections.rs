//! One connection for a run; connections that end, are refused, or never come about.

use mist_client::error::{Cause, Error, Reach};
use mist_client::{Client, Host};
use mist_simulator::FaultKind;
use serde_json::json;
use std::net::TcpListener;
use std::time::Duration;
use suites::{Relay, TOKENS, client, client_with, cloud, ids_named, milliseconds, once, until};

fn reach(error: &Error) -> Reach {
    match error {
        Error::Connection { reach, .. } => *reach,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_whole_run_has_one_connection_and_one_handshake() {
    let cloud = cloud();
    let client = client(&cloud);
    client.get(TOKENS).unwrap();
    let made = client.post(TOKENS, &json!({"name": "x"})).unwrap();
    client.get(TOKENS).unwrap();
    let id = made.json["id"].as_str().unwrap();
    client.delete_existing(&format!("{TOKENS}/{id}")).unwrap();
    assert_eq!((cloud.connections(), cloud.tls_handshakes()), (1, 1));
    assert_eq!(client.api_calls(), 4);
    assert_eq!(client.waited(), None);
}

#[test]
fn a_refusal_does_not_cost_the_connection() {
    let cloud = cloud();
    let client = client(&cloud);
    client.get("/api/v1/nowhere").unwrap_err();
    client.get(TOKENS).unwrap();
    assert_eq!(cloud.connections(), 1);
}

#[test]
fn a_connection_that_was_closed_between_two_calls_is_replaced_even_for_a_post() {
    let cloud = cloud();
    let relay = Relay::to(&cloud);
    let client = client_with(&cloud, |settings| settings.host = relay.host());
    client.get(TOKENS).unwrap();
    relay.cut();
    client.post(TOKENS, &json!({"name": "x"})).unwrap();
    assert_eq!(ids_named(&cloud, "x").len(), 1);
    assert_eq!((client.api_calls(), cloud.connections()), (2, 2));
}

#[test]
fn nonsense_in_place_of_the_answer_to_a_post_does_not_count_as_unseen() {
    let cloud = cloud();
    let relay = Relay::to(&cloud);
    let client = client_with(&cloud, |settings| settings.host = relay.host());
    client.get(TOKENS).unwrap();
    // The head of a TLS alert, so that the connection fails inside TLS after the request was sent.
    for nonsense in [&b"HTTP/1.1 502 Bad Gateway\r\n\r\n"[..], &[21, 3, 3, 0, 2, 2, 80]] {
        cloud.clear_requests();
        client.get(TOKENS).unwrap();
        relay.swallow_answers();
        let error = std::thread::scope(|scope| {
            let post = scope.spawn(|| client.post(TOKENS, &json!({"name": "x"})).unwrap_err());
            until(|| cloud.requests().iter().any(|request| request.method == "POST"));
            relay.write(nonsense);
            post.join().unwrap()
        });
        assert!(error.may_have_taken_effect(), "{error:?}");
        relay.cut();
    }
    assert_eq!(ids_named(&cloud, "x").len(), 2, "each POST took effect");
}

#[test]
fn nobody_listening_is_tried_again_and_then_told() {
    let cloud = cloud();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = client_with(&cloud, |settings| {
        settings.host = Host::parse(&nobody.to_string()).unwrap();
        settings.max_wait = milliseconds(600);
    });
    for attempt in [client.get(TOKENS).unwrap_err(), client.post(TOKENS, &json!({})).unwrap_err()] {
        assert_eq!(reach(&attempt), Reach::Unreached);
        assert!(!attempt.may_have_taken_effect());
        assert!(matches!(&attempt, Error::Connection { cause, .. } if matches!(**cause, Cause::Network(_))));
    }
    assert!(client.api_calls() > 2, "{}", client.api_calls());
}

#[test]
fn a_host_that_nobody_knows_is_told_at_once() {
    let cloud = cloud();
    let client = client_with(&cloud, |settings| {
        settings.host = Host::parse("api.mist.invalid").unwrap();
    });
    let error = client.get(TOKENS).unwrap_err();
    assert_eq!(reach(&error), Reach::Unreachable, "{error}");
    assert!(matches!(&error, Error::Connection { cause, .. } if matches!(**cause, Cause::Name(_))), "{error:?}");
    assert_eq!(client.api_calls(), 1);
}

/// Both bounds short, so that one attempt is all there is time for.
fn hasty(cloud: &mist_simulator::Simulator) -> Client {
    client_with(cloud, |settings| {
        settings.network.timeout = milliseconds(200);
        settings.max_wait = Duration::ZERO;
    })
}

#[test]
fn an_answer_that_does_not_come_whole_in_time_is_timed_out() {
    let cloud = cloud();
    for kind in [
        FaultKind::Delay { milliseconds: 3_600_000 },
        FaultKind::DelayedEffect { milliseconds: 3_600_000 },
        FaultKind::Trickle { milliseconds: 20 },
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let client = hasty(&cloud);
            once(&cloud, method, kind.clone());
            let error = match method {
                "GET" => client.get(TOKENS).map(drop),
                "POST" => client.post(TOKENS, &json!({"name": "x"})).map(drop),
                _ => client.delete_existing(&format!("{TOKENS}/x")).map(drop),
            }
            .unwrap_err();
            assert_eq!(reach(&error), Reach::TimedOut, "{kind:?} {method} {error}");
            assert!(error.may_have_taken_effect() && error.may_yet_take_effect());
            assert_eq!(client.api_calls(), 1);
        }
    }
}
