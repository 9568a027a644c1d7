//! A cloud, a folder for key files, and a module run in this process.

use ansible_binary_module::Success;
use mist_modules::mist_api_token::MistApiToken;
use mist_simulator::{Config, Simulator, StoredToken};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;
use suites::Failure;
use suites::{self, Token};

/// The results of the module.
#[derive(Clone, Debug, Deserialize)]
pub struct Results {
    pub token: Option<Token>,
    pub key: Option<String>,
    pub tokens: Option<Vec<Token>>,
    pub token_type: Option<String>,
    pub deleted: Option<Vec<String>>,
    #[serde(default)]
    pub api_calls: u32,
}

pub type Outcome = Result<Success<Results>, Failure<Results>>;

/// A cloud, and a folder for key files.
pub struct Situation {
    pub cloud: Simulator,
    pub folder: tempfile::TempDir,
}

impl Situation {
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    pub fn with(config: Config) -> Self {
        Self { cloud: Simulator::start(config).unwrap(), folder: tempfile::tempdir().unwrap() }
    }

    pub fn key_file(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    pub fn org_id(&self) -> String {
        self.cloud.org_id().to_owned()
    }

    pub fn run_in(&self, check_mode: bool, options: Value) -> Outcome {
        self.told_in(check_mode, options).0
    }

    /// With what was warned of.
    pub fn told_in(&self, check_mode: bool, options: Value) -> (Outcome, Vec<String>) {
        suites::run::<MistApiToken, _>(&self.cloud, check_mode, &[json!({"max_wait": 5}), options])
    }

    /// Runs in check mode and then for real, which must agree, also in their warnings; gives those too.
    pub fn run_told(&self, options: Value) -> (Outcome, Vec<String>) {
        let predicted = self.told_in(true, options.clone());
        let done = self.told_in(false, options);
        assert_eq!(predicted.0.as_ref().map(|done| done.changed).ok(), done.0.as_ref().map(|done| done.changed).ok());
        assert_eq!(predicted.1, done.1);
        done
    }

    /// Runs in check mode and then for real; both must agree on what changes and on what is shown of it.
    pub fn run(&self, options: Value) -> Outcome {
        let predicted = self.run_in(true, options.clone());
        self.cloud.clear_requests();
        let done = self.run_in(false, options);
        if let (Ok(predicted), Ok(done)) = (&predicted, &done) {
            assert_eq!((predicted.changed, &predicted.diff), (done.changed, &done.diff));
            assert_eq!(predicted.results.deleted, done.results.deleted);
        }
        assert_eq!(predicted.is_ok(), done.is_ok(), "{predicted:?} {done:?}");
        done
    }

    /// `METHOD path` of every request of the last run, without the organization's ID.
    pub fn calls(&self) -> Vec<String> {
        let requests = self.cloud.requests();
        requests
            .iter()
            .map(|request| format!("{} {}", request.method, request.path).replace(self.cloud.org_id(), "ORG"))
            .collect()
    }

    pub fn named(&self, name: &str) -> Vec<StoredToken> {
        let mut tokens = self.cloud.user_tokens();
        tokens.extend(self.cloud.org_tokens());
        tokens.retain(|token| token.name == name);
        tokens
    }

    pub fn one(&self, name: &str) -> StoredToken {
        let mut tokens = self.named(name);
        assert_eq!(tokens.len(), 1, "{tokens:?}");
        tokens.remove(0)
    }
}

pub fn ok(outcome: Outcome) -> Success<Results> {
    outcome.unwrap_or_else(|failure| panic!("{}", failure.msg))
}

pub const USER: &str = "/api/v1/self/apitokens";
pub const ORG: &str = "/api/v1/orgs/ORG/apitokens";
