//! Claims, sites, profiles, replacements and releases.

use super::situation::{AP, CHASSIS, CLAIMED, CODE, FOREIGN, GATEWAY, MEMBER, NEW_AP, NEW_SWITCH, SWITCH, Situation};
use mist_simulator::{Fault, FaultKind};
use serde_json::{Value, json};

#[test]
fn a_code_is_claimed_assigned_and_configured_once() {
    let situation = Situation::new();
    let task = json!({"devices": [
        {"claim_code": CODE, "site": "Site 1", "name": "ap-new", "deviceprofile": "Indoor", "notes": "hall", "map": "Floor 1", "x": 10.5},
    ]});
    let ran = situation.devices_loosely(&task);
    assert_eq!(ran.states(), ["claimed"]);
    let (record, config) = (situation.record(CLAIMED), situation.config(CLAIMED));
    let profile = situation.cloud.objects(&situation.org("deviceprofiles"))[0]["id"].clone();
    assert_eq!(
        (&record["name"], &record["site_id"], &record["deviceprofile_id"]),
        (&json!("ap-new"), &json!(situation.sites[0]), &profile)
    );
    assert_eq!((&config["notes"], &config["x"], config["map_id"].is_string()), (&json!("hall"), &json!(10.5), true));
    let device = &ran.results["devices"][0];
    assert_eq!((&device["mac"], &device["serial"], &device["model"]), (&json!(CLAIMED), &json!("A1"), &json!("AP45")));
    assert_eq!(ran.results["summary"], json!({"claimed": 1}));
    let again = situation.devices(task).changes(false);
    assert_eq!((again.states(), again.writes().len()), (vec!["unchanged".to_owned()], 0));
}

#[test]
fn a_refused_code_fails_its_row_with_the_reason_although_the_status_is_200() {
    for (status, reasons) in [(200, true), (400, true), (404, true), (200, false)] {
        let situation = Situation::new();
        situation.cloud.variants(|variants| {
            variants.inventory_error_status = status;
            variants.inventory_reasons_missing = !reasons;
        });
        let ran = situation.at_once(json!({"devices": [
            {"claim_code": FOREIGN}, {"claim_code": "AAAAA-BBBBB-CCCCC"}, {"claim_code": CODE}, {"mac": AP, "notes": "new"},
        ]}));
        assert!(ran.failed && ran.changed, "{ran:?}");
        assert_eq!(ran.states(), ["failed", "failed", "claimed", "changed"], "{status} {ran:?}");
        let reason = |row: usize| ran.results["devices"][row]["reason"].as_str().unwrap().to_owned();
        let words = if reasons { ["belongs to another org", "not found"] } else { ["without a reason"; 2] };
        assert!(reason(0).contains(words[0]) && reason(0).starts_with("claim_code DVH4V… (row 1)"), "{}", reason(0));
        assert!(reason(1).contains(words[1]), "{}", reason(1));
        assert!(!format!("{ran:?}").contains("SNMSZ") && !format!("{ran:?}").contains("BBBBB"), "a code in: {ran:?}");
        assert_eq!(ran.results["summary"], json!({"failed": 2, "claimed": 1, "changed": 1}));
    }
}

#[test]
fn a_refusal_of_a_whole_request_shows_no_claim_code() {
    let situation = Situation::new();
    let body = format!(r#"{{"detail": "quota exceeded at {}"}}"#, CODE.replace('-', ""));
    let refused = FaultKind::Status { status: 400, body, headers: Default::default() };
    situation.cloud.fault(Fault::new(refused).method("POST").path("*/inventory").times(9));
    let ran = situation.at_once(json!({"devices": [{"claim_code": CODE, "site": "Site 1"}]}));
    assert!(ran.failed && !ran.changed, "{ran:?}");
    assert!(ran.msg.contains("refused with status 400: quota exceeded at 6JG8E…"), "{}", ran.msg);
    assert!(!format!("{ran:?}").contains("PTFV2"), "{ran:?}");
}

#[test]
fn codes_are_claimed_fifty_at_a_time() {
    let situation = Situation::empty();
    let code = |number: usize| format!("CODE{number:011}");
    for number in 0..200 {
        let device = json!({"mac": format!("5c5b36{number:06x}"), "type": "ap", "model": "AP45"});
        situation.cloud.add_claim_code(&code(number), device);
    }
    let rows: Vec<Value> = (0..200).map(|number| json!({"claim_code": code(number), "site": "Site 1"})).collect();
    let ran = situation.devices_loosely(&json!({ "devices": rows }));
    let count = |start: &str| ran.calls.iter().filter(|call| call.starts_with(start)).count();
    assert_eq!((count("POST"), count("PUT orgs/ORG/inventory"), ran.writes().len()), (4, 2, 6), "{:?}", ran.writes());
    assert!(ran.states().iter().all(|state| state == "claimed"));
    let again = situation.devices(json!({ "devices": rows })).changes(false);
    assert_eq!((again.writes().len(), again.calls.len()), (0, 2));
}

#[test]
fn a_lost_answer_is_settled_by_the_inventory() {
    for (method, path) in
        [("POST", "*/inventory"), ("PUT", "*/inventory"), ("POST", "*/assign"), ("PUT", "*/devices/*")]
    {
        for kind in [FaultKind::CutAfter, FaultKind::CutBefore, FaultKind::TruncatedBody] {
            let situation = Situation::new();
            let task = json!({"devices": [
                {"claim_code": CODE, "site": "Site 1", "notes": "x"}, {"mac": NEW_AP, "site": "Site 2", "deviceprofile": "Indoor"},
            ]});
            situation.cloud.fault(Fault::new(kind.clone()).method(method).path(path).times(1));
            let ran = situation.at_once(task.clone());
            let about = format!("{method} {path} {kind:?}: {ran:?}");
            assert!(!ran.failed && ran.states() == ["claimed", "assigned"], "{about}");
            let again = situation.devices(task);
            assert!(!again.failed && !again.changed && again.writes().is_empty(), "{about}");
        }
    }
}

#[test]
fn devices_are_assigned_and_moved_a_hundred_at_a_time() {
    let situation = Situation::empty();
    let mac = |number: usize| format!("5c5b37{number:06x}");
    let devices = (0..250).map(|number| json!({"mac": mac(number), "type": "ap"}));
    situation.cloud.add_devices(situation.cloud.org_id(), devices);
    let rows = |site: &str| json!((0..250).map(|number| json!({"mac": mac(number), "site": site})).collect::<Vec<_>>());
    let ran = situation.devices(json!({"devices": rows("Site 1")})).changes(true);
    assert_eq!((ran.writes().len(), ran.calls.len()), (3, 5), "{:?}", ran.calls);
    assert!(
        situation
            .sent("PUT")
            .iter()
            .all(|body| body["no_reassign"] == true && body["macs"].as_array().unwrap().len() <= 100)
    );
    let moved = situation.devices(json!({"devices": rows("Site 2"), "reassign": true})).changes(true);
    assert!(moved.states().iter().all(|state| state == "moved"));
    assert!(situation.sent("PUT").iter().all(|body| body["no_reassign"] == false));
    assert_eq!(moved.diff.0[mac(0)], json!({"site": "Site 1"}));
}

#[test]
fn nothing_is_moved_unassigned_or_released_without_consent() {
    let situation = Situation::new();
    let moving = situation.rows(json!([{"mac": AP, "site": "Site 2"}])).refused();
    assert!(moving.contains("row 1: site: the device is at 'Site 1'. Set reassign: true"), "{moving}");
    let leaving = situation.rows(json!([{"mac": AP, "site": ""}])).refused();
    assert!(leaving.contains("loses its configuration"), "{leaving}");
    let releasing = situation.rows(json!([{"mac": AP, "state": "absent"}])).refused();
    assert!(releasing.starts_with("max_releases: required, because 1 device would be released."), "{releasing}");
    let rows = json!([{"mac": AP, "state": "absent"}, {"mac": SWITCH, "state": "absent"}, {"mac": NEW_AP, "notes": "x", "site": "Site 1"}]);
    let too_many = situation.devices(json!({"devices": rows, "max_releases": 1})).refused();
    assert!(
        too_many.starts_with("max_releases: 2 devices would be released, more than 1. Nothing was changed:"),
        "{too_many}"
    );
    let changes = situation.devices(json!({"devices": rows, "max_releases": 2, "max_changes": 2})).refused();
    assert!(changes.starts_with("max_changes: 3 devices would be changed, more than 2."), "{changes}");
    assert_eq!(situation.record(AP)["site_id"], json!(situation.sites[0]));
}

#[test]
fn consent_moves_unassigns_and_releases() {
    let situation = Situation::new();
    let ran = situation.devices(json!({"devices": [
        {"mac": AP, "site": "Site 2", "reassign": true}, {"mac": SWITCH, "site": "", "reassign": true},
        {"mac": GATEWAY, "state": "absent"}, {"mac": "5c5b350000ff", "state": "absent"},
    ], "max_releases": 1}));
    let ran = ran.changes(true);
    assert_eq!(ran.states(), ["moved", "unassigned", "released", "unchanged"]);
    assert_eq!(
        (situation.record(AP)["site_id"].clone(), situation.record(SWITCH)["site_id"].clone()),
        (json!(situation.sites[1]), Value::Null)
    );
    assert_eq!(situation.record(GATEWAY), Value::Null);
    assert_eq!(ran.results["devices"][2]["mac"], GATEWAY);
    assert_eq!(
        ran.diff.0,
        json!({"ap-1": {"site": "Site 1"}, "sw-1": {"site": "Site 1"}, "gw-1": {"inventory": "present"}})
            .sorted_like(&ran.diff.0)
    );
}

trait SortedLike {
    fn sorted_like(self, other: &Value) -> Value;
}

impl SortedLike for Value {
    /// The devices of a diff are named by the row: a row with a MAC address alone is named by it.
    fn sorted_like(self, other: &Value) -> Value {
        let by_mac = [("ap-1", AP), ("sw-1", SWITCH), ("gw-1", GATEWAY)];
        let fields = other.as_object().unwrap().keys().map(|key| {
            let name = by_mac.iter().find(|(_, mac)| mac == key).map_or(key.as_str(), |(name, _)| name);
            (key.clone(), self[name].clone())
        });
        Value::Object(fields.collect())
    }
}

#[test]
fn a_member_follows_its_virtual_chassis() {
    let situation = Situation::new();
    let ran = situation.devices(json!({"devices": [
        {"mac": MEMBER, "site": "Site 1"}, {"mac": CHASSIS, "site": "Site 1", "notes": "stack"},
    ], "reassign": true}));
    let ran = ran.changes(true);
    assert_eq!(ran.states(), ["moved", "moved"]);
    let assignment = situation.sent("PUT").into_iter().find(|body| body["op"] == "assign").unwrap();
    assert_eq!(assignment["macs"], json!([CHASSIS]), "the request has the address of the chassis");
    for mac in [CHASSIS, MEMBER] {
        assert_eq!(situation.record(mac)["site_id"], json!(situation.sites[0]), "{mac}");
    }
    assert_eq!(situation.config(CHASSIS)["notes"], "stack");
    let ports = situation.rows(json!([{"mac": MEMBER, "ports": {"ge-1/0/5": {"usage": "ap"}}}])).changes(true);
    assert_eq!(ports.states(), ["changed"]);
    assert_eq!(situation.config(CHASSIS)["port_config"], json!({"ge-1/0/5": {"usage": "ap"}}));
}

#[test]
fn a_chassis_with_a_virtual_address_is_assigned_by_it_or_by_its_member() {
    for by_member in [false, true] {
        let situation = Situation::empty();
        situation.cloud.variants(|variants| variants.chassis_by_member = by_member);
        let member = |number: usize| json!({"mac": format!("5c5b3500009{number}"), "vc_mac": "020003000001"});
        situation.cloud.add_devices(situation.cloud.org_id(), [member(1), member(2)]);
        let rows = json!([{"mac": "5c5b35000091", "site": "Site 1"}, {"mac": "5c5b35000092", "site": "Site 1"}]);
        let ran = situation.rows(rows.clone()).changes(true);
        assert_eq!(ran.states(), ["assigned", "assigned"]);
        assert_eq!(
            situation.sent("PUT")[0]["macs"],
            json!(["020003000001"]),
            "the request has the address of the chassis"
        );
        for number in [1, 2] {
            assert_eq!(situation.record(&format!("5c5b3500009{number}"))["site_id"], json!(situation.sites[0]));
        }
        situation.rows(rows).changes(false);
    }
}

#[test]
fn profiles_of_every_type_are_assigned_and_removed_by_their_own_call() {
    let situation = Situation::new();
    let ran =
        situation.rows(json!([{"mac": AP, "deviceprofile": "Outdoor"}, {"name": "sw-1", "deviceprofile": "Access"}]));
    assert_eq!(ran.changes(true).states(), ["changed", "changed"]);
    let profiles = situation.cloud.objects(&situation.org("deviceprofiles"));
    assert_eq!(situation.record(AP)["deviceprofile_id"], profiles[1]["id"]);
    assert_eq!(situation.record(SWITCH)["deviceprofile_id"], profiles[2]["id"]);
    situation
        .rows(json!([{"mac": AP, "deviceprofile": "Outdoor"}, {"name": "sw-1", "deviceprofile": "Access"}]))
        .changes(false);
    let removed = situation.rows(json!([{"mac": AP, "deviceprofile": ""}])).changes(true);
    assert_eq!((removed.diff.0, removed.diff.1), (json!({AP: {"deviceprofile": "Outdoor"}}), json!({AP: {}})));
    assert_eq!(situation.record(AP)["deviceprofile_id"], Value::Null);
}

#[test]
fn a_replacement_takes_the_site_and_the_configuration() {
    let situation = Situation::new();
    let rows =
        json!([{"mac": NEW_SWITCH, "replace": SWITCH, "site": "Site 1", "ports": {"ge-0/0/20": {"usage": "iot"}}}]);
    let ran = situation.rows(rows.clone()).changes(true);
    assert_eq!(ran.states(), ["replaced"]);
    let config = situation.config(NEW_SWITCH);
    assert_eq!((&config["role"], &config["name"]), (&json!("access"), &json!("sw-1")));
    assert_eq!(config["port_config"]["ge-0/0/20"], json!({"usage": "iot"}));
    assert_eq!(situation.record(SWITCH)["site_id"], Value::Null);
    situation.rows(rows).changes(false);
}

#[test]
fn two_answers_without_the_device_are_not_a_success() {
    // The cloud accepts the request, and nothing happens.
    let situation = Situation::new();
    let answer = r#"{"op": "assign", "success": [], "error": [], "reason": []}"#;
    let kind = FaultKind::Status { status: 200, body: answer.into(), headers: Default::default() };
    situation.cloud.fault(Fault::new(kind).method("PUT").path("*/inventory").times(9));
    let ran = situation.at_once(json!({"devices": [{"mac": NEW_AP, "site": "Site 1", "notes": "x"}]}));
    assert!(ran.failed && !ran.changed, "{ran:?}");
    assert!(ran.msg.contains("did not confirm the change"), "{}", ran.msg);
}

#[test]
fn one_site_after_the_other_stops_at_a_failure() {
    let situation = Situation::new();
    let refused = FaultKind::Status { status: 400, body: r#"{"detail": "no"}"#.into(), headers: Default::default() };
    situation.cloud.fault(
        Fault::new(refused.clone()).method("PUT").path(&format!("*/sites/{}/devices/*", situation.sites[0])).times(9),
    );
    let rows = json!([{"mac": AP, "notes": "x"}, {"mac": GATEWAY, "notes": "x"}, {"mac": SWITCH, "role": "core"}]);
    let ran = situation.at_once(json!({"devices": rows, "on_error": "stop"}));
    assert_eq!(ran.states(), ["failed", "failed", "failed"]);
    let reason = ran.results["devices"][1]["reason"].as_str().unwrap();
    assert_eq!(reason, "Not begun, because of the failure of '5c5b35000001'.");
    assert_eq!(situation.config(GATEWAY)["notes"], Value::Null);
    let ran = situation.at_once(json!({"devices": rows}));
    assert_eq!(ran.states(), ["failed", "changed", "failed"]);
}

#[test]
fn a_set_is_limited_to_sites() {
    let situation = Situation::new();
    let rows = json!([{"mac": AP, "notes": "x"}, {"mac": GATEWAY, "notes": "x"}, {"mac": NEW_AP, "site": "Site 2"}]);
    let ran = situation.devices(json!({"devices": rows, "limit_sites": ["Site 2"]})).changes(true);
    assert_eq!(ran.states(), ["unchanged", "changed", "assigned"]);
    assert!(ran.results["devices"][0]["reason"].as_str().unwrap().contains("limit_sites"));
    assert_eq!(situation.config(AP)["notes"], "old");
    let wrong = situation.devices(json!({"devices": rows, "limit_sites": ["Sit 2"]})).refused();
    assert!(wrong.starts_with("limit_sites: no site named 'Sit 2' exists. Similar:"), "{wrong}");
}
