//! Applies the plan of a set, several tokens at a time. All new tokens are created first, with shared listings, and then delivered
//! one by one. A failure concerns its own token, unless it is likely to affect every call: then nothing new begins.

use crate::apply::{Applied, ApplyError, Outcome, Prepared, Run, conclude, prepare};
use crate::calls;
use crate::creation::{self, Created, Creation, Gate};
use crate::error::{Error, Notice};
use crate::plan::Plan;
use crate::set::SetPlan;
use crate::target::DesiredToken;
use crate::token::{Listing, Token, TokenRef};

use mist_client::{Client, interruption, workers};
use std::sync::{Mutex, PoisonError};

/// The progress of one declared token.
#[derive(Debug)]
pub enum Progress {
    /// It is as declared.
    Done(Box<Outcome>),
    /// It is not as declared, or an old token still exists.
    Failed(Box<ApplyError>),
    /// Nothing was tried, because of the failure of another token.
    NotBegun,
}

impl Progress {
    /// The changes, if any.
    #[must_use]
    pub fn done(&self) -> Option<&Outcome> {
        match self {
            Self::Done(done) => Some(done),
            Self::Failed(stopped) => Some(&stopped.done),
            Self::NotBegun => None,
        }
    }
}

/// The result of purging one token.
#[derive(Debug)]
pub enum Purged {
    /// It was deleted.
    Gone,
    /// It still exists.
    Failed(Error),
    /// Nothing was tried.
    NotBegun,
}

/// The reason to begin nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// A failure with this token that is likely to affect every call.
    Trouble(TokenRef),
    /// A signal.
    Signal,
}

/// The changes of a run about a set, or their prediction.
#[derive(Debug)]
pub struct SetOutcome {
    /// The last plan of each declared token.
    pub plans: Vec<Plan>,
    /// In the order of declaration.
    pub tokens: Vec<Progress>,
    /// In the order of the plan.
    pub purge: Vec<Purged>,
    pub stopped_by: Option<StopReason>,
}

impl SetOutcome {
    /// The predicted outcome of a plan.
    #[must_use]
    pub fn predicted(plan: &SetPlan) -> Self {
        Self {
            plans: plan.plans.clone(),
            tokens: plan.plans.iter().map(|plan| Progress::Done(Box::new(Outcome::predicted(plan)))).collect(),
            purge: plan.purge.iter().map(|_| Purged::Gone).collect(),
            stopped_by: None,
        }
    }

    /// True if all of the plan is done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.tokens.iter().all(|outcome| matches!(outcome, Progress::Done(_)))
            && self.purge.iter().all(|purged| matches!(purged, Purged::Gone))
    }
}

/// Stops new work.
#[derive(Debug, Default)]
struct StopFlag(Mutex<Option<StopReason>>);

impl StopFlag {
    fn reason(&self) -> Option<StopReason> {
        if interruption::is_requested() {
            return Some(StopReason::Signal);
        }
        locked(&self.0).clone()
    }

    /// The first reason is kept.
    fn pull(&self, token: TokenRef) {
        locked(&self.0).get_or_insert(StopReason::Trouble(token));
    }

    fn pull_for(&self, wanted: &DesiredToken, error: &Error) {
        if !error.is_about_one_thing() {
            let id = wanted.target.id.clone().unwrap_or_default();
            self.pull(TokenRef { id, name: wanted.target.name.clone() });
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One declared token.
struct Job<'a> {
    wanted: &'a DesiredToken,
    plan: Plan,
    state: State,
}

enum State {
    Planned,
    Prepared(Box<Prepared>, Option<(Created, Vec<Notice>)>),
    Ended(Progress),
}

/// Applies the plan; `before` is its listing.
#[must_use]
pub fn apply(run: &Run<'_>, declared: &[DesiredToken], plan: &SetPlan, before: &Listing) -> SetOutcome {
    let brakes = StopFlag::default();
    let jobs: Vec<Mutex<Job<'_>>> = declared
        .iter()
        .zip(&plan.plans)
        .map(|(wanted, plan)| {
            // Needs no call.
            let state = if plan.changes() {
                State::Planned
            } else {
                State::Ended(Progress::Done(Box::new(Outcome::predicted(plan))))
            };
            Mutex::new(Job { wanted, plan: plan.clone(), state })
        })
        .collect();
    let creations: Vec<&Mutex<Job<'_>>> = jobs.iter().filter(|job| locked(job).plan.create.is_some()).collect();
    workers::each(run.client, &creations, |client, job| prepare_one(&with(run, client), job, &brakes, before));
    create_all(run, &creations, &brakes, before);
    // Changes to the run's own token come last: afterwards, no call may work.
    let (last, first): (Vec<_>, Vec<_>) = jobs.iter().partition(|job| locked(job).plan.touches(run.own));
    let conclude = |client: &Client, job: &&Mutex<Job<'_>>| conclude_one(&with(run, client), job, &brakes, before);
    workers::each(run.client, &first, conclude);
    let in_place = first.iter().all(|job| matches!(locked(job).state, State::Ended(Progress::Done(_))));
    let purge = purge(run, if in_place { &plan.purge } else { &[] }, &brakes);
    workers::each(run.client, &last, conclude);
    let purge = if in_place { purge } else { plan.purge.iter().map(|_| Purged::NotBegun).collect() };
    let (mut plans, mut tokens) = (Vec::with_capacity(jobs.len()), Vec::with_capacity(jobs.len()));
    for job in jobs {
        let job = job.into_inner().unwrap_or_else(PoisonError::into_inner);
        plans.push(job.plan);
        tokens.push(match job.state {
            State::Ended(outcome) => outcome,
            State::Planned | State::Prepared(..) => Progress::NotBegun,
        });
    }
    SetOutcome { plans, tokens, purge, stopped_by: brakes.reason() }
}

fn with<'a>(run: &Run<'a>, client: &'a Client) -> Run<'a> {
    Run { client, ..*run }
}

/// Prepares the creation of one token. The place of its key is proven now and prepared again before the delivery, because a set
/// may have more tokens than a process may have open files.
fn prepare_one(run: &Run<'_>, job: &Mutex<Job<'_>>, brakes: &StopFlag, before: &Listing) {
    let mut job = locked(job);
    if brakes.reason().is_some() {
        job.state = State::Ended(Progress::NotBegun);
        return;
    }
    job.state = match prepare(run, job.wanted, &job.plan, before, false) {
        Ok(prepared) => State::Prepared(Box::new(prepared), None),
        Err(stopped) => {
            brakes.pull_for(job.wanted, &stopped.error);
            State::Ended(Progress::Failed(stopped))
        }
    };
}

/// Creates all prepared tokens.
fn create_all(run: &Run<'_>, jobs: &[&Mutex<Job<'_>>], brakes: &StopFlag, before: &Listing) {
    let (mut drafts, mut prepared) = (Vec::new(), Vec::new());
    for (position, job) in jobs.iter().enumerate() {
        let job = locked(job);
        if let State::Prepared(ready, None) = &job.state
            && let Some(draft) = ready.draft(&job.plan)
        {
            drafts.push(draft.clone());
            prepared.push(position);
        }
    }
    let creations = drafts.iter().map(|draft| Creation::new(run.client, draft, before, run.domain)).collect();
    let pull = |name: &str, error: &Error| {
        if !error.is_about_one_thing() {
            brakes.pull(TokenRef { id: String::new(), name: name.to_owned() });
        }
    };
    let gate = Gate { may_begin: &|| brakes.reason().is_none(), failed: &pull };
    for (position, result) in prepared.into_iter().zip(creation::create(run.client, run.owner, creations, &gate)) {
        let mut job = locked(jobs[position]);
        match (&mut job.state, result) {
            (state, (Created::NotBegun, _)) => {
                let done = match std::mem::replace(state, State::Ended(Progress::NotBegun)) {
                    State::Prepared(prepared, _) => prepared.into_done(),
                    _ => Outcome::default(),
                };
                if !done.deleted.is_empty() {
                    let cause = Box::new(Error::NotBegun);
                    let error = Error::AfterDiscarding { cause, deleted: done.deleted.clone() };
                    *state = State::Ended(Progress::Failed(Box::new(ApplyError { error, done })));
                }
            }
            (State::Prepared(_, created), result) => *created = Some(result),
            _ => {}
        }
    }
}

/// Finishes one token. A new token is delivered even if others failed.
fn conclude_one(run: &Run<'_>, job: &Mutex<Job<'_>>, brakes: &StopFlag, before: &Listing) {
    let mut job = locked(job);
    let (prepared, created) = match std::mem::replace(&mut job.state, State::Planned) {
        State::Ended(outcome) => {
            job.state = State::Ended(outcome);
            return;
        }
        State::Prepared(prepared, created) => (*prepared, created),
        State::Planned if brakes.reason().is_some() => {
            job.state = State::Ended(Progress::NotBegun);
            return;
        }
        State::Planned => match prepare(run, job.wanted, &job.plan, before, true) {
            Ok(prepared) => (prepared, None),
            Err(stopped) => {
                brakes.pull_for(job.wanted, &stopped.error);
                job.state = State::Ended(Progress::Failed(stopped));
                return;
            }
        },
    };
    let plan = std::mem::take(&mut job.plan);
    let Applied { plan, outcome } = conclude(run, job.wanted, plan, prepared, created, before, 1);
    job.plan = plan;
    job.state = State::Ended(match outcome {
        Ok(done) => Progress::Done(Box::new(done)),
        Err(stopped) => {
            brakes.pull_for(job.wanted, &stopped.error);
            Progress::Failed(stopped)
        }
    });
}

fn purge(run: &Run<'_>, tokens: &[Token], brakes: &StopFlag) -> Vec<Purged> {
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
