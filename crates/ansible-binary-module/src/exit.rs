//! What is done when the process ends, however it ends, and the one place that prints.

use atomic_file::cleanup::clean_up;
use serde_json::{Value, json};
use std::backtrace::Backtrace;
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};

static PRINTED: AtomicBool = AtomicBool::new(false);
static BACKTRACES: AtomicBool = AtomicBool::new(false);

/// Whether a panic tells the way to it.
pub(crate) fn tell_backtraces(on: bool) {
    BACKTRACES.store(on, Ordering::SeqCst);
}

/// Has `cleanup` called before the result is printed, and also when the module panics: for temporary files
/// that a destructor would not reach (an executable built to abort on a panic runs none). The last registered
/// is called first.
pub fn on_exit(cleanup: impl FnOnce() + Send + 'static) {
    atomic_file::cleanup::on_exit(cleanup);
}

/// Ends the process with one failed result, from any thread: for a signal that ends the run before it is through.
/// If the result is being printed already, that one stands, and the process ends by itself.
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
/// When another was printed, or standard output takes nothing (closed, or a full disk): then nobody is told, but by the
/// exit status.
pub(crate) fn print(line: &[u8]) -> io::Result<()> {
    if PRINTED.swap(true, Ordering::SeqCst) {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    write(line)
}

fn line_of(object: &Value) -> Vec<u8> {
    format!("{object}\n").into_bytes()
}

/// Writes to standard output and makes sure that it arrived there.
pub(crate) fn write(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// From now on a panic prints one failed result, removes temporary files and ends the process with status 1.
/// What the panic said is not printed, on standard error neither: it may quote a secret. Where `-vvv` or `ANSIBLE_DEBUG` asks
/// for it, `exception` tells the functions that led there.
pub(crate) fn report_panics(name: &'static str, version: &'static str) {
    std::panic::set_hook(Box::new(move |panic| {
        let _ = print(&line_of(&panicked(name, version, panic)));
        // In a thread of its own a cleanup may panic too: here that would abort the process and print what it said.
        if let Ok(thread) = std::thread::Builder::new().spawn(clean_up) {
            let _ = thread.join();
        }
        std::process::exit(1);
    }));
}

fn panicked(name: &str, version: &str, panic: &PanicHookInfo<'_>) -> Value {
    let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let msg = format!(
        "{name} {version} stopped at a programming error in {place}. What it did until then is not known: \
         check before running it again, and report this message to the module's authors."
    );
    let mut object = json!({ "failed": true, "msg": msg });
    if BACKTRACES.load(Ordering::SeqCst) {
        object["exception"] = backtrace().into();
    }
    object
}

/// The functions that were being run, the innermost first: names and places in the source, and no value of anything.
fn backtrace() -> String {
    let backtrace = Backtrace::force_capture().to_string();
    if backtrace.lines().all(|line| line.trim().is_empty() || line.contains("<unknown>")) {
        return "The executable was built without symbols, so that only the place in the message is known: build it with \
                debug = \"line-tables-only\" and strip = false in its profile to see the way there."
            .to_owned();
    }
    backtrace
}
