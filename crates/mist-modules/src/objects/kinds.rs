//! The kind of objects of a task: the options, their meaning, and the list of kinds.

use crate::common::options::OptionError;
use crate::objects::location::{Levels, ScopeOptions};
use crate::objects::{declared, errors, fields};
use ansible_binary_module::{Task, TextCommand};
use mist_client::redact::quoted;
use mist_client::suggest::Candidates;
use mist_objects::access::{self, Protected};
use mist_objects::plan::Fields;
use mist_objects::secrets;
use mist_objects::table::{self, Creation, Kind, Level, Schema};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The option of the command line that prints the list of kinds.
pub const TYPES: &[TextCommand] = &[
    TextCommand::new("--types", "print all types of objects", |_| Ok(list())),
    TextCommand::new("--fields TYPE", "print the fields of a type", |word| Ok(fields::list(word)?)),
];

const DEVICES: &str = "devices are claimed, not created. Use mist_devices to claim, assign and configure them, and mist_device_info to list them.";

/// Words that look like types, and the way to their objects.
const OUT_OF_REACH: [(&str, &str); 11] = [
    ("admins", "administrators are invited, not created. Use mist_admins."),
    ("alarms", "alarms are events, not configuration. Use mist_search (orgs/alarms)."),
    ("clients", "clients are not configured. Use mist_search (orgs/clients)."),
    ("devices", DEVICES),
    ("events", "events are not configuration. Use mist_search (orgs/events)."),
    ("inventory", DEVICES),
    ("licenses", "licenses are claimed, not created. Use mist_api_request (orgs/{org_id}/licenses)."),
    ("orgs", "organizations are not objects of an organization. Use mist_api_request (POST orgs)."),
    ("self", "it is the account of the task. Use mist_self_info."),
    ("stats", "statistics are not configuration. Use mist_search (orgs/stats/devices)."),
    ("tickets", "tickets are not configuration. Use mist_api_request (orgs/{org_id}/tickets)."),
];

/// The options for the kind. The options of a module flatten them.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct KindOptions {
    /// Type of the objects: the word in the paths of the API, such as V(sites), V(wlans), V(networktemplates) or V(webhooks). V(setting) is the setting of the organization, or of the site if one is given. Required unless O(path) is set.
    ///
    /// C(--types) prints the list. If organizations and sites both have objects of the type, those of the site are used if a site is given.
    #[serde(rename = "type")]
    #[schemars(example = &"sites")]
    pub kind: Option<String>,
    /// Path of a collection outside the list of types, such as V(orgs/{org_id}/newthings). Mutually exclusive with O(type). If the API document has the collection, its types, secrets and names for IDs apply.
    ///
    /// V({org_id}), V({site_id}) and V({msp_id}) are replaced with the IDs of the options.
    pub path: Option<String>,
    /// Field with the ID of an object in its path, such as V(admin_id) of administrators. Only for O(path). Default: C(id), or C(mac) where the API document has it.
    pub id_field: Option<String>,
}

impl KindOptions {
    /// The kind.
    ///
    /// # Errors
    /// The options are missing, or no such kind exists.
    pub fn kind(&self, task: &Task, scope: &ScopeOptions, match_fields: &[String]) -> Result<Kind, OptionError> {
        if self.id_field.is_some() && (filled(&self.path).is_none() || filled(&self.id_field).is_none()) {
            return Err(OptionError::new(
                "id_field",
                "a field of the objects of path. Set both, or remove the option.",
            ));
        }
        match (filled(&self.kind), filled(&self.path)) {
            (Some(_), Some(_)) => Err(OptionError::mutually_exclusive("path", "type")),
            (None, None) => Err(OptionError::new("", "type or path is required, for example type: sites")),
            (Some(word), None) => {
                let levels = table::levels(word);
                if !levels.is_empty() {
                    scope.check_given(task, &levels, word)?;
                }
                of_type(word, scope.levels())
            }
            (None, Some(path)) => {
                let mut kind = of_path(path, match_fields)?;
                if let Some(field) = filled(&self.id_field) {
                    field.clone_into(&mut kind.id);
                }
                let needed = [Level::Site, Level::Msp].into_iter().find(|level| kind.needs(*level));
                scope.check_given(task, &[needed.unwrap_or(Level::Org)], &kind.word)?;
                Ok(kind)
            }
        }
    }

    /// Checks that objects of the kind may be written, and deleted if `deletion` names an option that deletes.
    ///
    /// # Errors
    /// They are protected.
    pub fn check_written(
        &self,
        kind: &Kind,
        id: Option<&str>,
        deletion: Option<&'static str>,
    ) -> Result<(), OptionError> {
        let refuse = |option: &str, reason: &Protected| OptionError::new(option, errors::protected(reason));
        let option = if self.path.is_some() { "path" } else { "id" };
        access::check_kind(kind, id).map_err(|reason| refuse(option, &reason))?;
        match deletion {
            Some(option) => access::check_deletion(kind).map_err(|reason| refuse(option, &reason)),
            None => Ok(()),
        }
    }
}

/// An option with objects or parts of them.
#[derive(Clone, Copy, Debug)]
pub enum Declaring {
    /// Objects, or one object.
    Objects(&'static str),
    /// Conditions: dotted paths with values.
    Conditions(&'static str),
}

impl Declaring {
    fn name(self) -> &'static str {
        match self {
            Self::Objects(name) | Self::Conditions(name) => name,
        }
    }
}

/// Options that are text where they must be structures, and that cannot be parsed: any part of them can be a secret.
#[must_use]
pub fn unreadable(parameters: &Map<String, Value>, options: &[Declaring]) -> Vec<String> {
    let given = options.iter().filter_map(|option| parameters.get(option.name()));
    let text = |value: &Value| value.as_str().map(str::to_owned);
    given
        .filter(|value| parsed(value).is_none())
        .flat_map(|value| match value {
            Value::Array(items) => items.iter().filter_map(text).collect(),
            other => text(other).into_iter().collect::<Vec<_>>(),
        })
        .collect()
}

/// The secrets in the objects and conditions of a task, before the options are checked.
#[must_use]
pub fn secrets_of(parameters: &Map<String, Value>, options: &[Declaring]) -> Vec<String> {
    let mut all = Vec::new();
    for option in options {
        let Some(objects) = parameters.get(option.name()).and_then(parsed) else { continue };
        for schema in schemas(parameters) {
            for object in &objects {
                all.extend(match option {
                    Declaring::Objects(_) => secrets::texts(schema, &Value::Object(object.clone())),
                    Declaring::Conditions(_) => secrets::texts_of_conditions(schema, object),
                });
            }
        }
    }
    all
}

/// The options of a task with the secrets of its objects and conditions masked in their places. Text that cannot be parsed is masked as
/// a whole.
#[must_use]
pub fn shown(mut parameters: Map<String, Value>, options: &[Declaring]) -> Map<String, Value> {
    let schemas = schemas(&parameters);
    for option in options {
        let Some(value) = parameters.get_mut(option.name()).filter(|value| !value.is_null()) else { continue };
        let Some(objects) = parsed(value) else {
            *value = secrets::MASK.into();
            continue;
        };
        let masked = |object: Fields| {
            schemas.iter().fold(object, |object, schema| match option {
                Declaring::Objects(_) => match secrets::masked(*schema, &Value::Object(object)) {
                    Value::Object(masked) => masked,
                    _ => Fields::new(),
                },
                Declaring::Conditions(_) => secrets::masked_conditions(*schema, &object),
            })
        };
        let is_one = value.is_object() || (value.is_string() && objects.len() == 1);
        let mut objects: Vec<Value> = objects.into_iter().map(masked).map(Value::Object).collect();
        *value = if is_one { objects.pop().unwrap_or_default() } else { Value::Array(objects) };
    }
    parameters
}

/// The objects of an option, also of JSON text.
fn parsed(value: &Value) -> Option<Vec<Fields>> {
    match value {
        Value::Object(fields) => Some(vec![fields.clone()]),
        Value::Array(items) => declared::items(items).ok(),
        Value::String(text) => match mist_objects::source::json(text.trim()) {
            Ok(Value::String(_)) | Err(_) => None,
            Ok(value) => parsed(&value),
        },
        Value::Null => Some(Vec::new()),
        _ => None,
    }
}

/// The schemas that the objects of a task can have.
fn schemas(parameters: &Map<String, Value>) -> Vec<Schema> {
    let text = |option: &str| parameters.get(option).and_then(Value::as_str).map(str::trim).unwrap_or_default();
    let word = text("type");
    let by_path = table::by_path(plain_path(text("path")));
    let kinds = table::levels(word).into_iter().filter_map(|level| table::kind(level, word)).chain(by_path);
    let mut schemas: Vec<Schema> = kinds.map(|kind| kind.schema).collect();
    schemas.dedup();
    if schemas.is_empty() {
        schemas.push(Schema::default());
    }
    schemas
}

fn filled(option: &Option<String>) -> Option<&str> {
    option.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

fn of_type(word: &str, given: Levels) -> Result<Kind, OptionError> {
    let levels = table::levels(word);
    if levels.is_empty() && access::means_tokens(word) {
        let reason = format!("{} mist_api_token_info lists them.", errors::protected(&Protected::Tokens));
        return Err(OptionError::new("type", reason));
    }
    if let Some((_, reason)) = OUT_OF_REACH.iter().find(|(known, _)| *known == word && levels.is_empty()) {
        return Err(OptionError::new("type", format!("no type {}: {reason}", quoted(word))));
    }
    if levels.is_empty() {
        let candidates = Candidates::new(word, table::words());
        let similar = if candidates.similar.is_empty() { String::new() } else { format!(" {candidates}") };
        let reason = format!(
            "no type {} exists.{similar} Run the module with --types for the list, or set path and match.",
            quoted(word)
        );
        return Err(OptionError::new("type", reason));
    }
    let level = if given.site {
        Level::Site
    } else if given.msp && (levels.contains(&Level::Msp) || !given.org) {
        Level::Msp
    } else {
        Level::Org
    };
    if let Some(kind) = table::kind(level, word) {
        return Ok(kind);
    }
    let with_article = |level: &Level| match level {
        Level::Msp => "an MSP",
        Level::Org => "an organization",
        Level::Site => "a site",
    };
    let owners: Vec<&str> = levels.iter().map(with_article).collect();
    let (option, fix) = match (level, levels.first()) {
        (Level::Site, _) => ("site_id", "Remove site_id and site."),
        (Level::Msp, _) => ("msp_id", "Remove msp_id."),
        (Level::Org, Some(Level::Msp)) => ("type", "Set msp_id."),
        (Level::Org, _) => ("type", "Set site_id or site."),
    };
    let reason = format!("{word} belong to {}, not to {}. {fix}", owners.join(" or "), with_article(&level));
    Err(OptionError::new(option, reason))
}

fn plain_path(path: &str) -> &str {
    path.trim_start_matches('/').trim_start_matches("api/v1/").trim_end_matches('/')
}

fn of_path(path: &str, match_fields: &[String]) -> Result<Kind, OptionError> {
    let plain = plain_path(path);
    let is_part = |part: &str| match part.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
        Some(name) => matches!(name, "org_id" | "site_id" | "msp_id"),
        None => {
            !part.is_empty()
                && part != "."
                && part != ".."
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        }
    };
    if !plain.split('/').all(is_part) {
        let reason =
            format!("{} is not the path of a collection. Use a path such as orgs/{{org_id}}/newthings.", quoted(path));
        return Err(OptionError::new("path", reason));
    }
    let level = if plain.contains("{site_id}") || plain.starts_with("sites/") {
        Level::Site
    } else if plain.contains("{msp_id}") || plain.starts_with("msps/") {
        Level::Msp
    } else {
        Level::Org
    };
    let known = table::by_path(plain).map(|kind| match kind.key.is_empty() && !kind.one {
        true => Kind { key: match_fields.to_vec(), ..kind },
        false => kind,
    });
    Ok(known.unwrap_or_else(|| Kind::unknown(plain, level, match_fields.to_vec())))
}

/// The kinds, one line each.
fn list() -> String {
    let mut rows: Vec<[String; 4]> = vec![["type", "of", "found by", "remarks"].map(str::to_owned)];
    let mut kinds: Vec<_> = table::all().collect();
    kinds.sort_by(|one, other| (&one.word, one.level).cmp(&(&other.word, other.level)));
    for kind in kinds {
        let remark = match kind.creation {
            _ if kind.one => "one, always exists",
            Creation::Never => "cannot be created",
            Creation::Put => "created by its MAC address",
            Creation::Post => "",
        };
        rows.push([kind.word.clone(), kind.level.name().to_owned(), kind.key.join(", "), remark.to_owned()]);
    }
    let lines = rows
        .iter()
        .map(|[word, level, key, remark]| format!("{word:<20} {level:<14} {key:<10} {remark}").trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kind(kind: Value, scope: Value) -> Result<Kind, OptionError> {
        let kind: KindOptions = serde_json::from_value(kind).unwrap();
        let scope: ScopeOptions = serde_json::from_value(scope).unwrap();
        kind.kind(&Task::builder().build(), &scope, &["name".to_owned()])
    }

    #[test]
    fn a_kind_is_of_the_site_if_one_is_given_and_a_wrong_one_has_suggestions() {
        let level = |word: &str, scope: Value| kind(json!({"type": word}), scope).map(|kind| kind.level);
        assert_eq!(level("wlans", json!({"org_id": "o"})), Ok(Level::Org));
        assert_eq!(level("wlans", json!({"org_id": "o", "site": "s"})), Ok(Level::Site));
        assert_eq!(level("ssos", json!({"msp_id": "m"})), Ok(Level::Msp));
        assert_eq!(level("sites", json!({"msp_id": "m", "org_id": "o"})), Ok(Level::Org));
        for (word, scope, sentence) in [
            (
                "rftemplates",
                json!({"site_id": "s"}),
                "site_id: rftemplates belong to an organization, not to a site. Remove site_id and site.",
            ),
            (
                "zones",
                json!({"org_id": "o"}),
                "type: zones belong to a site, not to an organization. Set site_id or site.",
            ),
            (
                "orggroups",
                json!({"org_id": "o"}),
                "type: orggroups belong to an MSP, not to an organization. Set msp_id.",
            ),
            ("wlan", json!({}), "type: no type 'wlan' exists. Similar: 'wlans'. Run the module with --types"),
            ("xyzzy", json!({}), "type: no type 'xyzzy' exists. Run the module with --types"),
        ] {
            let error = level(word, scope).unwrap_err().to_string();
            assert!(error.starts_with(sentence), "{error}");
        }
    }

    #[test]
    fn a_path_is_the_path_of_a_collection() {
        let of = |path: &str| kind(json!({"path": path}), json!({}));
        assert_eq!(of("/api/v1/sites/{site_id}/newthings/").unwrap().collection, "sites/{site_id}/newthings");
        assert_eq!(of("orgs/{org_id}/newthings").unwrap().level, Level::Org);
        for bad in ["orgs/{org_id}/x?y", "orgs/../self", "orgs/{other}/x", "http://x/y", "a//b", "a b"] {
            assert_eq!(of(bad).unwrap_err().option, "path", "{bad}");
        }
        let both = kind(json!({"path": "x", "type": "sites"}), json!({})).unwrap_err();
        assert_eq!(both, OptionError::mutually_exclusive("path", "type"));
        assert_eq!(
            kind(json!({}), json!({})).unwrap_err().to_string(),
            "type or path is required, for example type: sites"
        );
    }

    #[test]
    fn secrets_are_masked_in_their_places_and_in_messages() {
        const OPTIONS: &[Declaring] = &[Declaring::Objects("object"), Declaring::Conditions("where")];
        let of = |options: Value| {
            let parameters = options.as_object().cloned().unwrap();
            let secrets = [secrets_of(&parameters, OPTIONS), unreadable(&parameters, OPTIONS)].concat();
            (Value::Object(shown(parameters, OPTIONS)), secrets)
        };
        let mask = secrets::MASK;
        for (options, printed, in_messages) in [
            (
                json!({"type": "wlans", "object": {"ssid": "abc", "auth": {"psk": "abc", "keys": ["1"]}}}),
                json!({"type": "wlans", "object": {"ssid": "abc", "auth": {"psk": mask, "keys": mask}}}),
                vec!["abc", "1"],
            ),
            (
                json!({"type": " psks ", "where": {"passphrase": "X", "name": "n"}}),
                json!({"type": " psks ", "where": {"passphrase": mask, "name": "n"}}),
                vec!["X"],
            ),
            (
                json!({"path": "/api/v1/orgs/{org_id}/wlans/", "where": {"auth.psk": "X", "portal.password": ["a", "b"]}}),
                json!({"path": "/api/v1/orgs/{org_id}/wlans/", "where": {"auth.psk": mask, "portal.password": mask}}),
                vec!["X", "a", "b"],
            ),
            (
                json!({"path": "orgs/{org_id}/newthings", "object": {"private_key": "k", "deep": [{"pin": 1}]}}),
                json!({"path": "orgs/{org_id}/newthings", "object": {"private_key": mask, "deep": [{"pin": mask}]}}),
                vec!["k", "1"],
            ),
            (
                json!({"type": "psks", "object": "{\"name\": \"p\", \"passphrase\": \"X\"}"}),
                json!({"type": "psks", "object": {"name": "p", "passphrase": mask}}),
                vec!["X"],
            ),
            (
                json!({"type": "psks", "object": "{\"name\":\"p\",\"passphrase\":\"X\""}),
                json!({"type": "psks", "object": mask}),
                vec!["{\"name\":\"p\",\"passphrase\":\"X\""],
            ),
            (
                json!({"type": "psks", "object": [{"name": "p", "passphrase": "X"}, "{cut"]}),
                json!({"type": "psks", "object": mask}),
                vec!["{cut"],
            ),
            (json!({"type": "psks", "object": null}), json!({"type": "psks", "object": null}), vec![]),
            (
                json!({"type": "webhooks", "object": {"url": "https://u:pw@x", "headers": {"A": "t"}, "name": "h"}}),
                json!({"type": "webhooks", "object": {"url": mask, "headers": {"A": mask}, "name": "h"}}),
                vec!["https://u:pw@x", "u:pw", "pw", "t"],
            ),
        ] {
            let (shown, mut found) = of(options.clone());
            let mut seen = std::collections::BTreeSet::new();
            found.retain(|text| seen.insert(text.clone()));
            assert_eq!(
                (shown, found),
                (printed, in_messages.iter().map(|text| (*text).to_owned()).collect()),
                "{options}"
            );
        }
    }

    #[test]
    fn every_kind_is_listed() {
        let list = list();
        assert_eq!(list.lines().count(), 63);
        assert!(list.contains("\nwlans                site           ssid\n"), "{list}");
    }
}
