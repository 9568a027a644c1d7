//! The promises of all tasks, and a list of those that a run broke.

use crate::Ran;
use serde_json::Value;

/// Parts of the messages about something that can exist without a confirmation of the cloud.
pub(super) const MAY_EXIST: [&str; 2] = ["may yet appear", "may have taken effect"];

/// The result of the judges of one scenario.
#[derive(Debug, Default)]
pub struct Judgment {
    /// The broken promises.
    pub violations: Vec<String>,
    /// The secrets that were found.
    pub leaks: Vec<String>,
}

/// A list of broken promises.
#[derive(Default)]
pub(super) struct Violations(pub Vec<String>);

impl Violations {
    pub fn unless(&mut self, kept: bool, violation: &str) {
        if !kept {
            self.0.push(violation.to_owned());
        }
    }
}

/// The result of a run: one JSON object and nothing else, with the matching exit status.
pub(super) fn printed(ran: &Ran, found: &mut Violations) -> Option<Value> {
    found.unless(ran.stderr.is_empty(), "standard error is not empty");
    found.unless(ran.stdout.ends_with('\n') && ran.stdout.lines().count() == 1, "the output is not one line");
    let Ok(result) = ran.result() else {
        found.unless(false, "the output is not one JSON object");
        return None;
    };
    let failed = result["failed"] == true;
    found.unless(ran.status == Some(i32::from(failed)), "the exit status does not match the result");
    found.unless(result["changed"].is_boolean(), "the result has no `changed`");
    let msg = result["msg"].as_str().unwrap_or_default();
    found.unless(!failed || !msg.is_empty(), "the failure has no message");
    found.unless(!msg.contains("programming error") && !msg.contains("panicked"), "the run crashed");
    Some(result)
}
