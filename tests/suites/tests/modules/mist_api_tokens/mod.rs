//! The module against a simulated cloud, over a real socket and TLS: what it returns, what it leaves in the cloud and
//! on disk, and how many calls that takes.

// clippy lets a test unwrap, and not what tests share.
#![allow(clippy::unwrap_used)]

mod situation;

mod failures;
mod many;
mod ordinary;
