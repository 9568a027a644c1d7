//! What a running module knows of its task, and what it can tell besides its result.

mod temporary;

pub(crate) use temporary::Temporary;

use crate::context::{Environment, Output};
use crate::validation::Origin;
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// The task at hand: its modes, where its options came from, and the way to warn.
#[derive(Debug, Default)]
pub struct Task {
    pub(crate) check_mode: bool,
    pub(crate) diff_mode: bool,
    pub(crate) verbosity: u8,
    pub(crate) temporary: Temporary,
    pub(crate) origins: IndexMap<String, Origin>,
    pub(crate) warnings: Vec<String>,
    pub(crate) deprecations: Vec<Deprecation>,
    pub(crate) secrets: BTreeSet<String>,
    /// Secrets that the result delivers: such a text is printed where it is the whole of a value.
    pub(crate) delivered: BTreeSet<String>,
    pub(crate) arguments: Arguments,
    pub(crate) environment: Environment,
    pub(crate) output: Output,
    pub(crate) hooks: Hooks,
}

/// The task's arguments as they came, which nothing prints.
#[derive(Default)]
pub(crate) struct Arguments(pub(crate) Map<String, Value>);

impl fmt::Debug for Arguments {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Arguments")
    }
}

/// What is called once the result is written or could not be.
#[derive(Default)]
pub(crate) struct Hooks(Vec<Box<dyn FnOnce(bool) + Send>>);

impl Hooks {
    /// Calls each, the last that was registered first.
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
    /// A task for a test: no mode set, no option given, until the builder is told.
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

    /// Whether nothing may be changed.
    pub fn check_mode(&self) -> bool {
        self.check_mode
    }

    /// Whether the diff will be shown.
    pub fn diff_mode(&self) -> bool {
        self.diff_mode
    }

    /// How many `-v` the play was started with.
    pub fn verbosity(&self) -> u8 {
        self.verbosity
    }

    /// Where the option's value came from; `None` when it has none.
    pub fn origin(&self, option: &str) -> Option<&Origin> {
        self.origins.get(option)
    }

    /// Whether the task itself gave the option, rather than the environment or a default.
    pub fn given(&self, option: &str) -> bool {
        self.origin(option) == Some(&Origin::Task)
    }

    /// Whether the task's own arguments have something at this place (`parts[0].site_id`), be it `null`: what was given and
    /// came to nothing is not the same as what was never asked for. False within an option that was given as text.
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

    /// An environment variable of the run; those of the test in a test ([`crate::testing`]).
    pub fn environment(&self, name: &str) -> Option<String> {
        self.environment.get(name)
    }

    /// Where the result goes: whether anybody may read it can be asked as long as the run goes on.
    pub fn output(&self) -> Output {
        self.output.clone()
    }

    /// Has `hook` called when the run is over: with true once its result was written, with false where it could not be (the
    /// reader went away, the disk is full). The last that was registered is called first.
    ///
    /// This is the place to undo what only the result would have told, such as a token whose key nobody can read now, and
    /// to end what such an undoing still needs. The exit status is 1 whenever a result cannot be written. What is
    /// registered here is not called when the module panics, or is ended by a signal.
    pub fn after_result(&mut self, hook: impl FnOnce(bool) + Send + 'static) {
        self.hooks.0.push(Box::new(hook));
    }

    /// Lets this text through where it is the whole of a value in the result, whatever is masked within it: a new secret that
    /// the task asked for would be lost if a short password happened to be a part of it.
    pub fn deliver(&mut self, secret: &str) {
        self.delivered.insert(secret.to_owned());
    }

    /// Adds to `warnings` of the result. The same text twice is told once.
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

    /// Masks this value in the result wherever it would appear: for secrets that came up during the run.
    pub fn hide(&mut self, secret: &str) {
        if !secret.is_empty() {
            self.secrets.insert(secret.to_owned());
        }
    }

    /// A directory for temporary files that only this user can look into. Ansible's own for this task where there is one;
    /// otherwise it is made at the first call and removed when the run is over.
    ///
    /// # Errors
    ///
    /// When none can be made.
    pub fn temporary_directory(&mut self) -> io::Result<PathBuf> {
        let (directory, warning) = self.temporary.directory()?;
        if let Some(warning) = warning {
            self.warn(warning);
        }
        Ok(directory)
    }
}

/// Makes a [`Task`] for a test.
#[derive(Debug, Default)]
pub struct TaskBuilder(Task);

impl TaskBuilder {
    /// In check mode or not.
    #[must_use]
    pub fn check_mode(mut self, on: bool) -> Self {
        self.0.check_mode = on;
        self
    }

    /// In diff mode or not.
    #[must_use]
    pub fn diff_mode(mut self, on: bool) -> Self {
        self.0.diff_mode = on;
        self
    }

    /// With so many `-v`.
    #[must_use]
    pub fn verbosity(mut self, verbosity: u8) -> Self {
        self.0.verbosity = verbosity;
        self
    }

    /// The task gave this option.
    #[must_use]
    pub fn given(self, option: &str) -> Self {
        self.origin(option, Origin::Task)
    }

    /// The option's value came from there.
    #[must_use]
    pub fn origin(mut self, option: &str, origin: Origin) -> Self {
        self.0.origins.insert(option.to_owned(), origin);
        self
    }

    /// The task's arguments, as [`Task::mentions`] looks at them: an object.
    #[must_use]
    pub fn arguments(mut self, arguments: Value) -> Self {
        if let Value::Object(arguments) = arguments {
            self.0.arguments = Arguments(arguments);
        }
        self
    }

    /// With this directory for temporary files.
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

/// Something that will go away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deprecation {
    /// What, and what to use instead.
    pub msg: String,
    /// The version without it.
    pub version: Option<String>,
    /// The day after which it may go, `YYYY-MM-DD`.
    pub date: Option<String>,
    /// The collection that the version or day is of.
    pub collection_name: Option<String>,
}
