//! The end of the process, in success, failure and panic, and the only code that prints.

use crate::output::write;
use atomic_file::cleanup::clean_up;
use serde_json::{Value, json};
use std::backtrace::Backtrace;
use std::io;
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};

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
