//! Running a scenario, and what came of it.

use super::promises;
use super::scenario::{Scenario, Snapshot, bounded};
use super::situations::ObjectTask;
use crate::campaign::{World, secrets};
use crate::{Module, Ran};
use std::process::Command;

/// What came of a scenario.
#[derive(Debug)]
pub struct Outcome {
    /// Which one it was.
    pub scenario: String,
    /// Whether it came to the trouble at all.
    pub met: bool,
    /// Whether the task failed.
    pub failed: bool,
    /// The promises that were not kept.
    pub violations: Vec<String>,
    /// The secrets that were found.
    pub leaks: Vec<String>,
    /// What was printed, for the report.
    pub printed: String,
}

impl Scenario {
    /// Runs it and judges it. `start` makes the command that ends in the executable at this path.
    ///
    /// # Errors
    ///
    /// It could not be run; that says nothing about the promises.
    pub fn run(&self, start: &dyn Fn(&Module) -> Command) -> anyhow::Result<Outcome> {
        let (world, task) = Self::set_up(&self.situation)?;
        let mut task = bounded(task, 2, 6);
        task.task.options["_ansible_verbosity"] = self.verbosity.into();
        task.task.options["_ansible_diff"] = self.diff.into();
        let before = Snapshot::of(&world, &task);
        let preparations = self.add_faults(&world);
        let ran = world.start_by(start(&Module::named(task.task.module)?), &task.task)?.finish()?;
        let faulted = world.cloud.requests().iter().filter(|request| request.fault.is_some()).count();
        world.cloud.clear_faults();
        anyhow::ensure!(world.cloud.release(), "an effect that was put off did not come");
        let after = Snapshot::of(&world, &task);

        let mut violations = promises::check(self, &task, (&before, &after), &ran);
        let mut leaks = leaks(&world, &task, &ran)?;
        if promises::is_settled(&task, &after) {
            for (run, changes) in [("run again", None), ("run a third time", Some(false))] {
                let again = world.run(&bounded(task.clone(), 30, 60).task)?;
                let now = Snapshot::of(&world, &task);
                violations.extend(promises::check_again(run, &task, (&before, &now), &again, changes));
                leaks.extend(self::leaks(&world, &task, &again)?);
            }
        }
        Ok(Outcome {
            scenario: self.to_string(),
            met: self.trouble.is_none() || faulted > preparations,
            failed: ran.status != Some(0),
            violations,
            leaks,
            printed: format!("{:?}: {}{}", ran.status, ran.stdout, ran.stderr),
        })
    }
}

fn leaks(world: &World, task: &ObjectTask, ran: &Ran) -> anyhow::Result<Vec<String>> {
    Ok(secrets::search(world, &task.task, ran, &[])?.found().to_vec())
}
