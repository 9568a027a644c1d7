//! The Juniper Mist cloud's HTTP: hosts, credentials, sessions, transport, retries, pages, and errors as data.

pub mod answer;
pub mod client;
pub mod credentials;
mod cryptography;
pub mod deletion;
pub mod error;
pub mod host;
pub mod interruption;
pub mod key;
pub mod login;
pub mod names;
pub mod paging;
pub mod path;
pub mod proxy;
pub mod redact;
pub mod retry;
mod scope;
pub mod suggest;
mod tls;
pub mod transport;
pub mod workers;

pub use client::{Client, Settings};
pub use credentials::Credentials;
pub use error::{Error, Result};
pub use host::Host;
