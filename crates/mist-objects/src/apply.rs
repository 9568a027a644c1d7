//! Carries out the plan for one object.
//!
//! Only what the cloud confirmed is reported: if a response is not an object of the kind, the object is read. [`duplicate_resolution`]
//! handles lost responses to creations.

use crate::compare::Rules;
use crate::creation::{self, New};
use crate::error::{ObjectError, Warning};
use crate::listing;
use crate::listing::Scope;
use crate::merge::{still_there, with_nulls};
use crate::plan::{self, DesiredState, Fields, Plan, Step};
use crate::secrets;
use crate::table::Kind;
use crate::value::is_nothing;
use mist_client::answer::Deletion;
use mist_client::{Client, Error, interruption};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The number of attempts to write a dictionary that other clients change at the same time.
const MERGES: usize = 3;

/// The common part of all work on the objects of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub scope: &'a Scope,
    pub kind: &'a Kind,
    pub rules: &'a Rules,
    /// The ids at the beginning: any other object is new.
    pub before: &'a BTreeSet<String>,
}

/// The end of the work on an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    pub id: Option<String>,
    /// The object after it.
    pub after: Option<Fields>,
    pub changed: bool,
    /// The dotted paths of declared values that the cloud did not keep.
    pub not_kept: Vec<String>,
    pub warnings: Vec<Warning>,
    /// The ids of other objects with the same key, created during the run. The run cannot prove that they are its own.
    pub duplicates: Vec<String>,
}

/// The error that ended the work on an object.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplyError {
    pub error: ObjectError,
    /// The cloud confirmed a change.
    pub changed: bool,
    /// The request of a creation was lost, and its object may still appear.
    pub may_appear: bool,
    /// The id of the object, if one exists.
    pub id: Option<String>,
    /// As in [`Outcome`].
    pub duplicates: Vec<String>,
}

impl ApplyError {
    pub(crate) fn new(error: impl Into<ObjectError>, changed: bool) -> Self {
        Self { error: error.into(), changed, may_appear: false, id: None, duplicates: Vec::new() }
    }
}

impl From<Error> for ApplyError {
    fn from(error: Error) -> Self {
        Self::new(error, false)
    }
}

impl Outcome {
    /// The outcome of a real run, as far as it is predictable.
    #[must_use]
    pub fn predicted(plan: &Plan) -> Self {
        Self {
            id: plan.id.clone(),
            after: plan.predicted(),
            changed: plan.changes(),
            warnings: plan.warnings.clone(),
            ..Self::default()
        }
    }
}

/// Carries out the plan. `declared` has ids in place of names, `fields` identify the object.
///
/// # Errors
/// A request failed. The error has what was confirmed before.
pub fn apply(
    client: &Client,
    context: Context<'_>,
    declared: &Fields,
    fields: &[String],
    plan: &Plan,
) -> Result<Outcome, ApplyError> {
    let id = plan.id.clone().unwrap_or_default();
    match &plan.step {
        Step::Nothing => Ok(Outcome::predicted(plan)),
        Step::Delete => {
            interruption::begin_change();
            let warnings = delete(client, context, &id)?.into_iter().collect();
            Ok(Outcome { id: plan.id.clone(), changed: true, warnings, ..Outcome::default() })
        }
        Step::Create(body) => {
            let client = &without_secrets_of(client, context.kind, body);
            interruption::begin_change();
            creation::create(client, context, fields, declared, plan, body)
        }
        Step::Change { body, removed } => {
            let client = &without_secrets_of(client, context.kind, body);
            interruption::begin_change();
            let after = change(client, context, plan, declared, body, removed)?;
            Ok(outcome(context, declared, plan, after, Vec::new()))
        }
    }
}

/// As [`apply`], for a run about one object: after a creation, the list is read once more to find objects of other clients.
///
/// # Errors
/// As [`apply`].
pub fn apply_alone(
    client: &Client,
    context: Context<'_>,
    declared: &Fields,
    fields: &[String],
    plan: &Plan,
) -> Result<Outcome, ApplyError> {
    let outcome = apply(client, context, declared, fields, plan)?;
    if plan.created().is_none() {
        return Ok(outcome);
    }
    let new = New { declared, fields, outcome: outcome.clone() };
    creation::look_again(client, context, vec![new]).pop().unwrap_or(Ok(outcome))
}

/// A client whose errors quote no secret of this body: a refusal may quote the body, and an excerpt may end inside a secret.
fn without_secrets_of(client: &Client, kind: &Kind, body: &Fields) -> Client {
    let texts = secrets::texts(kind.schema, &json!(body));
    client.hiding(texts)
}

/// Deletes. Only a response that confirms the deletion, or a list without the object, is a deletion.
pub(crate) fn delete(client: &Client, context: Context<'_>, id: &str) -> Result<Option<Warning>, ApplyError> {
    let Context { scope, kind, .. } = context;
    let doubt = match client.delete_existing(&scope.item(kind, id)) {
        Ok(Deletion::Confirmed) => return Ok(None),
        Ok(Deletion::NotFound) => None,
        Err(error) if error.may_have_taken_effect() => Some(error),
        Err(error) => return Err(error.into()),
    };
    match (is_listed(client, context, id), doubt) {
        (Ok(false), doubt) => Ok(doubt.map(Warning::DeletionLost)),
        (Ok(true), None) => {
            let still_listed = ObjectError::StillListed { word: kind.word.clone(), id: id.to_owned() };
            Err(ApplyError::new(still_listed, false))
        }
        (_, Some(error)) | (Err(error), None) => Err(error.into()),
    }
}

pub(crate) fn outcome(
    context: Context<'_>,
    declared: &Fields,
    plan: &Plan,
    after: Fields,
    more: Vec<Warning>,
) -> Outcome {
    let Context { kind, rules, .. } = context;
    Outcome {
        id: plan::id(kind, &after).or_else(|| plan.id.clone()),
        changed: plan.changed(kind, Some(&after)),
        not_kept: plan::not_kept(kind, declared, &after, rules),
        warnings: plan.warnings.iter().cloned().chain(more).collect(),
        after: Some(after),
        ..Outcome::default()
    }
}

/// Writes the fields that differ. If another client changed the same dictionaries in between, the declaration is merged into them
/// again.
pub(crate) fn change(
    client: &Client,
    context: Context<'_>,
    plan: &Plan,
    declared: &Fields,
    body: &Fields,
    removed: &[Vec<String>],
) -> Result<Fields, ApplyError> {
    let mut after = change_once(client, context, plan, declared, body, removed)?;
    let Context { kind, rules, .. } = context;
    let rules = Rules { rewrite_secrets: false, ..rules.clone() };
    let changed = |failed: ApplyError| ApplyError { changed: true, ..failed };
    let mut sent = body.clone();
    for _ in 1..MERGES {
        let Some(rest) = overwritten(kind, declared, &sent, &after, &rules) else { return Ok(after) };
        let Step::Change { body, removed } = &rest.step else { return Ok(after) };
        after = change_once(client, context, &rest, declared, body, removed).map_err(changed)?;
        sent = body.clone();
    }
    match overwritten(kind, declared, &sent, &after, &rules) {
        None => Ok(after),
        Some(rest) => {
            let error =
                ObjectError::Overwritten { id: rest.id.unwrap_or_default(), fields: sent.keys().cloned().collect() };
            Err(ApplyError::new(error, true))
        }
    }
}

/// The plan for what is missing after a write, if another client wrote the same dictionaries: they have other undeclared values
/// than those that were sent. A value that the cloud does not keep is not a reason to write again.
fn overwritten(kind: &Kind, declared: &Fields, sent: &Fields, after: &Fields, rules: &Rules) -> Option<Plan> {
    let rest = plan::plan(kind, DesiredState::Present, declared, Some(after), rules).ok()?;
    let Step::Change { body, .. } = &rest.step else { return None };
    let is_by_another = |name: &String| {
        let (Some(sent), Some(now), Some(declared)) = (sent.get(name), after.get(name), declared.get(name)) else {
            return false;
        };
        has_other_values(declared, sent, now)
    };
    body.keys().any(is_by_another).then_some(rest)
}

/// True if an undeclared value in a dictionary is not as it was sent.
fn has_other_values(declared: &Value, sent: &Value, now: &Value) -> bool {
    let (Value::Object(declared), Value::Object(sent), Value::Object(now)) = (declared, sent, now) else {
        return false;
    };
    let names: BTreeSet<&String> = sent.keys().chain(now.keys()).collect();
    names.into_iter().any(|name| {
        let (before, after) = (sent.get(name).unwrap_or(&Value::Null), now.get(name).unwrap_or(&Value::Null));
        match declared.get(name) {
            None => before != after && !(is_nothing(before) && is_nothing(after)),
            Some(declared) => has_other_values(declared, before, after),
        }
    })
}

fn change_once(
    client: &Client,
    context: Context<'_>,
    plan: &Plan,
    declared: &Fields,
    body: &Fields,
    removed: &[Vec<String>],
) -> Result<Fields, ApplyError> {
    let after = write(client, context, plan, declared, body)?;
    if !still_there(&after, removed) {
        return Ok(after);
    }
    // This cloud merges dictionaries: removed fields are sent as null.
    let first = plan.changed(context.kind, Some(&after));
    write(client, context, plan, declared, &with_nulls(body, removed))
        .map_err(|failed| ApplyError { changed: failed.changed || first, ..failed })
}

fn write(
    client: &Client,
    context: Context<'_>,
    plan: &Plan,
    declared: &Fields,
    body: &Fields,
) -> Result<Fields, ApplyError> {
    let Context { scope, kind, rules, .. } = context;
    let id = plan.id.clone().unwrap_or_default();
    let path = scope.item(kind, &id);
    let carried = plan.carried.iter().map(|(name, value)| (name.clone(), value.clone()));
    let body: Fields = body.clone().into_iter().chain(carried).collect();
    let body = json!(body);
    let answer = if kind.changed_by_post {
        client.request("POST", &path, Some(&body), &|status| (200..300).contains(&status))
    } else {
        client.put(&path, &body)
    };
    let error = match answer {
        Ok(answer) => {
            let object = listing::object(&answer).unwrap_or_default();
            let is_another = listing::is_another(scope, kind, &id, &object);
            if is_whole(plan, &object) && !is_another {
                return Ok(object);
            }
            let now = read_again(client, context, &id)?;
            // The cloud returns the body of the request.
            let echo = body.as_object().is_some_and(|body| body.keys().all(|name| object.contains_key(name)));
            if (echo && !is_another) || plan.changed(kind, Some(&now)) {
                return Ok(now);
            }
            return Err(answer.unexpected("the changed object").into());
        }
        Err(Error::Status { status: 404, .. }) if !kind.one => return Err(not_reached(client, context, &id)),
        Err(error) if error.may_have_taken_effect() => error,
        Err(error) => return Err(error.into()),
    };
    // The response was lost: the object shows whether it was written.
    let Ok(Some(now)) = listing::one(client, scope, kind, &id) else {
        return Err(error.into());
    };
    let quiet = Rules { rewrite_secrets: false, ..rules.clone() };
    if plan::not_kept(kind, declared, &now, &quiet).is_empty() && plan.rewritten.is_empty() {
        Ok(now)
    } else {
        Err(ApplyError::new(error, plan.changed(kind, Some(&now))))
    }
}

/// The error of a change that the cloud answered with 404. The list shows whether the object exists.
fn not_reached(client: &Client, context: Context<'_>, id: &str) -> ApplyError {
    let (word, id) = (context.kind.word.clone(), id.to_owned());
    match is_listed(client, context, &id) {
        Ok(true) => ApplyError::new(ObjectError::NotReached { word, id }, false),
        Ok(false) => ApplyError::new(ObjectError::Removed { word, id }, false),
        Err(error) => error.into(),
    }
}

/// True if the list has an object with this id.
fn is_listed(client: &Client, context: Context<'_>, id: &str) -> Result<bool, Error> {
    let Context { scope, kind, .. } = context;
    let types = kind.query.iter().flat_map(|(_, values)| values.iter().cloned()).collect();
    let objects = listing::all(client, scope, kind, &types, &mut |_| {})?;
    Ok(objects.iter().any(|object| plan::id(kind, object).as_deref() == Some(id)))
}

/// True if a response to a change is the object, and not a copy of the request: it has fields that no request has.
fn is_whole(plan: &Plan, answer: &Fields) -> bool {
    let found = plan.found.as_ref();
    let of_cloud = ["id", "org_id", "site_id", "msp_id", "created_time", "mac"];
    let had: Vec<&str> =
        of_cloud.into_iter().filter(|name| found.is_some_and(|found| found.contains_key(*name))).collect();
    !answer.is_empty()
        && had.iter().all(|name| answer.contains_key(*name))
        && (!had.is_empty() || answer.contains_key("id"))
}

pub(crate) fn read_again(client: &Client, context: Context<'_>, id: &str) -> Result<Fields, ApplyError> {
    let Context { scope, kind, .. } = context;
    let now = listing::one(client, scope, kind, id).map_err(|error| ApplyError::new(error, true))?;
    now.ok_or_else(|| ApplyError::new(ObjectError::Vanished { id: id.to_owned() }, true))
}
