//! Any named object of the Juniper Mist cloud, kept as declared. Knows nothing of Ansible.
//!
//! Pure: [`table`] is the kinds and what the document says of their fields, [`source`] reads objects from text, [`spelling`]
//! says what may be a slip, [`names`] puts ids in place of names, [`value`] says what is nothing, [`matching`] says which object is meant, [`compare`] whether it is as declared, [`merge`] what
//! is to be sent, [`plan`] and [`set`] what is to be done, [`export`] turns it round, [`secrets`] says what is not shown.
//!
//! With the cloud: [`listing`] reads, [`apply`] carries one plan out, [`apply_set`] many.

pub mod access;
pub mod apply;
pub mod apply_set;
pub mod compare;
mod duplicate_resolution;
pub mod export;
pub mod listing;
pub mod matching;
pub mod merge;
pub mod names;
pub mod plan;
pub mod scope;
pub mod secrets;
pub mod set;
pub mod source;
pub mod suggest;
pub mod table;
pub mod value;
