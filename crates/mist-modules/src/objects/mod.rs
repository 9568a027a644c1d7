//! What the modules about objects share: which kind, where, from which file, and the words for what goes wrong.

pub mod declared;
pub mod docs;
pub mod errors;
pub mod kinds;
pub mod progress;
pub mod scope;
pub mod types;
