//! The Juniper Mist cloud: hosts, credentials, transport, API tokens.

pub mod answer;
pub mod client;
pub mod creation;
pub mod credentials;
mod cryptography;
pub mod error;
pub mod host;
pub mod interruption;
pub mod key;
pub mod key_file;
pub mod lock;
pub mod names;
pub mod paging;
pub mod privilege;
mod reached;
pub mod redact;
pub mod retry;
pub mod session;
pub mod src_ips;
pub mod token;
pub mod transport;

pub use client::{Client, Settings};
pub use credentials::Credentials;
pub use error::{Error, Result};
pub use host::Host;
