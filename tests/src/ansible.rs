//! A version of ansible-core in its own virtual environment.

use crate::project;
use anyhow::{Context as _, ensure};
use std::path::PathBuf;

/// A version of ansible-core that `make test` installed.
#[derive(Debug, Clone)]
pub struct Ansible {
    programs: PathBuf,
}

impl Ansible {
    /// The newest patch release of this version, such as `2.19`. A missing version is an error: a test that did not run has
    /// not passed.
    pub fn installed(version: &str) -> anyhow::Result<Self> {
        let programs = project().join(format!(".venv-{version}/bin"));
        let playbook = programs.join("ansible-playbook");
        ensure!(
            playbook.exists(),
            "ansible-core {version} is not installed: {} does not exist. `make test` installs it, and so does \
             `scripts/python ansible .venv-{version} {version}`.",
            playbook.display()
        );
        Ok(Self { programs })
    }

    /// The value of `ANSIBLE_COLLECTIONS_PATH` for the collection ansible.posix, which `make test` downloads.
    pub fn posix() -> anyhow::Result<PathBuf> {
        let folder = project().join(".venv-posix");
        ensure!(
            folder.join(".complete").exists(),
            "the collection ansible.posix is not in {}. `make test` fetches it; so does `scripts/python posix .venv-posix`.",
            folder.display()
        );
        Ok(folder)
    }

    /// The path of one of its programs, such as `ansible-doc`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// A search path with its programs and those of the system.
    pub fn search_path(&self) -> anyhow::Result<std::ffi::OsString> {
        let paths = [&self.programs, &PathBuf::from("/usr/bin"), &PathBuf::from("/bin")];
        std::env::join_paths(paths).context("the path of the project contains a colon")
    }
}

/// Turns a function of a version into tests with the oldest and the newest supported version of Ansible. The module of a test
/// has the name of the version, so that `scripts/test` can omit a version.
#[macro_export]
macro_rules! with_oldest_and_newest_ansible {
    ($situation:ident) => {
        mod ansible_2_14 {
            #[test]
            fn $situation() -> anyhow::Result<()> {
                super::$situation("2.14")
            }
        }

        $crate::with_the_newest_ansible!($situation);
    };
}

/// The same for the newest version only.
#[macro_export]
macro_rules! with_the_newest_ansible {
    ($situation:ident) => {
        mod ansible_2_19 {
            #[test]
            fn $situation() -> anyhow::Result<()> {
                super::$situation("2.19")
            }
        }
    };
}
