//! The modules as the collection `mist.cloud`, built and installed as by a user.

use crate::{Ansible, Module, library, project};
use anyhow::{Context as _, ensure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// The collection, installed for one version of ansible-core.
#[derive(Debug, Clone)]
pub struct Collection {
    path: PathBuf,
}

/// The paths of the archive and of the installation for each version. Built once in a process, because the executables do not
/// change meanwhile.
static MADE: Mutex<(Option<PathBuf>, BTreeMap<String, PathBuf>)> = Mutex::new((None, BTreeMap::new()));

impl Collection {
    /// Installs it with the `ansible-galaxy` of this version. The first call builds it from `library/`.
    pub fn installed(version: &str, ansible: &Ansible) -> anyhow::Result<Self> {
        // After a failure of another test here, the missing parts are built again.
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        let (archive, installed) = &mut *made;
        if let Some(path) = installed.get(version) {
            return Ok(Self { path: path.clone() });
        }
        Module::all()?;
        let test = std::env::current_exe()?;
        let built = test.parent().context("the folder of the tests")?;
        let folder = built.join(format!("collection-{version}"));
        drop(std::fs::remove_dir_all(&folder));
        let galaxy = ansible.program("ansible-galaxy");
        let run = |command: &mut Command| -> anyhow::Result<()> {
            command
                .env_clear()
                .env("PATH", ansible.search_path()?)
                .env("HOME", &folder)
                .env("LC_ALL", "C.UTF-8")
                .env("ANSIBLE_GALAXY", &galaxy)
                .env("ANSIBLE_LOCAL_TEMP", folder.join("tmp"))
                .env("ANSIBLE_COLLECTIONS_PATH", folder.join("collections"))
                .stdin(Stdio::null());
            let output = command.output().with_context(|| format!("{command:?}"))?;
            let printed = [output.stdout, output.stderr].concat();
            ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&printed));
            Ok(())
        };
        let archive = match archive {
            Some(archive) => archive,
            None => {
                run(Command::new(project().join("scripts/pack")).arg("collection").arg(library()).arg(&folder))?;
                archive.insert(folder.join(format!("mist-cloud-{}.tar.gz", env!("CARGO_PKG_VERSION"))))
            }
        };
        let install = ["collection", "install", "--offline", "-p"];
        run(Command::new(&galaxy).args(install).arg(folder.join("collections")).arg(archive))?;
        installed.insert(version.to_owned(), folder.join("collections"));
        Ok(Self { path: folder.join("collections") })
    }

    /// The value of `ANSIBLE_COLLECTIONS_PATH`.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The playbook with the full name of each module. `quote` encloses the keys.
pub(crate) fn full_names(playbook: &str, quote: &str) -> String {
    let full_name = |line: &str| {
        let name = line.trim_start();
        let indentation = &line[..line.len() - name.len()];
        match name.strip_prefix(quote).filter(|name| name.starts_with("mist_")) {
            Some(name) if name.contains(&format!("{quote}:")) => format!("{indentation}{quote}mist.cloud.{name}\n"),
            _ => format!("{line}\n"),
        }
    };
    playbook.lines().map(full_name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_gets_its_full_name_and_nothing_else_does() {
        let yaml = "- name: mist_api_token: no\n  mist_api_token:\n    name: mist_x\n  register: mist_y\n";
        assert_eq!(full_names(yaml, ""), yaml.replace("\n  mist_api_token:", "\n  mist.cloud.mist_api_token:"));
        let json = "{\n  \"mist_self_info\": {},\n  \"name\": \"mist_a\"\n}\n";
        assert_eq!(full_names(json, "\""), json.replace("\"mist_self", "\"mist.cloud.mist_self"));
    }
}
