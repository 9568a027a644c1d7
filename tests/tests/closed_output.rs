//! A run whose result nobody gets: whoever started it went away (a task's `timeout`, Ctrl-C, a cancelled job) while it was at
//! one of its calls, or what it prints to is full.

use acceptance::campaign::tokens::{Goal, TokenSituation, promises, situations};
use acceptance::campaign::{Call, Nature, Situation as _, Task, World, in_parallel};
use acceptance::{Module, Running};
use anyhow::{bail, ensure};
use mist_simulator::{Fault, FaultKind};
use std::fs::OpenOptions;
use std::process::{Command, Stdio};

/// No situation may quietly be left out: there are at least so many.
const AT_LEAST: usize = 25;

#[test]
fn an_output_that_is_closed_at_any_call_loses_no_key() -> anyhow::Result<()> {
    let situations = situations();
    let moments: Vec<(&TokenSituation, &Call)> = situations
        .iter()
        .filter(|situation| situation.meanwhile.is_none())
        .flat_map(|situation| situation.calls.iter().map(move |call| (situation, call)))
        // The logout comes when the result is written, so that what nobody read can be undone before.
        .filter(|(_, call)| call.because.is_none() && call.nature != Nature::Courtesy)
        // A call of the user's own is not undone: what would undo it, only the user knows.
        .filter(|(situation, call)| !(situation.name == "a request: POST" && call.nature == Nature::Once))
        .collect();
    let outcomes = in_parallel(&moments, |(situation, call)| closed_at(situation, call));
    let mut violations = Vec::new();
    let count = outcomes.len();
    for outcome in outcomes {
        violations.extend(outcome?);
    }
    println!("Closed output: {count} moments, {} violations", violations.len());
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    assert!(count >= AT_LEAST, "only {count} moments");
    Ok(())
}

fn closed_at(situation: &TokenSituation, call: &Call) -> anyhow::Result<Vec<String>> {
    let place = format!("{}, closed during {}", situation.name, call.name);
    let (world, task) = situation.set_up()?;
    let task = task.bounded(60, 60);
    let before = world.snapshot()?;
    let held = FaultKind::HoldRequest;
    world.cloud.fault(Fault::new(held).method(call.method).path(call.path).skip(call.after).times(1));
    let mut running = world.start_unread(&task)?;
    if !world.wait_for_held(1, &mut running)? {
        running.close_output()?;
        bail!("{place}: it did not come to the call, and ended: {:?}", world.run(&task)?);
    }
    running.close_output()?;
    world.cloud.release();
    let ran = running.finish()?;
    world.cloud.release();
    let after = world.snapshot()?;
    let mut violations = promises::check_unread(&world, &task, &before, &after)?;
    let on_its_way_out = call.method == "DELETE" && task.returns_key;
    if on_its_way_out {
        // The old token was on its way out already, with somebody listening: what is left then is no lost key, and a task
        // that says nothing of privileges cannot make it anew.
        violations.retain(|violation| !violation.starts_with(promises::NONE_WORKS));
    }
    if ran.status == Some(0) {
        violations.push("it ended well, and could not say so".to_owned());
    }
    // Run again by somebody who reads what it prints, it comes to what was wanted, whatever the first run left.
    let once = task.wanted.iter().any(|wanted| matches!(wanted.goal, Goal::Posted | Goal::Impossible));
    if !once && !on_its_way_out {
        let again = world.run(&task)?;
        if again.status != Some(0) {
            violations.push(format!("run again, it failed: {}", again.stdout));
        }
    }
    Ok(violations.into_iter().map(|violation| format!("{place}: {violation} {}", ran.stderr)).collect())
}

/// It is open, and takes nothing: a full disk. A token that was made for a result that cannot be told is gone again.
#[test]
fn an_output_that_takes_nothing_leaves_no_token_without_its_key() -> anyhow::Result<()> {
    let creations = ["present: a user token is made", "present: an organisation token is made, with key_file"];
    for situation in situations().into_iter().filter(|situation| creations.contains(&situation.name)) {
        let (world, task) = situation.set_up()?;
        let task = task.bounded(2, 6);
        let before = world.snapshot()?;
        let ran = to_a_full_disk(&world, &task)?;
        ensure!(ran == Some(1), "{}: {ran:?}", situation.name);
        let violations = promises::check_unread(&world, &task, &before, &world.snapshot()?)?;
        ensure!(violations.is_empty(), "{}: {violations:?}", situation.name);
        ensure!(world.run(&task)?.status == Some(0), "{}: run again, it failed", situation.name);
    }
    Ok(())
}

fn to_a_full_disk(world: &World, task: &Task) -> anyhow::Result<Option<i32>> {
    let full = OpenOptions::new().write(true).open("/dev/full")?;
    let options = world.scratch().join("options.json");
    std::fs::write(&options, world.options(&task.options).to_string())?;
    let mut command = Command::new(Module::named(task.module)?.path());
    command.arg(&options).env_clear().envs(world.environment()).stdout(full).stdin(Stdio::null());
    let status = command.stderr(Stdio::null()).status()?;
    std::fs::remove_file(&options)?;
    Ok(status.code())
}

/// Somebody who still reads gets the result: the tests above would pass with executables that always fail.
#[test]
fn an_output_that_is_read_late_gets_the_result() -> anyhow::Result<()> {
    let situation = situations().into_iter().find(|situation| situation.name == "present: a user token is made");
    let Some(situation) = situation else { anyhow::bail!("there is no such situation any more") };
    let (world, task) = situation.set_up()?;
    let mut command = Command::new(Module::named(task.module)?.path());
    command.arg("-").env_clear().envs(world.environment());
    let ran = Running::start(command, &world.options(&task.options).to_string())?.finish()?;
    ensure!(ran.status == Some(0) && ran.result()?["key"].is_string(), "{}", ran.stdout);
    Ok(())
}
