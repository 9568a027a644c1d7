//! The output of a run of one or more playbooks, and the results of their tasks.

use anyhow::Context as _;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Output;

/// One finished run of `ansible-playbook`.
#[derive(Debug)]
pub struct Played {
    pub stdout: String,
    /// The warnings and errors of Ansible.
    pub stderr: String,
    /// The exit status. 0: all tasks succeeded.
    pub status: Option<i32>,
    /// The results in order. A loop has one result for each item, and then one for all.
    pub tasks: Vec<Task>,
    /// The number of changed tasks in the recap.
    pub changed: u64,
    /// The number of failed tasks in the recap.
    pub failed: u64,
}

/// The result of a task, or of one item of its loop, as callback plugins receive it: censored.
#[derive(Debug, Clone)]
pub struct Task {
    pub name: String,
    /// `ok`, `failed`, `ignored`, `skipped` or `unreachable`.
    pub status: String,
    /// True for one item of a loop.
    pub item: bool,
    pub result: Value,
}

impl Task {
    pub fn changed(&self) -> bool {
        self.result["changed"] == true
    }

    pub fn msg(&self) -> &str {
        self.result["msg"].as_str().unwrap_or_default()
    }
}

impl Played {
    /// Reads the record of the callback plugin `tests/ansible/record.py`, for all playbooks of the run together.
    pub(crate) fn read(output: &Output, record: &Path) -> anyhow::Result<Self> {
        let mut whole = Self::of(output);
        for played in Self::each(output, record)? {
            whole.tasks.extend(played.tasks);
            whole.changed += played.changed;
            whole.failed += played.failed;
        }
        Ok(whole)
    }

    /// The same for each playbook of the run. The output is that of the whole run.
    pub(crate) fn each(output: &Output, record: &Path) -> anyhow::Result<Vec<Self>> {
        // A run that ends before its first play, for example because of a syntax error, has no record.
        let record = fs::read_to_string(record).unwrap_or_default();
        let mut all = Vec::new();
        let mut played = Self::of(output);
        // The counts of Ansible include the earlier playbooks of the run.
        let (mut changed, mut failed) = (0, 0);
        for line in record.lines() {
            let mut entry: Value = serde_json::from_str(line).context("the record of the callback plugin")?;
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
        // The last playbook did not reach its recap.
        if !played.tasks.is_empty() {
            all.push(played);
        }
        Ok(all)
    }

    /// The output without results.
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

    /// The first task with this beginning of its name. For a loop, the result of all items.
    pub fn task(&self, name: &str) -> anyhow::Result<&Task> {
        let mut tasks = self.tasks.iter().filter(|task| !task.item && task.name.starts_with(name));
        tasks.next().with_context(|| format!("no task {name:?} ran:\n{self}"))
    }

    /// The items of the loops of the tasks with this beginning of their names.
    pub fn items(&self, name: &str) -> Vec<&Task> {
        self.tasks.iter().filter(|task| task.item && task.name.starts_with(name)).collect()
    }

    pub fn printed(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl std::fmt::Display for Played {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(out, "exit status {:?}\n{}{}", self.status, self.stdout, self.stderr)
    }
}
