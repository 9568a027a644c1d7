//! Looks, after a creation, whether other runs made tokens of the same names at the same time, and withdraws where they
//! were first: before any key is delivered.

use crate::calls;
use crate::contest::{Standing, rivals, standing};
use crate::error::{Error, Notice};
use crate::token::{Listing, NewToken, Owner, Token};
use mist_client::Client;
use mist_client::interruption;
use std::collections::BTreeSet;
use std::time::Duration;

/// The pause before the first look at whether those that were later have withdrawn; each one after it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// How often it is looked for that, over one and a half seconds: the others need no longer from their own creation to their look.
const LOOKS: u32 = 4;

/// What a run that waits is told to wait for.
const REASON: &str = "another run made a token of the same name at the same time";

/// What becomes of a token that was just made.
#[derive(Debug)]
pub enum Verdict {
    /// It stays.
    Stays {
        /// As the list shows it, if it does.
        shown: Option<Box<Token>>,
        /// What is to be told.
        notice: Option<Box<Notice>>,
    },
    /// It was deleted again, as another run's is there.
    Withdrawn {
        /// The id of the other run's token.
        other: String,
    },
    /// It should go, and could not be deleted.
    Stuck(Box<Error>),
}

/// Settles for each of these new tokens, made since `before`, whether it stays: one call for all of them where no other run
/// is at work on the same names. `looked` is a list that was made after the creation, where there is one already.
pub fn settle(
    client: &Client,
    owner: &Owner,
    made: &[(&NewToken, &str)],
    before: &Listing,
    mut looked: Option<Listing>,
) -> Vec<Verdict> {
    let mut verdicts: Vec<Option<Verdict>> = made.iter().map(|_| None).collect();
    let mut known: Vec<Option<BTreeSet<String>>> = made.iter().map(|_| None).collect();
    let mut pause = FIRST_PAUSE;
    for look in 0..=LOOKS {
        let listing = match looked.take().map_or_else(|| calls::list(client, owner), Ok) {
            Ok(listing) => listing,
            Err(error) => {
                // The tokens in hand are good: they are delivered, and the rest is told.
                let stays = || Verdict::Stays { shown: None, notice: Some(Box::new(Notice::NotLooked(error.clone()))) };
                return verdicts.into_iter().map(|verdict| verdict.unwrap_or_else(stays)).collect();
            }
        };
        let last = look == LOOKS || pause > client.remaining_wait() || interruption::is_requested();
        let open = verdicts.iter_mut().zip(&mut known).zip(made).filter(|((verdict, _), _)| verdict.is_none());
        for ((verdict, known), (new, name)) in open {
            let rivals = known.get_or_insert_with(|| rivals(&new.token, name, before, &listing));
            let stays = || {
                let shown = listing.tokens.iter().find(|token| token.id == new.token.id).cloned().map(Box::new);
                Some(Verdict::Stays { shown, notice: None })
            };
            *verdict = match standing(&new.token, rivals, &listing) {
                Standing::Alone => stays(),
                // Without a single look at whether the others withdraw, the order decides.
                Standing::First(_) if last && look == 0 => stays(),
                Standing::First(_) if !last => None,
                Standing::First(other) | Standing::Later(other) => Some(withdraw(client, owner, new, other)),
            };
        }
        if verdicts.iter().all(Option::is_some) {
            break;
        }
        client.pause(pause, REASON);
        pause *= 2;
    }
    // The last look leaves none open.
    let stays = || Verdict::Stays { shown: None, notice: None };
    verdicts.into_iter().map(|verdict| verdict.unwrap_or_else(stays)).collect()
}

fn withdraw(client: &Client, owner: &Owner, own: &NewToken, other: &Token) -> Verdict {
    match calls::delete(client, owner, &own.token.id) {
        Ok(()) => Verdict::Withdrawn { other: other.id.clone() },
        Err(error) => Verdict::Stuck(Box::new(Error::RolledBack {
            cause: Box::new(Error::Overtaken { name: other.name().to_owned() }),
            id: own.token.id.clone(),
            error: Some(Box::new(error)),
            within: client.timeout(),
        })),
    }
}
