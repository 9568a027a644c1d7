//! The example modules in tasks of the oldest and the newest Ansible: check mode, diff mode and real runs.

#![allow(clippy::unwrap_used)] // A failure here fails the test.

#[path = "../python/mod.rs"]
mod python;
mod server;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

#[test]
fn tasks_predict_change_and_settle() {
    let mut versions = python::pythons();
    versions.sort_by_key(|(version, _)| {
        version.split('.').map(|part| part.parse::<u32>().unwrap_or_default()).collect::<Vec<_>>()
    });
    let newest = versions.pop().unwrap();
    let oldest = versions.into_iter().next();
    for (version, python) in oldest.into_iter().chain([newest]) {
        play(&version, &python);
    }
}

fn play(version: &str, python: &Path) {
    let directory = tempfile::tempdir().unwrap();
    let test = std::env::current_exe().unwrap();
    let examples = test.ancestors().nth(2).unwrap().join("examples");
    for module in ["block_in_file", "http_object", "command_facts"] {
        let executable = examples.join(module);
        assert!(executable.exists(), "{} is not built: run cargo build --examples first", executable.display());
        let documented = Command::new(&executable).arg("--docs").output().unwrap();
        assert!(documented.status.success(), "{}", String::from_utf8_lossy(&documented.stdout));
        symlink(executable, directory.path().join(module)).unwrap();
    }
    let address = server::start(server::Objects::default());
    let output = Command::new(python)
        .args(["-m", "ansible", "playbook"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real_ansible/playbook.yml"))
        .args(["-vvv", "-i", "localhost,", "-e"])
        .arg(format!("folder={} url=http://{address}/users/ann", directory.path().display()))
        .current_dir(directory.path())
        .env("HOME", directory.path())
        .env("LC_ALL", "C.UTF-8")
        .env("COLUMNS", "1000")
        .env("ANSIBLE_LIBRARY", directory.path())
        .env("ANSIBLE_NOCOLOR", "1")
        .env("ANSIBLE_DEPRECATION_WARNINGS", "1")
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "ansible-core {version}: {printed}");
    assert!(!printed.contains("s3cret"), "ansible-core {version}: {printed}");
    assert!(printed.contains("Alias 'endpoint' is deprecated"), "ansible-core {version}: {printed}");
    assert_eq!(fs::read_to_string(directory.path().join("file")).unwrap(), "# BEGIN x\na\n# END x\n");
}
