//! Faults at every call of a set of sites: no object twice or lost, running again converges, and nothing is claimed that
//! the cloud did not confirm.

use super::situation::{Ran, Situation, in_parallel};
use mist_simulator::{Fault, FaultKind, IntermediaryPage, Nested, RetryAfter};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn kinds() -> Vec<FaultKind> {
    let status =
        |status: u16| FaultKind::Status { status, body: r#"{"detail": "trouble"}"#.into(), headers: [].into() };
    vec![
        FaultKind::CutBefore,
        FaultKind::CutAfter,
        FaultKind::CutMidBody,
        FaultKind::TruncatedBody,
        FaultKind::Html { status: 200 },
        FaultKind::Html { status: 502 },
        FaultKind::Page { status: 200, form: IntermediaryPage::Json },
        FaultKind::Page { status: 200, form: IntermediaryPage::Empty },
        FaultKind::Page { status: 200, form: IntermediaryPage::Text },
        FaultKind::Page { status: 404, form: IntermediaryPage::Nginx },
        FaultKind::WrongShape,
        FaultKind::Garbage,
        FaultKind::NotHttp,
        FaultKind::Compressed,
        status(400),
        status(401),
        status(403),
        status(404),
        status(500),
        status(503),
        FaultKind::RateLimit { retry_after: RetryAfter::default() },
    ]
}

fn task() -> Value {
    let objects = json!([
        {"name": "New 1", "rftemplate": "Branch", "notes": "n"}, {"name": "New 2", "notes": "n"},
        {"name": "Site 1", "notes": "n", "new": {"b": 2}}, {"name": "Site 2"},
    ]);
    json!({"type": "sites", "objects": objects, "purge": true, "keep": ["Site 3"], "max_wait": 20})
}

fn situation() -> Situation {
    let situation = Situation::new();
    situation.cloud.seed(&situation.org("rftemplates"), json!({"name": "Branch"}));
    situation.cloud.seed(&format!("sites/{}", situation.site_id), json!({"new": {"a": 1}}));
    situation
}

fn names(situation: &Situation) -> BTreeMap<String, usize> {
    let mut names = BTreeMap::new();
    for site in situation.sites() {
        *names.entry(site["name"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    names
}

/// Asserts that the result is true.
fn check(situation: &Situation, ran: &Ran, told: &str) {
    let sites = situation.sites();
    let empty = Vec::new();
    let objects = ran.results["objects"].as_array().unwrap_or(&empty);
    for (object, declared) in objects.iter().zip(task()["objects"].as_array().unwrap()) {
        let there = sites.iter().find(|site| site["name"] == object["name"]);
        match object["state"].as_str().unwrap() {
            "created" | "changed" | "unchanged" => {
                let there = there.unwrap_or_else(|| panic!("{told}: {object} is not there"));
                assert_eq!(there["id"], object["id"], "{told}");
                let notes = declared.get("notes").unwrap_or(&Value::Null);
                assert!(notes.is_null() || there["notes"] == *notes, "{told}: {object} is not as it is claimed");
            }
            _ => {}
        }
    }
    // An empty page that calls itself a success is, to the letter, what the cloud answers to a deletion.
    let to_the_letter = told.starts_with("Page { status: 200, form: Empty }");
    for object in objects.iter().filter(|object| object["state"] == "deleted" && !to_the_letter) {
        assert!(sites.iter().all(|site| site["id"] != object["id"]), "{told}: {object} is there still");
    }
}

#[test]
fn every_fault_at_every_call_loses_nothing_doubles_nothing_and_claims_nothing() {
    let calls = {
        let situation = situation();
        situation.objects_at_once(task()).ok().calls.len()
    };
    assert!(calls >= 6, "{calls}");
    let nesting = [Nested::Replaced, Nested::Merged].into_iter().cycle();
    let all: Vec<(FaultKind, usize, Nested)> = kinds()
        .into_iter()
        .flat_map(|kind| (0..calls).map(move |number| (kind.clone(), number)))
        .zip(nesting)
        .map(|((kind, number), nested)| (kind, number, nested))
        .collect();
    in_parallel(&all, |(kind, number, nested)| {
        let situation = situation();
        situation.cloud.behavior(|behavior| behavior.nested = *nested);
        situation.cloud.fault(Fault::new(kind.clone()).skip(*number).times(1));
        let told = format!("{kind:?} at call {number}");
        let ran = situation.objects_at_once(task());
        check(&situation, &ran, &told);
        assert!(names(&situation).values().all(|count| *count == 1), "{told}: {:?}", names(&situation));
        situation.cloud.clear_faults();
        let again = situation.objects_at_once(task());
        assert!(!again.failed, "{told}: {}", again.msg);
        check(&situation, &again, &told);
        let there = names(&situation);
        assert_eq!(
            there.keys().map(String::as_str).collect::<Vec<_>>(),
            ["New 1", "New 2", "Site 1", "Site 2", "Site 3"],
            "{told}"
        );
        assert!(there.values().all(|count| *count == 1), "{told}: {there:?}");
        let site = situation.cloud.object(&format!("sites/{}", situation.site_id));
        assert_eq!(site["new"], json!({"a": 1, "b": 2}), "{told}");
        assert!(!situation.objects(task()).ok().changed, "{told}");
    });
}

#[test]
fn a_change_is_claimed_by_what_the_cloud_says_and_nobody_else() {
    for (kind, written) in [
        (FaultKind::Page { status: 200, form: IntermediaryPage::Json }, false),
        (FaultKind::Page { status: 200, form: IntermediaryPage::Html }, false),
        (FaultKind::TruncatedBody, true),
        (FaultKind::Garbage, true),
    ] {
        let situation = Situation::new();
        situation.cloud.seed(&situation.org("wlans"), json!({"ssid": "w", "vlan_id": 1}));
        situation.cloud.fault(Fault::new(kind.clone()).method("PUT"));
        let ran = situation.object_at_once(json!({"type": "wlans", "object": {"ssid": "w", "vlan_id": 2}}));
        let there = situation.cloud.objects(&situation.org("wlans"))[0]["vlan_id"].clone();
        assert_eq!(there, if written { json!(2) } else { json!(1) }, "{kind:?}");
        if written {
            assert!(ran.changed, "{kind:?}: {}", ran.msg);
        } else {
            assert!(!ran.changed, "{kind:?}");
            assert!(ran.failed || ran.results["not_kept"] == json!(["vlan_id"]), "{kind:?}: {}", ran.results);
        }
    }
}
