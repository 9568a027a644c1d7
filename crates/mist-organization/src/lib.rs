//! A whole organization of the Juniper Mist cloud as a folder of files. Independent of Ansible.
//!
//! Without I/O: [`file_name`] and [`yaml`] are the form of the files.

pub mod declaration;
pub mod desired;
pub mod export;
pub mod exported;
pub mod file_name;
pub mod folder;
pub mod layout;
pub mod listings;
pub mod order;
pub mod plan;
pub mod read;
pub mod schemas;
pub mod secret_files;
pub mod site_table;
pub mod sync;
pub mod yaml;
