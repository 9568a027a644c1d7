//! What went wrong with a set, in one message.

use crate::mist_objects::results::{ObjectState, Results};
use crate::objects::wrong::{few, first};
use mist_objects::apply_set::SetDone;
use mist_objects::set::Refused;

/// How many names are told of what a purge would delete.
const NAMED: usize = 10;

/// That a purge was not begun, and what it would have deleted.
#[must_use]
pub fn refused(refused: Refused, mut titles: Vec<String>) -> String {
    titles.sort();
    let names: Vec<String> = titles.iter().map(|title| format!("'{}'", title.escape_debug())).collect();
    let (count, objects) = (names.len(), if names.len() == 1 { "object" } else { "objects" });
    let fact = match refused {
        Refused::TooMany(most) => {
            format!("{count} {objects} would be deleted, more than max_deletes ({most}); nothing was done.")
        }
        Refused::NothingDeclared => {
            "no object is declared, so that every one would go; give max_deletes to say that it is meant.".to_owned()
        }
    };
    let named = if names.is_empty() {
        "There is none now.".to_owned()
    } else {
        format!("These would go: {}", first(&names, NAMED, ", "))
    };
    format!("purge: {fact} {named}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_purge_would_delete_is_named_in_order_and_counted_where_it_is_too_much() {
        let titles = |count: usize| (1..=count).rev().map(|number| format!("Site {number:02}")).collect::<Vec<_>>();
        assert_eq!(
            refused(Refused::TooMany(1), titles(2)),
            "purge: 2 objects would be deleted, more than max_deletes (1); nothing was done. These would go: 'Site 01', 'Site 02'"
        );
        let many = refused(Refused::TooMany(0), titles(12));
        assert!(many.ends_with("'Site 09', 'Site 10', and 2 more") && many.contains(": 'Site 01', "), "{many}");
        assert!(refused(Refused::TooMany(0), titles(1)).starts_with("purge: 1 object would be deleted, more than"));
        let all = refused(Refused::NothingDeclared, titles(1));
        assert!(all.ends_with("that it is meant. These would go: 'Site 01'"), "{all}");
        assert!(refused(Refused::NothingDeclared, Vec::new()).ends_with("that it is meant. There is none now."));
    }
}
