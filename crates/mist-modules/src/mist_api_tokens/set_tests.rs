use super::*;
use crate::mist_api_tokens::options::Options;
use crate::mist_api_tokens::results::TokenState;
use crate::mist_api_tokens::wanted::Wanted;
use ansible_binary_module::Task;
use serde_json::{Value, json};

const A: &str = "00000000-0000-0000-0000-00000000000a";
const B: &str = "00000000-0000-0000-0000-00000000000b";
const C: &str = "00000000-0000-0000-0000-00000000000c";
const OWN: &str = "00000000-0000-0000-0000-0000000000ff";

/// A token of the account, a thousand seconds old.
fn token(id: &str, name: &str) -> Token {
    serde_json::from_value(json!({"id": id, "name": name, "key": "AbCd...6789", "created_time": 1000})).unwrap()
}

fn plan_of(options: Value, tokens: &[Token]) -> Result<SetPlan, Vec<(usize, String)>> {
    let options: Options = serde_json::from_value(options).unwrap();
    let wanted = Wanted::new(&options, &Task::builder().build()).unwrap();
    let key_files = vec![Found::Nothing; wanted.tokens.len()];
    let situation = Situation {
        owner: &Owner::User,
        names: &Names::default(),
        tokens,
        key_files: &key_files,
        own: &BTreeSet::from([OWN.to_owned()]),
        by_token: true,
        allow_self: options.allow_self,
        now: 2000.0,
    };
    plan(&wanted.tokens, wanted.purge.as_ref(), &situation)
}

fn states(plan: &SetPlan) -> Vec<TokenState> {
    plan.plans.iter().map(TokenState::of).collect()
}

fn ids(tokens: &[Token]) -> Vec<&str> {
    tokens.iter().map(|token| token.id.as_str()).collect()
}

#[test]
fn each_declared_token_gets_the_plan_that_it_would_get_alone() {
    use TokenState::{Created, Replaced, Unchanged, Updated};
    let declared = json!({"tokens": [
        {"name": "there"}, {"name": "new"}, {"name": "renamed", "id": B}, {"name": "anew", "recreate": "always"}
    ]});
    let plan = plan_of(declared, &[token(A, "there"), token(B, "old"), token(C, "anew"), token(OWN, "own")]).unwrap();
    assert_eq!(states(&plan), [Unchanged, Created, Updated, Replaced]);
    assert_eq!(ids(&plan.plans[3].delete), [C]);
    assert!(plan.changes() && plan.purge.is_empty());
}

#[test]
fn an_empty_set_and_one_that_is_in_place_change_nothing() {
    assert!(!plan_of(json!({"tokens": []}), &[token(A, "a")]).unwrap().changes());
    assert!(!plan_of(json!({"tokens": [{"name": "a"}], "purge": true}), &[token(A, "a")]).unwrap().changes());
}

#[test]
fn every_declaration_that_cannot_be_met_is_told_with_its_position() {
    let declared = json!({"tokens": [{"name": "twice"}, {"name": "fine"}, {"name": "own", "recreate": "always"}]});
    let refused = plan_of(declared, &[token(A, "twice"), token(B, "twice"), token(OWN, "own")]).unwrap_err();
    assert_eq!(refused.iter().map(|(position, _)| *position).collect::<Vec<_>>(), [0, 2]);
    assert!(refused[0].1.starts_with("name: 2 tokens have the name 'twice'"), "{}", refused[0].1);
    assert!(refused[1].1.starts_with("allow_self: "), "{}", refused[1].1);
}

#[test]
fn a_token_that_one_declaration_claims_by_its_id_is_not_anothers_by_its_name() {
    use TokenState::{Created, Updated};
    // The names of two tokens change hands, and one moves on to make room for a new one.
    let swap = json!({"tokens": [{"name": "a", "id": B}, {"name": "b", "id": A}]});
    assert_eq!(states(&plan_of(swap, &[token(A, "a"), token(B, "b")]).unwrap()), [Updated, Updated]);
    let room = json!({"tokens": [{"name": "a"}, {"name": "a-old", "id": A}], "purge": true});
    let plan = plan_of(room, &[token(A, "a")]).unwrap();
    assert_eq!((states(&plan), ids(&plan.purge)), (vec![Created, Updated], vec![]));
}

#[test]
fn purge_takes_what_is_not_declared_not_kept_and_not_the_runs_own() {
    let tokens = [token(A, "declared"), token(B, "other"), token(C, "dash-1"), token(OWN, "own")];
    let declared = |more: Value| {
        let mut all = json!({"tokens": [{"name": "declared"}]});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    for (more, purged) in [
        (json!({}), vec![]),
        (json!({"keep": ["x"]}), vec![]),
        (json!({"purge": true}), vec![B, C]),
        (json!({"purge": true, "allow_self": true}), vec![B, C]),
        (json!({"purge": true, "keep": ["dash-*"]}), vec![B]),
        (json!({"purge": true, "keep": ["dash-1", "other"]}), vec![]),
        (json!({"purge": true, "keep": ["*"]}), vec![]),
        (json!({"purge": true, "keep": ["DASH-1"]}), vec![B, C]),
    ] {
        assert_eq!(ids(&plan_of(declared(more.clone()), &tokens).unwrap().purge), purged, "{more}");
    }
}

#[test]
fn what_rotation_keeps_or_deletes_is_not_purged_as_well() {
    let aged = |id: &str, created: f64, used: f64| {
        let mut token = token(id, "rotated");
        (token.created_time, token.last_used) = (Some(created), Some(used));
        token
    };
    let tokens = [aged(A, 1990.0, 1995.0), aged(B, 1500.0, 1600.0), aged(C, 100.0, 200.0)];
    let declared = json!({"tokens": [{"name": "rotated", "max_age": "1000", "overlap": "500"}], "purge": true});
    let plan = plan_of(declared, &tokens).unwrap();
    assert_eq!(plan.plans[0].keep.as_ref().map(|token| token.id.as_str()), Some(A));
    assert_eq!(plan.plans[0].previous.as_ref().map(|token| token.id.as_str()), Some(B));
    let leaving: Vec<&str> = plan.plans[0].deleted().map(|token| token.id.as_str()).collect();
    assert_eq!((leaving, ids(&plan.purge)), (vec![C], vec![]));
}

#[test]
fn a_token_whose_key_is_not_shown_may_be_the_runs_own_and_stays() {
    let mut unknown = token(A, "unknown");
    unknown.key = None;
    let plan = plan_of(json!({"tokens": [{"name": "new"}], "purge": true}), &[unknown, token(B, "b")]).unwrap();
    assert_eq!(ids(&plan.purge), [B]);
    assert!(plan.warnings[0].contains(A), "{:?}", plan.warnings);
}
