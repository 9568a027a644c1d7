//! Runs whose result is not read: the process that started the run ended during one of its calls (`timeout` of a task, Ctrl-C,
//! a canceled job), or the disk is full.

use acceptance::campaign::tokens::{Goal, TokenSituation, situations, token_promises};
use acceptance::campaign::{Call, Nature, Situation as _, Task, World, in_parallel};
use acceptance::{Module, Running};
use anyhow::{bail, ensure};
use mist_simulator::{Fault, FaultKind};
use std::fs::OpenOptions;
use std::process::{Command, Stdio};

/// The number of moments, so that no change omits some unnoticed.
const AT_LEAST: usize = 25;

#[test]
fn an_output_that_is_closed_at_any_call_loses_no_key() -> anyhow::Result<()> {
    let situations = situations();
    let moments: Vec<(&TokenSituation, &Call)> = situations
        .iter()
        .filter(|situation| situation.meanwhile.is_none())
        .flat_map(|situation| situation.calls.iter().map(move |call| (situation, call)))
        // The logout comes after the output, so that the run can undo a creation with an unread result before.
        .filter(|(_, call)| call.because.is_none() && call.nature != Nature::Courtesy)
        // The module cannot undo a raw request.
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
        bail!("{place}: it ended without the call: {:?}", world.run(&task)?);
    }
    running.close_output()?;
    world.cloud.release();
    let ran = running.finish()?;
    world.cloud.release();
    let after = world.snapshot()?;
    let mut violations = token_promises::check_unread(&world, &task, &before, &after)?;
    let is_being_deleted = call.method == "DELETE" && task.returns_key;
    if is_being_deleted {
        // The deletion of the old token began while the output was open. The task has no privileges to create it again.
        violations.retain(|violation| !violation.starts_with(token_promises::NONE_WORKS));
    }
    if ran.status == Some(0) {
        violations.push("it succeeded without an output".to_owned());
    }
    // A second run whose output is read succeeds after anything that the first run left.
    let once = task.wanted.iter().any(|wanted| matches!(wanted.goal, Goal::Posted | Goal::Impossible));
    if !once && !is_being_deleted {
        let again = world.run(&task)?;
        if again.status != Some(0) {
            violations.push(format!("run again, it failed: {}", again.stdout));
        }
    }
    Ok(violations.into_iter().map(|violation| format!("{place}: {violation} {}", ran.stderr)).collect())
}

/// On a full disk, the token of a result that cannot be written is deleted.
#[test]
fn an_output_that_takes_nothing_leaves_no_token_without_its_key() -> anyhow::Result<()> {
    let creations = ["present: a user token is created", "present: an organization token is created, with key_file"];
    for situation in situations().into_iter().filter(|situation| creations.contains(&situation.name)) {
        let (world, task) = situation.set_up()?;
        let task = task.bounded(2, 6);
        let before = world.snapshot()?;
        let ran = to_a_full_disk(&world, &task)?;
        ensure!(ran == Some(1), "{}: {ran:?}", situation.name);
        let violations = token_promises::check_unread(&world, &task, &before, &world.snapshot()?)?;
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

/// The tests above would pass with executables that always fail.
#[test]
fn an_output_that_is_read_late_gets_the_result() -> anyhow::Result<()> {
    let situation = situations().into_iter().find(|situation| situation.name == "present: a user token is created");
    let Some(situation) = situation else { anyhow::bail!("the situation does not exist any more") };
    let (world, task) = situation.set_up()?;
    let mut command = Command::new(Module::named(task.module)?.path());
    command.arg("-").env_clear().envs(world.environment());
    let ran = Running::start(command, &world.options(&task.options).to_string())?.finish()?;
    ensure!(ran.status == Some(0) && ran.result()?["key"].is_string(), "{}", ran.stdout);
    Ok(())
}
