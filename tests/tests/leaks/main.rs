//! A secret is only in the places that a task asks for, with every way to give it, every response and every fault.
//!
//! The tests search the output, the log of the host, all files of a run except the key files, and the command lines of all
//! processes. `CAMPAIGN=full` searches the whole fault campaign.

mod exposures;
mod processes;
mod proxy;
mod through_ansible;

use acceptance::campaign::tokens::{TokenSituation, situations};
use acceptance::campaign::{
    Attempt, OtherHost, Outcome, Sampler, Scenario, World, call_faults, in_parallel, is_full, secrets,
};
use acceptance::{Leaks, Module, Syslog};
use anyhow::{Context as _, ensure};
use exposures::{CANARIES, EXPOSURES, Exposure, Given, Proxies, WRONG_KEY, config, tasks};
use mist_simulator::NewToken;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

#[test]
fn no_secret_is_shown_however_it_is_given() -> anyhow::Result<()> {
    let (syslog, proxies) = (Syslog::listen()?, Proxies::start()?);
    let mut runs = Vec::new();
    for exposure in &EXPOSURES {
        for (number, (module, _)) in tasks(&World::new(config())?).into_iter().enumerate() {
            let takes = exposure.is_for(module);
            for verbosity in 0..=4_u8 {
                // Each verbosity with and without diff. Check mode has a verbosity of its own.
                let takes_part = takes && (is_full() || number == 0 || (number + usize::from(verbosity)) % 5 == 0);
                runs.extend(
                    [false, true].map(|diff| (exposure, number, verbosity, diff)).iter().filter(|_| takes_part),
                );
            }
        }
    }
    let results = in_parallel(&runs, |(exposure, number, verbosity, diff)| {
        run(exposure, *number, (*verbosity, *diff), &proxies, syslog.as_ref())
            .with_context(|| format!("{}, task {number}, verbosity {verbosity}", exposure.name))
    });
    let mut shown = Shown::default();
    for result in results {
        shown.add(result?);
    }
    shown.report("However it is given", syslog.as_ref())
}

#[test]
fn no_secret_is_shown_whatever_goes_wrong() -> anyhow::Result<()> {
    let (syslog, other_host) = (Syslog::listen()?, OtherHost::new()?);
    let (situations, faults) = (situations(), call_faults(other_host.port()?, WRONG_KEY));
    let mut scenarios: Vec<Scenario<TokenSituation>> = Vec::new();
    for situation in &situations {
        scenarios.extend((0..10).map(|_| Scenario::calm(situation.clone())));
    }
    let all = Scenario::all(&situations, &faults, &[Attempt::First, Attempt::Every]);
    let mut sampler = Sampler::default();
    let mut takes_part = |scenario: &Scenario<TokenSituation>| {
        is_full() || scenario.fault.as_ref().is_some_and(|(_, fault, _)| sampler.takes(fault, 23))
    };
    scenarios.extend(all.into_iter().filter(|scenario| takes_part(scenario)));
    for (number, scenario) in scenarios.iter_mut().enumerate() {
        scenario.verbosity = (number % 5) as u8;
        scenario.diff = number % 10 >= 5;
    }
    let outcomes = in_parallel(&scenarios, |scenario| scenario.run(&|module| command(module, syslog.as_ref())));
    let mut shown = Shown::default();
    for outcome in outcomes {
        let Outcome { scenario, leaks, secrets, failed, printed, .. } = outcome?;
        shown.add(Searched {
            leaks: leaks.into_iter().map(|leak| format!("{scenario}: {leak}: {printed}")).collect(),
            secrets,
            failed,
        });
    }
    shown.report("Whatever goes wrong", syslog.as_ref())
}

/// The searches of the other tests find a text that is not a secret.
#[test]
fn what_is_no_secret_is_found_in_what_is_printed_and_in_the_log() -> anyhow::Result<()> {
    let Some(syslog) = Syslog::listen()? else { return Ok(()) };
    let world = World::new(config())?;
    let options = json!({"name": WRONG_KEY, "api_token": world.cloud.api_token(), "host": world.cloud.url()});
    let task = acceptance::campaign::Task::new("mist_api_token", options);
    let ran = world.start_by(command(&Module::named(task.module)?, Some(&syslog)), &task)?.finish()?;
    ensure!(secrets::keys_in(&ran.stdout).iter().any(|key| key == WRONG_KEY), "{}", ran.stdout);
    ensure!(syslog.lines()?.iter().any(|line| line.contains(WRONG_KEY)), "the log does not contain it");
    ensure!(!secrets::search(&world, &task, &ran, &[])?.found().is_empty(), "the search does not find it");
    Ok(())
}

/// The findings of one run.
struct Searched {
    leaks: Vec<String>,
    secrets: Vec<String>,
    failed: bool,
}

fn run(
    exposure: &Exposure,
    number: usize,
    (verbosity, diff): (u8, bool),
    proxies: &Proxies,
    syslog: Option<&Syslog>,
) -> anyhow::Result<Searched> {
    let world = World::new(config())?;
    world.cloud.add_user_token(NewToken::named("there"));
    let (module, mut options) = tasks(&world).swap_remove(number);
    for (name, value) in [
        ("timeout", json!(5)),
        ("max_wait", json!(2)),
        ("_ansible_verbosity", json!(verbosity)),
        ("_ansible_diff", json!(diff)),
        ("_ansible_check_mode", json!(verbosity == 3)),
    ] {
        options[name] = value;
    }
    let mut given = Given { world: &world, proxies, options, environment: Vec::new() };
    (exposure.give)(&mut given)?;
    let mut task = given.into_task(module);
    // A raw request returns the response as it is, with its secrets.
    task.returns_key |= module == "mist_api_request";
    let ran = world.start_by(command(&Module::named(module)?, syslog), &task)?.finish()?;
    let result: Value = ran.result()?;
    let failed = result["failed"] == true;
    if let Some(succeeds) = exposure.succeeds {
        ensure!(failed != succeeds, "failed: {failed}: {}", ran.stdout);
    }
    ensure!(!result["msg"].as_str().unwrap_or_default().contains("programming error"), "{}", ran.stdout);
    let allowed: Vec<PathBuf> = world.snapshot()?.files.into_keys().collect();
    let found = secrets::search(&world, &task, &ran, &allowed)?;
    let told = |leak: &String| format!("{} ({module} {number}): {leak}: {}{}", exposure.name, ran.stdout, ran.stderr);
    Ok(Searched {
        leaks: found.found().iter().map(told).collect(),
        secrets: secrets::of_world(&world, &task.canaries),
        failed,
    })
}

/// The command of an executable with the log of the test.
fn command(module: &Module, syslog: Option<&Syslog>) -> Command {
    syslog.map_or_else(|| Command::new(module.path()), |syslog| syslog.command(module.path()))
}

/// The findings of all runs of a test.
#[derive(Default)]
struct Shown {
    runs: usize,
    failed: usize,
    leaks: Vec<String>,
    secrets: Vec<String>,
}

impl Shown {
    fn add(&mut self, searched: Searched) {
        self.runs += 1;
        self.failed += usize::from(searched.failed);
        self.leaks.extend(searched.leaks);
        self.secrets.extend(searched.secrets);
    }

    /// Searches the log, which all runs share, and prints the findings.
    fn report(mut self, what: &str, syslog: Option<&Syslog>) -> anyhow::Result<()> {
        let lines = syslog.map(Syslog::lines).transpose()?.unwrap_or_default();
        self.secrets.extend(CANARIES.map(str::to_owned));
        self.secrets.sort_unstable();
        self.secrets.dedup();
        let mut in_the_log = Leaks::of(self.secrets.iter().map(String::as_str));
        for line in &lines {
            in_the_log.search(&format!("the log: {line}"), line.as_bytes());
        }
        self.leaks.extend_from_slice(in_the_log.found());
        if syslog.is_some() {
            // Runs with refused options write no message.
            ensure!(lines.len() * 2 > self.runs, "only {} of {} runs are in the log", lines.len(), self.runs);
            let invoked = lines.iter().all(|line| line.contains(": Invoked with "));
            ensure!(invoked, "the log has lines of other programs");
        }
        println!(
            "Leaks. {what}: {} runs, {} of them failed; {} lines of the log; {} secrets; {} leaks",
            self.runs,
            self.failed,
            lines.len(),
            self.secrets.len(),
            self.leaks.len()
        );
        for leak in &self.leaks {
            println!("  {}", leak.chars().take(500).collect::<String>());
        }
        ensure!(self.leaks.is_empty(), "{} leaks", self.leaks.len());
        Ok(())
    }
}
