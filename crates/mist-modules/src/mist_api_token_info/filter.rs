//! Which tokens are given, and in which order: no I/O.

use super::request::{Filters, Request};
use crate::tokens::messages;
use mist_tokens::Refusal;
use mist_tokens::age::Age;
use mist_tokens::target::select;
use mist_tokens::token::{Owner, Token};

/// The tokens that were asked for, and what the user should hear of the others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given<'a> {
    /// By name, of one name the oldest first.
    pub tokens: Vec<(&'a Token, Age)>,
    /// Which tokens could not be told to fit or not.
    pub warnings: Vec<String>,
}

/// Chooses among the owner's tokens; `now` is in seconds of the epoch.
///
/// # Errors
/// When a key fits several tokens: which one leaked cannot be told.
pub fn choose<'a>(request: &Request, owner: &Owner, tokens: &'a [Token], now: f64) -> Result<Given<'a>, Refusal> {
    let mut given = Given::default();
    for token in select(&request.selection, tokens)? {
        let age = Age::of(token, owner, now);
        for (field, fault) in &age.faults {
            given.warnings.push(format!("{}; it is not counted.", messages::time(field, &token.id, *fault)));
        }
        match fits(&request.filters, token, &age) {
            Some(true) => given.tokens.push((token, age)),
            Some(false) => {}
            None => given.warnings.push(format!(
                "The cloud does not say when token {} was made, so that its age is not known; it was left out.",
                token.id
            )),
        }
    }
    given.tokens.sort_by(|(one, _), (other, _)| {
        let made = |token: &Token| token.created_time.unwrap_or_default();
        (one.name().cmp(other.name()))
            .then_with(|| made(one).total_cmp(&made(other)))
            .then_with(|| one.id.cmp(&other.id))
    });
    Ok(given)
}

/// Whether every filter fits; `None` when that hangs on an age that is not known.
fn fits(filters: &Filters, token: &Token, age: &Age) -> Option<bool> {
    let has_role = |role: &str| token.privileges.iter().flatten().any(|privilege| privilege.role == role);
    if !filters.name.as_ref().is_none_or(|name| name.matches(token.name()))
        || !filters.role.is_none_or(has_role)
        || filters.maker_left.is_some_and(|left| left != token.maker_has_left())
    {
        return Some(false);
    }
    let unused = filters.unused_for.map(|least| age.unused.map(|unused| unused >= least));
    let older = filters.older_than.map(|than| age.age.map(|age| age > than));
    match (unused.unwrap_or(Some(true)), older.unwrap_or(Some(true))) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
