//! Signals: until the first change of a run, a signal ends it at once. After that, the run finishes what it has begun and
//! reports it, so that a created key is delivered or its token deleted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

static STAGE: Mutex<Stage> = Mutex::new(Stage::Reading);

/// The work of a run that ends early: a logout.
static SHUTDOWN_HOOK: Mutex<Option<ShutdownHook>> = Mutex::new(None);

type ShutdownHook = Box<dyn FnOnce() + Send>;

/// Time limit for the shutdown hook.
const SHUTDOWN_TIME: Duration = Duration::from_secs(2);

/// True if a signal was received.
static REQUESTED: AtomicBool = AtomicBool::new(false);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was changed yet.
    Reading,
    /// The first change has begun.
    Changing,
    /// A signal ended the run before the first change.
    Ended,
}

/// Marks the beginning of a change. Does not return if a signal has ended the run.
pub fn begin_change() {
    let mut stage = locked(&STAGE);
    if *stage == Stage::Ended {
        drop(stage);
        // The thread that received the signal is about to end the process.
        loop {
            std::thread::park();
        }
    }
    *stage = Stage::Changing;
}

/// Sets the function to call when a signal ends the run early.
pub fn set_shutdown_hook(hook: Option<ShutdownHook>) {
    let before = std::mem::replace(&mut *locked(&SHUTDOWN_HOOK), hook);
    // Dropped without the lock: its captured values may set another hook.
    drop(before);
}

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

/// Handles a signal: before the first change, runs the shutdown hook and calls `end`, which ends the process. Later, only
/// remembers the request.
pub fn interrupt(end: impl FnOnce()) {
    REQUESTED.store(true, Ordering::SeqCst);
    let mut stage = locked(&STAGE);
    if *stage == Stage::Reading {
        *stage = Stage::Ended;
        drop(stage);
        run_shutdown_hook();
        end();
    }
}

/// Returns true if a signal was received: then nothing is repeated and nothing new begins.
#[must_use]
pub fn is_requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

fn locked<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
