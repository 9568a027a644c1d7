//! The cloud and the folder of one test, and runs of Ansible there.

use crate::collection::full_names;
use crate::{Ansible, Collection, Leaks, Module, Played, project};
use anyhow::Context as _;
use mist_simulator::{Config, Owner, Simulator, StoredToken};
use serde_json::{Value, json};
use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A simulated cloud, a version of Ansible, and a folder with the home directory and the temporary files of all runs. Deleted
/// on drop.
#[derive(Debug)]
pub struct Sandbox {
    pub cloud: Simulator,
    pub ansible: Ansible,
    collection: Option<Collection>,
    scratch: TempDir,
    played: Cell<usize>,
}

/// Everything that a module can change: the tokens in the cloud, and the files in the home directory. Without the files of
/// Ansible and the times of the last use of a token.
#[derive(Debug, PartialEq)]
pub struct Snapshot {
    user_tokens: Vec<StoredToken>,
    org_tokens: Vec<StoredToken>,
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl Sandbox {
    pub fn new(version: &str) -> anyhow::Result<Self> {
        let sandbox = Self {
            cloud: Simulator::start(Config::default())?,
            ansible: Ansible::installed(version)?,
            collection: None,
            scratch: TempDir::new()?,
            played: Cell::new(0),
        };
        Module::all()?;
        fs::create_dir(sandbox.home())?;
        fs::create_dir(sandbox.temporary())?;
        Ok(sandbox)
    }

    /// The same with the modules in the collection `mist.cloud` only, by their full names.
    pub fn with_the_collection(version: &str) -> anyhow::Result<Self> {
        let sandbox = Self::new(version)?;
        let collection = Collection::installed(version, &sandbox.ansible)?;
        Ok(Self { collection: Some(collection), ..sandbox })
    }

    /// The folder that contains all others.
    pub fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// The home directory of all runs.
    pub fn home(&self) -> PathBuf {
        self.scratch().join("home")
    }

    fn temporary(&self) -> PathBuf {
        self.scratch().join("tmp")
    }

    /// The id of the first site.
    pub fn site_id(&self) -> anyhow::Result<String> {
        let sites = self.cloud.sites();
        let id = sites.first().and_then(|site| site["id"].as_str());
        Ok(id.context("the cloud has no site")?.to_owned())
    }

    /// The user tokens of this name, or with `true` the organization tokens.
    pub fn tokens_named(&self, name: &str, of_org: bool) -> Vec<StoredToken> {
        let tokens = if of_org { self.cloud.org_tokens() } else { self.cloud.user_tokens() };
        tokens.into_iter().filter(|token| token.name == name).collect()
    }

    /// The methods of all requests that are not GET, in order.
    pub fn writes(&self) -> Vec<String> {
        let methods = self.cloud.requests().into_iter().map(|request| request.method);
        methods.filter(|method| method != "GET").collect()
    }

    pub fn snapshot(&self) -> anyhow::Result<Snapshot> {
        let unused = |owner: Owner| {
            let tokens = self.cloud.tokens(&owner).into_iter();
            tokens.map(|token| StoredToken { last_used: None, ..token }).collect()
        };
        let mut files = Vec::new();
        collect_files(&self.home(), &mut files)?;
        files.sort();
        Ok(Snapshot {
            user_tokens: unused(Owner::User),
            org_tokens: unused(Owner::Org(self.cloud.org_id().to_owned())),
            files,
        })
    }

    /// The environment variables that a user exports before a run.
    pub fn environment(&self) -> Vec<(String, String)> {
        [
            ("HOME", self.home().display().to_string()),
            ("TMPDIR", self.temporary().display().to_string()),
            ("LC_ALL", "C.UTF-8".to_owned()),
            ("MIST_HOST", self.cloud.url()),
            ("MIST_API_TOKEN", self.cloud.api_token().to_owned()),
            ("SSL_CERT_FILE", self.cloud.ca_path().display().to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// A run of a playbook of the project, from another folder.
    pub fn playbook(&self, name: &str) -> anyhow::Result<Play<'_>> {
        self.playbooks(&[name])
    }

    /// A run of several playbooks in one process. The start of Ansible takes longer than most playbooks.
    pub fn playbooks(&self, names: &[&str]) -> anyhow::Result<Play<'_>> {
        let mut paths = Vec::new();
        for name in names {
            let mut path = project().join("playbooks").join(name);
            path.metadata().with_context(|| format!("{}", path.display()))?;
            if self.collection.is_some() {
                let with_full_names = full_names(&fs::read_to_string(&path)?, "");
                path = self.scratch().join(name);
                fs::write(&path, with_full_names)?;
            }
            paths.push(path.display().to_string());
        }
        self.plays(paths)
    }

    /// A run of a playbook with these tasks.
    pub fn tasks(&self, tasks: &[Value]) -> anyhow::Result<Play<'_>> {
        let play = json!([{
            "name": "Play the tasks of a test",
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": false,
            "tasks": tasks,
        }]);
        let path = self.scratch().join(format!("tasks-{}.yml", self.played.get()));
        let mut text = serde_json::to_string_pretty(&play)?;
        if self.collection.is_some() {
            text = full_names(&text, "\"");
        }
        fs::write(&path, text)?;
        let play = self.plays(vec![path.display().to_string()])?;
        if self.collection.is_some() {
            return Ok(play);
        }
        Ok(play.env("ANSIBLE_LIBRARY", &project().join("library").display().to_string()))
    }

    fn plays(&self, playbooks: Vec<String>) -> anyhow::Result<Play<'_>> {
        let play = self.command("ansible-playbook", &[])?;
        Ok(Play { playbooks, ..play })
    }

    /// A run of a program of Ansible.
    pub fn command(&self, program: &str, arguments: &[&str]) -> anyhow::Result<Play<'_>> {
        let number = self.played.get();
        self.played.set(number + 1);
        let record = self.scratch().join(format!("record-{number}"));
        let mut command = Command::new(self.ansible.program(program));
        command
            .args(arguments)
            .env_clear()
            .envs(self.environment())
            .env("PATH", self.ansible.search_path()?)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("ANSIBLE_CALLBACK_PLUGINS", project().join("tests/ansible"))
            .env("ANSIBLE_CALLBACKS_ENABLED", "record")
            // The default, which searches for six kinds of inventories, takes a tenth of a short run.
            .env("ANSIBLE_INVENTORY_ENABLED", "host_list")
            .env("ANSIBLE_LOG_PATH", self.scratch().join("ansible.log"))
            .env("ACCEPTANCE_RECORD", &record)
            // By default, both are in the home directory of the account, even if HOME differs.
            .env("ANSIBLE_REMOTE_TEMP", self.home().join(".ansible/tmp"))
            .env("ANSIBLE_ASYNC_DIR", self.home().join(".ansible_async"))
            .current_dir(self.scratch())
            .stdin(Stdio::null());
        if let Some(collection) = &self.collection {
            command.env("ANSIBLE_COLLECTIONS_PATH", collection.path());
        }
        Ok(Play { command, playbooks: Vec::new(), record, _sandbox: self })
    }

    /// Searches the output of these runs, and all files except these, for these secrets and the keys of all tokens.
    pub fn leaks(&self, secrets: &[&str], played: &[Played], except: &[&Path]) -> anyhow::Result<Leaks> {
        let user_tokens = self.cloud.user_tokens();
        let org_tokens = self.cloud.org_tokens();
        let keys = user_tokens.iter().chain(&org_tokens).map(|token| token.key.as_str());
        let mut leaks = Leaks::of(keys.chain(secrets.iter().copied()));
        for run in played {
            leaks.search("stdout", run.stdout.as_bytes());
            leaks.search("stderr", run.stderr.as_bytes());
        }
        leaks.search_folder(self.scratch(), except)?;
        Ok(leaks)
    }
}

fn collect_files(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if !path.ends_with(".ansible") && !path.ends_with(".ansible_async") {
                files.push((path.clone(), Vec::new()));
                collect_files(&path, files)?;
            }
        } else {
            let content = fs::read(&path)?;
            files.push((path, content));
        }
    }
    Ok(())
}

/// A run before its start.
#[derive(Debug)]
pub struct Play<'sandbox> {
    command: Command,
    /// The playbooks that are not among the arguments.
    playbooks: Vec<String>,
    record: PathBuf,
    _sandbox: &'sandbox Sandbox,
}

impl Play<'_> {
    /// With `-e name=value`.
    #[must_use]
    pub fn var(mut self, name: &str, value: &str) -> Self {
        self.command.arg("-e").arg(format!("{name}={value}"));
        self
    }

    #[must_use]
    pub fn vars(self, variables: &[(&str, &str)]) -> Self {
        let add = |play: Self, (name, value): &(&str, &str)| play.var(name, value);
        variables.iter().fold(self, add)
    }

    #[must_use]
    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs all playbooks a second time, in the same process.
    #[must_use]
    pub fn again(mut self) -> Self {
        self.playbooks.extend_from_within(..);
        self
    }

    /// Runs it, also if it fails.
    pub fn run(mut self) -> anyhow::Result<Played> {
        Played::read(&self.output()?, &self.record)
    }

    /// Runs it. A failed task is an error with the output.
    pub fn succeeds(self) -> anyhow::Result<Played> {
        let played = self.run()?;
        anyhow::ensure!(played.status == Some(0), "the playbook failed, {played}");
        Ok(played)
    }

    /// Runs this number of playbooks and returns the results of each. A failed task is an error with the output.
    pub fn each_succeeds<const COUNT: usize>(mut self) -> anyhow::Result<[Played; COUNT]> {
        let output = self.output()?;
        let played = Played::each(&output, &self.record)?;
        anyhow::ensure!(output.status.success(), "a playbook failed, {}", Played::read(&output, &self.record)?);
        let count = played.len();
        played.try_into().ok().with_context(|| format!("{count} playbooks ran, and not {COUNT}"))
    }

    fn output(&mut self) -> anyhow::Result<std::process::Output> {
        // After all options: Ansible accepts no playbooks between them.
        self.command.args(&self.playbooks);
        self.command.output().with_context(|| format!("{:?}", self.command))
    }

    /// Runs it. The success of all tasks is an error with the output.
    pub fn fails(self) -> anyhow::Result<Played> {
        let played = self.run()?;
        anyhow::ensure!(played.status == Some(2) && played.failed > 0, "no task failed, {played}");
        Ok(played)
    }
}
