//! Failed logins, and when there were too many of them.

/// `/login` is blocked after so many failures.
const ALLOWED_FAILURES: u32 = 3;

/// For how long, in seconds: the `Retry-After` that was seen.
const LOCKED_FOR: i64 = 798;

/// Failed logins, until one succeeds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failures {
    count: u32,
    latest: i64,
}

impl Failures {
    /// As after too many.
    pub(crate) fn locked(now: i64) -> Self {
        Self { count: ALLOWED_FAILURES, latest: now }
    }

    /// For how many more seconds a login is blocked, if it is.
    pub(crate) fn locked_for(&self, now: i64) -> Option<i64> {
        let left = LOCKED_FOR - (now - self.latest);
        (self.count >= ALLOWED_FAILURES && left > 0).then_some(left)
    }

    /// One more.
    pub(crate) fn add(&mut self, now: i64) {
        // Once the lock is over, three more attempts are free.
        self.count = if self.count >= ALLOWED_FAILURES { 1 } else { self.count + 1 };
        self.latest = now;
    }
}
