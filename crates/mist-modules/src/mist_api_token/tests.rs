//! Reads options, and refuses impossible ones without a request.

use super::*;
use crate::tokens::privileges::Names;
use serde_json::{Value, json};

const ID: &str = "53f10664-3ce8-4c27-b382-0ef66432349f";
const SITE: &str = "441a1214-6928-442a-8e92-e1d34b8ec6a6";
const KEY: &str = "AAAAbbbbbbbbbbbbbbbbbbbbbbbbZZZZ";

fn params_of(options: Value, given: &[&str]) -> Result<Params, String> {
    let options: Options = serde_json::from_value(options.clone()).unwrap_or_else(|error| panic!("{options}: {error}"));
    let task = given.iter().fold(Task::builder(), |task, option| task.given(option)).build();
    Params::new(&options, &task).map_err(|error| error.to_string())
}

fn declared(options: Value) -> DeclaredToken {
    match params_of(options, &["org_id"]).unwrap().action {
        Action::Present { declared, .. } => declared,
        other => panic!("{other:?}"),
    }
}

#[test]
fn scope_follows_from_the_ids_and_roles_have_the_dashboards_names_too() {
    let options = json!({"name": "n", "org_id": ID, "privileges": [
        {"role": "super_user"}, {"role": "network_admin", "site_id": SITE.to_uppercase()}, {"role": "observer", "sitegroup_id": SITE},
        {"role": "installer", "scope": "orgsites"}, {"role": "helpdesk", "views": []}, {"role": "read", "views": ["reporting"]},
        {"role": "admin", "scope": "org"},
    ]});
    let shown = json!([
        {"scope": "org", "role": "admin"}, {"scope": "site", "role": "write", "site_id": SITE},
        {"scope": "sitegroup", "role": "read", "sitegroup_id": SITE}, {"scope": "orgsites", "role": "installer"},
        {"scope": "org", "role": "helpdesk"}, {"scope": "org", "role": "read", "views": ["reporting"]},
    ]);
    assert_eq!(serde_json::to_value(Names::default().resolve(&declared(options).privileges.unwrap())).unwrap(), shown);
}

#[test]
fn the_key_is_returned_unless_a_file_takes_it() {
    for (options, returned, unfiled) in [
        (json!({"name": "n"}), true, Unfiled::Returned),
        (json!({"name": "n", "return_key": true}), true, Unfiled::ReturnedAlways),
        (json!({"name": "n", "return_key": false}), false, Unfiled::Dropped),
        (json!({"name": "n", "key_file": "/run/key"}), false, Unfiled::Returned),
        (json!({"name": "n", "key_file": "/run/key", "return_key": true}), true, Unfiled::ReturnedAlways),
    ] {
        let Action::Present { declared, return_key } = params_of(options.clone(), &[]).unwrap().action else {
            panic!()
        };
        assert_eq!((return_key, declared.token.target.unfiled), (returned, unfiled), "{options}");
    }
}

#[test]
fn what_cannot_be_is_refused_by_the_name_of_the_option() {
    let privileges = |value: Value| json!({"name": "n", "org_id": ID, "privileges": value});
    let sources = |value: Value| json!({"name": "n", "org_id": ID, "src_ips": value});
    let eleven: Vec<String> = (0..11).map(|number| format!("10.0.0.{number}")).collect();
    let eleven_views: Vec<Value> =
        (0..11).map(|number| json!({"role": "read", "views": [number.to_string()]})).collect();
    for (options, words) in [
        (json!({"name": ""}), "name: empty"),
        (json!({"name": "  "}), "name: empty"),
        (json!({"name": "x".repeat(10_000)}), "name: too long, 10000 characters"),
        (json!({"name": "a\nb"}), "name: 'a\\nb' contains a control character"),
        (json!({"name": " a"}), "name: ' a' begins or ends with a space"),
        (json!({"name": "n", "id": "7"}), "id: '7' is not a UUID"),
        (json!({"name": "n", "key": KEY}), "key: not with state: present"),
        (json!({"state": "absent", "key": "1qkb...QQCL"}), "key: masked"),
        (json!({"state": "absent", "key": "short"}), "key: not a whole key"),
        (json!({"state": "absent", "key": format!("{KEY}!{KEY}")}), "key: not a whole key"),
        (json!({"name": "n", "privileges": [{"role": "read"}]}), "privileges: only for organization tokens"),
        (json!({"name": "n", "src_ips": []}), "src_ips: only for organization tokens"),
        (json!({"name": "n", "key_file": "key"}), "key_file: 'key' is a relative path"),
        (json!({"name": "n", "overlap": "1d"}), "overlap: requires max_age"),
        (json!({"name": "n", "max_age": "0"}), "max_age: 0 is not an age"),
        (json!({"name": "n", "max_age": "old"}), "max_age: 'old' is not a duration"),
        (json!({"name": "n", "mode": "0600"}), "mode: requires key_file"),
        (privileges(json!([])), "privileges: the list is empty"),
        (privileges(json!(eleven_views)), "privileges: the list has 11 elements"),
        (
            privileges(json!([{"role": "read"}, {"role": "read", "site_id": "lobby"}])),
            "privileges[1].site_id: 'lobby' is not a UUID",
        ),
        (privileges(json!([{"role": "read", "site": " "}])), "privileges[0].site: set but empty"),
        (privileges(json!([{"role": "read", "site_id": ""}])), "privileges[0].site_id: set but empty"),
        (privileges(json!([{"role": "read", "sitegroup": ""}])), "privileges[0].sitegroup: set but empty"),
        (privileges(json!([{"role": "read", "scope": "site"}])), "privileges[0].site_id: required with scope: site"),
        (
            privileges(json!([{"role": "read", "scope": "org", "site_id": SITE}])),
            "privileges[0].site_id: requires scope: site",
        ),
        (
            privileges(json!([{"role": "read", "scope": "org", "site": "Lobby"}])),
            "privileges[0].site: requires scope: site",
        ),
        (
            privileges(json!([{"role": "read", "site_id": SITE, "sitegroup_id": SITE}])),
            "privileges[0].sitegroup_id: requires scope",
        ),
        (sources(json!(eleven)), "src_ips: the list has 11 elements"),
        (sources(json!(["10.0.0.0/33"])), "src_ips: '10.0.0.0/33' is neither"),
        (sources(json!(["example.com"])), "src_ips: 'example.com' is neither"),
    ] {
        let given: &[&str] = if options.get("org_id").is_some() { &["org_id"] } else { &[] };
        let error = params_of(options.clone(), given).unwrap_err();
        assert!(error.starts_with(words), "{options}: {error}");
        assert!(!error.contains(KEY), "{error}");
    }
}

#[test]
fn a_site_that_came_to_nothing_never_means_the_whole_organization() {
    // As the task gave it; what is null does not arrive at all.
    let request = |given: Value| {
        let options = json!({"name": "n", "org_id": ID, "privileges": [{"role": "admin"}, {"role": "read"}]});
        let options: Options = serde_json::from_value(options).unwrap();
        let arguments = json!({"privileges": [{"role": "admin"}, given]});
        Params::new(&options, &Task::builder().given("org_id").arguments(arguments).build())
            .map_err(|error| error.to_string())
    };
    for option in ["site", "site_id", "sitegroup", "sitegroup_id"] {
        let error = request(json!({"role": "read", option: null})).unwrap_err();
        assert!(error.starts_with(&format!("privileges[1].{option}: set but empty")), "{error}");
        assert!(error.contains("scope: org"), "{error}");
    }
    assert!(request(json!({"role": "read"})).is_ok());
}

#[test]
fn what_the_module_says_of_itself_holds_together() {
    ansible_binary_module::check::<crate::Mist<MistApiToken>>().unwrap();
}
