//! The client against a simulated cloud: real sockets, TLS, and faults.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod answers;
mod connections;
mod creation;
mod key_files;
mod listings;
mod locks;
mod proxies;
mod redirects;
mod repetition;
mod support;
mod tls;
