//! The modules against a simulated cloud, over a real socket and TLS: what each returns, and what it leaves in the cloud
//! and on disk.

// clippy lets a test unwrap, and not what tests share.
#![allow(clippy::unwrap_used)]

mod fixture;
mod key_files;
mod mist_api_request;
mod mist_api_token;
mod mist_api_token_info;
mod mist_api_tokens;
mod mist_self_info;
mod objects;
