//! The ends of a run: output, exit status, and leftover files.

use crate::{executable, run_with};
use serde_json::json;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The exit status and standard error of a run with this standard output.
fn ended(name: &str, arguments: &[&str], stdout: Stdio) -> (Option<i32>, Vec<u8>) {
    let mut child = Command::new(executable(name))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let options = match name {
        "greet" => &br#"{"name": "world"}"#[..],
        _ => br#"{"what": "panic"}"#,
    };
    // One that only prints a text does not read it.
    let _ = child.stdin.take().unwrap().write_all(options);
    let output = child.wait_with_output().unwrap();
    (output.status.code(), output.stderr)
}

const WAYS: [(&str, &str); 6] = [
    ("greet", "-"),
    ("greet", "--help"),
    ("greet", "--docs"),
    ("greet", "/nonexistent"),
    ("failure_programs", "-"),
    ("greet", "--version"),
];

#[test]
fn a_full_disk_under_standard_output_is_status_1_and_silence() {
    for (name, argument) in WAYS {
        let full = File::options().write(true).open("/dev/full").unwrap();
        assert_eq!(ended(name, &[argument], full.into()), (Some(1), Vec::new()), "{name} {argument}");
    }
}

#[test]
fn a_reader_that_went_away_is_status_1_and_silence() {
    for (name, argument) in WAYS {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        drop(reader);
        assert_eq!(ended(name, &[argument], writer.into()), (Some(1), Vec::new()), "{name} {argument}");
    }
}

#[test]
fn a_panic_prints_one_object_without_what_it_said_and_cleans_up() {
    let directory = tempfile::tempdir().unwrap();
    for what in ["panic", "panic_in_thread"] {
        let leftover = directory.path().join("leftover");
        File::create(&leftover).unwrap();
        let ran = run_with(
            "failure_programs",
            &json!({"what": what, "secret": "s3cret", "leftover": leftover, "temporary": true,
                "_ansible_remote_tmp": directory.path()}),
        );
        let msg = ran.failure();
        assert!(msg.contains("failure_programs 1.0.0 stopped"), "{msg}");
        assert!(msg.contains("failure_programs.rs:"), "{msg}");
        assert!(!ran.stdout.contains("s3cret"), "{}", ran.stdout);
        assert_eq!(names_in(directory.path()), [] as [String; 0], "{what}");
    }
}

#[test]
fn a_panic_tells_the_way_to_it_where_it_is_asked_for_and_never_a_value() {
    for (options, told) in [
        (json!({}), false),
        (json!({"_ansible_verbosity": 2}), false),
        (json!({"_ansible_verbosity": 3}), true),
        (json!({"_ansible_verbosity": "4"}), true),
    ] {
        let mut all = json!({"what": "panic", "secret": "s3cret"});
        all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        let ran = run_with("failure_programs", &all);
        let object = ran.object();
        let exception = object.get("exception").and_then(|exception| exception.as_str()).unwrap_or_default();
        assert_eq!(exception.contains("failure_programs"), told, "{options}: {object}");
        assert!(!ran.stdout.contains("s3cret"), "{}", ran.stdout);
    }
}

#[test]
fn a_cleanup_that_panics_as_well_takes_nothing_from_the_one_object() {
    let directory = tempfile::tempdir().unwrap();
    let leftover = directory.path().join("leftover");
    File::create(&leftover).unwrap();
    let ran = run_with("failure_programs", &json!({"what": "panic_twice", "leftover": leftover}));
    assert!(ran.failure().contains("stopped at a programming error"));
    // The cleanup that panicked came first.
    assert!(!leftover.exists());
}

#[test]
fn what_was_registered_is_cleaned_up_after_success_and_failure() {
    let directory = tempfile::tempdir().unwrap();
    for what in ["nothing", "fail"] {
        let leftover = directory.path().join("leftover");
        File::create(&leftover).unwrap();
        let ran = run_with("failure_programs", &json!({"what": what, "leftover": leftover}));
        assert_eq!(ran.object().get("failed").is_some(), what == "fail");
        assert!(!leftover.exists(), "{what}");
    }
}

#[test]
fn a_temporary_directory_is_private_and_gone_at_the_end() {
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path().join("not/there/yet");
    let object =
        run_with("failure_programs", &json!({"what": "nothing", "temporary": true, "_ansible_remote_tmp": base}))
            .object();
    assert_eq!(object["mode"], 0o700);
    assert!(object["directory"].as_str().unwrap().starts_with(base.to_str().unwrap()));
    assert!(object["warnings"][0].as_str().unwrap().contains("did not exist"));
    assert_eq!(names_in(&base), [] as [String; 0]);
}

#[test]
fn a_temporary_directory_stays_where_ansible_keeps_remote_files() {
    let directory = tempfile::tempdir().unwrap();
    let options = json!({"what": "nothing", "temporary": true, "_ansible_remote_tmp": directory.path(),
        "_ansible_keep_remote_files": true});
    let object = run_with("failure_programs", &options).object();
    assert!(Path::new(object["directory"].as_str().unwrap()).is_dir());
}

#[test]
fn ansible_s_own_temporary_directory_is_used_and_left_to_ansible() {
    let directory = tempfile::tempdir().unwrap();
    let options = json!({"what": "nothing", "temporary": true, "_ansible_tmpdir": directory.path()});
    let object = run_with("failure_programs", &options).object();
    assert_eq!(object["directory"], directory.path().to_str().unwrap());
    assert!(directory.path().is_dir());
}

#[test]
fn a_base_that_cannot_be_had_is_replaced_and_told() {
    let options = json!({"what": "nothing", "temporary": true, "_ansible_remote_tmp": "/dev/null/x"});
    let object = run_with("failure_programs", &options).object();
    let system = std::env::temp_dir();
    assert!(object["directory"].as_str().unwrap().starts_with(system.to_str().unwrap()));
    assert!(object["warnings"][0].as_str().unwrap().starts_with("Unable to use /dev/null/x"));
}

fn names_in(directory: &Path) -> Vec<String> {
    std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}
