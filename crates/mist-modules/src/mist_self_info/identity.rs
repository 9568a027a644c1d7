//! Reads the cloud's answers about who asks. No I/O. A field that is missing, null or of another kind than it should be
//! is no reason to fail: it is passed on as it came.

use crate::TokenType;
use crate::mist_self_info::results::{Organisation, PrivilegeResult, Results, Usage};
use mist_client::names;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::SystemTime;

/// The cloud counts calls from the full hour (official API document, answer 429).
const HOUR: u64 = 3600;

/// What only a person has, and no organisation token (official API document, `admin`).
const PERSONAL: [&str; 3] = ["email", "first_name", "last_name"];

/// Why an answer to GET `/api/v1/self` does not tell who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// It is no account with a list of its privileges.
    Shape,
    /// The second factor of a login is still open: the cloud tells nothing of the privileges until it is passed.
    SecondFactorOpen,
}

/// What the answer to GET `/api/v1/self` tells.
///
/// # Errors
/// [`Unknown`] where it does not tell who asks.
pub fn read_self(json: &Value) -> Result<Results, Unknown> {
    let fields = json.as_object().ok_or(Unknown::Shape)?;
    let is = |field: &str| fields.get(field).and_then(Value::as_bool);
    let list = match fields.get("privileges") {
        None | Some(Value::Null)
            if is("two_factor_required") == Some(true) && is("two_factor_passed") != Some(true) =>
        {
            return Err(Unknown::SecondFactorOpen);
        }
        None | Some(Value::Null) => &[][..],
        Some(privileges) => privileges.as_array().ok_or(Unknown::Shape)?,
    };
    Ok(Results {
        token_type: token_type(fields),
        answer: Some(fields.clone()),
        orgs: Some(organisations(list)),
        privileges: Some(list.iter().map(privilege).collect::<Option<_>>().ok_or(Unknown::Shape)?),
        ..Results::default()
    })
}

/// The organisations with those of an MSP, each as its name and id; still each once, and by name.
pub fn add_msp_orgs(orgs: &mut Vec<Organisation>, of_msp: Vec<(String, String)>) {
    for (name, id) in of_msp {
        match orgs.iter_mut().find(|org| org.id == id) {
            Some(known) => drop(known.name.get_or_insert(name)),
            None => orgs.push(Organisation { name: Some(name), id }),
        }
    }
    orgs.sort();
}

/// What the answer to GET `/api/v1/self/usage` tells, given at this time by the cloud's clock; `None` if it is no object.
#[must_use]
pub fn read_usage(json: &Value, now: SystemTime) -> Option<Usage> {
    let mut more = json.as_object()?.clone();
    let (requests, request_limit) = (take(&mut more, "requests"), take(&mut more, "request_limit"));
    let now = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let resets_in = HOUR - now % HOUR;
    Some(Usage {
        requests,
        request_limit,
        remaining: request_limit.zip(requests).map(|(limit, requests): (u64, u64)| limit.saturating_sub(requests)),
        resets_at: now + resets_in,
        resets_in,
        more,
    })
}

/// An organisation token has a name, and nothing of a person (official API document, `admin`).
fn token_type(fields: &Map<String, Value>) -> Option<TokenType> {
    let has = |field: &str| fields.get(field).is_some_and(|value| !value.is_null());
    if PERSONAL.into_iter().any(has) { Some(TokenType::User) } else { has("name").then_some(TokenType::Org) }
}

fn privilege(value: &Value) -> Option<PrivilegeResult> {
    let mut more = value.as_object()?.clone();
    Some(PrivilegeResult {
        scope: take(&mut more, "scope"),
        role: take(&mut more, "role"),
        name: take(&mut more, "name"),
        org_id: take(&mut more, "org_id"),
        org_name: take(&mut more, "org_name"),
        site_id: take(&mut more, "site_id"),
        sitegroup_ids: take(&mut more, "sitegroup_ids"),
        views: take(&mut more, "views"),
        more,
    })
}

/// Takes a field out if it is what it should be, and leaves it if it is anything else.
fn take<T: DeserializeOwned>(fields: &mut Map<String, Value>, name: &str) -> Option<T> {
    let value: T = serde_json::from_value(fields.get(name)?.clone()).ok()?;
    fields.shift_remove(name);
    Some(value)
}

/// Each organisation once, by name; one that no privilege names comes first.
fn organisations(privileges: &[Value]) -> Vec<Organisation> {
    let mut known: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for privilege in privileges {
        if let Some(id) = privilege["org_id"].as_str() {
            let name = names::organization(privilege).map(|(name, _)| name);
            let first = known.entry(id).or_default();
            *first = first.take().or(name);
        }
    }
    let mut list: Vec<_> = known.into_iter().map(|(id, name)| Organisation { name, id: id.to_owned() }).collect();
    list.sort();
    list
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
