//! Options of Rust types have the values, or the messages, that ansible-core has for the same specification.
//!
//! Each type is the type of an option that is optional, required, and with a default. It receives every value of a list. This
//! covers the layer between validation and the type; combinations of options are the subject of `differential`.

#![allow(clippy::unwrap_used)] // A failure here fails the test.

#[path = "../python/mod.rs"]
mod python;

use ansible_binary_module::testing::Invocation;
use ansible_binary_module::{AnsiblePath, Module, Outcome, Success, Task};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::marker::PhantomData;
use std::process::{Command, Stdio};

/// A type of options.
trait OneOption: DeserializeOwned + Serialize + JsonSchema {}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Optional<T> {
    value: Option<T>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Required<T> {
    value: T,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct WithDefault<T: Default + Serialize> {
    #[serde(default)]
    value: T,
}

impl<T: DeserializeOwned + Serialize + JsonSchema> OneOption for Optional<T> {}
impl<T: DeserializeOwned + Serialize + JsonSchema> OneOption for Required<T> {}
impl<T: Default + DeserializeOwned + Serialize + JsonSchema> OneOption for WithDefault<T> {}

/// Returns its options.
struct Echo<O>(PhantomData<O>);

impl<O: OneOption> Module for Echo<O> {
    const NAME: &'static str = "echo";
    const VERSION: &'static str = "1.0.0";
    const NULL_RESULTS: &'static [&'static str] = &["value"];
    type Options = O;
    type Results = O;

    fn run(_: &mut Task, options: O) -> Outcome<O> {
        Ok(Success::unchanged(options))
    }
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Word {
    One,
    TwoWords,
    Yes,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Part {
    count: i64,
    #[serde(default)]
    sure: bool,
    name: Option<String>,
}

/// A specification, and the module whose option has it.
struct Subject {
    spec: Value,
    run: fn(Value) -> Value,
}

fn run<O: OneOption>(arguments: Value) -> Value {
    Invocation::<Echo<O>>::new(arguments).run().result
}

/// The type as an optional and as a required option.
fn two<T: DeserializeOwned + Serialize + JsonSchema>(spec: Value) -> Vec<Subject> {
    let mut required = spec.clone();
    required["required"] = true.into();
    vec![Subject { spec, run: run::<Optional<T>> }, Subject { spec: required, run: run::<Required<T>> }]
}

/// The same, and with a default.
fn three<T: Default + DeserializeOwned + Serialize + JsonSchema>(spec: Value) -> Vec<Subject> {
    let mut with_default = spec.clone();
    with_default["default"] = json!(T::default());
    let mut all = two::<T>(spec);
    all.push(Subject { spec: with_default, run: run::<WithDefault<T>> });
    all
}

fn subjects() -> Vec<Subject> {
    let parts = json!({
        "count": {"type": "int", "required": true}, "sure": {"type": "bool", "default": false}, "name": {"type": "str"},
    });
    let words = json!(["one", "two_words", "yes"]);
    let list = |elements: &str| json!({"type": "list", "elements": elements});
    [
        three::<String>(json!({"type": "str"})),
        three::<i64>(json!({"type": "int"})),
        three::<u64>(json!({"type": "int"})),
        three::<f64>(json!({"type": "float"})),
        three::<bool>(json!({"type": "bool"})),
        three::<Vec<String>>(list("str")),
        three::<Vec<i64>>(list("int")),
        three::<Vec<f64>>(list("float")),
        three::<Vec<bool>>(list("bool")),
        three::<Map<String, Value>>(json!({"type": "dict"})),
        three::<BTreeMap<String, Value>>(json!({"type": "dict"})),
        three::<HashMap<String, String>>(json!({"type": "dict", "values": "str"})),
        three::<BTreeMap<String, i64>>(json!({"type": "dict", "values": "int"})),
        three::<BTreeMap<String, bool>>(json!({"type": "dict", "values": "bool"})),
        three::<Vec<Map<String, Value>>>(list("dict")),
        two::<Value>(json!({"type": "raw"})),
        two::<AnsiblePath>(json!({"type": "path"})),
        two::<Word>(json!({"type": "str", "choices": words})),
        two::<Vec<Word>>(json!({"type": "list", "elements": "str", "choices": words})),
        two::<Part>(json!({"type": "dict", "options": parts})),
        two::<Vec<Part>>(json!({"type": "list", "elements": "dict", "options": parts})),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn values() -> Vec<Value> {
    let scalars = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(-1),
        json!(7),
        json!(2.0),
        json!(2.5),
        json!(1e300),
        json!(-0.0),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(""),
        json!(" "),
        json!("0"),
        json!("1"),
        json!("-5"),
        json!(" 8 "),
        json!("+3"),
        json!("1_0"),
        json!("0x10"),
        json!("010"),
        json!("2.0"),
        json!("2.5"),
        json!("1e3"),
        json!("inf"),
        json!("nan"),
        json!("yes"),
        json!("No"),
        json!("on"),
        json!("true"),
        json!("maybe"),
        json!("one"),
        json!("two_words"),
        json!("a,b"),
        json!("a, b ,c"),
        json!("1,2"),
        json!("1,x"),
        json!("x=1"),
        json!("count=3 sure=yes"),
        json!("{'count': 2}"),
        json!("{\"count\": \"4\", \"name\": 5}"),
        json!("[1, 2]"),
        json!("['one']"),
        json!("~/x"),
        json!("/a/../b"),
        json!("ä€"),
    ];
    let mut all: Vec<Value> = scalars.to_vec();
    all.extend(scalars.iter().map(|value| json!([value])));
    all.extend(scalars.iter().map(|value| json!({ "x": value })));
    all.extend(scalars.iter().map(|value| json!({ "count": value })));
    all.extend(scalars.iter().map(|value| json!([{"count": 1, "sure": value}, {"count": 2, "name": value}])));
    all.extend([
        json!([]),
        json!({}),
        json!([[]]),
        json!([1, "2", true, null]),
        json!(["one", "yes"]),
        json!([{}]),
        json!({"count": 1, "other": 2}),
        json!({"x": [1], "y": {"z": null}}),
        json!([{"count": 1}, "count=2", 3]),
    ]);
    all
}

/// The answers of the newest ansible-core.
fn validated(cases: &[Value]) -> Vec<Value> {
    let directory = tempfile::tempdir().unwrap();
    let input = directory.path().join("cases");
    fs::write(&input, cases.iter().map(|case| format!("{case}\n")).collect::<String>()).unwrap();
    let (_, python) = python::pythons().pop().unwrap();
    let output = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/typed/validate.py"))
        .stdin(fs::File::open(input).unwrap())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn values_of_rust_types_are_those_of_ansible_core() {
    let (subjects, values) = (subjects(), values());
    let mut cases = Vec::new();
    let mut asked = Vec::new();
    for subject in &subjects {
        cases.push((subject, json!({})));
        asked.push(json!([subject.spec, false, null]));
        for value in &values {
            cases.push((subject, json!({ "value": value })));
            asked.push(json!([subject.spec, true, value]));
        }
    }
    let answers = validated(&asked);
    assert_eq!(answers.len(), cases.len());
    let mut wrong = Vec::new();
    for ((subject, arguments), theirs) in cases.iter().zip(answers) {
        let result = (subject.run)(arguments.clone());
        let ours =
            if result["failed"] == true { json!({"error": result["msg"]}) } else { json!({"value": result["value"]}) };
        if !same(&ours, &theirs) {
            wrong.push(format!("{} {arguments}\n  ours:   {ours}\n  theirs: {theirs}", subject.spec));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours.get("error"), theirs.get("error")) {
        // The module adds the name of the option to a reason.
        (Some(Value::String(ours)), Some(Value::String(theirs))) => {
            // Ansible lists them in the order of a set, which changes from run to run.
            let (ours, theirs) = (without_booleans(ours), without_booleans(theirs));
            ours.ends_with(&theirs)
        }
        // Outside of the 64 bits of an integer, or below an unsigned one.
        (Some(Value::String(ours)), None) if ours.contains("1e+300") => theirs.to_string().contains("1e+300"),
        (Some(Value::String(ours)), None) if ours.contains("must be at least 0, got: -") => true,
        (Some(_), Some(Value::Null)) => true,
        _ => ours == theirs,
    }
}

fn without_booleans(message: &str) -> String {
    let Some((start, rest)) = message.split_once("Valid booleans include: ") else { return message.to_owned() };
    format!("{start}{}", rest.split_once(" found in ").map_or("", |(_, place)| place))
}
