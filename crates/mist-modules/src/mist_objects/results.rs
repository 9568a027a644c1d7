//! Results of `mist_objects`, and its messages about a set.

use super::Params;
use crate::common::orgs::ManyOrgs;
use crate::objects::errors::{self, Wording, first, list};
use ansible_binary_module::{Diff, Task};
use mist_objects::apply_set::{ItemOutcome, SetOutcome, StopReason};
use mist_objects::error::Warning;
use mist_objects::names::{self, Index};
use mist_objects::plan::{Fields, Plan, Step};
use mist_objects::set::{Declared, Refused, SetPlan};
use mist_objects::table::Kind;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The number of objects that the error of a refused purge lists.
const NAMED: usize = 10;

#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// Number of objects in each state.
    #[schemars(extend("x-ansible-returned" = "always, after the objects were listed"))]
    pub summary: Option<Summary>,
    /// One entry for each declared object, in order, then one for each object to purge. If the task fails, unchanged objects are left out.
    #[schemars(extend("x-ansible-returned" = "always, after the objects were listed"))]
    pub objects: Vec<ObjectOutcome>,
    #[serde(flatten)]
    pub many: ManyOrgs,
}

/// Number of objects in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// Created objects.
    #[schemars(example = 1)]
    pub created: usize,
    /// Changed objects.
    #[schemars(example = 2)]
    pub changed: usize,
    /// Objects that were as declared.
    #[schemars(example = 497)]
    pub unchanged: usize,
    /// Deleted objects.
    #[schemars(example = 0)]
    pub deleted: usize,
    /// Objects with an error.
    #[schemars(example = 0)]
    pub failed: usize,
    /// Objects for which nothing was sent because of another object, or because O(purge) would delete too many.
    #[schemars(example = 0)]
    pub not_begun: usize,
}

impl Summary {
    fn of(objects: &[ObjectOutcome]) -> Self {
        let mut summary = Self::default();
        for object in objects {
            *match object.state {
                ObjectState::Created => &mut summary.created,
                ObjectState::Changed => &mut summary.changed,
                ObjectState::Unchanged => &mut summary.unchanged,
                ObjectState::Deleted => &mut summary.deleted,
                ObjectState::Failed => &mut summary.failed,
                ObjectState::NotBegun => &mut summary.not_begun,
            } += 1;
        }
        summary
    }
}

/// The result for one object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ObjectOutcome {
    /// Name, SSID or MAC address of the object.
    #[schemars(example = &"Branch 1")]
    pub name: String,
    /// ID of the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "if the object existed, or exists now"))]
    #[schemars(example = &"53f10664-3ce8-4c27-b382-0ef66432349f")]
    pub id: Option<String>,
    /// Action of the task. In check mode, the predicted action.
    #[schemars(example = &"created")]
    pub state: ObjectState,
    /// Top-level fields that differed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-ansible-returned" = "when RV(objects[].state=changed)"))]
    #[schemars(extend("examples" = [["rftemplate_id", "vars"]]))]
    pub fields: Vec<String>,
    /// Dotted paths of declared values that the cloud ignored, or keeps in another form.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-ansible-returned" = "if such values exist"))]
    pub not_kept: Vec<String>,
    /// IDs of other objects with the same name, after a response to a creation was lost. The task did not delete them, because it cannot prove that it created them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-ansible-returned" = "if such objects exist"))]
    pub duplicates: Vec<String>,
    /// Error of the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "when RV(objects[].state=failed)"))]
    pub msg: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectState {
    /// The object was created.
    Created,
    /// The object was changed.
    Changed,
    /// The object was as declared, or the cloud kept nothing that was written.
    Unchanged,
    /// The object was not declared, and was deleted.
    Deleted,
    /// The object is not as declared.
    Failed,
    /// The object is not as declared, and nothing was sent, because of another object or because O(purge) would delete too many.
    #[default]
    NotBegun,
}

impl Results {
    /// The results of a plan that was carried out, or predicted.
    #[must_use]
    pub fn of(kind: &Kind, declared: &[Declared], plan: &SetPlan, outcome: &SetOutcome, wording: Wording) -> Self {
        let each = declared.iter().zip(&plan.plans).zip(&outcome.objects);
        let objects = each.map(|((declared, plan), outcome)| {
            ObjectOutcome::of(kind, declared.title(kind), plan.as_ref().ok(), outcome, wording)
        });
        let purged = plan.purged_titles(kind).zip(plan.purge.iter().zip(&outcome.purge));
        let purged =
            purged.map(|(title, (plan, outcome))| ObjectOutcome::of(kind, title, Some(plan), outcome, wording));
        let objects: Vec<ObjectOutcome> = objects.chain(purged).collect();
        Self { summary: Some(Summary::of(&objects)), objects, many: ManyOrgs::default() }
    }

    /// The results of a failure: unchanged objects only count.
    #[must_use]
    pub fn without_unchanged(mut self) -> Self {
        self.objects.retain(|object| object.state != ObjectState::Unchanged);
        self
    }
}

impl ObjectOutcome {
    fn of(kind: &Kind, name: String, plan: Option<&Plan>, outcome: &ItemOutcome, wording: Wording) -> Self {
        let id = plan.and_then(|plan| plan.id.clone());
        let one = Self { name, id, ..Self::default() };
        match outcome {
            ItemOutcome::Done(outcome) => {
                let state = match plan.map(|plan| &plan.step) {
                    Some(Step::Create(_)) => ObjectState::Created,
                    Some(Step::Delete) => ObjectState::Deleted,
                    Some(Step::Change { .. }) if outcome.changed => ObjectState::Changed,
                    _ => ObjectState::Unchanged,
                };
                let fields = match (state, plan) {
                    (ObjectState::Changed, Some(plan)) => plan.concerned(kind),
                    _ => Vec::new(),
                };
                let (not_kept, duplicates) = (outcome.not_kept.clone(), outcome.duplicates.clone());
                Self { id: outcome.id.clone().or(one.id), state, fields, not_kept, duplicates, ..one }
            }
            ItemOutcome::Refused(error) => {
                Self { state: ObjectState::Failed, msg: Some(errors::message(error, wording)), ..one }
            }
            ItemOutcome::Failed(failed) => Self {
                id: failed.id.clone().or(one.id),
                state: ObjectState::Failed,
                msg: Some(errors::failure(failed, wording)),
                duplicates: failed.duplicates.clone(),
                ..one
            },
            ItemOutcome::NotStarted => one,
        }
    }
}

/// The message of a purge that was not started, with the objects that it would delete.
#[must_use]
pub fn refused(refused: Refused, mut titles: Vec<String>) -> String {
    titles.sort();
    let names: Vec<String> = titles.iter().map(|title| format!("'{}'", title.escape_debug())).collect();
    let (count, objects) = (names.len(), if names.len() == 1 { "object" } else { "objects" });
    let Refused::TooMany(most) = refused;
    let problem = format!("{count} {objects} would be deleted, more than max_deletes ({most}). Nothing was changed");
    format!("purge: {problem}: {}", first(&names, NAMED, ", "))
}

/// The message of a set that is not complete.
#[must_use]
pub fn incomplete(results: &Results, outcome: &SetOutcome) -> String {
    let of = |state| results.objects.iter().filter(move |object| object.state == state);
    let failed: Vec<String> = of(ObjectState::Failed)
        .map(|object| format!("'{}': {}", object.name.escape_debug(), object.msg.as_deref().unwrap_or_default()))
        .collect();
    let waiting = of(ObjectState::NotBegun).count();
    let total = results.objects.len();
    let mut message = format!("{} of {} objects are not as declared.", failed.len() + waiting, total);
    if waiting > 0 {
        let cause = match &outcome.stopped_by {
            Some(StopReason::Signal) => "because of a signal".to_owned(),
            Some(StopReason::Failure(title)) => format!("because of the failure of '{}'", title.escape_debug()),
            None => "because an object failed".to_owned(),
        };
        let _ = write!(message, " {waiting} were not started {cause}.");
    }
    let _ = write!(message, " Run the task again for the rest: {}", list(&failed, " "));
    message
}

/// A warning that several objects share is one sentence with their names.
pub fn warn(task: &mut Task, kind: &Kind, declared: &[Declared], outcome: &SetOutcome) {
    let (mut not_kept, mut warnings): (BTreeSet<&str>, BTreeMap<String, Vec<String>>) = Default::default();
    // Secrets of many objects that cannot be compared are one warning.
    let (mut unseen, mut with_unseen): (BTreeSet<&String>, Vec<String>) = Default::default();
    for (one, outcome) in declared.iter().zip(&outcome.objects) {
        if let ItemOutcome::Done(outcome) = outcome {
            for warning in &outcome.warnings {
                let title = format!("'{}'", one.title(kind).escape_debug());
                if let Warning::SecretsNotShown { paths } = warning {
                    unseen.extend(paths);
                    with_unseen.push(title);
                    continue;
                }
                warnings.entry(errors::warning(warning)).or_default().push(title);
            }
            not_kept.extend(outcome.not_kept.iter().map(String::as_str));
        }
    }
    if !with_unseen.is_empty() {
        let paths = unseen.into_iter().cloned().collect();
        warnings.insert(errors::warning(&Warning::SecretsNotShown { paths }), with_unseen);
    }
    for (sentence, titles) in warnings {
        let count = if titles.len() > 1 { format!("{} objects, ", titles.len()) } else { String::new() };
        task.warn(format!("{count}{}: {sentence}", errors::list(&titles, ", ")));
    }
    if !not_kept.is_empty() {
        let paths: Vec<&str> = not_kept.into_iter().collect();
        task.warn(format!(
            "The cloud did not keep these values as declared (see not_kept of each object): {}",
            paths.join(", ")
        ));
    }
}

/// The declarations of a set with their names.
pub struct Named<'a> {
    pub objects: &'a [Fields],
    pub index: &'a Index<'a>,
}

impl Named<'_> {
    fn diff(&self, kind: &Kind, number: usize, diff: (Value, Value)) -> (Value, Value) {
        let Some(declared) = self.objects.get(number) else { return diff };
        let shown = |part: &Value| names::as_declared_names(kind.schema, part, declared, self.index);
        (shown(&diff.0), shown(&diff.1))
    }
}

/// The diff: each changed object by name, with the changed fields.
#[must_use]
pub fn difference(
    params: &Params,
    declared: &[Declared],
    named: &Named<'_>,
    plan: &SetPlan,
    outcome: &SetOutcome,
) -> Diff {
    let kind = &params.kind;
    let (mut before, mut after) = (Map::new(), Map::new());
    let each = declared
        .iter()
        .map(|one| one.title(kind))
        .zip(plan.plans.iter().map(|plan| plan.as_ref().ok()).zip(&outcome.objects));
    let purged = plan.purged_titles(kind).zip(plan.purge.iter().map(Some).zip(&outcome.purge));
    for (number, (title, (plan, outcome))) in each.chain(purged).enumerate() {
        let (Some(plan), ItemOutcome::Done(outcome)) = (plan.filter(|plan| plan.changes()), outcome) else {
            continue;
        };
        let (old, new) = plan.diff(kind, outcome.after.as_ref());
        let (old, new) = named.diff(kind, number, (old, new));
        // Two objects with one name, of which one is deleted, are shown with their ids.
        let title = if before.contains_key(&title) || after.contains_key(&title) {
            format!("{title} ({})", plan.id.as_deref().unwrap_or_default())
        } else {
            title
        };
        if !matches!(plan.step, Step::Create(_)) {
            before.insert(title.clone(), old);
        }
        if plan.step != Step::Delete {
            after.insert(title, new);
        }
    }
    Diff::new(Value::Object(before), Value::Object(after)).headed(params.scope.header(kind, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_purge_lists_the_objects_in_order() {
        let titles = |count: usize| (1..=count).rev().map(|number| format!("Site {number:02}")).collect::<Vec<_>>();
        assert_eq!(
            refused(Refused::TooMany(1), titles(2)),
            "purge: 2 objects would be deleted, more than max_deletes (1). Nothing was changed: 'Site 01', 'Site 02'"
        );
        let many = refused(Refused::TooMany(0), titles(12));
        assert!(many.ends_with("'Site 09', 'Site 10', and 2 more") && many.contains(": 'Site 01', "), "{many}");
        assert!(refused(Refused::TooMany(0), titles(1)).starts_with("purge: 1 object would be deleted, more than"));
    }
}
