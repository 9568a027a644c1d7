//! The Ansible module `mist_object`: one object of the Juniper Mist cloud, as declared. Documentation, help, validation and schema
//! come from the types of its options and results.

pub mod docs;

use crate::common::options::OptionError;
use crate::objects::declared::{self, ComparisonOptions, declaration_required, match_required};
use crate::objects::errors;
use crate::objects::kinds::{self, KindOptions};
use crate::objects::location::{self, ScopeOptions, ScopeRef};
use crate::objects::lock;
use crate::objects::masking::{self, Declaring};
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{AnsiblePath, Diff, Documentation, Failure, Outcome, Success, Task, TextCommand};
use mist_client::Client;
use mist_objects::apply::{self, Context};
use mist_objects::compare::Rules;
use mist_objects::error::ObjectError;
use mist_objects::filter::Filter;
use mist_objects::listing::Scope;
use mist_objects::names::{self, Index};
use mist_objects::plan::{self, DesiredState, Fields, Plan};
use mist_objects::set::{self, Declared, Intent, SetRules};
use mist_objects::table::Kind;
use mist_objects::{access, conformity, matching, secrets, source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

#[derive(Debug)]
pub struct MistObject;

/// The options with objects and conditions.
const DECLARING: &[Declaring] = &[Declaring::Objects("object")];

/// The checked options.
#[derive(Debug)]
pub struct Params {
    scope: ScopeRef,
    kind: Kind,
    /// The declaration, perhaps with names in place of ids. For a deletion, only the fields that identify the object.
    object: Fields,
    intent: Intent,
    /// Declared fields that only the cloud sets.
    ignored: BTreeSet<String>,
    match_fields: Vec<String>,
    rules: Rules,
    /// Deviations from the API document are errors.
    strict: bool,
    allow_similar: bool,
    assume_names: bool,
}

impl MistModule for MistObject {
    const NAME: &'static str = "mist_object";
    const DOCUMENTATION: Documentation = docs::DOCUMENTATION;
    const TEXT_COMMANDS: &'static [TextCommand] = kinds::TYPES;
    type Options = Options;
    type Results = Results;
    type Params = Params;

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

    fn read(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        Params::new(options, task)
    }

    fn run(client: &Client, task: &mut Task, _: &Options, params: Params) -> Outcome<Results> {
        let scope = params.scope.resolve_assuming(client, task, &params.kind, params.assume_names)?;
        run(client, task, scope, &params)
    }
}

impl Params {
    fn new(options: &Options, task: &mut Task) -> Result<Self, OptionError> {
        let comparison = &options.comparison;
        let match_fields = comparison.match_fields();
        let kind = options.kind.kind(task, &options.scope, &match_fields)?;
        let scope = options.scope.scope(task, &kind)?;
        let id = options.id.as_deref().map(str::trim).map(str::to_owned);
        // A variable that is null would create another object in place of a renamed one.
        if id.as_deref() == Some("") || (id.is_none() && task.mentions("id")) {
            return Err(OptionError::new("id", "set but empty. Set the ID of the object, or remove the option."));
        }
        if kind.one && id.is_some() {
            return Err(OptionError::new(
                "id",
                format!("not possible for {}, which is one object. Remove it.", kind.word),
            ));
        }
        if kind.one && !match_fields.is_empty() {
            return Err(OptionError::new(
                "match",
                format!("not possible for {}, which is one object. Remove it.", kind.word),
            ));
        }
        declared::check_match(&kind, &match_fields, "Set id")?;
        let (option, given) = match (&options.object, &options.src) {
            (Some(_), Some(_)) => return Err(OptionError::mutually_exclusive("src", "object")),
            (Some(object), None) => {
                declared::check_text(task, "object")?;
                ("object", object.clone())
            }
            (None, Some(src)) => {
                let object = declared::from_file(src, kind.schema, source::one, options.connection.timeout)?;
                declared::hide(task, &kind, &object);
                ("src", object)
            }
            (None, None) if options.state == State::Absent && id.is_some() => ("object", Fields::new()),
            (None, None) => return Err(declaration_required("object")),
        };
        let (given, intent) = intent(options, task, &kind, option, given, id)?;
        if intent.state == Some(DesiredState::Absent) {
            options.kind.check_written(&kind, intent.id.as_deref(), Some("state"))?;
            if !kind.deletable {
                return Err(OptionError::new("state", format!("{} cannot be deleted.", kind.word)));
            }
        } else {
            options.kind.check_written(&kind, intent.id.as_deref(), None)?;
        }
        if kind.key.is_empty() && !kind.one && match_fields.is_empty() && intent.id.is_none() {
            return Err(match_required());
        }
        let typed = declared::typed(&kind, vec![given], option, false)?;
        let (object, ignored) = conformity::without_read_only(&kind, typed.into_iter().next().unwrap_or_default());
        if intent.state != Some(DesiredState::Absent) {
            plan::check_exact(&comparison.exact(), &object)
                .map_err(|error| errors::option_error(error, errors::ONE))?;
        }
        let (rules, ignored) = (comparison.rules(), ignored.into_iter().collect());
        let (strict, assume_names) = (comparison.strict, comparison.assume_names);
        let allow_similar = comparison.allow_similar;
        Ok(Self { scope, kind, object, intent, ignored, match_fields, rules, strict, allow_similar, assume_names })
    }
}

/// The declaration without the state and the id in it, and these with those of the options.
fn intent(
    options: &Options,
    task: &Task,
    kind: &Kind,
    option: &'static str,
    mut object: Fields,
    id: Option<String>,
) -> Result<(Fields, Intent), OptionError> {
    let wanted = match options.state {
        State::Present => DesiredState::Present,
        State::Patched => DesiredState::Patched,
        State::Absent => DesiredState::Absent,
    };
    let mut intent = declared::intent(kind, &mut object, option)?;
    if intent.state.is_some_and(|inside| inside != wanted) && task.given("state") {
        return Err(OptionError::new("state", format!("differs from the state in {option}. Remove one of them.")));
    }
    if id.is_some() && intent.id.as_ref().is_some_and(|inside| Some(inside) != id.as_ref()) {
        return Err(OptionError::new("id", format!("differs from the id in {option}. Remove one of them.")));
    }
    intent.state = intent.state.or(Some(wanted));
    intent.id = id.or(intent.id);
    if intent.state == Some(DesiredState::Absent) {
        let needs_none = intent.id.is_some() || kind.one;
        object = if needs_none {
            Fields::new()
        } else {
            set::identifying(kind, &options.comparison.match_fields(), &object)
        };
    }
    Ok((object, intent))
}

fn run(client: &Client, task: &mut Task, mut scope: Scope, params: &Params) -> Outcome<Results> {
    let Params { kind, rules, .. } = params;
    let failure = |error: ObjectError| errors::failure_of(error, errors::ONE);
    declared::warn_about_ignored(task, kind, &params.ignored);
    declared::check_document(task, kind, [&params.object], params.strict)?;
    let _lock = lock::held(client, task, &scope, kind)?;
    let known = declared::known(client, &mut scope, kind, [&params.object], &Filter::default()).map_err(failure)?;
    let index = declared::index(task, &known, params.assume_names);
    let object = declared::resolved(task, kind, &params.object, &index).map_err(|wrong| errors::of_one(task, wrong))?;
    declared::warn_about_assumed(task, &index);
    let declared = Declared::new(kind, &params.match_fields, object, params.intent.clone()).map_err(failure)?;
    let found = location::found_one(client, &scope, kind, &declared).map_err(failure)?;
    let set_rules = SetRules { rules, purge: None, allow_similar: params.allow_similar };
    let plan = set::plan_one(kind, &declared, &found.objects, &set_rules).map_err(failure)?;
    access::check_plans(client, kind, declared.id.as_deref(), [&plan]).map_err(failure)?;
    if plan.created().is_some() {
        params.scope.check_site(client, &scope, kind, &found.objects)?;
    }
    let new = plan.created().map(|fields| (matching::title(&kind.key, fields), fields));
    declared::check_required(task, kind, new, params.strict)?;
    let context = Context { scope: &scope, kind, rules, before: &found.before };
    if task.check_mode() {
        return Ok(success(task, params, &index, &plan, apply::Outcome::predicted(&plan)));
    }
    match apply::apply_alone(client, context, &declared.object, &declared.fields, &plan) {
        Ok(outcome) => Ok(success(task, params, &index, &plan, outcome)),
        Err(failed) => {
            let id = failed.id.clone().or_else(|| plan.id.clone());
            Err(Failure::new(errors::failure(&failed, errors::ONE))
                .caused_by(failed.clone())
                .with_changed(failed.changed)
                .with_results(Results { id, duplicates: failed.duplicates.clone(), ..Results::default() }))
        }
    }
}

fn success(
    task: &mut Task,
    params: &Params,
    index: &Index<'_>,
    plan: &Plan,
    outcome: apply::Outcome,
) -> Success<Results> {
    let kind = &params.kind;
    for warning in &outcome.warnings {
        task.warn(errors::warning(warning));
    }
    if !outcome.not_kept.is_empty() {
        task.warn(format!("The cloud did not keep these values as declared: {}", outcome.not_kept.join(", ")));
    }
    let object = outcome.after.as_ref().map(|after| secrets::masked(kind.schema, &Value::Object(after.clone())));
    let results = Results {
        object,
        id: outcome.id.clone().or_else(|| plan.id.clone()),
        not_kept: plan.changes().then(|| outcome.not_kept.clone()),
        duplicates: outcome.duplicates.clone(),
    };
    let success = Success::new(outcome.changed, results);
    if !plan.changes() {
        return success;
    }
    let (before, after) = plan.diff(kind, outcome.after.as_ref());
    let named = |part: &Value| names::as_declared_names(kind.schema, part, &params.object, index);
    let (before, after) = (named(&before), named(&after));
    let title = matching::title(&kind.key, plan.found.as_ref().unwrap_or(&params.object));
    success.with_diff(Diff::new(before, after).headed(params.scope.header(kind, &title)))
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    #[serde(flatten)]
    pub kind: KindOptions,
    #[serde(flatten)]
    pub scope: ScopeOptions,
    /// Desired fields of the object. Only declared fields are compared and written.
    ///
    /// A name can replace the ID of another object: C(rftemplate: Branch) for C(rftemplate_id), C(sitegroups: [East, West]) for C(sitegroup_ids). A name as the value of the ID field itself (C(rftemplate_id: Branch)) is refused.
    ///
    /// Values are converted to the types of the API document: V('1800') to a number, V(1001) to text, V(alarms) to a list of one. A variable of Mist (C({{vlan}})) can replace a number or boolean. A value that cannot be converted is an error. Quote text that YAML reads as a boolean (V(NO)).
    ///
    /// C(id) is the ID of the object, as O(id). C(state) is the state, as O(state), unless the API document has such a field.
    ///
    /// Items of lists are identified by their key (host, name, MAC address, ID). Undeclared fields of an existing item stay, and an item that is not declared is removed. Order counts only where the API gives it a meaning, such as for rules and servers.
    ///
    /// V(null), V("") and V([]) clear a field. V({}) changes nothing, or clears a dictionary of O(exact). Fields that only the cloud sets are ignored, with a warning. The mask of a secret (V(***)) is refused.
    #[schemars(extend("examples" = [{"name": "Lobby", "rftemplate": "Branch"}]))]
    pub object: Option<Map<String, Value>>,
    /// JSON or YAML file with the object, on the host that runs the task. Mutually exclusive with O(object). In YAML, a scalar stays text where the API document has text. The file must not be encrypted by Ansible Vault. Variables of Mist in it (C({{branch_ip}})) are not evaluated by Ansible.
    pub src: Option<AnsiblePath>,
    /// Desired state of the object.
    #[serde(default)]
    pub state: State,
    /// ID of the object. Use it to rename an object.
    pub id: Option<String>,
    #[serde(flatten)]
    pub comparison: ComparisonOptions,
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// Desired state of the object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The object exists, as declared.
    #[default]
    Present,
    /// If the object exists, it is as declared. It is never created.
    Patched,
    /// The object does not exist.
    Absent,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// The object after the task, with masked secrets. In check mode, the object as far as it is predictable.
    #[schemars(extend("x-ansible-returned" = "if the object exists"))]
    #[schemars(extend("examples" = [{"id": "53f10664-3ce8-4c27-b382-0ef66432349f", "name": "Lobby"}]))]
    pub object: Option<Value>,
    /// ID of the object.
    #[schemars(extend("x-ansible-returned" = "if the object existed, or exists now"))]
    #[schemars(example = &"53f10664-3ce8-4c27-b382-0ef66432349f")]
    pub id: Option<String>,
    /// Dotted paths of declared values that the cloud ignored, or keeps in another form.
    #[schemars(extend("x-ansible-returned" = "if something was written"))]
    #[schemars(extend("examples" = [["rf.band_24"]]))]
    pub not_kept: Option<Vec<String>>,
    /// IDs of other objects with the same name, after a response to a creation was lost. The task did not delete them, because it cannot prove that it created them. Check them, and delete what is not needed.
    #[schemars(extend("x-ansible-returned" = "if such objects exist"))]
    #[schemars(extend("examples" = [["7a8ff2b3-9d61-4a3a-a1c5-6c3a2c3bd0b4"]]))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_passes_the_check_of_the_protocol() {
        ansible_binary_module::check::<crate::Mist<MistObject>>().unwrap();
    }
}
