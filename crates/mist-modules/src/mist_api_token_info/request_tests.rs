use super::*;
use serde_json::{Value, json};

const ORG: &str = "2818e386-8dec-2562-9ede-5b8a0fbbdc71";
const KEY: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

fn request(value: Value) -> Result<Request, String> {
    let options: Options = serde_json::from_value(value.clone()).unwrap();
    let given = value.as_object().unwrap().keys().fold(Task::builder(), |task, option| task.given(option));
    Request::new(&options, &given.build())
}

#[test]
fn every_filter_is_read() {
    let found = request(
        json!({"org_id": ORG, "name": "ci", "name_pattern": "c*", "id": ORG.to_uppercase(), "role": "observer",
        "unused_for": "30d", "older_than": "2h", "creator_left": true}),
    )
    .unwrap();
    assert_eq!(found.owner, OwnerRef::Organization(crate::common::scope::IdOrName::Id(ORG.into())));
    assert_eq!((found.selection.name.as_deref(), found.selection.id.as_deref()), (Some("ci"), Some(ORG)));
    let expected = Filters {
        name: Some(Glob::new("c*")),
        role: Some("read"),
        unused_for: Some(2_592_000.0),
        older_than: Some(7_200.0),
        maker_left: Some(true),
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
        assert_eq!(request(json!({"org_id": ORG, "role": given})).unwrap().filters.role, Some(role));
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
        assert_eq!(request(options.clone()).unwrap().search_account_too, account_too, "{options}");
    }
}

#[test]
fn what_cannot_be_looked_for_is_refused_by_name() {
    for (options, words) in [
        (json!({"role": "admin"}), "role: a user token has the roles of its account"),
        (json!({"creator_left": true}), "creator_left: a user token is its account's"),
        (json!({"token_type": "org"}), "org_id: required"),
        (json!({"id": "x"}), "id: 'x' is not a UUID"),
        (json!({"name": ""}), "name: it is empty"),
        (json!({"key": "AbCd...6789"}), "key: it is masked"),
        (json!({"key": "short"}), "key: it is no whole key"),
        (json!({"unused_for": "a month"}), "unused_for: 'a month' is not a duration"),
        (json!({"older_than": "-1d"}), "older_than: '-1d' is not a duration"),
    ] {
        let error = request(options.clone()).unwrap_err();
        assert!(error.starts_with(words), "{options}: {error}");
    }
}
