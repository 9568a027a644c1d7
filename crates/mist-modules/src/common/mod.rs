//! The common part of all modules: [`MistModule`] runs a module between the connection to the cloud and its end, and counts
//! the requests. A signal ends the run before its first change; afterwards the run finishes. Also the common parts of the pages of all
//! modules.

pub mod connection;
pub mod glob;
pub mod messages;
pub mod options;
pub mod orgs;
pub mod scope;
pub mod time;

use self::options::OptionError;
use crate::ConnectionOptions;
use ansible_binary_module::{
    Attribute, Documentation, Failure, Module, Outcome, Support, Task, TextCommand, fail_and_exit,
};
use mist_client::{Client, interruption};
use mist_tokens::lock::{self, Fault, SubjectLock};
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use signal_hook::iterator::Signals;
use std::io::{IsTerminal, Write};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

/// Takes the lock of a subject, from the first look to the last write. Check mode writes nothing, not even a lock.
///
/// # Errors
/// Another run holds the lock for `max_wait`, or no lock can be used.
pub fn lock(client: &Client, task: &Task, subject: &str) -> Result<Option<SubjectLock>, Fault> {
    if task.check_mode() { Ok(None) } else { lock::acquire_subject(client, subject).map(Some) }
}

/// Prints progress on standard error at a terminal: when the module is run by hand.
pub fn progress() -> impl Fn(&str, usize, usize) + Copy + Sync {
    let is_shown = std::io::stderr().is_terminal();
    move |word, finished, total| {
        if is_shown {
            let end = if finished == total { "\n" } else { "" };
            // A closed terminal does not stop the run.
            let _ = write!(std::io::stderr(), "\r{finished} of {total} {word}{end}");
        }
    }
}

/// An Ansible module for the Mist cloud.
pub trait MistModule {
    /// The name of the module and its executable.
    const NAME: &'static str;
    const DOCUMENTATION: Documentation;
    /// Fields of the results that are printed as `null` if they are `None`.
    const NULL_RESULTS: &'static [&'static str] = &[];
    /// Additional arguments of the command line, each of which prints a text.
    const TEXT_COMMANDS: &'static [TextCommand] = &[];
    /// The options. They flatten [`ConnectionOptions`].
    type Options: DeserializeOwned + JsonSchema;
    /// The results, without the number of requests.
    type Results: Default + Serialize + JsonSchema;
    /// The parsed and checked options.
    type Params;

    fn connection(options: &Self::Options) -> &ConnectionOptions;

    /// Secrets inside options that are not secret as a whole: see [`Module::secrets`].
    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        let _ = parameters;
        Vec::new()
    }

    /// Secrets to mask in messages where they are whole words: see [`Module::secrets_in_messages`].
    fn secrets_in_messages(parameters: &Map<String, Value>) -> Vec<String> {
        let _ = parameters;
        Vec::new()
    }

    /// The options as they are printed and logged, with the secrets inside of them masked: see [`Module::shown`].
    fn shown(parameters: Map<String, Value>) -> Map<String, Value> {
        parameters
    }

    /// Parses and checks the options, before the first request.
    ///
    /// # Errors
    /// The first option that cannot be used.
    fn read(options: &Self::Options, task: &mut Task) -> Result<Self::Params, OptionError>;

    /// Runs the module. In check mode it predicts the changes; the client refuses to write.
    ///
    /// # Errors
    /// A [`Failure`] fails the task.
    fn run(client: &Client, task: &mut Task, options: &Self::Options, params: Self::Params) -> Outcome<Self::Results>;
}

/// Runs a [`MistModule`] as a module of the protocol.
#[derive(Debug)]
pub struct Mist<M>(PhantomData<fn() -> M>);

/// Results with the number of requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Counted<R> {
    #[serde(flatten)]
    pub results: R,
    /// Number of requests sent to the cloud, with repetitions and those of a login.
    #[schemars(extend("x-ansible-returned" = "always, once the options were understood"), example = 2)]
    pub api_calls: u32,
    /// Seconds spent on failed attempts and the pauses after them.
    #[schemars(extend("x-ansible-returned" = "when the run waited for more than 2 seconds"), example = 12)]
    pub waited: Option<u64>,
}

impl<R> Deref for Counted<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.results
    }
}

impl<R> DerefMut for Counted<R> {
    fn deref_mut(&mut self) -> &mut R {
        &mut self.results
    }
}

impl<M: MistModule> Module for Mist<M> {
    const NAME: &'static str = M::NAME;
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DOCUMENTATION: Documentation = M::DOCUMENTATION;
    const NULL_RESULTS: &'static [&'static str] = M::NULL_RESULTS;
    const TEXT_COMMANDS: &'static [TextCommand] = M::TEXT_COMMANDS;
    type Options = M::Options;
    type Results = Counted<M::Results>;

    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        M::secrets(parameters)
    }

    fn secrets_in_messages(parameters: &Map<String, Value>) -> Vec<String> {
        M::secrets_in_messages(parameters)
    }

    fn shown(parameters: Map<String, Value>) -> Map<String, Value> {
        M::shown(parameters)
    }

    fn run(task: &mut Task, options: M::Options) -> Outcome<Counted<M::Results>> {
        let params = M::read(&options, task).map_err(|error| counted::<M::Results>(error.into_failure(), 0))?;
        let user_agent = format!("{}/{}", M::NAME, env!("CARGO_PKG_VERSION"));
        let client = connection::open(M::connection(&options), task, user_agent)
            .map_err(|refused| counted::<M::Results>(refused.failure, refused.api_calls))?;
        let mut outcome = M::run(&client, task, &options, params);
        let api_calls = connection::close(&client, task, outcome.as_mut().err().map(|failure| &mut failure.msg));
        let waited = client.waited().map(|waited| waited.total.as_secs());
        match outcome {
            Ok(success) => Ok(success.map(|results| Counted { results, api_calls, waited })),
            Err(failure) => {
                let failure = counted::<M::Results>(failure, api_calls);
                Err(match waited {
                    Some(waited) => failure.with_field("waited", waited),
                    None => failure,
                })
            }
        }
    }
}

/// A failure without results has those of a run that did nothing.
fn counted<R: Default + Serialize>(failure: Failure, api_calls: u32) -> Failure {
    let failure = if failure.fields.is_empty() { failure.with_results(R::default()) } else { failure };
    failure.with_field("api_calls", api_calls)
}

pub const AUTHOR: &[&str] = &["The developers of mist.cloud (!UNKNOWN)"];

pub const REQUIREMENTS: &[&str] = &[
    "None on the host: the module is one executable. It connects to the cloud from the host that the task runs on. Use C(delegate_to: localhost) to connect from the controller.",
];

/// The platforms that `make dist` builds for.
pub const PLATFORM: Attribute = Attribute::platform("linux, macos");

/// The attributes of a module that only reads.
pub const READ_ONLY: &[Attribute] = &[
    Attribute::check_mode(Support::Full).details(NEVER),
    Attribute::diff_mode(Support::NotApplicable).details(NEVER),
    Attribute::idempotent(Support::Full).details(NEVER),
    PLATFORM,
];

const NEVER: &str = "The module never changes anything.";

/// Marks options of a shared type as added to this module in version 0.2.0.
pub fn since_0_2(options: Vec<&'static str>) -> impl Fn(&mut Schema) {
    move |schema| {
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        for (name, option) in properties.into_iter().flatten() {
            if let (true, Some(option)) = (options.contains(&name.as_str()), option.as_object_mut()) {
                option.insert("x-ansible-version-added".to_owned(), "0.2.0".into());
            }
        }
    }
}

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
fn watch_signals() {
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
