//! Rules between options, to be put on the options' type:
//!
//! ```
//! use ansible_binary_module::rules;
//! # use schemars::JsonSchema;
//! # use serde::Deserialize;
//! #[derive(Deserialize, JsonSchema)]
//! #[schemars(transform = rules::required_if("state", "present", vec!["name"]))]
//! #[schemars(transform = rules::mutually_exclusive(vec!["name", "id"]))]
//! struct Options {
//!     /// What is wanted.
//!     state: String,
//!     /// Its name.
//!     name: Option<String>,
//!     /// Its id.
//!     id: Option<String>,
//! }
//! ```
//!
//! They survive `#[serde(flatten)]`: the rules of a struct of shared options add to those of the struct that takes
//! it in. (That is why they are transforms: of two plain extensions with one key, flattening keeps the first.)

use schemars::Schema;
use schemars::transform::Transform;
use serde_json::{Value, json};

/// At most one of these may be given.
pub fn mutually_exclusive(options: Vec<&str>) -> impl Transform + use<> {
    Rule::new("x-ansible-mutually-exclusive", json!([options]))
}

/// All of these, or none.
pub fn required_together(options: Vec<&str>) -> impl Transform + use<> {
    Rule::new("x-ansible-required-together", json!([options]))
}

/// At least one of these.
pub fn required_one_of(options: Vec<&str>) -> impl Transform + use<> {
    Rule::new("x-ansible-required-one-of", json!([options]))
}

/// When `option` is `value`, all of `needed` are.
pub fn required_if<V: Into<Value>>(option: &str, value: V, needed: Vec<&str>) -> impl Transform + use<V> {
    Rule::new("x-ansible-required-if", json!([[option, value.into(), needed, false]]))
}

/// When `option` is `value`, one of `needed` is enough, but needed.
pub fn required_if_any_of<V: Into<Value>>(option: &str, value: V, needed: Vec<&str>) -> impl Transform + use<V> {
    Rule::new("x-ansible-required-if", json!([[option, value.into(), needed, true]]))
}

/// When `option` is given, all of `needed` are needed.
pub fn required_by(option: &str, needed: Vec<&str>) -> impl Transform + use<> {
    Rule::new("x-ansible-required-by", json!({ option: needed }))
}

/// Puts one rule into `allOf`, the one array of free content that schemars joins when it flattens.
struct Rule {
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
