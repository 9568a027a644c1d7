//! What the user reads when the work on an object failed.

use crate::common::messages;
use mist_objects::apply::Stopped;

/// The error, and what may exist in spite of it.
#[must_use]
pub fn message(stopped: &Stopped) -> String {
    let mut message = messages::message(&stopped.error);
    if stopped.may_appear {
        message.push_str(" The object may yet appear. Run the task again: it looks for the object first.");
    }
    if !stopped.duplicates.is_empty() {
        message.push_str(" Other objects with the same name exist: ");
        message.push_str(&stopped.duplicates.join(", "));
    }
    message
}
