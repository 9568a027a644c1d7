use super::*;
use crate::rotation::Rotation;
use crate::target::{Recreate, Unfiled};
use serde_json::json;

const A: &str = "00000000-0000-0000-0000-00000000000a";
const B: &str = "00000000-0000-0000-0000-00000000000b";
const C: &str = "00000000-0000-0000-0000-00000000000c";
const D: &str = "00000000-0000-0000-0000-00000000000d";
const E: &str = "00000000-0000-0000-0000-00000000000e";
const OWN: &str = "00000000-0000-0000-0000-0000000000ff";

/// A token of the account, a thousand seconds old.
fn token(id: &str, name: &str) -> Token {
    serde_json::from_value(json!({"id": id, "name": name, "key": "AbCd...6789", "created_time": 1000})).unwrap()
}

fn named(name: &str) -> Target {
    Target { name: name.into(), ..Target::default() }
}

fn by_id(name: &str, id: &str) -> Target {
    Target { id: Some(id.into()), ..named(name) }
}

fn anew(name: &str) -> Target {
    Target { recreate: Recreate::Always, ..named(name) }
}

type Planned = Result<SetPlan, Vec<(usize, Refusal)>>;

fn plan_of(declared: &[Target], tokens: &[Token]) -> Planned {
    plan_with(declared, None, false, tokens)
}

/// With purge, keeping these names.
fn purging(declared: &[Target], kept: &[&str], tokens: &[Token]) -> Planned {
    plan_with(declared, Some(&|name: &str| kept.contains(&name)), false, tokens)
}

fn plan_with(declared: &[Target], keeps: Option<&dyn Fn(&str) -> bool>, allow_self: bool, tokens: &[Token]) -> Planned {
    let places = vec![AtPlace::nowhere(); declared.len()];
    let situation = Situation {
        owner: &Owner::User,
        tokens,
        places: &places,
        own: &BTreeSet::from([OWN.to_owned()]),
        by_token: true,
        allow_self,
        now: 2000.0,
        judge: crate::marker::Judge { now: 1000.0, domain: None },
    };
    plan(&declared.iter().collect::<Vec<_>>(), keeps, &situation)
}

#[derive(Debug, PartialEq)]
enum Step {
    Created,
    Replaced,
    Updated,
    Unchanged,
}
use Step::{Created, Replaced, Unchanged, Updated};

fn steps(plan: &SetPlan) -> Vec<Step> {
    let step = |plan: &Plan| match plan {
        plan if plan.replaces() => Replaced,
        plan if plan.create.is_some() => Created,
        plan if plan.changes() => Updated,
        _ => Unchanged,
    };
    plan.plans.iter().map(step).collect()
}

fn ids(tokens: &[Token]) -> Vec<&str> {
    tokens.iter().map(|token| token.id.as_str()).collect()
}

#[test]
fn each_declared_token_gets_the_plan_that_it_would_get_alone() {
    let declared = [named("there"), named("new"), by_id("renamed", B), anew("anew")];
    let plan = plan_of(&declared, &[token(A, "there"), token(B, "old"), token(C, "anew"), token(OWN, "own")]).unwrap();
    assert_eq!(steps(&plan), [Unchanged, Created, Updated, Replaced]);
    assert_eq!(ids(&plan.plans[3].delete), [C]);
    assert!(plan.changes() && plan.purge.is_empty());
}

#[test]
fn an_empty_set_and_one_that_is_in_place_change_nothing() {
    assert!(!plan_of(&[], &[token(A, "a")]).unwrap().changes());
    assert!(!purging(&[named("a")], &[], &[token(A, "a")]).unwrap().changes());
}

#[test]
fn every_declaration_that_cannot_be_met_is_told_with_its_position() {
    let unasked = Target { unfiled: Unfiled::Refused, ..named("unasked") };
    let declared = [named("twice"), named("fine"), anew("own"), unasked];
    let refused = plan_of(&declared, &[token(A, "twice"), token(B, "twice"), token(OWN, "own")]).unwrap_err();
    assert!(
        matches!(
            refused.as_slice(),
            [(0, Refusal::NameOfSeveral { .. }), (2, Refusal::Own(_)), (3, Refusal::KeyUnasked)]
        ),
        "{refused:?}"
    );
}

#[test]
fn a_token_that_one_declaration_claims_by_its_id_is_not_anothers_by_its_name() {
    // The names of two tokens change hands, and one moves on to make room for a new one.
    let swap = plan_of(&[by_id("a", B), by_id("b", A)], &[token(A, "a"), token(B, "b")]).unwrap();
    assert_eq!(steps(&swap), [Updated, Updated]);
    let plan = purging(&[named("a"), by_id("a-old", A)], &[], &[token(A, "a")]).unwrap();
    assert_eq!((steps(&plan), ids(&plan.purge)), (vec![Created, Updated], vec![]));
}

#[test]
fn purge_takes_what_is_not_declared_not_kept_and_not_the_runs_own() {
    let tokens = [token(A, "declared"), token(B, "other"), token(C, "dash-1"), token(OWN, "own")];
    let declared = [named("declared")];
    assert_eq!(ids(&plan_of(&declared, &tokens).unwrap().purge), Vec::<&str>::new());
    for (kept, purged) in
        [(&[][..], vec![B, C]), (&["dash-1"], vec![B]), (&["dash-1", "other"], vec![]), (&["DASH-1"], vec![B, C])]
    {
        assert_eq!(ids(&purging(&declared, kept, &tokens).unwrap().purge), purged, "{kept:?}");
    }
    let allowed = plan_with(&declared, Some(&|_| false), true, &tokens).unwrap();
    assert_eq!(ids(&allowed.purge), [B, C], "not even where a replacement of its own is allowed");
}

#[test]
fn what_rotation_keeps_or_deletes_is_not_purged_as_well() {
    let aged = |id: &str, created: f64, used: f64| {
        let mut token = token(id, "rotated");
        (token.created_time, token.last_used) = (Some(created), Some(used));
        token
    };
    let tokens = [aged(A, 1990.0, 1995.0), aged(B, 1500.0, 1600.0), aged(C, 100.0, 200.0)];
    let rotated = Target { rotation: Some(Rotation { max_age: 1000.0, overlap: 500.0 }), ..named("rotated") };
    let plan = purging(&[rotated], &[], &tokens).unwrap();
    assert_eq!(plan.plans[0].keep.as_ref().map(|token| token.id.as_str()), Some(A));
    assert_eq!(plan.plans[0].previous.as_ref().map(|token| token.id.as_str()), Some(B));
    let leaving: Vec<&str> = plan.plans[0].deleted().map(|token| token.id.as_str()).collect();
    assert_eq!((leaving, ids(&plan.purge)), (vec![C], vec![]));
}

#[test]
fn a_token_whose_key_is_not_shown_may_be_the_runs_own_and_stays() {
    for key in [json!(null), json!("..."), json!("")] {
        let unknown = serde_json::from_value(json!({"id": A, "name": "unknown", "key": key})).unwrap();
        let plan = purging(&[named("new")], &[], &[unknown, token(B, "b")]).unwrap();
        assert_eq!(ids(&plan.purge), [B]);
        assert_eq!(plan.notices, [Notice::MayBeOwn(TokenRef { id: A.into(), name: "unknown".into() })]);
    }
}

#[test]
fn unfinished_token_is_purged_only_once_its_run_has_ended() {
    let marked = |name: &str, made: f64| Marker::new(made, 200, None, 1).name_for(name);
    let tokens = [
        token(A, &marked("other", 900.0)),
        token(B, &marked("other", 100.0)),
        token(C, &marked("kept", 100.0)),
        token(D, &marked("declared", 100.0)),
        token(E, &marked("declared", 900.0)),
    ];
    let plan = purging(&[named("declared")], &["kept"], &tokens).unwrap();
    assert_eq!(ids(&plan.purge), [B]);
    assert!(matches!(&plan.notices[..], [Notice::InProgress { token, .. }] if token.id == A), "{:?}", plan.notices);
    // Tokens of ended runs for a declared name are deleted before the creation, and not purged as well.
    assert_eq!((ids(&plan.plans[0].discard), plan.plans[0].create.is_some()), (vec![D], true));
}
