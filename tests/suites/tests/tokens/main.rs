//! Tokens in a simulated cloud: real sockets, TLS, and faults.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod answers;
mod creation;
mod deletions;
mod hostile;
mod listings;

mod locks;
mod plain_file;
mod runs;
