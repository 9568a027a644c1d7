//! What a run of one or more playbooks printed, and what their tasks returned.

use anyhow::Context as _;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Output;

/// One finished run of `ansible-playbook`.
#[derive(Debug)]
pub struct Played {
    /// What the user sees.
    pub stdout: String,
    /// Warnings and errors of Ansible itself.
    pub stderr: String,
    /// The exit status; 0 when every task succeeded.
    pub status: Option<i32>,
    /// What each task returned, in order; the items of a loop one by one and then together.
    pub tasks: Vec<Task>,
    /// How many tasks changed something, as the closing lines count.
    pub changed: u64,
    /// How many tasks failed, as the closing lines count.
    pub failed: u64,
}

/// What one task, or one item of its loop, returned, as callback plugins see it: after censoring.
#[derive(Debug, Clone)]
pub struct Task {
    /// Its name in the playbook.
    pub name: String,
    /// `ok`, `failed`, `ignored`, `skipped` or `unreachable`.
    pub status: String,
    /// Whether this is one item of a loop.
    pub item: bool,
    /// What the module returned.
    pub result: Value,
}

impl Task {
    /// Whether it says that it changed something.
    pub fn changed(&self) -> bool {
        self.result["changed"] == true
    }

    /// Its message.
    pub fn msg(&self) -> &str {
        self.result["msg"].as_str().unwrap_or_default()
    }
}

impl Played {
    /// Reads what the callback plugin of these tests wrote: of all playbooks of the run together.
    pub(crate) fn read(output: &Output, record: &Path) -> anyhow::Result<Self> {
        let mut whole = Self::of(output);
        for played in Self::each(output, record)? {
            whole.tasks.extend(played.tasks);
            whole.changed += played.changed;
            whole.failed += played.failed;
        }
        Ok(whole)
    }

    /// The same for each playbook of the run by itself. What was printed is that of the whole run.
    pub(crate) fn each(output: &Output, record: &Path) -> anyhow::Result<Vec<Self>> {
        // A run that ends before its first play, over a syntax error say, records nothing.
        let record = fs::read_to_string(record).unwrap_or_default();
        let mut all = Vec::new();
        let mut played = Self::of(output);
        // Ansible goes on counting from one playbook of a run to the next.
        let (mut changed, mut failed) = (0, 0);
        for line in record.lines() {
            let mut entry: Value = serde_json::from_str(line).context("what the callback plugin wrote")?;
            if let Some(hosts) = entry["stats"].as_object() {
                let so_far = |what: &str| hosts.values().filter_map(|host| host[what].as_u64()).sum::<u64>();
                let since = |what: &str, before: u64| {
                    so_far(what).checked_sub(before).with_context(|| format!("fewer {what} than before: {entry}"))
                };
                (played.changed, played.failed) = (since("changed", changed)?, since("failures", failed)?);
                (changed, failed) = (so_far("changed"), so_far("failures"));
                all.push(std::mem::replace(&mut played, Self::of(output)));
                continue;
            }
            played.tasks.push(Task {
                name: entry["task"].as_str().unwrap_or_default().to_owned(),
                status: entry["status"].as_str().unwrap_or_default().to_owned(),
                item: entry["item"] == true,
                result: entry["result"].take(),
            });
        }
        // One that was ended in the middle.
        if !played.tasks.is_empty() {
            all.push(played);
        }
        Ok(all)
    }

    /// What was printed, and nothing yet of what was done.
    fn of(output: &Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            status: output.status.code(),
            tasks: Vec::new(),
            changed: 0,
            failed: 0,
        }
    }

    /// The task whose name begins like this; of a loop, the whole.
    ///
    /// # Errors
    ///
    /// No such task was run; the error has what was printed.
    pub fn task(&self, name: &str) -> anyhow::Result<&Task> {
        let mut tasks = self.tasks.iter().filter(|task| !task.item && task.name.starts_with(name));
        tasks.next().with_context(|| format!("no task {name:?} was run:\n{self}"))
    }

    /// The items of the loop of the task whose name begins like this.
    pub fn items(&self, name: &str) -> Vec<&Task> {
        self.tasks.iter().filter(|task| task.item && task.name.starts_with(name)).collect()
    }

    /// Everything that the user sees.
    pub fn printed(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl std::fmt::Display for Played {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(out, "exit status {:?}\n{}{}", self.status, self.stdout, self.stderr)
    }
}
