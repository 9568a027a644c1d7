//! Wrong input of new users: one clear sentence each, and nothing is written that could have been known.

use super::situation::{AP, GATEWAY, NEW_AP, SWITCH, Situation};
use mist_modules::mist_objects::MistObjects;
use serde_json::json;

#[test]
fn each_wrong_row_has_a_sentence_and_nothing_is_written() {
    let situation = Situation::new();
    for (rows, words) in [
        (json!([{"site": "Site 1"}]), "devices: row 1: mac, serial, claim_code or name is required."),
        (json!([{"mac": "5c5b35"}]), "row 1: mac: '5c5b35' is not a MAC address."),
        (
            json!([{"mac": "5c5b350000ff", "site": "Site 1"}]),
            "row 1: mac: no device of the organization has '5c5b350000ff'.",
        ),
        (
            json!([{"name": "sw-2", "role": "x"}]),
            "row 1: name: no device of the organization has 'sw-2'. Similar: 'sw-1'",
        ),
        (
            json!([{"mac": AP}, {"mac": "5C:5B:35:00:00:01", "name": "x"}]),
            "row 2: the same device as in row 1. Remove one of them.",
        ),
        (json!([{"mac": AP}, {"name": "ap-1"}]), "row 2: the same device as in row 1."),
        (
            json!([{"name": "sw-1", "port": "ge-0/0/1", "usage": "a"}, {"name": "sw-1", "port": "ge-0/0/1", "usage": "b"}]),
            "row 2: 'ports.ge-0/0/1' differs from row 1, which is about the same device.",
        ),
        (json!([{"mac": NEW_AP, "site": "Sit 1"}]), "row 1: site: no site named 'Sit 1' exists. Similar: 'Site 1'"),
        (
            json!([{"mac": AP, "deviceprofile": "Access"}]),
            "row 1: deviceprofile: 'Access' is a profile of type switch, but the device is of type ap.",
        ),
        (
            json!([{"mac": AP, "deviceprofile": "Indor"}]),
            "row 1: deviceprofile: no device profile named 'Indor' exists. Similar: 'Indoor'.",
        ),
        (json!([{"mac": AP, "map": "Floor 2"}]), "row 1: map: no map named 'Floor 2' exists. Similar: 'Floor 1'."),
        (json!([{"mac": GATEWAY, "map": "Floor 1"}]), "row 1: map: no map named 'Floor 1' exists. None exists."),
        (
            json!([{"mac": SWITCH, "ports": {"ge-0/0/48": {"usage": "ap"}}}]),
            "row 1: ports: model EX4100-48P does not have port ge-0/0/48.",
        ),
        (json!([{"mac": SWITCH, "ports": {"ge-0/0/5-3": {}}}]), "row 1: ports: 'ge-0/0/5-3' is not a range"),
        (
            json!([{"mac": SWITCH, "ports": {"ge-0/0/5": "ap"}}]),
            "row 1: ports: the settings of ge-0/0/5 must be a dictionary",
        ),
        (json!([{"mac": SWITCH, "ports": "ge-0/0/5"}]), "row 1: 'ports' must be a dictionary."),
        (json!([{"mac": SWITCH, "ip_config": "dhcp"}]), "row 1: 'ip_config' must be a dictionary, not 'dhcp'."),
        (
            json!([{"mac": SWITCH, "ports": {"ge-0/0/5": {"mtu": "big"}}}]),
            "row 1: 'ports.ge-0/0/5.mtu' must be an integer, not 'big'.",
        ),
        (
            json!([{"mac": SWITCH, "port_config": {"ge-0/0/5": {"usage": "x"}}}]),
            "two keys with different settings, 'ge-0/0/0-10' and 'ge-0/0/5'",
        ),
        (json!([{"mac": AP, "ports": {"eth1": {}}}]), "row 1: ports: only switches and gateways have ports"),
        (
            json!([{"mac": AP, "site": "Site 2"}]),
            "row 1: site: the device is at 'Site 1'. Set reassign: true to move it to 'Site 2'.",
        ),
        (json!([{"mac": NEW_AP, "name": "x"}]), "row 1: 'name' needs a site, and the device has none. Set site."),
        (json!([{"claim_code": "6JG8E-PTFV2-A9Z2N", "notes": "x"}]), "row 1: 'notes' needs a site"),
        (
            json!([{"claim_code": "6JG8E-PTFV2-A9Z2N", "site": "Site 1", "x": "left"}]),
            "row 1: 'x' must be a number, not 'left'.",
        ),
        (
            json!([{"mac": NEW_AP, "replace": AP, "site": "Site 2"}]),
            "row 1: site: 5c5b35000001, which is to be replaced, is at 'Site 1'.",
        ),
        (json!([{"mac": NEW_AP, "replace": SWITCH}]), "row 1: replace: 5c5b35000002 is of type switch"),
        (json!([{"mac": SWITCH, "replace": AP}]), "row 1: replace: both devices are at a site."),
        (json!([{"mac": AP, "state": "gone"}]), "row 1: state: 'gone' is not one of: present, absent."),
        (json!([{"mac": AP, "site": "", "notes": "x"}]), "row 1: 'notes' needs a site"),
    ] {
        let wrong = rows.as_array().unwrap().len();
        let mut all = rows.as_array().cloned().unwrap();
        // A correct row next to the wrong one is not written either.
        all.push(json!({"name": "gw-1", "role": "never"}));
        let message = if rows[0]["mac"] == GATEWAY {
            situation.rows(rows.clone()).refused()
        } else {
            situation.rows(json!(all)).refused()
        };
        assert!(message.contains(words), "{wrong} {rows}: {message}");
        assert!(message.chars().count() <= 400, "{message}");
    }
    assert_eq!(situation.config(GATEWAY).get("role"), None);
}

#[test]
fn wrong_options_are_refused() {
    let situation = Situation::new();
    for (options, words) in [
        (json!({}), "devices or src is required."),
        (json!({"devices": [], "src": "/x"}), "src: mutually exclusive with devices."),
        (json!({"devices": ["x"]}), "devices: item 1 is not a dictionary."),
        (json!({"devices": [{"mac": AP}], "exact": ["ports"]}), "exact: no row declares ports."),
        (json!({"devices": [{"mac": AP}], "exact": ["vars"]}), "exact: no row declares 'vars'."),
        (json!({"devices": [{"mac": AP, "notes": "x"}], "exact": ["notes"]}), "exact: 'notes' is not a dictionary."),
        (json!({"devices": [{"mac": AP}], "wait_config": "soon"}), "wait_config: 'soon' is not a duration."),
        (json!({"src": "/nonexistent/devices.csv"}), "src: '/nonexistent/devices.csv': cannot be read"),
    ] {
        let message = situation.at_once(options.clone()).refused();
        assert!(message.starts_with(words), "{options}: {message}");
    }
}

#[test]
fn unknown_fields_are_warnings_or_errors() {
    let situation = Situation::new();
    let rows = json!([{"mac": SWITCH, "roel": "access", "ports": {"ge-0/0/1": {"usge": "ap"}}}]);
    let ran = situation.at_once(json!({"devices": rows.clone()}));
    assert!(
        ran.warnings.iter().any(|warning| warning.contains("roel: not a field of devices") && warning.contains("role")),
        "{:?}",
        ran.warnings
    );
    assert!(
        ran.warnings.iter().any(|warning| warning.contains("usge") && warning.contains("usage")),
        "{:?}",
        ran.warnings
    );
    let strict = situation.at_once(json!({"devices": [{"mac": SWITCH, "roel": "core"}], "strict": true})).refused();
    assert!(strict.starts_with("strict: roel: not a field of devices"), "{strict}");
}

#[test]
fn the_modules_for_objects_name_those_for_devices() {
    let situation = Situation::new();
    for word in ["devices", "inventory"] {
        let ran = situation.go::<MistObjects>(false, &json!({"type": word, "objects": []}));
        let message = ran.refused();
        assert!(message.contains("mist_devices") && message.contains("mist_device_info"), "{message}");
    }
}
