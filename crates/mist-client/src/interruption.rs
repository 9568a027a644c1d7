//! What a signal may not cut apart. Until the first change of a run begins, a signal ends it at once, and its temporary
//! files leave with it. From then on what was begun is finished, as quickly as can be, and reported: a key that was made
//! is delivered or its token deleted, and never lost.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

/// The temporary files of this run.
static TEMPORARY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// How far this run is.
static STAGE: Mutex<Stage> = Mutex::new(Stage::Looking);

/// What a run that is ended early still has to do: a logout.
static SHUTDOWN_HOOK: Mutex<Option<ShutdownHook>> = Mutex::new(None);

type ShutdownHook = Box<dyn FnOnce() + Send>;

/// A run that was told to end does not wait longer for its shutdown hook.
const SHUTDOWN_TIME: Duration = Duration::from_secs(2);

/// Whether a signal asked this run to end.
static REQUESTED: AtomicBool = AtomicBool::new(false);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was changed yet.
    Looking,
    /// The first change was begun.
    Changing,
    /// A signal ended it before anything was changed.
    Ended,
}

/// A temporary file that leaves with the run, however it ends; dropping this only forgets it.
#[derive(Debug)]
pub struct Temporary(PathBuf);

impl Temporary {
    /// Remembers a temporary file.
    #[must_use]
    pub fn register(path: &Path) -> Self {
        locked(&TEMPORARY).push(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        locked(&TEMPORARY).retain(|path| path != &self.0);
    }
}

/// Says that a change begins. Does not come back when a signal has ended the run already.
pub fn begin_change() {
    let mut stage = locked(&STAGE);
    if *stage == Stage::Ended {
        drop(stage);
        // The thread that took the signal is about to end the process.
        loop {
            std::thread::park();
        }
    }
    *stage = Stage::Changing;
}

/// Has `hook` called when a signal ends the run early; `None` when there is nothing to do any more.
pub fn set_shutdown_hook(hook: Option<ShutdownHook>) {
    let before = std::mem::replace(&mut *locked(&SHUTDOWN_HOOK), hook);
    // Dropped without the lock: what it holds may set a hook in its turn.
    drop(before);
}

/// Calls the shutdown hook, and waits for it only so long.
fn run_shutdown_hook() {
    let Some(hook) = locked(&SHUTDOWN_HOOK).take() else { return };
    let (done, finished) = mpsc::channel();
    let run = move || {
        hook();
        let _ = done.send(());
    };
    if std::thread::Builder::new().name("shutdown".into()).spawn(run).is_ok() {
        let _ = finished.recv_timeout(SHUTDOWN_TIME);
    }
}

/// Takes a signal: before the first change, removes temporary files, runs the shutdown hook and calls `end`, which ends the
/// process; after it, only remembers that the run was asked to end.
pub fn interrupt(end: impl FnOnce()) {
    REQUESTED.store(true, Ordering::SeqCst);
    let mut stage = locked(&STAGE);
    if *stage == Stage::Looking {
        *stage = Stage::Ended;
        drop(stage);
        remove_temporary_files();
        run_shutdown_hook();
        end();
    }
}

/// Whether the run was asked to end: then nothing is tried again, and nothing new is begun.
#[must_use]
pub fn is_requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// Removes the temporary files of this run: for the ends that run no destructors.
pub fn remove_temporary_files() {
    for path in locked(&TEMPORARY).drain(..) {
        let _ = std::fs::remove_file(path);
    }
}

fn locked<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
