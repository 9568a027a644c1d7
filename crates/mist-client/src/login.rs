//! Login with e-mail address and password, for the first token: the requests, and the meaning of the responses. No I/O.
//!
//! Facts (official API document, `login`, `twoFactor`, `lookup`, `csrfToken`; reports of users): POST `/api/v1/login` sets
//! the cookies `csrftoken` and `sessionid`, on regional clouds with a suffix. Every write repeats the first one in
//! `X-CSRFToken`. A wrong password is 400; a wrong code, in the login or at `/api/v1/login/two_factor`, is 401. With the second
//! factor missing, the login is answered 200, and so is `/api/v1/self`, with `two_factor_required`. After three failures the
//! login is answered 429 with `Retry-After`, so that it is sent once. `/api/v1/login/lookup` reveals SSO.

use crate::answer::{self, Asked, is_success};
use crate::credentials::CredentialSource;
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

/// A session.
#[derive(Clone, Debug)]
pub struct Session {
    cookies: Vec<(String, SecretString)>,
    secrets: Vec<SecretString>,
    source: Option<CredentialSource>,
}

impl Session {
    /// A session without cookies yet.
    pub(crate) fn new(login: &Login, source: Option<CredentialSource>) -> Self {
        Self { cookies: Vec::new(), secrets: login.secrets(), source }
    }

    /// Source of the login.
    pub(crate) fn source(&self) -> Option<&CredentialSource> {
        self.source.as_ref()
    }

    /// Adds the cookies of a response, which replace earlier ones of the same name.
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

    /// Returns true if both cookies of a session were received.
    pub(crate) fn is_open(&self) -> bool {
        self.cookie("csrftoken").is_some() && self.cookie("sessionid").is_some()
    }

    /// The headers of a request; a write has the CSRF token.
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

    /// The cookie with this name, or with this name and a region's suffix: `csrftoken.eu`.
    fn cookie(&self, name: &str) -> Option<&SecretString> {
        self.cookies
            .iter()
            .find(|(known, _)| known.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
            .map(|(_, value)| value)
    }
}

/// Name and value of a `Set-Cookie` header; `None` for an empty value, which removes the cookie.
fn cookie(header: &str) -> Option<(&str, &str)> {
    let (name, value) = header.split(';').next()?.split_once('=')?;
    let value = value.trim().trim_matches('"');
    (!value.is_empty()).then_some((name.trim(), value))
}

#[cfg(test)]
mod tests;
