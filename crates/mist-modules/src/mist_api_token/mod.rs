//! The Ansible module mist_api_token: one API token of the Juniper Mist cloud, through its whole life.

pub mod docs;

use self::docs::{Options, State};
use crate::common::messages;
use crate::common::options::OptionError;
use crate::tokens::deliver_in_result;
use crate::tokens::message_formatter::{self, MessageFormatter};
use crate::tokens::params::{self, DeclaredToken};
use crate::tokens::privileges::Names;
use crate::tokens::results::{TokenResult, diff, diff_header, diff_of_absent};
use crate::{ConnectionOptions, MistModule, OwnerRef, TokenType};
use ansible_binary_module::file::TargetFile;
use ansible_binary_module::{Diff, Documentation, Outcome, Success, Task};
use mist_client::Client;
use mist_tokens::apply::{self, Applied, ApplyError, Run};
use mist_tokens::calls::{self, search};
use mist_tokens::error::{Error, KeyFileStays, Notice};
use mist_tokens::key_file::KeyFile;
use mist_tokens::lock;
use mist_tokens::marker::LockDomain;
use mist_tokens::plan::{self, Context, Plan};
use mist_tokens::target::{AtPlace, DeadFile, DesiredToken, Selection, Target, Unfiled, select};
use mist_tokens::token::{Listing, Owner};
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::Serialize;
use std::collections::BTreeSet;

/// The module.
#[derive(Debug)]
pub struct MistApiToken;

const FORMATTER: MessageFormatter = MessageFormatter::Token;

impl MistModule for MistApiToken {
    const NAME: &'static str = "mist_api_token";
    const DOCUMENTATION: Documentation = docs::DOCUMENTATION;
    const NULL_RESULTS: &'static [&'static str] = &["key"];
    type Options = Options;
    type Results = Results;
    type Params = Params;

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        let params = Params::new(options, task)?;
        if let Some(key) = params.key() {
            task.hide(key);
        }
        Ok(params)
    }

    fn run(client: &Client, task: &mut Task, options: &Options, params: Params) -> Outcome<Results> {
        let owner = params.owner.resolve(client).map_err(|error| messages::failure_in(task, error))?;
        let output = task.output();
        let work = Work {
            client,
            owner,
            allow_self: options.allow_self,
            check_mode: task.check_mode(),
            is_read: &move || output.is_open(),
        };
        let outcome = match params.action {
            Action::Info(selection) => work.info(&selection, params.search_account_too, task),
            Action::Absent { selection, key_file } => {
                work.absent(&selection, params.search_account_too, key_file.as_ref(), task)
            }
            Action::Present { declared, return_key } => work.present(declared, return_key, task),
        };
        outcome.unwrap_or_else(|error| Err(FORMATTER.failure_in(task, error)))
    }
}

/// The results of `mist_api_token`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// The token as the cloud shows it, with a masked key. In check mode, its known fields.
    #[schemars(extend("x-ansible-returned" = "when O(state=present)"))]
    pub token: Option<Box<TokenResult>>,
    /// Key of the new token, shown only once. V(null) if no token was created, with O(return_key=false), and in check mode.
    #[schemars(extend("x-ansible-returned" = "always"))]
    #[schemars(example = &"VALUE_SHOWN_ONCE")]
    pub key: Option<String>,
    /// The selected tokens.
    #[schemars(extend("x-ansible-returned" = "when O(state=info)"))]
    pub tokens: Option<Vec<TokenResult>>,
    /// Owner of the tokens.
    #[schemars(extend("x-ansible-returned" = "always"))]
    pub token_type: Option<TokenType>,
    /// Ids of deleted tokens. In check mode, of those that would be deleted.
    #[schemars(extend("x-ansible-returned" = "when O(state=absent), and when a token was replaced"))]
    #[schemars(extend("examples" = [["864f351a-1377-4ad9-83f8-72f3fe6199ba"]]))]
    pub deleted: Option<Vec<String>>,
}

/// The context of one run.
struct Work<'a> {
    client: &'a Client,
    owner: Owner,
    allow_self: bool,
    check_mode: bool,
    is_read: &'a (dyn Fn() -> bool + Sync),
}

/// The outcome, or an error before any change that is not worded yet.
type Worked = Result<Outcome<Results>, Error>;

impl Work<'_> {
    fn info(&self, selection: &Selection, search_account_too: bool, task: &mut Task) -> Worked {
        let (owner, listing) = search(self.client, &self.owner, selection, search_account_too)?;
        let found = select(selection, &listing.tokens)?;
        if selection.key.is_some() && found.is_empty() {
            task.warn(message_formatter::nobodys_key(&owner, search_account_too));
        }
        let msg = format!("{} of {owner}", counted(found.len()));
        let tokens = Some(found.into_iter().map(TokenResult::from).collect());
        let results = Results { tokens, token_type: Some(TokenType::from(&owner)), ..Results::default() };
        Ok(Ok(Success::unchanged(results).with_msg(msg)))
    }

    fn absent(
        &self,
        selection: &Selection,
        search_account_too: bool,
        key_file: Option<&(KeyFile, TargetFile)>,
        task: &mut Task,
    ) -> Worked {
        let (owner, listing) = search(self.client, &self.owner, selection, search_account_too)?;
        let own = apply::own_tokens(self.client, &listing.tokens);
        let nowhere = AtPlace::nowhere();
        let mut plan = plan::absent(selection, &listing.tokens, &self.context(&nowhere, &own, &listing, None))?;
        let file = key_file.map(|(file, writer)| (file, writer, DeadFile::of(file.read().as_ref(), &plan.delete)));
        let goes = file.as_ref().filter(|(_, _, end)| *end == DeadFile::Goes);
        if let Some((file, _, DeadFile::Stays(why))) = &file {
            plan.notices.push(Notice::KeyFileStays { path: file.path.clone(), why: why.clone() });
        }
        if selection.key.is_some() && plan.delete.is_empty() {
            task.warn(message_formatter::nobodys_key(&owner, search_account_too));
        }
        let diff = diff_of_absent(&plan, goes.is_some()).headed(diff_header(&owner));
        let nothing = DesiredToken { target: Target::default(), writer: None };
        let Applied { plan, mut outcome } = self.follow(&owner, &nothing, plan, &listing, &own, None);
        if let (Ok(done), Some((file, writer, _)), false) = (&mut outcome, goes, self.check_mode)
            && let Err(fault) = file.remove(writer)
        {
            let why = KeyFileStays::Fault(fault);
            done.notices.push(Notice::KeyFileStays { path: file.path.clone(), why });
        }
        let count = plan.delete.len();
        let msg = match (count, self.check_mode) {
            (0, _) => "no such token exists".to_owned(),
            (_, true) => format!("{} would be deleted", counted(count)),
            (_, false) => format!("{} deleted", counted(count)),
        };
        Ok(self.task_result(task, &owner, &plan, outcome, Report { msg, diff, return_key: false, lists_deleted: true }))
    }

    fn present(&self, declared: DeclaredToken, return_key: bool, task: &mut Task) -> Worked {
        let DeclaredToken { token: mut wanted, privileges } = declared;
        // Held until the key is delivered. Check mode writes nothing, not even a lock.
        let name = wanted.target.name.clone();
        let lock = match self.check_mode {
            true => None,
            false => Some(lock::acquire(self.client, &self.owner, &name)?),
        };
        let domain = match &lock {
            Some(lock) => lock.domain(),
            None => lock::domain_if_free(self.client, &self.owner, Some(&name)),
        };
        let place = wanted.look()?;
        if let (Owner::Organization(id), Some(privileges)) = (&self.owner, privileges) {
            let names = Names::look_up(self.client, id, &privileges)?;
            wanted.target.privileges = Some(names.resolve(&privileges));
        }
        let listing = calls::list(self.client, &self.owner)?;
        let own = apply::own_tokens(self.client, &listing.tokens);
        let mut plan =
            plan::present(&wanted.target, &self.owner, &listing.tokens, &self.context(&place, &own, &listing, domain))?;
        wanted.check(&mut plan)?;
        if self.check_mode && plan.create.is_some() {
            plan.notices.extend(plan::in_progress(&name, &listing, domain));
        }
        let Applied { plan, outcome } = self.follow(&self.owner, &wanted, plan, &listing, &own, domain);
        drop(lock);
        if let Some((token, key)) = outcome.as_ref().map_or_else(|stopped| stopped.done.made(), apply::Outcome::made)
            && return_key
        {
            deliver_in_result(task, self.client, &self.owner, &token.id, key, wanted.target.key_file.is_some());
        }
        let key_file = wanted.target.key_file.as_ref().map(|_| &place.found);
        let diff = diff(&plan, key_file).headed(diff_header(&self.owner));
        let msg = format!("token '{}' {}", wanted.target.name.escape_debug(), came_to(&plan, self.check_mode));
        Ok(self.task_result(task, &self.owner, &plan, outcome, Report { msg, diff, return_key, lists_deleted: false }))
    }

    /// Applies the plan, or predicts its outcome in check mode.
    fn follow(
        &self,
        owner: &Owner,
        wanted: &DesiredToken,
        plan: Plan,
        listing: &Listing,
        own: &BTreeSet<String>,
        domain: Option<LockDomain>,
    ) -> Applied {
        if self.check_mode {
            let done = apply::Outcome::predicted(&plan);
            return Applied { plan, outcome: Ok(done) };
        }
        let run = Run { client: self.client, owner, own, allow_self: self.allow_self, domain, is_read: self.is_read };
        apply::apply(&run, wanted, plan, listing)
    }

    /// The result of an applied plan.
    fn task_result(
        &self,
        task: &mut Task,
        owner: &Owner,
        plan: &Plan,
        outcome: Result<apply::Outcome, Box<ApplyError>>,
        report: Report,
    ) -> Outcome<Results> {
        let (done, failed) = match outcome {
            Ok(done) => (done, None),
            Err(stopped) => (stopped.done, Some(FORMATTER.failure(stopped.error))),
        };
        for notice in &done.notices {
            task.warn(FORMATTER.notice(notice));
        }
        let results = Results {
            token: TokenResult::of(&done, plan, failed.is_some()).map(Box::new),
            key: done.key.as_ref().filter(|_| report.return_key).map(|key| key.expose_secret().to_owned()),
            deleted: (report.lists_deleted || !done.deleted.is_empty()).then(|| done.deleted.clone()),
            token_type: Some(TokenType::from(owner)),
            ..Results::default()
        };
        let changed = if self.check_mode { plan.changes() } else { done.changed() };
        match failed {
            None => {
                // A field that the cloud drops is not a change.
                let mut diff = report.diff;
                if plan.changes() && !changed {
                    diff.after = diff.before.clone();
                }
                Ok(Success::new(changed, results).with_diff(diff).with_msg(report.msg))
            }
            Some(failure) => Err(failure.with_results(results).with_changed(changed)),
        }
    }

    fn context<'a>(
        &self,
        place: &'a AtPlace,
        own: &'a BTreeSet<String>,
        listing: &Listing,
        domain: Option<LockDomain>,
    ) -> Context<'a> {
        Context {
            key_file: &place.found,
            other_attributes: place.other_attributes,
            own,
            allow_self: self.allow_self,
            now: listing.now(),
            judge: listing.judge(domain),
        }
    }
}

/// The parts of a result next to the outcome of the plan.
struct Report {
    msg: String,
    diff: Diff,
    return_key: bool,
    /// True if the result lists the deleted ids even if none were deleted.
    lists_deleted: bool,
}

fn counted(tokens: usize) -> String {
    if tokens == 1 { "1 token".to_owned() } else { format!("{tokens} tokens") }
}

/// The action of a plan in a word.
fn came_to(plan: &Plan, check_mode: bool) -> String {
    let word = if plan.replaces() {
        "replaced"
    } else if plan.create.is_some() {
        "created"
    } else if plan.changes() {
        "updated"
    } else {
        return "is as declared".to_owned();
    };
    if check_mode { format!("would be {word}") } else { word.to_owned() }
}

/// The checked options.
#[derive(Debug)]
pub struct Params {
    pub owner: OwnerRef,
    /// True if the account's tokens are searched too: a key does not show whose it is.
    pub search_account_too: bool,
    pub action: Action,
}

/// The state that the task declares.
#[derive(Debug)]
pub enum Action {
    Present {
        declared: DeclaredToken,
        /// True if the result contains the key.
        return_key: bool,
    },
    Absent {
        selection: Selection,
        /// Deleted too, if it contains nothing else.
        key_file: Option<(KeyFile, TargetFile)>,
    },
    Info(Selection),
}

impl Params {
    /// The whole key of the selection, without the text around it.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match &self.action {
            Action::Absent { selection, .. } | Action::Info(selection) => {
                selection.key.as_ref().map(ExposeSecret::expose_secret)
            }
            Action::Present { .. } => None,
        }
    }

    /// Reads the options.
    pub fn new(options: &Options, task: &Task) -> Result<Self, OptionError> {
        let owner = options.owner.owner(task)?;
        if options.key.is_some() && options.state == State::Present {
            let reason = "not with state: present. The cloud chooses the key of a new token; set key with state: absent or info.";
            return Err(OptionError::new("key", reason));
        }
        let (name, id) = (options.name.as_deref(), options.id.as_deref());
        let selection = params::selection(name, id, options.key.as_ref())?;
        let action = match options.state {
            State::Present => {
                let required = || OptionError::new("name", "required. Give the token a name that describes its use.");
                let unfiled = match options.return_key {
                    None => Unfiled::Returned,
                    Some(true) => Unfiled::ReturnedAlways,
                    Some(false) => Unfiled::Dropped,
                };
                let is_mentioned = |option: &str| task.mentions(option);
                let name = name.ok_or_else(required)?;
                let declared = params::declared_token(name, id, &options.token, unfiled, &owner, &is_mentioned)?;
                let return_key = options.return_key.unwrap_or(declared.token.target.key_file.is_none());
                Action::Present { declared, return_key }
            }
            State::Absent => {
                let key_file = match params::key_file(&options.token)? {
                    Some(file) => {
                        let writer = options.token.file.target(&file.path)?;
                        Some((file, writer))
                    }
                    None => None,
                };
                Action::Absent { selection, key_file }
            }
            State::Info => Action::Info(selection),
        };
        let search_account_too = options.key.is_some() && owner != OwnerRef::User && options.owner.token_type.is_none();
        Ok(Self { owner, search_account_too, action })
    }
}

#[cfg(test)]
mod tests;
