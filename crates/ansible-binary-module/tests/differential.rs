//! Compares validation with ansible-core's own `ArgumentSpecValidator`, word for word.
//!
//! The folder `differential/` lists the comparisons and every intended difference. This needs a Python that has
//! ansible-core; it tries `ANSIBLE_PYTHON`, otherwise the `ansible-playbook` on `PATH` and `.venv*` in the workspace.

#![allow(clippy::unwrap_used)] // A failure here fails the test.

#[path = "python/mod.rs"]
mod python;

use python::pythons;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Enough that more than 2,000 can be compared with the oldest version, too.
const GENERATED: &str = "3000";

#[test]
fn every_case_is_answered_as_ansible_core_answers_it() {
    let validate = validate();
    let folder = tempfile::tempdir().unwrap();
    for (version, python) in pythons() {
        let output = Command::new(&python)
            .args(["-B", "tests/differential/compare.py", "--generated", GENERATED])
            .arg("--validate")
            .arg(validate)
            .arg("--keep")
            .arg(folder.path().join("answered"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let report = String::from_utf8_lossy(&output.stdout);
        println!("{report}");
        assert!(
            output.status.success(),
            "ansible-core {version} ({}) answers otherwise:\n{report}\n{}",
            python.display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn a_line_that_is_no_case_is_an_error_and_the_next_one_is_answered() {
    let good = r#"{"argument_spec": {"p": {}}, "parameters": {"p": 1}}"#;
    let lines = [
        "",
        "not json",
        "[]",
        "{}",
        r#"{"argument_spec": {"p": {"type": "no such type"}}, "parameters": {}}"#,
        r#"{"argument_spec": {}, "parameters": []}"#,
        r#"{"argument_spec": {}, "parameters": {"p": "\ud800"}}"#,
        &format!(r#"{{"argument_spec": {{}}, "parameters": {{"p": {}}}}}"#, "[".repeat(100_000)),
        good,
    ];
    let answers = run_validate(lines.join("\n").as_bytes());
    assert_eq!(answers.len(), lines.len());
    let (last, errors) = answers.split_last().unwrap();
    for answer in errors {
        assert!(answer["error"].is_string(), "{answer}");
    }
    assert_eq!(last["validated_parameters"]["p"], "1");

    let answers = run_validate(&[b"{\"\xff\xfe\"}\n", good.as_bytes()].concat());
    assert!(answers[0]["error"].is_string());
    assert_eq!(answers[1]["validated_parameters"]["p"], "1");
}

#[test]
fn megabytes_are_answered_whatever_they_are_taken_for() {
    // Quadratic time would take minutes, and recursion for each character would overflow the stack.
    const SIZE: usize = 4_000_000;
    for (kind, text) in [
        ("str", "\\u00e9"),
        ("int", "9"),
        ("int", "_"),
        ("float", "1_"),
        ("bool", " "),
        ("list", "a=,"),
        ("dict", "a=,"),
        ("dict", "{'a':"),
        ("dict", "=\\\""),
        ("path", "${"),
        ("json", " "),
        ("bytes", "9"),
    ] {
        let text = text.repeat(SIZE / text.len());
        let spec = format!(r#"{{"p": {{"type": "{kind}", "no_log": true}}}}"#);
        let line = format!(r#"{{"argument_spec": {spec}, "parameters": {{"p": "{text}"}}}}"#);
        let answers = run_validate(line.as_bytes());
        assert!(answers[0]["error_messages"].is_array(), "{kind}");
    }
}

fn run_validate(input: &[u8]) -> Vec<serde_json::Value> {
    let mut file = tempfile::tempfile().unwrap();
    std::io::Write::write_all(&mut file, input).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    let output = Command::new(validate()).stdin(file).output().unwrap();
    assert!(output.status.success());
    output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

fn validate() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(build_validate)
}

/// The example program as it is now: a test run that names this test alone does not build examples. `--workspace`, as
/// what `cargo test --workspace` has built is then there.
fn build_validate() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--workspace", "--example", "validate"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "the example program does not build");
    output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "validate")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .unwrap()
}
