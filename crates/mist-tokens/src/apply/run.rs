//! What a run has at hand, and what it comes to.

use crate::error::{Error, Notice, Result};
use crate::marker::LockDomain;
use crate::plan::Plan;
use crate::token::{Owner, Token};
use mist_client::Client;
use secrecy::SecretString;
use std::collections::BTreeSet;

/// One run: on whose behalf, and as whom.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The conversation with the cloud.
    pub client: &'a Client,
    /// Whose tokens.
    pub owner: &'a Owner,
    /// The ids of the tokens that this run authenticates with.
    pub own: &'a BTreeSet<String>,
    /// Whether removing such a one is allowed.
    pub allow_self: bool,
    /// The lock under which it works.
    pub domain: Option<LockDomain>,
    /// Whether somebody still reads the result of the run.
    pub is_read: &'a (dyn Fn() -> bool + Sync),
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Run").field("owner", self.owner).field("own", self.own).finish_non_exhaustive()
    }
}

/// What was done.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The token that is there now.
    pub token: Option<Token>,
    /// Its key, if it is new.
    pub key: Option<SecretString>,
    /// The ids that were deleted.
    pub deleted: Vec<String>,
    /// Whether a token was changed in place.
    pub updated: bool,
    /// Whether the file of an existing token's key was written anew.
    pub rewritten: bool,
    /// What the user should hear.
    pub notices: Vec<Notice>,
}

impl Outcome {
    /// Whether anything was changed.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.key.is_some() || !self.deleted.is_empty() || self.updated || self.rewritten
    }

    /// The token that was made, and its key, if one was.
    #[must_use]
    pub fn made(&self) -> Option<(&Token, &SecretString)> {
        self.token.as_ref().zip(self.key.as_ref())
    }

    /// What the real run would do, as far as it can be known beforehand.
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

/// A run that was stopped on its way.
#[derive(Debug)]
pub struct ApplyError {
    /// What went wrong, and what there is now.
    pub error: Error,
    /// What had been done by then.
    pub done: Outcome,
}

/// A plan that was carried out: the one that it came to.
#[derive(Debug)]
pub struct Applied {
    /// The plan as it was followed in the end: another than the first where another run was first.
    pub plan: Plan,
    /// What came of it.
    pub outcome: Result<Outcome, Box<ApplyError>>,
}

/// The ids of the tokens that this client authenticates with, as far as the cloud shows keys.
#[must_use]
pub fn own_tokens(client: &Client, tokens: &[Token]) -> BTreeSet<String> {
    let authentication = client.authentication();
    let is_own = |token: &&Token| token.key.as_ref().is_some_and(|key| authentication.is_own(key));
    tokens.iter().filter(is_own).map(|token| token.id.clone()).collect()
}
