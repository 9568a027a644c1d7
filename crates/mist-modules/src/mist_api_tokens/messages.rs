//! What a task that failed says: what is not done, why, and what to do.

use crate::tokens::messages::MessageFormatter;
use mist_tokens::apply_set::{Progress, Purged, SetOutcome, StopReason};
use mist_tokens::set::SetPlan;

/// So many are told in the message; all are in the result.
const TOLD: usize = 10;

/// What a run says that was refused before it began.
#[must_use]
pub fn refused(names: &[&str], reasons: &[(usize, String)]) -> String {
    let each = reasons.iter().map(|(position, reason)| told(names[*position], reason));
    format!(
        "{} of {} tokens cannot be had as declared, so that nothing was changed. {}",
        reasons.len(),
        names.len(),
        list(each.collect(), " ")
    )
}

/// What a run says that was stopped on its way.
#[must_use]
pub fn incomplete(names: &[&str], plan: &SetPlan, done: &SetOutcome) -> String {
    let mut sentences = Vec::new();
    let each = || names.iter().zip(&done.tokens);
    let not_done = each().filter(|(_, outcome)| !matches!(outcome, Progress::Done(_))).count();
    if not_done > 0 {
        sentences.push(format!("{not_done} of {} tokens are not as declared.", names.len()));
    }
    let failed = each().filter_map(|(name, outcome)| match outcome {
        Progress::Failed(stopped) => Some(told(name, &MessageFormatter::Set.error(&stopped.error))),
        _ => None,
    });
    let purge = || plan.purge.iter().zip(&done.purge);
    let unpurged = purge().filter_map(|(token, purged)| match purged {
        Purged::Failed(error) => Some(told(token.name(), &MessageFormatter::Set.error(error))),
        _ => None,
    });
    sentences.push(list(failed.chain(unpurged).collect(), " "));
    let because = match &done.stopped_by {
        Some(StopReason::Trouble(token)) => format!(" because of the trouble with token {}", quoted(&token.name)),
        Some(StopReason::Signal) => " because the run was told to end by a signal".to_owned(),
        None => String::new(),
    };
    let not_begun = each().filter(|(_, outcome)| matches!(outcome, Progress::NotBegun));
    let not_begun: Vec<String> = not_begun.map(|(name, _)| quoted(name)).collect();
    if !not_begun.is_empty() {
        sentences.push(format!("Not begun{because}: {}.", list(not_begun, ", ")));
    }
    let left = purge().filter(|(_, purged)| matches!(purged, Purged::NotBegun));
    let left: Vec<String> = left.map(|(token, _)| format!("{} ({})", quoted(token.name()), token.id)).collect();
    if !left.is_empty() {
        sentences
            .push(format!("Still to purge, which comes once all declared tokens are in place: {}.", list(left, ", ")));
    }
    sentences.push(
        "What was done is in the result, and its keys are delivered; run the task again to finish the job.".to_owned(),
    );
    sentences.retain(|sentence| !sentence.is_empty());
    sentences.join(" ")
}

fn told(name: &str, reason: &str) -> String {
    let end = if reason.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("Token {}: {reason}{end}", quoted(name))
}

fn quoted(name: &str) -> String {
    format!("'{}'", name.escape_debug())
}

fn list(mut items: Vec<String>, separator: &str) -> String {
    let more = items.len().saturating_sub(TOLD);
    items.truncate(TOLD);
    if more > 0 {
        items.push(format!("and {more} more (see tokens in the result)"));
    }
    items.join(separator)
}

#[cfg(test)]
#[path = "messages_tests.rs"]
mod tests;
