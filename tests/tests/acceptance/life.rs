//! The playbooks for the first token, rotation and a leaked key.

use acceptance::Sandbox;
use anyhow::{Context as _, ensure};
use mist_simulator::NewToken;
use serde_json::json;
use std::path::{Path, PathBuf};

for_each_ansible!(
    the_first_token_needs_an_account_and_no_token,
    a_wrong_password_is_told_and_tried_once,
    a_token_is_rotated_when_it_is_due_and_not_before,
    a_leaked_key_is_revoked_and_nothing_else,
    every_project_has_a_token_of_its_own_and_each_its_key,
    what_there_is_and_who_one_is_are_told_without_a_change,
);

const FIRST: &str = "First-API-Token_Ansible.yml";
const ROTATE: &str = "Rotate-API-Token_Ansible.yml";
const REVOKE: &str = "Revoke-Leaked-Token_Ansible.yml";
const PASSWORD: &str = "correct horse battery staple";
const PROJECTS: &str = "Project-Tokens_Ansible.yml";
const DAY: f64 = 86_400.0;

fn the_first_token_needs_an_account_and_no_token(sandbox: &Sandbox) -> anyhow::Result<()> {
    let key_file = sandbox.home().join(".mist-first-token.key");
    let first = || {
        let play = sandbox.playbook(FIRST)?.without("MIST_API_TOKEN").env("MIST_USERNAME", "admin@example.com");
        Ok::<_, anyhow::Error>(play.env("MIST_PASSWORD", PASSWORD))
    };
    let foreseen = first()?.args(&["--check", "--diff"]).succeeds()?;
    ensure!(foreseen.changed == 1 && sandbox.tokens_named("first-token", false).is_empty(), "{foreseen}");
    let [made, again] = first()?.again().args(&["-vvv"]).each_succeeds()?;
    ensure!(made.changed == 1 && made.task("Report the result")?.msg().contains("created or changed"), "{made}");
    ensure!(again.changed == 0, "{again}");
    let [token] = sandbox.tokens_named("first-token", false).try_into().ok().context("one token")?;
    ensure!(std::fs::read_to_string(&key_file)?.trim_end() == token.key, "the file has another content");
    ensure!(sandbox.cloud.open_sessions() == 0, "a session is still open");
    sandbox
        .leaks(&[PASSWORD], &[foreseen, made, again], &[&key_file])?
        .found()
        .is_empty()
        .then_some(())
        .context("a secret was printed or left in a file")
}

fn a_wrong_password_is_told_and_tried_once(sandbox: &Sandbox) -> anyhow::Result<()> {
    let play = sandbox.playbook(FIRST)?.without("MIST_API_TOKEN").env("MIST_USERNAME", "admin@example.com");
    let played = play.env("MIST_PASSWORD", "a-wrong-password").fails()?;
    ensure!(played.printed().contains("password: the cloud answered 400"), "{played}");
    let logins = sandbox.cloud.requests().iter().filter(|request| request.path.ends_with("/login")).count();
    ensure!(logins == 1, "{logins} logins");
    sandbox
        .leaks(&["a-wrong-password"], &[played], &[])?
        .found()
        .is_empty()
        .then_some(())
        .context("a secret was printed or left in a file")
}

fn a_token_is_rotated_when_it_is_due_and_not_before(sandbox: &Sandbox) -> anyhow::Result<()> {
    let key_file = sandbox.home().join(".mist-example-project.key");
    let rotate = || Ok::<_, anyhow::Error>(sandbox.playbook(ROTATE)?.vars(&[("max_age", "30d"), ("overlap", "7d")]));
    // Twice each time, because a run that is not due must change nothing.
    let run = || -> anyhow::Result<_> {
        let [first, second] = rotate()?.again().each_succeeds()?;
        Ok(([first.changed, second.changed], sandbox.tokens_named("example-project", false)))
    };
    let held = || std::fs::read_to_string(&key_file).map(|key| key.trim_end().to_owned());
    let (changed, first) = run()?;
    ensure!(changed == [1, 0] && first.len() == 1 && held()? == first[0].key, "{changed:?} {first:?}");
    sandbox.cloud.advance(31.0 * DAY);
    let foreseen = rotate()?.args(&["--check"]).succeeds()?;
    ensure!(
        foreseen.changed == 1 && held()? == first[0].key,
        "check mode has to foresee it and do nothing: {foreseen}"
    );
    let (changed, both) = run()?;
    ensure!(changed == [1, 0] && both.len() == 2 && held()? == both[1].key, "{changed:?} {both:?}");
    sandbox.cloud.advance(8.0 * DAY);
    let (changed, left) = run()?;
    ensure!(changed == [1, 0] && left.len() == 1 && left[0].id == both[1].id, "{changed:?} {left:?}");
    assert_eq!(held()?, left[0].key);
    Ok(())
}

fn a_leaked_key_is_revoked_and_nothing_else(sandbox: &Sandbox) -> anyhow::Result<()> {
    let org_id = sandbox.cloud.org_id().to_owned();
    let (id, key) = sandbox.cloud.add_org_token(&org_id, NewToken::named("leaky-project"));
    let before = sandbox.cloud.user_tokens().len();
    let play = sandbox.playbook(REVOKE)?.again().env("MIST_LEAKED_KEY", &key).var("org_id", &org_id);
    let [played, again] = play.args(&["-vvv"]).each_succeeds()?;
    ensure!(played.changed == 1 && sandbox.cloud.org_tokens().is_empty(), "{played}");
    let said = played.task("Report the token")?.msg().to_owned();
    ensure!(said.contains("leaky-project") && said.contains(&id) && said.contains("organization"), "{said}");
    ensure!(again.changed == 0 && again.task("Report the token")?.msg().contains("No token has this key"), "{again}");
    ensure!(sandbox.cloud.user_tokens().len() == before);
    sandbox
        .leaks(&[&key], &[played, again], &[])?
        .found()
        .is_empty()
        .then_some(())
        .context("a secret was printed or left in a file")
}

fn every_project_has_a_token_of_its_own_and_each_its_key(sandbox: &Sandbox) -> anyhow::Result<()> {
    let org_id = sandbox.cloud.org_id().to_owned();
    sandbox.cloud.add_org_token(&org_id, NewToken::named("of-nobody"));
    let keep = || Ok::<_, anyhow::Error>(sandbox.playbook(PROJECTS)?.env("MIST_ORG_ID", &org_id));
    let before = sandbox.snapshot()?;
    let foreseen = keep()?.args(&["--check", "--diff"]).succeeds()?;
    ensure!(foreseen.changed == 1 && sandbox.snapshot()? == before, "{foreseen}");
    let [made, again] = keep()?.again().args(&["-vvv"]).each_succeeds()?;
    ensure!(made.changed == 1 && again.changed == 0, "{made}");
    let mut files = Vec::new();
    for name in ["lobby-dashboard", "branch-rollout", "inventory-sync"] {
        let tokens = sandbox.tokens_named(name, true);
        let key_file = sandbox.home().join(format!(".mist-{name}.key"));
        ensure!(tokens.len() == 1 && std::fs::read_to_string(&key_file)?.trim_end() == tokens[0].key, "{name}: {made}");
        files.push(key_file);
    }
    ensure!(sandbox.tokens_named("lobby-dashboard", true)[0].privileges[0]["scope"] == "site", "{made}");
    let purged = keep()?.var("purge", "true").succeeds()?;
    ensure!(purged.changed == 1 && sandbox.tokens_named("of-nobody", true).is_empty(), "{purged}");
    ensure!(sandbox.cloud.org_tokens().len() == 3, "{purged}");
    let except: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let leaks = sandbox.leaks(&[], &[foreseen, made, again, purged], &except)?;
    ensure!(leaks.found().is_empty(), "{:?}", leaks.found());
    Ok(())
}

fn what_there_is_and_who_one_is_are_told_without_a_change(sandbox: &Sandbox) -> anyhow::Result<()> {
    sandbox.cloud.add_user_token(NewToken::named("another"));
    let before = sandbox.snapshot()?;
    let played = sandbox
        .tasks(&[
            json!({"name": "Who", "mist_self_info": {}}),
            json!({"name": "Which", "mist_api_token_info": {"name_pattern": "an*"}}),
            json!({"name": "Sites", "mist_api_request": {"path": "orgs/{org_id}/sites", "org_id": sandbox.cloud.org_id(), "limit": 2}}),
        ])?
        .succeeds()?;
    ensure!(played.changed == 0 && sandbox.snapshot()? == before, "{played}");
    ensure!(played.task("Who")?.result["token_type"] == "user", "{played}");
    ensure!(played.task("Which")?.result["count"] == 1, "{played}");
    ensure!(played.task("Sites")?.result["status"] == 200, "{played}");
    Ok(())
}
