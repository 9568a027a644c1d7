//! Makes exactly one token: a key is shown once, so an answer that is lost may not leave a token behind
//! whose key nobody has, nor two.
//!
//! When the answer to a POST is lost, the token may be there, may come yet, or never come. Its key is gone in
//! every case. So: list again, delete what this POST left, make a new one, and list a last time.

use crate::calls;
use crate::error::{Error, Notice, Result};
use crate::plan::Draft;
use crate::token::{Listing, NewToken, Owner, Token};
use mist_client::Client;
use mist_client::retry::growing_pause;
use std::collections::BTreeSet;
use std::time::Instant;

/// After so many lost answers something other than bad luck is at work.
const MOST_POSTS: u32 = 5;

/// A token was made.
#[derive(Debug)]
pub struct Created {
    /// The token and its key.
    pub new: NewToken,
    /// What the user should hear about how it came to be.
    pub notices: Vec<Notice>,
    /// The list as it was looked through after the creation, where an answer had been lost.
    pub looked: Option<Listing>,
}

/// Makes the token of `draft`; `before` is the listing that showed that it is needed.
///
/// # Errors
/// When no token could be made. The error tells if one may be there, or appear, whose key nobody has.
pub fn create(client: &Client, owner: &Owner, draft: &Draft, before: &Listing) -> Result<Created> {
    let mut attempt = Attempts {
        client,
        owner,
        draft,
        before,
        known: Vec::new(),
        lost: Vec::new(),
        late: false,
        removed: Vec::new(),
        others: BTreeSet::new(),
        looked: None,
    };
    loop {
        let earliest = before.earliest_from_now();
        let error = match attempt.post() {
            Ok(new) => return attempt.succeeded(new),
            Err(error) => error,
        };
        if !error.may_have_taken_effect() {
            return Err(attempt.gave_up(error));
        }
        attempt.lost.push(Lost { earliest, error: error.clone() });
        attempt.late |= may_yet_take_effect(&error);
        attempt.settle(&error)?;
        if attempt.lost.len() as u32 >= MOST_POSTS || !attempt.pause() {
            return Err(attempt.gave_up(error));
        }
    }
}

/// A POST whose answer was lost.
struct Lost {
    /// The earliest time that its token can carry.
    earliest: f64,
    /// What it failed with.
    error: Error,
}

/// The state of one creation over its attempts.
struct Attempts<'a> {
    client: &'a Client,
    owner: &'a Owner,
    draft: &'a Draft,
    before: &'a Listing,
    /// Ids, beside those listed before, that are surely not of a lost POST.
    known: Vec<String>,
    /// The POSTs whose answers were lost.
    lost: Vec<Lost>,
    /// Whether one of those POSTs may take effect yet.
    late: bool,
    /// The orphans deleted so far.
    removed: Vec<String>,
    /// New, unused tokens of the name that were left, as they are dated before the first of those POSTs.
    others: BTreeSet<String>,
    /// The last list.
    looked: Option<Listing>,
}

impl Attempts<'_> {
    fn post(&self) -> Result<NewToken> {
        let mut new = calls::make(self.client, self.owner, &self.draft.body())?;
        // The answer to the POST may be id and key alone, and may lack the privileges (official API document).
        new.token.name.get_or_insert_with(|| self.draft.name.clone());
        if new.token.privileges.is_none() {
            new.token.privileges.clone_from(&self.draft.privileges);
        }
        if new.token.src_ips.is_none() {
            new.token.src_ips.clone_from(&self.draft.src_ips);
        }
        Ok(new)
    }

    /// After a lost answer: deletes the orphan, waiting for it where it may come late.
    fn settle(&mut self, error: &Error) -> Result<()> {
        let wait = self.client.timeout();
        let started = Instant::now();
        let mut round = 1;
        loop {
            if self.sweep(error)? > 0 || !may_yet_take_effect(error) || started.elapsed() >= wait {
                return Ok(());
            }
            let pause = growing_pause(round, fastrand::f64()).min(wait.saturating_sub(started.elapsed()));
            if pause > self.client.remaining_wait() {
                return Err(self.unsettled(error, None));
            }
            self.client.pause(pause, PAUSE);
            round += 1;
        }
    }

    fn unsettled(&self, cause: &Error, error: Option<Error>) -> Error {
        Error::Unsettled {
            cause: Box::new(cause.clone()),
            error: error.map(Box::new),
            name: self.draft.name.clone(),
            within: self.client.timeout(),
        }
    }

    /// Lists, and deletes what lost POSTs left; gives how many.
    fn sweep(&mut self, cause: &Error) -> Result<usize> {
        let listing = calls::list(self.client, self.owner).map_err(|error| self.unsettled(cause, Some(error)))?;
        // Only now, as answers are seldom lost: of a whole set, each creation would remember the whole listing.
        let before = self.before.tokens.iter().map(|token| token.id.as_str());
        let known = before.chain(self.known.iter().map(String::as_str)).collect();
        let earliest: Vec<f64> = self.lost.iter().map(|lost| lost.earliest).collect();
        let found = new_of_the_name(&listing.tokens, &known, &self.draft.name, &earliest);
        self.others.extend(found.others);
        let found = found.orphans;
        self.looked = Some(listing);
        if found.len() > self.lost.len() - self.removed.len().min(self.lost.len()) {
            return Err(Error::TooManyNew {
                cause: Box::new(cause.clone()),
                name: self.draft.name.clone(),
                ids: found,
            });
        }
        for id in &found {
            calls::delete(self.client, self.owner, id).map_err(|error| Error::OrphanStays {
                cause: Box::new(cause.clone()),
                id: id.clone(),
                error: Box::new(error),
            })?;
            self.known.push(id.clone());
            self.removed.push(id.clone());
            self.looked = self.looked.take().map(|listing| listing.retain(|token| token.id != *id));
        }
        Ok(found.len())
    }

    /// A pause before the next attempt; false when there is no time for it.
    fn pause(&self) -> bool {
        let pause = growing_pause(self.lost.len() as u32, fastrand::f64());
        let possible = pause <= self.client.remaining_wait();
        if possible {
            self.client.pause(pause, PAUSE);
        }
        possible
    }

    fn succeeded(mut self, new: NewToken) -> Result<Created> {
        let Some(cause) = self.lost.last().map(|lost| lost.error.clone()) else {
            return Ok(Created { new, notices: Vec::new(), looked: None });
        };
        // A POST whose answer was lost may have taken effect after the last look.
        self.known.push(new.token.id.clone());
        let mut notices = Vec::new();
        self.looked = None;
        if let Err(error) = self.sweep(&cause) {
            // The token in hand is good: it is delivered, and the rest is told.
            notices.push(Notice::NotSwept(error));
        }
        notices.push(Notice::AnswersLost {
            name: self.draft.name.clone(),
            count: self.lost.len(),
            removed: self.removed,
            others: self.others.into_iter().collect(),
        });
        Ok(Created { new, notices, looked: self.looked })
    }

    /// The error to end with, and what the user must know besides.
    fn gave_up(mut self, error: Error) -> Error {
        if self.lost.is_empty() {
            return error;
        }
        let last_look = if error.may_have_taken_effect() { Ok(0) } else { self.sweep(&error) };
        if let Err(error) = last_look {
            return error;
        }
        Error::AnswersLost {
            cause: Box::new(error),
            name: self.draft.name.clone(),
            count: self.lost.len(),
            may_appear_within: (self.late && self.removed.len() < self.lost.len()).then(|| self.client.timeout()),
            removed: self.removed,
            others: self.others.into_iter().collect(),
        }
    }
}

/// What a run that pauses is told to pause for.
const PAUSE: &str = "the answer to the creation of a token was lost";

fn may_yet_take_effect(error: &Error) -> bool {
    matches!(error, Error::Cloud(error) if error.may_yet_take_effect())
}

/// New tokens of a name.
#[derive(Debug, Default, PartialEq)]
struct NewOfTheName {
    /// The ids of those that a lost POST of this run can have left.
    orphans: Vec<String>,
    /// The ids of those that are dated before the first of these POSTs was sent.
    others: Vec<String>,
}

/// The tokens of the wanted name that were not there before and were never used. Of these, a lost POST can have left those
/// that are not dated before the first of them was sent, by the cloud's own clock and what its machines may be apart.
fn new_of_the_name(tokens: &[Token], known: &BTreeSet<&str>, name: &str, lost: &[f64]) -> NewOfTheName {
    let earliest = lost.iter().copied().fold(f64::INFINITY, f64::min);
    let new = tokens.iter().filter(|token| {
        token.name() == name && !known.contains(token.id.as_str()) && !token.was_used() && !lost.is_empty()
    });
    let (orphans, others): (Vec<&Token>, Vec<&Token>) =
        new.partition(|token| token.created_time.is_none_or(|created| created >= earliest));
    let ids = |tokens: Vec<&Token>| tokens.into_iter().map(|token| token.id.clone()).collect();
    NewOfTheName { orphans: ids(orphans), others: ids(others) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn token(id: &str, name: &str, created: Option<f64>, used: Option<f64>) -> Token {
        serde_json::from_value(json!({"id": id, "name": name, "created_time": created, "last_used": used})).unwrap()
    }

    #[test]
    fn a_new_unused_token_of_the_name_is_the_orphan_of_a_lost_post_unless_it_is_dated_before_that() {
        let known = BTreeSet::from(["before"]);
        for (token, orphan, other) in [
            (token("new", "wanted", Some(100.0), None), true, false),
            (token("new", "wanted", Some(150.5), Some(0.0)), true, false),
            (token("new", "wanted", None, None), true, false),
            (token("new", "other", Some(100.0), None), false, false),
            (token("before", "wanted", Some(100.0), None), false, false),
            (token("new", "wanted", Some(100.0), Some(101.0)), false, false),
            (token("new", "wanted", Some(99.0), None), false, true),
        ] {
            let found = new_of_the_name(std::slice::from_ref(&token), &known, "wanted", &[120.0, 100.0]);
            assert_eq!((!found.orphans.is_empty(), !found.others.is_empty()), (orphan, other), "{token:?}");
        }
        let now = token("new", "wanted", Some(1e12), None);
        assert_eq!(new_of_the_name(&[now], &known, "wanted", &[]), NewOfTheName::default(), "no POST was lost");
    }
}
