//! Standard output belongs to the result: children and stray prints cannot add to it.

use crate::{executable, run_with};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::{Command, Stdio};

#[test]
fn children_and_prints_cannot_write_into_the_result() {
    for command in [
        "printf 'no newline'",
        "echo '{\"a\": 1}'",
        "echo '{\"failed\": true}'; echo s3cret",
        "(sh -c 'printf {; sh -c \"printf {\"') & wait",
        "printf 1 >/dev/stdout",
        "exec 3>&1; printf 3 >&3",
        "printf 'x%.0s' $(seq 100000)",
    ] {
        for (what, failed) in [("nothing", false), ("fail", true), ("panic", true)] {
            let options = json!({"what": what, "command": command, "print": "{\"printed\": 1}", "secret": "s3cret"});
            let ran = run_with("failure_programs", &options);
            let object: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stdout));
            assert_eq!(object.get("failed").is_some(), failed, "{command}: {object}");
            assert!(ran.stdout.ends_with("}\n") && ran.stdout.matches('\n').count() == 1, "{}", ran.stdout);
            assert!(!ran.stdout.contains("s3cret"), "{}", ran.stdout);
            assert_eq!(ran.status, Some(i32::from(failed)), "{command}");
        }
    }
}

#[test]
fn output_of_children_is_on_standard_error() {
    let ran =
        run_with("failure_programs", &json!({"what": "nothing", "command": "printf from-a-child", "print": "own"}));
    assert_eq!(ran.stderr, "own\nfrom-a-child");
}

#[test]
fn standard_input_is_empty_for_children() {
    let ran = run_with("failure_programs", &json!({"what": "nothing", "command": "cat"}));
    assert_eq!((ran.stderr.as_str(), ran.status), ("", Some(0)));
}

/// As with a terminal of `ssh -tt`: both streams are one.
#[test]
fn a_shared_stream_holds_the_result_alone() {
    let options = json!({"what": "nothing", "command": "printf 'no newline'; echo '{}'", "print": "own"});
    let mut child = Command::new("sh")
        .args(["-c", "exec \"$0\" - 2>&1"])
        .arg(executable("failure_programs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(options.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["changed"], true);
}

/// A process in the background neither writes after the result nor keeps standard output open.
#[test]
fn a_late_writer_in_the_background_does_not_reach_the_result() {
    let directory = tempfile::tempdir().unwrap();
    let (signal, written) = (directory.path().join("signal"), directory.path().join("written"));
    assert!(Command::new("mkfifo").arg(&signal).status().unwrap().success());
    let command = format!("(read line <'{}'; echo late; echo done >'{}') &", signal.display(), written.display());
    let stderr = directory.path().join("stderr");
    let mut child = Command::new(executable("failure_programs"))
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(File::create(&stderr).unwrap())
        .spawn()
        .unwrap();
    let options = json!({"what": "nothing", "command": command});
    child.stdin.take().unwrap().write_all(options.to_string().as_bytes()).unwrap();
    let mut stdout = String::new();
    // This ends although the process in the background still waits.
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(serde_json::from_str::<Value>(&stdout).unwrap()["changed"], true);
    fs::write(&signal, "now\n").unwrap();
    while fs::read_to_string(&written).unwrap_or_default().is_empty() {
        std::thread::yield_now();
    }
    assert_eq!(fs::read_to_string(&stderr).unwrap(), "late\n");
}
