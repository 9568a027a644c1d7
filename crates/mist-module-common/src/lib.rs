//! What every Mist module shares: the connection options, whose tokens a task is about, ids, durations and patterns of names.

pub mod connection;
pub mod duration;
pub mod glob;
pub mod ids;
pub mod owner;
mod signals;

pub use connection::{ConnectionOptions, CountsCalls};
pub use owner::{OwnerOptions, OwnerWish, TokenType};
