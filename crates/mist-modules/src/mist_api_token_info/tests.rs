use super::*;
use serde_json::{Value, json};

#[test]
fn what_the_module_says_of_itself_holds_together() {
    ansible_binary_module::check::<crate::Mist<MistApiTokenInfo>>().unwrap();
}

const ORG: &str = "2818e386-8dec-2562-9ede-5b8a0fbbdc71";
const KEY: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

fn params(value: Value) -> Result<Params, String> {
    let options: Options = serde_json::from_value(value.clone()).unwrap();
    let given = value.as_object().unwrap().keys().fold(Task::builder(), |task, option| task.given(option));
    Params::new(&options, &given.build()).map_err(|error| error.to_string())
}

#[test]
fn every_filter_is_read() {
    let found =
        params(json!({"org_id": ORG, "name": "ci", "name_pattern": "c*", "id": ORG.to_uppercase(), "role": "observer",
        "unused_for": "30d", "older_than": "2h", "creator_left": true}))
        .unwrap();
    assert_eq!(found.owner, OwnerRef::Organization(crate::common::scope::IdOrName::Id(ORG.into())));
    assert_eq!((found.selection.name.as_deref(), found.selection.id.as_deref()), (Some("ci"), Some(ORG)));
    let expected = Filters {
        name: Some(Glob::new("c*")),
        role: Some(Role::Read),
        unused_for: Some(2_592_000.0),
        older_than: Some(7_200.0),
        creator_left: Some(true),
    };
    assert_eq!(found.filters, expected);
}

#[test]
fn the_dashboards_names_of_roles_mean_the_apis() {
    for (given, role) in [
        ("admin", "admin"),
        ("super_user", "admin"),
        ("network_admin", "write"),
        ("observer", "read"),
        ("helpdesk", "helpdesk"),
        ("installer", "installer"),
    ] {
        assert_eq!(
            params(json!({"org_id": ORG, "role": given})).unwrap().filters.role.map(|role| role.to_string()),
            Some(role.to_owned())
        );
    }
}

#[test]
fn a_key_is_looked_for_wherever_it_may_belong() {
    for (options, account_too) in [
        (json!({"org_id": ORG, "key": KEY}), true),
        (json!({"org": "Acme", "key": KEY}), true),
        (json!({"org_id": ORG, "token_type": "org", "key": KEY}), false),
        (json!({"token_type": "user", "org_id": ORG, "key": KEY}), false),
        (json!({"key": KEY}), false),
        (json!({"org_id": ORG}), false),
        (json!({"org_id": ORG, "key": KEY, "role": "admin"}), false),
    ] {
        assert_eq!(params(options.clone()).unwrap().search_account_too, account_too, "{options}");
    }
}

#[test]
fn what_cannot_be_looked_for_is_refused_by_name() {
    for (options, words) in [
        (json!({"role": "admin"}), "role: only for organization tokens"),
        (json!({"creator_left": true}), "creator_left: only for organization tokens"),
        (json!({"token_type": "org"}), "org_id: required"),
        (json!({"id": "x"}), "id: 'x' is not a UUID"),
        (json!({"name": ""}), "name: empty"),
        (json!({"key": "AbCd...6789"}), "key: masked"),
        (json!({"key": "short"}), "key: not a whole key"),
        (json!({"unused_for": "a month"}), "unused_for: 'a month' is not a duration"),
        (json!({"older_than": "-1d"}), "older_than: '-1d' is not a duration"),
    ] {
        let error = params(options.clone()).unwrap_err();
        assert!(error.starts_with(words), "{options}: {error}");
    }
}

const NOW: f64 = 1_700_000_000.0;
const DAY: f64 = 86_400.0;

fn token(id: &str, name: &str, age_days: f64, unused_days: Option<f64>, roles: &[&str]) -> Token {
    let privileges: Vec<Value> = roles.iter().map(|role| json!({"scope": "org", "role": role})).collect();
    let used = unused_days.map(|days| NOW - days * DAY);
    let shown = json!({"id": id, "name": name, "key": format!("{id:a<4}...{id:z<4}"), "created_time": NOW - age_days * DAY, "last_used": used, "privileges": privileges});
    serde_json::from_value(shown).unwrap()
}

fn filtered(filters: Filters, selection: Selection) -> Params {
    Params { owner: OwnerRef::User, search_account_too: false, selection, filters }
}

fn ids(filters: Filters, tokens: &[Token]) -> Vec<&str> {
    let given = choose(&filtered(filters, Selection::default()), &Owner::User, tokens, NOW).unwrap();
    assert!(given.warnings.is_empty(), "{:?}", given.warnings);
    given.tokens.into_iter().map(|(token, _)| token.id.as_str()).collect()
}

#[test]
fn every_filter_leaves_what_fits_it_and_all_of_them_what_fits_all() {
    let tokens = [
        token("1", "ci-admin", 400.0, Some(1.0), &["read", "admin"]),
        token("2", "ci-read", 100.0, Some(50.0), &["read"]),
        token("3", "lobby", 60.0, None, &["read"]),
        token("4", "Lobby", 1.0, Some(0.0), &[]),
    ];
    let days = |days: f64| Some(days * DAY);
    let name = |pattern| Some(Glob::new(pattern));
    let none = Filters::default;
    for (filters, expected) in [
        (none(), &["4", "1", "2", "3"][..]),
        (Filters { name: name("ci-*"), ..none() }, &["1", "2"]),
        (Filters { name: name("?obby"), ..none() }, &["4", "3"]),
        (Filters { name: name("lob"), ..none() }, &[]),
        (Filters { role: Some(Role::Admin), ..none() }, &["1"]),
        (Filters { role: Some(Role::Read), ..none() }, &["1", "2", "3"]),
        (Filters { role: Some(Role::Write), ..none() }, &[]),
        (Filters { unused_for: days(50.0), ..none() }, &["2", "3"]),
        (Filters { unused_for: days(60.0), ..none() }, &["3"]),
        (Filters { unused_for: days(60.1), ..none() }, &[]),
        (Filters { unused_for: days(0.0), ..none() }, &["4", "1", "2", "3"]),
        (Filters { older_than: days(60.0), ..none() }, &["1", "2"]),
        (Filters { older_than: days(59.9), ..none() }, &["1", "2", "3"]),
        (Filters { older_than: days(400.0), ..none() }, &[]),
        (Filters { older_than: days(90.0), unused_for: days(30.0), ..none() }, &["2"]),
        (Filters { name: name("ci-*"), role: Some(Role::Read), unused_for: days(30.0), ..none() }, &["2"]),
    ] {
        assert_eq!(ids(filters.clone(), &tokens), expected, "{filters:?}");
    }
}

#[test]
fn tokens_whose_maker_has_left_are_found_by_that() {
    let made_by = |id: &str, maker: Value| {
        serde_json::from_value::<Token>(json!({"id": id, "name": id, "created_by": maker})).unwrap()
    };
    let untold: Token = serde_json::from_value(json!({"id": "3", "name": "3"})).unwrap();
    let tokens = [made_by("1", Value::Null), made_by("2", json!("a@b.c")), untold];
    for (creator_left, expected) in [(None, &["1", "2", "3"][..]), (Some(true), &["1"]), (Some(false), &["2", "3"])] {
        assert_eq!(ids(Filters { creator_left, ..Filters::default() }, &tokens), expected);
    }
}

#[test]
fn a_time_that_can_be_none_is_told_by_token_and_field() {
    let odd: Token =
        serde_json::from_value(json!({"id": "x", "name": "n", "created_time": NOW * 1000.0, "last_used": NOW - DAY}))
            .unwrap();
    let tokens = [odd];
    let given = choose(&filtered(Filters::default(), Selection::default()), &Owner::User, &tokens, NOW).unwrap();
    assert_eq!(given.tokens.len(), 1);
    assert!(
        given.warnings[0].starts_with("created_time of token x is a number of milliseconds"),
        "{:?}",
        given.warnings
    );
}

#[test]
fn the_order_is_by_name_then_age_then_id_whatever_the_cloud_gives() {
    let mut tokens = [
        token("9", "a", 2.0, None, &[]),
        token("2", "a", 1.0, None, &[]),
        token("3", "a", 1.0, None, &[]),
        token("1", "b", 9.0, None, &[]),
    ];
    for _ in 0..tokens.len() {
        tokens.rotate_left(1);
        assert_eq!(ids(Filters::default(), &tokens), ["9", "2", "3", "1"]);
    }
    tokens.reverse();
    assert_eq!(ids(Filters::default(), &tokens), ["9", "2", "3", "1"]);
}

#[test]
fn a_token_whose_age_is_not_known_is_given_unless_a_filter_hangs_on_it_and_then_it_is_told() {
    let unknown: Token = serde_json::from_value(json!({"id": "x", "name": "n"})).unwrap();
    let used: Token = serde_json::from_value(json!({"id": "y", "name": "o", "last_used": NOW - DAY})).unwrap();
    let tokens = [unknown, used];
    for (unused_for, older_than, name, given, told) in [
        (None, None, "*", vec!["x", "y"], vec![]),
        (Some(0.0), None, "*", vec!["y"], vec!["x"]),
        (Some(2.0 * DAY), None, "*", vec![], vec!["x"]),
        (Some(2.0 * DAY), Some(DAY), "*", vec![], vec!["x"]),
        (None, Some(DAY), "*", vec![], vec!["x", "y"]),
        (None, Some(DAY), "z*", vec![], vec![]),
    ] {
        let filters = Filters { unused_for, older_than, name: Some(Glob::new(name)), ..Filters::default() };
        let found = choose(&filtered(filters.clone(), Selection::default()), &Owner::User, &tokens, NOW).unwrap();
        let ids: Vec<_> = found.tokens.iter().map(|(token, _)| token.id.as_str()).collect();
        assert_eq!(ids, given, "{filters:?}");
        assert_eq!(found.warnings.len(), told.len(), "{filters:?}: {:?}", found.warnings);
        for (warning, id) in found.warnings.iter().zip(told) {
            assert!(warning.contains(&format!("oken {id} ")), "{warning}");
        }
    }
}

#[test]
fn a_key_that_fits_two_tokens_is_never_guessed() {
    let tokens = [token("1", "n", 1.0, None, &[]), token("1", "m", 2.0, None, &[])];
    let selection = Selection { key: Some("1aaaxxxxxxxx1zzz".into()), ..Selection::default() };
    let error = choose(&filtered(Filters::default(), selection.clone()), &Owner::User, &tokens, NOW).unwrap_err();
    assert!(matches!(&error, Refusal::KeyFitsSeveral(tokens) if tokens.len() == 2), "{error:?}");
    let named = Selection { name: Some("m".into()), ..selection };
    let given = choose(&filtered(Filters::default(), named), &Owner::User, &tokens, NOW).unwrap();
    assert_eq!(given.tokens.len(), 1);
}
