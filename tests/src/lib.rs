//! What crosses crates: real runs of the real executables, by hand and by `ansible-playbook`, against a simulated Mist
//! cloud on a real socket.
//!
//! Everything here is what `make` puts into `library/`, so that what is tested is what a user gets: run `make test`,
//! which builds it first and installs each version of Ansible into `.venv-VERSION`.
//!
//! | what you look for | where |
//! | --- | --- |
//! | a cloud and a folder of a test's own, and running things there | [`Place`] |
//! | one version of ansible-core | [`Ansible`] |
//! | the modules as the collection `mist.cloud` | [`Collection`] |
//! | what a playbook run printed and what its tasks returned | [`Played`] |
//! | looking for secrets where none may be | [`Leaks`] |
//! | the host's log, as what is run sees it | [`Syslog`] |
//! | running an executable without Ansible | [`Module`] |
//! | every fault at every call of every task, and what may be left after it | [`campaign`] |

mod ansible;
pub mod campaign;
mod collection;
mod leaks;
mod module;
mod place;
mod played;
mod syslog;

pub use ansible::Ansible;
pub use collection::Collection;
pub use leaks::Leaks;
pub use module::{Module, Ran, Running};
pub use place::{Place, Play};
pub use played::{Played, Task};
pub use syslog::Syslog;

use std::path::{Path, PathBuf};

/// The folder of the executables: `library/`, or the one that `ACCEPTANCE_LIBRARY` names, for executables that are not
/// built as users get them.
pub fn library() -> PathBuf {
    std::env::var_os("ACCEPTANCE_LIBRARY").map_or_else(|| project().join("library"), PathBuf::from)
}

/// The folder of the whole project.
pub fn project() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_path_buf()
}
