//! What the README shows: its tasks are pasted into a playbook and run, but for what a reader would put in of their own.

use acceptance::{Ansible, Place, Played, project};
use anyhow::{Context as _, ensure};
use mist_simulator::NewToken;
use serde_json::json;
use std::fs;
use std::path::PathBuf;

const PASSWORD: &str = "correct horse battery staple";

acceptance::with_oldest_and_newest_ansible!(every_task_of_the_readme_does_what_it_says);

/// Each block of tasks has a cloud of its own: none needs what another has made.
fn every_task_of_the_readme_does_what_it_says(version: &str) -> anyhow::Result<()> {
    Ansible::installed(version)?;
    let readme = fs::read_to_string(project().join("README.md"))?;
    let blocks = readme.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let blocks: Vec<&str> = blocks.filter(|block| block.starts_with("- name: ")).collect();
    let mut run = Vec::new();
    for block in blocks {
        let (place, played) = play(version, block)?;
        for line in block.lines() {
            if let Some(name) = line.strip_prefix("- name: ") {
                check(name, &place, &played).with_context(|| format!("{name}\n{played}"))?;
                run.push(name.to_owned());
            }
        }
    }
    assert!(run.len() >= 9, "{run:?}");
    Ok(())
}

/// What each task must have come to.
fn check(name: &str, place: &Place, played: &Played) -> anyhow::Result<()> {
    let task = played.task(name)?;
    let holds = |path: &str, token: &str, of_org: bool| -> anyhow::Result<bool> {
        let tokens = place.tokens_named(token, of_org);
        Ok(tokens.len() == 1 && fs::read_to_string(etc(place).join(path))?.contains(&tokens[0].key))
    };
    let as_said = match name {
        "A token that can read one site and do nothing else" => {
            task.changed() && holds("wifi-report/mist.key", "wifi-report", true)?
        }
        "The first token" => {
            task.changed() && holds("mist/first.key", "first-token", false)? && place.cloud.open_sessions() == 0
        }
        "Every project has its own token, and no other token is left" => {
            task.changed()
                && holds("wifi-report/mist.key", "wifi-report", true)?
                && holds("deployment/mist.env", "deployment", true)?
                && place.tokens_named("of-nobody", true).is_empty()
                && place.tokens_named("break-glass-1", true).len() == 1
        }
        "The site, with the token that can read this one and do nothing else" => {
            task.result["json"]["id"] == place.site_id()?.as_str() && !task.changed()
        }
        "All sites, over all pages" => {
            task.result["json"].as_array().map(Vec::len) == Some(place.cloud.sites().len()) && !task.changed()
        }
        "The site has this time zone" => task.changed() && place.cloud.sites()[0]["timezone"] == "Europe/Berlin",
        "Who am I?" => task.result["token_type"] == "user",
        "Tokens that were not used for three months" => task.result["count"] == 0,
        "A key that is never older than 90 days" => {
            task.changed() && holds("wifi-report/mist.key", "wifi-report", true)?
        }
        "This key was found in a public repository" => {
            task.changed()
                && place.tokens_named("leaky", true).is_empty()
                && place.tokens_named("of-nobody", true).len() == 1
        }
        _ => anyhow::bail!("this task is new: say here what it must come to"),
    };
    ensure!(as_said, "the task did something else than it says");
    Ok(())
}

fn etc(place: &Place) -> PathBuf {
    place.scratch().join("etc")
}

/// The tasks as they stand, with this cloud's ids and names, and with a folder of the test's own for `/etc`.
fn play(version: &str, block: &str) -> anyhow::Result<(Place, Played)> {
    let place = Place::new(version)?;
    let org_id = place.cloud.org_id().to_owned();
    let (_, leaked) = place.cloud.add_org_token(&org_id, NewToken::named("leaky"));
    for name in ["of-nobody", "break-glass-1"] {
        place.cloud.add_org_token(&org_id, NewToken::named(name));
    }
    let tasks = block
        .replace("9777c1a0-6ef6-11e6-8bbf-02e208b2d34f", &org_id)
        .replace("978c48e6-6ef6-11e6-8bbf-02e208b2d34f", &place.site_id()?)
        .replace("site: Lobby}", "site: Site 1}")
        .replace("sitegroup: Branches}", "sitegroup: Group 1}")
        .replace("/etc/", &format!("{}/", etc(&place).display()));
    for folder in ["mist", "wifi-report", "deployment"] {
        fs::create_dir_all(etc(&place).join(folder))?;
    }
    if let Some(path) = tasks.split("'ansible.builtin.file', '").nth(1).and_then(|rest| rest.split('\'').next()) {
        // The key that this block reads was put there before: that of a token with the rights that the README gives it.
        let mut reader = NewToken::named("wifi-report");
        reader.privileges = vec![json!({"scope": "site", "site_id": place.site_id()?, "role": "read"})];
        fs::write(path, place.cloud.add_org_token(&org_id, reader).1)?;
    }
    let tasks: String = tasks.lines().map(|line| format!("    {line}\n")).collect();
    let head = "- name: Play the tasks\n  hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n";
    let path = place.scratch().join("readme.yml");
    fs::write(&path, format!("{head}{tasks}"))?;
    let variables = json!({"email": "admin@example.com", "password": PASSWORD, "code": "123456", "leaked_key": leaked});
    let arguments = ["-e", &variables.to_string(), &path.display().to_string()];
    let play = place.command("ansible-playbook", &arguments)?;
    let played = play.env("ANSIBLE_LIBRARY", &acceptance::library().display().to_string()).succeeds()?;
    Ok((place, played))
}
