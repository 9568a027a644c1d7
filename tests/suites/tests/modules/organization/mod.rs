//! A whole organization as a folder, against the simulator.

mod apply;
mod export;
mod faults;
mod round_trip;

use mist_modules::MistModule;
use mist_modules::mist_apply::MistApply;
use mist_modules::mist_export::MistExport;
use mist_simulator::{Config, Nested, Simulator};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A cloud and a folder.
pub struct Situation {
    pub cloud: Simulator,
    place: tempfile::TempDir,
}

/// The end of a run.
#[derive(Debug)]
pub struct Ran {
    pub changed: bool,
    pub failed: bool,
    pub msg: String,
    pub results: Value,
    pub diff: Option<(Value, Value)>,
    pub warnings: Vec<String>,
    /// `METHOD path` of every request.
    pub calls: Vec<String>,
}

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
        Self::with(Config { sites: 2, sitegroups: 1, orgs: 2, ..Config::default() })
    }

    pub fn with(config: Config) -> Self {
        Self { cloud: Simulator::start(config).unwrap(), place: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// Adds an object of the organization, and returns its id.
    pub fn seed(&self, word: &str, object: Value) -> String {
        self.cloud.seed(&format!("orgs/{}/{word}", self.cloud.org_id()), object)
    }

    /// The id of a site of the first organization.
    pub fn site(&self, name: &str) -> String {
        let sites = self.cloud.objects(&format!("orgs/{}/sites", self.cloud.org_id()));
        sites.iter().find(|site| site["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    }

    pub fn run<M: MistModule>(&self, check_mode: bool, options: &Value) -> Ran {
        self.cloud.clear_requests();
        let usual = json!({"max_wait": 2, "org_id": self.cloud.org_id()});
        let (outcome, warnings) = suites::run::<M, Value>(&self.cloud, check_mode, &[usual, options.clone()]);
        let calls =
            self.cloud.requests().iter().map(|request| format!("{} {}", request.method, request.path)).collect();
        let (changed, failed, msg, diff, results) = match outcome {
            Ok(success) => (success.changed, false, String::new(), success.diff, success.results),
            Err(failure) => (failure.changed, true, failure.msg, failure.diff, json!(failure.results)),
        };
        let diff = diff.first().map(|diff| (diff.before.clone(), diff.after.clone()));
        Ran { changed, failed, msg, results, diff, warnings, calls }
    }

    /// Exports into the folder `acme`, first in check mode, which predicts the run.
    pub fn export(&self, options: Value) -> Ran {
        let mut all = json!({"dest": self.path("acme")});
        all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        let before = files(&self.path("acme"));
        let predicted = self.run::<MistExport>(true, &all);
        assert_eq!(files(&self.path("acme")), before, "check mode writes nothing");
        let ran = self.run::<MistExport>(false, &all);
        assert_eq!((predicted.changed, &predicted.diff), (ran.changed, &ran.diff), "{} {}", predicted.msg, ran.msg);
        ran
    }

    /// Writes files into a folder.
    pub fn write(&self, folder: &str, files: &[(&str, &str)]) {
        for (name, text) in files {
            let path = self.path(folder).join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }

    /// Applies the folder `acme`, first in check mode, which writes nothing and predicts the run.
    pub fn apply(&self, options: Value) -> Ran {
        let mut all = json!({"src": self.path("acme")});
        all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        let predicted = self.run::<MistApply>(true, &all);
        assert!(predicted.calls.iter().all(|call| call.starts_with("GET")), "{:?}", predicted.calls);
        let ran = self.run::<MistApply>(false, &all);
        if !ran.failed {
            assert!(!predicted.failed, "{}", predicted.msg);
            assert_eq!(predicted.changed, ran.changed);
            assert_eq!(predicted.results["summary"], ran.results["summary"]);
            assert_eq!(predicted.results["drift"], ran.results["drift"]);
        }
        ran
    }

    /// The objects of the first organization.
    pub fn objects(&self, word: &str) -> Vec<Value> {
        self.cloud.objects(&format!("orgs/{}/{word}", self.cloud.org_id()))
    }

    pub fn named(&self, word: &str, name: &str) -> Value {
        let field = if word == "wlans" { "ssid" } else { "name" };
        self.objects(word).into_iter().find(|object| object[field] == name).unwrap_or_default()
    }

    /// The files of the folder `acme`.
    pub fn files(&self) -> BTreeMap<String, String> {
        files(&self.path("acme"))
    }
}

impl Ran {
    /// The writing requests.
    pub fn writes(&self) -> Vec<&String> {
        self.calls.iter().filter(|call| !call.starts_with("GET")).collect()
    }

    /// `KIND KEY STATE` of each object that is not unchanged.
    pub fn states(&self) -> Vec<String> {
        let text = |object: &Value, field: &str| object[field].as_str().unwrap_or_default().to_owned();
        let objects = self.results["objects"].as_array().unwrap().iter();
        objects
            .map(|object| format!("{} {} {}", text(object, "kind"), text(object, "key"), text(object, "state")))
            .collect()
    }

    #[track_caller]
    pub fn fine(self, changed: bool) -> Self {
        assert!(!self.failed, "{} {}", self.msg, self.results);
        assert_eq!(self.changed, changed, "{:#}", self.results);
        self
    }
}

/// All files below a folder by path, except for schemas.
pub fn files(folder: &Path) -> BTreeMap<String, String> {
    fn add(folder: &Path, prefix: &str, all: &mut BTreeMap<String, String>) {
        for entry in folder.read_dir().into_iter().flatten() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                if name != ".mist/schemas" {
                    add(&entry.path(), &format!("{name}/"), all);
                }
            } else if entry.file_type().unwrap().is_file() {
                all.insert(name, std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    let mut all = BTreeMap::new();
    add(folder, "", &mut all);
    all
}
