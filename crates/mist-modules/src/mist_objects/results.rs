//! What a task returns. RETURN of the documentation comes from here.

use crate::objects::errors::{self, few, first};
use mist_objects::apply_set::{ItemOutcome, SetOutcome};
use mist_objects::plan::{Plan, Step};
use mist_objects::set::{Declared, Refused, SetPlan};
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
    pub fn of(kind: &Kind, declared: &[Declared], plan: &SetPlan, done: &SetOutcome) -> Self {
        let each = declared.iter().zip(&plan.plans).zip(&done.objects);
        let objects =
            each.map(|((declared, plan), outcome)| ObjectOutcome::of(declared.title(), plan.as_ref().ok(), outcome));
        let purged = plan.purged_titles(kind).zip(plan.purge.iter().zip(&done.purge));
        let purged = purged.map(|(title, (plan, outcome))| ObjectOutcome::of(title, Some(plan), outcome));
        Self { objects: objects.chain(purged).collect() }
    }
}

impl ObjectOutcome {
    fn of(name: String, plan: Option<&Plan>, outcome: &ItemOutcome) -> Self {
        let id = plan.and_then(|plan| plan.id.clone());
        let one = Self { name, id, ..Self::default() };
        match outcome {
            ItemOutcome::Done(done) => {
                let state = match plan.map(|plan| &plan.step) {
                    Some(Step::Create(_)) => ObjectState::Created,
                    Some(Step::Delete) => ObjectState::Deleted,
                    Some(Step::Change { .. }) if done.changed => ObjectState::Changed,
                    _ => ObjectState::Unchanged,
                };
                let (not_kept, duplicates) = (done.not_kept.clone(), done.duplicates.clone());
                Self { id: done.id.clone().or(one.id), state, not_kept, duplicates, ..one }
            }
            ItemOutcome::Refused(reason) => Self { state: ObjectState::Failed, msg: Some(reason.clone()), ..one },
            ItemOutcome::Failed(stopped) => Self {
                id: stopped.id.clone().or(one.id),
                state: ObjectState::Failed,
                msg: Some(errors::message(stopped)),
                duplicates: stopped.duplicates.clone(),
                ..one
            },
            ItemOutcome::NotBegun => one,
        }
    }
}

/// How many names are told of what a purge would delete.
const NAMED: usize = 10;

/// That a purge was not begun, and what it would have deleted.
#[must_use]
pub fn refused(refused: Refused, mut titles: Vec<String>) -> String {
    titles.sort();
    let names: Vec<String> = titles.iter().map(|title| format!("'{}'", title.escape_debug())).collect();
    let (count, objects) = (names.len(), if names.len() == 1 { "object" } else { "objects" });
    let fact = match refused {
        Refused::TooMany(most) => {
            format!("{count} {objects} would be deleted, more than max_deletes ({most}); nothing was done.")
        }
        Refused::NothingDeclared => {
            "no object is declared, so that every one would go; give max_deletes to say that it is meant.".to_owned()
        }
    };
    let named = if names.is_empty() {
        "There is none now.".to_owned()
    } else {
        format!("These would go: {}", first(&names, NAMED, ", "))
    };
    format!("purge: {fact} {named}")
}

/// What is missing of the set, and what to do.
#[must_use]
pub fn incomplete(results: &Results, done: &SetOutcome) -> String {
    let of = |state| results.objects.iter().filter(move |object| object.state == state);
    let failed: Vec<String> = of(ObjectState::Failed)
        .map(|object| format!("'{}': {}", object.name.escape_debug(), object.msg.as_deref().unwrap_or_default()))
        .collect();
    let waiting = of(ObjectState::NotBegun).count();
    let mut message = format!(
        "{} of {} objects are not as they shall be: {}",
        failed.len() + waiting,
        results.objects.len(),
        few(&failed)
    );
    if waiting > 0 {
        let why = match &done.stopped_by {
            Some(reason) => format!("because {reason}"),
            None => "as something is not in place".to_owned(),
        };
        message.push_str(&format!(" Nothing was tried for {waiting}, {why}."));
    }
    message.push_str(" Running the task again does what is missing.");
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_purge_would_delete_is_named_in_order_and_counted_where_it_is_too_much() {
        let titles = |count: usize| (1..=count).rev().map(|number| format!("Site {number:02}")).collect::<Vec<_>>();
        assert_eq!(
            refused(Refused::TooMany(1), titles(2)),
            "purge: 2 objects would be deleted, more than max_deletes (1); nothing was done. These would go: 'Site 01', 'Site 02'"
        );
        let many = refused(Refused::TooMany(0), titles(12));
        assert!(many.ends_with("'Site 09', 'Site 10', and 2 more") && many.contains(": 'Site 01', "), "{many}");
        assert!(refused(Refused::TooMany(0), titles(1)).starts_with("purge: 1 object would be deleted, more than"));
        let all = refused(Refused::NothingDeclared, titles(1));
        assert!(all.ends_with("that it is meant. These would go: 'Site 01'"), "{all}");
        assert!(refused(Refused::NothingDeclared, Vec::new()).ends_with("that it is meant. There is none now."));
    }
}
