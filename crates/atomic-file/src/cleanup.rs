//! Deletes temporary files at the end of a program that runs no destructors: one that aborts on a panic, or ends at a signal.

use std::sync::Mutex;

type Cleanup = Box<dyn FnOnce() + Send>;

static CLEANUPS: Mutex<Vec<Cleanup>> = Mutex::new(Vec::new());

/// Registers a function for [`clean_up`].
pub fn on_exit(cleanup: impl FnOnce() + Send + 'static) {
    if let Ok(mut cleanups) = CLEANUPS.lock() {
        cleanups.push(Box::new(cleanup));
    }
}

/// Calls the registered functions, each once, the last one first. A program calls this before it ends, also from a panic
/// hook and from a thread that waits for signals.
pub fn clean_up() {
    while let Some(cleanup) = next() {
        cleanup();
    }
}

/// Never waits: a panic may have come while the list was locked.
fn next() -> Option<Cleanup> {
    CLEANUPS.try_lock().ok().and_then(|mut cleanups| cleanups.pop())
}
