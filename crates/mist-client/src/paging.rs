//! Lists that come in pages: `limit`, `page`, and the headers `X-Page-Total`, `X-Page-Limit`.

use crate::answer::{Answer, as_it_is};
use crate::client::Client;
use crate::error::Result;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::ops::ControlFlow;

/// A list that is longer than this has gone wrong.
const MOST_PAGES: u64 = 100_000;

/// All objects of a list, with the first answer: one call where the cloud gives all at once. `what` names the list
/// with its elements, for the error when they are of another shape.
///
/// # Errors
/// Whatever [`Error`](crate::Error) says.
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
/// Whatever [`Error`](crate::Error) says; a page that is no such list is an error.
pub fn each_page<T: DeserializeOwned>(
    client: &Client,
    path: &str,
    what: &str,
    mut page: impl FnMut(Vec<T>) -> ControlFlow<()>,
) -> Result<Answer> {
    let (first, items) = one_page(client, path, what)?;
    let (total, limit) = (first.total.unwrap_or_default(), first.page_limit.unwrap_or_default());
    let mut seen = items.len() as u64;
    let mut flow = page(items);
    let mut number = 1;
    while flow.is_continue() && seen < total && number < MOST_PAGES {
        number += 1;
        let (_, items) = one_page(client, &page_path(path, limit, number), what)?;
        // The list shrank meanwhile: there is no more.
        if items.is_empty() {
            break;
        }
        seen += items.len() as u64;
        flow = page(items);
    }
    Ok(first)
}

/// Reads a page right into what is wanted: a list may be long, and a [`Value`] of it is several times as large.
fn one_page<T: DeserializeOwned>(client: &Client, path: &str, what: &str) -> Result<(Answer, Vec<T>)> {
    let mut items = None;
    let answer = client.get_by(path, &mut |body| match serde_json::from_slice(body) {
        Ok(list) => {
            items = Some(list);
            Ok(Value::Null)
        }
        // JSON of another shape, which the error below tells, or no JSON, which whoever asks this finds out.
        Err(_) => as_it_is(body),
    })?;
    match items {
        Some(items) => Ok((answer, items)),
        None => Err(answer.unexpected(if answer.json.is_array() { what } else { "a list" })),
    }
}

/// `path` for one page: the same limit, so that pages neither overlap nor leave gaps.
fn page_path(path: &str, limit: u64, number: u64) -> String {
    let join = if path.contains('?') { '&' } else { '?' };
    let given = path.split_once('?').is_some_and(|(_, query)| query.split('&').any(|part| part.starts_with("limit=")));
    if given || limit == 0 {
        format!("{path}{join}page={number}")
    } else {
        format!("{path}{join}limit={limit}&page={number}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_asked_for_with_the_limit_of_the_first() {
        for (path, limit, expected) in [
            ("/x", 100, "/x?limit=100&page=2"),
            ("/x", 0, "/x?page=2"),
            ("/x?limit=1000", 1000, "/x?limit=1000&page=2"),
            ("/x?name=a", 50, "/x?name=a&limit=50&page=2"),
        ] {
            assert_eq!(page_path(path, limit, 2), expected);
        }
    }
}
