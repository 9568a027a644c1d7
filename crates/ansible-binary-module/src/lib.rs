//! Ansible's binary-module protocol: write an Ansible module as one static executable.

mod documentation;
mod exit;
mod module;
mod option_types;
pub mod rules;
mod run;
pub mod spec;
mod task;
pub mod validation;

pub use documentation::{Attribute, Documentation, SeeAlso, Support};
pub use exit::on_exit;
pub use module::{Diff, Failure, Module, Success};
pub use option_types::{AnsiblePath, NoLog};
pub use run::main;
pub use task::{Deprecation, Task, TaskBuilder};
pub use validation::Origin;
