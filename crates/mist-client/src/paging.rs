//! Lists that come in pages: `limit`, `page`, and the headers `X-Page-Total`, `X-Page-Limit`.

use crate::answer::Answer;
use crate::client::Client;
use crate::error::{Error, Result};
use serde_json::Value;
use std::ops::ControlFlow;

/// A list that is longer than this has gone wrong.
const MOST_PAGES: u64 = 100_000;

/// All objects of a list, with the first answer: one call where the cloud gives all at once.
///
/// # Errors
/// Whatever [`Error`] says.
pub fn all(client: &Client, path: &str) -> Result<(Answer, Vec<Value>)> {
    let mut items = Vec::new();
    let first = each_page(client, path, |page| {
        items.extend(page);
        ControlFlow::Continue(())
    })?;
    Ok((first, items))
}

/// Hands over page after page until `page` breaks off or the list ends; gives the first answer (its list taken out).
///
/// # Errors
/// Whatever [`Error`] says; a page that is no list is an error.
pub fn each_page(client: &Client, path: &str, mut page: impl FnMut(Vec<Value>) -> ControlFlow<()>) -> Result<Answer> {
    let mut first = client.get(path)?;
    let (total, limit) = (first.total.unwrap_or_default(), first.page_limit.unwrap_or_default());
    let items = take_list(&mut first)?;
    let mut seen = items.len() as u64;
    let mut flow = page(items);
    let mut number = 1;
    while flow.is_continue() && seen < total && number < MOST_PAGES {
        number += 1;
        let mut next = client.get(&page_path(path, limit, number))?;
        let items = take_list(&mut next)?;
        // The list shrank meanwhile: there is no more.
        if items.is_empty() {
            break;
        }
        seen += items.len() as u64;
        flow = page(items);
    }
    Ok(first)
}

fn take_list(answer: &mut Answer) -> Result<Vec<Value>> {
    match answer.json.take() {
        Value::Array(items) => Ok(items),
        other => {
            answer.json = other;
            Err::<_, Error>(answer.unexpected("a list"))
        }
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
