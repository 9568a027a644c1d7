//! Options of the modules that write objects.

use crate::common::options::OptionError;
use mist_objects::compare::Rules;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options to identify, compare and write declared objects. The options of a module flatten these.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct ComparisonOptions {
    /// Fields that identify an object. Each must be declared. Required if O(path) is set. Default: the fields of the type, which are C(name), C(ssid) (with C(template_id), if declared) or C(mac).
    #[serde(rename = "match")]
    #[schemars(extend("x-ansible-elements" = "str"))]
    pub match_fields: Option<Vec<String>>,
    /// Dotted paths of declared dictionaries that may have only declared keys. Other keys are removed.
    #[schemars(extend("x-ansible-elements" = "str"))]
    #[schemars(extend("examples" = [["vars"]]))]
    pub exact: Option<Vec<String>>,
    /// When to write a declared secret that the cloud does not show, so that it cannot be compared.
    #[serde(default)]
    pub update_secrets: UpdateSecrets,
}

/// When a secret is written that cannot be compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateSecrets {
    /// When the object is created. Later, only together with its top-level field (C(auth) for C(auth.psk)), if that field is new or differs elsewhere. A secret at the top level (C(secret) of a webhook) is not written again. A warning names the secrets that were neither shown nor written.
    #[default]
    OnCreate,
    /// In every run. Each run is a change.
    Always,
}

impl ComparisonOptions {
    /// The identifying fields that the task sets.
    #[must_use]
    pub fn match_fields(&self) -> Vec<String> {
        self.match_fields.clone().unwrap_or_default()
    }

    #[must_use]
    pub fn exact(&self) -> Vec<String> {
        self.exact.clone().unwrap_or_default()
    }

    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            exact: self.exact().into_iter().collect(),
            rewrite_secrets: self.update_secrets == UpdateSecrets::Always,
            ..Rules::default()
        }
    }
}

/// The error if `path` is set without `match`.
#[must_use]
pub fn match_required() -> OptionError {
    OptionError::new("match", "required if path is set. List the fields that identify an object.")
}

/// The error if no option has a declaration.
#[must_use]
pub fn declaration_required(option: &str) -> OptionError {
    OptionError::new("", format!("{option} or src is required."))
}
