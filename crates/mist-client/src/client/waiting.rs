//! The time spent on failed attempts and pauses, counted against `max_wait`.

use super::Client;
use crate::error::in_words;
use std::fmt;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

/// A shorter total is not reported.
const REPORTED_FROM: Duration = Duration::from_secs(2);

/// The time spent on failed attempts and the pauses after them. Displayed as a sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waited {
    pub total: Duration,
    /// The last failure that was waited for.
    pub reason: String,
}

impl fmt::Display for Waited {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Spent {} on failed attempts and pauses. Last failure: {}", in_words(self.total), self.reason)
    }
}

impl Client {
    /// The rest of `max_wait`.
    #[must_use]
    pub fn remaining_wait(&self) -> Duration {
        self.shared.max_wait.saturating_sub(self.waits().total)
    }

    /// Sleeps and counts the pause. The caller checks [`Client::remaining_wait`] first.
    pub fn pause(&self, pause: Duration, reason: &str) {
        std::thread::sleep(pause);
        self.count_wait(pause, reason);
    }

    /// The time waited, if it is long enough to report.
    #[must_use]
    pub fn waited(&self) -> Option<Waited> {
        let waited = self.waits();
        (waited.total > REPORTED_FROM).then(|| waited.clone())
    }

    /// Takes over the time that a client made by [`Client::worker`] waited. Of several workers, the longest time counts.
    pub fn count_wait_of(&self, worker: &Self) {
        let worker_waited = worker.waits().clone();
        let mut waited = self.waits();
        if worker_waited.total > waited.total {
            *waited = worker_waited;
        }
    }

    pub(super) fn count_wait(&self, wait: Duration, reason: &str) {
        let mut waited = self.waits();
        waited.total += wait;
        reason.clone_into(&mut waited.reason);
    }

    pub(super) fn waits(&self) -> MutexGuard<'_, Waited> {
        self.waited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
