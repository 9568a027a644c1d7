//! Lists in pages (`limit`, `page`, and the totals in headers or fields), and searches whose responses link to the next
//! page.

use crate::config::{PageForm, Variants};
use crate::message::{FieldError, Reply, Request};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// The default of `limit` in the OpenAPI document.
const DEFAULT_LIMIT: usize = 100;

/// New objects that lists do not contain yet, by collection and id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unlisted(HashMap<(String, String), usize>);

impl Unlisted {
    /// Hides a new object from this many lists.
    pub(crate) fn add(&mut self, collection: &str, id: &str, lists: usize) {
        if lists > 0 {
            self.0.insert((collection.to_owned(), id.to_owned()), lists);
        }
    }

    /// The ids that this list does not contain. All pages of a list hide the same objects. Its first page starts a
    /// list.
    pub(crate) fn hidden(&mut self, collection: &str, request: &Request) -> HashSet<String> {
        let first_page =
            request.parameter("page").is_none_or(|page| page == "1") && request.parameter("search_after").is_none();
        if first_page {
            self.0.retain(|(of, _), lists| of != collection || *lists > 0);
        }
        let here = self.0.iter_mut().filter(|((of, _), _)| of == collection);
        here.map(|((_, id), lists)| {
            *lists -= usize::from(first_page);
            id.clone()
        })
        .collect()
    }
}

/// One page of a list. A page after the last one is empty. A larger limit is reduced to the largest.
pub(crate) fn page<T>(
    request: &Request,
    items: Vec<T>,
    largest: usize,
    variants: &Variants,
    show: impl FnMut(T) -> Value,
) -> Result<Reply, FieldError> {
    let limit = number(request, "limit", 0)?.unwrap_or(DEFAULT_LIMIT).min(largest);
    let page = number(request, "page", 1)?.unwrap_or(1);
    let total = variants.page_total.unwrap_or(items.len() as u64);
    let start = limit.saturating_mul(page - 1);
    let end = start.saturating_add(limit);
    let more = end < items.len();
    let shown = list(variants, items.into_iter().skip(start).take(limit).map(show).collect());
    let with_total = |reply: Reply| reply.with_header("x-page-total", total.to_string());
    Ok(match variants.pages {
        PageForm::Headers => with_total(Reply::json(200, &shown))
            .with_header("x-page-limit", limit.to_string())
            .with_header("x-page-page", page.to_string()),
        PageForm::TotalAlone => with_total(Reply::json(200, &shown)),
        PageForm::Body => Reply::json(200, &json!({"limit": limit, "page": page, "total": total, "results": shown})),
        PageForm::BodyWithNext => {
            let mut answer = json!({"limit": limit, "page": page, "total": total, "results": shown});
            if more {
                answer["next"] = json!(format!("{}?limit={limit}&page={}", request.path, page + 1));
            }
            Reply::json(200, &answer)
        }
    })
}

/// A list of tokens. The document has them whole.
pub(crate) fn tokens(
    request: &Request,
    items: Vec<Value>,
    largest: usize,
    variants: &Variants,
) -> Result<Reply, FieldError> {
    if variants.token_lists_in_pages {
        return page(request, items, largest, variants, |token| token);
    }
    Ok(Reply::json(200, &list(variants, items)))
}

/// One page of a search: `results`, and `next` with the path of the next page.
pub(crate) fn search<T>(
    request: &Request,
    items: Vec<T>,
    largest: usize,
    show: impl FnMut(T) -> Value,
) -> Result<Reply, FieldError> {
    let limit = number(request, "limit", 1)?.unwrap_or(DEFAULT_LIMIT).min(largest);
    let start = number(request, "search_after", 0)?.unwrap_or(0);
    let total = items.len();
    let shown: Vec<Value> = items.into_iter().skip(start).take(limit).map(show).collect();
    let end = start.saturating_add(shown.len());
    let mut answer = json!({"limit": limit, "total": total, "results": shown});
    if end < total {
        let others = request
            .query
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("limit=") && !pair.starts_with("search_after="));
        let filters: String = others.map(|pair| format!("{pair}&")).collect();
        answer["next"] = json!(format!("{}?{filters}limit={limit}&search_after={end}", request.path));
    }
    Ok(Reply::json(200, &answer))
}

/// A whole list.
pub(crate) fn list(variants: &Variants, items: Vec<Value>) -> Value {
    if items.is_empty() && variants.empty_list_is_null { Value::Null } else { Value::Array(items) }
}

fn number(request: &Request, name: &'static str, least: usize) -> Result<Option<usize>, FieldError> {
    let Some(text) = request.parameter(name) else {
        return Ok(None);
    };
    match text.parse() {
        Ok(number) if number >= least => Ok(Some(number)),
        _ => Err(FieldError::new(name, format!("Expected a whole number of at least {least}."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(query: &str) -> Result<(Value, Vec<String>), FieldError> {
        let request = Request { query: query.to_owned(), ..Request::default() };
        let variants = Variants::practice();
        let reply = page(&request, (0..250).collect(), 120, &variants, |number: usize| json!(number))?;
        let headers = reply.headers.iter().skip(1).map(|(name, value)| format!("{name} {value}")).collect();
        Ok((serde_json::from_slice(&reply.body).unwrap(), headers))
    }

    #[test]
    fn pages_are_cut_where_limit_and_page_say() {
        let table = [
            ("", 100, Some(0), "x-page-limit 100", "x-page-page 1"),
            ("page=3", 50, Some(200), "x-page-limit 100", "x-page-page 3"),
            ("limit=7&page=2", 7, Some(7), "x-page-limit 7", "x-page-page 2"),
            ("limit=1000", 120, Some(0), "x-page-limit 120", "x-page-page 1"),
            ("page=4", 0, None, "x-page-limit 100", "x-page-page 4"),
            ("limit=0", 0, None, "x-page-limit 0", "x-page-page 1"),
        ];
        for (query, count, first, limit, page) in table {
            let (body, headers) = ask(query).unwrap();
            assert_eq!(body.as_array().map(Vec::len), Some(count), "{query}");
            assert_eq!(body.get(0).and_then(Value::as_u64), first, "{query}");
            assert_eq!(headers, ["x-page-total 250", limit, page], "{query}");
        }
    }

    #[test]
    fn an_invalid_limit_or_page_is_refused() {
        for query in ["limit=x", "limit=-1", "page=0", "page="] {
            assert!(ask(query).is_err(), "{query}");
        }
    }

    #[test]
    fn pages_are_reported_in_headers_or_in_the_body() {
        let request = Request { path: "/p".to_owned(), query: "limit=2&page=2".to_owned(), ..Request::default() };
        let ask = |pages, page_total| {
            let variants = Variants { pages, page_total, ..Variants::practice() };
            let reply = page(&request, vec![1, 2, 3, 4, 5], 10, &variants, |number| json!(number)).unwrap();
            (serde_json::from_slice::<Value>(&reply.body).unwrap(), reply.headers.len() - 1)
        };
        assert_eq!(ask(PageForm::Headers, None), (json!([3, 4]), 3));
        assert_eq!(ask(PageForm::TotalAlone, Some(9_000_000_000)), (json!([3, 4]), 1));
        let body = json!({"limit": 2, "page": 2, "total": 5, "results": [3, 4]});
        assert_eq!(ask(PageForm::Body, None), (body.clone(), 0));
        let mut with_next = body;
        with_next["next"] = json!("/p?limit=2&page=3");
        assert_eq!(ask(PageForm::BodyWithNext, None), (with_next, 0));
    }

    #[test]
    fn an_empty_page_is_an_empty_list_or_null() {
        for (empty_list_is_null, expected) in [(false, json!([])), (true, Value::Null)] {
            let variants = Variants { empty_list_is_null, ..Variants::practice() };
            let request = Request { query: "page=3".to_owned(), ..Request::default() };
            let reply = page(&request, vec![1], 10, &variants, |number| json!(number)).unwrap();
            assert_eq!(serde_json::from_slice::<Value>(&reply.body).unwrap(), expected);
        }
    }
}
