//! `--check` writes nothing, and predicts the real run, with `--diff` also its diff.

use crate::playbooks::{CREATE, DELETE};
use acceptance::{Played, Sandbox};
use anyhow::ensure;
use mist_simulator::NewToken;
use serde_json::{Value, json};
use std::fs;

for_each_ansible!(
    the_create_playbook_predicts_what_it_does,
    the_delete_playbook_predicts_what_it_does,
    each_state_predicts_what_it_does,
);

/// Runs the playbook twice, with a run with `--check` before and after, and compares the results of this task.
fn predicts(sandbox: &Sandbox, playbook: &str, task: &str, writes: &[&str]) -> anyhow::Result<(Played, Played)> {
    let before = sandbox.snapshot()?;
    let foretell = || -> anyhow::Result<Played> {
        sandbox.cloud.clear_requests();
        let predicted = sandbox.playbook(playbook)?.args(&["--check", "--diff"]).succeeds()?;
        ensure!(sandbox.writes().is_empty(), "check mode wrote: {predicted}");
        Ok(predicted)
    };
    let predicted = foretell()?;
    assert_eq!(sandbox.snapshot()?, before, "check mode changed something");

    let [done, again] = sandbox.playbook(playbook)?.again().args(&["--diff"]).each_succeeds()?;
    let after = sandbox.snapshot()?;
    ensure!(after != before, "nothing changed: {done}");
    assert_eq!(sandbox.writes(), writes, "the second run wrote again: {again}");
    let nothing_predicted = foretell()?;
    assert_eq!(sandbox.snapshot()?, after, "check mode changed something");
    for (predicted, done, changed) in [(&predicted, &done, true), (&nothing_predicted, &again, false)] {
        assert_eq!(predicted.changed, done.changed, "{predicted}{done}");
        let (predicted, done) = (predicted.task(task)?, done.task(task)?);
        assert_eq!((predicted.changed(), done.changed()), (changed, changed), "{predicted:?}{done:?}");
        assert_eq!(predicted.result["diff"], done.result["diff"], "{predicted:?}{done:?}");
    }
    Ok((predicted, done))
}

fn the_create_playbook_predicts_what_it_does(sandbox: &Sandbox) -> anyhow::Result<()> {
    let (predicted, done) = predicts(sandbox, CREATE, "Create the token", &["POST", "PUT"])?;
    // Ansible prints the diff as deleted and added lines.
    for played in [&predicted, &done] {
        let mut lines = played.stdout.lines();
        ensure!(lines.any(|line| line.starts_with('+') && line.contains("example-project")), "{played}");
    }
    ensure!(predicted.task("Report the result")?.msg().contains("would be created"), "{predicted}");
    Ok(())
}

fn the_delete_playbook_predicts_what_it_does(sandbox: &Sandbox) -> anyhow::Result<()> {
    let (_, key) = sandbox.cloud.add_user_token(NewToken::named("example-project"));
    fs::write(sandbox.home().join(".mist-example-project.key"), format!("{key}\n"))?;
    let task = "Delete all tokens";
    let (_, done) = predicts(sandbox, DELETE, task, &["DELETE"])?;
    ensure!(done.changed == 2, "the token or the file still exists: {done}");
    Ok(())
}

/// In one play, each task first in check mode and then for real. A write in check mode would leave nothing for the second.
fn each_state_predicts_what_it_does(sandbox: &Sandbox) -> anyhow::Result<()> {
    let org_id = sandbox.cloud.org_id();
    let key_file = sandbox.home().join("key");
    let token = |role: &str| json!({"name": "checked", "org_id": org_id, "privileges": [{"scope": "org", "role": role}], "key_file": key_file});
    let absent = json!({"state": "absent", "name": "checked", "org_id": org_id});
    let info = json!({"state": "info", "org_id": org_id});
    let story: [(Value, bool); 8] = [
        (token("read"), true),
        (token("read"), false),
        (info.clone(), false),
        (token("write"), true),
        (token("write"), false),
        (absent.clone(), true),
        (absent, false),
        (info, false),
    ];
    let steps = story.iter().enumerate().flat_map(|(number, (options, _))| {
        [
            json!({"name": format!("Foretell {number}"), "mist_api_token": options, "check_mode": true, "diff": true}),
            json!({"name": format!("Look at the key file {number}"), "ansible.builtin.stat": {"path": key_file}}),
            json!({"name": format!("Do {number}"), "mist_api_token": options, "diff": true}),
        ]
    });
    let played = sandbox.tasks(&steps.collect::<Vec<_>>())?.succeeds()?;
    for (number, (options, changed)) in story.iter().enumerate() {
        let [predicted, done] = ["Foretell", "Do"].map(|task| played.task(&format!("{task} {number}")));
        let (predicted, done) = (predicted?, done?);
        let told = || format!("{options}: {predicted:?}\n{done:?}");
        assert_eq!((predicted.changed(), done.changed()), (*changed, *changed), "{}", told());
        let diff = &done.result["diff"];
        assert_eq!(&predicted.result["diff"], diff, "{}", told());
        ensure!(!changed || diff["before"] != diff["after"], "a change without a diff: {}", told());
    }
    let file =
        |number: usize| Ok::<_, anyhow::Error>(&played.task(&format!("Look at the key file {number}"))?.result["stat"]);
    ensure!(file(0)?["exists"] == false, "check mode wrote the key file");
    for number in 2..story.len() {
        ensure!(file(number)?["checksum"].is_string() && file(number)?["mtime"] == file(1)?["mtime"], "{played}");
    }
    assert_eq!(
        sandbox.writes(),
        ["POST", "PUT", "PUT", "DELETE"],
        "each change is written once, and not by check mode"
    );
    Ok(())
}
