//! The program, from its line of JSON to its end.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

struct Program {
    child: Child,
    address: Value,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mist-simulator"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { address: serde_json::from_str(&line).unwrap(), child }
    }

    fn text(&self, field: &str) -> &str {
        self.address[field].as_str().unwrap()
    }

    fn port(&self) -> &str {
        self.text("url").rsplit('/').next().unwrap()
    }

    fn ca_path(&self) -> PathBuf {
        self.text("ca_path").into()
    }

    /// Asserts that the program ends with success and leaves no files.
    fn ends(mut self) {
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
        assert!(!self.ca_path().parent().unwrap().exists());
        assert!(TcpStream::connect(self.port()).is_err());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // The program runs here only if the test failed before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn kill(signal: &str, id: u32) {
    assert!(Command::new("kill").args([signal, &id.to_string()]).status().unwrap().success());
}

#[test]
fn it_prints_its_address_and_serves_until_a_signal() {
    for signal in ["-TERM", "-INT", "-HUP"] {
        let program = Program::start(&["--sites", "3", "--tokens", "2", "--two-factor", "123456"]);
        assert!(program.ca_path().exists());
        assert!(TcpStream::connect(program.port()).is_ok());
        assert_eq!(program.text("api_token").len(), 84);
        assert_eq!((program.text("email"), program.text("two_factor")), ("admin@example.com", "123456"));
        for field in ["org_id", "site_id", "sitegroup_id"] {
            assert_eq!(program.text(field).len(), 36, "{field}");
        }
        kill(signal, program.child.id());
        program.ends();
    }
}

#[test]
fn it_ends_with_its_standard_input_where_that_is_asked_for() {
    let mut program = Program::start(&["--stop-with-stdin"]);
    drop(program.child.stdin.take());
    program.ends();
}

#[test]
fn it_does_not_end_with_its_standard_input_otherwise() {
    let mut program = Program::start(&[]);
    drop(program.child.stdin.take());
    assert!(TcpStream::connect(program.port()).is_ok());
    assert!(program.child.try_wait().unwrap().is_none());
    kill("-TERM", program.child.id());
    program.ends();
}

#[test]
fn an_argument_that_it_does_not_know_is_refused() {
    for arguments in [["--nothing", "1"], ["--certificate", "bad"], ["--sites", "many"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_mist-simulator")).args(arguments).output().unwrap();
        assert!(!output.status.success() && output.stdout.is_empty());
        assert!(String::from_utf8(output.stderr).unwrap().contains("--help"));
    }
}

#[test]
fn help_names_every_option() {
    let output = Command::new(env!("CARGO_BIN_EXE_mist-simulator")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    let source = include_str!("../../src/main.rs");
    let options: Vec<&str> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" =>"))
        .map(|(name, _)| name)
        .collect();
    assert!(options.len() > 20, "{options:?}");
    let kinds = ["good", "expired", "other-host", "other-authority", "absent", "seconds", "date"];
    for option in options.into_iter().filter(|option| !kinds.contains(option)) {
        assert!(help.contains(&format!("--{option} ")), "{option}");
    }
}
