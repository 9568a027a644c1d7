//! What a task can ask for. Documentation, help, validation and schema all come from here.

use crate::tokens::options::Role;
use crate::{ConnectionOptions, OwnerOptions};
use ansible_binary_module::NoLog;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of `mist_api_token_info`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    /// Whose tokens.
    #[serde(flatten)]
    pub owner: OwnerOptions,
    /// Which of them.
    #[serde(flatten)]
    pub filters: FilterOptions,
    /// How the cloud is reached.
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// Which tokens: those that every given filter fits, and all without one.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct FilterOptions {
    /// Only tokens of this name. Mist does not keep names unique, so there may be several.
    pub name: Option<String>,
    /// Only tokens whose name fits this pattern, such as V(ci-*): V(*) is anything, V(?) one character, V([seq]) one of these, V([!seq]) one of no such.
    ///
    /// The whole name must fit, and capital and small letters differ.
    pub name_pattern: Option<String>,
    /// Only the token of this id.
    pub id: Option<String>,
    /// Only the token that this whole key belongs to, as it was leaked. What it was pasted with (C(MIST_API_TOKEN=), quotation marks, C(Token)) is taken off.
    ///
    /// It is matched against the masked keys that the cloud lists. When two tokens match, the task fails and names both.
    ///
    /// With an organisation and without O(token_type), both the organisation's tokens and the account's are looked through. The C(token_type) that is returned tells whose it is.
    pub key: Option<NoLog>,
    /// Only organisation tokens that have this role in any of their privileges.
    ///
    /// A user token has the roles of its account, which the cloud does not list with it: see M(mist_self_info).
    pub role: Option<Role>,
    /// Only tokens that were not used for so long: a number with V(s), V(m), V(h), V(d) or V(w), or of seconds. A token that was never used counts from when it was made.
    pub unused_for: Option<String>,
    /// Only tokens that were made longer ago than this: a number with V(s), V(m), V(h), V(d) or V(w), or of seconds.
    pub older_than: Option<String>,
    /// Only organisation tokens whose creator has left, so that the cloud shows C(created_by) as V(null); with V(false), only the others.
    #[schemars(extend("x-ansible-version-added" = "0.2.0"))]
    pub creator_left: Option<bool>,
}
