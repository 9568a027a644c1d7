//! All other objects of the API: collections such as an organization's WLANs, and the settings of organizations and
//! sites.
//!
//! `document.json` lists them. `scripts/read-document.py` generates it from Mist's OpenAPI document.

mod change;
mod document;
mod fields;
mod requests;
mod shown;

use crate::random;
use document::Kind;
pub use document::{DocumentedKind, documented_kinds};
use indexmap::IndexMap;
pub(crate) use requests::{answer, at, members_before, remove_at, seed, seed_at, write_members};
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};

/// The owner of an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    Org(String),
    Site(String),
    Msp(String),
}

impl Scope {
    /// The field in each object that contains the owner's id, and this id.
    pub(crate) fn field(&self) -> (&'static str, &str) {
        match self {
            Self::Org(id) => ("org_id", id),
            Self::Site(id) => ("site_id", id),
            Self::Msp(id) => ("msp_id", id),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Org(_) => "org",
            Self::Site(_) => "site",
            Self::Msp(_) => "msp",
        }
    }
}

/// A collection, a setting, or one object of a collection.
#[derive(Debug, Clone)]
pub(crate) struct ObjectPath {
    pub(crate) scope: Scope,
    /// The name of the collection, or `setting`.
    pub(crate) name: String,
    pub(crate) kind: &'static Kind,
    /// The id of one object, or the value of its key. `None` for a collection and for a setting.
    pub(crate) item: Option<String>,
    /// The path is the search of the collection.
    pub(crate) search: bool,
}

/// A unique name for a collection.
pub(crate) fn collection(scope: &Scope, name: &str) -> String {
    format!("{name} of {scope:?}")
}

/// Parses the segments of a path below `/api/v1/`. The path of a site is not parsed here, because its collection
/// depends on its organization.
pub(crate) fn parse_path(segments: &[&str]) -> Option<ObjectPath> {
    let (scope, id, name, rest) = match segments {
        [scope, id, name, rest @ ..] if random::is_uuid(id) => (*scope, (*id).to_owned(), *name, rest),
        _ => return None,
    };
    let scope = match scope {
        "orgs" => Scope::Org(id),
        "sites" => Scope::Site(id),
        "msps" => Scope::Msp(id),
        _ => return None,
    };
    let kind = document::kind(scope.word(), name)?;
    let item = match rest {
        [] => None,
        ["search"] if kind.list.as_deref() == Some("search") => None,
        [item] if kind.has_items_below() && !kind.is_setting() && is_item(kind, item) => Some((*item).to_owned()),
        _ => return None,
    };
    Some(ObjectPath { scope, name: name.to_owned(), kind, item, search: rest == ["search"] })
}

impl ObjectPath {
    /// The field that identifies an object.
    pub(crate) fn known_by(&self) -> &str {
        self.kind.id.as_deref().unwrap_or("id")
    }

    pub(crate) fn collection(&self) -> String {
        collection(&self.scope, &self.name)
    }

    /// The path of a site with this id.
    pub(crate) fn site(org_id: &str, site_id: &str) -> Self {
        let scope = Scope::Org(org_id.to_owned());
        let kind = document::kind("org", "sites").unwrap_or_else(document::unknown);
        Self { scope, name: "sites".to_owned(), kind, item: Some(site_id.to_owned()), search: false }
    }
}

fn is_item(kind: &Kind, item: &str) -> bool {
    if kind.id.is_some() {
        item.len() == 12 && item.bytes().all(|byte| byte.is_ascii_hexdigit())
    } else {
        random::is_uuid(item)
    }
}

type Fields = Map<String, Value>;

/// All objects, by collection in the order of their creation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Objects {
    collections: IndexMap<(Scope, String), IndexMap<String, Fields>>,
    /// The organization of each site.
    site_orgs: HashMap<String, String>,
    /// Sites that name a site group that does not name them: group and site.
    lost_members: HashSet<(String, String)>,
}

/// The key of a setting's single object.
const SETTING: &str = "";

impl Objects {
    pub(crate) fn list(&self, scope: &Scope, name: &str) -> impl Iterator<Item = &Fields> {
        self.collections.get(&(scope.clone(), name.to_owned())).into_iter().flat_map(IndexMap::values)
    }

    pub(crate) fn get(&self, target: &ObjectPath) -> Option<&Fields> {
        self.collections.get(&(target.scope.clone(), target.name.clone()))?.get(key(target))
    }

    /// Stores an object. A new one is the last of its collection.
    pub(crate) fn put(&mut self, target: &ObjectPath, fields: Fields) {
        let id = key(target).to_owned();
        if let (Scope::Org(org_id), "sites") = (&target.scope, target.name.as_str()) {
            self.site_orgs.insert(id.clone(), org_id.clone());
        }
        self.collections.entry((target.scope.clone(), target.name.clone())).or_default().insert(id, fields);
    }

    /// Deletes an object, and with a site all its objects. Returns whether it existed.
    pub(crate) fn remove(&mut self, target: &ObjectPath) -> bool {
        let collection = self.collections.get_mut(&(target.scope.clone(), target.name.clone()));
        let removed = collection.is_some_and(|objects| objects.shift_remove(key(target)).is_some());
        if removed && target.name == "sites" {
            let site = Scope::Site(key(target).to_owned());
            self.site_orgs.remove(key(target));
            self.collections.retain(|(scope, _), _| *scope != site);
        }
        removed
    }

    pub(crate) fn site(&self, site_id: &str) -> Option<&Fields> {
        let org_id = self.site_orgs.get(site_id)?;
        self.get(&ObjectPath::site(org_id, site_id))
    }

    pub(crate) fn org_of_site(&self, site_id: &str) -> Option<&str> {
        self.site_orgs.get(site_id).map(String::as_str)
    }

    pub(crate) fn sitegroup(&self, org_id: &str, id: &str) -> Option<&Fields> {
        let scope = Scope::Org(org_id.to_owned());
        self.collections.get(&(scope, "sitegroups".to_owned()))?.get(id)
    }

    /// A site group with the sites that name it.
    pub(crate) fn with_members(&self, org_id: &str, mut group: Fields) -> Fields {
        let is_member = |site: &&Fields| {
            let groups = site.get("sitegroup_ids").and_then(Value::as_array);
            let names_it = groups.is_some_and(|groups| groups.iter().any(|id| Some(id) == group.get("id")));
            names_it && !self.is_lost(&group, site)
        };
        let scope = Scope::Org(org_id.to_owned());
        let members: Vec<Value> =
            self.list(&scope, "sites").filter(is_member).filter_map(|site| site.get("id").cloned()).collect();
        group.insert("site_ids".to_owned(), json!(members));
        group
    }

    fn is_lost(&self, group: &Fields, site: &Fields) -> bool {
        let id = |fields: &Fields| fields.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        !self.lost_members.is_empty() && self.lost_members.contains(&(id(group), id(site)))
    }

    /// Sets the members of a group to these and one more site. The group loses all other sites, which still name it.
    pub(crate) fn lose_members(&mut self, group: &str, members: &[Value], site_id: &str) {
        let group_id = json!(group);
        let names_it = |site: &Fields| {
            let groups = site.get("sitegroup_ids").and_then(Value::as_array);
            groups.is_some_and(|groups| groups.contains(&group_id))
        };
        let sites = self.collections.iter().filter(|((_, name), _)| name == "sites").flat_map(|(_, sites)| sites);
        let lost: Vec<(String, String)> = sites
            .filter(|(id, site)| {
                names_it(site) && *id != site_id && !members.iter().any(|member| member == id.as_str())
            })
            .map(|(id, _)| (group.to_owned(), id.clone()))
            .collect();
        self.lost_members.extend(lost);
    }

    /// Restores the membership of a site in all groups that it names, as an assignment does.
    pub(crate) fn restore_member(&mut self, site_id: &str) {
        self.lost_members.retain(|(_, site)| site != site_id);
    }

    /// Sets the sites that name the site group.
    pub(crate) fn set_members(&mut self, org_id: &str, group_id: &str, members: &[Value]) {
        let key = (Scope::Org(org_id.to_owned()), "sites".to_owned());
        self.lost_members.retain(|(group, _)| group != group_id);
        let group = json!(group_id);
        for (id, site) in self.collections.get_mut(&key).into_iter().flatten() {
            let mut groups = site.get("sitegroup_ids").and_then(Value::as_array).cloned().unwrap_or_default();
            let (is_member, becomes_member) =
                (groups.contains(&group), members.iter().any(|member| member == id.as_str()));
            if is_member == becomes_member {
                continue;
            }
            if becomes_member {
                groups.push(group.clone())
            } else {
                groups.retain(|id| *id != group)
            }
            site.insert("sitegroup_ids".to_owned(), Value::Array(groups));
        }
    }
}

fn key(target: &ObjectPath) -> &str {
    target.item.as_deref().unwrap_or(SETTING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_collection_a_setting_or_an_object() {
        let id = "00000000-0000-4000-8000-000000000000";
        let item = |path: &str| {
            let path = path.replace("ID", id);
            parse_path(&path.split('/').collect::<Vec<_>>()).map(|target| target.item.is_some())
        };
        for (path, expected) in [
            ("orgs/ID/wlans", Some(false)),
            ("orgs/ID/wlans/ID", Some(true)),
            ("orgs/ID/setting", Some(false)),
            ("orgs/ID/setting/ID", None),
            ("orgs/ID/sites", Some(false)),
            ("orgs/ID/sites/ID", None),
            ("orgs/ID/usermacs/search", Some(false)),
            ("orgs/ID/wlans/search", None),
            ("orgs/ID/guests/5684dae9ac8b", Some(true)),
            ("orgs/ID/guests/ID", None),
            ("orgs/ID/gizmos/ID", Some(true)),
            ("orgs/ID/wlans/1", None),
            ("orgs/1/wlans", None),
            ("orgs/ID/wlans/ID/portal", None),
            ("installers/ID/wlans", None),
            ("orgs/ID", None),
        ] {
            assert_eq!(item(path), expected, "{path}");
        }
    }
}
