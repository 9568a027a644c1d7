//! Carries the plan of a set out: several tokens at a time, each as a task about it alone would. What one token fails
//! with is its own, unless it is likely to meet every call: then nothing new is begun.

use crate::mist_api_token::carry_out::{Done, Stopped, carry_out as carry_out_one};
use crate::mist_api_token::plan::Plan;
use crate::mist_api_token::wanted::Present;
use crate::mist_api_tokens::set::SetPlan;
use crate::mist_api_tokens::workers;
use mist_client::{Client, interruption};
use mist_tokens::token::{self, Listing, Owner, Token};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// What became of one declared token.
#[derive(Debug)]
pub enum Outcome {
    /// It is as declared.
    Done(Done),
    /// It is not, or something old is still there.
    Failed(Stopped),
    /// Nothing was tried, because of what had happened to another.
    NotBegun,
}

/// What became of a token that was to be purged.
#[derive(Debug)]
pub enum Purged {
    /// It is gone.
    Gone,
    /// It is still there; why.
    Failed(String),
    /// Nothing was tried.
    NotBegun,
}

/// What was done.
#[derive(Debug)]
pub struct SetDone {
    /// Of each declared token, in the order of declaration.
    pub tokens: Vec<Outcome>,
    /// Of each token to purge, in the order of the plan.
    pub purge: Vec<Purged>,
    /// Why nothing more was begun, if so.
    pub stopped_by: Option<String>,
}

impl SetDone {
    /// What the real run would do, as far as it can be known beforehand.
    #[must_use]
    pub fn foreseen(plan: &SetPlan) -> Self {
        Self {
            tokens: plan.plans.iter().map(|plan| Outcome::Done(Done::foreseen(plan))).collect(),
            purge: plan.purge.iter().map(|_| Purged::Gone).collect(),
            stopped_by: None,
        }
    }

    /// Whether all that was planned is done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        all_done(&self.tokens) && self.purge.iter().all(|purged| matches!(purged, Purged::Gone))
    }
}

fn all_done(tokens: &[Outcome]) -> bool {
    tokens.iter().all(|outcome| matches!(outcome, Outcome::Done(_)))
}

/// Says whether anything new may be begun.
#[derive(Debug, Default)]
struct Brake(Mutex<Option<String>>);

impl Brake {
    fn reason(&self) -> Option<String> {
        if interruption::is_requested() {
            return Some("the run was told to end by a signal".to_owned());
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first reason stays.
    fn pull(&self, reason: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| reason.to_owned());
    }
}

/// Does what the plan says, on behalf of `owner`; `before` is the listing that it was made from, and `own` are the ids of
/// the tokens that the run authenticates with.
#[must_use]
pub fn carry_out(
    client: &Client,
    owner: &Owner,
    declared: &[Present],
    plan: &SetPlan,
    own: &BTreeSet<String>,
    before: &Listing,
) -> SetDone {
    let brake = Brake::default();
    // What needs no call is done; of the rest, what concerns the run's own token comes last: after it, nothing may work.
    let mut tokens: Vec<Outcome> = plan.plans.iter().map(|plan| Outcome::Done(Done::foreseen(plan))).collect();
    let (last, first): (Vec<usize>, Vec<usize>) = (0..declared.len())
        .filter(|position| plan.plans[*position].changes())
        .partition(|position| touches(&plan.plans[*position], own));
    let work = |client: &Client, position: &usize| {
        if brake.reason().is_some() {
            return Outcome::NotBegun;
        }
        let (present, plan) = (&declared[*position], &plan.plans[*position]);
        match carry_out_one(client, owner, present.key_file.as_ref(), plan, before) {
            Ok(done) => Outcome::Done(done),
            Err(stopped) => {
                if !stopped.trouble.about_one_thing {
                    brake.pull(&format!("of the trouble with token '{}'", present.name.escape_debug()));
                }
                Outcome::Failed(*stopped)
            }
        }
    };
    let mut run = |positions: &[usize]| {
        for (position, outcome) in positions.iter().zip(workers::each(client, positions, work)) {
            tokens[*position] = outcome;
        }
        all_done(&tokens)
    };
    let in_place = run(&first);
    let purge = purge(client, owner, if in_place { &plan.purge } else { &[] }, &brake);
    run(&last);
    let purge = if in_place { purge } else { plan.purge.iter().map(|_| Purged::NotBegun).collect() };
    SetDone { tokens, purge, stopped_by: brake.reason() }
}

/// Whether a plan changes or deletes a token that the run authenticates with.
fn touches(plan: &Plan, own: &BTreeSet<String>) -> bool {
    let updated = plan.keep.iter().filter(|_| plan.update.is_some());
    updated.chain(plan.deleted()).any(|token| own.contains(&token.id))
}

fn purge(client: &Client, owner: &Owner, tokens: &[Token], brake: &Brake) -> Vec<Purged> {
    workers::each(client, tokens, |client, token| {
        if brake.reason().is_some() {
            return Purged::NotBegun;
        }
        interruption::begin_change();
        match token::delete(client, owner, &token.id) {
            Ok(()) => Purged::Gone,
            Err(error) => {
                if !error.is_about_one_thing() {
                    brake.pull(&format!("of the trouble with token '{}'", token.name().escape_debug()));
                }
                Purged::Failed(error.to_string())
            }
        }
    })
}
