//! The tasks of the README run in a playbook, with the values of a reader.

use acceptance::{Ansible, Played, Sandbox, project};
use anyhow::{Context as _, ensure};
use mist_simulator::NewToken;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

const PASSWORD: &str = "correct horse battery staple";
const PSK: &str = "wireless horse battery staple";

// The examples of the documentation, which are similar, run with the oldest version, too.
acceptance::with_the_newest_ansible!(every_task_of_the_readme_does_what_it_says);

/// Each block of tasks has its own cloud.
fn every_task_of_the_readme_does_what_it_says(version: &str) -> anyhow::Result<()> {
    Ansible::installed(version)?;
    let readme = fs::read_to_string(project().join("README.md"))?;
    let blocks = readme.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let blocks: Vec<&str> = blocks.filter(|block| block.starts_with("- name: ")).collect();
    let mut run = Vec::new();
    for block in blocks {
        let (sandbox, played) = play(version, &readme, block)?;
        for line in block.lines() {
            if let Some(name) = line.strip_prefix("- name: ") {
                check(name, &sandbox, &played).with_context(|| format!("{name}\n{played}"))?;
                run.push(name.to_owned());
            }
        }
    }
    assert!(run.len() >= 19, "{run:?}");
    Ok(())
}

/// Checks the result of each task.
fn check(name: &str, sandbox: &Sandbox, played: &Played) -> anyhow::Result<()> {
    let task = played.task(name)?;
    let holds = |path: &str, token: &str, of_org: bool| -> anyhow::Result<bool> {
        let tokens = sandbox.tokens_named(token, of_org);
        Ok(tokens.len() == 1 && fs::read_to_string(etc(sandbox).join(path))?.contains(&tokens[0].key))
    };
    let as_said = match name {
        "Create a token that can only read one site" => {
            task.changed() && holds("wifi-report/mist.key", "wifi-report", true)?
        }
        "Create the first token" => {
            task.changed() && holds("mist/first.key", "first-token", false)? && sandbox.cloud.open_sessions() == 0
        }
        "Keep one token per project and delete all others" => {
            task.changed()
                && holds("wifi-report/mist.key", "wifi-report", true)?
                && holds("deployment/mist.env", "deployment", true)?
                && sandbox.tokens_named("of-nobody", true).is_empty()
                && sandbox.tokens_named("break-glass-1", true).len() == 1
        }
        "Read the site with the token of the project" => {
            task.result["json"]["id"] == sandbox.site_id()?.as_str() && !task.changed()
        }
        "List all sites" => {
            task.result["json"].as_array().map(Vec::len) == Some(sandbox.cloud.sites().len()) && !task.changed()
        }
        "Set the time zone of the site" => task.changed() && sandbox.cloud.sites()[0]["timezone"] == "Europe/Berlin",
        "Look up the account of the token" => task.result["token_type"] == "user",
        "List tokens unused for three months" => task.result["count"] == 0,
        "Replace the token every 90 days" => task.changed() && holds("wifi-report/mist.key", "wifi-report", true)?,
        "Delete the token of a leaked key" => {
            task.changed()
                && sandbox.tokens_named("leaky", true).is_empty()
                && sandbox.tokens_named("of-nobody", true).len() == 1
        }
        "Keep a site with its RF template and site groups" => {
            let templates = sandbox.cloud.objects(&format!("orgs/{}/rftemplates", sandbox.cloud.org_id()));
            let site = site_named(sandbox, "Branch 7").context("no such site")?;
            task.changed() && site["rftemplate_id"] == templates[0]["id"] && site["timezone"] == "Europe/Berlin"
        }
        "Keep a WLAN with a passphrase from a vault" => {
            let site = site_named(sandbox, "Branch 7").context("no such site")?;
            let wlans = sandbox.cloud.objects(&format!("sites/{}/wlans", site["id"].as_str().context("an id")?));
            ensure!(wlans[0]["vlan_id"] == "{{staff_vlan}}", "{wlans:?}");
            task.changed() && wlans[0]["auth"]["psk"] == PSK && !played.printed().contains(PSK)
        }
        "Set a variable of the site" => {
            let site = site_named(sandbox, "Branch 7").context("no such site")?;
            let setting = sandbox.cloud.objects(&format!("sites/{}/setting", site["id"].as_str().context("an id")?));
            task.changed() && setting[0]["vars"] == json!({"branch_ip": "10.7.0.1"})
        }
        "Keep the sites of the table" => {
            task.changed() && ["Branch 1", "Branch 2"].iter().all(|name| site_named(sandbox, name).is_some())
        }
        "Set the variables of each site" => {
            let site = site_named(sandbox, "Branch 2").context("no such site")?;
            let setting = sandbox.cloud.object(&format!("sites/{}/setting", site["id"].as_str().context("an id")?));
            setting["vars"] == json!({"branch_ip": "10.2.0.1"})
        }
        "Keep these webhooks and delete all others except those of the lab" => {
            let webhooks = sandbox.cloud.objects(&format!("orgs/{}/webhooks", sandbox.cloud.org_id()));
            let mut names: Vec<_> = webhooks.iter().filter_map(|webhook| webhook["name"].as_str()).collect();
            names.sort_unstable();
            task.changed() && names == ["collector", "lab-1"]
        }
        "List the sites in declarable form" => {
            let objects = task.result["objects"].as_array().context("objects")?;
            !task.changed()
                && objects.len() == sandbox.cloud.sites().len()
                && objects.iter().all(|site| site["id"].is_null())
        }
        "Find the id of the site" => task.result["count"] == 1 && !task.changed(),
        "Rename the site" => {
            let renamed = site_named(sandbox, "Branch 7 North").is_some() && site_named(sandbox, "Site 1").is_none();
            task.changed() && renamed
        }
        _ => anyhow::bail!("this task is new: check its result here"),
    };
    ensure!(as_said, "the result of the task differs");
    Ok(())
}

fn site_named(sandbox: &Sandbox, name: &str) -> Option<Value> {
    sandbox.cloud.sites().into_iter().find(|site| site["name"] == name)
}

fn etc(sandbox: &Sandbox) -> PathBuf {
    sandbox.scratch().join("etc")
}

/// The objects that the tasks refer to, and the table of the README.
fn of_the_organization(sandbox: &Sandbox, readme: &str) -> anyhow::Result<()> {
    let org = format!("orgs/{}", sandbox.cloud.org_id());
    sandbox.cloud.seed(&format!("{org}/rftemplates"), json!({"name": "Branch"}));
    for group in ["East", "West"] {
        sandbox.cloud.seed(&format!("{org}/sitegroups"), json!({"name": group}));
    }
    for webhook in ["old-collector", "lab-1"] {
        let fields = json!({"name": webhook, "type": "http-post", "url": "https://example.com", "topics": ["alarms"]});
        sandbox.cloud.seed(&format!("{org}/webhooks"), fields);
    }
    let lines = readme
        .lines()
        .skip_while(|line| !line.starts_with("    name,country_code"))
        .take_while(|line| !line.is_empty());
    let table: String = lines.map(|line| format!("{}\n", line.trim_start())).collect();
    ensure!(table.lines().count() > 2, "the README shows no table");
    fs::write(etc(sandbox).join("mist/sites.csv"), table)?;
    Ok(())
}

/// The tasks with the ids and names of this cloud, and with a folder of the test in place of `/etc`.
fn play(version: &str, readme: &str, block: &str) -> anyhow::Result<(Sandbox, Played)> {
    let sandbox = Sandbox::new(version)?;
    let org_id = sandbox.cloud.org_id().to_owned();
    let (_, leaked) = sandbox.cloud.add_org_token(&org_id, NewToken::named("leaky"));
    for name in ["of-nobody", "break-glass-1"] {
        sandbox.cloud.add_org_token(&org_id, NewToken::named(name));
    }
    let tasks = block
        .replace("9777c1a0-6ef6-11e6-8bbf-02e208b2d34f", &org_id)
        .replace("978c48e6-6ef6-11e6-8bbf-02e208b2d34f", &sandbox.site_id()?)
        .replace("site: Lobby}", "site: Site 1}")
        .replace("sitegroup: Branches}", "sitegroup: Group 1}")
        .replace("where: {name: Branch 7}", "where: {name: Site 1}")
        .replace("/etc/", &format!("{}/", etc(&sandbox).display()));
    for folder in ["mist", "wifi-report", "deployment"] {
        fs::create_dir_all(etc(&sandbox).join(folder))?;
    }
    of_the_organization(&sandbox, readme)?;
    if let Some(path) = tasks.split("'ansible.builtin.file', '").nth(1).and_then(|rest| rest.split('\'').next()) {
        // The key file that this block reads, of a token with the rights that the README gives it.
        let mut reader = NewToken::named("wifi-report");
        reader.privileges = vec![json!({"scope": "site", "site_id": sandbox.site_id()?, "role": "read"})];
        fs::write(path, sandbox.cloud.add_org_token(&org_id, reader).1)?;
    }
    let tasks: String = tasks.lines().map(|line| format!("    {line}\n")).collect();
    let head = "- name: Play the tasks\n  hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n";
    let path = sandbox.scratch().join("readme.yml");
    fs::write(&path, format!("{head}{tasks}"))?;
    let variables = json!({"email": "admin@example.com", "password": PASSWORD, "code": "123456", "leaked_key": leaked, "staff_psk": PSK,
        "variables_of_sites": {"Branch 1": {"branch_ip": "10.1.0.1"}, "Branch 2": {"branch_ip": "10.2.0.1"}}});
    let arguments = ["-e", &variables.to_string(), &path.display().to_string()];
    let play = sandbox.command("ansible-playbook", &arguments)?;
    let played = play.env("ANSIBLE_LIBRARY", &acceptance::library().display().to_string()).succeeds()?;
    Ok((sandbox, played))
}
