//! Decides which page follows, and whether the list is complete. No I/O.

use crate::error::{Call, Error};
use crate::host::Host;
use serde_json::Value;
use std::collections::HashSet;

/// Limit for the pages of one list: an account may send 5000 calls in an hour.
const MOST_PAGES: u64 = 5000;

/// The information of a page about its list.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    /// The number of objects on the page.
    pub(super) count: u64,
    /// The number of all objects.
    pub(super) total: Option<u64>,
    /// The largest number of objects on a page.
    pub(super) limit: Option<u64>,
    /// The `next` of the body.
    pub(super) next: Option<Value>,
    /// The `search_after` of the body: where the next page begins.
    pub(super) cursor: Option<String>,
    /// The status reports only a part of the response.
    pub(super) is_part: bool,
    /// Equal for equal pages, if known.
    pub(super) digest: Option<u64>,
}

/// The way from one page of a search to the next, by its documentation. A response with `next` or `search_after` decides by itself,
/// except for [`PageForm::One`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageForm {
    /// The body has the path of the next page, except on the last one.
    Linked,
    /// The parameter `page` counts them. The total is in headers or in the body.
    Numbered,
    /// There is one page.
    One,
}

/// The next step after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The list is complete.
    End,
    /// Read this path.
    Page(String),
}

/// The reason that a list cannot be read completely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    reason: String,
    /// Objects are missing. Another attempt may have them.
    pub(super) is_incomplete: bool,
}

impl Fault {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_incomplete: false }
    }

    fn incomplete(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_incomplete: true }
    }

    /// The error for the request of this page.
    pub(super) fn at(self, call: &Call) -> Error {
        Error::Answer { call: call.clone(), reason: self.reason }
    }
}

/// The progress of reading a list.
#[derive(Debug)]
pub(super) struct Progress<'a> {
    host: &'a Host,
    path: String,
    /// The paths of the pages that were read.
    read: HashSet<String>,
    /// The number of objects before the first page.
    skipped: Option<u64>,
    /// The number of objects read.
    seen: u64,
    /// The number of the last page.
    number: u64,
    limit: Option<u64>,
    /// The last reported number of all objects.
    total: Option<u64>,
    /// That number changed.
    is_moved: bool,
    /// The digest of the last page.
    digest: Option<u64>,
    /// For a search: what its documentation has. `None` for a list, of which a missing part is a fault.
    search: Option<PageForm>,
}

impl<'a> Progress<'a> {
    /// Begins the list at this path.
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
            is_moved: false,
            digest: None,
            search: None,
        }
    }

    /// Begins a search at this path. Its rows can come and go, so that a missing row is not a fault: see [`Progress::is_complete`].
    pub(super) fn of_search(host: &'a Host, path: &str, form: PageForm) -> Self {
        Self { search: Some(form), ..Self::new(host, path) }
    }

    /// False if the cloud reports more objects than it returned, or returned a full page without a total and without a way to the
    /// next one.
    pub(super) fn is_complete(&self, last: &Page) -> bool {
        match self.total {
            Some(total) => self.skipped.unwrap_or(0).saturating_add(self.seen) >= total,
            None => last.count == 0 || self.limit.is_none_or(|limit| last.count < limit),
        }
    }

    /// True for a search without a total, of which only a number leads to the next page.
    pub(super) fn is_numbered(&self) -> bool {
        self.search == Some(PageForm::Numbered) && self.total.is_none()
    }

    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    pub(super) fn is_moved(&self) -> bool {
        self.is_moved
    }

    /// Records a page and returns the next step.
    pub(super) fn after(&mut self, page: &Page) -> Result<Next, Fault> {
        if page.is_part {
            return Err(Fault::incomplete("the list is incomplete: the status 206 announces a part of it"));
        }
        // The caller of a search compares its rows.
        if self.search.is_none() && page.count > 0 && page.digest.is_some() && page.digest == self.digest {
            return Err(Fault::incomplete("the list is incomplete: a page is a copy of the one before"));
        }
        self.digest = page.digest;
        self.seen += page.count;
        self.limit = self.limit.or(page.limit).or_else(|| parameter(&self.path, "limit"));
        let skipped =
            *self.skipped.get_or_insert_with(|| (self.number - 1).saturating_mul(self.limit.unwrap_or(page.count)));
        self.is_moved |= page.total.is_some() && self.total.is_some() && page.total != self.total;
        self.total = page.total.or(self.total);
        let next = match &page.next {
            _ if self.search == Some(PageForm::One) => Next::End,
            // An empty `next` ends a list. Lists with page numbers have no `next` at all.
            Some(Value::String(next)) if !next.is_empty() => self.path_of(next, page)?,
            Some(Value::Null | Value::String(_)) => Next::End,
            Some(_) => return Err(Fault::new("the 'next' of the response is not a string, and was not followed")),
            None => match &page.cursor {
                Some(cursor) if page.count > 0 => Next::Page(after(&self.path, cursor)),
                Some(_) => Next::End,
                None if self.search == Some(PageForm::Linked) => Next::End,
                None => self.by_number(page, skipped)?,
            },
        };
        if let Next::Page(path) = &next {
            if !self.read.insert(path.clone()) {
                return Err(Fault::new("the pages of the list are endless: one repeats"));
            }
            if self.read.len() as u64 > MOST_PAGES {
                return Err(Fault::new(format!("the list has more than {MOST_PAGES} pages")));
            }
        }
        Ok(next)
    }

    fn path_of(&self, next: &str, page: &Page) -> Result<Next, Fault> {
        // An empty page ends a list: it shrank in the meantime.
        if page.count == 0 {
            return Ok(Next::End);
        }
        match self.host.same_origin(next) {
            Some(path) => Ok(Next::Page(path)),
            // Not quoted: the text may contain anything.
            None => Err(Fault::new(
                "the 'next' of the response leads to another host, or is malformed, and was not followed",
            )),
        }
    }

    fn by_number(&mut self, page: &Page, skipped: u64) -> Result<Next, Fault> {
        let is_search = self.search.is_some();
        let Some(total) = self.total else {
            // A page with exactly as many objects as requested may be one of several. Of a search, the cloud may return fewer rows than
            // were asked for: without its own limit, only an empty page is the end.
            let is_last = if is_search {
                page.count == 0 || page.limit.is_some_and(|limit| page.count < limit)
            } else {
                page.count == 0 || Some(page.count) != parameter(&self.path, "limit")
            };
            return Ok(if is_last { Next::End } else { self.next_number() });
        };
        let so_far = skipped.saturating_add(self.seen);
        if so_far >= total {
            return Ok(Next::End);
        }
        if page.count == 0 {
            // The task asked for a page after the last one.
            if is_search || (self.seen == 0 && self.number > 1) {
                return Ok(Next::End);
            }
            return Err(Fault::incomplete(format!(
                "the list is incomplete: the cloud reports {total} objects and returned {so_far}"
            )));
        }
        let size = self.limit.unwrap_or(page.count).max(1);
        if !is_search && (total - so_far).div_ceil(size) > MOST_PAGES {
            return Err(Fault::new(format!(
                "the cloud reports {total} objects in pages of {size}, more than {MOST_PAGES} pages"
            )));
        }
        Ok(self.next_number())
    }

    fn next_number(&mut self) -> Next {
        self.number += 1;
        Next::Page(numbered(&self.path, self.limit, self.number))
    }
}

/// The number in a query parameter of the path.
fn parameter(path: &str, name: &str) -> Option<u64> {
    let (_, query) = path.split_once('?')?;
    query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}

/// The path of the page that begins at the cursor.
fn after(path: &str, cursor: &str) -> String {
    let (bare, query) = path.split_once('?').unwrap_or((path, ""));
    let others = query.split('&').filter(|part| !part.is_empty() && !part.starts_with("search_after="));
    let kept: String = others.map(|part| format!("{part}&")).collect();
    format!("{bare}?{kept}search_after={}", crate::path::encode(cursor))
}

/// The path of one page. All pages have the same limit, so that they neither overlap nor leave gaps.
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
#[path = "following_tests.rs"]
mod tests;
