//! What is wanted of a token.

use crate::key_file::KeyFile;
use crate::privilege::Privilege;
use crate::rotation::Rotation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The token that shall be there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// The id by which it is found, if not by its name.
    pub id: Option<String>,
    /// What it may do; as it is if none.
    pub privileges: Option<Vec<Privilege>>,
    /// From where it may be used; as it is if none.
    pub src_ips: Option<Vec<String>>,
    /// Whether a new one may take its place.
    pub recreate: Recreate,
    /// When it is replaced for its age.
    pub rotation: Option<Rotation>,
    /// Where its key goes.
    pub key_file: Option<KeyFile>,
    /// What becomes of a new key that goes into no file.
    pub unfiled: Unfiled,
}

/// When a new token may take an old one's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recreate {
    /// Fail, and say what is in the way.
    #[default]
    Never,
    /// Make the new token, prove that it works, deliver its key, and only then delete the old one.
    StateChange,
    /// The same, every time the task runs.
    Always,
}

/// What becomes of a new key that goes into no file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unfiled {
    /// The result carries it. A run that fails deletes the new token again where it can, since the result of a failed
    /// task is printed.
    #[default]
    Returned,
    /// The result carries it, also that of a run that fails: this was asked for.
    ReturnedAlways,
    /// Nobody sees it.
    Dropped,
    /// No token is made whose key goes into no file.
    Refused,
}

impl Target {
    /// Whether only the result of the run carries the key of a new token.
    #[must_use]
    pub fn is_key_in_result_alone(&self) -> bool {
        self.key_file.is_none() && matches!(self.unfiled, Unfiled::Returned | Unfiled::ReturnedAlways)
    }
}
