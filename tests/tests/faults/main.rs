//! Every fault at every call of every task that writes: one token or none, no key lost, nothing left behind.
//!
//! The short campaign is part of every test run; `CAMPAIGN=full cargo test -p acceptance --test faults` runs every
//! trouble at every call, at the first, the second and every attempt. `ONLY=words` runs the scenarios whose names hold these words.

mod killed_runs;
mod overlapping_runs;

use acceptance::campaign::{Elsewhere, Outcome, Scenario, Turns, When, in_parallel, is_full, situations, troubles};
use std::process::Command;

/// No scenario of a campaign may quietly be left out: it has at least so many.
const AT_LEAST: usize = 300;

/// Shaped like a key that nobody knows.
const QUOTED: &str = "QuotedKeyOfSomebodyElse0123456789QuotedKeyOfSomebodyElse0123456789QuotedKeyOfSomebodyElse";

#[test]
fn whatever_goes_wrong_there_is_one_token_or_none_and_no_key_is_lost() -> anyhow::Result<()> {
    let elsewhere = Elsewhere::new()?;
    let scenarios = scenarios(elsewhere.port()?);
    let outcomes = in_parallel(&scenarios, |scenario| {
        scenario.run(&|module| Command::new(module.path())).unwrap_or_else(|error| not_run(scenario, &error))
    });
    let met = outcomes.iter().filter(|outcome| outcome.met).count();
    let failed = outcomes.iter().filter(|outcome| outcome.failed).count();
    let bad: Vec<&Outcome> =
        outcomes.iter().filter(|outcome| !outcome.violations.is_empty() || !outcome.leaks.is_empty()).collect();
    for outcome in &bad {
        println!("{}\n  {:?} {:?}\n  {}", outcome.scenario, outcome.violations, outcome.leaks, outcome.printed);
    }
    println!(
        "Faults: {} scenarios, {met} met the trouble, {failed} failed, {} violations, {} leaks",
        outcomes.len(),
        outcomes.iter().map(|outcome| outcome.violations.len()).sum::<usize>(),
        outcomes.iter().map(|outcome| outcome.leaks.len()).sum::<usize>(),
    );
    assert!(bad.is_empty(), "{} of {} scenarios broke a promise", bad.len(), outcomes.len());
    assert!(elsewhere.was_left_alone(), "a request went where a redirect led");
    if std::env::var_os("ONLY").is_none() {
        assert!(met >= AT_LEAST, "only {met} scenarios met their trouble");
        assert!(failed >= AT_LEAST / 3, "only {failed} scenarios failed: the troubles are none");
    }
    Ok(())
}

/// All of them, or the share of them that a test run has time for.
fn scenarios(elsewhere: u16) -> Vec<Scenario> {
    let (situations, troubles) = (situations(), troubles(elsewhere, QUOTED));
    let mut scenarios: Vec<Scenario> = situations.iter().map(|situation| Scenario::calm(situation.clone())).collect();
    scenarios.extend(Scenario::all(&situations, &troubles, &[When::First, When::Second, When::Every]));
    if let Ok(words) = std::env::var("ONLY") {
        scenarios.retain(|scenario| scenario.to_string().contains(&words));
    } else if !is_full() {
        let mut turns = Turns::default();
        scenarios.retain(|scenario| {
            let Some((_, trouble, when)) = &scenario.trouble else { return true };
            let share = if *when == When::First && trouble.passes { 3 } else { 17 };
            turns.takes(trouble, share)
        });
    }
    scenarios
}

fn not_run(scenario: &Scenario, error: &anyhow::Error) -> Outcome {
    Outcome {
        scenario: scenario.to_string(),
        met: false,
        failed: true,
        violations: vec![format!("it could not be run: {error:#}")],
        leaks: Vec::new(),
        secrets: Vec::new(),
        printed: String::new(),
    }
}
