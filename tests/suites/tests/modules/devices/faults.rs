//! Faults at every call, and runs next to each other: nothing is lost, done twice, or reported without being true.

use super::situation::{AP, CLAIMED, CODE, GATEWAY, NEW_AP, NEW_SWITCH, Ran, SWITCH, Situation};
use mist_modules::mist_devices::MistDevices;
use mist_simulator::{Fault, FaultKind, IntermediaryPage, Nested, RetryAfter};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

fn kinds() -> Vec<FaultKind> {
    let status =
        |status: u16| FaultKind::Status { status, body: r#"{"detail": "trouble"}"#.into(), headers: [].into() };
    vec![
        FaultKind::CutBefore,
        FaultKind::CutAfter,
        FaultKind::TruncatedBody,
        FaultKind::Html { status: 200 },
        FaultKind::Page { status: 200, form: IntermediaryPage::Json },
        FaultKind::Page { status: 404, form: IntermediaryPage::Nginx },
        FaultKind::WrongShape,
        FaultKind::Garbage,
        status(400),
        status(403),
        status(404),
        status(500),
        FaultKind::RateLimit { retry_after: RetryAfter::default() },
    ]
}

fn task() -> Value {
    json!({"devices": [
        {"claim_code": CODE, "site": "Site 1", "name": "ap-new", "notes": "n"},
        {"mac": NEW_AP, "site": "Site 2", "deviceprofile": "Indoor"},
        {"mac": AP, "vars": {"b": "3"}, "site": "Site 2", "reassign": true},
        {"mac": NEW_SWITCH, "replace": SWITCH, "ports": {"ge-0/0/3": {"usage": "voip"}}},
        {"mac": GATEWAY, "state": "absent"},
    ], "max_releases": 1, "max_wait": 6})
}

/// True if the cloud is as the row of this number declares.
fn is_done(situation: &Situation, row: usize) -> bool {
    let (record, config) = (|mac| situation.record(mac), |mac| situation.config(mac));
    let site = |number: usize| json!(situation.sites[number - 1]);
    match row {
        0 => {
            record(CLAIMED)["site_id"] == site(1)
                && record(CLAIMED)["name"] == "ap-new"
                && config(CLAIMED)["notes"] == "n"
        }
        1 => record(NEW_AP)["site_id"] == site(2) && record(NEW_AP)["deviceprofile_id"].is_string(),
        2 => record(AP)["site_id"] == site(2) && config(AP)["vars"] == json!({"a": "1", "b": "3"}),
        3 => {
            let ports = config(NEW_SWITCH)["port_config"].clone();
            record(SWITCH)["site_id"].is_null()
                && ports["ge-0/0/3"]["usage"] == "voip"
                && ports.get("ge-0/0/0-10").is_none()
                && ports["ge-0/0/0-2,ge-0/0/4-10"] == json!({"usage": "ap"})
        }
        _ => record(GATEWAY).is_null(),
    }
}

/// Asserts that the result is true.
fn check(situation: &Situation, ran: &Ran, told: &str) {
    for (row, state) in ran.states().iter().enumerate() {
        assert!(state == "failed" || is_done(situation, row), "{told}: row {row} is reported as {state}: {ran:?}");
    }
    let records = situation.cloud.inventory(situation.cloud.org_id());
    let mut macs: Vec<&str> = records.iter().map(|record| record["mac"].as_str().unwrap()).collect();
    macs.sort_unstable();
    let count = macs.len();
    macs.dedup();
    assert_eq!(macs.len(), count, "{told}: a device twice");
    let chassis = situation.record(super::situation::CHASSIS);
    assert_eq!(chassis["site_id"], json!(situation.sites[1]), "{told}: an undeclared device moved");
    for port in ["xe-0/1/0", "ae0"] {
        let of = if situation.config(SWITCH).is_null() { NEW_SWITCH } else { SWITCH };
        let ports = situation.config(of)["port_config"].clone();
        // Between a replacement and its configuration, the new device may have none.
        assert!(ports.is_null() || ports.get(port).is_some(), "{told}: {port} is lost: {ports}");
    }
}

fn in_parallel<I: Sync>(items: &[I], work: impl Fn(&I) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..24.min(items.len()) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(item);
                }
            });
        }
    });
}

fn of(nested: Nested) -> Situation {
    let situation = Situation::new();
    situation.cloud.behavior(|behavior| behavior.nested = nested);
    situation
}

#[test]
fn every_fault_at_every_call_is_reported_and_the_next_runs_finish() {
    let is_full = std::env::var("CAMPAIGN").is_ok_and(|campaign| campaign == "full");
    let mut cases = Vec::new();
    for nested in [Nested::Replaced, Nested::Merged] {
        let situation = of(nested);
        let ran = situation.go::<MistDevices>(false, &task()).changes(true);
        check(&situation, &ran, "without a fault");
        assert_eq!(ran.states(), ["claimed", "assigned", "moved", "replaced", "released"]);
        for call in 0..ran.calls.len() {
            for (number, kind) in kinds().into_iter().enumerate() {
                // Each fault under one kind of cloud, and until the end of the run only the first ones, unless all are asked for.
                let is_mine = (call + number).is_multiple_of(2) == (nested == Nested::Merged);
                if is_mine || is_full {
                    cases.push((nested, call, 1, kind.clone()));
                }
                if is_full || (is_mine && number < 2) {
                    cases.push((nested, call, 99, kind));
                }
            }
        }
    }
    in_parallel(&cases, |(nested, call, times, kind)| {
        let situation = of(*nested);
        let told = format!("{kind:?} {times} times from call {call}, {nested:?}");
        situation.cloud.fault(Fault::new(kind.clone()).skip(*call).times(*times));
        let mut task = task();
        if *times > 1 {
            task["max_wait"] = json!(1);
        }
        let ran = situation.go::<MistDevices>(false, &task);
        situation.cloud.clear_faults();
        check(&situation, &ran, &told);
        assert!(ran.failed || ran.states().len() == 5, "{told}");
        let again = situation.go::<MistDevices>(false, &task);
        assert!(!again.failed, "{told}: the next run fails: {} after {}", again.msg, ran.msg);
        assert!((0..5).all(|row| is_done(&situation, row)), "{told}: {again:?}");
        let last = situation.go::<MistDevices>(false, &task);
        assert!(!last.failed && !last.changed && last.writes().is_empty(), "{told}: {:?}", last.calls);
    });
}

#[test]
fn forty_runs_on_one_switch_lose_no_port() {
    for nested in [Nested::Replaced, Nested::Merged] {
        let situation = of(nested);
        let numbers: Vec<usize> = (0..40).collect();
        in_parallel(&numbers, |number| {
            let port = format!("ge-0/0/{number}");
            let rows =
                json!([{"name": "sw-1", "ports": {port: {"usage": "iot", "description": format!("run {number}")}}}]);
            let ran = situation.go::<MistDevices>(false, &json!({"devices": rows, "max_wait": 60}));
            assert!(!ran.failed && ran.changed, "{}", ran.msg);
        });
        let ports = situation.config(SWITCH)["port_config"].clone();
        for number in numbers {
            let expected = json!({"usage": "iot", "description": format!("run {number}")});
            assert_eq!(ports[format!("ge-0/0/{number}")], expected, "{nested:?}: {ports}");
        }
        assert_eq!(ports.as_object().unwrap().len(), 42, "{ports}");
    }
}
