//! The calls that list, create, change and delete tokens.

use crate::error::{Error, Result};
use crate::privilege::Privilege;
use crate::target::{Selection, matching, select};
use crate::token::{Listing, NewToken, Owner, Token, is_id};
use mist_client::Client;
use mist_client::answer::Deletion;
use mist_client::{paging, redact};
use serde_json::{Value, json};

/// Lists the owner's tokens: one call, unless the cloud pages.
///
/// # Errors
/// Failures of the call, and [`Error::NoAccount`] when an organization token asks for an account's tokens.
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

/// Lists the owner's tokens, and with `account_too` the account's: a leaked key may belong to either. Returns the list with a
/// match.
///
/// # Errors
/// Failures of calls, and matches in both lists.
pub fn search(client: &Client, owner: &Owner, selection: &Selection, account_too: bool) -> Result<(Owner, Listing)> {
    let listing = list(client, owner)?;
    if !account_too {
        return Ok((owner.clone(), listing));
    }
    let account = match list(client, &Owner::User) {
        Ok(account) => account,
        // An organization token cannot list an account's tokens.
        Err(Error::NoAccount(_)) => return Ok((owner.clone(), listing)),
        Err(error) if error.status() == Some(403) => return Ok((owner.clone(), listing)),
        Err(error) => return Err(error),
    };
    match (fits(selection, &listing), fits(selection, &account)) {
        (true, true) => {
            let both: Vec<Token> = listing.tokens.iter().chain(&account.tokens).cloned().collect();
            select(selection, &both)?;
            Ok((owner.clone(), listing))
        }
        (false, true) => Ok((Owner::User, account)),
        _ => Ok((owner.clone(), listing)),
    }
}

fn fits(selection: &Selection, listing: &Listing) -> bool {
    !matching(selection, &listing.tokens).is_empty()
}

/// Creates a token. A response without a whole key is an error that may have taken effect.
pub(crate) fn make(client: &Client, owner: &Owner, body: &Value) -> mist_client::Result<NewToken> {
    let mut answer = client.post(&owner.path(), body)?;
    let json = answer.json.take();
    NewToken::from_answer(json).ok_or_else(|| mist_client::Error::Answer {
        call: answer.call,
        reason: "the cloud's answer holds no token with its whole key".into(),
    })
}

/// Changes the name and the privileges of a token. Returns the token if the response shows it.
pub fn update(
    client: &Client,
    owner: &Owner,
    id: &str,
    name: &str,
    privileges: Option<&[Privilege]>,
) -> Result<Option<Token>> {
    Ok(put(client, owner, id, name, privileges)?)
}

/// Gives a new token its final name. Returns the token if the response shows it under this name. A response without a field of the
/// cloud may be a copy of the request, and shows nothing.
pub(crate) fn rename(
    client: &Client,
    owner: &Owner,
    id: &str,
    name: &str,
    privileges: Option<&[Privilege]>,
) -> mist_client::Result<Option<Token>> {
    let is_of_cloud = |token: &Token| token.key.is_some() || token.created_time.is_some();
    let shown = put(client, owner, id, name, privileges)?;
    Ok(shown.filter(|token| token.name() == name && is_of_cloud(token)))
}

/// The response may be empty, or the token with this id.
fn put(
    client: &Client,
    owner: &Owner,
    id: &str,
    name: &str,
    privileges: Option<&[Privilege]>,
) -> mist_client::Result<Option<Token>> {
    let mut body = json!({ "name": name });
    if let Some(privileges) = privileges {
        body["privileges"] = json!(privileges);
    }
    let answer = client.put(&format!("{}/{id}", owner.path()), &body)?;
    Ok(one(answer.json).filter(|token| token.id == id))
}

/// Reads one token: an object, or a list of one (official API document).
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

/// Deletes a token. When the response does not confirm it, as 404 does not, the tokens are listed: an absent token is deleted.
///
/// # Errors
/// The failure of the deletion, when the token is still listed or cannot be listed.
pub fn delete(client: &Client, owner: &Owner, id: &str) -> Result<()> {
    let doubt = match client.delete_existing(&format!("{}/{id}", owner.path())) {
        Ok(Deletion::Confirmed) => return Ok(()),
        Ok(Deletion::NotFound) => None,
        Err(error) if error.may_have_taken_effect() => Some(error),
        Err(error) => return Err(error.into()),
    };
    match (list(client, owner), doubt) {
        (Ok(listing), _) if listing.tokens.iter().all(|token| token.id != id) => Ok(()),
        (_, Some(error)) => Err(error.into()),
        (Ok(_), None) => Err(Error::StillListed { id: id.to_owned() }),
        (Err(error), None) => Err(error),
    }
}
