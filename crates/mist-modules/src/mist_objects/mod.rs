//! The Ansible module `mist_objects`: a set of objects of one kind, as declared. One list, then only the necessary requests.

pub mod docs;
pub mod options;
pub mod results;

use crate::common::options::OptionError;
use crate::mist_objects::options::{Options, Params};
use crate::mist_objects::results::Results;
use crate::objects::errors::{self, Wording};
use crate::objects::{declared, kinds};
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{Diff, Documentation, Failure, Outcome, Success, Task, TextCommand};
use mist_client::Client;
use mist_objects::apply::Context;
use mist_objects::apply_set::{ItemOutcome, SetOutcome, apply_set};
use mist_objects::error::ObjectError;
use mist_objects::names::{Index, Known};
use mist_objects::plan::{self, Fields, Step};
use mist_objects::scope::Scope;
use mist_objects::set::{self, Declared, Purge, SetPlan};
use mist_objects::{access, find, matching};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, Write};

#[derive(Debug)]
pub struct MistObjects;

impl MistModule for MistObjects {
    const NAME: &'static str = "mist_objects";
    const DOCUMENTATION: Documentation = docs::DOCUMENTATION;
    const TEXT_COMMANDS: &'static [TextCommand] = kinds::TYPES;
    type Options = Options;
    type Results = Results;
    type Params = Params;

    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        kinds::secrets_of(parameters, "objects")
    }

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        Params::new(options, task)
    }

    fn run(client: &Client, task: &mut Task, _: &Options, params: Params) -> Outcome<Results> {
        let scope = params.scope.resolve(client, task)?.of(&params.kind);
        run(client, task, scope, params)
    }
}

fn run(client: &Client, task: &mut Task, mut scope: Scope, mut params: Params) -> Outcome<Results> {
    let objects = std::mem::take(&mut params.objects);
    let (params, kind) = (&params, &params.kind);
    let wording = errors::of_set(params.option);
    let message = |error: ObjectError| errors::message(&error, wording);
    declared::warn_about_ignored(task, kind, &params.ignored);
    declared::check_document(task, kind, &objects, params.strict)?;
    let known = declared::known(client, &mut scope, kind, &objects).map_err(message)?;
    let declared = with_ids(task, params, &objects, &known)?;
    drop(objects);
    set::check_distinct(&declared).map_err(message)?;
    let found = find::set(client, &scope, kind, &declared, params.purge.is_some()).map_err(message)?;
    let before: BTreeSet<String> = found.iter().filter_map(|object| plan::id(kind, object)).collect();
    let keeps = |name: &str| params.purge.iter().flat_map(|purge| &purge.keep).any(|glob| glob.matches(name));
    let purge = params.purge.as_ref().map(|purge| Purge { keeps: &keeps, max_deletes: purge.max_deletes });
    let plan = set::plan(kind, &declared, &found, purge.as_ref(), &params.rules)
        .map_err(|error| errors::message(&error, Wording { declaration: "purge", ..wording }))?;
    drop(found);
    access::check_plans(client, kind, None, plan.plans.iter().flatten().chain(&plan.purge)).map_err(message)?;
    let planned = declared.iter().zip(&plan.plans);
    let new = planned.filter_map(|(one, plan)| Some((one.title(), plan.as_ref().ok()?.created()?)));
    declared::check_required(task, kind, new, params.strict)?;
    let context = Context { scope: &scope, kind, rules: &params.rules, before: &before };
    let outcome = if plan.refused.is_some() {
        SetOutcome::not_started(&plan)
    } else if task.check_mode() {
        SetOutcome::predicted(&plan)
    } else {
        apply_set(client, context, &declared, &plan, task.diff_mode(), &progress(&kind.word))
    };
    warn(task, &declared, &outcome);
    let results = Results::of(kind, &declared, &plan, &outcome, wording);
    if let Some(refused) = plan.refused {
        let titles = plan.purged_titles(kind).collect();
        return Err(Failure::new(results::refused(refused, titles)).with_results(results));
    }
    let diff = (plan.changes() && task.diff_mode()).then(|| difference(params, &declared, &plan, &outcome));
    if outcome.is_complete() {
        return Ok(Success::new(outcome.changed(), results).with_diff(diff));
    }
    let failure = Failure::new(results::incomplete(&results, &outcome)).with_diff(diff);
    let failure = if outcome.changed() { failure.after_change() } else { failure };
    Err(failure.with_results(results))
}

/// The declared objects with ids in place of names. The error has all wrong names of all objects.
fn with_ids(task: &mut Task, params: &Params, objects: &[Fields], known: &Known) -> Result<Vec<Declared>, String> {
    let index = Index::new(known);
    let (mut declared, mut wrong) = (Vec::with_capacity(objects.len()), Vec::new());
    for (number, object) in objects.iter().enumerate() {
        match declared::resolved(task, &params.kind, object, &index) {
            Ok(object) => match matching::fields(&params.kind, &params.match_fields, &object) {
                Ok(fields) => declared.push(Declared { object, fields }),
                Err(error) => wrong.push((number, error)),
            },
            Err(errors) => wrong.extend(errors.into_iter().map(|error| (number, error.into()))),
        }
    }
    if wrong.is_empty() { Ok(declared) } else { Err(errors::of_items(task, params.option, &wrong)) }
}

/// A warning that several objects share is one sentence with their names.
fn warn(task: &mut Task, declared: &[Declared], outcome: &SetOutcome) {
    let (mut not_kept, mut warnings): (BTreeSet<&str>, BTreeMap<String, Vec<String>>) = Default::default();
    for (one, outcome) in declared.iter().zip(&outcome.objects) {
        if let ItemOutcome::Done(outcome) = outcome {
            for warning in &outcome.warnings {
                let title = format!("'{}'", one.title().escape_debug());
                warnings.entry(errors::warning(warning)).or_default().push(title);
            }
            not_kept.extend(outcome.not_kept.iter().map(String::as_str));
        }
    }
    for (sentence, titles) in warnings {
        task.warn(format!("{}: {sentence}", errors::list(&titles, ", ")));
    }
    if !not_kept.is_empty() {
        let paths: Vec<&str> = not_kept.into_iter().collect();
        task.warn(format!(
            "The cloud did not keep these values as declared (see not_kept of each object): {}",
            paths.join(", ")
        ));
    }
}

/// The diff: each changed object by name, with the changed fields.
fn difference(params: &Params, declared: &[Declared], plan: &SetPlan, outcome: &SetOutcome) -> Diff {
    let kind = &params.kind;
    let (mut before, mut after) = (Map::new(), Map::new());
    let each = declared
        .iter()
        .map(Declared::title)
        .zip(plan.plans.iter().map(|plan| plan.as_ref().ok()).zip(&outcome.objects));
    let purged = plan.purged_titles(kind).zip(plan.purge.iter().map(Some).zip(&outcome.purge));
    for (title, (plan, outcome)) in each.chain(purged) {
        let (Some(plan), ItemOutcome::Done(outcome)) = (plan.filter(|plan| plan.changes()), outcome) else {
            continue;
        };
        let (old, new) = plan.diff(kind, outcome.after.as_ref());
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

/// Prints progress on standard error at a terminal: when the module is run by hand.
fn progress(word: &str) -> impl Fn(usize, usize) + Sync {
    let is_shown = std::io::stderr().is_terminal();
    let word = word.to_owned();
    move |finished, total| {
        if is_shown {
            let end = if finished == total { "\n" } else { "" };
            // A closed terminal does not stop the run.
            let _ = write!(std::io::stderr(), "\r{finished} of {total} {word}{end}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_passes_the_check_of_the_protocol() {
        ansible_binary_module::check::<crate::Mist<MistObjects>>().unwrap();
    }
}
