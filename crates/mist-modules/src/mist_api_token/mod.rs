//! The Ansible module mist_api_token: one API token of the Juniper Mist cloud, through its whole life.
//!
//! `options` says what a task can ask for, `wanted` what that means, `decision` and `plan` what is to be done about it,
//! and `carry_out` does it; `results` says what is returned and `difference` what `--diff` shows.

pub mod carry_out;
pub mod decision;
pub mod difference;
pub mod documentation;
pub mod options;
pub mod plan;
pub mod privileges;
pub mod results;
pub mod rotation;
pub mod search;
pub mod wanted;

use crate::TokenType;
use crate::mist_api_token::carry_out::{Done, carry_out};
use crate::mist_api_token::options::Options;
use crate::mist_api_token::plan::{Plan, Surroundings};
use crate::mist_api_token::privileges::Names;
use crate::mist_api_token::results::{Results, TokenResult};
use crate::mist_api_token::wanted::{Action, Present, Selection, Wanted};
use ansible_binary_module::{Diff, Documentation, Failure, Module, Success, Task};
use mist_client::Client;
use mist_tokens::key_file::Found;
use mist_tokens::lock;
use mist_tokens::token::{self, Listing, Owner};

/// The module.
#[derive(Debug)]
pub struct MistApiToken;

/// What the module calls itself towards the cloud.
const USER_AGENT: &str = concat!("mist_api_token/", env!("CARGO_PKG_VERSION"));

impl Module for MistApiToken {
    const NAME: &'static str = "mist_api_token";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = Options;
    type Results = Results;

    fn documentation() -> Documentation {
        documentation::DOCUMENTATION
    }

    fn run(task: &mut Task, options: Options) -> Result<Success<Results>, Failure<Results>> {
        let wanted = Wanted::new(&options, task)?;
        options.connection.converse(task, USER_AGENT, |client, task| {
            let owner = wanted.owner.resolve(client)?;
            let run = Run { client, owner, allow_self: options.allow_self, check_mode: task.check_mode() };
            match &wanted.action {
                Action::Info(selection) => run.info(selection, wanted.search_account_too),
                Action::Absent(selection) => run.absent(selection, wanted.search_account_too, task),
                Action::Present(present) => run.present(present, task),
            }
        })
    }
}

/// One run: what it has at hand.
struct Run<'a> {
    client: &'a Client,
    owner: Owner,
    allow_self: bool,
    check_mode: bool,
}

type Outcome = Result<Success<Results>, Failure<Results>>;

impl Run<'_> {
    fn info(&self, selection: &Selection, search_account_too: bool) -> Outcome {
        let (owner, listing) = search::search(self.client, &self.owner, selection, search_account_too)?;
        let found = plan::select(selection, &listing.tokens)?;
        let tokens = Some(found.into_iter().map(TokenResult::from).collect());
        let token_type = Some(TokenType::from(&owner));
        Ok(Success::unchanged(Results { tokens, token_type, ..Results::default() }))
    }

    fn absent(&self, selection: &Selection, search_account_too: bool, task: &mut Task) -> Outcome {
        let (owner, listing) = search::search(self.client, &self.owner, selection, search_account_too)?;
        let plan = plan::absent(selection, &listing.tokens, &self.surroundings(&Found::Nothing, &listing))?;
        self.follow(task, &owner, None, &plan, &listing, difference::of(&plan, None))
    }

    fn present(&self, present: &Present, task: &mut Task) -> Outcome {
        // Held until the token is made; in check mode nothing is written, not even a lock.
        let _lock = if self.check_mode {
            None
        } else {
            Some(lock::acquire(self.client, &self.owner, &present.name).map_err(|error| error.to_string())?)
        };
        let key_file = decision::look(present)?;
        let names = match &self.owner {
            Owner::Organisation(id) => Names::look_up(self.client, id, present.privileges.iter().flatten())?,
            Owner::User => Names::default(),
        };
        let listing = token::list(self.client, &self.owner).map_err(|error| error.to_string())?;
        let surroundings = self.surroundings(&key_file, &listing);
        let plan = decision::decide(present, &names, &self.owner, &listing.tokens, &surroundings)?;
        decision::check_place(present, &plan, &key_file, &listing.tokens)?;
        let diff = difference::of(&plan, present.key_file.as_ref().map(|_| &key_file));
        self.follow(task, &self.owner, Some(present), &plan, &listing, diff)
    }

    /// Does what the plan says, or in check mode tells what that would be.
    fn follow(
        &self,
        task: &mut Task,
        owner: &Owner,
        present: Option<&Present>,
        plan: &Plan,
        listing: &Listing,
        diff: Diff,
    ) -> Outcome {
        let key_file = present.and_then(|present| present.key_file.as_ref());
        let (done, failed) = if self.check_mode {
            (Done::foreseen(plan), None)
        } else {
            match carry_out(self.client, owner, key_file, plan, listing) {
                Ok(done) => (done, None),
                Err(stopped) => (stopped.done, Some(stopped.trouble.message)),
            }
        };
        for warning in &done.warnings {
            task.warn(warning);
        }
        let changed = if self.check_mode { plan.changes() } else { done.changed(plan) };
        let mut results = Results::of(&done, present, plan, failed.is_some());
        results.token_type = Some(TokenType::from(owner));
        match failed {
            None => Ok(Success::new(changed, results).with_diff(diff)),
            Some(message) => {
                let failure = Failure::new(message).with_results(results);
                Err(if changed { failure.after_change() } else { failure })
            }
        }
    }

    fn surroundings<'a>(&self, key_file: &'a Found, listing: &Listing) -> Surroundings<'a> {
        let own = decision::own(self.client, &listing.tokens);
        Surroundings { key_file, own, allow_self: self.allow_self, now: listing.now() }
    }
}
