//! Rotation, decided from what the cloud lists and from nothing else, so that it can run at any time, any number
//! of times, and converges: never fewer than one working token, never more than two.
//!
//! Of the tokens of one name the newest is the token; the ones before it are on their way out. A run that was killed
//! between making a token and delivering its key leaves a newest token that is no successor, and that is removed.
//! It is told by the key file, which holds what was delivered last; and without one, by never having been used, as
//! every replacement is tried out with one call before anything else happens.

use crate::error::Refusal;
use crate::key_file::Found;
use crate::token::Token;

/// A newest token that was not used for so long after it was made, beside one that was, was never delivered. Long,
/// because the cloud may be slow to say that a token was used, and patience costs nothing: the one before still works.
const NEVER_DELIVERED: f64 = 86_400.0;

/// A use that close to the making is the trial of the run that made the token.
const TRIAL: f64 = 300.0;

/// When a token is replaced for its age, and how long it is kept then; in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rotation {
    /// A token older than this is replaced.
    pub max_age: f64,
    /// The replaced one is kept until the new one is older than this.
    pub overlap: f64,
}

/// Where the tokens of one name stand in their rotation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State<'a> {
    /// The one that is the token now; none if there is none at all.
    pub current: Option<&'a Token>,
    /// Whether it is too old, so that a new one is due.
    pub due: bool,
    /// The one before it, kept while the overlap lasts.
    pub previous: Option<&'a Token>,
    /// What leaves before anything is made: it is of no use to anybody, and so there are never more than two.
    pub discarded: Vec<&'a Token>,
    /// What leaves once the token is known to work: it may be what still does.
    pub leaving: Vec<&'a Token>,
}

/// Tells the tokens of one name apart; `now` is in seconds of the epoch.
///
/// # Errors
/// When the cloud does not say when a token was made.
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
    // The youngest first; of two of one age, the order is at least always the same.
    aged.sort_by(|(one, age), (other, other_age)| age.total_cmp(other_age).then_with(|| other.id.cmp(&one.id)));
    let orphans = undelivered(rotation, &aged, key_file);
    let mut state = State { discarded: aged[..orphans].iter().map(|(token, _)| *token).collect(), ..State::default() };
    let Some(((current, age), older)) = aged[orphans..].split_first() else { return Ok(state) };
    state.current = Some(current);
    state.due = *age > rotation.max_age;
    // While it is not known to have arrived, the one before it is what works.
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

/// How many of the youngest were made by runs that never delivered their keys.
fn undelivered(rotation: Rotation, aged: &[(&Token, f64)], key_file: Option<&Found>) -> usize {
    if let Some(Found::Key(_)) = key_file {
        let held = aged.iter().position(|(token, _)| holds(key_file, token));
        // What the key file holds is what was delivered last.
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

/// Whether it was used by anybody but the run that made it and tried it out.
fn used_beyond_trial(token: &Token) -> bool {
    token.last_used.unwrap_or_default() > token.created_time.unwrap_or_default() + TRIAL
}

fn holds(key_file: Option<&Found>, token: &Token) -> bool {
    key_file.is_some_and(|found| found.is_key_of(token))
}

#[cfg(test)]
#[path = "rotation_tests.rs"]
mod tests;
