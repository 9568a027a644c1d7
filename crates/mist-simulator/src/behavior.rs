//! The treatment of objects by a cloud, where Mist's OpenAPI document is silent.
//!
//! A behavior can be set before the start ([`Config::behavior`](crate::Config::behavior)), from a test
//! ([`Simulator::behavior`](crate::Simulator::behavior)) and from another process (`PUT /simulator/behavior`).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Settings for how the cloud keeps and shows objects.
///
/// A field is named by its dotted path: `mac`, `auth.psk`. `[]` is every item of a list, `*` every key of a dictionary
/// (`switch_mgmt.local_accounts.*.password`), and `**` any number of steps. A collection and a colon before the path
/// limit it to that collection: `wlans:ssid`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Behavior {
    /// The effect of a PUT on a dictionary inside of the object.
    pub nested: Nested,
    /// `-field` in a PUT removes the field. Otherwise it is an ordinary field.
    pub minus_removes: bool,
    /// The effect of a field that is given as `null`.
    pub given_null: GivenNull,
    /// Fields that a request cannot set: they keep their value, or stay absent. The request succeeds all the same.
    pub ignored: Vec<String>,
    /// Fields that the cloud keeps in another form than the given one.
    pub normalized: BTreeMap<String, Normalization>,
    /// A new object gets the scalar defaults of the document.
    pub document_defaults: bool,
    /// The dictionaries inside of an object get the scalar defaults of the document too, also those in lists.
    pub nested_defaults: bool,
    /// Values are converted to the type that the document has for the field: text to numbers and booleans, and back.
    pub document_types: bool,
    /// Fields that a new object gets where the request does not contain them, by collection, or `*` for every
    /// collection.
    pub defaults: BTreeMap<String, Map<String, Value>>,
    /// Fields that the cloud adds inside of an object, by the path of a dictionary, such as `auth_servers[]`. The text
    /// `{uuid}` is a new id. An item of a list keeps the id of the item that was at its position.
    pub filled_in: BTreeMap<String, Map<String, Value>>,
    /// The effect of a top-level field that the document does not have.
    pub unknown_fields: UnknownFields,
    /// The effect of a field that is read-only in the document.
    pub read_only_fields: ReadOnlyFields,
    /// The cloud refuses a creation without the fields that the document requires.
    pub required_fields: bool,
    /// The cloud refuses a PUT without the fields that the document requires.
    pub required_in_put: bool,
    /// The cloud refuses a second object with the same name in a collection.
    pub unique_names: bool,
    /// Top-level fields that must be unique in a collection, such as `usermacs:mac`.
    pub unique_fields: Vec<String>,
    /// The form in which secrets are shown.
    pub secrets: Secrets,
    /// Secrets in addition to those of the document, such as `**.keywrap_kek` or `webhooks:headers.*`.
    pub more_secrets: Vec<String>,
    /// The text of a masked secret.
    pub mask: String,
    /// The form in which `""`, `[]` and `{}` are shown.
    pub empty: Empty,
    /// Responses omit fields that are `null`.
    pub null_left_out: bool,
    /// Collections whose list contains only texts, numbers and booleans, in addition to those with a summary in the
    /// document (EVPN topologies, RSSI zones). `*` is every collection.
    pub summaries: Vec<String>,
    /// The number of lists and searches that do not contain a new object yet, by collection, or `*` for every
    /// collection. Reading the object by its id always works. `apitokens` are the tokens of accounts and organizations.
    pub list_lag: BTreeMap<String, usize>,
    /// Lists start with the newest object. A creation between two pages then moves the others.
    pub newest_first: bool,
    /// Parameters of lists that the cloud ignores although the document has them, such as `deviceprofiles:type`. `*` is
    /// every parameter.
    pub ignored_filters: Vec<String>,
    /// Site groups lose members when several of their sites are written at the same time. Default: never.
    pub site_group_race: Option<SiteGroupRace>,
    /// The lists with a summary in the document contain whole objects.
    pub whole_lists: bool,
    /// Collections and settings where reading one object returns a list of one, in addition to those of the document
    /// (RSSI zones). `*` is every collection.
    pub read_answers_list: Vec<String>,
    /// The response to a PUT.
    pub put_answers: PutAnswer,
    /// Every PUT changes `modified_time`, also one that changes nothing else.
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
            nested_defaults: false,
            document_types: false,
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
    /// Named behaviors that a client must handle alike, for tests that run under each of them. The first one is the
    /// default.
    pub fn presets() -> Vec<(&'static str, Self)> {
        let everywhere = |form| [("**".to_owned(), form)].into_iter().collect();
        let normalized = |form| Self { normalized: everywhere(form), ..Self::default() };
        let summaries = vec!["*".to_owned()];
        vec![
            ("default", Self::default()),
            ("merges dictionaries", Self { nested: Nested::Merged, ..Self::default() }),
            ("trims texts", normalized(Normalization::Trimmed)),
            ("sorts lists", normalized(Normalization::Sorted)),
            ("converts types", Self { document_types: true, ..Self::default() }),
            ("adds defaults", Self { document_defaults: true, nested_defaults: true, ..Self::default() }),
            ("masks secrets", Self { secrets: Secrets::Masked, ..Self::default() }),
            ("hides secrets", Self { secrets: Secrets::Hidden, ..Self::default() }),
            ("omits empty values", Self { empty: Empty::LeftOut, null_left_out: true, ..Self::default() }),
            ("shows empty values as null", Self { empty: Empty::Null, ..Self::default() }),
            ("removes fields given as null", Self { given_null: GivenNull::Removes, ..Self::default() }),
            ("lists summaries", Self { summaries, ..Self::default() }),
            ("lists the newest first", Self { newest_first: true, ..Self::default() }),
            ("lists new objects late", Self { list_lag: [("*".to_owned(), 1)].into(), ..Self::default() }),
            ("answers a PUT with nothing", Self { put_answers: PutAnswer::Empty, ..Self::default() }),
            ("answers a PUT with a list", Self { put_answers: PutAnswer::List, ..Self::default() }),
            ("requires fields in a PUT", Self { required_in_put: true, ..Self::default() }),
        ]
    }

    /// The number of lists of this collection that do not contain a new object.
    pub(crate) fn lists_until_shown(&self, collection: &str) -> usize {
        self.list_lag.get(collection).or_else(|| self.list_lag.get("*")).copied().unwrap_or_default()
    }

    pub(crate) fn ignores_filter(&self, collection: &str, parameter: &str) -> bool {
        self.ignored_filters.iter().any(|name| name == "*" || names_field(name, collection, &[parameter]))
    }
}

/// The effect of a PUT on a dictionary inside of the object. The document does not define it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nested {
    /// The new dictionary replaces the old one.
    #[default]
    Replaced,
    /// Keys that the request does not contain stay, at every depth. A key with the value `null` is removed.
    Merged,
}

/// The cloud writes a site's `sitegroup_ids` in two steps: it reads the members of the groups, waits, and writes them
/// with the site. A member that another request adds during the wait is lost: the site still names the group, and the
/// group does not name the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteGroupRace {
    /// The wait ends when this many requests have read.
    pub requests: usize,
    /// The wait ends after this time in any case.
    pub milliseconds: u64,
}

/// The effect of a field that is given as `null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GivenNull {
    /// The field is `null`.
    #[default]
    Kept,
    /// The field is removed.
    Removes,
    /// The field keeps its value.
    Ignored,
    Refused,
}

/// The form in which a value is kept. Other types of values are kept unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalization {
    /// Text in lower case.
    Lowercase,
    /// Text in upper case.
    Uppercase,
    /// Text without white space at its ends.
    Trimmed,
    /// A MAC address in lower case without separators.
    BareMac,
    /// A number or a boolean as text.
    Text,
    /// A text that is a number, as a number.
    Number,
    /// The text `true` or `false` in any case, as a boolean.
    Boolean,
    /// A sorted list.
    Sorted,
    /// A list without duplicates.
    Unique,
    /// The first characters of a text.
    Cut(usize),
}

/// The effect of a field that the document does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownFields {
    /// It is kept: the cloud can have fields that the document lacks.
    #[default]
    Kept,
    /// It is dropped, and the request succeeds.
    Ignored,
    /// 400 with a `reason`.
    Refused,
}

/// The effect of a read-only field in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadOnlyFields {
    /// It is dropped, and the request succeeds.
    #[default]
    Ignored,
    /// 400 with a `reason`, also for fields that every object has, such as `id` and `created_time`.
    Refused,
}

/// The form in which secrets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secrets {
    /// Unmasked.
    #[default]
    Shown,
    /// As [`Behavior::mask`].
    Masked,
    /// Omitted.
    Hidden,
    /// Unmasked in the response to the request that set them, and masked later.
    ShownOnce,
}

/// The form in which `""`, `[]` and `{}` are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Empty {
    /// Unchanged.
    #[default]
    Kept,
    /// As `null`.
    Null,
    /// Omitted.
    LeftOut,
}

/// The response to a PUT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PutAnswer {
    /// The object after the change.
    #[default]
    Object,
    /// An empty body.
    Empty,
    /// `{}`
    EmptyObject,
    /// The body of the request.
    Request,
    /// A list with the object after the change.
    List,
}

/// Returns true if a field name of a behavior matches this field of this collection.
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

/// Returns true if a list of collections contains this one.
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
    fn behavior_reads_from_json_with_defaults() {
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
