//! Which page comes after this one, and whether the list ended whole: decided from what the pages say. No I/O.

use crate::answer::Answer;
use crate::error::Error;
use crate::host::Host;
use serde_json::Value;
use std::collections::HashSet;

/// No list is followed over more pages: an account may make 5000 calls in an hour.
const MOST_PAGES: u64 = 5000;

/// What a page says of its list.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    /// How many objects it has.
    pub(super) count: u64,
    /// How many objects there are in all.
    pub(super) total: Option<u64>,
    /// How many objects a page has at most.
    pub(super) limit: Option<u64>,
    /// The body's `next`, where it has one.
    pub(super) next: Option<Value>,
}

/// What to read after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: the list is whole.
    End,
    /// The page at this path.
    Page(String),
}

/// A list that cannot be read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault(String);

impl Fault {
    /// The error, at the page that showed it.
    pub(super) fn of(self, page: &Answer) -> Error {
        Error::Answer { call: page.call.clone(), reason: self.0 }
    }
}

/// How far a list is read.
#[derive(Debug)]
pub(super) struct Progress<'a> {
    host: &'a Host,
    path: String,
    /// The pages read, by their paths.
    read: HashSet<String>,
    /// Objects before the first page that was asked for.
    skipped: Option<u64>,
    /// Objects read.
    seen: u64,
    /// The number of the page read last, where pages have numbers.
    number: u64,
    limit: Option<u64>,
    /// How many objects there are in all, as it was told last.
    total: Option<u64>,
}

impl<'a> Progress<'a> {
    /// The list that begins at this path, of which nothing is read yet.
    pub(super) fn new(host: &'a Host, path: &str) -> Self {
        let number = parameter(path, "page").unwrap_or(1).max(1);
        Self {
            host,
            path: path.to_owned(),
            read: HashSet::from([path.to_owned()]),
            skipped: None,
            seen: 0,
            number,
            limit: None,
            total: None,
        }
    }

    /// Takes note of a page that was read, and tells what comes next.
    pub(super) fn after(&mut self, page: &Page) -> Result<Next, Fault> {
        self.seen += page.count;
        self.limit = self.limit.or(page.limit).or_else(|| parameter(&self.path, "limit"));
        let skipped =
            *self.skipped.get_or_insert_with(|| (self.number - 1).saturating_mul(self.limit.unwrap_or(page.count)));
        let next = match &page.next {
            // A page may have a `next` that says nothing: a list that goes on by number has none.
            Some(Value::String(next)) if !next.is_empty() => self.path_of(next, page)?,
            Some(Value::Null | Value::String(_)) => Next::End,
            Some(_) => return Err(Fault("the 'next' of the answer is no text, and is not followed".into())),
            None => self.by_number(page, skipped)?,
        };
        if let Next::Page(path) = &next {
            if !self.read.insert(path.clone()) {
                return Err(Fault("the pages of the answer do not end: one follows that was read before".into()));
            }
            if self.read.len() as u64 > MOST_PAGES {
                return Err(Fault(format!("the list goes on after {MOST_PAGES} pages, which no list does")));
            }
        }
        Ok(next)
    }

    fn path_of(&self, next: &str, page: &Page) -> Result<Next, Fault> {
        // An empty page ends a list: it shrank meanwhile, and there is no more.
        if page.count == 0 {
            return Ok(Next::End);
        }
        match self.host.same_origin(next) {
            Some(path) => Ok(Next::Page(path)),
            // Not quoted: it is the cloud's text, and may hold anything.
            None => {
                Err(Fault("the 'next' of the answer leads to another host, or nowhere, and is not followed".into()))
            }
        }
    }

    fn by_number(&mut self, page: &Page, skipped: u64) -> Result<Next, Fault> {
        self.total = page.total.or(self.total);
        let Some(total) = self.total else { return Ok(Next::End) };
        let so_far = skipped.saturating_add(self.seen);
        if so_far >= total {
            return Ok(Next::End);
        }
        if page.count == 0 {
            // Somebody asked for a page behind the last one.
            if self.seen == 0 && self.number > 1 {
                return Ok(Next::End);
            }
            return Err(Fault(format!("the list is cut short: the cloud tells of {total} objects, and gave {so_far}")));
        }
        let size = self.limit.unwrap_or(page.count).max(1);
        if (total - so_far).div_ceil(size) > MOST_PAGES {
            return Err(Fault(format!("the cloud tells of {total} objects, in pages of {size}, which no list has")));
        }
        self.number += 1;
        Ok(Next::Page(numbered(&self.path, self.limit, self.number)))
    }
}

/// The number that a parameter of the path's query has.
fn parameter(path: &str, name: &str) -> Option<u64> {
    let (_, query) = path.split_once('?')?;
    query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}

/// `path` for one page: the same limit, so that pages neither overlap nor leave gaps.
fn numbered(path: &str, limit: Option<u64>, number: u64) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut parts: Vec<String> =
        query.split('&').filter(|part| !part.is_empty() && !part.starts_with("page=")).map(str::to_owned).collect();
    if let Some(limit) = limit
        && !parts.iter().any(|part| part.starts_with("limit="))
    {
        parts.push(format!("limit={limit}"));
    }
    parts.push(format!("page={number}"));
    format!("{path}?{}", parts.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn host() -> Host {
        Host::parse("api.mist.com").unwrap()
    }

    fn page(count: u64, total: impl Into<Option<u64>>, limit: impl Into<Option<u64>>) -> Page {
        Page { count, total: total.into(), limit: limit.into(), next: None }
    }

    fn next(path: &str) -> Result<Next, Fault> {
        Ok(Next::Page(path.into()))
    }

    #[test]
    fn a_page_is_asked_for_with_the_limit_of_the_first() {
        for (path, limit, expected) in [
            ("/x", Some(100), "/x?limit=100&page=2"),
            ("/x", None, "/x?page=2"),
            ("/x?limit=1000", Some(1000), "/x?limit=1000&page=2"),
            ("/x?name=a&page=1", Some(50), "/x?name=a&limit=50&page=2"),
        ] {
            assert_eq!(numbered(path, limit, 2), expected);
        }
    }

    #[test]
    fn pages_follow_until_all_objects_came() {
        let host = host();
        for (first, second, then) in [
            (page(2, 3, 2), "/x?limit=2&page=2", page(1, 3, 2)),
            // Told without a limit.
            (page(2, 3, None), "/x?page=2", page(1, 3, None)),
            // The list shrank meanwhile, and says so.
            (page(2, 3, 2), "/x?limit=2&page=2", page(0, 2, 2)),
            // The total is told once only.
            (page(2, 3, 2), "/x?limit=2&page=2", page(1, None, None)),
        ] {
            let mut progress = Progress::new(&host, "/x");
            assert_eq!(progress.after(&first), next(second));
            assert_eq!(progress.after(&then), Ok(Next::End));
        }
        assert_eq!(Progress::new(&host, "/x").after(&page(2, None, None)), Ok(Next::End));
        assert_eq!(Progress::new(&host, "/x").after(&page(2, 2, 100)), Ok(Next::End));
    }

    #[test]
    fn a_list_that_begins_in_the_middle_ends_at_its_end() {
        let host = host();
        let mut progress = Progress::new(&host, "/x?limit=2&page=2");
        assert_eq!(progress.after(&page(2, 5, 2)), next("/x?limit=2&page=3"));
        assert_eq!(progress.after(&page(1, 5, 2)), Ok(Next::End));
        assert_eq!(Progress::new(&host, "/x?page=9").after(&page(0, 5, 2)), Ok(Next::End));
    }

    #[test]
    fn a_list_that_is_cut_short_is_a_fault() {
        let host = host();
        let mut progress = Progress::new(&host, "/x");
        progress.after(&page(2, 5, 2)).unwrap();
        assert_eq!(
            progress.after(&page(0, 5, 2)),
            Err(Fault("the list is cut short: the cloud tells of 5 objects, and gave 2".into()))
        );
        let mut progress = Progress::new(&host, "/x");
        progress.after(&page(2, 5, 2)).unwrap();
        assert!(progress.after(&page(0, None, None)).is_err(), "nobody said that it shrank");
        let fault = Progress::new(&host, "/x").after(&page(0, 5, 2)).unwrap_err();
        assert!(fault.0.contains("gave 0"), "{fault:?}");
    }

    #[test]
    fn an_absurd_total_is_told_and_not_followed() {
        let host = host();
        for (count, total, limit) in [(100, u64::MAX, Some(100)), (1, 5003, None), (1, 1_000_000_000, Some(1000))] {
            let fault = Progress::new(&host, "/x").after(&page(count, total, limit)).unwrap_err();
            assert!(fault.0.contains(&format!("tells of {total} objects")), "{fault:?}");
        }
        assert!(Progress::new(&host, "/x?page=18446744073709551615").after(&page(1, u64::MAX, 1000)).is_ok());
    }

    #[test]
    fn a_next_in_the_body_is_followed_within_the_host_and_once() {
        let host = host();
        let with = |next: Value| Page { next: Some(next), ..page(1, 9, 1) };
        let mut progress = Progress::new(&host, "/x");
        assert_eq!(progress.after(&with(json!("/x?after=1"))), next("/x?after=1"));
        assert_eq!(progress.after(&with(json!("https://api.mist.com/x?after=2"))), next("/x?after=2"));
        assert!(progress.after(&with(json!("/x?after=1"))).unwrap_err().0.contains("do not end"));
        for end in [json!(null), json!("")] {
            assert_eq!(Progress::new(&host, "/x").after(&with(end)), Ok(Next::End));
        }
        for refused in [json!("https://evil.example/x"), json!("//evil.example"), json!(7), json!("x")] {
            let fault = Progress::new(&host, "/x").after(&with(refused)).unwrap_err();
            assert!(fault.0.contains("is not followed") && !fault.0.contains("evil"), "{fault:?}");
        }
        let empty = Page { next: Some(json!("/x?after=1")), ..page(0, 9, 1) };
        assert_eq!(Progress::new(&host, "/x").after(&empty), Ok(Next::End));
    }
}
