//! Ids of organisations, sites and site groups, by their names: looked up only when a name is used, in as few
//! calls as can be.

use crate::client::Client;
pub use crate::error::Kind;

use crate::error::{Error, Result};
use crate::{paging, path};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The largest page that is asked for.
const PAGE: u32 = 1000;

/// How many names that are close to an unknown one are told.
const CLOSE: usize = 10;

/// Names further from each other than this share of their length are not close.
const FURTHEST: f64 = 0.34;

/// The list within an organisation that has objects of this kind.
fn list_of(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Site => Some("sites"),
        Kind::SiteGroup => Some("sitegroups"),
        Kind::Organisation => None,
    }
}

/// The ids of these names, each name to its id. All pages are read: a second object of the same name on the last one is an
/// ambiguity, and no guess.
///
/// # Errors
/// [`Error::NoSuchName`] for a name that nothing has, and [`Error::AmbiguousName`] for one that several have.
pub fn ids(client: &Client, org_id: &str, kind: Kind, names: &BTreeSet<&str>) -> Result<BTreeMap<String, String>> {
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let Some(list) = list_of(kind) else {
        return names.iter().map(|name| Ok(((*name).to_owned(), self::org_id(client, name)?))).collect();
    };
    let path = format!("/api/v1/orgs/{}/{list}?limit={PAGE}", path::segment(org_id)?);
    let known = names_of(client, &path)?;
    names.iter().map(|name| Ok(((*name).to_owned(), pick(kind, name, &known)?))).collect()
}

/// Names and ids of a whole list.
fn names_of(client: &Client, path: &str) -> Result<Vec<(String, String)>> {
    let (_, list) = paging::all::<Named>(client, path, "a list of objects with names")?;
    Ok(list.into_iter().filter_map(|object| Some((object.name?, object.id?))).collect())
}

/// What is read of an object whose name may be wanted. Whatever has no name is none of those.
#[derive(Debug, Deserialize)]
struct Named {
    #[serde(default, deserialize_with = "text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    id: Option<String>,
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}

/// The id of the organisation of this name, among those that the credentials can see: one call, and for an MSP's
/// administrator one more for each MSP.
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
        .filter(|id| path::is_segment(id))
        .collect()
}

/// Name and id of each organisation of an MSP.
///
/// # Errors
/// Whatever the call fails with.
pub fn msp_orgs(client: &Client, msp_id: &str) -> Result<Vec<(String, String)>> {
    names_of(client, &format!("/api/v1/msps/{}/orgs?limit={PAGE}", path::segment(msp_id)?))
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

/// The one id of the name. What an id is used for is a path, so that it must be able to stand in one.
fn pick(kind: Kind, name: &str, known: &[(String, String)]) -> Result<String> {
    let ids: Vec<&str> = known.iter().filter(|(known, _)| known == name).map(|(_, id)| id.as_str()).collect();
    match ids.as_slice() {
        [id] => Ok(path::segment(id)?.to_owned()),
        [] => {
            let close = close(name, known.iter().map(|(name, _)| name.as_str()));
            Err(Error::NoSuchName { kind, name: name.to_owned(), close })
        }
        several => {
            let ids = several.iter().map(|id| (*id).to_owned()).collect();
            Err(Error::AmbiguousName { kind, name: name.to_owned(), ids })
        }
    }
}

/// The names most like this one, the most alike first: those that are the same but for case, hold it or are held by it, and
/// those that few characters tell apart.
#[must_use]
pub fn close<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let wanted = name.to_lowercase();
    let mut rated: Vec<(f64, &str)> = known
        .into_iter()
        .filter_map(|known| {
            let lower = known.to_lowercase();
            let length = wanted.chars().count().max(lower.chars().count()).max(1);
            #[allow(clippy::cast_precision_loss)]
            let distance = strsim::damerau_levenshtein(&wanted, &lower) as f64 / length as f64;
            let inside =
                !wanted.is_empty() && !lower.is_empty() && (lower.contains(&wanted) || wanted.contains(&lower));
            (inside || distance <= FURTHEST).then_some((distance, known))
        })
        .collect();
    rated.sort_by(|(one, first), (other, second)| one.total_cmp(other).then(first.cmp(second)));
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
    fn close_names_are_those_that_few_characters_tell_apart() {
        let sites: Vec<String> = (1..=200).map(|number| format!("Site {number}")).collect();
        let close = close("Site 17x", sites.iter().map(String::as_str));
        let mut wanted: Vec<String> = (170..=179).map(|number| format!("Site {number}")).collect();
        wanted.insert(0, "Site 17".into());
        wanted.truncate(CLOSE);
        assert_eq!(close, wanted);
    }

    #[test]
    fn an_id_that_cannot_stand_in_a_path_is_none() {
        let error = pick(Kind::Site, "x", &[("x".into(), "../y".into())]).unwrap_err();
        assert!(error.to_string().contains("is no id"), "{error}");
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
