//! Properties of JSON values: empty, masked, text. No I/O.

use serde_json::{Map, Value};
use std::fmt;

/// True if a declared value clears a field: `null`, `""` or `[]`. A dictionary never does: `{}` merges nothing.
#[must_use]
pub fn clears(value: &Value) -> bool {
    !value.is_object() && is_nothing(value)
}

/// True for `{}`.
#[must_use]
pub fn is_empty_dictionary(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

/// True if a found value is empty: `null`, `""`, `[]`, `{}`, or a dictionary of empty values.
#[must_use]
pub fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_nothing),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The text that Ansible prints in place of a `no_log` value.
const NO_LOG: &str = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";

/// True for a value that is nothing but the mask of a secret: `***`, `********`, or Ansible's word. A text with more than that may be
/// a secret.
#[must_use]
pub fn is_masked(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            let text = text.trim();
            let is_star = |character| matches!(character, '*' | '•' | '●');
            text == NO_LOG || (text.chars().count() >= 3 && text.chars().all(is_star))
        }
        Value::Array(items) => !items.is_empty() && items.iter().all(is_masked),
        Value::Object(fields) => !fields.is_empty() && fields.values().all(is_masked),
        _ => false,
    }
}

/// True for the word of Ansible, which is never meant as a value.
pub(crate) fn is_no_log(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim() == NO_LOG)
}

/// A scalar as text, a text without its quotes.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A step into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A field of a dictionary. Its name can contain dots: `ge-0/0/0.100`.
    Field(String),
    /// An item of a list, from 0.
    Item(usize),
}

/// A place inside an object: the steps to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<Step>);

impl Path {
    /// The place of a top-level field.
    #[must_use]
    pub fn top(name: &str) -> Self {
        Self(vec![Step::Field(name.to_owned())])
    }

    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        self.deeper(Step::Field(name.to_owned()))
    }

    #[must_use]
    pub fn item(&self, number: usize) -> Self {
        self.deeper(Step::Item(number))
    }

    fn deeper(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }

    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The top-level field.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        match self.0.first()? {
            Step::Field(name) => Some(name),
            Step::Item(_) => None,
        }
    }

    /// True if this place is the other one, or inside of it.
    #[must_use]
    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Removes the field there. An item of a list becomes `null`, so that the others keep their numbers.
    pub(crate) fn remove(&self, object: &mut Value) {
        let Some((last, above)) = self.0.split_last() else { return };
        let around = above.iter().try_fold(object, |value, step| match step {
            Step::Field(name) => value.get_mut(name),
            Step::Item(number) => value.get_mut(*number),
        });
        match (around, last) {
            (Some(Value::Object(fields)), Step::Field(name)) => drop(fields.shift_remove(name)),
            (Some(Value::Array(items)), Step::Item(number)) => {
                if let Some(item) = items.get_mut(*number) {
                    *item = Value::Null;
                }
            }
            _ => {}
        }
    }

    /// The value there.
    #[must_use]
    pub fn of<'a>(&self, object: &'a Map<String, Value>) -> Option<&'a Value> {
        let mut steps = self.0.iter();
        let Some(Step::Field(first)) = steps.next() else { return None };
        steps.try_fold(object.get(first)?, |value, step| match step {
            Step::Field(name) => value.as_object()?.get(name),
            Step::Item(number) => value.as_array()?.get(*number),
        })
    }
}

/// Dotted, as users write it: `auth_servers[0].secret`.
impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if number == 0 => formatter.write_str(name)?,
                Step::Field(name) => write!(formatter, ".{name}")?,
                Step::Item(item) => write!(formatter, "[{item}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
impl PartialEq<&str> for Path {
    fn eq(&self, text: &&str) -> bool {
        let shown = self.to_string();
        shown.as_str() == *text
    }
}

/// A path one step deeper.
pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
