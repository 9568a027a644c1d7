//! What a task can ask for. Documentation, help, validation and schema all come from here.

use crate::tokens::options::TokenOptions;
use crate::{ConnectionOptions, OwnerOptions};
use ansible_binary_module::{NoLog, rules};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `mist_api_token`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(transform = rules::required_if("state", "present", vec!["name"]))]
#[schemars(transform = rules::required_if_any_of("state", "absent", vec!["name", "id", "key"]))]
pub struct Options {
    /// What shall be.
    #[serde(default)]
    pub state: State,
    /// Whose tokens.
    #[serde(flatten)]
    pub owner: OwnerOptions,
    /// The token's name. Required when O(state=present).
    ///
    /// Mist does not keep names unique; this module does: with several tokens of the name, O(state=present) fails and lists them.
    pub name: Option<String>,
    /// The token's id.
    ///
    /// With O(state=present), the token of this id is given the name O(name). When there is none of this id, the name decides.
    pub id: Option<String>,
    /// What the token shall be.
    #[serde(flatten)]
    pub token: TokenOptions,
    /// The whole key of a token, as it was leaked: with O(state=absent) and O(state=info), the token that it belongs to. What it was pasted with (C(MIST_API_TOKEN=), quotation marks, C(Token)) is taken off.
    ///
    /// It is matched against the masked keys that the cloud lists. When two tokens match, the task fails and names both.
    ///
    /// With an organisation and without O(token_type), both the organisation's tokens and the account's are looked through.
    pub key: Option<NoLog>,
    /// Whether the result carries the key of a new token. Use C(no_log) on the task when it does.
    ///
    /// Without it, V(true), or V(false) when O(key_file) is given. The result of a task that fails carries it only where V(true) is given: without that, a token whose key nobody else has is deleted again, unless the one that it replaces may be gone.
    pub return_key: Option<bool>,
    /// Allow removing the very token that the task authenticates with.
    #[serde(default)]
    pub allow_self: bool,
    /// How the cloud is reached.
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// What shall be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// There is exactly one token of the name, as wanted.
    #[default]
    Present,
    /// There is no token of that name, id or key.
    Absent,
    /// Nothing changes; the tokens are returned.
    Info,
}
