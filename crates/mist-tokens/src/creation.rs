//! Makes exactly one token: a key is shown once, so an answer that is lost may not leave a token behind
//! whose key nobody has, nor two.
//!
//! When the answer to a POST is lost, the token may be there, may come yet, or never come. Its key is gone in
//! every case. So: list again, delete what this POST left, make a new one, and list a last time.

use crate::privilege::Privilege;
use crate::token::{self, Listing, NewToken, Owner, Token};
use mist_client::client::Client;
use mist_client::error::{Error, Result, in_words};
use mist_client::retry::growing_pause;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Instant;

/// After so many lost answers something other than bad luck is at work.
const MOST_POSTS: u32 = 5;

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
    fn body(&self) -> Value {
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

/// A token was made.
#[derive(Debug)]
pub struct Created {
    /// The token and its key.
    pub new: NewToken,
    /// What the user should hear about how it came to be.
    pub warnings: Vec<String>,
}

/// Makes the token of `draft`; `before` is the listing that showed that it is needed.
///
/// # Errors
/// When no token could be made. The message tells if one may be there, or appear, whose key nobody has.
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
        attempt.lost.push(earliest);
        attempt.late |= error.may_yet_take_effect();
        attempt.settle(&error)?;
        if attempt.lost.len() as u32 >= MOST_POSTS || !attempt.pause(&error) {
            return Err(attempt.gave_up(error));
        }
    }
}

/// The state of one creation over its attempts.
struct Attempts<'a> {
    client: &'a Client,
    owner: &'a Owner,
    draft: &'a Draft,
    before: &'a Listing,
    /// Ids, beside those listed before, that are surely not of a lost POST.
    known: Vec<String>,
    /// For each POST whose answer was lost: the earliest time that its token can carry.
    lost: Vec<f64>,
    /// Whether one of those POSTs may take effect yet.
    late: bool,
    /// The orphans deleted so far.
    removed: Vec<String>,
}

impl Attempts<'_> {
    fn post(&self) -> Result<NewToken> {
        let mut answer = self.client.post(&self.owner.path(), &self.draft.body())?;
        let json = answer.json.take();
        let mut new = NewToken::from_answer(json).ok_or_else(|| Error::Answer {
            call: answer.call,
            reason: "the cloud's answer holds no token with its whole key".into(),
        })?;
        // The answer to the POST may lack them (official API document).
        if new.token.privileges.is_none() {
            new.token.privileges.clone_from(&self.draft.privileges);
        }
        Ok(new)
    }

    /// After a lost answer: deletes the orphan, waiting for it where it may come late.
    fn settle(&mut self, error: &Error) -> Result<()> {
        let wait = self.client.timeout();
        let started = Instant::now();
        let mut round = 1;
        loop {
            if self.sweep(error)? > 0 || !error.may_yet_take_effect() || started.elapsed() >= wait {
                return Ok(());
            }
            let pause = growing_pause(round, fastrand::f64()).min(wait.saturating_sub(started.elapsed()));
            if pause > self.client.remaining_wait() {
                return Err(Error::Other(format!(
                    "{error} There was no time left (max_wait) to see what became of it. {}",
                    self.may_yet_appear()
                )));
            }
            self.client.pause(pause, &error.to_string());
            round += 1;
        }
    }

    /// Lists, and deletes what lost POSTs left; gives how many.
    fn sweep(&mut self, cause: &Error) -> Result<usize> {
        let unknown = |error: Error| {
            Error::Other(format!("{cause} Then, looking for what it may have left: {error} {}", self.may_yet_appear()))
        };
        let listing = token::list(self.client, self.owner).map_err(unknown)?;
        // Only now, as answers are seldom lost: of a whole set, each creation would remember the whole listing.
        let before = self.before.tokens.iter().map(|token| token.id.as_str());
        let known = before.chain(self.known.iter().map(String::as_str)).collect();
        let found = orphans(&listing.tokens, &known, &self.draft.name, &self.lost);
        if found.len() > self.lost.len() - self.removed.len().min(self.lost.len()) {
            return Err(Error::Other(format!(
                "{cause} More tokens named '{}' came up meanwhile than this task can have made, so that none is deleted: {}. \
                 Keep those that somebody has the key of, and delete the others by id.",
                self.draft.name,
                found.join(", ")
            )));
        }
        for id in &found {
            token::delete(self.client, self.owner, id).map_err(|error| {
                Error::Other(format!(
                    "{cause} It left token {id}, whose key nobody has, and deleting that failed too: {error} \
                     Delete it with state: absent and id: {id}."
                ))
            })?;
            self.known.push(id.clone());
            self.removed.push(id.clone());
        }
        Ok(found.len())
    }

    /// A pause before the next attempt; false when there is no time for it.
    fn pause(&self, error: &Error) -> bool {
        let pause = growing_pause(self.lost.len() as u32, fastrand::f64());
        let possible = pause <= self.client.remaining_wait();
        if possible {
            self.client.pause(pause, &error.to_string());
        }
        possible
    }

    fn succeeded(mut self, new: NewToken) -> Result<Created> {
        if self.lost.is_empty() {
            return Ok(Created { new, warnings: Vec::new() });
        }
        // A POST whose answer was lost may have taken effect after the last look.
        self.known.push(new.token.id.clone());
        let cause = Error::Other("An answer to the creation was lost.".into());
        let mut warnings = Vec::new();
        if let Err(error) = self.sweep(&cause) {
            // The token in hand is good: it is delivered, and the rest is told.
            warnings.push(error.to_string());
        }
        let count = self.lost.len();
        let removed = match self.removed.as_slice() {
            [] => "no token of theirs was there when it was looked for last".to_owned(),
            ids => format!("what they had made, with keys that nobody has, was deleted: {}", ids.join(", ")),
        };
        warnings.push(format!(
            "{} to create token '{}' {} lost; {removed}. The token returned was made after that.",
            answers(count),
            self.draft.name,
            if count == 1 { "was" } else { "were" },
        ));
        Ok(Created { new, warnings })
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
        let removed = match self.removed.as_slice() {
            [] => "no token of theirs was there when it was looked for last".to_owned(),
            ids => format!("what they left was deleted again ({})", ids.join(", ")),
        };
        let end = if self.late && self.removed.len() < self.lost.len() {
            self.may_yet_appear()
        } else {
            "Nothing was created.".to_owned()
        };
        Error::Other(format!(
            "{error} {} to create token '{}' {} lost; {removed}. {end}",
            answers(self.lost.len()),
            self.draft.name,
            if self.lost.len() == 1 { "was" } else { "were" },
        ))
    }

    fn may_yet_appear(&self) -> String {
        format!(
            "A token named '{}' may yet appear, whose key nobody has, and the next run would take it for the wanted one: \
             look with state: info in {}, and delete it with state: absent before running this task again.",
            self.draft.name,
            in_words(self.client.timeout())
        )
    }
}

fn answers(count: usize) -> String {
    match count {
        1 => "The answer to 1 attempt".to_owned(),
        _ => format!("The answers to {count} attempts"),
    }
}

/// The ids of tokens that only a lost POST of this run can have left: of the wanted name, not there before,
/// never used, and made after the first of those POSTs was sent.
fn orphans(tokens: &[Token], known: &BTreeSet<&str>, name: &str, lost: &[f64]) -> Vec<String> {
    let earliest = lost.iter().copied().fold(f64::INFINITY, f64::min);
    tokens
        .iter()
        .filter(|token| {
            token.name() == name
                && !known.contains(token.id.as_str())
                && token.last_used.is_none_or(|used| used == 0.0)
                && token.created_time.is_none_or(|created| created >= earliest)
        })
        .map(|token| token.id.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(id: &str, name: &str, created: Option<f64>, used: Option<f64>) -> Token {
        serde_json::from_value(json!({"id": id, "name": name, "created_time": created, "last_used": used})).unwrap()
    }

    #[test]
    fn only_what_a_lost_post_can_have_left_is_an_orphan() {
        let known = BTreeSet::from(["before"]);
        for (token, orphan) in [
            (token("new", "wanted", Some(100.0), None), true),
            (token("new", "wanted", Some(150.5), Some(0.0)), true),
            (token("new", "wanted", None, None), true),
            (token("new", "other", Some(100.0), None), false),
            (token("before", "wanted", Some(100.0), None), false),
            (token("new", "wanted", Some(100.0), Some(101.0)), false),
            (token("new", "wanted", Some(99.0), None), false),
        ] {
            assert_eq!(
                !orphans(std::slice::from_ref(&token), &known, "wanted", &[120.0, 100.0]).is_empty(),
                orphan,
                "{token:?}"
            );
        }
        assert!(orphans(&[token_now()], &known, "wanted", &[]).is_empty(), "no POST was lost");
    }

    fn token_now() -> Token {
        token("new", "wanted", Some(1e12), None)
    }

    #[test]
    fn a_draft_says_only_what_was_wanted() {
        let draft = |privileges, src_ips| Draft { name: "n".into(), privileges, src_ips }.body();
        assert_eq!(draft(None, None), json!({"name": "n"}));
        assert_eq!(draft(None, Some(vec![])), json!({"name": "n"}));
        assert_eq!(
            draft(
                Some(vec![Privilege { scope: "org".into(), role: "read".into(), ..Privilege::default() }]),
                Some(vec!["10.0.0.1".into()])
            ),
            json!({"name": "n", "privileges": [{"scope": "org", "role": "read"}], "src_ips": ["10.0.0.1"]})
        );
    }
}
