//! Rotation by situation, and under any schedule of runs and failures.

use super::*;
use crate::key_file::{HeldKey, KeyFile};
use crate::plan::{self, Context};
use crate::target::{Recreate, Target};
use crate::token::Owner;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;

const DAY: f64 = 86_400.0;
const NOW: f64 = 1_000.0 * DAY;

/// A token of this age. Its mask is unique, because its key begins with its id.
fn token(id: &str, age_days: f64, used: bool) -> Token {
    let created = NOW - age_days * DAY;
    made(id, created, used.then_some(created + 1.0))
}

/// A token with a use long after its creation.
fn in_use(id: &str, age_days: f64) -> Token {
    made(id, NOW - age_days * DAY, Some(NOW - 1.0))
}

fn made(id: &str, created: f64, used: Option<f64>) -> Token {
    let masked = format!("{id}...{id}");
    serde_json::from_value(json!({"id": id, "name": "n", "key": masked, "created_time": created, "last_used": used}))
        .unwrap()
}

fn key_of(id: &str) -> String {
    format!("{id}-the-key-of-the-token-{id}")
}

fn holding(id: &str) -> Found {
    Found::Key(HeldKey { key: key_of(id).into(), exposed: false, alone: true, as_wanted: true })
}

fn ids(tokens: &[&Token]) -> String {
    tokens.iter().map(|token| token.id.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_newest_is_the_token_and_the_one_before_leaves_after_the_overlap() {
    let monthly = |overlap_days: f64| Rotation { max_age: 30.0 * DAY, overlap: overlap_days * DAY };
    // (tokens, key file) -> current, due, previous, discarded, leaving
    for (name, rotation, tokens, key_file, expected) in [
        ("none", monthly(0.0), vec![], None, ("", false, "", "", "")),
        ("young", monthly(0.0), vec![token("a", 29.0, true)], None, ("a", false, "", "", "")),
        ("old", monthly(0.0), vec![token("a", 31.0, true)], None, ("a", true, "", "", "")),
        (
            "in the overlap",
            monthly(7.0),
            vec![token("a", 37.0, true), token("b", 6.0, true)],
            None,
            ("b", false, "a", "", ""),
        ),
        (
            "after the overlap",
            monthly(7.0),
            vec![token("a", 38.0, true), token("b", 7.0, true)],
            None,
            ("b", false, "", "a", ""),
        ),
        (
            "not known to have arrived",
            monthly(0.5),
            vec![token("a", 31.0, true), token("b", 0.6, false)],
            None,
            ("b", false, "a", "", ""),
        ),
        (
            "never delivered",
            monthly(0.5),
            vec![token("a", 31.0, true), token("b", 1.1, false)],
            None,
            ("a", true, "", "b", ""),
        ),
        (
            "delivered, by the file",
            monthly(0.5),
            vec![token("a", 31.0, true), token("b", 1.1, false)],
            Some(holding("b")),
            ("b", false, "", "a", ""),
        ),
        (
            "not delivered, by the file",
            monthly(0.5),
            vec![token("a", 29.0, true), token("b", 0.1, false)],
            Some(holding("a")),
            ("a", false, "", "b", ""),
        ),
        (
            "only tried out, by the file",
            monthly(0.5),
            vec![token("a", 29.0, true), token("b", 0.1, true)],
            Some(holding("a")),
            ("a", false, "", "b", ""),
        ),
        (
            "in use, whatever the file",
            monthly(0.05),
            vec![token("a", 29.0, true), in_use("b", 0.1)],
            Some(holding("a")),
            ("b", false, "a", "", ""),
        ),
        (
            "three",
            monthly(7.0),
            vec![token("a", 90.0, true), token("b", 31.0, true), token("c", 1.0, true)],
            None,
            ("c", false, "b", "a", ""),
        ),
        (
            "none ever used",
            monthly(7.0),
            vec![token("a", 90.0, false), token("b", 31.0, false)],
            None,
            ("b", true, "", "", "a"),
        ),
    ] {
        let state = state(rotation, &tokens.iter().collect::<Vec<_>>(), key_file.as_ref(), NOW).unwrap();
        let id = |token: Option<&Token>| token.map(|token| token.id.clone()).unwrap_or_default();
        let found = (id(state.current), state.due, id(state.previous), ids(&state.discarded), ids(&state.leaving));
        let expected = (expected.0.into(), expected.1, expected.2.into(), expected.3.into(), expected.4.into());
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_token_of_unknown_age_is_refused() {
    let token: Token = serde_json::from_value(json!({"id": "a", "name": "n"})).unwrap();
    let error = state(Rotation { max_age: 1.0, overlap: 0.0 }, &[&token], None, NOW).unwrap_err();
    assert!(matches!(error, Refusal::Age { token, .. } if token == "a"));
}

/// A cloud, and a consumer that has one key.
struct World {
    tokens: Vec<Token>,
    consumer: Option<String>,
    with_file: bool,
    now: f64,
    made: u32,
}

impl World {
    /// The promise: the consumer's key works, and there are at most two tokens.
    fn check(&self, story: &str) {
        if let Some(id) = &self.consumer {
            assert!(self.tokens.iter().any(|token| &token.id == id), "the consumer's token {id} is gone; {story}");
        }
        assert!(self.tokens.len() <= 2, "{} tokens; {story}", self.tokens.len());
    }

    /// True if this run has a key in hand, proven, that only its result will carry.
    fn is_handing_over(&self, plan: &plan::Plan) -> bool {
        let newest = self.tokens.last().filter(|token| Some(&token.id) != self.consumer.as_ref());
        !self.with_file && plan.create.is_some() && (newest.is_none_or(Token::was_used) || !plan.replaces())
    }

    fn use_token(&mut self, id: &str) {
        let now = self.now;
        self.tokens.iter_mut().filter(|token| token.id == id).for_each(|token| token.last_used = Some(now));
    }

    /// One run of the task, killed after this number of steps. Returns true if it ended by itself.
    ///
    /// Without a key file, the result delivers the key at the very end: a run that is killed after the trial of the new token loses
    /// the key, and the cloud does not show that. Rotation therefore needs a key file, and only runs with one are killed here.
    fn run(&mut self, rotation: Rotation, mut steps: u32, story: &str) -> bool {
        let found = match &self.consumer {
            Some(id) if self.with_file => holding(id),
            _ => Found::Nothing,
        };
        let target = Target {
            name: "n".into(),
            // With a file, a run that was killed before its first delivery leaves a token and no file.
            recreate: if self.with_file { Recreate::StateChange } else { Recreate::Never },
            rotation: Some(rotation),
            key_file: self.with_file.then(|| KeyFile::new(Path::new("/run/key"), Default::default()).unwrap()),
            ..Target::default()
        };
        let own = BTreeSet::new();
        let around = Context {
            key_file: &found,
            other_attributes: false,
            own: &own,
            allow_self: false,
            now: self.now,
            judge: crate::marker::Judge::default(),
        };
        let plan = plan::present(&target, &Owner::User, &self.tokens, &around).unwrap();
        let mut step = |world: &Self| {
            world.check(story);
            steps = if world.is_handing_over(&plan) { u32::MAX } else { steps.saturating_sub(1) };
            steps > 0
        };
        for token in &plan.discard {
            self.tokens.retain(|known| known.id != token.id);
            if !step(self) {
                return false;
            }
        }
        if plan.create.is_some() {
            self.made += 1;
            let id = format!("t{:04}", self.made);
            self.tokens.push(made(&id, self.now, None));
            if !step(self) {
                return false;
            }
            if plan.replaces() {
                self.use_token(&id);
                if !step(self) {
                    return false;
                }
            }
            self.consumer = Some(id);
            if !step(self) {
                return false;
            }
        }
        for token in &plan.delete {
            self.tokens.retain(|known| known.id != token.id);
            if !step(self) {
                return false;
            }
        }
        true
    }
}

#[test]
fn any_schedule_of_runs_and_failures_keeps_one_working_token_and_at_most_two() {
    for seed in 0..3_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let max_age = DAY * (1.0 + 60.0 * random.f64());
        let overlap = if random.bool() { 0.0 } else { max_age * 0.9 * random.f64() };
        let rotation = Rotation { max_age, overlap };
        let mut world = World { tokens: vec![], consumer: None, with_file: random.bool(), now: NOW, made: 0 };
        // The first token exists before anything fails.
        world.run(rotation, u32::MAX, "the first run");
        for turn in 0..60 {
            let story = format!("seed {seed}, turn {turn}, {rotation:?}, file: {}", world.with_file);
            world.now += max_age * random.f64() * random.f64();
            if random.u8(..) < 200
                && let Some(id) = world.consumer.clone()
            {
                world.use_token(&id);
            }
            let steps = if random.u8(..) < 100 { random.u32(1..6) } else { u32::MAX };
            if world.run(rotation, steps, &story) {
                let newest = world.tokens.iter().filter_map(|token| token.created_time).fold(0.0, f64::max);
                assert!(world.now - newest <= max_age, "too old after a whole run; {story}");
            }
            world.check(&story);
        }
        // Left in peace, it comes to rest: once the overlap is over there is one token, and a second run changes nothing.
        for pause in [overlap + 1.0, NEVER_DELIVERED + overlap + 1.0] {
            world.now += pause;
            if let Some(id) = world.consumer.clone() {
                world.use_token(&id);
            }
            world.run(rotation, u32::MAX, "at rest");
        }
        let before = world.tokens.clone();
        assert!(world.run(rotation, u32::MAX, "at rest"));
        assert_eq!(world.tokens, before, "seed {seed}");
    }
}
