//! Listings in pages: `limit` and `page`, and the headers that tell how many there are; and searches, whose answers
//! lead from one to the next.

use crate::body::FieldError;
use crate::message::{Reply, Request};
use serde_json::{Value, json};

/// What `limit` is where it is not given (the OpenAPI document).
const DEFAULT_LIMIT: usize = 100;

/// One page of the items. A page beyond the last is empty; a limit beyond the largest is the largest.
pub(crate) fn page(request: &Request, items: Vec<Value>, largest: usize) -> Result<Reply, FieldError> {
    let limit = number(request, "limit", 0)?.unwrap_or(DEFAULT_LIMIT).min(largest);
    let page = number(request, "page", 1)?.unwrap_or(1);
    let total = items.len();
    let start = limit.saturating_mul(page - 1);
    let shown: Vec<Value> = items.into_iter().skip(start).take(limit).collect();
    Ok(Reply::json(200, &Value::Array(shown))
        .with_header("x-page-total", total.to_string())
        .with_header("x-page-limit", limit.to_string())
        .with_header("x-page-page", page.to_string()))
}

/// One page of a search: `results`, and with `next` the path of the page after it, as long as there is one.
pub(crate) fn search(request: &Request, items: Vec<Value>, largest: usize) -> Result<Reply, FieldError> {
    let limit = number(request, "limit", 1)?.unwrap_or(DEFAULT_LIMIT).min(largest);
    let start = number(request, "search_after", 0)?.unwrap_or(0);
    let total = items.len();
    let shown: Vec<Value> = items.into_iter().skip(start).take(limit).collect();
    let end = start.saturating_add(shown.len());
    let mut answer = json!({"limit": limit, "total": total, "results": shown});
    if end < total {
        answer["next"] = json!(format!("{}?limit={limit}&search_after={end}", request.path));
    }
    Ok(Reply::json(200, &answer))
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
        let reply = page(&request, (0..250).map(|number| json!(number)).collect(), 120)?;
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
    fn a_limit_or_page_that_is_no_number_is_refused() {
        for query in ["limit=x", "limit=-1", "page=0", "page="] {
            assert!(ask(query).is_err(), "{query}");
        }
    }
}
