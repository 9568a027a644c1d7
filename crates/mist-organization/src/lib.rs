//! A whole organization of the Juniper Mist cloud as a folder of files. Independent of Ansible.
//!
//! Without I/O: [`file_name`] and [`yaml`] are the form of the files.

pub mod declaration;
pub mod export;
pub mod exported;
pub mod file_name;
pub mod folder;
pub mod layout;
pub mod schemas;
pub mod site_table;
pub mod sync;
pub mod yaml;
