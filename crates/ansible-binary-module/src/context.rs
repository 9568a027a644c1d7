//! What a run has to do with besides its arguments: the environment, the host's log, and who reads its result.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a run has to do with besides its arguments.
pub(crate) struct Context<'a> {
    pub(crate) environment: Environment,
    /// Takes a datagram for the host's log.
    pub(crate) log: &'a dyn Fn(&str),
    pub(crate) output: Output,
}

/// The environment variables that a run sees.
#[derive(Clone, Default)]
pub(crate) enum Environment {
    /// Those of the process.
    #[default]
    Process,
    /// Those that a test gave.
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

/// Values of the environment are nobody's to print.
impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Environment")
    }
}

/// Where the result of a run goes. Copies of it may be asked from any thread.
#[derive(Clone, Debug, Default)]
pub struct Output(Kind);

#[derive(Clone, Debug, Default)]
enum Kind {
    #[default]
    Standard,
    /// Whether it is open, as a test says.
    OfTest(Arc<AtomicBool>),
}

impl Output {
    pub(crate) fn of_test(open: Arc<AtomicBool>) -> Self {
        Self(Kind::OfTest(open))
    }

    /// Whether somebody may still read the result: false where standard output is a pipe or a socket whose reader went away,
    /// as it does when a task meets its `timeout`, or a job is cancelled. A file and a terminal count as read.
    ///
    /// Ask before something is destroyed that only the result makes up for. True is no promise: the reader may go away
    /// afterwards, and a disk may be full; [`Task::after_result`](crate::Task::after_result) is for that.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match &self.0 {
            Kind::OfTest(open) => open.load(Ordering::SeqCst),
            Kind::Standard => {
                let stdout = std::io::stdout();
                let mut descriptors = [PollFd::new(&stdout, PollFlags::OUT)];
                let gone = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
                // A system that cannot say so is taken at its best: writing will tell.
                poll(&mut descriptors, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_err()
                    || !descriptors[0].revents().intersects(gone)
            }
        }
    }
}
