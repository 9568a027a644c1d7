//! A run that is killed between the creation of a token and its final name.

use acceptance::Ran;
use acceptance::campaign::{Task, World, is_marked};
use anyhow::ensure;
use mist_simulator::{Config, Fault, FaultKind, NewToken, Owner};
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;

/// More seconds than the life of a marker with these options and the difference of clocks.
const MUCH_LATER: f64 = 600.0;

#[test]
fn next_run_on_the_same_host_goes_on_at_once_and_others_when_the_marker_is_over() -> anyhow::Result<()> {
    for (module, kept) in [("mist_api_token", false), ("mist_api_tokens", false), ("mist_api_tokens", true)] {
        let world = World::new(Config::default())?;
        world.cloud.add_user_token(NewToken::named("kept"));
        kill_before_the_final_name(&world, module)?;
        let left = marked(&world);
        ensure!(left.len() == 1, "{module}: {left:?}");

        // A run on another host cannot know if the run continues: it deletes and purges nothing.
        let elsewhere = on_host(&world, module, "elsewhere")?;
        let ran = world.run(&with(&elsewhere, "_ansible_check_mode", true))?;
        ensure!(ran.status == Some(0) && ran.stdout.contains("Another run is creating token"), "{}", ran.stdout);
        let result = world.run(&elsewhere)?.result()?;
        let msg = result["msg"].as_str().unwrap_or_default();
        ensure!(result["failed"] == true && result["changed"] == false, "{result}");
        ensure!(msg.contains("Run the task again in") && msg.contains(&left[0]), "{msg}");
        let purging = json!({"tokens": [{"name": "kept"}], "purge": true, "token_type": "user"});
        let purge = Task { module: "mist_api_tokens", ..elsewhere.clone() };
        let purge = Task { options: with_options(&world, purging), ..purge };
        let purged = world.run(&purge)?;
        ensure!(purged.status == Some(0) && marked(&world) == left, "{}", purged.stdout);

        // A task that reads returns the token as unfinished.
        let info = Task { module: "mist_api_token_info", options: with_options(&world, json!({})), ..purge };
        let shown = world.run(&info)?.result()?;
        let tokens = shown["tokens"].as_array().cloned().unwrap_or_default();
        ensure!(tokens.iter().any(|token| token["unfinished"] == "wanted"), "{shown}");

        let task = if kept {
            world.cloud.advance(MUCH_LATER);
            elsewhere
        } else {
            on_host(&world, module, "here")?
        };
        let predicted = world.run(&with(&task, "_ansible_check_mode", true))?.result()?;
        ensure!(predicted["changed"] == true && marked(&world) == left, "{predicted}");
        let ran: Ran = world.run(&task)?;
        let result = ran.result()?;
        ensure!(ran.status == Some(0) && result["changed"] == true, "{}", ran.stdout);
        ensure!(ran.stdout.contains(&left[0]), "the deletion is not reported: {}", ran.stdout);
        let stored = world.cloud.tokens(&Owner::User);
        let wanted: Vec<_> = stored.iter().filter(|token| token.name == "wanted").collect();
        ensure!(wanted.len() == 1 && marked(&world).is_empty(), "{stored:?}");
        ensure!(world.authenticates(&wanted[0].key)?);
        let again = world.run(&task)?.result()?;
        ensure!(again["changed"] == false, "{again}");
    }
    Ok(())
}

fn kill_before_the_final_name(world: &World, module: &'static str) -> anyhow::Result<()> {
    world.cloud.fault(Fault::new(FaultKind::HoldAnswer).method("GET").path("*/apitokens").skip(1));
    let running = world.start(&on_host(world, module, "here")?)?;
    ensure!(world.cloud.wait_for_held(1, Duration::from_secs(60)), "no look came");
    running.kill()?;
    world.cloud.clear_faults();
    ensure!(world.cloud.release(), "the look is still held");
    Ok(())
}

/// The ids of the tokens that are not renamed.
fn marked(world: &World) -> Vec<String> {
    world.cloud.tokens(&Owner::User).into_iter().filter(is_marked).map(|token| token.id).collect()
}

fn on_host(world: &World, module: &'static str, host: &str) -> anyhow::Result<Task> {
    let home = world.scratch().join(host);
    fs::create_dir_all(&home)?;
    let environment = vec![("HOME".to_owned(), home.display().to_string())];
    let options = match module {
        "mist_api_token" => json!({"name": "wanted", "return_key": true}),
        _ => json!({"tokens": [{"name": "wanted"}], "return_keys": true}),
    };
    Ok(Task { environment, ..Task::new(module, with_options(world, options)) })
}

fn with_options(world: &World, mut options: Value) -> Value {
    options["api_token"] = world.cloud.api_token().into();
    options["timeout"] = 10.into();
    options["max_wait"] = 3.into();
    options
}

fn with(task: &Task, option: &str, value: bool) -> Task {
    let mut task = task.clone();
    task.options[option] = value.into();
    task
}
