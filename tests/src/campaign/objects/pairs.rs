//! Two runs of one task at once, on one machine and on two, and the same fault for both.

use super::{ObjectSituation, ObjectSnapshot, object_promises};
use crate::campaign::report::retain_only;
use crate::campaign::{
    Attempt, Nature, OtherHost, Outcome, Scenario, Situation as _, call_faults, in_parallel, report,
};
use crate::{Ran, Running};
use std::fs;

/// The fault must occur in at least so many scenarios.
const AT_LEAST: usize = 25;

/// The homes of the two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Homes {
    /// One home, and so the lock of the collection or setting: the runs take turns.
    Shared,
    /// A home each, as on two machines: each run looks again after a creation.
    Separate,
}

/// Both runs lose the response to a creation, or, if the task creates nothing, to any call. With a shared home, the first one does.
///
/// # Panics
///
/// A promise is broken.
pub fn run_pairs(situations: &[ObjectSituation], homes: Homes) -> anyhow::Result<()> {
    let other_host = OtherHost::new()?;
    let mut scenarios = pairs(situations, other_host.port()?, homes);
    retain_only(&mut scenarios);
    let outcomes = in_parallel(&scenarios, |scenario| {
        scenario.run_pair(homes).unwrap_or_else(|error| Outcome::not_run(scenario.to_string(), &error))
    });
    report(&format!("Two runs with objects, {homes:?}"), &outcomes, AT_LEAST);
    Ok(())
}

/// With separate homes, scenarios of tasks that create, with a fault at another call, are omitted: two creations are two objects.
fn pairs(situations: &[ObjectSituation], other_host: u16, homes: Homes) -> Vec<Scenario<ObjectSituation>> {
    const LOST: [&str; 5] = [
        "cut before its effect",
        "cut after its effect",
        "an empty answer",
        "closed without an answer, committed later",
        "200 {} committed later",
    ];
    let mut faults = call_faults(other_host, "");
    faults.retain(|fault| LOST.contains(&fault.name.as_str()));
    let mut all = Scenario::all(situations, &faults, &[Attempt::First]);
    all.retain(|scenario| {
        let creates = scenario.situation.calls().iter().any(|call| call.nature == Nature::Creation);
        let of_creation =
            |(call, ..): &(crate::campaign::Call, _, _)| call.nature == Nature::Creation || call.because.is_some();
        homes == Homes::Shared || !creates || scenario.fault.as_ref().is_some_and(of_creation)
    });
    all.extend(situations.iter().cloned().map(Scenario::calm));
    all
}

impl Scenario<ObjectSituation> {
    fn run_pair(&self, homes: Homes) -> anyhow::Result<Outcome> {
        let (world, task) = self.situation.set_up()?;
        let task = task.bounded(5, 40);
        let before = ObjectSnapshot::of(&world, &task);
        // The runs that the fault affects.
        let affected = if homes == Homes::Shared { 1 } else { 2 };
        let creations = task.wanted.iter().filter(|wanted| wanted.fields.is_some()).count().max(1);
        if let Some((call, fault, _)) = &self.fault {
            if let Some(because) = call.because {
                world.cloud.fault(because().times(affected));
            }
            let requests = if call.method == "POST" { affected * creations } else { affected };
            world.cloud.fault(fault.at(call.method, call.path).skip(affected * call.after).times(requests));
        }
        let mut second = task.task.clone();
        if homes == Homes::Separate {
            let home = world.scratch().join("second home");
            fs::create_dir(&home)?;
            second.environment.push(("HOME".to_owned(), home.display().to_string()));
        }
        let started = [world.start(&task.task)?, world.start(&second)?];
        let mut ran: Vec<Ran> = started.into_iter().map(Running::finish).collect::<anyhow::Result<_>>()?;
        let faulted = world.end_faults()?;
        let after = ObjectSnapshot::of(&world, &task);
        let failed = ran.iter().any(|ran| ran.status != Some(0));
        let next = world.run(&task.task)?;
        let mut violations = object_promises::check_pair(&task, (&before, &after), &ran, &next);
        if homes == Homes::Shared {
            violations.extend(object_promises::check_turns(&task, &after, &ran));
        }
        if self.fault.is_none() {
            violations.extend(object_promises::check_calm_pair(&ran));
        }
        ran.push(next);
        let mut leaks = Vec::new();
        for ran in &ran {
            leaks.extend(object_promises::leaks(&world, &task, ran)?);
        }
        Ok(Outcome {
            scenario: format!("two runs, {homes:?}: {self}"),
            occurred: faulted > 0,
            failed,
            violations,
            leaks,
            secrets: Vec::new(),
            printed: ran.iter().map(ToString::to_string).collect(),
        })
    }
}
