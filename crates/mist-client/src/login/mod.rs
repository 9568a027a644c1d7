//! Login with e-mail address and password, for the first token: the requests, and the meaning of the responses. No I/O.
//!
//! Facts (official API document, `login`, `twoFactor`, `lookup`, `csrfToken`; reports of users): POST `/api/v1/login` sets
//! the cookies `csrftoken` and `sessionid`, on regional clouds with a suffix. Every write repeats the first one in
//! `X-CSRFToken`. A wrong password is 400; a wrong code, in the login or at `/api/v1/login/two_factor`, is 401. With the second
//! factor missing, the login is answered 200, and so is `/api/v1/self`, with `two_factor_required`. After three failures the
//! login is answered 429 with `Retry-After`, so that it is sent once. `/api/v1/login/lookup` reveals SSO.

mod session;

pub use session::Session;

use crate::answer::{self, Asked, is_success};
use crate::error::{Call, Error, LoginFault, Result, Setting};
use crate::retry;
use crate::transport::RawAnswer;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

pub(crate) const LOGIN: &str = "/api/v1/login";
/// Returns how an account logs in.
pub(crate) const LOOKUP: &str = "/api/v1/login/lookup";
pub(crate) const TWO_FACTOR: &str = "/api/v1/login/two_factor";
pub(crate) const LOGOUT: &str = "/api/v1/logout";
pub(crate) const SELF: &str = "/api/v1/self";

/// The number of digits of a code.
const DIGITS: usize = 6;

/// The credentials of an account.
#[derive(Clone, Debug)]
pub struct Login {
    /// The account's e-mail address.
    pub username: String,
    pub password: SecretString,
    /// The code of the second factor, if the account has one. It may be written in groups: `123 456`.
    pub two_factor: Option<SecretString>,
}

/// A code of six digits.
#[derive(Clone, Debug)]
pub(crate) struct Code(SecretString);

impl Code {
    /// The body of [`TWO_FACTOR`].
    pub(crate) fn body(&self) -> Value {
        json!({ "two_factor": self.0.expose_secret() })
    }
}

impl Login {
    /// All texts that must not be printed.
    pub(crate) fn secrets(&self) -> Vec<SecretString> {
        std::iter::once(&self.password).chain(&self.two_factor).cloned().collect()
    }

    /// The code as the cloud accepts it: `123 456` becomes `123456`.
    ///
    /// # Errors
    /// [`Setting::Code`] for anything but six digits, such as the number that YAML reads from `012345`.
    pub(crate) fn code(&self) -> Result<Option<Code>> {
        let Some(given) = &self.two_factor else { return Ok(None) };
        let bare: String =
            given.expose_secret().chars().filter(|character| !character.is_whitespace() && *character != '-').collect();
        let is_number = bare.chars().all(|character| character.is_ascii_digit());
        if is_number && bare.len() == DIGITS {
            return Ok(Some(Code(bare.into())));
        }
        Err(Setting::Code { digits: is_number.then_some(bare.len()) }.into())
    }

    /// The body of [`LOGIN`].
    pub(crate) fn body(&self, code: Option<&Code>) -> Value {
        let mut body = json!({"email": self.username, "password": self.password.expose_secret()});
        if let Some(code) = code {
            body["two_factor"] = json!(code.0.expose_secret());
        }
        body
    }
}

/// Returns true if the second factor is missing, from the response to a login or from `/api/v1/self`.
pub(crate) fn awaits_two_factor(json: &Value) -> bool {
    json["two_factor_required"] == true && json["two_factor_passed"] != true
}

/// Returns true if the response to [`LOOKUP`] reveals that the account logs in through SSO.
pub(crate) fn is_single_sign_on(json: &Value) -> bool {
    json["sso_url"].as_str().is_some_and(|url| !url.is_empty())
}

/// The error of a refused step; `None` for an accepted one.
pub(crate) fn refused(call: &Call, raw: &RawAnswer, login: &Login) -> Option<Error> {
    let secrets = login.secrets();
    let asked = Asked { secrets: secrets.iter().map(ExposeSecret::expose_secret).collect(), ..Asked::default() };
    let error = answer::read_as_asked(call, raw, &is_success, &mut answer::as_it_is, &asked).err()?;
    Some(match error {
        Error::Status { status, detail, .. } => {
            let fault = fault(call, raw, status, &detail, login);
            Error::Login { call: call.clone(), fault, status: Some(status), detail }
        }
        // A foreign response to a password is not quoted at all.
        Error::Intermediary { call, status, proxy, .. } => {
            Error::Intermediary { call, status, what: "a response that is not the cloud's".to_owned(), proxy }
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
        500.. => LoginFault::ServerError,
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
        for (answer, is) in
            [(json!({"sso_url": "https://x"}), true), (json!({}), false), (json!({"sso_url": null}), false)]
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
}
