//! What a task declares: from an option or from a file on the host, with ids in place of names.

use crate::common::messages;
use ansible_binary_module::{AnsiblePath, Task};
use mist_client::Client;
use mist_objects::names::{self, Known, NameError};
use mist_objects::plan::Fields;
use mist_objects::scope::Scope;
use mist_objects::suggest::{self, Suggestion};
use mist_objects::table::Kind;
use mist_objects::{listing, secrets, source};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// The text of the file that `src` names.
///
/// # Errors
/// A sentence that names the option.
pub fn text(src: &AnsiblePath) -> Result<(String, String), String> {
    let path: &Path = src;
    let shown = path.display().to_string();
    let text = source::read(path).map_err(|reason| format!("src: '{}' {reason}", shown.escape_debug()))?;
    Ok((shown, text))
}

/// A sentence about what is in the file.
#[must_use]
pub fn about(path: &str, reason: &str) -> String {
    format!("src: '{}': {reason}", path.escape_debug())
}

/// Hides the secrets of what came from a file.
pub fn hide(task: &mut Task, kind: &Kind, object: &Fields) {
    for secret in secrets::texts(kind.schema, &Value::Object(object.clone())) {
        task.hide(&secret);
    }
}

/// Checks that the fields which tell the objects apart can be declared. `rename` says how an object is meant by its id.
///
/// # Errors
/// A sentence that names the option.
pub fn check_match(kind: &Kind, match_fields: &[String], rename: &str) -> Result<(), String> {
    match match_fields.iter().find(|field| kind.is_read_only(field)) {
        None => Ok(()),
        Some(field) if *field == kind.id => {
            Err(format!("match: ids are the cloud's, and none can be declared; to rename one object, {rename}"))
        }
        Some(field) => Err(format!(
            "match: '{}' is set by the cloud alone, and cannot be declared; name fields that are",
            field.escape_debug()
        )),
    }
}

/// Lists what is referred to by name: one listing a kind.
///
/// # Errors
/// What a call failed with.
pub fn known<'a>(
    client: &Client,
    place: &mut Scope,
    kind: &Kind,
    objects: impl IntoIterator<Item = &'a Fields>,
) -> Result<Known, String> {
    let kinds: BTreeSet<String> =
        objects.into_iter().flat_map(|object| names::needed(kind.schema, object).into_keys()).collect();
    listing::known(client, place, kind.scope, kinds).map_err(|error| messages::message(&error))
}

/// The object with ids in place of names.
///
/// # Errors
/// All that is wrong with its names and ids.
pub fn resolved(task: &mut Task, kind: &Kind, object: &Fields, known: &Known) -> Result<Fields, Vec<NameError>> {
    let mut wrong = Vec::new();
    for no_id in names::invalid_ids(kind.schema, object) {
        if no_id.doubtful {
            task.warn(format!("{}. It is sent as it is.", no_id.reason));
        } else {
            wrong.push(NameError { reason: no_id.reason, missing: false });
        }
    }
    match names::resolved(kind.schema, object, known) {
        Ok(object) if wrong.is_empty() => Ok(object),
        Ok(_) => Err(wrong),
        Err(more) => Err(wrong.into_iter().chain(more).collect()),
    }
}

/// That fields may be slips: each once, however many objects have it.
pub fn warn_about_typos<'a>(task: &mut Task, kind: &Kind, objects: impl IntoIterator<Item = &'a Fields>) {
    for slip in slips(kind, objects.into_iter().flat_map(Fields::keys)) {
        task.warn(format!("{slip}. It is sent as it is."));
    }
}

/// Of each field that may be a slip, a sentence without its end.
#[must_use]
pub fn slips<'a>(kind: &Kind, fields: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let fields: BTreeSet<&str> = fields.into_iter().map(|path| path.split('.').next().unwrap_or_default()).collect();
    let in_words = |slip: Suggestion| {
        let (field, close) = (slip.field.escape_debug(), slip.close.join(", "));
        format!("{field} is no field of {} that the API's document knows; close to it: {close}", kind.word)
    };
    suggest::slips(kind, fields).into_iter().map(in_words).collect()
}

/// That read-only fields were left out, in a word.
pub fn tell_ignored(task: &mut Task, kind: &Kind, ignored: &BTreeSet<String>) {
    if !ignored.is_empty() {
        let ignored: Vec<&str> = ignored.iter().map(String::as_str).collect();
        task.warn(format!(
            "The cloud alone sets these of {}, and they were left out: {}",
            kind.word,
            ignored.join(", ")
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mist_objects::table::{self, Level};

    #[test]
    fn what_the_cloud_alone_sets_tells_no_declared_object() {
        let check = |word: &str, field: &str| {
            check_match(&table::kind(Level::Org, word).unwrap(), &["name".to_owned(), field.to_owned()], "do so")
        };
        assert_eq!(
            check("sites", "id"),
            Err("match: ids are the cloud's, and none can be declared; to rename one object, do so".to_owned())
        );
        assert!(
            check("sites", "created_time").unwrap_err().starts_with("match: 'created_time' is set by the cloud alone")
        );
        assert!(check("wlans", "portal_sso_url").is_err());
        assert_eq!(
            (check("sites", "country_code"), check("guests", "mac"), check("wlans", "template")),
            (Ok(()), Ok(()), Ok(()))
        );
        let unknown = Kind::unknown("orgs/{org_id}/x", Level::Org, vec!["id".to_owned()]);
        assert_eq!(check_match(&unknown, &["id".to_owned()], ""), Ok(()), "there, nobody knows whose the ids are");
    }
}
