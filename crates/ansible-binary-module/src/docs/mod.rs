//! What a module says about itself: the sidecar for `ansible-doc`, the help for a terminal, the JSON Schema for machines.

mod help;
mod plugin;
mod schema;
mod sidecar;
mod text;
mod words;
mod yaml;

pub use help::Usage;
pub(crate) use help::{help, program_help};
pub use plugin::PluginPage;
pub(crate) use plugin::plugin;
pub(crate) use schema::schema;
pub(crate) use sidecar::sidecar;
