//! Whether to try a call again, and after how long a pause: decided from numbers alone.

use crate::error::{Error, Reach};
use crate::transport::RawAnswer;
use std::time::{Duration, SystemTime};

/// Mist counts calls from the full hour (official API document, answer 429).
const HOUR: u64 = 3600;

/// The pause before the first repetition is drawn from up to this; each later one from up to twice as much.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// No pause that the cloud did not ask for is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(16);

/// What to do after a failed attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Try again after this pause.
    Pause(Duration),
    /// Give up; the error stands as it is.
    GiveUp,
    /// Give up: the cloud takes calls again only after this long, which is more than may be waited.
    TooLong(Duration),
}

/// What a repetition may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Doing it twice is doing it once: GET, PUT, DELETE.
    Safe,
    /// Only what surely did not take effect is repeated: POST.
    IfUnseen,
    /// Never: a login (the cloud locks the account after three failures).
    Never,
}

/// Decides what follows the `attempt`-th failure (from 1).
///
/// `retry_after` is what the cloud asked for, `remaining` what is left of `max_wait`, `random` a number
/// in 0..1, `now` the time by which the turn of the hour is told.
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
        // "At once" may be said again and again, and a date may be past: then the pauses grow all the same.
        let wait = retry_after.map_or_else(|| until_the_hour_turns(now), |asked| asked.max(least));
        return if wait <= remaining { Next::Pause(wait) } else { Next::TooLong(wait) };
    }
    let transient = match error {
        Error::Connection { reach, .. } => {
            matches!(reach, Reach::Unreached | Reach::Lost | Reach::TimedOut)
        }
        // Not 501 and 505: what is not offered now is not offered in a second.
        Error::Status { status, .. } => {
            matches!(status, 408 | 500 | 502..=504 | 506..=599)
        }
        // Whoever stands in between has too much to do, or nobody behind it; 511 is a portal that wants a login.
        Error::NotTheCloud { status, .. } => {
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

/// Whether somebody in between said something of a change that may be made twice, so that the cloud can be asked what it says.
/// Of a deletion, also an answer that cannot be read is such.
#[must_use]
pub fn is_worth_asking_again(method: &str, error: &Error) -> bool {
    match error {
        Error::NotTheCloud { status, .. } => {
            matches!(method, "PUT" | "DELETE") && !matches!(status, 407 | 408 | 429 | 500..)
        }
        Error::Answer { .. } => method == "DELETE",
        _ => false,
    }
}

/// A random pause, from half of to the whole of a bound that doubles with every attempt: many runs that
/// failed together do not come back together.
#[must_use]
pub fn growing_pause(attempt: u32, random: f64) -> Duration {
    let bound = FIRST_PAUSE.saturating_mul(1 << attempt.saturating_sub(1).min(10)).min(LONGEST_PAUSE);
    bound.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
}

/// How long until the next full hour, and a second more.
#[must_use]
pub fn until_the_hour_turns(now: SystemTime) -> Duration {
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Duration::from_secs(HOUR - seconds % HOUR + 1)
}

/// What pause the cloud asks for: its `Retry-After`, or, where a rate limit comes without one, until the hour
/// turns: that is a rule of the cloud's, and nobody's `in_between`. Told by the clock of the cloud, where its answer says what
/// time that has.
#[must_use]
pub fn asked_pause(raw: &RawAnswer, in_between: bool) -> Option<Duration> {
    let now = raw.header("date").and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or_else(SystemTime::now);
    raw.header("retry-after")
        .and_then(|header| parse_retry_after(header, now))
        .or_else(|| (raw.status == 429 && !in_between).then(|| until_the_hour_turns(now)))
}

/// `Retry-After`, in its two forms (RFC 9110, 10.2.3): seconds, or a date.
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
        Error::Status { call: call(), status, detail: String::new(), identity: Identity::Session }
    }

    fn somebody(status: u16) -> Error {
        Error::NotTheCloud { call: call(), status, what: String::new(), proxy: None }
    }

    #[test]
    fn only_a_change_that_may_be_made_twice_is_asked_for_again_at_once() {
        for (method, error, again) in [
            ("DELETE", somebody(200), true),
            ("DELETE", somebody(404), true),
            ("PUT", somebody(200), true),
            ("POST", somebody(200), false),
            ("GET", somebody(200), false),
            ("DELETE", somebody(407), false),
            ("DELETE", somebody(502), false),
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
    fn what_is_repeated_and_what_is_not() {
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
            (somebody(502), Safe, true),
            (somebody(429), Safe, true),
            (somebody(200), Safe, false),
            (somebody(403), Safe, false),
            (somebody(511), Safe, false),
            (somebody(502), IfUnseen, false),
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
    fn a_rate_limit_is_waited_out_only_within_what_may_be_waited() {
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
    fn pauses_grow_at_random_up_to_a_bound_and_end_with_max_wait() {
        for (attempt, random, milliseconds) in
            [(1, 0.0, 250), (1, 1.0, 500), (2, 1.0, 1000), (3, 0.0, 1000), (40, 1.0, 16_000)]
        {
            assert_eq!(growing_pause(attempt, random), Duration::from_millis(milliseconds));
        }
        assert_eq!(next(&status(503), Repeat::Safe, 9, None, Duration::from_secs(1), 1.0, at(0)), Next::GiveUp);
    }

    #[test]
    fn the_turn_of_the_hour_is_waited_for_where_the_cloud_itself_limits() {
        let raw = |status| RawAnswer { status, headers: ureq::http::HeaderMap::new(), body: Vec::new() };
        assert!(asked_pause(&raw(429), false).is_some());
        assert_eq!((asked_pause(&raw(429), true), asked_pause(&raw(503), false)), (None, None));
    }

    #[test]
    fn retry_after_reads_as_seconds_or_as_a_date() {
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
