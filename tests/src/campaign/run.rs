//! Running a scenario, and what came of it.

use super::scenario::{Finished, Scenario};
use super::world::World;
use super::{promises, secrets};
use crate::Module;
use std::path::PathBuf;
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
    /// Every secret that there was, for who searches what several runs share.
    pub secrets: Vec<String>,
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
        let world = World::new((self.situation.config)())?;
        self.add_bystanders(&world)?;
        let task = self.task(&world)?;
        let before = world.snapshot()?;
        let preparations = self.add_faults(&world);

        let mut running = world.start_by(start(&Module::named(task.module)?), &task)?;
        if let Some(meanwhile) = self.situation.meanwhile {
            if world.wait_for_held(1, &mut running)? {
                meanwhile(&world)?;
            }
            world.cloud.release();
        }
        let ran = running.finish()?;
        let faulted = world.cloud.requests().iter().filter(|request| request.fault.is_some()).count();
        world.cloud.clear_faults();
        // What was carried out late comes now, if it has not come yet: the run is over.
        anyhow::ensure!(world.cloud.release(), "an effect that was put off did not come");

        let after = world.snapshot()?;
        let finished = Finished { scenario: self, world: &world, task: &task, before, after, ran };
        let mut violations = promises::check(&finished)?;
        let mut leaks = self.leaks(&finished)?;
        if let Some(again) = promises::run_again(&finished)? {
            violations.extend(again.violations);
            leaks.extend(again.leaks);
        }
        Ok(Outcome {
            scenario: self.to_string(),
            met: self.trouble.is_none() || faulted > preparations,
            failed: finished.ran.status != Some(0),
            violations,
            leaks,
            secrets: secrets::of_world(&world, &task.canaries),
            printed: format!("{:?}: {}{}", finished.ran.status, finished.ran.stdout, finished.ran.stderr),
        })
    }

    fn leaks(&self, finished: &Finished<'_>) -> anyhow::Result<Vec<String>> {
        let allowed: Vec<PathBuf> = finished.after.files.keys().cloned().collect();
        let leaks = secrets::search(finished.world, finished.task, &finished.ran, &allowed)?;
        Ok(leaks.found().to_vec())
    }
}
