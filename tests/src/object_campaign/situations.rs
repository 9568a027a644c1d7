//! The tasks, the objects that they meet, and the calls that they make.

use crate::campaign::{Called, Nature, Task, World};
use mist_simulator::{Config, Fault, FaultKind};
use serde_json::{Value, json};

/// A task, and what it meets.
#[derive(Debug, Clone)]
pub struct Situation {
    /// What the report calls it.
    pub name: &'static str,
    /// Puts there what the task meets, and says what the task is.
    pub prepare: fn(&World) -> ObjectTask,
    /// The calls that it makes when nothing goes wrong, in their order, and those that it makes after a trouble.
    pub calls: Vec<Called>,
}

/// A task, and what is promised when it succeeds.
#[derive(Debug, Clone)]
pub struct ObjectTask {
    /// What is run.
    pub task: Task,
    /// The path of the collection or setting that it is about.
    pub path: String,
    /// The field by which its objects are told apart; empty for a setting.
    pub key: &'static str,
    /// The objects that it is about.
    pub wanted: Vec<WantedObject>,
}

/// What is promised about one object.
#[derive(Debug, Clone)]
pub struct WantedObject {
    /// The value of the key.
    pub key: &'static str,
    /// What it has after a success, or `None` where it is gone then.
    pub fields: Option<Value>,
}

/// Every situation.
pub fn situations() -> Vec<Situation> {
    vec![
        Situation {
            name: "a set of sites: two are made, one changed, one purged",
            prepare: sites,
            calls: vec![
                call("the listing", "GET", "/api/v1/orgs/*/sites", Nature::Repeated),
                call("the look at the templates", "GET", "/api/v1/orgs/*/rftemplates", Nature::Repeated),
                call("the POST", "POST", "/api/v1/orgs/*/sites", Nature::Creation),
                call("the PUT", "PUT", "/api/v1/sites/*", Nature::Repeated),
                call("the DELETE", "DELETE", "/api/v1/sites/*", Nature::Repeated),
                after_lost_post("/api/v1/orgs/*/sites"),
            ],
        },
        Situation {
            name: "a set of PSKs at a site: one is made, one changed",
            prepare: psks,
            calls: vec![
                call("the listing", "GET", "/api/v1/sites/*/psks", Nature::Repeated),
                call("the POST", "POST", "/api/v1/sites/*/psks", Nature::Creation),
                call("the PUT", "PUT", "/api/v1/sites/*/psks/*", Nature::Repeated),
            ],
        },
        Situation {
            name: "present: a webhook is made",
            prepare: |world| {
                let fields = json!({"name": "hook", "url": "https://example.com/", "secret": canary("webhook")});
                one(world, "webhooks", "name", "hook", &json!({"object": fields}), Some(fields))
            },
            calls: vec![
                call("the listing", "GET", "/api/v1/orgs/*/webhooks", Nature::Repeated),
                call("the POST", "POST", "/api/v1/orgs/*/webhooks", Nature::Creation),
                after_lost_post("/api/v1/orgs/*/webhooks"),
            ],
        },
        Situation {
            name: "present: a WLAN is changed",
            prepare: |world| {
                let path = format!("orgs/{}/wlans", world.cloud.org_id());
                let before = json!({"type": "psk", "psk": canary("psk"), "pairwise": ["wpa2-ccmp"]});
                world.cloud.seed(&path, json!({"ssid": "guests", "vlan_id": 10, "auth": before}));
                let declared = json!({"ssid": "guests", "vlan_id": 20, "auth": {"psk": canary("psk")}});
                let after = json!({"ssid": "guests", "vlan_id": 20, "auth": before});
                one(world, "wlans", "ssid", "guests", &json!({"object": declared}), Some(after))
            },
            calls: vec![
                call("the listing", "GET", "/api/v1/orgs/*/wlans", Nature::Repeated),
                call("the PUT", "PUT", "/api/v1/orgs/*/wlans/*", Nature::Repeated),
            ],
        },
        Situation {
            name: "absent: an RF template is removed",
            prepare: |world| {
                world.cloud.seed(&format!("orgs/{}/rftemplates", world.cloud.org_id()), json!({"name": "old"}));
                let options = json!({"state": "absent", "object": {"name": "old"}});
                one(world, "rftemplates", "name", "old", &options, None)
            },
            calls: vec![
                call("the listing", "GET", "/api/v1/orgs/*/rftemplates", Nature::Repeated),
                call("the DELETE", "DELETE", "/api/v1/orgs/*/rftemplates/*", Nature::Repeated),
            ],
        },
        Situation {
            name: "present: a variable of a site's setting is changed",
            prepare: setting,
            calls: vec![
                call("the reading", "GET", "/api/v1/sites/*/setting", Nature::Repeated),
                call("the PUT", "PUT", "/api/v1/sites/*/setting", Nature::Repeated),
            ],
        },
        Situation {
            name: "present: an RSSI zone is changed, whose list is a summary",
            prepare: |world| {
                let site = site(world);
                let path = format!("sites/{site}/rssizones");
                let device = |rssi: i32| json!([{"device_id": "00000000-0000-0000-1000-5c5b35000001", "rssi": rssi}]);
                world.cloud.seed(&path, json!({"name": "zone", "devices": device(-60)}));
                let fields = json!({"name": "zone", "devices": device(-70)});
                let options = json!({"type": "rssizones", "site_id": site, "object": fields});
                let wanted = vec![WantedObject { key: "zone", fields: Some(fields) }];
                ObjectTask { task: task(world, "mist_object", &options), path, key: "name", wanted }
            },
            calls: vec![
                call("the listing", "GET", "/api/v1/sites/*/rssizones", Nature::Repeated),
                call("the reading", "GET", "/api/v1/sites/*/rssizones/*", Nature::Repeated),
                call("the PUT", "PUT", "/api/v1/sites/*/rssizones/*", Nature::Repeated),
            ],
        },
        Situation {
            name: "info: the webhooks, with their secrets left out",
            prepare: |world| {
                let path = format!("orgs/{}/webhooks", world.cloud.org_id());
                world.cloud.seed(&path, json!({"name": "hook", "secret": canary("webhook")}));
                let options = json!({"type": "webhooks", "org_id": world.cloud.org_id(), "as_declared": true});
                ObjectTask { task: task(world, "mist_object_info", &options), path, key: "name", wanted: Vec::new() }
            },
            calls: vec![call("the listing", "GET", "/api/v1/orgs/*/webhooks", Nature::Repeated)],
        },
    ]
}

fn sites(world: &World) -> ObjectTask {
    let org = world.cloud.org_id();
    let path = format!("orgs/{org}/sites");
    let template = world.cloud.seed(&format!("orgs/{org}/rftemplates"), json!({"name": "Branch"}));
    world.cloud.seed(&format!("orgs/{org}/rftemplates"), json!({"name": "Branch 2"}));
    for (name, notes) in [("changed", "old"), ("unchanged", "as it is"), ("purged", ""), ("kept 1", "")] {
        world.cloud.seed(&path, json!({"name": name, "notes": notes}));
    }
    let options = json!({
        "type": "sites",
        "org_id": org,
        "objects": [
            {"name": "new 1", "rftemplate": "Branch", "notes": "made"},
            {"name": "new 2", "rftemplate": "Branch"},
            {"name": "changed", "notes": "new"},
            {"name": "unchanged", "notes": "as it is"},
        ],
        "purge": true,
        "keep": ["kept *", "Site *"],
        "max_deletes": 1,
    });
    let there = |key, fields| WantedObject { key, fields: Some(fields) };
    let wanted = vec![
        there("new 1", json!({"rftemplate_id": template, "notes": "made"})),
        there("new 2", json!({"rftemplate_id": template})),
        there("changed", json!({"notes": "new"})),
        there("unchanged", json!({"notes": "as it is"})),
        WantedObject { key: "purged", fields: None },
    ];
    ObjectTask { task: task(world, "mist_objects", &options), path, key: "name", wanted }
}

fn psks(world: &World) -> ObjectTask {
    let site = site(world);
    let path = format!("sites/{site}/psks");
    let psk = |name: &str, role: &str| json!({"name": name, "ssid": "a", "passphrase": canary(name), "role": role});
    world.cloud.seed(&path, psk("changed", "old"));
    let objects = [psk("made", "new"), psk("changed", "new")];
    let options = json!({"type": "psks", "site_id": site, "objects": objects});
    let [made, changed] = objects;
    let wanted =
        vec![WantedObject { key: "made", fields: Some(made) }, WantedObject { key: "changed", fields: Some(changed) }];
    ObjectTask { task: task(world, "mist_objects", &options), path, key: "name", wanted }
}

fn setting(world: &World) -> ObjectTask {
    let site = site(world);
    let path = format!("sites/{site}/setting");
    world.cloud.seed(&path, json!({"vars": {"theirs": "1", "ours": "old"}, "rogue": {"enabled": true}}));
    let options = json!({"type": "setting", "site_id": site, "object": {"vars": {"ours": "{{new}}"}}});
    let fields = json!({"vars": {"theirs": "1", "ours": "{{new}}"}, "rogue": {"enabled": true}});
    let wanted = vec![WantedObject { key: "", fields: Some(fields) }];
    ObjectTask { task: task(world, "mist_object", &options), path, key: "", wanted }
}

/// One object of the organisation.
fn one(
    world: &World,
    kind: &str,
    key: &'static str,
    name: &'static str,
    more: &Value,
    fields: Option<Value>,
) -> ObjectTask {
    let org = world.cloud.org_id();
    let mut options = json!({"type": kind, "org_id": org});
    for (option, value) in more.as_object().into_iter().flatten() {
        options[option] = value.clone();
    }
    let wanted = vec![WantedObject { key: name, fields }];
    ObjectTask { task: task(world, "mist_object", &options), path: format!("orgs/{org}/{kind}"), key, wanted }
}

fn task(world: &World, module: &'static str, options: &Value) -> Task {
    let mut all = json!({"api_token": world.cloud.api_token()});
    for (name, value) in options.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    let canaries = ["webhook", "psk", "made", "changed"].map(canary).to_vec();
    Task { canaries, ..Task::new(module, all) }
}

/// A secret of this name, which is nobody else's.
fn canary(name: &str) -> String {
    format!("Canary-of-{name}-Pa55")
}

fn site(world: &World) -> String {
    let sites = world.cloud.sites();
    sites.first().and_then(|site| site["id"].as_str()).unwrap_or_default().to_owned()
}

const fn call(name: &'static str, method: &'static str, path: &'static str, nature: Nature) -> Called {
    Called { name, method, path, after: 0, because: None, nature }
}

/// The look for what a lost POST has left.
fn after_lost_post(path: &'static str) -> Called {
    let call = call("the listing after a lost POST", "GET", path, Nature::Repeated);
    Called { after: 1, because: Some(lost_post), ..call }
}

fn lost_post() -> Fault {
    Fault::new(FaultKind::CutAfter).method("POST").times(1)
}

/// The cloud of every scenario.
pub(super) fn config() -> Config {
    Config { sites: 2, ..Config::default() }
}
