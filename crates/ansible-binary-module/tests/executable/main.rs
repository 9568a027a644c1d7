//! The executables of examples, with correct and incorrect calls.

#![allow(clippy::unwrap_used)] // All of it is a test, its helpers too.

mod bad_input;
mod endings;
mod standard_output;

use serde_json::Value;
use std::ffi::OsStr;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The outcome of a run.
struct Ran {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ran {
    /// The printed object. The output must be one line with one object.
    fn object(&self) -> Value {
        assert_eq!(self.stdout.matches('\n').count(), 1, "{}", self.stdout);
        assert!(self.stdout.ends_with('\n'));
        assert_eq!(self.stderr, "");
        let object: Value = serde_json::from_str(&self.stdout).unwrap();
        assert!(object.is_object());
        let failed = object.get("failed") == Some(&Value::Bool(true));
        assert_eq!(self.status, Some(i32::from(failed)), "{}", self.stdout);
        object
    }

    /// The message of a failure.
    fn failure(&self) -> String {
        let object = self.object();
        assert_eq!(object["failed"], true, "{object}");
        object["msg"].as_str().unwrap().to_owned()
    }
}

/// An example's executable, which `cargo test` builds before it runs the tests.
fn executable(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let example = test.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(example.exists(), "{} is not built: run cargo build --examples first", example.display());
    example
}

/// Runs an example with these arguments and this on standard input.
fn run<A: AsRef<OsStr>>(name: &str, arguments: &[A], stdin: &[u8]) -> Ran {
    let mut child = Command::new(executable(name))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The executable may end without having read everything.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let output = child.wait_with_output().unwrap();
    Ran {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs an example with these options on standard input.
fn run_with(name: &str, options: &Value) -> Ran {
    run(name, &["-"], options.to_string().as_bytes())
}
