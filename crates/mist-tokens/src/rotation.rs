//! Rotation, decided from the listed tokens alone: it can run at any time, any number of times, and converges. At least one token
//! works, and at most two exist.
//!
//! The newest token of a name is the current one; older ones are to be deleted. A run that was killed before it delivered the key
//! leaves a newest token without use. The key file shows it, because it contains the key delivered last. Without a key file,
//! the missing use shows it, because every replacement is tried with one call.

use crate::error::Refusal;
use crate::key_file::Found;
use crate::token::Token;

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

#[cfg(test)]
#[path = "rotation_tests.rs"]
mod tests;
