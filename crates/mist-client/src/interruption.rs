//! What a signal may not cut apart: temporary files leave with the run, and a key that was made is delivered first.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

/// The temporary files of this run.
static TEMPORARY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Held for reading by whoever is between making a key and delivering it.
static CRITICAL: RwLock<()> = RwLock::new(());

/// A temporary file that leaves with the run, however it ends; dropping this only forgets it.
#[derive(Debug)]
pub struct Temporary(PathBuf);

impl Temporary {
    /// Remembers a temporary file.
    #[must_use]
    pub fn register(path: &Path) -> Self {
        temporary().push(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        temporary().retain(|path| path != &self.0);
    }
}

/// Runs what may not be cut apart: an interruption waits until it is through.
pub fn critical<T>(work: impl FnOnce() -> T) -> T {
    let _held = CRITICAL.read().unwrap_or_else(PoisonError::into_inner);
    work()
}

/// Waits until nothing is critical, then removes what is temporary and keeps anything critical from beginning.
/// `end` then ends the process.
pub fn when_uncritical(end: impl FnOnce()) {
    let _held = CRITICAL.write().unwrap_or_else(PoisonError::into_inner);
    remove_temporary_files();
    end();
}

/// Removes the temporary files of this run: for the end that runs no destructors.
pub fn remove_temporary_files() {
    for path in temporary().drain(..) {
        let _ = std::fs::remove_file(path);
    }
}

fn temporary() -> MutexGuard<'static, Vec<PathBuf>> {
    TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner)
}
