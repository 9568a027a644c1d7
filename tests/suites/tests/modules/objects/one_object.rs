//! One object: matching, names, states and diffs.

use super::situation::{Situation, both};
use mist_simulator::{Fault, FaultKind};
use serde_json::{Value, json};

#[test]
fn where_two_fit_neither_is_touched_and_match_and_id_tell_them_apart() {
    for situation in both() {
        let wlans = situation.org("wlans");
        let one = situation.cloud.seed(&wlans, json!({"ssid": "w", "vlan_id": 1}));
        let two = situation.cloud.seed(&wlans, json!({"ssid": "w", "vlan_id": 2}));
        for state in ["present", "patched", "absent"] {
            let msg =
                situation.object(json!({"type": "wlans", "object": {"ssid": "w", "x": 1}, "state": state})).refused();
            assert!(msg.contains("2 wlans match") && msg.contains(&one) && msg.contains(&two), "{msg}");
        }
        situation
            .object(
                json!({"type": "wlans", "match": ["ssid", "vlan_id"], "object": {"ssid": "w", "vlan_id": 2, "x": 1}}),
            )
            .changes(true);
        assert_eq!(situation.cloud.object(&format!("{wlans}/{two}"))["x"], 1);
        situation.object(json!({"type": "wlans", "id": one, "object": {"ssid": "renamed"}})).changes(true);
        assert_eq!(situation.calls(), [format!("GET orgs/ORG/wlans/{one}"), format!("PUT orgs/ORG/wlans/{one}")]);
        assert_eq!(situation.cloud.object(&format!("{wlans}/{one}"))["ssid"], "renamed");
        situation.declare("wlans", json!({"ssid": "w", "x": 2})).changes(true);
        situation.object(json!({"type": "wlans", "id": one, "state": "absent"})).changes(true);
        situation.object(json!({"type": "wlans", "id": one, "state": "absent"})).changes(false);
    }
}

#[test]
fn an_ssid_may_stand_in_several_templates() {
    let situation = Situation::new();
    let templates = situation.org("templates");
    let (a, b) = (
        situation.cloud.seed(&templates, json!({"name": "A"})),
        situation.cloud.seed(&templates, json!({"name": "B"})),
    );
    for template in ["A", "B"] {
        situation.declare("wlans", json!({"ssid": "w", "template": template})).changes(true);
        situation.declare("wlans", json!({"ssid": "w", "template": template})).changes(false);
    }
    let found: Vec<_> =
        situation.cloud.objects(&situation.org("wlans")).iter().map(|wlan| wlan["template_id"].clone()).collect();
    assert_eq!(found.len(), 2);
    assert!(found.contains(&json!(a)) && found.contains(&json!(b)));
}

#[test]
fn names_stand_for_ids_with_one_listing_a_kind_and_what_is_unknown_writes_nothing() {
    for situation in both() {
        let rf = situation.cloud.seed(&situation.org("rftemplates"), json!({"name": "Branch"}));
        for _ in 0..2 {
            situation.cloud.seed(&situation.org("networktemplates"), json!({"name": "Twin"}));
        }
        let group = situation.cloud.sitegroups()[0].clone();
        let site = json!({"name": "New", "rftemplate": "Branch", "sitegroups": [group["name"]]});
        let made = situation.declare("sites", site.clone()).changes(true);
        assert_eq!(made.methods(), "GET GET GET POST GET");
        assert_eq!(made.results["object"]["rftemplate_id"], json!(rf));
        assert_eq!(made.results["object"]["sitegroup_ids"], json!([group["id"]]));
        assert_eq!(situation.declare("sites", site).changes(false).methods(), "GET GET GET");
        let msg = situation.declare("sites", json!({"name": "New", "rftemplate": "Brench"})).refused();
        assert!(
            msg.starts_with("object: rftemplate: no rftemplate named 'Brench' exists. Similar: 'Branch'."),
            "{msg}"
        );
        let msg = situation.declare("sites", json!({"name": "Newer", "networktemplate": "Twin"})).refused();
        assert!(msg.contains("2 networktemplates are named 'Twin'. Use an id: "), "{msg}");
        situation.declare("sites", json!({"name": "New", "rftemplate": null})).changes(true);
        assert!(situation.sites().iter().any(|site| site["name"] == "New" && site["rftemplate_id"].is_null()));
    }
}

#[test]
fn a_site_finds_what_is_its_organizations_by_name() {
    let situation = Situation::new();
    let tunnel = situation.cloud.seed(&situation.org("mxtunnels"), json!({"name": "T"}));
    let tag = situation.cloud.seed(&situation.site("wxtags"), json!({"name": "G", "type": "match"}));
    let task = json!({"type": "wlans", "site_id": situation.site_id, "org_id": null, "object": {"ssid": "w", "mxtunnels": ["T"], "wxtags": ["G"]}});
    let made = situation.object(task.clone()).changes(true);
    assert_eq!(made.results["object"]["mxtunnel_ids"], json!([tunnel]));
    assert_eq!(made.results["object"]["wxtag_ids"], json!([tag]));
    situation.object(task).changes(false);
    let by_name = json!({"type": "wlans", "site": "Site 1", "object": {"ssid": "w", "mxtunnels": ["T"]}});
    situation.object(by_name).changes(false);
}

#[test]
fn patched_never_creates_and_absent_of_what_is_not_there_is_no_change() {
    let situation = Situation::new();
    let ran = situation.object(json!({"type": "wlans", "object": {"ssid": "w"}, "state": "patched"})).changes(false);
    assert!(ran.warnings[0].contains("creates none"), "{:?}", ran.warnings);
    situation.object(json!({"type": "wlans", "object": {"ssid": "w"}, "state": "absent"})).changes(false);
    let id = "00000000-0000-4000-8000-000000000000";
    situation.object(json!({"type": "wlans", "id": id, "object": {"ssid": "w"}, "state": "patched"})).changes(false);
    let msg = situation.object(json!({"type": "wlans", "id": id, "object": {"ssid": "w"}})).refused();
    assert!(msg.starts_with("id: no wlan with the id"), "{msg}");
    assert!(situation.cloud.objects(&situation.org("wlans")).is_empty());
}

#[test]
fn absence_needs_no_more_than_what_tells_the_object() {
    let situation = Situation::new();
    situation.cloud.seed(&situation.org("sites"), json!({"name": "Gone"}));
    let object = json!({"name": "Gone", "rftemplate": "Not there either", "timezone": "UTC"});
    let ran = situation.object(json!({"type": "sites", "object": object, "state": "absent"})).changes(true);
    assert_eq!(ran.methods(), "GET DELETE");
}

#[test]
fn a_read_only_field_is_ignored_with_a_word_and_not_sent() {
    for situation in both() {
        let object = json!({"ssid": "w", "org_id": "y", "created_time": 1, "modified_time": 2, "portal_sso_url": "z", "vlan_id": 1});
        let made = situation.declare("wlans", object.clone()).changes(true);
        assert_eq!(situation.sent("POST"), [json!({"ssid": "w", "vlan_id": 1})]);
        assert!(
            made.warnings[0].contains("they were ignored: created_time, modified_time, org_id, portal_sso_url"),
            "{:?}",
            made.warnings
        );
        situation.declare("wlans", object).changes(false);
    }
}

#[test]
fn what_may_not_be_seen_is_never_gone() {
    let situation = Situation::new();
    let id = situation.cloud.seed(&situation.org("wlans"), json!({"ssid": "w"}));
    let refusal = || {
        Fault::new(FaultKind::Status { status: 403, body: r#"{"detail": "no"}"#.into(), headers: [].into() })
            .method("GET")
    };
    for options in [
        json!({"type": "wlans", "object": {"ssid": "w"}, "state": "absent"}),
        json!({"type": "wlans", "id": id, "state": "absent"}),
        json!({"type": "wlans", "object": {"ssid": "w"}}),
        json!({"type": "wlans", "object": {"ssid": "w"}, "state": "patched"}),
    ] {
        situation.cloud.fault(refusal());
        let msg = situation.object(options).refused();
        assert!(msg.contains("403"), "{msg}");
        situation.cloud.clear_faults();
    }
    assert_eq!(situation.cloud.objects(&situation.org("wlans")).len(), 1);
}

#[test]
fn device_profiles_are_told_apart_by_their_type() {
    let situation = Situation::new();
    for of in ["ap", "switch", "gateway"] {
        let profile = json!({"name": "p", "type": of, "new": of});
        situation.declare("deviceprofiles", profile.clone()).changes(true);
        assert_eq!(
            situation.declare("deviceprofiles", profile).changes(false).calls,
            [format!("GET orgs/ORG/deviceprofiles?limit=1000&type={of}")]
        );
    }
    assert_eq!(situation.cloud.objects(&situation.org("deviceprofiles")).len(), 3);
    assert_eq!(situation.info(json!({"type": "deviceprofiles"})).ok().results["count"], 3);
    assert_eq!(situation.info(json!({"type": "deviceprofiles", "where": {"type": "switch"}})).ok().results["count"], 1);
}

#[test]
fn a_file_is_taken_byte_for_byte() {
    let situation = Situation::new();
    let place = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("x.json", r#"{"name": "T", "notes": "{{branch_ip}} {% raw %} \\d+\\"}"#),
        ("x.yml", "name: T\nnotes: '{{branch_ip}} {% raw %} \\d+\\'\n"),
    ] {
        let path = place.path().join(name);
        std::fs::write(&path, text).unwrap();
        situation.object(json!({"type": "sites", "src": path})).ok();
        let site = situation.sites().into_iter().find(|site| site["name"] == "T").unwrap();
        assert_eq!(site["notes"], "{{branch_ip}} {% raw %} \\d+\\", "{name}");
    }
}

#[test]
fn a_diff_tells_whose_object_it_is_and_which() {
    let situation = Situation::new();
    let (org, site) = (situation.cloud.org_id().to_owned(), situation.site_id.clone());
    let setting = |options: Value, vars: &str| {
        let mut task = json!({"type": "setting", "object": {"vars": {"a": vars}}});
        task.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        situation.object(task).changes(true).header
    };
    assert_eq!(setting(json!({"site": "Site 1"}), "1"), "setting of site Site 1");
    assert_eq!(setting(json!({"site_id": site}), "2"), format!("setting of site {site}"));
    assert_eq!(setting(json!({}), "3"), format!("setting of organization {org}"));
    let wlan = json!({"type": "wlans", "site": "Site 1", "object": {"ssid": "Staff"}});
    let made = situation.object(wlan).changes(true);
    assert_eq!(made.header, "wlans of site Site 1: Staff");
    let id = made.results["id"].clone();
    let renamed = json!({"type": "wlans", "site": "Site 1", "id": id, "object": {"ssid": "Guests"}});
    assert_eq!(situation.object(renamed).changes(true).header, "wlans of site Site 1: Staff");
    let gone = json!({"type": "wlans", "site": "Site 1", "id": id, "state": "absent"});
    assert_eq!(situation.object(gone).changes(true).header, "wlans of site Site 1: Guests");
    let set = json!({"type": "wlans", "site": "Site 1", "objects": [{"ssid": "a"}]});
    assert_eq!(situation.objects(set).changes(true).header, "wlans of site Site 1");
}
