//! A cloud, a folder for key files, and the ways to look at both.

use ansible_binary_module::Success;
use mist_modules::common::messages::EARLIER_TASK;
use mist_modules::mist_api_tokens::MistApiTokens;
use mist_simulator::{Config, NewToken, Simulator, StoredToken};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;
use suites::Failure;
use suites::{self, Token};

/// The results of the module.
#[derive(Clone, Debug, Deserialize)]
pub struct Results {
    #[serde(default)]
    pub tokens: Vec<Declared>,
    pub purged: Option<Vec<Purged>>,
    #[serde(default)]
    pub api_calls: u32,
}

/// The results of one token.
#[derive(Clone, Debug, Deserialize)]
pub struct Declared {
    pub name: String,
    pub state: TokenState,
    pub changed: bool,
    pub token: Option<Token>,
    pub key: Option<String>,
    pub deleted: Option<Vec<String>>,
    pub error: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    Created,
    Updated,
    Replaced,
    Unchanged,
    Failed,
    NotBegun,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Purged {
    pub id: String,
    pub name: String,
}

pub type Outcome = Result<Success<Results>, Failure<Results>>;

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

    pub fn key_file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The key in a token's file.
    pub fn key_in_file(&self, name: &str) -> String {
        std::fs::read_to_string(self.key_file(name)).unwrap().trim_end().to_owned()
    }

    /// Read-only tokens of an organization with these names, each with its own key file.
    pub fn filed(&self, names: &[&str]) -> Value {
        let token =
            |name: &&str| json!({"name": name, "privileges": [{"role": "read"}], "key_file": self.key_file(name)});
        json!({"org_id": self.cloud.org_id(), "tokens": names.iter().map(token).collect::<Vec<_>>()})
    }

    pub fn run_in(&self, check_mode: bool, options: Value) -> (Outcome, Vec<String>) {
        suites::run::<MistApiTokens, _>(&self.cloud, check_mode, &[json!({"max_wait": 20}), options])
    }

    /// Runs in check mode, which must leave everything as it is, and then for real; both must agree.
    pub fn run(&self, options: Value) -> Outcome {
        let before = self.state();
        self.cloud.clear_requests();
        let predicted = self.run_in(true, options.clone()).0;
        assert!(self.cloud.requests().iter().all(|request| request.method == "GET" || request.path.contains("/log")));
        assert_eq!(before, self.state());
        self.cloud.clear_requests();
        let done = self.run_in(false, options).0;
        match (&predicted, &done) {
            (Ok(predicted), Ok(done)) => {
                assert_eq!((predicted.changed, &predicted.diff), (done.changed, &done.diff));
                let told = |results: &Results| {
                    let tokens = results
                        .tokens
                        .iter()
                        .map(|token| (token.name.clone(), token.state, token.changed, token.deleted.clone()));
                    (tokens.collect::<Vec<_>>(), results.purged.clone())
                };
                assert_eq!(told(&predicted.results), told(&done.results));
            }
            (Err(predicted), Err(done)) => {
                let early = if done.msg.contains("no site named") { format!(" {EARLIER_TASK}") } else { String::new() };
                assert_eq!(predicted.msg, format!("{}{early}", done.msg));
            }
            other => panic!("{other:?}"),
        }
        done
    }

    /// The state of the cloud and the disk, without the times of use of tokens.
    fn state(&self) -> (Vec<Value>, Vec<String>) {
        let tokens = self.org_tokens().into_iter().chain(self.cloud.user_tokens());
        let essence = |token: StoredToken| json!([token.id, token.name, token.privileges, token.src_ips]);
        (tokens.map(essence).collect(), self.files())
    }

    /// `METHOD path` of every request of the last run, sorted after the first, without the organization's ID.
    pub fn calls(&self) -> Vec<String> {
        let requests = self.cloud.requests();
        let mut calls: Vec<String> = requests
            .iter()
            .map(|request| format!("{} {}", request.method, request.path).replace(self.cloud.org_id(), "ORG"))
            .collect();
        calls[1..].sort();
        calls
    }

    pub fn org_tokens(&self) -> Vec<StoredToken> {
        self.cloud.org_tokens()
    }

    /// The names of the organization's tokens, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.org_tokens().into_iter().map(|token| token.name).collect();
        names.sort();
        names
    }

    pub fn one(&self, name: &str) -> StoredToken {
        let mut found: Vec<StoredToken> =
            self.org_tokens().into_iter().chain(self.cloud.user_tokens()).filter(|token| token.name == name).collect();
        assert_eq!(found.len(), 1, "{name}");
        found.remove(0)
    }

    pub fn add(&self, name: &str) -> StoredToken {
        self.cloud.add_org_token(
            self.cloud.org_id(),
            NewToken { privileges: vec![json!({"scope": "org", "role": "read"})], ..NewToken::named(name) },
        );
        self.one(name)
    }

    /// Every file in the folder, sorted.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

pub fn ok(outcome: Outcome) -> Success<Results> {
    outcome.unwrap_or_else(|failure| panic!("{}", failure.msg))
}

pub fn states(results: &Results) -> Vec<TokenState> {
    results.tokens.iter().map(|token| token.state).collect()
}
