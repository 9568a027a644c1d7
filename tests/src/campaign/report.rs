//! The campaign of a test: a selection of scenarios, all of them run, and the report.

use super::{Attempt, OtherHost, Outcome, Sampler, Scenario, Situation, call_faults, in_parallel, is_full};
use std::process::Command;

/// Has the form of a key, and belongs to no token.
const QUOTED: &str = "QuotedKeyOfSomebodyElse0123456789QuotedKeyOfSomebodyElse0123456789QuotedKeyOfSomebodyElse";

/// A campaign with the situations of tokens or of objects.
///
/// Default: a sample. `CAMPAIGN=full` runs every fault at every call, at the first, the second and every attempt.
/// `ONLY=words` runs the scenarios whose names contain these words.
#[derive(Debug)]
pub struct Campaign<S> {
    /// The name in the report.
    pub name: &'static str,
    pub situations: Vec<S>,
    /// The sample has one of so many scenarios with faults that a task must survive, at the first attempt.
    pub share_of_first: usize,
    /// The sample has one of so many other scenarios.
    pub share: usize,
    /// The fault must occur in at least so many scenarios, so that no change omits some unnoticed.
    pub at_least: usize,
}

impl<S: Situation + Send> Campaign<S> {
    /// Runs the campaign.
    ///
    /// # Panics
    ///
    /// A promise is broken.
    pub fn run(&self) -> anyhow::Result<()> {
        let other_host = OtherHost::new()?;
        let scenarios = self.scenarios(other_host.port()?);
        let run = |scenario: &Scenario<S>| scenario.run(&|module| Command::new(module.path()));
        let outcomes = in_parallel(&scenarios, |scenario| {
            run(scenario).unwrap_or_else(|error| Outcome::not_run(scenario.to_string(), &error))
        });
        let failed = outcomes.iter().filter(|outcome| outcome.failed).count();
        report(self.name, &outcomes, self.at_least);
        assert!(other_host.got_no_request(), "a request followed a redirect");
        if std::env::var_os("ONLY").is_none() {
            assert!(failed >= self.at_least / 3, "only {failed} scenarios failed: the faults have no effect");
        }
        Ok(())
    }

    fn scenarios(&self, other_host: u16) -> Vec<Scenario<S>> {
        let faults = call_faults(other_host, QUOTED);
        let mut scenarios: Vec<Scenario<S>> = self.situations.iter().cloned().map(Scenario::calm).collect();
        let attempts = [Attempt::First, Attempt::Second, Attempt::Every];
        scenarios.extend(Scenario::all(&self.situations, &faults, &attempts));
        if !retain_only(&mut scenarios) && !is_full() {
            let mut sampler = Sampler::default();
            scenarios.retain(|scenario| {
                let Some((_, fault, attempt)) = &scenario.fault else { return true };
                let of_first = *attempt == Attempt::First && fault.passes;
                sampler.takes(fault, if of_first { self.share_of_first } else { self.share })
            });
        }
        scenarios
    }
}

/// Limits the scenarios to those that `ONLY` names. Returns whether it is set.
pub(super) fn retain_only<T: ToString>(scenarios: &mut Vec<T>) -> bool {
    let Ok(words) = std::env::var("ONLY") else { return false };
    scenarios.retain(|scenario| scenario.to_string().contains(&words));
    true
}

/// Prints all broken promises and the totals.
///
/// # Panics
///
/// A promise is broken, or the fault occurred in fewer scenarios than this.
pub fn report(name: &str, outcomes: &[Outcome], at_least: usize) {
    let bad = outcomes.iter().filter(|outcome| !outcome.violations.is_empty() || !outcome.leaks.is_empty());
    let bad: Vec<&Outcome> = bad.collect();
    for outcome in &bad {
        println!("{}\n  {:?} {:?}\n  {}", outcome.scenario, outcome.violations, outcome.leaks, outcome.printed);
    }
    let occurred = outcomes.iter().filter(|outcome| outcome.occurred).count();
    println!(
        "{name}: {} scenarios, {occurred} with their fault, {} failed, {} violations, {} leaks",
        outcomes.len(),
        outcomes.iter().filter(|outcome| outcome.failed).count(),
        outcomes.iter().map(|outcome| outcome.violations.len()).sum::<usize>(),
        outcomes.iter().map(|outcome| outcome.leaks.len()).sum::<usize>(),
    );
    assert!(bad.is_empty(), "{} of {} scenarios broke a promise", bad.len(), outcomes.len());
    assert!(std::env::var_os("ONLY").is_some() || occurred >= at_least, "only {occurred} faults occurred");
}

impl Outcome {
    /// A scenario that could not be run is a violation.
    pub(super) fn not_run(scenario: String, error: &anyhow::Error) -> Self {
        Self {
            scenario,
            occurred: false,
            failed: true,
            violations: vec![format!("it could not be run: {error:#}")],
            leaks: Vec::new(),
            secrets: Vec::new(),
            printed: String::new(),
        }
    }
}
