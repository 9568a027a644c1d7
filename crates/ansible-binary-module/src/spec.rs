//! The options that a module accepts, as plain data in the shape of Ansible's `argument_spec`.
//!
//! Source of the shape and of all names: ansible-core `module_utils/common/arg_spec.py` and
//! `module_utils/common/parameters.py`.

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The options of a module, or the sub-options of one option, in the order of their declaration: Ansible's messages follow it.
pub type ArgumentSpec = IndexMap<String, Argument>;

/// The type of an option, by Ansible's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // The names are Ansible's own.
#[non_exhaustive]
pub enum ArgumentType {
    #[default]
    Str,
    Int,
    Float,
    Bool,
    List,
    Dict,
    Path,
    Raw,
    Jsonarg,
    Json,
    Bytes,
    Bits,
}

impl ArgumentType {
    /// Ansible's name of the type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Str => "str",
            Self::Int => "int",
            Self::Float => "float",
            Self::Bool => "bool",
            Self::List => "list",
            Self::Dict => "dict",
            Self::Path => "path",
            Self::Raw => "raw",
            Self::Jsonarg => "jsonarg",
            Self::Json => "json",
            Self::Bytes => "bytes",
            Self::Bits => "bits",
        }
    }
}

/// The specification of one option: one value of Ansible's `argument_spec`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Argument {
    /// The type that a value is converted to. Default: `str`.
    #[serde(rename = "type")]
    pub argument_type: Option<ArgumentType>,
    /// The type of each element, for lists.
    pub elements: Option<ArgumentType>,
    /// True if the task must set it.
    #[serde(deserialize_with = "null_as_default")]
    pub required: bool,
    /// The value of an option that is not set.
    pub default: Option<Value>,
    /// The allowed values; empty for any.
    #[serde(deserialize_with = "null_as_default")]
    pub choices: Vec<Value>,
    /// Other names of the option.
    #[serde(deserialize_with = "null_as_default")]
    pub aliases: Vec<String>,
    /// The source of an option that is not set: `["env_fallback", ["NAME", …]]` in Ansible's shape, with its callable as a
    /// name.
    pub fallback: Option<Fallback>,
    /// True if the value is a secret. `None`: it is not, and a name that looks like a secret causes a warning.
    pub no_log: Option<bool>,
    /// The sub-options, for `dict` and for `list` of `dict`.
    pub options: Option<ArgumentSpec>,
    /// True if the defaults of the sub-options apply even where the option is not set.
    #[serde(deserialize_with = "null_as_default")]
    pub apply_defaults: bool,
    /// The version that removes the option.
    pub removed_in_version: Option<Value>,
    /// The date after which the option is removed.
    pub removed_at_date: Option<Value>,
    /// The collection of `removed_in_version` and `removed_at_date`.
    pub removed_from_collection: Option<String>,
    /// Deprecated aliases.
    #[serde(deserialize_with = "null_as_default")]
    pub deprecated_aliases: Vec<DeprecatedAlias>,
    /// Rules between the sub-options.
    #[serde(flatten)]
    pub rules: Rules,
}

/// An environment fallback: the first of these variables that is set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fallback(pub FallbackKind, pub Vec<String>);

/// The kinds of fallback: Ansible's callables by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FallbackKind {
    /// `ansible.module_utils.basic.env_fallback`
    EnvFallback,
}

/// A deprecated alias.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct DeprecatedAlias {
    /// The alias.
    pub name: String,
    /// The version that removes it.
    pub version: Option<Value>,
    /// The date after which it is removed.
    pub date: Option<Value>,
    /// The collection of version and date.
    pub collection_name: Option<String>,
}

/// The rules between options.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Rules {
    /// At most one of each group can be set.
    #[serde(deserialize_with = "names_as_groups")]
    pub mutually_exclusive: Vec<Vec<String>>,
    /// All of each group must be set, or none.
    #[serde(deserialize_with = "null_as_default")]
    pub required_together: Vec<Vec<String>>,
    /// At least one of each group must be set.
    #[serde(deserialize_with = "names_as_groups")]
    pub required_one_of: Vec<Vec<String>>,
    /// If an option has a value, others must be set.
    #[serde(deserialize_with = "null_as_default")]
    pub required_if: Vec<RequiredIf>,
    /// If an option is set, others must be set.
    #[serde(deserialize_with = "null_as_default")]
    pub required_by: IndexMap<String, OneOrMany>,
}

/// `[option, value, [needed…]]` or `[option, value, [needed…], any_of]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "RequiredIfShape", into = "RequiredIfShape")]
#[non_exhaustive]
pub struct RequiredIf {
    /// The option of the condition.
    pub option: String,
    /// The value of the condition.
    pub value: Value,
    /// The options that must be set then.
    pub needed: Vec<String>,
    /// True if one of `needed` is enough.
    pub any_of: bool,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum RequiredIfShape {
    All(String, Value, Vec<String>),
    Any(String, Value, Vec<String>, bool),
}

impl From<RequiredIfShape> for RequiredIf {
    fn from(shape: RequiredIfShape) -> Self {
        match shape {
            RequiredIfShape::All(option, value, needed) => Self { option, value, needed, any_of: false },
            RequiredIfShape::Any(option, value, needed, any_of) => Self { option, value, needed, any_of },
        }
    }
}

impl From<RequiredIf> for RequiredIfShape {
    fn from(rule: RequiredIf) -> Self {
        Self::Any(rule.option, rule.value, rule.needed, rule.any_of)
    }
}

/// A name or several. Ansible takes both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One name.
    One(String),
    /// Several names.
    Many(Vec<String>),
}

/// Ansible takes `None` for "not set" everywhere.
fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Ansible takes a name for a group of one.
fn names_as_groups<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<String>>, D::Error> {
    let groups: Vec<OneOrMany> = null_as_default(deserializer)?;
    Ok(groups
        .into_iter()
        .map(|group| match group {
            OneOrMany::One(name) => vec![name],
            OneOrMany::Many(names) => names,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_specification_is_read_from_ansibles_own_shape() {
        let spec: ArgumentSpec = serde_json::from_value(json!({
            "plain": {},
            "token": {"type": "str", "no_log": true, "fallback": ["env_fallback", ["TOKEN", "KEY"]]},
            "list": {"type": "list", "elements": "dict", "aliases": ["l"], "required_if": [["a", 1, ["b"]]],
                     "mutually_exclusive": [["a", "b"], "c"], "options": {"a": {"type": "int", "default": 0}, "b": {}, "c": {}}},
            "none": {"type": null, "required": null, "aliases": null, "choices": null, "default": null, "options": null,
                     "required_by": null, "mutually_exclusive": null, "deprecated_aliases": null, "author": "unknown key"},
            "old": {"removed_in_version": 2.1, "deprecated_aliases": [{"name": "older", "version": "2.0", "collection_name": "a.b"}]},
        }))
        .unwrap();
        assert_eq!(spec["plain"], Argument::default());
        assert_eq!(spec["none"], Argument::default());
        assert_eq!(spec["token"].no_log, Some(true));
        let variables = vec!["TOKEN".to_owned(), "KEY".to_owned()];
        assert_eq!(spec["token"].fallback, Some(Fallback(FallbackKind::EnvFallback, variables)));
        assert_eq!(spec["list"].elements, Some(ArgumentType::Dict));
        assert_eq!(spec["list"].rules.mutually_exclusive, [vec!["a", "b"], vec!["c"]]);
        assert!(!spec["list"].rules.required_if[0].any_of);
        assert_eq!(spec["list"].options.as_ref().unwrap()["a"].default, Some(json!(0)));
        assert_eq!(spec["old"].deprecated_aliases[0].name, "older");
    }

    #[test]
    fn a_specification_that_no_module_could_have_is_refused() {
        for argument in [
            json!({"type": "text"}),
            json!({"choices": "abc"}),
            json!({"aliases": "abc"}),
            json!({"fallback": ["no_such_fallback", []]}),
            json!([]),
        ] {
            assert!(serde_json::from_value::<Argument>(argument).is_err());
        }
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let spec: ArgumentSpec = serde_json::from_value(json!({
            "a": {"type": "list", "elements": "dict", "options": {"b": {"choices": [1, 2]}},
                  "required_if": [["b", 1, ["c"], true]], "required_by": {"b": "c", "d": ["e"]}},
        }))
        .unwrap();
        let written = serde_json::to_value(&spec).unwrap();
        assert_eq!(serde_json::from_value::<ArgumentSpec>(written).unwrap(), spec);
    }
}
