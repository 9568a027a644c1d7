//! Export, apply to an empty organization, and export again: the same bytes.

use super::{Situation, files};
use mist_modules::mist_apply::MistApply;
use mist_modules::mist_export::MistExport;
use mist_objects::table::{self, Creation, Kind, Level};
use mist_simulator::{Config, Nested};
use serde_json::{Value, json};

/// Names that are hard for file systems, YAML and people.
const NAMES: [&str; 14] = [
    "Branch",
    "branch",
    "BRANCH",
    "Zürich 東京 🏢",
    "a/b\\c:d",
    "..",
    ".hidden",
    "CON",
    "yes",
    "1.10",
    "'quoted' \"name\"",
    "{{var}}",
    "#x: y",
    "\u{202e}rtl",
];

/// An object of a kind, with the fields that the document requires.
fn sample(word: &str, number: usize) -> Value {
    let mac = format!("5c5b3500{number:04x}");
    match word {
        "alarmtemplates" => json!({"delivery": {"enabled": true}, "rules": {"a.b": {"enabled": true}}}),
        "aptemplates" => json!({"ap_matching": {"enabled": true}}),
        "assets" | "usermacs" => json!({"mac": mac}),
        "deviceprofiles" => json!({"type": (["ap", "switch", "gateway"][number % 3])}),
        "evpn_topologies" => json!({"switches": [{"mac": mac, "role": "core"}]}),
        "guests" => json!({"mac": mac}),
        "mxedges" => json!({"model": "ME-100"}),
        "nacrules" => json!({"action": "allow"}),
        "nactags" | "wxtags" => json!({"type": "match"}),
        "pskportals" => json!({"ssid": "s"}),
        "psks" => json!({"ssid": "s", "passphrase": format!("passphrase-{number}")}),
        "rssizones" => json!({"devices": [{"device_id": "d", "rssi": -60}]}),
        "ssoroles" => json!({"privileges": [{"scope": "org", "role": "read"}]}),
        "uisettings" => json!({"description": "d", "purpose": "p"}),
        "vpns" => json!({"paths": {"a.b": {}}}),
        _ => json!({}),
    }
}

fn fill(situation: &Situation, sites: usize) {
    let org = situation.cloud.org_id().to_owned();
    // WLAN rules have no names: the content of these samples does not tell them apart.
    let is_named = |kind: &Kind| kind.creation != Creation::Never && !kind.one && kind.word != "wxrules";
    for kind in table::all().filter(|kind| kind.level == Level::Org && is_named(kind)) {
        if matches!(kind.word.as_str(), "sites" | "guests") {
            continue;
        }
        let by_mac = kind.key == ["mac"];
        let names: &[&str] = if by_mac { &NAMES[..2] } else { &NAMES };
        for (number, name) in names.iter().enumerate() {
            let mut object = sample(&kind.word, number);
            let field = if kind.word == "wlans" { "ssid" } else { "name" };
            object[field] = json!(name);
            situation.cloud.seed(&format!("orgs/{org}/{}", kind.word), object);
        }
    }
    let id = |word: &str, name: &str| situation.named(word, name)["id"].clone();
    for number in 0..sites {
        let name = NAMES.get(number).map_or_else(|| format!("Site {number:03}"), |name| format!("{name} site"));
        let site = situation.cloud.seed(
            &format!("orgs/{org}/sites"),
            json!({"name": name, "country_code": "DE", "rftemplate_id": id("rftemplates", "Branch"),
                "sitegroup_ids": [id("sitegroups", "yes"), id("sitegroups", "branch")]}),
        );
        situation
            .cloud
            .seed(&format!("sites/{site}/setting"), json!({"vars": {"ip": format!("10.0.{number}.1"), "a.b": "012"}}));
        situation.cloud.seed(&format!("sites/{site}/wlans"), json!({"ssid": "Local", "vlan_id": number}));
        situation.cloud.seed(&format!("sites/{site}/wlans"), json!({"ssid": "local", "enabled": true}));
    }
    // Twins: with a field in which they differ, with content that differs, and without any difference.
    let template = id("templates", "Branch");
    for vlan in [10, 20] {
        situation.seed("wlans", json!({"ssid": "Twin", "template_id": template, "vlan_id": vlan}));
        situation.seed("psks", json!({"name": "Twin", "ssid": "s", "macs": [format!("5c5b350000{vlan}")], "passphrase": format!("twin-{vlan}")}));
        situation.seed("psks", json!({"name": "Same", "ssid": "s", "passphrase": "same-same"}));
        let site = situation.seed("sites", json!({"name": "Twin", "address": format!("Street {vlan}")}));
        situation.cloud.seed(&format!("sites/{site}/setting"), json!({"vars": {"vlan": vlan.to_string()}}));
    }
    situation.seed("templates", json!({"name": "Applied", "applies": {"site_ids": [situation.site("Twin")], "sitegroup_ids": [id("sitegroups", "..")]}}));
    situation.cloud.seed(&format!("orgs/{org}/setting"), json!({"session_expiry": 10}));
}

fn round_trip(nested: Nested, sites: usize) {
    let situation = Situation::with(Config { sites: 0, sitegroups: 0, orgs: 2, ..Config::default() });
    situation.cloud.behavior(|behavior| behavior.nested = nested);
    fill(&situation, sites);
    let other = situation.cloud.orgs().into_iter().map(|(id, _)| id).find(|id| id != situation.cloud.org_id()).unwrap();
    let dest = situation.path("acme");
    let export = situation.run::<MistExport>(false, &json!({"dest": dest, "secrets_dest": situation.path("secrets")}));
    assert!(!export.failed, "{}", export.msg);
    let apply = json!({"src": dest, "org_id": other, "secrets_src": situation.path("secrets")});
    let planned = situation.run::<MistApply>(true, &apply);
    assert!(!planned.failed && planned.writes().is_empty(), "{}", planned.msg);
    let ran = situation.run::<MistApply>(false, &apply);
    let failed: Vec<&Value> =
        ran.results["objects"].as_array().unwrap().iter().filter(|one| one["state"] == "failed").collect();
    assert!(!ran.failed, "{failed:#?}");
    assert_eq!(planned.results["summary"], ran.results["summary"]);
    let second = situation.path("second");
    let again = situation.run::<MistExport>(false, &json!({"dest": second, "org_id": other}));
    assert!(!again.failed, "{}", again.msg);
    let (one, two) = (files(&dest), files(&second));
    let differing: Vec<&String> =
        one.keys().chain(two.keys()).filter(|name| one.get(*name) != two.get(*name)).collect();
    let shown = differing.first().map(|name| (one.get(*name), two.get(*name)));
    assert!(differing.is_empty(), "{differing:?}\n{shown:#?}\n{:?}", export.results["unresolved"]);
    let unchanged = situation.run::<MistApply>(false, &apply);
    assert!(!unchanged.failed && unchanged.writes().is_empty(), "{} {:?}", unchanged.msg, unchanged.writes());
    assert_eq!((&unchanged.results["drift"], &unchanged.results["unmanaged"]), (&json!(false), &json!([])));
}

#[test]
fn an_organization_comes_back_with_the_same_bytes_where_dictionaries_are_replaced() {
    round_trip(Nested::Replaced, 200);
}

#[test]
fn an_organization_comes_back_with_the_same_bytes_where_dictionaries_are_merged() {
    round_trip(Nested::Merged, 20);
}
