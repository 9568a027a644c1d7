//! The Ansible module mist_object: any object of the Juniper Mist cloud, kept as declared.
//!
//! `options` says what a task can ask for, `wanted` what that means, `results` what is returned. What is to be done is for
//! `mist-objects` to say and to do.

pub mod documentation;
pub mod options;
pub mod params;
pub mod results;

use crate::common::messages;
use crate::common::options::OptionError;
use crate::mist_object::options::Options;
use crate::mist_object::params::Params;
use crate::mist_object::results::Results;
use crate::objects::{declared, errors, kinds};
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{Diff, Documentation, Failure, Outcome, Success, Task};
use mist_client::Client;
use mist_objects::access;
use mist_objects::apply::{self, Context};
use mist_objects::plan::{self, DesiredState, Fields, Plan};
use mist_objects::scope::Scope;
use mist_objects::{listing, matching, secrets};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The module.
#[derive(Debug)]
pub struct MistObject;

impl MistModule for MistObject {
    const NAME: &'static str = "mist_object";
    type Options = Options;
    type Results = Results;
    type Params = Params;

    const DOCUMENTATION: Documentation = documentation::DOCUMENTATION;
    const TEXT_COMMANDS: &'static [ansible_binary_module::TextCommand] = &[crate::objects::types::COMMAND];

    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        kinds::secrets_of(parameters, "object")
    }

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        Ok(Params::new(options, task)?)
    }

    fn run(client: &Client, task: &mut Task, _: &Options, wanted: Params) -> Outcome<Results> {
        let place = wanted.place.resolve(client, task)?;
        run(client, task, place, &wanted)
    }
}

fn run(client: &Client, task: &mut Task, mut place: Scope, wanted: &Params) -> Outcome<Results> {
    declared::tell_ignored(task, &wanted.kind, &wanted.ignored);
    let object = relevant(wanted);
    declared::warn_about_typos(task, &wanted.kind, [&object]);
    let known = declared::known(client, &mut place, &wanted.kind, [&object])?;
    let object =
        declared::resolved(task, &wanted.kind, &object, &known).map_err(|reasons| errors::with_one(task, &reasons))?;
    let situation = look(client, &place, wanted, &object)?;
    let plan = plan::plan(&wanted.kind, wanted.wish, &object, situation.found.as_ref(), &wanted.rules)
        .map_err(|reason| format!("object: {reason}"))?;
    access::check_plans(client, &wanted.kind, wanted.id.as_deref(), [&plan])
        .map_err(|error| messages::message(&error))?
        .map_err(|reason| format!("object: {}", errors::protected(&reason)))?;
    let context = Context { place: &place, kind: &wanted.kind, rules: &wanted.rules, before: &situation.before };
    if task.check_mode() {
        return Ok(told(task, wanted, &plan, apply::Outcome::predicted(&plan)));
    }
    match apply::apply(client, context, &object, &situation.fields, &plan) {
        Ok(done) => Ok(told(task, wanted, &plan, done)),
        Err(stopped) => {
            let id = stopped.id.clone().or_else(|| plan.id.clone());
            let failure = Failure::new(errors::message(&stopped)).with_results(Results {
                id,
                duplicates: stopped.duplicates.clone(),
                ..Results::default()
            });
            Err(if stopped.changed { failure.after_change() } else { failure })
        }
    }
}

/// What of the declaration matters: to make it absent, only what tells which one is meant.
fn relevant(wanted: &Params) -> Fields {
    if wanted.wish != DesiredState::Absent {
        return wanted.object.clone();
    }
    let kind = &wanted.kind;
    let telling: Vec<&String> = if wanted.match_fields.is_empty() {
        kind.key.iter().chain(&kind.key_where_declared).chain(kind.query.as_ref().map(|(field, _)| field)).collect()
    } else {
        wanted.match_fields.iter().collect()
    };
    let tells = |name: &String| {
        let target = kind.schema.named_reference(name).map(|(field, _)| field);
        telling
            .iter()
            .any(|field| *field == name || Some(*field) == target.as_ref() || field.split('.').next() == Some(name))
    };
    wanted.object.iter().filter(|(name, _)| tells(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// What is there.
#[derive(Default)]
struct Situation {
    found: Option<Fields>,
    /// The fields that tell which one is meant.
    fields: Vec<String>,
    /// The ids of all that are there.
    before: BTreeSet<String>,
}

fn look(client: &Client, place: &Scope, wanted: &Params, object: &Fields) -> Result<Situation, String> {
    let kind = &wanted.kind;
    let said = |error| messages::message(&error);
    if kind.one {
        let found = listing::one(client, place, kind, "").map_err(said)?;
        return Ok(Situation { found, ..Situation::default() });
    }
    if let Some(id) = &wanted.id {
        let found = listing::one(client, place, kind, id).map_err(said)?;
        if found.is_none() && wanted.wish == DesiredState::Present {
            return Err(format!(
                "id: there is none of the {} with the id '{}'; leave id out to create one",
                kind.word,
                id.escape_debug()
            ));
        }
        let found = found.map(|mut found| {
            found.entry(kind.id.clone()).or_insert_with(|| Value::String(id.clone()));
            found
        });
        return Ok(Situation { found, ..Situation::default() });
    }
    let option = if wanted.match_fields.is_empty() { "object" } else { "match" };
    let fields =
        matching::fields(kind, &wanted.match_fields, object).map_err(|reason| format!("{option}: {reason}"))?;
    let all = listing::all(client, place, kind, &apply::chosen(kind, [object]), &mut |_| {}).map_err(said)?;
    let before = all.iter().filter_map(|found| plan::id(kind, found)).collect();
    let all: Vec<Value> = all.into_iter().map(Value::Object).collect();
    let found = plan::pick(kind, &fields, object, &all).map_err(|several| format!("match: {several}, or by id"))?;
    let found = match found.map(|found| (plan::id(kind, found), found)) {
        // Their list is a summary: to compare, the object is read by itself.
        Some((Some(id), _)) if kind.summary && wanted.wish != DesiredState::Absent => Some(
            listing::one(client, place, kind, &id).map_err(said)?.ok_or_else(|| kinds::listed_and_not_there(&id))?,
        ),
        found => found.map(|(_, found)| found.clone()),
    };
    Ok(Situation { found, fields, before })
}

fn told(task: &mut Task, wanted: &Params, plan: &Plan, done: apply::Outcome) -> Success<Results> {
    let kind = &wanted.kind;
    for warning in &done.warnings {
        task.warn(warning.clone());
    }
    if !done.not_kept.is_empty() {
        task.warn(format!("The cloud did not keep as declared: {}", done.not_kept.join(", ")));
    }
    let object = done.after.as_ref().map(|after| secrets::masked(kind.schema, &Value::Object(after.clone())));
    let results = Results {
        object,
        id: done.id.clone().or_else(|| plan.id.clone()),
        not_kept: plan.changes().then(|| done.not_kept.clone()),
        duplicates: done.duplicates.clone(),
    };
    let success = Success::new(done.changed, results);
    if !plan.changes() {
        return success;
    }
    let (before, after) = plan.diff(kind, done.after.as_ref());
    let title = matching::title(&kind.key, plan.found.as_ref().unwrap_or(&wanted.object));
    success.with_diff(Diff::new(before, after).headed(wanted.place.header(kind, &title)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_module_says_of_itself_is_whole() {
        ansible_binary_module::check::<crate::Mist<MistObject>>().unwrap();
    }
}
