//! Redirects: within the host for a GET, and nowhere else.

use mist_client::error::Error;
use mist_simulator::{Fault, FaultKind, Simulator};
use serde_json::json;
use std::net::TcpListener;
use suites::{TOKENS, UNKNOWN_KEY, client, cloud, once, says};

fn redirect(to: &str, status: u16) -> FaultKind {
    FaultKind::Redirect { to: to.into(), status }
}

#[test]
fn a_get_follows_a_redirect_within_the_host() {
    for status in [301, 302, 303, 307, 308] {
        let cloud = cloud();
        let client = client(&cloud);
        let absolute = format!("{}{TOKENS}?a=b", cloud.url());
        for to in [TOKENS, &absolute] {
            once(&cloud, "GET", redirect(to, status));
            assert!(client.get("/api/v1/self").unwrap().json.is_array(), "{to}");
        }
        assert_eq!(client.api_calls(), 4);
        assert_eq!(cloud.requests()[3].query, "a=b");
    }
}

#[test]
fn a_redirect_to_another_host_port_or_scheme_is_refused_and_nothing_arrives_there() {
    let cloud = cloud();
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let port = elsewhere.local_addr().unwrap().port();
    let own_port = cloud.url().rsplit(':').next().unwrap().to_owned();
    for (to, named) in [
        (format!("https://127.0.0.1:{port}/x"), format!("'127.0.0.1:{port}'")),
        (format!("http://127.0.0.1:{port}/x"), format!("'127.0.0.1:{port}'")),
        (format!("https://localhost:{port}/x"), format!("'localhost:{port}'")),
        (format!("https://localhost:{own_port}/x"), format!("'localhost:{own_port}'")),
        (format!("http://127.0.0.1:{own_port}/x"), format!("'127.0.0.1:{own_port}'")),
        (format!("//127.0.0.1:{port}/x"), "another path".into()),
        (format!("https://a:b@127.0.0.1:{port}/x"), format!("'127.0.0.1:{port}'")),
        (format!("https://127.0.0.1:{own_port}@127.0.0.1:{port}/"), format!("'127.0.0.1:{port}'")),
        (format!("https://{UNKNOWN_KEY}.example/"), "'********.example'".into()),
        ("x".into(), "'x'".into()),
        (String::new(), "another path".into()),
    ] {
        for method in ["GET", "DELETE"] {
            let client = client(&cloud);
            once(&cloud, method, redirect(&to, 307));
            let error = match method {
                "GET" => client.get(TOKENS).map(drop),
                _ => client.delete_existing(&format!("{TOKENS}/x")).map(drop),
            }
            .unwrap_err();
            says(&error, &[]);
            assert!(matches!(&error, Error::Redirected { to: shown, .. } if shown.contains(&named)), "{to}: {error:?}");
            assert_eq!(client.api_calls(), 1, "{to}");
        }
    }
    assert_eq!(elsewhere.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "somebody came");
}

#[test]
fn what_changes_something_is_not_sent_after_a_redirect_even_within_the_host() {
    let cloud = cloud();
    let client = client(&cloud);
    for method in ["POST", "PUT", "DELETE"] {
        once(&cloud, method, redirect(TOKENS, 307));
        let error = match method {
            "POST" => client.post(TOKENS, &json!({"name": "x"})).map(drop),
            "PUT" => client.put(TOKENS, &json!({"name": "x"})).map(drop),
            _ => client.delete_existing(TOKENS).map(drop),
        }
        .unwrap_err();
        assert!(matches!(error, Error::Redirected { .. }), "{error:?}");
        assert!(!error.may_have_taken_effect());
    }
    assert_eq!((client.api_calls(), cloud.user_tokens().len()), (3, 1));
}

#[test]
fn redirects_that_do_not_end_are_ended() {
    let cloud = cloud();
    cloud.fault(Fault::new(redirect("/api/v1/self", 302)));
    let client = client(&cloud);
    let error = client.get("/api/v1/self").unwrap_err();
    says(&error, &["endless redirects"]);
    assert_eq!(client.api_calls(), 4);
}

#[test]
fn where_a_redirect_led_is_not_quoted_as_it_may_hold_a_key() {
    for then in ["/api/v1/self/nothing", "/api/v1/\u{7f}", "/api v1"] {
        let cloud: Simulator = cloud();
        once(&cloud, "GET", redirect(&format!("{then}?leak={UNKNOWN_KEY}"), 302));
        let error = client(&cloud).get("/api/v1/self").unwrap_err();
        says(&error, &["GET https://127.0.0.1"]);
    }
}
