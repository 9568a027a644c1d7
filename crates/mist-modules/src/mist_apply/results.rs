//! Results and messages of `mist_apply`.

use crate::common::messages;
use crate::mist_apply::title_of;
use crate::objects::errors::{self, Wording, list};
use ansible_binary_module::{Diff, Failure, Task};
use mist_client::redact::quoted;
use mist_objects::apply_set::StopReason;
use mist_objects::error::ObjectError;
use mist_objects::names::{self, Index};
use mist_objects::plan::Step;
use mist_objects::table::Kind;
use mist_organization::desired::{Desired, Origin, ReadError, ReadFault};
use mist_organization::ends::{self, Failure as ObjectFailure, ObjectEnd, ObjectResult, SkipReason};
use mist_organization::plan::OrgPlan;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The words of messages about objects.
pub const WORDING: Wording = Wording { declaration: "src", deletion: "purge", by_id: "Add id to the object" };

#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// Number of objects by type and action. Types of sites begin with C(site/).
    #[schemars(extend("x-ansible-returned" = "always, after the plan"))]
    pub summary: BTreeMap<String, Counts>,
    /// All objects that are not unchanged.
    #[schemars(extend("x-ansible-returned" = "always, after the plan"))]
    pub objects: Vec<ObjectEntry>,
    /// Objects that exist and are not in the files, of types that a file exists for.
    #[schemars(extend("x-ansible-returned" = "always, after the plan"))]
    pub unmanaged: Vec<Unmanaged>,
    /// The organization differed from the files before the task. Objects in RV(unmanaged) do not count.
    #[schemars(extend("x-ansible-returned" = "always, after the plan"))]
    pub drift: bool,
}

/// Numbers of objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Created objects.
    pub created: usize,
    /// Changed objects.
    pub changed: usize,
    /// Objects that were as declared.
    pub unchanged: usize,
    /// Deleted objects.
    pub deleted: usize,
    /// Objects that are not as declared.
    pub failed: usize,
    /// Objects for which nothing was sent, because of another object.
    pub skipped: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ObjectEntry {
    /// Type of the object.
    #[schemars(example = &"wlans")]
    pub kind: String,
    /// Identifying values, such as the name, or the SSID and the template.
    #[schemars(example = &"Corp / Branches")]
    pub key: String,
    /// Name of the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "for objects of a site"))]
    pub site: Option<String>,
    /// Action of the task. In check mode, the predicted action.
    pub state: EntryState,
    /// Top-level fields that were written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-ansible-returned" = "for changed objects"))]
    pub fields: Vec<String>,
    /// Declared values that the cloud did not keep.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-ansible-returned" = "if such values exist"))]
    pub not_kept: Vec<String>,
    /// File of the declaration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "for declared objects"))]
    pub file: Option<String>,
    /// Error, or the reason for a skipped object.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "for failed and skipped objects"))]
    pub msg: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryState {
    /// The object was created.
    Created,
    /// The object was changed.
    Changed,
    /// The object was as declared.
    #[default]
    Unchanged,
    /// The object was deleted.
    Deleted,
    /// The object is not as declared.
    Failed,
    /// Nothing was sent for the object, because of another one.
    Skipped,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unmanaged {
    /// Type of the objects.
    pub kind: String,
    /// Name of the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "for objects of a site"))]
    pub site: Option<String>,
    /// Identifying values of the objects.
    pub keys: Vec<String>,
}

fn site_name(desired: &Desired, site: Option<usize>) -> Option<String> {
    site.and_then(|site| desired.sites.get(site)).map(|site| site.name.clone())
}

fn label(kind: &Kind, is_site: bool) -> String {
    if is_site { format!("site/{}", kind.word) } else { kind.word.clone() }
}

impl Results {
    #[must_use]
    pub fn of(desired: &Desired, plan: &OrgPlan, ended: &ends::Results, drift: bool) -> Self {
        let mut results = Self { drift, ..Self::default() };
        for result in &ended.objects {
            let counts = results.summary.entry(label(&result.kind, result.site.is_some())).or_default();
            let entry = entry(desired, result);
            let count = match entry.state {
                EntryState::Created => &mut counts.created,
                EntryState::Changed => &mut counts.changed,
                EntryState::Unchanged => &mut counts.unchanged,
                EntryState::Deleted => &mut counts.deleted,
                EntryState::Failed => &mut counts.failed,
                EntryState::Skipped => &mut counts.skipped,
            };
            *count += 1;
            if entry.state != EntryState::Unchanged {
                results.objects.push(entry);
            }
        }
        for kind in plan.kinds.iter().filter(|kind| !kind.unmanaged.is_empty()) {
            results.unmanaged.push(Unmanaged {
                kind: kind.kind.word.clone(),
                site: site_name(desired, kind.site),
                keys: kind.unmanaged.clone(),
            });
        }
        results
    }

    /// The message if an object is not as declared.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let of = |state| self.objects.iter().filter(move |object| object.state == state);
        let (failed, skipped) = (of(EntryState::Failed).count(), of(EntryState::Skipped).count());
        if failed + skipped == 0 {
            return None;
        }
        let causes: Vec<String> = of(EntryState::Failed)
            .map(|object| {
                format!("{} {}: {}", object.kind, quoted(&object.key), object.msg.as_deref().unwrap_or_default())
            })
            .collect();
        let skipped = if skipped > 0 { format!(" {skipped} were skipped (see objects).") } else { String::new() };
        Some(format!("{failed} objects failed.{skipped} Run the task again for the rest: {}", list(&causes, " ")))
    }
}

fn entry(desired: &Desired, result: &ObjectResult) -> ObjectEntry {
    let file =
        result.desired.and_then(|position| desired.objects.get(position)).map(|object| object.origin.path.clone());
    let fields = || result.plan.as_ref().map(|plan| plan.concerned(&result.kind)).unwrap_or_default();
    let mut entry = ObjectEntry {
        kind: result.kind.word.clone(),
        // With names in place of ids.
        key: result.desired.map_or_else(|| result.title.clone(), |position| title_of(desired, position)),
        site: site_name(desired, result.site),
        file,
        ..ObjectEntry::default()
    };
    match &result.end {
        ObjectEnd::Created(outcome) => (entry.state, entry.not_kept) = (EntryState::Created, outcome.not_kept.clone()),
        ObjectEnd::Changed(outcome) => {
            (entry.state, entry.fields, entry.not_kept) = (EntryState::Changed, fields(), outcome.not_kept.clone());
        }
        ObjectEnd::Unchanged(outcome) => {
            (entry.state, entry.not_kept) = (EntryState::Unchanged, outcome.not_kept.clone())
        }
        ObjectEnd::Deleted(_) => entry.state = EntryState::Deleted,
        ObjectEnd::Failed(failure) => {
            entry.state = EntryState::Failed;
            entry.msg = Some(match failure {
                ObjectFailure::Refused(error) => errors::message(error, WORDING),
                ObjectFailure::Failed(failed) => errors::failure(failed, WORDING),
            });
        }
        ObjectEnd::Skipped(reason) => {
            entry.state = EntryState::Skipped;
            entry.msg = Some(skip_reason(reason));
        }
    }
    entry
}

fn skip_reason(reason: &SkipReason) -> String {
    match reason {
        SkipReason::DependsOn { kind, title } => {
            format!("it refers to {} {}, which failed or was skipped.", kind, quoted(title))
        }
        SkipReason::KindFailed => "an object of the type failed, so none is deleted.".to_owned(),
        SkipReason::Stopped(StopReason::Signal) => "the run was stopped.".to_owned(),
        SkipReason::Stopped(StopReason::Failure(title)) => {
            format!("the run was stopped by the failure of {}.", quoted(title))
        }
    }
}

/// True if the cloud confirmed a change, or one is predicted.
#[must_use]
pub fn changed(ended: &ends::Results) -> bool {
    ended.objects.iter().any(|result| match &result.end {
        ObjectEnd::Created(_) | ObjectEnd::Deleted(_) => true,
        ObjectEnd::Changed(outcome) | ObjectEnd::Unchanged(outcome) => outcome.changed,
        ObjectEnd::Failed(ObjectFailure::Failed(failed)) => failed.changed,
        ObjectEnd::Failed(ObjectFailure::Refused(_)) | ObjectEnd::Skipped(_) => false,
    })
}

/// A warning that several objects share is one sentence with their names.
pub fn warn(task: &mut Task, desired: &Desired, ended: &ends::Results) {
    let (mut warnings, mut not_kept): (BTreeMap<String, Vec<String>>, BTreeSet<&str>) = Default::default();
    for result in &ended.objects {
        if let ObjectEnd::Created(outcome)
        | ObjectEnd::Changed(outcome)
        | ObjectEnd::Unchanged(outcome)
        | ObjectEnd::Deleted(outcome) = &result.end
        {
            for warning in &outcome.warnings {
                let site =
                    site_name(desired, result.site).map(|site| format!(" of {}", quoted(&site))).unwrap_or_default();
                let title = format!("{} {}{site}", result.kind.word, quoted(&result.title));
                warnings.entry(errors::warning(warning)).or_default().push(title);
            }
            not_kept.extend(outcome.not_kept.iter().map(String::as_str));
        }
    }
    for (sentence, titles) in warnings {
        task.warn(format!("{}: {sentence}", list(&titles, ", ")));
    }
    if !not_kept.is_empty() {
        let paths: Vec<String> = not_kept.into_iter().map(str::to_owned).collect();
        task.warn(format!("The cloud did not keep these values as declared (see objects): {}", list(&paths, ", ")));
    }
}

/// The diff: each changed object with names in place of ids.
#[must_use]
pub fn difference(src: &Path, desired: &Desired, plan: &OrgPlan, ended: &ends::Results) -> Option<Diff> {
    let mut known = plan.names.clone();
    for pairs in known.values_mut() {
        for (_, id) in pairs {
            if let Some(real) = ended.ids.get(id) {
                real.clone_into(id);
            }
        }
    }
    let index = Index::new(&known);
    let (mut before, mut after) = (Map::new(), Map::new());
    for result in &ended.objects {
        let Some(plan) = &result.plan else { continue };
        let outcome = match &result.end {
            ObjectEnd::Created(outcome) | ObjectEnd::Changed(outcome) | ObjectEnd::Deleted(outcome) => outcome,
            _ => continue,
        };
        let (old, new) = plan.diff(&result.kind, outcome.after.as_ref());
        let named = |value: &Value| names::with_names(result.kind.schema, value, &index).0;
        let key = result.desired.map_or_else(|| result.title.clone(), |position| title_of(desired, position));
        let site = site_name(desired, result.site).map(|site| format!("{site}: ")).unwrap_or_default();
        let mut title = format!("{site}{}: {key}", result.kind.word);
        while before.contains_key(&title) || after.contains_key(&title) {
            title.push('\'');
        }
        // The setting of a new site did not exist.
        let is_new = result.kind.one && plan.found.as_ref().is_none_or(Map::is_empty);
        if !matches!(plan.step, Step::Create(_)) && !is_new {
            before.insert(title.clone(), named(&old));
        }
        if plan.step != Step::Delete {
            after.insert(title, named(&new));
        }
    }
    if before.is_empty() && after.is_empty() {
        return None;
    }
    Some(Diff::new(Value::Object(before), Value::Object(after)).headed(src.display().to_string()))
}

/// The failure if a run would delete too much.
#[must_use]
pub fn too_many(plan: &OrgPlan, desired: &Desired, most: u32) -> Failure {
    let titles: Vec<String> = plan
        .kinds
        .iter()
        .flat_map(|kind| {
            let site = site_name(desired, kind.site).map(|site| format!(" of {}", quoted(&site))).unwrap_or_default();
            kind.purge.iter().map(move |(title, _)| format!("{} {}{site}", kind.kind.word, quoted(title)))
        })
        .collect();
    let count = plan.deletions();
    Failure::new(format!(
        "max_deletes: {count} objects would be deleted, more than {most}. Nothing was changed: {}",
        errors::first(&titles, 10, ", ")
    ))
}

fn place(origin: &Origin) -> String {
    let item = origin.item.map(|item| format!(", item {item}")).unwrap_or_default();
    format!("{}{item}", quoted(&origin.path))
}

/// The most errors in a message.
const LISTED: usize = 20;

/// All errors of all files.
#[must_use]
pub fn read_errors(errors: &[ReadError]) -> crate::common::options::OptionError {
    let sentence = |error: &ReadError| {
        let problem = match &error.fault {
            ReadFault::Source(error) => error.to_string(),
            ReadFault::UnknownKind { word, candidates } => {
                let similar = if candidates.similar.is_empty() { String::new() } else { format!(" {candidates}") };
                format!("{} is not a type.{similar}", quoted(word))
            }
            ReadFault::NoPlace => "the path has no place in a folder of an organization".to_owned(),
            ReadFault::Type(error) => error.to_string(),
            ReadFault::Object(error) => errors::message(error, WORDING).trim_start_matches("src: ").to_owned(),
            ReadFault::Form { field, needed } => format!("{field} must be {needed}"),
            ReadFault::SiteMissing => "objects of sites need the field site, or the folder of a site".to_owned(),
            ReadFault::DeclaredTwice { field, other } => {
                format!("{} is also declared in {}", quoted(field), quoted(other))
            }
        };
        let stop = if problem.ends_with('.') { "" } else { "." };
        format!("{}: {problem}{stop}", place(&error.origin))
    };
    let sentences: Vec<String> = errors.iter().map(sentence).collect();
    crate::common::options::OptionError::new("src", errors::first(&sentences, LISTED, " "))
}

/// All wrong names, with their files.
#[must_use]
pub fn wrong_names(task: &Task, desired: &Desired, wrong: &[(usize, ObjectError)]) -> String {
    let sentence = |(position, error): &(usize, ObjectError)| {
        let problem = errors::message(error, WORDING).trim_start_matches("src: ").to_owned();
        let place = desired.objects.get(*position).map(|object| place(&object.origin)).unwrap_or_default();
        format!("{place} ({}): {problem}", quoted(&title_of(desired, *position)))
    };
    let is_missing = wrong.iter().all(|(_, error)| matches!(error, ObjectError::Name(error) if error.is_missing()));
    let sentences: Vec<String> = wrong.iter().map(sentence).collect();
    let message =
        format!("src: nothing was changed, because names are wrong. {}", errors::first(&sentences, LISTED, " "));
    messages::with_earlier_task(task, message, is_missing)
}
