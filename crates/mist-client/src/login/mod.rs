//! Logging in with e-mail and password, for the first token, which needs no token: what to send and what the answers mean.
//! No I/O.
//!
//! Facts (official API document, `login`, `twoFactor`, `lookup`, `csrfToken`; reports of users): POST `/api/v1/login` sets
//! the cookies `csrftoken` and `sessionid`, on regional clouds with a suffix; every write then repeats the first in
//! `X-CSRFToken`. A wrong password is 400; a wrong code, in the login or at `/api/v1/login/two_factor`, is 401. With the
//! second factor open the login is answered 200, and `/api/v1/self` too, with `two_factor_required`. After three failures
//! the login is answered 429 with `Retry-After`, so that it is tried once. `/api/v1/login/lookup` tells of SSO.

mod account;
mod session;

pub(crate) use account::Code;
pub use account::Login;
pub use session::Session;

use crate::answer::{self, Asked, is_success};
use crate::error::{Call, Error, LoginFault};
use crate::retry;
use crate::transport::RawAnswer;
use secrecy::ExposeSecret;
use serde_json::Value;

/// Where to log in.
pub(crate) const LOGIN: &str = "/api/v1/login";
/// Where to ask how an account logs in.
pub(crate) const LOOKUP: &str = "/api/v1/login/lookup";
/// Where the second factor goes when the login asks for it.
pub(crate) const TWO_FACTOR: &str = "/api/v1/login/two_factor";
/// Where a session ends.
pub(crate) const LOGOUT: &str = "/api/v1/logout";
/// Who am I.
pub(crate) const SELF: &str = "/api/v1/self";

/// Whether the account's second factor is still to come, by the answer to a login or by `/api/v1/self`.
pub(crate) fn awaits_two_factor(json: &Value) -> bool {
    json["two_factor_required"] == true && json["two_factor_passed"] != true
}

/// Whether [`LOOKUP`] says that the account logs in through SSO.
pub(crate) fn is_single_sign_on(json: &Value) -> bool {
    json["sso_url"].as_str().is_some_and(|url| !url.is_empty())
}

/// What a refused step of a login means; `None` for one that was taken.
pub(crate) fn refused(call: &Call, raw: &RawAnswer, login: &Login) -> Option<Error> {
    let secrets = login.secrets();
    let asked = Asked { secrets: secrets.iter().map(ExposeSecret::expose_secret).collect(), ..Asked::default() };
    let error = answer::read_as_asked(call, raw, &is_success, &mut answer::as_it_is, &asked).err()?;
    Some(match error {
        Error::Status { status, detail, .. } => {
            let fault = fault(call, raw, status, &detail, login);
            Error::Login { call: call.clone(), fault, status: Some(status), detail }
        }
        // Whatever it is, it is the answer to a password: none of it is quoted.
        Error::NotTheCloud { call, status, proxy, .. } => {
            Error::NotTheCloud { call, status, what: "what is not the cloud's".to_owned(), proxy }
        }
        other => other,
    })
}

fn fault(call: &Call, raw: &RawAnswer, status: u16, detail: &str, login: &Login) -> LoginFault {
    let has_forward = serde_json::from_slice::<Value>(&raw.body).is_ok_and(|body| body.get("forward_url").is_some());
    let words = detail.to_ascii_lowercase();
    let is_code = call.url.ends_with(TWO_FACTOR);
    match status {
        429 => LoginFault::Locked { wait: raw.header("retry-after").and_then(|_| retry::asked_pause(raw, true)) },
        500.. => LoginFault::Trouble,
        _ if has_forward || words.contains("sso") => LoginFault::SingleSignOn,
        _ if words.contains("block") || words.contains("lock") => {
            LoginFault::Locked { wait: raw.header("retry-after").and_then(|_| retry::asked_pause(raw, true)) }
        }
        404 if is_code => LoginFault::SecondFactorOpen,
        401 if is_code || login.two_factor.is_some() => LoginFault::Code,
        _ if is_code || words.contains("two_factor") || words.contains("2fa") => LoginFault::Code,
        _ => LoginFault::Password,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Setting;
    use serde_json::json;
    use std::time::Duration;
    use ureq::http::HeaderMap;

    fn login() -> Login {
        Login { username: "a@b.c".into(), password: "geheim-password".into(), two_factor: Some("123456".into()) }
    }

    fn raw(status: u16, body: &str) -> RawAnswer {
        RawAnswer { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn a_refused_login_is_told_by_its_kind_and_without_secrets() {
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
            (LOGIN, 503, "", LoginFault::Trouble),
        ] {
            let call = Call { method: "POST", url: format!("https://x{step}") };
            let error = refused(&call, &raw(status, body), &login()).unwrap();
            assert!(matches!(&error, Error::Login { fault, .. } if *fault == expected), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("geheim"), "{error}");
        }
    }

    #[test]
    fn without_a_code_a_refusal_is_about_the_password_and_a_lock_says_until_when() {
        let call = Call { method: "POST", url: format!("https://x{LOGIN}") };
        let no_code = Login { two_factor: None, ..login() };
        let told = |raw: &RawAnswer| match refused(&call, raw, &no_code) {
            Some(Error::Login { fault, .. }) => fault,
            other => panic!("{other:?}"),
        };
        assert_eq!(told(&raw(401, r#"{"detail": "Unauthorized"}"#)), LoginFault::Password);
        let mut locked = raw(429, r#"{"detail": "Login is blocked"}"#);
        locked.headers.insert("retry-after", "798".parse().unwrap());
        assert_eq!(told(&locked), LoginFault::Locked { wait: Some(Duration::from_secs(798)) });
    }

    #[test]
    fn no_word_of_what_somebody_in_between_says_to_a_password_is_quoted() {
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
    fn the_lookup_tells_of_sso() {
        for (answer, is) in
            [(json!({"sso_url": "https://x"}), true), (json!({}), false), (json!({"sso_url": null}), false)]
        {
            assert_eq!(is_single_sign_on(&answer), is, "{answer}");
        }
    }

    #[test]
    fn the_answer_tells_whether_a_second_factor_is_still_to_come() {
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
}
