//! The options that name the owner of tokens: the account or an organization.

use super::messages;
use super::options::{EmptyOptionAdvice, OptionError, blank_variable_note};
use super::scope::{self, IdOrName, ORG_VARIABLE, OrgOptions};
use ansible_binary_module::Task;
use mist_client::Client;
use mist_tokens::token::Owner;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options that name the owner of tokens.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct OwnerOptions {
    /// Owner of the tokens: the account itself or an organization.
    ///
    /// Default: V(org) if the task sets O(org_id) or O(org), otherwise V(user). The environment variable E(MIST_ORG_ID) alone never selects V(org).
    pub token_type: Option<TokenType>,
    /// The organization, for O(token_type=org).
    #[serde(flatten)]
    pub org: OrgOptions,
}

/// Owner of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenType {
    /// The account. Its tokens have its privileges, share its quota, and are removed by the cloud after 90 days without use.
    User,
    /// An organization. Its tokens have their own privileges and quota.
    Org,
}

impl From<&Owner> for TokenType {
    fn from(owner: &Owner) -> Self {
        match owner {
            Owner::User => Self::User,
            Owner::Organization(_) => Self::Org,
        }
    }
}

/// The owner of tokens as the task names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerRef {
    User,
    Organization(IdOrName),
}

impl OwnerOptions {
    /// The owner that the task names.
    ///
    /// # Errors
    /// An option of the organization is empty, invalid, or missing.
    pub fn owner(&self, task: &Task) -> Result<OwnerRef, OptionError> {
        // Checked for every type: an empty organization never means the account.
        let advice = match self.token_type {
            None => EmptyOptionAdvice::WouldMean("the account's own tokens".to_owned()),
            Some(TokenType::Org) => scope::org_of_environment(),
            Some(TokenType::User) => EmptyOptionAdvice::CanBeOmitted,
        };
        let org = self.org.id_or_name(task, &advice)?;
        let task_names_org = matches!(org, Some(IdOrName::Name(_))) || task.given("org_id");
        let token_type = self.token_type.unwrap_or(if task_names_org { TokenType::Org } else { TokenType::User });
        match (token_type, org) {
            (TokenType::User, _) => Ok(OwnerRef::User),
            (TokenType::Org, Some(org)) => Ok(OwnerRef::Organization(org)),
            (TokenType::Org, None) => {
                let blank = blank_variable_note(task, "org_id");
                let reason = format!(
                    "required with token_type: org. Set org_id, org or the environment variable {ORG_VARIABLE}{blank}."
                );
                Err(OptionError::new("org_id", reason))
            }
        }
    }
}

impl OwnerRef {
    /// The owner with the organization's ID. Sends a request only for a name.
    ///
    /// # Errors
    /// A sentence about the name or the failed request.
    pub fn resolve(&self, client: &Client, task: &Task) -> Result<Owner, String> {
        match self {
            Self::User => Ok(Owner::User),
            Self::Organization(org) => {
                scope::org_id(client, org).map(Owner::Organization).map_err(|error| messages::message_in(task, &error))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_task_decides_the_owner_and_never_the_environment_alone() {
        const ID: &str = "53f10664-3ce8-4c27-b382-0ef66432349f";
        let org = OwnerRef::Organization(IdOrName::Id(ID.into()));
        let acme = OwnerRef::Organization(IdOrName::Name("Acme".into()));
        for (token_type, org_id, name, given, owner) in [
            (None, None, None, false, Ok(OwnerRef::User)),
            (None, Some(ID), None, true, Ok(org.clone())),
            (None, Some(ID), None, false, Ok(OwnerRef::User)),
            (None, Some(ID), Some("Acme"), false, Ok(acme.clone())),
            (Some("org"), Some(ID), None, false, Ok(org)),
            (Some("user"), Some(ID), None, true, Ok(OwnerRef::User)),
            (None, None, Some("Acme"), false, Ok(acme)),
            (None, Some(ID), Some("Acme"), true, Err("org")),
            (Some("org"), None, None, false, Err("org_id")),
            (Some("org"), Some(""), None, false, Err("org_id")),
            (None, Some(""), None, true, Err("org_id")),
            (Some("user"), Some(" "), None, true, Err("org_id")),
            (Some("org"), Some(" "), None, true, Err("org_id")),
            (None, Some("acme"), None, true, Err("org_id")),
        ] {
            let options: OwnerOptions =
                serde_json::from_value(json!({"token_type": token_type, "org_id": org_id, "org": name})).unwrap();
            let task = if given { Task::builder().given("org_id") } else { Task::builder() }.build();
            let found = options.owner(&task).map_err(|error| error.option);
            assert_eq!(found, owner.map_err(str::to_owned), "{token_type:?} {org_id:?} {name:?}");
        }
    }
}
