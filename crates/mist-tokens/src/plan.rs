//! The plan of one token from its declaration and the listed tokens. No I/O: check mode, diff mode and the real run share it.

use crate::error::{Notice, Reason, Refusal};
use crate::key_file::Found;
use crate::marker::{Judge, LockDomain, Marker};
use crate::privilege::same_sources;
use crate::privilege::{Privilege, same_privileges};
use crate::rotation::{self, State};
use crate::target::{Recreate, Target, Unfiled};
use crate::target::{Selection, refs, select};
use crate::token::{Listing, Owner, Token, TokenRef};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// The steps, in this order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The kept token: the declared one, or the old one during the overlap.
    pub keep: Option<Token>,
    /// The token before it, which rotation keeps during the overlap.
    pub previous: Option<Token>,
    pub update: Option<Update>,
    /// Tokens to delete first: unneeded, or with lost keys.
    pub discard: Vec<Token>,
    pub create: Option<Draft>,
    /// True if the existing key is written to its file again, in another format or with other attributes.
    pub rewrite: bool,
    /// Tokens to delete after the new one was created, tried and delivered.
    pub delete: Vec<Token>,
    pub notices: Vec<Notice>,
}

/// A token to create.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub name: String,
    /// For organization tokens.
    pub privileges: Option<Vec<Privilege>>,
    /// For organization tokens.
    pub src_ips: Option<Vec<String>>,
}

impl Draft {
    /// The body of its POST.
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
    pub name: String,
    /// For organization tokens.
    pub privileges: Option<Vec<Privilege>>,
}

impl Update {
    /// The token after the change.
    #[must_use]
    pub fn applied(&self, token: &Token) -> Token {
        let mut token = token.clone();
        token.name = Some(self.name.clone());
        token.privileges = self.privileges.clone().or(token.privileges);
        token
    }
}

impl Plan {
    #[must_use]
    pub fn changes(&self) -> bool {
        self.update.is_some() || self.create.is_some() || self.rewrite || self.deleted().next().is_some()
    }

    /// All tokens to delete, in order.
    pub fn deleted(&self) -> impl Iterator<Item = &Token> {
        self.discard.iter().chain(&self.delete)
    }

    /// True if a new token replaces an old one, now or after an overlap.
    #[must_use]
    pub fn replaces(&self) -> bool {
        self.create.is_some() && (self.keep.is_some() || !self.delete.is_empty())
    }

    /// The kept token after the plan.
    #[must_use]
    pub fn kept(&self) -> Option<Token> {
        let token = self.keep.as_ref()?;
        Some(self.update.as_ref().map_or_else(|| token.clone(), |update| update.applied(token)))
    }

    /// True if the plan changes or deletes one of these tokens.
    #[must_use]
    pub fn touches(&self, ids: &BTreeSet<String>) -> bool {
        let updated = self.keep.iter().filter(|_| self.update.is_some());
        updated.chain(self.deleted()).any(|token| ids.contains(&token.id))
    }
}

/// The situation of the run.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The content of the key file; `Nothing` without a key file.
    pub key_file: &'a Found,
    /// True if the owner, group or mode of the key file differ from the declared ones.
    pub other_attributes: bool,
    /// The ids of the tokens that this run authenticates with.
    pub own: &'a BTreeSet<String>,
    /// True if such a token may be deleted.
    pub allow_self: bool,
    /// Seconds of the epoch, by the cloud's clock.
    pub now: f64,
    /// Decides about tokens that other runs have not renamed yet.
    pub judge: Judge,
}

/// Plans `state: absent`.
///
/// # Errors
/// A key that fits several tokens, and the deletion of the authenticating token without `allow_self`.
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

/// Notices about tokens that other runs are creating.
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

/// Plans `state: present`.
///
/// # Errors
/// Several tokens of the name, and a declaration that only a new token can meet when none may be created.
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
    // Tokens of runs that ended before they finished: their keys are lost.
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

/// Finds the token, and with rotation its predecessors.
fn rotation_state<'a>(
    wanted: &Target,
    tokens: &'a [Token],
    context: &Context<'_>,
    notices: &mut Vec<Notice>,
) -> Result<State<'a>, Refusal> {
    // A rotated token gets a new id each time: the id decides only while its token has another name.
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

/// The token of the id, otherwise of the name.
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

/// The reason why only a new token meets the declaration.
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

/// Refuses to overwrite the only copy of another token's key.
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
        // A PUT sends the whole token: a new name is sent with the existing privileges.
        privileges: if other_privileges { wanted.privileges.clone() } else { token.privileges.clone() },
    })
}

/// The token to create: as declared, and otherwise like the one that it replaces.
fn draft(wanted: &Target, replaced: Option<&Token>) -> Draft {
    Draft {
        name: wanted.name.clone(),
        privileges: wanted.privileges.clone().or_else(|| replaced?.privileges.clone()),
        src_ips: wanted.src_ips.clone().or_else(|| replaced?.src_ips.clone()),
    }
}

/// Adds deletions: the authenticating token last, and only if `allow_self` is set.
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
