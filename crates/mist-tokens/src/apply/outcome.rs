//! The inputs and results of applying a plan.

use crate::error::{Error, Notice, Result};
use crate::marker::LockDomain;
use crate::plan::Plan;
use crate::token::{Owner, Token};
use mist_client::Client;
use secrecy::SecretString;
use std::collections::BTreeSet;

/// The context of one run.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    pub client: &'a Client,
    pub owner: &'a Owner,
    /// The ids of the tokens that this run authenticates with.
    pub own: &'a BTreeSet<String>,
    /// True if such a token may be deleted.
    pub allow_self: bool,
    /// The lock of this run.
    pub domain: Option<LockDomain>,
    /// True if a reader of the result exists.
    pub is_read: &'a (dyn Fn() -> bool + Sync),
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Run").field("owner", self.owner).field("own", self.own).finish_non_exhaustive()
    }
}

/// The changes of a run, or of its prediction.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The token after the run.
    pub token: Option<Token>,
    /// The key of a new token.
    pub key: Option<SecretString>,
    /// The ids of deleted tokens.
    pub deleted: Vec<String>,
    /// True if a token was changed in place.
    pub updated: bool,
    /// True if the existing key was written to its file again.
    pub rewritten: bool,
    pub notices: Vec<Notice>,
}

impl Outcome {
    #[must_use]
    pub fn changed(&self) -> bool {
        self.key.is_some() || !self.deleted.is_empty() || self.updated || self.rewritten
    }

    /// The new token and its key.
    #[must_use]
    pub fn made(&self) -> Option<(&Token, &SecretString)> {
        self.token.as_ref().zip(self.key.as_ref())
    }

    /// The predicted outcome of a plan.
    #[must_use]
    pub fn predicted(plan: &Plan) -> Self {
        Self {
            token: plan.kept().filter(|_| plan.create.is_none()),
            key: None,
            deleted: plan.deleted().map(|token| token.id.clone()).collect(),
            updated: plan.update.is_some(),
            rewritten: plan.rewrite,
            notices: plan.notices.clone(),
        }
    }
}

/// A failed run: its error, and its changes so far.
#[derive(Debug)]
pub struct ApplyError {
    pub error: Error,
    pub done: Outcome,
}

/// An applied plan.
#[derive(Debug)]
pub struct Applied {
    /// The last plan: another one than at the beginning after this run withdrew.
    pub plan: Plan,
    pub outcome: Result<Outcome, Box<ApplyError>>,
}

/// The ids of the tokens that this client authenticates with, as far as the cloud shows keys.
#[must_use]
pub fn own_tokens(client: &Client, tokens: &[Token]) -> BTreeSet<String> {
    let authentication = client.authentication();
    let is_own = |token: &&Token| token.key.as_ref().is_some_and(|key| authentication.is_own(key));
    tokens.iter().filter(is_own).map(|token| token.id.clone()).collect()
}
