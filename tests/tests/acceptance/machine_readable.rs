//! Runs whose output a program reads, as the README explains under "In a pipeline": with ansible-core only, and with the callback
//! `json` of the collection ansible.posix.

use acceptance::{Ansible, Played, Sandbox};
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::path::Path;

for_each_ansible!(
    one_document_tells_what_each_task_returned_and_no_secret,
    one_document_tells_a_failure_and_the_exit_status_too,
    ansible_core_alone_prints_each_result_as_json_and_no_secret,
    ansible_core_alone_prints_a_failure_as_json_and_the_exit_status_tells_too,
);

const WRONG: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCD";

/// Creates a token with this key file, and lists all tokens. The credential is an option of the task, as from a vault.
fn tasks(key_file: &Path) -> [Value; 2] {
    let api_token = "{{ lookup('ansible.builtin.env', 'MIST_API_TOKEN') }}";
    [
        json!({"name": "Make", "mist_api_token": {"name": "made", "key_file": key_file, "api_token": api_token}}),
        json!({"name": "Look", "mist_api_token": {"state": "info"}}),
    ]
}

/// Reads the results of the tasks, in order, from the output.
type Read = fn(&Played) -> anyhow::Result<Vec<Value>>;

/// The whole of standard output is one JSON document.
fn from_one_document(played: &Played) -> anyhow::Result<Vec<Value>> {
    let document: Value = serde_json::from_str(&played.stdout).with_context(|| played.to_string())?;
    assert_eq!(document["stats"]["localhost"]["changed"], played.changed, "{played}");
    assert_eq!(document["stats"]["localhost"]["failures"], played.failed, "{played}");
    let tasks = document["plays"][0]["tasks"].as_array().context("tasks")?;
    Ok(tasks.iter().map(|task| task["hosts"]["localhost"].clone()).collect())
}

/// Each result is a JSON object after `localhost | CHANGED => `, and the output has nothing else, except for a text of
/// ansible-core 2.19 and newer before the result of a failed task.
fn from_results_one_by_one(played: &Played) -> anyhow::Result<Vec<Value>> {
    let mut results = Vec::new();
    for told in played.stdout.split("localhost | ").skip(1) {
        let (status, result) = told.split_once(" => ").with_context(|| played.to_string())?;
        let result: Value = serde_json::from_str(result).with_context(|| played.to_string())?;
        // A failed task has a message and no token.
        let told_alone = result.get("msg").is_some() && result.get("token").or(result.get("tokens")).is_none();
        let expected = match (result["failed"] == true || told_alone, result["changed"] == true) {
            (true, _) => "FAILED!",
            (_, true) => "CHANGED",
            _ => "SUCCESS",
        };
        assert_eq!(status, expected, "{played}");
        results.push(result);
    }
    let before = played.stdout.split("localhost | ").next().unwrap_or_default().trim();
    ensure!(before.is_empty() || (played.failed > 0 && before.starts_with("[ERROR]: ")), "{played}");
    Ok(results)
}

fn one_document_tells_what_each_task_returned_and_no_secret(sandbox: &Sandbox) -> anyhow::Result<()> {
    results_and_no_secret(sandbox, &with_posix()?, from_one_document)
}

fn ansible_core_alone_prints_each_result_as_json_and_no_secret(sandbox: &Sandbox) -> anyhow::Result<()> {
    results_and_no_secret(sandbox, &alone(), from_results_one_by_one)
}

fn one_document_tells_a_failure_and_the_exit_status_too(sandbox: &Sandbox) -> anyhow::Result<()> {
    failure(sandbox, &with_posix()?, from_one_document)
}

fn ansible_core_alone_prints_a_failure_as_json_and_the_exit_status_tells_too(sandbox: &Sandbox) -> anyhow::Result<()> {
    failure(sandbox, &alone(), from_results_one_by_one)
}

/// The environment variables for an output that a program reads.
type Environment = Vec<(&'static str, String)>;

fn alone() -> Environment {
    vec![("ANSIBLE_STDOUT_CALLBACK", "minimal".to_owned())]
}

fn with_posix() -> anyhow::Result<Environment> {
    let posix = Ansible::posix()?.display().to_string();
    Ok(vec![("ANSIBLE_STDOUT_CALLBACK", "ansible.posix.json".to_owned()), ("ANSIBLE_COLLECTIONS_PATH", posix)])
}

fn play(sandbox: &Sandbox, environment: &Environment, tasks: &[Value], arguments: &[&str]) -> anyhow::Result<Played> {
    let mut play = sandbox.tasks(tasks)?.args(arguments);
    for (name, value) in environment {
        play = play.env(name, value);
    }
    play.run()
}

fn results_and_no_secret(sandbox: &Sandbox, how: &Environment, read: Read) -> anyhow::Result<()> {
    let key_file = sandbox.home().join("key");
    let tasks = tasks(&key_file);
    let before = sandbox.snapshot()?;

    // Check mode has the results of a real run, and the exit status of a success.
    let checked = play(sandbox, how, &tasks, &["--check"])?;
    assert_eq!(checked.status, Some(0), "{checked}");
    let [would, _] = results::<2>(read(&checked)?)?;
    ensure!(would["changed"] == true && would["token"]["id"].is_null(), "{checked}");
    assert_eq!(sandbox.snapshot()?, before);

    let made = play(sandbox, how, &tasks, &[])?;
    assert_eq!(made.status, Some(0), "{made}");
    let [make, look] = results::<2>(read(&made)?)?;
    let tokens = sandbox.tokens_named("made", false);
    ensure!(make["changed"] == true && make["token"]["id"] == tokens[0].id.as_str(), "{made}");
    ensure!(make["api_calls"].as_u64() >= Some(2) && make["key"].is_null(), "{made}");
    ensure!(look["changed"] == false && look["tokens"].as_array().map(Vec::len) == Some(2), "{made}");

    let again = play(sandbox, how, &tasks, &[])?;
    assert_eq!(again.status, Some(0), "{again}");
    let [make, _] = results::<2>(read(&again)?)?;
    ensure!(make["changed"] == false && make["api_calls"] == 1, "{again}");
    ensure!(make["token"]["id"] == tokens[0].id.as_str(), "{again}");

    let leaks = sandbox.leaks(&[], &[checked, made, again], &[&key_file])?;
    ensure!(leaks.found().is_empty(), "{:?}", leaks.found());
    Ok(())
}

fn failure(sandbox: &Sandbox, how: &Environment, read: Read) -> anyhow::Result<()> {
    let key_file = sandbox.home().join("key");
    let mut tasks = tasks(&key_file);
    tasks[0]["mist_api_token"]["api_token"] = json!("{{ lookup('ansible.builtin.env', 'WRONG') }}");
    let mut environment = how.clone();
    environment.push(("WRONG", WRONG.to_owned()));
    for arguments in [&[][..], &["--check"]] {
        let played = play(sandbox, &environment, &tasks, arguments)?;
        assert_eq!(played.status, Some(2), "{played}");
        // The play ends here.
        let [make] = results::<1>(read(&played)?)?;
        let msg = make["msg"].as_str().context("a message")?;
        ensure!(make["changed"] == false && msg.contains("401"), "{played}");
        let leaks = sandbox.leaks(&[WRONG], &[played], &[])?;
        ensure!(leaks.found().is_empty(), "{:?}", leaks.found());
    }
    Ok(())
}

fn results<const COUNT: usize>(results: Vec<Value>) -> anyhow::Result<[Value; COUNT]> {
    results.try_into().map_err(|results| anyhow::anyhow!("{COUNT} results were expected: {results:?}"))
}
