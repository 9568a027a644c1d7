//! One run at a time on this machine for each collection or setting of an organization, site or MSP.

use crate::common;
use ansible_binary_module::Task;
use mist_client::Client;
use mist_client::error::in_words;
use mist_objects::listing::Scope;
use mist_objects::table::Kind;
use mist_tokens::lock::{Fault, SubjectLock};

/// Takes the lock of a collection or setting, as [`common::lock`].
///
/// # Errors
/// Another run holds the lock for `max_wait`, or no lock can be used.
pub fn held(client: &Client, task: &Task, scope: &Scope, kind: &Kind) -> Result<Option<SubjectLock>, String> {
    common::lock(client, task, &subject(scope, kind)).map_err(|fault| message(&fault, &kind.word))
}

/// The path of the collection: the same for `type` and `path`.
fn subject(scope: &Scope, kind: &Kind) -> String {
    scope.fill(&kind.collection).to_lowercase()
}

fn message(fault: &Fault, word: &str) -> String {
    match fault {
        Fault::Held { waited, path, .. } => format!(
            "max_wait: another run on this host was working on {word} for more than {}. Run the task again when it has ended. \
             Lock: '{}'.",
            in_words(*waited),
            path.display()
        ),
        Fault::Unusable { path, reason } => {
            format!("The lock '{}', which separates runs, cannot be used: {reason}.", path.display())
        }
        Fault::NoDirectory(tried) => {
            let tried: Vec<String> =
                tried.iter().take(3).map(|(path, reason)| format!("'{}': {reason}", path.display())).collect();
            format!(
                "No directory for the lock that separates runs. Give the user a home directory with write access. Tried: {}.",
                tried.join("; ")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mist_objects::table::{self, Level};

    #[test]
    fn each_collection_and_setting_has_a_lock_of_its_own() {
        let scope = |org: &str, site: &str| Scope {
            org_id: Some(org.to_owned()),
            site_id: Some(site.to_owned()),
            msp_id: None,
        };
        let kind = |level, word| table::kind(level, word).unwrap();
        let subjects = [
            subject(&scope("a", "s"), &kind(Level::Org, "wlans")),
            subject(&scope("b", "s"), &kind(Level::Org, "wlans")),
            subject(&scope("a", "s"), &kind(Level::Site, "wlans")),
            subject(&scope("a", "t"), &kind(Level::Site, "wlans")),
            subject(&scope("a", "s"), &kind(Level::Org, "setting")),
            subject(&scope("a", "s"), &kind(Level::Site, "setting")),
            subject(&scope("a", "s"), &kind(Level::Org, "sites")),
        ];
        let distinct: std::collections::BTreeSet<&String> = subjects.iter().collect();
        assert_eq!(distinct.len(), subjects.len());
        let by_path = table::by_path("orgs/{org_id}/wlans").unwrap();
        assert_eq!(subject(&scope("A", "s"), &by_path), subjects[0]);
    }
}
