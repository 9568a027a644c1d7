//! What to do, from what is wanted and what was found: no I/O, so that check mode, diff mode and the real run
//! follow one plan.

use crate::error::{Notice, Reason, Refusal};
use crate::key_file::Found;
use crate::marker::{Judge, LockDomain, Marker};
use crate::privilege::{Privilege, same_privileges};
use crate::rotation::{self, State};
use crate::selection::{Selection, refs, select};
use crate::src_ips::same_sources;
use crate::target::{Recreate, Target, Unfiled};
use crate::token::{Listing, Owner, Token, TokenRef};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

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
    /// Whether the key of the token that stays is written to its file anew: in another form, or with other attributes.
    pub rewrite: bool,
    /// The tokens to delete, once a new one was made, works and is delivered.
    pub delete: Vec<Token>,
    /// What the user should hear.
    pub notices: Vec<Notice>,
}

/// What a new token shall be.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// What it may do; for organisation tokens.
    pub privileges: Option<Vec<Privilege>>,
    /// From where it may be used; for organisation tokens.
    pub src_ips: Option<Vec<String>>,
}

impl Draft {
    /// What is sent to make it.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = json!({ "name": self.name });
        if let Some(privileges) = &self.privileges {
            body["privileges"] = json!(privileges);
        }
        if let Some(src_ips) = self.src_ips.as_ref().filter(|src_ips| !src_ips.is_empty()) {
            body["src_ips"] = json!(src_ips);
        }
        body
    }
}

/// A change in place.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The name it gets.
    pub name: String,
    /// The privileges it gets, for an organisation token.
    pub privileges: Option<Vec<Privilege>>,
}

impl Update {
    /// The token as this leaves it.
    #[must_use]
    pub fn applied(&self, token: &Token) -> Token {
        let mut token = token.clone();
        token.name = Some(self.name.clone());
        token.privileges = self.privileges.clone().or(token.privileges);
        token
    }
}

impl Plan {
    /// Whether anything changes.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.update.is_some() || self.create.is_some() || self.rewrite || self.deleted().next().is_some()
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

    /// The token that stays, as the plan leaves it.
    #[must_use]
    pub fn kept(&self) -> Option<Token> {
        let token = self.keep.as_ref()?;
        Some(self.update.as_ref().map_or_else(|| token.clone(), |update| update.applied(token)))
    }

    /// Whether it changes or deletes one of these.
    #[must_use]
    pub fn touches(&self, ids: &BTreeSet<String>) -> bool {
        let updated = self.keep.iter().filter(|_| self.update.is_some());
        updated.chain(self.deleted()).any(|token| ids.contains(&token.id))
    }
}

/// What was found where the key goes, and as whom the cloud is asked.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// What is at the place of the key file; nothing where none is wanted.
    pub key_file: &'a Found,
    /// Whether the attributes of the key's file (owner, group, mode) are others than wanted.
    pub other_attributes: bool,
    /// The ids of the tokens that this run authenticates with.
    pub own: &'a BTreeSet<String>,
    /// Whether removing such a one is allowed.
    pub allow_self: bool,
    /// What time it is by the cloud's clock, in seconds of the epoch.
    pub now: f64,
    /// Decides about tokens that other runs have not renamed yet.
    pub judge: Judge,
}

/// What `absent` does.
///
/// # Errors
/// When a key fits several tokens, or when the authenticating token would go unasked.
pub fn absent(selection: &Selection, tokens: &[Token], context: &Context<'_>) -> Result<Plan, Refusal> {
    let mut delete: Vec<Token> = select(selection, tokens)?.into_iter().cloned().collect();
    let mut notices = Vec::new();
    if let Selection { name: Some(name), id: None, key: None } = selection {
        let split = context.judge.split(tokens, name);
        delete.extend(split.dead.into_iter().map(|(token, _)| token.clone()));
        notices = in_progress_of(&split.alive, context.judge);
    }
    with_deletions(Plan { notices, ..Plan::default() }, delete, context)
}

/// What to report of tokens that other runs are creating.
#[must_use]
pub fn in_progress(name: &str, listing: &Listing, domain: Option<LockDomain>) -> Vec<Notice> {
    let judge = listing.judge(domain);
    in_progress_of(&judge.split(&listing.tokens, name).alive, judge)
}

pub(crate) fn in_progress_of(alive: &[(&Token, Marker)], judge: Judge) -> Vec<Notice> {
    let notice = |(token, marker): &(&Token, Marker)| Notice::InProgress {
        token: TokenRef::from(*token),
        ends_in: Duration::from_secs_f64(judge.ends_in(marker).min(1e6)),
    };
    alive.iter().map(notice).collect()
}

/// What `present` does.
///
/// # Errors
/// When several tokens have the name, or when only a new token can give what is wanted and none may be made.
pub fn present(wanted: &Target, owner: &Owner, tokens: &[Token], context: &Context<'_>) -> Result<Plan, Refusal> {
    let mut plan = without_delivery(wanted, owner, tokens, context)?;
    if let (Some(file), Found::Key(held)) = (&wanted.key_file, context.key_file)
        && held.exposed
        && plan.create.is_none()
        && !file.mode_was_chosen
    {
        plan.notices.push(Notice::KeyFileReadable(file.path.clone()));
    }
    if plan.create.is_none() {
        return Ok(plan);
    }
    match (&wanted.key_file, wanted.unfiled) {
        (Some(_), _) => key_to_be_lost(wanted, context.key_file, tokens).map_or(Ok(plan), Err),
        (None, Unfiled::Refused) => Err(Refusal::KeyUnasked),
        (None, Unfiled::Dropped) => {
            plan.notices.push(Notice::KeyUnseen);
            Ok(plan)
        }
        (None, Unfiled::Returned | Unfiled::ReturnedAlways) => Ok(plan),
    }
}

fn without_delivery(wanted: &Target, owner: &Owner, tokens: &[Token], context: &Context<'_>) -> Result<Plan, Refusal> {
    let mut notices = Vec::new();
    let state = rotation_state(wanted, tokens, context, &mut notices)?;
    let leaving: Vec<Token> = state.leaving.into_iter().cloned().collect();
    let previous = state.previous.cloned();
    // Tokens of runs that ended before they finished: nobody has their keys.
    let leftovers = context.judge.split(tokens, &wanted.name).dead.into_iter().map(|(token, _)| token);
    let leftovers = leftovers.filter(|token| !is_meant_by_id(wanted, token));
    let discard: Vec<Token> = state.discarded.into_iter().chain(leftovers).cloned().collect();
    let Some(token) = state.current else {
        if matches!(owner, Owner::Organization(_)) && wanted.privileges.is_none() {
            return Err(Refusal::NoPrivileges { name: wanted.name.clone() });
        }
        let plan = Plan { discard, create: Some(draft(wanted, None)), notices, ..Plan::default() };
        return with_deletions(plan, leaving, context);
    };
    let create = Some(draft(wanted, Some(token)));
    match (wanted.recreate, replacement_reason(wanted, token, context.key_file)) {
        (Recreate::Never, Some(reason)) => Err(Refusal::NeedsNew { reason, token: token.into() }),
        (Recreate::Always, _) | (Recreate::StateChange, Some(_)) => {
            let delete = std::iter::once(token.clone()).chain(leaving).collect();
            with_deletions(Plan { discard, create, previous, notices, ..Plan::default() }, delete, context)
        }
        (_, None) if state.due => {
            let overlaps = wanted.rotation.is_some_and(|rotation| rotation.overlap > 0.0);
            let keep = overlaps.then(|| token.clone());
            let delete = if overlaps { leaving } else { std::iter::once(token.clone()).chain(leaving).collect() };
            with_deletions(Plan { discard, create, keep, notices, ..Plan::default() }, delete, context)
        }
        (_, None) => {
            let (keep, update) = (Some(token.clone()), update(wanted, token));
            let rewrite =
                wanted.key_file.is_some() && (context.key_file.is_in_another_form() || context.other_attributes);
            with_deletions(
                Plan { discard, keep, previous, update, rewrite, notices, ..Plan::default() },
                leaving,
                context,
            )
        }
    }
}

/// Which token is meant, and with rotation which of several.
fn rotation_state<'a>(
    wanted: &Target,
    tokens: &'a [Token],
    context: &Context<'_>,
    notices: &mut Vec<Notice>,
) -> Result<State<'a>, Refusal> {
    // A rotated token has another id every time: an id tells which token is meant only while it has another name.
    let renamed = |token: &Token| is_meant_by_id(wanted, token) && token.name() != wanted.name;
    match wanted.rotation {
        Some(rotation) if !tokens.iter().any(renamed) => {
            let named: Vec<&Token> = tokens.iter().filter(|token| token.name() == wanted.name).collect();
            let key_file = wanted.key_file.as_ref().map(|_| context.key_file);
            rotation::state(rotation, &named, key_file, context.now)
        }
        _ => {
            let current = find(wanted, tokens, notices)?;
            let due = match (wanted.rotation, current.map(|token| token.age(context.now))) {
                (Some(rotation), Some(Ok(age))) => age > rotation.max_age,
                _ => false,
            };
            Ok(State { current, due, ..State::default() })
        }
    }
}

fn is_meant_by_id(wanted: &Target, token: &Token) -> bool {
    wanted.id.as_ref().is_some_and(|id| token.id.eq_ignore_ascii_case(id))
}

/// The token that is meant: the one of the id, else the one of the name.
fn find<'a>(wanted: &Target, tokens: &'a [Token], notices: &mut Vec<Notice>) -> Result<Option<&'a Token>, Refusal> {
    let named: Vec<&Token> = tokens.iter().filter(|token| token.name() == wanted.name).collect();
    if let Some(id) = &wanted.id {
        if let Some(token) = tokens.iter().find(|token| is_meant_by_id(wanted, token)) {
            if let Some(other) = named.iter().find(|other| other.id != token.id) {
                return Err(Refusal::NameTaken {
                    name: wanted.name.clone(),
                    by: other.id.clone(),
                    token: token.id.clone(),
                });
            }
            return Ok(Some(token));
        }
        notices.push(Notice::IdGone { id: id.clone(), name: wanted.name.clone() });
    }
    match named.as_slice() {
        [] => Ok(None),
        [token] => Ok(Some(token)),
        several => Err(Refusal::NameOfSeveral { name: wanted.name.clone(), tokens: refs(several) }),
    }
}

/// Why only a new token will do, if so.
fn replacement_reason(wanted: &Target, token: &Token, key_file: &Found) -> Option<Reason> {
    let found = token.src_ips.as_deref().unwrap_or_default();
    if let Some(src_ips) = wanted.src_ips.as_ref().filter(|src_ips| !same_sources(src_ips, found)) {
        return Some(Reason::Sources { found: found.to_vec(), wanted: src_ips.clone() });
    }
    let path = wanted.key_file.as_ref()?.path.clone();
    match key_file {
        Found::Nothing => Some(Reason::NoFile(path)),
        Found::NoKey => Some(Reason::NoKeyInFile(path)),
        Found::Key(_) if !key_file.is_key_of(token) => Some(Reason::OtherKeyInFile(path)),
        Found::Key(_) => None,
    }
}

/// Why a new key may not take the place of what the key file holds, if so: it may be the only copy of another token's key.
pub(crate) fn key_to_be_lost(wanted: &Target, found: &Found, tokens: &[Token]) -> Option<Refusal> {
    let file = wanted.key_file.as_ref().filter(|_| wanted.recreate == Recreate::Never)?;
    let other = tokens.iter().find(|token| token.name() != wanted.name && found.is_key_of(token))?;
    Some(Refusal::OnlyCopy { path: file.path.clone(), of: other.into(), name: wanted.name.clone() })
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

/// The plan with these deletions: the authenticating token last of all, and only where that is allowed.
fn with_deletions(plan: Plan, delete: Vec<Token>, context: &Context<'_>) -> Result<Plan, Refusal> {
    let is_own = |token: &Token| context.own.contains(&token.id);
    if !context.allow_self
        && let Some(own) = plan.discard.iter().chain(&delete).find(|token| is_own(token))
    {
        return Err(Refusal::Own(TokenRef::from(own)));
    }
    let (own_first, discard): (Vec<_>, Vec<_>) = plan.discard.into_iter().partition(is_own);
    let (own, mut delete): (Vec<_>, Vec<_>) = delete.into_iter().partition(is_own);
    delete.extend(own_first.into_iter().chain(own));
    Ok(Plan { discard, delete, ..plan })
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
