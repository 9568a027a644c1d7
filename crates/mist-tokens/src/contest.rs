//! Which of several runs keeps the token that it made, where each made one of a name at the same time: the one whose token
//! is the first, by the cloud's time and then by id.
//!
//! A run decides from the list as it is when it first looks after its own creation; who comes later is no rival of it. Who is
//! later withdraws at once. Who is the first of several waits until the others have withdrawn: one that does not had looked
//! before there was anything to see, and has delivered its key by now; then the first gives way to it, although by the
//! cloud's time (which may have whole seconds only) it came before.

use crate::token::{Listing, Token};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Where a token that was just made stands among others of its name that are new.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing<'a> {
    /// There is no other.
    Alone,
    /// There are others, and all are later; this is the first of them.
    First(&'a Token),
    /// This one was made before.
    Later(&'a Token),
}

/// The ids of the other new tokens of a name: the rivals of `own`, when this is its first look.
#[must_use]
pub fn rivals(own: &Token, name: &str, before: &Listing, after: &Listing) -> BTreeSet<String> {
    let mut ids = new_ids(name, before, after);
    ids.remove(&own.id);
    ids
}

/// Where `own` stands among its rivals, as far as `after` still has them.
#[must_use]
pub fn standing<'a>(own: &Token, rivals: &BTreeSet<String>, after: &'a Listing) -> Standing<'a> {
    let rivals: Vec<&Token> = after.tokens.iter().filter(|token| rivals.contains(&token.id)).collect();
    // Its own time as the list tells it, so that all runs compare the same numbers.
    let own = after.tokens.iter().find(|token| token.id == own.id).unwrap_or(own);
    let timed = rivals.iter().copied().chain([own]).all(|token| token.created_time.is_some());
    match rivals.into_iter().min_by(|one, other| compare(one, other, timed)) {
        None => Standing::Alone,
        Some(first) if compare(first, own, timed).is_lt() => Standing::Later(first),
        Some(first) => Standing::First(first),
    }
}

/// The ids of the new tokens of a name.
#[must_use]
pub fn new_ids(name: &str, before: &Listing, after: &Listing) -> BTreeSet<String> {
    new_of(name, before, after).map(|token| token.id.clone()).collect()
}

/// The first of the new tokens of a name, for a run that has withdrawn.
#[must_use]
pub fn first<'a>(name: &str, before: &Listing, after: &'a Listing) -> Option<&'a Token> {
    let timed = new_of(name, before, after).all(|token| token.created_time.is_some());
    new_of(name, before, after).min_by(|one, other| compare(one, other, timed))
}

fn new_of<'a>(name: &str, before: &Listing, after: &'a Listing) -> impl Iterator<Item = &'a Token> {
    let known: BTreeSet<&str> = before.tokens.iter().map(|token| token.id.as_str()).collect();
    let new = after.tokens.iter().filter(|token| token.name() == name && !known.contains(token.id.as_str()));
    new.collect::<Vec<_>>().into_iter()
}

/// By the cloud's time, then by id. Where the time of one is not known, all go by their ids alone.
fn compare(one: &Token, other: &Token, timed: bool) -> Ordering {
    let time = |token: &Token| if timed { token.created_time.unwrap_or_default() } else { 0.0 };
    time(one).total_cmp(&time(other)).then_with(|| one.id.cmp(&other.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn token(id: &str, name: &str, created: Option<f64>) -> Token {
        serde_json::from_value(json!({"id": id, "name": name, "created_time": created})).unwrap()
    }

    fn listing(tokens: &[Token]) -> Listing {
        Listing::new(tokens.to_vec(), None)
    }

    #[test]
    fn the_first_by_time_and_then_by_id_stays() {
        let old = token("0", "n", Some(1.0));
        let own = || token("m", "n", Some(100.0));
        let unlisted: &[Token] = &[];
        for (situation, own, others, first) in [
            ("alone", own(), vec![own()], None),
            ("one later", own(), vec![token("a", "n", Some(101.0)), own()], None),
            ("one earlier", own(), vec![token("z", "n", Some(99.0)), own()], Some("z")),
            ("at one time, by id", own(), vec![token("a", "n", Some(100.0)), own()], Some("a")),
            ("at one time, by id", own(), vec![token("z", "n", Some(100.0)), own()], None),
            ("two earlier", own(), vec![token("z", "n", Some(98.0)), token("y", "n", Some(97.0)), own()], Some("y")),
            ("of another name", own(), vec![token("a", "o", Some(1.0)), own()], None),
            ("there before", own(), vec![old.clone(), own()], None),
            ("not listed yet", own(), vec![token("a", "n", Some(99.0))], Some("a")),
            (
                "without a time, all by id",
                own(),
                vec![token("a", "n", None), token("b", "n", Some(9.0)), own()],
                Some("a"),
            ),
            ("without a time, all by id", own(), vec![token("z", "n", None), token("y", "n", Some(9.0)), own()], None),
            ("nothing listed", own(), unlisted.to_vec(), None),
        ] {
            let (before, after) = (listing(std::slice::from_ref(&old)), listing(&others));
            let found = match standing(&own, &rivals(&own, "n", &before, &after), &after) {
                Standing::Later(token) => Some(token.id.as_str()),
                Standing::Alone => {
                    let rivals =
                        others.iter().filter(|token| token.id != "m" && token.id != "0" && token.name() == "n");
                    assert_eq!(rivals.count(), 0, "{situation}");
                    None
                }
                Standing::First(_) => None,
            };
            assert_eq!(found, first, "{situation}");
        }
    }

    #[test]
    fn who_comes_after_the_first_look_is_no_rival_and_who_is_gone_is_none_any_more() {
        let own = token("m", "n", Some(100.0));
        let (slow, new) = (token("z", "n", Some(100.0)), token("a", "n", Some(100.0)));
        let first_look = listing(&[own.clone(), slow.clone()]);
        let known = rivals(&own, "n", &listing(&[]), &first_look);
        assert_eq!(standing(&own, &known, &first_look), Standing::First(&slow));
        assert_eq!(standing(&own, &known, &listing(&[own.clone(), slow.clone(), new.clone()])), Standing::First(&slow));
        assert_eq!(standing(&own, &known, &listing(&[own.clone(), new])), Standing::Alone);
    }

    #[test]
    fn of_any_number_of_runs_exactly_one_stays() {
        for seed in 0..2_000 {
            let mut random = fastrand::Rng::with_seed(seed);
            let timed = random.u8(..) < 200;
            let all: Vec<Token> = (0..random.usize(1..8))
                .map(|number| {
                    let time = f64::from(random.u8(100..103));
                    let id = format!("{}{number}", random.alphabetic());
                    token(&id, "n", (timed || random.bool()).then_some(time))
                })
                .collect();
            let (before, after) = (listing(&[]), listing(&all));
            let later =
                |own: &&Token| matches!(standing(own, &rivals(own, "n", &before, &after), &after), Standing::Later(_));
            let stay = all.len() - all.iter().filter(later).count();
            assert_eq!(stay, 1, "seed {seed}: {all:?}");
        }
    }
}
