//! The surroundings of a run: the environment, the host's log, and the reader of its result.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The surroundings of a run.
pub(crate) struct Context<'a> {
    pub(crate) environment: Environment,
    /// Receives a datagram for the host's log.
    pub(crate) log: &'a dyn Fn(&str),
    pub(crate) output: Output,
}

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

/// The destination of a run's result. A copy can be queried from any thread.
#[derive(Clone, Debug, Default)]
pub struct Output(Kind);

#[derive(Clone, Debug, Default)]
enum Kind {
    #[default]
    Standard,
    /// True if it is open, as a test decides.
    OfTest(Arc<AtomicBool>),
}

impl Output {
    pub(crate) fn of_test(open: Arc<AtomicBool>) -> Self {
        Self(Kind::OfTest(open))
    }

    /// True if the result can still be read. False: standard output is a pipe or a socket whose reader has closed it, as after
    /// a task's `timeout` or a canceled job. A file and a terminal are always open.
    ///
    /// Ask before deleting anything that only the result can replace. True is not a promise: the reader may close it later,
    /// and a disk may be full. [`Task::after_result`](crate::Task::after_result) handles that.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match &self.0 {
            Kind::OfTest(open) => open.load(Ordering::SeqCst),
            Kind::Standard => {
                let stdout = std::io::stdout();
                let mut descriptors = [PollFd::new(&stdout, PollFlags::OUT)];
                let gone = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
                // On a system that cannot answer, writing shows it.
                poll(&mut descriptors, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_err()
                    || !descriptors[0].revents().intersects(gone)
            }
        }
    }
}
