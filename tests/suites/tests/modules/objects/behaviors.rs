//! Variants of clouds: merge or replace, ignore, normalize, complete, `null` for empty, short responses.

use super::situation::{Situation, both};
use mist_simulator::{Empty, GivenNull, Normalization, PutAnswer};
use serde_json::{Value, json};

fn vars(situation: &Situation, vars: Value, exact: bool) -> super::situation::Ran {
    let exact = if exact { json!(["vars"]) } else { json!([]) };
    situation.object(json!({"type": "setting", "site_id": situation.site_id, "object": {"vars": vars}, "exact": exact}))
}

#[test]
fn two_tasks_with_different_variables_never_erase_each_others_nor_the_dashboards_and_exact_does() {
    for situation in both() {
        let setting = situation.site("setting");
        situation.cloud.seed(&setting, json!({"vars": {"dashboard": "1"}, "rogue": {"enabled": true}}));
        vars(&situation, json!({"one": "1"}), false).changes(true);
        vars(&situation, json!({"two": "{{2}}"}), false).changes(true);
        vars(&situation, json!({"one": "1"}), false).changes(false);
        let all = json!({"dashboard": "1", "one": "1", "two": "{{2}}"});
        assert_eq!(situation.cloud.object(&setting)["vars"], all);
        vars(&situation, json!({"one": "1"}), true).changes(true);
        assert_eq!(situation.cloud.object(&setting)["vars"], json!({"one": "1"}));
        assert_eq!(situation.cloud.object(&setting)["rogue"], json!({"enabled": true}));
        assert_eq!(vars(&situation, json!({"one": "1"}), true).changes(false).methods(), "GET");
    }
}

#[test]
fn every_form_of_nothing_is_at_rest_against_every_other_and_clears_something_once() {
    let forms = [json!([]), json!(null), json!(""), json!({})];
    let shown = [(Empty::Kept, false), (Empty::Null, false), (Empty::LeftOut, true)];
    for situation in both() {
        for (empty, null_left_out) in shown {
            situation.cloud.behavior(|behavior| (behavior.empty, behavior.null_left_out) = (empty, null_left_out));
            for declared in &forms {
                // By the document, `notes` can be null and `bands` cannot; `new` is unknown, `auth.psk` is deeper.
                let object = json!({"ssid": "w", "auth_servers_nas_id": declared, "bands": declared, "new": declared, "auth": {"deep": declared, "kept": 1}});
                for found in &forms {
                    let id = situation.cloud.seed(
                        &situation.org("wlans"),
                        json!({"ssid": "w", "auth_servers_nas_id": found, "bands": found, "new": found,
                        "auth": {"deep": found, "kept": 1}}),
                    );
                    let ran = situation.declare("wlans", object.clone()).changes(false);
                    assert_eq!(ran.methods(), "GET", "{declared} {found}");
                    situation.cloud.remove_object(&situation.org(&format!("wlans/{id}")));
                }
                let something = json!({"ssid": "w", "auth_servers_nas_id": "x", "bands": ["24"], "new": {"a": 1}, "auth": {"deep": [1], "kept": 1}});
                let id = situation.cloud.seed(&situation.org("wlans"), something);
                let clears = *declared != json!({});
                situation.declare("wlans", object.clone()).changes(clears);
                let kept = situation.cloud.object(&situation.org(&format!("wlans/{id}")));
                assert_eq!(kept["auth"]["kept"], 1);
                for cleared in [&kept["auth_servers_nas_id"], &kept["bands"], &kept["new"], &kept["auth"]["deep"]] {
                    assert_eq!(mist_objects::value::is_nothing(cleared), clears, "{declared}: {kept}");
                }
                assert_eq!(situation.declare("wlans", object.clone()).changes(false).methods(), "GET", "{declared}");
                situation.cloud.remove_object(&situation.org(&format!("wlans/{id}")));
            }
        }
    }
}

#[test]
fn what_clears_is_null_where_the_document_has_it_and_else_the_field_with_a_minus() {
    let situation = Situation::new();
    situation.cloud.seed(&situation.org("wlans"), json!({"ssid": "w", "auth_servers_nas_id": "x", "bands": ["24"]}));
    situation.declare("wlans", json!({"ssid": "w", "auth_servers_nas_id": "", "bands": []})).changes(true);
    assert_eq!(situation.sent("PUT"), [json!({"auth_servers_nas_id": null, "-bands": "", "ssid": "w"})]);
}

#[test]
fn numbers_and_text_and_documented_defaults_are_the_same_where_the_document_says_so() {
    for situation in both() {
        situation.cloud.seed(&situation.org("wlans"), json!({"ssid": "w", "vlan_id": "10", "new": "10"}));
        let same = json!({"ssid": "w", "vlan_id": 10, "enabled": true, "hide_ssid": false});
        assert_eq!(situation.declare("wlans", same).changes(false).methods(), "GET");
        situation.declare("wlans", json!({"ssid": "w", "new": 10})).changes(true);
        assert_eq!(situation.sent("PUT"), [json!({"new": 10, "ssid": "w"})]);
        situation.declare("wlans", json!({"ssid": "w", "enabled": false})).changes(true);
    }
}

#[test]
fn what_a_cloud_does_not_keep_is_told_and_is_no_change_for_ever() {
    for situation in both() {
        situation.cloud.behavior(|behavior| {
            behavior.ignored = vec!["wlans:auth.eap_reauth".to_owned(), "gone".to_owned()];
            behavior.normalized =
                [("country".to_owned(), Normalization::Uppercase), ("list".to_owned(), Normalization::Sorted)].into();
            behavior.defaults = [("wlans".to_owned(), json!({"filled": 7}).as_object().cloned().unwrap())].into();
        });
        let object = json!({"ssid": "w", "auth": {"type": "psk", "eap_reauth": true}, "gone": 1, "country": "us", "list": ["b", "a"]});
        let options = json!({"type": "wlans", "object": object});
        let made = situation.object_at_once(options.clone()).changes(true);
        assert_eq!(made.results["not_kept"], json!(["auth.eap_reauth", "gone", "country", "list"]));
        assert!(
            made.warnings
                .last()
                .unwrap()
                .ends_with("did not keep these values as declared: auth.eap_reauth, gone, country, list"),
            "{:?}",
            made.warnings
        );
        assert_eq!(made.results["object"]["filled"], 7);
        for _ in 0..2 {
            let again = situation.object_at_once(options.clone()).changes(false);
            assert_eq!(again.results["not_kept"], made.results["not_kept"]);
            assert_eq!(again.methods(), "GET PUT");
        }
    }
}

#[test]
fn what_the_cloud_fills_in_stays_and_an_unknown_field_that_it_refuses_is_told_with_its_reason() {
    let situation = Situation::new();
    situation.cloud.behavior(|behavior| {
        behavior.document_defaults = true;
        behavior.unknown_fields = mist_simulator::UnknownFields::Refused;
        behavior.read_only_fields = mist_simulator::ReadOnlyFields::Refused;
    });
    situation.declare("wlans", json!({"ssid": "w", "vlan_id": 1})).changes(true);
    situation.declare("wlans", json!({"ssid": "w", "vlan_id": 1})).changes(false);
    let refused = situation.object_at_once(json!({"type": "wlans", "object": {"ssid": "w", "gizmo": 1}}));
    assert!(refused.failed && !refused.changed, "{}", refused.msg);
    assert!(refused.msg.contains("400"), "{}", refused.msg);
}

#[test]
fn a_cloud_that_says_little_of_a_change_is_asked_again() {
    for situation in both() {
        situation.cloud.seed(&situation.org("wlans"), json!({"ssid": "w", "auth": {"type": "open"}}));
        let mut number = 0;
        for answer in [PutAnswer::Object, PutAnswer::List, PutAnswer::Empty, PutAnswer::EmptyObject, PutAnswer::Request]
        {
            situation.cloud.behavior(|behavior| behavior.put_answers = answer);
            number += 1;
            let object = json!({"ssid": "w", "auth": {"number": number}});
            let ran = situation.declare("wlans", object.clone()).changes(true);
            assert_eq!(ran.results["object"]["auth"], json!({"type": "open", "number": number}), "{answer:?}");
            assert_eq!(ran.results["not_kept"], json!([]), "{answer:?}");
            let said = matches!(answer, PutAnswer::Object | PutAnswer::List);
            assert_eq!(ran.methods(), if said { "GET PUT" } else { "GET PUT GET" }, "{answer:?}");
            situation.declare("wlans", object).changes(false);
        }
    }
}

#[test]
fn a_null_that_is_not_taken_is_told() {
    let situation = Situation::new();
    situation.cloud.seed(&situation.org("wlans"), json!({"ssid": "w", "auth_servers_nas_id": "x"}));
    situation.cloud.behavior(|behavior| behavior.given_null = GivenNull::Ignored);
    let ran = situation
        .object_at_once(json!({"type": "wlans", "object": {"ssid": "w", "auth_servers_nas_id": null}}))
        .changes(false);
    assert_eq!(ran.results["not_kept"], json!(["auth_servers_nas_id"]));
}

#[test]
fn a_field_a_value_and_a_kind_that_no_document_knows() {
    for situation in both() {
        situation
            .declare("wlans", json!({"ssid": "w", "never_heard": {"of": ["it", 1]}, "bands": ["99"]}))
            .changes(true);
        situation
            .declare("wlans", json!({"ssid": "w", "never_heard": {"of": ["it", 1]}, "bands": ["99"]}))
            .changes(false);
        situation.declare("wlans", json!({"ssid": "w", "never_heard": {"of": ["it", 2]}})).changes(true);
        let task = |object: Value, state: &str| json!({"path": "orgs/{org_id}/newthings", "match": ["label", "deep.of"], "object": object, "state": state});
        let thing = json!({"label": "one", "deep": {"of": 1}, "value": 1});
        assert_eq!(
            situation.object(task(thing.clone(), "present")).changes(true).calls,
            ["GET orgs/ORG/newthings?limit=1000", "POST orgs/ORG/newthings", "GET orgs/ORG/newthings?limit=1000"]
        );
        situation.object(task(thing.clone(), "present")).changes(false);
        situation.object(task(json!({"label": "one", "deep": {"of": 2}}), "present")).changes(true);
        situation.object(task(json!({"label": "one", "deep": {"of": 1}, "value": 2}), "present")).changes(true);
        assert_eq!(situation.cloud.objects(&situation.org("newthings")).len(), 2);
        situation.object(task(thing.clone(), "absent")).changes(true);
        situation.object(task(thing, "absent")).changes(false);
    }
}
