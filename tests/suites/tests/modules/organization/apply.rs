//! `mist_apply`: first rollout, order, cycles, renaming, errors, purges and drift.

use super::{Situation, both};
use mist_modules::mist_apply::MistApply;
use mist_simulator::{Config, Fault, FaultKind};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub const FOLDER: &[(&str, &str)] = &[
    ("sitegroups.yml", "- name: East\n- name: West\n"),
    ("rftemplates.yml", "- name: Office\n"),
    ("networktemplates/Branch.yml", "ntp_servers: ['{{ntp}}']\n"),
    (
        "sites.yml",
        "- name: Berlin\n  rftemplate: Office\n  networktemplate: Branch\n  sitegroups: [East]\n  country_code: DE\n",
    ),
    ("templates/Guest.yml", "name: Guest\napplies:\n  sites: [Berlin]\n  sitegroups: [West]\n"),
    ("wlans.yml", "- ssid: Guest\n  template: Guest\n  auth: {type: psk, psk: canary-psk}\n"),
    ("sites/Berlin/setting.yml", "vars:\n  ip: 10.0.0.1\n"),
    ("sites/Berlin/wlans.yml", "- ssid: Local\n"),
];

#[test]
fn a_first_rollout_creates_everything_in_the_order_of_references() {
    for situation in both() {
        situation.write("acme", FOLDER);
        let ran = situation.apply(json!({})).fine(true);
        let collections: Vec<&str> = ran.writes().iter().map(|call| call.rsplit('/').next().unwrap()).collect();
        assert_eq!(collections.len(), 9, "{collections:?}");
        let at = |word: &str| collections.iter().position(|other| *other == word).unwrap();
        assert!(
            at("sitegroups") < at("sites") && at("rftemplates") < at("sites") && at("networktemplates") < at("sites")
        );
        assert!(at("sites") < at("templates") && at("templates") < at("wlans") && at("sites") < at("setting"));
        let site = situation.named("sites", "Berlin");
        assert_eq!(site["rftemplate_id"], situation.named("rftemplates", "Office")["id"]);
        assert_eq!(situation.named("templates", "Guest")["applies"]["site_ids"], json!([site["id"]]));
        assert_eq!(situation.named("wlans", "Guest")["template_id"], situation.named("templates", "Guest")["id"]);
        assert_eq!(ran.results["summary"]["wlans"]["created"], 1);
        let again = situation.apply(json!({})).fine(false);
        assert_eq!(
            (again.writes().len(), &again.results["objects"], &again.results["drift"]),
            (0, &json!([]), &json!(false))
        );
        assert!(!format!("{:?}{}", ran.diff, ran.results).contains("canary"));
    }
}

#[test]
fn a_diff_has_names_and_the_report_drift() {
    let situation = Situation::new();
    situation.write("acme", FOLDER);
    let plan = situation.run::<MistApply>(true, &json!({"src": situation.path("acme")}));
    let (before, after) = plan.diff.unwrap();
    assert_eq!(before, json!({}));
    assert_eq!(after["sites: Berlin"]["rftemplate"], "Office");
    assert_eq!(after["templates: Guest"]["applies"], json!({"sites": ["Berlin"], "sitegroups": ["West"]}));
    assert_eq!(plan.results["drift"], true);
    situation.apply(json!({})).fine(true);
    // The dashboard changes one, and adds another.
    let id = situation.named("sites", "Berlin")["id"].as_str().unwrap().to_owned();
    situation.cloud.rename_site(&id, "Berlin");
    situation.seed("sitegroups", json!({"name": "Undeclared"}));
    let unmanaged = situation.apply(json!({})).fine(false);
    assert_eq!(unmanaged.results["drift"], false);
    let keys: Vec<&Value> = unmanaged.results["unmanaged"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(keys, ["sitegroups", "sites"]);
    situation.write("acme", &[("rftemplates.yml", "- name: Office\n  ant_gain_5: 3\n")]);
    let drift = situation.run::<MistApply>(true, &json!({"src": situation.path("acme")}));
    assert_eq!(drift.states(), ["rftemplates Office changed"]);
    assert_eq!(drift.results["objects"][0]["fields"], json!(["ant_gain_5"]));
}

#[test]
fn every_error_of_every_file_comes_at_once_before_any_request() {
    let situation = Situation::new();
    situation.write(
        "acme",
        &[
            ("wlan.yml", "- ssid: x\n"),
            ("sitegroups.yml", "- name: a\n- name: [b\n"),
            ("rftemplates.yml", "- name: a\n  ant_gain_5: [x]\n"),
            ("zones.yml", "- name: z\n"),
            ("sites.yml", "- name: A\n  match_by: name\n"),
            ("setting.yml", "- vars: {}\n  site: Site 1\n- vars: {}\n"),
        ],
    );
    let ran = situation.run::<MistApply>(false, &json!({"src": situation.path("acme")}));
    assert!(ran.failed && ran.calls.is_empty(), "{}", ran.msg);
    for file in ["wlan.yml", "sitegroups.yml", "rftemplates.yml", "zones.yml", "sites.yml"] {
        assert!(ran.msg.contains(&format!("'{file}'")), "{file}: {}", ran.msg);
    }
    assert!(ran.msg.contains("wlans"), "{}", ran.msg);
}

#[test]
fn a_wrong_name_fails_before_any_write() {
    let situation = Situation::new();
    situation.write(
        "acme",
        &[
            ("sitegroups.yml", "- name: New\n"),
            ("sites.yml", "- name: A\n  rftemplate: Missing\n- name: B\n  sitegroups: [Nope]\n"),
        ],
    );
    let ran = situation.run::<MistApply>(false, &json!({"src": situation.path("acme")}));
    assert!(
        ran.failed && ran.writes().is_empty() && ran.msg.contains("Missing") && ran.msg.contains("Nope"),
        "{}",
        ran.msg
    );
    situation.write("acme", &[("sites.yml", "- name: A\n"), ("sites/Nowhere/setting.yml", "vars: {a: b}\n")]);
    let ran = situation.run::<MistApply>(false, &json!({"src": situation.path("acme")}));
    assert!(ran.failed && ran.writes().is_empty() && ran.msg.contains("Nowhere"), "{}", ran.msg);
}

#[test]
fn a_cycle_is_closed_by_a_second_write() {
    for situation in both() {
        situation.write(
            "acme",
            &[("mxtunnels.yml", "- name: One\n  anchor_mxtunnels: [Two]\n- name: Two\n  anchor_mxtunnels: [One]\n")],
        );
        situation.apply(json!({})).fine(true);
        let (one, two) = (situation.named("mxtunnels", "One"), situation.named("mxtunnels", "Two"));
        assert_eq!(
            (&one["anchor_mxtunnel_ids"], &two["anchor_mxtunnel_ids"]),
            (&json!([two["id"]]), &json!([one["id"]]))
        );
        assert_eq!(situation.apply(json!({})).fine(false).writes().len(), 0);
    }
}

#[test]
fn an_object_is_renamed_by_its_old_name() {
    let situation = Situation::new();
    situation.write("acme", FOLDER);
    situation.apply(json!({})).fine(true);
    let id = situation.named("rftemplates", "Office")["id"].clone();
    situation.write(
        "acme",
        &[
            ("rftemplates.yml", "- name: Offices\n  was: Office\n"),
            ("sites.yml", "- name: Berlin\n  rftemplate: Offices\n"),
        ],
    );
    let ran = situation.apply(json!({})).fine(true);
    assert_eq!(ran.states(), ["rftemplates Offices changed"]);
    assert_eq!(situation.named("rftemplates", "Offices")["id"], id);
    assert_eq!(situation.apply(json!({})).fine(false).writes().len(), 0);
}

#[test]
fn what_depends_on_a_failed_object_is_skipped_and_the_next_run_completes() {
    let situation = Situation::new();
    situation.write("acme", FOLDER);
    let refuse = FaultKind::Status { status: 400, body: "{}".into(), headers: BTreeMap::new() };
    situation.cloud.fault(Fault::new(refuse).method("POST").path("*/rftemplates").times(1));
    let ran = situation.run::<MistApply>(false, &json!({"src": situation.path("acme")}));
    assert!(ran.failed && ran.changed, "{}", ran.msg);
    let mut states = ran.states();
    states.sort();
    let expected = [
        "networktemplates Branch created",
        "rftemplates Office failed",
        "setting setting skipped",
        "sitegroups East created",
        "sitegroups West created",
        "sites Berlin skipped",
        "templates Guest skipped",
        "wlans Guest / Guest skipped",
        "wlans Local skipped",
    ];
    assert_eq!(states, expected);
    situation.apply(json!({})).fine(true);
    assert_eq!(situation.apply(json!({})).fine(false).writes().len(), 0);
    assert_eq!(situation.objects("sitegroups").iter().filter(|group| group["name"] == "East").count(), 1);
}

#[test]
fn a_purge_is_last_bounded_and_only_where_a_file_is() {
    let situation = Situation::with(Config { sites: 2, sitegroups: 2, devices: 2, ..Config::default() });
    let site = situation.site("Site 1");
    situation.cloud.seed(&format!("sites/{site}/wlans"), json!({"ssid": "Old"}));
    situation.seed("webhooks", json!({"name": "Old", "url": "https://example.com"}));
    situation.write("acme", &[("sitegroups.yml", "- name: Group 1\n"), ("rftemplates.yml", "- name: New\n")]);
    let purge = |more: Value| {
        let mut all = json!({"purge": ["sitegroups", "webhooks", "site/wlans"], "max_deletes": 1});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let missing = situation.run::<MistApply>(false, &json!({"src": situation.path("acme"), "purge": ["sitegroups"]}));
    assert!(missing.failed && missing.calls.is_empty() && missing.msg.starts_with("max_deletes"), "{}", missing.msg);
    let mut none = purge(json!({"max_deletes": 0}));
    none["src"] = json!(situation.path("acme"));
    let refused = situation.run::<MistApply>(false, &none);
    assert!(refused.failed && refused.writes().is_empty(), "{}", refused.msg);
    let kept = situation.apply(purge(json!({"keep": {"sitegroups": ["Group *"]}}))).fine(true);
    assert_eq!(kept.states(), ["rftemplates New created"]);
    let ran = situation.apply(purge(json!({}))).fine(true);
    assert_eq!(ran.states(), ["sitegroups Group 2 deleted"]);
    assert_eq!(
        (situation.objects("webhooks").len(), situation.cloud.objects(&format!("sites/{site}/wlans")).len()),
        (1, 1)
    );
    situation.write("acme", &[("webhooks.yml", "[]\n")]);
    let empty = situation
        .run::<MistApply>(false, &json!({"src": situation.path("acme"), "purge": ["webhooks"], "max_deletes": 5}));
    assert!(empty.failed && empty.writes().is_empty() && empty.msg.contains("allow_empty"), "{}", empty.msg);
    situation.apply(json!({"purge": ["webhooks"], "max_deletes": 5, "allow_empty": true})).fine(true);
    assert!(situation.objects("webhooks").is_empty());
    // Sites with devices stay.
    situation.write("acme", &[("sites.yml", "- name: Site 1\n")]);
    let sites = situation
        .run::<MistApply>(false, &json!({"src": situation.path("acme"), "purge": ["sites"], "max_deletes": 5}));
    assert!(sites.failed && !sites.changed, "{} {}", sites.msg, sites.results);
    assert_eq!(situation.objects("sites").len(), 2);
}

#[test]
fn secrets_come_from_another_folder_or_a_variable_and_override_nothing() {
    let situation = Situation::new();
    situation.write(
        "acme",
        &[
            ("wlans.yml", "- ssid: Corp\n  auth: {type: psk}\n- ssid: Own\n  auth: {type: psk, psk: declared-psk}\n"),
            ("webhooks.yml", "- name: W\n  url: https://example.com\n"),
        ],
    );
    situation.write(
        "secrets",
        &[("wlans.yml", "- ssid: Corp\n  auth: {psk: canary-psk}\n- ssid: Own\n  auth: {psk: canary-own}\n")],
    );
    let options =
        json!({"secrets_src": situation.path("secrets"), "secrets": {"webhooks": {"W": {"secret": "canary-hook"}}}});
    let ran = situation.apply(options).fine(true);
    assert_eq!(situation.named("wlans", "Corp")["auth"]["psk"], "canary-psk");
    assert_eq!(situation.named("wlans", "Own")["auth"]["psk"], "declared-psk");
    assert_eq!(situation.named("webhooks", "W")["secret"], "canary-hook");
    assert!(!format!("{:?}{}{:?}", ran.diff, ran.results, ran.warnings).contains("canary"));
}

#[test]
fn settings_of_many_sites_come_from_a_table_and_files_without_overlap() {
    let situation = Situation::new();
    situation.write(
        "acme",
        &[
            ("site-settings.csv", "site,vars.ip,vars.vlan\nSite 1,10.0.0.1,010\nSite 2,10.0.0.2,020\n"),
            ("sites/Site 1/setting.yml", "rogue: {enabled: true}\nvars: {more: x}\n"),
            ("zones.yml", "[]\n"),
        ],
    );
    situation.apply(json!({})).fine(true);
    let setting = |name: &str| situation.cloud.object(&format!("sites/{}/setting", situation.site(name)));
    assert_eq!(setting("Site 1")["vars"], json!({"ip": "10.0.0.1", "vlan": "010", "more": "x"}));
    assert_eq!(setting("Site 2")["vars"], json!({"ip": "10.0.0.2", "vlan": "020"}));
    let again = situation.apply(json!({})).fine(false);
    assert_eq!(again.calls.len(), 3, "{:?}", again.calls);
    situation.write("acme", &[("sites/Site 2/setting.yml", "vars: {ip: 10.0.0.3}\n")]);
    let twice = situation.run::<MistApply>(false, &json!({"src": situation.path("acme")}));
    assert!(twice.failed && twice.calls.is_empty() && twice.msg.contains("vars.ip"), "{}", twice.msg);
}

#[test]
fn a_list_of_site_kinds_has_a_column_for_the_site() {
    let situation = Situation::new();
    situation.write("acme", &[("wlans.csv", "ssid,site,enabled\nA,Site 1,true\nB,Site 2,true\nC,,true\n")]);
    situation.apply(json!({})).fine(true);
    let of = |site: &str| situation.cloud.objects(&format!("sites/{}/wlans", situation.site(site))).len();
    assert_eq!((of("Site 1"), of("Site 2"), situation.objects("wlans").len()), (1, 1, 1));
}

#[test]
fn some_kinds_and_objects_are_applied_alone() {
    let situation = Situation::new();
    situation.write("acme", FOLDER);
    let ran = situation.apply(json!({"kinds": ["sitegroups"], "only": {"sitegroups": ["W*"]}})).fine(true);
    assert_eq!(ran.states(), ["sitegroups West created"]);
    let stopped = situation.run::<MistApply>(true, &json!({"src": situation.path("acme"), "kinds": ["site/wlans"]}));
    assert!(stopped.failed && stopped.msg.contains("Berlin"), "{}", stopped.msg);
    let files = json!([situation.path("acme/sitegroups.yml"), situation.path("acme/networktemplates/Branch.yml")]);
    let ran = situation.run::<MistApply>(false, &json!({"src": files}));
    assert_eq!(ran.states(), ["networktemplates Branch created", "sitegroups East created"]);
}
