//! Identity and usage from responses of the cloud.

use super::*;
use serde_json::json;
use std::time::Duration;

const ACME: &str = "2818e386-8dec-2562-9ede-5b8a0fbbdc71";
const BETA: &str = "a97c1b22-a4e9-411e-9bfd-d8695a0f9e61";

fn identity(json: Value) -> Results {
    read_self(&json).unwrap()
}

fn usage(json: Value, now: u64) -> Usage {
    read_usage(&json, SystemTime::UNIX_EPOCH + Duration::from_secs(now)).unwrap()
}

#[test]
fn an_account_has_an_email_and_an_organization_token_only_a_name() {
    for (fields, expected) in [
        (json!({"email": "a@b.c", "first_name": "Ada"}), Some(TokenType::User)),
        (json!({"email": "a@b.c", "name": "Ada"}), Some(TokenType::User)),
        (json!({"first_name": "Ada", "name": "Ada"}), Some(TokenType::User)),
        (json!({"name": "ci"}), Some(TokenType::Org)),
        (json!({"name": "ci", "email": null}), Some(TokenType::Org)),
        (json!({"name": null}), None),
        (json!({}), None),
    ] {
        assert_eq!(identity(fields.clone()).token_type, expected, "{fields}");
    }
}

#[test]
fn the_response_and_its_privileges_are_returned_unchanged() {
    let privileges = json!([
        {"scope": "org", "role": "admin", "org_id": ACME, "name": "Acme", "views": ["reporting"], "future": {"a": 1}},
        {"scope": 7, "role": null, "views": "all"},
        {},
    ]);
    let shown = json!({"name": "ci", "privileges": privileges, "future": [1]});
    let found = identity(shown.clone());
    assert_eq!(found.privileges.as_ref().unwrap()[0].more.keys().collect::<Vec<_>>(), ["future"]);
    let found = serde_json::to_value(found).unwrap();
    assert_eq!(found["self"], shown);
    assert_eq!(found["privileges"], privileges);
}

#[test]
fn an_account_without_privileges_has_none() {
    for fields in [json!({"name": "ci"}), json!({"privileges": null}), json!({"privileges": []})] {
        let found = identity(fields);
        assert_eq!((found.privileges, found.orgs), (Some(vec![]), Some(vec![])));
    }
}

#[test]
fn each_organization_is_listed_once_and_sorted_by_name() {
    let org = |name: Option<&str>, id: &str| Organization { name: name.map(str::to_owned), id: id.to_owned() };
    for (privileges, expected) in [
        (
            json!([{"scope": "org", "org_id": BETA, "name": "Beta"}, {"scope": "org", "org_id": ACME, "name": "Acme"}]),
            vec![org(Some("Acme"), ACME), org(Some("Beta"), BETA)],
        ),
        // A site's name is not its organization's.
        (json!([{"scope": "site", "org_id": ACME, "name": "HQ"}]), vec![org(None, ACME)]),
        (
            json!([{"scope": "site", "org_id": ACME, "name": "HQ"}, {"scope": "site", "org_id": ACME, "name": "Lab", "org_name": "Acme"},
                {"scope": "org", "org_id": ACME, "name": "Acme"}]),
            vec![org(Some("Acme"), ACME)],
        ),
        // The name is kept, whichever privilege has it.
        (
            json!([{"scope": "org", "org_id": ACME, "name": "Acme"}, {"scope": "site", "org_id": ACME, "name": "HQ"}]),
            vec![org(Some("Acme"), ACME)],
        ),
        // By name, not by id.
        (
            json!([{"scope": "org", "org_id": ACME, "name": "Zeta"}, {"scope": "org", "org_id": BETA, "name": "Beta"}]),
            vec![org(Some("Beta"), BETA), org(Some("Zeta"), ACME)],
        ),
        // Two organizations with the same name.
        (
            json!([{"scope": "org", "org_id": BETA, "name": "Acme"}, {"scope": "org", "org_id": ACME, "name": "Acme"}]),
            vec![org(Some("Acme"), ACME), org(Some("Acme"), BETA)],
        ),
        (json!([{"scope": "msp", "msp_id": ACME, "name": "Provider"}, {"org_id": 7}]), vec![]),
    ] {
        assert_eq!(identity(json!({"privileges": privileges})).orgs, Some(expected), "{privileges}");
    }
}

#[test]
fn a_login_without_the_second_factor_has_no_identity() {
    for (fields, open) in [
        (json!({"privileges": null, "two_factor_required": true, "two_factor_passed": false}), true),
        (json!({"two_factor_required": true}), true),
        (json!({"privileges": null, "two_factor_required": true, "two_factor_passed": true}), false),
        (json!({"privileges": null, "two_factor_required": false, "two_factor_passed": false}), false),
        // A token of such an account works.
        (json!({"privileges": [], "two_factor_required": true, "two_factor_passed": false}), false),
    ] {
        let expected = if open { Some(Unknown::SecondFactorOpen) } else { None };
        assert_eq!(read_self(&fields).err(), expected, "{fields}");
    }
}

#[test]
fn the_organizations_of_an_msp_are_added() {
    let org = |name: Option<&str>, id: &str| Organization { name: name.map(str::to_owned), id: id.to_owned() };
    let mut orgs = vec![org(None, ACME), org(Some("Beta"), BETA)];
    let of_msp = [("Acme", ACME), ("Other", BETA), ("Aardvark", "third")];
    add_msp_orgs(&mut orgs, of_msp.map(|(name, id)| (name.to_owned(), id.to_owned())).to_vec());
    assert_eq!(orgs, [org(Some("Aardvark"), "third"), org(Some("Acme"), ACME), org(Some("Beta"), BETA)]);
}

#[test]
fn a_response_of_another_shape_is_refused() {
    for json in [
        json!(null),
        json!([]),
        json!("Ada"),
        json!({"privileges": "all"}),
        json!({"privileges": {"role": "admin"}}),
        json!({"privileges": ["admin"]}),
    ] {
        assert_eq!(read_self(&json), Err(Unknown::Shape), "{json}");
    }
    for json in [json!(null), json!([{"requests": 1}]), json!(5)] {
        assert_eq!(read_usage(&json, SystemTime::UNIX_EPOCH), None, "{json}");
    }
}

#[test]
fn the_rest_of_the_hour_is_counted_by_the_clouds_clock() {
    const FULL_HOUR: u64 = 1_690_117_200;
    for (now, resets_at, resets_in) in [
        (FULL_HOUR - 3600, FULL_HOUR, 3600),
        (FULL_HOUR - 1, FULL_HOUR, 1),
        (FULL_HOUR, FULL_HOUR + 3600, 3600),
        (FULL_HOUR + 1800, FULL_HOUR + 3600, 1800),
    ] {
        let found = usage(json!({"requests": 17, "request_limit": 5000}), now);
        assert_eq!((found.resets_at, found.resets_in, found.remaining), (resets_at, resets_in, Some(4983)));
    }
}

#[test]
fn an_incomplete_usage_keeps_the_rest() {
    for (fields, expected) in [
        (
            json!({"requests": 5000, "request_limit": 5000}),
            json!({"requests": 5000, "request_limit": 5000, "remaining": 0}),
        ),
        (json!({"requests": 9, "request_limit": 5}), json!({"requests": 9, "request_limit": 5, "remaining": 0})),
        (json!({"requests": 9}), json!({"requests": 9})),
        (json!({"request_limit": null}), json!({"request_limit": null})),
        (json!({"requests": "many", "request_limit": 5}), json!({"requests": "many", "request_limit": 5})),
        (json!({"seconds": 0.5}), json!({"seconds": 0.5})),
    ] {
        let mut found = serde_json::to_value(usage(fields.clone(), 0)).unwrap();
        let resets = found.as_object_mut().unwrap();
        assert_eq!((resets.remove("resets_at"), resets.remove("resets_in")), (Some(json!(3600)), Some(json!(3600))));
        assert_eq!(found, expected, "{fields}");
    }
}
