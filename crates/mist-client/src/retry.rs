//! Decides if a call is repeated, and after which pause. A rate limit (429) is waited out here. No I/O.

use crate::error::{Error, Reach};
use crate::transport::RawAnswer;
use std::time::{Duration, SystemTime};

/// Mist counts calls from the full hour (official API document, response 429).
const HOUR: u64 = 3600;

/// Upper limit of the pause before the first repetition. It doubles with each repetition.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Upper limit of a pause that the cloud did not request.
const LONGEST_PAUSE: Duration = Duration::from_secs(16);

/// The decision after a failed attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Repeat after this pause.
    Pause(Duration),
    GiveUp,
    /// Give up: the cloud accepts calls again after this time, which is longer than the rest of `max_wait`.
    TooLong(Duration),
}

/// The failures after which a call may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// All: a second request has no further effect (GET, PUT, DELETE).
    Safe,
    /// Only those where the cloud cannot have received the request (POST).
    IfUnseen,
    /// None: the cloud locks an account after three failed logins.
    Never,
}

/// Decides what follows the `attempt`-th failure (from 1).
///
/// `retry_after` is the pause that the cloud requested, `remaining` the rest of `max_wait`, `random` a number in 0..1, `now` the
/// time for the next full hour.
#[must_use]
pub fn next(
    error: &Error,
    repeat: Repeat,
    attempt: u32,
    retry_after: Option<Duration>,
    remaining: Duration,
    random: f64,
    now: SystemTime,
) -> Next {
    if repeat == Repeat::Never {
        return Next::GiveUp;
    }
    let least = growing_pause(attempt, random);
    if error.status() == Some(429) {
        // A repeated "Retry-After: 0" or a date in the past: the pauses grow all the same.
        let wait = retry_after.map_or_else(|| until_next_hour(now), |asked| asked.max(least));
        return if wait <= remaining { Next::Pause(wait) } else { Next::TooLong(wait) };
    }
    let transient = match error {
        Error::Connection { reach, .. } => {
            matches!(reach, Reach::Unreached | Reach::Lost | Reach::TimedOut)
        }
        // Not 501 and 505: a missing feature is still missing after a pause.
        Error::Status { status, .. } => {
            matches!(status, 408 | 500 | 502..=504 | 506..=599)
        }
        // The intermediary is overloaded or cannot reach the cloud. Not 511: a portal that requires a login.
        Error::Intermediary { status, .. } => {
            matches!(status, 408 | 429 | 500 | 502..=504 | 506..=510 | 512..=599)
        }
        _ => false,
    };
    if !transient || (repeat == Repeat::IfUnseen && error.may_have_taken_effect()) {
        return Next::GiveUp;
    }
    let pause = retry_after.map_or(least, |asked| asked.max(least));
    if pause <= remaining { Next::Pause(pause) } else { Next::GiveUp }
}

/// Returns true if an intermediary responded to a change that may be sent twice, so that the cloud itself can be asked. For a deletion,
/// an unreadable response counts as well.
#[must_use]
pub fn is_worth_asking_again(method: &str, error: &Error) -> bool {
    match error {
        Error::Intermediary { status, .. } => {
            matches!(method, "PUT" | "DELETE") && !matches!(status, 407 | 408 | 429 | 500..)
        }
        Error::Answer { .. } => method == "DELETE",
        _ => false,
    }
}

/// A random pause between half and the whole of a limit that doubles with every attempt, so that runs that failed together do
/// not repeat together.
#[must_use]
pub fn growing_pause(attempt: u32, random: f64) -> Duration {
    let bound = FIRST_PAUSE.saturating_mul(1 << attempt.saturating_sub(1).min(10)).min(LONGEST_PAUSE);
    bound.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
}

/// The time until one second after the next full hour.
#[must_use]
pub fn until_next_hour(now: SystemTime) -> Duration {
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Duration::from_secs(HOUR - seconds % HOUR + 1)
}

/// The pause that the response requests: its `Retry-After`. If it is missing, a rate limit of the cloud (not of an intermediary) lasts
/// until the next full hour, by the cloud's clock if the response has a `Date`.
#[must_use]
pub fn asked_pause(raw: &RawAnswer, from_intermediary: bool) -> Option<Duration> {
    let now = raw.header("date").and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or_else(SystemTime::now);
    raw.header("retry-after")
        .and_then(|header| parse_retry_after(header, now))
        .or_else(|| (raw.status == 429 && !from_intermediary).then(|| until_next_hour(now)))
}

/// Parses `Retry-After` (RFC 9110, 10.2.3): seconds or a date.
#[must_use]
pub fn parse_retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(header).ok()?;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Call, Cause, Identity};

    const MINUTE: Duration = Duration::from_secs(60);

    fn connection(reach: Reach) -> Error {
        Error::Connection { call: call(), reach, cause: Box::new(Cause::Network(String::new())), proxy: None }
    }

    fn status(status: u16) -> Error {
        Error::Status { call: call(), status, detail: String::new(), identity: Identity::Session { source: None } }
    }

    fn intermediary(status: u16) -> Error {
        Error::Intermediary { call: call(), status, what: String::new(), proxy: None }
    }

    #[test]
    fn only_a_change_that_may_be_sent_twice_is_sent_again_at_once() {
        for (method, error, again) in [
            ("DELETE", intermediary(200), true),
            ("DELETE", intermediary(404), true),
            ("PUT", intermediary(200), true),
            ("POST", intermediary(200), false),
            ("GET", intermediary(200), false),
            ("DELETE", intermediary(407), false),
            ("DELETE", intermediary(502), false),
            ("DELETE", Error::Answer { call: call(), reason: String::new() }, true),
            ("PUT", Error::Answer { call: call(), reason: String::new() }, false),
            ("DELETE", status(404), false),
        ] {
            assert_eq!(is_worth_asking_again(method, &error), again, "{method} {error:?}");
        }
    }

    fn call() -> Call {
        Call { method: "GET", url: "https://api.mist.com/x".into() }
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn each_failure_is_repeated_or_not() {
        use Repeat::{IfUnseen, Never, Safe};
        for (error, repeat, repeated) in [
            (status(503), Safe, true),
            (status(500), Safe, true),
            (status(501), Safe, false),
            (status(400), Safe, false),
            (status(401), Safe, false),
            (connection(Reach::Lost), Safe, true),
            (connection(Reach::TimedOut), Safe, true),
            (connection(Reach::Unreached), Safe, true),
            (connection(Reach::Unreachable), Safe, false),
            (Error::Answer { call: call(), reason: String::new() }, Safe, false),
            (intermediary(502), Safe, true),
            (intermediary(429), Safe, true),
            (intermediary(200), Safe, false),
            (intermediary(403), Safe, false),
            (intermediary(511), Safe, false),
            (intermediary(502), IfUnseen, false),
            (status(503), IfUnseen, false),
            (connection(Reach::Lost), IfUnseen, false),
            (connection(Reach::TimedOut), IfUnseen, false),
            (connection(Reach::Unreached), IfUnseen, true),
            (connection(Reach::Unreached), Never, false),
            (status(429), Never, false),
        ] {
            let next = next(&error, repeat, 1, None, MINUTE, 0.5, at(0));
            assert_eq!(matches!(next, Next::Pause(_)), repeated, "{error:?} {repeat:?}: {next:?}");
        }
    }

    #[test]
    fn a_rate_limit_is_waited_out_only_within_max_wait() {
        let second = Duration::from_secs(1);
        for (retry_after, remaining, expected) in [
            (Some(second * 5), MINUTE, Next::Pause(second * 5)),
            (Some(second * 60), MINUTE, Next::Pause(second * 60)),
            (Some(second * 61), MINUTE, Next::TooLong(second * 61)),
            (None, MINUTE, Next::TooLong(second * 1801)),
            (None, second * 1801, Next::Pause(second * 1801)),
        ] {
            assert_eq!(next(&status(429), Repeat::IfUnseen, 1, retry_after, remaining, 0.5, at(1800)), expected);
        }
    }

    #[test]
    fn pauses_grow_at_random_up_to_a_limit_and_end_with_max_wait() {
        for (attempt, random, milliseconds) in
            [(1, 0.0, 250), (1, 1.0, 500), (2, 1.0, 1000), (3, 0.0, 1000), (40, 1.0, 16_000)]
        {
            assert_eq!(growing_pause(attempt, random), Duration::from_millis(milliseconds));
        }
        assert_eq!(next(&status(503), Repeat::Safe, 9, None, Duration::from_secs(1), 1.0, at(0)), Next::GiveUp);
    }

    #[test]
    fn the_next_hour_is_waited_for_only_if_the_cloud_itself_limits() {
        let raw = |status| RawAnswer { status, headers: ureq::http::HeaderMap::new(), body: Vec::new() };
        assert!(asked_pause(&raw(429), false).is_some());
        assert_eq!((asked_pause(&raw(429), true), asked_pause(&raw(503), false)), (None, None));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = at(784_111_777); // Sun, 06 Nov 1994 08:49:37 GMT
        for (header, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            assert_eq!(parse_retry_after(header, now), seconds.map(Duration::from_secs), "{header}");
        }
    }
}
