//! What is waited, and counted against `max_wait`.

use super::Client;
use super::waited::Waited;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

/// A wait of more than this is worth a word afterwards.
const TOLD_FROM: Duration = Duration::from_secs(2);

impl Client {
    /// What is left of `max_wait`.
    #[must_use]
    pub fn remaining_wait(&self) -> Duration {
        self.shared.max_wait.saturating_sub(self.waits().total)
    }

    /// Waits, and counts it. The caller has seen to it that it may.
    pub fn pause(&self, pause: Duration, reason: &str) {
        std::thread::sleep(pause);
        self.count_wait(pause, reason);
    }

    /// What was waited, where it is so long that the user should hear of it.
    #[must_use]
    pub fn waited(&self) -> Option<Waited> {
        let waited = self.waits();
        (waited.total > TOLD_FROM).then(|| waited.clone())
    }

    /// Counts what a client made by [`Client::worker`] waited; of several, that of the one that waited longest.
    pub fn count_wait_of(&self, worker: &Self) {
        let theirs = worker.waits().clone();
        let mut ours = self.waits();
        if theirs.total > ours.total {
            *ours = theirs;
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
