//! Creates objects by POST or PUT. Looks again afterwards: other clients may have created objects of the same key at the same time.

use crate::apply::{ApplyError, Context, Outcome, change, delete, outcome, read_again};
use crate::duplicate_resolution::{self, Collection, Created, Namesake, NotCreated, Posted};
use crate::error::Warning;
use crate::listing;
use crate::matching;
use crate::plan::{self, DesiredState, Fields, Plan, Step};
use crate::table::Creation;
use mist_client::{Client, Error, interruption};
use serde_json::{Value, json};
use std::time::Duration;

/// A pause ends at most this long after a signal.
const REACTION: Duration = Duration::from_millis(100);

/// The pauses between looks for an object that the cloud reports to exist, although its search does not show it yet.
const LOOKS: [Duration; 3] = [Duration::ZERO, Duration::from_millis(500), Duration::from_secs(2)];

/// Creates the object of a plan.
///
/// # Errors
/// A request failed. The error has what was confirmed before.
pub(crate) fn create(
    client: &Client,
    context: Context<'_>,
    fields: &[String],
    declared: &Fields,
    plan: &Plan,
    body: &Fields,
) -> Result<Outcome, ApplyError> {
    if context.kind.creation == Creation::Put {
        let after = create_by_put(client, context, declared, body)?;
        return Ok(outcome(context, declared, plan, after, Vec::new()));
    }
    let new = NewObject { client, context, fields, declared, body };
    let created = match duplicate_resolution::create(&new) {
        Ok(created) => created,
        Err(failed) => match new.existing(&failed.error) {
            Some(created) => created,
            None => {
                let NotCreated { error, may_appear } = failed;
                return Err(ApplyError { may_appear, ..ApplyError::new(error, false) });
            }
        },
    };
    finish(client, context, fields, declared, plan, created)
}

fn finish(
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
    let is_whole = fields.iter().all(|field| matching::at(&object, field).is_some() || matching::is_content(field))
        && (is_own || !context.kind.summary);
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
            Ok(object) if listing::is_of_another(scope, kind, &object) => {
                Posted::Lost(answer.unexpected("an object of this organization or site"))
            }
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
    /// The object that exists although a search did not show it, if the cloud refused the creation for this reason.
    fn existing(&self, refusal: &Error) -> Option<Created> {
        let Context { scope, kind, .. } = self.context;
        if !kind.is_searched() || !matches!(refusal.status(), Some(400 | 409)) {
            return None;
        }
        let is_reported = refusal.to_string().to_lowercase().contains("exist");
        for pause in LOOKS.into_iter().take(if is_reported { LOOKS.len() } else { 1 }) {
            Collection::pause(self, pause.min(self.remaining_wait()));
            let found = listing::by_mac(self.client, scope, kind, self.declared).ok()?;
            let created = |object: Fields| {
                let id = plan::id(kind, &object)?;
                Some(Created::found(Namesake { id, created: None, object }))
            };
            if let Some(created) = found.and_then(created) {
                return Some(created);
            }
        }
        None
    }

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

/// A created object, for [`look_again`].
#[derive(Debug)]
pub struct New<'a> {
    pub declared: &'a Fields,
    /// The fields that identify it.
    pub fields: &'a [String],
    pub outcome: Outcome,
}

/// Looks at the list once more after creations. If other clients created objects of the same key in between, the oldest one is
/// the object, and the ids of the others are listed. Nothing is deleted. One request for all.
pub fn look_again(client: &Client, context: Context<'_>, new: Vec<New<'_>>) -> Vec<Result<Outcome, ApplyError>> {
    let Context { scope, kind, before, .. } = context;
    let is_skipped = new.iter().all(|new| has_looked(&new.outcome))
        || kind.creation == Creation::Put
        || interruption::is_requested();
    if is_skipped {
        return new.into_iter().map(|new| Ok(new.outcome)).collect();
    }
    let types = listing::chosen(kind, new.iter().map(|new| new.declared));
    let mut keep = |object: &mut Value| {
        let Value::Object(object) = object else { return };
        let is_key =
            |name: &str| new.iter().any(|new| new.fields.iter().any(|field| field.split('.').next() == Some(name)));
        object.retain(|name, _| *name == kind.id || name == "created_time" || kind.key.contains(name) || is_key(name));
    };
    let listed = listing::all(client, scope, kind, &types, &mut keep);
    let listed: Vec<Fields> = match listed {
        Ok(listed) => listed,
        Err(error) => {
            let unseen = |new: New<'_>| {
                let mut outcome = new.outcome;
                outcome.warnings.push(Warning::NotLookedAgain(error.clone()));
                Ok(outcome)
            };
            return new.into_iter().map(unseen).collect();
        }
    };
    let is_new = |object: &&Fields| plan::id(kind, object).is_some_and(|id| !before.contains(&id));
    let listed: Vec<&Fields> = listed.iter().filter(is_new).collect();
    new.into_iter().map(|new| settled(client, context, new, &listed)).collect()
}

/// True if a lost response was the reason to look already.
fn has_looked(outcome: &Outcome) -> bool {
    let is_look = |warning: &Warning| {
        matches!(warning, Warning::CreatedAgain(_) | Warning::Adopted(_) | Warning::Withdrawn { .. })
    };
    outcome.warnings.iter().any(is_look)
}

/// The outcome with the oldest of the new objects that have the key.
fn settled(client: &Client, context: Context<'_>, new: New<'_>, listed: &[&Fields]) -> Result<Outcome, ApplyError> {
    let New { declared, fields, mut outcome } = new;
    let Context { scope, kind, rules, .. } = context;
    let has_id = |object: &&&Fields| plan::id(kind, object) == outcome.id;
    // The cloud may keep another key than the declared one.
    let own = listed.iter().find(has_id);
    let key = own.and_then(|own| matching::key(fields, own)).or_else(|| matching::key(fields, declared));
    let (Some(key), Some(own_id)) = (key, outcome.id.clone()) else { return Ok(outcome) };
    let namesake = |object: &&&Fields| {
        let id = plan::id(kind, object).filter(|_| matching::key(fields, object).as_ref() == Some(&key))?;
        let created = object.get("created_time").and_then(Value::as_f64);
        Some(Namesake { id, created, object: Fields::new() })
    };
    let mut namesakes: Vec<Namesake> = listed.iter().filter_map(|object| namesake(&object)).collect();
    namesakes.sort_by(Namesake::order);
    let others: Vec<String> = namesakes.iter().map(|other| other.id.clone()).filter(|id| *id != own_id).collect();
    if others.is_empty() {
        return Ok(outcome);
    }
    // A list may show a new object late. Then the age of the own one is not known, or the response was about another object.
    let exists = own.is_some() || !matches!(listing::one(client, scope, kind, &own_id), Ok(None));
    let oldest = namesakes.into_iter().next().map(|oldest| oldest.id).filter(|_| own.is_some() || !exists);
    let oldest = oldest.unwrap_or_else(|| own_id.clone());
    let duplicates = others.into_iter().chain(exists.then(|| own_id.clone())).filter(|id| *id != oldest);
    for id in duplicates {
        if !outcome.duplicates.contains(&id) {
            outcome.duplicates.push(id);
        }
    }
    outcome.duplicates.retain(|id| *id != oldest);
    outcome.warnings.retain(|warning| !matches!(warning, Warning::Duplicates(_)));
    if !outcome.duplicates.is_empty() {
        outcome.warnings.push(Warning::Duplicates(outcome.duplicates.clone()));
    }
    if oldest == own_id || !outcome.changed {
        return Ok(outcome);
    }
    let failed = |failed: ApplyError| ApplyError {
        changed: true,
        id: Some(oldest.clone()),
        duplicates: outcome.duplicates.clone(),
        ..failed
    };
    let there = listing::one(client, scope, kind, &oldest).map_err(|error| failed(error.into()))?;
    // It was deleted in between: the own one stays.
    let Some(there) = there else { return Ok(outcome) };
    let rest = plan::plan(kind, DesiredState::Present, declared, Some(&there), rules)
        .map_err(|error| failed(ApplyError::new(error, true)))?;
    let after = match &rest.step {
        Step::Change { body, removed } => change(client, context, &rest, declared, body, removed).map_err(failed)?,
        _ => there,
    };
    if exists {
        outcome.warnings.push(Warning::AdoptedOlder { id: oldest.clone(), own: own_id });
    }
    outcome.not_kept = plan::not_kept(kind, declared, &after, rules);
    Ok(Outcome { id: Some(oldest), after: Some(after), ..outcome })
}
