//! Many runs of one task at once on one machine, as in a play for many hosts that is delegated to one.

use acceptance::Running;
use acceptance::campaign::{Task, World, in_parallel};
use anyhow::ensure;
use mist_simulator::{Config, Fault, FaultKind, Owner};
use serde_json::{Value, json};
use std::fs;

/// The number of runs at once.
const RUNS: usize = 40;

/// The number of rounds.
const ROUNDS: usize = 20;

#[test]
fn forty_runs_of_one_task_make_one_token() -> anyhow::Result<()> {
    let mut made = 0;
    for round in 0..ROUNDS {
        let world = World::new(Config::default())?;
        // Every second round creates an organization token with a key file.
        let (owner, options) = if round % 2 == 0 {
            (Owner::User, json!({"name": "shared"}))
        } else {
            let options = json!({
                "name": "shared", "org_id": world.cloud.org_id(), "privileges": [{"role": "read"}],
                "key_file": world.keys().join("key"),
            });
            (world.org(), options)
        };
        let task = task(&world, options);
        let started: Vec<Running> = (0..RUNS).map(|_| world.start(&task)).collect::<Result<_, _>>()?;
        let mut changed = Vec::new();
        for running in started {
            let ran = running.finish()?;
            let result = ran.result()?;
            ensure!(ran.status == Some(0), "round {round}: a run failed: {}", ran.stdout);
            if result["changed"] == true {
                changed.push(result);
            }
        }
        let snapshot = world.snapshot()?;
        let tokens = snapshot.named(&owner, "shared");
        ensure!(tokens.len() == 1, "round {round}: {} tokens", tokens.len());
        ensure!(changed.len() == 1, "round {round}: {} runs report a change", changed.len());
        let delivered = match changed[0]["key"].as_str() {
            Some(key) => key.to_owned(),
            None => fs::read_to_string(world.keys().join("key"))?.trim().to_owned(),
        };
        ensure!(delivered == tokens[0].key, "round {round}: the delivered key is not that of the token");
        ensure!(locks_left(&world) == 0, "round {round}: the file of a lock remains");
        made += tokens.len();
    }
    println!("Many at once: {ROUNDS} rounds of {RUNS} runs, {made} tokens, each run succeeded");
    Ok(())
}

#[test]
fn runs_about_other_names_do_not_wait_for_each_other() -> anyhow::Result<()> {
    let world = World::new(Config::default())?;
    hold_listings(&world, 1);
    let mut held = world.start(&task(&world, json!({"name": "one"})))?;
    ensure!(world.wait_for_held(1, &mut held)?, "it ended");
    let ran = world.run(&task(&world, json!({"name": "other", "max_wait": 0})))?;
    ensure!(ran.status == Some(0), "{}", ran.stdout);
    world.cloud.release();
    ensure!(held.finish()?.status == Some(0));
    Ok(())
}

#[test]
fn a_killed_run_holds_up_nobody() -> anyhow::Result<()> {
    for method in ["GET", "POST"] {
        let world = World::new(Config::default())?;
        let task = task(&world, json!({"name": "n", "key_file": world.keys().join("key"), "recreate": "state_change"}));
        world.cloud.fault(held().method(method).times(1));
        let mut killed = world.start(&task)?;
        ensure!(world.wait_for_held(1, &mut killed)?, "it ended");
        killed.kill()?;
        // The cloud completes the request, and the key is lost.
        world.cloud.release();
        let ran = world.run(&task)?;
        ensure!(ran.status == Some(0), "killed at its {method}: {}", ran.stdout);
        let tokens = world.snapshot()?.named(&Owner::User, "n").len();
        ensure!(tokens == 1, "killed at its {method}, then run again: {tokens} tokens");
        let key = fs::read_to_string(world.keys().join("key"))?;
        ensure!(world.authenticates(key.trim())?, "killed at its {method}, then run again: a key that does not work");
    }
    Ok(())
}

#[test]
fn a_lock_that_cannot_be_had_is_an_error_that_says_who_holds_it() -> anyhow::Result<()> {
    let world = World::new(Config::default())?;
    hold_listings(&world, 1);
    let mut holder = world.start(&task(&world, json!({"name": "n"})))?;
    ensure!(world.wait_for_held(1, &mut holder)?, "it ended");
    for max_wait in [0, 1] {
        let ran = world.run(&task(&world, json!({"name": "n", "max_wait": max_wait})))?;
        let msg = ran.result()?["msg"].as_str().unwrap_or_default().to_owned();
        ensure!(ran.status == Some(1), "{}", ran.stdout);
        for words in ["nother run on this host", "max_wait", ".lock"] {
            ensure!(msg.contains(words), "{msg}");
        }
    }
    let requests = world.cloud.requests().len();
    ensure!(requests == 1, "the runs without the lock sent {requests} requests");
    world.cloud.release();
    ensure!(holder.finish()?.status == Some(0));
    Ok(())
}

#[test]
fn runs_of_other_homes_and_of_links_in_place_of_the_lock_are_refused_or_apart() -> anyhow::Result<()> {
    let world = World::new(Config::default())?;
    let locks = world.home().join(".ansible");
    fs::create_dir(&locks)?;
    // The directory of another user is not used.
    std::os::unix::fs::symlink(world.keys(), locks.join("mist-locks"))?;
    let tasks: Vec<Task> = (0..10).map(|_| task(&world, json!({"name": "n"}))).collect();
    let ran = in_parallel(&tasks, |task| world.run(task));
    for ran in ran {
        let ran = ran?;
        ensure!(ran.status == Some(0), "{}", ran.stdout);
    }
    ensure!(world.snapshot()?.named(&Owner::User, "n").len() == 1);
    ensure!(world.keys().read_dir()?.next().is_none(), "a lock was created at the target of a link");
    Ok(())
}

fn task(world: &World, options: Value) -> Task {
    let mut all = json!({"api_token": world.cloud.api_token(), "timeout": 60, "max_wait": 120});
    for (name, value) in options.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    Task::new("mist_api_token", all)
}

fn held() -> Fault {
    Fault::new(FaultKind::HoldRequest).path("*/apitokens")
}

fn hold_listings(world: &World, times: usize) {
    world.cloud.fault(held().method("GET").times(times));
}

fn locks_left(world: &World) -> usize {
    world.home().join(".ansible/mist-locks").read_dir().map_or(0, Iterator::count)
}
