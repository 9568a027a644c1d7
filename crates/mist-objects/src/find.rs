//! Reads what exists of the declared objects, with as few requests as the kind allows: a setting is read, an object with a known
//! id too, everything else is listed once. Where the list is a summary, the objects in question are also read.

use crate::error::ObjectError;
use crate::listing;
use crate::listing::Scope;
use crate::matching;
use crate::plan::{self, DesiredState, Fields};
use crate::set::Declared;
use crate::table::Kind;
use mist_client::Client;
use serde_json::Value;
use std::collections::BTreeSet;

/// The way a task identifies an object.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    pub id: Option<&'a str>,
    /// The identifying fields. Default: those of the kind.
    pub match_fields: &'a [String],
    pub state: DesiredState,
}

/// The state before the first write.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub object: Option<Fields>,
    /// The fields that identify the object.
    pub fields: Vec<String>,
    /// The ids of all listed objects.
    pub before: BTreeSet<String>,
}

/// The declared object.
///
/// # Errors
/// No object has the given id, several have the declared key, or a request failed.
pub fn one(
    client: &Client,
    scope: &Scope,
    kind: &Kind,
    query: Query<'_>,
    declared: &Fields,
) -> Result<Found, ObjectError> {
    if kind.one {
        return Ok(Found { object: listing::one(client, scope, kind, "")?, ..Found::default() });
    }
    if let Some(id) = query.id {
        let found = listing::one(client, scope, kind, id)?;
        if found.is_none() && query.state == DesiredState::Present {
            return Err(ObjectError::NoSuchId { word: kind.word.clone(), id: id.to_owned() });
        }
        let object = found.map(|mut found| {
            found.entry(kind.id.clone()).or_insert_with(|| Value::String(id.to_owned()));
            found
        });
        return Ok(Found { object, ..Found::default() });
    }
    let fields = matching::fields(kind, query.match_fields, declared)?;
    let all = listing::all(client, scope, kind, &listing::chosen(kind, [declared]), &mut |_| {})?;
    let before = all.iter().filter_map(|found| plan::id(kind, found)).collect();
    let found = plan::pick(kind, &fields, declared, &all)?;
    let object = match found.map(|found| (plan::id(kind, found), found)) {
        Some((Some(id), _)) if kind.summary && query.state != DesiredState::Absent => {
            Some(whole(client, scope, kind, &id)?)
        }
        found => found.map(|(_, found)| found.clone()),
    };
    Ok(Found { object, fields, before })
}

/// All objects of the kind. Fields that no declared object has are dropped, except for `whole` objects.
///
/// # Errors
/// A request failed.
pub fn set(
    client: &Client,
    scope: &Scope,
    kind: &Kind,
    declared: &[Declared],
    is_whole: bool,
) -> Result<Vec<Fields>, ObjectError> {
    let needed: BTreeSet<&str> = declared
        .iter()
        .flat_map(|one| one.object.keys().chain(&one.fields))
        .chain(&kind.key)
        .chain([&kind.id])
        .map(|name| name.split('.').next().unwrap_or_default())
        .collect();
    let mut prune = |object: &mut Value| {
        if let (Value::Object(fields), false) = (object, is_whole) {
            fields.retain(|name, _| needed.contains(name.as_str()) || name.ends_with("_id"));
        }
    };
    let types = listing::chosen(kind, declared.iter().map(|one| &one.object));
    let mut found = listing::all(client, scope, kind, &types, &mut prune)?;
    if kind.summary {
        for object in &mut found {
            let is_declared = declared.iter().any(|one| {
                let key = matching::key(&one.fields, &one.object);
                key.is_some() && key == matching::key(&one.fields, object)
            });
            if let (true, Some(id)) = (is_declared, plan::id(kind, object)) {
                *object = whole(client, scope, kind, &id)?;
            }
        }
    }
    Ok(found)
}

/// The objects for a task that only reads: one by its id, otherwise all, whole. `filter` chooses the types to list.
///
/// # Errors
/// A request failed.
pub fn all(
    client: &Client,
    scope: &Scope,
    kind: &Kind,
    id: Option<&str>,
    filter: &Fields,
) -> Result<Vec<Fields>, ObjectError> {
    if kind.one || id.is_some() {
        return Ok(listing::one(client, scope, kind, id.unwrap_or_default())?.into_iter().collect());
    }
    let types: BTreeSet<String> = match &kind.query {
        None => BTreeSet::new(),
        Some((field, values)) => match filter.get(field).and_then(Value::as_str) {
            Some(one) if values.iter().any(|value| value == one) => BTreeSet::from([one.to_owned()]),
            _ => values.iter().cloned().collect(),
        },
    };
    let mut all = listing::all(client, scope, kind, &types, &mut |_| {})?;
    if kind.summary {
        for object in &mut all {
            if let Some(id) = plan::id(kind, object)
                && let Some(whole) = listing::one(client, scope, kind, &id)?
            {
                *object = whole;
            }
        }
    }
    Ok(all)
}

/// A listed object, read. If it does not exist any more, a new one would be a second one: an error.
fn whole(client: &Client, scope: &Scope, kind: &Kind, id: &str) -> Result<Fields, ObjectError> {
    listing::one(client, scope, kind, id)?.ok_or_else(|| ObjectError::ListedButMissing { id: id.to_owned() })
}
