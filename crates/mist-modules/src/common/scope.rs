//! The options that name an organization, a site, an MSP or the owner of tokens, which all modules share, and their IDs.
//!
//! An option that the task sets to an empty value (a variable came out empty) is refused and never read as "not set":
//! without the organization, some modules would change the account's own objects.

use super::options::{EmptyOptionAdvice, OptionError, blank_variable_note, text, uuid};
use ansible_binary_module::Task;
use mist_client::names::{self, Kind};
use mist_client::{Client, Error};
use mist_tokens::token::Owner;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The environment variable that holds the organization's ID.
pub const ORG_VARIABLE: &str = "MIST_ORG_ID";

/// The options that name an organization. Every module accepts them, so that one group of defaults fits all modules.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct OrgOptions {
    /// ID of the organization. An empty value is an error in every module.
    #[schemars(extend("x-ansible-env" = [ORG_VARIABLE]))]
    pub org_id: Option<String>,
    /// Name of the organization, instead of O(org_id). The lookup takes one call, and one more for each MSP that the credentials belong to.
    pub org: Option<String>,
}

/// The options that name a site.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct SiteOptions {
    /// ID of the site.
    pub site_id: Option<String>,
    /// Name of the site, instead of O(site_id). Requires the organization. The lookup takes one call.
    pub site: Option<String>,
}

/// The option that names an MSP.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct MspOptions {
    /// ID of the MSP (managed service provider).
    pub msp_id: Option<String>,
}

/// An object as the task names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdOrName {
    /// A well-formed ID.
    Id(String),
    Name(String),
}

impl OrgOptions {
    /// The organization that the task names, otherwise the one of the environment.
    ///
    /// # Errors
    /// An option is empty, not a UUID, or both are set.
    pub fn id_or_name(&self, task: &Task, advice: &EmptyOptionAdvice) -> Result<Option<IdOrName>, OptionError> {
        id_or_name(task, advice, ("org_id", self.org_id.as_deref()), ("org", self.org.as_deref()))
    }

    /// The same, for a task that requires an organization.
    ///
    /// # Errors
    /// As [`Self::id_or_name`], or neither option is set.
    pub fn required(&self, task: &Task) -> Result<IdOrName, OptionError> {
        self.id_or_name(task, &org_of_environment())?.ok_or_else(|| {
            let blank = blank_variable_note(task, "org_id");
            let reason = format!("required. Set org_id, org or the environment variable {ORG_VARIABLE}{blank}.");
            OptionError::new("org_id", reason)
        })
    }
}

impl SiteOptions {
    /// The site that the task names.
    ///
    /// # Errors
    /// An option is empty, not a UUID, or both are set.
    pub fn id_or_name(&self, task: &Task, advice: &EmptyOptionAdvice) -> Result<Option<IdOrName>, OptionError> {
        id_or_name(task, advice, ("site_id", self.site_id.as_deref()), ("site", self.site.as_deref()))
    }
}

impl MspOptions {
    /// The ID of the MSP that the task names.
    ///
    /// # Errors
    /// The option is empty or not a UUID.
    pub fn id(&self, task: &Task, advice: &EmptyOptionAdvice) -> Result<Option<String>, OptionError> {
        text(task, advice, "msp_id", self.msp_id.as_deref())?.map(|id| uuid("msp_id", id)).transpose()
    }
}

/// Advice for a task that requires an organization and would fall back to the one of the environment.
#[must_use]
pub fn org_of_environment() -> EmptyOptionAdvice {
    EmptyOptionAdvice::WouldMean(format!("the organization of the environment variable {ORG_VARIABLE}"))
}

fn id_or_name(
    task: &Task,
    advice: &EmptyOptionAdvice,
    (id_option, id): (&str, Option<&str>),
    (name_option, name): (&str, Option<&str>),
) -> Result<Option<IdOrName>, OptionError> {
    match (text(task, advice, id_option, id)?, text(task, advice, name_option, name)?) {
        (Some(_), Some(_)) if task.given(id_option) => Err(OptionError::mutually_exclusive(name_option, id_option)),
        (_, Some(name)) => Ok(Some(IdOrName::Name(name.to_owned()))),
        (Some(id), None) => Ok(Some(IdOrName::Id(uuid(id_option, id)?))),
        (None, None) => Ok(None),
    }
}

/// The organization's ID. Sends a request only for a name.
///
/// # Errors
/// [`Error::NoSuchName`], [`Error::AmbiguousName`], or the failure of the request.
pub fn org_id(client: &Client, org: &IdOrName) -> Result<String, Error> {
    match org {
        IdOrName::Id(id) => Ok(id.clone()),
        IdOrName::Name(name) => names::org_id(client, name),
    }
}

/// The site's ID. Sends a request only for a name.
///
/// # Errors
/// [`Error::NoSuchName`], [`Error::AmbiguousName`], or the failure of the request.
pub fn site_id(client: &Client, org_id: &str, site: &IdOrName) -> Result<String, Error> {
    match site {
        IdOrName::Id(id) => Ok(id.clone()),
        IdOrName::Name(name) => {
            Ok(names::ids(client, org_id, Kind::Site, &BTreeSet::from([name.as_str()]))?.into_values().collect())
        }
    }
}

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
            Some(TokenType::Org) => org_of_environment(),
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
    /// The name is unknown or ambiguous, or the request failed.
    pub fn resolve(&self, client: &Client) -> Result<Owner, Error> {
        match self {
            Self::User => Ok(Owner::User),
            Self::Organization(org) => org_id(client, org).map(Owner::Organization),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "53f10664-3ce8-4c27-b382-0ef66432349f";
    const OMIT: EmptyOptionAdvice = EmptyOptionAdvice::CanBeOmitted;

    fn task(given: &[&str]) -> Task {
        given.iter().fold(Task::builder(), |task, option| task.given(option)).build()
    }

    fn options(org_id: Option<&str>, org: Option<&str>) -> OrgOptions {
        OrgOptions { org_id: org_id.map(str::to_owned), org: org.map(str::to_owned) }
    }

    #[test]
    fn an_empty_option_of_the_task_is_refused_and_an_empty_variable_counts_as_not_set() {
        for blank in ["", " ", "\t\n", "\u{a0}", "\u{200b}", "\u{feff}\u{2060}"] {
            for (org_id, org, given) in [(Some(blank), None, "org_id"), (None, Some(blank), "org")] {
                let error = options(org_id, org).id_or_name(&task(&[given]), &OMIT).unwrap_err();
                assert_eq!(error.option, given);
            }
            assert_eq!(options(Some(blank), None).id_or_name(&task(&[]), &OMIT), Ok(None), "the environment's");
            let site = SiteOptions { site_id: Some(blank.to_owned()), site: None };
            assert_eq!(site.id_or_name(&task(&["site_id"]), &OMIT).unwrap_err().option, "site_id");
            let site = SiteOptions { site_id: Some(ID.to_owned()), site: Some(blank.to_owned()) };
            assert_eq!(site.id_or_name(&task(&["site_id", "site"]), &OMIT).unwrap_err().option, "site");
            let msp = MspOptions { msp_id: Some(blank.to_owned()) };
            assert_eq!(msp.id(&task(&["msp_id"]), &OMIT).unwrap_err().option, "msp_id");
        }
    }

    #[test]
    fn an_option_that_evaluates_to_null_is_refused() {
        let task = Task::builder().arguments(serde_json::json!({"org": null})).build();
        assert_eq!(options(None, None).id_or_name(&task, &OMIT).unwrap_err().option, "org");
    }

    #[test]
    fn a_name_beats_the_environments_id_and_excludes_the_tasks_id() {
        let by_id = Ok(Some(IdOrName::Id(ID.to_owned())));
        let by_name = Ok(Some(IdOrName::Name("Acme".to_owned())));
        for (org_id, org, given, expected) in [
            (None, None, vec![], Ok(None)),
            (Some(ID), None, vec!["org_id"], by_id.clone()),
            (Some(ID), None, vec![], by_id),
            (None, Some("Acme"), vec!["org"], by_name.clone()),
            (Some(ID), Some("Acme"), vec!["org"], by_name),
        ] {
            assert_eq!(options(org_id, org).id_or_name(&task(&given), &OMIT), expected);
        }
        let both = options(Some(ID), Some("Acme")).id_or_name(&task(&["org_id", "org"]), &OMIT);
        assert_eq!(both, Err(OptionError::mutually_exclusive("org", "org_id")));
        let not_an_id = options(Some("acme"), None).id_or_name(&task(&["org_id"]), &OMIT);
        assert_eq!(not_an_id.unwrap_err().option, "org_id");
    }

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
