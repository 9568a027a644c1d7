//! Who is asking.

use crate::cloud::{Cloud, Org};
use crate::message::{Reply, Request};
use crate::sessions::{self, Session};
use crate::tokens::Owner;
use base64::{Engine, engine::general_purpose::STANDARD};
use ipnet::IpNet;
use serde_json::Value;
use std::net::IpAddr;

/// Who a request is from.
#[derive(Debug)]
pub(crate) enum Caller {
    /// An account, by its number: by password, user token or session (then with its id).
    Account { number: usize, session: Option<String> },
    /// An organisation's token.
    OrgToken { id: String, name: String, privileges: Vec<Value> },
}

impl Caller {
    /// Whose quota the call counts against.
    pub(crate) fn quota_key(&self) -> String {
        match self {
            Self::Account { number, .. } => format!("account {number}"),
            Self::OrgToken { id, .. } => id.clone(),
        }
    }

    /// What the caller may do, as the API writes it.
    pub(crate) fn privileges(&self, cloud: &Cloud) -> Vec<Value> {
        match self {
            Self::Account { number, .. } => {
                let account = &cloud.accounts[*number];
                let msp = account.msp_privilege(&cloud.msp_id);
                msp.into_iter().chain(account.orgs.iter().map(|id| account.privilege(id))).collect()
            }
            Self::OrgToken { privileges, .. } => privileges.clone(),
        }
    }

    /// What the caller may do in one organisation.
    pub(crate) fn privileges_in(&self, cloud: &Cloud, org_id: &str) -> Vec<Value> {
        match self {
            Self::Account { number, .. } => {
                let account = &cloud.accounts[*number];
                let by_msp = account.settings.msp && cloud.orgs.get(org_id).is_some_and(Org::of_msp);
                let may = by_msp || account.orgs.iter().any(|id| id == org_id);
                may.then(|| account.privilege(org_id)).into_iter().collect()
            }
            Self::OrgToken { privileges, .. } => privileges.clone(),
        }
    }

    /// Who a token that the caller makes is said to be made by.
    pub(crate) fn name<'a>(&'a self, cloud: &'a Cloud) -> &'a str {
        match self {
            Self::Account { number, .. } => &cloud.accounts[*number].settings.email,
            Self::OrgToken { name, .. } => name,
        }
    }
}

/// Finds out who is asking, and notes that a token was used.
///
/// The `Authorization` header goes before cookies. Only a session has to prove with `X-CSRFToken` that a write is meant.
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
        sessions::check_csrf(&session, request, &cloud.config.cookie_suffix)?;
    }
    Ok(Caller::Account { number: session.account, session: Some(id) })
}

/// The session of the request, whether or not its second factor is still to come.
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

/// An account with a second factor or with single sign-on has no use for its password alone.
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

/// Whether a token may be used from this address: `src_ips` are addresses and networks, none of them means anywhere.
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
