//! A cloud with devices, and the modules about devices run against it.

use ansible_binary_module::Diff;
use mist_modules::MistModule;
use mist_modules::mist_devices::MistDevices;
use mist_simulator::{Config, Nested, Simulator};
use serde_json::{Map, Value, json};

/// The outcome of a run.
#[derive(Debug)]
pub struct Ran {
    pub changed: bool,
    pub failed: bool,
    pub msg: String,
    pub results: Value,
    pub diff: (Value, Value),
    pub warnings: Vec<String>,
    /// `METHOD path?query` of every request.
    pub calls: Vec<String>,
}

/// A cloud of a test's own.
pub struct Situation {
    pub cloud: Simulator,
    /// The ids of the sites "Site 1", "Site 2", ….
    pub sites: Vec<String>,
}

/// An access point, a switch, a gateway, a virtual chassis with a member, and unassigned devices of each type.
pub const AP: &str = "5c5b35000001";
pub const SWITCH: &str = "5c5b35000002";
pub const GATEWAY: &str = "5c5b35000003";
pub const CHASSIS: &str = "5c5b35000004";
pub const MEMBER: &str = "5c5b35000005";
pub const NEW_AP: &str = "5c5b35000011";
pub const NEW_SWITCH: &str = "5c5b35000012";

/// A claim code that exists, with its device, an access point.
pub const CODE: &str = "6JG8E-PTFV2-A9Z2N";
pub const CLAIMED: &str = "5c5b350000a1";
/// The code of a device of another organization.
pub const FOREIGN: &str = "DVH4V-SNMSZ-PDXBR";

/// Both kinds of cloud: one that replaces nested dictionaries, and one that merges them.
pub fn both() -> [Situation; 2] {
    [Nested::Replaced, Nested::Merged].map(|nested| {
        let situation = Situation::new();
        situation.cloud.behavior(|behavior| behavior.nested = nested);
        situation
    })
}

impl Situation {
    pub fn new() -> Self {
        let situation = Self::empty();
        let (cloud, sites) = (&situation.cloud, &situation.sites);
        let ports = json!({"ge-0/0/0-10": {"usage": "ap"}, "xe-0/1/0": {"usage": "uplink"}, "ae0": {"usage": "lag"}});
        cloud.add_devices(
            cloud.org_id(),
            [
                json!({"mac": AP, "type": "ap", "model": "AP45", "name": "ap-1", "site_id": sites[0],
                       "config": {"notes": "old", "vars": {"a": "1", "b": "2"}}}),
                json!({"mac": SWITCH, "type": "switch", "model": "EX4100-48P", "name": "sw-1", "site_id": sites[0],
                       "config": {"port_config": ports, "role": "access"}}),
                json!({"mac": GATEWAY, "type": "gateway", "model": "SRX320", "name": "gw-1", "site_id": sites[1],
                       "config": {"port_config": {"ge-0/0/0": {"usage": "wan"}, "ge-0/0/1-3": {"usage": "lan"}}}}),
                json!({"mac": CHASSIS, "type": "switch", "model": "EX4400-48P", "name": "vc-1", "site_id": sites[1],
                       "vc_mac": CHASSIS}),
                json!({"mac": MEMBER, "type": "switch", "model": "EX4400-48P", "site_id": sites[1], "vc_mac": CHASSIS,
                       "stats": null}),
                json!({"mac": NEW_AP, "type": "ap", "model": "AP45"}),
                json!({"mac": NEW_SWITCH, "type": "switch", "model": "EX4100-48P"}),
            ],
        );
        cloud.add_claim_code(CODE, json!({"mac": CLAIMED, "type": "ap", "model": "AP45", "serial": "A1"}));
        cloud.add_devices(
            &cloud.orgs()[1].1.clone(),
            [json!({"mac": "5c5b350000b1", "type": "ap", "magic": FOREIGN.replace('-', "")})],
        );
        for (name, kind) in [("Indoor", "ap"), ("Outdoor", "ap"), ("Access", "switch")] {
            cloud.seed(&situation.org("deviceprofiles"), json!({"name": name, "type": kind}));
        }
        cloud.seed(&format!("sites/{}/maps", sites[0]), json!({"name": "Floor 1", "type": "image"}));
        cloud.add_device_models([
            json!({"model": "EX4100-48P", "type": "switch", "pic": {"0": "ge*48", "1": "sfp+*4"}}),
        ]);
        situation
    }

    /// A cloud without devices.
    pub fn empty() -> Self {
        Self::with(Config { other_orgs: 1, ..Config::default() })
    }

    pub fn with(config: Config) -> Self {
        let cloud = Simulator::start(config).unwrap();
        let sites = cloud.sites().iter().map(|site| site["id"].as_str().unwrap().to_owned()).collect();
        Self { cloud, sites }
    }

    /// `orgs/ID/{word}` of the first organization.
    pub fn org(&self, word: &str) -> String {
        format!("orgs/{}/{word}", self.cloud.org_id())
    }

    /// The record of a device in the inventory, or null.
    pub fn record(&self, mac: &str) -> Value {
        let rows = self.cloud.inventory(self.cloud.org_id());
        rows.into_iter().find(|row| row["mac"] == mac).unwrap_or_default()
    }

    /// The configuration of a device at a site, or null.
    pub fn config(&self, mac: &str) -> Value {
        let all = self.sites.iter().flat_map(|site| self.cloud.objects(&format!("sites/{site}/devices")));
        all.into_iter().find(|device| device["mac"] == mac).unwrap_or_default()
    }

    pub fn go<M: MistModule>(&self, check_mode: bool, options: &Value) -> Ran {
        self.cloud.clear_requests();
        let usual = json!({"max_wait": 5, "org_id": self.cloud.org_id()});
        let given: Map<String, Value> = options.as_object().cloned().unwrap();
        let (outcome, warnings) = suites::run::<M, Value>(&self.cloud, check_mode, &[usual, Value::Object(given)]);
        let both =
            |diff: &[Diff]| diff.first().map(|diff| (diff.before.clone(), diff.after.clone())).unwrap_or_default();
        let calls = self.calls();
        match outcome {
            Ok(success) => Ran {
                changed: success.changed,
                failed: false,
                msg: String::new(),
                diff: both(&success.diff),
                results: success.results,
                warnings,
                calls,
            },
            Err(failure) => Ran {
                changed: failure.changed,
                failed: true,
                msg: failure.msg,
                diff: both(&failure.diff),
                results: json!(failure.results),
                warnings,
                calls,
            },
        }
    }

    /// Runs `mist_devices` in check mode and then for real: both agree, and the former writes nothing.
    pub fn devices(&self, options: Value) -> Ran {
        let predicted = self.go::<MistDevices>(true, &options);
        assert!(predicted.calls.iter().all(|call| call.starts_with("GET")), "{:?}", predicted.calls);
        let done = self.go::<MistDevices>(false, &options);
        if !done.failed {
            assert!(!predicted.failed, "{}", predicted.msg);
            assert_eq!((predicted.changed, &predicted.diff), (done.changed, &done.diff), "{options}");
            assert_eq!(predicted.states(), done.states(), "{options}");
        }
        done
    }

    /// The same for claims, whose configuration check mode cannot predict: both agree in the states.
    pub fn devices_loosely(&self, options: &Value) -> Ran {
        let predicted = self.go::<MistDevices>(true, options);
        assert!(predicted.calls.iter().all(|call| call.starts_with("GET")), "{:?}", predicted.calls);
        let done = self.go::<MistDevices>(false, options).changes(true);
        assert_eq!(predicted.changes(true).states(), done.states(), "{options}");
        done
    }

    /// The same with these rows.
    pub fn rows(&self, rows: Value) -> Ran {
        self.devices(json!({ "devices": rows }))
    }

    /// Runs `mist_devices` for real alone.
    pub fn at_once(&self, options: Value) -> Ran {
        self.go::<MistDevices>(false, &options)
    }

    /// `METHOD path?query` of every request of the last run, without IDs.
    pub fn calls(&self) -> Vec<String> {
        let line = |request: &mist_simulator::RecordedRequest| {
            let mark = if request.query.is_empty() { "" } else { "?" };
            let line = format!("{} {}{mark}{}", request.method, request.path, request.query)
                .replace("/api/v1/", "")
                .replace(self.cloud.org_id(), "ORG");
            self.sites
                .iter()
                .enumerate()
                .fold(line, |line, (number, id)| line.replace(id, &format!("SITE{}", number + 1)))
        };
        self.cloud.requests().iter().map(line).collect()
    }

    /// The bodies of the requests of this method, of the last run.
    pub fn sent(&self, method: &str) -> Vec<Value> {
        let requests = self.cloud.requests();
        let of = requests.iter().filter(|request| request.method == method);
        of.map(|request| serde_json::from_str(&request.body).unwrap_or_default()).collect()
    }
}

impl Ran {
    /// The success, with this value of `changed`.
    pub fn changes(self, changed: bool) -> Self {
        assert!(!self.failed, "{}", self.msg);
        assert_eq!(self.changed, changed, "{:?} {:?}", self.calls, self.results);
        self
    }

    /// The failure before anything was changed: its words.
    pub fn refused(self) -> String {
        assert!(self.failed && !self.changed, "{:?}", self.results);
        assert!(self.calls.iter().all(|call| call.starts_with("GET")), "{:?}", self.calls);
        self.msg
    }

    pub fn states(&self) -> Vec<String> {
        let devices = self.results["devices"].as_array().cloned().unwrap_or_default();
        devices.iter().map(|device| device["state"].as_str().unwrap().to_owned()).collect()
    }

    pub fn writes(&self) -> Vec<&String> {
        self.calls.iter().filter(|call| !call.starts_with("GET")).collect()
    }
}
