//! What is done when the process ends, however it ends.

use std::sync::Mutex;

type Cleanup = Box<dyn FnOnce() + Send>;

static CLEANUPS: Mutex<Vec<Cleanup>> = Mutex::new(Vec::new());

/// Has `cleanup` called before the result is printed, and also when the module panics: for temporary files
/// that a destructor would not reach (a shipped executable aborts on a panic). The last registered is called first.
pub fn on_exit(cleanup: impl FnOnce() + Send + 'static) {
    if let Ok(mut cleanups) = CLEANUPS.lock() {
        cleanups.push(Box::new(cleanup));
    }
}

/// Calls what was registered, each once.
pub(crate) fn clean_up() {
    while let Some(cleanup) = next_cleanup() {
        cleanup();
    }
}

/// Never waits: a panic may have come while the list was held.
fn next_cleanup() -> Option<Cleanup> {
    CLEANUPS
        .try_lock()
        .ok()
        .and_then(|mut cleanups| cleanups.pop())
}
