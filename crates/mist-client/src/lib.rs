//! The HTTP API of the Juniper Mist cloud: hosts, credentials, sessions, transport, retries, pages, and errors as data. Knows
//! nothing of Ansible or the names of options.

pub mod answer;
pub mod client;
pub mod credentials;
pub mod error;
pub mod host;
pub mod interruption;
pub mod key;
pub mod login;
pub mod names;
pub mod paging;
pub mod path;
pub mod redact;
pub mod retry;
pub mod suggest;
mod tls;
pub mod transport;
pub mod workers;

pub use client::{Client, Settings};
pub use credentials::Credentials;
pub use error::{Error, Result};
pub use host::Host;
