//! Secrets, and the search for them in all places except those that a task asks for.

use super::{Task, World};
use crate::{Leaks, Ran};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The number of letters and digits in a row that is taken for a key. A key of Mist has 84.
const KEY_LENGTH: usize = 32;

/// All parts of a text with the form of a key.
pub fn keys_in(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| word.len() >= KEY_LENGTH)
        .map(str::to_owned)
        .collect()
}

/// Removes the whole keys from the fields `key` of a result, where tasks ask for them, and returns them.
pub fn take_keys(result: &mut Value) -> Vec<String> {
    let mut keys = Vec::new();
    let mut left = vec![result];
    while let Some(value) = left.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(key) = fields.get_mut("key").filter(|key| is_whole(key)) {
                    keys.extend(key.take().as_str().map(str::to_owned));
                }
                // The options of the task must not contain a key.
                left.extend(fields.iter_mut().filter(|(name, _)| *name != "invocation").map(|(_, value)| value));
            }
            Value::Array(items) => left.extend(items),
            _ => {}
        }
    }
    keys
}

fn is_whole(key: &Value) -> bool {
    key.as_str().is_some_and(|key| !key.contains("...") && !key.contains("VALUE_SPECIFIED"))
}

/// All secrets of a world, with the keys and the cookies of sessions that the cloud generated.
pub fn of_world(world: &World, canaries: &[String]) -> Vec<String> {
    let mut secrets: Vec<String> = canaries.to_vec();
    let mut tokens = world.cloud.user_tokens();
    tokens.extend(world.cloud.org_tokens());
    secrets.extend(tokens.into_iter().map(|token| token.key));
    for request in world.cloud.requests() {
        for cookie in request.header("cookie").unwrap_or_default().split("; ") {
            secrets.extend(cookie.split_once('=').map(|(_, value)| value.to_owned()));
        }
    }
    secrets.retain(|secret| !secret.is_empty());
    secrets
}

/// Searches the output and the files of a run for secrets. A requested key is allowed in the field `key` of the result and in
/// the key files.
pub fn search(world: &World, task: &Task, ran: &Ran, allowed: &[PathBuf]) -> anyhow::Result<Leaks> {
    let mut leaks = Leaks::of(of_world(world, &task.canaries));
    let stdout = match serde_json::from_str::<Value>(&ran.stdout) {
        Ok(mut result) => {
            if task.returns_key {
                take_keys(&mut result);
            }
            result.to_string()
        }
        Err(_) => ran.stdout.clone(),
    };
    for (place, text) in [("stdout", &stdout), ("stderr", &ran.stderr)] {
        leaks.search(place, text.as_bytes());
        // Also the key of a token that does not exist any more.
        for key in keys_in(text) {
            leaks.report(&format!("{} letters and digits in {place}", key.len()));
        }
    }
    let allowed: Vec<&Path> = allowed.iter().map(PathBuf::as_path).collect();
    leaks.search_folder(world.scratch(), &allowed)?;
    Ok(leaks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_is_removed_from_the_field_key_only() {
        let key = "k".repeat(84);
        let mut result = json!({
            "key": key, "msg": key, "token": {"key": "kkkk...kkkk"}, "tokens": [{"key": key}],
            "invocation": {"module_args": {"key": key}},
        });
        assert_eq!(take_keys(&mut result), [key.clone(), key.clone()]);
        assert_eq!(keys_in(&result.to_string()).len(), 2, "msg and invocation");
    }
}
