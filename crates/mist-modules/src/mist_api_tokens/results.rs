//! What a task returns. RETURN of the documentation comes from here.

use crate::TokenType;
use crate::tokens::messages::MessageFormatter;
use crate::tokens::results::TokenResult;
use mist_tokens::apply_set::{Progress, Purged, SetOutcome};
use mist_tokens::plan::Plan;
use mist_tokens::set::SetPlan;
use mist_tokens::token::Owner;
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::Serialize;

/// The results of `mist_api_tokens`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// What became of each declared token, in the order of declaration. When the task fails, too.
    #[schemars(extend("x-ansible-returned" = "always"))]
    pub tokens: Vec<TokenOutcome>,
    /// The tokens that were deleted as they were not declared. In check mode, those that would be.
    #[schemars(extend("x-ansible-returned" = "when O(purge=true)"))]
    pub purged: Option<Vec<PurgedToken>>,
    /// Whose the tokens are.
    #[schemars(extend("x-ansible-returned" = "always"))]
    pub token_type: Option<TokenType>,
}

/// What became of one declared token.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct TokenOutcome {
    /// Its name, as declared.
    #[schemars(example = &"backup-script")]
    pub name: String,
    /// What was done about it. In check mode, what would be.
    #[schemars(example = &"created")]
    pub state: TokenState,
    /// Whether anything was changed for it.
    #[schemars(example = true)]
    pub changed: bool,
    /// The token, as the cloud shows it, its key masked. In check mode, what of it is known beforehand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "when there is one"))]
    pub token: Option<TokenResult>,
    /// The key of the new token. It is shown this once, and never again. V(null) when the token is not new, unless O(return_keys=true), and in check mode.
    #[schemars(example = &"VALUE_SHOWN_ONCE")]
    pub key: Option<String>,
    /// The ids of the tokens whose place it took, and which were deleted. In check mode, of those that would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "when tokens of its name were deleted"))]
    #[schemars(extend("examples" = [["864f351a-1377-4ad9-83f8-72f3fe6199ba"]]))]
    pub deleted: Option<Vec<String>>,
    /// What went wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "when RV(tokens[].state=failed)"))]
    #[schemars(example = &"key_file: '/etc/backup/mist-token' is not there, and the key of an existing token cannot be had again.")]
    pub error: Option<String>,
}

/// What was done about a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// It was made.
    Created,
    /// It was given another name or other privileges, or older ones of its name that were due to leave left.
    Updated,
    /// A new one was made in the place of another, or beside it while the overlap lasts.
    Replaced,
    /// It was as declared.
    Unchanged,
    /// It is not as declared.
    Failed,
    /// Nothing was tried, because of what happened to another.
    #[default]
    NotBegun,
}

impl TokenState {
    /// What following this plan comes to.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        if plan.replaces() {
            Self::Replaced
        } else if plan.create.is_some() {
            Self::Created
        } else if plan.changes() {
            Self::Updated
        } else {
            Self::Unchanged
        }
    }
}

/// A token that was deleted, as it was not declared.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PurgedToken {
    /// Its id.
    #[schemars(example = &"864f351a-1377-4ad9-83f8-72f3fe6199ba")]
    pub id: String,
    /// Its name.
    #[schemars(example = &"forgotten")]
    pub name: String,
}

impl Results {
    /// What is told of a plan that was carried out, or of one that is predicted.
    #[must_use]
    pub fn of(
        owner: &Owner,
        names: &[&str],
        plan: &SetPlan,
        done: &SetOutcome,
        return_keys: bool,
        purges: bool,
    ) -> Self {
        let tokens = names.iter().zip(&done.plans).zip(&done.tokens);
        let gone = plan.purge.iter().zip(&done.purge).filter(|(_, purged)| matches!(purged, Purged::Gone));
        let purged = gone.map(|(token, _)| PurgedToken { id: token.id.clone(), name: token.name().to_owned() });
        Self {
            tokens: tokens.map(|((name, plan), outcome)| TokenOutcome::of(name, plan, outcome, return_keys)).collect(),
            purged: purges.then(|| purged.collect()),
            token_type: Some(TokenType::from(owner)),
        }
    }

    /// What is told when no plan could be made: of which tokens, by position, and why.
    #[must_use]
    pub fn refused(owner: &Owner, names: &[&str], reasons: &[(usize, String)]) -> Self {
        let mut tokens: Vec<TokenOutcome> =
            names.iter().map(|name| TokenOutcome { name: (*name).to_owned(), ..TokenOutcome::default() }).collect();
        for (position, reason) in reasons {
            tokens[*position].state = TokenState::Failed;
            tokens[*position].error = Some(reason.clone());
        }
        Self { tokens, token_type: Some(TokenType::from(owner)), ..Self::default() }
    }

    /// What was done, or would be, in a line.
    #[must_use]
    pub fn summary(&self, check_mode: bool) -> String {
        let count = |state: TokenState| self.tokens.iter().filter(|token| token.state == state).count();
        let purged = self.purged.as_ref().map_or(0, Vec::len);
        let parts: Vec<String> = [
            ("created", count(TokenState::Created)),
            ("replaced", count(TokenState::Replaced)),
            ("updated", count(TokenState::Updated)),
            ("purged", purged),
            ("unchanged", count(TokenState::Unchanged)),
        ]
        .into_iter()
        .filter(|(word, count)| *count > 0 || *word == "unchanged")
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
        format!("{}{}", if check_mode { "would be: " } else { "" }, parts.join(", "))
    }

    /// Whether anything was changed, or would be.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.tokens.iter().any(|token| token.changed) || self.purged.as_ref().is_some_and(|purged| !purged.is_empty())
    }
}

impl TokenOutcome {
    fn of(name: &str, plan: &Plan, outcome: &Progress, return_key: bool) -> Self {
        let name = name.to_owned();
        let (done, error) = match outcome {
            Progress::Done(done) => (done.as_ref(), None),
            Progress::Failed(stopped) => (&stopped.done, Some(MessageFormatter::Set.error(&stopped.error))),
            Progress::NotBegun => return Self { name, ..Self::default() },
        };
        // What is done is what was planned, and in check mode what is planned; but for a key's, whoever asks is told of none.
        let changed = if error.is_none() && plan.create.is_some() { true } else { done.changed() };
        let state = match error {
            None if plan.create.is_none() && !changed => TokenState::Unchanged,
            None => TokenState::of(plan),
            Some(_) => TokenState::Failed,
        };
        Self {
            name,
            state,
            changed,
            token: TokenResult::of(done, plan, error.is_some()),
            key: done.key.as_ref().filter(|_| return_key).map(|key| key.expose_secret().to_owned()),
            deleted: (!done.deleted.is_empty()).then(|| done.deleted.clone()),
            error,
        }
    }
}
