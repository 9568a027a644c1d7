//! All examples in the documentation run as they are, except for the ids, names and files that a reader replaces, too.

use acceptance::{Module, Sandbox};
use anyhow::{Context as _, ensure};
use mist_simulator::NewToken;
use serde_json::json;
use std::fs;

/// One test for each module, because the examples of each module need a cloud of their own.
macro_rules! examples_of {
    ($($module:ident),* $(,)?) => {
        for_each_ansible!($($module),*);
        $(fn $module(sandbox: &Sandbox) -> anyhow::Result<()> {
            run_the_examples(sandbox, &Module::named(stringify!($module))?)
        })*

        #[test]
        fn no_module_is_left_out() -> anyhow::Result<()> {
            let mut run = vec![$(stringify!($module).to_owned()),*];
            let mut all: Vec<String> = Module::all()?.iter().map(|module| module.name().to_owned()).collect();
            run.sort();
            all.sort();
            assert_eq!(run, all);
            Ok(())
        }
    };
}
examples_of!(
    mist_admins,
    mist_api_request,
    mist_api_token,
    mist_api_token_info,
    mist_api_tokens,
    mist_apply,
    mist_device_info,
    mist_devices,
    mist_export,
    mist_firmware,
    mist_object,
    mist_object_info,
    mist_objects,
    mist_search,
    mist_self_info,
);

fn run_the_examples(sandbox: &Sandbox, module: &Module) -> anyhow::Result<()> {
    let library = acceptance::library().display().to_string();
    let page = crate::documentation::documented(sandbox, module.name())?;
    let examples = page["examples"].as_str().context("examples")?;
    let (playbook, names) = as_playbook(sandbox, examples)?;
    let path = sandbox.scratch().join(format!("{}.yml", module.name()));
    fs::write(&path, playbook)?;

    let org_id = sandbox.cloud.org_id().to_owned();
    let privileges = vec![json!({"scope": "org", "org_id": org_id, "role": "admin"})];
    let (_, leaked) = sandbox.cloud.add_org_token(&org_id, NewToken::named("leaky"));
    let (_, of_org) = sandbox.cloud.add_org_token(&org_id, NewToken { privileges, ..NewToken::named("play") });
    of_the_organization(sandbox)?;
    let variables = json!({
        "leaked_key": leaked,
        "found": {"objects": [{"name": "From an export"}]},
        "guest_psk": "a guest's password",
        "project_tokens": [{"name": "inventory-sync", "privileges": [{"role": "read"}]}],
    });
    let play = sandbox.command("ansible-playbook", &["-e", &variables.to_string(), &path.display().to_string()])?;
    let mut play = play.env("ANSIBLE_LIBRARY", &library);
    if module.name() == "mist_self_info" {
        // These examples must not run with a token of the environment.
        play = play.env("MIST_API_TOKEN", &of_org);
    }
    let played = play.succeeds()?;
    for name in &names {
        let task = played.task(name)?;
        // A condition can be false.
        ensure!(["ok", "skipped"].contains(&task.status.as_str()), "{name}: {}\n{played}", task.status);
    }
    assert_eq!(played.tasks.iter().filter(|task| !task.item).count(), names.len(), "{played}");
    Ok(())
}

/// The objects and files that the examples refer to: templates, a site group, a site, and files of the reader.
fn of_the_organization(sandbox: &Sandbox) -> anyhow::Result<()> {
    let (org, etc) = (format!("orgs/{}", sandbox.cloud.org_id()), sandbox.scratch().join("etc/mist"));
    sandbox.cloud.seed(&format!("{org}/rftemplates"), json!({"name": "Branch"}));
    sandbox.cloud.seed(
        &format!("{org}/rftemplates"),
        json!({"id": "53f10664-3ce8-4c27-b382-0ef66432349f", "name": "Branches of old"}),
    );
    sandbox.cloud.seed(&format!("{org}/sitegroups"), json!({"name": "East"}));
    devices_of_the_organization(sandbox)?;
    fs::create_dir_all(&etc)?;
    fs::write(etc.join("ports.csv"), "switch,port,usage,description\nsw-access-1,ge-0/0/7,ap,Hall\n")?;
    fs::write(etc.join("branch.yml"), "name: Branch\nntp_servers: ['{{ntp}}']\n")?;
    fs::write(etc.join("sites.csv"), "name,country_code,latlng.lat,latlng.lng\nBranch 8,DE,52.5,13.4\n")?;
    fs::write(etc.join("staff-psks.csv"), "name,ssid,passphrase\nAnna,Staff,a password of Anna\n")?;
    fs::create_dir_all(etc.join("acme-plan"))?;
    fs::write(etc.join("acme-plan/webhooks.yml"), "- name: Alarms\n  url: https://example.com\n")?;
    Ok(())
}

/// The devices, claim codes and profiles that the examples refer to.
fn devices_of_the_organization(sandbox: &Sandbox) -> anyhow::Result<()> {
    let (org_id, site_id) = (sandbox.cloud.org_id(), sandbox.site_id()?);
    sandbox.cloud.seed(&format!("orgs/{org_id}/deviceprofiles"), json!({"name": "Indoor", "type": "ap"}));
    sandbox.cloud.seed(&format!("sites/{site_id}/maps"), json!({"name": "Ground floor", "type": "image"}));
    for (code, mac) in [("6JG8E-PTFV2-A9Z2N", "5c5b35000001"), ("DVH4V-SNMSZ-PDXBR", "5c5b35000002")] {
        sandbox.cloud.add_claim_code(code, json!({"mac": mac, "type": "ap", "model": "AP45"}));
    }
    sandbox.cloud.add_devices(
        org_id,
        [
            json!({"mac": "5c5b35000009", "name": "sw-access-1", "site_id": site_id,
                   "config": {"port_config": {"ge-0/0/0-10": {"usage": "ap"}}}}),
            json!({"mac": "5c5b3500000b", "name": "sw-broken", "site_id": site_id}),
            json!({"mac": "5c5b3500001a"}),
            json!({"mac": "5c5b3500002b", "serial": "FXLH2015150025", "type": "ap", "model": "AP45"}),
            json!({"mac": "5c5b3500003c", "name": "core-1", "site_id": site_id, "stats": {"version": "22.4R3-S2.11"}}),
        ],
    );
    let versions = [("ap", "AP45", "0.14.29633"), ("switch", "EX2300-24T", "22.4R3-S2.11")];
    let versions = versions
        .map(|(kind, model, version)| json!({"type": kind, "model": model, "version": version, "tag": "suggested"}));
    sandbox.cloud.add_versions(org_id, versions);
    Ok(())
}

/// The examples as a playbook with the values of a reader, and the names of its tasks.
fn as_playbook(sandbox: &Sandbox, examples: &str) -> anyhow::Result<(String, Vec<String>)> {
    let files = sandbox.scratch().join("etc");
    let examples = examples
        .replace("2818e386-8dec-2562-9ede-5b8a0fbbdc71", sandbox.cloud.org_id())
        .replace("4ac1dcf4-9d8b-7211-65c4-057819f0862b", &sandbox.site_id()?)
        .replace(": Acme\n", ": Org 1\n")
        .replace(": Lobby\n", ": Site 1\n")
        .replace("[Lobby]", "[Site 1]")
        .replace(": Branches\n", ": Group 1\n")
        .replace("~/", &format!("{}/", sandbox.home().display()))
        .replace("/etc/", &format!("{}/", files.display()));
    for rest in examples.split(&format!("{}/", files.display())).skip(1) {
        let folder = rest.split('/').next().context("a folder in /etc")?;
        fs::create_dir_all(files.join(folder))?;
    }
    // A key file that an example reads.
    for rest in examples.split("lookup('ansible.builtin.file', '").skip(1) {
        let path = rest.split('\'').next().context("a file's name")?;
        fs::write(path, sandbox.cloud.api_token())?;
    }
    let mut names = Vec::new();
    let mut playbook =
        "- name: Play the examples\n  hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n"
            .to_owned();
    for line in examples.lines() {
        if let Some(name) = line.strip_prefix("- name: ") {
            names.push(name.to_owned());
        }
        playbook += &format!("    {line}\n");
    }
    ensure!(!names.is_empty(), "there are no examples");
    Ok((playbook, names))
}
