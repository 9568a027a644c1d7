//! Any named object of the Juniper Mist cloud, kept as declared. Independent of Ansible.
//!
//! Without I/O: [`table`] has the kinds and the fields that the document defines. [`source`] reads objects from text. [`names`] puts
//! ids in place of names. [`matching`] identifies an object, [`compare`] compares it, [`merge`] computes what is sent, [`plan`] and
//! [`set`] plan. [`filter`] chooses objects. [`export`] is the reverse direction. [`secrets`] masks. [`error`] has everything
//! that can be wrong.
//!
//! With the cloud: [`listing`] and [`find`] read, [`apply`] carries out one plan, [`apply_set`] many, and [`access`] protects the
//! access of the caller.

pub mod access;
pub mod apply;
pub mod apply_set;
pub mod arrangement;
pub mod compare;
pub mod conformity;
pub mod conversion;
pub mod creation;
mod duplicate_resolution;
pub mod error;
pub mod export;
pub mod filter;
pub mod find;
pub mod items;
pub mod listing;
pub mod matching;
mod membership;
pub mod merge;
pub mod names;
pub mod order;
pub mod plan;
pub mod secrets;
pub mod set;
pub mod source;
pub mod table;
pub mod value;
