//! Running a scenario, and what came of it.

use super::promises;
use super::scenario::{Scenario, Snapshot, bounded};
use super::situations::ObjectTask;
use crate::campaign::{World, secrets};
use crate::{Module, Ran, Running};
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

impl Scenario {
    /// Runs the task twice at once, with the trouble for the first requests of both, and judges both.
    ///
    /// # Errors
    ///
    /// It could not be run. This proves nothing about the promises.
    pub fn run_pair(&self) -> anyhow::Result<Outcome> {
        let (world, task) = Self::set_up(&self.situation)?;
        let task = bounded(task, 5, 40);
        let before = Snapshot::of(&world, &task);
        let creations = task.wanted.iter().filter(|wanted| wanted.fields.is_some()).count().max(1);
        if let Some((called, trouble, _)) = &self.trouble {
            if let Some(because) = called.because {
                world.cloud.fault(because().times(2));
            }
            let requests = if called.method == "POST" { 2 * creations } else { 2 };
            world.cloud.fault(trouble.fault(called.method, called.path).skip(2 * called.after).times(requests));
        }
        let started = [world.start(&task.task)?, world.start(&task.task)?];
        let ran: Vec<Ran> = started.into_iter().map(Running::finish).collect::<anyhow::Result<_>>()?;
        let faulted = world.cloud.requests().iter().filter(|request| request.fault.is_some()).count();
        world.cloud.clear_faults();
        anyhow::ensure!(world.cloud.release(), "an effect that was put off did not come");
        let after = Snapshot::of(&world, &task);
        let next = world.run(&task.task)?;
        let violations = promises::check_pair(&task, (&before, &after), &ran, &next);
        let leaks =
            ran.iter().chain([&next]).map(|ran| leaks(&world, &task, ran)).collect::<anyhow::Result<Vec<_>>>()?;
        let printed = |ran: &Ran| format!("{:?}: {}{}", ran.status, ran.stdout, ran.stderr);
        Ok(Outcome {
            scenario: format!("two runs: {self}"),
            met: faulted > 0,
            failed: ran.iter().any(|ran| ran.status != Some(0)),
            violations,
            leaks: leaks.into_iter().flatten().collect(),
            printed: ran.iter().chain([&next]).map(printed).collect(),
        })
    }
}

fn leaks(world: &World, task: &ObjectTask, ran: &Ran) -> anyhow::Result<Vec<String>> {
    Ok(secrets::search(world, &task.task, ran, &[])?.found().to_vec())
}
