//! Writing: what is sent, what is shown of it, and which statuses are taken.

use super::situation::{Situation, ok, status_fault};
use mist_simulator::{Config, Variants};
use serde_json::{Value, json};

#[test]
fn a_put_writes_only_what_differs_and_shows_it() {
    let situation = Situation::new();
    let id = situation.site_id();
    let path = format!("/api/v1/sites/{id}");
    let task = |body: Value| json!({"method": "PUT", "path": "sites/{site_id}", "site_id": id, "body": body});
    let changed =
        ok(situation.run(task(json!({"name": "Lobby", "country_code": "US", "rf": {"band": 5, "psk": "geheim-neu"}}))));
    assert_eq!(situation.calls(), [format!("GET {path}"), format!("PUT {path}")]);
    assert!(changed.changed);
    assert_eq!(changed.results.json.as_ref().unwrap()["name"], "Lobby");
    assert_eq!(situation.site()["rf"]["psk"], "geheim-neu");
    assert_eq!(changed.diff[0].before, json!({"name": "Site 1", "country_code": "US"}));
    assert_eq!(
        changed.diff[0].after,
        json!({"name": "Lobby", "country_code": "US", "rf": {"band": 5, "psk": "******** (after)"}})
    );
    assert_eq!(changed.diff[0].before_header, Some(format!("PUT {path}")));

    for same in [
        json!({"name": "Lobby", "rf": {"band": 5.0}}),
        json!(r#"{"name": "Lobby"}"#),
        json!({}),
        json!({"never_there": null}),
    ] {
        let unchanged = ok(situation.run(task(same)));
        assert_eq!(situation.calls(), [format!("GET {path}")]);
        assert!(!unchanged.changed && unchanged.diff.is_empty());
        assert_eq!(unchanged.results.json.unwrap()["name"], "Lobby");
        assert_eq!(unchanged.results.status, Some(200));
    }

    let (predicted, _) = situation.run_in(true, task(json!({"name": "Hall"})));
    assert_eq!(ok(predicted).results.json.unwrap()["name"], "Lobby", "what is there");
}

#[test]
fn what_can_be_written_and_not_read_is_written_with_a_warning() {
    let situation = Situation::with(Config { user_tokens: 1, ..Config::default() });
    let id = situation.cloud.user_tokens()[1].id.clone();
    let (outcome, warnings) = situation
        .run_in(false, json!({"method": "PUT", "path": format!("self/apitokens/{id}"), "body": {"name": "new"}}));
    assert!(ok(outcome).changed);
    assert!(warnings[0].contains("cannot be read (405)"), "{warnings:?}");
    assert_eq!(situation.cloud.user_tokens()[1].name, "new");
}

#[test]
fn a_put_that_acts_is_sent_without_a_look_and_is_a_change() {
    let situation = Situation::new();
    let path = "/api/v1/orgs/ORG/inventory";
    let body = json!({"op": "assign", "macs": ["5c5b35000001"], "site_id": situation.site_id()});
    let task =
        json!({"method": "PUT", "path": "orgs/{org_id}/inventory", "org_id": situation.cloud.org_id(), "body": body});
    let device = json!({"mac": "5c5b35000001", "type": "ap", "model": "AP45"});
    situation.cloud.add_devices(situation.cloud.org_id(), [device]);
    let (predicted, _) = situation.run_in(true, task.clone());
    assert_eq!((ok(predicted).changed, situation.calls().len()), (true, 0));
    for _ in 0..2 {
        assert!(ok(situation.run(task.clone())).changed);
        assert_eq!(situation.calls(), [format!("PUT {path}")]);
    }
    let mut looking = task.clone();
    looking["read_first"] = json!(true);
    ok(situation.run(looking));
    assert_eq!(situation.calls(), [format!("GET {path}"), format!("PUT {path}")]);
    let mut site =
        json!({"method": "PUT", "path": "sites/{site_id}", "site_id": situation.site_id(), "body": {"notes": "n"}});
    site["read_first"] = json!(false);
    for _ in 0..2 {
        assert!(ok(situation.run(site.clone())).changed);
        assert_eq!(situation.calls().len(), 1);
    }
    site["method"] = json!("POST");
    let refused = situation.run(site).unwrap_err();
    assert!(refused.msg.starts_with("read_first: ") && situation.calls().is_empty(), "{}", refused.msg);
}

#[test]
fn the_diff_of_a_list_is_text() {
    let situation = Situation::new();
    let path = format!("orgs/{}/inventory", situation.cloud.org_id());
    let claimed = ok(situation.run(json!({"method": "POST", "path": path, "body": ["6JG8EPTFV2A9Z2N"]})));
    assert_eq!(claimed.diff[0].after, json!("[\n    \"6JG8EPTFV2A9Z2N\"\n]\n"));
}

#[test]
fn a_post_is_sent_once_and_changes() {
    let situation = Situation::new();
    let task = json!({"method": "POST", "path": "self/apitokens", "body": {"name": "n"}});
    let made = ok(situation.run(task));
    assert_eq!(situation.calls(), ["POST /api/v1/self/apitokens"]);
    assert!(made.changed);
    assert_eq!(made.diff[0].after, json!({"name": "n"}));
    let key = made.results.json.unwrap()["key"].as_str().unwrap().to_owned();
    assert_eq!(situation.cloud.user_tokens()[1].key, key);
}

#[test]
fn a_delete_of_what_is_gone_is_no_change() {
    let situation = Situation::with(Config { user_tokens: 1, variants: Variants::document(), ..Config::default() });
    let id = situation.cloud.user_tokens()[1].id.clone();
    let task = json!({"method": "DELETE", "path": format!("self/apitokens/{id}")});
    let gone = ok(situation.run(task.clone()));
    assert_eq!(situation.calls(), [format!("DELETE /api/v1/self/apitokens/{id}")]);
    assert!(gone.changed && gone.results.status == Some(200));
    assert_eq!(situation.cloud.user_tokens().len(), 1);
    let again = ok(situation.run(task));
    assert!(!again.changed && again.results.status == Some(404) && again.diff.is_empty());
}

#[test]
fn a_refusal_fails_with_its_status_unless_the_task_takes_it() {
    let missing = json!({"path": "sites/00000000-0000-0000-0000-000000000000"});
    let situation = Situation::new();
    let failure = situation.run(missing.clone()).unwrap_err();
    assert_eq!(failure.status(), Some(404));
    assert_eq!(failure.results.unwrap().status, Some(404));
    for method in ["GET", "PUT"] {
        let mut taken = missing.clone();
        taken.as_object_mut().unwrap().extend(json!({"method": method, "status_code": [200, 404], "body": (method == "PUT").then(|| json!({"name": "x"}))}).as_object().unwrap().clone());
        let found = ok(situation.run(taken));
        assert!(!found.changed && found.results.status == Some(404));
        assert_eq!(situation.calls().len(), 1);
    }
    let failure = situation.run(json!({"path": "self", "status_code": [404]})).unwrap_err();
    assert_eq!(failure.status(), Some(200));
    assert!(!failure.msg.contains("admin@example.com"), "{}", failure.msg);

    situation.cloud.fault(status_fault(400, r#"{"detail": "No."}"#));
    let refused = json!({"method": "POST", "path": "self/apitokens", "body": {}, "status_code": [400]});
    let refused = ok(situation.run_in(false, refused).0);
    assert!(!refused.changed && refused.results.status == Some(400), "nothing was made");
}
