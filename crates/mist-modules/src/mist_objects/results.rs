//! What a task returns. RETURN of the documentation comes from here.

use crate::objects::failure;
use mist_objects::apply_set::{Outcome, SetDone};
use mist_objects::plan::{Plan, Step};
use mist_objects::set::{Declared, SetPlan};
use mist_objects::table::Kind;
use schemars::JsonSchema;
use serde::Serialize;

/// The results of `mist_objects`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// What became of each declared object, in the order of declaration, and then of those that were to be purged. When the task fails, too.
    #[schemars(extend("x-ansible-returned" = "always, once the objects were looked at"))]
    pub objects: Vec<ObjectOutcome>,
}

/// What became of one object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ObjectOutcome {
    /// What it is called: its name, its SSID, its MAC address.
    #[schemars(example = &"Branch 1")]
    pub name: String,
    /// What it is known by.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "when it was there, or is now"))]
    #[schemars(example = &"53f10664-3ce8-4c27-b382-0ef66432349f")]
    pub id: Option<String>,
    /// What was done about it. In check mode, what would be.
    #[schemars(example = &"created")]
    pub state: ObjectState,
    /// What was declared and not kept by the cloud, by dotted path.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-ansible-returned" = "when there is such"))]
    pub not_kept: Vec<String>,
    /// The ids of other objects with the same name. The response to a creation was lost, and the run cannot prove that it created them, so it did not delete them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-ansible-returned" = "when such objects exist"))]
    pub duplicates: Vec<String>,
    /// What went wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "when RV(objects[].state=failed)"))]
    pub msg: Option<String>,
}

/// What was done about an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectState {
    /// It was made.
    Created,
    /// It was changed.
    Changed,
    /// It was as declared, or the cloud kept nothing of what was written.
    Unchanged,
    /// It was not declared, and is gone.
    Deleted,
    /// It is not as it shall be.
    Failed,
    /// It is not as it shall be, and nothing was tried: because of what happened to another, or because O(purge) would delete more than it may.
    #[default]
    NotBegun,
}

impl Results {
    /// What is told of a plan that was carried out, or of one that is foreseen.
    #[must_use]
    pub fn of(kind: &Kind, declared: &[Declared], plan: &SetPlan, done: &SetDone) -> Self {
        let each = declared.iter().zip(&plan.plans).zip(&done.objects);
        let objects =
            each.map(|((declared, plan), outcome)| ObjectOutcome::of(declared.title(), plan.as_ref().ok(), outcome));
        let purged = plan.purged_titles(kind).zip(plan.purge.iter().zip(&done.purge));
        let purged = purged.map(|(title, (plan, outcome))| ObjectOutcome::of(title, Some(plan), outcome));
        Self { objects: objects.chain(purged).collect() }
    }
}

impl ObjectOutcome {
    fn of(name: String, plan: Option<&Plan>, outcome: &Outcome) -> Self {
        let id = plan.and_then(|plan| plan.id.clone());
        let one = Self { name, id, ..Self::default() };
        match outcome {
            Outcome::Done(done) => {
                let state = match plan.map(|plan| &plan.step) {
                    Some(Step::Create(_)) => ObjectState::Created,
                    Some(Step::Delete) => ObjectState::Deleted,
                    Some(Step::Change { .. }) if done.changed => ObjectState::Changed,
                    _ => ObjectState::Unchanged,
                };
                let (not_kept, duplicates) = (done.not_kept.clone(), done.duplicates.clone());
                Self { id: done.id.clone().or(one.id), state, not_kept, duplicates, ..one }
            }
            Outcome::Refused(reason) => Self { state: ObjectState::Failed, msg: Some(reason.clone()), ..one },
            Outcome::Failed(stopped) => Self {
                id: stopped.id.clone().or(one.id),
                state: ObjectState::Failed,
                msg: Some(failure::message(stopped)),
                duplicates: stopped.duplicates.clone(),
                ..one
            },
            Outcome::NotBegun => one,
        }
    }
}
