//! `mist_export`: the folder, its stability, partial exports, and lists that fail.

use super::{Situation, both, files};
use mist_modules::mist_export::MistExport;
use mist_simulator::{Config, Fault, FaultKind, Secrets};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

/// An organization with references, large objects and objects of sites.
fn fill(situation: &Situation) {
    let template =
        situation.seed("templates", json!({"name": "Guest", "applies": {"site_ids": [situation.site("Site 1")]}}));
    situation.seed("networktemplates", json!({"name": "Branch", "networks": {"a.b": {"vlan_id": "10"}}}));
    situation
        .seed("wlans", json!({"ssid": "Guest", "template_id": template, "auth": {"type": "psk", "psk": "canary-psk"}}));
    situation.seed(
        "webhooks",
        json!({"name": "Alarms", "url": "https://example.com", "topics": ["alarms"], "secret": "canary-hook"}),
    );
    let site = situation.site("Site 1");
    situation.cloud.seed(&format!("sites/{site}/wlans"), json!({"ssid": "Local"}));
    situation.cloud.seed(&format!("sites/{site}/setting"), json!({"vars": {"ip": "10.0.0.1"}}));
}

#[test]
fn an_organization_is_a_folder_without_ids_times_and_secrets() {
    for situation in both() {
        fill(&situation);
        let ran = situation.export(json!({})).fine(true);
        let files = situation.files();
        let names: Vec<&str> = files.keys().map(String::as_str).filter(|name| !name.starts_with('.')).collect();
        assert_eq!(
            names,
            [
                "networktemplates/Branch.yml",
                "sitegroups.yml",
                "sites.yml",
                "sites/Site 1/setting.yml",
                "sites/Site 1/wlans.yml",
                "templates/Guest.yml",
                "webhooks.yml",
                "wlans.yml"
            ]
        );
        assert_eq!(
            files["wlans.yml"],
            "# yaml-language-server: $schema=.mist/schemas/wlans.json\n- auth:\n    type: psk\n  ssid: Guest\n  template: Guest\n"
        );
        assert_eq!(
            files["sites/Site 1/setting.yml"],
            "# yaml-language-server: $schema=../../.mist/schemas/site-setting.json\nvars:\n  ip: '10.0.0.1'\n"
        );
        assert_eq!(files[".gitattributes"], "* text eol=lf\n");
        for (name, text) in &files {
            assert!(
                !text.contains("canary") && !text.contains("_time") && !text.contains(situation.cloud.org_id()),
                "{name}: {text}"
            );
        }
        assert_eq!(
            ran.results["secrets_left_out"],
            json!(["webhooks: Alarms: secret", "wlans: Guest / Guest: auth.psk"])
        );
        let listed: Vec<&str> = files[".mist/exported"].lines().collect();
        let mut sorted = listed.clone();
        sorted.sort_unstable();
        assert_eq!(listed, sorted);
        assert!(names.iter().all(|name| listed.contains(name)));
        assert!(situation.path("acme/.mist/schemas/wlans.json").is_file());
    }
}

#[test]
fn the_same_organization_gives_the_same_bytes_and_no_write() {
    let situation = Situation::new();
    fill(&situation);
    situation.export(json!({})).fine(true);
    let before = situation.files();
    let times = |situation: &Situation| fs::metadata(situation.path("acme/wlans.yml")).unwrap().modified().unwrap();
    let time = times(&situation);
    situation.cloud.behavior(|behavior| behavior.newest_first = true);
    let again = situation.export(json!({})).fine(false);
    assert_eq!((situation.files(), times(&situation)), (before, time));
    assert_eq!((&again.results["written"], &again.results["deleted"], again.diff), (&json!([]), &json!([]), None));
}

#[test]
fn listed_files_of_deleted_objects_are_deleted_and_foreign_ones_stay() {
    let situation = Situation::new();
    fill(&situation);
    situation.export(json!({})).fine(true);
    for (name, text) in [
        ("README.md", "mine"),
        ("psks.yml", "[]\n"),
        ("sites/Gone/notes.txt", "mine"),
        ("sites/Gone/setting.yml", "{}\n"),
    ] {
        let path = situation.path("acme").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let site = situation.site("Site 1");
    assert!(
        situation.cloud.remove_object(&format!("orgs/{}/sites/{site}", situation.cloud.org_id()))
            || situation.cloud.remove_object(&format!("sites/{site}"))
    );
    let ran = situation.export(json!({})).fine(true);
    assert_eq!(ran.results["deleted"], json!(["sites/Site 1/setting.yml", "sites/Site 1/wlans.yml"]));
    assert!(!situation.path("acme/sites/Site 1").exists());
    let files = situation.files();
    for name in ["README.md", "psks.yml", "sites/Gone/notes.txt", "sites/Gone/setting.yml"] {
        assert!(files.contains_key(name), "{name}");
    }
}

#[test]
fn a_partial_export_does_not_touch_the_rest() {
    let situation = Situation::new();
    fill(&situation);
    let second = situation.site("Site 2");
    situation.cloud.seed(&format!("sites/{second}/wlans"), json!({"ssid": "Second"}));
    situation.seed("wlans", json!({"ssid": "Corp"}));
    situation.export(json!({})).fine(true);
    let before = situation.files();
    situation.export(json!({"kinds": ["sites"]})).fine(false);
    situation.export(json!({"kinds": ["org/wlans"], "only": {"wlans": ["Corp"]}})).fine(false);
    situation.export(json!({"sites": ["Site 2"]})).fine(false);
    assert_eq!(situation.files(), before);
    // Everything changes, and a part is exported.
    situation.seed("wlans", json!({"ssid": "Corp 2"}));
    situation.seed("wlans", json!({"ssid": "Other"}));
    for site in ["Site 1", "Site 2"] {
        situation.cloud.seed(&format!("sites/{}/wlans", situation.site(site)), json!({"ssid": "New"}));
    }
    let only = json!({"kinds": ["wlans"], "only": {"org/wlans": ["Corp*"]}, "sites": ["Site 2"]});
    let ran = situation.export(only).fine(true);
    assert_eq!(ran.results["written"], json!(["sites/Site 2/wlans.yml", "wlans.yml"]));
    let after = situation.files();
    assert!(after["wlans.yml"].contains("ssid: Corp 2") && after["wlans.yml"].contains("ssid: Guest"));
    assert!(!after["wlans.yml"].contains("Other"));
    assert_eq!(after["sites/Site 1/wlans.yml"], before["sites/Site 1/wlans.yml"]);
}

#[test]
fn a_list_that_fails_or_is_forbidden_is_reported_and_its_files_stay() {
    for (status, failed) in [(403, false), (500, true)] {
        let situation = Situation::new();
        fill(&situation);
        situation.export(json!({})).fine(true);
        let before = situation.files();
        let site = situation.site("Site 1");
        let answer = || FaultKind::Status { status, body: "{}".into(), headers: BTreeMap::new() };
        situation.cloud.fault(Fault::new(answer()).path("*/webhooks").times(1000));
        situation.cloud.fault(Fault::new(answer()).path(&format!("*/sites/{site}/wlans")).times(1000));
        let ran = situation.export(json!({}));
        assert_eq!((ran.failed, ran.changed), (failed, false), "{}", ran.msg);
        let skipped: Vec<&Value> =
            ran.results["not_exported"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
        assert_eq!(skipped, ["webhooks", "wlans"]);
        assert_eq!(situation.files(), before);
        assert_eq!(ran.warnings.len(), usize::from(!failed));
    }
}

#[test]
fn links_and_a_tampered_list_lead_nowhere() {
    let situation = Situation::new();
    fill(&situation);
    situation.export(json!({})).fine(true);
    let outside = situation.path("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("wlans.yml"), "mine").unwrap();
    fs::write(situation.path("mine.yml"), "mine").unwrap();
    let list = situation.path("acme/.mist/exported");
    let mut text = fs::read_to_string(&list).unwrap();
    text.push_str(
        "../mine.yml\nsites/../../mine.yml\n/etc/passwd\nsites/Linked/wlans.yml\nsites/../.git/config\n\u{0}\n",
    );
    fs::write(&list, text).unwrap();
    symlink(&outside, situation.path("acme/sites/Linked")).unwrap();
    situation.export(json!({})).fine(true);
    assert!(situation.path("mine.yml").exists() && outside.join("wlans.yml").exists());
    situation.export(json!({})).fine(false);
    // A link where a site's folder is written.
    fs::remove_dir_all(situation.path("acme/sites/Site 1")).unwrap();
    symlink(&outside, situation.path("acme/sites/Site 1")).unwrap();
    let ran = situation.run::<MistExport>(false, &json!({"dest": situation.path("acme")}));
    assert!(ran.failed && !ran.changed, "{:?}", ran.results);
    assert_eq!(fs::read_to_string(outside.join("wlans.yml")).unwrap(), "mine");
}

#[test]
fn secrets_have_a_folder_of_their_own_and_masks_are_listed() {
    let situation = Situation::new();
    fill(&situation);
    situation.export(json!({"secrets_dest": situation.path("secrets")})).fine(true);
    let secrets = files(&situation.path("secrets"));
    assert!(secrets["wlans.yml"].contains("psk: canary-psk") && secrets["wlans.yml"].contains("template: Guest"));
    assert!(secrets["webhooks.yml"].contains("canary-hook"));
    let mode = |name: &str| fs::metadata(situation.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("secrets"), mode("secrets/wlans.yml")), (0o700, 0o600));
    situation.export(json!({"secrets_dest": situation.path("secrets")})).fine(false);
    let inside = situation
        .run::<MistExport>(false, &json!({"dest": situation.path("acme"), "secrets_dest": situation.path("acme/s")}));
    assert!(inside.failed && inside.calls.is_empty());
    situation.export(json!({"secrets_dest": situation.path("acme/s"), "secrets_in_dest": true})).fine(true);
    assert_eq!(fs::read_to_string(situation.path("acme/s/.gitignore")).unwrap(), "*\n");
    situation.cloud.behavior(|behavior| behavior.secrets = Secrets::Masked);
    let masked = situation.export(json!({"secrets_dest": situation.path("secrets")}));
    assert!(!files(&situation.path("secrets")).values().any(|text| text.contains("***")));
    assert_eq!(masked.results["masked"], json!(["webhooks: Alarms: secret", "wlans: Guest / Guest: auth.psk"]));
}

#[test]
fn the_quota_is_compared_before_the_first_site() {
    let situation = Situation::with(Config { sites: 300, quota: 400, ..Config::default() });
    let ran = situation
        .run::<MistExport>(false, &json!({"dest": situation.path("acme"), "kinds": ["sites", "setting", "wlans"]}));
    assert!(ran.failed && ran.msg.contains("600 requests"), "{}", ran.msg);
    assert!(!ran.calls.iter().any(|call| call.contains("/sites/")), "{:?}", ran.calls);
    assert!(!situation.path("acme").exists());
}

#[test]
fn two_hundred_sites_take_a_request_for_each_list() {
    let situation = Situation::with(Config { sites: 204, ..Config::default() });
    let ran = situation.run::<MistExport>(
        false,
        &json!({"dest": situation.path("acme"), "kinds": ["sites", "sitegroups", "setting", "site/wlans"]}),
    );
    assert!(!ran.failed && ran.calls.len() <= 415, "{} {}", ran.msg, ran.calls.len());
}

#[test]
fn sites_in_a_table_and_json() {
    let situation = Situation::new();
    fill(&situation);
    situation.export(json!({"site_settings": "csv"})).fine(true);
    assert_eq!(situation.files()["site-settings.csv"], "site,vars.ip\nSite 1,10.0.0.1\n");
    assert!(!situation.files().contains_key("sites/Site 1/setting.yml"));
    let ran = situation.export(json!({"format": "json"})).fine(true);
    assert!(ran.results["deleted"].as_array().unwrap().contains(&json!("wlans.yml")), "{}", ran.results);
    assert!(!situation.files().contains_key("site-settings.csv"));
    let wlans: Value = serde_json::from_str(&situation.files()["wlans.json"]).unwrap();
    assert_eq!(wlans, json!([{"auth": {"type": "psk"}, "ssid": "Guest", "template": "Guest"}]));
}
