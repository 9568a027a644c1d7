//! The Ansible module `mist_apply`: an organization as declared in a folder of files. In check mode it is the drift report.

pub mod by_hand;
pub mod docs;
pub mod options;
pub mod results;

use crate::common::messages;
use crate::common::options::OptionError;
use crate::common::progress;
use crate::common::scope;
use crate::mist_apply::options::{OnError, Options, Params};
use crate::mist_apply::results::Results;
use crate::objects::{declared, errors, lock};
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{Documentation, Failure, Outcome, Success, Task};
use mist_client::Client;
use mist_objects::listing::{self, Scope};
use mist_objects::table::{Kind, Level};
use mist_organization::apply::{self, Run};
use mist_organization::declaration;
use mist_organization::desired::{Desired, DesiredObject};
use mist_organization::listings::{self, PlanError};
use mist_organization::plan::{Conditions, Settings};
use mist_tokens::lock::SubjectLock;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

#[derive(Debug)]
pub struct MistApply;

impl MistModule for MistApply {
    const NAME: &'static str = "mist_apply";
    const DOCUMENTATION: Documentation = docs::DOCUMENTATION;
    type Options = Options;
    type Results = Results;
    type Params = Params;

    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        let mut all = Vec::new();
        if let Some(secrets) = parameters.get("secrets") {
            texts(secrets, &mut all);
        }
        all
    }

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        Params::new(options, task)
    }

    fn run(client: &Client, task: &mut Task, options: &Options, params: Params) -> Outcome<Results> {
        let org_id = scope::org_id(client, &params.org).map_err(|error| messages::failure_in(task, error))?;
        let scope = Scope { org_id: Some(org_id), ..Scope::default() };
        run(client, task, options, &params, &scope)
    }
}

/// All texts that can be secrets, whatever the form of the option.
fn texts(value: &Value, all: &mut Vec<String>) {
    const SHORTEST: usize = 4;
    match value {
        Value::String(text) => match serde_json::from_str(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => texts(&inner, all),
            _ if text.chars().count() >= SHORTEST => all.push(text.clone()),
            _ => {}
        },
        Value::Array(items) => items.iter().for_each(|item| texts(item, all)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, all)),
        _ => {}
    }
}

fn run(client: &Client, task: &mut Task, options: &Options, params: &Params, scope: &Scope) -> Outcome<Results> {
    let desired = &params.desired;
    check_declarations(task, options, desired)?;
    let _locks = locks(client, task, scope, desired)?;
    let conditions = conditions(client, task, params, scope)?;
    let purges = |kind: &Kind| params.purge.iter().any(|other| (other.level, &other.word) == (kind.level, &kind.word));
    let keeps = |kind: &Kind, name: &str| params.keep.matches(kind, name).unwrap_or(false);
    let only = |kind: &Kind, name: &str| params.only.matches(kind, name);
    let settings = Settings {
        rules: &params.rules,
        allow_similar: options.allow_similar,
        purges: &purges,
        keeps: &keeps,
        conditions: &conditions,
        matches: &declared::matches,
        only: &only,
    };
    let mut planned =
        listings::planned(client, scope, desired, &settings).map_err(|error| plan_error(task, desired, &error))?;
    listings::protect_sites(client, scope, &mut planned.plan)
        .map_err(|error| errors::message(&error, results::WORDING))?;
    check_required(task, options, &planned.plan)?;
    let deletions = planned.plan.deletions();
    if options.max_deletes.is_some_and(|most| deletions > most as usize) {
        return Err(results::too_many(&planned.plan, desired, options.max_deletes.unwrap_or_default()));
    }
    let drift = planned.plan.has_drift();
    let run = Run {
        client,
        scope,
        rules: &params.rules,
        predicts: task.check_mode(),
        keeps_after: task.diff_mode(),
        stops: options.on_error == OnError::Stop,
        progress: &progress(),
    };
    let ended = apply::apply(&run, desired, &planned);
    results::warn(task, desired, &ended);
    let results = Results::of(desired, &planned.plan, &ended, drift);
    let changed = results::changed(&ended);
    let diff = task.diff_mode().then(|| results::difference(&params.src, desired, &planned.plan, &ended)).flatten();
    match results.failure() {
        None => Ok(Success::new(changed, results).with_diff(diff)),
        Some(msg) => {
            let failure = Failure::new(msg).with_diff(diff);
            Err(failure.with_changed(changed).with_results(results))
        }
    }
}

/// The locks of all collections, always taken in the same order. Collections of sites, of which there may be thousands, have one
/// lock for each kind.
fn locks(client: &Client, task: &Task, scope: &Scope, desired: &Desired) -> Result<Vec<SubjectLock>, String> {
    let mut kinds = distinct_kinds(desired);
    kinds.sort_by(|one, other| (one.level, &one.word).cmp(&(other.level, &other.word)));
    let mut all = Vec::with_capacity(kinds.len());
    for kind in &kinds {
        let scope = match kind.level {
            // With the organization in place of the site.
            Level::Site => Scope { site_id: scope.org_id.clone(), ..scope.clone() },
            Level::Org | Level::Msp => scope.clone(),
        };
        all.extend(lock::held(client, task, &scope, kind)?);
    }
    Ok(all)
}

/// Warnings about the declarations of each kind, each once.
fn check_declarations(task: &mut Task, options: &Options, desired: &Desired) -> Result<(), OptionError> {
    for kind in distinct_kinds(desired) {
        let of = |object: &&DesiredObject| (object.kind.level, &object.kind.word) == (kind.level, &kind.word);
        let ignored: BTreeSet<String> =
            desired.objects.iter().filter(of).flat_map(|object| object.ignored.clone()).collect();
        declared::warn_about_ignored(task, &kind, &ignored);
        declared::check_document(
            task,
            &kind,
            desired.objects.iter().filter(of).map(|object| &object.fields),
            options.strict,
        )?;
    }
    Ok(())
}

fn distinct_kinds(desired: &Desired) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Vec::new();
    for object in &desired.objects {
        if !kinds.iter().any(|kind| (kind.level, &kind.word) == (object.kind.level, &object.kind.word)) {
            kinds.push((*object.kind).clone());
        }
    }
    kinds
}

fn check_required(
    task: &mut Task,
    options: &Options,
    plan: &mist_organization::plan::OrgPlan,
) -> Result<(), OptionError> {
    for kind in &plan.kinds {
        let new = kind
            .objects
            .iter()
            .filter_map(|one| Some((one.declared.title(&kind.kind), one.plan.as_ref().ok()?.created()?)));
        declared::check_required(task, &kind.kind, new, options.strict)?;
    }
    Ok(())
}

/// The conditions with ids in place of names: one list for each kind that they name.
fn conditions(client: &Client, task: &Task, params: &Params, scope: &Scope) -> Result<Conditions, Failure> {
    let mut all = Conditions::new();
    for (kind, filter) in &params.conditions {
        let known = listing::known(client, &mut scope.clone(), Level::Org, filter.needed())
            .map_err(|error| messages::failure_in(task, error))?;
        all.insert((kind.level, kind.word.clone()), declared::conditions(task, filter.clone(), &known)?);
    }
    Ok(all)
}

fn plan_error(task: &Task, desired: &Desired, error: &PlanError) -> String {
    match error {
        PlanError::Object(error) => errors::message(error, results::WORDING),
        PlanError::Names(wrong) => results::wrong_names(task, desired, wrong),
    }
}

/// The name of an object in messages.
#[must_use]
pub fn title_of(desired: &Desired, position: usize) -> String {
    desired.objects.get(position).map_or_else(String::new, |object| {
        let title = declaration::title(&object.kind, &Value::Object(object.fields.clone()));
        if title.is_empty() { object.kind.word.clone() } else { title }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_passes_the_check_of_the_protocol() {
        ansible_binary_module::check::<crate::Mist<MistApply>>().unwrap();
    }
}
