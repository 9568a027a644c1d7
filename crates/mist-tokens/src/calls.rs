//! The calls that list, make, change and delete tokens.

use crate::error::{Error, Result};
use crate::privilege::Privilege;
use crate::token::{Listing, NewToken, Owner, Token, is_id};
use mist_client::Client;
use mist_client::{paging, redact};
use serde_json::{Value, json};

/// Lists the owner's tokens: one call, unless the cloud pages.
///
/// # Errors
/// What the call failed with; [`Error::NoAccount`] where an organisation token asks for an account's.
pub fn list(client: &Client, owner: &Owner) -> Result<Listing> {
    let what = "a list of tokens, each with an id,";
    let (answer, tokens): (_, Vec<Token>) =
        paging::all(client, &owner.path(), what).map_err(|error| match (owner, error.status()) {
            (Owner::User, Some(403 | 404)) if client.authentication().is_by_token() => Error::NoAccount(error),
            _ => Error::Cloud(error),
        })?;
    if let Some(bad) = tokens.iter().find(|token| !is_id(&token.id)) {
        return Err(Error::NoId(redact::excerpt(&redact::without_keys(&bad.id), 100)));
    }
    Ok(Listing::new(tokens, answer.date))
}

/// Makes a token. An answer without a whole key is an error that may have taken effect.
///
/// # Errors
/// What the call failed with.
pub(crate) fn make(client: &Client, owner: &Owner, body: &Value) -> mist_client::Result<NewToken> {
    let mut answer = client.post(&owner.path(), body)?;
    let json = answer.json.take();
    NewToken::from_answer(json).ok_or_else(|| mist_client::Error::Answer {
        call: answer.call,
        reason: "the cloud's answer holds no token with its whole key".into(),
    })
}

/// Gives a token another name and, where it has them, other privileges. Gives the token as the answer shows it, if it does.
///
/// # Errors
/// What the call failed with.
pub fn update(
    client: &Client,
    owner: &Owner,
    id: &str,
    name: &str,
    privileges: Option<&[Privilege]>,
) -> Result<Option<Token>> {
    // The answer may be empty or the token.
    let answer = client.put(&format!("{}/{id}", owner.path()), &update_body(name, privileges))?;
    Ok(one(answer.json).filter(|token| token.id == id))
}

/// Gives a new token its final name. Gives the token where the response shows it under this name.
///
/// # Errors
/// What the call failed with.
pub(crate) fn rename(
    client: &Client,
    owner: &Owner,
    id: &str,
    name: &str,
    privileges: Option<&[Privilege]>,
) -> mist_client::Result<Option<Token>> {
    let answer = client.put(&format!("{}/{id}", owner.path()), &update_body(name, privileges))?;
    Ok(one(answer.json).filter(|token| token.id == id && token.name() == name))
}

fn update_body(name: &str, privileges: Option<&[Privilege]>) -> Value {
    let mut body = json!({ "name": name });
    if let Some(privileges) = privileges {
        body["privileges"] = json!(privileges);
    }
    body
}

/// The token of this id, as the cloud shows it now: an object, or a list of one (the document says so).
///
/// # Errors
/// What the call failed with.
pub(crate) fn get(client: &Client, owner: &Owner, id: &str) -> Result<Option<Token>> {
    let answer = client.get(&format!("{}/{id}", owner.path()))?;
    Ok(one(answer.json).filter(|token| token.id == id))
}

fn one(json: Value) -> Option<Token> {
    let object = match json {
        Value::Array(mut items) if items.len() == 1 => items.pop()?,
        other => other,
    };
    serde_json::from_value(object).ok()
}

/// Deletes a token. After a response that leaves open whether it was deleted, the tokens are listed: an absent one is deleted.
///
/// # Errors
/// What the deletion failed with, when the token is still listed or cannot be listed.
pub fn delete(client: &Client, owner: &Owner, id: &str) -> Result<()> {
    match client.delete(&format!("{}/{id}", owner.path())) {
        Ok(()) => Ok(()),
        Err(error) if error.may_have_taken_effect() => match list(client, owner) {
            Ok(listing) if listing.tokens.iter().all(|token| token.id != id) => Ok(()),
            _ => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}
