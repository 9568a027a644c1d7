use super::*;
use crate::mist_inventory::devices::{InventoryRow, Named, StatsRow};

fn options(value: Value) -> Options {
    serde_json::from_value(value).unwrap()
}

fn named(id: &str, name: &str, groups: &[&str]) -> Named {
    let sitegroup_ids = groups.iter().map(|id| (*id).to_owned()).collect();
    Named { id: id.into(), name: name.into(), sitegroup_ids }
}

fn device(name: &str, model: &str, site: &str) -> Device {
    let kind = if model.starts_with("AP") {
        "ap"
    } else if model.starts_with('S') {
        "gateway"
    } else {
        "switch"
    };
    let row = InventoryRow {
        id: format!("id-{name}"),
        mac: format!("mac-{name}"),
        name: name.into(),
        model: model.into(),
        kind: kind.into(),
        site_id: site.into(),
        connected: true,
        ..InventoryRow::default()
    };
    Device { row, ..Device::default() }
}

fn org() -> Org {
    Org {
        id: "o1".into(),
        sites: vec![named("s1", "Branch 1", &["g1", "gone"]), named("s2", "Lab", &[]), named("s3", "Empty", &["g1"])],
        sitegroups: vec![named("g1", "East", &[]), named("g2", "West", &[])],
        devices: vec![
            device("sw-1", "EX4300-48P", "s1"),
            device("gw-1", "SSR120", "s1"),
            device("ap-1", "AP45", "s1"),
            Device {
                stats: StatsRow {
                    ip: "10.0.0.2".into(),
                    status: "disconnected".into(),
                    version: "22.4R3-S2".into(),
                    ..StatsRow::default()
                },
                ..device("sw-2", "EX2300", "s2")
            },
        ],
        ..Org::default()
    }
}

fn printed(options: &Options, orgs: &[Org]) -> Value {
    let mut out = Vec::new();
    Inventory::new(options, orgs).print(&mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn host_names(printed: &Value) -> Vec<&str> {
    printed["_meta"]["hostvars"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn hosts_are_in_the_groups_of_their_site_type_model_version_and_status() {
    let printed = printed(&options(json!({})), &[org()]);
    let groups: Map<String, Value> = printed
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| *name != "_meta")
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    assert_eq!(
        Value::Object(groups),
        json!({
            "connected": {"hosts": ["gw-1", "sw-1"]},
            "disconnected": {"hosts": ["sw-2"]},
            "model_EX2300": {"hosts": ["sw-2"]},
            "model_EX4300_48P": {"hosts": ["sw-1"]},
            "model_SSR120": {"hosts": ["gw-1"]},
            "site_Branch_1": {"hosts": ["gw-1", "sw-1"]},
            "site_Lab": {"hosts": ["sw-2"]},
            "sitegroup_East": {"children": ["site_Branch_1"]},
            "sitegroup_gone": {"children": ["site_Branch_1"]},
            "type_gateway": {"hosts": ["gw-1"]},
            "type_switch": {"hosts": ["sw-1", "sw-2"]},
            "version_22_4R3_S2": {"hosts": ["sw-2"]},
        })
    );
    let unsafe_text = |text: &str| json!({ "__ansible_unsafe": text });
    let host = &printed["_meta"]["hostvars"]["sw-2"];
    assert_eq!(host["ansible_host"], unsafe_text("10.0.0.2"));
    assert_eq!(host["ansible_network_os"], unsafe_text("junipernetworks.junos.junos"));
    assert_eq!(host["mist_site"], unsafe_text("Lab"));
    let other = &printed["_meta"]["hostvars"]["gw-1"];
    assert_eq!(
        (other.get("ansible_host"), other.get("ansible_network_os"), other.get("mist_version")),
        (None, None, None)
    );
    assert_eq!(other["mist_sitegroups"], json!([unsafe_text("East"), unsafe_text("gone")]));
}

#[test]
fn filters_choose_hosts() {
    for (given, expected) in [
        (json!({"types": ["ap", "switch", "gateway"]}), vec!["ap-1", "gw-1", "sw-1", "sw-2"]),
        (json!({"sites": ["Branch*"]}), vec!["gw-1", "sw-1"]),
        (json!({"sites": ["s2"]}), vec!["sw-2"]),
        (json!({"sitegroups": ["East"], "types": ["switch"]}), vec!["sw-1"]),
        (json!({"models": ["EX*"]}), vec!["sw-1", "sw-2"]),
        (json!({"status": ["disconnected"]}), vec!["sw-2"]),
        (json!({"status": ["connected", "disconnected"]}), vec!["gw-1", "sw-1", "sw-2"]),
        (json!({"where": {"name": "*-1", "mist_type": "switch"}}), vec!["sw-1"]),
        (json!({"where": {"sitegroups": "East"}}), vec!["gw-1", "sw-1"]),
        (json!({"where": {"version": null}}), vec!["gw-1", "sw-1"]),
    ] {
        let options = options(given.clone());
        assert_eq!(host_names(&printed(&options, &[org()])), expected, "{given}");
    }
}

#[test]
fn names_of_groups_do_not_depend_on_filters() {
    let mut org = org();
    org.sites.push(named("aaaaaaaa", "Branch-1", &[]));
    let printed = printed(&options(json!({"models": ["EX4300*"]})), &[org]);
    assert!(
        printed.get("site_Branch_1").is_none() && printed["site_Branch_1_s1"]["hosts"] == json!(["sw-1"]),
        "{printed}"
    );
}

#[test]
fn variables_are_chosen_by_name_or_pattern() {
    let printed = printed(&options(json!({"vars": ["site", "mist_m*"]})), &[org()]);
    let names: Vec<&String> = printed["_meta"]["hostvars"]["sw-2"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["ansible_host", "ansible_network_os", "mist_mac", "mist_model", "mist_site"]);
}

#[test]
fn keyed_groups_are_those_of_the_values() {
    let given = json!({"keyed_groups": [
        {"key": "mist_model", "prefix": "m"}, {"key": "mist_sitegroups", "prefix": "in", "separator": ""},
        {"key": "mist_type"}, {"key": "mist_unknown", "prefix": "x"},
    ]});
    let printed = printed(&options(given), &[org()]);
    assert_eq!(printed["m_EX4300_48P"]["hosts"], json!(["sw-1"]));
    assert_eq!(printed["inEast"]["hosts"], json!(["gw-1", "sw-1"]));
    assert_eq!(printed["_switch"]["hosts"], json!(["sw-1", "sw-2"]));
    assert!(printed.as_object().unwrap().keys().all(|name| !name.starts_with('x')));
}

#[test]
fn several_organizations_are_groups_and_their_sites_never_share_one() {
    let mut other = org();
    other.id = "o2".into();
    other.name = Some("Other Org".into());
    other.sites[0].id = "t1".into();
    for device in &mut other.devices {
        device.row.id.push('x');
        device.row.mac.push('x');
        device.row.name.push('x');
        device.row.site_id = "t1".into();
    }
    let orgs = [Org { name: Some("Acme".into()), ..org() }, other];
    let printed = printed(&options(json!({})), &orgs);
    assert_eq!(printed["org_Acme"]["hosts"], json!(["gw-1", "sw-1", "sw-2"]));
    assert_eq!(printed["org_Other_Org"]["hosts"], json!(["gw-1x", "sw-1x", "sw-2x"]));
    assert_eq!(printed["site_Branch_1_s1"]["hosts"], json!(["gw-1", "sw-1"]));
    assert_eq!(printed["site_Branch_1_t1"]["hosts"], json!(["gw-1x", "sw-1x", "sw-2x"]));
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let text = |org: Org| {
        let mut out = Vec::new();
        let options = options(json!({"keyed_groups": [{"key": "mist_model"}]}));
        Inventory::new(&options, &[org]).print(&mut out).unwrap();
        out
    };
    let mut reversed = org();
    reversed.devices.reverse();
    reversed.sites.reverse();
    reversed.sitegroups.reverse();
    assert_eq!(text(org()), text(reversed));
}

#[test]
fn a_host_never_has_the_name_of_a_group() {
    let mut org = org();
    org.devices[0].row.name = "type_switch".into();
    org.devices[3].row.name = "connected".into();
    org.devices[1].row.name = "k_SSR120".into();
    let printed = printed(&options(json!({"keyed_groups": [{"key": "mist_model", "prefix": "k"}]})), &[org]);
    assert_eq!(host_names(&printed), ["mac-gw-1", "mac-sw-1", "mac-sw-2"]);
}
