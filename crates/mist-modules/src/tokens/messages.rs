//! What went wrong with a token, in the words of the module at hand: what was tried, what came of it, and what to do, in the
//! names of its options.

mod key_file;

pub use key_file::key_file;

use crate::common::messages;
use ansible_binary_module::Task;
use key_file::{lock, stays};
use mist_client::error::in_words;
use mist_tokens::error::Reason;
use mist_tokens::token::{Owner, TimeFault, TokenRef};
use mist_tokens::{Error, Notice, Refusal};

/// Who speaks: what it advises is in its own options.
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
    /// How a token is deleted.
    fn delete(self, id: &str) -> String {
        match self {
            Self::Token => format!("Delete it with state: absent and id: {id}"),
            Self::Set | Self::Info => format!("Delete it with mist_api_token, state: absent and id: {id}"),
        }
    }

    fn absent(self) -> &'static str {
        match self {
            Self::Token => "state: absent",
            Self::Set | Self::Info => "mist_api_token and state: absent",
        }
    }

    /// What an error says in this task.
    #[must_use]
    pub fn error_in(self, task: &Task, error: &Error) -> String {
        match error {
            Error::Cloud(error) | Error::Refused(Refusal::UnknownPlace(error)) => messages::message_in(task, error),
            other => self.error(other),
        }
    }

    /// What an error says.
    #[must_use]
    pub fn error(self, error: &Error) -> String {
        match error {
            Error::Cloud(error) => cloud(error),
            Error::Refused(refusal) => self.refusal(refusal),
            Error::KeyFile(fault) => key_file(fault),
            Error::Lock(fault) => lock(fault),
            Error::NoId(id) => format!("The cloud lists a token whose id '{id}' is no id."),
            Error::NoAccount(error) => format!(
                "{} If api_token is an organisation's, it belongs to no account and has no user tokens: set org_id for the \
                 organisation's tokens, or authenticate as a user for the account's.",
                cloud(error)
            ),
            Error::NobodyReads => {
                "Nobody reads the result of this task any more (it was cancelled, or timed out), so that the key of a \
                                   new token would be lost."
                    .to_owned()
            }
            Error::AnswersLost { cause, name, count, removed, may_appear } => {
                let end = if may_appear.is_empty() { "Nothing was created." } else { "" };
                let told = self.lost(*count, name, removed, may_appear);
                format!("{} {told}{}{end}", self.error(cause), if end.is_empty() { "" } else { " " })
            }
            Error::NotBegun => "Nothing new was begun after the trouble with another token.".to_owned(),
            Error::NotRenamed(cause) => match cause {
                Some(cause) => format!("The new token did not get its final name: {}", self.error(cause)),
                None => "The new token did not get its final name, although the cloud accepted it.".to_owned(),
            },
            Error::Unfinished { name, ids, retry_after } => format!(
                "name: another run is creating token '{}', or was killed while it did. Run the task again in {}: it then deletes \
                 what that run left. Unfinished: {}.",
                shown(name),
                in_words(*retry_after),
                ids.join(", ")
            ),
            Error::OrphanStays { cause, id, error } => format!(
                "{} It left token {id}, whose key nobody has, and deleting that failed too: {} {}.",
                self.error(cause),
                self.error(error),
                self.delete(id)
            ),
            Error::Unsettled { cause, error, may_appear } => format!(
                "{} The tokens could not be listed to find what it left: {} {}",
                self.error(cause),
                self.error(error),
                Self::may_appear(may_appear)
            ),
            Error::RolledBack { cause, id, error: None } => {
                format!("{} The token that was created for it ({id}) was deleted again.", self.error(cause))
            }
            Error::RolledBack { cause, id, error: Some(error) } => format!(
                "{} The token that was created for it, {id}, could not be deleted either: {} \
                 Nobody has its key. {}.",
                self.error(cause),
                self.error(error),
                self.delete(id)
            ),
            Error::AfterDiscarding { cause, deleted } => format!(
                "{} Before that, tokens of no use to anybody were deleted: {}.",
                self.error(cause),
                deleted.join(", ")
            ),
            Error::OldStays { error, made, token, left } => {
                let made = match made {
                    Some(id) => format!("The new token {id} was made and its key delivered, but "),
                    None => String::new(),
                };
                format!(
                    "{} {made}token '{}' is still there; still to delete: {}.",
                    self.error(error),
                    shown(&token.name),
                    left.join(", ")
                )
            }
            Error::Unsynced { fault, made, left } => format!(
                "{}: it is not known whether it would survive a power cut. The new token {made} is there, its key is in the file, and nothing was \
                 deleted. When the disk is in order and the file is as it should be, delete what it replaces by id ({}): {}.",
                key_file(fault),
                self.absent(),
                left.join(", ")
            ),
            Error::Overtaken { name } => {
                format!("Another run made a token named '{}' at the same time, and was first.", shown(name))
            }
            Error::Contested { name } => format!(
                "Other runs made tokens named '{}' at the same time, again and again, and this run withdrew each time. Run the task \
                 again when they are done.",
                shown(name)
            ),
        }
    }

    /// What became of lost answers to a creation.
    fn lost(self, count: usize, name: &str, removed: &[String], may_appear: &[String]) -> String {
        let mut told = format!("{} to create token '{}' {} lost.", answers(count), shown(name), was(count));
        if !removed.is_empty() {
            told.push_str(&format!(" Deleted again, as nobody has their keys: {}.", removed.join(", ")));
        }
        if !may_appear.is_empty() {
            told.push_str(&format!(" {}", Self::may_appear(may_appear)));
        }
        told
    }

    fn may_appear(names: &[String]) -> String {
        let names: Vec<String> = names.iter().map(|name| format!("'{}'", shown(name))).collect();
        format!(
            "A token that nobody has the key of may yet appear under a marked name; a later run of this task deletes it. Name: {}.",
            names.join(", ")
        )
    }

    /// Why what is wanted cannot be had.
    #[must_use]
    pub fn refusal(self, refusal: &Refusal) -> String {
        match refusal {
            Refusal::KeyFitsSeveral(tokens) => format!(
                "key: {} tokens have keys that begin and end like this one, so that it cannot be told whose it is: {}. \
                 Find out which it is, by its use or its age, and name it by id.",
                tokens.len(),
                described(tokens)
            ),
            Refusal::NameOfSeveral { name, tokens } => format!(
                "name: {} tokens have the name '{}': {}. Which one is meant? Delete the others by id ({}), or give id.",
                tokens.len(),
                shown(name),
                described(tokens),
                self.absent()
            ),
            Refusal::NameTaken { name, by, token } => format!(
                "name: token {by} already has the name '{}', and two of one name cannot be told apart; give token {token} another name, or delete the other",
                shown(name)
            ),
            Refusal::NoPrivileges { name } => format!(
                "privileges: a new organisation token needs at least one, and there is no token '{}' yet; give such as [{{role: read}}]",
                shown(name)
            ),
            Refusal::NeedsNew { reason, token } => format!(
                "{} Only a new token can give that; set recreate: state_change to have one made, and the token '{}' (id {}) deleted.",
                reason_words(reason, &token.name),
                shown(&token.name),
                token.id
            ),
            Refusal::Own(own) => format!(
                "allow_self: token '{}' (id {}) is the very one that this task authenticates with; set allow_self: true to remove it, or use another token",
                shown(&own.name),
                own.id
            ),
            Refusal::Age { token, fault } => format!(
                "max_age: {}, so that the age of the token is not known",
                time("created_time", token, *fault)
            ),
            Refusal::OnlyCopy { path, of, name } => format!(
                "key_file: '{}' holds the key of token '{}' (id {}), which cannot be had again; give token '{}' another path, \
                 or that token's id to have it renamed, or set recreate: state_change to have the file overwritten",
                path.display(),
                shown(&of.name),
                of.id,
                shown(name)
            ),
            Refusal::KeyUnasked => "key_file: there is none, so that the key of this new token would be in the result, which a failed task prints; \
                                    give it a key_file, or set return_keys: true (and no_log: true on the task) if the keys shall be there"
                .to_owned(),
            Refusal::UnknownPlace(error) => cloud(error),
        }
    }

    /// What a user should hear of a run that did what it could.
    #[must_use]
    pub fn notice(self, notice: &Notice) -> String {
        match notice {
            Notice::IdGone { id, name } => {
                format!("id: there is no token {id}; the token was looked for by its name '{}' instead.", shown(name))
            }
            Notice::KeyFileReadable(path) => format!(
                "key_file: others than its owner may read '{}'; give it mode 0600, or replace the token if they should not have its key.",
                path.display()
            ),
            Notice::KeyUnseen => "return_key: it is false and there is no key_file, so that nobody ever sees the key of the new token.".to_owned(),
            Notice::OtherName { wanted, found } => format!(
                "The cloud calls the new token '{}', not '{}': the next run will not find it by the wanted name.",
                shown(found),
                shown(wanted)
            ),
            Notice::NotTriedOut => "The new token could not be tried out, as src_ips does not let this host use it; the old one was deleted all the same.".to_owned(),
            Notice::AnswersLost { name, count, removed, may_appear } => self.lost(*count, name, removed, may_appear),
            Notice::NotSwept(error) => self.error(error),
            Notice::LeftoversDeleted(ids) => {
                format!("Deleted tokens of runs that had ended before they finished: {}.", ids.join(", "))
            }
            Notice::InProgress { token, ends_in } => format!(
                "Another run is creating token '{}' (id {}), or was killed while it did. It is left alone; in {} it has surely ended.",
                shown(&token.name),
                token.id,
                in_words(*ends_in)
            ),
            Notice::Namesakes(tokens) => format!(
                "Another client created tokens of the same name at the same time. They were left alone: {}.",
                described(tokens)
            ),
            Notice::Withdrew { own, other } => match other {
                Some(other) => format!(
                    "Another run created a token of this name at the same time ({other}). This task deleted its own ({own}) and went on with that."
                ),
                None => format!("This task took too long to finish token {own}, deleted it, and began again."),
            },
            Notice::NotKept { id, fields } => format!(
                "privileges: the cloud did not keep {} of token {id} as declared; what it shows is in the result.",
                fields.join(", ")
            ),
            Notice::MayBeOwn(token) => format!(
                "purge: token '{}' (id {}) stays, as the cloud shows nothing of its key: it may be the one that this task authenticates with.",
                shown(&token.name),
                token.id
            ),
            Notice::KeyFileStays { path, why } => format!("key_file: '{}' stays: {}.", path.display(), stays(why)),
            Notice::Writer { path, words } => format!("key_file: '{}': {words}.", path.display()),
        }
    }
}

/// What a call failed with.
#[must_use]
pub fn cloud(error: &mist_client::Error) -> String {
    messages::message(error)
}

/// What to think of where no token has the key.
#[must_use]
pub fn nobodys_key(owner: &Owner, search_account_too: bool) -> String {
    let looked = if search_account_too { format!("{owner} or of the account") } else { owner.to_string() };
    format!(
        "key: no token of {looked} has a key that begins and ends like this one. If it was leaked, it may be of another account, \
         organisation or cloud (host): look there too."
    )
}

/// What is wrong with a time of a token.
#[must_use]
pub fn time(field: &str, token: &str, fault: TimeFault) -> String {
    let what = match fault {
        TimeFault::NotTold => return format!("the cloud does not tell {field} of token {token}"),
        TimeFault::Unreadable => "no number of seconds",
        TimeFault::Milliseconds => "a number that can only be milliseconds, where seconds are due",
        TimeFault::Ahead => "a time in the future",
    };
    format!("{field} of token {token} is {what}")
}

fn reason_words(reason: &Reason, token: &str) -> String {
    match reason {
        Reason::Sources { found, wanted } => {
            let list = |list: &[String]| if list.is_empty() { "anywhere".to_owned() } else { list.join(", ") };
            format!(
                "src_ips: the token '{}' may be used from {}, not from {}, and that cannot be changed.",
                shown(token),
                list(found),
                list(wanted)
            )
        }
        Reason::NoFile(path) => format!(
            "key_file: '{}' is not there, and the key of an existing token cannot be had again.",
            path.display()
        ),
        Reason::NoKeyInFile(path) => format!(
            "key_file: '{}' holds no key, and the key of an existing token cannot be had again.",
            path.display()
        ),
        Reason::OtherKeyInFile(path) => format!(
            "key_file: '{}' holds the key of another token, and the key of an existing token cannot be had again.",
            path.display()
        ),
    }
}

/// Ids, and what tells tokens apart.
fn described(tokens: &[TokenRef]) -> String {
    tokens.iter().map(|token| format!("{} ('{}')", token.id, shown(&token.name))).collect::<Vec<_>>().join(", ")
}

fn shown(name: &str) -> impl std::fmt::Display + '_ {
    name.escape_debug()
}

fn answers(count: usize) -> String {
    match count {
        1 => "The answer to 1 attempt".to_owned(),
        _ => format!("The answers to {count} attempts"),
    }
}

fn was(count: usize) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

#[cfg(test)]
mod tests;
