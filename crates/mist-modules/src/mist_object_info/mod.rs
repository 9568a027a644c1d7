//! The Ansible module `mist_object_info`: lists the objects of a kind.

mod dest;
pub mod docs;
pub mod options;

use crate::common::glob::Glob;
use crate::common::options::OptionError;
use crate::mist_object_info::dest::Dest;
use crate::mist_object_info::options::{Options, Results};
use crate::objects::location::ScopeRef;
use crate::objects::{declared, errors, kinds};
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{Documentation, Outcome, Success, Task, TextCommand};
use mist_client::Client;
use mist_objects::access::{self, Protected};
use mist_objects::names::{self, Index};
use mist_objects::plan::Fields;
use mist_objects::scope::Scope;
use mist_objects::table::Kind;
use mist_objects::{export, find, listing, matching, secrets};
use serde_json::Value;
use std::collections::BTreeSet;

#[derive(Debug)]
pub struct MistObjectInfo;

/// The checked options.
#[derive(Debug)]
pub struct Params {
    kind: Kind,
    scope: ScopeRef,
}

impl MistModule for MistObjectInfo {
    const NAME: &'static str = "mist_object_info";
    const DOCUMENTATION: Documentation = docs::DOCUMENTATION;
    const TEXT_COMMANDS: &'static [TextCommand] = kinds::TYPES;
    type Options = Options;
    type Results = Results;
    type Params = Params;

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        let kind = options.kind.kind(task, &options.scope, &["name".to_owned()])?;
        let scope = options.scope.scope(task, &kind)?;
        if options.id.as_deref().is_some_and(|id| id.trim().is_empty()) {
            return Err(OptionError::new("id", "set but empty. Set the ID of the object, or remove the option."));
        }
        let refuse = |reason| Err(OptionError::new("include_secrets", reason));
        if options.include_secrets && !options.as_declared {
            return refuse("only for as_declared: true. Set as_declared, or remove the option.");
        }
        if options.include_secrets && access::check_kind(&kind, options.id.as_deref()) == Err(Protected::Tokens) {
            return refuse("keys of API tokens are never returned. Remove the option.");
        }
        options.dest.as_ref().map(Dest::new).transpose()?;
        Ok(Params { kind, scope })
    }

    fn run(client: &Client, task: &mut Task, options: &Options, params: Params) -> Outcome<Results> {
        let scope = params.scope.resolve(client, task)?;
        for sentence in declared::typos(&params.kind, options.filter.iter().flat_map(Fields::keys)) {
            task.warn(format!("where: {sentence}"));
        }
        run(client, task, scope, &params.kind, options)
    }
}

fn run(client: &Client, task: &mut Task, mut scope: Scope, kind: &Kind, options: &Options) -> Outcome<Results> {
    let empty = Fields::new();
    let filter = options.filter.as_ref().unwrap_or(&empty);
    let fits = |glob: &str, text: &str| Glob::new(glob).matches(text);
    let id = options.id.as_deref().map(str::trim);
    let mut found =
        find::all(client, &scope, kind, id, filter).map_err(|error| errors::message(&error, errors::ONE))?;
    found.retain(|object| export::chosen(filter, object, &fits));
    export::in_order(kind, &mut found);
    if !options.as_declared {
        let masked = |object: Fields| secrets::masked(kind.schema, &Value::Object(object));
        return delivered(task, kind, options, found.into_iter().map(masked).collect(), None);
    }
    let mut kinds = BTreeSet::new();
    let found: Vec<Value> = found.into_iter().map(Value::Object).collect();
    found.iter().for_each(|object| names::referred(kind.schema, object, &mut kinds));
    let known = listing::known(client, &mut scope, kind.level, kinds)
        .map_err(|error| errors::message(&error.into(), errors::ONE))?;
    let index = Index::new(&known);
    let (mut objects, mut left_out) = (Vec::with_capacity(found.len()), Vec::new());
    for object in found.iter().filter_map(Value::as_object) {
        let (declared, omitted) = export::as_declared(kind, object, &index, options.include_secrets);
        let title = if kind.one { kind.word.clone() } else { matching::title(&kind.key, object) };
        left_out.extend(omitted.into_iter().map(|path| format!("{title}: {path}")));
        objects.push(declared);
    }
    delivered(task, kind, options, objects, Some(left_out))
}

/// The objects in the result, or in the file of `dest`.
fn delivered(
    task: &mut Task,
    kind: &Kind,
    options: &Options,
    objects: Vec<Value>,
    secrets_left_out: Option<Vec<String>>,
) -> Outcome<Results> {
    let results = Results { count: objects.len(), secrets_left_out, ..Results::default() };
    let Some(path) = &options.dest else {
        return Ok(Success::unchanged(Results { objects: Some(objects), ..results }));
    };
    let dest = Dest::new(path)?;
    let (changed, diff) = dest.write(kind, &objects, task)?;
    Ok(Success::new(changed, Results { dest: Some(dest.shown()), ..results }).with_diff(diff))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_passes_the_check_of_the_protocol() {
        ansible_binary_module::check::<crate::Mist<MistObjectInfo>>().unwrap();
    }
}
