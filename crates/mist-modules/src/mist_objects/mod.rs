//! The Ansible module `mist_objects`: a set of objects of one kind, as declared. One list, then only the necessary requests.

pub mod docs;
pub mod results;

use crate::common::glob::Glob;
use crate::common::messages;
use crate::common::options::OptionError;
use crate::mist_objects::results::Results;
use crate::objects::declared::{self, ComparisonOptions, declaration_required, match_required};
use crate::objects::errors;
use crate::objects::errors::Wording;
use crate::objects::kinds::{self, KindOptions};
use crate::objects::location::{ScopeOptions, ScopeRef};
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{AnsiblePath, Diff, Documentation, Failure, Outcome, Success, Task, TextCommand};
use mist_client::Client;
use mist_objects::apply::Context;
use mist_objects::apply_set::{ItemOutcome, SetOutcome, apply_set};
use mist_objects::compare::Rules;
use mist_objects::error::ObjectError;
use mist_objects::listing::Scope;
use mist_objects::names::{Index, Known};
use mist_objects::plan::{self, Fields, Step};
use mist_objects::set::{self, Declared, Purge, SetPlan};
use mist_objects::table::Kind;
use mist_objects::{access, find, matching, source};
use schemars::JsonSchema;
use serde::Deserialize;
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
        let scope = params.scope.resolve(client).map_err(|error| messages::message_in(task, &error))?.of(&params.kind);
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
    let declared =
        with_ids(task, params, &objects, &known).map_err(|wrong| errors::of_items(task, params.option, &wrong))?;
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

/// The declared objects with ids in place of names. The error has all wrong names, each with the number of its object from 0.
fn with_ids(
    task: &mut Task,
    params: &Params,
    objects: &[Fields],
    known: &Known,
) -> Result<Vec<Declared>, Vec<(usize, ObjectError)>> {
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
    if wrong.is_empty() { Ok(declared) } else { Err(wrong) }
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

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    #[serde(flatten)]
    pub kind: KindOptions,
    #[serde(flatten)]
    pub scope: ScopeOptions,
    /// Desired objects, each in the form of the option C(object) of M(mist_object). No two may be the same object.
    #[schemars(extend("x-ansible-elements" = "raw"))]
    #[schemars(extend("examples" = [[{"name": "Branch 1"}, {"name": "Branch 2"}]]))]
    pub objects: Option<Vec<Value>>,
    /// JSON, YAML or CSV file with the objects, by its extension, on the host that runs the task. Mutually exclusive with O(objects). Variables of Mist in it are not evaluated by Ansible.
    ///
    /// In a CSV file, each column is a field, dotted if nested (C(latlng.lat)). An empty cell is not declared. The cell of a list has items between commas (C("East,West")). Numbers and booleans have the types of the API document.
    ///
    /// Separators are commas, or semicolons if the first line has no comma. Every line has as many cells as the first one. Blank lines are skipped, and blanks in a text are kept.
    pub src: Option<AnsiblePath>,
    #[serde(flatten)]
    pub comparison: ComparisonOptions,
    /// Delete every other object of the type, after all declared objects are in place.
    #[serde(default)]
    pub purge: bool,
    /// Names (or SSIDs, MAC addresses) of objects that O(purge) keeps, or patterns: V(*) is any text, V(?) one character, V([ab]) one of these.
    #[schemars(extend("x-ansible-elements" = "str"))]
    #[schemars(extend("examples" = [["hq", "lab-*"]]))]
    pub keep: Option<Vec<String>>,
    /// Do nothing if O(purge) would delete more objects than this. Required for O(purge=true) with an empty set.
    pub max_deletes: Option<u32>,
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// The checked options.
#[derive(Debug)]
pub struct Params {
    pub scope: ScopeRef,
    pub kind: Kind,
    /// The declarations, perhaps with names in place of ids.
    pub objects: Vec<Fields>,
    /// The option with the declarations.
    pub option: &'static str,
    /// Declared fields that only the cloud sets.
    pub ignored: BTreeSet<String>,
    pub match_fields: Vec<String>,
    pub rules: Rules,
    /// Deviations from the API document are errors.
    pub strict: bool,
    pub purge: Option<PurgeParams>,
}

#[derive(Debug)]
pub struct PurgeParams {
    pub keep: Vec<Glob>,
    pub max_deletes: Option<usize>,
}

impl Params {
    /// Checks the options.
    ///
    /// # Errors
    /// An option is missing or not valid.
    pub fn new(options: &Options, task: &mut Task) -> Result<Self, OptionError> {
        let comparison = &options.comparison;
        let match_fields = comparison.match_fields();
        let kind = options.kind.kind(task, &options.scope, &match_fields)?;
        let scope = options.scope.scope(task, &kind)?;
        options.kind.check_written(&kind, None, options.purge.then_some("purge"))?;
        if kind.one {
            return Err(OptionError::new("type", format!("{} is one object. Use mist_object.", kind.word)));
        }
        if kind.key.is_empty() && match_fields.is_empty() {
            return Err(match_required());
        }
        declared::check_match(&kind, &match_fields, "Use mist_object with id")?;
        for (option, given) in [("keep", options.keep.is_some()), ("max_deletes", options.max_deletes.is_some())] {
            if given && !options.purge {
                return Err(OptionError::new(option, "only for purge: true. Set purge, or remove the option."));
            }
        }
        let (option, given) = match (&options.objects, &options.src) {
            (Some(_), Some(_)) => return Err(OptionError::mutually_exclusive("src", "objects")),
            (None, None) => return Err(declaration_required("objects")),
            (Some(objects), None) => ("objects", declared::items(objects)?),
            (None, Some(src)) => {
                let objects = declared::from_file(src, kind.schema, source::many)?;
                objects.iter().for_each(|object| declared::hide(task, &kind, object));
                ("src", objects)
            }
        };
        let given = declared::typed(&kind, given, option, true)?;
        let exact = comparison.exact();
        let (mut objects, mut ignored) = (Vec::with_capacity(given.len()), BTreeSet::new());
        for (number, object) in given.into_iter().enumerate() {
            let (object, left_out) = plan::without_read_only(&kind, object);
            let declared = exact.iter().filter(|path| matching::at(&object, path).is_some()).cloned();
            plan::check_exact(&declared.collect::<Vec<_>>(), &object).map_err(|error| {
                let error = OptionError::from_message(errors::message(&error, errors::of_set(option)));
                OptionError { reason: format!("item {}: {}", number + 1, error.reason), ..error }
            })?;
            ignored.extend(left_out);
            objects.push(object);
        }
        let is_undeclared = |path: &&String| objects.iter().all(|object| matching::at(object, path).is_none());
        if let Some(path) = exact.iter().find(is_undeclared).filter(|_| !objects.is_empty()) {
            let reason = format!("no object declares '{}'. List declared dictionaries.", path.escape_debug());
            return Err(OptionError::new("exact", reason));
        }
        let purge = options.purge.then(|| PurgeParams {
            keep: options.keep.iter().flatten().map(|pattern| Glob::new(pattern)).collect(),
            max_deletes: options.max_deletes.map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
        });
        Ok(Self {
            scope,
            kind,
            objects,
            option,
            ignored,
            match_fields,
            rules: comparison.rules(),
            strict: comparison.strict,
            purge,
        })
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
