//! The Ansible module mist_api_token_info: the API tokens of the Juniper Mist cloud, with their ages. It changes nothing.

use crate::common::glob::Glob;
use crate::common::options::{OptionError, seconds};
use crate::common::{AUTHOR, READ_ONLY, REQUIREMENTS, messages};
use crate::tokens::message_formatter::MessageFormatter;
use crate::tokens::results::TokenResult;
use crate::tokens::{message_formatter, params, privileges};
use crate::{ConnectionOptions, MistModule, OwnerOptions, OwnerRef, TokenType};
use ansible_binary_module::{Documentation, NoLog, Outcome, SeeAlso, Success, Task};
use mist_client::Client;
use mist_tokens::calls::search;
use mist_tokens::privilege::Role;
use mist_tokens::rotation::{Age, days};
use mist_tokens::target::{Selection, select};
use mist_tokens::token::{Owner, Token};
use mist_tokens::{Error, Refusal};
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

/// The module.
#[derive(Debug)]
pub struct MistApiTokenInfo;

impl MistModule for MistApiTokenInfo {
    const NAME: &'static str = "mist_api_token_info";
    type Options = Options;
    type Results = Results;
    type Params = Params;

    const DOCUMENTATION: Documentation = DOCUMENTATION;

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
        list(client, task, &params).map_err(|error| MessageFormatter::Info.failure(error))?
    }
}

fn list(client: &Client, task: &mut Task, params: &Params) -> Result<Outcome<Results>, Error> {
    let owner = match params.owner.resolve(client) {
        Ok(owner) => owner,
        Err(error) => return Ok(Err(messages::failure_in(task, error))),
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

/// The options of `mist_api_token_info`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    /// Owner of the tokens.
    #[serde(flatten)]
    pub owner: OwnerOptions,
    /// Filters.
    #[serde(flatten)]
    pub filters: FilterOptions,
    /// Connection to the cloud.
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// Filters. All given ones must match.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct FilterOptions {
    /// Name of the tokens. Names are not unique in Mist.
    pub name: Option<String>,
    /// Pattern of the whole name, for example V(ci-*): V(*) is any text, V(?) one character, V([seq]) one of these, V([!seq]) any other one. Case-sensitive.
    pub name_pattern: Option<String>,
    /// Id of the token.
    pub id: Option<String>,
    /// Whole key of the token, for example a leaked one. Text around the key (C(MIST_API_TOKEN=), quotation marks, C(Token)) is ignored.
    ///
    /// The key is compared with the masked keys that the cloud lists. If two tokens match, the task fails and lists both.
    ///
    /// With an organization and without O(token_type), the tokens of the organization and of the account are searched. C(token_type) in the result shows the owner.
    pub key: Option<NoLog>,
    /// Role in any privilege of an organization token.
    ///
    /// A user token has the roles of its account: see M(mist_self_info).
    pub role: Option<privileges::Role>,
    /// Minimum time without use: a number with V(s), V(m), V(h), V(d) or V(w), or of seconds. For an unused token, the time since its creation counts.
    pub unused_for: Option<String>,
    /// Minimum age: a number with V(s), V(m), V(h), V(d) or V(w), or of seconds.
    pub older_than: Option<String>,
    /// Organization tokens whose creator has left: the cloud shows C(created_by) as V(null). With V(false), only the others.
    #[schemars(extend("x-ansible-version-added" = "0.2.0"))]
    pub creator_left: Option<bool>,
}

/// The page of `mist_api_token_info`.
const DOCUMENTATION: Documentation = Documentation::new()
.short_description("List API tokens of the Juniper Mist cloud with their ages")
.description(&[
        "Lists the API tokens of a Mist account or organization that match all filters, each with the days since its creation and its last use.",
        "Use it in audits: to find unused and old tokens, tokens with too much access, and the token of a leaked key.",
        "The module changes nothing. Keys are masked.",
    ])
.version_added("0.1.0")
.author(AUTHOR)
.requirements(REQUIREMENTS)
.notes(&[
        "Days are counted by the cloud's clock, rounded to a hundredth. An impossible time (in milliseconds, in the future, not a number) is reported in a warning and counts as unknown.",
        "Listing the tokens of an organization requires a token or an account with administrator access to it.",
    ])
.seealso(&[
        SeeAlso::Module { module: "mist_api_token", description: "Create, update, replace and delete API tokens." },
        SeeAlso::Module {
            module: "mist_self_info",
            description: "The account or token that a task authenticates with.",
        },
        SeeAlso::Link {
            name: "Mist API: API tokens",
            link: "https://api.mist.com/api/v1/docs/Auth#api-token",
            description: "Tokens in the documentation of the API.",
        },
    ])
.attributes(READ_ONLY)
.examples(EXAMPLES);

const EXAMPLES: &str = r#"- name: List all tokens of the account
  mist_api_token_info:
  register: mine

- name: List the tokens that the cloud removes within two weeks if they are not used
  ansible.builtin.debug:
    msg: "{{ item.name }} expires in {{ item.expires_in_days }} days"
  loop: "{{ mine.tokens | rejectattr('expires_in_days', 'none') | selectattr('expires_in_days', 'le', 14) }}"
  loop_control:
    label: "{{ item.id }}"

- name: List the tokens of pipelines with full access
  mist_api_token_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    name_pattern: "ci-*"
    role: super_user
  register: powerful

- name: List the tokens without use for a month
  mist_api_token_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    unused_for: 30d
  register: idle

- name: Fail if a token is older than a year
  mist_api_token_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    older_than: 365d
  register: old
  failed_when: old.count > 0

- name: List the tokens of former administrators
  mist_api_token_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    creator_left: true
  register: left_behind

- name: Find the token of a leaked key
  mist_api_token_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    key: "{{ leaked_key }}"
  register: leaked
"#;

#[cfg(test)]
mod tests;
