//! The protocol by which a run creates exactly one token of a name, although responses are lost and other runs do the same: a
//! state machine without I/O. [`creation`](crate::creation) performs its actions, and a model of the cloud tests all orders of them.
//!
//! # Protocol
//!
//! 1. **Create under a marker**: `POST` the token as `NAME (new …)`. The [marker](crate::marker) is new for each attempt.
//! 2. **Look**: list the tokens.
//!    - Another new token is called `NAME`: it wins. Withdraw: delete the own token by the id of its response.
//!    - Markers of other runs: the earliest one (its time, then its random id) wins. All others withdraw. The earliest waits
//!      until they have, because one of them may have looked before this token existed.
//!    - Markers of runs that have ended: delete these tokens.
//!    - Nothing else: go on.
//! 3. **Rename** by `PUT` to `NAME`, unless the response shows the new name, list again. A `PUT` is repeated.
//!
//! The usual creation takes four requests: list, POST, list, PUT.
//!
//! # Why one token remains
//!
//! Each run creates before it looks. Of two runs, the one that looks later sees the other's marker or its final name. The order
//! of markers is in the markers, so that all runs see the same one. The earliest run renames only after every other marker has
//! disappeared, and every other run withdraws when it sees an earlier one.
//!
//! # Lost responses
//!
//! A lost response to a POST leaves a token with a marker of this run, whose key is lost: an orphan. It can never be
//! taken for `NAME`, or for a token of another run. The run looks for it until it appears or the time for late effects is
//! over, deletes it, and only then creates again. It looks once more at the end. An orphan that appears later still is deleted
//! by the next run that needs the name, or reported by its marked name.
//! A lost response to a PUT is settled by reading: the token is listed under its id.
//!
//! # Runs that were killed
//!
//! A run begins no PUT when it could take effect after the life in its marker. After that time the next run deletes the
//! token ([`Judge`]). Under the same lock it does so at once: the lock is held by one run. Until then other
//! machines wait, at most for `max_wait`, and then fail with the time when the marker is over.
//!
//! # What is never deleted
//!
//! A run deletes the token of its own response, tokens with markers of its own attempts, and tokens with markers of runs that
//! have ended. It deletes no token called `NAME` and no token of a run that may go on.

mod machine;

pub use machine::Machine;

use crate::error::Error;
use crate::marker::{Judge, LockDomain, Marker};
use crate::token::Token;
use std::collections::BTreeSet;
use std::time::Duration;

/// The next action of a creation.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Create the token under this name, then call [`Machine::posted`].
    Post(String),
    /// List the tokens, then call [`Machine::looked`] or [`Machine::look_failed`].
    Look,
    /// Rename the token of this id to the final name, then call [`Machine::renamed`].
    Rename(String),
    /// Delete the token of this id, then call [`Machine::deleted`].
    Delete(String),
    /// Wait so long.
    Pause(Duration),
    /// Nothing: [`Machine::end`] returns the result.
    End,
}

/// The response to a POST.
#[derive(Debug)]
pub enum Posted {
    /// A token of this id, with its key.
    Created(String),
    /// The cloud refused, or nothing was sent.
    Refused(Error),
    /// The token may exist or appear within this time.
    Lost(Error, Duration),
}

/// The response to a PUT.
#[derive(Debug)]
pub enum Renamed {
    /// It shows the token.
    Shown(Box<Token>),
    /// It is a success that does not show the token.
    Unshown,
    /// The cloud refused.
    Refused(Error),
    /// The name may have changed.
    Lost(Error),
}

/// The time of an event.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Since the listing before the creation, including suspensions of the host.
    pub elapsed: Duration,
    /// The time left to wait; 0 after a signal.
    pub remaining: Duration,
}

/// The facts of a creation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The final name.
    pub name: String,
    /// The lock under which this run works.
    pub domain: Option<LockDomain>,
    /// By the cloud's clock, in seconds of the epoch.
    pub now: f64,
    /// The difference to another run's clock, if the cloud does not show its time.
    pub skew: Duration,
    /// The time after the beginning of a POST in which this run may rename its token.
    pub life: Duration,
    /// The bound on one request.
    pub timeout: Duration,
    /// The ids of the tokens that had the name before.
    pub known: BTreeSet<String>,
}

/// The end of a creation.
#[derive(Debug)]
pub enum Ending {
    /// The token has its final name; as the cloud shows it.
    Created(Box<Token>),
    /// The own token was deleted.
    Withdrawn {
        /// The own id.
        own: String,
        /// The other run's token, where one was seen.
        other: Option<String>,
    },
    /// No token is left, except as the error lists.
    Failed(Error),
}

/// The error of a run that other runs keep from going on.
#[must_use]
pub fn unfinished(name: &str, judge: Judge, others: &[&(&Token, Marker)]) -> Error {
    let ends_in = others.iter().map(|(_, marker)| judge.ends_in(marker)).fold(0.0, f64::max);
    Error::Unfinished {
        name: name.to_owned(),
        ids: others.iter().map(|(token, _)| token.id.clone()).collect(),
        retry_after: Duration::from_secs_f64(ends_in.min(1e6)),
    }
}

#[cfg(test)]
mod tests;
