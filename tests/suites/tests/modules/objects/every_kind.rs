//! Each kind of the table: created, unchanged, changed, unchanged, absent, absent, with exactly the calls that it takes.

use super::situation::{Ran, Situation, both};
use mist_objects::matching;
use mist_objects::table::{self, Creation, Kind, Level};
use serde_json::{Value, json};

/// An object of a kind, with what the document requires.
fn sample(word: &str) -> Value {
    let required = match word {
        "alarmtemplates" => json!({"delivery": {"enabled": true}, "rules": {"a": {}}}),
        "aptemplates" => json!({"ap_matching": {"enabled": true}}),
        "assets" => json!({"mac": "5c5b350000aa"}),
        "deviceprofiles" => json!({"type": "switch"}),
        "evpn_topologies" => json!({"switches": [{"mac": "5c5b350000aa", "role": "core"}]}),
        "guests" => json!({"mac": "5c-5b-35-00-00-aa", "wlan_id": "53f10664-3ce8-4c27-b382-0ef66432349f"}),
        "mxedges" => json!({"model": "ME-100"}),
        "nacrules" => json!({"action": "allow"}),
        "nactags" | "wxtags" => json!({"type": "match"}),
        "otherdevices" => json!({"mac": "5c5b350000aa"}),
        "pskportals" => json!({"ssid": "s"}),
        "psks" => json!({"ssid": "s", "passphrase": "geheim-geheim"}),
        "rssizones" => json!({"devices": [{"device_id": "d", "rssi": -60}]}),
        "ssoroles" => json!({"privileges": [{"scope": "org", "role": "read"}]}),
        "uisettings" => json!({"description": "d", "purpose": "p"}),
        "usermacs" => json!({"mac": "5C:5B:35:00:00:AA"}),
        "vpns" => json!({"paths": {"a": {}}}),
        "wlans" => json!({"ssid": "one"}),
        "wxrules" => json!({"src_wxtags": ["53f10664-3ce8-4c27-b382-0ef66432349f"], "order": 1}),
        _ => json!({}),
    };
    let mut object = json!({"name": "one", "nested": {"a": 1}, "mark": 1});
    if word == "setting" {
        object.as_object_mut().unwrap().remove("name");
    }
    object.as_object_mut().unwrap().extend(required.as_object().unwrap().clone());
    object
}

fn place(situation: &Situation, kind: &Kind) -> (String, Value) {
    let word = &kind.word;
    match kind.level {
        Level::Org => (situation.org(word), json!({})),
        Level::Site => (situation.site(word), json!({"site_id": situation.site_id})),
        Level::Msp => {
            let msp_id = situation.cloud.msp_id();
            (format!("msps/{msp_id}/{word}"), json!({"msp_id": msp_id}))
        }
    }
}

#[test]
fn every_kind_lives_its_life_with_exactly_the_calls_that_it_takes() {
    for situation in both() {
        for kind in table::all() {
            live(&situation, &kind);
        }
    }
}

fn live(situation: &Situation, kind: &Kind) {
    let (path, scope) = place(situation, kind);
    let told = format!("{} {}", kind.level.word(), kind.word);
    let object = sample(&kind.word);
    let run = |object: &Value, state: &str| -> Ran {
        let mut options = json!({"type": kind.word, "object": object, "state": state});
        options.as_object_mut().unwrap().extend(scope.as_object().unwrap().clone());
        let ran = situation.object(options);
        assert!(!ran.failed, "{told}: {}", ran.msg);
        ran
    };
    let read = if kind.summary { "GET GET" } else { "GET" };
    match kind.creation {
        Creation::Never if !kind.one => drop(situation.cloud.seed(&path, object.clone())),
        Creation::Never => {
            let ran = run(&object, "present");
            assert_eq!((ran.changed, ran.methods().as_str()), (true, "GET PUT"), "{told}");
        }
        Creation::Post | Creation::Put => {
            let (method, calls) = match kind.creation {
                Creation::Put => ("PUT", "GET PUT"),
                _ => ("POST", "GET POST GET"),
            };
            // Without an object in the list, the site proves that it belongs to the organization.
            let site = if kind.level == Level::Site { "GET " } else { "" };
            let ran = run(&object, "present");
            assert_eq!((ran.changed, ran.methods()), (true, format!("{site}{calls}")), "{told}");
            assert!(ran.results["id"].is_string(), "{told}: {}", ran.results);
            assert_eq!(
                situation.sent(method)[0].as_object().unwrap().len(),
                object.as_object().unwrap().keys().filter(|name| !kind.is_read_only(name)).count(),
                "{told}"
            );
        }
    }
    let ran = run(&object, "present");
    assert_eq!(
        (ran.changed, ran.methods().as_str(), &ran.diff),
        (false, read, &None),
        "{told}: {:?}",
        situation.sent("PUT")
    );

    let mut other = object.clone();
    other["mark"] = json!(2);
    other["nested"] = json!({"b": 2});
    let ran = run(&other, "patched");
    let write = if kind.changed_by_post { "POST" } else { "PUT" };
    assert_eq!((ran.changed, ran.methods()), (true, format!("{read} {write}")), "{told}");
    let mut sent = situation.sent(write);
    let body = sent[0].as_object_mut().unwrap();
    let required: Vec<&str> = kind.required().filter(|name| object.get(*name).is_some()).collect();
    for name in required {
        let (sent, declared) = (body.remove(name).unwrap(), object[name].clone());
        let is_same = sent == declared
            || sent
                .as_str()
                .zip(declared.as_str())
                .is_some_and(|(sent, declared)| matching::mac(sent) == matching::mac(declared));
        assert!(is_same, "{told}: a cloud may want {name} in every request");
    }
    assert_eq!(sent, [json!({"mark": 2, "nested": {"a": 1, "b": 2}})], "{told}");
    assert_eq!(ran.results["not_kept"], json!([]), "{told}");
    assert_eq!(ran.results["object"]["nested"], json!({"a": 1, "b": 2}), "{told}");
    let ran = run(&other, "present");
    assert_eq!((ran.changed, ran.methods().as_str()), (false, read), "{told}");

    if kind.deletable {
        let ran = run(&object, "absent");
        assert_eq!((ran.changed, ran.methods().as_str()), (true, "GET DELETE"), "{told}");
        let ran = run(&object, "absent");
        // A search may show an object late, so the object is looked up once more.
        let looks = if kind.is_searched() { "GET GET" } else { "GET" };
        assert_eq!((ran.changed, ran.methods().as_str()), (false, looks), "{told}");
    }
}
