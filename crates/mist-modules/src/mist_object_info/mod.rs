//! The Ansible module mist_object_info: what objects of a kind there are.

mod dest;
pub mod documentation;
pub mod options;
pub mod results;

use crate::common::glob::Glob;
use crate::common::messages;
use crate::common::options::OptionError;
use crate::mist_object_info::dest::Dest;
use crate::mist_object_info::options::Options;
use crate::mist_object_info::results::Results;
use crate::objects::declared;
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{Documentation, Outcome, Success, Task};
use mist_client::Client;
use mist_objects::access::{self, Protected};
use mist_objects::plan::{self, Fields};
use mist_objects::scope::Scope;
use mist_objects::table::Kind;
use mist_objects::{export, listing, matching, names, secrets};
use serde_json::Value;
use std::collections::BTreeSet;

/// The module.
#[derive(Debug)]
pub struct MistObjectInfo;

impl MistModule for MistObjectInfo {
    const NAME: &'static str = "mist_object_info";
    type Options = Options;
    type Results = Results;
    type Params = (Kind, crate::objects::scope::ScopeRef);

    const DOCUMENTATION: Documentation = documentation::DOCUMENTATION;
    const TEXT_COMMANDS: &'static [ansible_binary_module::TextCommand] = &[crate::objects::types::COMMAND];

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Self::Params, OptionError> {
        let kind = options.kind.kind(task, &options.place, &["name".to_owned()])?;
        let place = options.place.wish(task, &kind)?;
        if options.id.as_deref().is_some_and(|id| id.trim().is_empty()) {
            return Err("id: it is empty; give the object's id, or leave it out".into());
        }
        if options.include_secrets && !options.as_declared {
            return Err("include_secrets: it is for as_declared: true; set that too, or leave it out".into());
        }
        options.dest.as_ref().map(Dest::new).transpose()?;
        if options.include_secrets && access::check_kind(&kind, options.id.as_deref()) == Err(Protected::Tokens) {
            return Err("include_secrets: keys of API tokens are never returned. Leave the option out.".into());
        }
        Ok((kind, place))
    }

    fn run(client: &Client, task: &mut Task, options: &Options, (kind, place): Self::Params) -> Outcome<Results> {
        let place = place.resolve(client, task)?;
        for slip in declared::slips(&kind, options.filter.iter().flat_map(Fields::keys)) {
            task.warn(format!("where: {slip}."));
        }
        run(client, task, place, &kind, options)
    }
}

fn run(client: &Client, task: &mut Task, mut place: Scope, kind: &Kind, options: &Options) -> Outcome<Results> {
    let empty = Fields::new();
    let wanted = options.filter.as_ref().unwrap_or(&empty);
    let fits = |glob: &str, text: &str| Glob::new(glob).matches(text);
    let mut found = read(client, &place, kind, options, wanted)?;
    found.retain(|object| export::chosen(wanted, object, &fits));
    export::in_order(kind, &mut found);
    if !options.as_declared {
        let shown = |object: Fields| secrets::masked(kind.schema, &Value::Object(object));
        let objects: Vec<Value> = found.into_iter().map(shown).collect();
        return delivered(task, kind, options, objects, None);
    }
    let mut kinds = BTreeSet::new();
    let found: Vec<Value> = found.into_iter().map(Value::Object).collect();
    found.iter().for_each(|object| names::referred(kind.schema, object, &mut kinds));
    let known = listing::known(client, &mut place, kind.scope, kinds).map_err(|error| messages::message(&error))?;
    let (mut objects, mut left_out) = (Vec::with_capacity(found.len()), Vec::new());
    for object in found.iter().filter_map(Value::as_object) {
        let (declared, without) = export::as_declared(kind, object, &known, options.include_secrets);
        let title = if kind.one { kind.word.clone() } else { matching::title(&kind.key, object) };
        left_out.extend(without.into_iter().map(|path| format!("{title}: {path}")));
        objects.push(declared);
    }
    delivered(task, kind, options, objects, Some(left_out))
}

/// The objects in the result, or in the file that `dest` names.
fn delivered(
    task: &mut Task,
    kind: &Kind,
    options: &Options,
    objects: Vec<Value>,
    secrets_left_out: Option<Vec<String>>,
) -> Outcome<Results> {
    let count = objects.len();
    let results = Results { count, secrets_left_out, ..Results::default() };
    let Some(path) = &options.dest else {
        return Ok(Success::unchanged(Results { objects: Some(objects), ..results }));
    };
    let dest = Dest::new(path)?;
    let (changed, diff) = dest.write(kind, &objects, task)?;
    Ok(Success::new(changed, Results { dest: Some(dest.shown()), ..results }).with_diff(diff))
}

fn read(
    client: &Client,
    place: &Scope,
    kind: &Kind,
    options: &Options,
    wanted: &Fields,
) -> Result<Vec<Fields>, String> {
    let said = |error| messages::message(&error);
    if kind.one || options.id.is_some() {
        let id = options.id.as_deref().map(str::trim).unwrap_or_default();
        return Ok(listing::one(client, place, kind, id).map_err(said)?.into_iter().collect());
    }
    let types: BTreeSet<String> = match &kind.query {
        None => BTreeSet::new(),
        Some((field, values)) => match wanted.get(field).and_then(Value::as_str) {
            Some(one) if values.iter().any(|value| value == one) => BTreeSet::from([one.to_owned()]),
            _ => values.iter().cloned().collect(),
        },
    };
    let mut all = listing::all(client, place, kind, &types, &mut |_| {}).map_err(said)?;
    if kind.summary {
        for object in &mut all {
            if let Some(id) = plan::id(kind, object)
                && let Some(whole) = listing::one(client, place, kind, &id).map_err(said)?
            {
                *object = whole;
            }
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_module_says_of_itself_is_whole() {
        ansible_binary_module::check::<crate::Mist<MistObjectInfo>>().unwrap();
    }
}
