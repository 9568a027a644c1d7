//! The caller of a request: by token, by password, or by the session of a login.

use crate::cloud::{Cloud, Org, http_date};
use crate::message::{Reply, Request};
use crate::random;
use crate::tokens::Owner;
use base64::{Engine, engine::general_purpose::STANDARD};
use ipnet::IpNet;
use serde_json::Value;
use std::collections::HashMap;
use std::net::IpAddr;

#[derive(Debug)]
pub(crate) enum Caller {
    /// An account, by its number. `session` is set for the session of a login, not for a password or a user token.
    Account { number: usize, session: Option<String> },
    /// A token of an organization.
    OrgToken { id: String, name: String, privileges: Vec<Value> },
}

impl Caller {
    /// The name under which the quota counts the call.
    pub(crate) fn quota_key(&self) -> String {
        match self {
            Self::Account { number, .. } => format!("account {number}"),
            Self::OrgToken { id, .. } => id.clone(),
        }
    }

    /// The caller's privileges, in the form of the API.
    pub(crate) fn privileges(&self, cloud: &Cloud) -> Vec<Value> {
        match self {
            Self::Account { number, .. } => {
                let account = &cloud.accounts[*number];
                let msp = account.msp_privilege(&cloud.msp_id);
                msp.into_iter().chain(account.orgs.iter().flat_map(|id| account.privileges_in(id))).collect()
            }
            Self::OrgToken { privileges, .. } => privileges.clone(),
        }
    }

    /// The caller's privileges in one organization.
    pub(crate) fn privileges_in(&self, cloud: &Cloud, org_id: &str) -> Vec<Value> {
        match self {
            Self::Account { number, .. } => {
                let account = &cloud.accounts[*number];
                let by_msp = account.settings.msp && cloud.orgs.get(org_id).is_some_and(Org::of_msp);
                let mut privileges = account.privileges_in(org_id);
                privileges.extend(by_msp.then(|| account.privilege(org_id)));
                privileges
            }
            Self::OrgToken { privileges, .. } => privileges.clone(),
        }
    }

    /// The `created_by` of a token that the caller creates.
    pub(crate) fn name<'a>(&'a self, cloud: &'a Cloud) -> &'a str {
        match self {
            Self::Account { number, .. } => &cloud.accounts[*number].settings.email,
            Self::OrgToken { name, .. } => name,
        }
    }
}

/// Finds the caller of a request, and records the use of a token.
///
/// The `Authorization` header has priority over cookies. Only a session must repeat its token in `X-CSRFToken` for a
/// write.
pub(crate) fn authenticate(cloud: &mut Cloud, request: &Request) -> Result<Caller, Reply> {
    if let Some(header) = request.header("authorization") {
        let (scheme, credentials) = header.split_once(' ').unwrap_or((header, ""));
        if scheme.eq_ignore_ascii_case("token") {
            return by_token(cloud, request, credentials.trim());
        }
        if scheme.eq_ignore_ascii_case("basic") {
            return by_password(cloud, credentials.trim());
        }
    }
    let (id, session) =
        session(cloud, request).filter(|(_, session)| !session.awaits_two_factor).ok_or_else(not_provided)?;
    if is_write(&request.method) {
        check_csrf(&session, request, &cloud.config.cookie_suffix)?;
    }
    Ok(Caller::Account { number: session.account, session: Some(id) })
}

/// The session of the request, with or without its second factor.
pub(crate) fn session(cloud: &Cloud, request: &Request) -> Option<(String, Session)> {
    cloud.sessions.of(request, &cloud.config.cookie_suffix, cloud.clock.seconds())
}

fn by_token(cloud: &mut Cloud, request: &Request, key: &str) -> Result<Caller, Reply> {
    if key.is_empty() {
        return Err(Reply::detail(401, "Invalid token header. No credentials provided."));
    }
    let Some((owner, token)) = cloud.tokens.find_key(key) else {
        return Err(Reply::detail(401, "Invalid token."));
    };
    if !source_allowed(&token.src_ips, request.source) {
        return Err(Reply::detail(403, "You do not have permission to perform this action."));
    }
    let caller = match owner {
        Owner::User => Caller::Account { number: 0, session: None },
        Owner::Account(email) => {
            let number = cloud.account_of(email).ok_or_else(|| Reply::detail(401, "Invalid token."))?;
            Caller::Account { number, session: None }
        }
        Owner::Org(_) => {
            Caller::OrgToken { id: token.id.clone(), name: token.name.clone(), privileges: token.privileges.clone() }
        }
    };
    let (owner, id, now) = (owner.clone(), token.id.clone(), cloud.clock.seconds());
    if let Some(token) = cloud.tokens.get_mut(&owner, &id) {
        token.last_used = Some(now);
    }
    Ok(caller)
}

/// The password alone is not accepted from an account with a second factor or single sign-on.
fn by_password(cloud: &Cloud, credentials: &str) -> Result<Caller, Reply> {
    let given = STANDARD.decode(credentials).unwrap_or_default();
    let found = cloud.accounts.iter().position(|account| {
        let settings = &account.settings;
        let right = given == format!("{}:{}", settings.email, settings.password).as_bytes();
        right && settings.two_factor.is_none() && !settings.sso
    });
    let number = found.ok_or_else(|| Reply::detail(401, "Invalid username/password."))?;
    Ok(Caller::Account { number, session: None })
}

fn not_provided() -> Reply {
    Reply::detail(401, "Authentication credentials were not provided.")
}

fn is_write(method: &str) -> bool {
    !matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// Checks an address against `src_ips`: addresses and networks. An empty list allows every address.
fn source_allowed(src_ips: &[String], source: Option<IpAddr>) -> bool {
    src_ips.is_empty()
        || source.is_some_and(|source| {
            src_ips.iter().filter_map(|text| network(text)).any(|network| network.contains(&source))
        })
}

/// An address, or a network in CIDR form.
pub(crate) fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// Seconds until a session ends. The default of an organization's `session_expiry` is 1440 minutes.
const SESSION_LIFE: i64 = 1440 * 60;

/// The `Max-Age` of the cookie `csrftoken`, as in the OpenAPI document.
const CSRF_COOKIE_LIFE: i64 = 31_449_600;

#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The number of the account.
    pub(crate) account: usize,
    pub(crate) csrf_token: String,
    /// The password was right, and the second factor is still missing.
    pub(crate) awaits_two_factor: bool,
    began: i64,
}

/// The open sessions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sessions {
    by_id: HashMap<String, Session>,
}

impl Sessions {
    /// Begins a session and returns its two cookies.
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

    /// The session that the request's cookie names, with its id.
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

/// Refuses a write whose header does not repeat the cookie. The wording is Django's.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_allowed_by_address_by_network_or_where_nothing_is_said() {
        let table: [(&[&str], bool); 6] = [
            (&[], true),
            (&["127.0.0.1"], true),
            (&["10.0.0.1", "127.0.0.0/8"], true),
            (&["10.0.0.0/8"], false),
            (&["::1"], false),
            (&["nonsense"], false),
        ];
        for (src_ips, allowed) in table {
            let src_ips: Vec<String> = src_ips.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(source_allowed(&src_ips, Some(IpAddr::from([127, 0, 0, 1]))), allowed, "{src_ips:?}");
        }
    }
}
