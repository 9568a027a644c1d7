//! The Ansible module mist_api_token_info: the API tokens of the Juniper Mist cloud, with their ages. It changes nothing.

pub mod docs;

use self::docs::Options;
use crate::common::glob::Glob;
use crate::common::messages;
use crate::common::options::{OptionError, seconds};
use crate::tokens::message_formatter::{self, MessageFormatter};
use crate::tokens::params;
use crate::tokens::results::TokenResult;
use crate::{ConnectionOptions, MistModule, OwnerRef, TokenType};
use ansible_binary_module::{Documentation, Outcome, Success, Task};
use mist_client::Client;
use mist_tokens::age::{Age, days};
use mist_tokens::calls::search;
use mist_tokens::privilege::Role;
use mist_tokens::target::{Selection, select};
use mist_tokens::token::{Owner, Token};
use mist_tokens::{Error, Refusal};
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::Serialize;

/// The module.
#[derive(Debug)]
pub struct MistApiTokenInfo;

impl MistModule for MistApiTokenInfo {
    const NAME: &'static str = "mist_api_token_info";
    type Options = Options;
    type Results = Results;
    type Params = Params;

    const DOCUMENTATION: Documentation = docs::DOCUMENTATION;

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        let params = Params::new(options, task)?;
        if let Some(key) = &params.selection.key {
            task.hide(key.expose_secret());
        }
        Ok(params)
    }

    fn run(client: &Client, task: &mut Task, _: &Options, params: Params) -> Outcome<Results> {
        list(client, task, &params).map_err(|error| MessageFormatter::Info.error(&error))?
    }
}

fn list(client: &Client, task: &mut Task, params: &Params) -> Result<Outcome<Results>, Error> {
    let owner = match params.owner.resolve(client) {
        Ok(owner) => owner,
        Err(error) => return Ok(Err(messages::message_in(task, &error).into())),
    };
    let (owner, listing) = search(client, &owner, &params.selection, params.search_account_too)?;
    let given = choose(params, &owner, &listing.tokens, listing.now())?;
    if params.selection.key.is_some() && given.tokens.is_empty() {
        task.warn(message_formatter::nobodys_key(&owner, params.search_account_too));
    }
    for warning in given.warnings {
        task.warn(warning);
    }
    let tokens: Vec<_> = given.tokens.into_iter().map(|(token, age)| AgedToken::new(token, &age)).collect();
    let msg = format!(
        "{} of {owner}",
        if tokens.len() == 1 { "1 token".to_owned() } else { format!("{} tokens", tokens.len()) }
    );
    Ok(Ok(Success::unchanged(Results {
        count: Some(tokens.len()),
        tokens: Some(tokens),
        token_type: Some(TokenType::from(&owner)),
    })
    .with_msg(msg)))
}

/// The checked options.
#[derive(Clone, Debug)]
pub struct Params {
    pub owner: OwnerRef,
    /// True if the account's tokens are searched too: a key does not show whose it is.
    pub search_account_too: bool,
    pub selection: Selection,
    pub filters: Filters,
}

/// The filters next to name, id and key. All given ones must match.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    pub name: Option<Glob>,
    pub role: Option<Role>,
    /// In seconds.
    pub unused_for: Option<f64>,
    /// In seconds.
    pub older_than: Option<f64>,
    /// True if the creator must have left, or must not.
    pub creator_left: Option<bool>,
}

impl Params {
    /// Reads the options.
    pub fn new(options: &Options, task: &Task) -> Result<Self, OptionError> {
        let owner = options.owner.owner(task)?;
        let given = &options.filters;
        for (option, is_given, why) in [
            ("role", given.role.is_some(), "a user token has the roles of its account"),
            ("creator_left", given.creator_left.is_some(), "a user token belongs to its account"),
        ] {
            if is_given && owner == OwnerRef::User {
                let reason = format!("only for organization tokens: {why}. Set org_id (and token_type: org).");
                return Err(OptionError::new(option, reason));
            }
        }
        let seconds =
            |option: &str, text: &Option<String>| text.as_deref().map(|text| seconds(option, text)).transpose();
        Ok(Self {
            // A user token has no role of its own, and cannot match one.
            search_account_too: given.key.is_some()
                && given.role.is_none()
                && given.creator_left.is_none()
                && owner != OwnerRef::User
                && options.owner.token_type.is_none(),
            owner,
            selection: params::selection(given.name.as_deref(), given.id.as_deref(), given.key.as_ref())?,
            filters: Filters {
                name: given.name_pattern.as_deref().map(Glob::new),
                role: given.role.map(Role::from),
                unused_for: seconds("unused_for", &given.unused_for)?,
                older_than: seconds("older_than", &given.older_than)?,
                creator_left: given.creator_left,
            },
        })
    }
}

/// The results of `mist_api_token_info`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// The tokens that match, sorted by name and age.
    #[schemars(extend("x-ansible-returned" = "success"))]
    pub tokens: Option<Vec<AgedToken>>,
    /// Number of tokens.
    #[schemars(extend("x-ansible-returned" = "success"), example = 1)]
    pub count: Option<usize>,
    /// Owner of the tokens.
    #[schemars(extend("x-ansible-returned" = "success"))]
    pub token_type: Option<TokenType>,
}

/// A token with its age by the cloud's clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct AgedToken {
    /// The token.
    #[serde(flatten)]
    pub token: TokenResult,
    /// Days since the creation; V(null) if the cloud does not show it.
    #[schemars(example = 120.5)]
    pub age_days: Option<f64>,
    /// Days since the last use, or since the creation of an unused token; V(null) if the cloud does not show it.
    #[schemars(example = 30.25)]
    pub unused_days: Option<f64>,
    /// For a user token: days until the cloud removes it, if it is not used. The cloud does so after 90 days. V(null) for an organization token.
    #[schemars(example = 59.75)]
    pub expires_in_days: Option<f64>,
}

impl AgedToken {
    #[must_use]
    pub fn new(token: &Token, age: &Age) -> Self {
        Self {
            token: token.into(),
            age_days: age.age.map(days),
            unused_days: age.unused.map(days),
            expires_in_days: age.expires_in.map(days),
        }
    }
}

/// The tokens that match, and warnings about others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given<'a> {
    /// By name, of one name the oldest first.
    pub tokens: Vec<(&'a Token, Age)>,
    pub warnings: Vec<String>,
}

/// Selects tokens; `now` is in seconds of the epoch.
pub fn choose<'a>(params: &Params, owner: &Owner, tokens: &'a [Token], now: f64) -> Result<Given<'a>, Refusal> {
    let mut given = Given::default();
    for token in select(&params.selection, tokens)? {
        let age = Age::of(token, owner, now);
        for (field, fault) in &age.faults {
            given.warnings.push(format!("{}. It is not counted.", message_formatter::time(field, &token.id, *fault)));
        }
        match fits(&params.filters, token, &age) {
            Some(true) => given.tokens.push((token, age)),
            Some(false) => {}
            None => given.warnings.push(format!("The age of token {} is unknown, and it is not listed.", token.id)),
        }
    }
    given.tokens.sort_by(|(one, _), (other, _)| {
        let created = |token: &Token| token.created_time.unwrap_or_default();
        (one.name().cmp(other.name()))
            .then_with(|| created(one).total_cmp(&created(other)))
            .then_with(|| one.id.cmp(&other.id))
    });
    Ok(given)
}

/// True if every filter matches; `None` if that depends on an unknown age.
fn fits(filters: &Filters, token: &Token, age: &Age) -> Option<bool> {
    let has_role = |role: &Role| token.privileges.iter().flatten().any(|privilege| privilege.role == *role);
    if !filters.name.as_ref().is_none_or(|name| name.matches(token.name()))
        || !filters.role.as_ref().is_none_or(has_role)
        || filters.creator_left.is_some_and(|left| left != token.creator_has_left())
    {
        return Some(false);
    }
    let unused = filters.unused_for.map(|least| age.unused.map(|unused| unused >= least));
    let older = filters.older_than.map(|than| age.age.map(|age| age > than));
    match (unused.unwrap_or(Some(true)), older.unwrap_or(Some(true))) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
