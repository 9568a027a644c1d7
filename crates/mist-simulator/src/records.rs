//! The record of what was asked, so that a test can count calls and connections.

use serde::Serialize;
use std::collections::VecDeque;

/// One request as it came in, and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct RecordedRequest {
    /// The method, in capitals.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// What follows the `?`, as it was sent; empty where there was none.
    pub query: String,
    /// The headers in their order, names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body, with what is not UTF-8 replaced.
    pub body: String,
    /// The status that the cloud, or a fault in its place, decided on. `None` while it is undecided, and for good when
    /// a fault cut the connection before the request took effect.
    pub status: Option<u16>,
    /// The name of the fault that happened to it, such as `cut_after`.
    pub fault: Option<String>,
    /// Which connection it came on: 1 for the first since the start.
    pub connection: u64,
}

impl RecordedRequest {
    /// The first value of this header, its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The latest requests, each under a number by which it is found again when its status is known.
#[derive(Debug, Default)]
pub(crate) struct Records {
    kept: VecDeque<RecordedRequest>,
    first: u64,
    limit: usize,
}

impl Records {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    pub(crate) fn add(&mut self, request: RecordedRequest) -> u64 {
        self.kept.push_back(request);
        while self.kept.len() > self.limit {
            self.kept.pop_front();
            self.first += 1;
        }
        self.first + self.kept.len() as u64 - 1
    }

    pub(crate) fn decide(&mut self, number: u64, status: u16) {
        if let Some(record) = self.get_mut(number) {
            record.status = Some(status);
        }
    }

    fn get_mut(&mut self, number: u64) -> Option<&mut RecordedRequest> {
        let index = number.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        index.and_then(|index| self.kept.get_mut(index))
    }

    /// As `decide`, unless a status is recorded already.
    pub(crate) fn decide_if_open(&mut self, number: u64, status: u16) {
        if let Some(record) = self.get_mut(number) {
            record.status.get_or_insert(status);
        }
    }

    pub(crate) fn count(&self, matches: impl Fn(&RecordedRequest) -> bool) -> usize {
        self.kept.iter().filter(|record| matches(record)).count()
    }

    pub(crate) fn list(&self) -> Vec<RecordedRequest> {
        self.kept.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.first += self.kept.len() as u64;
        self.kept.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str) -> RecordedRequest {
        let (method, path, query, body) = ("GET".to_owned(), path.to_owned(), String::new(), String::new());
        RecordedRequest { method, path, query, headers: Vec::new(), body, status: None, fault: None, connection: 1 }
    }

    #[test]
    fn a_status_finds_its_request_whatever_was_forgotten_in_between() {
        let mut records = Records::new(2);
        let numbers: Vec<u64> = ["/a", "/b", "/c"].map(|path| records.add(request(path))).into();
        records.decide(numbers[0], 200);
        records.decide(numbers[1], 201);
        let kept: Vec<_> = records.list().into_iter().map(|record| (record.path, record.status)).collect();
        assert_eq!(kept, [("/b".to_owned(), Some(201)), ("/c".to_owned(), None)]);
        records.clear();
        records.decide(numbers[2], 202);
        let number = records.add(request("/d"));
        records.decide(number, 203);
        assert_eq!(records.list().remove(0).status, Some(203));
    }
}
