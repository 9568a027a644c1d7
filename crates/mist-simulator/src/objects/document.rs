//! Which kinds of object there are, as Mist's OpenAPI document has them.

use crate::behavior::names_field;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::LazyLock;

/// One kind of object. A kind that the document does not know has no rules at all.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Kind {
    /// `org`, `site` or `msp`: what it is an object of.
    scope: String,
    /// The collection's name in the path.
    pub(crate) name: String,
    /// What the collection (`GET POST`) and one object (`get put post delete`) can be asked.
    methods: String,
    /// Where the list is, where that is not the collection itself.
    pub(crate) list: Option<String>,
    /// Where one object is, where that is not the collection with an id behind it.
    item: Option<String>,
    /// The field that one object is known by, where that is not `id`.
    pub(crate) id: Option<String>,
    /// Fields without which nothing is created.
    pub(crate) required: Vec<String>,
    /// Fields that are the cloud's.
    pub(crate) read_only: Vec<String>,
    /// Fields that can be given at the creation alone.
    pub(crate) fixed: Vec<String>,
    /// Parameters of the list that choose by a field, with what is chosen where they are not given.
    pub(crate) filters: HashMap<String, Option<String>>,
    /// Scalar defaults of the top level.
    pub(crate) defaults: Map<String, Value>,
    /// Fields that the list leaves out.
    pub(crate) summary: Vec<String>,
    /// Reading one object gives a list of one.
    pub(crate) read_is_list: bool,
    /// The paths of the fields that hold a secret: `[]` is an item of a list, `*` any key of a dictionary.
    pub(crate) secrets: Vec<String>,
    /// All fields of the top level but for those that every object has.
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

/// The kind of this name in this scope: `None` where the document has the name, but not here or not as a kind; a kind
/// without rules where the document does not know the name.
pub(crate) fn kind(scope: &str, name: &str) -> Option<&'static Kind> {
    let document = &*DOCUMENT;
    let known = document.kinds.iter().find(|kind| kind.scope == scope && kind.name == name);
    let elsewhere = || {
        document.kinds.iter().any(|kind| kind.name == name)
            || document.others.values().flatten().any(|other| other == name)
    };
    known.or_else(|| (!elsewhere() && is_a_name(name)).then(unknown))
}

/// A kind without rules.
pub(crate) fn unknown() -> &'static Kind {
    &UNKNOWN
}

/// A kind of object as Mist's OpenAPI document has it, for tests that go through all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentedKind {
    /// `org`, `site` or `msp`: what it is an object of.
    pub scope: String,
    /// The collection's name in the path, or `setting`.
    pub name: String,
    /// Whether it is made by POST; others are always there, or come by themselves.
    pub is_made: bool,
    /// Fields without which nothing is made.
    pub required: Vec<String>,
    /// Fields that are the cloud's.
    pub read_only: Vec<String>,
    /// The paths of the fields that hold a secret, such as `auth_servers[].secret`: `[]` is an item of a list, `*` any key of a
    /// dictionary.
    pub secrets: Vec<String>,
}

/// Every kind of object that the document has.
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
    /// Whether the field at this path holds a secret.
    pub(crate) fn is_secret(&self, path: &[&str]) -> bool {
        self.secrets.iter().any(|secret| names_field(secret, &self.name, path))
    }

    /// Whether it is one object, which is always there.
    pub(crate) fn is_setting(&self) -> bool {
        self.name == "setting"
    }

    /// The methods of the collection.
    pub(crate) fn collection_methods(&self) -> Vec<&'static str> {
        ["GET", "POST"].into_iter().filter(|method| self.has(method)).collect()
    }

    /// The methods of one object.
    pub(crate) fn item_methods(&self) -> Vec<&'static str> {
        let known = ["GET", "PUT", "POST", "DELETE"];
        known.into_iter().filter(|method| self.has(&method.to_ascii_lowercase())).collect()
    }

    /// Whether one object is found below the collection. A site is not: it is at `/sites/{site_id}`.
    pub(crate) fn has_items_below(&self) -> bool {
        self.item.is_none()
    }

    /// Whether a PUT to what is not there creates it.
    pub(crate) fn put_creates(&self) -> bool {
        self.id.is_some() && !self.has("POST")
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
    fn a_kind_is_known_in_its_scope_alone_and_a_name_that_no_document_has_is_a_kind_without_rules() {
        assert_eq!(kind("org", "wlans").unwrap().required, ["ssid"]);
        assert!(kind("site", "rftemplates").is_none(), "there is none at a site");
        assert!(kind("org", "inventory").is_none(), "no collection of configuration");
        assert!(kind("org", "gizmos").unwrap().required.is_empty());
        assert!(kind("org", "%2e%2e").is_none());
        assert!(kind("org", "setting").unwrap().is_setting() && kind("site", "setting").unwrap().is_setting());
        assert_eq!(kind("site", "uisettings").unwrap().item_methods(), ["GET", "POST", "DELETE"]);
        assert!(kind("org", "guests").unwrap().put_creates() && !kind("org", "usermacs").unwrap().put_creates());
    }

    #[test]
    fn a_secret_is_told_by_its_path() {
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
