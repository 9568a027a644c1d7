//! Other clients that write at the same time, responses about other objects, and searches that lag behind.

use super::situation::{Ran, Situation, both};
use mist_simulator::{Fault, FaultKind, PutAnswer, SiteGroupRace};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Runs the task, and does something while the response to the first request with this method is held back.
fn meanwhile(situation: &Situation, method: &str, options: Value, work: impl FnOnce()) -> Ran {
    situation.cloud.fault(Fault::new(FaultKind::HoldAnswer).method(method).times(1));
    std::thread::scope(|scope| {
        let run = scope.spawn(|| situation.object_uncleared(options));
        suites::until(|| situation.cloud.requests().iter().any(|request| request.method == method));
        // The request has taken effect when the cloud shows it.
        work();
        situation.cloud.release();
        run.join().unwrap()
    })
}

fn wlan() -> Value {
    json!({"type": "wlans", "object": {"ssid": "w", "vlan_id": 5}})
}

#[test]
fn after_a_creation_the_older_object_of_another_client_is_used_and_none_is_deleted() {
    for situation in both() {
        let wlans = situation.org("wlans");
        let mut theirs = String::new();
        let ran = meanwhile(&situation, "POST", wlan(), || {
            suites::until(|| situation.cloud.objects(&wlans).len() == 1);
            let older = json!({"ssid": "w", "vlan_id": 9, "notes": "theirs", "created_time": 1});
            theirs = situation.cloud.seed(&wlans, older);
        });
        let ran = ran.changes(true);
        assert_eq!(ran.methods(), "GET POST GET GET PUT");
        assert_eq!(ran.results["id"], theirs.as_str());
        let all = situation.cloud.objects(&wlans);
        let own = all.iter().find(|wlan| wlan["id"] != theirs.as_str()).unwrap();
        assert_eq!(ran.results["duplicates"], json!([own["id"]]));
        let used = situation.cloud.object(&format!("{wlans}/{theirs}"));
        assert_eq!((&used["vlan_id"], &used["notes"]), (&json!(5), &json!("theirs")));
        assert_eq!(all.len(), 2);
    }
}

#[test]
fn after_a_creation_a_younger_object_of_another_client_is_listed() {
    let situation = Situation::new();
    let wlans = situation.org("wlans");
    let mut theirs = String::new();
    let ran = meanwhile(&situation, "POST", wlan(), || {
        suites::until(|| situation.cloud.objects(&wlans).len() == 1);
        let younger = json!({"ssid": "w", "vlan_id": 9, "created_time": 9_999_999_999_u64});
        theirs = situation.cloud.seed(&wlans, younger);
    });
    let ran = ran.changes(true);
    assert_eq!((ran.methods().as_str(), &ran.results["duplicates"]), ("GET POST GET", &json!([theirs])));
    assert!(ran.warnings.iter().any(|warning| warning.contains(&theirs)), "{:?}", ran.warnings);
    assert_eq!(situation.cloud.object(&format!("{wlans}/{theirs}"))["vlan_id"], 9);
}

#[test]
fn a_list_that_cannot_be_read_again_after_a_creation_is_a_warning() {
    let situation = Situation::new();
    situation.cloud.fault(Fault::new(suites::status(403)).method("GET").skip(1));
    let ran = situation.object_at_once(wlan()).changes(true);
    assert!(ran.warnings[0].contains("could not be read again after the creation (status 403)"), "{:?}", ran.warnings);
    situation.cloud.clear_faults();
    situation.cloud.fault(Fault::new(suites::status(403)).method("GET").skip(1));
    let set = json!({"type": "wlans", "objects": [{"ssid": "a"}, {"ssid": "b"}]});
    let ran = situation.objects_at_once(set).changes(true);
    assert_eq!(ran.warnings.len(), 1, "{:?}", ran.warnings);
}

#[test]
fn what_another_client_overwrote_is_merged_again() {
    let situation = Situation::new();
    situation.cloud.behavior(|behavior| behavior.put_answers = PutAnswer::Empty);
    let setting = situation.site("setting");
    situation.cloud.seed(&setting, json!({"vars": {"a": "1"}}));
    let options = json!({"type": "setting", "site_id": situation.site_id, "object": {"vars": {"mine": "2"}}});
    let ran = meanwhile(&situation, "PUT", options, || {
        suites::until(|| situation.cloud.object(&setting)["vars"]["mine"] == "2");
        situation.cloud.seed(&setting, json!({"vars": {"a": "1", "theirs": "3"}}));
    });
    assert_eq!(ran.changes(true).methods(), "GET PUT GET PUT GET");
    assert_eq!(situation.cloud.object(&setting)["vars"], json!({"a": "1", "theirs": "3", "mine": "2"}));
}

#[test]
fn a_client_that_overwrites_every_time_is_an_error_after_three_attempts() {
    let situation = Situation::new();
    let setting = situation.org("setting");
    situation.cloud.seed(&setting, json!({"vars": {"a": "1"}}));
    for number in 0..4 {
        let fields = BTreeMap::from([("/vars".to_owned(), json!({"theirs": number}))]);
        let altered = FaultKind::Altered { fields, without: Vec::new(), headers: BTreeMap::new() };
        situation.cloud.fault(Fault::new(altered).method("PUT").times(1));
    }
    let ran = situation.object_at_once(json!({"type": "setting", "object": {"vars": {"mine": "2"}}}));
    assert!(ran.failed && ran.changed, "{}", ran.msg);
    assert!(ran.msg.contains("another client changes vars"), "{}", ran.msg);
    assert_eq!(ran.methods(), "GET PUT PUT PUT");
}

#[test]
fn a_value_that_the_cloud_does_not_keep_is_not_written_again() {
    for situation in both() {
        situation.cloud.behavior(|behavior| behavior.ignored = vec!["wlans:auth.eap_reauth".to_owned()]);
        situation.cloud.seed(&situation.org("wlans"), json!({"ssid": "w", "auth": {"type": "psk", "other": 1}}));
        let task = json!({"type": "wlans", "object": {"ssid": "w", "auth": {"type": "eap", "eap_reauth": true}}});
        let ran = situation.object_at_once(task).changes(true);
        assert_eq!((ran.methods().as_str(), &ran.results["not_kept"]), ("GET PUT", &json!(["auth.eap_reauth"])));
    }
}

#[test]
fn sites_that_are_written_at_the_same_time_all_stay_in_their_group() {
    let situation = Situation::new();
    situation.cloud.behavior(|behavior| {
        behavior.site_group_race = Some(SiteGroupRace { requests: 4, milliseconds: 200 });
    });
    let objects: Vec<Value> =
        (1..=12).map(|number| json!({"name": format!("B{number}"), "sitegroups": ["Group 1"]})).collect();
    let ran = situation.objects_at_once(json!({"type": "sites", "objects": objects})).changes(true);
    let members = |situation: &Situation| {
        let group = situation.cloud.objects(&situation.org("sitegroups")).swap_remove(0);
        let ids = group["site_ids"].as_array().unwrap().clone();
        situation
            .sites()
            .iter()
            .filter(|site| site["name"].as_str().unwrap().starts_with('B') && ids.contains(&site["id"]))
            .count()
    };
    assert_eq!(members(&situation), 12, "{:?}", ran.calls);
    assert!(ran.calls.iter().any(|call| call.starts_with("PUT sites/")), "no member was lost: {:?}", ran.calls);
    situation.objects(json!({"type": "sites", "objects": objects})).changes(false);
}

#[test]
fn groups_are_checked_with_one_request_and_only_if_sites_were_written_at_the_same_time() {
    let situation = Situation::new();
    let run = |first: usize, count: usize| {
        let site = |number| json!({"name": format!("B{number}"), "sitegroups": ["Group 1"]});
        let objects: Vec<Value> = (first..first + count).map(site).collect();
        let ran = situation.objects_at_once(json!({"type": "sites", "objects": objects})).changes(true);
        ran.calls.iter().filter(|call| call.starts_with("GET")).cloned().collect::<Vec<_>>()
    };
    let (list, sites) = ("GET orgs/ORG/sitegroups?limit=1000", "GET orgs/ORG/sites?limit=1000");
    assert_eq!(run(0, 4), [list, sites, sites]);
    assert_eq!(run(10, 12), [list, sites, sites, list]);
}

#[test]
fn a_user_mac_that_the_search_does_not_show_yet_is_looked_up() {
    for lag in [2, 3] {
        let situation = Situation::new();
        situation.cloud.behavior(|behavior| {
            behavior.list_lag = [("usermacs".to_owned(), lag)].into();
            behavior.unique_fields = vec!["usermacs:mac".to_owned()];
        });
        let object = json!({"mac": "5C:5B:35:00:00:01", "vlan": "5"});
        situation.object_at_once(json!({"type": "usermacs", "object": object})).changes(true);
        let other = json!({"mac": "5C:5B:35:00:00:01", "vlan": "6"});
        let ran = situation.object_at_once(json!({"type": "usermacs", "object": other})).changes(true);
        let all = situation.cloud.objects(&situation.org("usermacs"));
        assert_eq!((all.len(), &all[0]["vlan"]), (1, &json!("6")), "{lag}: {:?}", ran.calls);
    }
    let situation = Situation::new();
    situation.cloud.behavior(|behavior| behavior.list_lag = [("usermacs".to_owned(), 2)].into());
    for set in [false, true] {
        let object = json!({"mac": "5C:5B:35:00:00:01"});
        situation.object_at_once(json!({"type": "usermacs", "object": object})).changes(true);
        let ran = if set {
            let item = json!({"mac": "5c5b35000001", "state": "absent"});
            situation.objects_at_once(json!({"type": "usermacs", "objects": [item]}))
        } else {
            situation.object_at_once(json!({"type": "usermacs", "object": object, "state": "absent"}))
        };
        assert_eq!(ran.changes(true).methods(), "GET GET DELETE");
        assert!(situation.cloud.objects(&situation.org("usermacs")).is_empty());
    }
}

#[test]
fn a_404_to_a_change_or_deletion_of_a_listed_object_is_an_error() {
    let situation = Situation::new();
    let id = situation.cloud.seed(&situation.site("mxedges"), json!({"name": "m", "model": "ME"}));
    for method in ["PUT", "DELETE"] {
        let missing = suites::answer(404, &json!({"id": id}).to_string());
        situation.cloud.fault(Fault::new(missing).method(method));
    }
    let site = json!({"type": "mxedges", "site_id": situation.site_id});
    let with = |more: Value| {
        let mut task = site.clone();
        task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        task
    };
    let changed = situation.object_at_once(with(json!({"object": {"name": "m", "notes": "x"}})));
    assert!(changed.failed && !changed.changed && changed.msg.contains("404 to the change"), "{}", changed.msg);
    let absent = situation.object_at_once(with(json!({"object": {"name": "m"}, "state": "absent"})));
    assert!(absent.failed && !absent.changed && absent.msg.contains("404 to the deletion"), "{}", absent.msg);
    let purged = situation.objects_at_once(with(json!({"objects": [], "purge": true, "allow_empty": true})));
    assert!(purged.failed && !purged.changed, "{}", purged.msg);
    assert_eq!(situation.cloud.objects(&situation.site("mxedges")).len(), 1);
}

#[test]
fn a_response_about_another_object_confirms_nothing() {
    let altered = |path: &str, value: &str| FaultKind::Altered {
        fields: BTreeMap::from([(path.to_owned(), json!(value))]),
        without: Vec::new(),
        headers: BTreeMap::new(),
    };
    let other = "00000000-1111-4222-8333-444444444444";
    for path in ["/id", "/org_id"] {
        let situation = Situation::new();
        situation.cloud.seed(&situation.org("wlans"), json!({"ssid": "w", "vlan_id": 1}));
        situation.cloud.fault(Fault::new(altered(path, other)).method("PUT"));
        let ran = situation.object_at_once(wlan()).changes(true);
        assert_eq!(ran.methods(), "GET PUT GET", "{path}");
        assert_ne!(ran.results["object"]["id"], other);
        let situation = Situation::new();
        situation.cloud.fault(Fault::new(altered(path, other)).method("POST").times(1));
        let ran = situation.object_at_once(wlan()).changes(true);
        let all = situation.cloud.objects(&situation.org("wlans"));
        assert_eq!((all.len(), &ran.results["id"]), (1, &all[0]["id"]), "{path}: {:?}", ran.calls);
    }
}
