//! Tests across crates: real runs of the real executables, with and without `ansible-playbook`, against a simulated Mist
//! cloud on a real socket.
//!
//! The tests run the executables in `library/`, which are those that users get. `make test` builds them and installs each
//! version of Ansible into `.venv-VERSION`.
//!
//! | topic | item |
//! | --- | --- |
//! | the cloud and the folder of a test, and runs of Ansible there | [`Sandbox`] |
//! | a version of ansible-core | [`Ansible`] |
//! | the modules as the collection `mist.cloud` | [`Collection`] |
//! | the output of a playbook and the results of its tasks | [`Played`] |
//! | the search for secrets where none are allowed | [`Leaks`] |
//! | the log of the host for the runs of a test | [`Syslog`] |
//! | runs of an executable without Ansible | [`Module`] |
//! | every fault at every call of every task, and the promises that hold after it | [`campaign`] |

mod ansible;
pub mod campaign;
mod collection;
mod leaks;
mod module;
mod played;
mod sandbox;
mod syslog;

pub use ansible::Ansible;
pub use collection::Collection;
pub use leaks::Leaks;
pub use module::{Module, Ran, Running};
pub use played::{Played, Task};
pub use sandbox::{Play, Sandbox};
pub use syslog::Syslog;

use std::path::{Path, PathBuf};

/// The folder of the executables: `library/`, or `ACCEPTANCE_LIBRARY` for executables of another build.
pub fn library() -> PathBuf {
    std::env::var_os("ACCEPTANCE_LIBRARY").map_or_else(|| project().join("library"), PathBuf::from)
}

/// The folder of the project.
pub fn project() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_path_buf()
}
