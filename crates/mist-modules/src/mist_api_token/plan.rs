//! What to do, from what is wanted and what was found: no I/O, so that check mode, diff mode and the real run
//! follow one plan.

use crate::mist_api_token::options::Recreate;
use crate::mist_api_token::rotation::{self, Rotation, Turn};
use crate::mist_api_token::wanted::Selection;
use mist_tokens::creation::Draft;
use mist_tokens::key_file::{Found, KeyFile};
use mist_tokens::privilege::{Privilege, same_privileges};
use mist_tokens::src_ips::same_sources;
use mist_tokens::token::{Owner, Token};
use secrecy::ExposeSecret;
use std::collections::BTreeSet;

/// The token that shall be there.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// The id by which it is found, if not by its name.
    pub id: Option<String>,
    /// What it may do; as it is if none.
    pub privileges: Option<Vec<Privilege>>,
    /// From where it may be used; as it is if none.
    pub src_ips: Option<Vec<String>>,
    /// Whether a new one may take its place.
    pub recreate: Recreate,
    /// When it is replaced for its age.
    pub rotation: Option<Rotation>,
    /// Where its key goes.
    pub key_file: Option<KeyFile>,
}

/// What to do, in this order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The token that stays, if one does: as the wanted one, or beside a new one while the overlap lasts.
    pub keep: Option<Token>,
    /// The one before it, which rotation keeps while the overlap lasts.
    pub previous: Option<Token>,
    /// The new name and privileges of the one that stays.
    pub update: Option<Update>,
    /// The tokens to delete first: nobody has their keys, or nobody needs them any more.
    pub discard: Vec<Token>,
    /// The token to make.
    pub create: Option<Draft>,
    /// The tokens to delete, once a new one was made, works and is delivered.
    pub delete: Vec<Token>,
    /// What the user should hear.
    pub warnings: Vec<String>,
}

/// A change in place.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The name it gets.
    pub name: String,
    /// The privileges it gets, for an organisation token.
    pub privileges: Option<Vec<Privilege>>,
}

impl Plan {
    /// Whether anything changes.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.update.is_some() || self.create.is_some() || self.deleted().next().is_some()
    }

    /// Every token that goes, in the order in which they go.
    pub fn deleted(&self) -> impl Iterator<Item = &Token> {
        self.discard.iter().chain(&self.delete)
    }

    /// Whether a new token takes an old one's place, now or after an overlap.
    #[must_use]
    pub fn replaces(&self) -> bool {
        self.create.is_some() && (self.keep.is_some() || !self.delete.is_empty())
    }
}

/// What was found where the key goes, and by whom the cloud is asked.
#[derive(Clone, Debug)]
pub struct Surroundings<'a> {
    /// What is at the place of the key file; nothing where none is wanted.
    pub key_file: &'a Found,
    /// The ids of the tokens that this run authenticates with.
    pub own: BTreeSet<String>,
    /// Whether removing such a one is allowed.
    pub allow_self: bool,
    /// What time it is by the cloud's clock, in seconds of the epoch.
    pub now: f64,
}

/// The tokens that a selection fits.
#[must_use]
pub fn matching<'a>(selection: &Selection, tokens: &'a [Token]) -> Vec<&'a Token> {
    let fits = |token: &&Token| {
        selection.name.as_deref().is_none_or(|name| token.name() == name)
            && selection.id.as_deref().is_none_or(|id| token.id.eq_ignore_ascii_case(id))
            && selection.key.as_ref().is_none_or(|key| token.has_key(key.expose_secret()))
    };
    tokens.iter().filter(fits).collect()
}

/// The tokens that a selection fits, only one if it is by key.
///
/// # Errors
/// When a key fits several: which one leaked cannot be told.
pub fn select<'a>(selection: &Selection, tokens: &'a [Token]) -> Result<Vec<&'a Token>, String> {
    let found = matching(selection, tokens);
    if selection.key.is_some() && found.len() > 1 {
        return Err(format!(
            "key: {} tokens have keys that begin and end like this one, so that it cannot be told whose it is: {}. \
             Find out which it is, by its use or its age, and name it by id.",
            found.len(),
            described(&found)
        ));
    }
    Ok(found)
}

/// What `absent` does.
///
/// # Errors
/// When a key fits several tokens, or when the authenticating token would go unasked.
pub fn absent(selection: &Selection, tokens: &[Token], surroundings: &Surroundings<'_>) -> Result<Plan, String> {
    let delete = select(selection, tokens)?.into_iter().cloned().collect();
    with_deletions(Plan::default(), delete, surroundings)
}

/// What `present` does.
///
/// # Errors
/// When several tokens have the name, or when only a new token can give what is wanted and none may be made.
pub fn present(
    wanted: &Target,
    owner: &Owner,
    tokens: &[Token],
    surroundings: &Surroundings<'_>,
) -> Result<Plan, String> {
    let mut warnings = Vec::new();
    let turn = whose_turn(wanted, tokens, surroundings, &mut warnings)?;
    let leaving: Vec<Token> = turn.leaving.into_iter().cloned().collect();
    let previous = turn.previous.cloned();
    let discard: Vec<Token> = turn.discarded.into_iter().cloned().collect();
    let Some(token) = turn.current else {
        if matches!(owner, Owner::Organisation(_)) && wanted.privileges.is_none() {
            return Err(format!(
                "privileges: a new organisation token needs at least one, and there is no token '{}' yet; give such as [{{role: read}}]",
                wanted.name
            ));
        }
        let plan = Plan { discard, create: Some(draft(wanted, None)), warnings, ..Plan::default() };
        return with_deletions(plan, leaving, surroundings);
    };
    let reason = replacement_reason(wanted, token, surroundings.key_file);
    let create = Some(draft(wanted, Some(token)));
    match (wanted.recreate, reason) {
        (Recreate::Never, Some(reason)) => Err(format!(
            "{reason} Only a new token can give that; set recreate: state_change to have one made, and the token '{}' (id {}) deleted.",
            token.name(),
            token.id
        )),
        (Recreate::Always, _) | (Recreate::StateChange, Some(_)) => {
            let delete = std::iter::once(token.clone()).chain(leaving).collect();
            with_deletions(Plan { discard, create, previous, warnings, ..Plan::default() }, delete, surroundings)
        }
        (_, None) if turn.due => {
            let overlaps = wanted.rotation.is_some_and(|rotation| rotation.overlap > 0.0);
            let keep = overlaps.then(|| token.clone());
            let delete = if overlaps { leaving } else { std::iter::once(token.clone()).chain(leaving).collect() };
            with_deletions(Plan { discard, create, keep, warnings, ..Plan::default() }, delete, surroundings)
        }
        (_, None) => {
            let (keep, update) = (Some(token.clone()), update(wanted, token));
            with_deletions(Plan { discard, keep, previous, update, warnings, ..Plan::default() }, leaving, surroundings)
        }
    }
}

/// Which token is meant, and with rotation which of several.
fn whose_turn<'a>(
    wanted: &Target,
    tokens: &'a [Token],
    surroundings: &Surroundings<'_>,
    warnings: &mut Vec<String>,
) -> Result<Turn<'a>, String> {
    // A rotated token has another id every time: an id tells which token is meant only while it has another name.
    let renamed = |token: &Token| is_meant_by_id(wanted, token) && token.name() != wanted.name;
    match wanted.rotation {
        Some(rotation) if !tokens.iter().any(renamed) => {
            let named: Vec<&Token> = tokens.iter().filter(|token| token.name() == wanted.name).collect();
            let key_file = wanted.key_file.as_ref().map(|_| surroundings.key_file);
            rotation::turn(rotation, &named, key_file, surroundings.now)
        }
        _ => {
            let current = find(wanted, tokens, warnings)?;
            let due = match (wanted.rotation, current.and_then(|token| token.created_time)) {
                (Some(rotation), Some(created)) => surroundings.now - created > rotation.max_age,
                _ => false,
            };
            Ok(Turn { current, due, ..Turn::default() })
        }
    }
}

fn is_meant_by_id(wanted: &Target, token: &Token) -> bool {
    wanted.id.as_ref().is_some_and(|id| token.id.eq_ignore_ascii_case(id))
}

/// The token that is meant: the one of the id, else the one of the name.
fn find<'a>(wanted: &Target, tokens: &'a [Token], warnings: &mut Vec<String>) -> Result<Option<&'a Token>, String> {
    let named: Vec<&Token> = tokens.iter().filter(|token| token.name() == wanted.name).collect();
    if let Some(id) = &wanted.id {
        if let Some(token) = tokens.iter().find(|token| is_meant_by_id(wanted, token)) {
            if let Some(other) = named.iter().find(|other| other.id != token.id) {
                return Err(format!(
                    "name: token {} already has the name '{}', and two of one name cannot be told apart; give token {} another name, or delete the other",
                    other.id, wanted.name, token.id
                ));
            }
            return Ok(Some(token));
        }
        warnings.push(format!(
            "id: there is no token {id}; the token was looked for by its name '{}' instead.",
            wanted.name
        ));
    }
    match named.as_slice() {
        [] => Ok(None),
        [token] => Ok(Some(token)),
        several => Err(format!(
            "name: {} tokens have the name '{}': {}. Which one is meant? Delete the others (state: absent with id), or give id.",
            several.len(),
            wanted.name,
            described(several)
        )),
    }
}

/// Why only a new token will do, if so.
fn replacement_reason(wanted: &Target, token: &Token, key_file: &Found) -> Option<String> {
    if let Some(src_ips) = &wanted.src_ips
        && !same_sources(src_ips, token.src_ips.as_deref().unwrap_or_default())
    {
        let list = |list: &[String]| {
            if list.is_empty() { "anywhere".to_owned() } else { list.join(", ") }
        };
        return Some(format!(
            "src_ips: the token '{}' may be used from {}, not from {}, and that cannot be changed.",
            token.name(),
            list(token.src_ips.as_deref().unwrap_or_default()),
            list(src_ips)
        ));
    }
    let path = wanted.key_file.as_ref()?.path.display();
    match key_file {
        Found::Nothing => {
            Some(format!("key_file: '{path}' is not there, and the key of an existing token cannot be had again."))
        }
        Found::Key { key, .. } if !token.has_key(key.expose_secret()) => Some(format!(
            "key_file: '{path}' holds the key of another token, and the key of an existing token cannot be had again."
        )),
        Found::Key { .. } => None,
    }
}

fn update(wanted: &Target, token: &Token) -> Option<Update> {
    let found = token.privileges.as_deref().unwrap_or_default();
    let other_privileges = wanted.privileges.as_deref().is_some_and(|privileges| !same_privileges(privileges, found));
    if token.name() == wanted.name && !other_privileges {
        return None;
    }
    Some(Update {
        name: wanted.name.clone(),
        // A new name alone is sent with the privileges as they are: a PUT is the whole token.
        privileges: if other_privileges { wanted.privileges.clone() } else { token.privileges.clone() },
    })
}

/// The token to make: as wanted, and where nothing is wanted like the one it replaces.
fn draft(wanted: &Target, replaced: Option<&Token>) -> Draft {
    Draft {
        name: wanted.name.clone(),
        privileges: wanted.privileges.clone().or_else(|| replaced?.privileges.clone()),
        src_ips: wanted.src_ips.clone().or_else(|| replaced?.src_ips.clone()),
    }
}

/// The plan with these deletions: the authenticating token last, and only where that is allowed.
fn with_deletions(plan: Plan, delete: Vec<Token>, surroundings: &Surroundings<'_>) -> Result<Plan, String> {
    if !surroundings.allow_self
        && let Some(own) = plan.discard.iter().chain(&delete).find(|token| surroundings.own.contains(&token.id))
    {
        return Err(format!(
            "allow_self: token '{}' (id {}) is the very one that this task authenticates with; set allow_self: true to remove it, or use another token",
            own.name(),
            own.id
        ));
    }
    let (own, mut delete): (Vec<_>, Vec<_>) =
        delete.into_iter().partition(|token| surroundings.own.contains(&token.id));
    delete.extend(own);
    Ok(Plan { delete, ..plan })
}

/// Ids, and what tells tokens apart.
fn described(tokens: &[&Token]) -> String {
    tokens
        .iter()
        .map(|token| format!("{} ('{}')", token.id, token.name().escape_debug()))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
