//! The end of the work on each object of an organization. No I/O.

use mist_objects::apply::{ApplyError, Outcome};
use mist_objects::apply_set::{ItemOutcome, SetOutcome, StopReason};
use mist_objects::error::ObjectError;
use mist_objects::plan::{Plan, Step};
use mist_objects::set::SetPlan;
use mist_objects::table::Kind;
use std::collections::HashMap;
use std::sync::Arc;

/// The reason that an object is not as declared.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// It has no plan.
    Refused(ObjectError),
    Failed(ApplyError),
}

/// The reason that nothing was sent for an object.
#[derive(Clone, Debug, PartialEq)]
pub enum SkipReason {
    /// This object failed or was skipped.
    DependsOn { kind: String, title: String },
    /// Of the kind, an object failed, so nothing is deleted.
    KindFailed,
    /// Everything was stopped.
    Stopped(StopReason),
}

#[derive(Clone, Debug, PartialEq)]
pub enum ObjectEnd {
    Unchanged(Outcome),
    Created(Outcome),
    Changed(Outcome),
    Deleted(Outcome),
    Failed(Failure),
    Skipped(SkipReason),
}

/// The end of the work on one object.
#[derive(Clone, Debug)]
pub struct ObjectResult {
    /// The position of the declaration. `None` for an undeclared object that is deleted.
    pub desired: Option<usize>,
    pub kind: Arc<Kind>,
    pub site: Option<usize>,
    pub title: String,
    pub plan: Option<Plan>,
    pub end: ObjectEnd,
}

/// The results, and the ids of created objects by placeholder.
#[derive(Debug, Default)]
pub struct Results {
    pub objects: Vec<ObjectResult>,
    pub ids: HashMap<String, String>,
}

/// The ends of the objects of a set, with their ids.
pub(crate) fn ends_of(set: &SetPlan, outcome: SetOutcome) -> Vec<(ObjectEnd, Option<String>)> {
    let stopped = outcome.stopped_by.clone().unwrap_or(StopReason::Signal);
    set.plans
        .iter()
        .zip(outcome.objects)
        .map(|(plan, outcome)| {
            let id = match &outcome {
                ItemOutcome::Done(outcome) => outcome.id.clone(),
                ItemOutcome::Failed(failed) => failed.id.clone(),
                _ => None,
            };
            let end = match (plan, outcome) {
                (Ok(plan), outcome @ (ItemOutcome::Done(_) | ItemOutcome::Failed(_))) => end_of_item(plan, outcome),
                (Err(error), _) => ObjectEnd::Failed(Failure::Refused(error.clone())),
                (Ok(_), _) => ObjectEnd::Skipped(SkipReason::Stopped(stopped.clone())),
            };
            (end, id)
        })
        .collect()
}

pub(crate) fn end_of_item(plan: &Plan, outcome: ItemOutcome) -> ObjectEnd {
    match outcome {
        ItemOutcome::Done(outcome) => end_of(plan, outcome),
        ItemOutcome::Refused(error) => ObjectEnd::Failed(Failure::Refused(error)),
        ItemOutcome::Failed(failed) => ObjectEnd::Failed(Failure::Failed(failed)),
        ItemOutcome::NotStarted => ObjectEnd::Skipped(SkipReason::Stopped(StopReason::Signal)),
    }
}

pub(crate) fn end_of(plan: &Plan, outcome: Outcome) -> ObjectEnd {
    match &plan.step {
        Step::Create(_) => ObjectEnd::Created(outcome),
        Step::Delete => ObjectEnd::Deleted(outcome),
        Step::Change { .. } if outcome.changed => ObjectEnd::Changed(outcome),
        Step::Change { .. } | Step::Nothing => ObjectEnd::Unchanged(outcome),
    }
}
