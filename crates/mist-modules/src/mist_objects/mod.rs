//! The Ansible module `mist_objects`: a set of objects of one kind, as declared. One list, then only the necessary requests.

pub mod docs;
pub mod order;
pub mod results;

use crate::common::glob::Glob;
use crate::common::options::{self, OptionError};
use crate::common::orgs::{self, Chosen, ForManyOrgs, ManyOrgs, OrgsOptions};
use crate::common::progress;
use crate::common::scope::OrgOptions;
use crate::mist_objects::results::Results;
use crate::objects::declared::{self, ComparisonOptions, declaration_required, match_required};
use crate::objects::errors;
use crate::objects::errors::Wording;
use crate::objects::kinds::{self, KindOptions};
use crate::objects::location::{self, ScopeOptions, ScopeRef};
use crate::objects::lock;
use crate::objects::masking::{self, Declaring};
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{AnsiblePath, Documentation, Failure, Outcome, Success, Task, TextCommand};
use mist_client::Client;
use mist_objects::apply::Context;
use mist_objects::apply_set::{Sequence, SetOutcome, apply_sequence, apply_set};
use mist_objects::arrangement::Others;
use mist_objects::compare::Rules;
use mist_objects::error::ObjectError;
use mist_objects::filter::{Filter, mac_pattern};
use mist_objects::listing::Scope;
use mist_objects::names::{Index, Known};
use mist_objects::order::Direction;
use mist_objects::plan::{self, DesiredState, Fields};
use mist_objects::set::{self, Declared, Intent, Purge, SetRules};
use mist_objects::table::Kind;
use mist_objects::{access, conformity, matching, source};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

#[derive(Debug)]
pub struct MistObjects;

/// The options with objects and conditions.
const DECLARING: &[Declaring] = &[Declaring::Objects("objects"), Declaring::Conditions("where")];

impl MistModule for MistObjects {
    const NAME: &'static str = "mist_objects";
    const DOCUMENTATION: Documentation = docs::DOCUMENTATION;
    const TEXT_COMMANDS: &'static [TextCommand] = kinds::TYPES;
    type Options = Options;
    type Results = Results;
    type Params = Chosen<Params>;

    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        masking::unreadable(parameters, DECLARING)
    }

    fn secrets_in_messages(parameters: &Map<String, Value>) -> Vec<String> {
        masking::secrets_of(parameters, DECLARING)
    }

    fn shown(parameters: Map<String, Value>) -> Map<String, Value> {
        masking::shown(parameters, DECLARING)
    }

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Chosen<Params>, OptionError> {
        orgs::read::<Self>(options, task)
    }

    fn run(client: &Client, task: &mut Task, options: &Options, params: Chosen<Params>) -> Outcome<Results> {
        orgs::run::<Self>(client, task, options, params)
    }
}

impl ForManyOrgs for MistObjects {
    type One = Params;

    fn orgs(options: &Options) -> (&OrgsOptions, &OrgOptions) {
        (&options.orgs, &options.scope.org)
    }

    fn set_org(options: &mut Options, org_id: &str) {
        options.scope.org = OrgOptions { org_id: Some(org_id.to_owned()), org: None };
    }

    fn check_for_many(options: &Options) -> Result<(), OptionError> {
        let levels = [("site_id", &options.scope.site.site_id), ("msp_id", &options.scope.msp.msp_id)];
        match levels.into_iter().find(|(_, id)| id.is_some()) {
            Some((option, _)) => Err(OptionError::mutually_exclusive("orgs", option)),
            None => Ok(()),
        }
    }

    fn read_one(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        Params::new(options, task)
    }

    fn results(many: ManyOrgs) -> Results {
        Results { many, ..Results::default() }
    }

    fn run_one(client: &Client, task: &mut Task, _: &Options, params: Params) -> Outcome<Results> {
        let scope = params.scope.resolve_assuming(client, task, &params.kind, params.assume_names)?;
        run(client, task, scope, params)
    }
}

fn run(client: &Client, task: &mut Task, mut scope: Scope, mut params: Params) -> Outcome<Results> {
    let (objects, intents): (Vec<Fields>, Vec<Intent>) = std::mem::take(&mut params.objects).into_iter().unzip();
    let (params, kind) = (&params, &params.kind);
    let wording = errors::of_set(params.option);
    let failure = |error: ObjectError| errors::failure_of(error, wording);
    declared::warn_about_ignored(task, kind, &params.ignored);
    declared::check_document(task, kind, &objects, params.strict)?;
    let _lock = lock::held(client, task, &scope, kind)?;
    let filter = params.purge.as_ref().map(|purge| purge.only.clone()).unwrap_or_default();
    let known = declared::known(client, &mut scope, kind, &objects, &filter).map_err(failure)?;
    let filter = declared::conditions(task, filter, &known)?;
    let mut declared = with_ids(task, params, &objects, intents, &known)
        .map_err(|wrong| errors::of_items(task, params.option, wrong))?;
    // Diffs have names where names were declared.
    let named = if task.diff_mode() { objects } else { Vec::new() };
    set::check_distinct(kind, &declared).map_err(failure)?;
    let found = location::found(client, &scope, kind, &declared, params.purge.is_some()).map_err(failure)?;
    let before: BTreeSet<String> = found.iter().filter_map(|object| plan::id(kind, object)).collect();
    let keeps = |name: &str| params.purge.iter().flat_map(|purge| &purge.keep).any(|keep| keep.keeps(name));
    let purge = params.purge.as_ref().map(|purge| Purge {
        keeps: &keeps,
        only: &filter,
        matches: &declared::matches,
        max_deletes: purge.max_deletes,
    });
    let rules = SetRules { rules: &params.rules, purge, allow_similar: params.allow_similar };
    let of_purge = |error| errors::failure_of(error, Wording { declaration: "purge", ..wording });
    let mut plan = set::plan(kind, &declared, &found, &rules).map_err(of_purge)?;
    let mut sequence = None;
    if let Some((direction, others)) = params.order {
        let planned = order::arranged(params, direction, others, &mut declared, &found, &plan);
        let (arrangement, before) = planned.map_err(|refused| order::message(&refused, wording))?;
        plan = set::plan(kind, &declared, &found, &rules).map_err(of_purge)?;
        sequence = Some((arrangement, before));
    }
    if plan.plans.iter().flatten().any(set::creates) {
        params.scope.check_site(client, &scope, kind, &found)?;
    }
    drop(found);
    access::check_plans(client, kind, None, plan.plans.iter().flatten().chain(&plan.purge)).map_err(failure)?;
    let planned = declared.iter().zip(&plan.plans);
    let new = planned.filter_map(|(one, plan)| Some((one.title(kind), plan.as_ref().ok()?.created()?)));
    declared::check_required(task, kind, new, params.strict)?;
    let context = Context { scope: &scope, kind, rules: &params.rules, before: &before };
    let outcome = if plan.refused.is_some() {
        SetOutcome::not_started(&plan)
    } else if task.check_mode() {
        SetOutcome::predicted(&plan)
    } else {
        let progress = progress();
        let progress = |finished, total| progress(&kind.word, finished, total);
        match &sequence {
            None => apply_set(client, context, &declared, &plan, task.diff_mode(), &progress),
            Some((arrangement, before)) => {
                let sequence = Sequence { before, positions: &arrangement.sequence };
                apply_sequence(client, context, &declared, &plan, sequence, task.diff_mode(), &progress)
            }
        }
    };
    results::warn(task, kind, &declared, &outcome);
    let results = Results::of(kind, &declared, &plan, &outcome, wording);
    if let Some(refused) = plan.refused {
        let titles = plan.purged_titles(kind).collect();
        return Err(Failure::new(results::refused(refused, titles))
            .caused_by(refused)
            .with_results(results.without_unchanged()));
    }
    let diff = (plan.changes() && task.diff_mode()).then(|| {
        let index = Index::new(&known);
        results::difference(params, &declared, &results::Named { objects: &named, index: &index }, &plan, &outcome)
    });
    if outcome.is_complete() {
        return Ok(Success::new(outcome.changed(), results).with_diff(diff));
    }
    let failure =
        Failure::new(results::incomplete(&results, &outcome)).with_causes(errors::causes(&outcome)).with_diff(diff);
    Err(failure.with_changed(outcome.changed()).with_results(results.without_unchanged()))
}

/// The declared objects with ids in place of names. The error has all wrong names, each with the number of its object from 0.
fn with_ids(
    task: &mut Task,
    params: &Params,
    objects: &[Fields],
    intents: Vec<Intent>,
    known: &Known,
) -> Result<Vec<Declared>, Vec<(usize, ObjectError)>> {
    let index = declared::index(task, known, params.assume_names);
    let (mut declared, mut wrong) = (Vec::with_capacity(objects.len()), Vec::new());
    for (number, (object, intent)) in objects.iter().zip(intents).enumerate() {
        match declared::resolved(task, &params.kind, object, &index) {
            Ok(object) => match Declared::new(&params.kind, &params.match_fields, object, intent) {
                Ok(one) => declared.push(one),
                Err(error) => wrong.push((number, error)),
            },
            Err(errors) => wrong.extend(errors.into_iter().map(|error| (number, error.into()))),
        }
    }
    declared::warn_about_assumed(task, &index);
    if wrong.is_empty() { Ok(declared) } else { Err(wrong) }
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Options {
    #[serde(flatten)]
    pub kind: KindOptions,
    #[serde(flatten)]
    pub scope: ScopeOptions,
    #[serde(flatten)]
    pub orgs: OrgsOptions,
    /// Bring the rules into the order of the declaration: for the types V(nacrules) and V(wxrules). The task sets the field C(order), with the fewest requests, one after the other. The rules of each template have an order of their own.
    ///
    /// Of V(wxrules), a rule with the order C(-1) stays the last one, unless it is declared before another one.
    #[serde(default)]
    #[schemars(extend("x-ansible-version-added" = "0.3.0"))]
    pub ordered: bool,
    /// Place of undeclared rules of the same template, for O(ordered=true). They keep their order. Default: V(after).
    #[schemars(extend("x-ansible-version-added" = "0.3.0"))]
    pub others: Option<order::OthersOption>,
    /// Desired objects, each in the form of the option C(object) of M(mist_object). No two may be the same object. C(state) in an object is V(present) (the default), V(patched) or V(absent), as the option O(mist_object#module:state).
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
    /// Delete every other object of the type, after all declared objects are in place. An object whose name differs from a declared one only in blanks, case or Unicode form is not deleted.
    #[serde(default)]
    pub purge: bool,
    /// Conditions for O(purge): only objects that meet all of them are deleted. The form is that of O(mist_object_info#module:where).
    #[schemars(extend("examples" = [{"ssid": "Staff"}]))]
    #[serde(rename = "where")]
    pub only: Option<Map<String, Value>>,
    /// Names (or SSIDs, MAC addresses) of objects that O(purge) keeps, or patterns: V(*) is any text, V(?) one character, V([ab]) one of these. A name with such characters also keeps the object of exactly this name. MAC addresses match in any notation.
    #[schemars(extend("x-ansible-elements" = "str"))]
    #[schemars(extend("examples" = [["hq", "lab-*"]]))]
    pub keep: Option<Vec<String>>,
    /// Do nothing if O(purge) would delete more objects than this.
    pub max_deletes: Option<u32>,
    /// Accept O(purge=true) although no object is declared (or only absent ones), so that every object is deleted. Default: an error, because the file or variable may be damaged.
    #[serde(default)]
    pub allow_empty: bool,
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// The checked options.
#[derive(Debug)]
pub struct Params {
    /// The order to bring rules into, and the place of undeclared ones.
    pub order: Option<(Direction, Others)>,
    pub scope: ScopeRef,
    pub kind: Kind,
    /// The declarations, perhaps with names in place of ids. To delete an object, only the fields that identify it.
    pub objects: Vec<(Fields, Intent)>,
    /// The option with the declarations.
    pub option: &'static str,
    /// Declared fields that only the cloud sets.
    pub ignored: BTreeSet<String>,
    pub match_fields: Vec<String>,
    pub rules: Rules,
    /// Deviations from the API document are errors.
    pub strict: bool,
    pub allow_similar: bool,
    pub assume_names: bool,
    pub purge: Option<PurgeParams>,
}

#[derive(Debug)]
pub struct PurgeParams {
    pub only: Filter,
    pub keep: Vec<Keep>,
    pub max_deletes: Option<usize>,
}

/// A name or pattern of objects that a purge keeps.
#[derive(Debug)]
pub struct Keep {
    text: String,
    pattern: Glob,
    /// The pattern for MAC addresses without separators.
    mac: Glob,
}

impl Keep {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), pattern: Glob::new(text), mac: Glob::new(&mac_pattern(text)) }
    }

    fn keeps(&self, title: &str) -> bool {
        let bare = matching::mac(title);
        let is_mac = bare.len() == 12 && bare.bytes().all(|digit| digit.is_ascii_hexdigit());
        self.text == title || self.pattern.matches(title) || (is_mac && self.mac.matches(&bare.to_ascii_lowercase()))
    }
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
        declared::check_match(&kind, &match_fields, "Add id to the object")?;
        check_purge_options(options, task)?;
        let (option, given) = match (&options.objects, &options.src) {
            (Some(_), Some(_)) => return Err(OptionError::mutually_exclusive("src", "objects")),
            (None, None) => return Err(declaration_required("objects")),
            (Some(objects), None) => ("objects", declared::items(objects)?),
            (None, Some(src)) => {
                let objects = declared::from_file(src, kind.schema, source::many, options.connection.timeout)?;
                objects.iter().for_each(|object| declared::hide(task, &kind, object));
                ("src", objects)
            }
        };
        let (mut intents, mut objects) = (Vec::with_capacity(given.len()), Vec::with_capacity(given.len()));
        for (number, mut object) in given.into_iter().enumerate() {
            let intent = declared::intent(&kind, &mut object, option)
                .map_err(|error| OptionError { reason: format!("item {}: {}", number + 1, error.reason), ..error })?;
            if intent.state == Some(DesiredState::Absent) {
                options.kind.check_written(&kind, intent.id.as_deref(), Some(option))?;
                if !kind.deletable {
                    return Err(OptionError::new(option, format!("{} cannot be deleted.", kind.word)));
                }
                object = match intent.id {
                    Some(_) => Fields::new(),
                    None => set::identifying(&kind, &match_fields, &object),
                };
            } else if intent.id.is_some() {
                options.kind.check_written(&kind, intent.id.as_deref(), None)?;
            }
            intents.push(intent);
            objects.push(object);
        }
        let states = intents.iter().map(|intent| intent.state.unwrap_or(DesiredState::Present));
        if options.purge && !options.allow_empty && set::declares_nothing(states) {
            let reason = "no object is declared, so purge would delete every object. Set allow_empty: true to confirm.";
            return Err(OptionError::new(option, reason));
        }
        let given = declared::typed(&kind, objects, option, true)?;
        let exact = comparison.exact();
        let (mut objects, mut ignored) = (Vec::with_capacity(given.len()), BTreeSet::new());
        for (number, object) in given.into_iter().enumerate() {
            let (object, left_out) = conformity::without_read_only(&kind, object);
            let declared = exact.iter().filter(|path| matching::at(&object, path).is_some()).cloned();
            plan::check_exact(&declared.collect::<Vec<_>>(), &object).map_err(|error| {
                let error = errors::option_error(error, errors::of_set(option));
                OptionError { reason: format!("item {}: {}", number + 1, error.reason), ..error }
            })?;
            ignored.extend(left_out);
            objects.push(object);
        }
        let is_undeclared = |path: &&String| objects.iter().all(|object| matching::at(object, path).is_none());
        let is_any_written = intents.iter().any(|intent| intent.state != Some(DesiredState::Absent));
        if let Some(path) = exact.iter().find(is_undeclared).filter(|_| is_any_written) {
            let reason = format!("no object declares '{}'. List declared dictionaries.", path.escape_debug());
            return Err(OptionError::new("exact", reason));
        }
        let purge = options.purge.then(|| PurgeParams {
            only: options.only.as_ref().map(|only| Filter::new(kind.schema, only)).unwrap_or_default(),
            keep: options.keep.iter().flatten().map(|pattern| Keep::new(pattern)).collect(),
            max_deletes: options.max_deletes.map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
        });
        let order = order::read(options.ordered, options.others, &kind, &objects, option)?;
        Ok(Self {
            order,
            scope,
            kind,
            objects: objects.into_iter().zip(intents).collect(),
            option,
            ignored,
            match_fields,
            rules: comparison.rules(),
            strict: comparison.strict,
            allow_similar: comparison.allow_similar,
            assume_names: comparison.assume_names,
            purge,
        })
    }
}

/// Checks the options that limit `purge`. A limit whose variable is empty would be none.
fn check_purge_options(options: &Options, task: &Task) -> Result<(), OptionError> {
    let given = [
        ("where", options.only.is_some()),
        ("keep", options.keep.is_some()),
        ("max_deletes", options.max_deletes.is_some()),
    ];
    for (option, is_given) in given {
        if !is_given && task.mentions(option) {
            return Err(OptionError::new(option, "set but empty. Check the variable in it, or remove the option."));
        }
        // A variable may switch purge off.
        if is_given && !options.purge && !task.given("purge") {
            return Err(OptionError::new(option, "only for purge: true. Set purge, or remove the option."));
        }
    }
    let is_empty = |only: &Map<String, Value>| only.is_empty();
    if options.purge && options.only.as_ref().is_some_and(is_empty) {
        return Err(OptionError::new("where", "set but empty. Set conditions, or remove the option."));
    }
    if options.keep.iter().flatten().any(|name| options::is_blank(name)) {
        return Err(OptionError::new("keep", "a name is empty. Check the variable in it."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_passes_the_check_of_the_protocol() {
        ansible_binary_module::check::<crate::Mist<MistObjects>>().unwrap();
    }
}
