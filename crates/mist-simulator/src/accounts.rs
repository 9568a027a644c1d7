//! The accounts that can log in, their failed logins, and the quota of calls.

use crate::config;
use crate::message::Reply;
use crate::random;
use crate::tokens::Owner;
use serde_json::{Value, json};
use std::collections::HashMap;

#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) settings: config::Account,
    /// The owner of its tokens.
    pub(crate) owner: Owner,
    /// The ids of the organizations that it administers itself.
    pub(crate) orgs: Vec<String>,
    pub(crate) failures: Failures,
}

impl Account {
    /// Creates the account with this number, 0 for the first.
    pub(crate) fn new(number: usize, settings: config::Account, now: i64) -> Self {
        let owner = if number == 0 { Owner::User } else { Owner::Account(settings.email.clone()) };
        let failures = if settings.locked { Failures::locked(now) } else { Failures::default() };
        Self { id: random::uuid(), owner, orgs: Vec::new(), failures, settings }
    }

    /// Its privilege in an organization, in the form of the API.
    pub(crate) fn privilege(&self, org_id: &str) -> Value {
        json!({"scope": "org", "role": self.settings.role, "org_id": org_id})
    }

    /// Its privilege as an administrator of the MSP.
    pub(crate) fn msp_privilege(&self, msp_id: &str) -> Option<Value> {
        self.settings.msp.then(|| json!({"scope": "msp", "role": self.settings.role, "msp_id": msp_id}))
    }
}

/// `/login` is blocked after this many failures.
const ALLOWED_FAILURES: u32 = 3;

/// Seconds for which a login is blocked: the `Retry-After` that was seen.
const LOCKED_FOR: i64 = 798;

/// Failed logins since the last success.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failures {
    count: u32,
    latest: i64,
}

impl Failures {
    /// The state after too many failures.
    pub(crate) fn locked(now: i64) -> Self {
        Self { count: ALLOWED_FAILURES, latest: now }
    }

    /// The seconds until a blocked login is possible again.
    pub(crate) fn locked_for(&self, now: i64) -> Option<i64> {
        let left = LOCKED_FOR - (now - self.latest);
        (self.count >= ALLOWED_FAILURES && left > 0).then_some(left)
    }

    pub(crate) fn add(&mut self, now: i64) {
        // After the block, three more attempts are free.
        self.count = if self.count >= ALLOWED_FAILURES { 1 } else { self.count + 1 };
        self.latest = now;
    }
}

/// Calls in the current hour, by caller. The hour is that of the clock, not one that starts with the first call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quota {
    hour: i64,
    calls: HashMap<String, u64>,
}

impl Quota {
    /// Counts one call and returns whether it is within the limit. A refused call is not counted.
    pub(crate) fn count(&mut self, caller: &str, limit: u64, now: i64) -> bool {
        self.start_hour(now);
        let calls = self.calls.entry(caller.to_owned()).or_default();
        let allowed = *calls < limit;
        *calls += u64::from(allowed);
        allowed
    }

    /// The calls in the current hour.
    pub(crate) fn used(&mut self, caller: &str, now: i64) -> u64 {
        self.start_hour(now);
        self.calls.get(caller).copied().unwrap_or_default()
    }

    fn start_hour(&mut self, now: i64) {
        let hour = now.div_euclid(3600);
        if hour != self.hour {
            self.calls.clear();
            self.hour = hour;
        }
    }
}

/// The refusal, worded as in the OpenAPI document.
pub(crate) fn quota_refusal() -> Reply {
    Reply::detail(
        429,
        "Too Many Request. The API Token used for the request reached the 5000 API Calls per hour threshold",
    )
}

/// Seconds until the next hour, at least one.
pub(crate) fn seconds_until_next_hour(now: i64) -> u64 {
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
    fn the_next_hour_is_1_to_3600_seconds_away() {
        assert_eq!(seconds_until_next_hour(7200), 3600);
        assert_eq!(seconds_until_next_hour(7199), 1);
    }
}
