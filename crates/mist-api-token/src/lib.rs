//! The Ansible module mist_api_token: one API token of the Juniper Mist cloud, through its whole life.
//!
//! `options` says what a task can ask for, `wanted` what that means, `plan` what is to be done about it, and
//! `carry_out` does it; `results` says what is returned and `difference` what `--diff` shows.

pub mod carry_out;
pub mod difference;
pub mod documentation;
pub mod options;
pub mod plan;
pub mod results;
pub mod wanted;

use crate::carry_out::{Done, carry_out};
use crate::options::Options;
use crate::plan::{Plan, Surroundings};
use crate::results::{Results, TokenResult};
use crate::wanted::{Action, Present, Selection, Wanted};
use ansible_binary_module::{Diff, Documentation, Failure, Module, Success, Task};
use mist_client::key_file::Found;
use mist_client::token::{self, Listing, Token};
use mist_client::{Client, lock};
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
        options
            .connection
            .converse(task, USER_AGENT, |client, task| {
                let run = Run {
                    client,
                    wanted: &wanted,
                    allow_self: options.allow_self,
                    check_mode: task.check_mode(),
                };
                match &wanted.action {
                    Action::Info(selection) => run.info(selection),
                    Action::Absent(selection) => run.absent(selection, task),
                    Action::Present(present) => run.present(present, task),
                }
            })
    }
}

/// One run: what it has at hand.
struct Run<'a> {
    client: &'a Client,
    wanted: &'a Wanted,
    allow_self: bool,
    check_mode: bool,
}

type Outcome = Result<Success<Results>, Failure<Results>>;

impl Run<'_> {
    fn info(&self, selection: &Selection) -> Outcome {
        let listing = self.list()?;
        let found = plan::select(selection, &listing.tokens)?;
        let tokens = Some(found.into_iter().map(TokenResult::from).collect());
        Ok(Success::unchanged(Results {
            tokens,
            ..Results::default()
        }))
    }

    fn absent(&self, selection: &Selection, task: &mut Task) -> Outcome {
        let listing = self.list()?;
        let plan = plan::absent(
            selection,
            &listing.tokens,
            &self.surroundings(&Found::Nothing, &listing),
        )?;
        self.follow(task, None, &plan, &listing, difference::of(&plan, None))
    }

    fn present(&self, present: &Present, task: &mut Task) -> Outcome {
        // Held until the token is made; in check mode nothing is written, not even a lock.
        let _lock = if self.check_mode {
            None
        } else {
            Some(self.lock(&present.name)?)
        };
        let key_file = match &present.key_file {
            Some(key_file) => key_file.read().map_err(|error| error.to_string())?,
            None => Found::Nothing,
        };
        let listing = self.list()?;
        let plan = plan::present(
            present,
            &self.wanted.owner,
            &listing.tokens,
            &self.surroundings(&key_file, &listing),
        )?;
        if let (Some(path), Found::Key { exposed: true, .. }) = (&present.key_file, &key_file) {
            task.warn(format!(
                "key_file: others than its owner may read '{}'; give it mode 0600, or replace the token if they should not have its key.",
                path.path.display()
            ));
        }
        if plan.create.is_some()
            && let Some(key_file) = &present.key_file
        {
            key_file.check().map_err(|error| error.to_string())?;
        }
        let diff = difference::of(&plan, present.key_file.as_ref().map(|_| &key_file));
        self.follow(task, Some(present), &plan, &listing, diff)
    }

    /// Does what the plan says, or in check mode tells what that would be.
    fn follow(
        &self,
        task: &mut Task,
        present: Option<&Present>,
        plan: &Plan,
        listing: &Listing,
        diff: Diff,
    ) -> Outcome {
        let (done, failed) = if self.check_mode {
            (foreseen(plan), None)
        } else {
            match carry_out(self.client, &self.wanted.owner, present, plan, listing) {
                Ok(done) => (done, None),
                Err((message, done)) => (*done, Some(message)),
            }
        };
        for warning in &done.warnings {
            task.warn(warning);
        }
        let changed = if self.check_mode {
            plan.changes()
        } else {
            done.changed(plan)
        };
        let results = results(&done, present, plan, failed.is_some());
        match failed {
            None => Ok(Success::new(changed, results).with_diff(diff)),
            Some(message) => {
                let failure = Failure::new(message).with_results(results);
                Err(if changed {
                    failure.after_change()
                } else {
                    failure
                })
            }
        }
    }

    fn list(&self) -> Result<Listing, String> {
        token::list(self.client, &self.wanted.owner).map_err(|error| error.to_string())
    }

    fn lock(&self, name: &str) -> Result<lock::Lock, String> {
        lock::acquire(self.client, &self.wanted.owner, name).map_err(|error| error.to_string())
    }

    fn surroundings<'a>(&self, key_file: &'a Found, listing: &Listing) -> Surroundings<'a> {
        let authentication = self.client.authentication();
        let is_own = |token: &&Token| {
            token
                .key
                .as_ref()
                .is_some_and(|key| authentication.is_own(key))
        };
        let own = listing
            .tokens
            .iter()
            .filter(is_own)
            .map(|token| token.id.clone())
            .collect();
        Surroundings {
            key_file,
            own,
            allow_self: self.allow_self,
        }
    }
}

/// What the real run would do, as far as it can be known beforehand.
fn foreseen(plan: &Plan) -> Done {
    Done {
        token: plan
            .keep
            .as_ref()
            .map(|token| difference::updated(token, plan)),
        deleted: plan.delete.iter().map(|token| token.id.clone()).collect(),
        warnings: plan.warnings.clone(),
        ..Done::default()
    }
}

fn results(done: &Done, present: Option<&Present>, plan: &Plan, failed: bool) -> Results {
    let drafted = plan
        .create
        .as_ref()
        .filter(|_| !failed)
        .map(|draft| TokenResult {
            name: Some(draft.name.clone()),
            privileges: draft
                .privileges
                .as_ref()
                .map(|list| list.iter().map(Into::into).collect()),
            src_ips: draft.src_ips.clone(),
            ..TokenResult::default()
        });
    let return_key = present.is_some_and(|present| present.return_key);
    Results {
        token: done.token.as_ref().map(TokenResult::from).or(drafted),
        key: done
            .key
            .as_ref()
            .filter(|_| return_key)
            .map(|key| key.expose_secret().to_owned()),
        tokens: None,
        deleted: (present.is_none() || !done.deleted.is_empty()).then(|| done.deleted.clone()),
        api_calls: 0,
    }
}
