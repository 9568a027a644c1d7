//! The only way to standard output. A private descriptor takes the result, so that neither a child process nor a `println!`
//! can add to it.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// Standard output as the process received it. Children do not inherit it.
static RESULT: OnceLock<File> = OnceLock::new();

/// Keeps standard output for the result alone: descriptor 1 becomes standard error. Where both are the same terminal, pipe or
/// file, it becomes `/dev/null`, because other output would mix with the result.
pub(crate) fn protect() {
    let Ok(own) = rustix::io::fcntl_dupfd_cloexec(io::stdout(), 3) else { return };
    let same = match (rustix::fs::fstat(&own), rustix::fs::fstat(io::stderr())) {
        (Ok(own), Ok(error)) => (own.st_dev, own.st_ino, own.st_rdev) == (error.st_dev, error.st_ino, error.st_rdev),
        _ => true,
    };
    if RESULT.set(own.into()).is_err() {
        return;
    }
    let _ = match null_device(true) {
        Ok(null) if same => rustix::stdio::dup2_stdout(null),
        _ => rustix::stdio::dup2_stdout(io::stderr()),
    };
}

/// Takes standard input from the module and its children: Ansible writes nothing to it.
pub(crate) fn close_standard_input() {
    if let Ok(null) = null_device(false) {
        let _ = rustix::stdio::dup2_stdin(null);
    }
}

fn null_device(write: bool) -> io::Result<File> {
    File::options().read(!write).write(write).open("/dev/null")
}

/// Writes to standard output and flushes it.
pub(crate) fn write(bytes: &[u8]) -> io::Result<()> {
    match RESULT.get() {
        Some(mut result) => result.write_all(bytes),
        None => {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes)?;
            stdout.flush()
        }
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
        match (&self.0, RESULT.get()) {
            (Kind::OfTest(open), _) => open.load(Ordering::SeqCst),
            (Kind::Standard, Some(result)) => is_open(result.as_fd()),
            (Kind::Standard, None) => is_open(io::stdout().as_fd()),
        }
    }
}

fn is_open(output: BorrowedFd<'_>) -> bool {
    let mut descriptors = [PollFd::from_borrowed_fd(output, PollFlags::OUT)];
    let closed = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
    // On a system that cannot answer, writing shows it.
    poll(&mut descriptors, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_err()
        || !descriptors[0].revents().intersects(closed)
}
