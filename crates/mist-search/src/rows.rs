//! Rows of a search: equal ones, secrets, selected fields, and their values as cells. No I/O.

use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

/// The fields of a row.
pub type Row = Map<String, Value>;

/// The mask in place of a secret.
pub const MASK: &str = "********";

/// Fields that are secret in rows, in addition to those that are secret by their name: the claim code of a device, and headers of
/// a webhook. Letters only, in lower case.
const SECRETS: [&str; 4] = ["magic", "authorization", "cookie", "setcookie"];

/// The answers for more names are not kept.
const MOST_NAMES: usize = 10_000;

/// The rows that were seen, each by a hash of its content: 8 bytes a row, whatever its size.
#[derive(Debug, Default)]
pub struct Seen {
    hashes: HashSet<u64>,
    // Random for each run, so that no response can contain rows with equal hashes on purpose.
    state: RandomState,
}

impl Seen {
    /// True for the first row with this content. The order of fields does not matter.
    pub fn is_new(&mut self, row: &Row) -> bool {
        let mut hasher = self.state.build_hasher();
        hash_fields(row, &mut hasher);
        self.hashes.insert(hasher.finish())
    }
}

fn hash_fields(fields: &Row, hasher: &mut impl Hasher) {
    let mut names: Vec<&String> = fields.keys().collect();
    names.sort_unstable();
    names.len().hash(hasher);
    for name in names {
        name.hash(hasher);
        hash(&fields[name], hasher);
    }
}

fn hash(value: &Value, hasher: &mut impl Hasher) {
    match value {
        Value::Null => 0_u8.hash(hasher),
        Value::Bool(value) => (1_u8, value).hash(hasher),
        Value::Number(number) => (2_u8, number).hash(hasher),
        Value::String(text) => (3_u8, text).hash(hasher),
        Value::Array(items) => {
            (4_u8, items.len()).hash(hasher);
            items.iter().for_each(|item| hash(item, hasher));
        }
        Value::Object(fields) => {
            5_u8.hash(hasher);
            hash_fields(fields, hasher);
        }
    }
}

/// The rules by which values are secret. The answer for a name is kept: all rows have the same names.
#[derive(Debug)]
pub struct Secrets {
    is_name: fn(&str) -> bool,
    is_text: fn(&str) -> bool,
    known: HashMap<String, bool>,
}

impl Secrets {
    /// `is_name` is true for the name of a secret, `is_text` for a text that is secret in any field.
    #[must_use]
    pub fn new(is_name: fn(&str) -> bool, is_text: fn(&str) -> bool) -> Self {
        Self { is_name, is_text, known: HashMap::new() }
    }

    fn is_secret(&mut self, name: &str) -> bool {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let letters: String = name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
        let is_secret = SECRETS.contains(&letters.as_str()) || (self.is_name)(name);
        if self.known.len() < MOST_NAMES {
            self.known.insert(name.to_owned(), is_secret);
        }
        is_secret
    }

    /// Masks the secrets of a row at any depth, also in JSON inside a text. Returns true if one was found.
    pub fn redact(&mut self, row: &mut Row) -> bool {
        let mut found = false;
        for (name, value) in row.iter_mut() {
            let is_empty = match value {
                Value::Null | Value::Bool(_) => true,
                Value::String(text) => text.is_empty(),
                Value::Array(items) => items.is_empty(),
                Value::Object(fields) => fields.is_empty(),
                Value::Number(_) => false,
            };
            if !is_empty && self.is_secret(name) {
                *value = Value::String(MASK.to_owned());
                found = true;
            } else {
                found |= self.redact_inside(value);
            }
        }
        found
    }

    fn redact_inside(&mut self, value: &mut Value) -> bool {
        match value {
            Value::Object(fields) => self.redact(fields),
            Value::Array(items) => items.iter_mut().fold(false, |found, item| self.redact_inside(item) | found),
            Value::String(text) if (self.is_text)(text) => {
                MASK.clone_into(text);
                true
            }
            Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
                let Ok(mut inner) = serde_json::from_str::<Value>(text) else { return false };
                let found = self.redact_inside(&mut inner);
                if found {
                    *text = inner.to_string();
                }
                found
            }
            _ => false,
        }
    }
}

/// The steps of a dotted path. A dot that belongs to a name is written `\.`.
#[must_use]
pub fn steps(path: &str) -> Vec<String> {
    let (mut steps, mut step, mut escaped) = (Vec::new(), String::new(), false);
    for character in path.chars() {
        match character {
            _ if escaped => {
                step.push(character);
                escaped = false;
            }
            '\\' => escaped = true,
            '.' => steps.push(std::mem::take(&mut step)),
            _ => step.push(character),
        }
    }
    steps.push(step);
    steps
}

/// The row with these fields alone, in the order of the fields. A missing field is omitted.
#[must_use]
pub fn selected(row: &Row, fields: &[Vec<String>]) -> Row {
    let mut chosen = Row::new();
    for steps in fields {
        if let Some(value) = at(row, steps) {
            put(&mut chosen, steps, value.clone());
        }
    }
    chosen
}

/// The value at these steps.
#[must_use]
pub fn at<'a>(row: &'a Row, steps: &[String]) -> Option<&'a Value> {
    let (first, rest) = steps.split_first()?;
    let value = row.get(first)?;
    if rest.is_empty() { Some(value) } else { at(value.as_object()?, rest) }
}

fn put(row: &mut Row, steps: &[String], value: Value) {
    let Some((first, rest)) = steps.split_first() else { return };
    if rest.is_empty() {
        row.insert(first.clone(), value);
        return;
    }
    let inner = row.entry(first.clone()).or_insert_with(|| Value::Object(Row::new()));
    if let Value::Object(inner) = inner {
        put(inner, rest, value);
    }
}

/// Calls `cell` for each value of a row with its dotted path. A dictionary inside is one value for each of its own, a list is one
/// value.
pub fn cells<E>(row: &Row, cell: &mut dyn FnMut(&str, &Value) -> Result<(), E>) -> Result<(), E> {
    cells_below(row, &mut String::new(), cell)
}

fn cells_below<E>(row: &Row, path: &mut String, cell: &mut dyn FnMut(&str, &Value) -> Result<(), E>) -> Result<(), E> {
    let length = path.len();
    for (name, value) in row {
        if length > 0 {
            path.push('.');
        }
        for character in name.chars() {
            if matches!(character, '.' | '\\') {
                path.push('\\');
            }
            path.push(character);
        }
        match value {
            Value::Object(inner) => cells_below(inner, path, cell)?,
            value => cell(path, value)?,
        }
        path.truncate(length);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(value: Value) -> Row {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn rows_are_equal_by_their_whole_content() {
        let mut seen = Seen::default();
        let first = json!({"mac": "a", "n": 1, "in": {"x": [1, 2], "y": null}});
        assert!(seen.is_new(&row(first.clone())));
        assert!(!seen.is_new(&row(json!({"in": {"y": null, "x": [1, 2]}, "n": 1, "mac": "a"}))), "another order");
        for other in [
            json!({"mac": "a", "n": 2, "in": {"x": [1, 2], "y": null}}),
            json!({"mac": "a", "n": "1", "in": {"x": [1, 2], "y": null}}),
            json!({"mac": "a", "n": 1, "in": {"x": [2, 1], "y": null}}),
            json!({"mac": "a", "n": 1, "in": {"x": [1, 2]}}),
            json!({"mac": "a", "n": 1, "in": {"x": [1, 2], "y": false}}),
            json!({"mac": "a", "n": 1, "in": {"x": [[1], 2], "y": null}}),
            json!({}),
        ] {
            assert!(seen.is_new(&row(other.clone())), "{other}");
            assert!(!seen.is_new(&row(other)));
        }
    }

    #[test]
    fn secrets_are_masked_at_any_depth_and_in_texts() {
        let mut secrets = Secrets::new(|name| name.ends_with("psk"), |text| text.contains("://u:p@"));
        let mut shown = row(json!({
            "magic": "canary", "psk_id": "kept", "n": 1,
            "after": {"wlan": [{"psk": "canary"}, {"last_psk": 12_345_678}]},
            "text": "{\"auth\": {\"psk\": \"canary\"}}", "other": "{not json: psk}", "list": "[1, 2]",
            "req_headers": {"Authorization": "canary", "Set-Cookie": "canary"}, "url": ["https://u:p@x/"],
            "empty": {"magic": "", "psk": null},
        }));
        assert!(secrets.redact(&mut shown));
        assert_eq!(
            Value::Object(shown),
            json!({
                "magic": MASK, "psk_id": "kept", "n": 1,
                "after": {"wlan": [{"psk": MASK}, {"last_psk": MASK}]},
                "text": "{\"auth\":{\"psk\":\"********\"}}", "other": "{not json: psk}", "list": "[1, 2]",
                "req_headers": {"Authorization": MASK, "Set-Cookie": MASK}, "url": [MASK],
                "empty": {"magic": "", "psk": null},
            })
        );
        assert!(!secrets.redact(&mut row(json!({"a": 1, "text": "[1]"}))));
    }

    #[test]
    fn fields_are_selected_by_dotted_paths() {
        let found = row(json!({"mac": "m", "ip_stat": {"ip": "1.2.3.4", "dns": ["d"]}, "a.b": 1}));
        let fields: Vec<_> = ["ip_stat.ip", r"a\.b", "none", "mac.x", "mac"].iter().map(|path| steps(path)).collect();
        assert_eq!(
            Value::Object(selected(&found, &fields)),
            json!({"ip_stat": {"ip": "1.2.3.4"}, "a.b": 1, "mac": "m"})
        );
        assert_eq!(steps(r"a.b\.c\\.d"), ["a", "b.c\\", "d"]);
    }

    #[test]
    fn a_row_has_a_cell_for_each_value() {
        let mut found = Vec::new();
        let cells =
            cells(&row(json!({"b": 1, "a": {"x": {"y": "z"}, "e": {}, "l": [1]}, "c.d": null})), &mut |path, value| {
                found.push(format!("{path}={value}"));
                Ok::<(), ()>(())
            });
        assert_eq!(
            (cells, found),
            (Ok(()), vec!["b=1".into(), "a.x.y=\"z\"".into(), "a.l=[1]".into(), r"c\.d=null".into()])
        );
    }
}
