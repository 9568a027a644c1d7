//! The Juniper Mist cloud: hosts, credentials, transport, API tokens.

pub mod answer;
pub mod client;
pub mod credentials;
pub mod error;
pub mod host;
pub mod key;
pub mod redact;
pub mod retry;
pub mod transport;
