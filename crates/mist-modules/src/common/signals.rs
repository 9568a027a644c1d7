//! Signals: ends the run before its first change, and lets it finish afterwards.

use ansible_binary_module::fail_and_exit;
use mist_client::interruption;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use signal_hook::iterator::Signals;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

/// Signals that end a process by default. Not those for a failed instruction (SEGV, BUS, ILL, FPE), after which a program
/// cannot continue, and not KILL, which cannot be handled.
const ENDING: &[Signal] = &[
    Signal::TERM,
    Signal::INT,
    Signal::HUP,
    Signal::QUIT,
    Signal::ABORT,
    Signal::TRAP,
    Signal::SYS,
    Signal::USR1,
    Signal::USR2,
    Signal::ALARM,
    Signal::VTALARM,
    Signal::PROF,
    Signal::XCPU,
];

/// Signals that exist, or end a process, only on Linux, and its real-time signals. macOS has none of these.
fn of_this_system() -> impl Iterator<Item = i32> {
    #[cfg(target_os = "linux")]
    let (named, real_time) = ([Signal::POWER, Signal::STKFLT, Signal::IO], 34..=64);
    #[cfg(not(target_os = "linux"))]
    let (named, real_time) = ([], std::iter::empty());
    named.into_iter().map(Signal::as_raw).chain(real_time)
}

/// Waits for signals in a thread. Before the first change, a signal ends the run with one failed result; afterwards the run
/// finishes and reports its work. If no thread is available, a signal ends the process as usual.
///
/// A file over the size limit of the process is an error, not a signal. The memory of the process, which contains keys, is never
/// written to a core dump.
///
/// Called once for each process, even if several modules run in it, as in tests.
pub(crate) fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(begin);
}

fn begin() {
    dump_no_core();
    // Handled without an action: the write fails with an error instead.
    let _ = signal_hook::flag::register(Signal::XFSZ.as_raw(), Arc::new(AtomicBool::new(false)));
    let Ok(mut signals) = Signals::new(std::iter::empty::<i32>()) else { return };
    for signal in ENDING.iter().map(|signal| signal.as_raw()).chain(of_this_system()) {
        // A signal that cannot be handled on this system ends the process as usual.
        let _ = signals.add_signal(signal);
    }
    let wait = move || {
        for _ in signals.forever() {
            interruption::interrupt(|| fail_and_exit("A signal ended the run before it changed anything."));
        }
    };
    let _ = std::thread::Builder::new().name("signals".into()).stack_size(256 * 1024).spawn(wait);
}

/// Limits core dumps to one byte, less than the smallest dump. If dumps are piped to a program, Linux ignores a limit of 0, but
/// writes none for a limit of 1.
fn dump_no_core() {
    let maximum = getrlimit(Resource::Core).maximum;
    let one = maximum.map_or(1, |maximum| maximum.min(1));
    // Lowering a limit needs no privilege.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(one), maximum: Some(one) });
}
