//! A canary in every secret field of the API document: it is not in a result, a diff, an error or a log, at any verbosity.

use acceptance::campaign::{Task, World, in_parallel};
use acceptance::{Leaks, Module, Syslog};
use anyhow::{Context as _, ensure};
use mist_simulator::{Config, DocumentedKind, Fault, FaultKind, Secrets, documented_kinds};
use serde_json::{Value, json};
use std::process::Command;

/// The number of kinds with a secret, so that no change omits some unnoticed.
const AT_LEAST: usize = 15;

#[test]
fn a_secret_in_any_field_of_any_kind_is_nowhere() -> anyhow::Result<()> {
    let syslog = Syslog::listen()?;
    let kinds: Vec<DocumentedKind> = documented_kinds()
        .into_iter()
        .filter(|kind| !kind.secrets.is_empty() && kind.scope != "msp" && (kind.is_made || kind.name == "setting"))
        .collect();
    ensure!(kinds.len() >= AT_LEAST, "only {} kinds have a secret", kinds.len());
    let results = in_parallel(&kinds, |kind| {
        of_kind(kind, syslog.as_ref()).with_context(|| format!("{} {}", kind.scope, kind.name))
    });
    let (mut runs, mut leaks) = (0, Vec::new());
    for result in results {
        let (count, found) = result?;
        runs += count;
        leaks.extend(found);
    }
    println!(
        "Canaries: {} kinds, {} secret fields, {runs} runs, {} leaks",
        kinds.len(),
        kinds.iter().map(|kind| kind.secrets.len()).sum::<usize>(),
        leaks.len()
    );
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    if let Some(syslog) = syslog {
        let mut log = Leaks::of(["Canary"]);
        let lines = syslog.lines()?;
        assert!(!lines.is_empty(), "nothing was logged");
        log.search("the log", lines.join("\n").as_bytes());
        assert!(log.found().is_empty(), "{:?}", log.found());
    }
    Ok(())
}

/// Creates an object with all its secrets, finds it unchanged, changes the secrets, reads it, and gets a refusal with them, at
/// every verbosity and with diff. Returns the number of runs, and the findings.
fn of_kind(kind: &DocumentedKind, syslog: Option<&Syslog>) -> anyhow::Result<(usize, Vec<String>)> {
    let world = World::new(Config::default())?;
    let (scope, id) = match kind.scope.as_str() {
        "site" => {
            ("site_id", world.cloud.sites().first().and_then(|site| site["id"].as_str()).unwrap_or_default().to_owned())
        }
        _ => ("org_id", world.cloud.org_id().to_owned()),
    };
    let (first, second) = (object(kind, "CanaryOne"), object(kind, "CanaryTwo"));
    let common = json!({"type": kind.name, scope: id, "api_token": world.cloud.api_token(), "_ansible_diff": true});
    let with = |more: Value| {
        let mut options = common.clone();
        more.as_object().into_iter().flatten().for_each(|(name, value)| options[name] = value.clone());
        options
    };
    let is_setting = kind.name == "setting";
    // A read-only secret is never sent.
    let writes = kind.secrets.iter().any(|secret| !kind.read_only.contains(secret));
    if !is_setting {
        let mut of_others = object(kind, "CanaryOfOthers");
        of_others["name"] = json!("of others");
        of_others["ssid"] = json!("of others");
        world.cloud.seed(&format!("{}s/{id}/{}", kind.scope, kind.name), of_others);
    }
    let mut steps = vec![
        ("check mode", "mist_object", with(json!({"object": first, "_ansible_check_mode": true})), true),
        ("created", "mist_object", with(json!({"object": first})), true),
        ("unchanged", "mist_object", with(json!({"object": first})), true),
        ("changed", "mist_object", with(json!({"object": second, "update_secrets": "always"})), true),
        ("refused", "mist_object", with(json!({"object": first, "update_secrets": "always"})), false),
        ("read", "mist_object_info", with(json!({})), true),
        ("read as declared", "mist_object_info", with(json!({"as_declared": true})), true),
    ];
    if !is_setting {
        steps.push(("a set", "mist_objects", with(json!({"objects": [first], "update_secrets": "always"})), true));
        steps.push(("absent", "mist_object", with(json!({"object": first, "state": "absent"})), true));
    }
    let mut found = Vec::new();
    let mut runs = 0;
    for masked in [Secrets::Shown, Secrets::Masked] {
        world.cloud.behavior(|behavior| behavior.secrets = masked);
        for (number, (step, module, options, succeeds)) in steps.iter().enumerate() {
            if *step == "refused" {
                let quoted = first.to_string();
                world.cloud.fault(Fault::new(FaultKind::LeakyError { text: quoted }).method("PUT").times(1));
                world.cloud.fault(
                    Fault::new(FaultKind::LeakyError { text: first.to_string() })
                        .method("POST")
                        .path("*uisettings*")
                        .times(1),
                );
            }
            let mut options = options.clone();
            options["_ansible_verbosity"] = (number % 5).into();
            let task = Task::new(module, options);
            let executable = Module::named(module)?;
            let command =
                syslog.map_or_else(|| Command::new(executable.path()), |syslog| syslog.command(executable.path()));
            let ran = world.start_by(command, &task)?.finish()?;
            world.cloud.clear_faults();
            runs += 1;
            ensure!((ran.status == Some(0)) == (*succeeds || !writes), "{step}, {masked:?}: {}", ran.stdout);
            let mut leaks = Leaks::of(["Canary"]);
            leaks.search("stdout", ran.stdout.as_bytes());
            leaks.search("stderr", ran.stderr.as_bytes());
            found.extend(leaks.found().iter().map(|leak| {
                let around = ran
                    .stdout
                    .find("Canary")
                    .map(|at| &ran.stdout[at.saturating_sub(60)..(at + 30).min(ran.stdout.len())]);
                format!("{} {}, {step}, {masked:?}: {leak}: {around:?}", kind.scope, kind.name)
            }));
        }
    }
    // The canaries reached the cloud.
    let sent = world.cloud.requests().iter().any(|request| request.body.contains("CanaryTwo"));
    ensure!(sent || !writes, "no secret was ever sent");
    Ok((runs, found))
}

/// An object with a canary in each of its secret fields.
fn object(kind: &DocumentedKind, canary: &str) -> Value {
    let mut object = json!({});
    for field in &kind.required {
        object[field] = json!(format!("{field} of a test"));
    }
    for field in ["name", "ssid"] {
        object[field] = json!("of a test");
    }
    if kind.name == "deviceprofiles" {
        object["type"] = json!("ap");
    }
    if kind.name == "setting" {
        object = json!({});
    }
    for (number, path) in kind.secrets.iter().enumerate() {
        let steps: Vec<&str> = path.split('.').collect();
        put(&mut object, &steps, &format!("{canary}-{number}-Pa55"));
    }
    object
}

fn put(value: &mut Value, path: &[&str], canary: &str) {
    let Some((step, rest)) = path.split_first() else {
        *value = json!(canary);
        return;
    };
    if !value.is_object() {
        *value = json!({});
    }
    if let Some(list) = step.strip_suffix("[]") {
        let items = &mut value[list];
        if !items.is_array() {
            *items = json!([null]);
        }
        put(&mut items[0], rest, canary);
    } else {
        let step = if *step == "*" { "anything" } else { *step };
        put(&mut value[step], rest, canary);
    }
}
