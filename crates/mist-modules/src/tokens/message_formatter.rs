//! The messages of the token modules: the cause, and the fix in the options of the module that reports it.

use crate::common::messages;
use ansible_binary_module::{Failure, Task};
use mist_client::error::in_words;
use mist_client::redact::quoted;
use mist_tokens::error::{KeyFileStays, Reason};
use mist_tokens::key_file::{Fault, FaultKind, Format};
use mist_tokens::lock;
use mist_tokens::token::{Owner, TimeFault, TokenRef};
use mist_tokens::{Error, Notice, Refusal};

/// At most so many ids or tokens are listed in a message.
const LISTED: usize = 5;

/// Words errors and notices for one module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageFormatter {
    /// `mist_api_token`.
    Token,
    /// `mist_api_tokens`.
    Set,
    /// `mist_api_token_info`.
    Info,
}

impl MessageFormatter {
    /// The options that delete a token.
    fn absent(self) -> &'static str {
        match self {
            Self::Token => "state: absent",
            Self::Set | Self::Info => "mist_api_token and state: absent",
        }
    }

    /// The message of an error in this task.
    #[must_use]
    pub fn error_in(self, task: &Task, error: &Error) -> String {
        match error {
            Error::Cloud(error) | Error::Refused(Refusal::UnknownPlace(error)) => messages::message_in(task, error),
            other => self.error(other),
        }
    }

    /// The error as a failure, which keeps it as data.
    #[must_use]
    pub fn failure(self, error: Error) -> Failure {
        Failure::new(self.error(&error)).caused_by(error)
    }

    /// The error as a failure of this task, which keeps it as data.
    #[must_use]
    pub fn failure_in(self, task: &Task, error: Error) -> Failure {
        Failure::new(self.error_in(task, &error)).caused_by(error)
    }

    /// The message of an error.
    #[must_use]
    pub fn error(self, error: &Error) -> String {
        match error {
            Error::Cloud(error) => cloud(error),
            Error::Refused(refusal) => self.refusal(refusal),
            Error::KeyFile(fault) => key_file(fault),
            Error::Lock(fault) => lock(fault),
            Error::NoId(id) => format!("The cloud lists a token with an invalid id: {}.", quoted(id)),
            Error::NoAccount(error) => format!(
                "api_token: an organization token has no user tokens. Set org_id for the organization's tokens, or authenticate as \
                 a user. {}",
                cloud(error)
            ),
            Error::NobodyReads => {
                "The task was canceled or timed out: its result has no reader, and the key of a new token would be lost."
                    .to_owned()
            }
            Error::AnswersLost { cause, name, count, removed, may_appear } => {
                let end = if may_appear.is_empty() { " Nothing was created." } else { "" };
                format!("{}{end} {}", lost(*count, name, removed, may_appear), self.error(cause))
            }
            Error::NotBegun => "Nothing new was begun after the failure of another token.".to_owned(),
            Error::NotRenamed(Some(cause)) => {
                format!("The new token did not get its final name. {}", self.error(cause))
            }
            Error::NotRenamed(None) => {
                "The new token did not get its final name, although the cloud accepted it.".to_owned()
            }
            Error::Unfinished { name, ids, retry_after } => format!(
                "name: another run is creating token {}, or was killed while it did. Run the task again in {}: it then deletes the \
                 unfinished token. Unfinished: {}.",
                quoted(name),
                in_words(*retry_after),
                ids.join(", ")
            ),
            Error::OrphanStays { cause, id, error } => format!(
                "The response to a creation was lost, and its token could not be deleted: the key is lost. Delete \
                 it with {} and id: {id}. {} {}",
                self.absent(),
                self.error(cause),
                self.error(error)
            ),
            Error::Unsettled { cause, error, may_appear } => format!(
                "The tokens could not be listed after a lost response. {} {} {}",
                appear(may_appear),
                self.error(cause),
                self.error(error)
            ),
            Error::RolledBack { cause, id, error: None } => {
                format!("{} The new token {id} was deleted again.", self.error(cause))
            }
            Error::RolledBack { cause, id, error: Some(error) } => format!(
                "{} The new token {id} could not be deleted again: its key is lost. Delete it with {} and id: {id}. {}",
                self.error(cause),
                self.absent(),
                self.error(error)
            ),
            Error::AfterDiscarding { cause, deleted } => {
                format!("{} Before that, unneeded tokens were deleted: {}.", self.error(cause), deleted.join(", "))
            }
            Error::OldStays { error, made, token, left } => {
                let made = match made {
                    Some(id) => format!("The new token {id} was created and its key delivered. "),
                    None => String::new(),
                };
                format!(
                    "{made}Token {} could not be deleted; still to delete: {}. {}",
                    quoted(&token.name),
                    left.join(", "),
                    self.error(error)
                )
            }
            Error::Unsynced { fault, made, left } => format!(
                "{}: a power failure may destroy the file. It contains the key of the new token {made}, and no old token was \
                 deleted. Check the disk and the file, then delete by id ({}): {}.",
                key_file(fault),
                self.absent(),
                left.join(", ")
            ),
            Error::NameRefused { cause, sent } => format!(
                "{} Until the token is known to be the only one, its name has a marker: '{}'",
                self.error(cause),
                sent.escape_debug()
            ),
            Error::NotNew { id } => {
                format!("The response to the creation was not about the new token, but about {id}, which existed before.")
            }
            Error::StillListed { id } => format!(
                "the cloud answers 404 to the deletion, but still lists the token. Check that the credentials may delete it: {id}"
            ),
            Error::Overtaken { name } => format!("name: another run created token {} first.", quoted(name)),
            Error::Contested { name } => format!(
                "name: other runs created token {} at the same time, again and again. Run the task again when they have ended.",
                quoted(name)
            ),
        }
    }

    /// The message of a refusal: `option: problem. Fix.`
    #[must_use]
    pub fn refusal(self, refusal: &Refusal) -> String {
        match refusal {
            Refusal::KeyFitsSeveral(tokens) => format!(
                "key: {} tokens have keys that begin and end like this one. Find the right one by its use or age, and select it by \
                 id: {}.",
                tokens.len(),
                described(tokens)
            ),
            Refusal::NameOfSeveral { name, tokens } => format!(
                "name: {} tokens are named {}. Set id, or delete the others by id ({}): {}.",
                tokens.len(),
                quoted(name),
                self.absent(),
                described(tokens)
            ),
            Refusal::NameTaken { name, by, token } => format!(
                "name: token {by} is already named {}. Give token {token} another name, or delete the other one.",
                quoted(name)
            ),
            Refusal::NoPrivileges { name } => format!(
                "privileges: required to create organization token {}. Give at least one, for example [{{role: read}}].",
                quoted(name)
            ),
            Refusal::NeedsNew { reason, token } => format!(
                "{} Only a new token can have that. Set recreate: state_change to replace token {} (id {}).",
                reason_words(reason, &token.name),
                quoted(&token.name),
                token.id
            ),
            Refusal::Own(own) => format!(
                "allow_self: the task authenticates with token {} (id {}). Set allow_self: true to delete it, or use another token.",
                quoted(&own.name),
                own.id
            ),
            Refusal::Age { token, fault } => {
                format!("max_age: the age of the token is unknown: {}.", time("created_time", token, *fault))
            }
            Refusal::OnlyCopy { path, of, name } => format!(
                "key_file: '{}' holds the key of token {} (id {}), the only copy. Give token {} another path, set its id to rename \
                 that token, or set recreate: state_change to overwrite the file.",
                path.display(),
                quoted(&of.name),
                of.id,
                quoted(name)
            ),
            Refusal::KeyUnasked => {
                "key_file: required for a new token. Set it; or set return_keys: true, and no_log: true on the task, \
                                    to get the key in the result."
                    .to_owned()
            }
            Refusal::UnknownPlace(error) => cloud(error),
        }
    }

    /// The message of a notice.
    #[must_use]
    pub fn notice(self, notice: &Notice) -> String {
        match notice {
            Notice::IdGone { id, name } => {
                format!("id: no token {id} exists. The task looked for the name {} instead.", quoted(name))
            }
            Notice::KeyFileReadable(path) => format!(
                "key_file: others than the owner can read '{}'. Set mode: '0600', or replace the token if they must not have its key.",
                path.display()
            ),
            Notice::KeyUnseen => "return_key: false without key_file. The key of the new token is lost.".to_owned(),
            Notice::OtherName { wanted, found } => format!(
                "The cloud named the new token {}, not {}: the next run will not find it by the declared name.",
                quoted(found),
                quoted(wanted)
            ),
            Notice::NotTriedOut => {
                "src_ips: this host cannot use the new token, and did not try it. The old token was deleted.".to_owned()
            }
            Notice::AnswersLost { name, count, removed, may_appear } => lost(*count, name, removed, may_appear),
            Notice::NotSwept(error) => {
                format!("Tokens of lost responses could not be looked for or deleted. {}", self.error(error))
            }
            Notice::LeftoversDeleted(ids) => {
                format!("Deleted tokens of runs that had ended before they finished: {}.", ids.join(", "))
            }
            Notice::InProgress { token, ends_in } => format!(
                "Another run is creating token {} (id {}), or was killed while it did. It is kept; in {}, that run has surely ended.",
                quoted(&token.name),
                token.id,
                in_words(*ends_in)
            ),
            Notice::Namesakes(tokens) => format!(
                "Another client created tokens of the same name at the same time. They are kept: {}.",
                described(tokens)
            ),
            Notice::Withdrew { own, other: Some(other) } => format!(
                "Another run created token {other} of this name at the same time. This task deleted its own token {own}, and continued with that one."
            ),
            Notice::Withdrew { own, other: None } => {
                format!("This task could not finish token {own} in time, deleted it, and began again.")
            }
            Notice::NotKept { id, fields } => format!(
                "privileges: the cloud did not keep {} of token {id} as declared. The result shows its values.",
                fields.join(", ")
            ),
            Notice::MayBeOwn(token) => format!(
                "purge: token {} (id {}) is kept, because the cloud does not show its key: the task may authenticate with it.",
                quoted(&token.name),
                token.id
            ),
            Notice::KeyFileStays { path, why } => format!("key_file: '{}' stays: {}.", path.display(), stays(why)),
            Notice::Writer { path, words } => format!("key_file: '{}': {words}.", path.display()),
        }
    }
}

/// The message of a failed call.
#[must_use]
pub fn cloud(error: &mist_client::Error) -> String {
    messages::message(error)
}

/// The warning about a key without a token.
#[must_use]
pub fn nobodys_key(owner: &Owner, search_account_too: bool) -> String {
    let searched = if search_account_too { format!("{owner} or of the account") } else { owner.to_string() };
    format!(
        "key: no token of {searched} has a key that begins and ends like this one. A leaked key may belong to another account, \
         organization or cloud (host): search there too."
    )
}

/// The fault of a time.
#[must_use]
pub fn time(field: &str, token: &str, fault: TimeFault) -> String {
    let what = match fault {
        TimeFault::NotTold => return format!("the cloud does not show {field} of token {token}"),
        TimeFault::Unreadable => "not a number of seconds",
        TimeFault::Milliseconds => "a number of milliseconds, not of seconds",
        TimeFault::Ahead => "a time in the future",
    };
    format!("{field} of token {token} is {what}")
}

/// The message of a fault of the key file.
#[must_use]
pub fn key_file(fault: &Fault) -> String {
    format!("key_file: {}", key_file_reason(fault))
}

/// The same without the option.
#[must_use]
pub fn key_file_reason(fault: &Fault) -> String {
    format!("'{}' {}", fault.path.display(), key_file_fault(&fault.kind))
}

fn key_file_fault(kind: &FaultKind) -> String {
    match kind {
        FaultKind::Relative => "is a relative path. Give an absolute one.".to_owned(),
        FaultKind::NamesNoFile => "names no file. Add the file's name.".to_owned(),
        FaultKind::NamesDirectory => "names a directory. Add the file's name.".to_owned(),
        FaultKind::NotAFile => "is not a file. Give the path of a file.".to_owned(),
        FaultKind::Unreadable(reason) => format!("cannot be read ({reason})"),
        FaultKind::Foreign => "holds something else than a key in key_file_format, and is not overwritten. Remove it, or give another path.".to_owned(),
        FaultKind::HoldsMore(format) => {
            let format = match format {
                Format::Raw => "raw",
                Format::Env => "env",
                Format::Json => "json",
            };
            format!(
                "has a key in the format {format}, and other content that would be lost. Set key_file_format: {format}, or give \
                 another path."
            )
        }
        FaultKind::TooLarge => "is too large for a key file. Give another path.".to_owned(),
        FaultKind::Unwritable(words) => words.clone(),
    }
}

fn stays(why: &KeyFileStays) -> String {
    match why {
        KeyFileStays::HoldsMore => "it has other content than the deleted key. Remove what is not needed".to_owned(),
        KeyFileStays::OtherKey => {
            "its key is not of a token that this task deleted. Remove it if it is not needed".to_owned()
        }
        KeyFileStays::NoKey => "it has no key in a known format".to_owned(),
        KeyFileStays::Fault(fault) => format!("it {}", key_file_fault(&fault.kind).trim_end_matches('.')),
    }
}

fn lock(fault: &lock::Fault) -> String {
    match fault {
        lock::Fault::Held { owner, name, waited, path } => {
            let what = match name {
                Some(name) => format!("token {} of {owner}", quoted(name)),
                None => format!("tokens of {owner}"),
            };
            format!(
                "max_wait: another run on this host was working on {what} for more than {}. Run the task again when it has ended. \
                 Lock: '{}'.",
                in_words(*waited),
                path.display()
            )
        }
        lock::Fault::Unusable { path, reason } => {
            format!("The lock '{}', which prevents duplicate tokens, cannot be used: {reason}.", path.display())
        }
        lock::Fault::NoDirectory(tried) => {
            let tried: Vec<String> =
                tried.iter().take(3).map(|(path, reason)| format!("'{}': {reason}", path.display())).collect();
            format!(
                "No directory for the lock that prevents duplicate tokens. Give the user a home directory with write access. Tried: {}.",
                tried.join("; ")
            )
        }
    }
}

/// The results of lost responses.
fn lost(count: usize, name: &str, removed: &[String], may_appear: &[String]) -> String {
    let responses = if count == 1 { "1 response was".to_owned() } else { format!("{count} responses were") };
    let mut sentences = vec![format!("{responses} lost while token {} was created.", quoted(name))];
    if !removed.is_empty() {
        sentences.push(format!("Deleted again, because their keys are lost: {}.", removed.join(", ")));
    }
    if !may_appear.is_empty() {
        sentences.push(appear(may_appear));
    }
    sentences.join(" ")
}

/// The marked names are given whole: they identify the tokens.
fn appear(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("'{}'", name.escape_debug())).collect();
    format!(
        "A token with a lost key may yet appear; the next run for this name deletes it. Its name: {}.",
        names.join(", ")
    )
}

fn reason_words(reason: &Reason, token: &str) -> String {
    match reason {
        Reason::Sources { found, wanted } => {
            let list = |list: &[String]| if list.is_empty() { "anywhere".to_owned() } else { list.join(", ") };
            format!(
                "src_ips: the token {} may be used from {}, not from {}, and that cannot be changed.",
                quoted(token),
                list(found),
                list(wanted)
            )
        }
        Reason::NoFile(path) => {
            format!("key_file: '{}' does not exist, and the cloud shows the key of a token once.", path.display())
        }
        Reason::NoKeyInFile(path) => {
            format!("key_file: '{}' has no key, and the cloud shows the key of a token once.", path.display())
        }
        Reason::OtherKeyInFile(path) => {
            format!("key_file: '{}' has the key of another token, and the cloud shows a key once.", path.display())
        }
    }
}

/// Tokens by id and name.
fn described(tokens: &[TokenRef]) -> String {
    let mut shown: Vec<String> =
        tokens.iter().take(LISTED).map(|token| format!("{} ({})", token.id, quoted(&token.name))).collect();
    if tokens.len() > LISTED {
        shown.push(format!("and {} more", tokens.len() - LISTED));
    }
    shown.join(", ")
}

#[cfg(test)]
#[path = "message_formatter_tests.rs"]
mod tests;
