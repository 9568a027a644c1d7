//! The outcome of a run.

use crate::Causes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::any::Any;
use std::error::Error;
use std::fmt;

/// The outcome of a run.
pub type Outcome<R> = Result<Success<R>, Failure>;

/// The result of a successful run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
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

    /// The same success with other results.
    pub fn map<T>(self, results: impl FnOnce(R) -> T) -> Success<T> {
        Success { changed: self.changed, msg: self.msg, diff: self.diff, results: results(self.results) }
    }

    /// Adds a line for people.
    #[must_use]
    pub fn with_msg(mut self, msg: impl Into<String>) -> Self {
        self.msg = Some(msg.into());
        self
    }
}

/// The result of a failed run.
///
/// `?` makes one of every error: its text, and the texts of its causes. It is not an error itself, because then `?` could not do
/// that; see [`Failure::into_error`].
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Failure {
    /// The attempt, the reason, and advice.
    pub msg: String,
    /// True if anything changed before the failure.
    pub changed: bool,
    /// The changes before the failure. Printed only in diff mode.
    pub diff: Vec<Diff>,
    /// Further fields of the printed object, such as the results before the failure.
    pub fields: Map<String, Value>,
    /// The errors behind the failure, as data. Never printed.
    pub causes: Causes,
}

impl Failure {
    /// A failure before any change.
    pub fn new(msg: impl Into<String>) -> Self {
        Self { msg: msg.into(), ..Self::default() }
    }

    /// A failure after a change.
    #[must_use]
    pub fn after_change(mut self) -> Self {
        self.changed = true;
        self
    }

    /// A failure after a change, if there was one.
    #[must_use]
    pub fn with_changed(mut self, changed: bool) -> Self {
        self.changed |= changed;
        self
    }

    /// Adds the changes before the failure: a [`Diff`], an `Option<Diff>` or several.
    #[must_use]
    pub fn with_diff(mut self, diff: impl IntoIterator<Item = Diff>) -> Self {
        self.diff.extend(diff);
        self
    }

    /// Adds a field to the printed object, such as `rc`. A value that cannot be JSON is left out.
    #[must_use]
    pub fn with_field(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.fields.insert(name.into(), value);
        }
        self
    }

    /// Adds the results before the failure: a struct whose fields become fields of the printed object.
    #[must_use]
    pub fn with_results(mut self, results: impl Serialize) -> Self {
        if let Ok(Value::Object(results)) = serde_json::to_value(results) {
            self.fields.extend(results);
        }
        self
    }

    /// Adds an error behind the failure, as data. It is never printed.
    #[must_use]
    pub fn caused_by<E: Any + Send + Sync>(self, error: E) -> Self {
        self.with_causes(Causes::of(error))
    }

    /// Adds errors behind the failure, as data. They are never printed.
    #[must_use]
    pub fn with_causes(mut self, causes: Causes) -> Self {
        self.causes.extend([causes]);
        self
    }

    /// The first error of this type behind the failure.
    #[must_use]
    pub fn cause<E: Any>(&self) -> Option<&E> {
        self.causes.each().next()
    }

    /// Puts the attempt before the reason: `the attempt: the reason`.
    #[must_use]
    pub fn context(mut self, attempt: impl fmt::Display) -> Self {
        self.msg = format!("{attempt}: {}", self.msg);
        self
    }

    /// The failure as an error, for functions that return errors of all kinds. `?` makes the same failure of it again.
    #[must_use]
    pub fn into_error(self) -> FailureError {
        FailureError(self)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.msg)
    }
}

/// A [`Failure`] as an error.
#[derive(Debug)]
pub struct FailureError(Failure);

impl fmt::Display for FailureError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Error for FailureError {}

/// From a text, an error of the standard library, `anyhow`, or any other error: its text, followed by the texts of its
/// causes, unless it quotes them itself. The numbers of system errors are left out.
impl<E: Into<Box<dyn Error>>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = match error.into().downcast::<FailureError>() {
            Ok(failure) => return failure.0,
            Err(error) => error,
        };
        let mut msg = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let words = error.to_string();
            if !msg.contains(&words) {
                msg = format!("{msg}: {words}");
            }
            cause = error.source();
        }
        Self::new(without_error_numbers(&msg))
    }
}

/// The text without ` (os error 2)`.
fn without_error_numbers(text: &str) -> String {
    let mut parts = text.split(" (os error ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((number, rest)) if number.bytes().all(|digit| digit.is_ascii_digit()) => out.push_str(rest),
            _ => {
                out.push_str(" (os error ");
                out.push_str(part);
            }
        }
    }
    out
}

/// Adds the attempt to an error on its way to a [`Failure`].
pub trait Context<T> {
    /// The value, or a failure with the attempt before the reason.
    ///
    /// # Errors
    ///
    /// The error, as a failure.
    fn context(self, attempt: impl fmt::Display) -> Result<T, Failure>;
}

impl<T, E: Into<Failure>> Context<T> for Result<T, E> {
    fn context(self, attempt: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| error.into().context(attempt))
    }
}

/// A state before and after. Text is compared line by line; other values are shown as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
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
    /// The difference between two states. A list, a number and a boolean become text: Ansible shows only texts and dictionaries.
    pub fn new(before: impl Into<Value>, after: impl Into<Value>) -> Self {
        let (before, after) = (shown(before.into()), shown(after.into()));
        Self { before, after, before_header: None, after_header: None }
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

fn shown(state: Value) -> Value {
    match &state {
        Value::Array(_) | Value::Number(_) | Value::Bool(_) => {
            let mut text = Vec::new();
            let mut serializer = serde_json::Serializer::with_formatter(
                &mut text,
                serde_json::ser::PrettyFormatter::with_indent(b"    "),
            );
            // Writing a value to memory cannot fail.
            let _ = state.serialize(&mut serializer);
            text.push(b'\n');
            Value::String(String::from_utf8(text).unwrap_or_default())
        }
        _ => state,
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
    use std::io;

    #[test]
    fn a_diff_has_only_texts_and_dictionaries() {
        use serde_json::json;
        for (state, expected) in [
            (json!([{"a": 1}]), json!("[\n    {\n        \"a\": 1\n    }\n]\n")),
            (json!([]), json!("[]\n")),
            (json!(7), json!("7\n")),
            (json!({"a": [1]}), json!({"a": [1]})),
            (json!("text"), json!("text")),
            (json!(null), json!(null)),
        ] {
            let diff = Diff::new(state, Value::Null);
            assert_eq!((diff.before, diff.after), (expected, Value::Null));
        }
    }

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

    fn failure(error: impl Into<Failure>) -> String {
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

    #[test]
    fn an_error_keeps_the_fields_of_a_failure_and_loses_system_numbers() {
        fn inner() -> Result<(), Box<dyn Error>> {
            Err(Failure::new("it broke").with_field("rc", 3).after_change().into_error().into())
        }
        fn outer() -> Outcome<()> {
            inner().context("the attempt")?;
            Ok(Success::unchanged(()))
        }
        let failure = outer().unwrap_err();
        assert_eq!((failure.to_string().as_str(), failure.changed), ("the attempt: it broke", true));
        assert_eq!(failure.fields["rc"], 3);
        assert_eq!(failure_text(io::Error::from_raw_os_error(2)), "No such file or directory");
        assert_eq!(without_error_numbers("a (os error 2): b (os error x) (os error 13)"), "a: b (os error x)");
    }

    fn failure_text(error: impl Into<Failure>) -> String {
        error.into().msg
    }
}
