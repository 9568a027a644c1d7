//! The Ansible module `mist_object_info`: lists the objects of a kind. Documentation, help, validation and schema come from the
//! types of its options and results.

mod dest;
pub mod docs;

use crate::common::glob::Glob;
use crate::common::options::OptionError;
use crate::mist_object_info::dest::Dest;
use crate::objects::kinds::KindOptions;
use crate::objects::location::{ScopeOptions, ScopeRef};
use crate::objects::{declared, errors, kinds};
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{AnsiblePath, Documentation, Outcome, Success, Task, TextCommand};
use mist_client::Client;
use mist_objects::access::{self, Protected};
use mist_objects::names::{self, Index};
use mist_objects::plan::Fields;
use mist_objects::scope::Scope;
use mist_objects::table::{Kind, Schema};
use mist_objects::{export, find, listing, matching, secrets};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

#[derive(Debug)]
pub struct MistObjectInfo;

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    #[serde(flatten)]
    pub kind: KindOptions,
    #[serde(flatten)]
    pub scope: ScopeOptions,
    /// ID of the only object to read.
    pub id: Option<String>,
    /// Conditions that every listed object meets: fields (dotted if nested) with their values. A text can be a pattern: V(*) is any text, V(?) one character, V([ab]) one of these.
    ///
    /// In a list, one item must match. Device profiles of all types are listed unless C(type) is among the conditions.
    #[schemars(extend("examples" = [{"name": "Branch*", "country_code": "DE"}]))]
    #[serde(rename = "where")]
    pub filter: Option<Map<String, Value>>,
    /// Return the objects in the form of M(mist_objects): without fields that only the cloud sets, and with unique names in place of IDs.
    #[serde(default)]
    pub as_declared: bool,
    /// Return secrets, too. Only with O(as_declared=true). Use C(no_log) on the task then, or O(dest).
    #[serde(default)]
    pub include_secrets: bool,
    /// File for the objects, on the host that runs the task. The objects are written there as JSON, and are not in the result. With O(as_declared=true), O(mist_objects#module:src) and O(mist_object#module:src) read the file.
    ///
    /// The file has a list of the objects, or the object itself for C(setting). It is replaced in one step and has mode V(0600). Its directory must exist.
    pub dest: Option<AnsiblePath>,
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// The objects, sorted by their identifying fields (name, SSID, MAC address), then by ID. Secrets are masked, or omitted with O(as_declared=true).
    #[schemars(extend("x-ansible-returned" = "success, without O(dest)"))]
    #[schemars(extend("examples" = [[{"id": "53f10664-3ce8-4c27-b382-0ef66432349f", "name": "Lobby"}]]))]
    pub objects: Option<Vec<Value>>,
    /// Number of objects.
    #[schemars(extend("x-ansible-returned" = "success"), example = 1)]
    pub count: usize,
    /// Omitted secrets, each with the name of its object and its dotted path.
    #[schemars(extend("x-ansible-returned" = "when O(as_declared=true)"))]
    #[schemars(extend("examples" = [["Guests: auth.psk"]]))]
    pub secrets_left_out: Option<Vec<String>>,
    /// Absolute path of the file with the objects.
    #[schemars(extend("x-ansible-returned" = "when O(dest) is set"))]
    #[schemars(example = &"/etc/mist/wlans.json")]
    pub dest: Option<String>,
}

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
        let mut kind = options.kind.kind(task, &options.scope, &["name".to_owned()])?;
        let scope = options.scope.scope(task, &kind)?;
        if options.id.as_deref().is_some_and(|id| id.trim().is_empty()) {
            return Err(OptionError::new("id", "set but empty. Set the ID of the object, or remove the option."));
        }
        let refuse = |reason| Err(OptionError::new("include_secrets", reason));
        if options.include_secrets && !options.as_declared {
            return refuse("only for as_declared: true. Set as_declared, or remove the option.");
        }
        if access::check_kind(&kind, options.id.as_deref()) == Err(Protected::Tokens) {
            kind.schema = Schema::TOKEN;
            if options.include_secrets {
                return refuse("keys of API tokens are never returned. Remove the option.");
            }
        }
        options.dest.as_ref().map(Dest::new).transpose()?;
        Ok(Params { kind, scope })
    }

    fn run(client: &Client, task: &mut Task, options: &Options, params: Params) -> Outcome<Results> {
        let scope = params.scope.resolve(client, task)?.of(&params.kind);
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
