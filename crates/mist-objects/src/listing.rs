//! Reads objects: all of a kind, or one.

use crate::matching;
use crate::names::Known;
use crate::plan::Fields;
use crate::scope::Scope;
use crate::table::{self, Kind, Level};
use mist_client::answer::Answer;
use mist_client::{Client, Error, Result, paging};
use serde_json::Value;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// The largest page that is asked for.
const PAGE: u32 = 1000;

/// All objects of a kind. `chosen` is what the list is to choose by, where it chooses (`type` of device profiles); each
/// object passes `keep` as it arrives, so that a long list need not be held whole.
///
/// # Errors
/// Whatever [`Error`] says.
pub fn all(
    client: &Client,
    place: &Scope,
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
    let mut odd = None;
    let answer = paging::each_page::<Value>(client, path, "a list of objects", |page| {
        for mut item in page {
            keep(&mut item);
            match item {
                Value::Object(fields) if has_safe_ids(&fields) => objects.push(fields),
                Value::Object(_) => odd = Some(NOT_AN_ID),
                _ => odd = Some("the cloud answered a list in which something is no object"),
            }
        }
        if odd.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    match odd {
        None => Ok(objects),
        Some(reason) => Err(Error::Answer { call: answer.call, reason: reason.to_owned() }),
    }
}

/// One object, or a setting; `None` where it is not there.
///
/// # Errors
/// Whatever [`Error`] says. That it may not be seen (403) is not that it is not there.
pub fn one(client: &Client, place: &Scope, kind: &Kind, id: &str) -> Result<Option<Fields>> {
    if !kind.readable {
        let all = all(client, place, kind, &BTreeSet::new(), &mut |_| {})?;
        return Ok(all.into_iter().find(|object| crate::plan::id(kind, object).as_deref() == Some(id)));
    }
    match client.get(&place.item(kind, id)) {
        Ok(answer) => {
            let object = object(&answer)?;
            if is_another(place, kind, id, &object) {
                return Err(answer.unexpected("the object that was asked for"));
            }
            Ok(Some(object))
        }
        Err(Error::Status { status: 404, .. }) if !kind.one => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the answer is an object, but not the one that was asked for: another id, or of another organisation or site. Taken
/// for it, it would be merged with what is declared, and what was there would be lost.
fn is_another(place: &Scope, kind: &Kind, id: &str, object: &Fields) -> bool {
    let differs = |field: &str, wanted: &str| {
        object.get(field).and_then(Value::as_str).is_some_and(|found| !found.eq_ignore_ascii_case(wanted))
    };
    let of_another = place.id(kind.scope).is_some_and(|wanted| differs(&format!("{}_id", kind.scope.word()), wanted));
    let has_another_id = !kind.one
        && crate::plan::id(kind, object)
            .is_some_and(|found| !matching::mac(&found).eq_ignore_ascii_case(&matching::mac(id)));
    // A setting may come without ids; an account, to which a redirect may lead, is none.
    let is_an_account = kind.one && object.contains_key("privileges");
    of_another || has_another_id || is_an_account
}

/// The object that an answer is, or the only one of its list.
///
/// # Errors
/// [`Error::Answer`] where it is none.
pub fn object(answer: &Answer) -> Result<Fields> {
    let fields = match &answer.json {
        Value::Object(fields) => fields,
        Value::Array(items) => match items.as_slice() {
            [Value::Object(fields)] => fields,
            _ => return Err(answer.unexpected("an object")),
        },
        _ => return Err(answer.unexpected("an object")),
    };
    if has_safe_ids(fields) {
        return Ok(fields.clone());
    }
    Err(Error::Answer { call: answer.call.clone(), reason: NOT_AN_ID.to_owned() })
}

const NOT_AN_ID: &str = "the cloud answered an object whose id is none";

/// Whether what becomes part of a path can be that, whoever says it.
fn has_safe_ids(fields: &Fields) -> bool {
    let is_safe = |id: &Value| match id {
        Value::String(text) => mist_client::path::is_segment(&matching::mac(text)),
        other => other.is_null(),
    };
    fields.get("id").is_none_or(is_safe)
        && fields.get("mac").is_none_or(|mac| fields.contains_key("id") || is_safe(mac))
}

/// The names and ids of the objects of these kinds: one listing each. A kind that the scope has not is the organisation's.
///
/// # Errors
/// Whatever [`Error`] says.
pub fn known(
    client: &Client,
    place: &mut Scope,
    scope: Level,
    kinds: impl IntoIterator<Item = String>,
) -> Result<Known> {
    let mut known = Known::new();
    for word in kinds {
        let kind = table::kind(scope, &word).or_else(|| table::kind(Level::Org, &word));
        let Some(kind) = kind else { continue };
        if kind.scope == Level::Org {
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
pub fn find_org(client: &Client, place: &mut Scope) -> Result<()> {
    if place.org_id.is_some() {
        return Ok(());
    }
    let Some(site_id) = &place.site_id else { return Ok(()) };
    let answer = client.get(&format!("/api/v1/sites/{site_id}"))?;
    place.org_id = answer.json["org_id"].as_str().map(str::to_owned);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::kind;
    use serde_json::json;

    #[test]
    fn an_answer_about_another_object_is_not_the_one_that_was_asked_for() {
        let place = Scope { org_id: Some("o".into()), site_id: Some("s".into()), msp_id: None };
        let (webhooks, setting) = (kind(Level::Org, "webhooks").unwrap(), kind(Level::Site, "setting").unwrap());
        for (kind, object, another) in [
            (&webhooks, json!({"id": "x", "org_id": "o", "name": "n"}), false),
            (&webhooks, json!({"id": "X", "name": "n"}), false),
            (&webhooks, json!({"name": "n"}), false),
            (&webhooks, json!({"id": "y", "name": "n"}), true),
            (&webhooks, json!({"id": "x", "org_id": "p"}), true),
            (&setting, json!({"vars": {}}), false),
            (&setting, json!({"id": "whatever", "site_id": "s", "org_id": "o"}), false),
            (&setting, json!({"site_id": "t"}), true),
            (&setting, json!({"email": "a@b.c", "privileges": []}), true),
        ] {
            assert_eq!(is_another(&place, kind, "x", object.as_object().unwrap()), another, "{object}");
        }
    }
}
