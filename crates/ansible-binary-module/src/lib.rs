//! Ansible's binary-module protocol: write an Ansible module as one static executable.

mod command;
mod definition;
mod docs;
mod documentation;
mod exit;
mod input;
mod internal;
mod mask;
mod module;
mod option_types;
mod options;
mod report;
pub mod rules;
mod run;
pub mod spec;
mod syslog;
mod task;
pub mod validation;

pub use command::main;
pub use documentation::{Attribute, Documentation, SeeAlso, Support};
pub use exit::on_exit;
pub use module::{Diff, Failure, Module, Success};
pub use option_types::{AnsiblePath, NoLog};
pub use task::{Deprecation, Task, TaskBuilder};
pub use validation::Origin;
