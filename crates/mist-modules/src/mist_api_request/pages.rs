//! All pages of a list or of a search, in one answer.

use crate::mist_api_request::target::Target;
use mist_client::answer::Answer;
use mist_client::{Client, Error, Host, Result};
use serde_json::Value;
use std::collections::HashSet;

/// A list that is longer than this has gone wrong.
const MOST_PAGES: u64 = 100_000;

/// What was read.
#[derive(Clone, Debug)]
pub struct Read {
    /// The first answer, with the objects of all pages.
    pub answer: Answer,
    /// How many pages there were.
    pub pages: u64,
    /// How many objects there are in all, where that is known.
    pub total: Option<u64>,
}

impl Read {
    /// One answer alone.
    #[must_use]
    pub fn one(answer: Answer) -> Self {
        let total = answer.total.or_else(|| answer.json.get("total").filter(|_| is_search(&answer.json))?.as_u64());
        Self { answer, pages: 1, total }
    }
}

/// Reads what follows the first page.
///
/// # Errors
/// Whatever [`Error`] says; a page that is of another kind than the first, pages that do not end, and a `next` that leads
/// to another host are errors.
pub fn rest(client: &Client, target: &Target, first: Answer) -> Result<Read> {
    let mut read = Read::one(first);
    let Some(mut next) = following(client.host(), target, &read.answer)? else {
        read.total = read.total.or(items(&read.answer.json).map(|items| items.len() as u64));
        return Ok(read);
    };
    let mut seen = HashSet::from([target.to_string()]);
    loop {
        if !seen.insert(next.to_string()) || read.pages == MOST_PAGES {
            let reason = "the pages of the answer do not end: one follows that was read before".into();
            return Err(Error::Answer { call: read.answer.call, reason });
        }
        let mut page = client.get(&next.to_string())?;
        let (search, follows) = (is_search(&page.json), following(client.host(), &next, &page)?);
        match (items_mut(&mut read.answer.json), items_mut(&mut page.json)) {
            (Some(all), Some(items)) => all.append(items),
            _ => return Err(page.unexpected("another page")),
        }
        if search != is_search(&read.answer.json) {
            return Err(page.unexpected("another page like the first"));
        }
        read.pages += 1;
        match follows {
            Some(follows) => next = follows,
            None => break,
        }
    }
    if let Value::Object(fields) = &mut read.answer.json {
        fields.shift_remove("next");
    }
    read.total = read.total.or(items(&read.answer.json).map(|items| items.len() as u64));
    Ok(read)
}

/// The page after this one, which `target` gave; `None` when it is the last, or no page at all.
///
/// # Errors
/// [`Error::Answer`] for a `next` that is no path of this cloud.
pub fn following(host: &Host, target: &Target, page: &Answer) -> Result<Option<Target>> {
    // An empty page ends a list: it shrank meanwhile, and there is no more.
    if items(&page.json).is_none_or(Vec::is_empty) {
        return Ok(None);
    }
    match page.json.get("next") {
        Some(Value::String(next)) if !next.is_empty() => match host.same_origin(next) {
            Some(path) => Ok(Some(Target::given(&path))),
            // Not quoted: it is the cloud's text, and may hold anything.
            None => Err(refused(page, "leads to another host, or nowhere")),
        },
        None | Some(Value::Null | Value::String(_)) if page.json.is_array() || page.json.get("next").is_none() => {
            Ok(by_number(target, page))
        }
        None | Some(Value::Null | Value::String(_)) => Ok(None),
        Some(_) => Err(refused(page, "is no text")),
    }
}

/// By the headers: the next number, as long as the pages so far do not hold all.
fn by_number(target: &Target, page: &Answer) -> Option<Target> {
    let (total, limit) = (page.total?, page.page_limit.filter(|limit| *limit > 0)?);
    let number: u64 = target.parameter("page").map_or(Ok(1), str::parse).ok()?;
    (number.checked_mul(limit)? < total).then(|| {
        // The same limit, so that pages neither overlap nor leave gaps.
        let target =
            if target.parameter("limit").is_some() { target.clone() } else { target.clone().with("limit", limit) };
        target.with("page", number + 1)
    })
}

fn refused(page: &Answer, why: &str) -> Error {
    Error::Answer { call: page.call.clone(), reason: format!("the 'next' of the answer {why}, and is not followed") }
}

/// `{"results": […], "next": …}`, as the searches of the API answer.
fn is_search(json: &Value) -> bool {
    json.get("results").is_some_and(Value::is_array)
}

fn items(json: &Value) -> Option<&Vec<Value>> {
    json.as_array().or_else(|| json.get("results")?.as_array())
}

fn items_mut(json: &mut Value) -> Option<&mut Vec<Value>> {
    match json {
        Value::Array(items) => Some(items),
        other => other.get_mut("results")?.as_array_mut(),
    }
}

#[cfg(test)]
#[path = "pages_tests.rs"]
mod tests;
