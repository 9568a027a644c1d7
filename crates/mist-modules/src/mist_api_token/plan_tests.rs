//! What is planned, situation by situation.

use super::*;
use mist_tokens::key_file::{Format, KeyFile};
use serde_json::{Value, json};
use std::path::PathBuf;

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
    vec![Privilege { scope: "org".into(), role: "read".into(), ..Privilege::default() }]
}

fn org_token(id: &str) -> Token {
    token(json!({"id": id, "name": "n", "key": "AAAA...ZZZZ", "src_ips": ["10.0.0.1"],
        "privileges": [{"scope": "org", "role": "read", "org_id": "o"}]}))
}

fn wanted() -> Target {
    Target {
        name: "n".into(),
        id: None,
        privileges: None,
        src_ips: None,
        recreate: Recreate::Never,
        key_file: None,
        rotation: None,
    }
}

fn with_key_file(recreate: Recreate) -> Target {
    let key_file = Some(KeyFile { path: PathBuf::from("/run/key"), format: Format::Raw });
    Target { key_file, recreate, ..wanted() }
}

fn org() -> Owner {
    Owner::Organisation("o".into())
}

fn around(key_file: &Found) -> Surroundings<'_> {
    Surroundings { key_file, own: BTreeSet::new(), allow_self: false, now: 1000.0 }
}

fn plan(wanted: &Target, owner: &Owner, tokens: &[Token]) -> Result<Plan, String> {
    present(wanted, owner, tokens, &around(&Found::Nothing))
}

fn holding(key: &str) -> Found {
    Found::Key { key: key.into(), exposed: false }
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
    let admin = vec![Privilege { scope: "org".into(), role: "admin".into(), ..Privilege::default() }];
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
    assert!(error.starts_with("name: token 2 already has the name 'n'"), "{error}");
}

#[test]
fn an_id_that_is_gone_leaves_it_to_the_name_and_says_so() {
    let wanted = Target { id: Some("9".into()), ..wanted() };
    for (tokens, created) in [(vec![], true), (vec![named("1", "n")], false)] {
        let plan = plan(&wanted, &Owner::User, &tokens).unwrap();
        assert_eq!(plan.create.is_some(), created);
        assert!(plan.warnings[0].starts_with("id: there is no token 9"), "{:?}", plan.warnings);
    }
}

#[test]
fn several_of_the_name_are_refused_by_id_whatever_recreate_says() {
    for recreate in [Recreate::Never, Recreate::StateChange, Recreate::Always] {
        let wanted = Target { recreate, ..wanted() };
        let error = plan(&wanted, &Owner::User, &[named("1", "n"), named("2", "n")]).unwrap_err();
        assert!(error.starts_with("name: 2 tokens have the name 'n': 1 ('n'), 2 ('n')"), "{error}");
    }
}

#[test]
fn a_new_organisation_token_without_privileges_is_refused() {
    let error = plan(&wanted(), &org(), &[]).unwrap_err();
    assert!(error.starts_with("privileges: a new organisation token needs at least one"), "{error}");
}

#[test]
fn what_only_a_new_token_can_give_is_refused_or_replaced_as_recreate_says() {
    let other_ips = Target { src_ips: Some(vec!["10.0.0.2".into()]), ..wanted() };
    let (nothing, same, other) = (Found::Nothing, holding(KEY), holding(OTHER_KEY));
    for (wanted, key_file, reason) in [
        (other_ips, &nothing, Some("src_ips: ")),
        (with_key_file(Recreate::Never), &nothing, Some("key_file: '/run/key' is not there")),
        (with_key_file(Recreate::Never), &other, Some("key_file: '/run/key' holds the key of another token")),
        (with_key_file(Recreate::Never), &same, None),
    ] {
        let plan =
            |recreate| present(&Target { recreate, ..wanted.clone() }, &org(), &[org_token("1")], &around(key_file));
        match reason {
            Some(reason) => {
                let error = plan(Recreate::Never).unwrap_err();
                assert!(error.starts_with(reason) && error.contains("recreate: state_change"), "{error}");
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
    // The rotated token beside the one that it replaced, by the id that either has, or that an earlier one had.
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
    let own = |allow_self| Surroundings {
        key_file: &Found::Nothing,
        own: BTreeSet::from(["own".to_owned()]),
        allow_self,
        now: 1000.0,
    };
    let error = absent(&selection, &tokens, &own(false)).unwrap_err();
    assert!(error.starts_with("allow_self: token 'n' (id own)"), "{error}");
    let plan = absent(&selection, &tokens, &own(true)).unwrap();
    assert_eq!(plan.delete.iter().map(|token| token.id.as_str()).collect::<Vec<_>>(), ["other", "own"]);
    let replace = present(&Target { recreate: Recreate::Always, ..wanted() }, &Owner::User, &tokens[..1], &own(false));
    assert!(replace.unwrap_err().starts_with("allow_self: "));
}

#[test]
fn a_selection_fits_what_every_given_part_of_it_fits() {
    let tokens = [named("1", "n"), named("2", "n"), token(json!({"id": "3", "name": "m", "key": "CCCC...YYYY"}))];
    let select = |name: Option<&str>, id: Option<&str>, key: Option<&str>| {
        let selection = Selection { name: name.map(Into::into), id: id.map(Into::into), key: key.map(Into::into) };
        super::select(&selection, &tokens)
            .map(|found| found.iter().map(|token| token.id.clone()).collect::<Vec<_>>().concat())
    };
    for (name, id, key, found) in [
        (None, None, None, "123"),
        (Some("n"), None, None, "12"),
        (Some("n"), Some("2"), None, "2"),
        (Some("m"), Some("2"), None, ""),
        (None, None, Some(OTHER_KEY), "3"),
        (None, Some("1"), Some(KEY), "1"),
        (None, None, Some("EEEEffffffffffffffffffffffffXXXX"), ""),
    ] {
        assert_eq!(select(name, id, key).as_deref(), Ok(found), "{name:?} {id:?}");
    }
    let error = select(None, None, Some(KEY)).unwrap_err();
    assert!(error.starts_with("key: 2 tokens have keys") && error.contains("1 ('n'), 2 ('n')"), "{error}");
    assert!(!error.contains(KEY), "{error}");
}
