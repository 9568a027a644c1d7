//! Purges that cannot surprise: names that are kept, sources without rows, similar names, limits, states and ids of items.

use super::situation::{Situation, both};
use mist_simulator::{Fault, FaultKind, Normalization};
use serde_json::{Value, json};

/// Webhooks with these names.
fn with_webhooks(names: &[&str]) -> Situation {
    let situation = Situation::new();
    for name in names {
        situation
            .cloud
            .seed(&situation.org("webhooks"), json!({"name": name, "url": "https://x", "type": "http-post"}));
    }
    situation
}

fn names(situation: &Situation, kind: &str) -> Vec<String> {
    let key = if kind == "usermacs" { "mac" } else { "name" };
    let objects = situation.cloud.objects(&situation.org(kind));
    let mut names: Vec<String> = objects.iter().map(|one| one[key].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn purge(kind: &str, objects: Value, more: Value) -> Value {
    let mut task = json!({"type": kind, "objects": objects, "purge": true});
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    task
}

#[test]
fn a_name_in_keep_keeps_the_object_of_exactly_this_name_and_a_mac_in_any_notation() {
    let situation = with_webhooks(&["w", "Lab [old]", "Lab o", "x"]);
    let task = purge("webhooks", json!([{"name": "w"}]), json!({"keep": ["Lab [old]"]}));
    situation.objects(task).changes(true);
    assert_eq!(names(&situation, "webhooks"), ["Lab [old]", "Lab o", "w"], "the pattern also means 'Lab o'");
    for mac in ["5c5b35000001", "5c5b35000002", "5c5b360000ff"] {
        situation.cloud.seed(&situation.org("usermacs"), json!({"mac": mac}));
    }
    let keep = json!({"keep": ["5C:5B:35:00:00:01", "5C-5B-36-*"]});
    situation.objects(purge("usermacs", json!([{"mac": "5c5b35000009"}]), keep)).changes(true);
    assert_eq!(names(&situation, "usermacs"), ["5c5b35000001", "5c5b35000009", "5c5b360000ff"]);
}

#[test]
fn a_limit_whose_variable_is_null_is_refused_and_a_switched_off_purge_may_have_limits() {
    use ansible_binary_module::testing::Invocation;
    let situation = with_webhooks(&["w", "x"]);
    for option in ["keep", "max_deletes", "where"] {
        let mut all = json!({"host": situation.cloud.url(), "ca_path": situation.cloud.ca_path(), "api_token": situation.cloud.api_token(),
            "org_id": situation.cloud.org_id(), "type": "webhooks", "objects": [{"name": "w"}], "purge": true});
        all[option] = Value::Null;
        let ended = Invocation::<mist_modules::Mist<mist_modules::mist_objects::MistObjects>>::new(all).run();
        let msg = ended.result["msg"].as_str().unwrap_or_default().to_owned();
        assert!(msg.starts_with(&format!("{option}: set but empty.")), "{option}: {}", ended.result);
    }
    let off = json!({"type": "webhooks", "objects": [{"name": "w"}], "purge": false, "max_deletes": 3, "keep": ["y"]});
    situation.objects(off).changes(false);
    assert_eq!(names(&situation, "webhooks"), ["w", "x"]);
}

#[test]
fn a_source_without_rows_purges_nothing_without_consent() {
    let situation = with_webhooks(&["a", "b"]);
    let place = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("empty.csv", ""),
        ("header.csv", "name,url\n"),
        ("blank.csv", "\n\n"),
        ("comments.yml", "# nothing\n---\n# more\n"),
        ("list.json", "[]"),
        ("list.yml", "[]\n"),
        ("empty.yml", ""),
        ("mark.yml", "\u{feff}"),
    ] {
        let path = place.path().join(name);
        std::fs::write(&path, text).unwrap();
        let task = json!({"type": "webhooks", "src": path, "purge": true, "max_deletes": 10});
        let msg = situation.objects(task).refused();
        assert!(msg.starts_with("src: no object is declared"), "{name}: {msg}");
    }
    let lines = place.path().join("cr.csv");
    std::fs::write(&lines, "name,url\ra,https://x\r").unwrap();
    let task = json!({"type": "webhooks", "src": lines, "purge": true, "max_deletes": 10});
    situation.objects(task).changes(true);
    assert_eq!(names(&situation, "webhooks"), ["a"]);
    situation.objects(purge("webhooks", json!([]), json!({"allow_empty": true}))).changes(true);
    assert!(names(&situation, "webhooks").is_empty());
}

#[test]
fn an_object_is_not_created_next_to_a_similar_one_and_neither_is_purged() {
    for situation in both() {
        let path = situation.org("webhooks");
        for name in ["Branch 1", "Z\u{fc}rich", "other"] {
            situation.cloud.seed(&path, json!({"name": name, "url": "https://x"}));
        }
        for name in ["branch 1", "Branch\u{a0}1", "Branch1", "Bran\u{200b}ch 1", "Zu\u{308}rich"] {
            let ran = situation.objects(purge("webhooks", json!([{"name": name}]), json!({})));
            assert_eq!(ran.states(), ["failed", "not_begun", "not_begun"], "{name}");
            assert!(ran.msg.contains("set allow_similar: true: '"), "{}", ran.msg);
            ran.refused();
            let one = situation.declare("webhooks", json!({"name": name})).refused();
            assert!(one.starts_with("object: no webhook '"), "{one}");
        }
        let both = json!([{"name": "New"}, {"name": "new"}]);
        situation.objects(json!({"type": "webhooks", "objects": both})).refused();
        assert_eq!(names(&situation, "webhooks").len(), 3);
        let allowed = json!({"allow_similar": true});
        let ran = situation.objects(purge("webhooks", json!([{"name": "branch 1"}]), allowed)).changes(true);
        assert_eq!(ran.states(), ["created", "deleted", "deleted"]);
        assert_eq!(names(&situation, "webhooks"), ["Branch 1", "branch 1"]);
        let absent = json!({"type": "webhooks", "object": {"name": "BRANCH 1"}, "state": "absent"});
        let ran = situation.object(absent).changes(false);
        assert!(ran.warnings[0].contains("differ only in blanks"), "{:?}", ran.warnings);
    }
}

#[test]
fn an_object_is_found_again_on_a_cloud_that_changes_its_name() {
    for (form, kept) in [(Normalization::Uppercase, "BRANCH"), (Normalization::Lowercase, "branch")] {
        let situation = Situation::new();
        situation.cloud.behavior(|behavior| behavior.normalized = [("name".to_owned(), form)].into());
        let options = json!({"type": "sites", "object": {"name": "Branch", "notes": "n"}});
        let made = situation.object_at_once(options.clone()).changes(true);
        assert_eq!(made.results["not_kept"], json!(["name"]));
        let again = situation.object(options).changes(false);
        assert!(again.warnings[0].contains(kept), "{:?}", again.warnings);
        let set =
            json!({"type": "sites", "objects": [{"name": "Branch", "notes": "x"}], "purge": true, "keep": ["Site *"]});
        situation.objects(set.clone()).changes(true);
        assert_eq!(
            situation.sent("PUT"),
            [json!({"notes": "x", "name": kept})],
            "the name is sent as the cloud has it"
        );
        situation.objects(set).changes(false);
        assert_eq!(situation.sites().iter().filter(|site| site["name"] == kept).count(), 1);
    }
}

#[test]
fn a_purge_is_limited_by_conditions_with_names_patterns_and_lists() {
    let situation = Situation::new();
    let template = situation.cloud.seed(&situation.org("rftemplates"), json!({"name": "Lab"}));
    for (name, ssid) in [("a", "Staff"), ("b", "Staff"), ("c", "Guest"), ("d", "Staff 2")] {
        let psk = json!({"name": name, "ssid": ssid, "passphrase": "long-enough"});
        situation.cloud.seed(&situation.org("psks"), psk);
    }
    let task = |only: Value| purge("psks", json!([{"name": "a"}]), json!({"where": only}));
    situation.objects(task(json!({"ssid": "Nobody"}))).changes(false);
    situation.objects(task(json!({"ssid": "Staff"}))).changes(true);
    assert_eq!(names(&situation, "psks"), ["a", "c", "d"]);
    situation.objects(task(json!({"ssid": ["Staff*"]}))).changes(true);
    assert_eq!(names(&situation, "psks"), ["a", "c"]);
    situation.cloud.seed(&situation.org("sites"), json!({"name": "Old", "rftemplate_id": template}));
    let sites = purge("sites", json!([{"name": "Site 1"}]), json!({"where": {"rftemplate": "La?"}}));
    assert_eq!(situation.objects(sites).changes(true).states(), ["unchanged", "deleted"]);
    assert_eq!(situation.sites().len(), 5);
}

#[test]
fn an_item_has_its_own_state_and_is_renamed_by_its_id() {
    for situation in both() {
        let path = situation.org("webhooks");
        let id = situation.cloud.seed(&path, json!({"name": "old", "url": "https://x"}));
        situation.cloud.seed(&path, json!({"name": "gone", "url": "https://x"}));
        let objects = json!([
            {"name": "gone", "state": "absent", "topics": {"wrong": "type"}, "url": "https://y"},
            {"name": "none", "state": "patched", "url": "https://y"},
            {"id": id, "name": "new"},
            {"name": "made", "url": "https://x", "state": "present"},
        ]);
        let task = json!({"type": "webhooks", "objects": objects, "purge": true});
        let ran = situation.objects(task.clone()).changes(true);
        assert_eq!(ran.states(), ["deleted", "unchanged", "changed", "created"]);
        assert_eq!(ran.results["objects"][2]["fields"], json!(["name"]));
        assert_eq!(names(&situation, "webhooks"), ["made", "new"]);
        assert_eq!(situation.cloud.object(&format!("{path}/{id}"))["name"], "new");
        situation.objects(task).changes(false);
        let renamed = json!({"type": "webhooks", "object": {"id": id, "name": "newer"}});
        situation.object(renamed).changes(true);
        let wrong = json!([{"id": "00000000-0000-4000-8000-000000000000", "name": "x"}]);
        let msg = situation.objects(json!({"type": "webhooks", "objects": wrong})).refused();
        assert!(msg.contains("no webhook with the id"), "{msg}");
        assert_eq!(names(&situation, "webhooks"), ["made", "newer"]);
        let twice = json!([{"id": id, "name": "x"}, {"name": "newer"}]);
        let msg = situation.objects(json!({"type": "webhooks", "objects": twice})).refused();
        assert!(msg.contains("items 1 and 2 are the same object"), "{msg}");
    }
}

#[test]
fn a_wrong_value_in_a_field_that_does_not_matter_does_not_stop_a_deletion() {
    let situation = with_webhooks(&["w"]);
    let object = json!({"name": "w", "enabled": "perhaps", "topics": {"a": 1}, "sitegroups": ["nowhere"]});
    situation.object(json!({"type": "webhooks", "object": object, "state": "absent"})).changes(true);
    assert!(names(&situation, "webhooks").is_empty());
}

#[test]
fn an_object_without_an_id_is_never_the_collection() {
    let situation = Situation::new();
    let admins = json!([{"admin_id": "a-1", "email": "bob@example.com"}]).to_string();
    let answer = |body: String| FaultKind::Status { status: 200, body, headers: [].into() };
    situation.cloud.fault(Fault::new(answer(admins)).method("GET").path("*/admins"));
    situation.cloud.fault(Fault::new(answer(String::new())).method("DELETE").path("*/admins/a-1"));
    let task = json!({"path": "orgs/{org_id}/admins", "match": ["email"], "object": {"email": "bob@example.com"}, "state": "absent"});
    let msg = situation.object(task.clone()).refused();
    assert!(msg.contains("has no id, so it cannot be written"), "{msg}");
    let set = json!({"path": "orgs/{org_id}/admins", "match": ["email"], "objects": [{"email": "x"}], "purge": true});
    situation.objects(set).refused();
    let mut named = task;
    named["id_field"] = json!("admin_id");
    let ran = situation.object_at_once(named).changes(true);
    assert_eq!(ran.calls.last().map(String::as_str), Some("DELETE orgs/ORG/admins/a-1"));
}

#[test]
fn a_site_of_another_organization_is_refused() {
    let situation = Situation::with(mist_simulator::Config { orgs: 2, ..mist_simulator::Config::default() });
    let other = situation.cloud.orgs().into_iter().map(|(id, _)| id).find(|id| id != situation.cloud.org_id()).unwrap();
    let mut task = json!({"type": "wlans", "org_id": other, "site_id": situation.site_id, "object": {"ssid": "w"}});
    let msg = situation.object(task.clone()).refused();
    assert!(msg.starts_with("site_id: the site belongs to another organization"), "{msg}");
    let set = json!({"type": "wlans", "org_id": other, "site_id": situation.site_id, "objects": [{"ssid": "w"}]});
    situation.objects(set).refused();
    situation.cloud.seed(&situation.site("wlans"), json!({"ssid": "w"}));
    task["object"]["vlan_id"] = json!(5);
    situation.object(task.clone()).refused();
    task["org_id"] = json!(situation.cloud.org_id());
    situation.object(task).changes(true);
}

#[test]
fn a_repeated_key_or_a_long_number_in_json_text_is_refused() {
    let situation = Situation::new();
    for (text, words) in [
        (r#"{"name": "a", "notes": "x", "notes": "y"}"#, "a key occurs twice"),
        (r#"{"name": "a", "latlng": {"lat": 1.2345678901234567890}}"#, "more digits"),
    ] {
        let msg = situation.object(json!({"type": "sites", "object": text})).refused();
        assert!(msg.starts_with("object: ") && msg.contains(words), "{msg}");
    }
    let python = "{'name': 'a', 'country_code': 'DE', 'timezone': 'UTC', 'address': 'x'}";
    situation.object(json!({"type": "sites", "object": python})).changes(true);
}

#[test]
fn names_of_an_earlier_task_are_assumed_in_check_mode_only() {
    let situation = Situation::new();
    let object = json!({"name": "New", "rftemplate": "Later", "sitegroups": ["Soon", "Later too"]});
    let task = json!({"type": "sites", "objects": [object], "assume_names": true});
    let checked = situation.objects_predicted(task.clone()).changes(true);
    assert_eq!(checked.states(), ["created"]);
    assert!(
        checked.warnings[0].starts_with("assume_names: 3 of the names do not exist yet."),
        "{:?}",
        checked.warnings
    );
    let one = json!({"type": "sites", "object": object, "assume_names": true});
    situation.object_predicted(one).changes(true);
    assert!(situation.objects_at_once(task.clone()).refused().contains("no rftemplate named 'Later' exists"));
    let mut without = task;
    without["assume_names"] = json!(false);
    situation.objects_predicted(without).refused();
}

#[test]
fn a_site_of_an_earlier_task_is_assumed_in_check_mode_only() {
    let situation = Situation::new();
    let org = situation.cloud.org_id();
    let with = |more: Value| {
        let mut task = json!({"org_id": org, "site": "Soon", "assume_names": true});
        more.as_object().unwrap().iter().for_each(|(name, value)| task[name] = value.clone());
        task
    };
    let warning = "assume_names: the site 'Soon' does not exist yet. An earlier task would create it.";
    let setting = with(json!({"type": "setting", "object": {"vars": {"vlan": "1"}}}));
    let wlan = with(json!({"type": "wlans", "object": {"ssid": "w", "wxtags": ["Later"]}}));
    let absent = with(json!({"type": "wlans", "object": {"ssid": "w"}, "state": "absent"}));
    for (task, changes) in [(&setting, true), (&wlan, true), (&absent, false)] {
        let checked = situation.object_predicted(task.clone()).changes(changes);
        assert!(checked.warnings.iter().any(|found| found == warning), "{:?}", checked.warnings);
        assert!(
            checked.calls.iter().all(|call| call.starts_with("GET") && !call.contains("/sites//")),
            "{:?}",
            checked.calls
        );
    }
    let set = with(json!({"type": "wlans", "objects": [{"ssid": "w"}, {"ssid": "v"}], "purge": true}));
    assert_eq!(situation.objects_predicted(set.clone()).changes(true).states(), ["created", "created"]);
    for task in [&setting, &wlan] {
        assert!(situation.object_at_once(task.clone()).refused().contains("Soon"));
        let mut without = task.clone();
        without["assume_names"] = json!(false);
        situation.object_predicted(without).refused();
    }
    situation.objects_at_once(set).refused();
}
