use super::*;
use crate::table::{Field, Level, kind};
use serde_json::json;

fn wlan(declared: Value, found: Value) -> Vec<String> {
    wlan_by(declared, found, &Rules::default())
}

fn wlan_by(declared: Value, found: Value, rules: &Rules) -> Vec<String> {
    let schema = kind(Level::Org, "wlans").unwrap().schema;
    let field = Field { schema, ..Field::default() };
    differences("", field, &declared, &found, rules)
}

#[test]
fn every_form_of_nothing_is_the_same_nothing_and_something_is_not() {
    let forms = [json!(null), json!([]), json!({}), json!("")];
    for declared in &forms {
        for found in &forms {
            assert!(wlan(json!({"x": declared}), json!({"x": found})).is_empty(), "{declared} {found}");
        }
        assert!(wlan(json!({"x": declared}), json!({})).is_empty(), "{declared} absent");
        assert!(wlan(json!({"x": {"y": declared}}), json!({})).is_empty(), "{declared} absent deep");
        for something in [json!(0), json!(false), json!("a"), json!([1]), json!({"a": 1})] {
            assert_eq!(wlan(json!({"x": declared}), json!({"x": something})), ["x"], "{declared} {something}");
            assert_eq!(wlan(json!({"x": something}), json!({"x": declared})).len(), 1, "{something} {declared}");
        }
    }
}

#[test]
fn only_what_is_declared_counts_and_lists_are_wholes() {
    for (declared, found, differing) in [
        (json!({"ssid": "a"}), json!({"ssid": "a", "x": 1}), &[][..]),
        (json!({"ssid": "a"}), json!({"ssid": "A"}), &["ssid"]),
        (json!({"auth": {"type": "psk"}}), json!({"auth": {"type": "psk", "x": 1}}), &[]),
        (json!({"auth": {"type": "psk", "y": 2}}), json!({"auth": {"type": "open"}}), &["auth.type", "auth.y"]),
        (json!({"bands": ["24", "5"]}), json!({"bands": ["5", "24"]}), &["bands"]),
        (json!({"wxtag_ids": ["a", "b"]}), json!({"wxtag_ids": ["b", "a", "a"]}), &[]),
        (json!({"wxtag_ids": ["a"]}), json!({"wxtag_ids": ["b", "a"]}), &["wxtag_ids"]),
        (json!({"acl": [{"a": 1}]}), json!({"acl": [{"a": 1, "b": null}]}), &[]),
        (json!({"acl": [{"a": 1}]}), json!({"acl": [{"a": 1, "b": 2}]}), &["acl"]),
        (json!({"auth": "psk"}), json!({"auth": {"type": "psk"}}), &["auth"]),
        (json!({"auth": {"type": "psk"}}), json!({"auth": ["psk"]}), &["auth"]),
        (json!({"portal_sso_url": "mine"}), json!({"portal_sso_url": "theirs"}), &[]),
    ] {
        assert_eq!(wlan(declared.clone(), found.clone()), differing, "{declared} {found}");
    }
}

#[test]
fn a_number_and_its_text_are_the_same_where_the_document_has_both() {
    for (declared, found, differing) in [
        (json!({"vlan_id": 10}), json!({"vlan_id": "10"}), 0),
        (json!({"vlan_id": "10"}), json!({"vlan_id": 10}), 0),
        (json!({"vlan_id": "11"}), json!({"vlan_id": 10}), 1),
        (json!({"vlan_ids": [10, "20"]}), json!({"vlan_ids": ["20", "10"]}), 0),
        (json!({"max_idletime": 1800.0}), json!({"max_idletime": 1800}), 0),
        (json!({"ssid": "10"}), json!({"ssid": 10}), 1),
        (json!({"new": "10"}), json!({"new": 10}), 1),
        (json!({"new": 9_007_199_254_740_993_u64}), json!({"new": 9_007_199_254_740_992_u64}), 1),
    ] {
        assert_eq!(wlan(declared.clone(), found.clone()).len(), differing, "{declared} {found}");
    }
}

#[test]
fn what_is_left_out_is_its_documented_default() {
    for (declared, found, differing) in [
        (json!({"enabled": true}), json!({}), 0),
        (json!({"enabled": false}), json!({}), 1),
        (json!({"enabled": null}), json!({"enabled": true}), 0),
        (json!({"enabled": null}), json!({"enabled": false}), 1),
        (json!({"hide_ssid": false}), json!({"hide_ssid": null}), 0),
    ] {
        assert_eq!(wlan(declared.clone(), found.clone()).len(), differing, "{declared} {found}");
    }
}

#[test]
fn exact_counts_what_is_not_declared() {
    let rules = Rules { exact: ["vars".to_owned()].into(), ..Rules::default() };
    let vars = |declared: Value, found: Value| wlan_by(json!({ "vars": declared }), json!({ "vars": found }), &rules);
    assert_eq!(vars(json!({"a": "1"}), json!({"a": "1", "b": "2"})), ["vars.b"]);
    assert!(vars(json!({"a": "1"}), json!({"a": "1", "b": null})).is_empty());
}

#[test]
fn a_secret_that_is_not_shown_is_no_difference_unless_it_is_to_be_written() {
    let always = Rules { rewrite_secrets: true, ..Rules::default() };
    let declared = json!({"auth": {"psk": "geheim"}, "auth_servers": [{"host": "h", "secret": "s"}]});
    for (found, without, with) in [
        (declared.clone(), 0, 0),
        (json!({"auth": {"psk": "***"}, "auth_servers": [{"host": "h", "secret": "***"}]}), 0, 2),
        (json!({"auth": {}, "auth_servers": [{"host": "h"}]}), 0, 2),
        (json!({"auth": {"psk": "other"}, "auth_servers": [{"host": "h", "secret": "other"}]}), 2, 2),
        (json!({"auth": {"psk": "***"}, "auth_servers": [{"host": "i", "secret": "***"}]}), 1, 2),
    ] {
        assert_eq!(wlan(declared.clone(), found.clone()).len(), without, "{found}");
        assert_eq!(wlan_by(declared.clone(), found.clone(), &always).len(), with, "{found}");
    }
    assert_eq!(wlan(json!({"auth": {"psk": "geheim"}}), json!({})), ["auth.psk"], "what is not there hides nothing");
    assert_eq!(wlan(json!({"auth": {"psk": ""}}), json!({"auth": {"psk": "***"}})), ["auth.psk"]);
}
