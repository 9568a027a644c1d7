//! The client against a simulated cloud: real sockets, TLS, and faults.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod connections;
mod proxies;
mod redirects;
mod repetition;
mod several_tokens;
mod support;
mod tls;
