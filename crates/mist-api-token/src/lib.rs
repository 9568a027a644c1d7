//! The Ansible module mist_api_token: one API token of the Juniper Mist cloud, through its whole life.
//!
//! `options` says what a task can ask for, `wanted` what that means, `plan` what is to be done about it, and
//! `carry_out` does it; `results` says what is returned and `difference` what `--diff` shows.

pub mod carry_out;
pub mod difference;
pub mod documentation;
pub mod options;
pub mod plan;
pub mod privileges;
pub mod results;
pub mod rotation;
pub mod search;
pub mod wanted;

use crate::carry_out::{Done, carry_out};
use crate::options::Options;
use crate::plan::{Plan, Surroundings};
use crate::privileges::Names;
use crate::results::{Results, TokenResult};
use crate::wanted::{Action, Present, Selection, Wanted};
use ansible_binary_module::{Diff, Documentation, Failure, Module, Success, Task};
use mist_client::key_file::Found;
use mist_client::token::{self, Listing, Owner, Token};
use mist_client::{Client, lock};
use mist_module_common::TokenType;
use secrecy::ExposeSecret;

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
        let key_file = match &present.key_file {
            Some(key_file) => key_file.read().map_err(|error| error.to_string())?,
            None => Found::Nothing,
        };
        let names = match &self.owner {
            Owner::Organisation(id) => Names::look_up(self.client, id, present.privileges.iter().flatten())?,
            Owner::User => Names::default(),
        };
        let listing = self.list(&self.owner)?;
        let target = present.target(&names);
        let plan = plan::present(&target, &self.owner, &listing.tokens, &self.surroundings(&key_file, &listing))?;
        if let (Some(path), Found::Key { exposed: true, .. }) = (&present.key_file, &key_file) {
            task.warn(format!(
                "key_file: others than its owner may read '{}'; give it mode 0600, or replace the token if they should not have its key.",
                path.path.display()
            ));
        }
        if let (Some(_), Some(key_file)) = (&plan.create, &present.key_file) {
            key_file.check().map_err(|error| error.to_string())?;
        }
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
            (foreseen(plan), None)
        } else {
            match carry_out(self.client, owner, key_file, plan, listing) {
                Ok(done) => (done, None),
                Err((message, done)) => (*done, Some(message)),
            }
        };
        for warning in &done.warnings {
            task.warn(warning);
        }
        let changed = if self.check_mode { plan.changes() } else { done.changed(plan) };
        let mut results = results(&done, present, plan, failed.is_some());
        results.token_type = Some(TokenType::from(owner));
        match failed {
            None => Ok(Success::new(changed, results).with_diff(diff)),
            Some(message) => {
                let failure = Failure::new(message).with_results(results);
                Err(if changed { failure.after_change() } else { failure })
            }
        }
    }

    fn list(&self, owner: &Owner) -> Result<Listing, String> {
        token::list(self.client, owner).map_err(|error| error.to_string())
    }

    fn surroundings<'a>(&self, key_file: &'a Found, listing: &Listing) -> Surroundings<'a> {
        let authentication = self.client.authentication();
        let is_own = |token: &&Token| token.key.as_ref().is_some_and(|key| authentication.is_own(key));
        let own = listing.tokens.iter().filter(is_own).map(|token| token.id.clone()).collect();
        Surroundings { key_file, own, allow_self: self.allow_self, now: listing.now() }
    }
}

/// What the real run would do, as far as it can be known beforehand.
fn foreseen(plan: &Plan) -> Done {
    Done {
        token: plan.keep.as_ref().filter(|_| plan.create.is_none()).map(|token| difference::updated(token, plan)),
        deleted: plan.deleted().map(|token| token.id.clone()).collect(),
        warnings: plan.warnings.clone(),
        ..Done::default()
    }
}

fn results(done: &Done, present: Option<&Present>, plan: &Plan, failed: bool) -> Results {
    let drafted = plan.create.as_ref().filter(|_| !failed).map(|draft| TokenResult {
        name: Some(draft.name.clone()),
        privileges: draft.privileges.as_ref().map(|list| list.iter().map(Into::into).collect()),
        src_ips: draft.src_ips.clone(),
        ..TokenResult::default()
    });
    let return_key = present.is_some_and(|present| present.return_key);
    Results {
        token: done.token.as_ref().map(TokenResult::from).or(drafted),
        key: done.key.as_ref().filter(|_| return_key).map(|key| key.expose_secret().to_owned()),
        deleted: (present.is_none() || !done.deleted.is_empty()).then(|| done.deleted.clone()),
        ..Results::default()
    }
}
