//! An update loses nothing, whether the cloud merges dictionaries or replaces them, and comes to rest.

use super::situation::{Situation, ok, status_fault};
use mist_simulator::Nested;
use serde_json::{Value, json};

fn each_cloud(test: impl Fn(&Situation)) {
    for nested in [Nested::Merged, Nested::Replaced] {
        let situation = Situation::new();
        situation.cloud.behavior(|behavior| behavior.nested = nested);
        test(&situation);
    }
}

fn task(situation: &Situation, body: Value) -> Value {
    json!({"method": "PUT", "path": "sites/{site_id}/setting", "site_id": situation.site_id(), "body": body})
}

fn setting(situation: &Situation) -> Value {
    let read = json!({"path": "sites/{site_id}/setting", "site_id": situation.site_id()});
    ok(situation.run_in(false, read).0).results.json.unwrap()
}

#[test]
fn variables_of_others_stay_and_the_diff_shows_what_is_sent() {
    each_cloud(|situation| {
        assert!(ok(situation.run(task(situation, json!({"vars": {"a": "1", "b": "2"}})))).changed);
        let second = ok(situation.run(task(situation, json!({"vars": {"b": "3", "c": "4"}}))));
        assert!(second.changed);
        assert_eq!(setting(situation)["vars"], json!({"a": "1", "b": "3", "c": "4"}));
        assert_eq!(second.diff[0].before, json!({"vars": {"b": "2"}}));
        assert_eq!(second.diff[0].after, json!({"vars": {"b": "3", "c": "4"}}));
        for same in [json!({"vars": {"a": "1"}}), json!({"vars": {}}), json!({"vars": {"none": null}})] {
            assert!(!ok(situation.run(task(situation, same.clone()))).changed, "{same}");
        }
        // A deleted dictionary is shown as a whole.
        let gone = ok(situation.run(task(situation, json!({"vars": null}))));
        assert_eq!(gone.diff[0].before, json!({"vars": {"a": "1", "b": "3", "c": "4"}}));
        assert!(!ok(situation.run(task(situation, json!({"vars": null})))).changed, "at rest");
    });
}

#[test]
fn a_list_of_one_is_that_one_and_small_letters_are_taken() {
    let situation = Situation::new();
    let (site, id) = (situation.site(), situation.site_id());
    situation.cloud.fault(status_fault(200, &json!([site]).to_string()).method("GET").times(2));
    let task = json!({"method": "put", "path": "sites/{site_id}", "site_id": id, "body": {"name": site["name"]}});
    assert!(!ok(situation.run(task)).changed);
    assert!(situation.cloud.requests().iter().all(|request| request.method == "GET"));
}

#[test]
fn text_in_place_of_a_number_is_told_and_how_to_write_it() {
    let situation = Situation::new();
    ok(situation.run(task(&situation, json!({"persist_config_on_device": true, "device_updown_threshold": 5}))));
    let (outcome, warnings) = situation.run_in(false, task(&situation, json!({"device_updown_threshold": "5"})));
    assert!(ok(outcome).changed);
    assert!(
        warnings[0].starts_with("body: device_updown_threshold differs only in its type")
            && warnings[0].contains(r#"body: "{{ {'device_updown_threshold': value | int} }}""#),
        "{warnings:?}"
    );
}
