//! Rules between options, attached to the options' type:
//!
//! ```
//! use ansible_binary_module::rules;
//! # use schemars::JsonSchema;
//! # use serde::Deserialize;
//! #[derive(Deserialize, JsonSchema)]
//! #[schemars(transform = rules::required_if("state", "present", ["name"]))]
//! #[schemars(transform = rules::mutually_exclusive(["name", "id"]))]
//! struct Options {
//!     /// Desired state.
//!     state: String,
//!     /// Name of the object.
//!     name: Option<String>,
//!     /// Id of the object.
//!     id: Option<String>,
//! }
//! ```
//!
//! They survive `#[serde(flatten)]`: the rules of a flattened struct add to those of the struct around it. (Therefore they
//! are transforms: of two plain extensions with one key, flattening keeps the first.)

use schemars::Schema;
use schemars::transform::Transform;
use serde_json::{Value, json};

/// At most one of these can be set.
pub fn mutually_exclusive<'a>(options: impl IntoIterator<Item = &'a str>) -> Rule {
    Rule::new("x-ansible-mutually-exclusive", json!([names(options)]))
}

/// All of these must be set, or none.
pub fn required_together<'a>(options: impl IntoIterator<Item = &'a str>) -> Rule {
    Rule::new("x-ansible-required-together", json!([names(options)]))
}

/// At least one of these must be set.
pub fn required_one_of<'a>(options: impl IntoIterator<Item = &'a str>) -> Rule {
    Rule::new("x-ansible-required-one-of", json!([names(options)]))
}

/// All of `needed` must be set if `option` is `value`.
pub fn required_if<'a>(option: &str, value: impl Into<Value>, needed: impl IntoIterator<Item = &'a str>) -> Rule {
    Rule::new("x-ansible-required-if", json!([[option, value.into(), names(needed), false]]))
}

/// One of `needed` must be set if `option` is `value`.
pub fn required_if_any_of<'a>(
    option: &str,
    value: impl Into<Value>,
    needed: impl IntoIterator<Item = &'a str>,
) -> Rule {
    Rule::new("x-ansible-required-if", json!([[option, value.into(), names(needed), true]]))
}

/// All of `needed` must be set if `option` is set.
pub fn required_by<'a>(option: &str, needed: impl IntoIterator<Item = &'a str>) -> Rule {
    Rule::new("x-ansible-required-by", json!({ option: names(needed) }))
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    names.into_iter().collect()
}

/// Lists all options of a struct under a heading of their own in `--help`, as for options that several modules share. An option
/// with its own `x-ansible-group` keeps it.
pub fn group(name: &str) -> impl Transform + use<> {
    let name = name.to_owned();
    move |schema: &mut Schema| {
        let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
        for option in properties.values_mut().filter_map(Value::as_object_mut) {
            option.entry("x-ansible-group").or_insert_with(|| name.clone().into());
        }
    }
}

/// A rule, as a transform of a struct's schema. It is added to `allOf`, the only array of free content that schemars joins when it
/// flattens.
#[derive(Clone, Debug)]
pub struct Rule {
    key: &'static str,
    value: Value,
}

impl Rule {
    fn new(key: &'static str, value: Value) -> Self {
        Self { key, value }
    }
}

impl Transform for Rule {
    fn transform(&mut self, schema: &mut Schema) {
        let rule = json!({ self.key: self.value });
        let all_of = schema.ensure_object().entry("allOf").or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(rules) = all_of {
            rules.push(rule);
        }
    }
}
