//! Names in the cloud that Ansible must not evaluate. Every playbook works with them and leaves them unchanged.

use acceptance::{Play, Sandbox};
use anyhow::{Context as _, ensure};
use mist_simulator::{NewToken, Owner};
use serde_json::{Value, json};
use std::fs;

for_every_ansible!(every_playbook_takes_hostile_names_as_text);

/// This version converts a text such as `['a']` or `True` to a value.
mod oldest {
    use super::*;
    for_versions!(new [ansible_2_14 "2.14"] [a_backup_keeps_sites_apart_whatever_their_names]);
}

/// Creates the file `canary` in the home directory when Ansible evaluates it.
const LOOKUP: &str = "{{ lookup('pipe', 'cd; touch canary') }}";

/// The same with other syntax of Jinja, YAML, JSON and paths.
const MIXED: &str = "../{% raw %}{# 'q' \"d\" \\\n%2F{% endraw %}{{ lookup('pipe', 'cd; touch canary') }}#}";

/// The same with a statement, in 300 characters.
fn long() -> String {
    let statement = "{% set x = lookup('pipe', 'cd; touch canary') %}";
    let name = format!("{MIXED}{}", statement.repeat(6));
    name.chars().take(299).chain(std::iter::once('.')).collect()
}

fn every_playbook_takes_hostile_names_as_text(sandbox: &Sandbox) -> anyhow::Result<()> {
    let cloud = Cloud::with_hostile_names(sandbox)?;
    let variables = cloud.variables()?;
    let variables = format!("@{}", variables.display());

    let playbooks = [
        "Create-API-Token_Ansible.yml",
        "Use-API-Token_Ansible.yml",
        "Rotate-API-Token_Ansible.yml",
        "List-API-Token_Ansible.yml",
        "Revoke-Leaked-Token_Ansible.yml",
        "Delete-API-Token_Ansible.yml",
        "First-API-Token_Ansible.yml",
        "Project-Tokens_Ansible.yml",
        "Sites-From-CSV_Ansible.yml",
        "Assign-Templates_Ansible.yml",
        "Site-Variables_Ansible.yml",
        "WLAN-With-PSK_Ansible.yml",
        "Webhook_Ansible.yml",
    ];
    let everything = sandbox.playbooks(&playbooks)?.args(&["-e", &variables, "-v", "--diff"]).succeeds()?;
    cloud.nothing_was_evaluated()?;
    ensure!(everything.printed().contains("lookup('pipe'"), "no name was printed: {everything}");
    cloud.names_are_intact()?;
    ensure!(sandbox.tokens_named(LOOKUP, true).len() == 1, "the project has no token of its name");
    ensure!(sandbox.tokens_named(LOOKUP, false).len() == 1, "the account has no token of this name");

    let before = cloud.everything()?;
    cloud.backup_or_restore("Backup_Ansible.yml")?.succeeds()?;
    cloud.nothing_was_evaluated()?;
    cloud.remove_everything()?;
    cloud.backup_or_restore("Restore_Ansible.yml")?.succeeds()?;
    cloud.nothing_was_evaluated()?;
    assert_eq!(cloud.everything()?, before);
    Ok(())
}

fn a_backup_keeps_sites_apart_whatever_their_names(sandbox: &Sandbox) -> anyhow::Result<()> {
    let cloud = Cloud { sandbox, leaked_key: String::new(), sites: Vec::new() };
    cloud.remove_everything()?;
    let org = sandbox.cloud.org_id();
    let backup = sandbox.scratch().join("backup");
    let seed = |name: &str| {
        let id = sandbox.cloud.seed(&format!("orgs/{org}/sites"), json!({"name": name}));
        sandbox.cloud.seed(&format!("sites/{id}/setting"), json!({"vars": {"id": id}}));
        id
    };
    let names = [LOOKUP, LOOKUP, "CON", "con", "['a']", "A/B 100%", "True"];
    let ids = names.map(seed);
    let play = |name: &str| -> anyhow::Result<Play<'_>> {
        let kinds = r#"{"kinds": ["sites", "site/setting"], "with_secrets": false}"#;
        let play = sandbox.playbook(name)?.var("org_id", org).var("backup", &backup.display().to_string());
        Ok(play.args(&["-e", kinds]))
    };
    let [_, again] = play("Backup_Ansible.yml")?.again().each_succeeds()?;
    ensure!(again.changed == 0, "{again}");
    cloud.remove_everything()?;
    let checked = play("Restore_Ansible.yml")?.args(&["--check"]).succeeds()?;
    ensure!(checked.changed == 1, "{checked}");
    play("Restore_Ansible.yml")?.succeeds()?;
    // Two sites of one name keep two settings.
    let mut wanted: Vec<(String, String)> = names.into_iter().map(str::to_owned).zip(ids).collect();
    let setting = |site: &Value| sandbox.cloud.object(&format!("sites/{}/setting", text(&site["id"])));
    let of = |site: &Value| (text(&site["name"]).to_owned(), text(&setting(site)["vars"]["id"]).to_owned());
    let mut found: Vec<(String, String)> = sandbox.cloud.sites().iter().map(of).collect();
    wanted.sort();
    found.sort();
    assert_eq!(found, wanted);
    cloud.nothing_was_evaluated()
}

/// An organization in which all objects have hostile names.
struct Cloud<'sandbox> {
    sandbox: &'sandbox Sandbox,
    leaked_key: String,
    sites: Vec<String>,
}

impl<'sandbox> Cloud<'sandbox> {
    fn with_hostile_names(sandbox: &'sandbox Sandbox) -> anyhow::Result<Self> {
        let org = sandbox.cloud.org_id();
        let cloud = Self { sandbox, leaked_key: "a".repeat(40), sites: vec![LOOKUP.to_owned(), long()] };
        cloud.remove_everything()?;
        for name in &cloud.sites {
            let id = sandbox.cloud.seed(&format!("orgs/{org}/sites"), json!({"name": name, "notes": MIXED}));
            let setting = json!({"vars": {"hostile": LOOKUP, "mixed": MIXED}});
            sandbox.cloud.seed(&format!("sites/{id}/setting"), setting);
        }
        for kind in ["rftemplates", "networktemplates"] {
            sandbox.cloud.seed(&format!("orgs/{org}/{kind}"), json!({"name": LOOKUP}));
        }
        let wlan = json!({"ssid": MIXED, "auth": {"type": "psk", "psk": LOOKUP}});
        sandbox.cloud.seed(&format!("orgs/{org}/wlans"), wlan);
        sandbox.cloud.seed(&format!("orgs/{org}/webhooks"), json!({"name": MIXED, "url": "https://example.com/{{x}}"}));
        for name in [MIXED, &long()] {
            sandbox.cloud.add_tokens(&Owner::Org(org.to_owned()), [NewToken::named(name)]);
        }
        let leaked = NewToken { key: Some(cloud.leaked_key.clone()), ..NewToken::named(MIXED) };
        sandbox.cloud.add_tokens(&Owner::Org(org.to_owned()), [leaked]);
        Ok(cloud)
    }

    /// A file of extra variables for all playbooks, with the mark that results of modules have: Ansible must not evaluate them.
    fn variables(&self) -> anyhow::Result<std::path::PathBuf> {
        let text = |text: &str| format!("!unsafe {}", json!(text));
        let sites: Vec<String> = self.sites.iter().map(|name| text(name)).collect();
        let table = self.sandbox.scratch().join("sites.csv");
        let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let rows = self.sites.iter().map(|name| format!("{},{}\n", cell(name), cell(MIXED)));
        fs::write(&table, format!("name,notes\n{}", rows.collect::<String>()))?;
        let site_id = self.sandbox.cloud.sites()[0]["id"].clone();
        let lines = [
            format!("org_id: {}", self.sandbox.cloud.org_id()),
            format!("site_id: {site_id}"),
            format!("token_name: {}", text(LOOKUP)),
            format!("leaked_key: {}", self.leaked_key),
            "username: admin@example.com".to_owned(),
            format!("password: {}", json!(mist_simulator::Config::default().password)),
            "two_factor: ''".to_owned(),
            format!(
                "projects: [{{name: {}, recreate: state_change, privileges: [{{role: read, site: {}}}]}}]",
                text(LOOKUP),
                text(&long())
            ),
            format!("sites_file: {}", table.display()),
            format!("sites: [{}]", sites.join(", ")),
            format!("rftemplate: {}", text(LOOKUP)),
            format!("networktemplate: {}", text(LOOKUP)),
            format!("site: {}", text(&long())),
            format!("site_variables: {{hostile: {}, mixed: {}}}", text(LOOKUP), text(MIXED)),
            format!("ssid: {}", text(LOOKUP)),
            format!("wlan_psk: {}", text(LOOKUP)),
            format!("webhook_name: {}", text(LOOKUP)),
            format!("webhook_url: {}", text("https://example.com/{{ 1 + 1 }}")),
        ];
        let path = self.sandbox.scratch().join("hostile.yml");
        fs::write(&path, lines.join("\n"))?;
        Ok(path)
    }

    fn backup_or_restore(&self, name: &str) -> anyhow::Result<Play<'sandbox>> {
        let folder = self.sandbox.scratch().join("backup").display().to_string();
        let kinds = r#"{"kinds": ["rftemplates", "sites", "org/wlans", "org/webhooks", "site/setting"]}"#;
        let play = self.sandbox.playbook(name)?.var("org_id", self.sandbox.cloud.org_id()).var("backup", &folder);
        Ok(play.args(&["-e", kinds, "--diff"]))
    }

    fn nothing_was_evaluated(&self) -> anyhow::Result<()> {
        let canary = self.sandbox.home().join("canary");
        ensure!(!canary.exists(), "Ansible evaluated a name");
        Ok(())
    }

    fn names_are_intact(&self) -> anyhow::Result<()> {
        let sites = self.sandbox.cloud.sites();
        for name in &self.sites {
            let found = sites.iter().filter(|site| site["name"] == *name).collect::<Vec<_>>();
            ensure!(found.len() == 1, "{} sites are named {name:?}", found.len());
            ensure!(found[0]["notes"] == MIXED, "{:?}", found[0]);
        }
        let wlans = self.objects("wlans");
        let wlan = wlans.iter().find(|wlan| wlan["ssid"] == LOOKUP).context("the WLAN has another SSID")?;
        ensure!(wlan["auth"]["psk"] == LOOKUP, "{wlan}");
        let webhooks = self.objects("webhooks");
        let webhook = webhooks.iter().find(|webhook| webhook["name"] == LOOKUP).context("no such webhook")?;
        ensure!(webhook["url"] == "https://example.com/{{ 1 + 1 }}", "{webhook}");
        let site = sites.iter().find(|site| site["name"] == long()).context("no such site")?;
        let setting = self.sandbox.cloud.object(&format!("sites/{}/setting", text(&site["id"])));
        ensure!(setting["vars"] == json!({"hostile": LOOKUP, "mixed": MIXED}), "{setting}");
        Ok(())
    }

    fn objects(&self, kind: &str) -> Vec<Value> {
        self.sandbox.cloud.objects(&format!("orgs/{}/{kind}", self.sandbox.cloud.org_id()))
    }

    /// The objects of the backup, with names in place of ids.
    fn everything(&self) -> anyhow::Result<Vec<Value>> {
        let mut all = Vec::new();
        for kind in ["rftemplates", "wlans", "webhooks", "sites"] {
            for object in self.objects(kind) {
                let mut fields = serde_json::Map::new();
                for name in ["name", "ssid", "notes", "auth", "url"] {
                    fields.insert(name.to_owned(), object[name].clone());
                }
                if kind == "sites" {
                    let setting = self.sandbox.cloud.object(&format!("sites/{}/setting", text(&object["id"])));
                    fields.insert("vars".to_owned(), setting["vars"].clone());
                    let templates = self.objects("rftemplates");
                    let template = templates.iter().find(|template| template["id"] == object["rftemplate_id"]);
                    fields.insert("rftemplate".to_owned(), template.context("a template")?["name"].clone());
                }
                all.push(Value::Object(fields));
            }
        }
        all.sort_by_key(ToString::to_string);
        Ok(all)
    }

    fn remove_everything(&self) -> anyhow::Result<()> {
        for kind in ["sites", "wlans", "webhooks", "rftemplates"] {
            for object in self.objects(kind) {
                let org = self.sandbox.cloud.org_id();
                let path = match kind {
                    "sites" => format!("sites/{}", text(&object["id"])),
                    _ => format!("orgs/{org}/{kind}/{}", text(&object["id"])),
                };
                ensure!(self.sandbox.cloud.remove_object(&path), "{path}");
            }
        }
        Ok(())
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
