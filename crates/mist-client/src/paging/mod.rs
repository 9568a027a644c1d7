//! Lists in pages: `limit` and `page` with the headers `X-Page-Total` and `X-Page-Limit`, the same in the body (`limit`, `page`,
//! `total`, `results`), a path in the body's `next`, or a cursor in its `search_after`. An empty list may be `null`. An incomplete
//! list is an error, an incomplete search is not.

mod following;

use crate::answer::{Answer, as_it_is};
use crate::client::Client;
use crate::error::{Error, Result};
pub use following::PageForm;
use following::{Next, Page, Progress};
use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::marker::PhantomData;
use std::ops::ControlFlow;

/// All pages in one.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The first response, with the objects of all pages: a list (also for `null`), or an object with `results` and without
    /// `next`.
    pub answer: Answer,
    /// The number of pages.
    pub pages: u64,
    /// The number of all objects, if known.
    pub total: Option<u64>,
}

/// The end of reading a list page by page.
#[derive(Debug)]
pub struct Pages {
    /// The first response, without its list.
    pub first: Answer,
    /// The number of all objects by the last page that reports one.
    pub total: Option<u64>,
    /// The number of all objects changed while the list was read: an object may have moved to a page that was read before.
    pub is_moved: bool,
    /// The reason that objects are missing: the list was cut short, or a page was repeated.
    pub incomplete: Option<Error>,
}

/// Reads all objects of a list, and returns them with the first response. `what` names the expected list in the error about
/// another shape.
///
/// # Errors
/// All variants of [`Error`]; an incomplete list is an error.
pub fn all<T: DeserializeOwned>(client: &Client, path: &str, what: &str) -> Result<(Answer, Vec<T>)> {
    let mut items = Vec::new();
    let first = each_page(client, path, what, |page| {
        items.extend(page);
        ControlFlow::Continue(())
    })?;
    Ok((first, items))
}

/// Calls `item` for each object of a list, page by page. Returns the first response without its list. `what` is as for [`all`].
///
/// # Errors
/// As [`all`].
pub fn each<T: DeserializeOwned>(client: &Client, path: &str, what: &str, mut item: impl FnMut(T)) -> Result<Answer> {
    each_page(client, path, what, |page: Vec<T>| {
        page.into_iter().for_each(&mut item);
        ControlFlow::Continue(())
    })
}

/// Calls `page` for each page until it breaks or the list ends. Returns the first response without its list. `what` is as for
/// [`all`].
///
/// # Errors
/// All variants of [`Error`]; a page of another shape and an incomplete list are errors.
pub fn each_page<T: DeserializeOwned>(
    client: &Client,
    path: &str,
    what: &str,
    page: impl FnMut(Vec<T>) -> ControlFlow<()>,
) -> Result<Answer> {
    let pages = each_page_observed(client, path, what, page)?;
    pages.incomplete.map_or(Ok(pages.first), Err)
}

/// As [`each_page`], for a caller that reads the list again if it is incomplete or changed while it was read.
///
/// # Errors
/// All variants of [`Error`]; a page of another shape is an error.
pub fn each_page_observed<T: DeserializeOwned>(
    client: &Client,
    path: &str,
    what: &str,
    mut page: impl FnMut(Vec<T>) -> ControlFlow<()>,
) -> Result<Pages> {
    let mut progress = Progress::new(client.host(), path);
    let (first, body) = one_page(client, path, what)?;
    let mut next = progress.after(&information(&first, &body));
    let mut last = first.call.clone();
    let mut flow = page(body.items);
    while let (Ok(Next::Page(path)), true) = (&next, flow.is_continue()) {
        let (answer, body) = one_page(client, path, what)?;
        next = progress.after(&information(&answer, &body));
        last = answer.call;
        if !body.items.is_empty() && next.is_ok() {
            flow = page(body.items);
        }
    }
    let (total, is_moved) = (progress.total(), progress.is_moved());
    let incomplete = match next {
        Ok(_) => None,
        Err(fault) if fault.is_incomplete => Some(fault.at(&last)),
        Err(fault) => return Err(fault.at(&last)),
    };
    Ok(Pages { first, total, is_moved, incomplete })
}

/// The step after a page of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    Continue,
    /// No more rows are wanted.
    Stop,
    /// All rows of the page were on earlier pages.
    Repeats,
}

/// The end of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Searched {
    /// False if the cloud has more rows than were read.
    pub is_complete: bool,
    /// The number of all rows, if the cloud reports it.
    pub total: Option<u64>,
    /// The number of pages.
    pub pages: u64,
}

/// Calls `page` for each page of a search until it stops or the rows end. Only one page is in memory. A cloud that ignores the
/// number of a page, and reports no total, has one page.
///
/// # Errors
/// All variants of [`Error`], and those of `page`. Pages that repeat, and a `next` that leads to another host, are errors.
pub fn search<T: DeserializeOwned, E: From<Error>>(
    client: &Client,
    path: &str,
    form: PageForm,
    mut page: impl FnMut(Vec<T>) -> std::result::Result<Flow, E>,
) -> std::result::Result<Searched, E> {
    let mut progress = Progress::of_search(client.host(), path, form);
    let (mut path, mut count, mut has_repeats) = (path.to_owned(), 0, false);
    loop {
        let (answer, body) = read_page(client, &path, "a list of rows", &single_row)?;
        let information = information(&answer, &body);
        let next = progress.after(&information).map_err(|fault| fault.at(&answer.call))?;
        count += 1;
        drop(answer);
        let flow = page(body.items)?;
        let is_first_again = count == 2 && flow == Flow::Repeats && progress.is_numbered();
        // A repeated page took the place of another one.
        has_repeats |= flow == Flow::Repeats && !is_first_again;
        let ended = |is_complete| Searched { is_complete, total: progress.total(), pages: count };
        match next {
            _ if is_first_again => return Ok(ended(progress.is_complete(&information))),
            Next::End => return Ok(ended(progress.is_complete(&information) && !has_repeats)),
            Next::Page(_) if flow == Flow::Stop => return Ok(ended(false)),
            Next::Page(next) => path = next,
        }
    }
}

/// Reads the pages after `first`, the response to `path`. A response without pages is returned as it is.
///
/// # Errors
/// All variants of [`Error`]; a page of another shape than the first and an incomplete list are errors.
pub fn complete(client: &Client, path: &str, mut first: Answer) -> Result<Whole> {
    let body = match first.json.take() {
        // An empty body is not a list; `null` is an empty list.
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
    let mut page = information(&first, &body);
    let (fields, is_search, mut items) = (body.fields, body.is_object, body.items);
    let mut pages = 1;
    while let Next::Page(path) = progress.after(&page).map_err(|fault| fault.at(&first.call))? {
        let (answer, body) = one_page::<Value>(client, &path, "another page")?;
        if body.is_object != is_search && !body.items.is_empty() {
            return Err(Error::Answer {
                call: answer.call,
                reason: "the cloud answered with a page of another shape than the first".into(),
            });
        }
        page = information(&answer, &body);
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

/// The status of a response that is only a part.
const PARTIAL: u16 = 206;

/// Equal for equal pages. Two pages of a list differ.
fn digest(body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    hasher.finish()
}

/// The page's information about the list.
fn information<T>(answer: &Answer, body: &Body<T>) -> Page {
    let number = |name: &str| body.fields.get(name).and_then(Value::as_u64);
    Page {
        count: body.items.len() as u64,
        total: answer.total.or_else(|| number("total")),
        limit: answer.page_limit.or_else(|| number("limit")).filter(|limit| *limit > 0),
        next: body.fields.get("next").cloned(),
        cursor: body
            .fields
            .get("search_after")
            .and_then(Value::as_str)
            .filter(|cursor| !cursor.is_empty())
            .map(str::to_owned),
        is_part: answer.status == PARTIAL,
        digest: body.digest,
    }
}

/// Parses a page directly into the wanted type: as a [`Value`], a long list takes several times the memory.
fn one_page<T: DeserializeOwned>(client: &Client, path: &str, what: &str) -> Result<(Answer, Body<T>)> {
    read_page(client, path, what, &|_| None)
}

/// As [`one_page`]. `other_shape` reads JSON of another shape.
fn read_page<T: DeserializeOwned>(
    client: &Client,
    path: &str,
    what: &str,
    other_shape: &dyn Fn(&[u8]) -> Option<Body<T>>,
) -> Result<(Answer, Body<T>)> {
    let mut page = None;
    let answer = client.get_by(path, &mut |body| match serde_json::from_slice::<Body<T>>(body) {
        Ok(read) => {
            page = Some(Body { digest: Some(digest(body)), ..read });
            Ok(Value::Null)
        }
        // JSON of another shape is the error below; anything else is the error of the client.
        Err(_) => {
            page = other_shape(body);
            if page.is_some() { Ok(Value::Null) } else { as_it_is(body) }
        }
    })?;
    match page {
        Some(page) => Ok((answer, page)),
        None => Err(answer.unexpected(if answer.json.is_array() { what } else { "a list" })),
    }
}

/// A page of a search whose `results` is one row: so the document has the events of other devices and of WAN clients.
fn single_row<T: DeserializeOwned>(body: &[u8]) -> Option<Body<T>> {
    let mut json: Value = serde_json::from_slice(body).ok()?;
    let results = json.get_mut("results").filter(|results| results.is_object())?;
    *results = Value::Array(vec![results.take()]);
    serde_json::from_value(json).ok()
}

/// The body of a page: `[…]`, `null`, or `{"results": […], …}`.
#[derive(Debug)]
struct Body<T> {
    items: Vec<T>,
    /// True if the items are in the `results` of an object.
    is_object: bool,
    /// The other fields of that object.
    fields: Map<String, Value>,
    /// See [`digest`].
    digest: Option<u64>,
}

impl<T> Default for Body<T> {
    fn default() -> Self {
        Self { items: Vec::new(), is_object: false, fields: Map::new(), digest: None }
    }
}

impl Body<Value> {
    /// Reads a page from JSON; returns the JSON unchanged if it is not a page.
    fn of(json: Value) -> Result<Self, Value> {
        match json {
            Value::Array(items) => Ok(Self { items, ..Self::default() }),
            Value::Object(mut fields) => match fields.get_mut("results").map(Value::take) {
                Some(Value::Array(items)) => Ok(Self { items, is_object: true, fields, digest: None }),
                Some(results) => {
                    // `results: null` is an empty list only together with the other fields of a page.
                    if results.is_null()
                        && ["total", "limit", "page", "next", "search_after"]
                            .iter()
                            .any(|name| fields.contains_key(*name))
                    {
                        return Ok(Self { is_object: true, fields, ..Self::default() });
                    }
                    fields.insert("results".to_owned(), results);
                    Err(Value::Object(fields))
                }
                None => Err(Value::Object(fields)),
            },
            other => Err(other),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Body<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BodyVisitor(PhantomData))
    }
}

struct BodyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for BodyVisitor<T> {
    type Value = Body<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list, or an object with results")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(Body::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Body { items, ..Body::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut results, mut fields) = (None, Map::new());
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "results" => results = Some(map.next_value::<Option<Vec<T>>>()?.unwrap_or_default()),
                "next" | "search_after" | "total" | "limit" | "page" => drop(fields.insert(name, map.next_value()?)),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let items = results.ok_or_else(|| A::Error::missing_field("results"))?;
        Ok(Body { items, is_object: true, fields, digest: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn a_page_has_four_forms() {
        for (text, items, is_object) in [
            (json!([1, 2]), vec![1, 2], false),
            (json!(null), vec![], false),
            (json!({"results": [3], "total": 7, "other": [{}]}), vec![3], true),
            (json!({"results": null, "total": 0}), vec![], true),
        ] {
            let body: Body<i32> = from_value(text.clone()).unwrap();
            assert_eq!((body.items, body.is_object), (items, is_object), "{text}");
            if !text.is_null() {
                let body = Body::of(text.clone()).unwrap();
                assert_eq!(body.is_object, is_object, "{text}");
            }
        }
    }

    #[test]
    fn a_search_can_have_one_row_in_place_of_a_list() {
        let body = single_row::<Map<String, Value>>(br#"{"results": {"mac": "a"}, "next": "/x"}"#).unwrap();
        assert_eq!((body.items.len(), &body.fields["next"]), (1, &json!("/x")));
        for other in [r#"{"results": 1}"#, r#"{"id": "x"}"#, "[1]", "null", "nothing"] {
            assert!(single_row::<Map<String, Value>>(other.as_bytes()).is_none(), "{other}");
        }
    }

    #[test]
    fn anything_else_is_not_a_page_and_stays_unchanged() {
        for json in [json!({"id": "x"}), json!("x"), json!(7), json!({"results": {"a": 1}}), json!({"results": null})] {
            assert!(from_value::<Body<Value>>(json.clone()).is_err() || json == json!({"results": null}), "{json}");
            assert_eq!(Body::of(json.clone()).unwrap_err(), json);
        }
        assert!(from_value::<Body<i32>>(json!(["x"])).is_err());
    }
}
