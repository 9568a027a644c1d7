//! Dictionaries written `k1=v1, k2="v 2"`.

use crate::validation::python;
use serde_json::{Map, Value};

/// Splits at commas and spaces outside quotes, and each field at its first `=`. `None` where a field has none.
///
/// As in `check_type_dict`: quotes vanish wherever they stand, a backslash takes the next character as it is,
/// within quotes too, and a quote that is never closed ends with the text.
pub fn split(text: &str) -> Option<Map<String, Value>> {
    let mut entries = Map::new();
    let mut field = String::new();
    let mut quote = None;
    let mut characters = python::strip(text).chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => field.extend(characters.next()),
            '\'' | '"' if quote.is_none() => quote = Some(character),
            _ if quote == Some(character) => quote = None,
            ',' | ' ' if quote.is_none() => insert(&mut entries, std::mem::take(&mut field))?,
            _ => field.push(character),
        }
    }
    insert(&mut entries, field)?;
    Some(entries)
}

fn insert(entries: &mut Map<String, Value>, field: String) -> Option<()> {
    if !field.is_empty() {
        let (key, value) = field.split_once('=')?;
        entries.insert(key.to_owned(), value.into());
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_split_outside_quotes_only() {
        for (text, expected) in [
            ("a=1", json!({"a": "1"})),
            (" a=1,b=2  c=3, ", json!({"a": "1", "b": "2", "c": "3"})),
            ("a='x, y'z b=\"it's\"", json!({"a": "x, yz", "b": "it's"})),
            ("a=x\\ y\\,z", json!({"a": "x y,z"})),
            ("a='\\''", json!({"a": "'"})),
            ("a='open b=2", json!({"a": "open b=2"})),
            ("a=b=c", json!({"a": "b=c"})),
            ("=", json!({"": ""})),
            ("a=1\tb=2", json!({"a": "1\tb=2"})),
            ("a=1,a=2", json!({"a": "2"})),
            ("a=1\\", json!({"a": "1"})),
        ] {
            assert_eq!(split(text).map(Value::Object), Some(expected), "{text}");
        }
        assert_eq!(split("a=1 b"), None);
        assert_eq!(split("'a b'"), None);
    }
}
