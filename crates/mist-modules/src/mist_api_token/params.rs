//! The options of a task, checked without asking the cloud.

use super::docs::{Options, State};
use crate::OwnerRef;
use crate::common::options::OptionError;
use crate::tokens::params::{self, DeclaredToken};
use ansible_binary_module::Task;
use ansible_binary_module::file::TargetFile;
use mist_tokens::key_file::KeyFile;
use mist_tokens::target::{Selection, Unfiled};
use secrecy::ExposeSecret;

/// The checked options.
#[derive(Debug)]
pub struct Params {
    pub owner: OwnerRef,
    /// True if the account's tokens are searched too: a key does not show whose it is.
    pub search_account_too: bool,
    pub action: Action,
}

/// The state that the task declares.
#[derive(Debug)]
pub enum Action {
    Present {
        declared: DeclaredToken,
        /// True if the result contains the key.
        return_key: bool,
    },
    Absent {
        selection: Selection,
        /// Deleted too, if it contains nothing else.
        key_file: Option<(KeyFile, TargetFile)>,
    },
    Info(Selection),
}

impl Params {
    /// The whole key of the selection, without the text around it.
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
    pub fn new(options: &Options, task: &Task) -> Result<Self, OptionError> {
        let owner = options.owner.owner(task)?;
        if options.key.is_some() && options.state == State::Present {
            let reason = "not with state: present. The cloud chooses the key of a new token; set key with state: absent or info.";
            return Err(OptionError::new("key", reason));
        }
        let (name, id) = (options.name.as_deref(), options.id.as_deref());
        let selection = params::selection(name, id, options.key.as_ref())?;
        let action = match options.state {
            State::Present => {
                let required = || OptionError::new("name", "required. Give the token a name that describes its use.");
                let unfiled = match options.return_key {
                    None => Unfiled::Returned,
                    Some(true) => Unfiled::ReturnedAlways,
                    Some(false) => Unfiled::Dropped,
                };
                let is_mentioned = |option: &str| task.mentions(option);
                let name = name.ok_or_else(required)?;
                let declared = params::declared_token(name, id, &options.token, unfiled, &owner, &is_mentioned)?;
                let return_key = options.return_key.unwrap_or(declared.token.target.key_file.is_none());
                Action::Present { declared, return_key }
            }
            State::Absent => {
                let key_file = match params::key_file(&options.token)? {
                    Some(file) => {
                        let writer = options.token.file.target(&file.path).map_err(OptionError::from_message)?;
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
#[path = "params_tests.rs"]
mod tests;
