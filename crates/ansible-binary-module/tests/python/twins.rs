//! Comparison of a module with its twin in Python, a module based on `AnsibleModule`.

use super::pythons;
use ansible_binary_module::Module;
use ansible_binary_module::testing::{Ended, Invocation};
use serde_json::{Map, Value};
use std::fs;
use std::process::{Command, Stdio};

/// A small random generator, so that every run has the same cases.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }
}

/// The results of the twin for these arguments.
pub(crate) fn results_of_twin(twin: &str, arguments: &[Value]) -> Vec<Value> {
    let directory = tempfile::tempdir().unwrap();
    let input = directory.path().join("cases");
    fs::write(&input, arguments.iter().map(|case| format!("{case}\n")).collect::<String>()).unwrap();
    // The messages are those of the newest version.
    let (_, python) = pythons().pop().unwrap();
    let output = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/twin.py"))
        .arg(format!("{}/tests/{twin}", env!("CARGO_MANIFEST_DIR")))
        .stdin(fs::File::open(input).unwrap())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let results: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(results.len(), arguments.len());
    results
}

/// The result of the module.
pub(crate) fn run<M: Module>(arguments: &Value) -> Ended {
    Invocation::<M>::new(arguments.clone()).environment("PATH", "/usr/bin:/bin").run()
}

/// Fails unless both results are the same, except for intended differences.
pub(crate) fn assert_same(ours: &Value, theirs: &Value, case: &str) {
    let (ours, mut theirs) = (comparable(ours), comparable(theirs));
    let msg = |result: &Map<String, Value>| result.get("msg").and_then(Value::as_str).unwrap_or_default().to_owned();
    // The module adds the name of the option to a reason.
    if ours.get("failed") == Some(&true.into()) && msg(&ours).ends_with(&format!(": {}", msg(&theirs))) {
        theirs.insert("msg".to_owned(), msg(&ours).into());
    }
    assert_eq!(ours, theirs, "{case}");
}

fn comparable(result: &Value) -> Map<String, Value> {
    let mut result = result.as_object().unwrap().clone();
    // A failure of `fail_json` names no change.
    result.entry("changed").or_insert(false.into());
    result.remove("exception");
    // The module adds a suggestion. Of unsupported options on two levels, AnsibleModule lists the supported ones of either.
    let end =
        |msg: &str| if msg.contains(", ") && msg.contains('.') { " Supported parameters" } else { " Did you mean" };
    let msg = result.get("msg").and_then(Value::as_str).filter(|msg| msg.starts_with("Unsupported parameters"));
    if let Some((msg, _)) = msg.and_then(|msg| msg.split_once(end(msg))) {
        result.insert("msg".to_owned(), msg.into());
    }
    if let Some(invocation) = result.get_mut("invocation") {
        without_other_names(invocation);
    }
    let lists = ["warnings", "deprecations"].map(|name| result.remove(name).unwrap_or(Value::Array(Vec::new())));
    for message in lists.iter().filter_map(Value::as_array).flatten() {
        // ansible-core 2.19 describes its own messages.
        let text = message.pointer("/event/msg").or(message.get("msg")).unwrap_or(message).clone();
        let version = message.get("version").cloned();
        let collection = message.pointer("/deprecator/resolved_name").or(message.get("collection_name")).cloned();
        result.insert(format!("message {text}"), serde_json::json!([version, collection]));
    }
    result
}

/// Names of options that the cases misspell, and an alias. The module prints neither.
const OTHER_NAMES: [&str; 5] = ["argvv", "bust", "endpoint", "nmae", "time_out"];

fn without_other_names(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !OTHER_NAMES.contains(&name.as_str()));
            fields.values_mut().for_each(without_other_names);
        }
        Value::Array(items) => items.iter_mut().for_each(without_other_names),
        _ => {}
    }
}
