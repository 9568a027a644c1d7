//! A cloud and a folder of a test's own, and running things there.

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

/// A test's own: a simulated cloud, a version of Ansible, and a folder in which everything that is run has its home
/// directory and its temporary files. Gone when dropped.
#[derive(Debug)]
pub struct Place {
    /// The cloud.
    pub cloud: Simulator,
    /// The Ansible that plays here.
    pub ansible: Ansible,
    collection: Option<Collection>,
    scratch: TempDir,
    played: Cell<usize>,
}

/// Everything that a module could have changed: the tokens in the cloud, and the files in the home directory.
///
/// What Ansible keeps for itself there, and when a token was last used, do not count.
#[derive(Debug, PartialEq)]
pub struct Snapshot {
    user_tokens: Vec<StoredToken>,
    org_tokens: Vec<StoredToken>,
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl Place {
    /// A new cloud, for this version of ansible-core.
    ///
    /// # Errors
    ///
    /// That version is not installed, the modules are not built, or the cloud cannot start.
    pub fn new(version: &str) -> anyhow::Result<Self> {
        let place = Self {
            cloud: Simulator::start(Config::default())?,
            ansible: Ansible::installed(version)?,
            collection: None,
            scratch: TempDir::new()?,
            played: Cell::new(0),
        };
        Module::all()?;
        fs::create_dir(place.home())?;
        fs::create_dir(place.temporary())?;
        Ok(place)
    }

    /// The same, but what is played here finds the modules in the collection `mist.cloud` alone, by their full names.
    ///
    /// # Errors
    ///
    /// Those of [`Self::new`]; or the collection cannot be built or installed.
    pub fn with_the_collection(version: &str) -> anyhow::Result<Self> {
        let place = Self::new(version)?;
        let collection = Collection::installed(version, &place.ansible)?;
        Ok(Self { collection: Some(collection), ..place })
    }

    /// The folder in which everything is.
    pub fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// The home directory of what is run here.
    pub fn home(&self) -> PathBuf {
        self.scratch().join("home")
    }

    fn temporary(&self) -> PathBuf {
        self.scratch().join("tmp")
    }

    /// The id of the first site.
    ///
    /// # Errors
    ///
    /// The cloud has no site.
    pub fn site_id(&self) -> anyhow::Result<String> {
        let sites = self.cloud.sites();
        let id = sites.first().and_then(|site| site["id"].as_str());
        Ok(id.context("the cloud has no site")?.to_owned())
    }

    /// The user tokens, or with `true` the organisation's, of this name.
    pub fn tokens_named(&self, name: &str, of_org: bool) -> Vec<StoredToken> {
        let tokens = if of_org { self.cloud.org_tokens() } else { self.cloud.user_tokens() };
        tokens.into_iter().filter(|token| token.name == name).collect()
    }

    /// How the cloud was asked to change something, in order.
    pub fn writes(&self) -> Vec<String> {
        let methods = self.cloud.requests().into_iter().map(|request| request.method);
        methods.filter(|method| method != "GET").collect()
    }

    /// What there is now, to compare with later.
    ///
    /// # Errors
    ///
    /// A file in the home directory cannot be read.
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

    /// What a user exports before running a playbook.
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

    /// A run of one of the project's playbooks, started from a folder that is not the project's.
    ///
    /// # Errors
    ///
    /// There is no such playbook.
    pub fn playbook(&self, name: &str) -> anyhow::Result<Play<'_>> {
        self.playbooks(&[name])
    }

    /// A run of several of them, one after the other (or of one several times). To start Ansible takes longer than most
    /// playbooks do.
    ///
    /// # Errors
    ///
    /// There is no such playbook.
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

    /// A run of a playbook with these tasks, which are YAML (JSON is YAML).
    ///
    /// # Errors
    ///
    /// The playbook cannot be written.
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

    /// A run of any of Ansible's programs.
    ///
    /// # Errors
    ///
    /// The project's path cannot be part of a search path.
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
            // Whoever names no inventory has those of six plugins looked for, for a tenth of a short run's time.
            .env("ANSIBLE_INVENTORY_ENABLED", "host_list")
            .env("ANSIBLE_LOG_PATH", self.scratch().join("ansible.log"))
            .env("ACCEPTANCE_RECORD", &record)
            // By itself, Ansible takes both to the home directory that the user's account names, whatever HOME says.
            .env("ANSIBLE_REMOTE_TEMP", self.home().join(".ansible/tmp"))
            .env("ANSIBLE_ASYNC_DIR", self.home().join(".ansible_async"))
            .current_dir(self.scratch())
            .stdin(Stdio::null());
        if let Some(collection) = &self.collection {
            command.env("ANSIBLE_COLLECTIONS_PATH", collection.path());
        }
        Ok(Play { command, playbooks: Vec::new(), record, _place: self })
    }

    /// Searches what was printed, and every file here except for these, for these secrets and for the key of every
    /// token that the cloud knows.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
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

/// A run that is about to start.
#[derive(Debug)]
pub struct Play<'place> {
    command: Command,
    /// What it plays, if that is not among its arguments.
    playbooks: Vec<String>,
    record: PathBuf,
    _place: &'place Place,
}

impl Play<'_> {
    /// With `-e name=value`.
    #[must_use]
    pub fn var(mut self, name: &str, value: &str) -> Self {
        self.command.arg("-e").arg(format!("{name}={value}"));
        self
    }

    /// With several of them.
    #[must_use]
    pub fn vars(self, variables: &[(&str, &str)]) -> Self {
        let add = |play: Self, (name, value): &(&str, &str)| play.var(name, value);
        variables.iter().fold(self, add)
    }

    /// With these arguments.
    #[must_use]
    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    /// With this environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Without this environment variable.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Started in this folder.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Plays all of it once more, in the same run.
    #[must_use]
    pub fn again(mut self) -> Self {
        self.playbooks.extend_from_within(..);
        self
    }

    /// Runs it to its end, whatever that is.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub fn run(mut self) -> anyhow::Result<Played> {
        Played::read(&self.output()?, &self.record)
    }

    /// Runs it and insists that every task succeeds.
    ///
    /// # Errors
    ///
    /// One did not; the error has what was printed.
    pub fn succeeds(self) -> anyhow::Result<Played> {
        let played = self.run()?;
        anyhow::ensure!(played.status == Some(0), "the playbook failed, {played}");
        Ok(played)
    }

    /// Runs so many playbooks, insists that every task succeeds, and gives what came of each.
    ///
    /// # Errors
    ///
    /// One did not; the error has what was printed. Or it does not run so many.
    pub fn each_succeeds<const COUNT: usize>(mut self) -> anyhow::Result<[Played; COUNT]> {
        let output = self.output()?;
        let played = Played::each(&output, &self.record)?;
        anyhow::ensure!(output.status.success(), "a playbook failed, {}", Played::read(&output, &self.record)?);
        let count = played.len();
        played.try_into().ok().with_context(|| format!("{count} playbooks were played, and not {COUNT}"))
    }

    fn output(&mut self) -> anyhow::Result<std::process::Output> {
        // All together, and so after the options: Ansible takes none that stand between two options.
        self.command.args(&self.playbooks);
        self.command.output().with_context(|| format!("{:?}", self.command))
    }

    /// Runs it and insists that a task fails.
    ///
    /// # Errors
    ///
    /// None did; the error has what was printed.
    pub fn fails(self) -> anyhow::Result<Played> {
        let played = self.run()?;
        anyhow::ensure!(played.status == Some(2) && played.failed > 0, "no task failed, {played}");
        Ok(played)
    }
}
