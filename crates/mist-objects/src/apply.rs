//! Carries out the plan for one object.
//!
//! Only what the cloud confirmed is reported: if a response is not an object of the kind, the object is read. How a creation
//! survives a lost response is in [`duplicate_resolution`].

use crate::compare::Rules;
use crate::duplicate_resolution::{self, Collection, Created, Namesake, NotCreated, Posted};
use crate::listing;
use crate::matching;
use crate::merge::{still_there, with_nulls};
use crate::plan::{self, DesiredState, Fields, Plan, Step};
use crate::scope::Scope;
use crate::secrets;
use crate::table::{Creation, Kind};
use mist_client::deletion::Deletion;
use mist_client::{Client, Error, interruption};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// A secret of fewer characters is not looked for in errors: it would be found in half of their words.
const SHORTEST: usize = 4;

/// A pause ends at most this long after a signal.
const REACTION: Duration = Duration::from_millis(100);

/// What all that is done to the objects of a kind has in common.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Where they are.
    pub place: &'a Scope,
    /// What they are.
    pub kind: &'a Kind,
    /// What counts as a difference.
    pub rules: &'a Rules,
    /// What was there at first: an object that is not among these is new.
    pub before: &'a BTreeSet<String>,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What the object is known by.
    pub id: Option<String>,
    /// The object as it is now.
    pub after: Option<Fields>,
    /// Whether anything was changed.
    pub changed: bool,
    /// The dotted paths of what was declared and not kept.
    pub not_kept: Vec<String>,
    /// What is to be told beside.
    pub warnings: Vec<String>,
    /// The ids of other objects with the same key, created during the run. The run cannot prove that they are its own.
    pub duplicates: Vec<String>,
}

/// The error that ended the work on an object.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplyError {
    /// The cause.
    pub error: Error,
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
    fn new(error: Error, changed: bool) -> Self {
        Self { error, changed, may_appear: false, id: None, duplicates: Vec::new() }
    }
}

impl From<Error> for ApplyError {
    fn from(error: Error) -> Self {
        Self::new(error, false)
    }
}

impl Outcome {
    /// What the real run would do, as far as it can be known beforehand.
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

/// Does what the plan says. `declared` has ids and no names, `fields` tell the object from others.
///
/// # Errors
/// What came in between.
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
            let warnings = delete(client, context, &id)?;
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

/// A client whose errors quote no secret of this body: a refusal may, and its excerpt ends anywhere.
fn without_secrets_of(client: &Client, kind: &Kind, body: &Fields) -> Client {
    let texts = secrets::texts(kind.schema, &json!(body));
    client.hiding(texts.into_iter().filter(|text| text.chars().count() >= SHORTEST))
}

/// Deletes, and gives warnings. Only a response that confirms the deletion, or a list without the object, is a deletion.
fn delete(client: &Client, context: Context<'_>, id: &str) -> Result<Vec<String>, ApplyError> {
    let Context { place, kind, .. } = context;
    let doubt = match client.delete_existing(&place.item(kind, id)) {
        Ok(Deletion::Confirmed) => return Ok(Vec::new()),
        Ok(Deletion::NotFound) => None,
        Err(error) if error.may_have_taken_effect() => Some(error),
        Err(error) => return Err(error.into()),
    };
    let types = kind.query.iter().flat_map(|(_, values)| values.iter().cloned()).collect();
    let is_listed = |objects: Vec<Fields>| objects.iter().any(|object| plan::id(kind, object).as_deref() == Some(id));
    match (listing::all(client, place, kind, &types, &mut |_| {}).map(is_listed), doubt) {
        (Ok(false), None) => Ok(Vec::new()),
        (Ok(false), Some(error)) => Ok(vec![format!(
            "The response to the deletion was lost. The object is no longer listed: {}",
            in_short(&error)
        )]),
        (Ok(true), None) => Err(Error::Other(format!(
            "the cloud answers 404 to the deletion of {id}, and still lists it among the {}",
            kind.word
        ))
        .into()),
        (_, Some(error)) | (Err(error), None) => Err(error.into()),
    }
}

fn outcome(context: Context<'_>, declared: &Fields, plan: &Plan, after: Fields, more: Vec<String>) -> Outcome {
    let Context { kind, rules, .. } = context;
    Outcome {
        id: plan::id(kind, &after).or_else(|| plan.id.clone()),
        changed: plan.changed(kind, Some(&after)),
        not_kept: plan::not_kept(kind, declared, plan, &after, rules),
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
    let known = |stopped: ApplyError| ApplyError {
        changed: true,
        id: Some(id.clone()),
        duplicates: duplicates.clone(),
        ..stopped
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

fn warnings(created: &Created) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(lost) = &created.lost {
        let cause = in_short(lost);
        warnings.push(match (created.is_own, &created.withdrawn) {
            (true, _) => format!("The response to the creation was lost, and the object was created again: {cause}"),
            (false, None) => format!("The response to the creation was lost. The object was found in the list: {cause}"),
            (false, Some(id)) => format!(
                "The response to the creation was lost, and the object was created again. An older object with the same name \
                 exists, so the run deleted its own ({id}): {cause}"
            ),
        });
    }
    if !created.duplicates.is_empty() {
        warnings.push(format!(
            "Other objects with the same name exist. The run did not delete them, because it cannot prove that it created \
             them: {}",
            created.duplicates.join(", ")
        ));
    }
    if created.may_appear {
        warnings.push(
            "Another object with the same name may still appear, from the request without a response.".to_owned(),
        );
    }
    warnings
}

fn create_by_put(
    client: &Client,
    context: Context<'_>,
    declared: &Fields,
    body: &Fields,
) -> Result<Fields, ApplyError> {
    let Context { place, kind, .. } = context;
    let id = declared.get(&kind.id).and_then(Value::as_str).map(matching::mac).unwrap_or_default();
    let answer = client.put(&place.item(kind, &id), &json!(body))?;
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
        let Context { place, kind, .. } = self.context;
        let answer = match self.client.post(&place.fill(&kind.collection), &json!(self.body)) {
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
        let Context { place, kind, .. } = self.context;
        let wanted = matching::key(self.fields, self.declared);
        let all = listing::all(self.client, place, kind, &chosen(kind, [self.declared]), &mut |_| {})?;
        let fits = |object: &Fields| matching::key(self.fields, object) == wanted;
        Ok(all.into_iter().filter(fits).filter_map(|object| self.namesake(object)).collect())
    }

    fn withdraw(&self, id: &str) -> Result<(), Error> {
        delete(self.client, self.context, id).map(drop).map_err(|stopped| stopped.error)
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

    /// Whether a response is about the object that was sent: it has the declared key or, where the cloud changes the key, can be
    /// read.
    fn is_meant(&self, object: &Fields) -> bool {
        let Context { place, kind, .. } = self.context;
        let Some(Namesake { id, .. }) = self.namesake(object.clone()) else { return false };
        let wanted = matching::key(self.fields, self.declared);
        let differs = self.fields.iter().any(|field| matching::at(object, field).is_some())
            && matching::key(self.fields, object) != wanted;
        !differs || matches!(listing::one(self.client, place, kind, &id), Ok(Some(_)))
    }
}

fn in_short(error: &Error) -> String {
    match error {
        Error::Connection { .. } => "the connection was lost or no answer came in time".to_owned(),
        Error::Status { status, .. } => format!("the cloud answered {status}"),
        _ => "the answer was not the cloud's, or not whole".to_owned(),
    }
}

/// What a list that chooses is to choose by, for these objects.
pub fn chosen<'a>(kind: &Kind, declared: impl IntoIterator<Item = &'a Fields>) -> BTreeSet<String> {
    let Some((field, values)) = &kind.query else { return BTreeSet::new() };
    let first = values.first().cloned().unwrap_or_default();
    declared
        .into_iter()
        .map(|object| object.get(field).and_then(Value::as_str).map_or_else(|| first.clone(), str::to_owned))
        .collect()
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
    // This cloud merges dictionaries: what shall go is said.
    let first = plan.changed(context.kind, Some(&after));
    write(client, context, plan, declared, &with_nulls(body, removed))
        .map_err(|stopped| ApplyError { changed: stopped.changed || first, ..stopped })
}

fn write(
    client: &Client,
    context: Context<'_>,
    plan: &Plan,
    declared: &Fields,
    body: &Fields,
) -> Result<Fields, ApplyError> {
    let Context { place, kind, rules, .. } = context;
    let id = plan.id.clone().unwrap_or_default();
    let path = place.item(kind, &id);
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
            // What was sent, sent back: the cloud has read it, and says no more.
            let echo = body.as_object().is_some_and(|body| body.keys().all(|name| object.contains_key(name)));
            if echo || plan.changed(kind, Some(&now)) {
                return Ok(now);
            }
            return Err(answer.unexpected("the changed object").into());
        }
        Err(error) if error.may_have_taken_effect() => error,
        Err(error) => return Err(error.into()),
    };
    // Whether it was written is for the cloud to say.
    let Ok(Some(now)) = listing::one(client, place, kind, &id) else {
        return Err(error.into());
    };
    let quiet = Rules { rewrite_secrets: false, ..rules.clone() };
    if plan::not_kept(kind, declared, plan, &now, &quiet).is_empty() && plan.rewritten.is_empty() {
        Ok(now)
    } else {
        Err(ApplyError::new(error, plan.changed(kind, Some(&now))))
    }
}

/// Whether an answer to a change is the object, and not an echo of what was sent: it has what no request has.
fn is_whole(plan: &Plan, answer: &Fields) -> bool {
    let found = plan.found.as_ref();
    let of_the_cloud = ["id", "org_id", "site_id", "msp_id", "created_time", "mac"];
    let had: Vec<&str> =
        of_the_cloud.into_iter().filter(|name| found.is_some_and(|found| found.contains_key(*name))).collect();
    !answer.is_empty()
        && had.iter().all(|name| answer.contains_key(*name))
        && (!had.is_empty() || answer.contains_key("id"))
}

fn read_again(client: &Client, context: Context<'_>, id: &str) -> Result<Fields, ApplyError> {
    let Context { place, kind, .. } = context;
    let stopped = |error| ApplyError::new(error, true);
    let now = listing::one(client, place, kind, id).map_err(stopped)?;
    now.ok_or_else(|| stopped(Error::Other("it was written, and is not there any more".to_owned())))
}
