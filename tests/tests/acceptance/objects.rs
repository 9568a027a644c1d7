//! Objects with real `ansible-playbook`: files are read byte for byte, check mode predicts the run, and a terminal shows the
//! progress.

use acceptance::{Module, Sandbox};
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

for_each_ansible!(
    what_is_not_jinjas_arrives_byte_for_byte_from_files,
    check_mode_foretells_what_a_set_does,
    templates_have_the_types_of_the_document,
);

/// Syntax of Mist, Jinja and YAML.
const TEXT: &str = r"{{branch_ip}} {% raw %}{{ x }}{% endraw %} {# no #} \d+\\ \n %7B 'q' é";

fn notes(sandbox: &Sandbox, name: &str) -> anyhow::Result<Value> {
    let sites = sandbox.cloud.objects(&format!("orgs/{}/sites", sandbox.cloud.org_id()));
    let site = sites.into_iter().find(|site| site["name"] == name).with_context(|| format!("there is no {name}"))?;
    Ok(site["notes"].clone())
}

fn what_is_not_jinjas_arrives_byte_for_byte_from_files(sandbox: &Sandbox) -> anyhow::Result<()> {
    let org_id = sandbox.cloud.org_id();
    let quoted = TEXT.replace('\'', "''");
    let doubled = TEXT.replace('"', "\"\"");
    let files = [
        ("mist_object", "one.json", json!({"name": "one", "notes": TEXT}).to_string()),
        ("mist_object", "two.yml", format!("name: two\nnotes: '{quoted}'\n")),
        ("mist_object", "three.yaml", format!("name: three\nnotes: |-\n  {TEXT}\n")),
        ("mist_objects", "four.csv", format!("name,notes\nfour,\"{doubled}\"\n")),
        ("mist_objects", "five.json", json!([{"name": "five", "notes": TEXT}]).to_string()),
        ("mist_objects", "six.yml", format!("- name: six\n  notes: '{quoted}'\n")),
    ];
    let mut tasks = Vec::new();
    for (module, file, content) in &files {
        let path = sandbox.scratch().join(file);
        fs::write(&path, content)?;
        tasks.push(json!({"name": file, *module: {"org_id": org_id, "type": "sites", "src": path}}));
    }
    let [first, second] = sandbox.tasks(&tasks)?.again().each_succeeds()?;
    assert_eq!(usize::try_from(first.changed)?, files.len(), "{first}");
    ensure!(second.changed == 0, "a second run changed something: {second}");
    for (_, file, _) in &files {
        let name = file.split('.').next().unwrap_or_default();
        assert_eq!(notes(sandbox, name)?, TEXT, "{file}");
    }
    Ok(())
}

/// Versions of Ansible differ in the types of templates, in `omit` inside of a value, and in JSON as text.
fn templates_have_the_types_of_the_document(sandbox: &Sandbox) -> anyhow::Result<()> {
    let org_id = sandbox.cloud.org_id();
    let of = |kind: &str, object: Value| json!({"org_id": org_id, "type": kind, "object": object});
    let tasks = [
        json!({"name": "WLAN", "vars": {"idle": 1900, "on": false, "ssid": 1001}, "mist_object": of("wlans", json!({
            "ssid": "{{ ssid }}", "enabled": "{{ on }}", "max_idletime": "{{ idle | int }}", "bands": [24, "{{ 5 }}"],
        }))}),
        json!({"name": "Webhook", "mist_object": of("webhooks", json!({
            "name": "h", "url": "https://x/", "secret": "{{ nope | default(omit) }}",
            "topics": ["alarms", "{{ nope | default(omit) }}"],
        }))}),
        json!({"name": "JSON", "vars": {"sites": [{"name": "j1", "notes": "a, b"}, {"name": "j2", "tzoffset": "60"}]},
            "mist_objects": {"org_id": org_id, "type": "sites", "objects": "{{ sites | to_json }}"}}),
    ];
    let [first, second] = sandbox.tasks(&tasks)?.again().each_succeeds()?;
    ensure!(first.changed == 3 && second.changed == 0, "{first}{second}");
    let found = |kind: &str, field: &str, value: &str| -> anyhow::Result<Value> {
        let all = sandbox.cloud.objects(&format!("orgs/{org_id}/{kind}"));
        all.into_iter().find(|object| object[field] == value).with_context(|| format!("{kind} without {value}"))
    };
    let wlan = found("wlans", "ssid", "1001")?;
    assert_eq!(
        (&wlan["enabled"], &wlan["max_idletime"], &wlan["bands"]),
        (&json!(false), &json!(1900), &json!(["24", "5"]))
    );
    let webhook = found("webhooks", "name", "h")?;
    assert_eq!((&webhook["topics"], webhook.get("secret")), (&json!(["alarms"]), None));
    assert_eq!(found("sites", "name", "j1")?["notes"], "a, b");
    assert_eq!(found("sites", "name", "j2")?["tzoffset"], 60);
    Ok(())
}

fn check_mode_foretells_what_a_set_does(sandbox: &Sandbox) -> anyhow::Result<()> {
    let org_id = sandbox.cloud.org_id();
    let objects = json!([{"name": "Site 1", "notes": "n"}, {"name": "New", "timezone": "UTC"}]);
    let set = json!({"name": "Set", "mist_objects": {
        "org_id": org_id, "type": "sites", "objects": objects, "purge": true, "keep": ["Site [23]"],
    }});
    let before = sandbox.cloud.sites();
    let checked = sandbox.tasks(std::slice::from_ref(&set))?.args(&["--check", "--diff"]).succeeds()?;
    assert_eq!(sandbox.cloud.sites(), before, "check mode changed something");
    let [done, again] = sandbox.tasks(&[set])?.again().args(&["--diff"]).each_succeeds()?;
    let (foretold, result) = (checked.task("Set")?, done.task("Set")?);
    ensure!(foretold.changed() && result.changed(), "{checked}{done}");
    assert_eq!(foretold.result["diff"], result.result["diff"], "{checked}{done}");
    let states = |result: &Value| -> Vec<Value> {
        result["objects"].as_array().into_iter().flatten().map(|object| object["state"].clone()).collect()
    };
    assert_eq!(states(&foretold.result), states(&result.result));
    ensure!(again.changed == 0, "a second run changed something: {again}");
    Ok(())
}

#[test]
fn at_a_terminal_a_run_shows_how_far_it_is_and_elsewhere_nothing() -> anyhow::Result<()> {
    let cloud = mist_simulator::Simulator::start(mist_simulator::Config::default())?;
    let scratch = tempfile::tempdir()?;
    let module = Module::named("mist_objects")?;
    let run = |terminal: bool, prefix: &str| -> anyhow::Result<String> {
        let objects: Vec<Value> = (0..12).map(|number| json!({"name": format!("{prefix} {number}")})).collect();
        let options = json!({"host": cloud.url(), "api_token": cloud.api_token(), "ca_path": cloud.ca_path(),
            "org_id": cloud.org_id(), "type": "sites", "objects": objects});
        let path = scratch.path().join("options.json");
        fs::write(&path, options.to_string())?;
        // The result is written to a file. The rest of the output is for the user.
        let spawn = "import pty, sys; sys.exit(pty.spawn(['sh', '-c', '\"$0\" \"$1\" >\"$1.out\"'] + sys.argv[1:]))";
        let mut command = if terminal {
            let mut command = Command::new("python3");
            command.args(["-c", spawn]);
            command
        } else {
            let mut command = Command::new("sh");
            command.args(["-c", "\"$0\" \"$1\" >\"$1.out\""]);
            command
        };
        let ran = command.arg(module.path()).arg(&path).stdin(std::process::Stdio::null()).output()?;
        ensure!(ran.status.success(), "{ran:?}");
        let result: Value = serde_json::from_slice(&fs::read(path.with_extension("json.out"))?)?;
        ensure!(result["changed"] == true, "{result}");
        Ok(format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr)))
    };
    let seen = run(true, "seen")?;
    ensure!(seen.contains("\r1 of 12 sites") && seen.contains("\r12 of 12 sites"), "{seen:?}");
    assert_eq!(run(false, "unseen")?, "");
    Ok(())
}
