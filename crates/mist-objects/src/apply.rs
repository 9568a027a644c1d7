//! Carries out the plan for one object.
//!
//! Only what the cloud confirmed is reported: if a response is not an object of the kind, the object is read. [`duplicate_resolution`]
//! handles lost responses to creations.

use crate::compare::Rules;
use crate::duplicate_resolution::{self, Collection, Created, Namesake, NotCreated, Posted};
use crate::error::{ObjectError, Warning};
use crate::listing;
use crate::listing::Scope;
use crate::matching;
use crate::merge::{still_there, with_nulls};
use crate::plan::{self, DesiredState, Fields, Plan, Step};
use crate::secrets;
use crate::table::{Creation, Kind};
use mist_client::answer::Deletion;
use mist_client::{Client, Error, interruption};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// Shorter secrets are not removed from errors: they occur in ordinary words.
const SHORTEST: usize = 4;

/// A pause ends at most this long after a signal.
const REACTION: Duration = Duration::from_millis(100);

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
    fn new(error: impl Into<ObjectError>, changed: bool) -> Self {
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
            if context.kind.creation == Creation::Put {
                let after = create_by_put(client, context, declared, body)?;
                return Ok(outcome(context, declared, plan, after, Vec::new()));
            }
            let created = create(client, context, fields, declared, body)?;
            finish_creation(client, context, fields, declared, plan, created)
        }
        Step::Change { body, removed } => {
            let client = &without_secrets_of(client, context.kind, body);
            interruption::begin_change();
            let after = change(client, context, plan, declared, body, removed)?;
            Ok(outcome(context, declared, plan, after, Vec::new()))
        }
    }
}

/// A client whose errors quote no secret of this body: a refusal may quote the body, and an excerpt may end inside a secret.
fn without_secrets_of(client: &Client, kind: &Kind, body: &Fields) -> Client {
    let texts = secrets::texts(kind.schema, &json!(body));
    client.hiding(texts.into_iter().filter(|text| text.chars().count() >= SHORTEST))
}

/// Deletes. Only a response that confirms the deletion, or a list without the object, is a deletion.
fn delete(client: &Client, context: Context<'_>, id: &str) -> Result<Option<Warning>, ApplyError> {
    let Context { scope, kind, .. } = context;
    let doubt = match client.delete_existing(&scope.item(kind, id)) {
        Ok(Deletion::Confirmed) => return Ok(None),
        Ok(Deletion::NotFound) => None,
        Err(error) if error.may_have_taken_effect() => Some(error),
        Err(error) => return Err(error.into()),
    };
    let types = kind.query.iter().flat_map(|(_, values)| values.iter().cloned()).collect();
    let is_listed = |objects: Vec<Fields>| objects.iter().any(|object| plan::id(kind, object).as_deref() == Some(id));
    match (listing::all(client, scope, kind, &types, &mut |_| {}).map(is_listed), doubt) {
        (Ok(false), doubt) => Ok(doubt.map(Warning::DeletionLost)),
        (Ok(true), None) => {
            let still_listed = ObjectError::StillListed { word: kind.word.clone(), id: id.to_owned() };
            Err(ApplyError::new(still_listed, false))
        }
        (_, Some(error)) | (Err(error), None) => Err(error.into()),
    }
}

fn outcome(context: Context<'_>, declared: &Fields, plan: &Plan, after: Fields, more: Vec<Warning>) -> Outcome {
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

fn finish_creation(
    client: &Client,
    context: Context<'_>,
    fields: &[String],
    declared: &Fields,
    plan: &Plan,
    created: Created,
) -> Result<Outcome, ApplyError> {
    let warnings = warnings(&created);
    let Created { object: Namesake { id, object, .. }, is_own, duplicates, .. } = created;
    let known = |failed: ApplyError| ApplyError {
        changed: true,
        id: Some(id.clone()),
        duplicates: duplicates.clone(),
        ..failed
    };
    let is_whole =
        fields.iter().all(|field| matching::at(&object, field).is_some()) && (is_own || !context.kind.summary);
    let mut after = if is_whole { object } else { read_again(client, context, &id).map_err(known)? };
    if !is_own
        && let Ok(rest) = plan::plan(context.kind, DesiredState::Present, declared, Some(&after), context.rules)
        && let Step::Change { body, removed } = &rest.step
    {
        after = change(client, context, &rest, declared, body, removed).map_err(known)?;
    }
    Ok(Outcome { duplicates, ..outcome(context, declared, plan, after, warnings) })
}

fn warnings(created: &Created) -> Vec<Warning> {
    let response = created.lost.clone().map(|lost| match (created.is_own, created.withdrawn.clone()) {
        (true, _) => Warning::CreatedAgain(lost),
        (false, None) => Warning::Adopted(lost),
        (false, Some(id)) => Warning::Withdrawn { id, lost },
    });
    let duplicates = (!created.duplicates.is_empty()).then(|| Warning::Duplicates(created.duplicates.clone()));
    let may_appear = created.may_appear.then_some(Warning::MayAppear);
    response.into_iter().chain(duplicates).chain(may_appear).collect()
}

fn create_by_put(
    client: &Client,
    context: Context<'_>,
    declared: &Fields,
    body: &Fields,
) -> Result<Fields, ApplyError> {
    let Context { scope, kind, .. } = context;
    let id = declared.get(&kind.id).and_then(Value::as_str).map(matching::mac).unwrap_or_default();
    let answer = client.put(&scope.item(kind, &id), &json!(body))?;
    match listing::object(&answer) {
        Ok(object) if object.contains_key(&kind.id) => Ok(object),
        _ => read_again(client, context, &id),
    }
}

fn create(
    client: &Client,
    context: Context<'_>,
    fields: &[String],
    declared: &Fields,
    body: &Fields,
) -> Result<Created, ApplyError> {
    let creation = NewObject { client, context, fields, declared, body };
    duplicate_resolution::create(&creation)
        .map_err(|NotCreated { error, may_appear }| ApplyError { may_appear, ..ApplyError::new(error, false) })
}

/// One object that is to be created by POST.
struct NewObject<'a> {
    client: &'a Client,
    context: Context<'a>,
    fields: &'a [String],
    declared: &'a Fields,
    body: &'a Fields,
}

impl Collection for NewObject<'_> {
    fn post(&self) -> Posted {
        let Context { scope, kind, .. } = self.context;
        let answer = match self.client.post(&scope.fill(&kind.collection), &json!(self.body)) {
            Ok(answer) => answer,
            Err(error) if error.may_have_taken_effect() => return Posted::Lost(error),
            Err(error) => return Posted::Refused(error),
        };
        match listing::object(&answer) {
            Ok(object) if self.is_meant(&object) => match self.namesake(object) {
                Some(own) => Posted::Own(own),
                None => Posted::Lost(answer.unexpected("the new object with its id")),
            },
            Ok(_) => Posted::Lost(answer.unexpected("the new object with its id")),
            Err(error) => Posted::Lost(error),
        }
    }

    fn namesakes(&self) -> Result<Vec<Namesake>, Error> {
        let Context { scope, kind, .. } = self.context;
        let wanted = matching::key(self.fields, self.declared);
        let all = listing::all(self.client, scope, kind, &listing::chosen(kind, [self.declared]), &mut |_| {})?;
        let fits = |object: &Fields| matching::key(self.fields, object) == wanted;
        Ok(all.into_iter().filter(fits).filter_map(|object| self.namesake(object)).collect())
    }

    fn withdraw(&self, id: &str) -> bool {
        delete(self.client, self.context, id).is_ok()
    }

    fn pause(&self, pause: Duration) {
        let mut left = pause;
        while !left.is_zero() && !interruption::is_requested() {
            let step = left.min(REACTION);
            self.client.pause(step, "a response was lost, and the request may still take effect");
            left -= step;
        }
    }

    fn remaining_wait(&self) -> Duration {
        self.client.remaining_wait()
    }

    fn timeout(&self) -> Duration {
        self.client.timeout()
    }

    fn is_interrupted(&self) -> bool {
        interruption::is_requested()
    }
}

impl NewObject<'_> {
    /// An object with an id that did not exist before the run.
    fn namesake(&self, object: Fields) -> Option<Namesake> {
        let Context { kind, before, .. } = self.context;
        let id = plan::id(kind, &object).filter(|id| !id.is_empty() && !before.contains(id))?;
        let created = object.get("created_time").and_then(Value::as_f64);
        Some(Namesake { id, created, object })
    }

    /// True if a response is about the object that was sent: it has the declared key or, where the cloud changes the key, can be
    /// read.
    fn is_meant(&self, object: &Fields) -> bool {
        let Context { scope, kind, .. } = self.context;
        let Some(Namesake { id, .. }) = self.namesake(object.clone()) else { return false };
        let wanted = matching::key(self.fields, self.declared);
        let differs = self.fields.iter().any(|field| matching::at(object, field).is_some())
            && matching::key(self.fields, object) != wanted;
        !differs || matches!(listing::one(self.client, scope, kind, &id), Ok(Some(_)))
    }
}

fn change(
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
            if is_whole(plan, &object) {
                return Ok(object);
            }
            let now = read_again(client, context, &id)?;
            // The cloud returns the body of the request.
            let echo = body.as_object().is_some_and(|body| body.keys().all(|name| object.contains_key(name)));
            if echo || plan.changed(kind, Some(&now)) {
                return Ok(now);
            }
            return Err(answer.unexpected("the changed object").into());
        }
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

fn read_again(client: &Client, context: Context<'_>, id: &str) -> Result<Fields, ApplyError> {
    let Context { scope, kind, .. } = context;
    let now = listing::one(client, scope, kind, id).map_err(|error| ApplyError::new(error, true))?;
    now.ok_or_else(|| ApplyError::new(ObjectError::Vanished { id: id.to_owned() }, true))
}
