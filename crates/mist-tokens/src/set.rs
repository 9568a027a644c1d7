//! The plan of a set of tokens from its declaration and the listed tokens. No I/O: check mode, diff mode and the real run share it.

use crate::error::{Notice, Refusal};
use crate::marker::{Judge, Marker};
use crate::plan::{self, Context, Plan};
use crate::target::{AtPlace, Target};
use crate::token::{Owner, Token, TokenRef};
use std::collections::{BTreeMap, BTreeSet};

/// The situation of the run.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    pub owner: &'a Owner,
    /// All tokens of the owner.
    pub tokens: &'a [Token],
    /// The key file of each declared token, in the order of declaration.
    pub places: &'a [AtPlace],
    /// The ids of the tokens that this run authenticates with.
    pub own: &'a BTreeSet<String>,
    /// True if this run authenticates with a token.
    pub by_token: bool,
    /// True if such a token may be replaced.
    pub allow_self: bool,
    /// Seconds of the epoch, by the cloud's clock.
    pub now: f64,
    /// Decides about tokens that other runs have not renamed yet.
    pub judge: Judge,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SetPlan {
    /// In the order of declaration.
    pub plans: Vec<Plan>,
    /// Tokens to delete after all declared ones are in place.
    pub purge: Vec<Token>,
    /// Notices about the purge.
    pub notices: Vec<Notice>,
}

impl SetPlan {
    #[must_use]
    pub fn changes(&self) -> bool {
        !self.purge.is_empty() || self.plans.iter().any(Plan::changes)
    }
}

/// Plans the whole set. With `keeps`, tokens that are neither declared nor kept by name are deleted.
///
/// # Errors
/// The position and refusal of each declared token that cannot be had.
pub fn plan(
    declared: &[&Target],
    keeps: Option<&dyn Fn(&str) -> bool>,
    situation: &Situation<'_>,
) -> Result<SetPlan, Vec<(usize, Refusal)>> {
    let index = Index::new(declared, situation.tokens);
    let (mut plans, mut refused) = (Vec::with_capacity(declared.len()), Vec::new());
    for (position, (target, place)) in declared.iter().zip(situation.places).enumerate() {
        let context = Context {
            key_file: &place.found,
            other_attributes: place.other_attributes,
            own: situation.own,
            allow_self: situation.allow_self,
            now: situation.now,
            judge: situation.judge,
        };
        match plan::present(target, situation.owner, &index.meant(target), &context) {
            Ok(plan) => plans.push(plan),
            Err(refusal) => refused.push((position, refusal)),
        }
    }
    // Another token's key in the key file concerns more than one declaration.
    for (position, (target, place)) in declared.iter().zip(situation.places).enumerate() {
        if refused.is_empty()
            && plans[position].create.is_some()
            && let Some(refusal) = plan::key_to_be_lost(target, &place.found, situation.tokens)
        {
            refused.push((position, refusal));
        }
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    let mut plan = SetPlan { plans, ..SetPlan::default() };
    if let Some(keeps) = keeps {
        add_purge(&mut plan, declared, keeps, situation);
    }
    Ok(plan)
}

/// The tokens by name and id: the work grows with the set, not with its square.
struct Index<'a> {
    named: BTreeMap<&'a str, Vec<&'a Token>>,
    by_id: BTreeMap<String, &'a Token>,
    /// Tokens that runs have not renamed yet.
    marked: Vec<&'a Token>,
    /// The ids that are declared and exist.
    claimed: BTreeSet<&'a str>,
}

impl<'a> Index<'a> {
    fn new(declared: &[&Target], tokens: &'a [Token]) -> Self {
        let mut named: BTreeMap<&str, Vec<&Token>> = BTreeMap::new();
        let mut by_id = BTreeMap::new();
        for token in tokens {
            named.entry(token.name()).or_default().push(token);
            by_id.insert(token.id.to_ascii_lowercase(), token);
        }
        let claimed = declared
            .iter()
            .filter_map(|target| by_id.get(&target.id.as_ref()?.to_ascii_lowercase()))
            .map(|token: &&Token| token.id.as_str())
            .collect();
        let marked = tokens.iter().filter(|token| Marker::of_any(token).is_some()).collect();
        Self { named, by_id, marked, claimed }
    }

    /// The tokens that concern a declaration: the one of its id, those of its name without another claim by id, and those that are
    /// to get its name.
    fn meant(&self, target: &Target) -> Vec<Token> {
        let by_id = target.id.as_ref().and_then(|id| self.by_id.get(&id.to_ascii_lowercase())).copied();
        let named = self.named.get(target.name.as_str()).into_iter().flatten().copied();
        let marked = self.marked.iter().copied().filter(|token| Marker::of(token, &target.name).is_some());
        let unclaimed = named.chain(marked).filter(|token| !self.claimed.contains(token.id.as_str()));
        by_id.into_iter().chain(unclaimed).cloned().collect()
    }
}

fn add_purge(plan: &mut SetPlan, declared: &[&Target], keeps: &dyn Fn(&str) -> bool, situation: &Situation<'_>) {
    let declared: BTreeSet<&str> = declared.iter().map(|target| target.name.as_str()).collect();
    let concerned: BTreeSet<&str> = plan.plans.iter().flat_map(concerned).map(|token| token.id.as_str()).collect();
    let judge = situation.judge;
    let (mut others, mut alive) = (Vec::new(), Vec::new());
    for token in situation.tokens {
        let marker = Marker::of_any(token);
        let is_declared = declared.contains(token.name())
            || marker.is_some() && declared.iter().any(|name| Marker::of(token, name).is_some());
        if concerned.contains(token.id.as_str()) || is_declared || situation.own.contains(&token.id) {
            continue;
        }
        match marker {
            Some((_, name)) if keeps(token.name()) || keeps(name) => {}
            None if keeps(token.name()) => {}
            Some((marker, _)) if !judge.is_dead(&marker) => alive.push((token, marker)),
            _ => others.push(token),
        }
    }
    plan.notices.extend(plan::in_progress_of(&alive, judge));
    // A token whose key the cloud does not show may be the one that this run authenticates with.
    let (unknown, known): (Vec<&Token>, Vec<&Token>) =
        others.into_iter().partition(|token| situation.by_token && !shows_its_key(token));
    plan.notices.extend(unknown.into_iter().map(|token| Notice::MayBeOwn(TokenRef::from(token))));
    plan.purge = known.into_iter().cloned().collect();
}

/// True if the cloud shows enough of the key to compare it.
fn shows_its_key(token: &Token) -> bool {
    token.key.as_ref().is_some_and(|key| key.to_string() != "...")
}

/// All tokens of a plan.
fn concerned(plan: &Plan) -> impl Iterator<Item = &Token> {
    plan.keep.iter().chain(&plan.previous).chain(plan.deleted())
}

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;
