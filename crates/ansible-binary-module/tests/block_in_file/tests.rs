//! The module does what Ansible's own `blockinfile` does.

#![allow(clippy::unwrap_used)] // A failure here fails the test.

#[path = "../python/mod.rs"]
mod python;

use super::BlockInFile;
use ansible_binary_module::check;
use ansible_binary_module::testing::{Ended, Invocation};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn its_types_are_what_ansible_understands() {
    check::<BlockInFile>().unwrap();
}

/// A small random generator, so that every run has the same cases.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }

    fn lines(&mut self, most: usize) -> String {
        const LINES: [&str; 8] = [
            "a\n",
            "b\n",
            "# BEGIN x\n",
            "# END x\n",
            "\n",
            "ab",
            "# BEGIN ANSIBLE MANAGED BLOCK\n",
            "# END ANSIBLE MANAGED BLOCK\n",
        ];
        (0..self.below(most + 1)).map(|_| self.pick(&LINES)).collect()
    }
}

fn case(random: &mut Random) -> (Option<String>, Value) {
    let before = (random.below(10) > 0).then(|| random.lines(7));
    let mut options = json!({"state": random.pick(&["present", "present", "absent"]), "create": random.below(4) > 0});
    if random.below(8) > 0 {
        options["block"] = random.lines(3).into();
    }
    if random.below(2) > 0 {
        options["marker"] = "# {mark} x".into();
    }
    match random.below(4) {
        0 => options["insertafter"] = random.pick(&["EOF", "a", "b", "z"]).into(),
        1 => options["insertbefore"] = random.pick(&["BOF", "a", "b", "z"]).into(),
        _ => {}
    }
    (before, options)
}

fn run(path: &Path, options: &Value, check_mode: bool) -> Ended {
    Invocation::<BlockInFile>::new(json!({ "path": path })).with(options.clone()).check_mode(check_mode).run()
}

#[test]
fn a_thousand_random_files_end_as_with_blockinfile() {
    let directory = tempfile::tempdir().unwrap();
    let mut random = Random(0x5eed_1234_abcd_0001);
    let cases: Vec<(Option<String>, Value)> = (0..1000).map(|_| case(&mut random)).collect();
    let place = |kind: &str, index: usize| directory.path().join(format!("{kind}{index}"));
    let mut input = String::new();
    for (index, (before, options)) in cases.iter().enumerate() {
        for kind in ["ours", "theirs"] {
            if let Some(before) = before {
                fs::write(place(kind, index), before).unwrap();
            }
        }
        let mut options = options.clone();
        options["path"] = place("theirs", index).to_str().unwrap().into();
        input += &format!("{options}\n");
    }
    let (version, python) = python::pythons().pop().unwrap();
    let stdin = directory.path().join("cases");
    fs::write(&stdin, input).unwrap();
    let twin = Command::new(&python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/block_in_file/twin.py"))
        .stdin(fs::File::open(stdin).unwrap())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let theirs: Vec<Value> =
        String::from_utf8(twin.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(theirs.len(), cases.len(), "ansible-core {version}");
    let mut changed = 0;
    for (index, (before, options)) in cases.iter().enumerate() {
        let path = place("ours", index);
        let predicted = run(&path, options, true);
        assert_eq!(fs::read_to_string(&path).ok(), *before, "check mode: {options}");
        let done = run(&path, options, false);
        let ours = json!([done.status == 1, done.result["changed"], fs::read_to_string(&path).ok()]);
        assert_eq!(ours, theirs[index], "{before:?} {options} (ansible-core {version})");
        assert_eq!(predicted.result["changed"], done.result["changed"], "{before:?} {options}");
        changed += usize::from(done.result["changed"] == true);
        // Stray markers in the file or in the block move with every run, here and there.
        let has_markers = |text: Option<&str>| text.is_some_and(|text| text.contains('#'));
        if done.status == 0 && !has_markers(before.as_deref()) && !has_markers(options["block"].as_str()) {
            assert_eq!(run(&path, options, false).result["changed"], false, "again: {before:?} {options}");
        }
    }
    assert!(changed > 300, "{changed}");
}

#[test]
fn a_backup_is_kept_and_a_failed_validation_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("f");
    fs::write(&path, "a\n").unwrap();
    let refused = run(&path, &json!({"block": "x", "validate": "grep -q never %s"}), false);
    assert!(refused.result["msg"].as_str().unwrap().starts_with("failed to validate: rc:1"), "{:?}", refused.result);
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), &refused.result["rc"]), ("a\n", &json!(1)));
    let done = run(&path, &json!({"block": "x", "backup": true, "validate": "grep -q x %s"}), false);
    let backup = done.result["backup_file"].as_str().unwrap();
    assert_eq!(fs::read_to_string(backup).unwrap(), "a\n");
}
