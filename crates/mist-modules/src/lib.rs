//! The Ansible modules for the Juniper Mist cloud, a folder each, and in `common` what all of them share.
//!
//! The executables are in `src/bin`: one for each module, one for the inventory, and `mist` with all modules of [`MODULES`].

pub mod common;
pub mod devices;
pub mod mist_admins;
pub mod mist_api_request;
pub mod mist_api_token;
pub mod mist_api_token_info;
pub mod mist_api_tokens;
pub mod mist_apply;
pub mod mist_device_info;
pub mod mist_devices;
pub mod mist_export;
pub mod mist_firmware;
pub mod mist_inventory;
pub mod mist_object;
pub mod mist_object_info;
pub mod mist_objects;
pub mod mist_search;
pub mod mist_self_info;
pub mod objects;
pub mod organization;
pub mod tokens;

pub use common::connection::ConnectionOptions;
pub use common::scope::{OwnerOptions, OwnerRef, TokenType};
pub use common::{Counted, Mist, MistModule};

use ansible_binary_module::ModuleEntry;
use dlmalloc::GlobalDlmalloc;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: GlobalDlmalloc = GlobalDlmalloc;

/// All modules, in the order of their names: those of the program `mist`.
pub const MODULES: &[ModuleEntry] = &[
    ModuleEntry::of::<Mist<mist_admins::MistAdmins>>(),
    ModuleEntry::of::<Mist<mist_api_request::MistApiRequest>>(),
    ModuleEntry::of::<Mist<mist_api_token::MistApiToken>>(),
    ModuleEntry::of::<Mist<mist_api_token_info::MistApiTokenInfo>>(),
    ModuleEntry::of::<Mist<mist_api_tokens::MistApiTokens>>(),
    ModuleEntry::of::<Mist<mist_apply::MistApply>>(),
    ModuleEntry::of::<Mist<mist_device_info::MistDeviceInfo>>(),
    ModuleEntry::of::<Mist<mist_devices::MistDevices>>(),
    ModuleEntry::of::<Mist<mist_export::MistExport>>(),
    ModuleEntry::of::<Mist<mist_firmware::MistFirmware>>(),
    ModuleEntry::of::<Mist<mist_object::MistObject>>(),
    ModuleEntry::of::<Mist<mist_object_info::MistObjectInfo>>(),
    ModuleEntry::of::<Mist<mist_objects::MistObjects>>(),
    ModuleEntry::of::<Mist<mist_search::MistSearch>>(),
    ModuleEntry::of::<Mist<mist_self_info::MistSelfInfo>>(),
];

/// Runs a module: the whole of each executable's `main`.
pub fn main<M: MistModule>() -> ExitCode {
    ansible_binary_module::main::<Mist<M>>()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_program_mist_contains_every_module() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin");
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let names = files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned());
        let mut executables: Vec<_> = names.filter(|name| name != "mist" && name != "mist_inventory").collect();
        executables.sort();
        let listed: Vec<_> = super::MODULES.iter().map(|module| module.name()).collect();
        assert_eq!(listed, executables);
    }
}
