//! Lists that change while they are read, that are cut short, or that have rows of others.

use super::situation::Situation;
use mist_simulator::{Config, Fault, FaultKind};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Twelve sites in pages of ten.
fn situation() -> Situation {
    Situation::with(Config { sites: 12, page_limit: 10, ..Config::default() })
}

/// All sites declared as they are: nothing is written if all are seen.
fn all() -> Value {
    let objects: Vec<Value> = (1..=12).map(|number| json!({"name": format!("Site {number}")})).collect();
    json!({"type": "sites", "objects": objects, "purge": true})
}

fn altered(fields: &[(&str, Value)], headers: &[(&str, Option<&str>)]) -> FaultKind {
    FaultKind::Altered {
        fields: fields.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect(),
        without: Vec::new(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect(),
    }
}

/// The faults of the second page.
fn faults(situation: &Situation) -> Vec<(&'static str, FaultKind)> {
    let last_of_page_1 = situation.sites()[9].clone();
    vec![
        ("a row of the first page in place of another", altered(&[("/0", last_of_page_1)], &[])),
        ("the first page again", FaultKind::OtherQuery { query: "limit=1000&page=1".to_owned() }),
        (
            "an empty page and a smaller total",
            FaultKind::Status {
                status: 200,
                body: "[]".to_owned(),
                headers: BTreeMap::from([("x-page-total".to_owned(), "10".to_owned())]),
            },
        ),
        ("a part", FaultKind::OtherStatus { status: 206 }),
    ]
}

#[test]
fn a_list_that_changed_or_was_cut_short_is_read_again() {
    let names: Vec<&str> = faults(&situation()).into_iter().map(|(name, _)| name).collect();
    for (number, name) in names.iter().enumerate() {
        let situation = situation();
        let (_, kind) = faults(&situation).swap_remove(number);
        situation.cloud.fault(Fault::new(kind).method("GET").path("*/sites").skip(1).times(1));
        let ran = situation.objects_at_once(all()).changes(false);
        assert_eq!(ran.calls.len(), 4, "{name}: {:?}", ran.calls);
        assert_eq!(situation.sites().len(), 12, "{name}");
    }
}

#[test]
fn a_list_that_stays_incomplete_is_an_error_before_any_write() {
    for kind in [
        FaultKind::OtherQuery { query: "limit=1000&page=1".to_owned() },
        FaultKind::OtherStatus { status: 206 },
        altered(&[], &[("x-page-total", Some("13"))]),
    ] {
        let situation = situation();
        situation.cloud.fault(Fault::new(kind.clone()).method("GET").path("*/sites"));
        let ran = situation.objects_at_once(all());
        assert!(ran.msg.contains("the list is incomplete"), "{kind:?}: {}", ran.msg);
        ran.refused();
        assert_eq!(situation.sites().len(), 12, "{kind:?}");
    }
}

#[test]
fn a_full_page_without_paging_headers_is_followed_by_the_next_one() {
    let situation = Situation::with(Config { sites: 1_001, ..Config::default() });
    let headers = &[("x-page-total", None), ("x-page-limit", None), ("x-page-page", None)];
    situation.cloud.fault(Fault::new(altered(&[], headers)).method("GET").path("*/sites"));
    let task = json!({"type": "sites", "objects": [{"name": "Site 1001"}]});
    let ran = situation.objects_at_once(task).changes(false);
    assert_eq!(ran.calls.len(), 2, "{:?}", ran.calls);
}

#[test]
fn a_row_that_is_on_two_pages_is_one_object() {
    let situation = situation();
    let rows = situation.sites();
    let body = json!([rows[9], rows[10], rows[11]]).to_string();
    let headers = BTreeMap::from([("x-page-total".to_owned(), "12".to_owned())]);
    let kind = FaultKind::Status { status: 200, body, headers };
    situation.cloud.fault(Fault::new(kind).method("GET").path("*/sites").skip(1).times(1));
    situation.objects_at_once(all()).changes(false);
    assert_eq!(situation.sites().len(), 12);
}

#[test]
fn an_object_of_another_organization_is_not_touched() {
    let situation = Situation::new();
    let foreign = json!([{"id": "53f10664-3ce8-4c27-b382-0ef66432349f", "name": "Site 9",
        "org_id": "00000000-1111-4222-8333-444444444444"}]);
    let kind = FaultKind::Status { status: 200, body: foreign.to_string(), headers: BTreeMap::new() };
    for task in [
        json!({"type": "sites", "objects": [{"name": "Site 9", "notes": "x"}]}),
        json!({"type": "sites", "objects": [{"name": "Site 1"}], "purge": true}),
    ] {
        situation.cloud.fault(Fault::new(kind.clone()).method("GET"));
        let msg = situation.objects(task).refused();
        assert!(msg.contains("an object of another organization"), "{msg}");
        situation.cloud.clear_faults();
    }
    let one = json!({"type": "sites", "object": {"name": "Site 9"}, "state": "absent"});
    situation.cloud.fault(Fault::new(kind).method("GET"));
    situation.object(one).refused();
}

#[test]
fn a_filter_that_the_cloud_ignores_selects_no_other_type() {
    let situation = Situation::new();
    situation.cloud.behavior(|behavior| behavior.ignored_filters = vec!["*".to_owned()]);
    let profiles = situation.org("deviceprofiles");
    for (name, of) in [("p", "ap"), ("old", "ap"), ("p", "gateway"), ("old", "gateway")] {
        situation.cloud.seed(&profiles, json!({"name": name, "type": of}));
    }
    let task = json!({"type": "deviceprofiles", "objects": [{"name": "p", "type": "gateway"}], "purge": true});
    let ran = situation.objects(task).changes(true);
    assert_eq!(ran.states(), ["unchanged", "deleted"]);
    let left = situation.cloud.objects(&profiles);
    assert_eq!(left.iter().filter(|profile| profile["type"] == "ap").count(), 2);
    assert_eq!(left.len(), 3);
    let one = json!({"type": "deviceprofiles", "object": {"name": "old", "type": "gateway"}});
    situation.object_at_once(one).changes(true);
    assert_eq!(situation.cloud.objects(&profiles).len(), 4);
}
