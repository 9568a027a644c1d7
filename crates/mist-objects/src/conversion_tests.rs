use super::*;
use crate::table::{Kind, Level, all, kind};
use serde_json::json;

fn of(level: Level, word: &str, value: Value) -> Result<Value, Vec<String>> {
    let kind: Kind = kind(level, word).unwrap();
    match converted(kind.schema, value.as_object().cloned().unwrap()) {
        Ok(fields) => Ok(Value::Object(fields)),
        Err(errors) => Err(errors.iter().map(ToString::to_string).collect()),
    }
}

#[test]
fn a_value_with_one_obvious_reading_is_converted() {
    for (word, declared, converted) in [
        ("wlans", json!({"enabled": "True", "max_idletime": "1800"}), json!({"enabled": true, "max_idletime": 1800})),
        ("wlans", json!({"enabled": "no", "max_idletime": 1800.0}), json!({"enabled": false, "max_idletime": 1800})),
        ("wlans", json!({"enabled": 1, "hide_ssid": 0}), json!({"enabled": true, "hide_ssid": false})),
        ("sites", json!({"latlng": {"lat": "52.5", "lng": 13}}), json!({"latlng": {"lat": 52.5, "lng": 13}})),
        ("wlans", json!({"bands": [24, 5]}), json!({"bands": ["24", "5"]})),
        ("wlans", json!({"bands": "24, 5"}), json!({"bands": ["24", "5"]})),
        ("wlans", json!({"bands": 24}), json!({"bands": ["24"]})),
        ("site setting", json!({"vars": {"vlan": 10}}), json!({"vars": {"vlan": "10"}})),
        ("wlans", json!({"ssid": 1001}), json!({"ssid": "1001"})),
        ("psks", json!({"name": "a", "passphrase": 12_345_678}), json!({"name": "a", "passphrase": "12345678"})),
        ("webhooks", json!({"topics": "alarms"}), json!({"topics": ["alarms"]})),
        ("webhooks", json!({"topics": "[\"alarms\", \"audits\"]"}), json!({"topics": ["alarms", "audits"]})),
        (
            "wlans",
            json!({"auth": "{\"type\": \"psk\", \"key_idx\": \"2\"}"}),
            json!({"auth": {"type": "psk", "key_idx": 2}}),
        ),
        (
            "wlans",
            json!({"auth_servers": [{"host": "h", "port": 1812, "keywrap_enabled": "yes"}]}),
            json!({"auth_servers": [{"host": "h", "port": 1812, "keywrap_enabled": true}]}),
        ),
        (
            "sites",
            json!({"sitegroups": "East, West", "rftemplate": 1001}),
            json!({"sitegroups": ["East", "West"], "rftemplate": "1001"}),
        ),
        // A variable of Mist passes.
        (
            "wlans",
            json!({"enabled": "{{on}}", "max_idletime": "{{idle}}", "vlan_id": "{{vlan}}"}),
            json!({"enabled": "{{on}}", "max_idletime": "{{idle}}", "vlan_id": "{{vlan}}"}),
        ),
        // Either type is possible.
        (
            "wlans",
            json!({"vlan_id": 10, "auth_servers": [{"port": "1812"}]}),
            json!({"vlan_id": 10, "auth_servers": [{"port": "1812"}]}),
        ),
        // Empty values clear, except a dictionary.
        (
            "wlans",
            json!({"enabled": "", "bands": {}, "auth": [], "ssid": ""}),
            json!({"enabled": null, "bands": {}, "auth": null, "ssid": ""}),
        ),
        ("wlans", json!({"auth": "", "bands": "", "-notes": ""}), json!({"auth": null, "bands": [], "-notes": ""})),
        // The document does not have it.
        (
            "wlans",
            json!({"new": [1, "x", {"y": true}], "newer": 1.5}),
            json!({"new": [1, "x", {"y": true}], "newer": 1.5}),
        ),
    ] {
        let (level, word) = word.strip_prefix("site ").map_or((Level::Org, word), |word| (Level::Site, word));
        assert_eq!(of(level, word, declared.clone()), Ok(converted), "{declared}");
    }
}

#[test]
fn a_value_without_an_obvious_reading_names_field_value_and_type() {
    for (word, declared, sentence) in [
        ("wlans", json!({"enabled": "yes please"}), "'enabled' must be a boolean, not 'yes please'."),
        ("wlans", json!({"enabled": 2}), "'enabled' must be a boolean, not 2."),
        ("wlans", json!({"max_idletime": "1.5"}), "'max_idletime' must be an integer, not '1.5'."),
        ("wlans", json!({"max_idletime": true}), "'max_idletime' must be an integer, not true."),
        ("wlans", json!({"auth": "psk"}), "'auth' must be a dictionary, not 'psk'."),
        ("wlans", json!({"auth": ["psk"]}), "'auth' must be a dictionary, not a list."),
        ("wlans", json!({"auth": "{\"type\": "}), "'auth' must be a dictionary, not '{\\\"type\\\": '."),
        ("wlans", json!({"auth_servers": "h"}), "'auth_servers' must be a list of dictionaries, not 'h'."),
        ("wlans", json!({"auth_servers": ["h"]}), "'auth_servers[0]' must be a dictionary, not 'h'."),
        (
            "wlans",
            json!({"auth_servers": {"host": "h"}}),
            "'auth_servers' must be a list of dictionaries, not a dictionary.",
        ),
        ("wlans", json!({"bands": [["5"]]}), "'bands[0]' must be text, not a list."),
        ("sites", json!({"latlng": {"lat": "north"}}), "'latlng.lat' must be a number, not 'north'."),
        ("sites", json!({"latlng": {"lat": "52,5"}}), "'latlng.lat' must be a number, not '52,5'."),
        (
            "sites",
            json!({"country_code": false}),
            "'country_code' must be text, not the boolean false. Quote it: YAML reads NO",
        ),
        ("sites", json!({"name": 1.1}), "'name' must be text, not a number. Quote it"),
        ("psks", json!({"passphrase": 1e22}), "'passphrase' is an integer of more than 64 bits"),
        ("psks", json!({"passphrase": ["secret"]}), "'passphrase' must be text."),
        (
            "psks",
            json!({"passphrase": "$ANSIBLE_VAULT;1.1;AES256\n6162"}),
            "'passphrase' is encrypted by Ansible Vault.",
        ),
        ("sites", json!({"new": "$ANSIBLE_VAULT;1.1;AES256\n6162"}), "'new' is encrypted by Ansible Vault."),
        ("sites", json!({"new": {"deep": 1e30}}), "'new.deep' is an integer of more than 64 bits"),
    ] {
        let errors = of(Level::Org, word, declared.clone()).unwrap_err();
        assert!(errors.len() == 1 && errors[0].starts_with(sentence), "{declared}: {errors:?}");
        assert!(!errors[0].contains("secret") && !errors[0].contains("6162"), "{errors:?}");
    }
    let errors = of(Level::Org, "wlans", json!({"enabled": "x", "auth": 1})).unwrap_err();
    assert_eq!(errors.len(), 2, "{errors:?}");
}

#[test]
fn omitted_values_are_dropped_at_every_depth() {
    let omitted = "__omit_place_holder__0a1b2c";
    let declared = json!({"name": "a", "url": omitted, "topics": ["alarms", omitted], "headers": {"x": omitted, "y": "z"},
        "new": [{"a": omitted}]});
    assert_eq!(
        of(Level::Org, "webhooks", declared),
        Ok(json!({"name": "a", "topics": ["alarms"], "headers": {"y": "z"}, "new": [{}]}))
    );
}

/// A value of the type of the document, as other sources write it.
fn sample(field: Field, depth: usize) -> (Value, Value) {
    match field {
        Field { list: true, single: false, .. } => {
            let (given, converted) = sample(field.item(), depth);
            (json!([given]), json!([converted]))
        }
        Field { dictionary: true, .. } if depth > 5 => (json!({}), json!({})),
        Field { dictionary: true, .. } => {
            let name = |name: &str| if name == "*" { "any".to_owned() } else { name.to_owned() };
            let fields = field.schema.fields().map(|(field, known)| (name(field), sample(known, depth + 1)));
            let (mut given, mut converted) = (Map::new(), Map::new());
            for (name, (from, to)) in fields {
                given.insert(name.clone(), from);
                converted.insert(name, to);
            }
            (given.into(), converted.into())
        }
        Field { list: true, .. } => (json!([]), json!([])),
        Field { number_or_text: true, .. } => (json!("7"), json!("7")),
        Field { number: true, .. } => (json!("7"), json!(7)),
        Field { text: true, .. } => (json!(7), json!("7")),
        Field { boolean: true, .. } => (json!("on"), json!(true)),
        _ => (json!("x"), json!("x")),
    }
}

#[test]
fn every_field_of_every_kind_is_converted_once() {
    for kind in all() {
        let (given, expected) = sample(Field { schema: kind.schema, dictionary: true, ..Field::default() }, 0);
        let once = converted(kind.schema, given.as_object().cloned().unwrap())
            .unwrap_or_else(|errors| panic!("{}: {errors:?}", kind.word));
        assert_eq!(Value::Object(once.clone()), expected, "{}", kind.word);
        assert_eq!(converted(kind.schema, once.clone()), Ok(once), "{}", kind.word);
    }
}
