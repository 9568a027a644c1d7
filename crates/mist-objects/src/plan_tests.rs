use super::*;
use crate::conformity::without_read_only;
use crate::table::{Level, kind};
use serde_json::json;

fn object(value: Value) -> Fields {
    value.as_object().cloned().unwrap()
}

fn planned(word: &str, declared: Value, found: Value) -> Plan {
    let kind = kind(Level::Org, word).unwrap();
    plan(&kind, DesiredState::Present, &object(declared), Some(&object(found)), &Rules::default()).unwrap()
}

fn body(plan: &Plan) -> Value {
    match &plan.step {
        Step::Change { body, .. } | Step::Create(body) => json!(body),
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_fields_that_differ_are_sent_each_whole() {
    let found = json!({"id": "i", "ssid": "a", "enabled": true, "auth": {"type": "psk", "psk": "secret", "x": 1}, "vlan_id": 1});
    let plan = planned("wlans", json!({"ssid": "a", "enabled": true, "auth": {"type": "open"}, "vlan_id": "1"}), found);
    assert_eq!(body(&plan), json!({"auth": {"type": "open", "psk": "secret", "x": 1}}));
    assert_eq!(plan.id.as_deref(), Some("i"));
}

#[test]
fn nothing_clears_by_null_where_the_document_has_it_and_by_minus_elsewhere() {
    let found = json!({"id": "i", "name": "a", "notes": "n", "rftemplate_id": "r", "sitegroup_ids": ["g"], "new": 1, "latlng": {"lat": 1}});
    for nothing in [json!(null), json!(""), json!([])] {
        let declared = json!({"notes": nothing, "rftemplate_id": nothing, "sitegroup_ids": nothing, "new": nothing, "latlng": nothing});
        assert_eq!(
            body(&planned("sites", declared, found.clone())),
            json!({"notes": null, "rftemplate_id": null, "-sitegroup_ids": "", "-new": "", "-latlng": ""}),
            "{nothing}"
        );
    }
}

#[test]
fn an_empty_dictionary_merges_nothing_and_clears_only_where_it_is_exact() {
    let wlans = kind(Level::Org, "wlans").unwrap();
    let found = object(json!({"id": "i", "ssid": "a", "auth": {"type": "psk", "psk": "p"}, "new": {"x": {"y": 1}}}));
    let go = |declared: Value, exact: &[&str]| {
        let rules = Rules { exact: exact.iter().map(|path| (*path).to_owned()).collect(), ..Rules::default() };
        plan(&wlans, DesiredState::Present, &object(declared), Some(&found), &rules).unwrap()
    };
    for declared in [json!({"auth": {}}), json!({"new": {}}), json!({"new": {"x": {}}}), json!({"ssid": {}})] {
        assert_eq!(go(declared.clone(), &[]).step, Step::Nothing, "{declared}");
    }
    assert_eq!(body(&go(json!({"new": {}}), &["new"])), json!({"-new": ""}));
    assert_eq!(body(&go(json!({"new": {"x": {}}}), &["new.x"])), json!({"new": {"x": {}}}));
    assert_eq!(body(&go(json!({"new": {"x": {}, "z": 1}}), &[])), json!({"new": {"x": {"y": 1}, "z": 1}}));
}

#[test]
fn undeclared_fields_of_items_are_sent_along() {
    let server = json!({"host": "1.1.1.1", "port": 1812, "secret": "s", "new": {"a": 1}});
    let found = json!({"id": "i", "ssid": "a", "auth_servers": [server, {"host": "old", "secret": "t"}]});
    let sent = |servers: Value| body(&planned("wlans", json!({"auth_servers": servers}), found.clone()));
    assert_eq!(
        sent(json!([{"host": "new", "secret": "n"}, {"host": "1.1.1.1", "port": 1645}])),
        json!({"auth_servers": [
            {"host": "new", "secret": "n"},
            {"host": "1.1.1.1", "port": 1645, "secret": "s", "new": {"a": 1}},
        ]})
    );
    assert_eq!(
        sent(json!([{"host": "1.1.1.1", "new": {"b": 2}, "port": null}])),
        json!({"auth_servers": [{"host": "1.1.1.1", "secret": "s", "new": {"a": 1, "b": 2}}]})
    );
    let idps = json!({"id": "i", "mist_nac": {"idps": [{"id": "A", "user_realms": ["x"], "new": 1}]}});
    let plan = planned("setting", json!({"mist_nac": {"idps": [{"id": "B", "user_realms": ["x"]}]}}), idps);
    assert_eq!(body(&plan), json!({"mist_nac": {"idps": [{"id": "B", "user_realms": ["x"]}]}}));
}

#[test]
fn a_change_carries_required_fields_that_the_cloud_shows() {
    let psk = json!({"id": "i", "name": "p", "ssid": "s", "passphrase": "geheim", "vlan_id": 1});
    let plan = planned("psks", json!({"name": "p", "vlan_id": 5}), psk);
    assert_eq!(body(&plan), json!({"vlan_id": 5}));
    assert_eq!(json!(plan.carried), json!({"name": "p", "passphrase": "geheim", "ssid": "s"}));
    assert!(!plan.concerned(&kind(Level::Org, "psks").unwrap()).contains(&"name".to_owned()));
    let masked = planned("psks", json!({"vlan_id": 5}), json!({"id": "i", "name": "p", "passphrase": "***"}));
    assert_eq!(json!(masked.carried), json!({"name": "p"}));
    assert!(planned("psks", json!({"vlan_id": 5}), json!({"id": "i", "name": "p", "vlan_id": 5})).carried.is_empty());
}

#[test]
fn a_declared_mask_is_refused_before_anything_is_created_or_changed() {
    let refused = |word: &str, declared: Value, found: Option<Value>| {
        let (kind, found) = (kind(Level::Org, word).unwrap(), found.map(object));
        match plan(&kind, DesiredState::Present, &object(declared), found.as_ref(), &Rules::default()) {
            Err(ObjectError::DeclaredMasks { paths }) => paths.join(" "),
            other => panic!("{other:?}"),
        }
    };
    let wlan = |psk: &str| json!({"ssid": "a", "auth": {"type": "psk", "psk": psk}});
    for mask in ["***", "********", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "••••"] {
        for found in [None, Some(json!({"id": "i", "ssid": "a", "auth": {"psk": "x"}})), Some(wlan(mask))] {
            assert_eq!(refused("wlans", wlan(mask), found), "auth.psk", "{mask}");
        }
    }
    let servers = json!({"ssid": "a", "auth_servers": [{"host": "h", "secret": "s"}, {"host": "i", "secret": "***"}]});
    assert_eq!(refused("wlans", servers, None), "auth_servers[1].secret");
    assert_eq!(refused("setting", json!({"vars": {"psk_guest": "***"}}), Some(json!({}))), "vars.psk_guest");
    assert_eq!(refused("webhooks", json!({"name": "h", "headers": {"X-Id": "***"}}), None), "headers.X-Id");
    assert_eq!(refused("sites", json!({"name": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}), None), "name");
    let stars = planned("sites", json!({"notes": "***"}), json!({"id": "i", "notes": "x"}));
    assert!(stars.changes(), "stars are a text where no secret is");
}

#[test]
fn hidden_secrets_next_to_a_change_are_warned_of() {
    let lost = |word: &str, declared: Value, found: Value| {
        let warnings = planned(word, declared, found).warnings;
        let of = |warning: Warning| match warning {
            Warning::SecretsMayBeLost { paths } => paths,
            other => panic!("{other:?}"),
        };
        warnings.into_iter().flat_map(of).collect::<Vec<_>>().join(" ")
    };
    let wlan = |auth: Value| json!({"id": "i", "ssid": "a", "auth": auth});
    let change = json!({"auth": {"enable_mac_auth": true}});
    assert_eq!(lost("wlans", change.clone(), wlan(json!({"type": "psk"}))), "auth.psk");
    assert_eq!(lost("wlans", change.clone(), wlan(json!({"type": "psk", "psk": "shown"}))), "");
    assert_eq!(lost("wlans", change.clone(), wlan(json!({"type": "open"}))), "");
    assert_eq!(lost("wlans", json!({"auth": {"psk": "p", "new": 1}}), wlan(json!({"type": "psk"}))), "");
    assert_eq!(
        lost("wlans", json!({"auth": {"psk": null, "type": "open"}}), wlan(json!({"type": "psk", "psk": "x"}))),
        ""
    );
    let servers = json!({"id": "i", "auth_servers": [{"host": "h", "port": 1}]});
    assert_eq!(lost("wlans", json!({"auth_servers": [{"host": "h", "port": 2}]}), servers), "auth_servers[0].secret");
    let tacacs = json!({"id": "i", "switch_mgmt": {"tacacs": {"tacplus_servers": [{"host": "h", "port": "1"}]}}});
    assert_eq!(
        lost(
            "networktemplates",
            json!({"switch_mgmt": {"tacacs": {"tacplus_servers": [{"host": "h", "port": "2"}]}}}),
            tacacs
        ),
        "switch_mgmt.tacacs.tacplus_servers[0].secret"
    );
    let portal = json!({"id": "i", "portal": {"enabled": true, "facebook_enabled": true, "facebook_client_id": "c"}});
    assert_eq!(lost("wlans", json!({"portal": {"expire": 60}}), portal), "portal.facebook_client_secret");
}

#[test]
fn a_minus_clears_and_nested_read_only_fields_are_named() {
    let sites = kind(Level::Org, "sites").unwrap();
    let (rest, ignored) = without_read_only(&sites, object(json!({"name": "A", "-notes": "", "-id": ""})));
    assert_eq!((json!(rest), ignored), (json!({"name": "A", "notes": null}), vec!["id".to_owned()]));
    let (rest, _) = without_read_only(&sites, object(json!({"-notes": "", "notes": "kept"})));
    assert_eq!(json!(rest), json!({"notes": "kept"}));
    let topologies = kind(Level::Org, "evpn_topologies").unwrap();
    let switch = json!({"mac": "5c5b35000001", "role": "core", "router_id": "1.1.1.1", "evpn_id": 1, "downlink_ips": ["x"], "model": "EX"});
    let (_, ignored) = without_read_only(&topologies, object(json!({"name": "t", "switches": [switch, switch]})));
    assert_eq!(ignored, ["switches[].model"]);
}

#[test]
fn a_creation_sends_no_empty_fields() {
    let sites = kind(Level::Org, "sites").unwrap();
    let declared = object(json!({"name": "a", "notes": null, "sitegroup_ids": [], "timezone": "UTC"}));
    let created = plan(&sites, DesiredState::Present, &declared, None, &Rules::default()).unwrap();
    assert_eq!(body(&created), json!({"name": "a", "timezone": "UTC"}));
    let patched = plan(&sites, DesiredState::Patched, &declared, None, &Rules::default()).unwrap();
    assert!(!patched.changes() && patched.warnings == [Warning::NothingToPatch]);
    assert!(!plan(&sites, DesiredState::Absent, &declared, None, &Rules::default()).unwrap().changes());
    let edges = kind(Level::Site, "mxedges").unwrap();
    let error = plan(&edges, DesiredState::Present, &declared, None, &Rules::default()).unwrap_err();
    assert_eq!(error, ObjectError::NotCreatable { word: "mxedges".to_owned() });
    let setting = kind(Level::Org, "setting").unwrap();
    let error = plan(&setting, DesiredState::Absent, &declared, Some(&declared), &Rules::default()).unwrap_err();
    assert_eq!(error, ObjectError::NotDeletable { word: "setting".to_owned() });
}

#[test]
fn empty_values_that_the_document_requires_are_sent_at_creation() {
    for (word, declared, sent) in [
        (
            "alarmtemplates",
            json!({"name": "quiet", "delivery": {"enabled": false}, "rules": {}}),
            json!({"name": "quiet", "delivery": {"enabled": false}, "rules": {}}),
        ),
        ("vpns", json!({"name": "V", "paths": {}}), json!({"name": "V", "paths": {}})),
        ("ssoroles", json!({"name": "none", "privileges": []}), json!({"name": "none", "privileges": []})),
        ("wlans", json!({"ssid": "w", "auth": {}, "bands": {}, "wxtag_ids": []}), json!({"ssid": "w"})),
    ] {
        let kind = kind(Level::Org, word).unwrap();
        let plan = plan(&kind, DesiredState::Present, &object(declared), None, &Rules::default()).unwrap();
        assert_eq!(body(&plan), sent, "{word}");
    }
}

#[test]
fn every_declared_value_that_differs_after_a_write_was_not_kept() {
    let wlans = kind(Level::Org, "wlans").unwrap();
    let declared = object(json!({
        "ssid": "a", "vlan_id": 5, "bands": ["24", "5"], "auth": {"type": "psk", "psk": "p"},
        "auth_servers": [{"host": "h", "secret": "s", "port": 1}],
    }));
    let after = |value: Value| not_kept(&wlans, &declared, &object(value), &Rules::default());
    let kept = json!({
        "ssid": "a", "vlan_id": "5", "bands": ["5", "24"], "auth": {"type": "psk"},
        "auth_servers": [{"host": "h", "port": 1, "id": "x"}],
    });
    assert_eq!(after(kept), [""; 0]);
    let other = json!({
        "ssid": "a", "vlan_id": 6, "bands": ["5"], "auth": {"type": "open"}, "auth_servers": [{"host": "h", "port": 2}],
    });
    // `vlan_id` was not part of the change, and another client may have changed it.
    assert_eq!(after(other), ["vlan_id", "bands", "auth.type", "auth_servers[0].port"]);
}

#[test]
fn a_mask_is_never_sent_in_the_place_of_a_secret() {
    let wlans = kind(Level::Org, "wlans").unwrap();
    let found = object(json!({"id": "i", "ssid": "a", "auth": {"type": "psk", "psk": "***"}}));
    let go = |declared: Value| plan(&wlans, DesiredState::Present, &object(declared), Some(&found), &Rules::default());
    let error = go(json!({"ssid": "a", "auth": {"type": "eap"}})).unwrap_err();
    assert_eq!(error, ObjectError::MaskedSecrets { paths: vec!["auth.psk".to_owned()] });
    let declared = go(json!({"ssid": "a", "auth": {"type": "eap", "psk": "secret"}})).unwrap();
    assert_eq!(body(&declared), json!({"auth": {"type": "eap", "psk": "secret"}}));
    assert!(!go(json!({"ssid": "a", "auth": {"type": "psk", "psk": "secret"}})).unwrap().changes());
}

#[test]
fn read_only_fields_are_taken_out_and_what_is_fixed_stays() {
    let zones = kind(Level::Site, "zones").unwrap();
    let declared = object(json!({"id": "i", "site_id": "s", "name": "z", "map_id": "m2", "created_time": 1}));
    let (rest, ignored) = without_read_only(&zones, declared.clone());
    assert_eq!(
        (json!(rest), ignored.join(" ")),
        (json!({"name": "z", "map_id": "m2"}), "id site_id created_time".to_owned())
    );
    let found = object(json!({"id": "i", "name": "z", "map_id": "m1"}));
    let plan = plan(&zones, DesiredState::Present, &rest, Some(&found), &Rules::default()).unwrap();
    assert!(!plan.changes() && plan.warnings == [Warning::Fixed { field: "map_id".to_owned() }]);
}

#[test]
fn exact_is_of_dictionaries_that_are_declared() {
    let declared = object(json!({"vars": {"a": {"b": 1}}, "name": "n"}));
    let check = |path: &str| check_exact(&[path.to_owned()], &declared);
    assert!(check("vars").is_ok() && check("vars.a").is_ok());
    assert_eq!(check("name"), Err(ObjectError::ExactNotDictionary { path: "name".to_owned() }));
    assert_eq!(check("other"), Err(ObjectError::ExactNotDeclared { path: "other".to_owned() }));
}

/// A cloud that keeps every field. It replaces dictionaries, or merges them (then `null` removes a key).
fn put(found: &Fields, body: &Fields, merges: bool) -> Fields {
    fn merge(old: &mut Fields, new: &Fields) {
        for (key, value) in new {
            match (old.get_mut(key), value) {
                (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
                (_, Value::Null) => drop(old.shift_remove(key)),
                (_, value) => drop(old.insert(key.clone(), value.clone())),
            }
        }
    }
    let mut after = found.clone();
    for (name, value) in body {
        match (name.strip_prefix('-'), after.get_mut(name), value) {
            (Some(cleared), ..) => drop(after.shift_remove(cleared)),
            (None, Some(Value::Object(old)), Value::Object(new)) if merges => merge(old, new),
            (None, _, value) => drop(after.insert(name.clone(), value.clone())),
        }
    }
    after
}

fn nulls(body: &Fields, removed: &[Vec<String>]) -> Fields {
    crate::merge::with_nulls(body, removed)
}

/// Random declared and found objects, of every kind of value and of fields that mean much and little.
fn random(depth: u32) -> Value {
    const NAMES: [&str; 12] = [
        "ssid",
        "enabled",
        "vlan_id",
        "auth",
        "psk",
        "wxtag_ids",
        "bands",
        "template_id",
        "new",
        "vars",
        "hide_ssid",
        "acl",
    ];
    match fastrand::u32(0..if depth > 2 { 9 } else { 12 }) {
        0 => json!(null),
        1 => json!(""),
        2 => json!([]),
        3 => json!({}),
        4 => json!(fastrand::bool()),
        5 => json!(fastrand::u8(0..4)),
        6 => json!(fastrand::u8(0..4).to_string()),
        7 => json!("***"),
        8 => json!(["a", "b"]),
        9 => Value::Array((0..fastrand::usize(0..3)).map(|_| random(depth + 1)).collect()),
        _ => Value::Object(
            (0..fastrand::usize(0..5))
                .map(|_| (fastrand::choice(NAMES).unwrap().to_owned(), random(depth + 1)))
                .collect(),
        ),
    }
}

fn random_object() -> Fields {
    loop {
        if let Value::Object(fields) = random(0) {
            return fields;
        }
    }
}

#[test]
fn check_mode_foretells_the_run_and_the_second_run_rests_whether_the_cloud_merges_or_replaces() {
    let wlans = kind(Level::Org, "wlans").unwrap();
    fastrand::seed(12);
    let (mut changes, mut refused) = (0, 0);
    for round in 0..4_000 {
        let (declared, mut found) = (random_object(), random_object());
        let (declared, _) = without_read_only(&wlans, declared);
        found.insert("id".to_owned(), json!("i"));
        let exact: Vec<String> = declared
            .iter()
            .filter(|(_, value)| value.is_object() && fastrand::bool())
            .map(|(name, _)| name.clone())
            .collect();
        let rules = Rules { exact: exact.into_iter().collect(), ..Rules::default() };
        let wish = [DesiredState::Present, DesiredState::Patched][round % 2];
        let Ok(plan) = plan(&wlans, wish, &declared, Some(&found), &rules) else {
            refused += 1;
            continue;
        };
        let Step::Change { body, removed } = &plan.step else { continue };
        changes += 1;
        for merges in [false, true] {
            let mut after = put(&found, body, merges);
            if crate::merge::still_there(&after, removed) {
                after = put(&after, &nulls(body, removed), merges);
            }
            let told = format!("{declared:?}\n{found:?}\n{body:?}\n{after:?}");
            assert!(plan.changed(&wlans, Some(&after)), "{told}");
            assert_eq!(plan.diff(&wlans, Some(&after)), plan.diff(&wlans, plan.predicted().as_ref()), "{told}");
            let again = super::plan(&wlans, wish, &declared, Some(&after), &rules);
            assert!(again.is_err() || !again.unwrap().changes(), "{told}");
            for (name, value) in &found {
                let concerned = declared.contains_key(name);
                assert!(concerned || after.get(name) == Some(value), "{name} was not declared, and is lost: {told}");
            }
        }
    }
    assert!(changes > 1_000 && refused < 1_000, "{changes} {refused}");
}

#[test]
fn several_objects_are_distinguished_by_what_they_refer_to() {
    let wlans = kind(Level::Org, "wlans").unwrap();
    let several = |objects: Value| {
        let objects: Vec<_> = objects.as_array().unwrap().iter().cloned().map(object).collect();
        distinguished(&wlans, &objects.iter().collect::<Vec<_>>())
    };
    let one =
        several(json!([{"id": "1", "ssid": "w", "template_id": "t1"}, {"id": "2", "ssid": "w", "template_id": null}]));
    let of = |id: &str, template: &str| (id.to_owned(), vec![("template_id".to_owned(), template.to_owned())]);
    assert_eq!(
        (one.objects, one.distinguishing),
        (vec![of("1", "t1"), of("2", "none")], vec!["template_id".to_owned()])
    );
    let same = json!([{"id": "1", "template_id": "t", "vlan_id": 1}, {"id": "2", "template_id": "t", "vlan_id": 2}]);
    assert_eq!(several(same).objects, [("1".to_owned(), vec![]), ("2".to_owned(), vec![])]);
}
