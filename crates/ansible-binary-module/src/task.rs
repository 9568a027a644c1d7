//! What a running module knows of its task, and what it can tell besides its result.

mod temporary;

pub(crate) use temporary::Temporary;

use crate::validation::Origin;
use indexmap::IndexMap;
use std::collections::BTreeSet;
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
