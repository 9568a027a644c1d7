//! One value of a schema, in Ansible's terms.
//!
//! schemars expresses the same property in several ways (`type: [T, null]`, `anyOf: [T, null]`, `enum`, `oneOf` of constants).
//! Here each property has one.

use super::extensions::Extensions;
use super::secret_placement;
use crate::spec::ArgumentType;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A value of a schema: an option, an element of a list, a field of a result.
// Some fields are only for the checks of the feature `testing`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(not(feature = "testing"), allow(dead_code))]
pub(crate) struct Node {
    /// Paragraphs, one line each.
    pub(crate) description: Vec<String>,
    pub(crate) argument_type: ArgumentType,
    /// True if it can be absent although the schema requires it.
    pub(crate) nullable: bool,
    pub(crate) choices: Vec<Choice>,
    pub(crate) default: Option<Value>,
    /// True if the schema has a default, even null.
    pub(crate) has_default: bool,
    pub(crate) example: Option<Value>,
    pub(crate) elements: Option<Box<Node>>,
    /// The fields of an object with known fields.
    pub(crate) fields: Vec<Field>,
    pub(crate) extensions: Extensions,
    pub(crate) limits: Limits,
    /// Limits in the schema that are not enforced.
    pub(crate) stated: Vec<&'static str>,
    /// True if it is one of several types.
    pub(crate) alternatives: bool,
    /// True if it is a dictionary of unnamed fields whose values have a type.
    pub(crate) typed_map: bool,
    /// True if it is a struct that collects unknown fields.
    pub(crate) takes_the_rest: bool,
    /// The values of a dictionary of unnamed fields.
    pub(crate) values: Option<Box<Node>>,
    /// A kind of value that Ansible has no type for.
    pub(crate) untranslatable: Option<&'static str>,
    /// True if it is marked `#[deprecated]`.
    pub(crate) deprecated: bool,
    /// The format of a text (`email`).
    pub(crate) format: String,
}

/// An allowed value of an option.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choice {
    pub(crate) value: Value,
    pub(crate) description: Option<String>,
}

/// A field of an object.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) node: Node,
}

/// Limits of a number, a text or a list.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Limits {
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
    /// The range of an integer's width, where schemars names only the width.
    pub(crate) integer: Option<(i128, i128)>,
    pub(crate) min_length: Option<u64>,
    pub(crate) max_length: Option<u64>,
    pub(crate) min_items: Option<u64>,
    pub(crate) max_items: Option<u64>,
}

impl Node {
    /// Reads a schema without references.
    ///
    /// # Errors
    ///
    /// A property that Ansible cannot express, with the name of the field (`a.b`).
    pub(crate) fn read(schema: &Value, name: &str) -> Result<Self, String> {
        Self::read_within(schema, name, false)
    }

    /// `masked`: the value is part of an option that is secret as a whole.
    fn read_within(schema: &Value, name: &str, masked: bool) -> Result<Self, String> {
        let schema = without_null_alternative(schema);
        let extensions = Extensions::read(&schema).map_err(|error| format!("{name}: {error}"))?;
        if schema.contains_key("$ref") && extensions.argument_type.is_none() {
            return Err(format!("{name}: a type that contains itself needs x-ansible-type"));
        }
        let masked = masked || extensions.no_log == Some(true);
        let items = match schema.get("items") {
            Some(_) if extensions.argument_type.is_some_and(|said| said != ArgumentType::List) => None,
            Some(items) if items.get("$ref").is_some() && extensions.elements.is_some() => Some(Self::default()),
            Some(items) => Some(Self::read_within(items, name, masked)?),
            None => None,
        };
        let choices = choices(&schema);
        let no_log = items.as_ref().and_then(|items| items.extensions.no_log);
        let mut node = Self {
            description: paragraphs(text(&schema, "description")),
            argument_type: extensions.argument_type.unwrap_or_else(|| argument_type(&schema, &choices)),
            nullable: allows_null(&schema),
            default: schema.get("default").filter(|value| !value.is_null()).cloned(),
            has_default: schema.contains_key("default"),
            example: schema.get("examples").and_then(|examples| examples.get(0)).cloned(),
            fields: match extensions.argument_type {
                Some(said) if said != ArgumentType::Dict => Vec::new(),
                _ => fields(&schema, name, masked)?,
            },
            limits: limits(&schema),
            stated: unchecked_limits(&schema),
            alternatives: choices.is_empty() && ["oneOf", "anyOf"].iter().any(|keyword| schema.contains_key(*keyword)),
            typed_map: typed_map(&schema),
            takes_the_rest: schema.contains_key("properties")
                && schema.get("additionalProperties").is_some_and(|rest| *rest != Value::Bool(false)),
            values: match schema.get("additionalProperties") {
                Some(values @ Value::Object(_)) if values.get("$ref").is_none() => {
                    Self::read_within(values, name, true).ok().map(Box::new)
                }
                _ => None,
            },
            untranslatable: untranslatable(&schema),
            deprecated: schema.get("deprecated") == Some(&Value::Bool(true)),
            format: text(&schema, "format").to_owned(),
            elements: items.map(Box::new),
            choices,
            extensions,
        };
        // A list of secrets is a secret.
        node.extensions.no_log = node.extensions.no_log.or(no_log);
        if let (Some(elements), Some(items)) = (node.extensions.elements, &mut node.elements) {
            items.argument_type = elements;
        }
        match secret_placement::fault(&schema, &node) {
            Some(problem) if !masked => {
                Err(format!("{}: {problem}", if name.is_empty() { "the options" } else { name }))
            }
            _ => Ok(node),
        }
    }
}

/// A kind of value that no option of Ansible's has.
fn untranslatable(schema: &Map<String, Value>) -> Option<&'static str> {
    match text(schema, "format") {
        "int128" | "uint128" => return Some("an integer of 128 bits"),
        _ => {}
    }
    if schema.contains_key("prefixItems") {
        return Some("a tuple");
    }
    (types(schema) == ["null"]).then_some("()")
}

/// Limits that a schema can contain and that are not enforced.
const UNCHECKED: [&str; 8] = [
    "pattern",
    "multipleOf",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "contains",
    "minProperties",
    "maxProperties",
    "not",
];

fn unchecked_limits(schema: &Map<String, Value>) -> Vec<&'static str> {
    UNCHECKED.into_iter().filter(|keyword| schema.contains_key(*keyword)).collect()
}

fn typed_map(schema: &Map<String, Value>) -> bool {
    let Some(Value::Object(values)) = schema.get("additionalProperties") else { return false };
    // Values of these types are converted.
    !values.is_empty() && !matches!(types(values)[..], ["string" | "integer" | "number" | "boolean"])
}

/// `anyOf: [T, null]` is T. The keys next to `anyOf` replace those of T, as the doc comment of a field replaces that of its
/// type.
fn without_null_alternative(schema: &Value) -> Cow<'_, Map<String, Value>> {
    let Some(schema) = schema.as_object() else {
        return Cow::default();
    };
    let Some(Value::Array(alternatives)) = schema.get("anyOf") else {
        return Cow::Borrowed(schema);
    };
    let (nulls, others): (Vec<&Value>, Vec<&Value>) =
        alternatives.iter().partition(|alternative| alternative.get("type") == Some(&Value::from("null")));
    let ([_], [Value::Object(other)]) = (nulls.as_slice(), others.as_slice()) else {
        return Cow::Borrowed(schema);
    };
    let mut merged = other.clone();
    let neighbors = schema.iter().filter(|(key, _)| key.as_str() != "anyOf");
    merged.extend(neighbors.map(|(key, value)| (key.clone(), value.clone())));
    merged.insert("nullable".to_owned(), Value::Bool(true));
    Cow::Owned(merged)
}

fn types(schema: &Map<String, Value>) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn allows_null(schema: &Map<String, Value>) -> bool {
    schema.contains_key("nullable") || types(schema).contains(&"null")
}

fn argument_type(schema: &Map<String, Value>, choices: &[Choice]) -> ArgumentType {
    let types: Vec<&str> = types(schema).into_iter().filter(|name| *name != "null").collect();
    match types.as_slice() {
        ["string"] => ArgumentType::Str,
        ["integer"] => ArgumentType::Int,
        ["number"] => ArgumentType::Float,
        ["boolean"] => ArgumentType::Bool,
        ["array"] => ArgumentType::List,
        ["object"] => ArgumentType::Dict,
        [] if !choices.is_empty() && choices.iter().all(|choice| choice.value.is_string()) => ArgumentType::Str,
        _ => ArgumentType::Raw,
    }
}

/// The values of an enum of unit variants. Documented variants are constants, the others share one `enum`.
fn choices(schema: &Map<String, Value>) -> Vec<Choice> {
    let of_one = |schema: &Map<String, Value>| -> Option<Vec<Choice>> {
        let values = match (schema.get("enum"), schema.get("const")) {
            (Some(Value::Array(values)), _) => values.clone(),
            (_, Some(value)) => vec![value.clone()],
            _ => return None,
        };
        let description = paragraphs(text(schema, "description")).join(" ");
        Some(
            values
                .into_iter()
                .filter(|value| !value.is_null())
                .map(|value| Choice { value, description: Some(description.clone()).filter(|text| !text.is_empty()) })
                .collect(),
        )
    };
    if let Some(Value::Array(alternatives)) = schema.get("oneOf") {
        let all: Option<Vec<Vec<Choice>>> =
            alternatives.iter().map(|alternative| alternative.as_object().and_then(of_one)).collect();
        return all.unwrap_or_default().into_iter().flatten().collect();
    }
    let mut choices = of_one(schema).unwrap_or_default();
    for choice in &mut choices {
        // This description belongs to the option.
        choice.description = None;
    }
    choices
}

fn fields(schema: &Map<String, Value>, name: &str, masked: bool) -> Result<Vec<Field>, String> {
    let Some(Value::Object(properties)) = schema.get("properties") else {
        return Ok(Vec::new());
    };
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    properties
        .iter()
        .map(|(field, schema)| {
            let path = match name {
                "" => field.clone(),
                _ => format!("{name}.{field}"),
            };
            Ok(Field {
                name: field.clone(),
                required: required.contains(&field.as_str()),
                node: Node::read_within(schema, &path, masked)?,
            })
        })
        .collect()
}

fn limits(schema: &Map<String, Value>) -> Limits {
    let number = |key: &str| schema.get(key).and_then(Value::as_f64);
    let count = |key: &str| schema.get(key).and_then(Value::as_u64);
    Limits {
        minimum: number("minimum"),
        maximum: number("maximum"),
        integer: range_of_format(text(schema, "format")),
        min_length: count("minLength"),
        max_length: count("maxLength"),
        min_items: count("minItems"),
        max_items: count("maxItems"),
    }
}

/// schemars names the width of an integer, and gives limits only for narrow ones.
fn range_of_format(format: &str) -> Option<(i128, i128)> {
    Some(match format {
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        "int64" | "int" => (i64::MIN.into(), i64::MAX.into()),
        "uint64" | "uint" => (0, u64::MAX.into()),
        _ => return None,
    })
}

fn text<'a>(schema: &'a Map<String, Value>, key: &str) -> &'a str {
    schema.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The paragraphs of a doc comment: consecutive lines form one paragraph.
pub(crate) fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in text.lines().map(str::trim) {
        match paragraphs.last_mut() {
            Some(last) if !line.is_empty() => {
                if !last.is_empty() {
                    last.push(' ');
                }
                last.push_str(line);
            }
            _ => paragraphs.push(String::new()),
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}
