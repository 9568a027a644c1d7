//! Every fault at every call of an apply: nothing is doubled or lost, and the next run completes.

use super::Situation;
use super::apply::FOLDER;
use mist_modules::mist_apply::MistApply;
use mist_simulator::{Fault, FaultKind};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The kinds of faults, each once.
fn faults() -> Vec<(&'static str, FaultKind)> {
    let status = |status| FaultKind::Status { status, body: "{}".into(), headers: BTreeMap::new() };
    vec![
        ("refused", status(400)),
        ("forbidden", status(403)),
        ("broken", status(500)),
        ("cut before", FaultKind::CutBefore),
        ("cut after", FaultKind::CutAfter),
    ]
}

#[test]
fn the_run_after_any_fault_completes_and_doubles_nothing() {
    let calls = {
        let situation = Situation::new();
        situation.write("acme", FOLDER);
        situation.run::<MistApply>(false, &json!({"src": situation.path("acme")})).calls.len()
    };
    let scenarios: Vec<_> = (0..calls).flat_map(|call| faults().into_iter().map(move |fault| (call, fault))).collect();
    assert!(scenarios.len() > 60, "{calls}");
    suites::each(scenarios, |(call, (name, kind))| {
        let situation = Situation::new();
        situation.write("acme", FOLDER);
        situation.cloud.fault(Fault::new(kind).skip(call).times(1));
        let options = json!({"src": situation.path("acme")});
        let first = situation.run::<MistApply>(false, &options);
        let shown = format!("call {call}, {name}: {} {:?}", first.msg, first.results["objects"]);
        let created = |situation: &Situation| {
            let words = ["sitegroups", "rftemplates", "networktemplates", "templates", "wlans"];
            let mut all: Vec<String> = words
                .iter()
                .flat_map(|word| situation.objects(word))
                .chain(situation.objects("sites"))
                .filter_map(|object| Some(object.get("name").or_else(|| object.get("ssid"))?.as_str()?.to_owned()))
                .collect();
            all.sort();
            all
        };
        // Nothing is claimed that does not exist.
        if let Some(objects) = first.results["objects"].as_array() {
            let there: BTreeSet<String> = created(&situation).into_iter().collect();
            for object in objects.iter().filter(|object| object["state"] == "created" && object["site"].is_null()) {
                let key = object["key"].as_str().unwrap().split(" / ").next().unwrap();
                assert!(there.contains(key), "{key}: {shown}");
            }
        }
        let second = situation.run::<MistApply>(false, &options);
        assert!(!second.failed, "{shown}: {}", second.msg);
        let third = situation.run::<MistApply>(false, &options);
        assert!(!third.failed && third.writes().is_empty(), "{shown}: {:?}", third.writes());
        let names = created(&situation);
        let distinct: BTreeSet<&String> = names.iter().collect();
        // The template and its WLAN have the same name.
        assert_eq!(names.len(), distinct.len() + 1, "{shown}: {names:?}");
    });
}
