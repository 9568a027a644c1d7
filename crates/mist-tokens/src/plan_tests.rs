//! Plans by situation.

use super::*;
use crate::key_file::{HeldKey, KeyFile};
use crate::marker::Judge;
use crate::privilege::{Role, Scope};
use crate::rotation::Rotation;
use crate::token::TimeFault;
use serde_json::{Value, json};
use std::path::Path;

const KEY: &str = "AAAAbbbbbbbbbbbbbbbbbbbbbbbbZZZZ";
const OTHER_KEY: &str = "CCCCddddddddddddddddddddddddYYYY";

fn token(value: Value) -> Token {
    serde_json::from_value(value).unwrap()
}

/// Token `id` of a name, with the mask of [`KEY`].
fn named(id: &str, name: &str) -> Token {
    token(json!({"id": id, "name": name, "key": "AAAA...ZZZZ"}))
}

fn reader() -> Vec<Privilege> {
    vec![Privilege { scope: Scope::Org, role: Role::Read, ..Privilege::default() }]
}

fn org_token(id: &str) -> Token {
    token(json!({"id": id, "name": "n", "key": "AAAA...ZZZZ", "src_ips": ["10.0.0.1"],
        "privileges": [{"scope": "org", "role": "read", "org_id": "o"}]}))
}

fn wanted() -> Target {
    Target { name: "n".into(), ..Target::default() }
}

fn with_key_file(recreate: Recreate) -> Target {
    let key_file = KeyFile::new(Path::new("/run/key"), Default::default()).unwrap();
    Target { key_file: Some(key_file), recreate, ..wanted() }
}

fn org() -> Owner {
    Owner::Organization("o".into())
}

static NOBODY: BTreeSet<String> = BTreeSet::new();

fn around(key_file: &Found) -> Context<'_> {
    Context {
        key_file,
        other_attributes: false,
        own: &NOBODY,
        allow_self: false,
        now: 1000.0,
        judge: Judge { now: 1000.0, domain: None },
    }
}

fn plan(wanted: &Target, owner: &Owner, tokens: &[Token]) -> Result<Plan, Refusal> {
    present(wanted, owner, tokens, &around(&Found::Nothing))
}

fn holding(key: &str) -> Found {
    Found::Key(HeldKey { key: key.into(), exposed: false, alone: true, as_wanted: true })
}

#[test]
fn none_found_is_made_as_wanted() {
    let wanted = Target { privileges: Some(reader()), src_ips: Some(vec!["10.0.0.1".into()]), ..wanted() };
    let plan = plan(&wanted, &org(), &[named("1", "other")]).unwrap();
    let draft = Draft { name: "n".into(), privileges: Some(reader()), src_ips: Some(vec!["10.0.0.1".into()]) };
    assert_eq!(plan, Plan { create: Some(draft), ..Plan::default() });
    assert!(!plan.replaces());
}

#[test]
fn one_as_wanted_stays_without_a_change() {
    for (wanted, owner, found) in [
        (wanted(), Owner::User, named("1", "n")),
        (wanted(), org(), org_token("1")),
        (
            Target { privileges: Some(reader()), src_ips: Some(vec!["10.0.0.1/32".into()]), ..wanted() },
            org(),
            org_token("1"),
        ),
        (Target { id: Some("ABC".into()), ..wanted() }, Owner::User, named("abc", "n")),
    ] {
        let plan = plan(&wanted, &owner, std::slice::from_ref(&found)).unwrap();
        assert!(!plan.changes(), "{plan:?}");
        assert_eq!(plan.keep, Some(found));
    }
}

#[test]
fn other_privileges_are_updated_in_place_and_the_name_goes_along() {
    let admin = vec![Privilege { scope: Scope::Org, role: Role::Admin, ..Privilege::default() }];
    let wanted = Target { privileges: Some(admin.clone()), ..wanted() };
    let plan = plan(&wanted, &org(), &[org_token("1")]).unwrap();
    assert_eq!(plan.update, Some(Update { name: "n".into(), privileges: Some(admin) }));
    assert!(plan.create.is_none() && plan.delete.is_empty());
}

#[test]
fn another_name_by_id_is_updated_in_place_and_the_privileges_stay() {
    let old = Token { name: Some("old".into()), ..org_token("1") };
    let wanted = Target { id: Some("1".into()), ..wanted() };
    let plan = plan(&wanted, &org(), std::slice::from_ref(&old)).unwrap();
    assert_eq!(plan.update, Some(Update { name: "n".into(), privileges: old.privileges.clone() }));
}

#[test]
fn a_new_name_that_another_token_has_already_is_refused() {
    let wanted = Target { id: Some("1".into()), ..wanted() };
    let error = plan(&wanted, &Owner::User, &[named("1", "old"), named("2", "n")]).unwrap_err();
    assert_eq!(error, Refusal::NameTaken { name: "n".into(), by: "2".into(), token: "1".into() });
}

#[test]
fn an_id_that_is_gone_leaves_it_to_the_name_and_says_so() {
    let wanted = Target { id: Some("9".into()), ..wanted() };
    for (tokens, created) in [(vec![], true), (vec![named("1", "n")], false)] {
        let plan = plan(&wanted, &Owner::User, &tokens).unwrap();
        assert_eq!(plan.create.is_some(), created);
        assert_eq!(plan.notices, [Notice::IdGone { id: "9".into(), name: "n".into() }]);
    }
}

#[test]
fn several_of_the_name_are_refused_by_id_whatever_recreate_says() {
    for recreate in [Recreate::Never, Recreate::StateChange, Recreate::Always] {
        let wanted = Target { recreate, ..wanted() };
        let error = plan(&wanted, &Owner::User, &[named("1", "n"), named("2", "n")]).unwrap_err();
        let tokens = ["1", "2"].map(|id| TokenRef { id: id.into(), name: "n".into() }).to_vec();
        assert_eq!(error, Refusal::NameOfSeveral { name: "n".into(), tokens });
    }
}

#[test]
fn a_new_organization_token_without_privileges_is_refused() {
    let error = plan(&wanted(), &org(), &[]).unwrap_err();
    assert_eq!(error, Refusal::NoPrivileges { name: "n".into() });
}

#[test]
fn what_only_a_new_token_can_give_is_refused_or_replaced_as_recreate_says() {
    let other_ips = Target { src_ips: Some(vec!["10.0.0.2".into()]), ..wanted() };
    let (nothing, without, same, other) = (Found::Nothing, Found::NoKey, holding(KEY), holding(OTHER_KEY));
    let sources = Reason::Sources { found: vec!["10.0.0.1".into()], wanted: vec!["10.0.0.2".into()] };
    for (wanted, key_file, reason) in [
        (other_ips, &nothing, Some(sources)),
        (with_key_file(Recreate::Never), &nothing, Some(Reason::NoFile("/run/key".into()))),
        (with_key_file(Recreate::Never), &without, Some(Reason::NoKeyInFile("/run/key".into()))),
        (with_key_file(Recreate::Never), &other, Some(Reason::OtherKeyInFile("/run/key".into()))),
        (with_key_file(Recreate::Never), &same, None),
    ] {
        let plan =
            |recreate| present(&Target { recreate, ..wanted.clone() }, &org(), &[org_token("1")], &around(key_file));
        match reason {
            Some(reason) => {
                let error = plan(Recreate::Never).unwrap_err();
                let token = TokenRef { id: "1".into(), name: "n".into() };
                assert_eq!(error, Refusal::NeedsNew { reason, token });
                let replacement = plan(Recreate::StateChange).unwrap();
                assert!(replacement.replaces() && replacement.delete == [org_token("1")], "{replacement:?}");
            }
            None => {
                assert!(!plan(Recreate::Never).unwrap().changes());
                assert!(!plan(Recreate::StateChange).unwrap().changes());
            }
        }
        assert!(plan(Recreate::Always).unwrap().replaces());
    }
}

#[test]
fn with_rotation_an_id_is_a_token_to_be_renamed_and_else_the_newest_of_the_name_is_the_token() {
    let rotation = Some(Rotation { max_age: 500.0, overlap: 100.0 });
    let aged = |id: &str, name: &str, created: f64| token(json!({"id": id, "name": name, "created_time": created}));
    let wanted = |id: &str| Target { id: Some(id.into()), rotation, ..wanted() };
    // The rotated token next to the one that it replaced, by the id of either one or of an earlier one.
    let both = [aged("old", "n", 100.0), aged("new", "n", 950.0)];
    for id in ["old", "new", "gone"] {
        let plan = plan(&wanted(id), &Owner::User, &both).unwrap();
        assert!(!plan.changes(), "{id}: {plan:?}");
        assert_eq!((plan.keep, plan.previous), (Some(both[1].clone()), Some(both[0].clone())), "{id}");
    }
    let renamed = plan(&wanted("1"), &Owner::User, &[aged("1", "other", 950.0)]).unwrap();
    assert!(renamed.update.is_some() && renamed.create.is_none(), "{renamed:?}");
}

#[test]
fn a_replacement_is_like_the_one_it_replaces_where_nothing_else_is_wanted() {
    let plan =
        present(&with_key_file(Recreate::StateChange), &org(), &[org_token("1")], &around(&Found::Nothing)).unwrap();
    let draft = plan.create.unwrap();
    assert_eq!(draft.src_ips, Some(vec!["10.0.0.1".into()]));
    assert!(same_privileges(&draft.privileges.unwrap(), &reader()));
}

#[test]
fn the_authenticating_token_goes_only_where_that_is_allowed_and_goes_last() {
    let tokens = [named("own", "n"), named("other", "n")];
    let selection = Selection { name: Some("n".into()), ..Selection::default() };
    let own_ids = BTreeSet::from(["own".to_owned()]);
    let own = |allow_self| Context { own: &own_ids, allow_self, ..around(&Found::Nothing) };
    let error = absent(&selection, &tokens, &own(false)).unwrap_err();
    assert_eq!(error, Refusal::Own(TokenRef { id: "own".into(), name: "n".into() }));
    let plan = absent(&selection, &tokens, &own(true)).unwrap();
    assert_eq!(plan.delete.iter().map(|token| token.id.as_str()).collect::<Vec<_>>(), ["other", "own"]);
    let replace = present(&Target { recreate: Recreate::Always, ..wanted() }, &Owner::User, &tokens[..1], &own(false));
    assert!(matches!(replace, Err(Refusal::Own(_))));
}

#[test]
fn a_key_that_nobody_would_have_is_told_or_refused_as_was_wished() {
    let unfiled = |unfiled| Target { unfiled, ..wanted() };
    for wish in [Unfiled::Returned, Unfiled::ReturnedAlways] {
        assert_eq!(plan(&unfiled(wish), &Owner::User, &[]).unwrap().notices, []);
    }
    assert_eq!(plan(&unfiled(Unfiled::Dropped), &Owner::User, &[]).unwrap().notices, [Notice::KeyUnseen]);
    assert_eq!(plan(&unfiled(Unfiled::Refused), &Owner::User, &[]), Err(Refusal::KeyUnasked));
    let there = plan(&unfiled(Unfiled::Refused), &Owner::User, &[named("1", "n")]).unwrap();
    assert!(!there.changes(), "no key is made");
    let filed = Target { unfiled: Unfiled::Refused, ..with_key_file(Recreate::Never) };
    assert!(plan(&filed, &Owner::User, &[]).is_ok());
}

#[test]
fn the_only_copy_of_another_tokens_key_is_overwritten_only_where_that_is_allowed() {
    let other = token(json!({"id": "9", "name": "other", "key": "CCCC...YYYY"}));
    for (recreate, refused) in [(Recreate::Never, true), (Recreate::StateChange, false), (Recreate::Always, false)] {
        let found = holding(OTHER_KEY);
        let plan = present(&with_key_file(recreate), &Owner::User, std::slice::from_ref(&other), &around(&found));
        match (plan, refused) {
            (Err(Refusal::OnlyCopy { of, .. }), true) => assert_eq!(of.id, "9"),
            (Ok(plan), false) => assert!(plan.create.is_some()),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_key_in_another_form_or_with_other_attributes_is_written_anew() {
    let held = |as_wanted| Found::Key(HeldKey { key: KEY.into(), exposed: false, alone: true, as_wanted });
    for (as_wanted, other_attributes, rewrite) in
        [(true, false, false), (false, false, true), (true, true, true), (false, true, true)]
    {
        let found = held(as_wanted);
        let context = Context { other_attributes, ..around(&found) };
        let plan = present(&with_key_file(Recreate::Never), &Owner::User, &[named("1", "n")], &context).unwrap();
        assert_eq!((plan.rewrite, plan.changes()), (rewrite, rewrite));
        assert!(plan.create.is_none() && plan.update.is_none());
    }
}

#[test]
fn a_file_that_others_may_read_is_told_unless_that_was_asked_for() {
    let found = Found::Key(HeldKey { key: KEY.into(), exposed: true, alone: true, as_wanted: true });
    for (mode_was_chosen, told) in [(false, true), (true, false)] {
        let mut wanted = with_key_file(Recreate::Never);
        wanted.key_file.as_mut().unwrap().mode_was_chosen = mode_was_chosen;
        let plan = present(&wanted, &Owner::User, &[named("1", "n")], &around(&found)).unwrap();
        assert_eq!(!plan.notices.is_empty(), told);
    }
}

#[test]
fn a_token_whose_age_cannot_be_known_is_not_rotated_but_refused_by_its_id() {
    let rotation = Some(Rotation { max_age: 500.0, overlap: 0.0 });
    for (created, fault) in [
        (json!(null), TimeFault::NotTold),
        (json!("then"), TimeFault::Unreadable),
        (json!(1e12), TimeFault::Milliseconds),
        (json!(99_999.0), TimeFault::Ahead),
    ] {
        let odd = token(json!({"id": "1", "name": "n", "created_time": created}));
        let refused = plan(&Target { rotation, ..wanted() }, &Owner::User, &[odd]);
        assert_eq!(refused, Err(Refusal::Age { token: "1".into(), fault }));
    }
}

#[test]
fn the_own_token_never_leaves_before_the_new_one_is_there() {
    let own_ids = BTreeSet::from(["c".to_owned()]);
    let aged =
        |id: &str, created: f64| token(json!({"id": id, "name": "n", "created_time": created, "last_used": 990.0}));
    let tokens = [aged("a", 900.0), aged("b", 800.0), aged("c", 100.0)];
    let wanted = Target { rotation: Some(Rotation { max_age: 500.0, overlap: 300.0 }), ..wanted() };
    let context = Context { own: &own_ids, allow_self: true, ..around(&Found::Nothing) };
    let plan = present(&wanted, &Owner::User, &tokens, &context).unwrap();
    assert!(plan.discard.is_empty());
    assert_eq!(plan.delete.iter().map(|token| token.id.as_str()).collect::<Vec<_>>(), ["c"]);
}

#[test]
fn a_draft_says_only_what_was_wanted() {
    let draft = |privileges, src_ips| Draft { name: "n".into(), privileges, src_ips }.body();
    assert_eq!(draft(None, None), json!({"name": "n"}));
    assert_eq!(draft(None, Some(vec![])), json!({"name": "n"}));
    assert_eq!(
        draft(Some(reader()), Some(vec!["10.0.0.1".into()])),
        json!({"name": "n", "privileges": [{"scope": "org", "role": "read"}], "src_ips": ["10.0.0.1"]})
    );
}

#[test]
fn unfinished_token_is_not_the_token_of_the_name() {
    let marked = |made: f64| Marker::new(made, 200, None, 1).name_for("n");
    let (alive, dead) = (named("1", &marked(900.0)), named("2", &marked(100.0)));
    let tokens = [alive, dead, named("3", "n")];
    let found = plan(&wanted(), &Owner::User, &tokens).unwrap();
    assert_eq!(found.keep.map(|token| token.id).as_deref(), Some("3"));
    let ids = |tokens: &[Token]| tokens.iter().map(|token| token.id.clone()).collect::<Vec<_>>();
    assert_eq!((ids(&found.discard), found.create), (vec!["2".to_owned()], None));

    let by_name = Selection { name: Some("n".into()), ..Selection::default() };
    let gone = absent(&by_name, &tokens, &around(&Found::Nothing)).unwrap();
    assert_eq!(ids(&gone.delete), ["3", "2"]);
    assert!(matches!(&gone.notices[..], [Notice::InProgress { token, .. }] if token.id == "1"));

    // Meant by its id, it is renamed like any other.
    let by_id = Target { id: Some("2".into()), ..wanted() };
    let renamed = plan(&by_id, &Owner::User, &tokens[..2]).unwrap();
    assert!(renamed.update.is_some() && renamed.discard.is_empty(), "{renamed:?}");
}
