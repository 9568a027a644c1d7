//! The key file belongs to a user: its owner, mode, other lines and links, whenever the module writes or removes it.

use super::support::{Situation, USER, ok};
use mist_simulator::NewToken;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

const OLD: &str = "OldKeyOldKeyOldKeyOldKeyOldKey12";

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Every situation that writes a key to an existing file.
#[test]
fn whatever_writes_a_key_leaves_the_rest_of_the_file_as_it_was() {
    for situation_of in ["created", "replaced", "rotated"] {
        let situation = Situation::new();
        let path = situation.key_file();
        let real = situation.folder.path().join("real.env");
        symlink("real.env", &path).unwrap();
        let now = situation.cloud.now() as i64;
        let old_key = match situation_of {
            "created" => OLD.to_owned(),
            _ => {
                let made =
                    NewToken { created_time: Some(now - 100 * 86_400), last_used: Some(now), ..NewToken::named("n") };
                situation.cloud.add_user_token(made).1
            }
        };
        fs::write(&real, format!("# backup\nMIST_API_TOKEN={old_key}\nA='1 2'\n")).unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        if is_root() {
            std::os::unix::fs::chown(&real, Some(1234), Some(2345)).unwrap();
        }
        let before = fs::metadata(&real).unwrap();
        let mut task = json!({"name": "n", "key_file": path, "key_file_format": "env"});
        match situation_of {
            "replaced" => task["recreate"] = json!("always"),
            "rotated" => task["max_age"] = json!("30d"),
            _ => {}
        }
        assert!(ok(situation.run(task.clone())).changed, "{situation_of}");
        let key = situation.one("n").key;
        let host = situation.cloud.url().replace("https://", "");
        assert_eq!(
            fs::read_to_string(&real).unwrap(),
            format!("# backup\nMIST_API_TOKEN={key}\nA='1 2'\nMIST_HOST={host}\nMIST_APITOKEN={key}\n"),
            "{situation_of}"
        );
        let after = fs::metadata(&real).unwrap();
        assert_eq!(
            (after.uid(), after.gid(), after.mode()),
            (before.uid(), before.gid(), before.mode()),
            "{situation_of}"
        );
        assert!(path.is_symlink() && !real.is_symlink(), "{situation_of}");
        if situation_of != "replaced" {
            assert!(!ok(situation.run(task)).changed, "{situation_of}");
        }
    }
}

#[test]
fn the_other_fields_of_an_object_stay() {
    let situation = Situation::new();
    fs::write(situation.key_file(), json!({"comment": "x", "key": OLD, "nested": {"a": 1}}).to_string()).unwrap();
    ok(situation.run(json!({"name": "n", "key_file": situation.key_file(), "key_file_format": "json"})));
    let object: Value = serde_json::from_str(&fs::read_to_string(situation.key_file()).unwrap()).unwrap();
    assert_eq!((&object["comment"], &object["nested"]["a"]), (&json!("x"), &json!(1)));
    assert_eq!((&object["key"], &object["name"]), (&json!(situation.one("n").key), &json!("n")));
}

#[test]
fn owner_group_and_mode_are_as_the_task_says_whether_the_token_is_new_or_not() {
    let situation = Situation::new();
    let path = situation.key_file();
    let task = |more: Value| {
        let mut task = json!({"name": "n", "key_file": path});
        task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        task
    };
    ok(situation.run(task(json!({}))));
    assert_eq!(mode(&path), 0o600);
    let key = situation.one("n").key;
    for asked in [json!("0640"), json!("u=rw,g=r,o=r"), json!(0o600)] {
        let done = ok(situation.run(task(json!({"mode": asked}))));
        assert!(done.changed, "{asked}");
        assert_eq!(situation.calls(), [format!("GET {USER}")], "{asked}");
        assert!(!ok(situation.run(task(json!({"mode": asked})))).changed, "{asked}");
        assert_eq!(fs::read_to_string(&path).unwrap().trim(), key, "{asked}");
    }
    if is_root() {
        assert!(ok(situation.run(task(json!({"owner": "1234", "group": "2345"})))).changed);
        let status = fs::metadata(&path).unwrap();
        assert_eq!((status.uid(), status.gid()), (1234, 2345));
    }
    for (options, words) in [
        (task(json!({"mode": "rw"})), "mode: \"rw\" is not a mode"),
        (task(json!({"owner": "no-such-user"})), "owner: no user 'no-such-user'"),
        (json!({"name": "m", "mode": "0600"}), "mode: requires key_file"),
    ] {
        let failure = situation.run(options).unwrap_err();
        assert!(failure.msg.starts_with(words), "{}", failure.msg);
    }
    assert!(situation.named("m").is_empty());
}

#[test]
fn a_file_of_the_same_token_in_another_format_is_converted_without_a_new_token() {
    let situation = Situation::new();
    let task = |format: &str| json!({"name": "n", "key_file": situation.key_file(), "key_file_format": format});
    ok(situation.run(task("raw")));
    let token = situation.one("n");
    for format in ["env", "json", "raw", "json", "env", "raw"] {
        let done = ok(situation.run(task(format)));
        assert!(done.changed && done.results.deleted.is_none(), "{format}");
        assert_eq!(situation.calls(), [format!("GET {USER}")], "{format}");
        assert_eq!(situation.one("n").id, token.id);
        assert!(fs::read_to_string(situation.key_file()).unwrap().contains(&token.key));
        assert!(!ok(situation.run(task(format))).changed, "{format}");
    }
    fs::write(situation.key_file(), format!("MIST_API_TOKEN={}\nA=1\n", token.key)).unwrap();
    let failure = situation.run(task("raw")).unwrap_err();
    assert!(failure.msg.contains("Set key_file_format: env"), "{}", failure.msg);
}

#[test]
fn the_file_of_a_token_that_is_deleted_goes_where_nothing_else_is_in_it_and_else_stays_and_that_is_told() {
    for (format, content, goes) in [
        ("raw", "KEY\n", true),
        ("env", "MIST_HOST=x\nMIST_API_TOKEN=KEY\nMIST_APITOKEN=KEY\n", true),
        ("json", "{\"host\": \"h\", \"id\": \"i\", \"name\": \"n\", \"key\": \"KEY\"}", true),
        ("raw", "export MIST_API_TOKEN=KEY\n", true),
        ("env", "MIST_API_TOKEN=KEY\nA=1\n", false),
        ("json", "{\"key\": \"KEY\", \"comment\": 1}", false),
        ("raw", "OldKeyOldKeyOldKeyOldKeyOldKey12\n", false),
        ("raw", "some words\n", false),
    ] {
        let situation = Situation::new();
        let (_, key) = situation.cloud.add_user_token(NewToken::named("n"));
        let content = content.replace("KEY", &key);
        fs::write(situation.key_file(), &content).unwrap();
        let task = json!({"name": "n", "state": "absent", "key_file": situation.key_file(), "key_file_format": format});
        let (gone, warnings) = situation.run_told(task.clone());
        assert!(ok(gone).changed);
        assert_eq!(situation.key_file().exists(), !goes, "{content}");
        let told = warnings.iter().any(|warning| warning.starts_with("key_file: ") && warning.contains("stays"));
        assert_eq!(told, !goes, "{content}: {warnings:?}");
        assert!(warnings.iter().all(|warning| !warning.contains(&key)), "{warnings:?}");
        let (again, _) = situation.run_told(task);
        assert!(!ok(again).changed);
    }
}

#[test]
fn a_file_of_other_lines_takes_a_key_and_what_is_no_such_file_is_refused() {
    let situation = Situation::new();
    fs::write(situation.key_file(), "A=1\n").unwrap();
    let task = json!({"name": "n", "key_file": situation.key_file(), "key_file_format": "env"});
    ok(situation.run(task.clone()));
    assert!(fs::read_to_string(situation.key_file()).unwrap().starts_with("A=1\nMIST_HOST="));
    ok(situation.run(json!({"name": "n", "state": "absent"})));
    fs::write(situation.key_file(), "[section]\nA=1\n").unwrap();
    let failure = situation.run(task).unwrap_err();
    assert!(failure.msg.contains("holds something else"), "{}", failure.msg);
}

#[test]
fn no_warning_is_given_about_a_mode_that_was_asked_for_or_kept_by_nobody() {
    let situation = Situation::new();
    let task = |more: Value| {
        let mut task = json!({"name": "n", "key_file": situation.key_file()});
        task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        task
    };
    let warnings = |more: Value| situation.run_told(task(more)).1;
    assert_eq!(warnings(json!({"mode": "0640"})), Vec::<String>::new());
    assert_eq!(warnings(json!({"mode": "0640"})), Vec::<String>::new());
    assert!(warnings(json!({}))[0].contains("others than the owner can read"));
    assert_eq!(warnings(json!({"mode": "0600"})), Vec::<String>::new());
    assert_eq!(warnings(json!({})), Vec::<String>::new());
}

#[test]
fn a_pipe_or_a_device_in_the_files_place_neither_hangs_nor_is_read() {
    let situation = Situation::new();
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, situation.key_file(), rustix::fs::FileType::Fifo, mode, 0).unwrap();
    for path in [situation.key_file(), "/dev/zero".into(), situation.folder.path().to_owned()] {
        let failure = situation.run(json!({"name": "n", "key_file": path})).unwrap_err();
        assert!(failure.msg.contains("is not a file"), "{}", failure.msg);
        assert!(situation.named("n").is_empty());
    }
}
