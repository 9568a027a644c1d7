//! What is to be done about one token that shall be there: looks at the place of its key, and plans.

use crate::mist_api_token::options::Recreate;
use crate::mist_api_token::plan::{self, Plan, Surroundings};
use crate::mist_api_token::privileges::Names;
use crate::mist_api_token::wanted::Present;
use mist_client::Client;
use mist_tokens::key_file::{Found, KeyFile};
use mist_tokens::token::{Owner, Token};
use secrecy::ExposeSecret;
use std::collections::BTreeSet;

/// What is at the place of the key file; nothing where none is wanted.
///
/// # Errors
/// A sentence about `key_file`: what is there is no file, or holds something else than a key.
pub fn look(present: &Present) -> Result<Found, String> {
    match &present.key_file {
        Some(key_file) => key_file.read().map_err(|error| error.to_string()),
        None => Ok(Found::Nothing),
    }
}

/// The ids of the tokens that this client authenticates with, as far as the cloud shows keys.
#[must_use]
pub fn own(client: &Client, tokens: &[Token]) -> BTreeSet<String> {
    let authentication = client.authentication();
    let is_own = |token: &&Token| token.key.as_ref().is_some_and(|key| authentication.is_own(key));
    tokens.iter().filter(is_own).map(|token| token.id.clone()).collect()
}

/// What is to be done, from what was found.
///
/// # Errors
/// A sentence that says why what is wanted cannot be had, and what to set or do.
pub fn decide(
    present: &Present,
    names: &Names,
    owner: &Owner,
    tokens: &[Token],
    surroundings: &Surroundings<'_>,
) -> Result<Plan, String> {
    let mut plan = plan::present(&present.target(names), owner, tokens, surroundings)?;
    if let (Some(key_file), Found::Key { exposed: true, .. }) = (&present.key_file, surroundings.key_file) {
        plan.warnings.push(format!(
            "key_file: others than its owner may read '{}'; give it mode 0600, or replace the token if they should not have its key.",
            key_file.path.display()
        ));
    }
    if plan.create.is_some() && present.key_file.is_none() && !present.return_key {
        plan.warnings.push(
            "return_key: it is false and there is no key_file, so that nobody ever sees the key of the new token."
                .into(),
        );
    }
    Ok(plan)
}

/// Whether the key that the plan brings could be written, judged without writing anything; `tokens` are all of the owner.
///
/// # Errors
/// A sentence about `key_file`.
pub fn check_place(present: &Present, plan: &Plan, found: &Found, tokens: &[Token]) -> Result<(), String> {
    match &present.key_file {
        Some(key_file) if plan.create.is_some() => {
            key_to_be_lost(present, key_file, found, tokens).map_or(Ok(()), Err)?;
            key_file.check().map_err(|error| error.to_string())
        }
        _ => Ok(()),
    }
}

/// Why a new key may not take the place of what the key file holds, if so: it may be the only copy of another token's key.
fn key_to_be_lost(present: &Present, key_file: &KeyFile, found: &Found, tokens: &[Token]) -> Option<String> {
    let (Recreate::Never, Found::Key { key, .. }) = (present.recreate, found) else { return None };
    let other = tokens.iter().find(|token| token.name() != present.name && token.has_key(key.expose_secret()))?;
    Some(format!(
        "key_file: '{}' holds the key of token '{}' (id {}), which cannot be had again; give token '{}' another path, \
         or that token's id to have it renamed, or set recreate: state_change to have the file overwritten",
        key_file.path.display(),
        other.name().escape_debug(),
        other.id,
        present.name
    ))
}
