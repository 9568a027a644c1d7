//! What the connections and the tests share: the cloud, the faults, the record of requests, and what is put off.

use crate::cloud::Cloud;
use crate::config::Config;
use crate::faults::Faults;
use crate::message::{Reply, Request};
use crate::records::Records;
use crate::{router, setup};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

/// What the connections and the tests share. No lock is held across a wait.
#[derive(Debug)]
pub(crate) struct Shared {
    cloud: Mutex<Cloud>,
    faults: Mutex<Faults>,
    records: Mutex<Records>,
    connections: AtomicU64,
    handshakes: AtomicU64,
    put_off: Mutex<usize>,
    release: Arc<Notify>,
    settled: Condvar,
}

impl Shared {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            records: Mutex::new(Records::new(config.remembered_requests)),
            cloud: Mutex::new(setup::cloud(config)),
            faults: Mutex::default(),
            connections: AtomicU64::new(0),
            handshakes: AtomicU64::new(0),
            put_off: Mutex::new(0),
            release: Arc::default(),
            settled: Condvar::new(),
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

    /// One more connection; its number.
    pub(crate) fn accepted(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// One more TLS handshake came to its end.
    pub(crate) fn shook_hands(&self) {
        self.handshakes.fetch_add(1, Ordering::SeqCst);
    }

    /// One more effect is put off; what is returned is there when it is released.
    pub(crate) fn put_off_one(&self) -> OwnedNotified {
        // Listening before it is counted: whoever sees it in the count can release it.
        let released = Arc::clone(&self.release).notified_owned();
        *lock(&self.put_off) += 1;
        released
    }

    /// An effect that was put off has come.
    pub(crate) fn put_off_is_done(&self) {
        *lock(&self.put_off) -= 1;
        self.settled.notify_all();
    }

    pub(crate) fn put_off(&self) -> usize {
        *lock(&self.put_off)
    }

    /// Waits until no effect is put off any more, at most so long.
    pub(crate) fn settle(&self, limit: Duration) -> bool {
        let waited = self.settled.wait_timeout_while(lock(&self.put_off), limit, |put_off| *put_off > 0);
        *waited.unwrap_or_else(PoisonError::into_inner).0 == 0
    }

    /// Lets every effect that is put off come now.
    pub(crate) fn release(&self) {
        self.release.notify_waiters();
    }

    /// Carries the request out and remembers its status.
    pub(crate) fn carry_out(&self, request: &Request, number: u64) -> Reply {
        let reply = router::answer(&mut self.cloud(), request);
        self.records().decide(number, reply.status);
        reply
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
