//! One version of ansible-core, in a virtual environment of its own.

use crate::project;
use anyhow::{Context as _, ensure};
use std::path::PathBuf;

/// One version of ansible-core, as `make test` has installed it.
#[derive(Debug, Clone)]
pub struct Ansible {
    programs: PathBuf,
}

impl Ansible {
    /// The newest patch release of this version, such as `2.19`.
    ///
    /// # Errors
    ///
    /// It is not installed. A test that wants it fails then: what was not run has not passed.
    pub fn installed(version: &str) -> anyhow::Result<Self> {
        let programs = project().join(format!(".venv-{version}/bin"));
        let playbook = programs.join("ansible-playbook");
        ensure!(
            playbook.exists(),
            "ansible-core {version} is not installed: there is no {}. `make test` installs it; so does \
             `scripts/python ansible .venv-{version} {version}`.",
            playbook.display()
        );
        Ok(Self { programs })
    }

    /// What `ANSIBLE_COLLECTIONS_PATH` must be for the collection ansible.posix, which `make test` has fetched.
    ///
    /// # Errors
    ///
    /// It has not.
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

    /// What a search path must be for its programs to find each other, and the system's own.
    ///
    /// # Errors
    ///
    /// The path of the project cannot be part of a search path.
    pub fn search_path(&self) -> anyhow::Result<std::ffi::OsString> {
        let paths = [&self.programs, &PathBuf::from("/usr/bin"), &PathBuf::from("/bin")];
        std::env::join_paths(paths).context("the project's path has a colon in it")
    }
}

/// Makes of a function that takes a version a test for the oldest and for the newest version of Ansible that is supported,
/// in a module of that version's name: `scripts/test` leaves a version out by that name, where it is allowed to.
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

/// The same for the newest alone.
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
