//! What a task can ask for. Documentation, help, validation and schema all come from here.

use crate::tokens::options::TokenOptions;
use crate::{ConnectionOptions, OwnerOptions};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of `mist_api_tokens`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    /// Whose tokens.
    #[serde(flatten)]
    pub owner: OwnerOptions,
    /// The tokens that shall be there. No two may have the same name, O(tokens[].id) or O(tokens[].key_file).
    pub tokens: Vec<DeclaredToken>,
    /// Whether every other token is deleted, once all that are declared are in place.
    ///
    /// Never deleted: the token that the task authenticates with, and what O(keep) names. With V(true), O(tokens) may not be empty, and whose tokens are meant must be said: O(org_id), O(org) or O(token_type).
    #[serde(default)]
    pub purge: bool,
    /// Names of tokens that O(purge) leaves alone, or patterns of names: V(*) is anything, V(?) one character, V([ab]) one of these.
    #[schemars(extend("x-ansible-elements" = "str"))]
    #[schemars(extend("examples" = [["dashboard", "ci-*"]]))]
    pub keep: Option<Vec<String>>,
    /// Whether the result carries the keys of new tokens. Use C(no_log: true) on the task when it does: the result of a task that fails is printed, and has the keys that were made by then.
    ///
    /// Without V(true), every token that is to be made needs an O(tokens[].key_file), so that no key can get into a failure's output.
    #[serde(default)]
    pub return_keys: bool,
    /// Allow replacing the very token that the task authenticates with. That is done last.
    #[serde(default)]
    pub allow_self: bool,
    /// How the cloud is reached.
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// A token that shall be there.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct DeclaredToken {
    /// The token's name. By it the token is found again, so that the task can run any number of times.
    pub name: String,
    /// The token's id: the token of this id is given the name. When there is none of this id, the name decides.
    pub id: Option<String>,
    /// What the token shall be.
    #[serde(flatten)]
    pub token: TokenOptions,
}
