//! Messages about objects that are not written, and about work that failed.

use crate::common::messages;
use mist_objects::access::Protected;
use mist_objects::apply::Stopped;

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
