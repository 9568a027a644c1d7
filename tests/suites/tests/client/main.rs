//! The client against a simulated cloud: real sockets, TLS and faults.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod answers;
mod connections;
mod intermediaries;
mod logins;
mod pages;
mod proxies;
mod redirects;
mod repetition;
mod several_tokens;
mod tls;
mod waiting;
