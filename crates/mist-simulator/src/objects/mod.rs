//! All other objects of the API: collections such as an organization's WLANs, and the settings of organizations and
//! sites.
//!
//! `document.json` lists them. `scripts/read-document.py` generates it from Mist's OpenAPI document.

mod change;
mod document;
mod fields;
mod requests;
mod shown;
mod store;

pub use document::{DocumentedKind, documented_kinds};
pub(crate) use requests::{answer, at, members_before, remove_at, seed, seed_at, write_members};
pub(crate) use store::Objects;

use crate::random;
use document::Kind;

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
