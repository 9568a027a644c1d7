//! The module against a simulated cloud, over a real socket and TLS: what it returns, what it leaves in the cloud,
//! and how many calls that takes.

#![allow(clippy::unwrap_used)] // All of it is a test, its helpers too.

mod merging;
mod msp;
mod reading;
mod secrets;
mod situation;
mod trouble;
mod writing;
