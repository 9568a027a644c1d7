//! A whole set of one kind.

use super::situation::{Situation, both};
use mist_simulator::{Config, Fault, FaultKind};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A table of so many sites, with an RF template and site groups by name.
pub fn table(count: usize) -> (tempfile::TempDir, Value) {
    let mut text = "name,country_code,timezone,rftemplate,sitegroups,latlng.lat,latlng.lng\n".to_owned();
    for number in 1..=count {
        writeln!(text, "Branch {number:04},DE,Europe/Berlin,Branch,\"Group 1,Group 2\",50.{number},8.5").unwrap();
    }
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("sites.csv");
    std::fs::write(&path, text).unwrap();
    let path = json!(path);
    (place, path)
}

#[test]
fn five_hundred_sites_come_from_one_table_over_kept_connections_and_the_second_run_writes_nothing() {
    let situation = Situation::new();
    situation.cloud.seed(&situation.org("rftemplates"), json!({"name": "Branch"}));
    let (_place, src) = table(500);
    let task = json!({"type": "sites", "src": src});
    let connections = situation.cloud.connections();
    let ran = situation.objects_at_once(task.clone()).changes(true);
    let gets = ran.calls.iter().filter(|call| call.starts_with("GET")).count();
    let posts = ran.calls.iter().filter(|call| call.starts_with("POST orgs/ORG/sites")).count();
    assert!(gets <= 5, "{gets}");
    assert_eq!((posts, ran.calls.len()), (500, gets + 500));
    assert!(situation.cloud.connections() - connections <= 8);
    assert!(ran.states().iter().all(|state| *state == "created"));
    let sites = situation.sites();
    let one = sites.iter().find(|site| site["name"] == "Branch 0042").unwrap();
    assert_eq!((&one["latlng"]["lat"], one["sitegroup_ids"].as_array().unwrap().len()), (&json!(50.42), 2));
    let again = situation.objects(task).changes(false);
    assert!(again.calls.iter().all(|call| call.starts_with("GET")) && again.calls.len() <= 4, "{:?}", again.calls);
    assert_eq!(situation.sites().len(), 505);
}

#[test]
fn a_set_changes_what_differs_and_no_more_under_either_cloud() {
    for situation in both() {
        let objects = |notes: &str| json!([{"name": "Site 1", "notes": notes, "new": {"a": 1}}, {"name": "Site 2"}, {"name": "Made", "notes": notes}]);
        let task = |notes: &str| json!({"type": "sites", "objects": objects(notes)});
        assert_eq!(situation.objects(task("x")).changes(true).states(), ["changed", "unchanged", "created"]);
        assert_eq!(situation.objects(task("x")).changes(false).states(), ["unchanged", "unchanged", "unchanged"]);
        let ran = situation.objects(task("y")).changes(true);
        assert_eq!(
            situation.sent("PUT"),
            [json!({"notes": "y", "name": "Site 1"}), json!({"notes": "y", "name": "Made"})]
        );
        let (before, after) = ran.diff.unwrap();
        assert_eq!(before, json!({"Site 1": {"notes": "x"}, "Made": {"notes": "x"}}));
        assert_eq!(after, json!({"Site 1": {"notes": "y"}, "Made": {"notes": "y"}}));
    }
}

#[test]
fn purge_respects_keep_stops_at_max_deletes_and_purges_nothing_unasked() {
    for situation in both() {
        let names = |situation: &Situation| {
            let mut names: Vec<String> =
                situation.sites().iter().map(|site| site["name"].as_str().unwrap().to_owned()).collect();
            names.sort();
            names
        };
        let task = |more: Value| {
            let mut task = json!({"type": "sites", "objects": [{"name": "Site 1"}, {"name": "New"}], "purge": true});
            task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            task
        };
        let too_many = situation.objects(task(json!({"max_deletes": 2})));
        assert_eq!(too_many.states(), ["not_begun"; 5]);
        let summary = json!({"created": 0, "changed": 0, "unchanged": 1, "deleted": 0, "failed": 0, "not_begun": 5});
        assert_eq!(too_many.results["summary"], summary);
        let told: Vec<_> =
            too_many.results["objects"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
        assert_eq!(told[..2], ["New", "Site 2"]);
        assert!(too_many.results["objects"][1]["id"].is_string() && too_many.diff.is_none());
        let msg = too_many.refused();
        assert_eq!(
            msg,
            "purge: 4 objects would be deleted, more than max_deletes (2). Nothing was changed: 'Site 2', 'Site 3', 'Site 4', 'Site 5'"
        );
        let msg = situation.objects(task(json!({"objects": [], "max_deletes": 9}))).refused();
        assert!(msg.contains("Set allow_empty: true to confirm."), "{msg}");
        assert_eq!(names(&situation).len(), 5);
        let ran = situation.objects(task(json!({"keep": ["Site [45]"], "max_deletes": 2}))).changes(true);
        assert_eq!(ran.states(), ["unchanged", "created", "deleted", "deleted"]);
        assert_eq!(names(&situation), ["New", "Site 1", "Site 4", "Site 5"]);
        situation.objects(task(json!({"keep": ["Site [45]"]}))).changes(false);
        let all = json!({"objects": [], "keep": ["N*"], "max_deletes": 3, "allow_empty": true});
        situation.objects(task(all)).changes(true);
        assert_eq!(names(&situation), ["New"]);
    }
}

#[test]
fn an_error_about_one_object_does_not_stop_the_others_and_nothing_is_purged_then() {
    let situation = Situation::new();
    situation.cloud.behavior(|behavior| behavior.unknown_fields = mist_simulator::UnknownFields::Refused);
    situation.cloud.seed(&situation.org("wlans"), json!({"ssid": "twin"}));
    situation.cloud.seed(&situation.org("wlans"), json!({"ssid": "twin"}));
    situation.cloud.seed(&situation.org("wlans"), json!({"ssid": "other"}));
    let objects = json!([{"ssid": "a"}, {"ssid": "bad", "gizmo": 1}, {"ssid": "twin", "vlan_id": 1}, {"ssid": "b"}]);
    let task = json!({"type": "wlans", "objects": objects, "purge": true});
    let ran = situation.objects_at_once(task);
    assert!(ran.failed && ran.changed);
    assert_eq!(ran.states(), ["created", "failed", "failed", "created", "not_begun"]);
    assert!(
        ran.msg.contains("3 of 5 objects are not as declared.")
            && ran.msg.contains("'twin': match: 2 wlans match, and none was changed. ")
            && ran.msg.contains("Add id to the object, or set match: "),
        "{}",
        ran.msg
    );
    assert!(ran.results["objects"][1]["msg"].as_str().unwrap().contains("400"));
    assert_eq!(situation.cloud.objects(&situation.org("wlans")).len(), 5);
}

#[test]
fn an_error_that_is_about_all_ends_the_run_and_what_was_done_is_told() {
    let situation = Situation::new();
    let refusal = FaultKind::Status { status: 401, body: r#"{"detail": "no"}"#.into(), headers: [].into() };
    situation.cloud.fault(Fault::new(refusal).method("POST").skip(3));
    let objects: Vec<Value> = (0..40).map(|number| json!({"name": format!("New {number}")})).collect();
    let ran = situation.objects_at_once(json!({"type": "sites", "objects": objects}));
    assert!(ran.failed && ran.changed, "{}", ran.msg);
    let count = |state: &str| ran.states().iter().filter(|known| **known == state).count();
    assert_eq!(count("created"), 3);
    assert!(count("failed") <= 8 && count("not_begun") >= 29, "{:?}", ran.states());
    assert!(ran.msg.contains("401") && ran.msg.contains("were not started because of the failure of "), "{}", ran.msg);
    situation.cloud.clear_faults();
    let again = situation.objects(json!({"type": "sites", "objects": objects})).changes(true);
    assert_eq!(again.states().iter().filter(|state| **state == "created").count(), 37);
}

#[test]
fn lists_of_many_pages_are_read_whole_in_every_form() {
    use mist_simulator::PageForm;
    for pages in [PageForm::Headers, PageForm::TotalAlone, PageForm::Body, PageForm::BodyWithNext] {
        let mut config = Config { sites: 25, page_limit: 10, ..Config::default() };
        config.variants.pages = pages;
        let situation = Situation::with(config);
        let ran = situation.info(json!({"type": "sites"})).ok();
        assert_eq!((ran.results["count"].as_u64(), ran.calls.len()), (Some(25), 3), "{pages:?} {:?}", ran.calls);
    }
    let mut config = Config { sites: 0, ..Config::default() };
    config.variants.empty_list_is_null = true;
    assert_eq!(Situation::with(config).info(json!({"type": "sites"})).ok().results["count"], 0);
}
