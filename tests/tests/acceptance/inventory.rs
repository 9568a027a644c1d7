//! `mist_inventory` in its three forms: the same hosts, groups and variables with every version of Ansible, whatever
//! names the cloud has.

use acceptance::{Module, Ran, Sandbox, library, project};
use anyhow::{Context as _, ensure};
use mist_simulator::{Config, Fault, FaultKind, NewToken, Simulator};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

for_every_ansible!(with the collection: three_forms_list_the_same_and_evaluate_nothing);
for_each_ansible!(with the collection: the_plugin_composes_and_decrypts);
for_the_newest_ansible!(a_task_that_names_the_inventory_fails_with_one_sentence);
for_each_ansible!(switches_of_a_site_group_give_their_facts);

/// In place of the module of the collection junipernetworks.junos: the facts that it would read from the device.
const JUNOS_FACTS: &str = r#"#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule({"gather_subset": {"type": "list", "elements": "str"}}, supports_check_mode=True)
module.exit_json(ansible_facts={"ansible_net_model": "ex4300-48p", "ansible_net_version": "22.4R3-S2.11"})
"#;

/// Texts that Ansible, YAML or a terminal could take for something else. `CANARY` is a file that evaluation creates.
const HOSTILE: [&str; 20] = [
    "{{ lookup('pipe','touch CANARY') }}",
    "{% for x in range(9) %}{{ lookup('pipe','touch CANARY') }}{% endfor %}",
    "{# comment #}",
    "{{ 7 * 7 }}",
    "!unsafe x",
    "a: b",
    "- item",
    "[1, 2]",
    "{\"__ansible_unsafe\": \"x\"}",
    "ansible_connection=local",
    "two\nlines",
    "tab\there\u{7}\u{1b}[31m",
    "all",
    "localhost",
    "type_switch",
    "web[01:50]",
    "!site_Branch_1:&x*",
    "~.*",
    "'single' \"double\" \\ back",
    "\u{202e}evil\u{200b} Ünïcödé 北京",
];

/// A cloud with two sites that share the name of a group, a site group, and more than a hundred devices with hostile texts.
/// Returns the number of devices that are hosts.
fn fleet(sandbox: &Sandbox) -> usize {
    let canary = sandbox.scratch().join("canary").display().to_string();
    let hostile = |number: usize| HOSTILE[number % HOSTILE.len()].replace("CANARY", &canary);
    let org = sandbox.cloud.org_id();
    let (org_path, cloud) = (format!("orgs/{org}"), &sandbox.cloud);
    let east = cloud.seed(&format!("{org_path}/sitegroups"), json!({"name": "East"}));
    let evil = cloud.seed(&format!("{org_path}/sitegroups"), json!({"name": hostile(0)}));
    let site = |name: &str, groups: &[&String]| {
        cloud.seed(&format!("{org_path}/sites"), json!({"name": name, "sitegroup_ids": groups}))
    };
    let mut sites = vec![site("Branch 1", &[&east]), site("Lab 7", &[&east, &evil]), site("Lab-7", &[])];
    sites.extend((0..HOSTILE.len()).map(|number| site(&hostile(number), &[&evil])));
    let profile = cloud.seed(&format!("{org_path}/deviceprofiles"), json!({"name": hostile(3), "type": "switch"}));
    for site in &sites {
        let vars = json!({"{{ 7 * 7 }}": hostile(0), "__ansible_vault": "x", "ansible_connection": hostile(9)});
        cloud.seed(&format!("sites/{site}/setting"), json!({ "vars": vars }));
    }
    let device = |number: usize| {
        let (kind, model) = [("switch", "EX4300-48P"), ("gateway", "SRX320"), ("ap", "AP45")][number % 3];
        let text = hostile(number);
        json!({
            "mac": format!("5c5b35{number:06x}"),
            "type": kind,
            "model": if number % 11 == 10 { text.as_str() } else { model },
            "serial": if number.is_multiple_of(7) { text.clone() } else { format!("S{number}") },
            "name": if number < 10 { format!("{kind}-{number}") } else { text.clone() },
            "site_id": sites[number % sites.len()],
            "deviceprofile_id": if kind == "switch" { json!(profile) } else { Value::Null },
            "connected": !number.is_multiple_of(5),
            "stats": if number.is_multiple_of(13) { Value::Null } else { json!({
                "ip": if number.is_multiple_of(17) { text.clone() } else { format!("10.0.0.{number}") },
                "version": if number.is_multiple_of(19) { text.as_str() } else { "22.4R3-S2.11" },
                "notes": text, "tags": {"environment": [text, {"{% x %}": text, "__ansible_unsafe": text}]},
            }) },
        })
    };
    let count = 110;
    cloud.add_devices(org, (0..count).map(device));
    cloud.add_devices(org, [json!({"mac": "5c5b35ffff01", "name": "unassigned"})]);
    count
}

/// The three forms, each as the argument of `-i`. All of them have the same options.
fn forms(sandbox: &Sandbox) -> anyhow::Result<[String; 3]> {
    let options = "plugin: mist.cloud.mist_inventory\ntypes: [ap, switch, gateway]\ninclude: [stats, site_vars]\n";
    let program = library().join("mist_inventory");
    let file = |name: &str, text: &str, mode: u32| -> anyhow::Result<String> {
        let path = sandbox.scratch().join(name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
        Ok(path.display().to_string())
    };
    file("options.yml", options, 0o644)?;
    // A first line may be 127 bytes long on old kernels, and has one word for the program.
    let link = PathBuf::from(file("program", "", 0o644)?);
    fs::remove_file(&link)?;
    std::os::unix::fs::symlink(&program, &link)?;
    let executable = file("executable.yml", &format!("#!{}\n{options}", link.display()), 0o755)?;
    Ok([program.display().to_string(), executable, file("plugin.yml", &format!("---\n{options}"), 0o644)?])
}

/// Runs several of Ansible's programs in one process, and returns what each printed. None may fail or warn.
fn run_many(sandbox: &Sandbox, jobs: &Value) -> anyhow::Result<(Vec<String>, Vec<acceptance::Task>)> {
    let file = sandbox.scratch().join("jobs.json");
    fs::write(&file, jobs.to_string())?;
    let script = project().join("tests/inventory/run_many.py").display().to_string();
    let played = sandbox
        .command("python", &[&script, &file.display().to_string()])?
        .env("ANSIBLE_INVENTORY_ENABLED", "host_list,script,auto,yaml,ini,toml")
        .env("MIST_ORG_ID", sandbox.cloud.org_id())
        .env("MIST_INVENTORY_CONFIG", &sandbox.scratch().join("options.yml").display().to_string())
        .env("ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED", "true")
        .succeeds()?;
    let ran: Vec<Value> = serde_json::from_str(&played.stdout).with_context(|| format!("{played}"))?;
    let mut printed = Vec::new();
    for run in ran {
        let stdout = run["stdout"].as_str().unwrap_or_default();
        ensure!(run["status"] == 0 && run["stderr"] == "" && !stdout.contains("[WARNING]"), "{run:#}");
        printed.push(stdout.to_owned());
    }
    Ok((printed, played.tasks))
}

/// The output of `ansible-inventory --list`, apart from the order of hosts and children.
fn canonical(printed: &str) -> anyhow::Result<Value> {
    let mut all: Value =
        serde_json::from_str(printed).with_context(|| printed.chars().take(300).collect::<String>())?;
    for (name, group) in all.as_object_mut().context("an object")? {
        if name == "_meta" {
            group.as_object_mut().context("_meta")?.retain(|key, _| key == "hostvars");
            continue;
        }
        for list in ["hosts", "children"] {
            if let Some(list) = group.get_mut(list).and_then(Value::as_array_mut) {
                list.sort_by_key(Value::to_string);
            }
        }
    }
    Ok(all)
}

fn three_forms_list_the_same_and_evaluate_nothing(sandbox: &Sandbox) -> anyhow::Result<()> {
    let count = fleet(sandbox);
    let forms = forms(sandbox)?;
    let names = ["mist_name", "mist_serial", "mist_site", "mist_model"];
    let of_all = |name: &str| format!("groups.all | map('extract', hostvars) | map(attribute='{name}') | list");
    let seen: Vec<String> = names.iter().map(|name| format!("'{name}': {}", of_all(name))).collect();
    let nested =
        "groups.all | map('extract', hostvars) | selectattr('mist_stats', 'defined') | map(attribute='mist_stats')";
    let play = json!([
        {"name": "Intersect", "hosts": "site_Branch_1:&type_switch", "connection": "local", "gather_facts": false,
         "tasks": [{"name": "Host", "ansible.builtin.debug": {"msg": "{{ inventory_hostname }} {{ ansible_network_os }}"}}]},
        {"name": "Evaluate", "hosts": "all", "connection": "local", "gather_facts": false, "tasks": [
            {"name": "Texts", "run_once": true, "ansible.builtin.debug": {"msg": format!("{{{{ {{ {} }} }}}}", seen.join(", "))}},
            {"name": "Nested", "run_once": true, "ansible.builtin.debug": {"msg": format!("{{{{ {nested} | list }}}}")}},
            {"name": "Vars", "run_once": true, "ansible.builtin.debug": {"msg": "{{ mist_site_vars }}"}},
        ]},
    ]);
    let playbook = sandbox.scratch().join("play.json");
    fs::write(&playbook, play.to_string())?;
    let list = |form: &String| json!({"program": "inventory", "arguments": ["-i", form, "--list"]});
    let jobs = json!([
        list(&forms[0]), list(&forms[1]), list(&forms[2]),
        {"program": "inventory", "arguments": ["-i", forms[0], "--graph"]},
        {"program": "playbook", "arguments": ["-i", forms[1], playbook]},
    ]);
    let (printed, tasks) = run_many(sandbox, &jobs)?;

    let listed = canonical(&printed[0])?;
    for other in &printed[1..3] {
        let other = canonical(other)?;
        ensure!(listed == other, "the forms differ:\n{listed}\n{other}");
    }
    let hosts = listed["_meta"]["hostvars"].as_object().context("hostvars")?;
    assert_eq!(hosts.len(), count, "devices are lost");
    let groups: BTreeSet<&str> = listed.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    for group in ["site_Branch_1", "sitegroup_East", "type_ap", "model_EX4300_48P", "version_22_4R3_S2_11", "connected"]
    {
        ensure!(groups.contains(group), "no group {group} in {groups:?}");
    }
    let labs: Vec<&&str> = groups.iter().filter(|name| name.starts_with("site_Lab_7")).collect();
    ensure!(labs.len() == 2 && labs.iter().all(|name| name.len() == "site_Lab_7_123456".len()), "{labs:?}");
    ensure!(printed[3].contains("|--@sitegroup_East:\n  |  |--@site_Branch_1:\n"), "{}", printed[3]);

    let of_task =
        |name: &str| tasks.iter().filter(|task| task.name == name).map(|task| &task.result["msg"]).collect::<Vec<_>>();
    // Devices 0, 23, 46, 69 and 92 are in Branch 1, every third is a switch.
    let hosts: BTreeSet<&str> = of_task("Host").into_iter().filter_map(Value::as_str).collect();
    assert_eq!(
        hosts,
        ["5c5b35000045", "switch-0"]
            .map(|name| format!("{name} junipernetworks.junos.junos"))
            .iter()
            .map(String::as_str)
            .collect()
    );
    let texts = of_task("Texts")[0];
    let rows = sandbox.cloud.requests();
    ensure!(rows.iter().all(|request| request.method == "GET"), "the inventory wrote something");
    let expected: BTreeSet<String> = HOSTILE
        .iter()
        .map(|text| text.replace("CANARY", &sandbox.scratch().join("canary").display().to_string()))
        .collect();
    for name in ["mist_name", "mist_site"] {
        let seen: BTreeSet<String> =
            texts[name].as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect();
        let lost: Vec<&String> = expected.difference(&seen).collect();
        ensure!(lost.is_empty(), "{name}: changed or lost: {lost:?}");
    }
    let nested = of_task("Nested")[0].to_string();
    ensure!(nested.contains("lookup('pipe','touch") && nested.contains("mist__ansible_unsafe"), "{nested}");
    ensure!(of_task("Vars")[0]["mist__ansible_vault"] == "x", "{:?}", of_task("Vars"));
    ensure!(!sandbox.scratch().join("canary").exists(), "a text was evaluated");
    Ok(())
}

/// Features of the plugin alone: expressions, groups by them, a cache, an encrypted token.
fn the_plugin_composes_and_decrypts(sandbox: &Sandbox) -> anyhow::Result<()> {
    sandbox.cloud.add_fleet(sandbox.cloud.org_id(), 6, 500);
    let password = sandbox.scratch().join("password");
    fs::write(&password, "vault")?;
    let token = sandbox.cloud.api_token();
    let vault = sandbox
        .command("ansible-vault", &["encrypt_string", "--vault-password-file", &password.display().to_string(), token])?
        .succeeds()?;
    let encrypted = vault.stdout.replace('\n', "\n  ");
    let options = |token: &str| {
        format!(
            "plugin: mist.cloud.mist_inventory\nhost: {}\nca_path: {}\napi_token: {token}\norg_id: {}\nstrict: true\n\
             compose:\n  here: mist_site ~ '!'\ngroups:\n  ex: mist_model is match('EX')\n\
             keyed_groups:\n  - key: mist_model\n    prefix: keyed\ncache: true\ncache_plugin: jsonfile\n\
             cache_connection: {}\n",
            sandbox.cloud.url(),
            sandbox.cloud.ca_path().display(),
            sandbox.cloud.org_id(),
            sandbox.scratch().join("cache").display(),
        )
    };
    let (encrypted_file, plain_file) = (sandbox.scratch().join("mist.yml"), sandbox.scratch().join("plain.yml"));
    fs::write(&encrypted_file, options(&encrypted))?;
    fs::write(&plain_file, options(token))?;
    let list = |file: &PathBuf| {
        let file = file.display().to_string();
        let arguments = ["-i", &file, "--list", "--vault-password-file", &password.display().to_string()];
        let run = sandbox.command("ansible-inventory", &arguments)?.without("MIST_API_TOKEN").without("MIST_HOST");
        run.env("ANSIBLE_INVENTORY_ENABLED", "auto").env("ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED", "true").run()
    };
    let first = list(&encrypted_file)?;
    ensure!(first.status == Some(0) && first.stderr.is_empty(), "{first}");
    let listed: Value = serde_json::from_str(&first.stdout)?;
    assert_eq!(listed["ex"]["hosts"], json!(["switch-00000", "switch-00005"]));
    assert_eq!(listed["keyed_EX4300_48P"]["hosts"], json!(["switch-00000", "switch-00005"]));
    ensure!(listed["_meta"]["hostvars"]["switch-00000"]["here"].to_string().contains("Site 1!"), "{listed}");
    let asked = sandbox.cloud.requests().len();
    let second = list(&encrypted_file)?;
    assert_eq!((second.stdout, sandbox.cloud.requests().len()), (first.stdout, asked), "the cache was not used");
    let refused = list(&plain_file)?;
    ensure!(refused.status != Some(0) && refused.stderr.contains("api_token: not encrypted"), "{refused}");
    Ok(())
}

fn a_task_that_names_the_inventory_fails_with_one_sentence(sandbox: &Sandbox) -> anyhow::Result<()> {
    let played = sandbox.tasks(&[json!({"name": "Mistake", "mist_inventory": {}})])?.fails()?;
    ensure!(played.task("Mistake")?.msg().contains("is an inventory, not a module"), "{played}");
    Ok(())
}

fn switches_of_a_site_group_give_their_facts(sandbox: &Sandbox) -> anyhow::Result<()> {
    let org = sandbox.cloud.org_id();
    let group = sandbox.cloud.seed(&format!("orgs/{org}/sitegroups"), json!({"name": "East"}));
    let site = sandbox.cloud.seed(&format!("orgs/{org}/sites"), json!({"name": "Branch", "sitegroup_ids": [group]}));
    let device = |number: usize, kind: &str, connected: bool, version: &str| {
        json!({"mac": format!("5c5b36{number:06x}"), "name": format!("dev-{number}"), "type": kind, "site_id": site,
               "connected": connected, "stats": {"ip": "127.0.0.1", "version": version}})
    };
    sandbox.cloud.add_devices(
        org,
        [
            device(1, "switch", true, "22.4R3-S2.11"),
            device(2, "switch", true, "21.1R1"),
            device(3, "switch", false, ""),
            device(4, "gateway", true, ""),
        ],
    );
    sandbox.cloud.add_fleet(org, 3, 500);
    let modules = sandbox.scratch().join("collections/ansible_collections/junipernetworks/junos/plugins/modules");
    fs::create_dir_all(&modules)?;
    fs::write(modules.join("junos_facts.py"), JUNOS_FACTS)?;
    let played = sandbox
        .playbook("Switch-Facts_Ansible.yml")?
        .args(&["-i", &library().join("mist_inventory").display().to_string(), "-e", "ansible_connection=local"])
        .env("ANSIBLE_INVENTORY_ENABLED", "script")
        .env("ANSIBLE_COLLECTIONS_PATH", &sandbox.scratch().join("collections").display().to_string())
        .env("MIST_ORG_ID", org)
        .succeeds()?;
    let shown: BTreeSet<&str> =
        played.tasks.iter().filter(|task| task.name == "Show the facts").map(acceptance::Task::msg).collect();
    let expected = [
        "dev-1 in Branch is a ex4300-48p with 22.4R3-S2.11",
        "dev-2 in Branch is a ex4300-48p with 22.4R3-S2.11, but Mist reports 21.1R1",
    ];
    assert_eq!(shown, expected.into_iter().collect(), "{played}");
    Ok(())
}

/// The executable, run as Ansible runs it.
struct Program<'a> {
    cloud: &'a Simulator,
    home: tempfile::TempDir,
}

impl<'a> Program<'a> {
    fn new(cloud: &'a Simulator) -> anyhow::Result<Self> {
        Ok(Self { cloud, home: tempfile::tempdir()? })
    }

    fn list(&self, environment: &[(&str, &str)]) -> anyhow::Result<Ran> {
        self.run(&["--list"], environment)
    }

    fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> anyhow::Result<Ran> {
        let (url, ca) = (self.cloud.url(), self.cloud.ca_path().display().to_string());
        let home = self.home.path().display().to_string();
        let mut all = vec![
            ("HOME", home.as_str()),
            ("MIST_HOST", &url),
            ("MIST_API_TOKEN", self.cloud.api_token()),
            ("SSL_CERT_FILE", &ca),
            ("MIST_INVENTORY_MAX_WAIT", "0"),
        ];
        all.retain(|(name, _)| environment.iter().all(|(other, _)| other != name));
        all.extend(environment);
        Module::named("mist_inventory")?.run(arguments, &all, "")
    }

    /// The one line on standard error of a run that fails.
    fn fails(&self, environment: &[(&str, &str)]) -> anyhow::Result<String> {
        let ran = self.list(environment)?;
        let is_one_line = ran.stderr.ends_with('\n') && ran.stderr.lines().count() == 1;
        ensure!(ran.status == Some(1) && ran.stdout.is_empty() && is_one_line, "{environment:?}: {ran:?}");
        Ok(ran.stderr)
    }
}

fn status(status: u16) -> FaultKind {
    FaultKind::Status { status, body: r#"{"detail": "refused"}"#.to_owned(), headers: Default::default() }
}

#[test]
fn the_plugin_of_the_collection_is_what_the_executable_prints() -> anyhow::Result<()> {
    let printed = Module::named("mist_inventory")?.run(&["--plugin"], &[], "")?;
    let kept = fs::read_to_string(project().join("collection/plugins/inventory/mist_inventory.py"))?;
    ensure!(printed.stdout == kept, "collection/plugins/inventory/mist_inventory.py is old: run make");
    let help = Module::named("mist_inventory")?.run(&["--help"], &[], "")?;
    ensure!(help.status == Some(0) && help.stdout.contains("MIST_INVENTORY_SITEGROUPS"), "{help:?}");
    Ok(())
}

#[test]
fn an_inventory_takes_few_requests_little_memory_and_the_same_bytes_every_time() -> anyhow::Result<()> {
    for (count, stats_bytes, most, mebibytes) in [(1_000, 5_000, 8, 32), (10_000, 1_000, 35, 32)] {
        let cloud =
            Simulator::start(Config { devices: count, device_stats: stats_bytes, sites: 50, ..Config::default() })?;
        let program = Program::new(&cloud)?;
        let types = ("MIST_INVENTORY_TYPES", "ap,switch,gateway");
        let first = program.list(&[types, ("MIST_INVENTORY_ORG", "Org 1")])?;
        ensure!(first.status == Some(0) && first.stderr.is_empty(), "{}", first.stderr);
        let asked = cloud.requests().len();
        ensure!(asked <= most, "{count} devices took {asked} requests");
        let hosts = first.result()?["_meta"]["hostvars"].as_object().map(serde_json::Map::len);
        assert_eq!(hosts, Some(count));
        // The limit is on data: heap and stacks of all threads.
        let limited = std::process::Command::new("sh")
            .args(["-c", "ulimit -d \"$1\" && exec \"$2\" --list", "sh"])
            .arg((mebibytes * 1024).to_string())
            .arg(library().join("mist_inventory"))
            .env_clear()
            .envs([("MIST_HOST", cloud.url()), ("MIST_API_TOKEN", cloud.api_token().to_owned())])
            .envs([
                ("SSL_CERT_FILE", cloud.ca_path().display().to_string()),
                ("MIST_ORG_ID", cloud.org_id().to_owned()),
            ])
            .env(types.0, types.1)
            .output()?;
        ensure!(limited.status.success(), "{count} devices take more than {mebibytes} MiB: {:?}", limited.status);
        ensure!(limited.stdout == first.stdout.as_bytes(), "other bytes in another run");
    }
    Ok(())
}

#[test]
fn a_failure_prints_nothing_on_standard_output_and_one_line_on_standard_error() -> anyhow::Result<()> {
    let cloud = Simulator::start(Config { orgs: 2, devices: 5, ..Config::default() })?;
    let program = Program::new(&cloud)?;
    let org = ("MIST_ORG_ID", cloud.org_id());
    let elsewhere = NewToken {
        privileges: vec![json!({"scope": "org", "org_id": cloud.org_id(), "role": "read"})],
        ..NewToken::named("read")
    };
    let (_, own) = cloud.add_org_token(cloud.org_id(), elsewhere);
    let other_org = cloud.orgs()[1].0.clone();
    for (environment, words) in [
        (vec![], "org_id: required. Set org_id, org or orgs"),
        (vec![("MIST_API_TOKEN", "")], "api_token"),
        (vec![("MIST_API_TOKEN", "unknown-token-of-nobody"), org], "401"),
        (vec![("MIST_API_TOKEN", own.as_str()), ("MIST_ORG_ID", &other_org)], "403"),
        (
            vec![org, ("MIST_INVENTORY_SITES", "Site 1,Site x")],
            "sites: no site named 'Site x' exists. Close to it: 'Site 1'",
        ),
        (vec![org, ("MIST_INVENTORY_SITEGROUPS", "Nowhere")], "sitegroups: no site group named 'Nowhere'"),
        (vec![("MIST_INVENTORY_ORGS", "Org 1,Orgx")], "orgs: no organization named 'Orgx'"),
        (vec![("MIST_INVENTORY_ORG", "Org 9")], "organization named 'Org 9'"),
        (vec![org, ("MIST_INVENTORY_TYPES", "router")], "types"),
        (vec![org, ("MIST_INVENTORY_CONFIG", "/nowhere.yml")], "'/nowhere.yml' "),
        (
            vec![org, ("MIST_INVENTORY_API_TOKEN_FILE", "/nowhere"), ("MIST_API_TOKEN", "")],
            "api_token_file: '/nowhere'",
        ),
    ] {
        let line = program.fails(&environment)?;
        ensure!(line.starts_with("mist_inventory: ") && line.contains(words), "{environment:?}: {line}");
        ensure!(!line.contains(cloud.api_token()) && !line.contains("unknown-token"), "{line}");
    }
    // The only organization of an organization token, also where the cloud does not name it.
    assert_eq!(program.list(&[("MIST_API_TOKEN", own.as_str())])?.status, Some(0));
    let without = ["/privileges/0/name", "/privileges/0/org_name"].map(str::to_owned).to_vec();
    let unnamed = FaultKind::Altered { fields: Default::default(), without, headers: Default::default() };
    cloud.fault(Fault::new(unnamed).path("/api/v1/self").times(1));
    assert_eq!(program.list(&[("MIST_API_TOKEN", own.as_str())])?.status, Some(0));
    // One organization of two, late in its pages.
    let all = [("MIST_INVENTORY_ORGS", "all")];
    assert_eq!(program.list(&all)?.status, Some(0));
    for (kind, times) in [
        (status(500), 1),
        (FaultKind::CutBefore, 9),
        (status(403), 1),
        (FaultKind::TruncatedBody, 9),
        (FaultKind::WrongShape, 1),
    ] {
        let path = format!("/api/v1/orgs/{other_org}/stats/devices");
        cloud.fault(Fault::new(kind).path(&path).times(times));
        program.fails(&all)?;
        cloud.clear_faults();
    }
    Ok(())
}

#[test]
fn configurations_are_included_without_their_secrets() -> anyhow::Result<()> {
    let cloud = Simulator::start(Config::default())?;
    let site = cloud.sites()[0]["id"].as_str().context("a site")?.to_owned();
    let config = json!({
        "role": "access", "notes": "{{ x }}",
        "switch_mgmt": {"root_password": "s3cret", "local_accounts": {"ops": {"password": "s3cret"}}},
        "bgp_config": {"wan": {"auth_key": "s3cret"}}, "radius_config": {"auth_servers": [{"secret": "s3cret"}]},
    });
    cloud
        .add_devices(cloud.org_id(), [json!({"mac": "5c5b35000001", "name": "sw", "site_id": site, "config": config})]);
    cloud.seed(&format!("sites/{site}/setting"), json!({"vars": {"vlan": "{{ 7 }}"}}));
    let program = Program::new(&cloud)?;
    let keyed = r#"[{"field": "mist_role", "prefix": "role"}]"#;
    let ran = program.list(&[
        ("MIST_ORG_ID", cloud.org_id()),
        ("MIST_INVENTORY_INCLUDE", "config,site_vars"),
        ("MIST_INVENTORY_KEYED_GROUPS", keyed),
        ("MIST_INVENTORY_WHERE", r#"{"config.switch_mgmt.root_password": "*"}"#),
    ])?;
    let listed = ran.result().with_context(|| ran.stderr.clone())?;
    assert_eq!(listed["role_access"]["hosts"], json!(["sw"]));
    let host = &listed["_meta"]["hostvars"]["sw"];
    assert_eq!(host["mist_role"], json!({"__ansible_unsafe": "access"}));
    assert_eq!(host["mist_config"]["notes"], json!({"__ansible_unsafe": "{{ x }}"}));
    assert_eq!(host["mist_site_vars"], json!({"vlan": {"__ansible_unsafe": "{{ 7 }}"}}));
    ensure!(!ran.stdout.contains("s3cret"), "{}", ran.stdout);
    Ok(())
}

#[test]
fn a_cached_inventory_needs_no_request_and_a_stale_one_is_served_on_request_alone() -> anyhow::Result<()> {
    let cloud = Simulator::start(Config { devices: 5, ..Config::default() })?;
    let program = Program::new(&cloud)?;
    let (org, cache) = (("MIST_ORG_ID", cloud.org_id()), ("MIST_INVENTORY_CACHE", "true"));
    let stale = ("MIST_INVENTORY_SERVE_STALE", "true");
    let first = program.list(&[org, cache])?.stdout;
    cloud.clear_requests();
    assert_eq!(program.list(&[org, cache])?.stdout, first);
    let host: Value = serde_json::from_str(&program.run(&["--host", "switch-00000"], &[org, cache])?.stdout)?;
    ensure!(host["mist_mac"]["__ansible_unsafe"] == "5c5b35000000", "{host}");
    assert_eq!(cloud.requests().len(), 0);
    program.list(&[org, cache, ("MIST_INVENTORY_CACHE_TIMEOUT", "0")])?;
    ensure!(!cloud.requests().is_empty(), "a cache of no time answered");

    let fresh = program.list(&[org, stale])?;
    ensure!(fresh.status == Some(0) && fresh.stderr.is_empty(), "{fresh:?}");
    let away = |times| cloud.fault(Fault::new(status(503)).path("/api/v1/orgs/*").times(times));
    away(99);
    let served = program.list(&[org, stale])?;
    let all = served.result()?;
    ensure!(served.status == Some(0) && all["all"]["vars"]["mist_inventory_stale_seconds"].is_u64(), "{served:?}");
    assert_eq!(all["_meta"], fresh.result()?["_meta"]);
    ensure!(served.stderr.lines().count() == 1 && served.stderr.contains("warning"), "{}", served.stderr);
    program.fails(&[org])?;
    cloud.clear_faults();
    // A refusal is not an outage.
    cloud.fault(Fault::new(status(403)).path("/api/v1/orgs/*").times(99));
    program.fails(&[org, stale])?;
    Ok(())
}
