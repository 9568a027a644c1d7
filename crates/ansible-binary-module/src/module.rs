//! The trait of a module, and the outcome of a run.

use crate::{Documentation, Task};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::error::Error;

/// An Ansible module: two types, documentation, and its work.
pub trait Module {
    /// The module's name, and the executable's.
    const NAME: &'static str;
    /// The version that `--version` prints: `env!("CARGO_PKG_VERSION")`.
    const VERSION: &'static str;
    /// The options, often `Self`. The argument specification, the documentation and the help come from this type.
    type Options: DeserializeOwned + JsonSchema;
    /// The results besides `changed`, `msg` and `diff`: a struct whose fields become fields of the printed object (except
    /// `None`), or `()`. This type documents RETURN.
    type Results: Serialize + JsonSchema;

    /// The documentation. Default: the doc comment of [`Self::Options`].
    const DOCUMENTATION: Documentation = Documentation::EMPTY;

    /// Fields of [`Self::Results`] that are printed as `null` instead of being left out, so that a task can read them without
    /// testing whether they are defined. Only top-level fields.
    const NULL_RESULTS: &'static [&'static str] = &[];

    /// Additional arguments of the command line, each of which prints a text.
    const TEXT_COMMANDS: &'static [TextCommand] = &[];

    /// Additional values to mask: secrets that are not an option of their own, such as those in a body. `parameters` are the
    /// validated options, also in a task that is refused.
    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        let _ = parameters;
        Vec::new()
    }

    /// Does the work. In check mode ([`Task::check_mode`]) it changes nothing and returns the result of the real run.
    ///
    /// # Errors
    ///
    /// A [`Failure`] ends the task as failed. `?` turns every error into one: see [`Failure`].
    fn run(task: &mut Task, options: Self::Options) -> Outcome<Self::Results>;
}

/// An argument of the command line that prints a text, such as `--types`.
#[derive(Clone, Copy, Debug)]
pub struct TextCommand {
    /// The argument.
    pub argument: &'static str,
    /// The effect, for `--help`: `print all types`.
    pub does: &'static str,
    /// The text.
    pub text: fn() -> String,
}

/// The outcome of a run.
pub type Outcome<R> = Result<Success<R>, Failure<R>>;

/// The result of a successful run.
#[derive(Clone, Debug, PartialEq)]
pub struct Success<R> {
    /// True if anything changed, or would change in check mode.
    pub changed: bool,
    /// A line for people. Most modules need none.
    pub msg: Option<String>,
    /// The changes. Printed only in diff mode.
    pub diff: Vec<Diff>,
    /// The module's own results.
    pub results: R,
}

impl<R> Success<R> {
    /// Success with a change.
    pub fn changed(results: R) -> Self {
        Self::new(true, results)
    }

    /// Success without a change.
    pub fn unchanged(results: R) -> Self {
        Self::new(false, results)
    }

    /// Success.
    pub fn new(changed: bool, results: R) -> Self {
        Self { changed, msg: None, diff: Vec::new(), results }
    }

    /// Adds changes: a [`Diff`], an `Option<Diff>` or several.
    #[must_use]
    pub fn with_diff(mut self, diff: impl IntoIterator<Item = Diff>) -> Self {
        self.diff.extend(diff);
        self
    }

    /// Adds a line for people.
    #[must_use]
    pub fn with_msg(mut self, msg: impl Into<String>) -> Self {
        self.msg = Some(msg.into());
        self
    }
}

/// The result of a failed run.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure<R> {
    /// The attempt, the reason, and advice.
    pub msg: String,
    /// True if anything changed before the failure.
    pub changed: bool,
    /// The changes before the failure. Printed only in diff mode.
    pub diff: Vec<Diff>,
    /// The results before the failure.
    pub results: Option<R>,
}

impl<R> Failure<R> {
    /// A failure before any change.
    pub fn new(msg: impl Into<String>) -> Self {
        Self { msg: msg.into(), changed: false, diff: Vec::new(), results: None }
    }

    /// A failure after a change.
    #[must_use]
    pub fn after_change(mut self) -> Self {
        self.changed = true;
        self
    }

    /// Adds the changes before the failure: a [`Diff`], an `Option<Diff>` or several.
    #[must_use]
    pub fn with_diff(mut self, diff: impl IntoIterator<Item = Diff>) -> Self {
        self.diff.extend(diff);
        self
    }

    /// Adds the results before the failure.
    #[must_use]
    pub fn with_results(mut self, results: R) -> Self {
        self.results = Some(results);
        self
    }
}

/// From a text, an error of the standard library, `anyhow`, or any other error: its text, followed by the texts of its
/// causes, unless it quotes them itself.
impl<R, E: Into<Box<dyn Error>>> From<E> for Failure<R> {
    fn from(error: E) -> Self {
        let error = error.into();
        let mut msg = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let words = error.to_string();
            if !msg.contains(&words) {
                msg = format!("{msg}: {words}");
            }
            cause = error.source();
        }
        Self::new(msg)
    }
}

/// A state before and after. Text is compared line by line; other values are shown as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// The state before.
    pub before: Value,
    /// The state after.
    pub after: Value,
    /// Title of the state before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_header: Option<String>,
    /// Title of the state after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_header: Option<String>,
}

impl Diff {
    /// The difference between two states.
    pub fn new(before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self { before: before.into(), after: after.into(), before_header: None, after_header: None }
    }

    /// Adds a title for both states.
    #[must_use]
    pub fn headed(mut self, header: impl Into<String>) -> Self {
        let header = header.into();
        self.before_header = Some(header.clone());
        self.after_header = Some(header);
        self
    }
}

/// A single diff is a sequence of one, for `with_diff`.
impl IntoIterator for Diff {
    type Item = Self;
    type IntoIter = std::iter::Once<Self>;

    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt;
    use std::io;

    #[derive(Debug)]
    struct Outer(io::Error, bool);

    impl fmt::Display for Outer {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("the list cannot be read")?;
            if self.1 { write!(formatter, " ({})", self.0) } else { Ok(()) }
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    fn failure(error: impl Into<Failure<()>>) -> String {
        error.into().msg
    }

    #[test]
    fn every_error_is_a_failure_with_its_words_and_those_of_its_causes() {
        let cause = || io::Error::other("no such disk");
        assert_eq!(failure("a text"), "a text");
        assert_eq!(failure(format!("{} text", "another")), "another text");
        assert_eq!(failure(cause()), "no such disk");
        assert_eq!(failure(Outer(cause(), false)), "the list cannot be read: no such disk");
        assert_eq!(failure(Outer(cause(), true)), "the list cannot be read (no such disk)");
        assert_eq!(failure("7x".parse::<u8>().unwrap_err()), "invalid digit found in string");
        let boxed: Box<dyn Error> = "boxed".into();
        assert_eq!(failure(boxed), "boxed");
    }

    #[test]
    fn a_question_mark_makes_a_failure() {
        fn run() -> Outcome<()> {
            let number: u8 = "x".parse()?;
            Ok(Success::new(number > 0, ()))
        }
        assert_eq!(run().unwrap_err().msg, "invalid digit found in string");
    }
}
