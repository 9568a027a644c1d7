//! Parallel runs on one machine: one lock for each collection or setting.

use super::situation::{Ran, Situation};
use mist_simulator::{Fault, FaultKind};
use serde_json::{Value, json};
use std::sync::Barrier;

/// Runs the tasks at the same time. Each answer takes a while, so that runs without a lock overlap.
fn at_once(situation: &Situation, tasks: &[Value], run: impl Fn(&Situation, Value) -> Ran + Sync) -> Vec<Ran> {
    situation.cloud.fault(Fault::new(FaultKind::Delay { milliseconds: 30 }));
    let start = Barrier::new(tasks.len());
    std::thread::scope(|scope| {
        let started: Vec<_> = tasks
            .iter()
            .map(|task| {
                scope.spawn(|| {
                    start.wait();
                    run(situation, task.clone())
                })
            })
            .collect();
        started.into_iter().map(|run| run.join().unwrap().ok()).collect()
    })
}

fn object(situation: &Situation, mut task: Value) -> Ran {
    task["max_wait"] = json!(60);
    situation.object_uncleared(task)
}

#[test]
fn eight_runs_create_one_site_group() {
    let situation = Situation::new();
    let task = json!({"type": "sitegroups", "object": {"name": "East"}});
    let ran = at_once(&situation, &vec![task; 8], object);
    let groups = situation.cloud.objects(&situation.org("sitegroups"));
    assert_eq!(groups.iter().filter(|group| group["name"] == "East").count(), 1);
    assert_eq!(ran.iter().filter(|ran| ran.changed).count(), 1);
}

#[test]
fn eight_runs_set_one_variable_each() {
    let situation = Situation::new();
    let task = |number: usize| {
        let name = format!("host_{number}");
        json!({"type": "setting", "site_id": situation.site_id, "object": {"vars": {name: "10.0.0.1"}}})
    };
    let tasks: Vec<Value> = (0..8).map(task).collect();
    let ran = at_once(&situation, &tasks, object);
    assert!(ran.iter().all(|ran| ran.changed));
    let setting = situation.cloud.object(&situation.site("setting"));
    assert_eq!(setting["vars"].as_object().unwrap().len(), 8, "{setting}");
}

#[test]
fn two_runs_of_one_set_create_each_object_once() {
    let situation = Situation::new();
    let webhook = |number: usize| json!({"name": format!("w{number}"), "url": "https://x", "type": "http-post"});
    let objects: Vec<Value> = (0..20).map(webhook).collect();
    let task = json!({"type": "webhooks", "objects": objects, "max_wait": 60});
    let ran = at_once(&situation, &[task.clone(), task], |situation, task| situation.objects_uncleared(task));
    assert_eq!(situation.cloud.objects(&situation.org("webhooks")).len(), 20);
    assert_eq!(ran.iter().filter(|ran| ran.changed).count(), 1);
}

#[test]
fn runs_about_other_collections_and_check_mode_do_not_wait() {
    let situation = Situation::new();
    situation.cloud.fault(Fault::new(FaultKind::HoldRequest).method("POST").path("*/webhooks"));
    std::thread::scope(|scope| {
        let held = scope
            .spawn(|| object(&situation, json!({"type": "webhooks", "object": {"name": "w", "url": "https://x"}})));
        suites::until(|| situation.cloud.requests().iter().any(|request| request.method == "POST"));
        let other = json!({"type": "wlans", "object": {"ssid": "w"}, "max_wait": 0});
        situation.object_uncleared(other).changes(true);
        let waiting = json!({"type": "webhooks", "object": {"name": "x", "url": "https://x"}, "max_wait": 0});
        let refused = situation.object_uncleared(waiting.clone());
        assert!(
            refused.failed && refused.msg.starts_with("max_wait: another run on this host was working on webhooks"),
            "{}",
            refused.msg
        );
        situation.object_predicted_uncleared(waiting).changes(true);
        situation.cloud.release();
        held.join().unwrap().changes(true);
    });
}
