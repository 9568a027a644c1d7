//! Reads what exists of the declared objects, with as few requests as the kind allows: a setting is read, an object with a known
//! id too, everything else is listed once. Where the list is a summary, the objects in question are also read.

use crate::error::ObjectError;
use crate::filter::Filter;
use crate::listing;
use crate::listing::Scope;
use crate::matching::Fit;
use crate::plan::{self, DesiredState, Fields};
use crate::set::{self, Declared};
use crate::table::Kind;
use mist_client::Client;
use serde_json::Value;
use std::collections::BTreeSet;

/// The state before the first write.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// All objects of the kind, or the one with the declared id. A setting is the only one.
    pub objects: Vec<Fields>,
    /// The ids of all listed objects.
    pub before: BTreeSet<String>,
}

/// The objects among which a declaration has its own.
///
/// # Errors
/// A request failed.
pub fn one(client: &Client, scope: &Scope, kind: &Kind, declared: &Declared) -> Result<Found, ObjectError> {
    if kind.one {
        let setting = listing::one(client, scope, kind, "")?;
        return Ok(Found { objects: setting.into_iter().collect(), ..Found::default() });
    }
    if let Some(id) = &declared.id {
        let object = listing::one(client, scope, kind, id)?.map(|mut found| {
            found.entry(kind.id.clone()).or_insert_with(|| Value::String(id.clone()));
            found
        });
        return Ok(Found { objects: object.into_iter().collect(), ..Found::default() });
    }
    let mut objects = listing::all(client, scope, kind, &listing::chosen(kind, [&declared.object]), &mut |_| {})?;
    let before = objects.iter().filter_map(|found| plan::id(kind, found)).collect();
    look_up_absent(client, scope, kind, std::slice::from_ref(declared), &mut objects)?;
    if kind.summary && declared.state != DesiredState::Absent {
        read_whole(client, scope, kind, std::slice::from_ref(declared), &mut objects)?;
    }
    Ok(Found { objects, before })
}

/// Adds objects that should be absent and that a search does not show yet: each is looked up by its MAC address.
fn look_up_absent(
    client: &Client,
    scope: &Scope,
    kind: &Kind,
    declared: &[Declared],
    objects: &mut Vec<Fields>,
) -> Result<(), ObjectError> {
    if !kind.is_searched() {
        return Ok(());
    }
    for (one, fit) in declared.iter().zip(set::fits(kind, declared, objects)) {
        if one.state == DesiredState::Absent && fit == Fit::None {
            objects.extend(listing::by_mac(client, scope, kind, &one.object)?);
        }
    }
    Ok(())
}

/// Reads the declared objects of a list that is a summary.
fn read_whole(
    client: &Client,
    scope: &Scope,
    kind: &Kind,
    declared: &[Declared],
    objects: &mut [Fields],
) -> Result<(), ObjectError> {
    for fit in set::fits(kind, declared, objects) {
        if let Fit::One(number) | Fit::KeptOtherwise(number) = fit
            && let Some(object) = objects.get_mut(number)
            && let Some(id) = plan::id(kind, object)
        {
            *object = whole(client, scope, kind, &id)?;
        }
    }
    Ok(())
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
    let order = crate::arrangement::FIELD.to_owned();
    let mut needed: BTreeSet<&str> = declared
        .iter()
        .flat_map(|one| one.object.keys().chain(&one.fields))
        .chain(&kind.key)
        .chain([&kind.id, &order])
        .map(|name| name.split('.').next().unwrap_or_default())
        .collect();
    for name in kind.required() {
        needed.insert(name);
    }
    let mut prune = |object: &mut Value| {
        if let (Value::Object(fields), false) = (object, is_whole) {
            fields.retain(|name, _| needed.contains(name.as_str()) || name.ends_with("_id"));
        }
    };
    // An id may be of any type. A purge is limited to the declared types.
    let types = match &kind.query {
        Some((_, values)) if !is_whole && declared.iter().any(|one| one.id.is_some()) => {
            values.iter().cloned().collect()
        }
        _ => listing::chosen(kind, declared.iter().map(|one| &one.object)),
    };
    let mut found = listing::all(client, scope, kind, &types, &mut prune)?;
    look_up_absent(client, scope, kind, declared, &mut found)?;
    if kind.summary {
        read_whole(client, scope, kind, declared, &mut found)?;
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
    filter: &Filter,
) -> Result<Vec<Fields>, ObjectError> {
    if kind.one || id.is_some() {
        return Ok(listing::one(client, scope, kind, id.unwrap_or_default())?.into_iter().collect());
    }
    let types: BTreeSet<String> = match &kind.query {
        None => BTreeSet::new(),
        Some((field, values)) => match filter.values(field) {
            Some(some) if some.iter().all(|one| values.contains(one)) => some,
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
