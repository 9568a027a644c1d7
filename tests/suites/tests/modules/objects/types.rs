//! Values of other types than the document has: from the task, and from files.

use super::situation::{Situation, both};
use mist_modules::mist_object::MistObject;
use serde_json::{Value, json};

fn file(name: &str, text: impl AsRef<[u8]>) -> (tempfile::TempDir, Value) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let path = json!(path);
    (folder, path)
}

/// A kind, a declaration with other types, and the fields that the cloud gets.
fn declarations() -> Vec<(&'static str, Value, Value)> {
    vec![
        (
            "wlans",
            json!({"ssid": "w", "enabled": "False", "max_idletime": "1900"}),
            json!({"enabled": false, "max_idletime": 1900}),
        ),
        (
            "sites",
            json!({"name": "s", "latlng": {"lat": "52.5", "lng": 13}}),
            json!({"latlng": {"lat": 52.5, "lng": 13}}),
        ),
        ("wlans", json!({"ssid": "b", "bands": [24, 5]}), json!({"bands": ["24", "5"]})),
        ("wlans", json!({"ssid": 1001}), json!({"ssid": "1001"})),
        (
            "psks",
            json!({"name": "p", "ssid": 1001, "passphrase": 12_345_678}),
            json!({"ssid": "1001", "passphrase": "12345678"}),
        ),
        ("webhooks", json!({"name": "h", "url": "https://x/", "topics": "alarms"}), json!({"topics": ["alarms"]})),
        (
            "webhooks",
            json!({"name": "c", "url": "https://x/", "topics": "alarms, audits"}),
            json!({"topics": ["alarms", "audits"]}),
        ),
        (
            "wlans",
            json!({"ssid": "v", "max_idletime": "{{idle}}", "enabled": "{{on}}"}),
            json!({"max_idletime": "{{idle}}", "enabled": "{{on}}"}),
        ),
    ]
}

#[test]
fn values_of_other_types_are_converted_once() {
    for converts in [false, true] {
        for situation in both() {
            situation.cloud.behavior(|behavior| behavior.document_types = converts);
            for (word, declared, fields) in declarations() {
                situation.declare(word, declared.clone()).changes(true);
                let sent = situation.sent("POST").remove(0);
                for (name, value) in fields.as_object().unwrap() {
                    assert_eq!(&sent[name], value, "{declared}");
                }
                assert_eq!(situation.declare(word, declared.clone()).changes(false).methods(), "GET", "{declared}");
            }
            let vars = json!({"type": "setting", "site_id": situation.site_id, "object": {"vars": {"vlan": 10}}});
            situation.object(vars.clone()).changes(true);
            assert_eq!(situation.sent("PUT"), [json!({"vars": {"vlan": "10"}})]);
            situation.object(vars).changes(false);
        }
    }
}

#[test]
fn a_set_converts_every_item_and_takes_json_text() {
    let situation = Situation::new();
    let objects = json!([{"ssid": "w1", "enabled": "no"}, {"ssid": 1002, "max_idletime": "{{x}}"}]);
    let set = |objects: Value| json!({"type": "wlans", "objects": objects});
    situation.objects(set(objects.clone())).changes(true);
    let sent = situation.sent("POST");
    assert!(sent.contains(&json!({"ssid": "w1", "enabled": false})), "{sent:?}");
    assert!(sent.contains(&json!({"ssid": "1002", "max_idletime": "{{x}}"})), "{sent:?}");
    for text in [json!(objects.to_string()), json!([objects[0].to_string(), objects[1].to_string()])] {
        situation.objects(set(text)).changes(false);
    }
    for (text, words) in [
        (
            json!("[{\"ssid\": \"a\", \"ssid\": \"b\"}]"),
            "objects: it is not valid JSON (line 1, column 21: a key occurs twice).",
        ),
        (json!("[{\"ssid\": \"a\""), "objects: the JSON is cut short"),
        (json!(["w1"]), "objects: item 1 is not a dictionary."),
        (json!([[1]]), "objects: item 1 is not a dictionary."),
        (
            json!([{"ssid": "a"}, {"ssid": "b", "enabled": "maybe"}]),
            "objects: item 2: 'enabled' must be a boolean, not 'maybe'.",
        ),
    ] {
        let msg = situation.objects(set(text)).refused();
        assert!(msg.starts_with(words), "{msg}");
    }
}

#[test]
fn a_value_without_a_reading_is_refused_before_any_request() {
    let situation = Situation::new();
    for (word, object, words) in [
        (
            "wlans",
            json!({"ssid": "w", "enabled": "yes please"}),
            "object: 'enabled' must be a boolean, not 'yes please'.",
        ),
        ("wlans", json!({"ssid": "w", "auth": "psk"}), "object: 'auth' must be a dictionary, not 'psk'."),
        (
            "sites",
            json!({"name": "Oslo", "country_code": false}),
            "object: 'country_code' must be text, not the boolean false. Quote it",
        ),
        ("sites", json!({"name": 1.1}), "object: 'name' must be text, not a number."),
        ("psks", json!({"name": "p", "passphrase": ["hidden"]}), "object: 'passphrase' must be text."),
    ] {
        let ran = situation.declare(word, object);
        assert!(ran.calls.is_empty(), "{:?}", ran.calls);
        let msg = ran.refused();
        assert!(msg.starts_with(words) && !msg.contains("hidden"), "{msg}");
    }
}

#[test]
fn text_in_a_yaml_file_stays_text() {
    for situation in both() {
        for (word, text, fields) in [
            (
                "psks",
                "name: 012\nssid: w\npassphrase: 0x1f2e3d4c\n",
                json!({"name": "012", "passphrase": "0x1f2e3d4c"}),
            ),
            ("psks", "name: p\nssid: w\npassphrase: 12345678\n", json!({"passphrase": "12345678"})),
            (
                "sites",
                "name: 12e05\nnotes: 2024-01-01\ncountry_code: NO\n",
                json!({"name": "12e05", "notes": "2024-01-01", "country_code": "NO"}),
            ),
            (
                "wlans",
                "ssid: 1.10\nenabled: no\nmax_idletime: !!int '5'\n",
                json!({"ssid": "1.10", "enabled": false, "max_idletime": 5}),
            ),
        ] {
            let (_folder, src) = file("x.yml", text);
            let task = json!({"type": word, "src": src});
            situation.object(task.clone()).changes(true);
            let sent = situation.sent("POST").remove(0);
            for (name, value) in fields.as_object().unwrap() {
                assert_eq!(&sent[name], value, "{text}");
            }
            situation.object(task).changes(false);
        }
    }
}

#[test]
fn a_file_in_another_form_is_refused_with_what_helps() {
    let situation = Situation::new();
    let utf16: Vec<u8> = "name: a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let deep = vec!["a"; 10_000].join(".");
    for (name, content, words) in [
        (
            "x.yml",
            b"psk: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\n".to_vec(),
            "line 1: a value that Ansible Vault encrypts.",
        ),
        (
            "x.yml",
            b"$ANSIBLE_VAULT;1.1;AES256\n6162\n".to_vec(),
            "is encrypted by Ansible Vault. Pass its content as the option",
        ),
        (
            "x.json",
            br#"[{"name": "a", "notes": "$ANSIBLE_VAULT;1.1;AES256"}]"#.to_vec(),
            "'notes' is encrypted by Ansible Vault.",
        ),
        ("x.json", br#"[{"name": "a", "name": "b"}]"#.to_vec(), "a key occurs twice"),
        (
            "x.json",
            br#"[{"name": 12345678901234567890123}]"#.to_vec(),
            "line 1: a number has more digits than 64 bits hold.",
        ),
        (
            "x.yml",
            b"- name: a\n  new: 12345678901234567890123\n".to_vec(),
            "line 2: a number has more digits than 64 bits hold.",
        ),
        ("x.yml", utf16, "is UTF-16. Save it as UTF-8."),
        (
            "x.csv",
            b"name\nZ\xfcrich\n".to_vec(),
            "is not UTF-8 (byte 7), but perhaps Latin-1 or Windows-1252. Save it as UTF-8.",
        ),
        (
            "x.csv",
            b"sep=;\nname;notes\n".to_vec(),
            "line 1: the first line is a note of a spreadsheet (sep=). Remove it.",
        ),
        ("x.csv", b"name\tnotes\n".to_vec(), "line 1: columns are separated by tabs."),
        ("x.csv", b"#name,notes\n".to_vec(), "line 1: the name of the first column starts with #."),
        ("x.csv", b"name;latlng.lat\na;52,5\n".to_vec(), "Use a decimal point, not a comma."),
        ("x.csv", format!("name,{deep}\na,b\n").into_bytes(), "a column has more than 64 levels of nesting."),
    ] {
        let (_folder, src) = file(name, content);
        let ran = situation.objects(json!({"type": "sites", "src": src}));
        assert!(ran.calls.is_empty(), "{:?}", ran.calls);
        let msg = ran.refused();
        assert!(msg.contains(words) && msg.starts_with("src: ") && !msg.contains("6162"), "{msg}");
    }
    let (_folder, bom) = file("x.json", "\u{feff}[{\"name\": \"a\"}]");
    situation.objects(json!({"type": "sites", "src": bom})).changes(true);
    let (_folder, old) = file("x.csv", "name,notes\rb,x\rc,y\r");
    assert_eq!(situation.objects(json!({"type": "sites", "src": old})).changes(true).states().len(), 2);
}

#[test]
fn what_ansible_omits_is_not_sent() {
    let situation = Situation::new();
    let omitted = "__omit_place_holder__0123456789abcdef";
    let object = json!({"name": "h", "url": "https://x/", "secret": omitted, "topics": ["alarms", omitted]});
    situation.declare("webhooks", object).changes(true);
    assert_eq!(situation.sent("POST"), [json!({"name": "h", "url": "https://x/", "topics": ["alarms"]})]);
}

#[test]
fn an_id_that_is_null_is_refused_like_an_empty_one() {
    let situation = Situation::new();
    let options = json!({"org_id": situation.cloud.org_id(), "type": "sites", "object": {"name": "Renamed"}});
    for id in [json!(null), json!("")] {
        let (outcome, _) =
            suites::run::<MistObject, Value>(&situation.cloud, false, &[options.clone(), json!({"id": id})]);
        let msg = outcome.err().unwrap().msg;
        assert!(msg.starts_with("id: set but empty."), "{msg}");
    }
    assert!(situation.cloud.requests().is_empty());
}

#[test]
fn large_integers_of_the_cloud_are_not_written_with_other_digits() {
    for situation in both() {
        let setting = situation.site("setting");
        let large: Value = serde_json::from_str("123456789012345678901234567890").unwrap();
        situation.cloud.seed(&setting, json!({"rogue": {"enabled": false, "new_id": large}, "vars": {"a": "1"}}));
        let task = |object: Value| json!({"type": "setting", "site_id": situation.site_id, "object": object});
        let msg = situation.object(task(json!({"rogue": {"enabled": true}}))).refused();
        assert!(
            msg.starts_with("object: the cloud has integers of more than 64 bits") && msg.ends_with(": rogue.new_id"),
            "{msg}"
        );
        situation.object(task(json!({"vars": {"a": "2"}}))).changes(true);
        situation.object(task(json!({"rogue": {"enabled": false}}))).changes(false);
    }
}
