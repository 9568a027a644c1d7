//! Objects from a file: JSON, YAML or CSV, taken byte for byte. What of it is I/O stands in `read`.

mod boolean;
mod csv;
mod read;
mod yaml;

pub use read::{LARGEST, read};

use self::boolean::boolean;
use crate::plan::Fields;
use crate::table::{Field, Schema};
use serde_json::Value;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    Json,
    /// YAML 1.2, without anchors and aliases.
    Yaml,
    /// A table: a column a field.
    Csv,
}

impl Format {
    /// By the end of the file's name; what it does not tell, the first character does.
    #[must_use]
    pub fn of(name: &str, text: &str) -> Self {
        let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
        match end.as_str() {
            "json" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            "csv" => Self::Csv,
            _ if text.trim_start().starts_with(['{', '[']) => Self::Json,
            _ => Self::Yaml,
        }
    }
}

/// The one object of a file.
///
/// # Errors
/// A sentence about the file's content, which it does not quote.
pub fn one(name: &str, text: &str, schema: Schema) -> Result<Fields, String> {
    match Format::of(name, text) {
        Format::Csv => Err("a CSV file has many objects, and one is due; give JSON or YAML".to_owned()),
        format => match parsed(format, text, schema)? {
            Value::Object(fields) => Ok(fields),
            Value::Array(_) => Err("it holds a list, and one object is due".to_owned()),
            _ => Err("it holds no dictionary".to_owned()),
        },
    }
}

/// All objects of a file.
///
/// # Errors
/// As [`one`].
pub fn many(name: &str, text: &str, schema: Schema) -> Result<Vec<Fields>, String> {
    match Format::of(name, text) {
        Format::Csv => csv::objects(text, schema),
        format => match parsed(format, text, schema)? {
            Value::Array(items) => items
                .into_iter()
                .enumerate()
                .map(|(number, item)| match item {
                    Value::Object(fields) => Ok(fields),
                    _ => Err(format!("item {} of the list is no dictionary", number + 1)),
                })
                .collect(),
            Value::Null => Ok(Vec::new()),
            _ => Err("it holds one value, and a list of dictionaries is due".to_owned()),
        },
    }
}

fn parsed(format: Format, text: &str, schema: Schema) -> Result<Value, String> {
    if format == Format::Yaml {
        let mut value = yaml::parse(text)?;
        match &mut value {
            Value::Array(items) => items.iter_mut().for_each(|item| with_booleans(schema, item)),
            one => with_booleans(schema, one),
        }
        return Ok(value);
    }
    serde_json::from_str(text).map_err(|error| {
        let what = if error.is_eof() { "it is JSON cut short" } else { "it is not JSON" };
        format!("{what} (line {}, column {})", error.line(), error.column())
    })
}

/// `yes` and `no`, which Ansible takes for booleans and YAML 1.2 for text: what the document has as a boolean is one. What
/// it has as text, such as the country code `NO`, is text.
fn with_booleans(schema: Schema, value: &mut Value) {
    let Value::Object(fields) = value else { return };
    for (name, value) in fields.iter_mut() {
        boolean_inside(schema.field(name), value);
    }
}

fn boolean_inside(field: Field, value: &mut Value) {
    match value {
        Value::String(text) if field.boolean => {
            if let Some(boolean) = boolean(text) {
                *value = Value::Bool(boolean);
            }
        }
        Value::Object(_) => with_booleans(field.schema, value),
        Value::Array(items) => items.iter_mut().for_each(|item| boolean_inside(field.item(), item)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Level, kind};
    use serde_json::json;

    #[test]
    fn a_file_holds_one_object_or_many_and_the_wrong_one_is_told() {
        let schema = Schema::default();
        assert_eq!(one("x.json", r#"{"a": "{{b}} \\ {% raw %}"}"#, schema).unwrap()["a"], "{{b}} \\ {% raw %}");
        assert_eq!(one("x", "a: '{{b}} \\ {% raw %}'", schema).unwrap()["a"], "{{b}} \\ {% raw %}");
        assert_eq!(many("x.yml", "- a: 1\n- a: 2\n", schema).unwrap().len(), 2);
        assert_eq!(many("x.yml", "# nothing\n", schema).unwrap().len(), 0);
        for (error, words) in [
            (one("x.json", "[{}]", schema).unwrap_err(), "it holds a list"),
            (one("x.csv", "a\n1\n", schema).unwrap_err(), "a CSV file has many"),
            (one("x.yml", "text", schema).unwrap_err(), "it holds no dictionary"),
            (one("x.json", r#"{"a": "geheim"#, schema).unwrap_err(), "it is JSON cut short (line 1"),
            (many("x.json", r#"{"a": 1}"#, schema).unwrap_err(), "it holds one value"),
            (many("x.json", "[1]", schema).unwrap_err(), "item 1 of the list"),
            (one("x.json", &"[".repeat(1_000_000), schema).unwrap_err(), "it is not JSON"),
        ] {
            assert!(error.starts_with(words), "{error}");
        }
    }

    #[test]
    fn yes_is_a_boolean_where_the_document_has_one_and_no_is_norway() {
        let wlans = kind(Level::Org, "wlans").unwrap().schema;
        let read = one("x.yml", "ssid: no\nenabled: yes\nauth: {enable_mac_auth: off}\n", wlans).unwrap();
        assert_eq!(json!(read), json!({"ssid": "no", "enabled": true, "auth": {"enable_mac_auth": false}}));
        let sites = kind(Level::Org, "sites").unwrap().schema;
        assert_eq!(one("x.yml", "country_code: NO", sites).unwrap()["country_code"], "NO");
    }
}
