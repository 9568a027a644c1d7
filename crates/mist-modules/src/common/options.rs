//! Checks of single option values that several modules share, and the error that names the option.

use ansible_binary_module::file::InvalidFileOption;
use ansible_binary_module::{Causes, Failure, Origin, Task};
use mist_client::redact::quoted;
use std::any::Any;
use std::fmt;

/// An option that cannot be used, and why. Displayed as `option: reason`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError {
    /// The option as the task spells it, with its place in a list or dictionary: `tokens[2].name`.
    pub option: String,
    /// The problem and the fix, as sentences: `required with type. Set it.`
    pub reason: String,
    /// The errors behind it, as data.
    pub causes: Causes,
}

impl OptionError {
    pub fn new(option: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { option: option.into(), reason: reason.into(), causes: Causes::default() }
    }

    /// Adds the error that the reason words.
    #[must_use]
    pub fn caused_by<E: Any + Send + Sync>(mut self, error: E) -> Self {
        self.causes.extend([Causes::of(error)]);
        self
    }

    /// A failure with this message, and with this error and those behind it as data.
    #[must_use]
    pub fn into_failure(self) -> Failure {
        Failure::new(self.to_string()).with_causes(self.causes.clone()).caused_by(self)
    }

    /// The same error for an option inside `path`: `name` becomes `tokens[2].name`.
    #[must_use]
    pub fn within(self, path: &str) -> Self {
        Self { option: format!("{path}.{}", self.option), ..self }
    }

    /// Two options that exclude each other are both set.
    #[must_use]
    pub fn mutually_exclusive(option: &str, other: &str) -> Self {
        Self::new(option, format!("mutually exclusive with {other}. Set one of them."))
    }
}

impl fmt::Display for OptionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.option.is_empty() {
            return formatter.write_str(&self.reason);
        }
        write!(formatter, "{}: {}", self.option, self.reason)
    }
}

impl std::error::Error for OptionError {}

impl From<InvalidFileOption> for OptionError {
    fn from(error: InvalidFileOption) -> Self {
        Self::new(error.option, error.reason)
    }
}

impl From<OptionError> for String {
    fn from(error: OptionError) -> Self {
        error.to_string()
    }
}

/// The meaning of an omitted option: decides the advice in the error about an empty value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmptyOptionAdvice {
    /// The same as an empty value: the option can be omitted.
    CanBeOmitted,
    /// Nothing: the option is required.
    Required,
    /// Something else, possibly by mistake: the clause names what would be used.
    WouldMean(String),
}

impl EmptyOptionAdvice {
    fn sentence(&self) -> String {
        match self {
            Self::CanBeOmitted => "Check the variable in it, or omit the option with default(omit).".to_owned(),
            Self::Required => "Check the variable in it.".to_owned(),
            Self::WouldMean(other) => {
                format!("Check the variable in it: without the option, {other} would be used.")
            }
        }
    }
}

/// The value of an option, if it is not blank. A blank environment variable counts as not set.
///
/// # Errors
/// The task sets the option itself, and its value is blank or `null`: a variable in it came out empty.
pub fn text<'a>(
    task: &Task,
    advice: &EmptyOptionAdvice,
    option: &str,
    value: Option<&'a str>,
) -> Result<Option<&'a str>, OptionError> {
    match value {
        Some(text) if !is_blank(text) => Ok(Some(text)),
        _ if task.given(option) || task.mentions(option) => {
            Err(OptionError::new(option, format!("set but empty. {}", advice.sentence())))
        }
        _ => Ok(None),
    }
}

/// ` (MIST_ORG_ID is set but empty)` where the option's environment variable is; otherwise nothing.
#[must_use]
pub fn blank_variable_note(task: &Task, option: &str) -> String {
    match task.origin(option) {
        Some(Origin::Environment(variable)) => format!(" ({variable} is set but empty)"),
        _ => String::new(),
    }
}

/// Returns true if a text has no visible character.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    let is_invisible = |character: char| {
        character.is_whitespace()
            || character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    };
    text.chars().all(is_invisible)
}

/// The UUID in an option, in lower case as the cloud writes it.
///
/// # Errors
/// The value is not a UUID.
pub fn uuid(option: &str, value: &str) -> Result<String, OptionError> {
    mist_client::path::uuid(value).ok_or_else(|| {
        let reason =
            format!("{} is not a UUID. Set an ID such as 53f10664-3ce8-4c27-b382-0ef66432349f.", quoted(value));
        OptionError::new(option, reason)
    })
}

/// The seconds in an option such as `90d`, `12h`, `30m` or `3600`.
///
/// # Errors
/// The value is not a duration.
pub fn seconds(option: &str, text: &str) -> Result<f64, OptionError> {
    let refuse = || {
        let reason = format!(
            "{} is not a duration. Set a number with a unit (45s, 30m, 12h, 90d, 2w) or a number of seconds.",
            quoted(text)
        );
        OptionError::new(option, reason)
    };
    let text = text.trim();
    let (number, unit) = match text.char_indices().last() {
        Some((at, unit)) if unit.is_ascii_alphabetic() => (&text[..at], unit),
        _ => (text, 's'),
    };
    let factor = match unit {
        's' => 1.0,
        'm' => 60.0,
        'h' => 3_600.0,
        'd' => 86_400.0,
        'w' => 604_800.0,
        _ => return Err(refuse()),
    };
    let number = number.trim();
    // Digits and one point: `parse` also accepts a sign, an exponent and "inf".
    let is_plain = !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit() || digit == '.');
    number.parse::<f64>().ok().filter(|_| is_plain).map(|number| number * factor).ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_uuid_is_one() {
        let id = "53f10664-3ce8-4c27-b382-0ef66432349f";
        assert_eq!(uuid("id", &id.to_uppercase()).as_deref(), Ok(id));
        assert_eq!(uuid("id", &format!(" {id}\n")).as_deref(), Ok(id));
        let error = uuid("org_id", "../../self").unwrap_err();
        assert_eq!(error.option, "org_id");
    }

    #[test]
    fn durations_are_numbers_with_a_unit_or_seconds() {
        for (text, expected) in [
            ("90d", 7_776_000.0),
            ("12h", 43_200.0),
            ("30m", 1800.0),
            ("45s", 45.0),
            ("2w", 1_209_600.0),
            ("3600", 3600.0),
            ("0", 0.0),
            (" 1.5 h ", 5400.0),
        ] {
            assert_eq!(seconds("max_age", text), Ok(expected), "{text}");
        }
        for text in ["", "d", "-1d", "1y", "1e9", "inf", "nan", "1.2.3h", "ninety days", "1d12h"] {
            assert_eq!(seconds("max_age", text).unwrap_err().option, "max_age", "{text}");
        }
    }

    #[test]
    fn omitting_an_empty_option_is_advised_only_where_it_means_the_same() {
        let task = Task::builder().given("org_id").build();
        let reason = |advice| text(&task, &advice, "org_id", Some("")).unwrap_err().reason;
        assert!(reason(EmptyOptionAdvice::CanBeOmitted).contains("default(omit)"));
        assert!(!reason(EmptyOptionAdvice::Required).contains("omit"));
        assert!(reason(EmptyOptionAdvice::WouldMean("the account".to_owned())).contains("the account would be used"));
    }
}
