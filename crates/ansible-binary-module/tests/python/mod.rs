//! The Pythons that have ansible-core.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const HOW_TO_GET_ONE: &str = "no Python with ansible-core found: run `make test`, which installs one into .venv, or set \
     ANSIBLE_PYTHON to the python of an environment with `pip install ansible-core`";

/// Each ansible-core that is at hand, once per version: one at least, or the test fails.
pub(crate) fn pythons() -> Vec<(String, PathBuf)> {
    let candidates = match env::var_os("ANSIBLE_PYTHON") {
        Some(named) => vec![PathBuf::from(named)],
        None => [beside_ansible_playbook(), in_the_workspace()].concat(),
    };
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for python in candidates {
        let Some(version) = ansible_version(&python) else { continue };
        if found.iter().all(|(other, _)| *other != version) {
            found.push((version, python));
        }
    }
    assert!(!found.is_empty(), "{HOW_TO_GET_ONE}");
    found
}

fn ansible_version(python: &Path) -> Option<String> {
    let output = Command::new(python)
        .args(["-c", "import ansible.release; print(ansible.release.__version__)"])
        .output()
        .ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| version.trim().to_owned())
}

/// The interpreter that the first `ansible-playbook` on `PATH` names, and the one in its folder.
fn beside_ansible_playbook() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let script = env::split_paths(&path)
        .map(|folder| folder.join("ansible-playbook"))
        .find_map(|script| script.canonicalize().ok());
    let Some(script) = script else {
        return Vec::new();
    };
    let text = fs::read(&script).unwrap_or_default();
    let first_line = String::from_utf8_lossy(text.split(|byte| *byte == b'\n').next().unwrap_or_default());
    let interpreter = first_line.strip_prefix("#!").and_then(|line| line.split_whitespace().last()).map(PathBuf::from);
    interpreter.into_iter().chain([script.with_file_name("python")]).collect()
}

fn in_the_workspace() -> Vec<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut pythons: Vec<PathBuf> = fs::read_dir(workspace)
        .unwrap()
        .filter_map(|entry| entry.ok())
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(".venv"))
        .map(|entry| entry.path().join("bin/python"))
        .collect();
    pythons.sort();
    pythons
}
