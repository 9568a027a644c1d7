//! The Ansible module mist_objects: a whole set of one kind of object, kept as declared.
//!
//! `options` says what a task can ask for, `wanted` what that means, `results` what is returned and `words` what went wrong.
//! What is to be done is for `mist-objects` to say and to do: one listing, then only the calls that are needed.

pub mod documentation;
pub mod options;
pub mod params;
pub mod results;

use crate::common::messages;
use crate::common::options::OptionError;
use crate::mist_objects::options::Options;
use crate::mist_objects::params::Params;
use crate::mist_objects::results::Results;
use crate::objects::{declared, errors, kinds, progress};
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{Diff, Documentation, Failure, Outcome, Success, Task};
use mist_client::Client;
use mist_objects::access;
use mist_objects::apply::{Context, chosen};
use mist_objects::apply_set::{self, SetOutcome, apply_set};
use mist_objects::plan::{self, Fields, Step};
use mist_objects::scope::Scope;
use mist_objects::set::{self, Declared, Purge, SetPlan};
use mist_objects::table::Kind;
use mist_objects::{listing, matching, names};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The module.
#[derive(Debug)]
pub struct MistObjects;

impl MistModule for MistObjects {
    const NAME: &'static str = "mist_objects";
    type Options = Options;
    type Results = Results;
    type Params = Params;

    const DOCUMENTATION: Documentation = documentation::DOCUMENTATION;
    const TEXT_COMMANDS: &'static [ansible_binary_module::TextCommand] = &[crate::objects::types::COMMAND];

    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        kinds::secrets_of(parameters, "objects")
    }

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        Ok(Params::new(options, task)?)
    }

    fn run(client: &Client, task: &mut Task, _: &Options, wanted: Params) -> Outcome<Results> {
        let place = wanted.place.resolve(client, task)?;
        run(client, task, place, wanted)
    }
}

fn run(client: &Client, task: &mut Task, mut place: Scope, mut wanted: Params) -> Outcome<Results> {
    let objects = std::mem::take(&mut wanted.objects);
    let (wanted, kind) = (&wanted, &wanted.kind);
    declared::tell_ignored(task, kind, &wanted.ignored);
    declared::warn_about_typos(task, kind, &objects);
    let known = declared::known(client, &mut place, kind, &objects)?;
    let declared = with_ids(task, wanted, &objects, &known)?;
    drop(objects);
    set::check_distinct(&declared).map_err(|reason| format!("{}: {reason}", wanted.option))?;
    let mut found = read(client, &place, wanted, &declared)?;
    let before: BTreeSet<String> = found.iter().filter_map(|object| plan::id(kind, object)).collect();
    if kind.summary {
        read_wholly(client, &place, kind, &declared, &mut found)?;
    }
    let keeps = |name: &str| wanted.purge.iter().flat_map(|purge| &purge.keep).any(|glob| glob.matches(name));
    let purge = wanted.purge.as_ref().map(|purge| Purge { keeps: &keeps, max_deletes: purge.max_deletes });
    let plan = set::plan(kind, &declared, &found, purge.as_ref(), &wanted.rules)
        .map_err(|reason| format!("purge: {reason}"))?;
    drop(found);
    access::check_plans(client, kind, None, plan.plans.iter().flatten().chain(&plan.purge))
        .map_err(|error| messages::message(&error))?
        .map_err(|reason| format!("{}: {}", wanted.option, errors::protected(&reason)))?;
    let context = Context { place: &place, kind, rules: &wanted.rules, before: &before };
    let done = if plan.refused.is_some() {
        SetOutcome::not_begun(&plan)
    } else if task.check_mode() {
        SetOutcome::predicted(&plan)
    } else {
        apply_set(client, context, &declared, &plan, task.diff_mode(), &progress::teller(&kind.word))
    };
    warn(task, &declared, &done);
    let results = Results::of(kind, &declared, &plan, &done);
    if let Some(refused) = plan.refused {
        let titles = plan.purged_titles(kind).collect();
        return Err(Failure::new(results::refused(refused, titles)).with_results(results));
    }
    let diff = (plan.changes() && task.diff_mode()).then(|| difference(wanted, &declared, &plan, &done));
    if done.is_complete() {
        return Ok(Success::new(done.changed(), results).with_diff(diff));
    }
    let failure = Failure::new(results::incomplete(&results, &done)).with_diff(diff);
    let failure = if done.changed() { failure.after_change() } else { failure };
    Err(failure.with_results(results))
}

/// The declared objects with ids in place of names; what is wrong with any is told of all.
fn with_ids(
    task: &mut Task,
    wanted: &Params,
    objects: &[Fields],
    known: &names::Known,
) -> Result<Vec<Declared>, String> {
    let (mut declared, mut reasons) = (Vec::with_capacity(objects.len()), Vec::new());
    for (number, object) in objects.iter().enumerate() {
        let one = declared::resolved(task, &wanted.kind, object, known).and_then(|object| {
            let fields = matching::fields(&wanted.kind, &wanted.match_fields, &object)
                .map_err(|reason| vec![names::NameError { reason, missing: false }])?;
            Ok(Declared { object, fields })
        });
        match one {
            Ok(one) => declared.push(one),
            Err(all) => reasons.extend(all.into_iter().map(|reason| (number, reason))),
        }
    }
    if reasons.is_empty() { Ok(declared) } else { Err(errors::with_set(task, wanted.option, &reasons)) }
}

/// What is there, of each no more than is needed.
fn read(client: &Client, place: &Scope, wanted: &Params, declared: &[Declared]) -> Result<Vec<Fields>, String> {
    let kind = &wanted.kind;
    let needed: BTreeSet<&str> = declared
        .iter()
        .flat_map(|one| one.object.keys().chain(&one.fields))
        .chain(&kind.key)
        .chain([&kind.id])
        .map(|name| name.split('.').next().unwrap_or_default())
        .collect();
    let whole = wanted.purge.is_some();
    let mut prune = |object: &mut Value| {
        if let (Value::Object(fields), false) = (object, whole) {
            fields.retain(|name, _| needed.contains(name.as_str()) || name.ends_with("_id"));
        }
    };
    let chosen = chosen(kind, declared.iter().map(|one| &one.object));
    listing::all(client, place, kind, &chosen, &mut prune).map_err(|error| messages::message(&error))
}

/// Where the list is a summary, the objects that are declared are read by themselves.
fn read_wholly(
    client: &Client,
    place: &Scope,
    kind: &Kind,
    declared: &[Declared],
    found: &mut [Fields],
) -> Result<(), String> {
    for object in found {
        let meant = declared.iter().any(|one| {
            let key = matching::key(&one.fields, &one.object);
            key.is_some() && key == matching::key(&one.fields, object)
        });
        if let (true, Some(id)) = (meant, plan::id(kind, object)) {
            let whole = listing::one(client, place, kind, &id).map_err(|error| messages::message(&error))?;
            *object = whole.ok_or_else(|| kinds::listed_and_not_there(&id))?;
        }
    }
    Ok(())
}

fn warn(task: &mut Task, declared: &[Declared], done: &SetOutcome) {
    let mut not_kept: BTreeSet<&str> = BTreeSet::new();
    for (one, outcome) in declared.iter().zip(&done.objects) {
        if let apply_set::ItemOutcome::Done(done) = outcome {
            for warning in &done.warnings {
                task.warn(format!("'{}': {warning}", one.title().escape_debug()));
            }
            not_kept.extend(done.not_kept.iter().map(String::as_str));
        }
    }
    if !not_kept.is_empty() {
        let paths: Vec<&str> = not_kept.into_iter().collect();
        task.warn(format!(
            "The cloud did not keep as declared: {}; not_kept of each object says more",
            paths.join(", ")
        ));
    }
}

/// What `--diff` shows: of each object that changes, by name, what the change is about.
fn difference(wanted: &Params, declared: &[Declared], plan: &SetPlan, done: &SetOutcome) -> Diff {
    let kind = &wanted.kind;
    let (mut before, mut after) = (Map::new(), Map::new());
    let each =
        declared.iter().map(Declared::title).zip(plan.plans.iter().map(|plan| plan.as_ref().ok()).zip(&done.objects));
    let purged = plan.purged_titles(kind).zip(plan.purge.iter().map(Some).zip(&done.purge));
    for (title, (plan, outcome)) in each.chain(purged) {
        let (Some(plan), apply_set::ItemOutcome::Done(done)) = (plan.filter(|plan| plan.changes()), outcome) else {
            continue;
        };
        let (old, new) = plan.diff(kind, done.after.as_ref());
        // Two objects of one name, of which one goes: told apart by the id.
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
    Diff::new(Value::Object(before), Value::Object(after)).headed(wanted.place.header(kind, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_module_says_of_itself_is_whole() {
        ansible_binary_module::check::<crate::Mist<MistObjects>>().unwrap();
    }
}
