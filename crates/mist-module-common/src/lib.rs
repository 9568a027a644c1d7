//! What every Mist module shares: the connection options, and how a client error becomes a task's failure.

pub mod connection;
pub mod ids;

pub use connection::{ConnectionOptions, CountsCalls};
