//! What went wrong with a set, in one message.

use crate::mist_objects::results::{ObjectState, Results};
use mist_objects::apply_set::SetDone;

/// How many are told one by one; the result has all.
const TOLD: usize = 5;

/// The first few of many, and how many more there are.
#[must_use]
pub fn few(all: &[String]) -> String {
    let told = all.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; ");
    if all.len() > TOLD { format!("{told}; and {} more", all.len() - TOLD) } else { told }
}

/// What is missing of the set, and what to do.
#[must_use]
pub fn incomplete(results: &Results, done: &SetDone) -> String {
    let of = |state| results.objects.iter().filter(move |object| object.state == state);
    let failed: Vec<String> = of(ObjectState::Failed)
        .map(|object| format!("'{}': {}", object.name.escape_debug(), object.msg.as_deref().unwrap_or_default()))
        .collect();
    let waiting = of(ObjectState::NotBegun).count();
    let mut message = format!(
        "{} of {} objects are not as they shall be: {}",
        failed.len() + waiting,
        results.objects.len(),
        few(&failed)
    );
    if waiting > 0 {
        let why = match &done.stopped_by {
            Some(reason) => format!("because {reason}"),
            None => "as something is not in place".to_owned(),
        };
        message.push_str(&format!(" Nothing was tried for {waiting}, {why}."));
    }
    message.push_str(" Running the task again does what is missing.");
    message
}
