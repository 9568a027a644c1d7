//! State that the connections and the tests share: the cloud, the faults, the recorded and the held requests.

use crate::cloud::Cloud;
use crate::config::{Config, Latency};
use crate::faults::Faults;
use crate::message::{Reply, Request};
use crate::{random, router};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

/// State that the connections and the tests share. No lock is held during a wait.
#[derive(Debug)]
pub(crate) struct Shared {
    cloud: Mutex<Cloud>,
    faults: Mutex<Faults>,
    records: Mutex<Records>,
    connections: AtomicU64,
    handshakes: AtomicU64,
    recorded: Condvar,
    held: Mutex<usize>,
    held_changed: Condvar,
    release: Arc<Notify>,
    latency: Latency,
    /// The sum of all waits for latency.
    waited: Mutex<Duration>,
    /// The requests that wait for others, and the notification that ends their wait.
    gathered: Mutex<(usize, Arc<Notify>)>,
}

impl Shared {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            records: Mutex::new(Records::new(config.remembered_requests)),
            latency: config.latency,
            cloud: Mutex::new(Cloud::new(config)),
            faults: Mutex::default(),
            connections: AtomicU64::new(0),
            handshakes: AtomicU64::new(0),
            recorded: Condvar::new(),
            held: Mutex::new(0),
            held_changed: Condvar::new(),
            release: Arc::default(),
            waited: Mutex::default(),
            gathered: Mutex::default(),
        }
    }

    pub(crate) fn cloud(&self) -> MutexGuard<'_, Cloud> {
        lock(&self.cloud)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(crate) fn records(&self) -> MutexGuard<'_, Records> {
        lock(&self.records)
    }

    pub(crate) fn connections(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn tls_handshakes(&self) -> u64 {
        self.handshakes.load(Ordering::SeqCst)
    }

    /// Counts a connection and returns its number.
    pub(crate) fn accepted(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Counts a finished TLS handshake.
    pub(crate) fn handshake_finished(&self) {
        self.handshakes.fetch_add(1, Ordering::SeqCst);
    }

    /// Waits for the round trips of the network.
    pub(crate) async fn wait_round_trips(&self, count: u32) {
        self.wait(self.latency.round_trip * count).await;
    }

    /// Waits for the time that the cloud takes for a request, and for one round trip.
    pub(crate) async fn wait_request(&self) {
        self.wait(self.latency.request + self.latency.round_trip).await;
    }

    async fn wait(&self, time: Duration) {
        if !time.is_zero() {
            *lock(&self.waited) += time;
            tokio::time::sleep(time).await;
        }
    }

    pub(crate) fn waited(&self) -> Duration {
        *lock(&self.waited)
    }

    /// Adds a request to the record and returns its number there.
    pub(crate) fn record(&self, request: RecordedRequest) -> u64 {
        let number = self.records().add(request);
        self.recorded.notify_all();
        number
    }

    /// Records the status of a request.
    pub(crate) fn decide(&self, number: u64, status: u16) {
        self.records().decide(number, status);
        self.recorded.notify_all();
    }

    /// Waits until at least `count` recorded requests match, at most this long. Returns whether they came.
    pub(crate) fn wait_for_requests(
        &self,
        count: usize,
        limit: Duration,
        matches: impl Fn(&RecordedRequest) -> bool,
    ) -> bool {
        let missing = |records: &mut Records| records.count(&matches) < count;
        let waited = self.recorded.wait_timeout_while(self.records(), limit, missing);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Counts one more held request. The returned future ends at the next release.
    pub(crate) fn hold_one(&self) -> OwnedNotified {
        // The wait is registered before it is counted, so that a test that sees the count can release it.
        let released = Arc::clone(&self.release).notified_owned();
        *lock(&self.held) += 1;
        self.held_changed.notify_all();
        released
    }

    /// Counts one held request less.
    pub(crate) fn held_is_done(&self) {
        *lock(&self.held) -= 1;
        self.held_changed.notify_all();
    }

    pub(crate) fn held(&self) -> usize {
        *lock(&self.held)
    }

    /// Waits until at least `count` requests are held, at most this long. Returns whether they are.
    pub(crate) fn wait_for_held(&self, count: usize, limit: Duration) -> bool {
        let waited = self.held_changed.wait_timeout_while(lock(&self.held), limit, |held| *held < count);
        *waited.unwrap_or_else(PoisonError::into_inner).0 >= count
    }

    /// Waits until no request is held, at most this long. Returns whether none is.
    pub(crate) fn settle(&self, limit: Duration) -> bool {
        let waited = self.held_changed.wait_timeout_while(lock(&self.held), limit, |held| *held > 0);
        *waited.unwrap_or_else(PoisonError::into_inner).0 == 0
    }

    /// Waits until this many requests wait here, at most this long.
    pub(crate) async fn gather(&self, requests: usize, limit: Duration) {
        let (gathering, complete) = {
            let mut gathered = lock(&self.gathered);
            gathered.0 += 1;
            if gathered.0 >= requests {
                let (_, gathering) = std::mem::take(&mut *gathered);
                gathering.notify_waiters();
                return;
            }
            (Arc::clone(&gathered.1), Arc::clone(&gathered.1).notified_owned())
        };
        if tokio::time::timeout(limit, complete).await.is_err() {
            let mut gathered = lock(&self.gathered);
            if Arc::ptr_eq(&gathered.1, &gathering) {
                gathered.0 -= 1;
            }
        }
    }

    /// Ends the wait of every held request.
    pub(crate) fn release(&self) {
        self.release.notify_waiters();
    }

    /// Carries the request out and records its status.
    pub(crate) fn carry_out(&self, request: &Request, number: u64) -> Reply {
        let reply = router::answer(&mut self.cloud(), request);
        self.decide(number, reply.status);
        reply
    }

    /// Carries out a request that was held. Its recorded status stays where a fault has answered already.
    pub(crate) fn carry_out_late(&self, request: &Request, number: u64, reserved: Reserved) -> Reply {
        let reply = {
            let mut cloud = self.cloud();
            reserved.id.into_iter().for_each(|id| cloud.next_ids.push_front(id));
            reserved.key.into_iter().for_each(|key| cloud.next_keys.push_front(key));
            router::answer(&mut cloud, request)
        };
        self.records().decide_if_open(number, reply.status);
        self.recorded.notify_all();
        reply
    }

    /// The answer that the request would get now, without its effect, and the id and key in it.
    pub(crate) fn preview(&self, request: &Request) -> (Reply, Reserved) {
        let mut cloud = self.cloud();
        let mut copy = cloud.clone();
        copy.next_ids.push_back(random::uuid());
        copy.next_keys.push_back(random::key());
        let next = Reserved { id: copy.next_ids.front().cloned(), key: copy.next_keys.front().cloned() };
        let (ids, keys) = (copy.next_ids.len(), copy.next_keys.len());
        let reply = router::answer(&mut copy, request);
        let id = next.id.filter(|_| copy.next_ids.len() < ids);
        let key = next.key.filter(|_| copy.next_keys.len() < keys);
        // An id or key that the test has chosen belongs to this request.
        id.iter().for_each(|_| drop(cloud.next_ids.pop_front()));
        key.iter().for_each(|_| drop(cloud.next_keys.pop_front()));
        (reply, Reserved { id, key })
    }
}

/// The id and key that a previewed answer contains, kept for the later effect.
#[derive(Debug, Default)]
pub(crate) struct Reserved {
    id: Option<String>,
    key: Option<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A recorded request.
#[derive(Debug, Clone, Serialize)]
pub struct RecordedRequest {
    /// The method in upper case.
    pub method: String,
    pub path: String,
    /// The query without `?` and without decoding.
    pub query: String,
    /// The headers in their order, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body. Bytes that are not UTF-8 are replaced.
    pub body: String,
    /// The status of the response by the cloud or a fault. `None`: no response yet, or a fault cut the connection
    /// before the request took effect.
    pub status: Option<u16>,
    /// The name of the fault that applied, such as `cut_after`.
    pub fault: Option<String>,
    /// The number of its connection, 1 for the first one since the start.
    pub connection: u64,
}

impl RecordedRequest {
    /// The first value of this header. The case of its name does not matter.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The latest requests, by number.
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

    /// Sets the status unless it is set already.
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
