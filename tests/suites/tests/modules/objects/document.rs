//! Deviations from the API document: unknown fields and values, missing required fields, and collections that are used by path.

use super::situation::{Situation, both};
use serde_json::{Value, json};

#[test]
fn unknown_fields_and_values_are_warnings_at_every_depth() {
    for situation in both() {
        for (word, object, warnings) in [
            (
                "wlans",
                json!({"ssid": "w", "vlan_idd": 5, "foobar": 1, "auth": {"typ": "psk", "type": "pks"}}),
                vec![
                    "auth.typ: not a field of wlans in the API document. Similar: type.",
                    "auth.type: 'pks' is not a value in the API document. Similar: psk",
                    "foobar: not a field of wlans in the API document. It is sent",
                    "vlan_idd: not a field of wlans in the API document. Similar: vlan_id",
                ],
            ),
            (
                "networktemplates",
                json!({"name": "n", "port_usages": {"ap": {"mod": "access"}}}),
                vec!["port_usages.ap.mod: not a field of networktemplates in the API document. Similar: mode."],
            ),
            (
                "templates",
                json!({"name": "t", "applies": {"sitegroup": ["x"]}}),
                vec!["applies.sitegroup: not a field of templates in the API document. Similar: sitegroups"],
            ),
        ] {
            let task = json!({"type": word, "object": object});
            let strict = json!({"type": word, "object": object, "strict": true});
            let msg = situation.object(strict.clone()).refused();
            assert!(warnings.iter().all(|words| msg.contains(words.trim_end_matches(" It is sent"))), "{msg}");
            assert!(msg.starts_with("strict: "), "{msg}");
            for ran in [situation.object_predicted(task.clone()), situation.object(task.clone())] {
                let ran = ran.changes(true);
                assert_eq!(ran.warnings.len(), warnings.len(), "{:?}", ran.warnings);
                for (found, words) in ran.warnings.iter().zip(&warnings) {
                    assert!(found.starts_with(words) && found.ends_with(" It is sent as declared."), "{found}");
                }
            }
            assert_eq!(situation.object(task).changes(false).warnings.len(), warnings.len());
        }
    }
}

#[test]
fn a_new_object_without_a_required_field_is_a_warning_and_with_strict_an_error() {
    let situation = Situation::new();
    situation.cloud.behavior(|behavior| behavior.required_fields = false);
    let words = "passphrase, ssid: required by the API document for new psks, but not declared: 'p'.";
    let task = |strict: bool| json!({"type": "psks", "object": {"name": "p"}, "strict": strict});
    let msg = situation.object(task(true)).refused();
    assert_eq!(msg, format!("strict: {words}"));
    assert_eq!(situation.object_predicted(task(false)).changes(true).warnings, [words]);
    assert_eq!(situation.object(task(false)).changes(true).warnings, [words]);
    // It exists now, and a declaration of some fields is complete.
    assert!(situation.object(task(true)).changes(false).warnings.is_empty());
    let set: Vec<Value> =
        (1..=7).map(|number| json!({"name": format!("q{number}"), "passphrase": "abcdefgh"})).collect();
    let ran = situation.objects(json!({"type": "psks", "objects": set})).changes(true);
    let words =
        "ssid: required by the API document for new psks, but not declared: 'q1', 'q2', 'q3', 'q4', 'q5', and 2 more.";
    assert_eq!(ran.warnings.len(), 1, "{:?}", ran.warnings);
    assert_eq!(ran.warnings[0].replace("'q5', and", "'q5' and"), words.replace("'q5', and", "'q5' and"));
}

#[test]
fn empty_values_that_the_document_requires_are_sent_at_creation() {
    for situation in both() {
        for (word, object) in [
            ("alarmtemplates", json!({"name": "quiet", "delivery": {"enabled": false}, "rules": {}})),
            ("vpns", json!({"name": "V", "paths": {}})),
            ("ssoroles", json!({"name": "none", "privileges": []})),
        ] {
            situation.declare(word, object.clone()).changes(true);
            assert_eq!(situation.sent("POST"), std::slice::from_ref(&object));
            situation.declare(word, object).changes(false);
        }
        situation.declare("sites", json!({"name": "s", "latlng": {}, "sitegroup_ids": []})).changes(true);
        assert_eq!(situation.sent("POST"), [json!({"name": "s"})]);
    }
}

#[test]
fn a_path_of_the_document_has_types_names_and_secrets() {
    for situation in both() {
        let group = situation.cloud.seed(&situation.org("sitegroups"), json!({"name": "North"}));
        let org = situation.cloud.org_id().to_owned();
        for path in ["orgs/{org_id}/sites".to_owned(), format!("/api/v1/orgs/{org}/sites/")] {
            let task = json!({"path": path, "object": {"name": path, "tzoffset": "60", "sitegroups": "North"}});
            let name = task["object"]["name"].as_str().unwrap().to_owned();
            situation.object(task.clone()).changes(true);
            assert_eq!(situation.sent("POST"), [json!({"name": name, "tzoffset": 60, "sitegroup_ids": [group]})]);
            situation.object(task).changes(false);
        }
        let psk = json!({"path": format!("orgs/{org}/psks"), "org_id": null,
            "object": {"name": "p", "ssid": "w", "passphrase": "topsecret1", "vlan_id": "{{v}}"}});
        let ran = situation.object(psk.clone()).changes(true);
        assert!(!ran.results.to_string().contains("topsecret1"), "{:?}", ran.results);
        situation.object(psk).changes(false);
        let rule = json!({"path": "orgs/{org_id}/wxrules", "match": ["order"], "object": {"order": "1", "action": "alow", "src_wxtags": []}});
        let ran = situation.object(rule).changes(true);
        assert_eq!(situation.sent("POST")[0]["order"], 1);
        assert!(
            ran.warnings[0].starts_with("action: 'alow' is not a value in the API document. Similar: allow."),
            "{:?}",
            ran.warnings
        );
        let rule = json!({"path": "orgs/{org_id}/wxrules", "object": {"order": 1}});
        assert!(situation.object(rule).refused().contains("src_wxtags"));
        let ticket = json!({"path": "orgs/{org_id}/tickets", "object": {"subject": "x"}});
        assert!(situation.object(ticket).refused().starts_with("match: required"));
        let setting =
            json!({"path": "sites/{site_id}/setting", "site_id": situation.site_id, "object": {"vars": {"a": 1}}});
        situation.object(setting.clone()).changes(true);
        situation.object(setting).changes(false);
    }
}

#[test]
fn a_type_that_is_out_of_reach_names_the_module_that_serves_it() {
    let situation = Situation::new();
    for (word, module) in [("devices", "mist_device_info"), ("tickets", "mist_api_request"), ("self", "mist_self_info")]
    {
        let msg = situation.object(json!({"type": word, "object": {"name": "x"}})).refused();
        assert!(msg.starts_with(&format!("type: no type '{word}': ")) && msg.contains(module), "{msg}");
        let msg = situation.info(json!({"type": word})).refused();
        assert!(msg.contains(module), "{msg}");
    }
}

#[test]
fn thousands_of_unknown_names_are_answered_with_one_short_message() {
    let situation = Situation::new();
    for number in 0..5_000 {
        situation.cloud.seed(&situation.org("rftemplates"), json!({"name": format!("Template {number:05}")}));
    }
    let objects: Vec<Value> = (0..2_000)
        .map(|number| json!({"name": format!("s{number}"), "rftemplate": format!("Tenplate {number:05}")}))
        .collect();
    let msg = situation.objects_at_once(json!({"type": "sites", "objects": objects})).refused();
    assert!(msg.contains("Similar: 'Template 00000'") && msg.len() < 2_000, "{}", msg.len());
}
