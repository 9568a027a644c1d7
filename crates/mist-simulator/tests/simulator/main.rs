//! The simulator against Mist's OpenAPI document, over real TLS.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

mod accounts;
mod admins;
mod authentication;
mod behavior;
mod claims;
mod client;
mod connections;
mod control;
mod devices;
mod faults;
mod lists;
mod objects;
mod org_tokens;
mod program;
mod proxy;
mod quota;
mod sites;
mod user_tokens;
