//! The accounts that can log in, their failed logins, and the quota of calls.

use crate::config;
use crate::message::Reply;
use crate::random;
use crate::tokens::Owner;
use serde_json::{Value, json};
use std::collections::HashMap;

/// An account as the cloud knows it.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) settings: config::Account,
    /// Whose its tokens are.
    pub(crate) owner: Owner,
    /// The ids of the organisations that it administers itself.
    pub(crate) orgs: Vec<String>,
    pub(crate) failures: Failures,
}

impl Account {
    /// The account whose number is this, 0 for the first.
    pub(crate) fn new(number: usize, settings: config::Account, now: i64) -> Self {
        let owner = if number == 0 { Owner::User } else { Owner::Account(settings.email.clone()) };
        let failures = if settings.locked { Failures::locked(now) } else { Failures::default() };
        Self { id: random::uuid(), owner, orgs: Vec::new(), failures, settings }
    }

    /// What it may do in an organisation, as the API writes it.
    pub(crate) fn privilege(&self, org_id: &str) -> Value {
        json!({"scope": "org", "role": self.settings.role, "org_id": org_id})
    }

    /// What it may do as an MSP's administrator.
    pub(crate) fn msp_privilege(&self, msp_id: &str) -> Option<Value> {
        self.settings.msp.then(|| json!({"scope": "msp", "role": self.settings.role, "msp_id": msp_id}))
    }
}

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

/// Calls in the current hour, by whose they are. The hour begins when it is full, not with the first call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quota {
    hour: i64,
    calls: HashMap<String, u64>,
}

impl Quota {
    /// Counts one call; says whether it is within the limit. A call beyond it is not counted.
    pub(crate) fn count(&mut self, whose: &str, limit: u64, now: i64) -> bool {
        self.turn(now);
        let calls = self.calls.entry(whose.to_owned()).or_default();
        let allowed = *calls < limit;
        *calls += u64::from(allowed);
        allowed
    }

    /// The calls of the current hour.
    pub(crate) fn used(&mut self, whose: &str, now: i64) -> u64 {
        self.turn(now);
        self.calls.get(whose).copied().unwrap_or_default()
    }

    fn turn(&mut self, now: i64) {
        let hour = now.div_euclid(3600);
        if hour != self.hour {
            self.calls.clear();
            self.hour = hour;
        }
    }
}

/// The refusal, in the words of the OpenAPI document.
pub(crate) fn quota_refusal() -> Reply {
    Reply::detail(
        429,
        "Too Many Request. The API Token used for the request reached the 5000 API Calls per hour threshold",
    )
}

/// How many seconds until the hour turns; at least one.
pub(crate) fn until_the_hour_turns(now: i64) -> u64 {
    (3600 - now.rem_euclid(3600)).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_starts_again_when_the_hour_is_full() {
        let mut quota = Quota::default();
        assert!(quota.count("a", 2, 3598));
        assert!(quota.count("a", 2, 3599));
        assert!(!quota.count("a", 2, 3599));
        assert!(quota.count("b", 2, 3599));
        assert_eq!(quota.used("a", 3599), 2);
        assert!(quota.count("a", 2, 3600));
        assert_eq!(quota.used("a", 3600), 1);
    }

    #[test]
    fn the_hour_turns_within_1_to_3600_seconds() {
        assert_eq!(until_the_hour_turns(7200), 3600);
        assert_eq!(until_the_hour_turns(7199), 1);
    }
}
