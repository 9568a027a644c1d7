//! Every fault at every call of every task, and the promises that hold after it.
//!
//! A [`Scenario`] is a task in a [`Situation`] (a new token, a rotation, a set of sites …), one of its calls, a [`CallFault`]
//! for this call, and the [`Attempt`] that it affects. Each scenario has a cloud and folders of its own, a [`World`].
//!
//! | to add | see |
//! | --- | --- |
//! | a task about tokens, or a promise about them | [`tokens`] |
//! | a task about objects, or a promise about them | [`objects`] |
//! | a fault | `call_faults` |
//! | a place where no secret must be | [`secrets`] |
//! | a way to run scenarios | `engine`, `report` |

mod call_faults;
mod engine;
pub mod objects;
mod report;
pub mod secrets;
mod task;
pub mod tokens;
mod verdict;
mod workers;
mod world;

pub use call_faults::{Attempt, CallFault, OtherHost, Sampler, call_faults};
pub use engine::{Finished, Outcome, Scenario, Situation};
pub use report::{Campaign, report};
pub use task::{Call, Nature, Task};
pub use verdict::Judgment;
pub use workers::in_parallel;
pub use world::{Snapshot, World, is_marked, is_named};

/// Returns true for the long campaign (environment variable `CAMPAIGN=full`).
pub fn is_full() -> bool {
    std::env::var_os("CAMPAIGN").is_some_and(|campaign| campaign == "full")
}
