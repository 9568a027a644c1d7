//! Messages of the object modules.

use crate::common::messages;
use ansible_binary_module::Task;
use mist_objects::access::Protected;
use mist_objects::apply::ApplyError;
use mist_objects::names::NameError;

/// That something is never written by the object modules, and what to use.
#[must_use]
pub fn protected(protected: &Protected) -> String {
    match protected {
        Protected::Tokens => {
            "API tokens are managed by modules of their own. Use mist_api_token or mist_api_tokens.".to_owned()
        }
        Protected::OwnAccount => {
            "the caller's own account is not managed as an object. Use mist_api_request.".to_owned()
        }
        Protected::Organization => {
            "organizations and MSPs are not deleted by this module. Use mist_api_request.".to_owned()
        }
        Protected::OwnAdministrator(name) => format!(
            "administrator '{}' is the account or token of this task, and is not changed or deleted. Leave it out, or use \
             another account.",
            name.escape_debug()
        ),
    }
}

/// The error, and what may exist in spite of it.
#[must_use]
pub fn message(stopped: &ApplyError) -> String {
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

/// How many are told one by one.
const TOLD: usize = 5;

/// The first few of many, and how many more there are.
#[must_use]
pub fn few(all: &[String]) -> String {
    first(all, TOLD, "; ")
}

/// The first of many, and how many more there are.
#[must_use]
pub fn first(all: &[String], most: usize, between: &str) -> String {
    let told = all.iter().take(most).cloned().collect::<Vec<_>>().join(between);
    if all.len() > most { format!("{told}{between}and {} more", all.len() - most) } else { told }
}

/// What is wrong with an object.
#[must_use]
pub fn with_one(task: &Task, wrong: &[NameError]) -> String {
    let reasons: Vec<String> = wrong.iter().map(|wrong| wrong.reason.clone()).collect();
    messages::with_earlier_task(task, format!("object: {}", few(&reasons)), wrong.iter().any(|wrong| wrong.missing))
}

/// What is wrong with the objects of a set, each with its number from 0: what several have in common is told once.
#[must_use]
pub fn with_set(task: &Task, option: &str, wrong: &[(usize, NameError)]) -> String {
    let mut items: Vec<(&str, Vec<usize>)> = Vec::new();
    for (number, one) in wrong {
        match items.iter_mut().find(|(reason, _)| *reason == one.reason) {
            Some((_, numbers)) => numbers.push(number + 1),
            None => items.push((&one.reason, vec![number + 1])),
        }
    }
    let told: Vec<String> = items
        .iter()
        .map(|(reason, numbers)| match numbers.as_slice() {
            [first, rest @ ..] if !rest.is_empty() => format!("item {first} and {} more: {reason}", rest.len()),
            numbers => format!("item {}: {reason}", numbers.first().copied().unwrap_or_default()),
        })
        .collect();
    let missing = wrong.iter().any(|(_, wrong)| wrong.missing);
    messages::with_earlier_task(task, format!("{option}: {}", few(&told)), missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::messages::EARLIER_TASK;

    fn wrong(reason: &str, missing: bool) -> NameError {
        NameError { reason: reason.to_owned(), missing }
    }

    #[test]
    fn what_objects_have_in_common_is_told_once_and_few_of_many() {
        let task = Task::builder().build();
        let mut all: Vec<_> = (0..10).map(|number| (number, wrong("a: no 'East'", true))).collect();
        all.push((3, wrong("b: no 'x'", true)));
        assert_eq!(with_set(&task, "objects", &all), "objects: item 1 and 9 more: a: no 'East'; item 4: b: no 'x'");
        let many: Vec<_> = (0..7).map(|number| (number, wrong(&format!("{number}"), true))).collect();
        assert!(with_set(&task, "src", &many).ends_with("item 5: 4; and 2 more"));
        assert_eq!(with_one(&task, &[wrong("a", true), wrong("b", false)]), "object: a; b");
    }

    #[test]
    fn in_check_mode_it_is_said_that_an_earlier_task_may_make_what_is_missing() {
        let check = Task::builder().check_mode(true).build();
        assert_eq!(with_one(&check, &[wrong("a", true)]), format!("object: a. {EARLIER_TASK}"));
        assert_eq!(with_one(&check, &[wrong("a", false)]), "object: a");
        assert!(with_set(&check, "objects", &[(0, wrong("a", true))]).ends_with(EARLIER_TASK));
    }
}
