//! The inventory of an organization, the statistics of its devices, and their configuration.

use crate::client::Client;
use mist_simulator::{Config, Simulator};
use serde_json::{Value, json};

/// A cloud with devices of each kind: a switch, a virtual chassis with a member, a gateway without statistics, an access
/// point that is offline, and a switch without a site.
fn start() -> (Simulator, Client, String) {
    let cloud = Simulator::start(Config::default()).unwrap();
    let site = cloud.sites()[0]["id"].as_str().unwrap().to_owned();
    cloud.add_devices(
        cloud.org_id(),
        [
            json!({"mac": "5c5b35000001", "name": "sw-1", "site_id": site, "stats": {"ip": "10.0.0.1"},
                   "config": {"role": "access"}}),
            json!({"mac": "5c5b35000002", "site_id": site, "model": "EX4400-48P", "vc_mac": "5c5b35000002"}),
            json!({"mac": "5c5b35000003", "site_id": site, "vc_mac": "5c5b35000002", "stats": null}),
            json!({"mac": "5c5b35000004", "site_id": site, "type": "gateway", "model": "SRX320", "stats": null}),
            json!({"mac": "5c5b35000005", "site_id": site, "type": "ap", "connected": false, "last_disconnected": 100}),
            json!({"mac": "5c5b35000006", "model": "EX2300-C-12P"}),
        ],
    );
    let client = Client::of(&cloud);
    (cloud, client, site)
}

fn macs(list: &Value) -> Vec<String> {
    let mac = |row: &Value| row["mac"].as_str().unwrap_or_default().trim_start_matches("5c5b350000").to_owned();
    list.as_array().unwrap().iter().map(mac).collect()
}

#[test]
fn inventory_filters_choose_rows() {
    let (cloud, client, site) = start();
    let org = cloud.org_id();
    for (query, expected) in [
        ("".to_owned(), "01 02 04 05 06"),
        ("?vc=true".to_owned(), "01 02 03 04 05 06"),
        ("?vc_mac=5c5b35000002".to_owned(), "02 03"),
        ("?unassigned=false".to_owned(), "01 02 04 05"),
        (format!("?site_id={site}&type=ap,gateway"), "04 05"),
        ("?model=SRX320,EX2300-C-12P".to_owned(), "04 06"),
        ("?mac=5c5b35000001&serial=5C5B35000001".to_owned(), "01"),
        ("?disconnected_before=200".to_owned(), "05"),
        ("?modified_after=99999999999".to_owned(), ""),
        ("?limit=2&page=2".to_owned(), "04 05"),
    ] {
        let list = client.get(&format!("orgs/{org}/inventory{query}"));
        assert_eq!(macs(&list.json()).join(" "), expected, "{query}");
    }
}

#[test]
fn statistics_are_of_access_points_unless_a_type_is_given_and_omit_silent_devices() {
    let (cloud, client, site) = start();
    let org = cloud.org_id();
    for (query, expected) in [
        (format!("orgs/{org}/stats/devices"), "05"),
        (format!("orgs/{org}/stats/devices?type=all"), "01 02 05"),
        (format!("orgs/{org}/stats/devices?type=switch&status=connected"), "01 02"),
        (format!("orgs/{org}/stats/devices?type=all&mac=5c5b35000001,5c5b35000005"), "01 05"),
        (format!("sites/{site}/stats/devices?type=switch"), "01 02"),
    ] {
        assert_eq!(macs(&client.get(&query).json()).join(" "), expected, "{query}");
    }
    let one = client.get(&format!("orgs/{org}/stats/devices?type=switch&mac=5c5b35000001")).json();
    assert_eq!((&one[0]["ip"], &one[0]["status"]), (&json!("10.0.0.1"), &json!("connected")));
}

#[test]
fn a_site_lists_the_configuration_of_its_devices_by_type() {
    let (_cloud, client, site) = start();
    // A member of a virtual chassis has no configuration of its own.
    for (query, expected) in [("", 1), ("?type=switch", 2), ("?type=all", 4)] {
        let list = client.get(&format!("sites/{site}/devices{query}")).json();
        assert_eq!(list.as_array().map(Vec::len), Some(expected), "{query}");
    }
    assert_eq!(client.get(&format!("sites/{site}/devices?type=all")).json()[0]["role"], "access");
}

#[test]
fn versions_are_listed_by_type_and_model() {
    let (cloud, client, _) = start();
    let org = cloud.org_id();
    let version = |model: &str, tag: &str| json!({"type": "switch", "model": model, "version": "23.4R2", "tag": tag});
    cloud.add_versions(org, [version("EX2300-24T", "suggested"), version("EX4400-48P", "")]);
    let listed = |query: &str| client.get(&format!("orgs/{org}/devices/versions{query}")).json();
    assert_eq!(listed("").as_array().map(Vec::len), Some(0));
    assert_eq!(listed("?type=switch").as_array().map(Vec::len), Some(2));
    assert_eq!(listed("?type=switch&model=EX2300-24T")[0]["tag"], "suggested");
}

#[test]
fn a_generated_fleet_is_spread_over_the_sites() {
    let cloud = Simulator::start(Config { devices: 20, device_stats: 5000, ..Config::default() }).unwrap();
    let client = Client::of(&cloud);
    let rows = client.get(&format!("orgs/{}/inventory", cloud.org_id())).json();
    assert_eq!(rows.as_array().map(Vec::len), Some(20));
    assert_ne!(rows[0]["site_id"], rows[1]["site_id"]);
    let stats = client.get(&format!("orgs/{}/stats/devices?type=all", cloud.org_id())).json();
    let size = stats[0].to_string().len();
    assert!((4500..5500).contains(&size), "{size}");
}

#[test]
fn the_search_of_the_inventory_pages_and_defaults_to_access_points() {
    let (cloud, client, _) = start();
    let search = |query: &str| client.get(&format!("orgs/{}/inventory/search{query}", cloud.org_id())).json();
    assert_eq!(macs(&search("")["results"]).join(" "), "05");
    let first = search("?type=switch&limit=3");
    assert_eq!((macs(&first["results"]).join(" "), &first["total"]), ("01 02 03".to_owned(), &json!(4)));
    let next = client.get(first["next"].as_str().unwrap()).json();
    assert_eq!(next["results"].as_array().map(Vec::len), Some(1));
    let masters = search("?type=switch&status=connected");
    let master: Vec<&Value> = masters["results"].as_array().unwrap().iter().map(|row| &row["master"]).collect();
    assert_eq!(master, [&json!(false), &json!(true)]);
}

#[test]
fn device_models_are_constants() {
    let (cloud, client, _) = start();
    assert_eq!(client.get("const/device_models").json(), json!([]));
    cloud.add_device_models([json!({"model": "EX2300-C-12P", "type": "switch", "pic": {"0": "ge*12", "1": "sfp+*2"}})]);
    assert_eq!(client.get("const/device_models").json()[0]["pic"]["0"], "ge*12");
    assert_eq!(Client::anonymous(&cloud).get("const/device_models").status, 401);
}

#[test]
fn overrides_of_ports_are_replaced_as_a_whole() {
    let (cloud, client, site) = start();
    let device = cloud.objects(&format!("sites/{site}/devices"))[0]["id"].as_str().unwrap().to_owned();
    let one = format!("sites/{site}/devices/{device}");
    let path = format!("{one}/local_port_config");
    let put = |ports: Value| client.put(&path, ports).status;
    assert_eq!(put(json!({"ge-0/0/0": {"usage": "iot"}, "ge-0/0/1": {"usage": "ap"}})), 200);
    assert_eq!(put(json!({"ge-0/0/1": {"usage": "ap"}})), 200);
    let shown = || client.get(&one).json().get("local_port_config").cloned();
    assert_eq!(shown(), Some(json!({"ge-0/0/1": {"usage": "ap"}})));
    assert_eq!((client.delete(&path).status, shown()), (200, None));
    let unknown = "00000000-0000-0000-1000-000000000000";
    assert_eq!(client.put(&format!("sites/{site}/devices/{unknown}/local_port_config"), json!({})).status, 404);
}

#[test]
fn a_switch_reports_that_it_took_a_configuration() {
    let (cloud, client, site) = start();
    let device = cloud.objects(&format!("sites/{site}/devices"))[0]["id"].as_str().unwrap().to_owned();
    let stats =
        || client.get(&format!("orgs/{}/stats/devices?type=switch&mac=5c5b35000001", cloud.org_id())).json()[0].clone();
    assert_eq!(stats().get("config_status"), None);
    client.put(&format!("sites/{site}/devices/{device}"), json!({"notes": "x"}));
    assert_eq!(stats()["config_status"], "COMMITED");
    cloud.variants(|variants| variants.config_status = "FAILED".to_owned());
    client.put(&format!("sites/{site}/devices/{device}"), json!({"notes": "y"}));
    assert_eq!(stats()["config_status"], "FAILED");
    cloud.report(cloud.org_id(), "5c5b35000001", json!({"config_status": "COMMITED"}));
    assert_eq!(stats()["config_status"], "COMMITED");
    assert_eq!(cloud.inventory(cloud.org_id())[0]["name"], "sw-1");
}
