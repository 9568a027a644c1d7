//! The simulator against what Mist's OpenAPI document says, over real TLS.

mod client;
mod faults;
