//! `mist_device_info`: inventory, configuration and statistics joined, and rows for `mist_devices`.

use super::situation::{AP, CHASSIS, GATEWAY, MEMBER, NEW_AP, NEW_SWITCH, Ran, SWITCH, Situation};
use mist_modules::mist_device_info::MistDeviceInfo;
use serde_json::{Value, json};

fn info(situation: &Situation, options: Value) -> Ran {
    let ran = situation.go::<MistDeviceInfo>(false, &options);
    assert!(!ran.changed && ran.writes().is_empty(), "{:?}", ran.calls);
    ran
}

fn macs(ran: &Ran) -> Vec<&str> {
    assert!(!ran.failed, "{}", ran.msg);
    ran.results["devices"].as_array().unwrap().iter().map(|device| device["mac"].as_str().unwrap()).collect()
}

#[test]
fn devices_are_chosen_by_the_inventory_and_the_statistics() {
    let situation = Situation::new();
    let group = situation.cloud.seed(&situation.org("sitegroups"), json!({"name": "Labs"}));
    situation.cloud.seed(&format!("sites/{}", situation.sites[1]), json!({"sitegroup_ids": [group]}));
    situation.cloud.report(situation.cloud.org_id(), AP, json!({"version": "0.14.1", "ip": "10.0.0.1"}));
    for (conditions, expected) in [
        (json!({}), vec![NEW_AP, NEW_SWITCH, AP, SWITCH, MEMBER, GATEWAY, CHASSIS]),
        (json!({"type": "switch"}), vec![NEW_SWITCH, SWITCH, MEMBER, CHASSIS]),
        (json!({"site": "Site 1"}), vec![AP, SWITCH]),
        (json!({"site": situation.sites[0]}), vec![AP, SWITCH]),
        (json!({"site": ["Site 1", "Nowhere*"], "type": ["ap", "gateway"]}), vec![AP]),
        (json!({"site": null}), vec![NEW_AP, NEW_SWITCH]),
        (json!({"sitegroup": "Labs"}), vec![MEMBER, GATEWAY, CHASSIS]),
        (json!({"name": "*-1", "model": "EX*"}), vec![SWITCH, CHASSIS]),
        (json!({"mac": ["5C:5B:35:00:00:01", "5c5b.3500.0003"]}), vec![AP, GATEWAY]),
        (json!({"version": "0.14.*"}), vec![AP]),
        (json!({"connected": "false"}), vec![]),
    ] {
        let ran = info(&situation, json!({"where": conditions}));
        assert_eq!(macs(&ran), expected, "{conditions}");
        assert_eq!(ran.results["count"], expected.len());
    }
}

#[test]
fn configuration_and_statistics_are_joined_and_secrets_masked() {
    let situation = Situation::new();
    let device = situation.config(GATEWAY)["id"].as_str().unwrap().to_owned();
    let secret = json!({"port_config": {"ge-0/0/5": {"usage": "lan", "lte_password": "canary"}}});
    situation.cloud.seed(&format!("sites/{}/devices/{device}", situation.sites[1]), secret);
    situation.cloud.report(situation.cloud.org_id(), AP, json!({"ip": "10.0.0.1"}));
    let ran = info(&situation, json!({"include": ["config", "stats"], "where": {"site": "Site *"}}));
    let of =
        |mac: &str| ran.results["devices"].as_array().unwrap().iter().find(|one| one["mac"] == mac).cloned().unwrap();
    assert_eq!((of(AP)["stats"]["ip"].clone(), of(AP)["config"]["notes"].clone()), (json!("10.0.0.1"), json!("old")));
    assert_eq!((of(AP)["site"].clone(), of(MEMBER)["stats"].clone()), (json!("Site 1"), Value::Null));
    assert_eq!(of(GATEWAY)["config"]["port_config"]["ge-0/0/5"]["lte_password"], "********");
    assert!(!format!("{ran:?}").contains("canary"));
    let by_config = info(&situation, json!({"include": ["config"], "where": {"config.role": "access"}}));
    assert_eq!(macs(&by_config), [SWITCH]);
}

#[test]
fn claim_codes_are_masked_unless_asked_for() {
    let situation = Situation::empty();
    let magic = "6JG8EPTFV2A9Z2N";
    situation.cloud.add_devices(situation.cloud.org_id(), [json!({"mac": AP, "magic": magic}), json!({"mac": SWITCH})]);
    let ran = info(&situation, json!({}));
    assert!(!format!("{ran:?}").contains(magic));
    assert_eq!(ran.results["devices"][0]["magic"], "********");
    assert_eq!(info(&situation, json!({"magic": true})).results["devices"][0]["magic"], magic);
}

#[test]
fn exported_rows_change_nothing_and_restore_what_was_changed() {
    let situation = Situation::new();
    let profile = situation.cloud.objects(&situation.org("deviceprofiles"))[2]["id"].clone();
    situation.rows(json!([{"name": "sw-1", "deviceprofile": "Access", "map": "Floor 1", "notes": "n"}])).changes(true);
    let ran = info(&situation, json!({"as_declared": true}));
    let rows = ran.results["devices"].clone();
    let switch = rows.as_array().unwrap().iter().find(|row| row["mac"] == SWITCH).unwrap();
    assert_eq!(
        *switch,
        json!({"mac": SWITCH, "site": "Site 1", "name": "sw-1", "deviceprofile": "Access", "map": "Floor 1", "notes": "n", "role": "access",
               "ports": {"ge-0/0/0-10": {"usage": "ap"}, "xe-0/1/0": {"usage": "uplink"}, "ae0": {"usage": "lag"}},
               "default_port_usage": "default"}).kept(switch)
    );
    assert_eq!(situation.record(SWITCH)["deviceprofile_id"], profile);
    assert_eq!(rows.as_array().unwrap().len(), 6, "a member has the row of its chassis: {rows}");
    let again = situation.devices(json!({"devices": rows})).changes(false);
    assert!(again.states().iter().all(|state| state == "unchanged"));
    situation.rows(json!([{"name": "sw-1", "ports": {"ge-0/0/3": {"usage": "voip"}}}])).changes(true);
    situation.devices(json!({"devices": rows, "exact": ["ports"]})).changes(true);
    assert_eq!(situation.config(SWITCH)["port_config"], switch["ports"]);
}

trait Kept {
    fn kept(self, other: &Value) -> Value;
}

impl Kept for Value {
    /// Without defaults that this cloud does not fill in.
    fn kept(mut self, other: &Value) -> Value {
        self.as_object_mut().unwrap().retain(|name, _| other.get(name).is_some() || name != "default_port_usage");
        self
    }
}

#[test]
fn wrong_conditions_are_refused() {
    let situation = Situation::new();
    for (options, words) in [
        (json!({"where": {"site": "Sit 1"}}), "where: no site named 'Sit 1' exists. Similar: 'Site 1'"),
        (json!({"where": {"sites": "x"}}), "where: 'sites' is not a condition. Similar: 'site'"),
        (json!({"where": {"config.role": "x"}}), "where: 'config.role' is not a condition. Add config to include."),
        (json!({"include": ["everything"]}), "value of include must be one or more of: config, stats"),
    ] {
        let message = info(&situation, options.clone()).refused();
        assert!(message.starts_with(words), "{options}: {message}");
    }
}

#[test]
fn listing_costs_few_calls() {
    let situation = Situation::new();
    assert_eq!(info(&situation, json!({})).calls.len(), 2);
    assert_eq!(info(&situation, json!({"include": ["stats"], "where": {"type": "ap"}})).calls.len(), 3);
    let of_one_site = info(&situation, json!({"include": ["config"], "where": {"site": "Site 2"}}));
    assert_eq!(of_one_site.calls.last().unwrap(), "GET sites/SITE2/devices?type=all&limit=1000");
    assert_eq!(of_one_site.calls.len(), 3);
}
