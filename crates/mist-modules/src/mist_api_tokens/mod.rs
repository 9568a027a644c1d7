//! The Ansible module mist_api_tokens: the whole set of tokens of an account or organization, declared at once.

pub mod docs;
pub mod results;

use self::docs::{Options, TokenDeclaration};
use self::results::{Results, diff, incomplete, refused};
use crate::TokenType;
use crate::common::glob::Glob;
use crate::common::messages;
use crate::common::options::OptionError;
use crate::common::orgs::{self, Chosen, ForManyOrgs, ManyOrgs, OrgsOptions};
use crate::common::scope::OrgOptions;
use crate::tokens::deliver_in_result;
use crate::tokens::message_formatter::MessageFormatter;
use crate::tokens::params::{DeclaredToken, declared_token};
use crate::tokens::privileges::Names;
use crate::{ConnectionOptions, MistModule, OwnerRef};
use ansible_binary_module::{Causes, Documentation, Failure, Outcome, Success, Task};
use mist_client::Client;
use mist_client::redact::quoted;
use mist_tokens::apply::{self, Run, own_tokens};
use mist_tokens::apply_set::{self, Progress, Purged, SetOutcome};
use mist_tokens::key_file::KeyFile;
use mist_tokens::set::{self, SetPlan, Situation};
use mist_tokens::target::{AtPlace, DesiredToken, Target, Unfiled};
use mist_tokens::token::Owner;
use mist_tokens::{Error, calls, lock, plan};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The module.
#[derive(Debug)]
pub struct MistApiTokens;

const FORMATTER: MessageFormatter = MessageFormatter::Set;

impl MistModule for MistApiTokens {
    const NAME: &'static str = "mist_api_tokens";
    type Options = Options;
    type Results = Results;
    type Params = Chosen<Params>;

    const DOCUMENTATION: Documentation = docs::DOCUMENTATION;

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Chosen<Params>, OptionError> {
        orgs::read::<Self>(options, task)
    }

    fn run(client: &Client, task: &mut Task, options: &Options, params: Chosen<Params>) -> Outcome<Results> {
        orgs::run::<Self>(client, task, options, params)
    }
}

impl ForManyOrgs for MistApiTokens {
    type One = Params;

    fn orgs(options: &Options) -> (&OrgsOptions, &OrgOptions) {
        (&options.orgs, &options.owner.org)
    }

    fn set_org(options: &mut Options, org_id: &str) {
        options.owner.org = OrgOptions { org_id: Some(org_id.to_owned()), org: None };
        options.owner.token_type = Some(TokenType::Org);
    }

    fn check_for_many(options: &Options) -> Result<(), OptionError> {
        if options.owner.token_type == Some(TokenType::User) {
            return Err(OptionError::mutually_exclusive("orgs", "token_type: user"));
        }
        if let Some(position) = options.tokens.iter().position(|declared| declared.token.key_file.is_some()) {
            let reason =
                "not with orgs, because the keys of all organizations would be written to one file. Use return_keys.";
            return Err(OptionError::new(format!("tokens[{position}].key_file"), reason));
        }
        match options.tokens.iter().position(|declared| declared.id.is_some()) {
            Some(position) => Err(OptionError::mutually_exclusive("orgs", &format!("tokens[{position}].id"))),
            None => Ok(()),
        }
    }

    fn read_one(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        Params::new(options, task)
    }

    fn results(many: ManyOrgs) -> Results {
        Results { many, ..Results::default() }
    }

    fn run_one(client: &Client, task: &mut Task, options: &Options, params: Params) -> Outcome<Results> {
        let owner = params.owner.resolve(client).map_err(|error| messages::failure_in(task, error))?;
        match keep(client, task, &owner, params, options.allow_self) {
            Ok(outcome) => outcome,
            Err(Stop::Whole(error)) => Err(FORMATTER.failure_in(task, error)),
            Err(Stop::Tokens(names, errors)) => {
                let reasons: Vec<(usize, String)> =
                    errors.iter().map(|(position, error)| (*position, FORMATTER.error(error))).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let results = Results::refused(&owner, &names, &reasons);
                let causes = errors.into_iter().map(|(_, error)| Causes::of(error)).collect();
                Err(Failure::new(refused(&names, &reasons)).with_causes(causes).with_results(results))
            }
        }
    }
}

/// The reason to change nothing.
enum Stop {
    /// An error that concerns all tokens.
    Whole(Error),
    /// The names of all tokens, and refusals of some by position.
    Tokens(Vec<String>, Vec<(usize, Error)>),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Whole(error)
    }
}

impl From<lock::Fault> for Stop {
    fn from(fault: lock::Fault) -> Self {
        Self::Whole(fault.into())
    }
}

fn keep(
    client: &Client,
    task: &mut Task,
    owner: &Owner,
    params: Params,
    allow_self: bool,
) -> Result<Outcome<Results>, Stop> {
    let Params { tokens, return_keys, purge, .. } = params;
    let all_names: Vec<String> = tokens.iter().map(|declared| declared.token.target.name.clone()).collect();
    let refuse = |errors: Vec<(usize, Error)>| Stop::Tokens(all_names.clone(), errors);
    // Held to the end. Check mode writes nothing, not even a lock.
    let lock = match task.check_mode() {
        true => None,
        false => Some(lock::acquire_all(client, owner)?),
    };
    let domain = match &lock {
        Some(lock) => lock.domain(),
        None => lock::domain_if_free(client, owner, None),
    };
    let places: Vec<AtPlace> = all(tokens.iter().map(|declared| declared.token.look())).map_err(refuse)?;
    let tokens = resolved(client, owner, tokens)?;
    let listing = calls::list(client, owner)?;
    let own = own_tokens(client, &listing.tokens);
    let situation = Situation {
        owner,
        tokens: &listing.tokens,
        places: &places,
        own: &own,
        by_token: client.authentication().is_by_token(),
        allow_self,
        now: listing.now(),
        judge: listing.judge(domain),
    };
    let targets: Vec<&Target> = tokens.iter().map(|wanted| &wanted.target).collect();
    let keeps = |keep: &Keep, name: &str| keep.keeps(name);
    let keeps = purge.as_ref().map(|keep| move |name: &str| keeps(keep, name));
    let keeps = keeps.as_ref().map(|keeps| keeps as &dyn Fn(&str) -> bool);
    let mut plan = set::plan(&targets, keeps, &situation).map_err(|refused| {
        refuse(refused.into_iter().map(|(position, refusal)| (position, refusal.into())).collect())
    })?;
    all(tokens.iter().zip(&mut plan.plans).map(|(wanted, plan)| wanted.check(plan))).map_err(refuse)?;
    if task.check_mode() {
        for (target, plan) in targets.iter().zip(&mut plan.plans).filter(|(_, plan)| plan.create.is_some()) {
            plan.notices.extend(plan::in_progress(&target.name, &listing, domain));
        }
    }
    let output = task.output();
    let is_read = move || output.is_open();
    let done = if task.check_mode() {
        SetOutcome::predicted(&plan)
    } else {
        let run = Run { client, owner, own: &own, allow_self, domain, is_read: &is_read };
        apply_set::apply(&run, &tokens, &plan, &listing)
    };
    if return_keys {
        for (wanted, outcome) in tokens.iter().zip(&done.tokens) {
            if let Some((token, key)) = outcome.done().and_then(apply::Outcome::made) {
                deliver_in_result(task, client, owner, &token.id, key, wanted.target.key_file.is_some());
            }
        }
    }
    let names: Vec<&str> = all_names.iter().map(String::as_str).collect();
    warn(task, &names, &plan, &done);
    let results = Results::of(owner, &names, &plan, &done, return_keys, purge.is_some());
    let diff = diff(owner, &targets, &places, &plan, &done);
    if done.is_complete() {
        let msg = results.summary(task.check_mode());
        return Ok(Ok(Success::new(results.changed(), results).with_diff(diff).with_msg(msg)));
    }
    let of_tokens = done.tokens.iter().filter_map(|progress| match progress {
        Progress::Failed(stopped) => Some(&stopped.error),
        _ => None,
    });
    let of_purge = done.purge.iter().filter_map(|purged| match purged {
        Purged::Failed(error) => Some(error),
        _ => None,
    });
    let causes = of_tokens.chain(of_purge).cloned().map(Causes::of).collect();
    let failure = Failure::new(incomplete(&names, &plan, &done)).with_causes(causes).with_diff(diff);
    Ok(Err(failure.with_changed(results.changed()).with_results(results)))
}

/// The tokens with the ids of all named sites and site groups: each kind is listed at most once.
fn resolved(client: &Client, owner: &Owner, declared: Vec<DeclaredToken>) -> Result<Vec<DesiredToken>, Error> {
    let named = declared.iter().flat_map(|declared| declared.privileges.iter().flatten());
    let names = match owner {
        Owner::User => Names::default(),
        Owner::Organization(id) => Names::look_up(client, id, named)?,
    };
    let resolve = |DeclaredToken { mut token, privileges }: DeclaredToken| {
        token.target.privileges = privileges.map(|privileges| names.resolve(&privileges));
        token
    };
    Ok(declared.into_iter().map(resolve).collect())
}

/// All values, or the position and error of each failure.
fn all<T>(each: impl Iterator<Item = Result<T, Error>>) -> Result<Vec<T>, Vec<(usize, Error)>> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (position, one) in each.enumerate() {
        match one {
            Ok(one) => good.push(one),
            Err(error) => bad.push((position, error)),
        }
    }
    if bad.is_empty() { Ok(good) } else { Err(bad) }
}

fn warn(task: &mut Task, names: &[&str], plan: &SetPlan, done: &SetOutcome) {
    for (name, outcome) in names.iter().zip(&done.tokens) {
        for notice in outcome.done().into_iter().flat_map(|done| &done.notices) {
            task.warn(format!("Token '{}': {}", name.escape_debug(), FORMATTER.notice(notice)));
        }
    }
    for notice in &plan.notices {
        task.warn(FORMATTER.notice(notice));
    }
}

/// The checked options.
#[derive(Debug)]
pub struct Params {
    pub owner: OwnerRef,
    /// Each of another name.
    pub tokens: Vec<DeclaredToken>,
    pub return_keys: bool,
    /// The other tokens that are kept; `None` keeps all.
    pub purge: Option<Keep>,
}

impl Params {
    /// Reads the options.
    pub fn new(options: &Options, task: &Task) -> Result<Self, OptionError> {
        let owner = options.owner.owner(task)?;
        if options.purge && owner == OwnerRef::User && options.owner.token_type.is_none() {
            let reason =
                "requires the owner of the tokens. Set org_id or org, or token_type: user for the account's tokens.";
            return Err(OptionError::new("purge", reason));
        }
        let unfiled = if options.return_keys { Unfiled::ReturnedAlways } else { Unfiled::Refused };
        let tokens = options
            .tokens
            .iter()
            .enumerate()
            .map(|(position, declared)| {
                one(declared, position, unfiled, &owner, task).map_err(|error| {
                    let option = format!("tokens[{position}] ({}): {}", quoted(&declared.name), error.option);
                    OptionError { option, ..error }
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if options.purge && tokens.is_empty() {
            let reason = "the list is empty, and purge would delete every token. Declare the tokens to keep, or delete with mist_api_token.";
            return Err(OptionError::new("tokens", reason));
        }
        let targets = || tokens.iter().map(|declared| &declared.token.target);
        refuse_duplicates("name", targets().map(|target| Some(target.name.clone())))?;
        refuse_duplicates("id", targets().map(|target| target.id.clone()))?;
        refuse_duplicates("key_file", targets().map(|target| target.key_file.as_ref().map(place)))?;
        let keep = Keep::new(options.keep.as_deref().unwrap_or_default())?;
        Ok(Self { owner, tokens, return_keys: options.return_keys, purge: options.purge.then_some(keep) })
    }
}

fn one(
    declared: &TokenDeclaration,
    position: usize,
    unfiled: Unfiled,
    owner: &OwnerRef,
    task: &Task,
) -> Result<DeclaredToken, OptionError> {
    let is_mentioned = |option: &str| task.mentions(&format!("tokens[{position}].{option}"));
    declared_token(&declared.name, declared.id.as_deref(), &declared.token, unfiled, owner, &is_mentioned)
}

/// The real path of a key file: two paths to one file would let one key overwrite another.
fn place(key_file: &KeyFile) -> String {
    let path = &key_file.path;
    let whole = path.canonicalize().ok();
    let resolved = whole.unwrap_or_else(|| {
        match (path.parent().and_then(|folder| folder.canonicalize().ok()), path.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => path.components().collect::<PathBuf>(),
        }
    });
    resolved.display().to_string()
}

fn refuse_duplicates(option: &str, values: impl Iterator<Item = Option<String>>) -> Result<(), OptionError> {
    let mut seen = BTreeMap::new();
    for (position, value) in values.enumerate().filter_map(|(position, value)| Some((position, value?))) {
        if let Some(first) = seen.insert(value.clone(), position) {
            let reason = format!("'{}' is that of tokens[{first}] too. Give each token its own.", value.escape_debug());
            return Err(OptionError::new(format!("tokens[{position}].{option}"), reason));
        }
    }
    Ok(())
}

/// The names of the tokens that `purge` keeps.
#[derive(Clone, Debug, Default)]
pub struct Keep(Vec<(String, Glob)>);

impl Keep {
    fn new(patterns: &[String]) -> Result<Self, OptionError> {
        if let Some(position) = patterns.iter().position(|pattern| pattern.trim().is_empty()) {
            let reason =
                "empty, and would keep nothing. Check the variable in it, or give a name or a pattern such as ci-*.";
            return Err(OptionError::new(format!("keep[{position}]"), reason));
        }
        Ok(Self(patterns.iter().map(|pattern| (pattern.clone(), Glob::new(pattern))).collect()))
    }

    /// True if a token of this name is kept: as an exact name or by a pattern.
    #[must_use]
    pub fn keeps(&self, name: &str) -> bool {
        self.0.iter().any(|(exact, glob)| exact == name || glob.matches(name))
    }
}

#[cfg(test)]
mod tests;
