//! Two runs of one task at once, and the same fault for both.

use super::{ObjectSituation, ObjectSnapshot, object_promises};
use crate::campaign::report::retain_only;
use crate::campaign::{
    Attempt, Nature, OtherHost, Outcome, Scenario, Situation as _, call_faults, in_parallel, report,
};
use crate::{Ran, Running};

/// The fault must occur in at least so many scenarios.
const AT_LEAST: usize = 25;

/// Both runs lose the response to a creation, or, if the task creates nothing, to any call.
///
/// # Panics
///
/// A promise is broken.
pub fn run_pairs(situations: &[ObjectSituation]) -> anyhow::Result<()> {
    let other_host = OtherHost::new()?;
    let mut scenarios = pairs(situations, other_host.port()?);
    retain_only(&mut scenarios);
    let outcomes = in_parallel(&scenarios, |scenario| {
        scenario.run_pair().unwrap_or_else(|error| Outcome::not_run(scenario.to_string(), &error))
    });
    report("Two runs with objects", &outcomes, AT_LEAST);
    Ok(())
}

/// Two creations without a loss are two objects. Scenarios of tasks that create, with a fault at another call, are omitted.
fn pairs(situations: &[ObjectSituation], other_host: u16) -> Vec<Scenario<ObjectSituation>> {
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
        !creates || scenario.fault.as_ref().is_some_and(of_creation)
    });
    all
}

impl Scenario<ObjectSituation> {
    fn run_pair(&self) -> anyhow::Result<Outcome> {
        let (world, task) = self.situation.set_up()?;
        let task = task.bounded(5, 40);
        let before = ObjectSnapshot::of(&world, &task);
        let creations = task.wanted.iter().filter(|wanted| wanted.fields.is_some()).count().max(1);
        if let Some((call, fault, _)) = &self.fault {
            if let Some(because) = call.because {
                world.cloud.fault(because().times(2));
            }
            let requests = if call.method == "POST" { 2 * creations } else { 2 };
            world.cloud.fault(fault.at(call.method, call.path).skip(2 * call.after).times(requests));
        }
        let started = [world.start(&task.task)?, world.start(&task.task)?];
        let mut ran: Vec<Ran> = started.into_iter().map(Running::finish).collect::<anyhow::Result<_>>()?;
        let faulted = world.end_faults()?;
        let after = ObjectSnapshot::of(&world, &task);
        let failed = ran.iter().any(|ran| ran.status != Some(0));
        let next = world.run(&task.task)?;
        let violations = object_promises::check_pair(&task, (&before, &after), &ran, &next);
        ran.push(next);
        let mut leaks = Vec::new();
        for ran in &ran {
            leaks.extend(object_promises::leaks(&world, &task, ran)?);
        }
        Ok(Outcome {
            scenario: format!("two runs: {self}"),
            occurred: faulted > 0,
            failed,
            violations,
            leaks,
            secrets: Vec::new(),
            printed: ran.iter().map(ToString::to_string).collect(),
        })
    }
}
