//! Sessions of a login, their cookies, and the token against forged requests.

use crate::clock::http_date;
use crate::message::{Reply, Request};
use crate::random;
use std::collections::HashMap;

/// A session ends after so long: `session_expiry` of an organisation is 1440 minutes unless set otherwise.
const SESSION_LIFE: i64 = 1440 * 60;

/// How long the browser is told to keep the cookie `csrftoken`, as in the OpenAPI document.
const CSRF_COOKIE_LIFE: i64 = 31_449_600;

/// A login.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The number of the account.
    pub(crate) account: usize,
    pub(crate) csrf_token: String,
    /// The password was right, the second factor is still to come.
    pub(crate) awaits_two_factor: bool,
    began: i64,
}

/// The logins that are not over.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sessions {
    by_id: HashMap<String, Session>,
}

impl Sessions {
    /// Begins a session and tells its two cookies.
    pub(crate) fn begin(
        &mut self,
        account: usize,
        awaits_two_factor: bool,
        suffix: &str,
        now: i64,
    ) -> [(String, String); 2] {
        let (id, csrf_token) = (random::text(32).to_ascii_lowercase(), random::text(32));
        self.by_id.insert(id.clone(), Session { account, csrf_token, awaits_two_factor, began: now });
        self.cookies(&id, suffix, now)
    }

    /// The two cookies of a session.
    pub(crate) fn cookies(&self, id: &str, suffix: &str, now: i64) -> [(String, String); 2] {
        let csrf_token = self.by_id.get(id).map_or("", |session| session.csrf_token.as_str());
        [
            cookie(&format!("csrftoken{suffix}"), csrf_token, CSRF_COOKIE_LIFE, "", now),
            cookie(&format!("sessionid{suffix}"), id, SESSION_LIFE, "; HttpOnly", now),
        ]
    }

    /// The session whose cookie the request carries, with its id.
    pub(crate) fn of(&self, request: &Request, suffix: &str, now: i64) -> Option<(String, Session)> {
        let id = request.cookie(&format!("sessionid{suffix}"))?;
        let session = self.by_id.get(id)?;
        (now - session.began < SESSION_LIFE).then(|| (id.to_owned(), session.clone()))
    }

    pub(crate) fn passed_two_factor(&mut self, id: &str) {
        if let Some(session) = self.by_id.get_mut(id) {
            session.awaits_two_factor = false;
        }
    }

    pub(crate) fn end(&mut self, id: &str) {
        self.by_id.remove(id);
    }

    pub(crate) fn count(&self) -> usize {
        self.by_id.len()
    }
}

fn cookie(name: &str, value: &str, life: i64, more: &str, now: i64) -> (String, String) {
    let expires = http_date((now + life) as f64);
    let cookie = format!("{name}={value}; expires={expires}; Max-Age={life}; Path=/; Secure; SameSite=Lax{more}");
    ("set-cookie".to_owned(), cookie)
}

/// Whether a session may write: the header has to repeat the cookie. The words are Django's.
pub(crate) fn check_csrf(session: &Session, request: &Request, suffix: &str) -> Result<(), Reply> {
    let refused = |reason: &str| Err(Reply::detail(403, &format!("CSRF Failed: {reason}")));
    let Some(cookie) = request.cookie(&format!("csrftoken{suffix}")) else {
        return refused("CSRF cookie not set.");
    };
    if cookie != session.csrf_token || request.header("x-csrftoken") != Some(cookie) {
        return refused("CSRF token missing or incorrect.");
    }
    Ok(())
}
