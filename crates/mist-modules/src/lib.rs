//! The Ansible modules for the Juniper Mist cloud: a folder each with options, results, documentation and what is done,
//! and what they share: the connection options, whose objects a task is about, ids, durations and patterns of names.
//!
//! The executables are in `src/bin`, one for each module.

pub mod connection;
pub mod documentation;
pub mod duration;
pub mod errors;
pub mod glob;
pub mod ids;
pub mod mist_api_request;
pub mod mist_api_token;
pub mod mist_api_token_info;
pub mod mist_api_tokens;
pub mod mist_object;
pub mod mist_object_info;
pub mod mist_objects;
pub mod mist_self_info;
pub mod module;
pub mod objects;
pub mod owner;
pub mod place;
mod signals;
pub mod tokens;

pub use connection::ConnectionOptions;
pub use module::{Counted, Mist, MistModule};
pub use owner::{OwnerOptions, OwnerWish, TokenType};

use std::process::ExitCode;

/// Runs a module: the whole of each executable's `main`.
pub fn main<M: MistModule>() -> ExitCode {
    ansible_binary_module::on_exit(mist_client::interruption::remove_temporary_files);
    ansible_binary_module::main::<Mist<M>>()
}
