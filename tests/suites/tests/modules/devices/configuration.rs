//! Names, fields and ports of assigned devices.

use super::situation::{AP, GATEWAY, SWITCH, Situation, both};
use mist_simulator::Nested;
use serde_json::{Value, json};

#[test]
fn fields_are_merged_and_the_second_run_writes_nothing() {
    for situation in both() {
        let rows = json!([
            {"mac": AP, "name": "ap-2", "vars": {"b": "3"}, "map": "Floor 1", "radio_config": {"band_24": {"power": "7"}}},
            {"name": "sw-1", "role": "core", "notes": "", "networks": {"voice": {"vlan_id": 20}}},
        ]);
        let ran = situation.rows(rows.clone()).changes(true);
        assert_eq!(ran.states(), ["changed", "changed"]);
        assert_eq!(
            ran.results["devices"][0]["fields"],
            json!(["map_id", "name", "radio_config.band_24.power", "vars.b"])
        );
        let config = situation.config(AP);
        assert_eq!((&config["vars"], &config["notes"]), (&json!({"a": "1", "b": "3"}), &json!("old")));
        assert_eq!(config["radio_config"], json!({"band_24": {"power": 7}}));
        assert_eq!(situation.record(AP)["name"], "ap-2");
        let rows = json!([
            {"mac": AP, "name": "ap-2", "vars": {"b": "3"}, "map": "Floor 1", "radio_config": {"band_24": {"power": "7"}}},
            {"name": "sw-1", "role": "core", "notes": "", "networks": {"voice": {"vlan_id": 20}}},
        ]);
        assert!(situation.rows(rows).changes(false).writes().is_empty());
    }
}

#[test]
fn a_declared_port_is_cut_out_of_its_range() {
    for situation in both() {
        let rows = json!([{"name": "sw-1", "ports": {
            "ge-0/0/3": {"usage": "voip", "description": "desk"}, "ge-0/0/4-5": {"usage": "iot"}, "ge-0/0/9": null, "ge-0/0/20": {"usage": "ap"},
        }}]);
        let ran = situation.rows(rows.clone()).changes(true);
        assert_eq!(
            situation.config(SWITCH)["port_config"],
            json!({"xe-0/1/0": {"usage": "uplink"}, "ae0": {"usage": "lag"}, "ge-0/0/0-2,ge-0/0/6-8,ge-0/0/10": {"usage": "ap"},
                   "ge-0/0/3": {"usage": "voip", "description": "desk"}, "ge-0/0/4-5": {"usage": "iot"}, "ge-0/0/20": {"usage": "ap"}})
        );
        let device = &ran.results["devices"][0];
        assert_eq!(
            device["ports"]["ge-0/0/3"],
            json!({"before": {"usage": "ap"}, "after": {"usage": "voip", "description": "desk"}})
        );
        assert_eq!(device["ports"]["ge-0/0/9"], json!({"before": {"usage": "ap"}, "after": null}));
        assert_eq!(device["ports"].as_object().unwrap().len(), 5);
        assert_eq!(ran.diff.0["sw-1"]["ports"]["ge-0/0/3"], json!({"usage": "ap"}));
        assert_eq!(ran.diff.1["sw-1"]["ports"].get("ge-0/0/9"), None);
        assert!(situation.rows(rows).changes(false).writes().is_empty());
    }
}

#[test]
fn a_switch_is_found_without_a_type_and_lists_are_read_with_it() {
    let situation = Situation::new();
    let ran = situation.rows(json!([{"name": "sw-1", "notes": "x"}, {"mac": AP, "notes": "x"}])).changes(true);
    assert!(ran.calls.contains(&"GET sites/SITE1/devices?type=all&limit=1000".to_owned()), "{:?}", ran.calls);
    assert_eq!(ran.calls.iter().filter(|call| call.contains("/devices")).count(), 3, "{:?}", ran.calls);
}

#[test]
fn exact_ports_remove_all_others() {
    let situation = Situation::new();
    let task = json!({"devices": [{"name": "sw-1", "ports": {"ge-0/0/0-10": {"usage": "ap"}, "ae0": {"usage": "lag"}}}], "exact": ["ports"]});
    let refused = situation.devices(task.clone()).refused();
    assert!(refused.contains("xe-0/1/0 is an uplink"), "{refused}");
    let mut task = task;
    task["allow_uplinks"] = json!(true);
    situation.devices(task.clone()).changes(true);
    assert_eq!(
        situation.config(SWITCH)["port_config"],
        json!({"ge-0/0/0-10": {"usage": "ap"}, "ae0": {"usage": "lag"}})
    );
    situation.devices(task).changes(false);
}

#[test]
fn an_uplink_is_changed_only_with_consent() {
    let situation = Situation::new();
    let usage = situation.rows(json!([{"name": "sw-1", "ports": {"xe-0/1/0": {"usage": "ap"}}}])).refused();
    assert!(
        usage.contains("xe-0/1/0 is an uplink. A change can disconnect the device. Set allow_uplinks: true"),
        "{usage}"
    );
    let wan = situation.rows(json!([{"name": "gw-1", "ports": {"ge-0/0/0": {"usage": "lan"}}}])).refused();
    assert!(wan.contains("ge-0/0/0 is an uplink"), "{wan}");
    situation.cloud.report(
        situation.cloud.org_id(),
        SWITCH,
        json!({"ports": [{"port_id": "ge-0/0/7", "uplink": true}]}),
    );
    let seen = situation.rows(json!([{"name": "sw-1", "ports": {"ge-0/0/5-8": {"usage": "iot"}}}])).refused();
    assert!(seen.contains("ge-0/0/7 is an uplink"), "{seen}");
    situation
        .rows(json!([{"name": "sw-1", "ports": {"ge-0/0/5": {"usage": "iot"}, "xe-0/1/0": {"usage": "uplink"}}}]))
        .changes(true);
    situation
        .devices(json!({"devices": [{"name": "sw-1", "ports": {"ge-0/0/7": {"usage": "iot"}}}], "allow_uplinks": true}))
        .changes(true);
}

#[test]
fn ports_come_from_a_table() {
    let situation = Situation::new();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("ports.csv");
    std::fs::write(
        &path,
        "switch,port,usage,description,mtu,networks\nsw-1,ge-0/0/1,voip,Desk 1,9000,\nsw-1,ge-0/0/2,,Desk 2,,\"a,b\"\ngw-1,ge-0/0/2,ha_data,,,\n",
    )
    .unwrap();
    let ran = situation.devices(json!({"src": path})).changes(true);
    assert_eq!(ran.states(), ["changed", "changed"]);
    let ports = &situation.config(SWITCH)["port_config"];
    assert_eq!(ports["ge-0/0/1"], json!({"usage": "voip", "description": "Desk 1", "mtu": 9000}));
    assert_eq!(ports["ge-0/0/2"], json!({"usage": "ap", "description": "Desk 2", "networks": ["a", "b"]}));
    situation.devices(json!({"src": path})).changes(false);
}

#[test]
fn a_thousand_access_points_cost_few_requests() {
    let situation = Situation::with(mist_simulator::Config { sites: 50, ..mist_simulator::Config::default() });
    let profile = situation.cloud.seed(&situation.org("deviceprofiles"), json!({"name": "Indoor", "type": "ap"}));
    let mac = |number: usize| format!("5c5b38{number:06x}");
    let devices = (0..1000).map(|number| {
        json!({"mac": mac(number), "type": "ap", "name": format!("ap-{number}"), "site_id": situation.sites[number % 50],
               "deviceprofile_id": profile})
    });
    situation.cloud.add_devices(situation.cloud.org_id(), devices);
    let row = |number: usize, notes: Option<&str>| {
        let mut row = json!({"mac": mac(number), "name": format!("ap-{number}"), "site": format!("Site {}", number % 50 + 1), "deviceprofile": "Indoor"});
        if let Some(notes) = notes {
            row["notes"] = json!(notes);
        }
        row
    };
    let rows = |notes: Option<&str>| json!((0..1000).map(|number| row(number, notes)).collect::<Vec<_>>());
    let ran = situation.at_once(json!({"devices": rows(None)})).changes(false);
    assert!(ran.calls.len() <= 4, "{:?}", ran.calls);
    situation.at_once(json!({"devices": rows(Some("x"))})).changes(true);
    let again = situation.at_once(json!({"devices": rows(Some("x"))})).changes(false);
    assert!(again.calls.len() <= 54, "{}", again.calls.len());
}

#[test]
fn a_run_waits_until_the_device_took_its_configuration() {
    let situation = Situation::new();
    let task = |notes: &str, wait: &str| json!({"devices": [{"name": "sw-1", "notes": notes}, {"mac": AP, "notes": notes}], "wait_config": wait});
    let ran = situation.at_once(task("a", "60")).changes(true);
    assert!(ran.calls.last().unwrap().starts_with("GET orgs/ORG/stats/devices"), "{:?}", ran.calls);
    for (status, words) in [
        ("COMMIT_FAILED", "did not take it: config_status is 'COMMIT_FAILED'"),
        ("PENDING", "has not taken it within wait_config"),
    ] {
        situation.cloud.variants(|variants| variants.config_status = status.to_owned());
        let ran = situation.at_once(task(status, "1"));
        assert!(ran.failed && ran.changed && ran.msg.contains(words), "{}", ran.msg);
        assert_eq!(ran.states(), ["failed", "changed"]);
    }
}

#[test]
fn mist_configured_is_sent_only_if_declared() {
    let situation = Situation::new();
    situation.devices(json!({"devices": [{"mac": super::situation::NEW_SWITCH, "site": "Site 1"}]})).changes(true);
    assert_eq!(situation.sent("PUT")[0].get("mist_configured"), None);
    let ran = situation
        .devices(json!({"devices": [{"name": "sw-1", "site": "Site 1"}, {"mac": AP}], "mist_configured": true}));
    assert_eq!(ran.changes(true).states(), ["changed", "unchanged"]);
    assert_eq!(situation.config(SWITCH)["mist_configured"], true);
}

#[test]
fn secrets_are_masked_and_never_written_as_masks() {
    let situation = Situation::new();
    situation.cloud.behavior(|behavior| behavior.nested = Nested::Replaced);
    let rows = json!([{"name": "gw-1", "ports": {"ge-0/0/5": {"usage": "lan", "lte_password": "canary-lte"}}}]);
    let ran = situation.at_once(json!({ "devices": rows })).changes(true);
    assert!(!format!("{ran:?}").contains("canary"), "{ran:?}");
    let ports = situation.config(GATEWAY)["port_config"].clone();
    assert_eq!(ports["ge-0/0/5"]["lte_password"], "canary-lte");
    situation.cloud.behavior(|behavior| behavior.secrets = mist_simulator::Secrets::Masked);
    let next = situation.at_once(json!({"devices": [{"name": "gw-1", "ports": {"ge-0/0/6": {"usage": "lan"}}}]}));
    let after = situation.config(GATEWAY)["port_config"].clone();
    assert_eq!(after["ge-0/0/5"]["lte_password"], "canary-lte", "{next:?}");
    assert_ne!(after["ge-0/0/5"]["lte_password"], Value::from("***"));
}

#[test]
fn a_field_that_the_cloud_ignores_is_reported_and_no_endless_change() {
    let situation = Situation::new();
    situation.cloud.behavior(|behavior| behavior.ignored = vec!["devices:notes".to_owned()].into_iter().collect());
    let rows = json!([{"mac": AP, "notes": "new"}]);
    let ran = situation.at_once(json!({ "devices": rows })).changes(false);
    assert_eq!(ran.results["devices"][0]["not_kept"], json!(["notes"]));
    assert!(ran.warnings.iter().any(|warning| warning.contains("did not keep")), "{:?}", ran.warnings);
}
