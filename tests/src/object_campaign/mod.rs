//! Every fault at every call of every task that keeps objects: sites, WLANs, settings and the like.
//!
//! What the campaign of the tokens is to keys, this is to objects: a task in a [`Situation`], one of its calls, and a
//! [`Trouble`](crate::campaign::Trouble) that befalls it. What is promised of every one is in [`promises`].

pub mod promises;
mod run;
mod scenario;
mod situations;

pub use run::Outcome;
pub use scenario::{Scenario, Snapshot, bounded};
pub use situations::{ObjectTask, Situation, WantedObject, situations};
