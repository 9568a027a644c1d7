//! The sentences of errors (one table), and what an error means for the call.

use super::*;

fn call() -> Call {
    Call { method: "GET", url: "https://api.mist.com/api/v1/self/apitokens".into() }
}

fn status(status: u16) -> Error {
    Error::Status { call: call(), status, detail: String::new(), identity: Identity::Session { source: None } }
}

fn intermediary(status: u16) -> Error {
    Error::Intermediary { call: call(), status, what: "an HTML page".into(), proxy: None }
}

fn connection(reach: Reach) -> Error {
    Error::Connection { call: call(), reach, cause: Box::new(Cause::Network(String::new())), proxy: None }
}

#[test]
fn each_error_states_the_facts_and_the_request_last() {
    let two =
        Identity::Token { mask: MaskedKey::new("abcdEFGHIJKLMNOPQRSTUVWXYZwxyz"), number: 1, of: 2, source: None };
    let proxy = ProxyName { url: "http://proxy:3128".into(), source: Source::Variable("HTTPS_PROXY".into()) };
    let request = "Request: GET https://api.mist.com/api/v1/self/apitokens";
    for (error, sentence) in [
        (
            Error::Status { call: call(), status: 401, detail: "Invalid token.".into(), identity: two.clone() },
            "the cloud answered 401: Invalid token. Token 1 of 2 (abcd...wxyz) was used.",
        ),
        (status(418), "the cloud answered 418."),
        (
            Error::Connection {
                call: call(),
                reach: Reach::Unreached,
                cause: Box::new(Cause::Network("cannot connect (connection refused)".into())),
                proxy: Some(proxy.clone()),
            },
            "cannot connect (connection refused). Connected through the proxy http://proxy:3128 (from HTTPS_PROXY).",
        ),
        (
            intermediary(404),
            "a proxy or gateway between this host and the cloud answered 404 instead of the cloud, with an HTML page.",
        ),
        (
            Error::RateLimited {
                call: call(),
                detail: "Too many.".into(),
                wait: Duration::from_secs(75),
                identity: two,
            },
            "the cloud accepts no more calls now (429): Too many. The cloud accepts calls again in 1 minute 15 seconds. \
             Token 1 of 2 (abcd...wxyz) was used.",
        ),
        (Error::Answer { call: call(), reason: "the body is not JSON".into() }, "the body is not JSON."),
        (Error::RefusedInCheckMode { call: call() }, "check mode refused a request that is not a read."),
        (
            Error::Login { call: call(), fault: LoginFault::Password, status: Some(400), detail: "No".into() },
            "the cloud answered 400: No. The e-mail address or the password is wrong.",
        ),
    ] {
        assert_eq!(error.to_string(), format!("{sentence} {request}"));
    }
    let ambiguous = Error::AmbiguousName { kind: Kind::Site, name: "a\n".into(), ids: vec!["1".into(), "2".into()] };
    assert_eq!(ambiguous.to_string(), "2 sites are named 'a\\n': 1, 2");
}

#[test]
fn the_number_of_a_system_error_is_not_shown() {
    for (error, message) in [
        (std::io::Error::from_raw_os_error(2), "no such file or directory"),
        (std::io::Error::other("TLS failed"), "TLS failed"),
        (std::io::Error::other("closed: https://docs.rs/x"), "closed"),
        (std::io::Error::other(""), ""),
    ] {
        assert_eq!(without_error_number(&error), message);
    }
}

#[test]
fn only_a_request_that_may_have_arrived_may_have_taken_effect() {
    for (error, has, yet) in [
        (connection(Reach::Unreached), false, false),
        (connection(Reach::Unreachable), false, false),
        (connection(Reach::Lost), true, false),
        (connection(Reach::TimedOut), true, true),
        (status(400), false, false),
        (status(500), true, false),
        (status(504), true, true),
        (intermediary(200), true, false),
        (intermediary(403), true, false),
        (intermediary(504), true, true),
        (Error::Answer { call: call(), reason: String::new() }, true, false),
        (Error::Redirected { call: call(), to: String::new() }, false, false),
        (Error::RefusedInCheckMode { call: call() }, false, false),
    ] {
        assert_eq!((error.may_have_taken_effect(), error.may_yet_take_effect()), (has, yet), "{error:?}");
    }
}

#[test]
fn a_refusal_of_one_object_does_not_affect_the_next_unlike_a_failure_of_the_cloud() {
    let limited = Error::RateLimited {
        call: call(),
        detail: String::new(),
        wait: Duration::ZERO,
        identity: Identity::Session { source: None },
    };
    for (error, alone) in [
        (status(400), true),
        (status(403), true),
        (status(404), true),
        (Error::NoSuchName { kind: Kind::Site, name: "x".into(), candidates: Candidates::default() }, true),
        (status(401), false),
        (status(429), false),
        (status(503), false),
        (intermediary(404), false),
        (limited, false),
        (connection(Reach::Lost), false),
        (Error::Answer { call: call(), reason: String::new() }, false),
        (Error::Other(String::new()), false),
    ] {
        assert_eq!(error.is_about_one_thing(), alone, "{error:?}");
    }
}

#[test]
fn the_status_of_an_intermediary_is_not_the_clouds() {
    assert_eq!((status(404).status(), intermediary(404).status()), (Some(404), None));
}

#[test]
fn durations_are_shown_in_words() {
    for (seconds, words) in [(0, "0 seconds"), (1, "1 second"), (75, "1 minute 15 seconds"), (7200, "2 hours")] {
        assert_eq!(in_words(Duration::from_secs(seconds)), words);
    }
}
