//! The cloud and the folders of one scenario.

use super::Task;
use crate::{Module, Ran, Running};
use mist_simulator::{Config, Owner, RecordedRequest, Simulator, StoredToken};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// The limit for everything that happens on this machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The wait for the cloud before the next check of the run.
const A_LOOK: Duration = Duration::from_millis(50);

/// The cloud and the folders of one scenario. Deleted on drop.
#[derive(Debug)]
pub struct World {
    pub cloud: Simulator,
    scratch: TempDir,
}

/// Everything that a task about tokens can change.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The tokens of the account and of the organization, without the times of their last use.
    pub tokens: Vec<(Owner, StoredToken)>,
    /// The files in the folder of the key files, by path.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
}

/// Returns true for a token of this name, and for one under a marked name that a run will rename to this name.
pub fn is_named(token: &StoredToken, name: &str) -> bool {
    token.name == name || is_marked(token) && token.name.starts_with(&format!("{name} (new "))
}

/// Returns true for a token under a marked name that its run has not renamed yet.
pub fn is_marked(token: &StoredToken) -> bool {
    token.name.contains(" (new ") && token.name.ends_with(')')
}

impl Snapshot {
    /// The tokens of this name, and those that a run created under a marker to rename them.
    pub fn named(&self, owner: &Owner, name: &str) -> Vec<&StoredToken> {
        self.tokens
            .iter()
            .filter(|(whose, token)| whose == owner && is_named(token, name))
            .map(|(_, token)| token)
            .collect()
    }

    pub fn has_key(&self, key: &str) -> bool {
        self.tokens.iter().any(|(_, token)| token.key == key)
    }

    pub fn keys_on_disk(&self) -> Vec<String> {
        self.files.values().flat_map(|content| super::secrets::keys_in(&String::from_utf8_lossy(content))).collect()
    }
}

impl World {
    pub fn new(config: Config) -> anyhow::Result<Self> {
        let world = Self { cloud: Simulator::start(config)?, scratch: TempDir::new()? };
        for folder in [world.home(), world.temporary(), world.keys()] {
            fs::create_dir(folder)?;
        }
        Ok(world)
    }

    /// The folder that contains all others.
    pub fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    pub fn home(&self) -> PathBuf {
        self.scratch().join("home")
    }

    pub fn temporary(&self) -> PathBuf {
        self.scratch().join("tmp")
    }

    pub fn keys(&self) -> PathBuf {
        self.scratch().join("keys")
    }

    /// The organization as the owner of tokens.
    pub fn org(&self) -> Owner {
        Owner::Org(self.cloud.org_id().to_owned())
    }

    pub fn snapshot(&self) -> anyhow::Result<Snapshot> {
        let mut tokens = Vec::new();
        for owner in [Owner::User, self.org()] {
            for token in self.cloud.tokens(&owner) {
                tokens.push((owner.clone(), StoredToken { last_used: None, ..token }));
            }
        }
        let mut files = BTreeMap::new();
        collect(&self.keys(), &mut files)?;
        Ok(Snapshot { tokens, files })
    }

    /// The options of the connection to this cloud, and these.
    pub fn options(&self, of_task: &Value) -> Value {
        let mut options = json!({"host": self.cloud.url(), "ca_path": self.cloud.ca_path()});
        for (name, value) in of_task.as_object().into_iter().flatten() {
            options[name] = value.clone();
        }
        options
    }

    pub fn environment(&self) -> [(&'static str, PathBuf); 2] {
        [("HOME", self.home()), ("TMPDIR", self.temporary())]
    }

    /// Starts the task, without the environment of this process.
    pub fn start(&self, task: &Task) -> anyhow::Result<Running> {
        let module = Module::named(task.module)?;
        self.start_by(Command::new(module.path()), task)
    }

    /// Starts the task with this command, which runs the executable.
    pub fn start_by(&self, mut command: Command, task: &Task) -> anyhow::Result<Running> {
        self.set_up(&mut command, task);
        Running::start(command, &self.options(&task.options).to_string())
    }

    /// Starts the task. Its standard output is open and not read.
    pub fn start_unread(&self, task: &Task) -> anyhow::Result<Running> {
        let mut command = Command::new(Module::named(task.module)?.path());
        self.set_up(&mut command, task);
        Running::start_unread(command, &self.options(&task.options).to_string())
    }

    fn set_up(&self, command: &mut Command, task: &Task) {
        command
            .arg("-")
            .env_clear()
            .envs(self.environment())
            .envs(task.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.scratch());
    }

    pub fn run(&self, task: &Task) -> anyhow::Result<Ran> {
        self.start(task)?.finish()
    }

    /// Returns true if this key works, checked without the code that is tested.
    pub fn authenticates(&self, key: &str) -> anyhow::Result<bool> {
        let authority = Certificate::from_pem(&fs::read(self.cloud.ca_path())?)?;
        let roots = RootCerts::Specific(Arc::new(vec![authority]));
        let agent: Agent = Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .into();
        let url = format!("{}/api/v1/self", self.cloud.url());
        let answer = agent.get(url).header("Authorization", format!("Token {key}")).call()?;
        Ok(answer.status() == 200)
    }

    /// Waits until the cloud holds this many requests. Returns false if the run ends without them.
    pub fn wait_for_held(&self, held: usize, running: &mut Running) -> anyhow::Result<bool> {
        self.wait(running, |limit| self.cloud.wait_for_held(held, limit))
    }

    /// Waits until the cloud has answered this many requests. Returns false if the run ends without them.
    pub fn wait_for_answered(&self, answered: usize, running: &mut Running) -> anyhow::Result<bool> {
        let is_answered = |request: &RecordedRequest| request.status.is_some();
        self.wait(running, |limit| self.cloud.wait_for_requests(answered, limit, is_answered))
    }

    /// Ends all faults and the wait of all requests. Returns how many requests had a fault.
    pub fn end_faults(&self) -> anyhow::Result<usize> {
        let faulted = self.cloud.requests().iter().filter(|request| request.fault.is_some()).count();
        self.cloud.clear_faults();
        anyhow::ensure!(self.cloud.release(), "a late effect did not come");
        Ok(faulted)
    }

    /// Asks repeatedly, because a run that has ended sends no more requests.
    fn wait(&self, running: &mut Running, has_come: impl Fn(Duration) -> bool) -> anyhow::Result<bool> {
        let begun = Instant::now();
        while !has_come(A_LOOK) {
            if !running.goes_on()? {
                return Ok(has_come(Duration::ZERO));
            }
            anyhow::ensure!(begun.elapsed() < PATIENCE, "the request did not come within a minute");
        }
        Ok(true)
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            let content = fs::read(&path)?;
            files.insert(path, content);
        }
    }
    Ok(())
}
