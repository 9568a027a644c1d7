//! Facts about `AnsibleModule.run_command`: input and expected outcome.

use super::*;
use serde_json::json;
use std::os::unix::ffi::OsStringExt;

fn sh(script: &str) -> RunCommand<'static> {
    let task: &'static Task = Box::leak(Box::new(Task::builder().build()));
    task.run_command(["sh", "-c", script])
}

#[test]
fn output_and_exit_status_are_captured() {
    for (script, rc, stdout, stderr) in [
        ("true", 0, "", ""),
        ("echo out; echo err >&2", 0, "out\n", "err\n"),
        ("exit 7", 7, "", ""),
        ("exit 255", 255, "", ""),
        ("kill -9 $$", -9, "", ""),
        ("kill -15 $$", -15, "", ""),
        ("printf 'no newline'", 0, "no newline", ""),
        ("printf 'a\\377b'", 0, "a\u{fffd}b", ""),
        ("printf 'gr\\303\\274n'", 0, "grün", ""),
        ("cat", 0, "", ""),
        ("exec >&-; exec 2>&-; exit 3", 3, "", ""),
    ] {
        let output = sh(script).run().unwrap();
        assert_eq!((output.rc, output.stdout.as_str(), output.stderr.as_str()), (rc, stdout, stderr), "{script}");
    }
    assert_eq!(sh("printf 'a\\377b'").run().unwrap().stdout_bytes, b"a\xffb");
}

#[test]
fn arguments_environment_directory_and_input_reach_the_program() {
    let task = Task::builder().build();
    let arguments = ["printf", "[%s]", "a b", "$HOME", "*", "", "it's", "\n"];
    assert_eq!(task.run_command(arguments).run().unwrap().stdout, "[a b][$HOME][*][][it's][\n]");
    let directory = tempfile::tempdir().unwrap().keep();
    let run =
        |script| sh(script).env("NAME", "the value").dir(&directory).stdin("line 1\nline 2").run().unwrap().stdout;
    assert_eq!(run("echo \"$NAME\""), "the value\n");
    assert_eq!(run("pwd -P").trim_end(), directory.canonicalize().unwrap().to_str().unwrap());
    assert_eq!(run("cat"), "line 1\nline 2");
    std::fs::remove_dir(&directory).unwrap();
    let odd = OsString::from_vec(b"a\xffb".to_vec());
    assert_eq!(task.run_command([OsString::from("printf"), "%s".into(), odd]).run().unwrap().stdout_bytes, b"a\xffb");
}

#[test]
fn megabytes_pass_in_both_directions_at_once() {
    let input = vec![b'x'; 3_000_000];
    let output = sh("cat; echo done >&2").stdin(input.clone()).run().unwrap();
    assert_eq!((output.stdout_bytes == input, output.stderr.as_str()), (true, "done\n"));
    // A program that does not read its input.
    assert_eq!(sh("exit 4").stdin(input).run().unwrap().rc, 4);
}

#[test]
fn a_non_zero_exit_status_fails_only_on_request() {
    assert_eq!(sh("echo o; echo reason >&2; exit 3").run().unwrap().rc, 3);
    assert_eq!(sh("exit 0").check_rc(true).run().unwrap().rc, 0);
    let failure = sh("echo o; echo reason >&2; exit 3").check_rc(true).run().unwrap_err();
    assert_eq!(failure.msg, "reason");
    let fields =
        json!({"cmd": "sh -c 'echo o; echo reason >&2; exit 3'", "rc": 3, "stdout": "o\n", "stderr": "reason\n"});
    assert_eq!(serde_json::Value::Object(failure.fields), fields);
    assert_eq!(sh("exit 3").check_rc(true).run().unwrap_err().msg, "sh -c 'exit 3' failed with rc 3");
}

#[test]
fn a_program_that_cannot_start_is_always_a_failure() {
    let task = Task::builder().build();
    let directory = tempfile::tempdir().unwrap();
    let plain = directory.path().join("plain");
    std::fs::write(&plain, "").unwrap();
    for (command, rc, words) in [
        (task.run_command(["/no/such/program"]), 2, "Cannot run /no/such/program: No such file or directory"),
        (task.run_command([plain.clone()]), 13, "Permission denied"),
        (task.run_command([directory.path()]), 13, "Permission denied"),
        (task.run_command(["true"]).dir("/no/such/directory"), 257, "'/no/such/directory' is not a directory"),
        (task.run_command(Vec::<String>::new()), 257, "no program was given"),
    ] {
        let failure = command.run().unwrap_err();
        assert!(failure.msg.contains(words), "{}", failure.msg);
        assert_eq!(failure.fields["rc"], rc);
    }
}

#[test]
fn a_timeout_ends_the_program_and_all_its_children() {
    let directory = tempfile::tempdir().unwrap();
    let alive = directory.path().join("alive");
    // A grandchild holds the write end of a FIFO: the reader below sees its end as the end of the file.
    assert!(Command::new("mkfifo").arg(&alive).status().unwrap().success());
    let reader = std::thread::spawn({
        let alive = alive.clone();
        move || std::fs::read_to_string(alive).unwrap()
    });
    let script =
        format!("exec 3>'{}'; echo begun >&3; (sh -c 'cat /dev/zero >/dev/null' & wait); exit 0", alive.display());
    let failure = sh(&script).timeout(Duration::from_secs(2)).run().unwrap_err();
    assert!(failure.msg.ends_with("was ended after 2 seconds (timeout)"), "{}", failure.msg);
    assert_eq!(reader.join().unwrap(), "begun\n");
}

#[test]
fn a_process_in_the_background_is_not_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let signal = directory.path().join("signal");
    assert!(Command::new("mkfifo").arg(&signal).status().unwrap().success());
    let output = sh(&format!("echo begun; (read line <'{}'; echo late) &", signal.display())).run().unwrap();
    assert_eq!((output.rc, output.stdout.as_str()), (0, "begun\n"));
    std::fs::write(&signal, "end\n").unwrap();
}

#[test]
fn passwords_in_arguments_are_not_shown() {
    for (argv, expected) in [
        (vec!["a", "b c", "it's", ""], "a 'b c' 'it'\"'\"'s' ''"),
        (vec!["x", "--password", "s3cret", "y"], "x --password ******** y"),
        (vec!["x", "--password=s3cret"], "x '--password=********'"),
        (vec!["x", "-pass", "s3cret"], "x -pass ********"),
        (vec!["x", "password=s3cret"], "x 'password=********'"),
        (vec!["x", "https://u:s3cret@host/"], "x 'https://u:********@host/'"),
        (vec!["--password"], "--password"),
    ] {
        let argv: Vec<OsString> = argv.into_iter().map(OsString::from).collect();
        assert_eq!(shown(&argv), expected);
    }
}

#[test]
fn a_program_is_found_in_path_and_in_system_directories() {
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("tool");
    std::fs::write(&program, "").unwrap();
    let task = crate::Task {
        environment: crate::process::Environment::Given(std::sync::Arc::new(
            [("PATH".to_owned(), format!(":{}", directory.path().display()))].into(),
        )),
        ..Task::default()
    };
    let failure = task.get_bin_path("tool").unwrap_err();
    assert!(failure.msg.starts_with("Failed to find required executable \"tool\" in paths: "), "{}", failure.msg);
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(task.get_bin_path("tool").unwrap(), program);
    assert!(task.get_bin_path("").is_err());
}

#[test]
fn a_command_line_is_split_as_shlex_does() {
    for (text, words) in [
        ("", Some(vec![])),
        ("  visudo  -cf %s ", Some(vec!["visudo", "-cf", "%s"])),
        ("a 'b c' \"d \\\"e\\\" \\x\" f\\ g ''", Some(vec!["a", "b c", "d \"e\" \\x", "f g", ""])),
        ("a'b'\"c\"", Some(vec!["abc"])),
        ("'open", None),
        ("a\\", None),
    ] {
        let words = words.map(|words| words.into_iter().map(str::to_owned).collect());
        assert_eq!(split_words(text), words, "{text}");
    }
}
