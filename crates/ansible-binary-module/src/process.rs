//! The process around a run: the environment, the host's log, standard output, and the end in success, failure and panic.
//!
//! This is the only code that prints. A private descriptor takes the result, so that neither a child process nor a `println!`
//! can add to it.

use atomic_file::cleanup::clean_up;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::{Value, json};
use std::backtrace::Backtrace;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

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
    #[cfg(feature = "testing")]
    OfTest(Arc<AtomicBool>),
}

impl Output {
    #[cfg(feature = "testing")]
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
            #[cfg(feature = "testing")]
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

static PRINTED: AtomicBool = AtomicBool::new(false);
static BACKTRACES: AtomicBool = AtomicBool::new(false);

/// Sets whether the result of a panic has a backtrace.
pub(crate) fn report_backtraces(on: bool) {
    BACKTRACES.store(on, Ordering::SeqCst);
}

/// Registers a function that is called before the result is printed, and also when the module panics: for temporary files
/// that a destructor would not delete (an executable built to abort on a panic runs none). The last registered is called
/// first.
pub fn on_exit(cleanup: impl FnOnce() + Send + 'static) {
    atomic_file::cleanup::on_exit(cleanup);
}

/// Ends the process with one failed result, from any thread: for a signal that ends the run early. If a result is being
/// printed already, this one is dropped, and the process ends by itself.
pub fn fail_and_exit(msg: &str) -> ! {
    clean_up();
    let line = line_of(&json!({ "changed": false, "failed": true, "msg": msg }));
    if PRINTED.swap(true, Ordering::SeqCst) {
        loop {
            std::thread::park();
        }
    }
    let _ = write(&line);
    std::process::exit(1);
}

/// Prints the line with the result, unless another was printed already.
///
/// # Errors
///
/// Another one was printed, or standard output is closed or full. Then only the exit status reports the failure.
pub(crate) fn print(line: &[u8]) -> io::Result<()> {
    if PRINTED.swap(true, Ordering::SeqCst) {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    write(line)
}

fn line_of(object: &Value) -> Vec<u8> {
    format!("{object}\n").into_bytes()
}

/// From now on, a panic prints one failed result, deletes temporary files and ends the process with status 1. The message of
/// the panic is never printed, because it can quote a secret. With `-vvv` or `ANSIBLE_DEBUG`, `exception` lists the functions
/// that led to it.
pub(crate) fn report_panics(name: &'static str, version: &'static str) {
    std::panic::set_hook(Box::new(move |panic| {
        let _ = print(&line_of(&panicked(name, version, panic)));
        // A cleanup that panics here would abort the process and print its message, so that it runs in its own thread.
        if let Ok(thread) = std::thread::Builder::new().spawn(clean_up) {
            let _ = thread.join();
        }
        std::process::exit(1);
    }));
}

fn panicked(name: &str, version: &str, panic: &PanicHookInfo<'_>) -> Value {
    let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let msg = format!(
        "{name} {version} stopped at a programming error in {place}. It may have made changes before: check them before the next \
         run, and report this message to the module's authors."
    );
    let mut object = json!({ "failed": true, "msg": msg });
    if BACKTRACES.load(Ordering::SeqCst) {
        object["exception"] = backtrace().into();
    }
    object
}

/// The active functions, the innermost first: names and places in the source, without values.
fn backtrace() -> String {
    let backtrace = Backtrace::force_capture().to_string();
    if backtrace.lines().all(|line| line.trim().is_empty() || line.contains("<unknown>")) {
        return "The executable was built without symbols. To list the functions that led to the error, build it with \
                debug = \"line-tables-only\" and strip = false."
            .to_owned();
    }
    backtrace
}
