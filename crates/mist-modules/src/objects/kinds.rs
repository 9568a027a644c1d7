//! Which kind of object a task is about: the options, and what they come to.

use crate::objects::errors;
use crate::objects::scope::{ScopeOptions, Scopes};
use ansible_binary_module::Task;
use mist_objects::access::{self, Protected};
use mist_objects::names::close_in_words;
use mist_objects::secrets;
use mist_objects::table::{self, Kind, Level};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The options that say which kind; a module's own options flatten these in.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct KindOptions {
    /// The kind of object, by the word that stands in the API's paths: V(sites), V(wlans), V(networktemplates), V(webhooks) and so on. V(setting) is the setting of the organisation, or of the site where one is given.
    ///
    /// Run the module with C(--types) for the list. A kind that both an organisation and a site have is the site's where a site is given.
    #[serde(rename = "type")]
    #[schemars(example = &"sites")]
    pub kind: Option<String>,
    /// In place of O(type), the path of a collection that the list of kinds does not have, such as V(orgs/{org_id}/newthings).
    ///
    /// V({org_id}), V({site_id}) and V({msp_id}) are filled in from the options of these names.
    pub path: Option<String>,
}

impl KindOptions {
    /// The kind.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    pub fn kind(&self, task: &Task, place: &ScopeOptions, match_fields: &[String]) -> Result<Kind, String> {
        let scopes = place.scopes();
        match (filled(&self.kind), filled(&self.path)) {
            (Some(_), Some(_)) => Err("path: it excludes type; give one or the other".to_owned()),
            (None, None) => {
                Err("type: it is needed, or path; it is the word in the API's paths, such as sites or wlans".to_owned())
            }
            (Some(word), None) => {
                let of = table::scopes(word);
                if !of.is_empty() {
                    place.check_given(task, &of, word)?;
                }
                of_type(word, scopes)
            }
            (None, Some(path)) => {
                let kind = of_path(path, match_fields)?;
                let needed = [Level::Site, Level::Msp].into_iter().find(|scope| kind.needs(*scope));
                place.check_given(task, &[needed.unwrap_or(Level::Org)], &kind.word)?;
                Ok(kind)
            }
        }
    }

    /// Checks that objects of the kind may be written.
    ///
    /// # Errors
    /// A sentence that names the option.
    pub fn check_written(&self, kind: &Kind, id: Option<&str>, deletes: Option<&str>) -> Result<(), String> {
        let option = if self.path.is_some() { "path" } else { "id" };
        access::check_kind(kind, id).map_err(|reason| format!("{option}: {}", errors::protected(&reason)))?;
        match deletes {
            Some(option) => {
                access::check_deletion(kind).map_err(|reason| format!("{option}: {}", errors::protected(&reason)))
            }
            None => Ok(()),
        }
    }

    /// What is known of the fields before the options were checked: for what must be hidden whatever comes of them.
    fn schemas(kind: Option<&str>) -> Vec<table::Schema> {
        let Some(word) = kind else { return vec![table::Schema::default()] };
        let schemas: Vec<_> = table::scopes(word)
            .into_iter()
            .filter_map(|scope| table::kind(scope, word))
            .map(|kind| kind.schema)
            .collect();
        if schemas.is_empty() { vec![table::Schema::default()] } else { schemas }
    }
}

/// A text or number shorter than this is not masked in all of the result: it would be found in half of what is printed.
const SHORTEST: usize = 4;

/// What is said of an object that the list has and that cannot be read: made anew, there would be two.
#[must_use]
pub fn listed_and_not_there(id: &str) -> String {
    format!(
        "The cloud lists the object {id} and says that it is not there (404), so that nothing was changed. Somebody may be \
         removing it: run the task again."
    )
}

/// The secrets within the objects that a task declares.
#[must_use]
pub fn secrets_of(parameters: &Map<String, Value>, option: &str) -> Vec<String> {
    let parsed;
    let objects = match parameters.get(option) {
        Some(Value::Array(items)) => items.as_slice(),
        Some(Value::String(text)) => {
            parsed = serde_json::from_str(text).map_or_else(|_| Vec::new(), |value| vec![value]);
            parsed.as_slice()
        }
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let schemas = KindOptions::schemas(parameters.get("type").and_then(Value::as_str));
    let texts = schemas.iter().flat_map(|schema| objects.iter().flat_map(|object| secrets::texts(*schema, object)));
    texts.filter(|text| text.chars().count() >= SHORTEST).collect()
}

fn filled(option: &Option<String>) -> Option<&str> {
    option.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

fn of_type(word: &str, scopes: Scopes) -> Result<Kind, String> {
    let of = table::scopes(word);
    if of.is_empty() && access::means_tokens(word) {
        let advice = "Use mist_api_token_info to list them";
        return Err(format!("type: {} {advice}.", errors::protected(&Protected::Tokens)));
    }
    if of.is_empty() {
        let close = close_in_words(word, table::words().into_iter());
        return Err(format!(
            "type: there is no kind '{}'; {close}. Run the module with --types for the list, or give path and match",
            word.escape_debug()
        ));
    }
    let scope = if scopes.site {
        Level::Site
    } else if scopes.msp && (of.contains(&Level::Msp) || !scopes.org) {
        Level::Msp
    } else {
        Level::Org
    };
    if let Some(kind) = table::kind(scope, word) {
        return Ok(kind);
    }
    let with_article = |scope: &Level| match scope {
        Level::Msp => "an MSP",
        Level::Org => "an organisation",
        Level::Site => "a site",
    };
    let owners: Vec<&str> = of.iter().map(with_article).collect();
    let (option, advice) = match (scope, of.first()) {
        (Level::Site, _) => ("site_id", "leave it out"),
        (Level::Msp, _) => ("msp_id", "leave it out"),
        (Level::Org, Some(Level::Msp)) => ("type", "set msp_id"),
        (Level::Org, _) => ("type", "set site_id or site"),
    };
    Err(format!("{option}: {word} are of {}, and not of {}; {advice}", owners.join(" or "), with_article(&scope)))
}

fn of_path(path: &str, match_fields: &[String]) -> Result<Kind, String> {
    let plain = path.trim_start_matches('/').trim_start_matches("api/v1/").trim_end_matches('/');
    let step = |step: &str| match step.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
        Some(name) => matches!(name, "org_id" | "site_id" | "msp_id"),
        None => {
            !step.is_empty()
                && step != "."
                && step != ".."
                && step.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        }
    };
    if !plain.split('/').all(step) {
        return Err(format!(
            "path: '{}' is not the path of a collection; give one such as orgs/{{org_id}}/newthings",
            path.escape_debug()
        ));
    }
    let scope = if plain.contains("{site_id}") || plain.starts_with("sites/") {
        Level::Site
    } else if plain.contains("{msp_id}") || plain.starts_with("msps/") {
        Level::Msp
    } else {
        Level::Org
    };
    Ok(Kind::unknown(plain, scope, match_fields.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kind(kind: Value, place: Value) -> Result<Kind, String> {
        let kind: KindOptions = serde_json::from_value(kind).unwrap();
        let place: ScopeOptions = serde_json::from_value(place).unwrap();
        kind.kind(&Task::builder().build(), &place, &["name".to_owned()])
    }

    #[test]
    fn a_kind_is_the_sites_where_a_site_is_given_and_a_wrong_one_is_told_what_is_close() {
        let scope = |word: &str, place: Value| kind(json!({"type": word}), place).map(|kind| kind.scope);
        assert_eq!(scope("wlans", json!({"org_id": "o"})), Ok(Level::Org));
        assert_eq!(scope("wlans", json!({"org_id": "o", "site": "s"})), Ok(Level::Site));
        assert_eq!(scope("ssos", json!({"msp_id": "m"})), Ok(Level::Msp));
        assert_eq!(scope("sites", json!({"msp_id": "m", "org_id": "o"})), Ok(Level::Org));
        for (word, place, words) in [
            (
                "rftemplates",
                json!({"site_id": "s"}),
                "site_id: rftemplates are of an organisation, and not of a site; leave it out",
            ),
            (
                "zones",
                json!({"org_id": "o"}),
                "type: zones are of a site, and not of an organisation; set site_id or site",
            ),
            (
                "orggroups",
                json!({"org_id": "o"}),
                "type: orggroups are of an MSP, and not of an organisation; set msp_id",
            ),
            ("wlan", json!({}), "type: there is no kind 'wlan'; close to it: 'wlans'"),
            ("xyzzy", json!({}), "type: there is no kind 'xyzzy'; nothing is close to it"),
        ] {
            let error = scope(word, place).unwrap_err();
            assert!(error.starts_with(words), "{error}");
        }
    }

    #[test]
    fn a_path_is_a_collections_and_nothing_else() {
        let of = |path: &str| kind(json!({"path": path}), json!({}));
        assert_eq!(of("/api/v1/sites/{site_id}/newthings/").unwrap().collection, "sites/{site_id}/newthings");
        assert_eq!(of("orgs/{org_id}/newthings").unwrap().scope, Level::Org);
        for bad in ["orgs/{org_id}/x?y", "orgs/../self", "orgs/{other}/x", "http://x/y", "a//b", "a b"] {
            assert!(of(bad).unwrap_err().starts_with("path: '"), "{bad}");
        }
        assert!(
            kind(json!({"path": "x", "type": "sites"}), json!({})).unwrap_err().starts_with("path: it excludes type")
        );
        assert!(kind(json!({}), json!({})).unwrap_err().starts_with("type: it is needed"));
    }

    #[test]
    fn the_secrets_of_what_is_declared_are_known_by_the_document_or_by_name() {
        let parameters =
            |kind: &str, object: Value| json!({"type": kind, "object": object}).as_object().cloned().unwrap();
        let found =
            secrets_of(&parameters("wlans", json!({"auth": {"psk": "geheim-1", "keys": ["geheim-2"]}})), "object");
        assert_eq!(found, ["geheim-1", "geheim-2", "geheim-1", "geheim-2"]);
        assert_eq!(secrets_of(&parameters("none", json!({"a": {"my_secret": "geheim-3"}})), "object"), ["geheim-3"]);
        assert_eq!(secrets_of(&parameters("psks", json!("{\"passphrase\": \"geheim-4\"}")), "object")[0], "geheim-4");
        assert!(secrets_of(&parameters("psks", json!({"passphrase": "abc"})), "object").is_empty());
    }
}
