//! A run that is told to end, by whatever signal would end a process.

use ansible_binary_module::fail_and_exit;
use mist_client::interruption;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use signal_hook::iterator::Signals;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

/// Signals that end a process, unless it says otherwise. Not those that a processor raises about an instruction (SEGV, BUS,
/// ILL, FPE), after which there is no going on, nor KILL, about which nobody is asked.
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

/// Those that only Linux has or only there end a process, and the real-time signals that it leaves to programs. A Mac has
/// none.
fn of_this_system() -> impl Iterator<Item = i32> {
    #[cfg(target_os = "linux")]
    let (named, real_time) = ([Signal::POWER, Signal::STKFLT, Signal::IO], 34..=64);
    #[cfg(not(target_os = "linux"))]
    let (named, real_time) = ([], std::iter::empty());
    named.into_iter().map(Signal::as_raw).chain(real_time)
}

/// Waits for a signal, in a thread of its own. Before the first change it ends the run with one failed result;
/// after it, what was begun is finished and reported. Where no thread can be had, a signal ends the process as ever.
///
/// A file that would grow beyond the limit of the process is an error like others, and no signal; and what this process has in
/// its memory, keys among it, never becomes a core dump.
///
/// A process is watched once, however many modules run in it, as in a test.
pub(crate) fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(begin);
}

fn begin() {
    dump_no_core();
    // Heard and not heeded: the write fails then, and says so.
    let _ = signal_hook::flag::register(Signal::XFSZ.as_raw(), Arc::new(AtomicBool::new(false)));
    let Ok(mut signals) = Signals::new(std::iter::empty::<i32>()) else { return };
    for signal in ENDING.iter().map(|signal| signal.as_raw()).chain(of_this_system()) {
        // One that this system does not let a process hear ends it as ever.
        let _ = signals.add_signal(signal);
    }
    let wait = move || {
        for _ in signals.forever() {
            interruption::interrupt(|| {
                fail_and_exit("The run was told to end by a signal, before it changed anything.")
            });
        }
    };
    let _ = std::thread::Builder::new().name("signals".into()).stack_size(256 * 1024).spawn(wait);
}

/// Of one byte: that is less than the smallest dump, and where dumps are piped to a program, Linux takes it to mean none (0 would be
/// ignored there).
fn dump_no_core() {
    let maximum = getrlimit(Resource::Core).maximum;
    let one = maximum.map_or(1, |maximum| maximum.min(1));
    // It can be lowered by anybody.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(one), maximum: Some(one) });
}
