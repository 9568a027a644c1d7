//! What the modules about objects share: which kind, where, from which file, and the words for what goes wrong.

pub mod declared;
pub mod docs;
pub mod failure;
pub mod kinds;
pub mod place;
pub mod progress;
pub mod types;
pub mod wrong;
