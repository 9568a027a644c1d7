//! The module that the README shows does what a file module is expected to.

#![allow(clippy::unwrap_used)] // A failure here fails the test.

use super::LineInFile;
use ansible_binary_module::check;
use ansible_binary_module::testing::{Ended, Invocation};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn invocation(path: &Path, options: &Value) -> Invocation<LineInFile> {
    Invocation::new(json!({ "path": path })).with(options.clone()).diff_mode(true)
}

fn content(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok()
}

#[test]
fn its_types_are_what_ansible_understands() {
    check::<LineInFile>().unwrap();
}

/// Check mode foretells the run and changes nothing; the run does it; a second run changes nothing.
#[test]
fn it_changes_the_file_once_and_says_so_before() {
    for (before, options, after) in [
        (None, json!({"line": "a"}), Some("a\n")),
        (Some(""), json!({"line": "a"}), Some("a\n")),
        (Some("a\nb\n"), json!({"line": "c"}), Some("a\nb\nc\n")),
        (Some("a\nb"), json!({"line": "c"}), Some("a\nb\nc\n")),
        (Some("a\nb\n"), json!({"line": "a"}), Some("a\nb\n")),
        (Some("a\nb\n"), json!({"line": "c", "place": {"before": "b"}}), Some("a\nc\nb\n")),
        (Some("a\nb\n"), json!({"line": "c", "place": {"after": "a"}}), Some("a\nc\nb\n")),
        (Some("a\nb\n"), json!({"line": "c", "place": {"after": "x"}}), Some("a\nb\nc\n")),
        (Some("k=1\nb\n"), json!({"line": "k=2", "starts_with": "k="}), Some("k=2\nb\n")),
        (Some("k=1\nk=3\n"), json!({"line": "k=2", "starts_with": "k="}), Some("k=1\nk=2\n")),
        (Some("b\n"), json!({"line": "k=", "starts_with": "k=", "secret": "s3cret"}), Some("b\nk=s3cret\n")),
        (Some("a\nb\na\n"), json!({"state": "absent", "line": "a"}), Some("b\n")),
        (Some("k=1\nb\n"), json!({"state": "absent", "starts_with": "k="}), Some("b\n")),
        (Some("b\n"), json!({"state": "absent", "line": "a"}), Some("b\n")),
        (None, json!({"state": "absent", "line": "a"}), None),
        (Some("a\n"), json!({"line": "a", "mode": "0600"}), Some("a\n")),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        if let Some(before) = before {
            fs::write(&path, before).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        }
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let asked = options.get("mode").is_some();
        let foretold = invocation(&path, &options).check_mode(true).run();
        assert_eq!(content(&path).as_deref(), before, "{options}");
        let done = invocation(&path, &options).run();
        assert_eq!(done.status, 0, "{done:?}");
        assert_eq!(content(&path).as_deref(), after, "{options}");
        if after.is_some() {
            assert_eq!(mode(&path), if asked || before.is_none() { 0o600 } else { 0o640 }, "{options}");
        }
        for key in ["changed", "diff", "lines"] {
            assert_eq!(foretold.result[key], done.result[key], "{options} {key}");
        }
        assert_eq!(done.result["changed"], before.is_some() && asked || before.unwrap_or("") != after.unwrap_or(""));
        let again = invocation(&path, &options).run();
        assert_eq!(again.result["changed"], false, "{options}");
        assert_eq!(content(&path).as_deref(), after, "{options}");
    }
}

#[test]
fn nothing_is_taken_out_of_a_file_in_no_directory() {
    let folder = tempfile::tempdir().unwrap();
    let ended = invocation(&folder.path().join("no/f"), &json!({"state": "absent", "line": "a"})).run();
    assert_eq!((ended.status, &ended.result["changed"]), (0, &json!(false)), "{ended:?}");
}

#[test]
fn neither_the_new_secret_nor_the_old_one_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, "user=me\npassword=0ld-s3cret\n").unwrap();
    let options = json!({"line": "password=", "starts_with": "password=", "secret": "n3w-s3cret"});
    let ended = invocation(&path, &options).run();
    assert_eq!(content(&path).unwrap(), "user=me\npassword=n3w-s3cret\n");
    assert_eq!(ended.result["diff"]["before"], "user=me\n********\n");
    assert_eq!(ended.result["diff"]["after"], "user=me\npassword=********\n");
    let all = format!("{ended:?}");
    assert!(!all.contains("s3cret"), "{all}");
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, b"a\n\xff\n").unwrap();
    let good = folder.path().join("good");
    let missing = folder.path().join("no/f");
    for (path, options, words) in [
        (&path, json!({}), "state is present but all of the following are missing: line"),
        (&path, json!({"state": "absent"}), "state is absent but any of the following are missing: line, starts_with"),
        (&path, json!({"line": ""}), "value of line must not be empty"),
        (&path, json!({"line": "a", "place": {}}), "one of the following is required: before, after found in place"),
        (
            &path,
            json!({"line": "a", "place": "before=a after=b"}),
            "parameters are mutually exclusive: before|after found in place",
        ),
        (&good, json!({"line": "a", "mode": "x"}), "mode"),
        (&path, json!({"line": "a"}), "stream did not contain valid UTF-8"),
        (&missing, json!({"line": "a"}), "no/f' cannot be written: the directory"),
    ] {
        for check_mode in [true, false] {
            let Ended { status, result, .. } = invocation(path, &options).check_mode(check_mode).run();
            assert_eq!(status, 1, "{options}");
            assert!(result["msg"].as_str().unwrap().contains(words), "{result}");
        }
    }
    assert_eq!(fs::read(&path).unwrap(), b"a\n\xff\n");
}
