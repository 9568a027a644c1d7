//! The modules in tasks: results, loops, `async`, failures.

use acceptance::{Played, Sandbox};
use anyhow::ensure;
use mist_simulator::NewToken;
use serde_json::{Value, json};

for_each_ansible!(
    a_loop_of_three_makes_three_tokens_and_no_more,
    an_asynchronous_task_makes_one_token,
    an_asynchronous_task_reads_the_identity,
    a_failing_task_shows_what_the_module_says,
    a_refusal_of_the_cloud_is_told_in_its_own_words,
    info_returns_the_tokens_without_their_keys,
    the_key_is_returned_where_it_is_asked_for,
    module_defaults_and_environment_of_the_play_are_heard,
);

fn token(options: Value) -> Value {
    json!({"name": "Do it", "mist_api_token": options, "register": "done"})
}

fn a_loop_of_three_makes_three_tokens_and_no_more(sandbox: &Sandbox) -> anyhow::Result<()> {
    let mut task = token(json!({"name": "looped-{{ item }}", "return_key": false}));
    task["loop"] = json!(["a", "b", "c"]);
    let [made, again] = sandbox.tasks(&[task])?.again().each_succeeds()?;
    let items = made.items("Do it");
    ensure!(items.len() == 3 && items.iter().all(|item| item.changed()), "{made}");
    let items = again.items("Do it");
    ensure!(items.len() == 3 && items.iter().all(|item| !item.changed()), "{again}");
    let calls = |played: &Played| -> Vec<u64> {
        played.items("Do it").iter().filter_map(|item| item.result["api_calls"].as_u64()).collect()
    };
    assert_eq!(calls(&again), [1, 1, 1], "more than one call for a token that is as wanted");
    let told = [calls(&made), calls(&again)].concat().iter().sum::<u64>();
    assert_eq!(sandbox.cloud.requests().len() as u64, told, "the number of calls is wrong");
    for name in ["looped-a", "looped-b", "looped-c"] {
        assert_eq!(sandbox.tokens_named(name, false).len(), 1, "{name}");
    }
    Ok(())
}

fn an_asynchronous_task_makes_one_token(sandbox: &Sandbox) -> anyhow::Result<()> {
    let key_file = sandbox.home().join("key");
    let mut waited_for = token(json!({"name": "waited-for", "key_file": key_file}));
    waited_for["async"] = json!(60);
    waited_for["poll"] = json!(1);
    let mut left_alone = json!({"name": "Start it", "mist_api_token": {"name": "left-alone", "return_key": false}});
    left_alone["async"] = json!(60);
    left_alone["poll"] = json!(0);
    left_alone["register"] = json!("started");
    let collect = json!({
        "name": "Collect it",
        "ansible.builtin.async_status": {"jid": "{{ started.ansible_job_id }}"},
        "register": "collected",
        "until": "collected is ansible.builtin.finished",
        "retries": 60,
        "delay": 1,
    });
    let played = sandbox.tasks(&[waited_for, left_alone, collect])?.succeeds()?;
    for (task, name) in [("Do it", "waited-for"), ("Collect it", "left-alone")] {
        let result = &played.task(task)?.result;
        ensure!(result["changed"] == true && result["token"]["name"] == name, "{played}");
        assert_eq!(sandbox.tokens_named(name, false).len(), 1);
    }
    let key = std::fs::read_to_string(key_file)?;
    assert_eq!(key.trim_end(), sandbox.tokens_named("waited-for", false)[0].key);
    Ok(())
}

fn an_asynchronous_task_reads_the_identity(sandbox: &Sandbox) -> anyhow::Result<()> {
    let task = json!({"name": "Ask", "mist_self_info": {"return_self": false}, "async": 60, "poll": 1});
    let played = sandbox.tasks(&[task])?.succeeds()?;
    let result = &played.task("Ask")?.result;
    ensure!(result["identity"]["privileges"].is_array() && result.get("self").is_none(), "{played}");
    Ok(())
}

fn a_failing_task_shows_what_the_module_says(sandbox: &Sandbox) -> anyhow::Result<()> {
    let before = sandbox.snapshot()?;
    let wrong = [
        (json!({"name": "x", "nmae": "y"}), "Unsupported parameters for (mist_api_token) module: nmae"),
        (json!({"name": "x", "state": "here"}), "value of state must be one of: present, absent, info, got: here"),
        (json!({"name": "x", "org_id": sandbox.cloud.org_id()}), "privileges"),
        (json!({"state": "present"}), "name"),
    ];
    let mut tasks = Vec::new();
    for (number, (options, _)) in wrong.iter().enumerate() {
        let last = number + 1 == wrong.len();
        tasks.push(json!({"name": format!("Do {number}"), "mist_api_token": options, "ignore_errors": !last}));
    }
    let played = sandbox.tasks(&tasks)?.fails()?;
    for (number, (_, words)) in wrong.iter().enumerate() {
        let task = played.task(&format!("Do {number}"))?;
        let status = if number + 1 == wrong.len() { "failed" } else { "ignored" };
        ensure!(task.status == status && task.msg().contains(words), "{words}\n{played}");
        // The whole message is in the output.
        ensure!(played.stdout.contains(words), "{words}\n{played}");
    }
    assert_eq!(sandbox.snapshot()?, before);
    assert!(sandbox.cloud.requests().iter().all(|request| request.method == "GET"));
    Ok(())
}

fn a_refusal_of_the_cloud_is_told_in_its_own_words(sandbox: &Sandbox) -> anyhow::Result<()> {
    let wrong = "0123456789abcdefghijklmnopqrstuvwxyzABCD";
    let played =
        sandbox.tasks(&[token(json!({"name": "x", "return_key": false}))])?.env("MIST_API_TOKEN", wrong).fails()?;
    let task = played.task("Do it")?;
    ensure!(task.msg().contains("401"), "{played}");
    ensure!(!played.printed().contains(wrong), "{played}");
    Ok(())
}

fn info_returns_the_tokens_without_their_keys(sandbox: &Sandbox) -> anyhow::Result<()> {
    let (id, key) = sandbox.cloud.add_user_token(NewToken::named("known"));
    let played = sandbox.tasks(&[token(json!({"state": "info"}))])?.succeeds()?;
    let result = &played.task("Do it")?.result;
    let tokens = result["tokens"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut names: Vec<_> = tokens.iter().map(|token| token["name"].as_str().unwrap_or_default()).collect();
    names.sort_unstable();
    assert_eq!(names, ["first", "known"]);
    ensure!(tokens.iter().any(|token| token["id"] == id.as_str()), "{played}");
    ensure!(result["api_calls"] == 1 && result["changed"] == false, "{played}");
    ensure!(!played.printed().contains(&key), "{played}");
    Ok(())
}

fn the_key_is_returned_where_it_is_asked_for(sandbox: &Sandbox) -> anyhow::Result<()> {
    let check = json!({
        "name": "Compare",
        "ansible.builtin.copy": {"content": "{{ done.key }}", "dest": sandbox.home().join("copied"), "mode": "0600"},
        "no_log": true,
    });
    // The key is returned once. The second run finds the token and returns no key.
    let second = json!({"name": "Do it again", "mist_api_token": {"name": "returned"}});
    let played = sandbox.tasks(&[token(json!({"name": "returned"})), check, second])?.succeeds()?;
    let made = sandbox.tokens_named("returned", false);
    assert_eq!(std::fs::read_to_string(sandbox.home().join("copied"))?, made[0].key);
    assert_eq!(played.task("Do it")?.result["key"], made[0].key.as_str());
    let again = played.task("Do it again")?;
    ensure!(!again.changed() && !again.result.to_string().contains(&made[0].key), "{played}");
    ensure!(!played.printed().contains(&made[0].key), "{played}");
    Ok(())
}

fn module_defaults_and_environment_of_the_play_are_heard(sandbox: &Sandbox) -> anyhow::Result<()> {
    let block = json!({
        "name": "Told by the playbook and not by the shell",
        "module_defaults": {"mist_api_token": {"host": sandbox.cloud.url(), "ca_path": sandbox.cloud.ca_path()}},
        "environment": {"MIST_API_TOKEN": sandbox.cloud.api_token()},
        "block": [token(json!({"state": "info"}))],
    });
    let play = sandbox.tasks(&[block])?;
    let played = play.without("MIST_HOST").without("MIST_API_TOKEN").without("SSL_CERT_FILE").succeeds()?;
    ensure!(played.task("Do it")?.result["tokens"][0]["name"] == "first", "{played}");
    Ok(())
}
