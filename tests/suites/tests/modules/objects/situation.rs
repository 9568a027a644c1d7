//! A cloud, and the modules about objects run against it.

use ansible_binary_module::Diff;
use mist_modules::MistModule;
use mist_modules::mist_object::MistObject;
use mist_modules::mist_object_info::MistObjectInfo;
use mist_modules::mist_objects::MistObjects;
use mist_simulator::{Config, Nested, Simulator};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The outcome of a run.
#[derive(Debug)]
pub struct Ran {
    pub changed: bool,
    pub failed: bool,
    pub msg: String,
    pub results: Value,
    pub diff: Option<(Value, Value)>,
    /// The header of the diff.
    pub header: String,
    pub warnings: Vec<String>,
    /// `METHOD path?query` of every request.
    pub calls: Vec<String>,
}

/// Does the work for each item, many at once: they mostly wait.
pub fn in_parallel<I: Sync>(items: &[I], work: impl Fn(&I) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..48.min(items.len()) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(item);
                }
            });
        }
    });
}

/// A cloud of a test's own.
pub struct Situation {
    pub cloud: Simulator,
    pub site_id: String,
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
        Self::with(Config { msp_orgs: 1, ..Config::default() })
    }

    pub fn with(config: Config) -> Self {
        let cloud = Simulator::start(config).unwrap();
        let site_id = cloud.sites().first().map(|site| site["id"].as_str().unwrap().to_owned()).unwrap_or_default();
        Self { cloud, site_id }
    }

    /// `orgs/ID/{word}` of the first organization.
    pub fn org(&self, word: &str) -> String {
        format!("orgs/{}/{word}", self.cloud.org_id())
    }

    pub fn site(&self, word: &str) -> String {
        format!("sites/{}/{word}", self.site_id)
    }

    /// The sites of the first organization.
    pub fn sites(&self) -> Vec<Value> {
        self.cloud.objects(&self.org("sites"))
    }

    fn go<M: MistModule>(&self, check_mode: bool, options: &Value) -> Ran {
        self.cloud.clear_requests();
        self.go_on::<M>(check_mode, options)
    }

    /// The same next to other runs: the requests are those of all.
    fn go_on<M: MistModule>(&self, check_mode: bool, options: &Value) -> Ran {
        let mut usual = json!({"max_wait": 5, "org_id": self.cloud.org_id()});
        if options["org_id"].is_null() && options.get("org_id").is_some() {
            // Without the usual one.
            usual.as_object_mut().unwrap().shift_remove("org_id");
        }
        let given: Value = options
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let (outcome, warnings) = suites::run::<M, Value>(&self.cloud, check_mode, &[usual, given]);
        let both = |diff: &[Diff]| diff.first().map(|diff| (diff.before.clone(), diff.after.clone()));
        let header = |diff: &[Diff]| diff.first().and_then(|diff| diff.before_header.clone()).unwrap_or_default();
        let calls = self.calls();
        match outcome {
            Ok(success) => Ran {
                changed: success.changed,
                failed: false,
                msg: String::new(),
                diff: both(&success.diff),
                header: header(&success.diff),
                results: success.results,
                warnings,
                calls,
            },
            Err(failure) => Ran {
                changed: failure.changed,
                failed: true,
                diff: both(&failure.diff),
                header: header(&failure.diff),
                msg: failure.msg,
                results: json!(failure.results),
                warnings,
                calls,
            },
        }
    }

    /// Runs `mist_object` in check mode and then for real; both must agree in what changes and what is shown of it, and the
    /// former writes nothing.
    pub fn object(&self, options: Value) -> Ran {
        self.agreeing::<MistObject>(options)
    }

    /// The same, the task being written shortly: a kind, and the object.
    pub fn declare(&self, kind: &str, object: Value) -> Ran {
        self.object(json!({"type": kind, "object": object}))
    }

    /// Runs `mist_object` for real alone.
    pub fn object_at_once(&self, options: Value) -> Ran {
        self.go::<MistObject>(false, &options)
    }

    /// The same next to other runs.
    pub fn object_uncleared(&self, options: Value) -> Ran {
        self.go_on::<MistObject>(false, &options)
    }

    /// Runs `mist_objects` for real next to other runs.
    pub fn objects_uncleared(&self, options: Value) -> Ran {
        self.go_on::<MistObjects>(false, &options)
    }

    /// Runs `mist_object` in check mode next to other runs.
    pub fn object_predicted_uncleared(&self, options: Value) -> Ran {
        self.go_on::<MistObject>(true, &options)
    }

    pub fn objects(&self, options: Value) -> Ran {
        self.agreeing::<MistObjects>(options)
    }

    /// Runs `mist_objects` for real alone.
    pub fn objects_at_once(&self, options: Value) -> Ran {
        self.go::<MistObjects>(false, &options)
    }

    /// Runs `mist_object` in check mode alone.
    pub fn object_predicted(&self, options: Value) -> Ran {
        self.go::<MistObject>(true, &options)
    }

    /// Runs `mist_objects` in check mode alone.
    pub fn objects_predicted(&self, options: Value) -> Ran {
        self.go::<MistObjects>(true, &options)
    }

    pub fn info(&self, options: Value) -> Ran {
        let ran = self.go::<MistObjectInfo>(false, &options);
        assert!(ran.calls.iter().all(|call| call.starts_with("GET")), "{:?}", ran.calls);
        ran
    }

    /// Runs `mist_object_info` in check mode.
    pub fn info_checked(&self, options: Value) -> Ran {
        self.go::<MistObjectInfo>(true, &options)
    }

    fn agreeing<M: MistModule>(&self, options: Value) -> Ran {
        let predicted = self.go::<M>(true, &options);
        assert!(predicted.calls.iter().all(|call| call.starts_with("GET")), "{:?}", predicted.calls);
        let done = self.go::<M>(false, &options);
        assert_eq!(predicted.failed, done.failed, "{} {}", predicted.msg, done.msg);
        if !done.failed {
            assert_eq!((predicted.changed, &predicted.diff), (done.changed, &done.diff), "{options}");
            assert_eq!(predicted.header, done.header, "{options}");
        }
        done
    }

    /// `METHOD path?query` of every request of the last run, without IDs.
    pub fn calls(&self) -> Vec<String> {
        let line = |request: &mist_simulator::RecordedRequest| {
            let mark = if request.query.is_empty() { "" } else { "?" };
            format!("{} {}{mark}{}", request.method, request.path, request.query)
                .replace("/api/v1/", "")
                .replace(self.cloud.org_id(), "ORG")
                .replace(if self.site_id.is_empty() { "none" } else { &self.site_id }, "SITE")
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
    /// The success that it is.
    pub fn ok(self) -> Self {
        assert!(!self.failed, "{}", self.msg);
        self
    }

    /// The success, with this value of `changed`.
    pub fn changes(self, changed: bool) -> Self {
        let ran = self.ok();
        assert_eq!(ran.changed, changed, "{:?} {:?}", ran.calls, ran.results);
        ran
    }

    /// Methods only.
    pub fn methods(&self) -> String {
        self.calls.iter().map(|call| call.split(' ').next().unwrap()).collect::<Vec<_>>().join(" ")
    }

    /// The failure that it is, before anything was changed: its words.
    pub fn refused(self) -> String {
        assert!(self.failed && !self.changed, "{:?}", self.results);
        assert!(self.calls.iter().all(|call| call.starts_with("GET")), "{:?}", self.calls);
        self.msg
    }

    /// The states of a set.
    pub fn states(&self) -> Vec<&str> {
        self.results["objects"].as_array().unwrap().iter().map(|object| object["state"].as_str().unwrap()).collect()
    }
}
