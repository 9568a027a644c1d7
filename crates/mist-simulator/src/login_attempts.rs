//! Failed logins, and when there were too many of them.

/// `/login` is blocked after so many failures.
const ALLOWED_FAILURES: u32 = 3;

/// For how long, in seconds. The document does not say; half an hour passes quickly on the simulator's clock.
const LOCKED_FOR: i64 = 30 * 60;

/// Failed logins, until one succeeds.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    count: u32,
    latest: i64,
}

impl Failures {
    /// As after too many.
    pub(crate) fn locked(now: i64) -> Self {
        Self { count: ALLOWED_FAILURES, latest: now }
    }

    /// Whether a login is blocked now.
    pub(crate) fn is_locked(&self, now: i64) -> bool {
        self.count >= ALLOWED_FAILURES && now - self.latest < LOCKED_FOR
    }

    /// One more.
    pub(crate) fn add(&mut self, now: i64) {
        // Once the lock is over, three more attempts are free.
        self.count = if self.count >= ALLOWED_FAILURES { 1 } else { self.count + 1 };
        self.latest = now;
    }
}
