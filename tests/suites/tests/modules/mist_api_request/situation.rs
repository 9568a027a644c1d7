//! A cloud, and the module run against it.

use ansible_binary_module::Success;
use mist_modules::mist_api_request::MistApiRequest;
use mist_simulator::{Config, Fault, FaultKind, Simulator};
use serde::Deserialize;
use serde_json::{Value, json};
use suites::Failure;

/// The results of the module.
#[derive(Clone, Debug, Deserialize)]
pub struct Results {
    pub json: Option<Value>,
    pub status: Option<u16>,
    pub url: Option<String>,
    pub pages: Option<u64>,
    pub total: Option<u64>,
    #[serde(default)]
    pub api_calls: u32,
}

pub type Outcome = Result<Success<Results>, Failure<Results>>;

/// A cloud of a test's own.
pub struct Situation {
    pub cloud: Simulator,
}

impl Situation {
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    pub fn with(config: Config) -> Self {
        Self { cloud: Simulator::start(config).unwrap() }
    }

    pub fn site_id(&self) -> String {
        self.cloud.sites()[0]["id"].as_str().unwrap().to_owned()
    }

    pub fn site(&self) -> Value {
        self.cloud.sites().remove(0)
    }

    /// Runs once; gives the warnings too.
    pub fn run_in(&self, check_mode: bool, options: Value) -> (Outcome, Vec<String>) {
        self.cloud.clear_requests();
        suites::run::<MistApiRequest, _>(&self.cloud, check_mode, &[json!({"max_wait": 5}), options])
    }

    /// Runs in check mode and then for real; both must agree on what changes and on what is shown of it, and the former writes nothing.
    pub fn run(&self, options: Value) -> Outcome {
        let sites = self.cloud.sites();
        let (predicted, _) = self.run_in(true, options.clone());
        let harmless = |path: &str| path.starts_with("/api/v1/log");
        assert!(self.cloud.requests().iter().all(|request| request.method == "GET" || harmless(&request.path)));
        assert_eq!(self.cloud.sites(), sites);
        let (done, _) = self.run_in(false, options);
        if let (Ok(predicted), Ok(done)) = (&predicted, &done) {
            assert_eq!((predicted.changed, &predicted.diff), (done.changed, &done.diff));
            assert_eq!(predicted.results.url, done.results.url);
        }
        done
    }

    /// `METHOD path?query` of every request of the last run, without the ID of the first organization.
    pub fn calls(&self) -> Vec<String> {
        let line = |request: &mist_simulator::RecordedRequest| {
            let mark = if request.query.is_empty() { "" } else { "?" };
            format!("{} {}{mark}{}", request.method, request.path, request.query)
        };
        self.cloud.requests().iter().map(|request| line(request).replace(self.cloud.org_id(), "ORG")).collect()
    }
}

/// The success that it is.
pub fn ok(outcome: Outcome) -> Success<Results> {
    outcome.unwrap_or_else(|failure| panic!("{}", failure.msg))
}

/// The names in a list of objects.
pub fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

/// This answer in place of the real one.
pub fn status_fault(status: u16, body: &str) -> Fault {
    Fault::new(FaultKind::Status { status, body: body.into(), headers: [].into() })
}
