//! What a task asks for, from its options: checked as far as it can be without asking the cloud.

use super::options::Options;
use crate::OwnerRef;
use crate::common::glob::Glob;
use crate::common::options::seconds;
use crate::tokens::privileges::role_name;
use crate::tokens::selection;
use ansible_binary_module::Task;
use mist_tokens::target::Selection;

/// What a task asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Whose tokens.
    pub owner: OwnerRef,
    /// Whether the account's tokens are looked through too: for a key, which does not tell whose it is.
    pub search_account_too: bool,
    /// By name, id and key, as `mist_api_token` does.
    pub selection: Selection,
    /// By what else is known of a token.
    pub filters: Filters,
}

/// The filters beside name, id and key. A token is given when every one of them fits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    /// What its name fits.
    pub name: Option<Glob>,
    /// The API's name of a role that one of its privileges has.
    pub role: Option<&'static str>,
    /// For how many seconds at least it was not used.
    pub unused_for: Option<f64>,
    /// How many seconds it is older than.
    pub older_than: Option<f64>,
    /// Whether only those are given whose maker has left, or only the others.
    pub maker_left: Option<bool>,
}

impl Request {
    /// Reads the options.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    pub fn new(options: &Options, task: &Task) -> Result<Self, String> {
        let owner = options.owner.owner(task)?;
        let given = &options.filters;
        if owner == OwnerRef::User && given.role.is_some() {
            return Err("role: a user token has the roles of its account, which the cloud does not list with it (mist_self_info tells them); \
                 for an organisation's tokens, set org_id (and token_type: org)"
                .into());
        }
        if owner == OwnerRef::User && given.creator_left.is_some() {
            return Err("creator_left: a user token is its account's, and the cloud does not tell who made it; \
                 for an organisation's tokens, set org_id (and token_type: org)"
                .into());
        }
        let seconds =
            |option: &str, text: &Option<String>| text.as_deref().map(|text| seconds(option, text)).transpose();
        Ok(Self {
            // An account's token has no role of its own, so that none of them could fit one.
            search_account_too: given.key.is_some()
                && given.role.is_none()
                && given.creator_left.is_none()
                && owner != OwnerRef::User
                && options.owner.token_type.is_none(),
            owner,
            selection: selection::read(given.name.as_deref(), given.id.as_deref(), given.key.as_ref())?,
            filters: Filters {
                name: given.name_pattern.as_deref().map(Glob::new),
                role: given.role.map(role_name),
                unused_for: seconds("unused_for", &given.unused_for)?,
                older_than: seconds("older_than", &given.older_than)?,
                maker_left: given.creator_left,
            },
        })
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
