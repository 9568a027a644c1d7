//! Facts about what `AnsibleModule` does, on the subjects of ansible-core's own unit tests: argument specifications, types,
//! no_log, log, the end of a module and its warnings, modes of files, commands. Each is held against this crate, and against ansible-core itself.

#![allow(clippy::unwrap_used)] // A failure here fails the test.

#[path = "../python/mod.rs"]
mod python;

use ansible_binary_module::file::{FileOptions, ManagedFile};
use ansible_binary_module::spec::{ArgumentSpec, Rules};
use ansible_binary_module::testing::Invocation;
use ansible_binary_module::validation::validate;
use ansible_binary_module::{Deprecation, Failure, Module, NoLog, Outcome, Success, Task};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Those on one subject.
fn facts(subject: &str) -> Vec<Value> {
    let mut all: Value = serde_json::from_str(include_str!("vectors.json")).unwrap();
    let facts: Vec<Value> = serde_json::from_value(all[subject].take()).unwrap();
    println!("{subject}: {} facts", facts.len());
    facts
}

fn environment(name: &str) -> Option<String> {
    let variables = [("HOME", "/home/somebody"), ("TEST_PATH", "/opt/test"), ("SET", "from the environment")];
    variables.into_iter().find(|(other, _)| *other == name).map(|(_, value)| value.to_owned())
}

/// The spellings of booleans have no order.
fn in_order(message: &str) -> String {
    const BEFORE: &str = "Valid booleans include: ";
    let Some((start, rest)) = message.split_once(BEFORE) else { return message.to_owned() };
    let (list, end) = rest.split_once(" found in ").map_or((rest, None), |(list, end)| (list, Some(end)));
    let mut spellings: Vec<&str> = list.split(", ").collect();
    spellings.sort_unstable();
    let end = end.map(|end| format!(" found in {end}")).unwrap_or_default();
    format!("{start}{BEFORE}{}{end}", spellings.join(", "))
}

fn answered(fact: &Value) -> Value {
    let spec: ArgumentSpec = serde_json::from_value(fact["argument_spec"].clone()).unwrap();
    let rules: Rules = serde_json::from_value(fact.clone()).unwrap();
    let found = validate(&spec, &rules, fact["parameters"].as_object().unwrap(), &environment);
    if fact["expected"].get("refused").is_some() {
        return json!({ "refused": !found.error_messages.is_empty() });
    }
    let unsupported: BTreeSet<String> = found.unsupported_parameters.iter().cloned().collect();
    if found.error_messages.is_empty() {
        json!({"unsupported": unsupported, "values": found.validated_parameters, "no_log": found.no_log_values})
    } else {
        let errors: Vec<String> = found.error_messages.iter().map(|message| in_order(message)).collect();
        json!({"unsupported": unsupported, "errors": errors})
    }
}

#[test]
fn argument_specifications_and_types() {
    let facts = facts("validation");
    assert!(facts.len() >= 330);
    let wrong: Vec<String> = facts
        .iter()
        .filter(|fact| answered(fact) != fact["expected"])
        .map(|fact| format!("{fact}\n  answered: {}", answered(fact)))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), facts.len(), wrong.join("\n"));
}

/// Follows its options.
#[derive(Deserialize, JsonSchema)]
struct Act {
    /// A secret.
    secret: Option<NoLog>,
    /// Several.
    #[serde(default)]
    #[schemars(extend("default" = []))]
    secrets: Vec<NoLog>,
    /// On its way out.
    #[schemars(extend("x-ansible-removed-in" = "9.0.0", "x-ansible-removed-from-collection" = "a.b"))]
    #[allow(dead_code)]
    old: Option<String>,
    /// True if it fails.
    #[serde(default)]
    failed: bool,
    /// The results.
    #[serde(default)]
    result: Map<String, Value>,
    /// The warnings.
    #[serde(default)]
    warn: Vec<String>,
    /// The deprecations.
    #[serde(default)]
    deprecate: Vec<Map<String, Value>>,
}

impl Module for Act {
    const NAME: &'static str = "act";
    const VERSION: &'static str = "0";
    type Options = Self;
    type Results = Value;

    fn run(task: &mut Task, options: Self) -> Outcome<Value> {
        let _ = (&options.secret, &options.secrets);
        options.warn.iter().for_each(|text| task.warn(text));
        for told in &options.deprecate {
            let text = |key: &str| told.get(key).and_then(Value::as_str).map(str::to_owned);
            let mut deprecation = Deprecation::new(text("msg").unwrap_or_default());
            deprecation.version = text("version");
            deprecation.date = text("date");
            deprecation.collection_name = text("collection_name");
            task.deprecate(deprecation);
        }
        let mut result = options.result;
        let changed = result.shift_remove("changed") == Some(json!(true));
        let msg = result.shift_remove("msg").and_then(|msg| msg.as_str().map(str::to_owned));
        if options.failed {
            let failure = Failure::new(msg.unwrap_or_default()).with_results(result);
            return Err(if changed { failure.after_change() } else { failure });
        }
        let mut success = Success::new(changed, result.into());
        success.msg = msg;
        Ok(success)
    }
}

#[test]
fn secrets_in_results() {
    let facts = facts("masking");
    assert!(facts.len() >= 25);
    for fact in facts {
        let arguments = json!({"secrets": fact["secrets"], "result": {"value": fact["value"]}});
        let ended = Invocation::<Act>::new(arguments).run();
        assert_eq!(ended.result["value"], fact["expected"], "{fact}");
    }
}

#[test]
fn the_end_of_a_module_and_its_warnings() {
    let facts = facts("ending");
    assert!(facts.len() >= 26);
    for fact in facts {
        let mut arguments = fact.clone();
        let options = arguments.as_object_mut().unwrap();
        let (Some(Value::Object(given)), Some(expected)) =
            (options.shift_remove("parameters"), options.shift_remove("expected"))
        else {
            panic!("{fact}");
        };
        options.extend(given);
        let mut ended = Invocation::<Act>::new(arguments).run();
        let found = ended.result.as_object_mut().unwrap();
        assert!(found.shift_remove("invocation").is_some());
        // Here it is always reported.
        if expected.get("changed").is_none() {
            assert_eq!(found.shift_remove("changed"), Some(json!(false)), "{fact}");
        }
        assert_eq!(ended.result, expected, "{fact}");
        assert_eq!(ended.status, u8::from(fact["failed"] == true), "{fact}");
    }
}

/// Has its invocation logged.
#[derive(Deserialize, JsonSchema)]
struct Log {
    /// A text.
    #[allow(dead_code)]
    text: String,
}

impl Module for Log {
    const NAME: &'static str = "log";
    const VERSION: &'static str = "0";
    type Options = Self;
    type Results = ();

    fn run(_: &mut Task, _: Self) -> Outcome<()> {
        Ok(Success::unchanged(()))
    }
}

#[test]
fn passwords_in_the_log() {
    let facts = facts("logging");
    assert!(facts.len() >= 23);
    for fact in facts {
        let ended = Invocation::<Log>::new(json!({ "text": fact["text"] })).run();
        let expected = format!("<14>ansible-log: Invoked with text={}", fact["expected"].as_str().unwrap());
        assert_eq!(ended.logged, [expected], "{fact}");
    }
}

/// The mode of a file after it was written with these options.
fn written(path: &Path, options: &FileOptions, content: &str) -> Value {
    let mut task = Task::builder().build();
    let file = task.file(path, options).map(ManagedFile::new_file_follows_umask);
    match file.and_then(|file| file.write(content.as_bytes())) {
        Ok(_) => format!("{:04o}", fs::metadata(path).unwrap().permissions().mode() & 0o7777).into(),
        Err(_) => "refused".into(),
    }
}

fn set_mode(path: &Path, mode: &Value) {
    let mode = u32::from_str_radix(mode.as_str().unwrap(), 8).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn modes_and_replaced_files() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    let (modes, moves) = (facts("modes"), facts("moves"));
    assert!(modes.len() >= 70 && moves.len() >= 10);
    let mut wrong = Vec::new();
    for fact in modes {
        let file = tempfile::NamedTempFile::new().unwrap();
        set_mode(file.path(), &fact["start"]);
        let options = FileOptions::default().with_mode(fact["mode"].as_str().unwrap());
        let found = written(file.path(), &options, "");
        if found != fact["expected"] {
            wrong.push(format!("{fact}: {found}"));
        }
    }
    for fact in moves {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("folder")).unwrap();
        let path = directory.path().join(fact["place"].as_str().unwrap_or("file"));
        if !fact["before"].is_null() {
            fs::write(&path, "old").unwrap();
            set_mode(&path, &fact["before"]);
        }
        let found = written(&path, &FileOptions::default(), "new");
        if found != fact["expected"] {
            wrong.push(format!("{fact}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn commands() {
    let facts = facts("commands");
    assert!(facts.len() >= 26);
    for fact in facts {
        let task = Task::builder().build();
        let text = |name: &str| fact[name].as_str().map(str::to_owned);
        let argv = fact["argv"].as_array().unwrap().iter().filter_map(Value::as_str);
        let mut command = task.run_command(argv).env("SET", "from the environment");
        for (name, value) in fact["env"].as_object().into_iter().flatten() {
            command = command.env(name, value.as_str().unwrap());
        }
        if let Some(directory) = text("cwd") {
            command = command.dir(directory);
        }
        let command = command.stdin(text("data").unwrap_or_default()).check_rc(fact["check_rc"] == true);
        let found = match command.run() {
            Ok(output) => json!({"rc": output.rc, "stdout": output.stdout, "stderr": output.stderr}),
            Err(failure) => {
                let field = |name: &str| failure.fields[name].clone();
                json!({"failed": true, "cmd": field("cmd"), "rc": field("rc"), "stdout": field("stdout"), "stderr": field("stderr")})
            }
        };
        assert_eq!(found, fact["expected"], "{fact}");
    }
}

#[test]
fn every_fact_is_one_of_ansible_core_itself() {
    for (version, python) in python::pythons() {
        let output = Command::new(&python)
            .args(["-B", "tests/vectors/check.py", "tests/vectors/vectors.json"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let report = String::from_utf8_lossy(&output.stdout);
        println!("{report}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "ansible-core {version}:\n{report}\n{errors}");
    }
}
