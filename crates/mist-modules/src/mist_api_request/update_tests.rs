//! Plans and diffs of updates.

use super::*;
use mist_objects::table::Level;
use serde_json::json;

fn unknown(sent: &Value, found: &Value) -> Update {
    plan(Schema::default(), sent, found)
}

#[test]
fn only_a_changed_field_is_a_difference() {
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
fn all_empty_values_are_equal() {
    let nothing = [json!(null), json!(""), json!([]), json!({})];
    for sent in &nothing {
        for there in &nothing {
            assert_eq!(unknown(&json!({"x": sent}), &json!({"x": there})).body, None, "{sent} {there}");
        }
        assert_eq!(unknown(&json!({"x": sent}), &json!({})).body, None, "{sent}");
    }
}

#[test]
fn a_dictionary_is_merged_and_sent_as_a_whole() {
    let found = json!({"vars": {"a": "1", "deep": {"x": 1}}, "name": "n", "id": "i"});
    let update = unknown(&json!({"vars": {"b": "2", "deep": {"y": 2}}}), &found);
    assert_eq!(update.body, Some(json!({"vars": {"a": "1", "deep": {"x": 1, "y": 2}, "b": "2"}})));
    // The only item of a list is the object.
    assert_eq!(unknown(&json!({"vars": {"a": "1"}}), &json!([found])).body, None);
    assert_eq!(unknown(&json!({"name": "m"}), &json!([found])).body, Some(json!({"name": "m"})));
}

#[test]
fn a_masked_secret_is_not_sent_back() {
    let found = json!({"auth": {"psk": "***", "type": "psk", "radius": {"secret": "***", "host": "h"}}, "name": "n"});
    let update = unknown(&json!({"auth": {"type": "eap"}}), &found);
    assert_eq!(update.body, Some(json!({"auth": {"type": "eap", "radius": {"host": "h"}}})));
    assert_eq!(update.unsendable, ["auth.psk", "auth.radius.secret"]);
    let given = unknown(&json!({"auth": {"psk": "geheim"}}), &found);
    assert_eq!(given.body.unwrap()["auth"]["psk"], "geheim");
}

#[test]
fn a_number_equals_its_text_where_the_document_allows_both() {
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

#[test]
fn a_path_has_a_schema() {
    for (path, scope, word) in [
        ("/api/v1/sites/4ac1dcf4/wlans/1234", Level::Site, "wlans"),
        ("/api/v1/orgs/{org_id}/wlans/1234", Level::Org, "wlans"),
        ("/api/v1/sites/{site_id}/wlans", Level::Site, "wlans"),
        ("/api/v1/sites/4ac1dcf4/setting", Level::Site, "setting"),
        ("/api/v1/orgs/4ac1dcf4/setting", Level::Org, "setting"),
        ("/api/v1/sites/4ac1dcf4", Level::Org, "sites"),
        ("/api/v1/orgs/{org_id}/sites", Level::Org, "sites"),
    ] {
        assert_eq!(schema(path), table::kind(scope, word).unwrap().schema, "{path}");
        assert_ne!(schema(path), Schema::default(), "{path}");
    }
    assert_ne!(schema_of_option("sites/{site_id}/wlans/1?x=y"), Schema::default());
    for path in ["/api/v1/self", "/api/v2/sites/1/wlans/1", "/api/v1/sites/1/nothing/1", "", "/api/v1/"] {
        assert_eq!(schema(path), Schema::default(), "{path}");
    }
}

#[test]
fn the_diff_shows_only_fields_in_the_body() {
    let found = json!({"name": "old", "id": "i", "auth": {"psk": "old-psk", "type": "psk"}, "tags": ["a"]});
    let sent = json!({"name": "new", "auth": {"psk": "new-psk"}, "tags": ["b"], "extra": 1});
    let diff = diff_of_update("PUT /x", &sent, &found);
    assert_eq!(diff.before, json!({"name": "old", "auth": {"psk": "******** (before)"}, "tags": ["a"]}));
    assert_eq!(diff.after, json!({"name": "new", "auth": {"psk": "******** (after)"}, "tags": ["b"], "extra": 1}));
    assert_eq!(diff.before_header.as_deref(), Some("PUT /x"));
}

#[test]
fn the_diff_of_a_creation_and_a_deletion_has_one_side() {
    let created = diff_of_creation("POST /x", &json!({"name": "n", "psk": "geheim"}));
    assert_eq!((created.before, created.after), (json!({}), json!({"name": "n", "psk": "******** (after)"})));
    let deleted = diff_of_deletion("DELETE /x");
    assert_eq!((deleted.before, deleted.after), (json!("DELETE /x\n"), json!("")));
}

#[test]
fn a_put_that_acts_is_known_by_its_path() {
    let id = "53f10664-3ce8-4c27-b382-0ef66432349f";
    let action = |path: &str| is_action(&format!("/api/v1/{}", path.replace("ID", id)));
    for path in [
        "orgs/ID/inventory",
        "orgs/ID/otherdevices",
        "msps/ID/orgs",
        "orgs/ID/licenses",
        "msps/ID/licenses",
        "sites/ID/devices/ID/vc",
    ] {
        assert!(action(path), "{path}");
    }
    for path in [
        "orgs/ID/sites",
        "sites/ID",
        "orgs/ID/wlans/ID",
        "orgs/ID/inventory/ID",
        "orgs/ID/setting",
        "self",
        "orgs/ID/otherdevices/5c5b35000001",
    ] {
        assert!(!action(path), "{path}");
    }
}
