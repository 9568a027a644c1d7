//! Which list of tokens a selection is about.

use crate::mist_api_token::plan;
use crate::mist_api_token::wanted::Selection;
use mist_client::Client;
use mist_tokens::token::{self, Listing, Owner, Token};

/// Lists the tokens that the selection is about: the owner's, and with `account_too` the account's as well. A leaked
/// key may be the organisation's or the account's: then both are looked through, and the one that has it is given.
///
/// # Errors
/// What went wrong with a call, or that both lists have a token that fits.
pub fn search(
    client: &Client,
    owner: &Owner,
    selection: &Selection,
    account_too: bool,
) -> Result<(Owner, Listing), String> {
    let listing = token::list(client, owner).map_err(|error| error.to_string())?;
    if !account_too {
        return Ok((owner.clone(), listing));
    }
    let account = match token::list(client, &Owner::User) {
        Ok(account) => account,
        // An organisation token may not look at an account's tokens: nothing there is within its reach.
        Err(error) if error.status() == Some(403) => return Ok((owner.clone(), listing)),
        Err(error) => return Err(error.to_string()),
    };
    let fits = |listing: &Listing| !plan::matching(selection, &listing.tokens).is_empty();
    match (fits(&listing), fits(&account)) {
        (true, true) => {
            let both: Vec<Token> = listing.tokens.iter().chain(&account.tokens).cloned().collect();
            Err(plan::select(selection, &both).err().unwrap_or_default())
        }
        (false, true) => Ok((Owner::User, account)),
        _ => Ok((owner.clone(), listing)),
    }
}
