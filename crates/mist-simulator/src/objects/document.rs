//! The kinds of objects in Mist's OpenAPI document.

use crate::behavior::names_field;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::LazyLock;

/// A kind of object. A kind that the document does not have has no rules.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Kind {
    /// The scope: `org`, `site` or `msp`.
    scope: String,
    /// The name of the collection in the path.
    pub(crate) name: String,
    /// The methods of the collection (`GET POST`) and of one object (`get put post delete`).
    methods: String,
    /// The path of the list below the collection. Default: the collection itself.
    pub(crate) list: Option<String>,
    /// The path of one object. Default: the collection and an id.
    item: Option<String>,
    /// The field in the path of one object. Default: `id`.
    pub(crate) id: Option<String>,
    /// Fields that a creation requires.
    pub(crate) required: Vec<String>,
    /// Read-only fields.
    pub(crate) read_only: Vec<String>,
    /// Fields that only a creation can set.
    pub(crate) fixed: Vec<String>,
    /// Parameters of the list that select by a field, with their defaults.
    pub(crate) filters: HashMap<String, Option<String>>,
    /// Scalar defaults of top-level fields.
    pub(crate) defaults: Map<String, Value>,
    /// Fields that the list omits.
    pub(crate) summary: Vec<String>,
    /// Reading one object returns a list of one.
    pub(crate) read_is_list: bool,
    /// The paths of secrets: `[]` is an item of a list, `*` a key of a dictionary.
    pub(crate) secrets: Vec<String>,
    /// All top-level fields, except those that every object has.
    pub(crate) fields: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "version")]
    _version: String,
    others: HashMap<String, Vec<String>>,
    kinds: Vec<Kind>,
}

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is part of the program, and every test reads it")]
    serde_json::from_str(include_str!("document.json")).expect("document.json has the form of Document")
});

static UNKNOWN: LazyLock<Kind> =
    LazyLock::new(|| Kind { methods: "GET POST get put delete".to_owned(), ..Kind::default() });

/// The kind of this name in this scope. `None`: the document has the name in another scope, or not as a kind. A name
/// that the document does not have is a kind without rules.
pub(crate) fn kind(scope: &str, name: &str) -> Option<&'static Kind> {
    let document = &*DOCUMENT;
    let known = document.kinds.iter().find(|kind| kind.scope == scope && kind.name == name);
    let elsewhere = || {
        document.kinds.iter().any(|kind| kind.name == name)
            || document.others.values().flatten().any(|other| other == name)
    };
    known.or_else(|| (!elsewhere() && is_a_name(name)).then(unknown))
}

pub(crate) fn unknown() -> &'static Kind {
    &UNKNOWN
}

/// A kind of object in Mist's OpenAPI document, for tests of all kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentedKind {
    /// The scope: `org`, `site` or `msp`.
    pub scope: String,
    /// The name of the collection in the path, or `setting`.
    pub name: String,
    /// A POST creates it. Other kinds exist without a creation.
    pub is_made: bool,
    /// Fields that a creation requires.
    pub required: Vec<String>,
    /// Read-only fields.
    pub read_only: Vec<String>,
    /// The paths of secrets, such as `auth_servers[].secret`. `[]` is an item of a list, `*` a key of a dictionary.
    pub secrets: Vec<String>,
}

/// All kinds of objects in the document.
pub fn documented_kinds() -> Vec<DocumentedKind> {
    let kinds = DOCUMENT.kinds.iter().map(|kind| DocumentedKind {
        scope: kind.scope.clone(),
        name: kind.name.clone(),
        is_made: kind.has("POST"),
        required: kind.required.clone(),
        read_only: kind.read_only.clone(),
        secrets: kind.secrets.clone(),
    });
    kinds.collect()
}

impl Kind {
    /// Returns true if the field at this path is a secret.
    pub(crate) fn is_secret(&self, path: &[&str]) -> bool {
        self.secrets.iter().any(|secret| names_field(secret, &self.name, path))
    }

    /// Returns true for a single object that always exists.
    pub(crate) fn is_setting(&self) -> bool {
        self.name == "setting"
    }

    pub(crate) fn collection_methods(&self) -> Vec<&'static str> {
        ["GET", "POST"].into_iter().filter(|method| self.has(method)).collect()
    }

    pub(crate) fn item_methods(&self) -> Vec<&'static str> {
        let known = ["GET", "PUT", "POST", "DELETE"];
        known.into_iter().filter(|method| self.has(&method.to_ascii_lowercase())).collect()
    }

    /// Returns true if the path of one object is below its collection. A site is at `/sites/{site_id}`.
    pub(crate) fn has_items_below(&self) -> bool {
        self.item.is_none()
    }

    /// Returns true if a PUT creates a missing object.
    pub(crate) fn put_creates(&self) -> bool {
        self.id.is_some() && !self.has("POST")
    }

    /// Scope and name.
    pub(crate) fn key(&self) -> String {
        format!("{} {}", self.scope, self.name)
    }

    fn has(&self, method: &str) -> bool {
        self.methods.split(' ').any(|known| known == method)
    }
}

fn is_a_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_belongs_to_a_scope_and_unknown_names_have_no_rules() {
        assert_eq!(kind("org", "wlans").unwrap().required, ["ssid"]);
        assert!(kind("site", "rftemplates").is_none(), "a site has no such collection");
        assert!(kind("org", "inventory").is_none(), "no collection of configuration");
        assert!(kind("org", "gizmos").unwrap().required.is_empty());
        assert!(kind("org", "%2e%2e").is_none());
        assert!(kind("org", "setting").unwrap().is_setting() && kind("site", "setting").unwrap().is_setting());
        assert_eq!(kind("site", "uisettings").unwrap().item_methods(), ["GET", "POST", "DELETE"]);
        assert!(kind("org", "guests").unwrap().put_creates() && !kind("org", "usermacs").unwrap().put_creates());
    }

    #[test]
    fn a_secret_is_known_by_its_path() {
        let wlan = kind("org", "wlans").unwrap();
        assert!(wlan.is_secret(&["auth", "psk"]) && wlan.is_secret(&["auth_servers", "[]", "secret"]));
        assert!(wlan.is_secret(&["auth", "keys", "[]"]));
        assert!(
            !wlan.is_secret(&["auth"])
                && !wlan.is_secret(&["ssid"])
                && !wlan.is_secret(&["psk"])
                && !wlan.is_secret(&[])
        );
        let template = kind("org", "networktemplates").unwrap();
        assert!(template.is_secret(&["switch_mgmt", "local_accounts", "anybody", "password"]));
    }
}
