//! The cookies of a session.

use super::Login;
use crate::credentials::CredentialSource;
use crate::transport::RawAnswer;
use secrecy::{ExposeSecret, SecretString};

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
    fn cookies_of_every_region_are_sent_back_and_writes_repeat_the_token() {
        for suffix in ["", ".eu"] {
            let mut session = Session::new(&login(), None);
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
    fn later_cookies_replace_earlier_ones() {
        let mut session = Session::new(&login(), None);
        session.take_cookies(&raw(200, "", &["csrftoken=a", "sessionid=b"]));
        session.take_cookies(&raw(200, "", &["csrftoken=c", "other=", "nonsense"]));
        assert_eq!(shown(&session.headers(true)), ["Cookie: sessionid=b; csrftoken=c", "X-CSRFToken: c"]);
    }

    #[test]
    fn debug_shows_no_secret() {
        let mut session = Session::new(&login(), None);
        session.take_cookies(&raw(200, "", &["sessionid=geheim"]));
        assert!(!format!("{session:?} {:?}", login()).contains("geheim"));
    }
}
