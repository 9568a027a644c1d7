//! The Ansible modules for the Juniper Mist cloud, a folder each, and in `common` what all of them share.
//!
//! The executables are in `src/bin`, one for each module.

pub mod common;
pub mod mist_api_request;
pub mod mist_api_token;
pub mod mist_api_token_info;
pub mod mist_api_tokens;
pub mod mist_inventory;
pub mod mist_object;
pub mod mist_object_info;
pub mod mist_objects;
pub mod mist_self_info;
pub mod objects;
pub mod tokens;

pub use common::connection::ConnectionOptions;
pub use common::scope::{OwnerOptions, OwnerRef, TokenType};
pub use common::{Counted, Mist, MistModule};

use std::process::ExitCode;

/// Runs a module: the whole of each executable's `main`.
pub fn main<M: MistModule>() -> ExitCode {
    ansible_binary_module::main::<Mist<M>>()
}
