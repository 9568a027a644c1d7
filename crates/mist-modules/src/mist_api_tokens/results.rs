//! The results, the diff and the messages of a set.

use crate::TokenType;
use crate::common::orgs::ManyOrgs;
use crate::tokens::message_formatter::MessageFormatter;
use crate::tokens::results::{self, TokenResult, diff_header, diff_of_token};
use ansible_binary_module::Diff;
use mist_client::redact::quoted;
use mist_tokens::apply_set::{Progress, Purged, SetOutcome, StopReason};
use mist_tokens::plan::Plan;
use mist_tokens::set::SetPlan;
use mist_tokens::target::{AtPlace, Target};
use mist_tokens::token::Owner;
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The results of `mist_api_tokens`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// Outcome of each declared token, in the order of declaration; also when the task fails.
    #[schemars(extend("x-ansible-returned" = "always"))]
    pub tokens: Vec<TokenOutcome>,
    /// Deleted tokens that were not declared. In check mode, those that would be deleted.
    #[schemars(extend("x-ansible-returned" = "when O(purge=true)"))]
    pub purged: Option<Vec<PurgedToken>>,
    /// Owner of the tokens.
    #[schemars(extend("x-ansible-returned" = "always"))]
    pub token_type: Option<TokenType>,
    #[serde(flatten)]
    pub many: ManyOrgs,
}

/// The outcome of one declared token.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct TokenOutcome {
    /// Declared name.
    #[schemars(example = &"backup-script")]
    pub name: String,
    /// Action. In check mode, the predicted one.
    #[schemars(example = &"created")]
    pub state: TokenState,
    /// True if the task changed something for the token.
    #[schemars(example = true)]
    pub changed: bool,
    /// The token as the cloud shows it, with a masked key. In check mode, its known fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "when the token exists"))]
    pub token: Option<TokenResult>,
    /// Key of the new token, shown only once. V(null) if the token is not new, without O(return_keys=true), and in check mode.
    #[schemars(example = &"VALUE_SHOWN_ONCE")]
    pub key: Option<String>,
    /// Ids of the replaced and deleted tokens. In check mode, of those that would be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "when tokens of its name were deleted"))]
    #[schemars(extend("examples" = [["864f351a-1377-4ad9-83f8-72f3fe6199ba"]]))]
    pub deleted: Option<Vec<String>>,
    /// Error of this token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "when RV(tokens[].state=failed)"))]
    #[schemars(example = &"key_file: '/etc/backup/mist-token' does not exist, and the cloud shows the key of a token once.")]
    pub error: Option<String>,
}

/// The action for a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// The token was created.
    Created,
    /// The name or the privileges changed, or older tokens of the name were deleted.
    Updated,
    /// A new token replaced another one, or exists next to it during the overlap.
    Replaced,
    /// The token was as declared.
    Unchanged,
    /// The token is not as declared.
    Failed,
    /// Nothing was tried, because of the failure of another token.
    #[default]
    NotBegun,
}

impl TokenState {
    /// The action of this plan.
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

/// A deleted token that was not declared.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PurgedToken {
    /// Id.
    #[schemars(example = &"864f351a-1377-4ad9-83f8-72f3fe6199ba")]
    pub id: String,
    /// Name.
    #[schemars(example = &"forgotten")]
    pub name: String,
}

impl Results {
    /// The results of an applied or predicted plan.
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
            many: ManyOrgs::default(),
        }
    }

    /// The results when no plan is possible, with the reasons by position.
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

    /// One line about all tokens.
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

    /// True if something changed, or would change.
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
        // A predicted creation has no key yet.
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

/// The changed tokens by name before and after, and the purged ones. Check mode shows the same.
#[must_use]
pub fn diff(owner: &Owner, declared: &[&Target], places: &[AtPlace], plan: &SetPlan, done: &SetOutcome) -> Diff {
    let (mut before, mut after) = (Map::new(), Map::new());
    let each = declared.iter().zip(places).zip(done.plans.iter().zip(&done.tokens));
    for ((target, place), (plan, outcome)) in each {
        let changed = match outcome {
            Progress::Done(done) => done.changed() || plan.create.is_some(),
            Progress::Failed(stopped) => stopped.done.changed(),
            Progress::NotBegun => false,
        };
        if changed {
            let key_file = target.key_file.as_ref().map(|_| &place.found);
            let one = results::diff(plan, key_file);
            add(&mut before, &target.name, &one.before);
            add(&mut after, &target.name, &one.after);
        }
    }
    for (token, purged) in plan.purge.iter().zip(&done.purge) {
        if matches!(purged, Purged::Gone) {
            let name = if token.name().is_empty() { &token.id } else { token.name() };
            add(&mut before, name, &json!({"tokens": [diff_of_token(token)]}));
        }
    }
    Diff::new(Value::Object(before), Value::Object(after)).headed(diff_header(owner))
}

/// Adds the tokens of a name, and the state of their key file: one token, or a list of several.
fn add(side: &mut Map<String, Value>, name: &str, state: &Value) {
    let mut tokens = state["tokens"].as_array().cloned().unwrap_or_default();
    if let (Some(key_file), Some(Value::Object(last))) = (state.get("key_file"), tokens.last_mut()) {
        last.insert("key_file".to_owned(), key_file.clone());
    }
    let all = match side.remove(name) {
        Some(Value::Array(list)) => list.into_iter().chain(tokens).collect(),
        Some(one) => std::iter::once(one).chain(tokens).collect(),
        None => tokens,
    };
    match <[Value; 1]>::try_from(all) {
        Ok([one]) => drop(side.insert(name.to_owned(), one)),
        Err(none) if none.is_empty() => {}
        Err(several) => drop(side.insert(name.to_owned(), Value::Array(several))),
    }
}

/// At most so many are listed in the message; the result contains all.
const LISTED: usize = 10;

/// At most so many names are listed for one reason.
const NAMES: usize = 5;

/// The message of a set that was refused before any change.
#[must_use]
pub fn refused(names: &[&str], reasons: &[(usize, String)]) -> String {
    let each = reasons.iter().map(|(position, reason)| (names[*position], reason.clone()));
    format!(
        "{} of {} tokens cannot be as declared, and nothing was changed. {}",
        reasons.len(),
        names.len(),
        list(by_reason(each), " ")
    )
}

/// The message of a set that was not finished.
#[must_use]
pub fn incomplete(names: &[&str], plan: &SetPlan, done: &SetOutcome) -> String {
    let mut sentences = Vec::new();
    let each = || names.iter().zip(&done.tokens);
    let not_done = each().filter(|(_, outcome)| !matches!(outcome, Progress::Done(_))).count();
    if not_done > 0 {
        sentences.push(format!("{not_done} of {} tokens are not as declared.", names.len()));
    }
    let failed = each().filter_map(|(name, outcome)| match outcome {
        Progress::Failed(stopped) => Some((*name, MessageFormatter::Set.error(&stopped.error))),
        _ => None,
    });
    let purge = || plan.purge.iter().zip(&done.purge);
    let unpurged = purge().filter_map(|(token, purged)| match purged {
        Purged::Failed(error) => Some((token.name(), MessageFormatter::Set.error(error))),
        _ => None,
    });
    sentences.push(list(by_reason(failed.chain(unpurged)), " "));
    let because = match &done.stopped_by {
        Some(StopReason::Trouble(token)) => format!(" because of the failure of token {}", quoted(&token.name)),
        Some(StopReason::Signal) => " because of a signal".to_owned(),
        None => String::new(),
    };
    let not_begun = each().filter(|(_, outcome)| matches!(outcome, Progress::NotBegun));
    let not_begun: Vec<String> = not_begun.map(|(name, _)| quoted(name)).collect();
    if !not_begun.is_empty() {
        sentences.push(format!("Not begun{because}: {}.", list(not_begun, ", ")));
    }
    let left = purge().filter(|(_, purged)| matches!(purged, Purged::NotBegun));
    let left: Vec<String> = left.map(|(token, _)| format!("{} ({})", quoted(token.name()), token.id)).collect();
    if !left.is_empty() {
        sentences.push(format!("Not purged yet, because not all declared tokens are in place: {}.", list(left, ", ")));
    }
    sentences
        .push("The result lists the changes, and the new keys are delivered. Run the task again to finish.".to_owned());
    sentences.retain(|sentence| !sentence.is_empty());
    sentences.join(" ")
}

/// One sentence for each reason, with the first names that it concerns.
fn by_reason<'a>(each: impl Iterator<Item = (&'a str, String)>) -> Vec<String> {
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    for (name, reason) in each {
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(name),
            None => reasons.push((reason, vec![name])),
        }
    }
    let sentence = |(reason, names): (String, Vec<&str>)| {
        let end = if reason.ends_with(['.', '!', '?']) { "" } else { "." };
        let shown: Vec<String> = names.iter().take(NAMES).map(|name| quoted(name)).collect();
        let more = names.len().saturating_sub(NAMES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let what = if names.len() == 1 { "Token".to_owned() } else { format!("{} tokens,", names.len()) };
        format!("{what} {}{more}: {reason}{end}", shown.join(", "))
    };
    reasons.into_iter().map(sentence).collect()
}

fn list(mut items: Vec<String>, separator: &str) -> String {
    let more = items.len().saturating_sub(LISTED);
    items.truncate(LISTED);
    if more > 0 {
        items.push(format!("and {more} more (see tokens in the result)"));
    }
    items.join(separator)
}

#[cfg(test)]
#[path = "results_tests.rs"]
mod tests;
