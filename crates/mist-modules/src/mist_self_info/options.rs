//! What a task can ask for. Documentation, help, validation and schema all come from here.

use crate::ConnectionOptions;
use crate::common::docs::since_0_2;
use crate::common::scope::OrgOptions;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of `mist_self_info`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(transform = since_0_2(vec!["org_id", "org"]))]
pub struct Options {
    /// True if the calls of this hour are asked for, too. It takes a second call.
    #[serde(default = "yes")]
    pub usage: bool,
    /// Taken so that one group of defaults fits all modules; who asks does not depend on it.
    #[serde(flatten)]
    pub org: OrgOptions,
    /// How the cloud is reached.
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

fn yes() -> bool {
    true
}
