//! Every fault at every call of every task, and what may be left after it.
//!
//! A scenario is a task in a [`Situation`] (a new token, a rotation, a login …), one of the calls that it makes there, a
//! [`Trouble`] that befalls this call, and [`When`]. Each has a cloud and a folder of its own, a [`World`]. What is
//! promised of every one of them is in [`promises`], what may be nowhere in [`secrets`].
//!
//! | what you look for | where |
//! | --- | --- |
//! | another task, another executable | `situations` |
//! | another thing that goes wrong | `troubles` |
//! | another promise | `promises` |
//! | running one scenario | `scenario`, `run` |

pub mod promises;
mod run;
mod scenario;
pub mod secrets;
mod situations;
mod troubles;
mod workers;
mod world;

pub use run::Outcome;
pub use scenario::{Finished, Scenario};
pub use situations::{Called, Goal, Nature, Situation, Task, Wanted, situations};
pub use troubles::{Elsewhere, Trouble, Turns, When, troubles};
pub use workers::in_parallel;
pub use world::{Snapshot, World, is_marked, is_named};

/// Whether the longer campaign was asked for, by the environment variable `CAMPAIGN=full`.
pub fn is_full() -> bool {
    std::env::var_os("CAMPAIGN").is_some_and(|campaign| campaign == "full")
}
