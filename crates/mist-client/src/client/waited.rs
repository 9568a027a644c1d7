//! What was waited, in all.

use crate::error::in_words;
use std::fmt;
use std::time::Duration;

/// What was spent on attempts that failed and on pauses after them, and on what last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waited {
    /// How long, in all.
    pub total: Duration,
    /// What the last of it was for.
    pub reason: String,
}

impl fmt::Display for Waited {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Spent {} on attempts that failed and pauses after them; the last reason: {}",
            in_words(self.total),
            self.reason
        )
    }
}
