//! The module against a simulated cloud, over a real socket and TLS.

mod life;
mod one_token;
mod support;
