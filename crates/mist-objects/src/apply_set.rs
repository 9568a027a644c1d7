//! Carries out the plans of a set, several objects at a time. The failure of one object does not affect others, unless its cause
//! probably affects every request: then nothing new is started.

use crate::apply::{ApplyError, Context, Outcome, apply};
use crate::creation::{self, New};
use crate::error::ObjectError;
use crate::membership;
use crate::plan::{Fields, Plan};
use crate::set::{Declared, SetPlan};
use mist_client::{Client, interruption, workers};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The result for one object.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemOutcome {
    /// The object is as declared.
    Done(Outcome),
    /// The object has no plan.
    Refused(ObjectError),
    Failed(ApplyError),
    /// Nothing was sent, because of another object.
    NotStarted,
}

/// The reason that nothing more was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    Signal,
    /// The failure of the object with this title.
    Failure(String),
}

/// The results for a set.
#[derive(Clone, Debug)]
pub struct SetOutcome {
    /// One result for each declared object, in order.
    pub objects: Vec<ItemOutcome>,
    /// One result for each deletion of the purge, in the order of the plan.
    pub purge: Vec<ItemOutcome>,
    pub stopped_by: Option<StopReason>,
}

impl SetOutcome {
    /// The results of a real run, as far as they are predictable.
    #[must_use]
    pub fn predicted(plan: &SetPlan) -> Self {
        let objects: Vec<ItemOutcome> = plan.plans.iter().map(predicted).collect();
        let is_complete = all_done(&objects);
        let purged =
            |plan| if is_complete { ItemOutcome::Done(Outcome::predicted(plan)) } else { ItemOutcome::NotStarted };
        Self { purge: plan.purge.iter().map(purged).collect(), objects, stopped_by: None }
    }

    /// The results if nothing is started.
    #[must_use]
    pub fn not_started(plan: &SetPlan) -> Self {
        let objects = plan.plans.iter().map(before_start).collect();
        Self { objects, purge: plan.purge.iter().map(|_| ItemOutcome::NotStarted).collect(), stopped_by: None }
    }

    /// True if every plan was carried out.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        all_done(&self.objects) && all_done(&self.purge)
    }

    #[must_use]
    pub fn changed(&self) -> bool {
        self.objects.iter().chain(&self.purge).any(|outcome| match outcome {
            ItemOutcome::Done(outcome) => outcome.changed,
            ItemOutcome::Failed(failed) => failed.changed,
            ItemOutcome::Refused(_) | ItemOutcome::NotStarted => false,
        })
    }
}

/// An object without a change is done before anything is started.
fn before_start(plan: &Result<Plan, ObjectError>) -> ItemOutcome {
    match plan {
        Ok(plan) if plan.changes() => ItemOutcome::NotStarted,
        other => predicted(other),
    }
}

fn predicted(plan: &Result<Plan, ObjectError>) -> ItemOutcome {
    match plan {
        Ok(plan) => ItemOutcome::Done(Outcome::predicted(plan)),
        Err(error) => ItemOutcome::Refused(error.clone()),
    }
}

fn all_done(outcomes: &[ItemOutcome]) -> bool {
    outcomes.iter().all(|outcome| matches!(outcome, ItemOutcome::Done(_)))
}

/// Set when nothing new may be started.
#[derive(Debug, Default)]
struct StopFlag(Mutex<Option<String>>);

impl StopFlag {
    fn reason(&self) -> Option<StopReason> {
        if interruption::is_requested() {
            return Some(StopReason::Signal);
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().map(StopReason::Failure)
    }

    /// The first failure is the reason.
    fn set(&self, title: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| title.to_owned());
    }
}

/// The outcome with the changed fields of the object, or with none.
fn pruned(context: Context<'_>, plan: &Plan, mut outcome: Outcome, keep_after: bool) -> Outcome {
    let concerned = if keep_after { plan.concerned(context.kind) } else { Vec::new() };
    match &mut outcome.after {
        Some(after) if keep_after => after.retain(|name, _| concerned.contains(name)),
        after => *after = None,
    }
    outcome
}

/// Reads the list once more after creations, for objects that other clients created at the same time.
fn look_again(
    client: &Client,
    context: Context<'_>,
    declared: &[Declared],
    plan: &SetPlan,
    keep_after: bool,
    objects: &mut [ItemOutcome],
) {
    let (mut numbers, mut new) = (Vec::new(), Vec::new());
    for (number, (one, plan)) in declared.iter().zip(&plan.plans).enumerate() {
        let Ok(plan) = plan else { continue };
        if let (Some(_), Some(ItemOutcome::Done(outcome))) = (plan.created(), objects.get(number)) {
            numbers.push((number, plan));
            new.push(New { declared: &one.object, fields: &one.fields, outcome: outcome.clone() });
        }
    }
    for ((number, plan), result) in numbers.into_iter().zip(creation::look_again(client, context, new)) {
        if let Some(object) = objects.get_mut(number) {
            *object = match result {
                Ok(outcome) => ItemOutcome::Done(pruned(context, plan, outcome, keep_after)),
                Err(failed) => ItemOutcome::Failed(failed),
            };
        }
    }
}

/// Carries out the plans. `progress` receives the number of finished and of all objects. With `keep_after`, results have the
/// changed fields of the objects, otherwise none: a set may be large. The purge starts last, and only if every declared object is
/// done.
pub fn apply_set(
    client: &Client,
    context: Context<'_>,
    declared: &[Declared],
    plan: &SetPlan,
    keep_after: bool,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> SetOutcome {
    run(client, context, declared, plan, None, keep_after, progress)
}

/// The writes of a sequence, for [`apply_sequence`].
#[derive(Clone, Copy, Debug)]
pub struct Sequence<'a> {
    /// Plans that come first, by the position of their declaration.
    pub before: &'a [(usize, Fields, Plan)],
    /// Positions of declarations, in their order. The others follow.
    pub positions: &'a [usize],
}

/// As [`apply_set`], one object after the other in this sequence. The first failure ends it, because a later object could depend
/// on the failed one.
pub fn apply_sequence(
    client: &Client,
    context: Context<'_>,
    declared: &[Declared],
    plan: &SetPlan,
    sequence: Sequence<'_>,
    keep_after: bool,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> SetOutcome {
    run(client, context, declared, plan, Some(sequence), keep_after, progress)
}

fn run(
    client: &Client,
    context: Context<'_>,
    declared: &[Declared],
    plan: &SetPlan,
    sequence: Option<Sequence<'_>>,
    keep_after: bool,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> SetOutcome {
    let stop = StopFlag::default();
    let mut objects: Vec<ItemOutcome> = plan.plans.iter().map(before_start).collect();
    let mut due: Vec<(usize, &Plan)> = plan
        .plans
        .iter()
        .enumerate()
        .filter_map(|(number, plan)| plan.as_ref().ok().filter(|plan| plan.changes()).map(|plan| (number, plan)))
        .collect();
    let total = due.len() + plan.purge.len();
    let finished = AtomicUsize::new(0);
    let one = |client: &Client, title: &str, object: &Fields, fields: &[String], plan: &Plan| {
        if stop.reason().is_some() {
            return ItemOutcome::NotStarted;
        }
        let result = apply(client, context, object, fields, plan);
        progress(finished.fetch_add(1, Ordering::Relaxed) + 1, total);
        match result {
            Ok(outcome) => ItemOutcome::Done(pruned(context, plan, outcome, keep_after)),
            Err(failed) => {
                let ends_all = matches!(&failed.error, ObjectError::Client(error) if !error.is_about_one_thing());
                if ends_all || sequence.is_some() {
                    stop.set(title);
                }
                ItemOutcome::Failed(failed)
            }
        }
    };
    let work = |client: &Client, (number, plan): &(usize, &Plan)| match declared.get(*number) {
        Some(declared) => one(client, &declared.title(context.kind), &declared.object, &declared.fields, plan),
        None => ItemOutcome::NotStarted,
    };
    let mut failed_before = None;
    let outcomes: Vec<ItemOutcome> = match sequence {
        None => workers::each(client, &due, work),
        Some(Sequence { before, positions }) => {
            for (number, object, plan) in before {
                let title = declared.get(*number).map(|one| one.title(context.kind)).unwrap_or_default();
                if let failed @ ItemOutcome::Failed(_) = one(client, &title, object, &[], plan) {
                    failed_before = Some((*number, failed));
                }
            }
            due.sort_by_key(|(number, _)| positions.iter().position(|other| other == number).unwrap_or(usize::MAX));
            due.iter().map(|due| work(client, due)).collect()
        }
    };
    for ((number, _), outcome) in due.iter().zip(outcomes) {
        if let Some(object) = objects.get_mut(*number) {
            *object = outcome;
        }
    }
    look_again(client, context, declared, plan, keep_after, &mut objects);
    membership::restore(client, context, declared, plan, &mut objects);
    if let Some((number, failed)) = failed_before
        && let Some(object) = objects.get_mut(number)
    {
        *object = failed;
    }
    let purge = if all_done(&objects) {
        let nothing = Fields::new();
        workers::each(client, &plan.purge, |client, plan| {
            one(client, plan.id.as_deref().unwrap_or_default(), &nothing, &[], plan)
        })
    } else {
        plan.purge.iter().map(|_| ItemOutcome::NotStarted).collect()
    };
    SetOutcome { objects, purge, stopped_by: stop.reason() }
}
