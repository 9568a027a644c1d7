//! Connections, TLS, many clients at the same time, and the end.

use crate::client::{Client, start};
use mist_simulator::{Certificate, Config, Latency, Simulator};
use serde_json::json;
use std::collections::HashSet;
use std::net::TcpStream;
use std::time::Duration;

#[test]
fn a_client_keeps_one_connection_and_shakes_hands_once() {
    let simulator = start();
    let client = Client::of(&simulator);
    (0..5).for_each(|_| assert_eq!(client.get("self").status, 200));
    client.post("self/apitokens", json!({"name": "a"}));
    assert_eq!((simulator.connections(), simulator.tls_handshakes()), (1, 1));
    assert!(simulator.requests().iter().all(|request| request.connection == 1));
    Client::of(&simulator).get("self");
    assert_eq!((simulator.tls_handshakes(), simulator.requests()[6].connection), (2, 2));
}

#[test]
fn a_request_is_remembered_as_it_came() {
    let simulator = start();
    Client::of(&simulator).header("X-Mark", "1").post("self/apitokens?a=b", json!({"name": "é"}));
    let request = simulator.requests().remove(0);
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/api/v1/self/apitokens"));
    assert_eq!((request.query.as_str(), request.body.as_str()), ("a=b", r#"{"name":"é"}"#));
    assert_eq!((request.header("x-mark"), request.status), (Some("1"), Some(200)));
    simulator.clear_requests();
    assert!(simulator.requests().is_empty());
}

#[test]
fn only_the_latest_requests_are_remembered() {
    let simulator = Simulator::start(Config { remembered_requests: 2, ..Config::default() }).unwrap();
    let client = Client::of(&simulator);
    ["self", "self/usage", "nothing"].iter().for_each(|path| drop(client.get(path)));
    let seen: Vec<_> = simulator.requests().into_iter().map(|request| (request.path, request.status)).collect();
    assert_eq!(seen, [("/api/v1/self/usage".to_owned(), Some(200)), ("/api/v1/nothing".to_owned(), Some(404))]);
}

#[test]
fn a_certificate_with_something_wrong_is_refused_by_a_client_that_looks() {
    for certificate in [Certificate::Expired, Certificate::OtherHost, Certificate::OtherAuthority] {
        let simulator = Simulator::start(Config { certificate, ..Config::default() }).unwrap();
        assert!(Client::of(&simulator).try_ask("GET", "self", None).is_err(), "{certificate:?}");
        assert!(simulator.requests().is_empty(), "{certificate:?}");
    }
}

#[test]
fn plain_http_is_served_where_it_is_asked_for() {
    let simulator = Simulator::start(Config { plain_http: true, ..Config::default() }).unwrap();
    assert!(simulator.url().starts_with("http://127.0.0.1:"));
    assert_eq!(Client::of(&simulator).get("self").status, 200);
    assert_eq!(simulator.tls_handshakes(), 0);
}

#[test]
fn forty_clients_at_once_each_make_their_own_token() {
    let simulator = start();
    std::thread::scope(|scope| {
        for number in 0..40 {
            let client = Client::of(&simulator);
            scope.spawn(move || {
                for round in 0..5 {
                    let made = client.post("self/apitokens", json!({"name": format!("{number}.{round}")})).json();
                    let listed = client.get("self/apitokens").json();
                    assert!(listed.as_array().unwrap().iter().any(|token| token["id"] == made["id"]));
                }
            });
        }
    });
    let tokens = simulator.user_tokens();
    let keys: HashSet<&str> = tokens.iter().map(|token| token.key.as_str()).collect();
    assert_eq!((tokens.len(), keys.len()), (201, 201));
    assert_eq!((simulator.connections(), simulator.requests().len()), (40, 400));
}

#[test]
fn the_end_closes_the_port_and_removes_the_files() {
    let simulator = start();
    let client = Client::of(&simulator);
    client.get("self");
    let address = simulator.url().trim_start_matches("https://").to_owned();
    let directory = simulator.ca_path().parent().unwrap().to_owned();
    assert!(directory.exists());
    drop(simulator);
    assert!(!directory.exists());
    assert!(TcpStream::connect(address).is_err());
    assert!(client.try_ask("GET", "self", None).is_err());
}

#[test]
fn latency_is_charged_for_tcp_tls_and_each_request() {
    let latency = Latency { round_trip: Duration::from_millis(2), request: Duration::from_millis(1) };
    for (plain_http, handshakes) in [(false, 2), (true, 1)] {
        let simulator = Simulator::start(Config { latency, plain_http, ..Config::default() }).unwrap();
        let client = Client::of(&simulator);
        client.get("self");
        let first = latency.round_trip * handshakes + latency.round_trip + latency.request;
        assert_eq!(simulator.waited(), first, "plain: {plain_http}");
        client.get("self");
        assert_eq!(simulator.waited(), first + latency.round_trip + latency.request, "on the same connection");
        Client::of(&simulator).get("self");
        assert_eq!(simulator.waited(), first * 2 + latency.round_trip + latency.request, "on a new connection");
    }
}

#[test]
fn no_latency_is_charged_by_default() {
    let simulator = start();
    Client::of(&simulator).get("self");
    assert_eq!(simulator.waited(), Duration::ZERO);
}
