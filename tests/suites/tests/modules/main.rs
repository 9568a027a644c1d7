//! The modules against a simulated cloud, over TLS: results, and the state of the cloud and the disk afterwards.

#![allow(clippy::unwrap_used)]

mod check_mode;
mod devices;
mod key_files;
mod many_orgs;
mod mist_admins;
mod mist_api_request;
mod mist_api_token;
mod mist_api_token_info;
mod mist_api_tokens;
mod mist_firmware;
mod mist_search;
mod mist_self_info;
mod objects;
mod organization;
