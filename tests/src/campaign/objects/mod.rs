//! The tasks about objects, the objects that exist before them, and their calls.

pub mod object_promises;
mod pairs;
mod snapshot;

pub use pairs::{Homes, run_pairs};
pub use snapshot::ObjectSnapshot;

use super::{Call, CallFault, Finished, Judgment, Nature, Situation, Task, World};
use mist_simulator::{Config, Fault, FaultKind, NewToken};
use serde_json::{Value, json};

/// A task about objects, and the cloud before it.
#[derive(Debug, Clone)]
pub struct ObjectSituation {
    pub name: &'static str,
    /// Creates the objects of the situation, and returns the task.
    pub prepare: fn(&World) -> ObjectTask,
    pub calls: Vec<Call>,
}

/// A task, and its promises after a success.
#[derive(Debug, Clone)]
pub struct ObjectTask {
    pub task: Task,
    /// The path of its collection or setting.
    pub path: String,
    /// The field that identifies an object. Empty for a setting.
    pub key: &'static str,
    pub wanted: Vec<WantedObject>,
}

/// The promise about one object.
#[derive(Debug, Clone)]
pub struct WantedObject {
    /// The value of the key.
    pub key: &'static str,
    /// Its fields after a success. `None`: the object does not exist.
    pub fields: Option<Value>,
}

impl ObjectTask {
    /// The same task with these limits, in seconds.
    #[must_use]
    pub fn bounded(mut self, timeout: u64, max_wait: u64) -> Self {
        self.task = self.task.bounded(timeout, max_wait);
        self
    }
}

impl AsRef<Task> for ObjectTask {
    fn as_ref(&self) -> &Task {
        &self.task
    }
}

impl AsMut<Task> for ObjectTask {
    fn as_mut(&mut self) -> &mut Task {
        &mut self.task
    }
}

impl Situation for ObjectSituation {
    type Task = ObjectTask;
    type Snapshot = ObjectSnapshot;

    fn name(&self) -> &'static str {
        self.name
    }

    fn calls(&self) -> &[Call] {
        &self.calls
    }

    fn set_up(&self) -> anyhow::Result<(World, ObjectTask)> {
        let world = World::new(Config { sites: 2, ..Config::default() })?;
        // Objects of others, with similar names.
        for kind in ["webhooks", "rftemplates", "wlans"] {
            let path = format!("orgs/{}/{kind}", world.cloud.org_id());
            for name in ["hook 2", "Old", "old ", "guests-2"] {
                world.cloud.seed(&path, json!({"name": name, "ssid": name}));
            }
        }
        world.cloud.add_user_token(NewToken::named("other"));
        let task = (self.prepare)(&world);
        Ok((world, task))
    }

    fn snapshot(world: &World, task: &ObjectTask) -> anyhow::Result<ObjectSnapshot> {
        Ok(ObjectSnapshot::of(world, task))
    }

    fn judge(finished: &Finished<'_, Self>) -> anyhow::Result<Judgment> {
        object_promises::judge(finished)
    }

    /// `null` is an empty list, and an object that the cloud returns instead of another one, such as a setting, is that object.
    fn applies(fault: &CallFault, call: &Call) -> bool {
        let reads_one = call.method == "GET" && call.name == "the reading";
        let another = fault.name == "a token without a key"
            || matches!(&fault.kind, FaultKind::Redirect { to, .. } if to == "/api/v1/self");
        let lies = (call.method == "GET" && fault.name == "null") || (reads_one && another);
        fault.applies_to(call) && !lies
    }

    /// A task can end after a refusal, whether the refusal is true or not.
    fn is_settled_after(fault: &CallFault) -> bool {
        match &fault.kind {
            FaultKind::Status { status, .. } | FaultKind::Html { status } | FaultKind::Page { status, .. } => {
                !(400..500).contains(status)
            }
            FaultKind::Redirect { .. } => false,
            _ => true,
        }
    }
}

pub fn situations() -> Vec<ObjectSituation> {
    vec![
        ObjectSituation {
            name: "a set of sites: two are created, one changed, one purged",
            prepare: sites,
            calls: vec![
                Call::new("the listing", "GET", "/api/v1/orgs/*/sites", Nature::Repeated),
                Call::new("the listing of templates", "GET", "/api/v1/orgs/*/rftemplates", Nature::Repeated),
                Call::new("the POST", "POST", "/api/v1/orgs/*/sites", Nature::Creation),
                Call::new("the PUT", "PUT", "/api/v1/sites/*", Nature::Repeated),
                Call::new("the DELETE", "DELETE", "/api/v1/sites/*", Nature::Repeated),
                after_lost_post("/api/v1/orgs/*/sites"),
            ],
        },
        ObjectSituation {
            name: "a set of PSKs of a site: one is created, one changed",
            prepare: psks,
            calls: vec![
                Call::new("the listing", "GET", "/api/v1/sites/*/psks", Nature::Repeated),
                Call::new("the POST", "POST", "/api/v1/sites/*/psks", Nature::Creation),
                Call::new("the PUT", "PUT", "/api/v1/sites/*/psks/*", Nature::Repeated),
            ],
        },
        ObjectSituation {
            name: "present: a webhook is created",
            prepare: |world| {
                let fields = json!({"name": "hook", "url": "https://example.com/", "secret": canary("webhook")});
                one(world, "webhooks", "name", "hook", &json!({"object": fields}), Some(fields))
            },
            calls: vec![
                Call::new("the listing", "GET", "/api/v1/orgs/*/webhooks", Nature::Repeated),
                Call::new("the POST", "POST", "/api/v1/orgs/*/webhooks", Nature::Creation),
                after_lost_post("/api/v1/orgs/*/webhooks"),
            ],
        },
        ObjectSituation {
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
                Call::new("the listing", "GET", "/api/v1/orgs/*/wlans", Nature::Repeated),
                Call::new("the PUT", "PUT", "/api/v1/orgs/*/wlans/*", Nature::Repeated),
            ],
        },
        ObjectSituation {
            name: "present: one of a WLAN's RADIUS servers is changed, the secrets of others stay",
            prepare: |world| {
                let path = format!("orgs/{}/wlans", world.cloud.org_id());
                let server = |host: &str, port: u16| json!({"host": host, "port": port, "secret": canary(host)});
                let before = [server("10.0.0.1", 1812), server("10.0.0.2", 1812), server("10.0.0.3", 1812)];
                world.cloud.seed(&path, json!({"ssid": "guests", "auth_servers": before}));
                let servers = json!([{"host": "10.0.0.1"}, {"host": "10.0.0.2", "port": 1645}, {"host": "10.0.0.4", "port": 1812, "secret": canary("10.0.0.4")}]);
                let declared = json!({"ssid": "guests", "auth_servers": servers});
                let after = [server("10.0.0.1", 1812), server("10.0.0.2", 1645), server("10.0.0.4", 1812)];
                let after = json!({"ssid": "guests", "auth_servers": after});
                one(world, "wlans", "ssid", "guests", &json!({"object": declared}), Some(after))
            },
            calls: vec![
                Call::new("the listing", "GET", "/api/v1/orgs/*/wlans", Nature::Repeated),
                Call::new("the PUT", "PUT", "/api/v1/orgs/*/wlans/*", Nature::Repeated),
            ],
        },
        ObjectSituation {
            name: "absent: an RF template is deleted",
            prepare: |world| {
                world.cloud.seed(&format!("orgs/{}/rftemplates", world.cloud.org_id()), json!({"name": "old"}));
                let options = json!({"state": "absent", "object": {"name": "old"}});
                one(world, "rftemplates", "name", "old", &options, None)
            },
            calls: vec![
                Call::new("the listing", "GET", "/api/v1/orgs/*/rftemplates", Nature::Repeated),
                Call::new("the DELETE", "DELETE", "/api/v1/orgs/*/rftemplates/*", Nature::Repeated),
            ],
        },
        ObjectSituation {
            name: "present: a variable of a site's setting is changed",
            prepare: setting,
            calls: vec![
                Call::new("the reading", "GET", "/api/v1/sites/*/setting", Nature::Repeated),
                Call::new("the PUT", "PUT", "/api/v1/sites/*/setting", Nature::Repeated),
            ],
        },
        ObjectSituation {
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
                Call::new("the listing", "GET", "/api/v1/sites/*/rssizones", Nature::Repeated),
                Call::new("the reading", "GET", "/api/v1/sites/*/rssizones/*", Nature::Repeated),
                Call::new("the PUT", "PUT", "/api/v1/sites/*/rssizones/*", Nature::Repeated),
            ],
        },
        ObjectSituation {
            name: "info: the webhooks, with their secrets left out",
            prepare: |world| {
                let path = format!("orgs/{}/webhooks", world.cloud.org_id());
                world.cloud.seed(&path, json!({"name": "hook", "secret": canary("webhook")}));
                let options = json!({"type": "webhooks", "org_id": world.cloud.org_id(), "as_declared": true});
                ObjectTask { task: task(world, "mist_object_info", &options), path, key: "name", wanted: Vec::new() }
            },
            calls: vec![Call::new("the listing", "GET", "/api/v1/orgs/*/webhooks", Nature::Repeated)],
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

/// A task about one object of the organization.
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
    let hosts = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"];
    let canaries = ["webhook", "psk", "made", "changed"].into_iter().chain(hosts).map(canary).collect();
    Task { canaries, ..Task::new(module, all) }
}

/// A secret with this name in it.
fn canary(name: &str) -> String {
    format!("Canary-of-{name}-Pa55")
}

fn site(world: &World) -> String {
    let sites = world.cloud.sites();
    sites.first().and_then(|site| site["id"].as_str()).unwrap_or_default().to_owned()
}

fn after_lost_post(path: &'static str) -> Call {
    let call = Call::new("the listing after a lost POST", "GET", path, Nature::Repeated);
    Call { after: 1, because: Some(lost_post), ..call }
}

fn lost_post() -> Fault {
    Fault::new(FaultKind::CutAfter).method("POST").times(1)
}
