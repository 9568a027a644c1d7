//! The playbooks for creation, listing, use and deletion of a token, run as their comments describe.

use acceptance::{Play, Sandbox, project};
use anyhow::{Context as _, ensure};
use mist_simulator::Owner;
use serde_json::json;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

for_every_ansible!(with the collection: a_user_token_from_creation_to_deletion);
for_each_ansible!(
    a_user_token_from_creation_to_deletion,
    an_observers_token_for_one_site_from_creation_to_deletion,
    a_token_for_the_whole_organization_has_the_role_asked_for,
    a_site_without_its_organization_makes_no_token,
    use_without_a_key_says_to_create_first,
    use_of_a_deleted_token_says_what_the_cloud_said,
    use_says_which_site_the_token_may_not_read,
    the_projects_folder_has_what_ad_hoc_commands_need,
    the_simulated_cloud_passes_pythons_strict_check_of_certificates,
);

pub const CREATE: &str = "Create-API-Token_Ansible.yml";
pub const LIST: &str = "List-API-Token_Ansible.yml";
pub const USE: &str = "Use-API-Token_Ansible.yml";
pub const DELETE: &str = "Delete-API-Token_Ansible.yml";

fn a_user_token_from_creation_to_deletion(sandbox: &Sandbox) -> anyhow::Result<()> {
    let key_file = sandbox.home().join(".mist-example-project.key");
    let before = sandbox.snapshot()?;

    let [made, again, listed] = sandbox.playbooks(&[CREATE, CREATE, LIST])?.each_succeeds()?;
    assert_eq!([made.changed, again.changed, listed.changed], [1, 0, 0], "{listed}");
    let token = the_only(sandbox, "example-project", false)?;
    assert_is_the_key_of(&key_file, &token.key)?;
    ensure!(made.task("Report the result")?.msg().contains("created or changed"), "{made}");
    ensure!(again.task("Report the result")?.msg().contains("unchanged"), "{again}");
    assert_eq!(sandbox.writes(), ["POST", "PUT"], "{again}");
    let line = format!("example-project, key {}, id {}", token.masked_key(), token.id);
    ensure!(listed.items("Show the tokens").iter().any(|item| item.msg() == line), "{line}\n{listed}");
    ensure!(listed.task("Count the tokens")?.msg() == "2 token(s)", "{listed}");
    let created = sandbox.snapshot()?;

    // Without another token.
    let played = sandbox.playbook(USE)?.without("MIST_API_TOKEN").succeeds()?;
    ensure!(played.changed == 0, "{played}");
    ensure!(played.task("Show the account")?.msg().contains("admin@example.com"), "{played}");
    assert_eq!(sandbox.snapshot()?, created);

    let [deleted, again] = sandbox.playbook(DELETE)?.again().each_succeeds()?;
    ensure!(deleted.changed == 2 && again.changed == 0, "{deleted}");
    ensure!(deleted.task("Report the result")?.msg().contains(&token.id), "{deleted}");
    assert_eq!(sandbox.snapshot()?, before);
    assert_eq!(sandbox.writes(), ["POST", "PUT", "DELETE"], "{again}");
    Ok(())
}

fn an_observers_token_for_one_site_from_creation_to_deletion(sandbox: &Sandbox) -> anyhow::Result<()> {
    let site_id = sandbox.site_id()?;
    let key_file = sandbox.home().join(".mist-project-x.key");
    let before = sandbox.snapshot()?;
    let org_id = sandbox.cloud.org_id();
    let limited = |names: &[&str]| -> anyhow::Result<Play<'_>> {
        let variables = [("org_id", org_id), ("site_id", &site_id), ("token_name", "project-x"), ("role", "read")];
        Ok(sandbox.playbooks(names)?.vars(&variables))
    };

    let [made, again, listed] = limited(&[CREATE, CREATE, LIST])?.each_succeeds()?;
    assert_eq!([made.changed, again.changed, listed.changed], [1, 0, 0], "{listed}");
    assert_eq!(sandbox.writes(), ["POST", "PUT"], "{again}");
    let token = the_only(sandbox, "project-x", true)?;
    assert_is_the_key_of(&key_file, &token.key)?;
    let [privilege] = token.privileges.as_slice() else {
        anyhow::bail!("privileges: {:?}", token.privileges);
    };
    for (field, value) in [("scope", "site"), ("role", "read"), ("site_id", &site_id)] {
        assert_eq!(privilege[field], value, "{privilege}");
    }
    ensure!(sandbox.tokens_named("project-x", false).is_empty(), "a user token was created");
    ensure!(listed.task("Count the tokens")?.msg() == "1 token(s)", "{listed}");
    assert_eq!(sandbox.cloud.org_tokens().len(), 1);

    let used = limited(&[USE])?.without("MIST_API_TOKEN").succeeds()?;
    ensure!(used.task("Show the account")?.msg().contains("project-x"), "{used}");
    ensure!(used.task("Check that the token can read")?.msg().contains("Site 1"), "{used}");
    ensure!(used.items("Show the privileges")[0].msg() == format!("read on the site {site_id}"), "{used}");

    ensure!(limited(&[DELETE])?.succeeds()?.changed == 2, "the token or the file still exists");
    assert_eq!(sandbox.snapshot()?, before);
    Ok(())
}

fn a_token_for_the_whole_organization_has_the_role_asked_for(sandbox: &Sandbox) -> anyhow::Result<()> {
    let create = sandbox.playbook(CREATE)?.var("org_id", sandbox.cloud.org_id());
    create.var("role", "write").var("token_name", "wide").succeeds()?;
    let token = the_only(sandbox, "wide", true)?;
    assert_eq!(token.privileges.len(), 1);
    assert_eq!((&token.privileges[0]["scope"], &token.privileges[0]["role"]), (&json!("org"), &json!("write")));
    Ok(())
}

fn a_site_without_its_organization_makes_no_token(sandbox: &Sandbox) -> anyhow::Result<()> {
    let before = sandbox.snapshot()?;
    let played = sandbox.playbook(CREATE)?.var("site_id", &sandbox.site_id()?).fails()?;
    ensure!(played.printed().contains("Set org_id"), "{played}");
    assert_eq!(sandbox.snapshot()?, before);
    Ok(())
}

fn use_without_a_key_says_to_create_first(sandbox: &Sandbox) -> anyhow::Result<()> {
    let played = sandbox.playbook(USE)?.fails()?;
    ensure!(played.printed().contains("Run Create-API-Token_Ansible.yml first"), "{played}");
    assert!(sandbox.cloud.requests().is_empty());
    Ok(())
}

fn use_of_a_deleted_token_says_what_the_cloud_said(sandbox: &Sandbox) -> anyhow::Result<()> {
    sandbox.playbook(CREATE)?.succeeds()?;
    let token = the_only(sandbox, "example-project", false)?;
    assert!(sandbox.cloud.remove_token(&Owner::User, &token.id));
    let played = sandbox.playbook(USE)?.fails()?;
    ensure!(played.printed().contains("401"), "{played}");
    ensure!(played.printed().contains("refused the key"), "{played}");
    Ok(())
}

fn use_says_which_site_the_token_may_not_read(sandbox: &Sandbox) -> anyhow::Result<()> {
    let sites = sandbox.cloud.sites();
    let other = sites[1]["id"].as_str().context("a second site")?;
    let limited = |play: Play<'_>, site_id: &str| {
        play.var("org_id", sandbox.cloud.org_id()).var("site_id", site_id).var("token_name", "project-x").run()
    };
    limited(sandbox.playbook(CREATE)?, &sandbox.site_id()?)?;
    let played = limited(sandbox.playbook(USE)?, other)?;
    ensure!(played.status == Some(2), "{played}");
    ensure!(played.printed().contains(&format!("cannot read the site {other}")), "{played}");
    Ok(())
}

fn the_projects_folder_has_what_ad_hoc_commands_need(sandbox: &Sandbox) -> anyhow::Result<()> {
    let arguments = ["localhost", "-m", "mist_api_token", "-a", "state=info"];
    let played = sandbox.command("ansible", &arguments)?.in_folder(&project()).succeeds()?;
    ensure!(played.stdout.contains("localhost | SUCCESS"), "{played}");
    ensure!(played.stdout.contains("\"name\": \"first\""), "{played}");
    ensure!(!played.printed().contains("WARNING"), "{played}");
    Ok(())
}

/// The default of Python 3.13 and newer, and so of `ansible.builtin.uri` there.
fn the_simulated_cloud_passes_pythons_strict_check_of_certificates(sandbox: &Sandbox) -> anyhow::Result<()> {
    let script = "import ssl, sys, urllib.request\n\
                  context = ssl.create_default_context(cafile=sys.argv[2])\n\
                  context.verify_flags |= ssl.VERIFY_X509_STRICT\n\
                  try: urllib.request.urlopen(sys.argv[1] + '/api/v1/self', context=context)\n\
                  except urllib.error.HTTPError as error: print(error.code)\n";
    let ca_path = sandbox.cloud.ca_path().display().to_string();
    let python = sandbox.command("python", &["-c", script, &sandbox.cloud.url(), &ca_path])?;
    assert_eq!(python.succeeds()?.stdout, "401\n");
    Ok(())
}

fn the_only(sandbox: &Sandbox, name: &str, of_org: bool) -> anyhow::Result<mist_simulator::StoredToken> {
    let mut tokens = sandbox.tokens_named(name, of_org);
    ensure!(tokens.len() == 1, "{} tokens of the name {name}", tokens.len());
    tokens.pop().context("one token")
}

fn assert_is_the_key_of(key_file: &Path, key: &str) -> anyhow::Result<()> {
    let content = std::fs::read_to_string(key_file)?;
    ensure!(content.trim_end() == key, "{} holds something else than the key", key_file.display());
    let mode = key_file.metadata()?.permissions().mode() & 0o7777;
    ensure!(mode == 0o600, "{} has the mode {mode:o}", key_file.display());
    Ok(())
}
