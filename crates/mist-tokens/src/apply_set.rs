//! Carries the plan of a set out: several tokens at a time, each as a run about it alone would. First all are made, then
//! one list tells for all of them whether another run was first, and then each is delivered and takes the place of what was
//! there. What one token fails with is its own, unless it is likely to meet every call: then nothing new is begun.

use crate::apply::{Applied, Done, Made, Run, Stopped, conclude, make};
use crate::calls;
use crate::error::Error;
use crate::plan::Plan;
use crate::set::SetPlan;
use crate::settle::{Verdict, settle};
use crate::token::{Listing, Token, TokenRef};
use crate::wanted::Wanted;

use mist_client::{Client, interruption, workers};
use std::sync::{Mutex, PoisonError};

/// What became of one declared token.
#[derive(Debug)]
pub enum Outcome {
    /// It is as declared.
    Done(Box<Done>),
    /// It is not, or something old is still there.
    Failed(Box<Stopped>),
    /// Nothing was tried, because of what had happened to another.
    NotBegun,
}

impl Outcome {
    /// What was done about it, if anything.
    #[must_use]
    pub fn done(&self) -> Option<&Done> {
        match self {
            Self::Done(done) => Some(done),
            Self::Failed(stopped) => Some(&stopped.done),
            Self::NotBegun => None,
        }
    }
}

/// What became of a token that was to be purged.
#[derive(Debug)]
pub enum Purged {
    /// It is gone.
    Gone,
    /// It is still there; why.
    Failed(Error),
    /// Nothing was tried.
    NotBegun,
}

/// Why nothing more was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brake {
    /// Trouble with this token that is likely to meet every call.
    Trouble(TokenRef),
    /// The run was told to end.
    Signal,
}

/// What was done.
#[derive(Debug)]
pub struct SetDone {
    /// The plan of each declared token, as it was followed in the end.
    pub plans: Vec<Plan>,
    /// What became of each declared token, in the order of declaration.
    pub tokens: Vec<Outcome>,
    /// What became of each token to purge, in the order of the plan.
    pub purge: Vec<Purged>,
    /// Why nothing more was begun, if so.
    pub stopped_by: Option<Brake>,
}

impl SetDone {
    /// What the real run would do, as far as it can be known beforehand.
    #[must_use]
    pub fn foreseen(plan: &SetPlan) -> Self {
        Self {
            plans: plan.plans.clone(),
            tokens: plan.plans.iter().map(|plan| Outcome::Done(Box::new(Done::foreseen(plan)))).collect(),
            purge: plan.purge.iter().map(|_| Purged::Gone).collect(),
            stopped_by: None,
        }
    }

    /// Whether all that was planned is done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.tokens.iter().all(|outcome| matches!(outcome, Outcome::Done(_)))
            && self.purge.iter().all(|purged| matches!(purged, Purged::Gone))
    }
}

/// Says whether anything new may be begun.
#[derive(Debug, Default)]
struct Brakes(Mutex<Option<Brake>>);

impl Brakes {
    fn reason(&self) -> Option<Brake> {
        if interruption::is_requested() {
            return Some(Brake::Signal);
        }
        locked(&self.0).clone()
    }

    /// The first reason stays.
    fn pull(&self, token: TokenRef) {
        locked(&self.0).get_or_insert(Brake::Trouble(token));
    }

    fn pull_for(&self, wanted: &Wanted, error: &Error) {
        if !error.is_about_one_thing() {
            let id = wanted.target.id.clone().unwrap_or_default();
            self.pull(TokenRef { id, name: wanted.target.name.clone() });
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One declared token on its way.
struct Job<'a> {
    wanted: &'a Wanted,
    plan: Plan,
    state: State,
}

/// How far it is.
enum State {
    Planned,
    Made(Box<Made>, Option<Verdict>),
    Ended(Outcome),
}

/// Does what the plan says; `before` is the list that it was made from.
#[must_use]
pub fn apply(run: &Run<'_>, declared: &[Wanted], plan: &SetPlan, before: &Listing) -> SetDone {
    let brakes = Brakes::default();
    let jobs: Vec<Mutex<Job<'_>>> = declared
        .iter()
        .zip(&plan.plans)
        .map(|(wanted, plan)| {
            // What needs no call is done.
            let state = if plan.changes() {
                State::Planned
            } else {
                State::Ended(Outcome::Done(Box::new(Done::foreseen(plan))))
            };
            Mutex::new(Job { wanted, plan: plan.clone(), state })
        })
        .collect();
    let creations: Vec<&Mutex<Job<'_>>> = jobs.iter().filter(|job| locked(job).plan.create.is_some()).collect();
    workers::each(run.client, &creations, |client, job| make_one(&with(run, client), job, &brakes, before));
    settle_all(run, &creations, before);
    // What concerns the run's own token comes last: after it, nothing may work.
    let (last, first): (Vec<_>, Vec<_>) = jobs.iter().partition(|job| locked(job).plan.touches(run.own));
    let conclude = |client: &Client, job: &&Mutex<Job<'_>>| conclude_one(&with(run, client), job, &brakes, before);
    workers::each(run.client, &first, conclude);
    let in_place = first.iter().all(|job| matches!(locked(job).state, State::Ended(Outcome::Done(_))));
    let purge = purge(run, if in_place { &plan.purge } else { &[] }, &brakes);
    workers::each(run.client, &last, conclude);
    let purge = if in_place { purge } else { plan.purge.iter().map(|_| Purged::NotBegun).collect() };
    let (mut plans, mut tokens) = (Vec::with_capacity(jobs.len()), Vec::with_capacity(jobs.len()));
    for job in jobs {
        let job = job.into_inner().unwrap_or_else(PoisonError::into_inner);
        plans.push(job.plan);
        tokens.push(match job.state {
            State::Ended(outcome) => outcome,
            State::Planned | State::Made(..) => Outcome::NotBegun,
        });
    }
    SetDone { plans, tokens, purge, stopped_by: brakes.reason() }
}

fn with<'a>(run: &Run<'a>, client: &'a Client) -> Run<'a> {
    Run { client, ..*run }
}

/// Makes the token of one job; its place is proven now and prepared again when there is something to write, as a set may
/// have more tokens than a process may have open files.
fn make_one(run: &Run<'_>, job: &Mutex<Job<'_>>, brakes: &Brakes, before: &Listing) {
    let mut job = locked(job);
    if brakes.reason().is_some() {
        job.state = State::Ended(Outcome::NotBegun);
        return;
    }
    job.state = match make(run, job.wanted, &job.plan, before, false) {
        Ok(made) => State::Made(Box::new(made), None),
        Err(stopped) => {
            brakes.pull_for(job.wanted, &stopped.error);
            State::Ended(Outcome::Failed(stopped))
        }
    };
}

/// One list for all that were made.
fn settle_all(run: &Run<'_>, creations: &[&Mutex<Job<'_>>], before: &Listing) {
    let mut made: Vec<_> = creations.iter().map(|job| locked(job)).collect();
    let new: Vec<_> = made
        .iter()
        .filter_map(|job| match &job.state {
            State::Made(made, _) => made.created.as_ref(),
            _ => None,
        })
        .map(|(created, draft)| (&created.new, draft.name.as_str()))
        .collect();
    if new.is_empty() {
        return;
    }
    let mut verdicts = settle(run.client, run.owner, &new, before, None).into_iter();
    for job in &mut made {
        if let State::Made(_, verdict) = &mut job.state {
            *verdict = verdicts.next();
        }
    }
}

/// Brings one job to its end. What was made is delivered, whatever happened to others.
fn conclude_one(run: &Run<'_>, job: &Mutex<Job<'_>>, brakes: &Brakes, before: &Listing) {
    let mut job = locked(job);
    let (made, verdict) = match std::mem::replace(&mut job.state, State::Planned) {
        State::Ended(outcome) => {
            job.state = State::Ended(outcome);
            return;
        }
        State::Made(made, verdict) => (*made, verdict),
        State::Planned if brakes.reason().is_some() => {
            job.state = State::Ended(Outcome::NotBegun);
            return;
        }
        State::Planned => match make(run, job.wanted, &job.plan, before, true) {
            Ok(made) => (made, None),
            Err(stopped) => {
                brakes.pull_for(job.wanted, &stopped.error);
                job.state = State::Ended(Outcome::Failed(stopped));
                return;
            }
        },
    };
    let plan = std::mem::take(&mut job.plan);
    let Applied { plan, outcome } = conclude(run, job.wanted, plan, made, verdict, before, 1);
    job.plan = plan;
    job.state = State::Ended(match outcome {
        Ok(done) => Outcome::Done(Box::new(done)),
        Err(stopped) => {
            brakes.pull_for(job.wanted, &stopped.error);
            Outcome::Failed(stopped)
        }
    });
}

fn purge(run: &Run<'_>, tokens: &[Token], brakes: &Brakes) -> Vec<Purged> {
    workers::each(run.client, tokens, |client, token| {
        if brakes.reason().is_some() {
            return Purged::NotBegun;
        }
        interruption::begin_change();
        match calls::delete(client, run.owner, &token.id) {
            Ok(()) => Purged::Gone,
            Err(error) => {
                if !error.is_about_one_thing() {
                    brakes.pull(TokenRef::from(token));
                }
                Purged::Failed(error)
            }
        }
    })
}
