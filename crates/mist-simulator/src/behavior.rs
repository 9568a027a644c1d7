//! What a cloud does with the objects that it is given, where Mist's OpenAPI document is silent.
//!
//! Every behavior can be set before the start ([`Config::behavior`](crate::Config::behavior)), from a test
//! ([`Simulator::behavior`](crate::Simulator::behavior)) and from another process (`PUT /simulator/behavior`).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How the cloud keeps and shows objects.
///
/// A field is named by its path, dotted: `mac`, `auth.psk`; `[]` is every item of a list and `*` every key of a dictionary:
/// `switch_mgmt.local_accounts.*.password`; `**` is any number of steps. With a collection and a colon before it, it is meant in that collection alone:
/// `wlans:ssid`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Behavior {
    /// What a PUT does with a dictionary inside of the object.
    pub nested: Nested,
    /// `-field` in a PUT removes the field. Where it does not, it is a field like another.
    pub minus_removes: bool,
    /// A field whose value is given as `null`.
    pub given_null: GivenNull,
    /// Fields that are not taken from a request: they stay as they are, or absent. The answer is a success all the same.
    pub ignored: Vec<String>,
    /// Fields that are kept in another form than they were given in.
    pub normalized: BTreeMap<String, Normalization>,
    /// A new object gets the scalar defaults that the document has for its kind.
    pub document_defaults: bool,
    /// What a new object gets for fields that were not given, by collection, or `*` for every one.
    pub defaults: BTreeMap<String, Map<String, Value>>,
    /// Fields that the cloud fills in inside of an object, by the path of a dictionary, such as `auth_servers[]`. The text `{uuid}` is a
    /// new id; an item of a list keeps the id that the item at its position had.
    pub filled_in: BTreeMap<String, Map<String, Value>>,
    /// A field of the top level that the document does not have for the kind.
    pub unknown_fields: UnknownFields,
    /// A field of a request that is the cloud's own by the document, other than those that every object has.
    pub read_only_fields: ReadOnlyFields,
    /// A creation without the fields that the document requires is refused.
    pub required_fields: bool,
    /// A PUT without the fields that the document requires is refused too.
    pub required_in_put: bool,
    /// A second object with the name of another of its collection is refused.
    pub unique_names: bool,
    /// Fields of the top level whose value no second object of the collection can have, such as `usermacs:mac`.
    pub unique_fields: Vec<String>,
    /// How fields that hold a secret are shown.
    pub secrets: Secrets,
    /// Fields that hold a secret in addition to those of the document, such as `**.keywrap_kek` or `webhooks:headers.*`.
    pub more_secrets: Vec<String>,
    /// What a masked secret is shown as.
    pub mask: String,
    /// How `""`, `[]` and `{}` are shown.
    pub empty: Empty,
    /// Fields that are `null` are left out of answers.
    pub null_left_out: bool,
    /// Collections whose list leaves out everything but text, numbers and booleans, beside those whose list is a summary
    /// by the document (EVPN topologies, RSSI zones). `*` is every collection.
    pub summaries: Vec<String>,
    /// A new object appears in lists and searches of its collection only after this many of them, by collection, or `*` for every one.
    /// Reading it by its id always works. `apitokens` are the tokens of accounts and organizations.
    pub list_lag: BTreeMap<String, usize>,
    /// Lists have the newest object first, so that a creation between two pages moves the others.
    pub newest_first: bool,
    /// Parameters of lists that the cloud ignores although the document has them, such as `deviceprofiles:type`. `*` is every one.
    pub ignored_filters: Vec<String>,
    /// Site groups lose members when several sites that name them are written at the same time. Default: never.
    pub site_group_race: Option<SiteGroupRace>,
    /// The lists that are summaries by the document are whole.
    pub whole_lists: bool,
    /// Collections and settings where reading one object gives a list of one, beside those where it does by the document (RSSI
    /// zones). `*` is every one.
    pub read_answers_list: Vec<String>,
    /// What a PUT answers.
    pub put_answers: PutAnswer,
    /// A `modified_time` changes with every PUT, also where nothing else does.
    pub touches: bool,
}

impl Default for Behavior {
    fn default() -> Self {
        Self {
            nested: Nested::Replaced,
            minus_removes: true,
            given_null: GivenNull::Kept,
            ignored: Vec::new(),
            normalized: BTreeMap::new(),
            document_defaults: false,
            defaults: BTreeMap::new(),
            filled_in: BTreeMap::new(),
            unknown_fields: UnknownFields::Kept,
            read_only_fields: ReadOnlyFields::Ignored,
            required_fields: true,
            required_in_put: false,
            unique_names: false,
            unique_fields: Vec::new(),
            secrets: Secrets::Shown,
            more_secrets: Vec::new(),
            mask: "***".to_owned(),
            empty: Empty::Kept,
            null_left_out: false,
            summaries: Vec::new(),
            list_lag: BTreeMap::new(),
            newest_first: false,
            ignored_filters: Vec::new(),
            site_group_race: None,
            whole_lists: false,
            read_answers_list: Vec::new(),
            put_answers: PutAnswer::Object,
            touches: true,
        }
    }
}

impl Behavior {
    /// How many lists of this collection do not show a new object.
    pub(crate) fn lists_until_shown(&self, collection: &str) -> usize {
        self.list_lag.get(collection).or_else(|| self.list_lag.get("*")).copied().unwrap_or_default()
    }

    /// Whether lists of this collection ignore this parameter.
    pub(crate) fn ignores_filter(&self, collection: &str, parameter: &str) -> bool {
        self.ignored_filters.iter().any(|name| name == "*" || names_field(name, collection, &[parameter]))
    }
}

/// What a PUT does with a dictionary inside of the object; the document is silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nested {
    /// What was sent takes the place of what was there.
    #[default]
    Replaced,
    /// Keys that were not sent stay, at every depth. A key that is sent as `null` goes.
    Merged,
}

/// A site's `sitegroup_ids` are written in two steps: the cloud reads the groups' members, waits, and writes them back with the site. A
/// member that another request has added in between is lost: the site still names the group, and the group does not name the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteGroupRace {
    /// The wait ends when this many requests have read.
    pub requests: usize,
    /// The wait ends after this time in any case.
    pub milliseconds: u64,
}

/// What becomes of a field that is given as `null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GivenNull {
    /// It is `null`.
    #[default]
    Kept,
    /// It goes.
    Removes,
    /// It stays as it was.
    Ignored,
    /// 400.
    Refused,
}

/// The form in which a value is kept. What it does not fit is kept as it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalization {
    /// Text in small letters.
    Lowercase,
    /// Text in capitals.
    Uppercase,
    /// Text without white space at its ends.
    Trimmed,
    /// A MAC address without separators, in small letters.
    BareMac,
    /// A number or a boolean as text.
    Text,
    /// Text that is a number, as a number.
    Number,
    /// The text `true` or `false` in any case as a boolean.
    Boolean,
    /// A list in order.
    Sorted,
    /// A list without what it has twice.
    Unique,
    /// A text of more than this many characters, cut.
    Cut(usize),
}

/// What becomes of a field that the document does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownFields {
    /// It is kept like another: what the document lacks, the cloud may have.
    #[default]
    Kept,
    /// It is not taken, and nobody is told.
    Ignored,
    /// 400, with a `reason`.
    Refused,
}

/// What becomes of a field of a request that is the cloud's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadOnlyFields {
    /// It is not taken.
    #[default]
    Ignored,
    /// 400, with a `reason`; `id`, `created_time` and what else every object has too.
    Refused,
}

/// How secrets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secrets {
    /// As they are.
    #[default]
    Shown,
    /// As `***`.
    Masked,
    /// Not at all.
    Hidden,
    /// As they are in the answer to the request that set them, and as `***` later.
    ShownOnce,
}

/// How `""`, `[]` and `{}` are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Empty {
    /// As they were given.
    #[default]
    Kept,
    /// As `null`.
    Null,
    /// Not at all.
    LeftOut,
}

/// What a PUT answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PutAnswer {
    /// The object as it is now.
    #[default]
    Object,
    /// Nothing.
    Empty,
    /// `{}`
    EmptyObject,
    /// What was sent, as it was sent.
    Request,
    /// A list with the object as it is now.
    List,
}

/// Whether a behavior's name of a field means the field of this path in this collection.
pub(crate) fn names_field(name: &str, collection: &str, path: &[&str]) -> bool {
    let field = match name.split_once(':') {
        Some((other, _)) if other != collection => return false,
        Some((_, field)) => field,
        None => name,
    };
    let parts = field.split('.').flat_map(|part| match part.strip_suffix("[]") {
        Some(list) if !list.is_empty() => vec![list, "[]"],
        _ => vec![part],
    });
    let parts: Vec<&str> = parts.collect();
    steps_match(&parts, path)
}

fn steps_match(parts: &[&str], path: &[&str]) -> bool {
    match (parts, path) {
        ([], []) => true,
        (["**"], _) => true,
        (["**", rest @ ..], _) => (0..=path.len()).any(|skipped| steps_match(rest, &path[skipped..])),
        ([part, parts @ ..], [step, path @ ..]) => {
            (part == step || (*part == "*" && *step != "[]")) && steps_match(parts, path)
        }
        _ => false,
    }
}

/// Whether a behavior's list of collections has this one.
pub(crate) fn names_collection(names: &[String], collection: &str) -> bool {
    names.iter().any(|name| name == "*" || name == collection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_named_by_its_path_and_perhaps_its_collection() {
        for (name, path, expected) in [
            ("mac", &["mac"][..], true),
            ("assets:mac", &["mac"], true),
            ("wlans:mac", &["mac"], false),
            ("auth.psk", &["auth", "psk"], true),
            ("auth.psk", &["auth"], false),
            ("auth", &["auth", "psk"], false),
            ("auth.*", &["auth", "psk"], true),
            ("servers[].secret", &["servers", "[]", "secret"], true),
            ("servers.[].secret", &["servers", "[]", "secret"], true),
            ("servers.*.secret", &["servers", "[]", "secret"], false),
            ("**", &["servers", "[]", "secret"], true),
            ("**.secret", &["servers", "[]", "secret"], true),
            ("**.secret", &["secret"], true),
            ("**.secret", &["secret", "[]"], false),
            ("auth.**", &["auth", "a", "b"], true),
            ("wlans:**", &["mac"], false),
        ] {
            assert_eq!(names_field(name, "assets", path), expected, "{name} {path:?}");
        }
    }

    #[test]
    fn habits_read_from_json_with_the_rest_as_it_is_by_default() {
        let text =
            r#"{"nested": "merged", "normalized": {"mac": "bare_mac", "name": {"cut": 3}}, "secrets": "masked"}"#;
        let behavior: Behavior = serde_json::from_str(text).unwrap();
        assert_eq!(
            (behavior.nested, behavior.secrets, behavior.minus_removes),
            (Nested::Merged, Secrets::Masked, true)
        );
        assert_eq!(behavior.normalized["name"], Normalization::Cut(3));
        assert!(serde_json::from_str::<Behavior>(r#"{"nestd": "merged"}"#).is_err());
    }
}
