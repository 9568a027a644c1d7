//! Lists that come in pages, for everybody: `limit` and `page` with the headers `X-Page-Total` and `X-Page-Limit`; the same
//! told in the body (`limit`, `page`, `total`, `results`); or a path in the body's `next`. An empty list may be `null`.
//!
//! A list that is cut short is an error: nothing is taken for all that is not.

mod body;
mod following;

use crate::answer::{Answer, as_it_is};
use crate::client::Client;
use crate::error::{Error, Result};
use body::Body;
use following::{Next, Page, Progress};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::ops::ControlFlow;

/// All pages of an answer, in one.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The first answer, with the objects of all pages. A list is one, also where it came as `null`; an object has its
    /// `results`, and no `next`.
    pub answer: Answer,
    /// How many pages there were.
    pub pages: u64,
    /// How many objects there are in all, where that is known.
    pub total: Option<u64>,
}

/// All objects of a list, with the first answer: one call where the cloud gives all at once. `what` names the list
/// with its elements, for the error when they are of another shape.
///
/// # Errors
/// Whatever [`Error`] says; a list that is cut short is an error.
pub fn all<T: DeserializeOwned>(client: &Client, path: &str, what: &str) -> Result<(Answer, Vec<T>)> {
    let mut items = Vec::new();
    let first = each_page(client, path, what, |page| {
        items.extend(page);
        ControlFlow::Continue(())
    })?;
    Ok((first, items))
}

/// Hands over page after page until `page` breaks off or the list ends; gives the first answer (its list taken out).
/// `what` is as for [`all`].
///
/// # Errors
/// Whatever [`Error`] says; a page that is no such list is an error, and so is a list that is cut short.
pub fn each_page<T: DeserializeOwned>(
    client: &Client,
    path: &str,
    what: &str,
    mut page: impl FnMut(Vec<T>) -> ControlFlow<()>,
) -> Result<Answer> {
    let mut progress = Progress::new(client.host(), path);
    let (first, body) = one_page(client, path, what)?;
    let mut next = progress.after(&told(&first, &body)).map_err(|fault| fault.of(&first))?;
    let mut flow = page(body.items);
    while let (Next::Page(path), true) = (&next, flow.is_continue()) {
        let (answer, body) = one_page(client, path, what)?;
        next = progress.after(&told(&answer, &body)).map_err(|fault| fault.of(&answer))?;
        if !body.items.is_empty() {
            flow = page(body.items);
        }
    }
    Ok(first)
}

/// Reads what follows a first page, which `path` gave. What is no page is the whole of itself.
///
/// # Errors
/// Whatever [`Error`] says; a page of another kind than the first is an error, and so is a list that is cut short.
pub fn complete(client: &Client, path: &str, mut first: Answer) -> Result<Whole> {
    let body = match first.json.take() {
        // Nothing at all is no list; `null` is an empty one.
        Value::Null if !first.is_empty && first.is_success() => Body::default(),
        json => match Body::of(json) {
            Ok(body) => body,
            Err(json) => {
                first.json = json;
                return Ok(Whole { total: first.total, answer: first, pages: 1 });
            }
        },
    };
    let mut progress = Progress::new(client.host(), path);
    let mut page = told(&first, &body);
    let (fields, is_search, mut items) = (body.fields, body.is_object, body.items);
    let mut pages = 1;
    while let Next::Page(path) = progress.after(&page).map_err(|fault| fault.of(&first))? {
        let (answer, body) = one_page::<Value>(client, &path, "another page")?;
        if body.is_object != is_search && !body.items.is_empty() {
            return Err(Error::Answer {
                call: answer.call,
                reason: "the cloud answered a page of another kind than the first".into(),
            });
        }
        page = told(&answer, &body);
        items.extend(body.items);
        pages += 1;
    }
    let total = first.total.or_else(|| fields.get("total")?.as_u64()).or(Some(items.len() as u64));
    first.json = if is_search { with_results(fields, items) } else { Value::Array(items) };
    Ok(Whole { answer: first, pages, total })
}

fn with_results(mut fields: Map<String, Value>, items: Vec<Value>) -> Value {
    fields.shift_remove("next");
    fields.insert("results".to_owned(), Value::Array(items));
    Value::Object(fields)
}

/// What a page tells of the list.
fn told<T>(answer: &Answer, body: &Body<T>) -> Page {
    let number = |name: &str| body.fields.get(name).and_then(Value::as_u64);
    Page {
        count: body.items.len() as u64,
        total: answer.total.or_else(|| number("total")),
        limit: answer.page_limit.or_else(|| number("limit")).filter(|limit| *limit > 0),
        next: body.fields.get("next").cloned(),
    }
}

/// Reads a page right into what is wanted: a list may be long, and a [`Value`] of it is several times as large.
fn one_page<T: DeserializeOwned>(client: &Client, path: &str, what: &str) -> Result<(Answer, Body<T>)> {
    let mut page = None;
    let answer = client.get_by(path, &mut |body| match serde_json::from_slice(body) {
        Ok(read) => {
            page = Some(read);
            Ok(Value::Null)
        }
        // JSON of another shape, which the error below tells, or no JSON, which whoever asks this finds out.
        Err(_) => as_it_is(body),
    })?;
    match page {
        Some(page) => Ok((answer, page)),
        None => Err(answer.unexpected(if answer.json.is_array() { what } else { "a list" })),
    }
}
