//! A run that is told to end: SIGTERM, SIGINT, SIGHUP.

use ansible_binary_module::abandon;
use mist_client::interruption;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Waits for a signal, in a thread of its own. Before the first change it ends the run with one failed result;
/// after it, what was begun is finished and reported. Where no thread can be had, a signal ends the process as ever.
pub(crate) fn watch() {
    let Ok(mut signals) = Signals::new([SIGTERM, SIGINT, SIGHUP]) else { return };
    let wait = move || {
        for _ in signals.forever() {
            interruption::interrupt(|| abandon("The run was told to end by a signal, before it changed anything."));
        }
    };
    let _ = std::thread::Builder::new().name("signals".into()).stack_size(256 * 1024).spawn(wait);
}
