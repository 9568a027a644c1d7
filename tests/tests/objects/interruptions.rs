//! Runs that end early: a signal at any call, and a result that is not read.

use acceptance::Running;
use acceptance::campaign::objects::{ObjectSituation, ObjectSnapshot, object_promises, situations};
use acceptance::campaign::{Call, Situation as _, in_parallel};
use anyhow::{Context as _, ensure};
use mist_simulator::{Fault, FaultKind};
use rustix::process::{Pid, Signal, kill_process};
use std::sync::atomic::{AtomicUsize, Ordering};

const SIGNALS: [Signal; 5] = [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT, Signal::XCPU];

#[test]
fn a_signal_at_any_call_leaves_no_object_twice_and_running_again_finishes() -> anyhow::Result<()> {
    let mut moments = Vec::new();
    for situation in situations() {
        for call in situation.calls.clone().into_iter().filter(|call| call.because.is_none()) {
            // The signals take turns.
            moments.push((situation.clone(), call, SIGNALS[moments.len() % SIGNALS.len()]));
        }
    }
    let found = in_parallel(&moments, |(situation, call, signal)| -> anyhow::Result<Vec<String>> {
        let found = interrupted(situation, call, |running| send(running, *signal))?;
        let place = format!("{}, {}, {signal:?}", situation.name, call.name);
        Ok(found.into_iter().map(|what| format!("{place}: {what}")).collect())
    });
    let violations = found.into_iter().collect::<anyhow::Result<Vec<_>>>()?.concat();
    println!("Signals with objects: {} moments, {} violations", moments.len(), violations.len());
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    assert!(moments.len() >= 15);
    Ok(())
}

#[test]
fn an_output_that_is_closed_at_any_call_leaves_no_object_twice_and_running_again_finishes() -> anyhow::Result<()> {
    let mut moments = Vec::new();
    for situation in situations() {
        let calls = situation.calls.clone().into_iter().filter(|call| call.because.is_none());
        moments.extend(calls.map(|call| (situation.clone(), call)));
    }
    let noticed = AtomicUsize::new(0);
    let found = in_parallel(&moments, |(situation, call)| -> anyhow::Result<Vec<String>> {
        let found = unread(situation, call, &noticed)?;
        Ok(found.into_iter().map(|what| format!("{}, {}: {what}", situation.name, call.name)).collect())
    });
    let violations = found.into_iter().collect::<anyhow::Result<Vec<_>>>()?.concat();
    println!("Closed output with objects: {} moments, {} violations", moments.len(), violations.len());
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    assert!(moments.len() >= 15);
    assert_eq!(noticed.into_inner(), moments.len(), "a run succeeded without an output");
    Ok(())
}

/// Closes the output while the cloud holds this call, and runs the task again.
fn unread(situation: &ObjectSituation, call: &Call, noticed: &AtomicUsize) -> anyhow::Result<Vec<String>> {
    let (world, task) = situation.set_up()?;
    let task = task.bounded(60, 60);
    let before = ObjectSnapshot::of(&world, &task);
    let held = FaultKind::HoldRequest;
    world.cloud.fault(Fault::new(held).method(call.method).path(call.path).skip(call.after).times(1));
    let mut running = world.start_unread(&task.task)?;
    ensure!(world.wait_for_held(1, &mut running)?, "it ended before {}", call.name);
    running.close_output()?;
    world.cloud.release();
    let ran = running.finish()?;
    world.cloud.release();
    world.cloud.clear_faults();
    let after = ObjectSnapshot::of(&world, &task);
    let mut violations = object_promises::check_unread(&task, (&before, &after));
    noticed.fetch_add(usize::from(ran.status != Some(0)), Ordering::SeqCst);
    let again = world.run(&task.task)?;
    let now = ObjectSnapshot::of(&world, &task);
    violations.extend(object_promises::check_again("run again", &task, (&before, &now), &again, None));
    Ok(violations)
}

/// Interrupts the run while the cloud holds this call, releases the call, and runs the task again.
fn interrupted(
    situation: &ObjectSituation,
    call: &Call,
    interrupt: impl Fn(&mut Running) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<String>> {
    let (world, task) = situation.set_up()?;
    let task = task.bounded(60, 60);
    let before = ObjectSnapshot::of(&world, &task);
    let held = FaultKind::HoldRequest;
    world.cloud.fault(Fault::new(held).method(call.method).path(call.path).skip(call.after).times(1));
    let mut running = world.start(&task.task)?;
    ensure!(world.wait_for_held(1, &mut running)?, "it ended before {}", call.name);
    interrupt(&mut running)?;
    if call.method != "GET" {
        // The run finishes a change that began. Before a change, it must not wait for the response.
        world.cloud.release();
    }
    let ran = running.finish()?;
    world.cloud.release();
    let after = ObjectSnapshot::of(&world, &task);
    let mut violations = object_promises::check_unread(&task, (&before, &after));
    if ran.result().is_err() {
        violations.push(format!("it did not print one JSON object: {:?} {:?}", ran.stdout, ran.stderr));
    }
    world.cloud.clear_faults();
    let again = world.run(&task.task)?;
    let now = ObjectSnapshot::of(&world, &task);
    violations.extend(object_promises::check_again("run again", &task, (&before, &now), &again, None));
    Ok(violations)
}

fn send(running: &mut Running, signal: Signal) -> anyhow::Result<()> {
    let pid = Pid::from_raw(i32::try_from(running.id())?).context("the process id")?;
    // The run can have ended already.
    let _ = kill_process(pid, signal);
    Ok(())
}
