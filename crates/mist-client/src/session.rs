//! Logging in with e-mail and password, for the first token, which needs no token.
//!
//! Facts (official API document, `login`, `twoFactor`, `csrfToken`): POST `/api/v1/login` sets the cookies `csrftoken`
//! and `sessionid`, on regional clouds with a suffix; every write then repeats the first in `X-CSRFToken`. The second
//! factor goes into the login, or to `/api/v1/login/two_factor`. A login is tried once: the cloud locks an account
//! after three failures.

use crate::error::{Call, Error, LoginFault};
use crate::transport::RawAnswer;
use crate::{answer, retry};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// Where to log in.
pub(crate) const LOGIN: &str = "/api/v1/login";
/// Where the second factor goes when the login asks for it.
pub(crate) const TWO_FACTOR: &str = "/api/v1/login/two_factor";
/// Where a session ends.
pub(crate) const LOGOUT: &str = "/api/v1/logout";

/// What a user logs in with.
#[derive(Clone, Debug)]
pub struct Login {
    /// The account's e-mail address.
    pub username: String,
    /// Its password.
    pub password: SecretString,
    /// The code of the second factor, where the account has one.
    pub two_factor: Option<SecretString>,
}

impl Login {
    /// Everything that may not be printed.
    pub(crate) fn secrets(&self) -> Vec<SecretString> {
        std::iter::once(&self.password).chain(&self.two_factor).cloned().collect()
    }

    /// The body of the login.
    pub(crate) fn body(&self) -> Value {
        let mut body = json!({"email": self.username, "password": self.password.expose_secret()});
        if let Some(code) = &self.two_factor {
            body["two_factor"] = json!(code.expose_secret());
        }
        body
    }
}

/// The cookies of a session.
#[derive(Clone, Debug)]
pub struct Session {
    cookies: Vec<(String, SecretString)>,
    secrets: Vec<SecretString>,
}

impl Session {
    /// A session of these secrets, without a cookie yet.
    pub(crate) fn new(login: &Login) -> Self {
        Self { cookies: Vec::new(), secrets: login.secrets() }
    }

    /// Takes the cookies of an answer over what was there.
    pub(crate) fn take_cookies(&mut self, raw: &RawAnswer) {
        for header in raw.headers.get_all("set-cookie") {
            let Some((name, value)) = header.to_str().ok().and_then(cookie) else {
                continue;
            };
            let value = SecretString::from(value.to_owned());
            self.secrets.push(value.clone());
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value));
        }
    }

    /// Whether the two cookies are there that make a session.
    pub(crate) fn is_open(&self) -> bool {
        self.cookie("csrftoken").is_some() && self.cookie("sessionid").is_some()
    }

    pub(crate) fn headers(&self, writes: bool) -> Vec<(&'static str, SecretString)> {
        let all: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={}", value.expose_secret())).collect();
        let mut headers = Vec::new();
        if !all.is_empty() {
            headers.push(("Cookie", SecretString::from(all.join("; "))));
        }
        if writes && let Some(token) = self.cookie("csrftoken") {
            headers.push(("X-CSRFToken", token.clone()));
        }
        headers
    }

    pub(crate) fn secrets(&self) -> &[SecretString] {
        &self.secrets
    }

    /// The cookie of this name, or of this name with a region's suffix: `csrftoken.eu`.
    fn cookie(&self, name: &str) -> Option<&SecretString> {
        self.cookies
            .iter()
            .find(|(known, _)| known.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
            .map(|(_, value)| value)
    }
}

/// Name and value of a `Set-Cookie` header; a cookie that is being removed has no value.
fn cookie(header: &str) -> Option<(&str, &str)> {
    let (name, value) = header.split(';').next()?.split_once('=')?;
    let value = value.trim().trim_matches('"');
    (!value.is_empty()).then_some((name.trim(), value))
}

/// Whether the account's second factor is still to come, by the answer to a login.
pub(crate) fn awaits_two_factor(json: &Value) -> bool {
    json["two_factor_required"] == true && json["two_factor_passed"] != true
}

/// What a refused login means, by the step that was refused and the cloud's words.
pub(crate) fn refused(call: &Call, raw: &RawAnswer, login: &Login) -> Error {
    let secrets = login.secrets();
    let secrets: Vec<&str> = secrets.iter().map(ExposeSecret::expose_secret).collect();
    let error = match answer::read_without(call, raw, &secrets) {
        Ok(answer) => return answer.unexpected("a session"),
        Err(error) => error,
    };
    let Error::Status { status, detail, .. } = error else {
        return error;
    };
    let has_forward = serde_json::from_slice::<Value>(&raw.body).is_ok_and(|body| body.get("forward_url").is_some());
    let words = detail.to_ascii_lowercase();
    let fault = match status {
        429 => LoginFault::Locked { wait: retry::asked_pause(raw) },
        500.. => LoginFault::Trouble,
        _ if has_forward || words.contains("sso") => LoginFault::SingleSignOn,
        _ if words.contains("block") || words.contains("lock") => LoginFault::Locked { wait: retry::asked_pause(raw) },
        _ if call.url.ends_with(TWO_FACTOR) || words.contains("two_factor") || words.contains("2fa") => {
            LoginFault::Code
        }
        _ => LoginFault::Password,
    };
    Error::Login { call: call.clone(), fault, status: Some(status), detail }
}

/// The account has a second factor, and none was given.
pub(crate) fn two_factor_missing(call: &Call) -> Error {
    Error::Login { call: call.clone(), fault: LoginFault::CodeMissing, status: None, detail: String::new() }
}

/// The answer was a success, and yet there is no session.
pub(crate) fn no_session(call: &Call) -> Error {
    Error::Login { call: call.clone(), fault: LoginFault::NoSession, status: None, detail: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::HeaderMap;

    fn login() -> Login {
        Login { username: "a@b.c".into(), password: "geheim-password".into(), two_factor: Some("123456".into()) }
    }

    fn raw(status: u16, body: &str, cookies: &[&str]) -> RawAnswer {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append("set-cookie", cookie.parse().unwrap());
        }
        RawAnswer { status, headers, body: body.as_bytes().to_vec() }
    }

    fn shown(headers: &[(&'static str, SecretString)]) -> Vec<String> {
        headers.iter().map(|(name, value)| format!("{name}: {}", value.expose_secret())).collect()
    }

    #[test]
    fn cookies_of_every_region_go_back_and_writes_repeat_the_token() {
        for suffix in ["", ".eu"] {
            let mut session = Session::new(&login());
            assert!(!session.is_open() && session.headers(true).is_empty());
            session.take_cookies(&raw(
                200,
                "",
                &[&format!("csrftoken{suffix}=abc; Path=/"), &format!("sessionid{suffix}=\"xyz\"; HttpOnly")],
            ));
            assert!(session.is_open());
            let cookie = format!("Cookie: csrftoken{suffix}=abc; sessionid{suffix}=xyz");
            assert_eq!(shown(&session.headers(false)), std::slice::from_ref(&cookie));
            assert_eq!(shown(&session.headers(true)), [cookie, "X-CSRFToken: abc".to_owned()]);
        }
    }

    #[test]
    fn later_cookies_take_the_place_of_earlier_ones() {
        let mut session = Session::new(&login());
        session.take_cookies(&raw(200, "", &["csrftoken=a", "sessionid=b"]));
        session.take_cookies(&raw(200, "", &["csrftoken=c", "other=", "nonsense"]));
        assert_eq!(shown(&session.headers(true)), ["Cookie: sessionid=b; csrftoken=c", "X-CSRFToken: c"]);
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
            (TWO_FACTOR, 401, "", LoginFault::Code),
            (LOGIN, 503, "", LoginFault::Trouble),
        ] {
            let call = Call { method: "POST", url: format!("https://x{step}") };
            let error = refused(&call, &raw(status, body, &[]), &login());
            assert!(matches!(&error, Error::Login { fault, .. } if *fault == expected), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("geheim"), "{error}");
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

    #[test]
    fn debug_shows_no_secret() {
        let mut session = Session::new(&login());
        session.take_cookies(&raw(200, "", &["sessionid=geheim"]));
        assert!(!format!("{session:?} {:?}", login()).contains("geheim"));
    }
}
