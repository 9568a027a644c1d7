//! The same with `ansible-playbook -vvvv --diff`, which has the most output.

use crate::exposures::{CANARIES, EXPOSURES, Given, Of, Proxies, config, tasks};
use crate::processes;
use acceptance::campaign::{World, secrets};
use acceptance::{Ansible, Leaks, Running, Syslog, library, project};
use anyhow::{Context as _, ensure};
use mist_simulator::{Fault, FaultKind, NewToken};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

acceptance::with_oldest_and_newest_ansible!(no_secret_is_shown_by_ansible);

/// The tasks that return no key. Ansible shows the key of the others, as requested.
const SILENT: [usize; 6] = [1, 2, 3, 5, 7, 8];

/// A playbook, the clouds of its tasks, and its environment.
struct Playbook {
    worlds: Vec<World>,
    tasks: Vec<Value>,
    environment: Vec<(String, String)>,
}

/// The findings, and whether the command lines were read during the run.
struct Found {
    held: bool,
    leaks: Vec<String>,
}

fn no_secret_is_shown_by_ansible(version: &str) -> anyhow::Result<()> {
    let (ansible, syslog, proxies) = (Ansible::installed(version)?, Syslog::listen()?, Proxies::start()?);
    // All ways by options are in one playbook. Environment variables are those of Ansible, because it shows the variables
    // of a task. Each of these ways has its own playbook.
    let mut playbooks = vec![Playbook::new(Vec::new())?];
    for (number, exposure) in EXPOSURES.iter().enumerate() {
        let mut of_its_own = None;
        for (place, position) in SILENT.into_iter().enumerate() {
            let world = World::new(config())?;
            world.cloud.add_user_token(NewToken::named("there"));
            let (module, options) = tasks(&world).swap_remove(position);
            let only = exposure.of == Of::One(module);
            if !only && (exposure.of != Of::All || (number + place) % 3 != 0) {
                continue;
            }
            let mut given = Given { world: &world, proxies: &proxies, options, environment: Vec::new() };
            (exposure.give)(&mut given)?;
            let environment = std::mem::take(&mut given.environment);
            let mut options = world.options(&given.options);
            for (name, seconds) in [("timeout", 5), ("max_wait", 2)] {
                if options.get(name).is_none() {
                    options[name] = seconds.into();
                }
            }
            if environment.is_empty() {
                playbooks[0].add(world, module, &options);
            } else if of_its_own.is_none() {
                let mut playbook = Playbook::new(environment)?;
                playbook.add(world, module, &options);
                of_its_own = Some(playbook);
            }
        }
        playbooks.extend(of_its_own);
    }
    let (mut tasks, mut held, mut found) = (0, 0, Vec::new());
    for playbook in &playbooks {
        tasks += playbook.tasks.len();
        let played = playbook.play(&ansible, syslog.as_ref())?;
        held += usize::from(played.held);
        found.extend(played.leaks);
    }
    ensure!(held * 2 > playbooks.len(), "the command lines of only {held} of {} playbooks were read", playbooks.len());
    println!("Leaks. ansible-core {version}: {} playbooks, {tasks} tasks, {} leaks", playbooks.len(), found.len());
    found.iter().for_each(|leak| println!("  {leak}"));
    ensure!(tasks > 40, "only {tasks} tasks");
    ensure!(found.is_empty(), "{} leaks", found.len());
    Ok(())
}

impl Playbook {
    /// A playbook with one task. Its command lines are read while the cloud holds a call.
    fn new(environment: Vec<(String, String)>) -> anyhow::Result<Self> {
        let mut playbook = Self { worlds: Vec::new(), tasks: Vec::new(), environment };
        let world = World::new(config())?;
        world.cloud.fault(Fault::new(FaultKind::HoldRequest).times(1));
        let options = world
            .options(&json!({"state": "info", "api_token": world.cloud.api_token(), "timeout": 60, "max_wait": 1}));
        playbook.add(world, "mist_api_token", &options);
        Ok(playbook)
    }

    /// Adds a task with options from the environment, because the playbook is searched, too.
    fn add(&mut self, world: World, module: &str, options: &Value) {
        let number = self.tasks.len();
        let mut looked_up = serde_json::Map::new();
        for (name, value) in options.as_object().into_iter().flatten() {
            let variable = format!("OPTION_{number}_{name}");
            let lookup = format!("{{{{ lookup('ansible.builtin.env', '{variable}') | from_json }}}}");
            looked_up.insert(name.clone(), lookup.into());
            self.environment.push((variable, value.to_string()));
        }
        self.tasks.push(json!({"name": format!("Task {number}"), module: looked_up, "ignore_errors": true}));
        self.worlds.push(world);
    }

    /// Runs the playbook, and returns the findings.
    fn play(&self, ansible: &Ansible, syslog: Option<&Syslog>) -> anyhow::Result<Found> {
        let scratch = tempfile::tempdir()?;
        let playbook = scratch.path().join("playbook.yml");
        let play = json!([{
            "name": "Play", "hosts": "localhost", "connection": "local", "gather_facts": false, "tasks": self.tasks,
        }]);
        fs::write(&playbook, play.to_string())?;
        let first = &self.worlds[0];
        let mut running = Running::start(self.command(ansible, syslog, scratch.path(), &playbook)?, "")?;
        let mut leaks = Leaks::of(self.secrets());
        // With some of the environments, the run does not reach the cloud.
        let held = first.wait_for_held(1, &mut running)?;
        let processes = processes::search(&mut leaks)?;
        first.cloud.release();
        let ran = running.finish()?;
        let count = ran.stdout.matches("\nTASK [").count();
        ensure!(count == self.tasks.len() && processes > 2, "{count} tasks ran: {}", ran.stdout);
        ensure!(!ran.stdout.contains("MODULE FAILURE"), "{}", ran.stdout);

        // With the keys of new tokens.
        let mut leaks_after = Leaks::of(self.secrets());
        for leaks in [&mut leaks, &mut leaks_after] {
            leaks.search("stdout", ran.stdout.as_bytes());
            leaks.search("stderr", ran.stderr.as_bytes());
            for line in syslog.map(Syslog::lines).transpose()?.unwrap_or_default() {
                leaks.search("the log", line.as_bytes());
            }
            leaks.search_folder(scratch.path(), &[])?;
            for world in &self.worlds {
                let allowed: Vec<PathBuf> = world.snapshot()?.files.into_keys().collect();
                let allowed: Vec<&Path> = allowed.iter().map(PathBuf::as_path).collect();
                leaks.search_folder(world.scratch(), &allowed)?;
            }
        }
        for key in secrets::keys_in(&ran.stdout).into_iter().filter(|key| !is_a_digest(key)) {
            leaks.report(&format!("shaped like a key, in stdout: {key}"));
        }
        Ok(Found { held, leaks: [leaks.found(), leaks_after.found()].concat() })
    }

    fn secrets(&self) -> Vec<String> {
        let of_worlds = self.worlds.iter().flat_map(|world| secrets::of_world(world, &[]));
        of_worlds.chain(CANARIES.map(str::to_owned)).collect()
    }

    fn command(
        &self,
        ansible: &Ansible,
        syslog: Option<&Syslog>,
        scratch: &Path,
        playbook: &Path,
    ) -> anyhow::Result<Command> {
        let program = ansible.program("ansible-playbook");
        let mut command = syslog.map_or_else(|| Command::new(&program), |syslog| syslog.command(&program));
        let home = scratch.join("home");
        fs::create_dir(&home).context("the home directory")?;
        command
            .arg(playbook)
            .args(["-vvvv", "--diff"])
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("HOME", &home)
            .env("TMPDIR", scratch)
            .env("LC_ALL", "C.UTF-8")
            .env("PATH", ansible.search_path()?)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("ANSIBLE_LIBRARY", library())
            .env("ANSIBLE_CONFIG", project().join("ansible.cfg"))
            .env("ANSIBLE_LOG_PATH", scratch.join("ansible.log"))
            // The default searches for six kinds of inventories.
            .env("ANSIBLE_INVENTORY_ENABLED", "host_list")
            .env("ANSIBLE_REMOTE_TEMP", home.join(".ansible/tmp"))
            .current_dir(scratch);
        Ok(command)
    }
}

/// Ansible prints digests of 32, 40 or 64 digits. Keys are longer, with more letters.
fn is_a_digest(word: &str) -> bool {
    word.chars().all(|character| character.is_ascii_digit() || ('a'..='f').contains(&character))
}
