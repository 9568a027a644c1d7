//! What a task declares: from an option or from a file on the host, with ids in place of names.

use crate::errors;
use ansible_binary_module::{AnsiblePath, Task};
use mist_client::Client;
use mist_objects::names::{self, Known};
use mist_objects::place::Place;
use mist_objects::plan::Fields;
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
    for secret in secrets::texts(kind.shape, &Value::Object(object.clone())) {
        task.hide(&secret);
    }
}

/// Lists what is referred to by name: one listing a kind.
///
/// # Errors
/// A sentence that names the option.
pub fn known<'a>(
    client: &Client,
    place: &mut Place,
    kind: &Kind,
    option: &str,
    objects: impl IntoIterator<Item = &'a Fields>,
) -> Result<Known, String> {
    let mut kinds: BTreeSet<String> = BTreeSet::new();
    for object in objects {
        kinds.extend(names::needed(kind.shape, object).map_err(|reason| format!("{option}: {reason}"))?.into_keys());
    }
    listing::known(client, place, kind.scope, kinds).map_err(|error| errors::message(&error))
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
