//! Parsing and checking of the options.

use super::*;
use serde_json::json;

const ID: &str = "9777c1a0-6ef6-11e6-8bbf-02e208b2d34f";

fn params(options: Value) -> Result<Params, OptionError> {
    let task = options.as_object().unwrap().keys().fold(Task::builder(), |task, option| task.given(option));
    Params::new(&serde_json::from_value(options).unwrap(), &task.build())
}

#[test]
fn a_body_is_a_dictionary_a_list_or_json_text() {
    for (method, body, expected) in [
        ("PUT", json!({"a": 1}), json!({"a": 1})),
        ("POST", json!([1]), json!([1])),
        ("POST", json!(r#" {"a": [1]} "#), json!({"a": [1]})),
        ("POST", json!(null), json!({})),
        ("GET", json!(null), json!(null)),
    ] {
        assert_eq!(params(json!({"path": "x", "method": method, "body": body})).unwrap().body, expected);
    }
    for (method, body, words) in [
        ("PUT", json!("{geheim"), "body: not valid JSON: key must be a string at line 1 column 2"),
        ("PUT", json!(""), "body: not valid JSON: EOF while parsing a value at line 1 column 0"),
        ("PUT", json!("5"), "body: not a dictionary or a list"),
        ("POST", json!(true), "body: not a dictionary or a list"),
        ("GET", json!({}), "body: only method: PUT and POST"),
        ("DELETE", json!({}), "body: only method: PUT and POST"),
    ] {
        let error = params(json!({"path": "x", "method": method, "body": body})).unwrap_err().to_string();
        assert!(error.starts_with(words) && !error.contains("geheim"), "{error}");
    }
}

#[test]
fn all_pages_are_read_unless_the_task_selects_a_page() {
    for (options, all) in [
        (json!({"path": "x"}), true),
        (json!({"path": "x?name=a", "query": {"type": "ap"}}), true),
        (json!({"path": "x", "limit": 5}), false),
        (json!({"path": "x?page=2"}), false),
        (json!({"path": "x", "query": {"limit": 5}}), false),
        (json!({"path": "x", "query": {"search_after": "y"}}), false),
        (json!({"path": "x", "limit": 5, "paginate": true}), true),
        (json!({"path": "x", "paginate": false}), false),
    ] {
        assert_eq!(params(options.clone()).unwrap().paginate, all, "{options}");
    }
}

#[test]
fn contradicting_options_are_refused() {
    for (options, words) in [
        (json!({"path": "orgs/{org_id}"}), "org_id: required because `path` contains {org_id}"),
        (json!({"path": "orgs/{org_id}"}), "org_id: required because `path` contains {org_id}"),
        (json!({"path": "orgs/{org_id}", "org_id": ""}), "org_id: set but empty"),
        (json!({"path": "self", "org": " "}), "org: set but empty"),
        (json!({"path": "self", "site": ""}), "site: set but empty"),
        (json!({"path": "self", "msp_id": ""}), "msp_id: set but empty"),
        (json!({"path": "msps/{msp_id}/orgs"}), "msp_id: required because `path` contains {msp_id}"),
        (json!({"path": "orgs/{org_id}", "org_id": "acme"}), "org_id: 'acme' is not a UUID"),
        (json!({"path": "orgs/{org_id}", "org_id": ID, "org": "Acme"}), "org: mutually exclusive with org_id"),
        (json!({"path": "sites/{site_id}"}), "site_id: required because `path` contains {site_id}"),
        (json!({"path": "sites/{site_id}", "site_id": "../x"}), "site_id: '../x' is not a UUID"),
        (json!({"path": "sites/{site_id}", "site": "Lobby"}), "org_id: required to look up the site"),
        (json!({"path": "x", "method": "POST", "paginate": true}), "paginate: only method: GET"),
        (json!({"path": "x", "method": "DELETE", "limit": 5}), "limit: only method: GET"),
        (json!({"path": "x", "limit": 5, "query": {"limit": 6}}), "limit: also a parameter of the query"),
        (json!({"path": "x?limit=6", "limit": 5}), "limit: also a parameter of the query"),
        (json!({"path": "x?a%20b=1", "query": {"a b": 2}}), "query: parameter 'a b' is also in `path`"),
        (json!({"path": "x", "status_code": [200, 20]}), "status_code: 20 is not an HTTP status"),
        (json!({"path": "x", "query": {"a": {}}}), "query: parameter 'a'"),
    ] {
        let error = params(options.clone()).unwrap_err().to_string();
        assert!(error.starts_with(words), "{options}: {error}");
    }
}

#[test]
fn a_name_beats_the_organization_of_the_environment() {
    let options = json!({"path": "orgs/{org_id}", "org_id": ID, "org": "Acme"});
    let params = Params::new(&serde_json::from_value(options).unwrap(), &Task::builder().given("org").build()).unwrap();
    assert_eq!(params.org, Some(IdOrName::Name("Acme".into())));
}

#[test]
fn status_code_replaces_the_statuses_of_success() {
    for (given, status, taken) in [
        (json!(null), 200, true),
        (json!(null), 299, true),
        (json!(null), 300, false),
        (json!(null), 404, false),
        (json!([]), 204, true),
        (json!([200, 404]), 404, true),
        (json!([200, 404]), 201, false),
    ] {
        let params = params(json!({"path": "x", "status_code": given})).unwrap();
        assert_eq!(params.accepts.takes(status), taken, "{given} {status}");
    }
}
