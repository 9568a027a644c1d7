//! What to do about a whole set, from what is declared and what was found: no I/O, so that check mode, diff mode and
//! the real run follow one plan.

use crate::mist_api_token::decision;
use crate::mist_api_token::plan::{Plan, Surroundings};
use crate::mist_api_token::privileges::Names;
use crate::mist_api_token::wanted::Present;
use crate::mist_api_tokens::wanted::Keep;
use mist_tokens::key_file::Found;
use mist_tokens::token::{Owner, Token};
use std::collections::{BTreeMap, BTreeSet};

/// What was found.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// Whose tokens they are.
    pub owner: &'a Owner,
    /// The ids of the sites and site groups that are named.
    pub names: &'a Names,
    /// All tokens of the owner.
    pub tokens: &'a [Token],
    /// What is at the place of each declared token's key file, in the order of declaration.
    pub key_files: &'a [Found],
    /// The ids of the tokens that this run authenticates with.
    pub own: &'a BTreeSet<String>,
    /// Whether this run authenticates with a token at all.
    pub by_token: bool,
    /// Whether replacing such a one is allowed.
    pub allow_self: bool,
    /// What time it is by the cloud's clock, in seconds of the epoch.
    pub now: f64,
}

/// What to do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SetPlan {
    /// About each declared token, in the order of declaration.
    pub plans: Vec<Plan>,
    /// The tokens to delete besides, once all that are declared are in place.
    pub purge: Vec<Token>,
    /// What the user should hear of the purge.
    pub warnings: Vec<String>,
}

impl SetPlan {
    /// Whether anything changes.
    #[must_use]
    pub fn changes(&self) -> bool {
        !self.purge.is_empty() || self.plans.iter().any(Plan::changes)
    }
}

/// Plans for the whole set.
///
/// # Errors
/// Of each declared token that cannot be had as declared, its position and why.
pub fn plan(
    declared: &[Present],
    purge: Option<&Keep>,
    situation: &Situation<'_>,
) -> Result<SetPlan, Vec<(usize, String)>> {
    let index = Index::new(declared, situation.tokens);
    let (mut plans, mut refused) = (Vec::with_capacity(declared.len()), Vec::new());
    for (position, (present, key_file)) in declared.iter().zip(situation.key_files).enumerate() {
        let surroundings =
            Surroundings { key_file, own: situation.own.clone(), allow_self: situation.allow_self, now: situation.now };
        let meant = index.meant(present);
        match decision::decide(present, situation.names, situation.owner, &meant, &surroundings) {
            Ok(plan) => plans.push(plan),
            Err(reason) => refused.push((position, reason)),
        }
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    let mut plan = SetPlan { plans, ..SetPlan::default() };
    if let Some(keep) = purge {
        add_purge(&mut plan, declared, keep, situation);
    }
    Ok(plan)
}

/// The tokens by name and by id, so that the work grows with the set and not with its square.
struct Index<'a> {
    named: BTreeMap<&'a str, Vec<&'a Token>>,
    by_id: BTreeMap<String, &'a Token>,
    /// The ids that are declared and there.
    claimed: BTreeSet<&'a str>,
}

impl<'a> Index<'a> {
    fn new(declared: &[Present], tokens: &'a [Token]) -> Self {
        let mut named: BTreeMap<&str, Vec<&Token>> = BTreeMap::new();
        let mut by_id = BTreeMap::new();
        for token in tokens {
            named.entry(token.name()).or_default().push(token);
            by_id.insert(token.id.to_ascii_lowercase(), token);
        }
        let claimed = declared
            .iter()
            .filter_map(|present| by_id.get(&present.id.as_ref()?.to_ascii_lowercase()))
            .map(|token: &&Token| token.id.as_str())
            .collect();
        Self { named, by_id, claimed }
    }

    /// The tokens that a declaration can be about: the one of its id, and those of its name that no other claims by id.
    fn meant(&self, present: &Present) -> Vec<Token> {
        let by_id = present.id.as_ref().and_then(|id| self.by_id.get(&id.to_ascii_lowercase())).copied();
        let named = self.named.get(present.name.as_str()).into_iter().flatten().copied();
        by_id.into_iter().chain(named.filter(|token| !self.claimed.contains(token.id.as_str()))).cloned().collect()
    }
}

fn add_purge(plan: &mut SetPlan, declared: &[Present], keep: &Keep, situation: &Situation<'_>) {
    let declared: BTreeSet<&str> = declared.iter().map(|present| present.name.as_str()).collect();
    let concerned: BTreeSet<&str> = plan.plans.iter().flat_map(concerned).map(|token| token.id.as_str()).collect();
    let others = situation.tokens.iter().filter(|token| {
        !concerned.contains(token.id.as_str())
            && !declared.contains(token.name())
            && !situation.own.contains(&token.id)
            && !keep.keeps(token.name())
    });
    // One whose key the cloud does not show may be the very one that this run authenticates with.
    let (unknown, known): (Vec<&Token>, Vec<&Token>) =
        others.partition(|token| situation.by_token && token.key.is_none());
    plan.warnings.extend(unknown.iter().map(|token| {
        format!(
            "purge: token '{}' (id {}) stays, as the cloud shows nothing of its key: it may be the one that this task authenticates with.",
            token.name().escape_debug(),
            token.id
        )
    }));
    plan.purge = known.into_iter().cloned().collect();
}

/// Every token that a plan is about.
fn concerned(plan: &Plan) -> impl Iterator<Item = &Token> {
    plan.keep.iter().chain(&plan.previous).chain(plan.deleted())
}

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;
