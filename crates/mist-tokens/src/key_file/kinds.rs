//! How a key is written down, what is found of one, and what may be wrong with its file.

use crate::token::Token;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How a key is written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// The key and a line end, and nothing else.
    #[default]
    Raw,
    /// The lines C(MIST_HOST=...), C(MIST_API_TOKEN=...) and C(MIST_APITOKEN=...), for a shell, systemd or docker. Other lines of the file stay.
    Env,
    /// An object with C(host), C(id), C(name) and C(key). Other fields of the file stay.
    Json,
}

/// What is at the place of a key file.
#[derive(Clone, Debug)]
pub enum Found {
    /// Nothing, or an empty file.
    Nothing,
    /// A file of the wanted form, without a key in it yet.
    NoKey,
    /// A key.
    Key(HeldKey),
}

/// A key in a file.
#[derive(Clone, Debug)]
pub struct HeldKey {
    /// The key.
    pub key: SecretString,
    /// Whether its group or everybody may read the file.
    pub exposed: bool,
    /// Whether nothing else is in the file.
    pub alone: bool,
    /// Whether it is written in the wanted form; else the file is to be written anew.
    pub as_wanted: bool,
}

impl Found {
    /// Whether it is the key of this token, as far as its mask tells.
    #[must_use]
    pub fn is_key_of(&self, token: &Token) -> bool {
        matches!(self, Self::Key(held) if token.has_key(held.key.expose_secret()))
    }

    /// Whether it is a key in another form than wanted.
    #[must_use]
    pub fn is_in_another_form(&self) -> bool {
        matches!(self, Self::Key(held) if !held.as_wanted)
    }
}

/// What is wrong with a key file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it is, or should be.
    pub path: PathBuf,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong with a key file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The path is relative.
    Relative,
    /// The path names no file.
    NamesNoFile,
    /// The path ends like one of a directory.
    NamesDirectory,
    /// What is there is no regular file.
    NotAFile,
    /// It cannot be read; what the system said.
    Unreadable(String),
    /// It holds something else than a key in the wanted form, which is never overwritten.
    Foreign,
    /// It holds a key in this form, and something else that has no place in the wanted one.
    HoldsMore(Format),
    /// It is larger than any key file.
    TooLarge,
    /// It cannot be written; in words that follow the path.
    Unwritable(String),
}
