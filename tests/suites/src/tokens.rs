//! Creation of tokens without a module, and their errors.

use crate::has;
use mist_client::{Client, Error};
use mist_simulator::{Simulator, StoredToken};
use mist_tokens::Notice;
use mist_tokens::creation::{self, Created, Creation, Gate};
use mist_tokens::plan::Draft;
use mist_tokens::token::{Listing, NewToken, Owner};

/// A token that was created.
#[derive(Debug)]
pub struct Made {
    pub new: NewToken,
    pub notices: Vec<Notice>,
}

/// Creates one token, as a run without a lock does that withdraws for good.
pub fn create_one(client: &Client, owner: &Owner, draft: &Draft, before: &Listing) -> mist_tokens::Result<Made> {
    let gate = Gate { may_begin: &|| true, failed: &|_, _| {} };
    let creation = Creation::new(client, draft, before, None);
    let (created, notices) = creation::create(client, owner, vec![creation], &gate).pop().unwrap();
    match created {
        Created::Token(new) => Ok(Made { new: *new, notices }),
        Created::Failed(error) => Err(error),
        other => panic!("{other:?} {notices:?}"),
    }
}

pub fn organization(cloud: &Simulator) -> Owner {
    Owner::Organization(cloud.org_id().to_owned())
}

/// The IDs of the account's tokens with this name, also of those that are not renamed yet.
pub fn ids_named(cloud: &Simulator, name: &str) -> Vec<String> {
    let marked = format!("{name} (new ");
    let is_named = |token: &StoredToken| token.name == name || token.name.starts_with(&marked);
    cloud.user_tokens().into_iter().filter(is_named).map(|token| token.id).collect()
}

/// Asserts that the error contains all of these, and nothing that looks like a key.
pub fn holds(error: &mist_tokens::Error, words: &[&str]) {
    has(&format!("{error:?}"), words);
}

/// The client's error in an error about tokens.
pub fn of_the_cloud(error: mist_tokens::Error) -> Error {
    match error {
        mist_tokens::Error::Cloud(error) | mist_tokens::Error::NoAccount(error) => error,
        other => panic!("{other:?}"),
    }
}
