//! Objects that the object modules never write: tokens, the caller's account, its own administrator, whole organizations.

use super::situation::Situation;
use mist_simulator::{Fault, FaultKind, NewToken};
use serde_json::{Value, json};

#[test]
fn tokens_are_refused_in_every_spelling_before_any_request() {
    let situation = Situation::new();
    let id = situation.cloud.org_id().to_owned();
    for path in [
        "orgs/{org_id}/apitokens".to_owned(),
        "/api/v1/orgs/{org_id}/apitokens/".to_owned(),
        "orgs/{org_id}/ApiTokens".to_owned(),
        "orgs/{org_id}/apitokens.".to_owned(),
        "orgs/{org_id}/api%74okens".to_owned(),
        "orgs//{org_id}//apitokens".to_owned(),
        "orgs/./{org_id}/apitokens".to_owned(),
        format!("orgs/{id}/apitokens"),
        "self/apitokens".to_owned(),
        "SELF/apitokens".to_owned(),
    ] {
        let one = json!({"path": path, "match": ["name"], "object": {"name": "x"}});
        let set = json!({"path": path, "match": ["name"], "objects": [], "purge": true, "max_deletes": 9});
        for ran in [situation.object_at_once(one), situation.objects_at_once(set)] {
            let plain = !path.contains('%') && !path.contains("//") && !path.contains("/./");
            assert!(ran.calls.is_empty(), "{path}: {:?}", ran.calls);
            let message = ran.refused();
            assert!(!plain || message.contains("Use mist_api_token or mist_api_tokens"), "{path}: {message}");
        }
    }
    for (path, id) in [("orgs/{org_id}", "apitokens"), ("self", "apitokens"), ("orgs/{org_id}/x", "../apitokens")] {
        let ran = situation.object_at_once(json!({"path": path, "id": id, "object": {"name": "x"}}));
        assert!(ran.calls.is_empty() && ran.failed, "{path} {id}: {:?}", ran.calls);
    }
    for word in ["apitokens", "Apitoken", "api_tokens", "tokens"] {
        let ran = situation.object_at_once(json!({"type": word, "object": {"name": "x"}}));
        assert!(ran.refused().contains("Use mist_api_token or mist_api_tokens"), "{word}");
    }
}

#[test]
fn tokens_can_be_read_and_their_keys_are_masked() {
    let situation = Situation::new();
    situation.cloud.seed(&situation.org("newthings"), json!({"name": "n", "label": "a plain field"}));
    let (_, key) = situation.cloud.add_org_token(situation.cloud.org_id(), NewToken::named("reader"));
    let ran = situation.info(json!({"path": "orgs/{org_id}/apitokens"})).ok();
    let listed = ran.results["objects"].as_array().unwrap().iter().find(|one| one["name"] == "reader").unwrap().clone();
    assert_eq!(listed["key"], "********", "{listed}");
    assert!(!ran.results.to_string().contains(&key));
    let ran = situation.info(json!({"path": "orgs/{org_id}/newthings"})).ok();
    assert_eq!(ran.results["objects"][0]["label"], "a plain field");
    let secrets = json!({"path": "orgs/{org_id}/apitokens", "as_declared": true, "include_secrets": true});
    assert!(situation.info(secrets).refused().starts_with("include_secrets: "));
}

/// A cloud with two administrators: the caller, whose e-mail is written in capitals, and Bob.
fn with_administrators() -> Situation {
    let situation = Situation::new();
    let admin =
        |id: u32, email: &str| json!({"id": format!("{id}"), "email": email, "privileges": [{"role": "admin"}]});
    let (own, bob) = (admin(1, "ADMIN@Example.com"), admin(2, "bob@example.com"));
    for (method, path, body) in [
        ("GET", "*/admins", json!([own, bob]).to_string()),
        ("GET", "*/admins/1", own.to_string()),
        (
            "PUT",
            "*/admins/2",
            json!({"id": "2", "email": "bob@example.com", "privileges": [{"role": "read"}]}).to_string(),
        ),
        ("DELETE", "*/admins/2", String::new()),
    ] {
        let kind = FaultKind::Status { status: 200, body, headers: [].into() };
        situation.cloud.fault(Fault::new(kind).method(method).path(path));
    }
    situation
}

#[test]
fn the_own_administrator_is_not_changed_or_deleted_and_others_are() {
    let situation = with_administrators();
    let of = |email: &str, more: Value, state: &str| {
        let mut object = json!({"email": email});
        object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"path": "orgs/{org_id}/admins", "match": ["email"], "object": object, "state": state})
    };
    let own = "ADMIN@Example.com";
    let read = json!({"privileges": [{"role": "read"}]});
    for task in [of(own, read.clone(), "present"), of(own, json!({}), "absent")] {
        let ran = situation.object(task);
        assert_eq!(ran.calls.last().unwrap(), "GET self");
        assert!(ran.refused().contains("is the account or token of this task"));
    }
    let by_id = json!({"path": "orgs/{org_id}/admins", "id": "1", "object": read});
    assert!(situation.object(by_id).refused().contains("is the account or token of this task"));
    let rest = json!({"path": "orgs/{org_id}/admins", "match": ["email"], "objects": [{"email": "bob@example.com"}]});
    let mut purge = rest.clone();
    purge["purge"] = json!(true);
    assert!(situation.objects(purge).refused().contains("is the account or token of this task"));
    // A task that writes nothing does not read the account.
    assert_eq!(situation.object(of(own, json!({}), "present")).changes(false).methods(), "GET");
    assert_eq!(situation.objects(rest).changes(false).methods(), "GET");
    let changed = situation.object_at_once(of("bob@example.com", read, "present")).changes(true);
    assert_eq!(changed.methods(), "GET GET PUT");
    situation.object_at_once(of("bob@example.com", json!({}), "absent")).changes(true);
}

#[test]
fn organizations_and_the_own_account_are_not_deleted() {
    let situation = Situation::new();
    let id = situation.cloud.org_id().to_owned();
    let org = json!({"path": "orgs", "id": id, "state": "absent"});
    assert!(situation.object_at_once(org).refused().starts_with("state: organizations and MSPs are not deleted"));
    let set = json!({"path": "orgs", "match": ["name"], "objects": [], "purge": true, "max_deletes": 9});
    assert!(situation.objects_at_once(set).refused().starts_with("purge: organizations and MSPs are not deleted"));
    let own = json!({"path": "self", "match": ["email"], "object": {"email": "x"}});
    assert!(situation.object_at_once(own).refused().starts_with("path: the account of the caller"));
}

#[test]
fn an_object_without_an_id_is_not_written() {
    let situation = Situation::new();
    let path = situation.org("newthings");
    for state in ["present", "absent"] {
        let thing = situation.cloud.seed(&path, json!({"label": "a", "value": 1}));
        let list = json!([{"label": "a", "value": 1, "id": null}]).to_string();
        let kind = FaultKind::Status { status: 200, body: list, headers: [].into() };
        situation.cloud.fault(Fault::new(kind).method("GET"));
        let object = json!({"label": "a", "value": 2});
        let task = json!({"path": "orgs/{org_id}/newthings", "match": ["label"], "object": object, "state": state});
        let ran = situation.object(task);
        assert!(ran.calls.iter().all(|call| call.starts_with("GET")) && ran.failed, "{:?}", ran.calls);
        assert!(ran.msg.contains("has no id, so"), "{}", ran.msg);
        situation.cloud.clear_faults();
        situation.cloud.remove_object(&situation.org(&format!("newthings/{thing}")));
    }
}
