//! The module against a simulated cloud, over a real socket and TLS.

// clippy lets a test unwrap, and not what tests share.
#![allow(clippy::unwrap_used)]

mod homes;
mod key_file;
mod life;
mod one_token;
mod results;
mod support;
