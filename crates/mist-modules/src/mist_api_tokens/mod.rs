//! The Ansible module mist_api_tokens: the whole set of tokens of an account or organisation, declared at once.
//!
//! It does for each token what `mist_api_token` does for one, with one listing for all. `options` says what a task can
//! ask for, `wanted` what that means, `set` what is to be done about it, and `carry_out` does it, several tokens at a
//! time (`workers`); `results` says what is returned, `difference` what `--diff` shows, and `words` what went wrong.

pub mod carry_out;
pub mod difference;
pub mod documentation;
pub mod options;
pub mod results;
pub mod set;
pub mod wanted;
pub mod words;
pub mod workers;

use crate::mist_api_token::decision;
use crate::mist_api_token::privileges::Names;
use crate::mist_api_tokens::carry_out::{SetDone, carry_out};
use crate::mist_api_tokens::options::Options;
use crate::mist_api_tokens::results::Results;
use crate::mist_api_tokens::set::{SetPlan, Situation};
use crate::mist_api_tokens::wanted::Wanted;
use ansible_binary_module::{Documentation, Failure, Module, Success, Task};
use mist_client::Client;
use mist_tokens::key_file::Found;
use mist_tokens::lock;
use mist_tokens::token::{self, Owner};

/// The module.
#[derive(Debug)]
pub struct MistApiTokens;

/// What the module calls itself towards the cloud.
const USER_AGENT: &str = concat!("mist_api_tokens/", env!("CARGO_PKG_VERSION"));

impl Module for MistApiTokens {
    const NAME: &'static str = "mist_api_tokens";
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
            run(client, task, &owner, &wanted, options.allow_self)
        })
    }
}

fn run(
    client: &Client,
    task: &mut Task,
    owner: &Owner,
    wanted: &Wanted,
    allow_self: bool,
) -> Result<Success<Results>, Failure<Results>> {
    let declared = &wanted.tokens;
    let refuse = |reasons: Vec<(usize, String)>| {
        Failure::new(words::refused(declared, &reasons)).with_results(Results::refused(owner, declared, &reasons))
    };
    // Held until all is done; in check mode nothing is written, not even a lock.
    let _lock = if task.check_mode() {
        None
    } else {
        Some(lock::acquire_all(client, owner).map_err(|error| error.to_string())?)
    };
    let key_files: Vec<Found> = all(declared.iter().map(decision::look)).map_err(refuse)?;
    let names = match owner {
        Owner::Organisation(id) => {
            let wishes = declared.iter().flat_map(|present| present.privileges.iter().flatten());
            Names::look_up(client, id, wishes)?
        }
        Owner::User => Names::default(),
    };
    let listing = token::list(client, owner).map_err(|error| error.to_string())?;
    let own = decision::own(client, &listing.tokens);
    let situation = Situation {
        owner,
        names: &names,
        tokens: &listing.tokens,
        key_files: &key_files,
        own: &own,
        by_token: client.authentication().is_by_token(),
        allow_self,
        now: listing.now(),
    };
    let plan = set::plan(declared, wanted.purge.as_ref(), &situation).map_err(refuse)?;
    let places = declared
        .iter()
        .zip(&key_files)
        .zip(&plan.plans)
        .map(|((present, found), plan)| decision::check_place(present, plan, found, &listing.tokens));
    all(places).map_err(refuse)?;
    let done = if task.check_mode() {
        SetDone::foreseen(&plan)
    } else {
        carry_out(client, owner, declared, &plan, &own, &listing)
    };
    warn(task, wanted, &plan, &done);
    let results = Results::of(owner, declared, &plan, &done, wanted.purge.is_some());
    let diff = difference::of(declared, &key_files, &plan, &done);
    if done.is_complete() {
        return Ok(Success::new(results.changed(), results).with_diff(diff));
    }
    let failure = Failure::new(words::incomplete(declared, &plan, &done)).with_diff(diff);
    let failure = if results.changed() { failure.after_change() } else { failure };
    Err(failure.with_results(results))
}

/// All of them, or for each that failed its position and why.
fn all<T>(each: impl Iterator<Item = Result<T, String>>) -> Result<Vec<T>, Vec<(usize, String)>> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (position, one) in each.enumerate() {
        match one {
            Ok(one) => good.push(one),
            Err(reason) => bad.push((position, reason)),
        }
    }
    if bad.is_empty() { Ok(good) } else { Err(bad) }
}

fn warn(task: &mut Task, wanted: &Wanted, plan: &SetPlan, done: &SetDone) {
    for (present, outcome) in wanted.tokens.iter().zip(&done.tokens) {
        let told = match outcome {
            carry_out::Outcome::Done(done) => &done.warnings,
            carry_out::Outcome::Failed(stopped) => &stopped.done.warnings,
            carry_out::Outcome::NotBegun => continue,
        };
        for warning in told {
            task.warn(format!("Token '{}': {warning}", present.name.escape_debug()));
        }
    }
    for warning in &plan.warnings {
        task.warn(warning);
    }
}
