//! Removes temporary files at the end of a program that runs no destructors: an executable built to abort on a panic, or one
//! that ends at a signal.

use std::sync::Mutex;

type Cleanup = Box<dyn FnOnce() + Send>;

static CLEANUPS: Mutex<Vec<Cleanup>> = Mutex::new(Vec::new());

/// Registers a function that [`clean_up`] calls, the last one first. Each is called once.
pub fn on_exit(cleanup: impl FnOnce() + Send + 'static) {
    if let Ok(mut cleanups) = CLEANUPS.lock() {
        cleanups.push(Box::new(cleanup));
    }
}

/// Calls the registered functions. A program calls this once before it ends, also from a panic hook or a signal's thread.
pub fn clean_up() {
    while let Some(cleanup) = next() {
        cleanup();
    }
}

/// Never waits: a panic may have come while the list was locked.
fn next() -> Option<Cleanup> {
    CLEANUPS.try_lock().ok().and_then(|mut cleanups| cleanups.pop())
}
