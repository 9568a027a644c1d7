//! Carries the plan for one object out.
//!
//! What is told is what the cloud confirmed: an answer that is no object of the kind is followed by reading it. A lost
//! answer to a creation neither loses nor doubles the object.

use crate::compare::Rules;
use crate::listing;
use crate::matching;
use crate::merge::{still_there, with_nulls};
use crate::place::Place;
use crate::plan::{self, Fields, Plan, Step, Wish};
use crate::secrets;
use crate::table::{Creation, Kind};
use crate::value::is_nothing;
use mist_client::{Client, Error, interruption};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// How often a creation whose answer was lost is tried in all.
const CREATIONS: u32 = 3;

/// A secret of fewer characters is not looked for in errors: it would be found in half of their words.
const SHORTEST: usize = 4;

/// How long a creation that may yet take effect is waited for before it is tried again.
const SETTLE: Duration = Duration::from_secs(2);

/// What all that is done to the objects of a kind has in common.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Where they are.
    pub place: &'a Place,
    /// What they are.
    pub kind: &'a Kind,
    /// What counts as a difference.
    pub rules: &'a Rules,
    /// What was there at first: an object that is not among these is new.
    pub before: &'a BTreeSet<String>,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done {
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
}

/// What came in between.
#[derive(Clone, Debug, PartialEq)]
pub struct Stopped {
    /// What.
    pub error: Error,
    /// Whether the cloud confirmed a change. What may have taken effect without its word, the error says.
    pub changed: bool,
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self { changed: false, error }
    }
}

impl Done {
    /// What the real run would do, as far as it can be known beforehand.
    #[must_use]
    pub fn foreseen(plan: &Plan) -> Self {
        Self {
            id: plan.id.clone(),
            after: plan.foreseen(),
            changed: plan.changes(),
            warnings: plan.warnings.clone(),
            not_kept: Vec::new(),
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
) -> Result<Done, Stopped> {
    let id = plan.id.clone().unwrap_or_default();
    match &plan.step {
        Step::Nothing => Ok(Done::foreseen(plan)),
        Step::Delete => {
            interruption::begin_change();
            let warnings = delete(client, context, &id)?;
            Ok(Done { id: plan.id.clone(), changed: true, warnings, ..Done::default() })
        }
        Step::Create(body) => {
            let client = &without_secrets_of(client, context.kind, body);
            interruption::begin_change();
            let made = create(client, context, fields, declared, body)?;
            finish_creation(client, context, declared, plan, made)
        }
        Step::Change { body, removed } => {
            let client = &without_secrets_of(client, context.kind, body);
            interruption::begin_change();
            let after = change(client, context, plan, declared, body, removed)?;
            Ok(told(context, declared, plan, after, Vec::new()))
        }
    }
}

/// A client whose errors quote no secret of this body: a refusal may, and its excerpt ends anywhere.
fn without_secrets_of(client: &Client, kind: &Kind, body: &Fields) -> Client {
    let texts = secrets::texts(kind.shape, &json!(body));
    client.hiding(texts.into_iter().filter(|text| text.chars().count() >= SHORTEST))
}

/// Deletes. The cloud answers a deletion with nothing; after anything else it is asked whether the object is gone.
fn delete(client: &Client, context: Context<'_>, id: &str) -> Result<Vec<String>, Stopped> {
    let Context { place, kind, .. } = context;
    let takes = |status| (200..300).contains(&status) || status == 404;
    let error = match client.request("DELETE", &place.item(kind, id), None, &takes) {
        Ok(answer) if answer.status == 404 || is_nothing(&answer.json) => return Ok(Vec::new()),
        Ok(answer) => answer.unexpected("nothing"),
        Err(error) if error.may_have_taken_effect() => error,
        Err(error) => return Err(error.into()),
    };
    match listing::one(client, place, kind, id) {
        Ok(None) => Ok(vec![format!("The answer to its deletion was lost; it is gone: {}", in_short(&error))]),
        _ => Err(error.into()),
    }
}

fn told(context: Context<'_>, declared: &Fields, plan: &Plan, after: Fields, more: Vec<String>) -> Done {
    let Context { kind, rules, .. } = context;
    Done {
        id: plan::id(kind, &after).or_else(|| plan.id.clone()),
        changed: plan.changed(kind, Some(&after)),
        not_kept: plan::not_kept(kind, declared, plan, &after, rules),
        warnings: plan.warnings.iter().cloned().chain(more).collect(),
        after: Some(after),
    }
}

/// A new object, and what to tell of how it came to be.
struct Made {
    object: Fields,
    warnings: Vec<String>,
    /// It was found after a lost answer: it may be somebody else's.
    found: bool,
}

fn finish_creation(
    client: &Client,
    context: Context<'_>,
    declared: &Fields,
    plan: &Plan,
    made: Made,
) -> Result<Done, Stopped> {
    if made.found
        && let Ok(rest) = plan::plan(context.kind, Wish::Present, declared, Some(&made.object), context.rules)
        && let Step::Change { body, removed } = &rest.step
    {
        let after = change(client, context, &rest, declared, body, removed)
            .map_err(|stopped| Stopped { changed: true, ..stopped })?;
        return Ok(told(context, declared, plan, after, made.warnings));
    }
    Ok(told(context, declared, plan, made.object, made.warnings))
}

fn create(
    client: &Client,
    context: Context<'_>,
    fields: &[String],
    declared: &Fields,
    body: &Fields,
) -> Result<Made, Stopped> {
    let Context { place, kind, .. } = context;
    if kind.creation == Creation::Put {
        let id = declared.get(&kind.id).and_then(Value::as_str).map(matching::mac).unwrap_or_default();
        let answer = client.put(&place.item(kind, &id), &json!(body))?;
        let object = match listing::object(&answer) {
            Ok(object) if object.contains_key(&kind.id) => object,
            _ => read_again(client, context, &id)?,
        };
        return Ok(Made { object, warnings: Vec::new(), found: false });
    }
    let mut lost: Option<Error> = None;
    for attempt in 1..=CREATIONS {
        let error = match client.post(&place.fill(&kind.collection), &json!(body)) {
            Ok(answer) => match listing::object(&answer) {
                Ok(object) if is_mine(client, context, fields, declared, &object) => {
                    let id = plan::id(kind, &object).unwrap_or_default();
                    let whole = fields.iter().all(|field| matching::at(&object, field).is_some());
                    let object = if whole { object } else { read_again(client, context, &id)? };
                    let warnings = match &lost {
                        Some(error) => {
                            withdraw_others(client, context, fields, declared, &id)?;
                            vec![format!(
                                "The answer to its creation was lost at first, and it was created again: {}",
                                in_short(error)
                            )]
                        }
                        None => Vec::new(),
                    };
                    return Ok(Made { object, warnings, found: false });
                }
                Ok(_) => answer.unexpected("the new object with its id"),
                Err(error) => error,
            },
            Err(error) if error.may_have_taken_effect() => error,
            // Of what was lost before, nothing was found: nothing is known to have changed.
            Err(error) => return Err(Stopped { changed: false, error }),
        };
        let uncertain = |_| Stopped { error: error.clone(), changed: false };
        let mut new = new_ones(client, context, fields, declared).map_err(uncertain)?;
        if new.is_empty() && error.may_yet_take_effect() && client.remaining_wait() >= SETTLE {
            client.pause(SETTLE, "an answer was lost, and what was asked may yet take effect");
            new = new_ones(client, context, fields, declared).map_err(uncertain)?;
        }
        if let Some(object) = new.into_iter().next() {
            let id = plan::id(kind, &object).unwrap_or_default();
            if attempt > 1 {
                withdraw_others(client, context, fields, declared, &id)?;
            }
            let object = if kind.summary { read_again(client, context, &id)? } else { object };
            let warning =
                format!("The answer to its creation was lost; it was found in the list: {}", in_short(&error));
            return Ok(Made { object, warnings: vec![warning], found: true });
        }
        // Sent again while the first may yet take effect, there would be two.
        let may_come = error.may_yet_take_effect() && client.remaining_wait() < SETTLE;
        if interruption::is_requested() || attempt == CREATIONS || may_come {
            return Err(Stopped { error, changed: false });
        }
        lost = Some(error);
    }
    Err(Stopped { error: lost.unwrap_or_else(|| Error::Other("nothing was tried".to_owned())), changed: false })
}

/// Whether an answer is about the object that was asked for: it has an id, was not there before, and is called what it shall be, or,
/// where the cloud calls it otherwise, can be read.
fn is_mine(client: &Client, context: Context<'_>, fields: &[String], declared: &Fields, object: &Fields) -> bool {
    let Context { place, kind, before, .. } = context;
    let Some(id) = plan::id(kind, object).filter(|id| !before.contains(id)) else {
        return false;
    };
    let wanted = matching::key(fields, declared);
    let differs =
        fields.iter().any(|field| matching::at(object, field).is_some()) && matching::key(fields, object) != wanted;
    !differs || matches!(listing::one(client, place, kind, &id), Ok(Some(_)))
}

fn in_short(error: &Error) -> String {
    match error {
        Error::Connection { .. } => "the connection was lost or no answer came in time".to_owned(),
        Error::Status { status, .. } => format!("the cloud answered {status}"),
        _ => "the answer was not the cloud's, or not whole".to_owned(),
    }
}

/// The objects that fit and were not there before, the oldest first.
fn new_ones(client: &Client, context: Context<'_>, fields: &[String], declared: &Fields) -> Result<Vec<Fields>, Error> {
    let Context { place, kind, before, .. } = context;
    let wanted = matching::key(fields, declared);
    let all = listing::all(client, place, kind, &chosen(kind, [declared]), &mut |_| {})?;
    let mut new: Vec<Fields> = all
        .into_iter()
        .filter(|object| matching::key(fields, object) == wanted)
        .filter(|object| plan::id(kind, object).is_some_and(|id| !before.contains(&id)))
        .collect();
    let age = |object: &Fields| object.get("created_time").and_then(Value::as_f64).unwrap_or(f64::MAX);
    new.sort_by(|one, other| age(one).total_cmp(&age(other)));
    Ok(new)
}

/// Deletes what an earlier attempt of this very creation left, after all.
fn withdraw_others(
    client: &Client,
    context: Context<'_>,
    fields: &[String],
    declared: &Fields,
    mine: &str,
) -> Result<(), Stopped> {
    let Context { kind, .. } = context;
    let stopped = |error| Stopped { error, changed: true };
    for other in new_ones(client, context, fields, declared).map_err(stopped)? {
        if let Some(id) = plan::id(kind, &other).filter(|id| id != mine) {
            delete(client, context, &id)?;
        }
    }
    Ok(())
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
) -> Result<Fields, Stopped> {
    let after = write(client, context, plan, declared, body)?;
    if !still_there(&after, removed) {
        return Ok(after);
    }
    // This cloud merges dictionaries: what shall go is said.
    let first = plan.changed(context.kind, Some(&after));
    write(client, context, plan, declared, &with_nulls(body, removed))
        .map_err(|stopped| Stopped { changed: stopped.changed || first, ..stopped })
}

fn write(
    client: &Client,
    context: Context<'_>,
    plan: &Plan,
    declared: &Fields,
    body: &Fields,
) -> Result<Fields, Stopped> {
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
            return Err(Stopped { error: answer.unexpected("the changed object"), changed: false });
        }
        Err(error) if error.may_have_taken_effect() => error,
        Err(error) => return Err(Stopped { changed: false, error }),
    };
    // Whether it was written is for the cloud to say.
    let Ok(Some(now)) = listing::one(client, place, kind, &id) else {
        return Err(error.into());
    };
    let quiet = Rules { rewrite_secrets: false, ..rules.clone() };
    if plan::not_kept(kind, declared, plan, &now, &quiet).is_empty() && plan.rewritten.is_empty() {
        Ok(now)
    } else {
        Err(Stopped { changed: plan.changed(kind, Some(&now)), error })
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

fn read_again(client: &Client, context: Context<'_>, id: &str) -> Result<Fields, Stopped> {
    let Context { place, kind, .. } = context;
    let stopped = |error| Stopped { error, changed: true };
    let now = listing::one(client, place, kind, id).map_err(stopped)?;
    now.ok_or_else(|| stopped(Error::Other("it was written, and is not there any more".to_owned())))
}
