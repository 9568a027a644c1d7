//! Carries the plan of a set out, several objects at a time. What one object fails with is its own, unless it is likely to
//! meet every call: then nothing new is begun.

use crate::apply::{ApplyError, Context, Outcome, apply};
use crate::plan::{Fields, Plan};
use crate::set::{Declared, SetPlan};
use mist_client::{Client, interruption, workers};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What became of one object.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemOutcome {
    /// It is as it shall be.
    Done(Outcome),
    /// Nothing could be planned for it.
    Refused(String),
    /// It is not as it shall be.
    Failed(ApplyError),
    /// Nothing was tried, because of what had happened to another.
    NotBegun,
}

/// What was done.
#[derive(Clone, Debug)]
pub struct SetOutcome {
    /// Of each declared object, in order.
    pub objects: Vec<ItemOutcome>,
    /// Of each object that was to go, in the order of the plan.
    pub purge: Vec<ItemOutcome>,
    /// Why nothing more was begun, if so.
    pub stopped_by: Option<String>,
}

impl SetOutcome {
    /// What the real run would do, as far as it can be known beforehand.
    #[must_use]
    pub fn predicted(plan: &SetPlan) -> Self {
        let objects: Vec<ItemOutcome> = plan.plans.iter().map(predicted).collect();
        let whole = all_done(&objects);
        let purge = plan
            .purge
            .iter()
            .map(|plan| if whole { ItemOutcome::Done(Outcome::predicted(plan)) } else { ItemOutcome::NotBegun });
        Self { purge: purge.collect(), objects, stopped_by: None }
    }

    /// That nothing is begun, whatever the plan is.
    #[must_use]
    pub fn not_begun(plan: &SetPlan) -> Self {
        let objects = plan.plans.iter().map(at_first).collect();
        Self { objects, purge: plan.purge.iter().map(|_| ItemOutcome::NotBegun).collect(), stopped_by: None }
    }

    /// Whether all that was planned is done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        all_done(&self.objects) && all_done(&self.purge)
    }

    /// Whether anything was changed.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.objects.iter().chain(&self.purge).any(|outcome| match outcome {
            ItemOutcome::Done(done) => done.changed,
            ItemOutcome::Failed(stopped) => stopped.changed,
            ItemOutcome::Refused(_) | ItemOutcome::NotBegun => false,
        })
    }
}

/// What is so before anything is done: what needs no call is done.
fn at_first(plan: &Result<Plan, String>) -> ItemOutcome {
    match plan {
        Ok(plan) if plan.changes() => ItemOutcome::NotBegun,
        other => predicted(other),
    }
}

fn predicted(plan: &Result<Plan, String>) -> ItemOutcome {
    match plan {
        Ok(plan) => ItemOutcome::Done(Outcome::predicted(plan)),
        Err(reason) => ItemOutcome::Refused(reason.clone()),
    }
}

fn all_done(outcomes: &[ItemOutcome]) -> bool {
    outcomes.iter().all(|outcome| matches!(outcome, ItemOutcome::Done(_)))
}

/// Says whether anything new may be begun.
#[derive(Debug, Default)]
struct StopFlag(Mutex<Option<String>>);

impl StopFlag {
    fn reason(&self) -> Option<String> {
        if interruption::is_requested() {
            return Some("the run was told to end by a signal".to_owned());
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first reason stays.
    fn pull(&self, title: &str) {
        let mut reason = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reason.get_or_insert_with(|| format!("of the trouble with '{}'", title.escape_debug()));
    }
}

/// Does what the plan says; `progress` is told how many of how many are done. With `keep_after`, what is done has of each object
/// the fields that changed, as they are now; without it, nothing of them, as a set may be large. Objects that are not declared go last, and not
/// at all unless everything that is declared is in place.
pub fn apply_set(
    client: &Client,
    context: Context<'_>,
    declared: &[Declared],
    plan: &SetPlan,
    keep_after: bool,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> SetOutcome {
    let brake = StopFlag::default();
    let mut objects: Vec<ItemOutcome> = plan.plans.iter().map(at_first).collect();
    let due: Vec<(usize, &Plan)> = plan
        .plans
        .iter()
        .enumerate()
        .filter_map(|(number, plan)| plan.as_ref().ok().filter(|plan| plan.changes()).map(|plan| (number, plan)))
        .collect();
    let total = due.len() + plan.purge.len();
    let done = AtomicUsize::new(0);
    let one = |client: &Client, title: &str, object: &Fields, fields: &[String], plan: &Plan| {
        if brake.reason().is_some() {
            return ItemOutcome::NotBegun;
        }
        let outcome = apply(client, context, object, fields, plan);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
        match outcome {
            Ok(mut done) => {
                let concerned = if keep_after { plan.concerned(context.kind) } else { Vec::new() };
                match &mut done.after {
                    Some(after) if keep_after => after.retain(|name, _| concerned.contains(name)),
                    after => *after = None,
                }
                ItemOutcome::Done(done)
            }
            Err(stopped) => {
                if !stopped.error.is_about_one_thing() {
                    brake.pull(title);
                }
                ItemOutcome::Failed(stopped)
            }
        }
    };
    let outcomes = workers::each(client, &due, |client, (number, plan)| match declared.get(*number) {
        Some(declared) => one(client, &declared.title(), &declared.object, &declared.fields, plan),
        None => ItemOutcome::NotBegun,
    });
    for ((number, _), outcome) in due.iter().zip(outcomes) {
        if let Some(place) = objects.get_mut(*number) {
            *place = outcome;
        }
    }
    let purge = if all_done(&objects) {
        let nothing = Fields::new();
        workers::each(client, &plan.purge, |client, plan| {
            one(client, plan.id.as_deref().unwrap_or_default(), &nothing, &[], plan)
        })
    } else {
        plan.purge.iter().map(|_| ItemOutcome::NotBegun).collect()
    };
    SetOutcome { objects, purge, stopped_by: brake.reason() }
}
