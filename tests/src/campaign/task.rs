//! A task, and the calls that it makes.

use super::tokens::Wanted;
use mist_simulator::Fault;
use serde_json::Value;

/// An executable with its options and environment, and the tokens that it is about.
#[derive(Debug, Clone)]
pub struct Task {
    pub module: &'static str,
    /// Without the options of the connection.
    pub options: Value,
    /// Without the folders.
    pub environment: Vec<(String, String)>,
    /// The tokens that the task is about. Empty for tasks about objects.
    pub wanted: Vec<Wanted>,
    /// True if the result contains the key of a new token.
    pub returns_key: bool,
    /// Secrets that the cloud does not generate.
    pub canaries: Vec<String>,
}

impl Task {
    /// A task without promises.
    pub fn new(module: &'static str, options: Value) -> Self {
        Self { module, options, environment: Vec::new(), wanted: Vec::new(), returns_key: false, canaries: Vec::new() }
    }

    /// The same task with these limits, in seconds.
    #[must_use]
    pub fn bounded(mut self, timeout: u64, max_wait: u64) -> Self {
        self.options["timeout"] = timeout.into();
        self.options["max_wait"] = max_wait.into();
        self
    }
}

impl AsRef<Task> for Task {
    fn as_ref(&self) -> &Task {
        self
    }
}

impl AsMut<Task> for Task {
    fn as_mut(&mut self) -> &mut Task {
        self
    }
}

/// One of the calls of a task.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// The name in reports.
    pub name: &'static str,
    pub method: &'static str,
    /// The path, as [`Fault`] takes it.
    pub path: &'static str,
    /// The number of calls with the same method and path before it.
    pub after: usize,
    /// The fault that makes the task send this call.
    pub because: Option<fn() -> Fault>,
    pub nature: Nature,
}

impl Call {
    /// A call that needs no earlier fault.
    pub const fn new(name: &'static str, method: &'static str, path: &'static str, nature: Nature) -> Self {
        Self { name, method, path, after: 0, because: None, nature }
    }
}

/// The handling of a failure of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// The task can repeat it.
    Repeated,
    /// The task must find out its effect before it repeats it.
    Creation,
    /// The task never repeats it.
    Once,
    /// The task never fails because of it.
    Courtesy,
}
