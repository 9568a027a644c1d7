//! Logins and sessions.

use super::*;
use std::time::Duration;
use ureq::http::HeaderMap;

fn login() -> Login {
    Login { username: "a@b.c".into(), password: "geheim-password".into(), two_factor: Some("123456".into()) }
}

fn raw(status: u16, body: &str) -> RawAnswer {
    RawAnswer { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() }
}

#[test]
fn a_refused_login_has_a_kind_and_shows_no_secrets() {
    for (step, status, body, expected) in [
        (LOGIN, 400, r#"{"detail": "Invalid username/password."}"#, LoginFault::Password),
        (LOGIN, 400, r#"{"detail": "bad geheim-password"}"#, LoginFault::Password),
        (
            LOGIN,
            400,
            r#"{"detail": "sso admin login needs to be initiated by IdP", "forward_url": "x"}"#,
            LoginFault::SingleSignOn,
        ),
        (LOGIN, 400, r#"{"detail": "Login is blocked"}"#, LoginFault::Locked { wait: None }),
        (LOGIN, 400, r#"{"detail": "two_factor code is incorrect"}"#, LoginFault::Code),
        (LOGIN, 401, r#"{"detail": "Unauthorized"}"#, LoginFault::Code),
        (TWO_FACTOR, 401, "", LoginFault::Code),
        (TWO_FACTOR, 404, r#"{"detail": "no 2FA"}"#, LoginFault::SecondFactorOpen),
        (LOGIN, 429, r#"{"detail": "Later."}"#, LoginFault::Locked { wait: None }),
        (LOGIN, 503, "", LoginFault::ServerError),
    ] {
        let call = Call { method: "POST", url: format!("https://x{step}") };
        let error = refused(&call, &raw(status, body), &login()).unwrap();
        assert!(matches!(&error, Error::Login { fault, .. } if *fault == expected), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("geheim"), "{error}");
    }
}

#[test]
fn without_a_code_a_refusal_is_about_the_password_and_a_lock_has_its_end() {
    let call = Call { method: "POST", url: format!("https://x{LOGIN}") };
    let no_code = Login { two_factor: None, ..login() };
    let fault = |raw: &RawAnswer| match refused(&call, raw, &no_code) {
        Some(Error::Login { fault, .. }) => fault,
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(&raw(401, r#"{"detail": "Unauthorized"}"#)), LoginFault::Password);
    let mut locked = raw(429, r#"{"detail": "Login is blocked"}"#);
    locked.headers.insert("retry-after", "798".parse().unwrap());
    assert_eq!(fault(&locked), LoginFault::Locked { wait: Some(Duration::from_secs(798)) });
}

#[test]
fn an_intermediarys_response_to_a_password_is_not_quoted() {
    let call = Call { method: "POST", url: format!("https://x{LOGIN}") };
    for (status, body) in [(200, "<html>a@b.c"), (400, "you sent a@b.c"), (403, "<title>a@b.c</title>")] {
        let error = refused(&call, &raw(status, body), &login()).unwrap();
        assert!(!error.to_string().contains("a@b.c"), "{error}");
    }
}

#[test]
fn a_code_is_six_digits_in_groups_or_not() {
    let code = |text: &str| Login { two_factor: Some(text.to_owned().into()), ..login() }.code();
    for text in ["123456", "123 456", " 123-456 ", "12 34 56"] {
        assert_eq!(code(text).unwrap().unwrap().body(), json!({"two_factor": "123456"}), "{text}");
    }
    for (text, digits) in [("5349", Some(4)), ("1234567", Some(7)), ("12345a", None), ("", Some(0))] {
        assert_eq!(code(text).unwrap_err(), Setting::Code { digits }.into(), "{text}");
    }
    assert!(Login { two_factor: None, ..login() }.code().unwrap().is_none());
}

#[test]
fn the_lookup_reveals_sso() {
    for (answer, is) in [(json!({"sso_url": "https://x"}), true), (json!({}), false), (json!({"sso_url": null}), false)]
    {
        assert_eq!(is_single_sign_on(&answer), is, "{answer}");
    }
}

#[test]
fn the_response_shows_whether_the_second_factor_is_missing() {
    for (answer, awaits) in [
        (json!({}), false),
        (json!(null), false),
        (json!({"two_factor_required": true, "two_factor_passed": false}), true),
        (json!({"two_factor_required": true}), true),
        (json!({"two_factor_required": true, "two_factor_passed": true}), false),
        (json!({"two_factor_required": false, "two_factor_passed": false}), false),
    ] {
        assert_eq!(awaits_two_factor(&answer), awaits, "{answer}");
    }
}

fn with_cookies(cookies: &[&str]) -> RawAnswer {
    let mut headers = HeaderMap::new();
    for cookie in cookies {
        headers.append("set-cookie", cookie.parse().unwrap());
    }
    RawAnswer { status: 200, headers, body: Vec::new() }
}

fn shown(headers: &[(&'static str, SecretString)]) -> Vec<String> {
    headers.iter().map(|(name, value)| format!("{name}: {}", value.expose_secret())).collect()
}

#[test]
fn cookies_of_every_region_are_sent_back_and_writes_repeat_the_token() {
    for suffix in ["", ".eu"] {
        let mut session = Session::new(&login(), None);
        assert!(!session.is_open() && session.headers(true).is_empty());
        session.take_cookies(&with_cookies(&[
            &format!("csrftoken{suffix}=abc; Path=/"),
            &format!("sessionid{suffix}=\"xyz\"; HttpOnly"),
        ]));
        assert!(session.is_open());
        let cookie = format!("Cookie: csrftoken{suffix}=abc; sessionid{suffix}=xyz");
        assert_eq!(shown(&session.headers(false)), std::slice::from_ref(&cookie));
        assert_eq!(shown(&session.headers(true)), [cookie, "X-CSRFToken: abc".to_owned()]);
    }
}

#[test]
fn later_cookies_replace_earlier_ones() {
    let mut session = Session::new(&login(), None);
    session.take_cookies(&with_cookies(&["csrftoken=a", "sessionid=b"]));
    session.take_cookies(&with_cookies(&["csrftoken=c", "other=", "nonsense"]));
    assert_eq!(shown(&session.headers(true)), ["Cookie: sessionid=b; csrftoken=c", "X-CSRFToken: c"]);
}

#[test]
fn debug_shows_no_secret() {
    let mut session = Session::new(&login(), None);
    session.take_cookies(&with_cookies(&["sessionid=geheim"]));
    assert!(!format!("{session:?} {:?}", login()).contains("geheim"));
}
