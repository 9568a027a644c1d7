//! What a module accepts, as plain data: the same shape as Ansible's `argument_spec`.
//!
//! Source of the shape and of every name: ansible-core `module_utils/common/arg_spec.py` and
//! `module_utils/common/parameters.py`.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The options of a module, or the sub-options of one option, in the order they are declared.
/// The order is kept because Ansible's messages follow it.
pub type ArgumentSpec = IndexMap<String, Argument>;

/// The type of an option's value, by Ansible's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // The names are Ansible's own and say it all.
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

/// What is accepted for one option: one value of Ansible's `argument_spec`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Argument {
    /// The type that a value is converted to; `str` where none is given.
    #[serde(rename = "type")]
    pub argument_type: Option<ArgumentType>,
    /// The type of each element, for lists.
    pub elements: Option<ArgumentType>,
    /// Whether the task must give it.
    pub required: bool,
    /// What holds when nothing is given.
    pub default: Option<Value>,
    /// The values allowed, empty for any.
    pub choices: Vec<Value>,
    /// Other names of the option.
    pub aliases: Vec<String>,
    /// Where a value may come from when the task gives none: `["env_fallback", ["NAME", …]]`
    /// in Ansible's shape, with its callable named.
    pub fallback: Option<Fallback>,
    /// Whether the value is a secret. Not set: no, but a name that looks like a secret's is warned about.
    pub no_log: Option<bool>,
    /// The options inside, for `dict` and for `list` of `dict`.
    pub options: Option<ArgumentSpec>,
    /// For an option with sub-options: fill in the defaults of the sub-options even if the option is not given.
    pub apply_defaults: bool,
    /// The version in which the option goes away.
    pub removed_in_version: Option<Value>,
    /// The date on which the option goes away.
    pub removed_at_date: Option<Value>,
    /// The collection that `removed_in_version` and `removed_at_date` speak of.
    pub removed_from_collection: Option<String>,
    /// Aliases that are on their way out.
    pub deprecated_aliases: Vec<DeprecatedAlias>,
    /// Dependency rules among the sub-options.
    #[serde(flatten)]
    pub rules: Rules,
}

/// An environment fallback: the first of these variables that is set gives the value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fallback(pub FallbackKind, pub Vec<String>);

/// The kinds of fallback; Ansible's callables by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FallbackKind {
    /// `ansible.module_utils.basic.env_fallback`
    EnvFallback,
}

/// An alias that is on its way out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeprecatedAlias {
    /// The alias.
    pub name: String,
    /// The version in which it goes away.
    pub version: Option<Value>,
    /// The date on which it goes away.
    pub date: Option<Value>,
    /// The collection that the version or date speaks of.
    pub collection_name: Option<String>,
}

/// The rules between options.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// At most one of each list may be given.
    pub mutually_exclusive: Vec<Vec<String>>,
    /// All of each list, or none.
    pub required_together: Vec<Vec<String>>,
    /// At least one of each list.
    pub required_one_of: Vec<Vec<String>>,
    /// When an option has a value, others are needed.
    pub required_if: Vec<RequiredIf>,
    /// When an option is given, others are needed.
    pub required_by: IndexMap<String, OneOrMany>,
}

/// `[option, value, [needed…]]` or `[option, value, [needed…], any_of]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "RequiredIfShape", into = "RequiredIfShape")]
pub struct RequiredIf {
    /// The option whose value decides.
    pub option: String,
    /// The deciding value.
    pub value: Value,
    /// What is needed then.
    pub needed: Vec<String>,
    /// Whether one of `needed` is enough.
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
            RequiredIfShape::All(option, value, needed) => Self {
                option,
                value,
                needed,
                any_of: false,
            },
            RequiredIfShape::Any(option, value, needed, any_of) => Self {
                option,
                value,
                needed,
                any_of,
            },
        }
    }
}

impl From<RequiredIf> for RequiredIfShape {
    fn from(rule: RequiredIf) -> Self {
        Self::Any(rule.option, rule.value, rule.needed, rule.any_of)
    }
}

/// A name, or several: Ansible takes both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One name.
    One(String),
    /// Several names.
    Many(Vec<String>),
}
