//! How many calls an hour.

use crate::message::Reply;
use std::collections::HashMap;

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
pub(crate) fn refusal() -> Reply {
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
