//! Ids of organisations, sites and site groups, by their names: looked up only when a name is used, in as few
//! calls as can be.

use crate::client::Client;
use crate::error::{Error, Result};
use crate::paging;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::ControlFlow;

/// The largest page that is asked for.
const PAGE: u32 = 1000;

/// How many names that are close to an unknown one are told.
const CLOSE: usize = 5;

/// How alike a name must be to be told as close, from 0 (nothing in common) to 1 (the same).
const ALIKE: f64 = 0.75;

/// What has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// An organisation.
    Organisation,
    /// A site.
    Site,
    /// A site group.
    SiteGroup,
}

impl Kind {
    /// The list within an organisation that has them.
    fn list(self) -> Option<&'static str> {
        match self {
            Self::Organisation => None,
            Self::Site => Some("sites"),
            Self::SiteGroup => Some("sitegroups"),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Organisation => "organisation",
            Self::Site => "site",
            Self::SiteGroup => "site group",
        })
    }
}

/// The ids of these names, each name to its id. Page after page is read until all names are found.
///
/// # Errors
/// [`Error::NoSuchName`] for a name that nothing has, and [`Error::AmbiguousName`] for one that several have.
pub fn ids(client: &Client, org_id: &str, kind: Kind, names: &BTreeSet<&str>) -> Result<BTreeMap<String, String>> {
    let mut known: Vec<(String, String)> = Vec::new();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let Some(list) = kind.list() else {
        return names.iter().map(|name| Ok(((*name).to_owned(), self::org_id(client, name)?))).collect();
    };
    paging::each_page(client, &format!("/api/v1/orgs/{org_id}/{list}?limit={PAGE}"), "a list", |page: Vec<Value>| {
        known.extend(page.iter().filter_map(|object| named(object, "name", "id")));
        let all_found = names.iter().all(|name| known.iter().any(|(known, _)| known == name));
        if all_found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    names.iter().map(|name| Ok(((*name).to_owned(), pick(kind, name, &known)?))).collect()
}

/// The id of the organisation of this name, among those that the credentials can see: one call, and one more for each
/// MSP that they have a privilege in, whose organisations no privilege names.
///
/// # Errors
/// [`Error::NoSuchName`] and [`Error::AmbiguousName`].
pub fn org_id(client: &Client, name: &str) -> Result<String> {
    let answer = client.get("/api/v1/self")?;
    let privileges =
        answer.json["privileges"].as_array().ok_or_else(|| answer.unexpected("an account with its privileges"))?;
    let mut known: BTreeSet<(String, String)> = privileges.iter().filter_map(organisation).collect();
    for msp_id in msps(privileges) {
        known.extend(msp_orgs(client, msp_id)?);
    }
    pick(Kind::Organisation, name, &known.into_iter().collect::<Vec<_>>())
}

/// The MSPs that privileges of `/self` are in as a whole, each once.
#[must_use]
pub fn msps(privileges: &[Value]) -> BTreeSet<&str> {
    let is_whole = |privilege: &&Value| privilege["scope"] == "msp" && privilege["org_id"].is_null();
    privileges
        .iter()
        .filter(is_whole)
        .filter_map(|privilege| privilege["msp_id"].as_str())
        .filter(|id| is_id(id))
        .collect()
}

/// Name and id of each organisation of an MSP.
///
/// # Errors
/// Whatever the call fails with.
pub fn msp_orgs(client: &Client, msp_id: &str) -> Result<Vec<(String, String)>> {
    let (_, orgs) = paging::all::<Value>(client, &format!("/api/v1/msps/{msp_id}/orgs?limit={PAGE}"), "a list")?;
    Ok(orgs.iter().filter_map(|org| named(org, "name", "id")).collect())
}

/// Whether an id that the cloud tells may stand in a path.
fn is_id(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
}

/// Name and id of the organisation that a privilege of `/self` is in. With scope `org`, `name` is the organisation's;
/// with a narrower one it is the site's, and `org_name` the organisation's (official API document, `admin_privilege`).
#[must_use]
pub fn organisation(privilege: &Value) -> Option<(String, String)> {
    named(privilege, "org_name", "org_id")
        .or_else(|| (privilege["scope"] == "org").then(|| named(privilege, "name", "org_id")).flatten())
}

fn named(object: &Value, name: &str, id: &str) -> Option<(String, String)> {
    Some((object.get(name)?.as_str()?.to_owned(), object.get(id)?.as_str()?.to_owned()))
}

/// The one id of the name.
fn pick(kind: Kind, name: &str, known: &[(String, String)]) -> Result<String> {
    let ids: Vec<&str> = known.iter().filter(|(known, _)| known == name).map(|(_, id)| id.as_str()).collect();
    match ids.as_slice() {
        [id] => Ok((*id).to_owned()),
        [] => Err(Error::NoSuchName { kind, name: name.to_owned(), close: close(name, known) }),
        several => {
            let ids = several.iter().map(|id| (*id).to_owned()).collect();
            Err(Error::AmbiguousName { kind, name: name.to_owned(), ids })
        }
    }
}

/// The names most like this one, the most alike first.
fn close(name: &str, known: &[(String, String)]) -> Vec<String> {
    let wanted = name.to_lowercase();
    let mut rated: Vec<(f64, &str)> = known
        .iter()
        .map(|(known, _)| {
            let lower = known.to_lowercase();
            let inside = !wanted.is_empty() && (lower.contains(&wanted) || wanted.contains(&lower));
            let alike = strsim::jaro_winkler(&wanted, &lower);
            (if inside { alike.max(ALIKE) } else { alike }, known.as_str())
        })
        .filter(|(alike, _)| *alike >= ALIKE)
        .collect();
    rated.sort_by(|(one, first), (other, second)| other.total_cmp(one).then(first.cmp(second)));
    rated.dedup_by(|(_, one), (_, other)| one == other);
    rated.into_iter().take(CLOSE).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn known(names: &[&str]) -> Vec<(String, String)> {
        names.iter().enumerate().map(|(number, name)| ((*name).to_owned(), number.to_string())).collect()
    }

    #[test]
    fn one_of_the_name_is_it_and_none_or_several_are_told_with_what_helps() {
        let sites = known(&["Lobby", "Lobby 2", "lobby", "Warehouse", "Twin", "Twin"]);
        assert_eq!(pick(Kind::Site, "Lobby", &sites), Ok("0".into()));
        for (name, words) in [
            ("Loby", "there is no site 'Loby' that these credentials can see; close to it: 'Lobby'"),
            ("LOBBY", "close to it: 'Lobby', 'lobby'"),
            ("warehouse north", "close to it: 'Warehouse'"),
            ("xyzzy", "nothing is close to it"),
            ("Twin", "2 sites have the name 'Twin': 4, 5"),
        ] {
            let error = pick(Kind::Site, name, &sites).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn an_msp_is_asked_once_and_only_by_an_id_that_may_stand_in_a_path() {
        let msp = |id: &str| json!({"scope": "msp", "role": "admin", "msp_id": id, "name": "Provider"});
        let privileges = [
            msp("m-1"),
            msp("m-1"),
            msp("../self"),
            msp(""),
            json!({"scope": "org", "msp_id": "m-2", "org_id": "o", "name": "Acme"}),
            json!({"scope": "msp", "msp_id": 7}),
        ];
        assert_eq!(msps(&privileges).into_iter().collect::<Vec<_>>(), ["m-1"]);
    }

    #[test]
    fn an_organisation_is_named_by_the_privilege_in_it() {
        for (privilege, expected) in [
            (json!({"scope": "org", "org_id": "o", "name": "Acme"}), Some(("Acme", "o"))),
            (json!({"scope": "site", "org_id": "o", "org_name": "Acme", "name": "Lobby"}), Some(("Acme", "o"))),
            (json!({"scope": "site", "org_id": "o", "name": "Lobby"}), None),
            (json!({"scope": "msp", "name": "Msp"}), None),
        ] {
            let found = organisation(&privilege);
            assert_eq!(found.as_ref().map(|(name, id)| (name.as_str(), id.as_str())), expected, "{privilege}");
        }
    }
}
