//! A whole organization of the Juniper Mist cloud as a folder of files. Independent of Ansible.
//!
//! Without I/O: [`file_name`], [`layout`], [`yaml`], [`site_table`] and [`schemas`] are the form of the folder. [`declaration`] turns
//! found objects into declarations, and [`desired`] is what a folder declares. [`plan`], with [`order`] and [`placeholders`], plans a
//! whole organization. [`sync`] plans the changes of a folder.
//!
//! With the cloud or the disk: [`export`] reads an organization, [`folder`] writes files, [`read`] reads them. [`listings`] reads what
//! a plan needs, and [`apply`] carries it out.

pub mod apply;
pub mod declaration;
pub mod desired;
pub mod ends;
pub mod export;
pub mod exported;
pub mod file_name;
pub mod folder;
mod identity;
pub mod layout;
pub mod listings;
pub mod order;
pub mod placeholders;
pub mod plan;
pub mod read;
pub mod schemas;
pub mod secret_files;
pub mod site_table;
pub mod sync;
mod write;
pub mod yaml;
