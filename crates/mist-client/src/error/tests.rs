//! What an error says of itself, and what it means for the call.

use super::*;

fn call() -> Call {
    Call { method: "GET", url: "https://api.mist.com/api/v1/self/apitokens".into() }
}

fn status(status: u16) -> Error {
    Error::Status { call: call(), status, detail: String::new(), identity: Identity::Session }
}

fn not_the_cloud(status: u16) -> Error {
    Error::NotTheCloud { call: call(), status, what: "an HTML page".into(), proxy: None }
}

fn connection(reach: Reach) -> Error {
    Error::Connection { call: call(), reach, cause: Box::new(Cause::Network(String::new())), proxy: None }
}

#[test]
fn an_error_says_what_was_tried_and_what_the_cloud_said_and_gives_no_advice() {
    let two = Identity::Token { mask: MaskedKey::new("abcdEFGHIJKLMNOPQRSTUVWXYZwxyz"), number: 1, of: 2 };
    let error = Error::Status { call: call(), status: 401, detail: "Invalid token.".into(), identity: two };
    assert_eq!(
        error.to_string(),
        "GET https://api.mist.com/api/v1/self/apitokens: the cloud answered 401: Invalid token. It was asked with token 1 of 2 (abcd...wxyz)."
    );
    assert!(status(418).to_string().ends_with("the cloud answered 418."));
}

#[test]
fn only_what_reached_the_cloud_may_have_taken_effect() {
    for (error, has, yet) in [
        (connection(Reach::Unreached), false, false),
        (connection(Reach::Unreachable), false, false),
        (connection(Reach::Lost), true, false),
        (connection(Reach::TimedOut), true, true),
        (status(400), false, false),
        (status(500), true, false),
        (status(504), true, true),
        (not_the_cloud(200), true, false),
        (not_the_cloud(403), true, false),
        (not_the_cloud(504), true, true),
        (Error::Answer { call: call(), reason: String::new() }, true, false),
        (Error::Redirected { call: call(), to: String::new() }, false, false),
    ] {
        assert_eq!((error.may_have_taken_effect(), error.may_yet_take_effect()), (has, yet), "{error:?}");
    }
}

#[test]
fn a_refusal_of_one_object_says_nothing_of_the_next_and_trouble_with_the_cloud_does() {
    let limited =
        Error::RateLimited { call: call(), detail: String::new(), wait: Duration::ZERO, identity: Identity::Session };
    for (error, alone) in [
        (status(400), true),
        (status(403), true),
        (status(404), true),
        (Error::NoSuchName { kind: Kind::Site, name: "x".into(), candidates: Candidates::default() }, true),
        (status(401), false),
        (status(429), false),
        (status(503), false),
        (not_the_cloud(404), false),
        (limited, false),
        (connection(Reach::Lost), false),
        (Error::Answer { call: call(), reason: String::new() }, false),
        (Error::Other(String::new()), false),
    ] {
        assert_eq!(error.is_about_one_thing(), alone, "{error:?}");
    }
}

#[test]
fn what_somebody_in_between_answers_is_no_status_of_the_clouds() {
    assert_eq!((status(404).status(), not_the_cloud(404).status()), (Some(404), None));
    assert!(not_the_cloud(404).to_string().contains("something between here and the cloud answered 404"));
}

#[test]
fn durations_read_as_people_say_them() {
    for (seconds, words) in [(0, "0 seconds"), (1, "1 second"), (75, "1 minute 15 seconds"), (7200, "2 hours")] {
        assert_eq!(in_words(Duration::from_secs(seconds)), words);
    }
}
