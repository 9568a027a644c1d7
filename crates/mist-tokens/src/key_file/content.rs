//! Reads and writes the content of a key file. No I/O. Other lines and fields are kept.

use super::{FaultKind, Found, HeldKey};
use crate::token::is_key;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

/// The format of a key file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// The key and a line end, and nothing else.
    #[default]
    Raw,
    /// The lines `MIST_HOST=…`, `MIST_API_TOKEN=…` and `MIST_APITOKEN=…`. Other lines are kept.
    Env,
    /// An object with `host`, `id`, `name` and `key`. Other fields are kept.
    Json,
}

/// The variables of a key: clients of Mist read either.
const KEY_VARIABLES: [&str; 2] = ["MIST_API_TOKEN", "MIST_APITOKEN"];

const HOST_VARIABLE: &str = "MIST_HOST";

const FIELDS: [&str; 4] = ["host", "id", "name", "key"];

#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// As the option `host` takes it.
    pub host: &'a str,
    pub id: &'a str,
    pub name: &'a str,
    pub key: &'a SecretString,
}

/// Looks for a key in this format.
///
/// # Errors
/// Other content, which is never overwritten.
pub fn read(bytes: &[u8], exposed: bool, wanted: Format) -> Result<Found, FaultKind> {
    if bytes.is_empty() {
        return Ok(Found::Nothing);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| FaultKind::Foreign)?;
    match parse(text, wanted) {
        Some(Parsed { key: Some(key), alone, consistent, .. }) => {
            Ok(Found::Key(HeldKey { key: key.into(), exposed, alone, as_wanted: consistent }))
        }
        Some(Parsed { key: None, .. }) => Ok(Found::NoKey),
        None => in_another_form(text, exposed, wanted),
    }
}

/// Accepts a key in another format, if rewriting it loses nothing.
fn in_another_form(text: &str, exposed: bool, wanted: Format) -> Result<Found, FaultKind> {
    let others = [Format::Raw, Format::Env, Format::Json].into_iter().filter(|format| *format != wanted);
    for format in others {
        if let Some(Parsed { key: Some(key), alone, .. }) = parse(text, format) {
            if !alone {
                return Err(FaultKind::HoldsMore(format));
            }
            return Ok(Found::Key(HeldKey { key: key.into(), exposed, alone, as_wanted: false }));
        }
    }
    Err(FaultKind::Foreign)
}

struct Parsed {
    key: Option<String>,
    /// True if no other entries exist.
    alone: bool,
    /// True if all variables have the same value.
    consistent: bool,
}

fn parse(text: &str, format: Format) -> Option<Parsed> {
    match format {
        Format::Raw => {
            let key = text.trim();
            is_key(key).then(|| Parsed { key: Some(key.to_owned()), alone: true, consistent: true })
        }
        Format::Env => parse_env(text),
        Format::Json => {
            let object: Map<String, Value> = serde_json::from_str(text).ok()?;
            let key = object.get("key").and_then(Value::as_str).filter(|key| is_key(key)).map(str::to_owned);
            // A `key` of another kind belongs to another program.
            (key.is_some() || object.get("key").is_none_or(Value::is_null)).then(|| Parsed {
                key,
                alone: object.keys().all(|field| FIELDS.contains(&field.as_str())),
                consistent: true,
            })
        }
    }
}

/// Lines of `NAME=value`, comments and empty lines.
fn parse_env(text: &str) -> Option<Parsed> {
    let (mut keys, mut alone) = (Vec::new(), true);
    for line in text.lines() {
        match assignment(line) {
            Some((name, value)) if KEY_VARIABLES.contains(&name) => keys.push((name, unquoted(value))),
            Some((HOST_VARIABLE, _)) => {}
            Some(_) => alone = false,
            None if line.trim().is_empty() => {}
            None if line.trim_start().starts_with('#') => alone = false,
            None => return None,
        }
    }
    // An empty value is not a key. Another value that is not a key belongs to another program (`$(cat …)`).
    keys.retain(|(_, value)| !value.is_empty());
    if keys.iter().any(|(_, value)| !is_key(value)) {
        return None;
    }
    let key = KEY_VARIABLES.iter().find_map(|name| keys.iter().find(|(known, _)| known == name));
    let key = key.map(|(_, value)| (*value).to_owned());
    let consistent = keys.iter().all(|(_, value)| Some(*value) == key.as_deref())
        && KEY_VARIABLES.iter().all(|name| keys.iter().any(|(known, _)| known == name));
    Some(Parsed { key, alone, consistent })
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").map_or(line, str::trim_start);
    let (name, value) = line.split_once('=')?;
    let is_name = !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    is_name.then_some((name, value))
}

fn unquoted(value: &str) -> &str {
    let value = value.trim();
    let quoted = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    quoted('"').or_else(|| quoted('\'')).unwrap_or(value)
}

/// The new content of the file, with this key in place of the previous one.
///
/// # Errors
/// Content that cannot be rewritten.
pub fn write(old: &[u8], format: Format, entry: &Entry<'_>) -> Result<SecretString, FaultKind> {
    let found = read(old, false, format)?;
    // A file in another format contains nothing but the key, and is replaced.
    let anew = matches!(&found, Found::Key(held) if held.alone && !held.as_wanted && parse_as(old, format).is_none());
    let old = if anew { "" } else { std::str::from_utf8(old).map_err(|_| FaultKind::Foreign)? };
    let key = entry.key.expose_secret();
    Ok(match format {
        Format::Raw => format!("{key}\n"),
        Format::Env => env_with(old, &[(HOST_VARIABLE, entry.host), (KEY_VARIABLES[0], key), (KEY_VARIABLES[1], key)]),
        Format::Json => {
            let mut object: Map<String, Value> = serde_json::from_str(old).unwrap_or_default();
            for (field, value) in FIELDS.iter().zip([entry.host, entry.id, entry.name, key]) {
                object.insert((*field).to_owned(), json!(value));
            }
            format!("{:#}\n", Value::Object(object))
        }
    }
    .into())
}

fn parse_as(bytes: &[u8], format: Format) -> Option<Parsed> {
    parse(std::str::from_utf8(bytes).ok()?, format)
}

/// Replaces or appends these variables. Keeps `export` and line ends.
fn env_with(old: &str, variables: &[(&str, &str)]) -> String {
    let mut new = String::with_capacity(old.len() + 256);
    let mut seen = vec![false; variables.len()];
    for line in old.split_inclusive('\n') {
        let ours = assignment(line).and_then(|(name, _)| variables.iter().position(|(known, _)| *known == name));
        let Some(ours) = ours else {
            new.push_str(line);
            continue;
        };
        seen[ours] = true;
        let (name, value) = variables[ours];
        let before = &line[..line.find(name).unwrap_or_default()];
        let end = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
        new.push_str(&format!("{before}{name}={value}{end}"));
    }
    if !new.is_empty() && !new.ends_with('\n') {
        new.push('\n');
    }
    for (name, value) in variables.iter().zip(seen).filter(|(_, seen)| !seen).map(|(variable, _)| variable) {
        new.push_str(&format!("{name}={value}\n"));
    }
    new
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;
