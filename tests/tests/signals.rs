//! Runs that get a signal: from a canceled pipeline, from Ctrl-C, from a closed terminal, or any other signal that ends a
//! process.

use acceptance::campaign::{Task, World, in_parallel, is_marked, secrets};
use acceptance::{Module, Ran, Running};
use anyhow::{Context as _, ensure};
use mist_simulator::{Config, Fault, FaultKind, NewToken, Owner, StoredToken};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

const SIGNALS: [Signal; 3] = [Signal::TERM, Signal::INT, Signal::HUP];

/// Other signals that end a process.
const OTHERS: [Signal; 12] = [
    Signal::QUIT,
    Signal::ABORT,
    Signal::TRAP,
    Signal::SYS,
    Signal::USR1,
    Signal::USR2,
    Signal::ALARM,
    Signal::VTALARM,
    Signal::PROF,
    Signal::XCPU,
    Signal::POWER,
    Signal::IO,
];

/// The call during which the signal comes.
struct Stage {
    name: &'static str,
    /// True if a token of the name exists before.
    token_there: bool,
    options: fn(&World) -> Value,
    method: &'static str,
    path: &'static str,
    /// True if the run has changed nothing until then, and ends at once.
    ends_at_once: bool,
}

const STAGES: [Stage; 7] = [
    Stage {
        name: "before the response to the listing",
        token_there: false,
        options: with_key_file,
        method: "GET",
        path: "/api/v1/self/apitokens$",
        ends_at_once: true,
    },
    Stage {
        name: "during the lookup of names",
        token_there: false,
        options: of_org,
        method: "GET",
        path: "/api/v1/orgs/*/sites",
        ends_at_once: true,
    },
    Stage {
        name: "during the POST",
        token_there: false,
        options: with_key_file,
        method: "POST",
        path: "*/apitokens",
        ends_at_once: false,
    },
    Stage {
        name: "during the POST of a task that returns the key",
        token_there: false,
        options: |_| json!({"name": "n"}),
        method: "POST",
        path: "*/apitokens",
        ends_at_once: false,
    },
    Stage {
        name: "during the test of the key",
        token_there: true,
        options: with_key_file,
        method: "GET",
        path: "/api/v1/self$",
        ends_at_once: false,
    },
    Stage {
        name: "during the DELETE of the old token",
        token_there: true,
        options: with_key_file,
        method: "DELETE",
        path: "/api/v1/self/apitokens/",
        ends_at_once: false,
    },
    Stage {
        name: "during the DELETE of absent",
        token_there: true,
        options: |_| json!({"state": "absent", "name": "n"}),
        method: "DELETE",
        path: "/api/v1/self/apitokens/",
        ends_at_once: false,
    },
];

#[test]
fn a_signal_at_any_call_leaves_one_token_with_its_key_or_none() -> anyhow::Result<()> {
    let situations: Vec<(&Stage, Signal)> =
        STAGES.iter().flat_map(|stage| SIGNALS.map(|signal| (stage, signal))).collect();
    let situations: Vec<(&Stage, Signal)> = situations.into_iter().chain(others()).collect();
    for result in in_parallel(&situations, |(stage, signal)| at(stage, *signal)) {
        result?;
    }
    println!("Signals: {} situations", situations.len());
    Ok(())
}

/// The other signals before a change and during a change.
fn others() -> impl Iterator<Item = (&'static Stage, Signal)> {
    let stages = STAGES.iter().filter(|stage| {
        ["before the response to the listing", "during the POST of a task that returns the key"].contains(&stage.name)
    });
    stages.flat_map(|stage| OTHERS.map(|signal| (stage, signal)))
}

/// A file beyond the limit of the process is an error like others, and the new token is deleted.
#[test]
fn a_limit_on_the_size_of_files_is_an_error_and_loses_no_key() -> anyhow::Result<()> {
    let world = World::new(Config::default())?;
    let task = task(&world, with_key_file(&world));
    let mut command = Command::new("/bin/sh");
    let module = Module::named(task.module)?;
    command.args(["-c", "ulimit -f 0; exec \"$0\" \"$@\""]).arg(module.path());
    let ran = world.start_by(command, &task)?.finish()?;
    ensure!(ran.status == Some(1), "{:?} {}", ran.status, ran.stdout);
    ensure!(ran.result()?["msg"].as_str().is_some_and(|msg| msg.contains("key")), "{}", ran.stdout);
    ensure!(world.snapshot()?.named(&Owner::User, "n").is_empty(), "the token remains: {}", ran.stdout);
    nothing_is_left(&world, "with a limit on files")
}

/// A core dump would contain secrets.
#[test]
fn a_run_allows_itself_no_core_dump() -> anyhow::Result<()> {
    let world = World::new(Config::default())?;
    let task = task(&world, with_key_file(&world));
    let held = FaultKind::HoldRequest;
    world.cloud.fault(Fault::new(held).method("GET").path("*/apitokens").times(1));
    let mut running = world.start(&task)?;
    ensure!(world.wait_for_held(1, &mut running)?, "it ended before the listing");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", running.id()))?;
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap_or_default();
    let values: Vec<&str> = core.split_whitespace().skip(4).take(2).collect();
    running.kill()?;
    world.cloud.release();
    ensure!(values.iter().all(|value| ["0", "1"].contains(value)) && values.len() == 2, "{core}");
    Ok(())
}

fn at(stage: &Stage, signal: Signal) -> anyhow::Result<()> {
    let world = World::new(Config::default())?;
    if stage.token_there {
        world.cloud.add_user_token(NewToken::named("n"));
    }
    let task = task(&world, (stage.options)(&world));
    let held = FaultKind::HoldRequest;
    world.cloud.fault(Fault::new(held).method(stage.method).path(stage.path).times(1));
    let mut running = world.start(&task)?;
    ensure!(world.wait_for_held(1, &mut running)?, "{}: it ended before the call", stage.name);
    send(&running, signal)?;
    let ran = if stage.ends_at_once {
        // The run must not wait for the response, which is held until it has ended.
        let ran = running.finish()?;
        ensure!(ran.status == Some(1) && ran.stdout.contains("signal"), "{}: {}", stage.name, ran.stdout);
        ran
    } else {
        world.cloud.release();
        let ran = running.finish()?;
        // A change that had begun got its response: the run finishes it.
        ensure!(ran.status == Some(0), "{}: {}", stage.name, ran.stdout);
        ran
    };
    world.cloud.release();
    judge(&world, &ran, stage.name)
}

#[test]
fn a_signal_before_anything_is_changed_ends_the_session_too() -> anyhow::Result<()> {
    for result in in_parallel(&SIGNALS, |signal| -> anyhow::Result<()> {
        let world = World::new(Config::default())?;
        let login = json!({"username": "admin@example.com", "password": "correct horse battery staple"});
        let mut task = Task::new("mist_api_token", json!({"name": "n", "timeout": 60, "max_wait": 60}));
        for (name, value) in login.as_object().into_iter().flatten() {
            task.options[name] = value.clone();
        }
        let held = FaultKind::HoldRequest;
        world.cloud.fault(Fault::new(held).method("GET").path("*/apitokens").times(1));
        let mut running = world.start(&task)?;
        ensure!(world.wait_for_held(1, &mut running)?, "it ended before the listing");
        ensure!(world.cloud.open_sessions() == 1, "it is not logged in");
        send(&running, *signal)?;
        let ran = running.finish()?;
        ensure!(ran.status == Some(1) && ran.stdout.contains("signal"), "{}", ran.stdout);
        ensure!(world.cloud.open_sessions() == 0, "the session is still open");
        world.cloud.release();
        Ok(())
    }) {
        result?;
    }
    Ok(())
}

/// The run ends without the response, and names a token that appears after its end.
#[test]
fn a_signal_before_a_lost_response_leaves_one_token_with_its_key_or_names_it() -> anyhow::Result<()> {
    let kinds = [FaultKind::DelayedEffect { milliseconds: 500 }, FaultKind::Delay { milliseconds: 3000 }];
    let situations: Vec<(&FaultKind, Signal)> =
        kinds.iter().flat_map(|kind| SIGNALS.map(|signal| (kind, signal))).collect();
    for result in in_parallel(&situations, |(kind, signal)| -> anyhow::Result<()> {
        let world = World::new(Config::default())?;
        let mut task = task(&world, with_key_file(&world));
        for (name, seconds) in [("timeout", 2), ("max_wait", 8)] {
            task.options[name] = seconds.into();
        }
        world.cloud.fault(Fault::new((*kind).clone()).method("POST").path("*/apitokens").times(1));
        let mut running = world.start(&task)?;
        ensure!(world.wait_for_held(1, &mut running)?, "it ended before the POST");
        send(&running, *signal)?;
        let ran = running.finish()?;
        world.cloud.release();
        judge(&world, &ran, &format!("{kind:?}"))
    }) {
        result?;
    }
    Ok(())
}

/// Before the effect of a call, and between its effect and its response.
#[test]
fn a_signal_during_any_call_leaves_one_token_with_its_key_or_none() -> anyhow::Result<()> {
    let calls = calls_of_a_creation()?;
    ensure!(calls >= 2, "only {calls} calls");
    let mut moments = Vec::new();
    for call in 0..calls {
        for kind in [FaultKind::HoldRequest, FaultKind::HoldAnswer] {
            moments.extend(SIGNALS.map(|signal| (call, kind.clone(), signal)));
        }
    }
    for result in in_parallel(&moments, |(call, kind, signal)| -> anyhow::Result<()> {
        let world = World::new(Config::default())?;
        world.cloud.fault(Fault::new(kind.clone()).skip(*call).times(1));
        let mut running = world.start(&task(&world, with_key_file(&world)))?;
        ensure!(world.wait_for_held(1, &mut running)?, "it ended before call {call}");
        send(&running, *signal)?;
        world.cloud.release();
        judge(&world, &running.finish()?, &format!("call {call}, {kind:?}"))
    }) {
        result?;
    }
    Ok(())
}

/// The run has read a part of its options.
#[test]
fn a_signal_while_the_input_is_read_ends_the_run_before_any_call() -> anyhow::Result<()> {
    for result in in_parallel(&SIGNALS, |signal| -> anyhow::Result<()> {
        let world = World::new(Config::default())?;
        let mut command = Command::new(Module::named("mist_api_token")?.path());
        command.arg("-").env_clear().envs(world.environment());
        let (running, input) = Running::start_reading(command, &" ".repeat(1 << 20))?;
        send(&running, *signal)?;
        drop(input);
        let ran = running.finish()?;
        // Before a run handles signals, it ends like other programs.
        ensure!(ran.status != Some(0), "{signal:?}: {}", ran.stdout);
        ensure!(ran.status.is_none() == ran.stdout.is_empty(), "{signal:?}: {:?} {}", ran.status, ran.stdout);
        ensure!(world.cloud.requests().is_empty(), "{signal:?}: it sent a request");
        nothing_is_left(&world, "while the input is read")
    }) {
        result?;
    }
    Ok(())
}

/// All calls have their responses, and the result is not read yet.
#[test]
fn a_signal_while_the_result_is_printed_leaves_one_token_with_its_key() -> anyhow::Result<()> {
    let calls = calls_of_a_creation()?;
    for result in in_parallel(&SIGNALS, |signal| -> anyhow::Result<()> {
        let world = World::new(Config::default())?;
        let mut running = world.start_unread(&task(&world, with_key_file(&world)))?;
        let filling = running.fill_output()?;
        ensure!(world.wait_for_answered(calls, &mut running)?, "it ended before it printed");
        send(&running, *signal)?;
        let mut ran = running.read_output().finish()?;
        ran.stdout = ran.stdout.strip_prefix(&filling).context("the filling of the pipe")?.to_owned();
        judge(&world, &ran, &format!("{signal:?} while the result is printed"))?;
        ensure!(world.snapshot()?.named(&Owner::User, "n").len() == 1, "the token does not exist: {}", ran.stdout);
        Ok(())
    }) {
        result?;
    }
    Ok(())
}

/// The number of calls of the task without a signal.
fn calls_of_a_creation() -> anyhow::Result<usize> {
    let world = World::new(Config::default())?;
    let ran = world.run(&task(&world, with_key_file(&world)))?;
    ensure!(ran.status == Some(0), "{}", ran.stdout);
    Ok(world.cloud.requests().len())
}

fn task(world: &World, options: Value) -> Task {
    let mut all = json!({"api_token": world.cloud.api_token(), "timeout": 60, "max_wait": 60});
    for (name, value) in options.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    Task::new("mist_api_token", all)
}

fn with_key_file(world: &World) -> Value {
    json!({"name": "n", "key_file": world.keys().join("key"), "recreate": "state_change"})
}

fn of_org(world: &World) -> Value {
    json!({
        "name": "n", "org_id": world.cloud.org_id(), "privileges": [{"site": "Site 1", "role": "read"}],
        "key_file": world.keys().join("key"),
    })
}

fn send(running: &Running, signal: Signal) -> anyhow::Result<()> {
    let pid = Pid::from_raw(i32::try_from(running.id())?).context("the process id")?;
    // The run can have ended already.
    let _ = kill_process(pid, signal);
    Ok(())
}

/// The output is one JSON object, the key of a new token is delivered, the key file is complete, and no temporary file remains.
fn judge(world: &World, ran: &Ran, place: &str) -> anyhow::Result<()> {
    ensure!(ran.stderr.is_empty(), "{place}: {}", ran.stderr);
    let mut result = ran.result().with_context(|| place.to_owned())?;
    let failed = result["failed"] == true;
    ensure!(ran.status == Some(i32::from(failed)), "{place}: {:?} {}", ran.status, ran.stdout);
    let snapshot = world.snapshot()?;
    let mut delivered = secrets::take_keys(&mut result);
    delivered.extend(snapshot.keys_on_disk());
    let mut tokens = snapshot.named(&Owner::User, "n");
    tokens.extend(snapshot.named(&world.org(), "n"));
    ensure!(tokens.len() <= 1, "{place}: {} tokens", tokens.len());
    for key in &delivered {
        ensure!(tokens.iter().any(|token| token.key == *key), "{place}: a delivered key has no token");
    }
    let made = world.cloud.requests().iter().any(|request| request.method == "POST" && request.status == Some(200));
    if made {
        let is_reported = |token: &StoredToken| is_marked(token) && ran.stdout.contains(&token.name);
        let has_key = tokens.iter().all(|token| delivered.contains(&token.key) || is_reported(token));
        ensure!(has_key, "{place}: a token with an unknown key remains: {}", ran.stdout);
    }
    nothing_is_left(world, place)
}

fn nothing_is_left(world: &World, place: &str) -> anyhow::Result<()> {
    for (path, content) in world.snapshot()?.files {
        ensure!(path == world.keys().join("key"), "{place}: {} remains", path.display());
        ensure!(secrets::keys_in(&String::from_utf8(content)?).len() == 1, "{place}: the key file is not complete");
        ensure!(path.metadata()?.permissions().mode() & 0o777 == 0o600, "{place}: the mode of the key file");
    }
    ensure!(world.temporary().read_dir()?.next().is_none(), "{place}: a temporary file remains");
    Ok(())
}
