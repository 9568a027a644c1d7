//! `mist_firmware` against a simulated cloud: orders, jobs that run, lost answers, and waiting.

use ansible_binary_module::Success;
use mist_modules::mist_firmware::MistFirmware;
use mist_simulator::{Config, Fault, FaultKind, Simulator, Upgrade};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use suites::{Failure, Seen, each};

const OLD: &str = "0.14.29411";
const NEW: &str = "0.14.29633";

/// Devices of two sites: `ap` has the old version.
fn cloud() -> Simulator {
    let cloud = Simulator::start(Config { sites: 2, ..Config::default() }).unwrap();
    let sites: Vec<String> = cloud.sites().iter().map(|site| site["id"].as_str().unwrap().to_owned()).collect();
    let device = |number: u32, kind: &str, model: &str, site: usize, version: &str| {
        json!({"mac": format!("5c5b3500000{number}"), "type": kind, "model": model, "name": format!("{kind}-{number}"),
            "site_id": sites[site], "connected": true, "stats": {"version": version, "uptime": 9000}})
    };
    cloud.add_devices(
        cloud.org_id(),
        [
            device(1, "ap", "AP45", 0, OLD),
            device(2, "ap", "AP45", 0, NEW),
            device(3, "ap", "AP43", 1, OLD),
            device(4, "switch", "EX4300-48P", 1, "22.4R3-S2.9"),
        ],
    );
    let version = |kind: &str, model: &str, version: &str, tag: &str| json!({"type": kind, "model": model, "version": version, "tag": tag});
    cloud.add_versions(
        cloud.org_id(),
        [
            version("ap", "AP45", OLD, ""),
            version("ap", "AP45", NEW, "suggested"),
            version("ap", "AP45", "0.15.1", "alpha"),
            version("ap", "AP43", OLD, "suggested"),
            version("ap", "AP43", NEW, ""),
            version("switch", "EX4300-48P", "22.4R3-S2.11", "suggested"),
        ],
    );
    cloud
}

fn seen(cloud: &Simulator, check_mode: bool, options: Value) -> Seen<Value> {
    cloud.clear_requests();
    let usual = json!({"org_id": cloud.org_id(), "max_wait": 10, "timeout": 2, "interval": 0.1, "wait_timeout": 20});
    suites::run::<MistFirmware, _>(cloud, check_mode, &[usual, options])
}

fn run(cloud: &Simulator, options: Value) -> Success<Value> {
    seen(cloud, false, options).0.unwrap_or_else(|failure| panic!("{}", failure.msg))
}

fn fails(cloud: &Simulator, options: Value) -> Failure<Value> {
    seen(cloud, false, options).0.unwrap_err()
}

/// The states by the last digit of the MAC address.
fn states(results: &Value) -> BTreeMap<char, String> {
    let devices = results["devices"].as_array().unwrap().iter();
    devices
        .map(|one| (one["mac"].as_str().unwrap().chars().last().unwrap(), one["state"].as_str().unwrap().to_owned()))
        .collect()
}

fn are(expected: &[(char, &str)]) -> BTreeMap<char, String> {
    expected.iter().map(|(digit, state)| (*digit, (*state).to_owned())).collect()
}

fn posts(cloud: &Simulator) -> usize {
    cloud.requests().iter().filter(|request| request.method == "POST").count()
}

fn aps() -> Value {
    json!({"version": NEW, "where": {"type": "ap"}})
}

#[test]
fn devices_that_lack_the_version_are_ordered_once_for_each_site() {
    let cloud = cloud();
    let checked = seen(&cloud, true, aps()).0.unwrap();
    assert_eq!((posts(&cloud), cloud.jobs().len(), checked.changed), (0, 0, true));
    let ordered = run(&cloud, aps());
    let expected = are(&[('1', "ordered"), ('2', "current"), ('3', "ordered")]);
    assert_eq!((states(&checked.results), states(&ordered.results)), (expected.clone(), expected));
    assert_eq!((ordered.changed, &ordered.diff), (true, &checked.diff));
    assert_eq!(ordered.results["upgrade_ids"].as_array().unwrap().len(), 2);
    let jobs: Vec<Vec<String>> = cloud.jobs().into_iter().map(|(_, _, _, macs)| macs).collect();
    assert!(jobs.len() == 2 && jobs.iter().all(|macs| macs.len() == 1), "{jobs:?}");
    let device = &ordered.results["devices"][0];
    assert_eq!((&device["from"], &device["to"]), (&json!(OLD), &json!(NEW)));

    // The jobs are under way: the next run joins them.
    let joined = run(&cloud, aps());
    assert_eq!(states(&joined.results), are(&[('1', "downloading"), ('2', "current"), ('3', "downloading")]));
    assert_eq!((joined.changed, posts(&cloud), cloud.jobs().len()), (false, 0, 2));
    assert_eq!(joined.results["upgrade_ids"], ordered.results["upgrade_ids"]);
    let mut waiting = aps();
    waiting["wait"] = json!(true);
    let ended = run(&cloud, waiting);
    assert_eq!(states(&ended.results), are(&[('1', "upgraded"), ('2', "current"), ('3', "upgraded")]));
    assert_eq!((ended.changed, posts(&cloud)), (false, 0));
    assert!(states(&run(&cloud, aps()).results).values().all(|state| state == "current"));
    assert_eq!(cloud.requests().len(), 2);
}

#[test]
fn a_thousand_devices_at_their_version_take_three_requests_at_most() {
    let cloud = Simulator::start(Config::default()).unwrap();
    cloud.add_fleet(cloud.org_id(), 1000, 500);
    let models = json!({"EX4300-48P": "22.4R3-S2.11", "QFX5120-48Y": "22.4R3-S2.11", "SRX320": "22.4R3-S2.11",
        "SSR120": "22.4R3-S2.11", "AP45": NEW});
    let found = run(&cloud, json!({"models": models, "all": true}));
    let rows = states(&found.results);
    assert!(!found.changed && rows.values().all(|state| state == "current"), "{rows:?}");
    assert_eq!(found.results["devices"].as_array().unwrap().len(), 1000);
    assert!(cloud.requests().len() <= 3, "{}", cloud.requests().len());
}

#[test]
fn targets_are_devices_sites_groups_and_conditions() {
    let cloud = cloud();
    let group = cloud.sitegroups()[0]["name"].clone();
    let site = cloud.sites()[1]["id"].clone();
    let digits = |options: Value| -> String {
        let mut all = json!({"version": "suggested"});
        all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        states(&seen(&cloud, true, all).0.unwrap().results).into_keys().collect()
    };
    for (options, expected) in [
        (json!({"all": true}), "1234"),
        (json!({"devices": ["5C:5B:35:00:00:01", "ap-3"]}), "13"),
        (json!({"sites": ["Site 1"]}), "12"),
        (json!({"sites": [site]}), "34"),
        (json!({"sitegroups": [group]}), "12"),
        (json!({"where": {"model": "AP4*", "name": "*-3"}}), "3"),
        (json!({"sites": ["Site 2"], "where": {"type": "switch"}}), "4"),
    ] {
        assert_eq!(digits(options.clone()), expected, "{options}");
    }
    let models = seen(&cloud, true, json!({"models": {"AP45": NEW}, "all": true})).0.unwrap();
    assert_eq!(states(&models.results), are(&[('1', "ordered"), ('2', "current")]));
    let suggested = seen(&cloud, true, json!({"version": "suggested", "all": true})).0.unwrap();
    let expected = are(&[('1', "ordered"), ('2', "current"), ('3', "current"), ('4', "ordered")]);
    assert_eq!(states(&suggested.results), expected);
}

#[test]
fn a_newer_device_is_skipped_and_an_offline_one_does_not_fail_the_run() {
    let cloud = cloud();
    let site = cloud.sites()[0]["id"].clone();
    let offline = json!({"mac": "5c5b35000007", "type": "ap", "model": "AP45", "name": "ap-7", "site_id": site,
        "connected": false, "stats": {"version": "0.13.1"}});
    let silent =
        json!({"mac": "5c5b35000008", "type": "ap", "model": "AP45", "name": "ap-8", "site_id": site, "stats": null});
    let stored = json!({"mac": "5c5b35000009", "type": "ap", "model": "AP45", "name": "ap-9"});
    cloud.add_devices(cloud.org_id(), [offline, silent, stored]);
    let options = json!({"version": OLD, "where": {"model": "AP45"}});
    let found = run(&cloud, options);
    let expected = are(&[('1', "current"), ('2', "skipped"), ('7', "offline"), ('8', "offline"), ('9', "skipped")]);
    assert_eq!((states(&found.results), found.changed, posts(&cloud)), (expected, false, 0));
    let down = run(&cloud, json!({"version": OLD, "where": {"name": "ap-2"}, "downgrade": true}));
    assert_eq!((states(&down.results), down.changed), (are(&[('2', "ordered")]), true));
}

#[test]
fn a_job_with_another_target_fails_the_run_with_its_id() {
    for hides_version in [false, true] {
        let cloud = cloud();
        if hides_version {
            cloud.hide_job_versions();
        }
        cloud.hold_jobs();
        run(&cloud, json!({"version": "0.15.1", "where": {"name": "ap-1"}}));
        let id = cloud.jobs()[0].0.clone();
        let failure = fails(&cloud, aps());
        assert!(failure.msg.starts_with("version: job ") && failure.msg.contains(&id), "{}", failure.msg);
        assert_eq!((posts(&cloud), failure.changed), (0, false));
        // Other devices of the same site are not concerned.
        assert!(run(&cloud, json!({"version": "22.4R3-S2.11", "where": {"type": "switch"}})).changed);
    }
}

#[test]
fn an_order_for_one_device_that_only_its_statistics_show_is_not_ordered_again() {
    let cloud = cloud();
    let site = cloud.sites()[0]["id"].as_str().unwrap().to_owned();
    let client = suites::client(&cloud);
    let path = format!("/api/v1/sites/{site}/devices/00000000-0000-0000-1000-5c5b35000001/upgrade");
    client.post(&path, &json!({"version": NEW})).unwrap();
    let found = run(&cloud, json!({"version": NEW, "devices": ["ap-1"]}));
    assert_eq!((states(&found.results), posts(&cloud)), (are(&[('1', "downloading")]), 0));
}

#[test]
fn only_the_reported_version_ends_the_waiting_with_success() {
    for (end, state) in [
        (Upgrade::Succeeds, "upgraded"),
        (Upgrade::Fails, "failed"),
        (Upgrade::KeepsVersion, "failed"),
        (Upgrade::Sticks, "failed"),
        (Upgrade::Cancelled, "failed"),
    ] {
        let cloud = cloud();
        cloud.upgrade_ends("5c5b35000001", end);
        let options = json!({"version": NEW, "devices": ["ap-1"], "wait": true, "wait_timeout": 2});
        let (outcome, _) = seen(&cloud, false, options);
        let (results, changed, failed) = match outcome {
            Ok(success) => (success.results, success.changed, false),
            Err(failure) => (failure.results.unwrap(), failure.changed, true),
        };
        assert_eq!(states(&results), are(&[('1', state)]), "{end:?}");
        assert_eq!((changed, failed, posts(&cloud)), (true, state == "failed", 1), "{end:?}");
    }
}

#[test]
fn a_lost_answer_is_never_ordered_again() {
    let kinds = [
        FaultKind::CutAfter,
        FaultKind::CutBefore,
        FaultKind::CutMidBody,
        FaultKind::TruncatedBody,
        FaultKind::Garbage,
        suites::answer(502, "<html>Bad gateway</html>"),
        suites::answer(200, "{}"),
    ];
    each(kinds, |kind| {
        let cloud = cloud();
        let options = json!({"version": NEW, "devices": ["ap-1"]});
        cloud.fault(Fault::new(kind.clone()).method("POST").times(1));
        let outcome = seen(&cloud, false, options.clone()).0;
        let jobs = cloud.jobs();
        assert!(posts(&cloud) <= 1 + usize::from(jobs.is_empty()), "{kind:?}");
        if let Ok(success) = &outcome {
            assert_eq!((success.changed, jobs.len()), (true, 1), "{kind:?}");
            assert_eq!(success.results["upgrade_ids"], json!([jobs[0].0]), "{kind:?}");
        } else {
            assert_eq!(jobs.len(), 0, "{kind:?}: an order that took effect was not found");
        }
        run(&cloud, options);
        assert_eq!(cloud.jobs().len(), 1, "{kind:?}");
    });
}

#[test]
fn a_run_that_is_cut_at_any_call_orders_nothing_twice() {
    // The calls of a run that waits, each the first of a connection that is broken for good.
    let cuts = (0..32).flat_map(|cut| [(cut, FaultKind::CutBefore), (cut, FaultKind::CutAfter)]);
    each(cuts, |(cut, kind)| {
        let cloud = cloud();
        let options = json!({"version": NEW, "where": {"type": "ap"}, "wait": true});
        let mut broken = options.clone();
        broken["max_wait"] = json!(0);
        cloud.fault(Fault::new(kind.clone()).skip(cut));
        let _ = seen(&cloud, false, broken);
        cloud.clear_faults();
        let ended = run(&cloud, options);
        let expected = ["upgraded", "current"];
        assert!(states(&ended.results).values().all(|state| expected.contains(&state.as_str())), "{cut} {kind:?}");
        let mut macs: Vec<String> = cloud.jobs().into_iter().flat_map(|(_, _, _, macs)| macs).collect();
        macs.sort();
        assert_eq!(macs, ["5c5b35000001", "5c5b35000003"], "{cut} {kind:?}");
    });
}

#[test]
fn a_switch_that_was_not_restarted_is_not_ordered_again() {
    let cloud = cloud();
    cloud.upgrade_ends("5c5b35000004", Upgrade::KeepsVersion);
    let options = json!({"version": "22.4R3-S2.11", "where": {"type": "switch"}});
    assert!(run(&cloud, options.clone()).changed);
    let order: Value = cloud
        .requests()
        .iter()
        .find(|request| request.method == "POST")
        .map(|request| serde_json::from_str(&request.body).unwrap())
        .unwrap();
    assert_eq!(
        (&order["reboot"], &order["version"], &order["strategy"]),
        (&json!(false), &json!("22.4R3-S2.11"), &json!("big_bang"))
    );
    cloud.advance_jobs(6);
    let again = run(&cloud, options.clone());
    assert_eq!((states(&again.results), posts(&cloud)), (are(&[('4', "upgraded")]), 0));
    let mut restarting = options;
    restarting["reboot"] = json!(true);
    assert!(run(&cloud, restarting).changed);
}

#[test]
fn the_options_of_an_order_are_sent() {
    let cloud = cloud();
    let options = json!({"version": NEW, "devices": ["ap-1"], "strategy": "canary", "canary_phases": [10, 100],
        "max_failure_percentage": 7, "start": "2027-01-10T02:00:00Z", "force": true, "snapshot": true, "reboot": true});
    run(&cloud, options);
    let request = cloud.requests().into_iter().find(|request| request.method == "POST").unwrap();
    let order: Value = serde_json::from_str(&request.body).unwrap();
    let expected = json!({"device_ids": ["00000000-0000-0000-1000-5c5b35000001"], "version": NEW, "strategy": "canary",
        "canary_phases": [10, 100], "max_failure_percentage": 7, "force": true, "start_time": 1_799_546_400});
    assert_eq!(order, expected);
}

#[test]
fn bad_options_are_refused_before_any_order() {
    let cloud = cloud();
    for (options, option) in [
        (json!({"all": true}), "version"),
        (json!({"version": "", "all": true}), "version"),
        (json!({"version": NEW}), "devices"),
        (json!({"version": NEW, "models": {"AP45": NEW}, "all": true}), "models"),
        (json!({"models": {}, "all": true}), "models"),
        (json!({"models": {"AP45": ""}, "all": true}), "models.AP45"),
        (json!({"version": NEW, "devices": []}), "devices"),
        (json!({"version": NEW, "sites": [""]}), "sites"),
        (json!({"version": NEW, "where": {}}), "where"),
        (json!({"version": NEW, "all": true, "devices": ["ap-1"]}), "all"),
        (json!({"version": NEW, "sites": ["Site 1"], "devices": ["ap-1"]}), "sites"),
        (json!({"version": NEW, "all": true, "start": "tomorrow"}), "start"),
        (json!({"version": NEW, "all": true, "canary_phases": [100]}), "canary_phases"),
        (json!({"version": NEW, "all": true, "strategy": "canary", "canary_phases": [50, 10]}), "canary_phases"),
        (json!({"version": NEW, "all": true, "max_failure_percentage": 5}), "max_failure_percentage"),
        (json!({"version": NEW, "all": true, "interval": 0}), "interval"),
        (json!({"version": NEW, "devices": ["ap-77"]}), "devices"),
        (json!({"version": NEW, "sites": ["Site 77"]}), "site"),
        (json!({"version": "0.99.1", "where": {"type": "ap"}}), "version"),
        (json!({"version": "suggested", "where": {"type": "switch"}, "wait": true}), "reboot"),
        (json!({"version": "suggested", "all": true, "strategy": "rrm"}), "strategy"),
    ] {
        let failure = fails(&cloud, options.clone());
        let named = failure.msg.split_once(": ").map_or("", |(option, _)| option);
        assert_eq!((named, posts(&cloud)), (option, 0), "{options}: {}", failure.msg);
        assert!(failure.msg.chars().count() <= 240, "{}", failure.msg);
    }
}
