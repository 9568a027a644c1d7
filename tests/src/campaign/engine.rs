//! One scenario: which fault affects which call of which task, and how it is run.

use super::secrets;
use super::task::{Call, Nature, Task};
use super::{Attempt, CallFault, Judgment, World};
use crate::{Module, Ran};
use mist_simulator::{Fault, FaultKind};
use std::collections::BTreeMap;
use std::fmt;
use std::process::Command;

/// A task, the state of the cloud before it, and its promises. Implemented for tokens and for objects.
pub trait Situation: Clone + fmt::Debug + Sync {
    type Task: AsRef<Task> + AsMut<Task> + Sync;
    /// Everything that a task can change.
    type Snapshot;

    /// The name in reports.
    fn name(&self) -> &'static str;

    /// The calls without faults, in their order, and the calls after a fault.
    fn calls(&self) -> &[Call];

    /// A cloud with the objects of the situation and those of others, and the task.
    fn set_up(&self) -> anyhow::Result<(World, Self::Task)>;

    fn snapshot(world: &World, task: &Self::Task) -> anyhow::Result<Self::Snapshot>;

    /// Checks all promises, and runs the task again.
    fn judge(finished: &Finished<'_, Self>) -> anyhow::Result<Judgment>;

    /// A change of the machine while the cloud holds the first POST. The task cannot succeed then.
    fn meanwhile(&self) -> Option<fn(&World) -> anyhow::Result<()>> {
        None
    }

    /// Returns true if promises hold with this fault at this call.
    fn applies(fault: &CallFault, call: &Call) -> bool {
        fault.applies_to(call)
    }

    /// Returns true if a task must succeed after a creation that took effect and got this response.
    fn is_settled_after(_: &CallFault) -> bool {
        true
    }
}

/// A task, and a fault at one of its calls.
#[derive(Debug, Clone)]
pub struct Scenario<S> {
    pub situation: S,
    /// `None`: no fault.
    pub fault: Option<(Call, CallFault, Attempt)>,
    /// The verbosity of Ansible, 0 to 4.
    pub verbosity: u8,
    /// With `--diff`.
    pub diff: bool,
}

/// A finished run, for the promises.
pub struct Finished<'a, S: Situation> {
    pub scenario: &'a Scenario<S>,
    pub world: &'a World,
    pub task: &'a S::Task,
    pub before: S::Snapshot,
    pub after: S::Snapshot,
    pub ran: Ran,
}

/// The result of a scenario.
#[derive(Debug)]
pub struct Outcome {
    pub scenario: String,
    /// True if the fault affected a request.
    pub occurred: bool,
    pub failed: bool,
    /// The broken promises.
    pub violations: Vec<String>,
    /// The secrets that were found.
    pub leaks: Vec<String>,
    /// All secrets of the world, for a search in what several runs share.
    pub secrets: Vec<String>,
    /// The output, for reports.
    pub printed: String,
}

impl<S: Situation> fmt::Display for Scenario<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.situation.name())?;
        match &self.fault {
            None => Ok(()),
            Some((call, fault, attempt)) => write!(formatter, "; {}, {attempt:?}: {}", call.name, fault.name),
        }
    }
}

impl<S: Situation> Scenario<S> {
    /// A task without a fault.
    pub fn calm(situation: S) -> Self {
        Self { situation, fault: None, verbosity: 0, diff: false }
    }

    /// All scenarios of these situations and faults.
    pub fn all(situations: &[S], faults: &[CallFault], attempts: &[Attempt]) -> Vec<Self> {
        let mut scenarios = Vec::new();
        for situation in situations {
            for call in situation.calls() {
                let once = matches!(call.nature, Nature::Once | Nature::Courtesy);
                for fault in faults.iter().filter(|fault| S::applies(fault, call)) {
                    for attempt in attempts.iter().filter(|attempt| !once || **attempt != Attempt::Second) {
                        let fault = Some((*call, fault.clone(), *attempt));
                        scenarios.push(Self { situation: situation.clone(), fault, verbosity: 0, diff: false });
                    }
                }
            }
        }
        scenarios
    }

    /// Returns true if the task must succeed with this fault.
    pub fn must_succeed(&self) -> bool {
        if self.situation.meanwhile().is_some() {
            return false;
        }
        let Some((call, fault, attempt)) = &self.fault else { return true };
        match call.nature {
            Nature::Repeated => fault.passes && *attempt != Attempt::Every,
            Nature::Creation => {
                let settled = fault.passes || (fault.may_have_effect() && S::is_settled_after(fault));
                settled && *attempt == Attempt::First
            }
            Nature::Once => false,
            Nature::Courtesy => true,
        }
    }

    /// Runs the scenario and checks its promises. `start` returns the command that runs this executable.
    pub fn run(&self, start: &dyn Fn(&Module) -> Command) -> anyhow::Result<Outcome> {
        let (world, mut task) = self.situation.set_up()?;
        let command = task.as_mut();
        *command = command.clone().bounded(2, 6);
        command.options["_ansible_verbosity"] = self.verbosity.into();
        command.options["_ansible_diff"] = self.diff.into();
        let before = S::snapshot(&world, &task)?;
        let preparations = self.add_faults(&world);

        let mut running = world.start_by(start(&Module::named(task.as_ref().module)?), task.as_ref())?;
        if let Some(meanwhile) = self.situation.meanwhile() {
            if world.wait_for_held(1, &mut running)? {
                meanwhile(&world)?;
            }
            world.cloud.release();
        }
        let ran = running.finish()?;
        let faulted = world.end_faults()?;

        let after = S::snapshot(&world, &task)?;
        let finished = Finished { scenario: self, world: &world, task: &task, before, after, ran };
        let Judgment { violations, leaks } = S::judge(&finished)?;
        Ok(Outcome {
            scenario: self.to_string(),
            occurred: self.fault.is_none() || faulted > preparations,
            failed: finished.ran.status != Some(0),
            violations,
            leaks,
            secrets: secrets::of_world(&world, &task.as_ref().canaries),
            printed: finished.ran.to_string(),
        })
    }

    /// Adds the fault and those that lead to its call. Returns the number of requests that fail before it.
    fn add_faults(&self, world: &World) -> usize {
        let mut preparations = Vec::new();
        if self.situation.meanwhile().is_some() {
            preparations.push(Fault::new(FaultKind::HoldRequest).method("POST").path("*/apitokens").times(1));
        }
        if let Some((call, _, attempt)) = &self.fault {
            preparations.extend(call.because.map(|because| because()));
            if *attempt == Attempt::Second {
                let unavailable = FaultKind::Status { status: 503, body: String::new(), headers: BTreeMap::new() };
                let fault = Fault::new(unavailable).method(call.method).path(call.path);
                preparations.push(fault.skip(call.after).times(1));
            }
        }
        let count = preparations.len();
        preparations.into_iter().for_each(|fault| world.cloud.fault(fault));
        if let Some((call, fault, attempt)) = &self.fault {
            let fault = fault.at(call.method, call.path).skip(call.after);
            world.cloud.fault(if *attempt == Attempt::Every { fault } else { fault.times(1) });
        }
        count
    }
}
