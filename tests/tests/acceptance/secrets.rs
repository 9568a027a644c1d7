//! Keys and credentials are only in the places that a task asks for.

use crate::playbooks::{CREATE, DELETE, LIST, USE};
use acceptance::Sandbox;
use anyhow::ensure;
use mist_simulator::NewToken;
use serde_json::json;
use std::fs;

for_each_ansible!(
    the_playbooks_show_no_key_at_any_verbosity,
    a_task_under_no_log_hides_the_key_that_it_returns,
    a_credential_given_as_an_option_is_masked,
    a_search_finds_a_key_that_is_shown,
);

fn the_playbooks_show_no_key_at_any_verbosity(sandbox: &Sandbox) -> anyhow::Result<()> {
    let site_id = sandbox.site_id()?;
    let limited = [("org_id", sandbox.cloud.org_id()), ("site_id", &site_id), ("token_name", "x")];
    for (variables, key_file) in [(&[][..], ".mist-example-project.key"), (&limited[..], ".mist-x.key")] {
        let key_file = sandbox.home().join(key_file);
        let play = |names: &[&str]| sandbox.playbooks(names)?.vars(variables).args(&["-vvvv", "--diff"]).succeeds();
        let mut played = vec![play(&[CREATE, CREATE, LIST, USE])?];
        let key = fs::read_to_string(&key_file)?.trim_end().to_owned();
        let leaks = sandbox.leaks(&[], &played, &[&key_file])?;
        ensure!(leaks.found().is_empty(), "{:?}", leaks.found());
        played.push(play(&[DELETE])?);
        let leaks = sandbox.leaks(&[&key], &played, &[])?;
        ensure!(leaks.found().is_empty(), "{:?}", leaks.found());
    }
    Ok(())
}

fn a_task_under_no_log_hides_the_key_that_it_returns(sandbox: &Sandbox) -> anyhow::Result<()> {
    let create = json!({
        "name": "Do it",
        "mist_api_token": {"name": "hidden"},
        "register": "done",
        "no_log": true,
    });
    let use_it = json!({
        "name": "Use the key",
        "mist_api_token": {"state": "info", "api_token": "{{ done.key }}"},
    });
    let played = sandbox.tasks(&[create, use_it])?.args(&["-vvvv", "--diff"]).succeeds()?;
    assert_eq!(played.task("Use the key")?.result["tokens"].as_array().map(Vec::len), Some(2));
    let leaks = sandbox.leaks(&[], &[played], &[])?;
    ensure!(leaks.found().is_empty(), "{:?}", leaks.found());
    Ok(())
}

fn a_credential_given_as_an_option_is_masked(sandbox: &Sandbox) -> anyhow::Result<()> {
    let (_, key) = sandbox.cloud.add_user_token(NewToken::named("given"));
    let wrong = "0123456789abcdefghijklmnopqrstuvwxyzABCD";
    // The credentials come from the environment, because the playbook is searched, too.
    let from = |variable: &str| format!("{{{{ lookup('ansible.builtin.env', '{variable}') }}}}");
    let tried = [
        (json!({"state": "info", "api_token": from("GIVEN")}), "ok"),
        (json!({"state": "info", "key": from("GIVEN")}), "ok"),
        (json!({"state": "info", "api_token": from("WRONG")}), "ignored"),
        (json!({"state": "nowhere", "api_token": from("GIVEN")}), "ignored"),
        (
            json!({"name": from("GIVEN"), "no_such_option": from("WRONG"), "api_token": from("GIVEN"), "key": from("WRONG")}),
            "ignored",
        ),
    ];
    let tasks = tried.iter().enumerate().map(
        |(number, (options, _))| json!({"name": format!("Do {number}"), "mist_api_token": options, "ignore_errors": true}),
    );
    let play = sandbox.tasks(&tasks.collect::<Vec<_>>())?.env("GIVEN", &key).env("WRONG", wrong);
    let played = play.args(&["-vvvv", "--diff"]).succeeds()?;
    for (number, (options, status)) in tried.iter().enumerate() {
        assert_eq!(played.task(&format!("Do {number}"))?.status, *status, "{options}");
    }
    let leaks = sandbox.leaks(&[wrong], &[played], &[])?;
    ensure!(leaks.found().is_empty(), "{:?}", leaks.found());
    Ok(())
}

/// The searches of the other tests find a secret.
fn a_search_finds_a_key_that_is_shown(sandbox: &Sandbox) -> anyhow::Result<()> {
    let task = json!({"name": "Do it", "mist_api_token": {"name": "shown", "key_file_format": "raw"}});
    let played = sandbox.tasks(&[task])?.args(&["-v"]).succeeds()?;
    let leaks = sandbox.leaks(&[], &[played], &[])?;
    ensure!(leaks.found().iter().any(|sandbox| sandbox.ends_with("stdout")), "{:?}", leaks.found());
    ensure!(leaks.found().iter().any(|sandbox| sandbox.ends_with("ansible.log")), "{:?}", leaks.found());
    Ok(())
}
