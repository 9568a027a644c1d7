//! Reads objects: all of a kind, or one.

use crate::names::Known;
use crate::place::Place;
use crate::plan::Fields;
use crate::table::{self, Kind, Scope};
use mist_client::answer::Answer;
use mist_client::{Client, Error, Result};
use serde_json::Value;
use std::collections::BTreeSet;

/// The largest page that is asked for.
const PAGE: u32 = 1000;

/// A list that is longer than this has gone wrong.
const MOST_PAGES: u64 = 100_000;

/// All objects of a kind. `chosen` is what the list is to choose by, where it chooses (`type` of device profiles); each
/// object passes `keep` as it arrives, so that a long list need not be held whole.
///
/// # Errors
/// Whatever [`Error`] says.
pub fn all(
    client: &Client,
    place: &Place,
    kind: &Kind,
    chosen: &BTreeSet<String>,
    keep: &mut dyn FnMut(&mut Value),
) -> Result<Vec<Fields>> {
    let path = format!("{}?limit={PAGE}", place.fill(&kind.list));
    let Some((field, values)) = &kind.query else { return one_list(client, &path, keep) };
    let mut all = Vec::new();
    let first: BTreeSet<String> = values.iter().take(1).cloned().collect();
    for value in if chosen.is_empty() { &first } else { chosen } {
        let safe: String =
            value.chars().filter(|character| character.is_ascii_alphanumeric() || *character == '_').collect();
        all.extend(one_list(client, &format!("{path}&{field}={safe}"), keep)?);
    }
    Ok(all)
}

fn one_list(client: &Client, path: &str, keep: &mut dyn FnMut(&mut Value)) -> Result<Vec<Fields>> {
    let mut objects = Vec::new();
    let mut next = path.to_owned();
    let mut number = 1;
    loop {
        let mut answer = client.get(&next)?;
        let (total, limit, mut follow) = (answer.total, answer.page_limit, None);
        let (mut body_total, mut body_limit) = (None, None);
        let items = match answer.json.take() {
            Value::Array(items) => items,
            // An empty list may be that.
            Value::Null => Vec::new(),
            Value::Object(mut body) if body.contains_key("results") => {
                body_total = body.get("total").and_then(Value::as_u64);
                body_limit = body.get("limit").and_then(Value::as_u64);
                follow = body.get("next").and_then(Value::as_str).and_then(|next| within(client, next));
                match body.get_mut("results").map(Value::take) {
                    Some(Value::Array(items)) => items,
                    _ => Vec::new(),
                }
            }
            other => return Err(Answer { json: other, ..answer }.unexpected("a list")),
        };
        let count = items.len();
        for mut item in items {
            keep(&mut item);
            match item {
                Value::Object(fields) => objects.push(fields),
                other => return Err(Answer { json: other, ..answer }.unexpected("a list of objects")),
            }
        }
        number += 1;
        let (total, limit) = (total.or(body_total), limit.or(body_limit).unwrap_or(u64::from(PAGE)));
        let more = total.is_some_and(|total| (objects.len() as u64) < total);
        if count == 0 || number > MOST_PAGES {
            return Ok(objects);
        }
        next = match follow {
            Some(next) => next,
            None if more => {
                format!("{}&page={number}", path.replace(&format!("limit={PAGE}"), &format!("limit={limit}")))
            }
            None => return Ok(objects),
        };
    }
}

/// The path of the next page, if it is on the same host: credentials go nowhere else.
fn within(client: &Client, next: &str) -> Option<String> {
    if next.starts_with("/api/") {
        Some(next.to_owned())
    } else {
        client.host().same_origin(next).filter(|path| path.starts_with("/api/"))
    }
}

/// One object, or a setting; `None` where it is not there.
///
/// # Errors
/// Whatever [`Error`] says. That it may not be seen (403) is not that it is not there.
pub fn one(client: &Client, place: &Place, kind: &Kind, id: &str) -> Result<Option<Fields>> {
    if !kind.readable {
        let all = all(client, place, kind, &BTreeSet::new(), &mut |_| {})?;
        return Ok(all.into_iter().find(|object| crate::plan::id(kind, object).as_deref() == Some(id)));
    }
    match client.get(&place.item(kind, id)) {
        Ok(answer) => object(&answer).map(Some),
        Err(Error::Status { status: 404, .. }) if !kind.one => Ok(None),
        Err(error) => Err(error),
    }
}

/// The object that an answer is, or the only one of its list.
///
/// # Errors
/// [`Error::Answer`] where it is none.
pub fn object(answer: &Answer) -> Result<Fields> {
    match &answer.json {
        Value::Object(fields) => Ok(fields.clone()),
        Value::Array(items) => match items.as_slice() {
            [Value::Object(fields)] => Ok(fields.clone()),
            _ => Err(answer.unexpected("an object")),
        },
        _ => Err(answer.unexpected("an object")),
    }
}

/// The names and ids of the objects of these kinds: one listing each. A kind that the scope has not is the organisation's.
///
/// # Errors
/// Whatever [`Error`] says.
pub fn known(
    client: &Client,
    place: &mut Place,
    scope: Scope,
    kinds: impl IntoIterator<Item = String>,
) -> Result<Known> {
    let mut known = Known::new();
    for word in kinds {
        let kind = table::kind(scope, &word).or_else(|| table::kind(Scope::Org, &word));
        let Some(kind) = kind else { continue };
        if kind.scope == Scope::Org {
            find_org(client, place)?;
        }
        let (name, id) = (kind.key.first().cloned().unwrap_or_default(), kind.id.clone());
        let all_types = kind.query.iter().flat_map(|(_, values)| values.iter().cloned()).collect();
        let listed = all(client, place, &kind, &all_types, &mut |object| {
            if let Value::Object(fields) = object {
                fields.retain(|field, _| *field == name || *field == id);
            }
        })?;
        let text = |object: &Fields, field: &str| object.get(field).and_then(Value::as_str).map(str::to_owned);
        let pairs = listed.iter().filter_map(|object| Some((text(object, &name)?, text(object, &id)?))).collect();
        known.insert(word, pairs);
    }
    Ok(known)
}

/// The organisation of the site, where only the site is known: one call.
///
/// # Errors
/// Whatever [`Error`] says.
pub fn find_org(client: &Client, place: &mut Place) -> Result<()> {
    if place.org_id.is_some() {
        return Ok(());
    }
    let Some(site_id) = &place.site_id else { return Ok(()) };
    let answer = client.get(&format!("/api/v1/sites/{site_id}"))?;
    place.org_id = answer.json["org_id"].as_str().map(str::to_owned);
    Ok(())
}
