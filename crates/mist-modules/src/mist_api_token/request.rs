//! What a task asks for, from its options: checked as far as it can be without asking the cloud.

use super::options::{Options, State};
use crate::OwnerRef;
use crate::tokens::{selection, target};
use ansible_binary_module::Task;
use ansible_binary_module::file::TargetFile;
use mist_tokens::desired::DesiredToken;
use mist_tokens::key_file::KeyFile;
use mist_tokens::target::Selection;
use mist_tokens::target::Unfiled;
use secrecy::ExposeSecret;

/// What a task asks for.
#[derive(Debug)]
pub struct Request {
    /// Whose tokens.
    pub owner: OwnerRef,
    /// Whether the account's tokens are looked through too: for a key, which does not tell whose it is.
    pub search_account_too: bool,
    /// What shall be.
    pub action: Action,
}

/// What shall be.
#[derive(Debug)]
pub enum Action {
    /// One token, as wanted; and whether the result carries its key.
    Present {
        /// The token.
        wanted: DesiredToken,
        /// Whether the result carries its key.
        return_key: bool,
    },
    /// None of these.
    Absent {
        /// Which.
        selection: Selection,
        /// The file of its key, which goes too if it holds nothing else.
        key_file: Option<(KeyFile, TargetFile)>,
    },
    /// To know of these.
    Info(Selection),
}

impl Request {
    /// The whole key that a token is looked for by, without what it was pasted with.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match &self.action {
            Action::Absent { selection, .. } | Action::Info(selection) => {
                selection.key.as_ref().map(ExposeSecret::expose_secret)
            }
            Action::Present { .. } => None,
        }
    }

    /// Reads the options.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    pub fn new(options: &Options, task: &Task) -> Result<Self, String> {
        let owner = options.owner.owner(task)?;
        if options.key.is_some() && options.state == State::Present {
            return Err("key: it tells which token to look for with state: absent and state: info; the key of a new token is chosen by the cloud".into());
        }
        let (name, id) = (options.name.as_deref(), options.id.as_deref());
        let selection = selection::read(name, id, options.key.as_ref())?;
        let action = match options.state {
            State::Present => {
                let name = name.ok_or("name: it is needed; give the token a name that tells what it is for")?;
                let unfiled = match options.return_key {
                    None => Unfiled::Returned,
                    Some(true) => Unfiled::ReturnedAlways,
                    Some(false) => Unfiled::Dropped,
                };
                let is_mentioned = |option: &str| task.mentions(option);
                let wanted = target::wanted(name, id, &options.token, unfiled, &owner, &is_mentioned)?;
                let return_key = options.return_key.unwrap_or(wanted.target.key_file.is_none());
                Action::Present { wanted, return_key }
            }
            State::Absent => {
                let file = target::key_file(&options.token)?;
                let key_file = match file {
                    Some(file) => {
                        let writer = options.token.file.target(&file.path)?;
                        Some((file, writer))
                    }
                    None => None,
                };
                Action::Absent { selection, key_file }
            }
            State::Info => Action::Info(selection),
        };
        let search_account_too = options.key.is_some() && owner != OwnerRef::User && options.owner.token_type.is_none();
        Ok(Self { owner, search_account_too, action })
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
