//! The task of a running module.

mod temporary;

pub(crate) use temporary::Temporary;

use crate::mask::Mask;
use crate::process::Environment;
use crate::process::Output;
use crate::syslog;
use crate::validation::Origin;
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// The task: its modes, the origins of its options, and warnings.
#[derive(Debug, Default)]
pub struct Task {
    pub(crate) check_mode: bool,
    pub(crate) diff_mode: bool,
    pub(crate) verbosity: u8,
    pub(crate) temporary: Temporary,
    pub(crate) origins: IndexMap<String, Origin>,
    pub(crate) warnings: Vec<String>,
    pub(crate) deprecations: Vec<Deprecation>,
    /// Those that follow from the argument specification. They contain no value of the task, so that they are not masked.
    pub(crate) specified_deprecations: Vec<Deprecation>,
    pub(crate) secrets: BTreeSet<String>,
    /// Secrets that are masked in messages only, where they are whole words.
    pub(crate) words: BTreeSet<String>,
    /// Secrets that the result delivers: such a text is printed where it is a whole value.
    pub(crate) delivered: BTreeSet<String>,
    pub(crate) arguments: Arguments,
    pub(crate) environment: Environment,
    pub(crate) output: Output,
    pub(crate) hooks: Hooks,
    pub(crate) log: Logger,
}

/// The way to the host's log.
#[derive(Clone, Default)]
pub(crate) struct Logger {
    /// `None` where the task has `no_log`, and in a test without a log.
    pub(crate) send: Option<crate::process::Log>,
    pub(crate) identifier: String,
    pub(crate) facility: Option<String>,
    pub(crate) prefix: Option<String>,
    pub(crate) debug: bool,
}

impl fmt::Debug for Logger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Logger")
    }
}

/// The task's arguments as they were received. They are never printed.
#[derive(Default)]
pub(crate) struct Arguments(pub(crate) Map<String, Value>);

impl fmt::Debug for Arguments {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Arguments")
    }
}

/// Called after the result was written, or could not be written.
#[derive(Default)]
pub(crate) struct Hooks(Vec<Box<dyn FnOnce(bool) + Send>>);

impl Hooks {
    /// Calls each, the last registered first.
    pub(crate) fn call(&mut self, written: bool) {
        while let Some(hook) = self.0.pop() {
            hook(written);
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Hooks({})", self.0.len())
    }
}

impl Task {
    /// A task for a test, without modes and options.
    ///
    /// ```
    /// use ansible_binary_module::{Origin, Task};
    ///
    /// let task = Task::builder()
    ///     .check_mode(true)
    ///     .given("name")
    ///     .origin("host", Origin::Environment("THE_HOST".into()))
    ///     .build();
    /// assert!(task.check_mode());
    /// assert!(task.given("name"));
    /// assert!(!task.given("host"));
    /// assert_eq!(task.origin("id"), None);
    /// ```
    pub fn builder() -> TaskBuilder {
        TaskBuilder(Self::default())
    }

    /// True if the run must not change anything.
    pub fn check_mode(&self) -> bool {
        self.check_mode
    }

    /// True if the diff is printed.
    pub fn diff_mode(&self) -> bool {
        self.diff_mode
    }

    /// The number of `-v` of the play.
    pub fn verbosity(&self) -> u8 {
        self.verbosity
    }

    /// The origin of the option's value; `None` when it has none.
    pub fn origin(&self, option: &str) -> Option<&Origin> {
        self.origins.get(option)
    }

    /// True if the task itself sets the option, as opposed to the environment or a default.
    pub fn given(&self, option: &str) -> bool {
        self.origin(option) == Some(&Origin::Task)
    }

    /// True if the task's own arguments contain this place (`parts[0].site_id`), even with the value `null`: an option that is
    /// set to nothing differs from one that is not set. False within an option that was given as text.
    ///
    /// ```
    /// use ansible_binary_module::Task;
    /// use serde_json::json;
    ///
    /// let task = Task::builder().arguments(json!({"parts": [{"site": null}]})).build();
    /// assert!(task.mentions("parts[0].site"));
    /// assert!(!task.mentions("parts[0].role"));
    /// assert!(!task.mentions("parts[1].site"));
    /// ```
    pub fn mentions(&self, place: &str) -> bool {
        let mut steps = place.split('.');
        let within = |map: &'_ Map<String, Value>, step: &str| -> Option<Value> {
            let (name, indices) = step.split_once('[').map_or((step, ""), |(name, rest)| (name, rest));
            let mut value = map.get(name)?;
            for index in indices.split('[').filter(|index| !index.is_empty()) {
                value = value.get(index.trim_end_matches(']').parse::<usize>().ok()?)?;
            }
            Some(value.clone())
        };
        let Some(first) = steps.next().and_then(|step| within(&self.arguments.0, step)) else { return false };
        steps.try_fold(first, |value, step| value.as_object().and_then(|map| within(map, step))).is_some()
    }

    /// The text of an option as it was given, before its conversion: JSON in place of a dictionary. `None` if it is not a text.
    #[must_use]
    pub fn given_text(&self, option: &str) -> Option<&str> {
        self.arguments.0.get(option)?.as_str()
    }

    /// An environment variable of the run, or of the test ([`crate::testing`]).
    pub fn environment(&self, name: &str) -> Option<String> {
        self.environment.get(name)
    }

    /// The destination of the result. It can be queried as long as the run lasts.
    pub fn output(&self) -> Output {
        self.output.clone()
    }

    /// Registers a function that is called after the run: with true when the result was written, with false when it could not
    /// be (the reader closed it, the disk is full). The last registered is called first.
    ///
    /// Use it to undo a change that only the result would have reported, such as a token whose key cannot be read any more,
    /// and to close what the undoing needs. The exit status is 1 whenever a result cannot be written. The functions are not
    /// called when the module panics or is ended by a signal.
    pub fn after_result(&mut self, hook: impl FnOnce(bool) + Send + 'static) {
        self.hooks.0.push(Box::new(hook));
    }

    /// Prints this text where it is a whole value of the result, even if it contains a masked text: a new secret that the task
    /// asked for would be lost if a short password were a part of it.
    pub fn deliver(&mut self, secret: &str) {
        self.delivered.insert(secret.to_owned());
    }

    /// Adds to `warnings` of the result. Equal texts are added once.
    pub fn warn(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.warnings.contains(&text) {
            self.warnings.push(text);
        }
    }

    /// The warnings so far.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Adds to `deprecations` of the result.
    pub fn deprecate(&mut self, deprecation: Deprecation) {
        if !self.deprecations.contains(&deprecation) {
            self.deprecations.push(deprecation);
        }
    }

    /// Writes a message to the host's log (syslog), with all secrets known so far masked. A task with `no_log` writes nothing.
    pub fn log(&self, message: impl AsRef<str>) {
        if let Some(send) = &self.log.send {
            let message = self.message(message.as_ref());
            let message = match &self.log.prefix {
                Some(prefix) => format!("{prefix} {message}"),
                None => message,
            };
            send(&syslog::datagram(self.log.facility.as_deref(), &self.log.identifier, &message));
        }
    }

    /// Writes a message to the host's log if `ANSIBLE_DEBUG` is set on the controller.
    pub fn debug(&self, message: impl AsRef<str>) {
        if self.log.debug {
            self.log(format!("[debug] {}", message.as_ref()));
        }
    }

    /// Masks this value in everything that is printed: for secrets that are found during the run.
    pub fn hide(&mut self, secret: &str) {
        if !secret.is_empty() {
            self.secrets.insert(secret.to_owned());
        }
    }

    /// Masks this value in messages (`msg`, warnings, the log) where it is a whole word, and not in results: for secrets that
    /// the results mask in their places.
    ///
    /// ```
    /// use ansible_binary_module::Task;
    ///
    /// let mut task = Task::builder().build();
    /// task.hide_in_messages("abc");
    /// assert_eq!(task.message("psk 'abc' of abcd"), "psk '********' of abcd");
    /// ```
    pub fn hide_in_messages(&mut self, secret: &str) {
        if !secret.is_empty() {
            self.words.insert(secret.to_owned());
        }
    }

    /// A message with all secrets known so far masked, as it is printed.
    #[must_use]
    pub fn message(&self, text: &str) -> String {
        Mask::new(&self.secrets).with_words(&self.words).message(text)
    }

    /// True if a part of this value would be printed as a mask: a part of the result contains a secret of another option.
    #[must_use]
    pub fn masks<T: Serialize + ?Sized>(&self, value: &T) -> bool {
        let plain = serde_json::to_vec(value);
        let masked = Mask::new(&self.secrets).delivering(&self.delivered).json(value);
        matches!((plain, masked), (Ok(plain), Ok(masked)) if plain != masked)
    }

    /// A directory for temporary files that only this user can read: Ansible's own for this task, or a new one that is deleted
    /// after the run.
    ///
    /// # Errors
    ///
    /// No directory can be created.
    pub fn temporary_directory(&mut self) -> io::Result<PathBuf> {
        let (directory, warning) = self.temporary.directory()?;
        if let Some(warning) = warning {
            self.warn(warning);
        }
        Ok(directory)
    }
}

/// Builds a [`Task`] for a test.
#[derive(Debug, Default)]
pub struct TaskBuilder(Task);

impl TaskBuilder {
    /// Sets check mode.
    #[must_use]
    pub fn check_mode(mut self, on: bool) -> Self {
        self.0.check_mode = on;
        self
    }

    /// Sets diff mode.
    #[must_use]
    pub fn diff_mode(mut self, on: bool) -> Self {
        self.0.diff_mode = on;
        self
    }

    /// Sets the number of `-v`.
    #[must_use]
    pub fn verbosity(mut self, verbosity: u8) -> Self {
        self.0.verbosity = verbosity;
        self
    }

    /// The task sets this option.
    #[must_use]
    pub fn given(self, option: &str) -> Self {
        self.origin(option, Origin::Task)
    }

    /// The origin of the option's value.
    #[must_use]
    pub fn origin(mut self, option: &str, origin: Origin) -> Self {
        self.0.origins.insert(option.to_owned(), origin);
        self
    }

    /// The task's arguments for [`Task::mentions`]: an object.
    #[must_use]
    pub fn arguments(mut self, arguments: Value) -> Self {
        if let Value::Object(arguments) = arguments {
            self.0.arguments = Arguments(arguments);
        }
        self
    }

    /// The directory for temporary files.
    #[must_use]
    pub fn temporary_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.0.temporary = Temporary::At(directory.into());
        self
    }

    /// The task.
    pub fn build(self) -> Task {
        self.0
    }
}

/// A deprecated feature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deprecation {
    /// The feature, and its replacement.
    pub msg: String,
    /// The version that removes it.
    pub version: Option<String>,
    /// The date after which it is removed, `YYYY-MM-DD`.
    pub date: Option<String>,
    /// The collection of version and date.
    pub collection_name: Option<String>,
}

impl Deprecation {
    /// A deprecation without a version or date.
    #[must_use]
    pub fn new(msg: impl Into<String>) -> Self {
        Self { msg: msg.into(), ..Self::default() }
    }

    /// Adds the version that removes the feature.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Adds the date after which the feature is removed, `YYYY-MM-DD`.
    #[must_use]
    pub fn date(mut self, date: impl Into<String>) -> Self {
        self.date = Some(date.into());
        self
    }

    /// Sets the collection of version and date. Default: the one by whose name the task calls the module.
    #[must_use]
    pub fn collection(mut self, name: impl Into<String>) -> Self {
        self.collection_name = Some(name.into());
        self
    }
}
