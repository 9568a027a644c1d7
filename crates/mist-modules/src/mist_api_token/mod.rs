//! The Ansible module mist_api_token: one API token of the Juniper Mist cloud, through its whole life.
//!
//! `options` says what a task can ask for and `request` what that means; what is to be done about it, and doing it, is
//! `mist_tokens`'s; `results` says what is returned.

pub mod documentation;
pub mod options;
pub mod request;
pub mod results;

use self::options::Options;
use self::request::{Action, Request};
use self::results::Results;
use crate::TokenType;
use crate::tokens::difference;
use crate::tokens::results::TokenResult;
use crate::tokens::words::Speaker;
use ansible_binary_module::{Diff, Documentation, Failure, Module, Success, Task};
use mist_client::Client;
use mist_tokens::apply::{self, Applied, Done, Run, Stopped};
use mist_tokens::error::{Error, KeyFileStays, Notice};
use mist_tokens::key_file::{Destination, FaultKind, KeyFile};
use mist_tokens::names::Names;
use mist_tokens::plan::{self, Context, Plan};
use mist_tokens::search::search;
use mist_tokens::selection::{Selection, select};
use mist_tokens::token::{Listing, Owner};
use mist_tokens::wanted::{AtPlace, DeadFile, Wanted};
use mist_tokens::{calls, lock};
use secrecy::ExposeSecret;
use std::collections::BTreeSet;

/// The module.
#[derive(Debug)]
pub struct MistApiToken;

/// What the module calls itself towards the cloud.
const USER_AGENT: &str = concat!("mist_api_token/", env!("CARGO_PKG_VERSION"));

/// Whose words.
const SPEAKER: Speaker = Speaker::Token;

impl Module for MistApiToken {
    const NAME: &'static str = "mist_api_token";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = Options;
    type Results = Results;

    const DOCUMENTATION: Documentation = documentation::DOCUMENTATION;

    fn run(task: &mut Task, options: Options) -> Result<Success<Results>, Failure<Results>> {
        let request = Request::new(&options, task)?;
        options.connection.converse(task, USER_AGENT, |client, task| {
            let owner = request.owner.resolve(client)?;
            let work = Work { client, owner, allow_self: options.allow_self, check_mode: task.check_mode() };
            let outcome = match request.action {
                Action::Info(selection) => work.info(&selection, request.search_account_too),
                Action::Absent { selection, key_file } => {
                    work.absent(&selection, request.search_account_too, key_file.as_ref(), task)
                }
                Action::Present { wanted, return_key } => work.present(wanted, return_key, task),
            };
            outcome.unwrap_or_else(|error| Err(SPEAKER.error(&error).into()))
        })
    }
}

/// One run: what it has at hand.
struct Work<'a> {
    client: &'a Client,
    owner: Owner,
    allow_self: bool,
    check_mode: bool,
}

/// What was done, or what went wrong before anything was; the latter still to be worded.
type Outcome = Result<Result<Success<Results>, Failure<Results>>, Error>;

impl Work<'_> {
    fn info(&self, selection: &Selection, search_account_too: bool) -> Outcome {
        let (owner, listing) = search(self.client, &self.owner, selection, search_account_too)?;
        let found = select(selection, &listing.tokens)?;
        let msg = format!("{} of {owner}", counted(found.len()));
        let tokens = Some(found.into_iter().map(TokenResult::from).collect());
        let results = Results { tokens, token_type: Some(TokenType::from(&owner)), ..Results::default() };
        Ok(Ok(Success::unchanged(results).with_msg(msg)))
    }

    fn absent(
        &self,
        selection: &Selection,
        search_account_too: bool,
        key_file: Option<&(KeyFile, Box<dyn Destination>)>,
        task: &mut Task,
    ) -> Outcome {
        let (owner, listing) = search(self.client, &self.owner, selection, search_account_too)?;
        let own = apply::own_tokens(self.client, &listing.tokens);
        let nowhere = AtPlace::nowhere();
        let mut plan = plan::absent(selection, &listing.tokens, &self.context(&nowhere, &own, &listing))?;
        let mut file_goes = None;
        if let Some((file, destination)) = key_file {
            match DeadFile::of(file.read().as_ref(), &plan.delete) {
                DeadFile::None => {}
                DeadFile::Goes => file_goes = Some((file, destination.as_ref())),
                DeadFile::Stays(why) => plan.notices.push(Notice::KeyFileStays { path: file.path.clone(), why }),
            }
        }
        if selection.key.is_some() && plan.delete.is_empty() {
            task.warn(format!(
                "key: no token of {} has a key that begins and ends like this one. If it was leaked, it may be of another account, organisation or cloud \
                 (host): look there too.",
                if search_account_too { format!("{owner} or of the account") } else { owner.to_string() }
            ));
        }
        let diff = difference::of_absent(&plan, file_goes.is_some()).headed(difference::header(&owner));
        let empty = Wanted { target: mist_tokens::target::Target::default(), destination: None };
        let Applied { plan, outcome } = self.follow(&owner, &empty, plan, &listing, &own);
        let outcome = match (outcome, file_goes) {
            (Ok(mut done), Some((file, destination))) if !self.check_mode => {
                if let Err(words) = destination.remove() {
                    let why = KeyFileStays::Fault(file.fault(FaultKind::Unwritable(words)));
                    done.notices.push(Notice::KeyFileStays { path: file.path.clone(), why });
                }
                Ok(done)
            }
            (outcome, _) => outcome,
        };
        let msg = |done: &Done| match done.deleted.len() {
            0 => "there was no such token".to_owned(),
            count if self.check_mode => format!("{} would be deleted", counted(count)),
            count => format!("{} deleted", counted(count)),
        };
        Ok(self.told(task, &owner, plan, outcome, false, true, diff, msg))
    }

    fn present(&self, mut wanted: Wanted, return_key: bool, task: &mut Task) -> Outcome {
        // Held until the token is made; in check mode nothing is written, not even a lock.
        let _lock = match self.check_mode {
            true => None,
            false => Some(lock::acquire(self.client, &self.owner, &wanted.target.name)?),
        };
        let place = wanted.look()?;
        if let (Owner::Organisation(id), Some(privileges)) = (&self.owner, wanted.target.privileges.take()) {
            let names = Names::look_up(self.client, id, &privileges)?;
            wanted.target.privileges = Some(names.resolve(privileges));
        }
        let listing = calls::list(self.client, &self.owner)?;
        let own = apply::own_tokens(self.client, &listing.tokens);
        let context = self.context(&place, &own, &listing);
        let mut plan = plan::present(&wanted.target, &self.owner, &listing.tokens, &context)?;
        wanted.check(&mut plan)?;
        let Applied { plan, outcome } = self.follow(&self.owner, &wanted, plan, &listing, &own);
        let key_file = wanted.target.key_file.as_ref().map(|_| &place.found);
        let diff = difference::of(&plan, key_file).headed(difference::header(&self.owner));
        let name = wanted.target.name.clone();
        let msg = |_: &Done| format!("token '{}' {}", name.escape_debug(), came_to(&plan, self.check_mode));
        let told = msg(&Done::default());
        Ok(self.told(task, &self.owner, plan.clone(), outcome, return_key, false, diff, |_| told.clone()))
    }

    /// Does what the plan says, or in check mode tells what that would be.
    fn follow(&self, owner: &Owner, wanted: &Wanted, plan: Plan, listing: &Listing, own: &BTreeSet<String>) -> Applied {
        if self.check_mode {
            let done = Done::foreseen(&plan);
            return Applied { plan, outcome: Ok(done) };
        }
        let run = Run { client: self.client, owner, own, allow_self: self.allow_self, is_read: &|| true };
        apply::apply(&run, wanted, plan, listing)
    }

    /// What is returned of a plan that was followed.
    #[allow(clippy::too_many_arguments)]
    fn told(
        &self,
        task: &mut Task,
        owner: &Owner,
        plan: Plan,
        outcome: Result<Done, Box<Stopped>>,
        return_key: bool,
        is_absent: bool,
        diff: Diff,
        msg: impl Fn(&Done) -> String,
    ) -> Result<Success<Results>, Failure<Results>> {
        let (done, failed) = match outcome {
            Ok(done) => (done, None),
            Err(stopped) => (stopped.done, Some(SPEAKER.error(&stopped.error))),
        };
        for notice in &done.notices {
            task.warn(SPEAKER.notice(notice));
        }
        let results = Results {
            token: TokenResult::of(&done, &plan, failed.is_some()).map(Box::new),
            key: done.key.as_ref().filter(|_| return_key).map(|key| key.expose_secret().to_owned()),
            deleted: (is_absent || !done.deleted.is_empty()).then(|| done.deleted.clone()),
            token_type: Some(TokenType::from(owner)),
            ..Results::default()
        };
        let changed = if self.check_mode { plan.changes() } else { done.changed() };
        match failed {
            None => {
                let diff = if changed || !plan.changes() { diff } else { Diff::new(diff.before.clone(), diff.before) };
                Ok(Success::new(changed, results).with_diff(diff).with_msg(msg(&done)))
            }
            Some(message) => {
                let failure = Failure::new(message).with_results(results);
                Err(if changed { failure.after_change() } else { failure })
            }
        }
    }

    fn context<'a>(&self, place: &'a AtPlace, own: &'a BTreeSet<String>, listing: &Listing) -> Context<'a> {
        Context {
            key_file: &place.found,
            other_attributes: place.other_attributes,
            own,
            allow_self: self.allow_self,
            now: listing.now(),
        }
    }
}

fn counted(tokens: usize) -> String {
    if tokens == 1 { "1 token".to_owned() } else { format!("{tokens} tokens") }
}

/// What following this plan comes to, in a word.
fn came_to(plan: &Plan, check_mode: bool) -> String {
    let word = if plan.replaces() {
        "replaced"
    } else if plan.create.is_some() {
        "created"
    } else if plan.changes() {
        "updated"
    } else {
        return "is as wanted".to_owned();
    };
    if check_mode { format!("would be {word}") } else { word.to_owned() }
}
