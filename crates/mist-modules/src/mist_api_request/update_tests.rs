use super::*;
use mist_objects::table::{self, Level};
use serde_json::json;

fn unknown(sent: &Value, found: &Value) -> Update {
    plan(Schema::default(), sent, found)
}

#[test]
fn only_what_is_sent_and_other_is_a_difference() {
    let found = json!({
        "name": "Lobby", "rssi": -67, "ratio": 1.0, "tags": ["a", "b"], "none": null, "vars": {"vlan": "10", "x": 1},
        "servers": [{"host": "h", "port": 1}], "id": "i", "empty": [], "blank": "",
    });
    for (sent, differing) in [
        (json!({}), false),
        (json!({"name": "Lobby"}), false),
        (json!({"name": "lobby"}), true),
        (json!({"rssi": -67.0, "ratio": 1}), false),
        (json!({"rssi": "-67"}), true),
        (json!({"tags": ["a", "b"]}), false),
        (json!({"tags": ["b", "a"]}), true),
        (json!({"tags": ["a"]}), true),
        (json!({"tags": []}), true),
        (json!({"vars": {"vlan": "10"}}), false),
        (json!({"vars": {"vlan": "11"}}), true),
        (json!({"vars": {"new": "1"}}), true),
        (json!({"vars": {}}), false),
        (json!({"vars": null}), true),
        (json!({"servers": [{"host": "h", "port": 1.0}]}), false),
        (json!({"servers": [{"host": "h"}]}), true),
        (json!({"none": null, "missing": null}), false),
        (json!({"name": null}), true),
        (json!({"missing": false}), true),
        (json!([]), true),
    ] {
        assert_eq!(unknown(&sent, &found).body.is_some(), differing, "{sent}");
    }
    let large = 9_007_199_254_740_993_u64;
    assert!(unknown(&json!({"n": large}), &json!({"n": large - 1})).body.is_some(), "whole numbers are not rounded");
    assert!(unknown(&json!([1, 2]), &json!([1, 2])).body.is_none());
    assert!(unknown(&json!({"a": 1}), &Value::Null).body.is_some());
}

#[test]
fn the_forms_of_nothing_are_the_same_nothing() {
    let nothing = [json!(null), json!(""), json!([]), json!({})];
    for sent in &nothing {
        for there in &nothing {
            assert_eq!(unknown(&json!({"x": sent}), &json!({"x": there})).body, None, "{sent} {there}");
        }
        assert_eq!(unknown(&json!({"x": sent}), &json!({})).body, None, "{sent}");
    }
}

#[test]
fn a_dictionary_is_sent_whole_so_that_nothing_in_it_is_lost() {
    let found = json!({"vars": {"a": "1", "deep": {"x": 1}}, "name": "n", "id": "i"});
    let update = unknown(&json!({"vars": {"b": "2", "deep": {"y": 2}}}), &found);
    assert_eq!(update.body, Some(json!({"vars": {"a": "1", "deep": {"x": 1, "y": 2}, "b": "2"}})));
    // A list of one is that one.
    assert_eq!(unknown(&json!({"vars": {"a": "1"}}), &json!([found])).body, None);
    assert_eq!(unknown(&json!({"name": "m"}), &json!([found])).body, Some(json!({"name": "m"})));
}

#[test]
fn a_masked_secret_beside_what_is_sent_is_not_sent_back() {
    let found = json!({"auth": {"psk": "***", "type": "psk", "radius": {"secret": "***", "host": "h"}}, "name": "n"});
    let update = unknown(&json!({"auth": {"type": "eap"}}), &found);
    assert_eq!(update.body, Some(json!({"auth": {"type": "eap", "radius": {"host": "h"}}})));
    assert_eq!(update.unsendable, ["auth.psk", "auth.radius.secret"]);
    let given = unknown(&json!({"auth": {"psk": "geheim"}}), &found);
    assert_eq!(given.body.unwrap()["auth"]["psk"], "geheim");
}

#[test]
fn a_number_and_its_text_are_the_same_where_the_document_allows_both_and_told_elsewhere() {
    let wlan = table::kind(Level::Site, "wlans").unwrap().schema;
    assert!(wlan.field("vlan_id").number_or_text, "the document's");
    let found = json!({"vlan_id": 10, "max_idletime": 1800, "enabled": true});
    for (sent, differs, retyped) in [
        (json!({"vlan_id": "10"}), false, vec![]),
        (json!({"vlan_id": "11"}), true, vec![]),
        (json!({"max_idletime": "1800"}), true, vec!["max_idletime"]),
        (json!({"max_idletime": "1801"}), true, vec![]),
        (json!({"enabled": "True"}), true, vec!["enabled"]),
    ] {
        let update = plan(wlan, &sent, &found);
        assert_eq!(
            (update.body.is_some(), update.retyped),
            (differs, retyped.iter().map(ToString::to_string).collect()),
            "{sent}"
        );
    }
    let list = unknown(&json!({"l": [{"n": "1"}, {"n": 2}]}), &json!({"l": [{"n": 1}, {"n": "2"}]}));
    assert_eq!(list.retyped, ["l[0].n", "l[1].n"]);
}
