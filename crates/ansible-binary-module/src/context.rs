//! The surroundings of a run: the environment, the host's log, and the reader of its result.

use crate::output::Output;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The surroundings of a run.
pub(crate) struct Context {
    pub(crate) environment: Environment,
    /// Receives a datagram for the host's log.
    pub(crate) log: Log,
    pub(crate) output: Output,
}

/// Sends a datagram to the host's log.
pub(crate) type Log = Arc<dyn Fn(&str) + Send + Sync>;

/// The environment variables of a run.
#[derive(Clone, Default)]
pub(crate) enum Environment {
    /// The variables of the process.
    #[default]
    Process,
    /// The variables of a test.
    Given(Arc<BTreeMap<String, String>>),
}

impl Environment {
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        match self {
            Self::Process => std::env::var(name).ok(),
            Self::Given(variables) => variables.get(name).cloned(),
        }
    }
}

/// Values of the environment can be secrets.
impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Environment")
    }
}
