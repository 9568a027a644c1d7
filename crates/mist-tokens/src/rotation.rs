//! Rotation, decided from the listed tokens alone: it can run at any time, any number of times, and converges. At least one token
//! works, and at most two exist.
//!
//! The newest token of a name is the current one; older ones are to be deleted. A run that was killed before it delivered the key
//! leaves a newest token without use. The key file shows it, because it contains the key delivered last. Without a key file,
//! the missing use shows it, because every replacement is tried with one call.
//!
//! Also the age of a token, the time since its last use, and the time until the cloud removes it, by the cloud's clock.

use crate::error::Refusal;
use crate::key_file::Found;
use crate::token::{Owner, TimeFault, Token};

/// A newest token without a use for this long, next to a used one, was never delivered. This is long because the cloud may show
/// a use late, and the older token still works.
const NEVER_DELIVERED: f64 = 86_400.0;

/// A use this soon after the creation is the trial by its run.
const TRIAL: f64 = 300.0;

/// Times in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rotation {
    /// The age at which a token is replaced.
    pub max_age: f64,
    /// The age of the new token at which the replaced one is deleted.
    pub overlap: f64,
}

/// The tokens of one name in their rotation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State<'a> {
    pub current: Option<&'a Token>,
    /// True if the current token is too old.
    pub due: bool,
    /// The token before it, kept during the overlap.
    pub previous: Option<&'a Token>,
    /// Tokens to delete before a creation, so that at most two exist: unneeded ones.
    pub discarded: Vec<&'a Token>,
    /// Tokens to delete after the current one is known to work: one of them may be the one that works.
    pub leaving: Vec<&'a Token>,
}

/// Sorts the tokens of one name; `now` is in seconds of the epoch.
///
/// # Errors
/// A token without a creation time.
pub fn state<'a>(
    rotation: Rotation,
    named: &[&'a Token],
    key_file: Option<&Found>,
    now: f64,
) -> Result<State<'a>, Refusal> {
    let mut aged = Vec::with_capacity(named.len());
    for token in named {
        let age = token.age(now).map_err(|fault| Refusal::Age { token: token.id.clone(), fault })?;
        aged.push((*token, age));
    }
    // The youngest first; tokens of one age in a stable order.
    aged.sort_by(|(one, age), (other, other_age)| age.total_cmp(other_age).then_with(|| other.id.cmp(&one.id)));
    let orphans = undelivered(rotation, &aged, key_file);
    let mut state = State { discarded: aged[..orphans].iter().map(|(token, _)| *token).collect(), ..State::default() };
    let Some(((current, age), older)) = aged[orphans..].split_first() else { return Ok(state) };
    state.current = Some(current);
    state.due = *age > rotation.max_age;
    // Until the current token has arrived, the one before it is in use.
    let arrived = if key_file.is_some() { holds(key_file, current) } else { current.was_used() };
    let over = state.due || (arrived && *age >= rotation.overlap);
    let mut older = older.iter().map(|(token, _)| *token);
    state.previous = if over { None } else { older.next() };
    if arrived || !over {
        state.discarded.extend(older)
    } else {
        state.leaving.extend(older)
    }
    Ok(state)
}

/// Number of the youngest tokens whose runs never delivered their keys.
fn undelivered(rotation: Rotation, aged: &[(&Token, f64)], key_file: Option<&Found>) -> usize {
    if let Some(Found::Key(_)) = key_file {
        let held = aged.iter().position(|(token, _)| holds(key_file, token));
        // The key file contains the key delivered last.
        return held
            .filter(|held| aged[..*held].iter().all(|(token, _)| !used_beyond_trial(token)))
            .unwrap_or_default();
    }
    match aged {
        [(newest, age), (before, _), ..]
            if !newest.was_used()
                && before.was_used()
                && (*age > rotation.max_age || *age >= rotation.overlap.max(NEVER_DELIVERED)) =>
        {
            1
        }
        _ => 0,
    }
}

/// True if anything but the run that created the token used it.
fn used_beyond_trial(token: &Token) -> bool {
    token.last_used.unwrap_or_default() > token.created_time.unwrap_or_default() + TRIAL
}

fn holds(key_file: Option<&Found>, token: &Token) -> bool {
    key_file.is_some_and(|found| found.is_key_of(token))
}

const DAY: f64 = 86_400.0;

/// The cloud removes a user token after this long without a use (official API document, `apiToken`).
const KEPT_UNUSED: f64 = 90.0 * DAY;

/// Times in seconds, `None` where the cloud does not show them. None is negative, although the clocks of the cloud's machines
/// differ a little.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Age {
    /// Since the creation.
    pub age: Option<f64>,
    /// Since the last use, or the creation of a token that was never used.
    pub unused: Option<f64>,
    /// Until the cloud removes the unused token; `None` for a token that it keeps.
    pub expires_in: Option<f64>,
    /// The fields with impossible times, and their faults.
    pub faults: Vec<(&'static str, TimeFault)>,
}

impl Age {
    /// `now` is in seconds of the epoch, by the cloud's clock.
    #[must_use]
    pub fn of(token: &Token, owner: &Owner, now: f64) -> Self {
        let mut faults = Vec::new();
        let age = token.age(now);
        let used = token.used_ago(now);
        for (field, fault) in [("created_time", age.err()), ("last_used", used.err())] {
            faults.extend(fault.filter(|fault| *fault != TimeFault::NotTold).map(|fault| (field, fault)));
        }
        let since = |ago: f64| ago.max(0.0);
        let age = age.ok().map(since);
        let unused = match used {
            Ok(Some(ago)) => Some(since(ago)),
            Ok(None) => age,
            Err(_) => None,
        };
        let removed = *owner == Owner::User;
        Self {
            age,
            unused,
            expires_in: unused.filter(|_| removed).map(|unused| (KEPT_UNUSED - unused).max(0.0)),
            faults,
        }
    }
}

/// Seconds as days, rounded to a hundredth (about a quarter of an hour).
#[must_use]
pub fn days(seconds: f64) -> f64 {
    (seconds / DAY * 100.0).round() / 100.0
}

#[cfg(test)]
mod age_tests {
    use super::*;
    use serde_json::json;

    const NOW: f64 = 1_700_000_000.0;

    #[test]
    fn a_token_is_as_old_as_the_cloud_says_and_a_user_token_expires_unused() {
        let org = Owner::Organization("o".into());
        for (situation, created_days, used_days, owner, age, unused, expires_in) in [
            ("used", Some(100.0), Some(30.0), &Owner::User, Some(100.0), Some(30.0), Some(60.0)),
            ("an organization's", Some(100.0), Some(30.0), &org, Some(100.0), Some(30.0), None),
            ("never used", Some(10.0), None, &Owner::User, Some(10.0), Some(10.0), Some(80.0)),
            ("made on a machine that is ahead", Some(-0.001), None, &Owner::User, Some(0.0), Some(0.0), Some(90.0)),
            ("due, and not yet removed", Some(200.0), Some(91.0), &Owner::User, Some(200.0), Some(91.0), Some(0.0)),
            ("made nobody knows when", None, Some(1.0), &Owner::User, None, Some(1.0), Some(89.0)),
            ("nothing is known of it", None, None, &Owner::User, None, None, None),
        ] {
            let time = |days: Option<f64>| days.map(|days| NOW - days * DAY);
            let token = json!({"id": "x", "created_time": time(created_days), "last_used": time(used_days)});
            let found = Age::of(&serde_json::from_value(token).unwrap(), owner, NOW);
            let in_days = |seconds: Option<f64>| seconds.map(days);
            assert_eq!(
                (in_days(found.age), in_days(found.unused), in_days(found.expires_in)),
                (age, unused, expires_in),
                "{situation}"
            );
        }
    }

    #[test]
    fn a_token_last_used_at_0_was_never_used() {
        let token = json!({"id": "x", "created_time": NOW - DAY, "last_used": 0});
        let age = Age::of(&serde_json::from_value(token).unwrap(), &Owner::User, NOW);
        assert_eq!(age.unused, Some(DAY));
    }

    #[test]
    fn a_time_that_can_be_none_is_told_and_not_taken_for_age_0() {
        for (shown, age, unused, faults) in [
            (json!({"created_time": NOW * 1000.0}), None, None, vec![("created_time", TimeFault::Milliseconds)]),
            (json!({"created_time": NOW + DAY}), None, None, vec![("created_time", TimeFault::Ahead)]),
            (json!({"created_time": "then"}), None, None, vec![("created_time", TimeFault::Unreadable)]),
            (
                json!({"created_time": NOW - DAY, "last_used": NOW * 1000.0}),
                Some(DAY),
                None,
                vec![("last_used", TimeFault::Milliseconds)],
            ),
            (json!({}), None, None, vec![]),
        ] {
            let mut shown = shown;
            shown["id"] = json!("x");
            let found = Age::of(&serde_json::from_value(shown.clone()).unwrap(), &Owner::User, NOW);
            let expected = Age { age, unused, expires_in: None, faults };
            assert_eq!(found, expected, "{shown}");
        }
    }

    #[test]
    fn days_have_two_decimals() {
        for (seconds, expected) in
            [(0.0, 0.0), (431.0, 0.0), (433.0, 0.01), (900.0, 0.01), (43_200.0, 0.5), (7_776_000.0, 90.0)]
        {
            assert_eq!(days(seconds), expected, "{seconds}");
        }
    }
}

#[cfg(test)]
#[path = "rotation_tests.rs"]
mod tests;
