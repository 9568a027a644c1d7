//! IDs of organizations, sites and site groups by name. A lookup sends requests only for names, as few as possible.
//!
//! [`NameIndex`] is the one resolver of names: it serves every list of objects.

use crate::client::Client;
pub use crate::error::Kind;

use crate::error::{Error, Result};
use crate::suggest::Candidates;
use crate::{paging, path};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The page size of the lists that are read: the largest that the cloud accepts.
const PAGE_SIZE: u32 = 1000;

/// The names of a list of objects with their IDs. A lookup takes constant time.
#[derive(Clone, Debug, Default)]
pub struct NameIndex<'a> {
    ids: HashMap<&'a str, Vec<&'a str>>,
}

/// The objects with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// The ID of the only object with this name.
    One(&'a str),
    Missing,
    /// The IDs of all objects with this name, in the order of the list. One ID counts once.
    Several(Vec<&'a str>),
}

impl<'a> NameIndex<'a> {
    /// Indexes pairs of name and ID.
    pub fn new(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut ids: HashMap<&str, Vec<&str>> = HashMap::new();
        for (name, id) in pairs {
            let same_name = ids.entry(name).or_default();
            if !same_name.contains(&id) {
                same_name.push(id);
            }
        }
        Self { ids }
    }

    #[must_use]
    pub fn lookup(&self, name: &str) -> Lookup<'a> {
        match self.ids.get(name).map(Vec::as_slice) {
            None | Some([]) => Lookup::Missing,
            Some([id]) => Lookup::One(id),
            Some(several) => Lookup::Several(several.to_vec()),
        }
    }

    /// The names to show for one that is missing. Compares all names: for many missing names, call it for the first few.
    #[must_use]
    pub fn candidates(&self, name: &str) -> Candidates {
        Candidates::new(name, self.ids.keys().copied())
    }

    /// The ID of the only object with this name.
    ///
    /// # Errors
    /// [`Error::NoSuchName`], [`Error::AmbiguousName`], or an ID that cannot be a part of a path.
    fn resolve(&self, kind: Kind, name: &str) -> Result<String> {
        match self.lookup(name) {
            Lookup::One(id) => Ok(path::segment(id)?.to_owned()),
            Lookup::Missing => {
                Err(Error::NoSuchName { kind, name: name.to_owned(), candidates: self.candidates(name) })
            }
            Lookup::Several(ids) => Err(Error::AmbiguousName {
                kind,
                name: name.to_owned(),
                ids: ids.into_iter().map(str::to_owned).collect(),
            }),
        }
    }
}

/// The IDs of these names. All pages are read: a second object with the same name on the last page makes the name ambiguous.
///
/// # Errors
/// [`Error::NoSuchName`], [`Error::AmbiguousName`], or the failure of a request.
pub fn ids(client: &Client, org_id: &str, kind: Kind, names: &BTreeSet<&str>) -> Result<BTreeMap<String, String>> {
    let list = match kind {
        _ if names.is_empty() => return Ok(BTreeMap::new()),
        Kind::Site => "sites",
        Kind::SiteGroup => "sitegroups",
        Kind::Organization => {
            return names.iter().map(|name| Ok(((*name).to_owned(), self::org_id(client, name)?))).collect();
        }
    };
    let path = format!("/api/v1/orgs/{}/{list}?limit={PAGE_SIZE}", path::segment(org_id)?);
    let known = names_of(client, &path)?;
    let index = NameIndex::new(known.iter().map(|(name, id)| (name.as_str(), id.as_str())));
    names.iter().map(|name| Ok(((*name).to_owned(), index.resolve(kind, name)?))).collect()
}

/// Names and IDs of a whole list, each once: an object may be on two pages of a list that changes.
fn names_of(client: &Client, path: &str) -> Result<Vec<(String, String)>> {
    let (_, list) = paging::all::<Named>(client, path, "a list of objects with names")?;
    let unique: BTreeSet<_> = list.into_iter().filter_map(|object| Some((object.name?, object.id?))).collect();
    Ok(unique.into_iter().collect())
}

/// The fields that a lookup reads. An object without a name or an ID is skipped.
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

/// The ID of the organization with this name, among those that the credentials can see: one call, and one more for each MSP
/// that the credentials belong to.
///
/// # Errors
/// [`Error::NoSuchName`], [`Error::AmbiguousName`], or the failure of a request.
pub fn org_id(client: &Client, name: &str) -> Result<String> {
    let answer = client.get("/api/v1/self")?;
    let privileges =
        answer.json["privileges"].as_array().ok_or_else(|| answer.unexpected("an account with its privileges"))?;
    let mut known: BTreeSet<(String, String)> = privileges.iter().filter_map(organization).collect();
    for msp_id in msps(privileges) {
        known.extend(msp_orgs(client, msp_id)?);
    }
    NameIndex::new(known.iter().map(|(name, id)| (name.as_str(), id.as_str()))).resolve(Kind::Organization, name)
}

/// The MSPs for which `/self` lists a privilege on the whole MSP, each once.
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

/// Name and ID of each organization of an MSP.
///
/// # Errors
/// The failure of the request.
pub fn msp_orgs(client: &Client, msp_id: &str) -> Result<Vec<(String, String)>> {
    names_of(client, &format!("/api/v1/msps/{}/orgs?limit={PAGE_SIZE}", path::segment(msp_id)?))
}

/// Name and ID of the organization of a privilege in `/self`. With scope `org`, `name` is the organization's; with a
/// narrower scope it is the site's, and `org_name` the organization's (official API document, `admin_privilege`).
#[must_use]
pub fn organization(privilege: &Value) -> Option<(String, String)> {
    named(privilege, "org_name", "org_id")
        .or_else(|| (privilege["scope"] == "org").then(|| named(privilege, "name", "org_id")).flatten())
}

fn named(object: &Value, name: &str, id: &str) -> Option<(String, String)> {
    Some((object.get(name)?.as_str()?.to_owned(), object.get(id)?.as_str()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Setting;
    use serde_json::json;

    #[test]
    fn a_name_resolves_to_the_only_id_or_to_an_error_with_what_helps() {
        let index = NameIndex::new([("Lobby", "0"), ("Twin", "1"), ("Twin", "2"), ("Same", "3"), ("Same", "3")]);
        assert_eq!(index.resolve(Kind::Site, "Lobby"), Ok("0".into()));
        assert_eq!(index.resolve(Kind::Site, "Same"), Ok("3".into()), "one object listed twice is one object");
        let Err(Error::NoSuchName { kind: Kind::Site, candidates, .. }) = index.resolve(Kind::Site, "Loby") else {
            panic!()
        };
        assert_eq!(candidates.similar, ["Lobby"]);
        let Err(Error::NoSuchName { candidates, .. }) = index.resolve(Kind::Site, "xyzzy") else { panic!() };
        assert_eq!((candidates.existing, candidates.total), (vec!["Lobby".into(), "Same".into(), "Twin".into()], 3));
        let Err(Error::AmbiguousName { ids, .. }) = index.resolve(Kind::Site, "Twin") else { panic!() };
        assert_eq!(ids, ["1", "2"]);
    }

    #[test]
    fn an_id_that_cannot_be_part_of_a_path_is_refused() {
        let Err(Error::Setting(setting)) = NameIndex::new([("x", "../y")]).resolve(Kind::Site, "x") else { panic!() };
        assert!(matches!(*setting, Setting::Path { .. }));
    }

    #[test]
    fn an_msp_is_asked_once_and_only_by_an_id_that_can_be_part_of_a_path() {
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
    fn the_privilege_names_the_organization() {
        for (privilege, expected) in [
            (json!({"scope": "org", "org_id": "o", "name": "Acme"}), Some(("Acme", "o"))),
            (json!({"scope": "site", "org_id": "o", "org_name": "Acme", "name": "Lobby"}), Some(("Acme", "o"))),
            (json!({"scope": "site", "org_id": "o", "name": "Lobby"}), None),
            (json!({"scope": "msp", "name": "Msp"}), None),
        ] {
            let found = organization(&privilege);
            assert_eq!(found.as_ref().map(|(name, id)| (name.as_str(), id.as_str())), expected, "{privilege}");
        }
    }
}
