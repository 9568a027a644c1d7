//! What a task that failed says: what is not done, why, and what to do.

use crate::mist_api_token::wanted::Present;
use crate::mist_api_tokens::carry_out::{Outcome, Purged, SetDone};
use crate::mist_api_tokens::set::SetPlan;

/// So many are told in the message; all are in the result.
const TOLD: usize = 10;

/// What a run says that was refused before it began.
#[must_use]
pub fn refused(declared: &[Present], reasons: &[(usize, String)]) -> String {
    let each = reasons.iter().map(|(position, reason)| told(&declared[*position].name, reason));
    format!(
        "{} of {} tokens cannot be had as declared, so that nothing was changed. {}",
        reasons.len(),
        declared.len(),
        list(each.collect(), " ")
    )
}

/// What a run says that was stopped on its way.
#[must_use]
pub fn incomplete(declared: &[Present], plan: &SetPlan, done: &SetDone) -> String {
    let mut sentences = Vec::new();
    let each = || declared.iter().zip(&done.tokens);
    let not_done = each().filter(|(_, outcome)| !matches!(outcome, Outcome::Done(_))).count();
    if not_done > 0 {
        sentences.push(format!("{not_done} of {} tokens are not as declared.", declared.len()));
    }
    let failed = each().filter_map(|(present, outcome)| match outcome {
        Outcome::Failed(stopped) => Some(told(&present.name, &stopped.trouble.message)),
        _ => None,
    });
    let purge = || plan.purge.iter().zip(&done.purge);
    let unpurged = purge().filter_map(|(token, purged)| match purged {
        Purged::Failed(reason) => Some(told(token.name(), reason)),
        _ => None,
    });
    sentences.push(list(failed.chain(unpurged).collect(), " "));
    let because = done.stopped_by.as_ref().map(|reason| format!(" because {reason}")).unwrap_or_default();
    let not_begun = each().filter(|(_, outcome)| matches!(outcome, Outcome::NotBegun));
    let not_begun: Vec<String> = not_begun.map(|(present, _)| quoted(&present.name)).collect();
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
#[path = "words_tests.rs"]
mod tests;
