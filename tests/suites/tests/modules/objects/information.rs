//! Reading objects; export, deletion and restore.

use super::situation::{Situation, both};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;

fn without_ids(mut objects: Vec<Value>) -> Vec<Value> {
    for object in &mut objects {
        let fields = object.as_object_mut().unwrap();
        for own in ["id", "created_time", "modified_time"] {
            fields.remove(own);
        }
    }
    objects.sort_by_key(|object| object["name"].to_string());
    objects
}

#[test]
fn export_wipe_and_apply_give_the_same_objects_but_for_their_ids() {
    for situation in both() {
        let rf: Vec<String> = (0..3)
            .map(|number| situation.cloud.seed(&situation.org("rftemplates"), json!({"name": format!("RF {number}")})))
            .collect();
        let groups: Vec<Value> = situation.cloud.sitegroups().iter().map(|group| group["id"].clone()).collect();
        for number in 0..200_usize {
            let site = json!({"name": format!("Branch {number:03}"), "country_code": "DE", "timezone": "Europe/Berlin", "notes": "{{x}}",
                "rftemplate_id": rf[number % 3], "sitegroup_ids": [groups[number % 2]], "latlng": {"lat": 50.5, "lng": number}});
            situation.cloud.seed(&situation.org("sites"), site);
        }
        let before = without_ids(situation.sites());
        let export = situation.info(json!({"type": "sites", "as_declared": true})).ok();
        assert_eq!(export.methods(), "GET GET GET");
        let objects = export.results["objects"].clone();
        let one = objects.as_array().unwrap().iter().find(|site| site["name"] == "Branch 001").unwrap();
        assert_eq!(
            (&one["rftemplate"], &one["sitegroups"]),
            (&json!("RF 1"), &json!([situation.cloud.sitegroups()[1]["name"]]))
        );
        assert!(one.get("id").is_none() && one.get("created_time").is_none());
        let wipe = json!({"type": "sites", "objects": [], "purge": true, "allow_empty": true});
        situation.objects_at_once(wipe).changes(true);
        assert!(situation.sites().is_empty());
        let apply = json!({"type": "sites", "objects": objects});
        situation.objects_at_once(apply.clone()).changes(true);
        assert_eq!(without_ids(situation.sites()), before);
        situation.objects(apply).changes(false);
    }
}

#[test]
fn what_there_is_can_be_chosen_by_values_globs_and_id() {
    let situation = Situation::new();
    let id = situation.cloud.seed(
        &situation.org("wlans"),
        json!({"ssid": "Guests", "vlan_id": 10, "auth": {"type": "psk", "psk": "geheim-geheim"}}),
    );
    situation.cloud.seed(&situation.org("wlans"), json!({"ssid": "Staff", "vlan_id": 20}));
    let count =
        |filter: Value| situation.info(json!({"type": "wlans", "where": filter})).ok().results["count"].as_u64();
    assert_eq!(count(json!({})), Some(2));
    assert_eq!(count(json!({"ssid": "G*"})), Some(1));
    assert_eq!(count(json!({"auth.type": "psk", "vlan_id": 10})), Some(1));
    assert_eq!(count(json!({"auth": null})), Some(1));
    let one = situation.info(json!({"type": "wlans", "id": id})).ok();
    assert_eq!(one.calls, [format!("GET orgs/ORG/wlans/{id}")]);
    assert_eq!(one.results["objects"][0]["auth"]["psk"], "********");
    assert_eq!(situation.info(json!({"type": "wlans", "id": situation.site_id})).ok().results["count"], 0);
    let open = situation.info(json!({"type": "wlans", "id": id, "as_declared": true, "include_secrets": true})).ok();
    assert_eq!(open.results["objects"][0]["auth"]["psk"], "geheim-geheim");
    assert_eq!(situation.info(json!({"type": "setting"})).ok().results["count"], 1);
}

#[test]
fn an_object_that_was_made_anew_keeps_its_place() {
    let situation = Situation::new();
    for ssid in ["c", "a", "b"] {
        situation.declare("wlans", json!({"ssid": ssid})).changes(true);
    }
    for as_declared in [false, true] {
        let list =
            || situation.info(json!({"type": "wlans", "as_declared": as_declared})).ok().results["objects"].clone();
        let ssids = |list: &Value| list.as_array().unwrap().iter().map(|wlan| wlan["ssid"].clone()).collect::<Vec<_>>();
        let before = list();
        assert_eq!(ssids(&before), ["a", "b", "c"]);
        situation.object(json!({"type": "wlans", "object": {"ssid": "a"}, "state": "absent"})).changes(true);
        situation.declare("wlans", json!({"ssid": "a"})).changes(true);
        assert_eq!(ssids(&list()), ["a", "b", "c"]);
        assert!(!as_declared || list() == before);
    }
}

#[test]
fn objects_go_to_the_file_dest_and_not_into_the_result() {
    let situation = Situation::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wlans.json");
    let wlan = json!({"ssid": "{{ x }}", "vlan_id": 10, "auth": {"type": "psk", "psk": "canary-of-dest"}});
    situation.cloud.seed(&situation.org("wlans"), wlan);
    let options = json!({"type": "wlans", "as_declared": true, "include_secrets": true, "dest": path});
    let read = || std::fs::read_to_string(&path).ok();

    let checked = situation.info_checked(options.clone()).ok();
    assert_eq!((checked.changed, read()), (true, None));
    let first = situation.info(options.clone()).ok();
    assert_eq!(first.diff, checked.diff);
    assert!(first.changed && first.results.get("objects").is_none_or(Value::is_null));
    assert_eq!((&first.results["count"], &first.results["dest"]), (&json!(1), &json!(path)));
    assert!(!format!("{first:?}").contains("canary-of-dest"), "{first:?}");
    assert!(format!("{:?}", first.diff).contains("{{ x }}"), "{first:?}");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    let content = read().unwrap();
    let objects: Value = serde_json::from_str(&content).unwrap();
    assert_eq!(objects[0]["auth"]["psk"], "canary-of-dest");
    assert!(!situation.info(options.clone()).ok().changed, "the same objects are written again");

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(situation.info_checked(options.clone()).ok().changed);
    assert!(situation.info(options.clone()).ok().changed, "the mode stays");
    std::fs::write(&path, "an old canary-of-another").unwrap();
    let replaced = situation.info(options.clone()).ok();
    assert!(replaced.changed && !format!("{replaced:?}").contains("canary"), "{replaced:?}");
    assert_eq!(read().unwrap(), content);

    let applied = json!({"type": "wlans", "src": path});
    situation.objects(applied).changes(false);
    let setting = folder.path().join("setting.json");
    situation.info(json!({"type": "setting", "as_declared": true, "dest": setting})).ok();
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&setting).unwrap()).unwrap();
    assert!(document.is_object(), "{document}");

    for (name, reason) in [("wlans.csv", "ends in .csv"), ("none/wlans.json", "does not exist"), (".", "file")] {
        let refused = situation.info(json!({"type": "wlans", "dest": folder.path().join(name)}));
        assert!(refused.failed && refused.msg.starts_with("dest: '") && refused.msg.contains(reason), "{refused:?}");
    }
}
