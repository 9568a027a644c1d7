//! Whose tokens a task is about: the options, and what they come to.

use crate::common::messages;
use crate::common::scope::{self, EmptyOptionAdvice, IdOrName, ORG_VARIABLE, OrgOptions};
use ansible_binary_module::Task;
use mist_client::Client;
use mist_tokens::token::Owner;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options that say whose tokens; a module's own options flatten these in.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct OwnerOptions {
    /// Whose tokens: the account's own, or an organisation's.
    ///
    /// Without it, V(org) when the task gives O(org_id) or O(org), else V(user). The environment variable E(MIST_ORG_ID) alone never makes it V(org).
    pub token_type: Option<TokenType>,
    /// The organisation, for O(token_type=org).
    #[serde(flatten)]
    pub org: OrgOptions,
}

/// Whose tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenType {
    /// The account's own. They have its privileges, share its quota, and the cloud removes one that was not used for 90 days.
    User,
    /// An organisation's. They have privileges and a quota of their own.
    Org,
}

impl From<&Owner> for TokenType {
    fn from(owner: &Owner) -> Self {
        match owner {
            Owner::User => Self::User,
            Owner::Organisation(_) => Self::Org,
        }
    }
}

/// Whose tokens, before the cloud was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerRef {
    /// The account's own.
    User,
    /// Of the organisation with this id.
    OrganisationId(String),
    /// Of the organisation with this name.
    OrganisationName(String),
}

impl OwnerOptions {
    /// What the options come to.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    pub fn wish(&self, task: &Task) -> Result<OwnerRef, String> {
        // Looked at whatever the type is: an organisation that is given and empty never means the account.
        let without = match self.token_type {
            None => EmptyOptionAdvice::Else("the account's own tokens would be meant".to_owned()),
            Some(TokenType::Org) => EmptyOptionAdvice::needed_org(),
            Some(TokenType::User) => EmptyOptionAdvice::TheSame,
        };
        let org = self.org.place(task, &without)?;
        let named_in_task = matches!(org, Some(IdOrName::Name(_))) || task.given("org_id");
        let token_type = self.token_type.unwrap_or(if named_in_task { TokenType::Org } else { TokenType::User });
        match (token_type, org) {
            (TokenType::User, _) => Ok(OwnerRef::User),
            (TokenType::Org, Some(IdOrName::Name(name))) => Ok(OwnerRef::OrganisationName(name)),
            (TokenType::Org, Some(IdOrName::Id(id))) => Ok(OwnerRef::OrganisationId(id)),
            (TokenType::Org, None) => Err(format!(
                "org_id: it is needed for token_type: org; set it or org, or the environment variable {ORG_VARIABLE}{}",
                scope::blank_variable_words(task, "org_id")
            )),
        }
    }
}

impl OwnerRef {
    /// Asks the cloud where a name was given, and only then.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the name, or what went wrong with the call.
    pub fn resolve(&self, client: &Client, task: &Task) -> Result<Owner, String> {
        let place = match self {
            Self::User => return Ok(Owner::User),
            Self::OrganisationId(id) => IdOrName::Id(id.clone()),
            Self::OrganisationName(name) => IdOrName::Name(name.clone()),
        };
        scope::org_id(client, &place).map(Owner::Organisation).map_err(|error| messages::message_in(task, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whose_tokens_is_decided_by_the_task_and_never_by_the_environment_alone() {
        const ID: &str = "53f10664-3ce8-4c27-b382-0ef66432349f";
        let org = OwnerRef::OrganisationId(ID.into());
        let acme = OwnerRef::OrganisationName("Acme".into());
        for (token_type, org_id, name, given, wish) in [
            (None, None, None, false, Ok(OwnerRef::User)),
            (None, Some(ID), None, true, Ok(org.clone())),
            (None, Some(ID), None, false, Ok(OwnerRef::User)),
            (None, Some(ID), Some("Acme"), false, Ok(acme.clone())),
            (Some("org"), Some(ID), None, false, Ok(org)),
            (Some("user"), Some(ID), None, true, Ok(OwnerRef::User)),
            (None, None, Some("Acme"), false, Ok(acme)),
            (None, Some(ID), Some("Acme"), true, Err("org: it excludes org_id")),
            (Some("org"), None, None, false, Err("org_id: it is needed")),
            (Some("org"), Some(""), None, false, Err("org_id: it is needed")),
            (
                None,
                Some(""),
                None,
                true,
                Err(
                    "org_id: it is given, and empty; is a variable in it empty? Give what it names: without it, the account's own",
                ),
            ),
            (
                Some("user"),
                Some(" "),
                None,
                true,
                Err("org_id: it is given, and empty; is a variable in it empty? Give what it names, or leave"),
            ),
            (
                Some("org"),
                Some(" "),
                None,
                true,
                Err(
                    "org_id: it is given, and empty; is a variable in it empty? Give what it names: without it, the organisation of the",
                ),
            ),
            (None, Some("acme"), None, true, Err("org_id: 'acme' is not a UUID")),
        ] {
            let options: OwnerOptions =
                serde_json::from_value(json!({"token_type": token_type, "org_id": org_id, "org": name})).unwrap();
            let task = if given { Task::builder().given("org_id") } else { Task::builder() }.build();
            match (options.wish(&task), wish) {
                (Ok(found), Ok(wish)) => assert_eq!(found, wish),
                (Err(found), Err(words)) => assert!(found.starts_with(words), "{found}"),
                other => panic!("{token_type:?} {org_id:?} {name:?}: {other:?}"),
            }
        }
    }
}
