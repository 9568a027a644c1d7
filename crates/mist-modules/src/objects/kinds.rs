//! The kind of objects of a task: the options, their meaning, and the list of kinds.

use crate::common::options::OptionError;
use crate::objects::location::{Levels, ScopeOptions};
use crate::objects::{errors, fields};
use ansible_binary_module::{Task, TextCommand};
use mist_client::redact::quoted;
use mist_client::suggest::Candidates;
use mist_objects::access::{self, Protected};
use mist_objects::table::{self, Creation, Kind, Level};
use schemars::JsonSchema;
use serde::Deserialize;

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

pub(super) fn plain_path(path: &str) -> &str {
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
    use serde_json::{Value, json};

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
    fn every_kind_is_listed() {
        let list = list();
        assert_eq!(list.lines().count(), 65);
        assert!(list.contains("\nwlans                site           ssid\n"), "{list}");
    }
}
