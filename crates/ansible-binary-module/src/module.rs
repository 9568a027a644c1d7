//! What a module's author writes, and what a run returns.

use crate::{Documentation, Task};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::error::Error;

/// An Ansible module: two types, its documentation, and what it does.
pub trait Module {
    /// The module's name, which is the executable's too.
    const NAME: &'static str;
    /// The version that `--version` prints: `env!("CARGO_PKG_VERSION")`.
    const VERSION: &'static str;
    /// The options, often `Self`. The argument specification, the documentation and the help come from this type.
    type Options: DeserializeOwned + JsonSchema;
    /// What a run returns beside `changed`, `msg` and `diff`: a struct whose fields become fields of the
    /// printed object (those that are `None` are left out), or `()`. RETURN comes from this type.
    type Results: Serialize + JsonSchema;

    /// What the module says about itself beside the doc comment of [`Self::Options`], which describes it where nothing
    /// is said here.
    const DOCUMENTATION: Documentation = Documentation::EMPTY;

    /// The fields of [`Self::Results`] that are printed as `null` where they are `None`, in place of being left out: what a
    /// task may read without asking first whether it is defined. Only fields of the results themselves, not those inside.
    const NULL_RESULTS: &'static [&'static str] = &[];

    /// What else is masked wherever it would be printed or logged: secrets that no option of their own holds, such as
    /// those within a body that is passed on. `parameters` are the options as they were understood, even where the task
    /// is refused for one of them.
    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        let _ = parameters;
        Vec::new()
    }

    /// Does the work. In check mode ([`Task::check_mode`]) it changes nothing and returns what it would have.
    ///
    /// # Errors
    ///
    /// A [`Failure`] ends the task as failed. `?` makes one of every error: see [`Failure`].
    fn run(task: &mut Task, options: Self::Options) -> Outcome<Self::Results>;
}

/// What a run comes to.
pub type Outcome<R> = Result<Success<R>, Failure<R>>;

/// What a module returns when all went well.
#[derive(Clone, Debug, PartialEq)]
pub struct Success<R> {
    /// Whether anything changed, or would have in check mode.
    pub changed: bool,
    /// A line for people; most modules need none.
    pub msg: Option<String>,
    /// What changed; printed in diff mode only.
    pub diff: Vec<Diff>,
    /// The module's own results.
    pub results: R,
}

impl<R> Success<R> {
    /// Something changed.
    pub fn changed(results: R) -> Self {
        Self::new(true, results)
    }

    /// Nothing changed.
    pub fn unchanged(results: R) -> Self {
        Self::new(false, results)
    }

    /// Something changed or not.
    pub fn new(changed: bool, results: R) -> Self {
        Self { changed, msg: None, diff: Vec::new(), results }
    }

    /// The same with what changed: a [`Diff`], an `Option<Diff>` or several.
    #[must_use]
    pub fn with_diff(mut self, diff: impl IntoIterator<Item = Diff>) -> Self {
        self.diff.extend(diff);
        self
    }

    /// The same with a line for people.
    #[must_use]
    pub fn with_msg(mut self, msg: impl Into<String>) -> Self {
        self.msg = Some(msg.into());
        self
    }
}

/// What a module returns when it could not do what was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure<R> {
    /// What was tried, what went wrong, and what to do about it.
    pub msg: String,
    /// Whether anything changed before it went wrong.
    pub changed: bool,
    /// What had changed by then; printed in diff mode only.
    pub diff: Vec<Diff>,
    /// What had been done by then.
    pub results: Option<R>,
}

impl<R> Failure<R> {
    /// Failed before anything changed.
    pub fn new(msg: impl Into<String>) -> Self {
        Self { msg: msg.into(), changed: false, diff: Vec::new(), results: None }
    }

    /// The same, having changed something before.
    #[must_use]
    pub fn after_change(mut self) -> Self {
        self.changed = true;
        self
    }

    /// The same with what changed before it failed: a [`Diff`], an `Option<Diff>` or several.
    #[must_use]
    pub fn with_diff(mut self, diff: impl IntoIterator<Item = Diff>) -> Self {
        self.diff.extend(diff);
        self
    }

    /// The same with what had been done.
    #[must_use]
    pub fn with_results(mut self, results: R) -> Self {
        self.results = Some(results);
        self
    }
}

/// Of a text, of an error of the standard library, of `anyhow`, of whatever says in words what went wrong: its words, and
/// those of its causes that it does not quote itself, each after a colon.
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

/// A state before and after: text is compared line by line, anything else is shown as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// The state before.
    pub before: Value,
    /// The state after.
    pub after: Value,
    /// What the state before is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_header: Option<String>,
    /// What the state after is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_header: Option<String>,
}

impl Diff {
    /// From one state to another.
    pub fn new(before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self { before: before.into(), after: after.into(), before_header: None, after_header: None }
    }

    /// The same with a name for both states.
    #[must_use]
    pub fn headed(mut self, header: impl Into<String>) -> Self {
        let header = header.into();
        self.before_header = Some(header.clone());
        self.after_header = Some(header);
        self
    }
}

/// One diff is a sequence of one, so that `with_diff` takes it as it is.
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
