//! API tokens of the Juniper Mist cloud: privileges, plans, rotation, a creation that survives lost responses and other runs, key
//! files, and the lock that makes many runs create one token. This crate knows nothing of Ansible: errors are data
//! ([`error`]), which a module words with the names of its options.
//!
//! Pure decisions: [`plan`] and [`set`] from the declaration ([`target`]) and the listed tokens, [`rotation`],
//! [`duplicate_resolution`], and [`key_file::content`]. Calls to the cloud: [`calls`], [`creation`], [`apply`] and
//! [`apply_set`]. Files: [`key_file`] and [`lock`].

pub mod apply;
pub mod apply_set;
pub mod calls;
pub mod creation;
pub mod duplicate_resolution;
pub mod error;
pub mod key_file;
pub mod lock;
pub mod marker;
pub mod plan;
pub mod privilege;
pub mod rotation;
pub mod set;
pub mod target;
pub mod token;

pub use error::{Error, Notice, Refusal, Result};
