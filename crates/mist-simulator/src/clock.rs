//! The simulator's clock, so that 90 days can pass in a test.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds since 1970: the machine's and an offset, or a time that stands still until it is moved.
#[derive(Debug, Clone)]
pub(crate) enum Clock {
    Running { offset: f64 },
    Standing { at: f64 },
}

impl Clock {
    pub(crate) fn new(at: Option<f64>) -> Self {
        match at {
            Some(at) => Self::Standing { at },
            None => Self::Running { offset: 0.0 },
        }
    }

    pub(crate) fn now(&self) -> f64 {
        match self {
            Self::Running { offset } => machine_time() + offset,
            Self::Standing { at } => *at,
        }
    }

    /// Whole seconds, as the cloud writes its times.
    pub(crate) fn seconds(&self) -> i64 {
        self.now() as i64
    }

    pub(crate) fn advance(&mut self, seconds: f64) {
        match self {
            Self::Running { offset } => *offset += seconds,
            Self::Standing { at } => *at += seconds,
        }
    }
}

/// The date as HTTP headers write it. A time before 1970 is written as 1970.
pub(crate) fn http_date(epoch_seconds: f64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(epoch_seconds.max(0.0) as u64))
}

fn machine_time() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
