//! Shared by the object modules: options, kinds, declarations, messages and documentation.

pub mod declared;
pub mod docs;
pub mod errors;
pub mod kinds;
pub mod location;
pub mod options;
