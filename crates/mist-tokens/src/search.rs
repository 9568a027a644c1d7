//! Which list of tokens a selection is about.

use crate::calls;
use crate::error::{Error, Result};
use crate::selection::{Selection, matching, select};
use crate::token::{Listing, Owner, Token};
use mist_client::Client;

/// Lists the tokens that the selection is about: the owner's, and with `account_too` the account's as well. A leaked
/// key may be the organisation's or the account's: then both are looked through, and the one that has it is given.
///
/// # Errors
/// What went wrong with a call, or that both lists have a token that fits.
pub fn search(client: &Client, owner: &Owner, selection: &Selection, account_too: bool) -> Result<(Owner, Listing)> {
    let listing = calls::list(client, owner)?;
    if !account_too {
        return Ok((owner.clone(), listing));
    }
    let account = match calls::list(client, &Owner::User) {
        Ok(account) => account,
        // An organisation token may not look at an account's tokens: nothing there is within its reach.
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
