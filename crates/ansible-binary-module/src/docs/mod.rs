//! What a module says about itself: the sidecar for `ansible-doc`, the help for a terminal, the JSON Schema for machines.

mod help;
mod schema;
mod sidecar;
mod text;
mod words;
mod yaml;

pub(crate) use help::help;
pub(crate) use schema::schema;
pub(crate) use sidecar::sidecar;
