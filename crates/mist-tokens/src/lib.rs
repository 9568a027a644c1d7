//! What an API token of the Juniper Mist cloud is, and how one comes to be and goes: privileges, the plan of what to do,
//! rotation, a creation that survives lost answers and other runs, key files, and the lock that makes many runs make one
//! token. It knows nothing of Ansible: what goes wrong is data ([`error`]), which a module words in its options' names.
//!
//! What is decided is a pure function: [`plan`] and [`set`] from what is wanted ([`target`]) and what was found, [`rotation`]
//! and [`duplicate_resolution`] from what the cloud lists, [`key_file::content`] from a file's old bytes. What talks to the cloud stands in
//! [`calls`], [`search`], [`names`], [`creation`], [`apply`] and [`apply_set`]; what touches the disk in [`key_file`] and
//! [`lock`].

pub mod age;
pub mod apply;
pub mod apply_set;
pub mod calls;
pub mod creation;
pub mod duplicate_resolution;
pub mod error;
pub mod key_file;
pub mod lock;
pub mod marker;
pub mod names;
pub mod plan;
pub mod privilege;
pub mod rotation;
pub mod search;
pub mod selection;
pub mod set;
pub mod src_ips;
pub mod target;
pub mod token;
pub mod wanted;

pub use error::{Error, Notice, Refusal, Result};
