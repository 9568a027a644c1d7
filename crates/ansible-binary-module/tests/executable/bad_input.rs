//! Invalid input: an executable answers with one failed object that contains advice.

use crate::{Ran, run, run_with};
use serde_json::json;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

fn run_on_file(content: &[u8]) -> Ran {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("args");
    std::fs::write(&file, content).unwrap();
    run("greet", &[file], b"")
}

#[test]
fn arguments_that_are_no_options_are_refused() {
    let ten_megabytes = vec![b'x'; 10_000_000];
    let deep = "{\"name\":".repeat(10_000);
    for (content, words) in [
        (&b""[..], "are empty"),
        (b"name=world", "are not JSON"),
        (b"{\"name\": \"world\"", "are not JSON"),
        (b"{\"name\": \"\xc3\"}", "are not UTF-8"),
        (b"[\"name\"]", "are a list"),
        (b"\"name\"", "are a string"),
        (b"null", "are null"),
        (&ten_megabytes, "are not JSON"),
        (deep.as_bytes(), "recursion limit"),
        (b"\x7fELF\x02\x01\x01", "are not JSON"),
    ] {
        let from_file = run_on_file(content).failure();
        assert!(from_file.contains(words), "{from_file}");
        let from_standard_input = run("greet", &["-"], content).failure();
        assert!(from_standard_input.contains(words), "{from_standard_input}");
        assert!(from_standard_input.contains("standard input"));
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing");
    let msg = run("greet", &[&missing], b"").failure();
    assert!(msg.contains(missing.to_str().unwrap()), "{msg}");
    assert!(msg.contains("JSON object"), "{msg}");
    let msg = run("greet", &[directory.path()], b"").failure();
    assert!(msg.contains("Cannot read"), "{msg}");
    let not_utf8 = OsString::from_vec(b"/nonexistent/\xff".to_vec());
    let msg = run("greet", &[not_utf8], b"").failure();
    assert!(msg.contains("Cannot open"), "{msg}");
}

#[test]
fn a_file_without_end_is_refused() {
    let msg = run("greet", &["/dev/zero"], b"").failure();
    assert!(msg.contains("larger than 64 MiB"), "{msg}");
}

#[test]
fn command_lines_that_ask_for_nothing_are_answered_with_what_to_ask() {
    for arguments in [&[][..], &["--verbose"], &["a", "b"], &["--help", "--docs"], &["-x"]] {
        let msg = run("greet", arguments, b"").failure();
        assert!(msg.contains("greet --help"), "{msg}");
    }
}

#[test]
fn options_that_do_not_fit_are_named() {
    for (options, msg) in [
        (json!({}), "missing required arguments: name"),
        (
            json!({"name": "x", "color": "red"}),
            "Unsupported parameters for (greet) module: color. Supported parameters include: name.",
        ),
        (json!({"name": ""}), "name: must not be empty"),
    ] {
        assert_eq!(run_with("greet", &options).failure(), msg);
    }
}

#[test]
fn ten_megabytes_of_a_good_option_are_no_bad_input() {
    let name = "x".repeat(10_000_000);
    let object = run_with("greet", &json!({ "name": name })).object();
    assert_eq!(object["msg"].as_str().unwrap().len(), name.len() + 8);
}

#[test]
fn options_come_from_a_file_as_ansible_gives_them() {
    let object = run_on_file(br#"{"name": "world", "_ansible_verbosity": 0, "_ansible_new": {}}"#).object();
    assert_eq!(object["msg"], "Hello, world!");
    assert_eq!(object["changed"], false);
}

#[test]
fn texts_for_people_are_printed_with_status_0() {
    for (argument, words) in [
        ("--help", "OPTIONS\n  name (str; required)"),
        ("--version", "greet "),
        ("--docs", "DOCUMENTATION:\n  module: greet\n  short_description: Greets a person\n"),
        ("--schema", "\"Name of the person.\""),
    ] {
        let ran = run("greet", &[argument], b"");
        assert!(ran.stdout.contains(words), "{}", ran.stdout);
        assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
    }
}
