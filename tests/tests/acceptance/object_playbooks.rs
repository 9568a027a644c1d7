//! The playbooks for objects, run as their comments describe.

use acceptance::{Module, Play, Played, Sandbox, project};
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

for_each_ansible!(
    ten_sites_come_from_a_table,
    a_wlan_has_its_passphrase_from_a_variable_and_shows_it_nowhere,
    a_variable_of_a_site_leaves_the_others,
    a_webhook_is_made_and_changed,
    administrators_get_one_mail_each,
    templates_are_assigned_by_name,
    a_backup_is_restored_after_everything_is_gone,
);
// About the files only. The test before runs the playbook with the oldest version, too.
for_the_newest_ansible!(
    a_backup_leaves_no_secrets_of_an_earlier_one,
    differences_are_reported_and_an_organization_is_cloned
);
for_each_ansible!(with the collection: ten_sites_come_from_a_table);

/// A playbook with the organization.
fn of_org<'sandbox>(sandbox: &'sandbox Sandbox, name: &str) -> anyhow::Result<Play<'sandbox>> {
    Ok(sandbox.playbook(name)?.var("org_id", sandbox.cloud.org_id()))
}

fn in_org(sandbox: &Sandbox, path: &str) -> Vec<Value> {
    sandbox.cloud.objects(&format!("orgs/{}/{path}", sandbox.cloud.org_id()))
}

fn named<'a>(objects: &'a [Value], name: &str) -> anyhow::Result<&'a Value> {
    objects.iter().find(|object| object["name"] == name || object["ssid"] == name).with_context(|| name.to_owned())
}

/// Runs it twice. The second run must change nothing.
fn twice(play: Play<'_>) -> anyhow::Result<[Played; 2]> {
    let [first, second] = play.again().each_succeeds()?;
    ensure!(first.changed > 0, "{first}");
    ensure!(second.changed == 0, "the second run changed something: {second}");
    Ok([first, second])
}

fn ten_sites_come_from_a_table(sandbox: &Sandbox) -> anyhow::Result<()> {
    let table = project().join("playbooks/files/sites.csv");
    let play = of_org(sandbox, "Sites-From-CSV_Ansible.yml")?.var("sites_file", &table.display().to_string());
    let [first, second] = twice(play)?;
    let said = |played: &Played| Ok::<_, anyhow::Error>(played.task("Report the result")?.msg().to_owned());
    ensure!(said(&first)?.starts_with("10 site(s): 10 created, 0 changed, 0 unchanged"), "{first}");
    ensure!(said(&second)?.contains("10 unchanged"), "{second}");

    let (sites, groups, templates) =
        (in_org(sandbox, "sites"), in_org(sandbox, "sitegroups"), in_org(sandbox, "rftemplates"));
    ensure!(sites.len() == 15, "five sites existed, and ten are new");
    let site = named(&sites, "Branch 3")?;
    ensure!(site["rftemplate_id"] == named(&templates, "Branch")?["id"], "{site}");
    ensure!(
        site["sitegroup_ids"] == json!([named(&groups, "South")?["id"], named(&groups, "Flagship")?["id"]]),
        "{site}"
    );
    ensure!(site["latlng"] == json!({"lat": 50.1146, "lng": 8.6828}) && site["country_code"] == "DE", "{site}");
    ensure!(site["notes"] == "Goods entrance in the yard, ring twice", "{site}");
    ensure!(named(&sites, "Branch 1")?.get("notes").is_none(), "an empty cell is not declared");
    Ok(())
}

fn administrators_get_one_mail_each(sandbox: &Sandbox) -> anyhow::Result<()> {
    let org_id = sandbox.cloud.org_id();
    let read = json!([{"scope": "org", "role": "read", "org_id": org_id}]);
    sandbox.cloud.add_admin(org_id, json!({"email": "old@example.com", "privileges": read}));
    let [first, _] = twice(of_org(sandbox, "Administrators_Ansible.yml")?.args(&["-e", "only_these=true", "--diff"]))?;
    ensure!(sandbox.cloud.mails() == ["ada@example.com", "bob@example.com"], "{first}");
    let items = first.items("Report each address");
    let reported: Vec<&str> = items.iter().map(|item| item.msg()).collect();
    assert_eq!(
        reported,
        [
            "ada@example.com: invited, now invited",
            "bob@example.com: invited, now invited",
            "old@example.com: removed, now absent"
        ]
    );
    Ok(())
}

fn a_wlan_has_its_passphrase_from_a_variable_and_shows_it_nowhere(sandbox: &Sandbox) -> anyhow::Result<()> {
    let canary = "canary-passphrase-of-the-wlan";
    let secrets = sandbox.scratch().join("wlan-secrets.yml");
    fs::write(&secrets, format!("wlan_psk: {canary}\n"))?;
    let file = format!("@{}", secrets.display());
    let play = |verbosity: &str| -> anyhow::Result<Play<'_>> {
        let arguments = ["-e", file.as_str(), "--diff", verbosity];
        Ok(of_org(sandbox, "WLAN-With-PSK_Ansible.yml")?.args(&arguments))
    };
    let first = play("-v")?.succeeds()?;
    let wlans = in_org(sandbox, "wlans");
    let wlan = named(&wlans, "Branch")?;
    ensure!(wlan["auth"]["psk"] == canary, "{wlan}");
    ensure!(wlan["template_id"] == named(&in_org(sandbox, "templates"), "Branch WLANs")?["id"], "{wlan}");
    let second = play("-vvvv")?.succeeds()?;
    ensure!(first.changed == 2 && second.changed == 0, "{first}\n{second}");
    let leaks = sandbox.leaks(&[canary], &[first, second], &[&secrets])?;
    ensure!(leaks.found().is_empty(), "{:?}", leaks.found());
    of_org(sandbox, "WLAN-With-PSK_Ansible.yml")?.fails().map(drop)
}

fn a_variable_of_a_site_leaves_the_others(sandbox: &Sandbox) -> anyhow::Result<()> {
    let path = format!("sites/{}/setting", sandbox.site_id()?);
    sandbox.cloud.seed(&path, json!({"vars": {"theirs": "{{kept}}"}, "rogue": {"enabled": true}}));
    twice(of_org(sandbox, "Site-Variables_Ansible.yml")?.args(&["-e", r#"{"site": "Site 1"}"#]))?;
    let setting = sandbox.cloud.object(&path);
    let expected = json!({"theirs": "{{kept}}", "branch_ip": "10.1.1.1", "branch_vlan": "110"});
    ensure!(setting["vars"] == expected && setting["rogue"]["enabled"] == true, "{setting}");
    Ok(())
}

fn a_webhook_is_made_and_changed(sandbox: &Sandbox) -> anyhow::Result<()> {
    let canary = "canary-secret-of-the-webhook";
    let play = |url: &str| {
        Ok::<_, anyhow::Error>(
            of_org(sandbox, "Webhook_Ansible.yml")?.var("webhook_url", url).env("WEBHOOK_SECRET", canary),
        )
    };
    let [first, second] = twice(play("https://example.com/1")?)?;
    let third = play("https://example.com/2")?.succeeds()?;
    ensure!(third.changed == 1, "{third}");
    let webhooks = in_org(sandbox, "webhooks");
    let webhook = named(&webhooks, "alarms")?;
    ensure!(webhook["url"] == "https://example.com/2" && webhook["secret"] == canary, "{webhook}");
    let leaks = sandbox.leaks(&[canary], &[first, second, third], &[])?;
    ensure!(leaks.found().is_empty(), "{:?}", leaks.found());
    Ok(())
}

fn templates_are_assigned_by_name(sandbox: &Sandbox) -> anyhow::Result<()> {
    let org = sandbox.cloud.org_id();
    for kind in ["rftemplates", "networktemplates"] {
        sandbox.cloud.seed(&format!("orgs/{org}/{kind}"), json!({"name": "Branch"}));
    }
    let sites = |names: &str| of_org(sandbox, "Assign-Templates_Ansible.yml").map(|play| play.args(&["-e", names]));
    let [first, _] = twice(sites(r#"{"sites": ["Site 1", "Site 2"]}"#)?)?;
    ensure!(first.task("Report the result")?.msg().starts_with("Changed sites: 2 of 2"), "{first}");
    let ids = ["rftemplates", "networktemplates"].map(|kind| in_org(sandbox, kind)[0]["id"].clone());
    let found = in_org(sandbox, "sites");
    let site = named(&found, "Site 2")?;
    ensure!([&site["rftemplate_id"], &site["networktemplate_id"]] == [&ids[0], &ids[1]], "{site}");
    let before = in_org(sandbox, "sites").len();
    sites(r#"{"sites": ["Site 17"]}"#)?.fails()?;
    ensure!(in_org(sandbox, "sites").len() == before, "a site was created");
    Ok(())
}

fn a_backup_is_restored_after_everything_is_gone(sandbox: &Sandbox) -> anyhow::Result<()> {
    let org = sandbox.cloud.org_id();
    remove(sandbox, &["sites", "sitegroups"])?;
    let seed = |kind: &str, fields: Value| json!(sandbox.cloud.seed(&format!("orgs/{org}/{kind}"), fields));
    let template = seed("rftemplates", json!({"name": "Branch", "band_24": {"power": 5}}));
    seed("networks", json!({"name": "users", "subnet": "10.{{branch}}.0.0/24", "vlan_id": 10}));
    seed("wlans", json!({"ssid": "staff", "auth": {"type": "psk", "psk": "canary-of-the-backup"}}));
    sandbox.cloud.seed(&format!("orgs/{org}/setting"), json!({"device_updown_threshold": 7}));
    let site = seed(
        "sites",
        json!({"name": "A/B 100%", "rftemplate_id": template, "notes": "{{not a template of Ansible's}}"}),
    );
    let site_id = site.as_str().unwrap_or_default();
    let site = |kind: &str| format!("sites/{site_id}/{kind}");
    let variables = json!({"branch_ip": "10.7.0.1", "theirs": "{{kept}}"});
    sandbox.cloud.seed(&site("setting"), json!({"vars": variables}));
    sandbox.cloud.seed(&site("wlans"), json!({"ssid": "lobby", "auth": {"type": "psk", "psk": "canary-of-the-lobby"}}));

    let (wanted, backup) = (everything(sandbox), sandbox.scratch().join("backup"));
    let [played, again] = backup_and_restore(sandbox, "Backup_Ansible.yml", &backup)?.again().each_succeeds()?;
    ensure!(again.changed == 0, "the second backup differs: {again}");
    let file = |name: &str| fs::read_to_string(backup.join(name)).with_context(|| name.to_owned());
    ensure!(file("networks.yml")?.contains("10.{{branch}}.0.0/24"), "{}", file("networks.yml")?);
    let of_site = "sites/A%2FB 100%25";
    ensure!(file(&format!("{of_site}/setting.yml"))?.contains("10.7.0.1"), "the variables of the site are missing");
    let mut apart = Vec::new();
    let of_site = format!("{of_site}/wlans.yml");
    for (name, canary) in [("wlans.yml", "canary-of-the-backup"), (&of_site, "canary-of-the-lobby")] {
        ensure!(!file(name)?.contains(canary), "{}", file(name)?);
        apart.push(sandbox.scratch().join("backup-secrets").join(name));
        ensure!(fs::read_to_string(&apart[apart.len() - 1])?.contains(canary), "the secrets are in no file");
        let mode = fs::metadata(&apart[apart.len() - 1])?.permissions().mode() & 0o777;
        ensure!(mode == 0o600, "{mode:o}");
    }
    let apart: Vec<_> = apart.iter().map(PathBuf::as_path).collect();
    let leaks = sandbox.leaks(&["canary-of-the-backup", "canary-of-the-lobby"], &[played], &apart)?;
    ensure!(leaks.found().is_empty(), "{:?}", leaks.found());

    for object in sandbox.cloud.objects(&site("wlans")) {
        ensure!(
            sandbox.cloud.remove_object(&site(&format!("wlans/{}", object["id"].as_str().unwrap_or_default()))),
            ""
        );
    }
    remove(sandbox, &["sites", "wlans", "networks", "rftemplates"])?;
    sandbox.cloud.seed(&format!("orgs/{org}/setting"), json!({"device_updown_threshold": 1}));
    twice(backup_and_restore(sandbox, "Restore_Ansible.yml", &backup)?)?;
    let restored = everything(sandbox);
    ensure!(restored == wanted, "{restored:#?}\n{wanted:#?}");
    ensure!(
        sandbox.cloud.object(&format!("orgs/{org}/setting"))["device_updown_threshold"] == 7,
        "the setting is lost"
    );
    let site = format!("sites/{}", in_org(sandbox, "sites")[0]["id"].as_str().unwrap_or_default());
    ensure!(
        sandbox.cloud.object(&format!("{site}/setting"))["vars"] == variables,
        "the variables of the site are lost"
    );
    let wlans = sandbox.cloud.objects(&format!("{site}/wlans"));
    ensure!(wlans.len() == 1 && wlans[0]["auth"]["psk"] == "canary-of-the-lobby", "{wlans:?}");
    Ok(())
}

fn a_backup_leaves_no_secrets_of_an_earlier_one(sandbox: &Sandbox) -> anyhow::Result<()> {
    let of_wlans = format!("orgs/{}/wlans", sandbox.cloud.org_id());
    let id = sandbox.cloud.seed(&of_wlans, json!({"ssid": "staff", "auth": {"type": "psk", "psk": "an older one"}}));
    let backup = sandbox.scratch().join("backup");
    let only_wlans = ["-e", r#"{"kinds": ["org/wlans"]}"#];
    let play = || backup_and_restore(sandbox, "Backup_Ansible.yml", &backup).map(|play| play.args(&only_wlans));
    play()?.succeeds()?;
    let older = sandbox.scratch().join("backup-secrets/wlans.yml");
    ensure!(older.exists(), "no secrets of an earlier run");

    ensure!(sandbox.cloud.remove_object(&format!("{of_wlans}/{id}")), "{id}");
    sandbox.cloud.seed(&of_wlans, json!({"ssid": "staff", "auth": {"type": "open"}}));
    play()?.succeeds()?;
    ensure!(!older.exists(), "{}", fs::read_to_string(&older)?);
    let restored = backup_and_restore(sandbox, "Restore_Ansible.yml", &backup)?.args(&only_wlans).succeeds()?;
    ensure!(restored.changed == 0, "the backup differs from the cloud: {restored}");
    Ok(())
}

fn differences_are_reported_and_an_organization_is_cloned(sandbox: &Sandbox) -> anyhow::Result<()> {
    let org = sandbox.cloud.org_id();
    sandbox.cloud.seed(&format!("orgs/{org}/rftemplates"), json!({"name": "Branch", "ant_gain_5": 1}));
    let backup = sandbox.scratch().join("backup");
    backup_and_restore(sandbox, "Backup_Ansible.yml", &backup)?.succeeds()?;
    let report = sandbox.scratch().join("drift.json");
    let drift = |fails: &str| -> anyhow::Result<Play<'_>> {
        let play = of_org(sandbox, "Drift-Report_Ansible.yml")?.var("src", &backup.display().to_string());
        Ok(play.var("report", &report.display().to_string()).var("fail_on_drift", fails))
    };
    let reported = || -> anyhow::Result<Value> { Ok(serde_json::from_str(&fs::read_to_string(&report)?)?) };
    drift("true")?.succeeds()?;
    ensure!(reported()? == json!({"objects": [], "unmanaged": [], "drift": false}), "{}", reported()?);

    // The dashboard renames a template, so that the declared one does not exist.
    let id = named(&in_org(sandbox, "rftemplates"), "Branch")?["id"].as_str().unwrap_or_default().to_owned();
    ensure!(sandbox.cloud.remove_object(&format!("orgs/{org}/rftemplates/{id}")), "{id}");
    drift("false")?.succeeds()?;
    drift("true")?.fails()?;
    let objects = reported()?["objects"].clone();
    ensure!(objects[0]["key"] == "Branch" && objects[0]["state"] == "created", "{objects}");
    ensure!(in_org(sandbox, "rftemplates").is_empty(), "the report wrote");

    let environment = sandbox.environment();
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (&**name, &**value)).collect();
    let folder = backup.display().to_string();
    let plan = |more: &[&str]| {
        let arguments: Vec<&str> = ["--plan", "--src", &folder, "--org-id", org].iter().chain(more).copied().collect();
        Module::named("mist_apply")?.run(&arguments, &environment, "")
    };
    let planned = plan(&["--check", "--diff", "--detailed-exitcode"])?;
    ensure!(planned.status == Some(2) && planned.stdout.starts_with("+ rftemplates Branch\n"), "{planned:?}");
    ensure!(plan(&[])?.status == Some(0) && in_org(sandbox, "rftemplates").is_empty(), "the plan wrote");
    ensure!(plan(&["kinds=wlan", "--detailed-exitcode"])?.status == Some(1), "an error is not a difference");

    let clone = || -> anyhow::Result<Play<'_>> {
        let play = sandbox.playbook("Clone-Organization_Ansible.yml")?.var("from_org_id", org).var("to_org_id", org);
        Ok(play.args(&["-e", r#"{"kinds": ["sites", "sitegroups"]}"#]))
    };
    let cloned = clone()?.succeeds()?;
    ensure!(cloned.task("Report the numbers")?.msg().starts_with("0 objects"), "{cloned}");
    Ok(())
}

/// A backup or its restoration, limited to the kinds of the test, because each kind takes a call.
fn backup_and_restore<'sandbox>(
    sandbox: &'sandbox Sandbox,
    name: &str,
    folder: &Path,
) -> anyhow::Result<Play<'sandbox>> {
    let kinds = r#"{"kinds": ["sitegroups", "rftemplates", "networks", "sites", "wlans", "setting"]}"#;
    Ok(of_org(sandbox, name)?.var("backup", &folder.display().to_string()).args(&["-e", kinds]))
}

/// Deletes all objects of these kinds.
fn remove(sandbox: &Sandbox, kinds: &[&str]) -> anyhow::Result<()> {
    for kind in kinds {
        for object in in_org(sandbox, kind) {
            let id = object["id"].as_str().unwrap_or_default();
            let of_org = format!("orgs/{}/{kind}/{id}", sandbox.cloud.org_id());
            let path = if *kind == "sites" { format!("sites/{id}") } else { of_org };
            ensure!(sandbox.cloud.remove_object(&path), "{path}");
        }
    }
    Ok(())
}

/// The objects without the fields of the cloud, with names in place of ids.
fn everything(sandbox: &Sandbox) -> Vec<Value> {
    let names: Vec<(Value, Value)> = ["rftemplates", "sitegroups", "sites"]
        .iter()
        .flat_map(|kind| in_org(sandbox, kind))
        .map(|object| (object["id"].clone(), object["name"].clone()))
        .collect();
    let mut all: Vec<Value> = ["sitegroups", "rftemplates", "networks", "wlans", "sites"]
        .iter()
        .flat_map(|kind| in_org(sandbox, kind))
        .map(|mut object| {
            if let Some(fields) = object.as_object_mut() {
                ["id", "created_time", "modified_time", "site_ids"]
                    .iter()
                    .for_each(|field| drop(fields.remove(*field)));
                fields.values_mut().for_each(|value| with_names(value, &names));
            }
            object
        })
        .collect();
    all.sort_by_key(|object| (object["ssid"].to_string(), object["name"].to_string()));
    all
}

fn with_names(value: &mut Value, names: &[(Value, Value)]) {
    if let Value::Array(items) = value {
        items.iter_mut().for_each(|item| with_names(item, names));
    } else if let Some((_, name)) = names.iter().find(|(id, _)| id == value) {
        *value = name.clone();
    }
}
