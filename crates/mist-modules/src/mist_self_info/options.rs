//! What a task can ask for. Documentation, help, validation and schema all come from here.

use crate::ConnectionOptions;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of `mist_self_info`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    /// Whether the calls of this hour are asked for, too. It takes a second call.
    #[serde(default = "yes")]
    pub usage: bool,
    /// How the cloud is reached.
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

fn yes() -> bool {
    true
}
