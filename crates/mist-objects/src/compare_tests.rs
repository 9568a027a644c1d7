use super::*;
use crate::table::{Field, Level, kind};
use serde_json::json;

fn wlan(declared: Value, found: Value) -> Vec<String> {
    wlan_by(declared, found, &Rules::default())
}

fn wlan_by(declared: Value, found: Value, rules: &Rules) -> Vec<String> {
    let schema = kind(Level::Org, "wlans").unwrap().schema;
    let field = Field { schema, ..Field::default() };
    differences(&Path::default(), field, &declared, &found, rules).iter().map(ToString::to_string).collect()
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
            // `{}` merges nothing, so that it clears nothing.
            let cleared = if declared.is_object() { &[][..] } else { &["x"] };
            assert_eq!(wlan(json!({"x": declared}), json!({"x": something})), cleared, "{declared} {something}");
            assert_eq!(wlan(json!({"x": something}), json!({"x": declared})).len(), 1, "{something} {declared}");
        }
    }
}

#[test]
fn only_what_is_declared_counts_at_every_depth() {
    for (declared, found, differing) in [
        (json!({"ssid": "a"}), json!({"ssid": "a", "x": 1}), &[][..]),
        (json!({"ssid": "a"}), json!({"ssid": "A"}), &["ssid"]),
        (json!({"auth": {"type": "psk"}}), json!({"auth": {"type": "psk", "x": 1}}), &[]),
        (json!({"auth": {"type": "psk", "y": 2}}), json!({"auth": {"type": "open"}}), &["auth.type", "auth.y"]),
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

#[test]
fn lists_have_an_order_only_where_it_has_a_meaning() {
    for (declared, found, differing) in [
        (json!({"bands": ["24", "5"]}), json!({"bands": ["5", "24"]}), &[][..]),
        (json!({"bands": ["24"]}), json!({"bands": ["5", "24"]}), &["bands"]),
        (json!({"wxtag_ids": ["a", "b"]}), json!({"wxtag_ids": ["b", "a", "a"]}), &[]),
        (json!({"wxtag_ids": ["a"]}), json!({"wxtag_ids": ["b", "a"]}), &["wxtag_ids"]),
        (json!({"portal_allowed_hostnames": ["b", "a"]}), json!({"portal_allowed_hostnames": ["a", "b"]}), &[]),
        (json!({"vlan_ids": [10, "20"]}), json!({"vlan_ids": ["20", "10"]}), &[]),
        (json!({"new": ["b", "a"]}), json!({"new": ["a", "b"]}), &["new"]),
        (
            json!({"auth_servers": [{"host": "b"}, {"host": "a"}]}),
            json!({"auth_servers": [{"host": "a"}, {"host": "b"}]}),
            &["auth_servers"],
        ),
        (json!({"coa_servers": [{"ip": "b"}, {"ip": "a"}]}), json!({"coa_servers": [{"ip": "a"}, {"ip": "b"}]}), &[]),
    ] {
        assert_eq!(wlan(declared.clone(), found.clone()), differing, "{declared} {found}");
    }
}

#[test]
fn items_are_compared_by_declared_fields() {
    let filled = json!({"host": "a", "port": 1812, "secret": "s", "keywrap_enabled": false, "id": "x"});
    for (declared, found, differing) in [
        (json!([{"host": "a", "secret": "s"}]), json!([filled]), &[][..]),
        (json!([{"host": "a", "port": "1812"}]), json!([filled]), &[]),
        (json!([{"host": "a", "port": 1645}]), json!([filled]), &["auth_servers[0].port"]),
        (json!([{"host": "a", "secret": "t"}]), json!([filled]), &["auth_servers[0].secret"]),
        (json!([{"host": "a"}]), json!([filled, {"host": "b"}]), &["auth_servers"]),
        (json!([{"host": "b"}, {"host": "a", "port": 1}]), json!([filled]), &["auth_servers", "auth_servers[1].port"]),
        (json!([{"host": "a", "port": null}]), json!([filled]), &["auth_servers[0].port"]),
        (json!([]), json!([filled]), &["auth_servers"]),
    ] {
        let (declared, found) = (json!({"auth_servers": declared}), json!({"auth_servers": found}));
        assert_eq!(wlan(declared.clone(), found.clone()), differing, "{declared} {found}");
    }
    let unknown = |declared: Value, found: Value| wlan(json!({"new": declared}), json!({"new": found}));
    assert_eq!(unknown(json!([{"a": 1}]), json!([{"a": 1, "b": 2}])), [""; 0]);
    assert_eq!(unknown(json!([{"a": 1}, {"a": 2}]), json!([{"a": 2}, {"a": 1}])), ["new"], "the order is unknown");
}

#[test]
fn mac_addresses_have_many_forms_and_secrets_have_one() {
    let of = |word: &str, declared: Value, found: Value| {
        let schema = kind(Level::Org, word).unwrap().schema;
        let field = Field { schema, ..Field::default() };
        differences(&Path::default(), field, &declared, &found, &Rules::default()).len()
    };
    for (word, declared, found, differing) in [
        ("psks", json!({"macs": ["AA:BB:CC:DD:EE:FF"]}), json!({"macs": ["aabbccddeeff"]}), 0),
        ("psks", json!({"mac": "AA-BB-CC-DD-EE-FF"}), json!({"mac": "aabb.ccdd.eeff"}), 0),
        ("psks", json!({"mac": "AABBCCDDEEFF"}), json!({"mac": "aabbccddeeff"}), 0),
        ("psks", json!({"new": {"any": "AA:BB:CC:DD:EE:FF"}}), json!({"new": {"any": "aabbccddeeff"}}), 0),
        ("psks", json!({"name": "AABBCCDDEEFF"}), json!({"name": "aabbccddeeff"}), 1),
        ("psks", json!({"passphrase": "AA:BB:CC:DD:EE:FF"}), json!({"passphrase": "aabbccddeeff"}), 1),
        ("psks", json!({"mac": "AA:BB:CC:DD:EE:00"}), json!({"mac": "aabbccddeeff"}), 1),
    ] {
        assert_eq!(of(word, declared.clone(), found.clone()), differing, "{declared} {found}");
    }
}

#[test]
fn a_key_with_dots_is_one_step() {
    let templates = kind(Level::Org, "networktemplates").unwrap().schema;
    let field = Field { schema: templates, ..Field::default() };
    let areas = |password: &str, cost: u8| json!({"ospf_areas": {"0.0.0.0": {"networks": {"lan": {"auth_password": password, "metric": cost}}}}});
    let compared = |found: Value| compare(&Path::default(), field, &areas("p", 1), &found, &Rules::default());
    assert_eq!(compared(areas("p", 1)), Comparison::default());
    let place = Path::top("ospf_areas").field("0.0.0.0").field("networks").field("lan");
    assert_eq!(compared(areas("q", 2)).differing, [place.field("auth_password"), place.field("metric")]);
    assert_eq!(compared(areas("***", 1)), Comparison { differing: vec![], unseen: vec![place.field("auth_password")] });
}

#[test]
fn a_secret_that_cannot_be_compared_is_returned_at_every_depth() {
    let schema = kind(Level::Org, "wlans").unwrap().schema;
    let field = Field { schema, ..Field::default() };
    let declared =
        json!({"auth": {"psk": "p"}, "auth_servers": [{"host": "h", "secret": "s"}], "portal_api_secret": "a"});
    let places = ["auth.psk", "auth_servers[0].secret", "portal_api_secret"];
    for found in [
        json!({"auth": {"psk": "***"}, "auth_servers": [{"host": "h", "secret": "********"}], "portal_api_secret": "***"}),
        json!({"auth": {"type": "psk"}, "auth_servers": [{"host": "h"}]}),
    ] {
        let compared = compare(&Path::default(), field, &declared, &found, &Rules::default());
        assert_eq!((compared.unseen, compared.differing), (places.map(dotted).to_vec(), vec![]), "{found}");
    }
    for real in ["wait...what", "abc***def", "**"] {
        let found = json!({"auth": {"psk": real}});
        assert_eq!(wlan(json!({"auth": {"psk": "NewPass123"}}), found), ["auth.psk"], "{real} is no mask");
    }
    // Free keys: the cloud does not hide one of them and show others.
    let hooks = Field { schema: kind(Level::Org, "webhooks").unwrap().schema, ..Field::default() };
    for (declared, found, differing, unseen) in [
        (json!({"headers": {"A": "1"}}), json!({"headers": {"B": "2"}}), 1, 0),
        (json!({"headers": {"A": "1"}}), json!({"headers": {}}), 0, 1),
        (json!({"headers": {"A": "1"}}), json!({"headers": {"A": "***"}}), 0, 1),
        (json!({"new_token": "1"}), json!({}), 1, 0),
        (json!({"new_token": "1"}), json!({"new_token": "***"}), 0, 1),
    ] {
        let compared = compare(&Path::default(), hooks, &declared, &found, &Rules::default());
        assert_eq!((compared.differing.len(), compared.unseen.len()), (differing, unseen), "{declared} {found}");
    }
}

fn dotted(text: &str) -> Path {
    text.split('.').fold(Path::default(), |path, step| match step.strip_suffix("[0]") {
        Some(name) => path.field(name).item(0),
        None => path.field(step),
    })
}
