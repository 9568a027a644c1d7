//! The features of the collection: full names, an action group, and documentation under the full names. `playbooks.rs` and
//! `object_playbooks.rs` run playbooks with it, too.

use acceptance::{Module, Sandbox};
use anyhow::ensure;
use serde_json::{Value, json};

for_each_ansible!(with the collection: the_defaults_of_the_group_hold_for_every_module);
for_every_ansible!(with the collection: every_module_is_documented_by_its_full_name);

/// Without environment variables for the cloud.
fn the_defaults_of_the_group_hold_for_every_module(sandbox: &Sandbox) -> anyhow::Result<()> {
    let mut tasks = Vec::new();
    for module in Module::all()? {
        let mut task = json!({"name": format!("Read with {}", module.name())});
        task[format!("mist.cloud.{}", module.name())] = module.reading()?;
        tasks.push(task);
    }
    let play = json!([{
        "name": "Rely on the group",
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": false,
        "module_defaults": {"group/mist.cloud.mist": {
            "host": sandbox.cloud.url(),
            "api_token": sandbox.cloud.api_token(),
            "ca_path": sandbox.cloud.ca_path(),
        }},
        "tasks": tasks,
    }]);
    let path = sandbox.scratch().join("group.yml");
    std::fs::write(&path, play.to_string())?;
    let mut run = sandbox.command("ansible-playbook", &[&path.display().to_string()])?;
    for variable in ["MIST_HOST", "MIST_API_TOKEN", "SSL_CERT_FILE"] {
        run = run.without(variable);
    }
    let played = run.succeeds()?;
    assert_eq!(played.tasks.len(), tasks.len(), "{played}");
    assert!(sandbox.cloud.requests().len() >= tasks.len(), "{played}");
    Ok(())
}

fn every_module_is_documented_by_its_full_name(sandbox: &Sandbox) -> anyhow::Result<()> {
    // As in the README of the collection. `ansible-doc -l` does not list executables.
    let listed = sandbox.command("ansible-doc", &["-t", "module", "-F", "mist.cloud"])?.succeeds()?;
    assert_eq!(listed.stdout.lines().count(), Module::all()?.len(), "{listed}");
    let names: Vec<String> = Module::all()?.iter().map(|module| format!("mist.cloud.{}", module.name())).collect();
    let arguments = ["-t", "module", "--json"].into_iter().chain(names.iter().map(String::as_str));
    let page = sandbox.command("ansible-doc", &arguments.collect::<Vec<_>>())?.succeeds()?;
    let page: Value = serde_json::from_str(&page.stdout)?;
    for module in Module::all()? {
        let name = format!("mist.cloud.{}", module.name());
        assert!(listed.stdout.contains(&format!("{name} ")), "{listed}");
        assert_eq!(page[&name]["doc"]["collection"], "mist.cloud");
        assert!(page[&name]["doc"]["options"]["api_token"].is_object(), "{name}");
        assert!(page[&name]["return"].is_object(), "{name}");
        let examples = page[&name]["examples"].as_str().unwrap_or_default();
        ensure!(examples.contains(&format!("\n  {name}:")), "{name} is not in its own examples: {examples}");
        ensure!(!examples.contains(&format!("  {}:", module.name())), "{name} goes by its short name: {examples}");
    }
    Ok(())
}
