//! Errors and notices about tokens as data. A module words them with the names of its options.

use crate::key_file;
use crate::lock;
use crate::token::{TimeFault, TokenRef};
use std::path::PathBuf;
use std::time::Duration;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    Cloud(mist_client::Error),
    Refused(Refusal),
    KeyFile(key_file::Fault),
    Lock(lock::Fault),
    /// The cloud lists a token with an invalid id, shown here shortened and masked.
    NoId(String),
    /// An organization token cannot list the tokens of an account.
    NoAccount(mist_client::Error),
    /// The result that would contain the new key has no reader.
    NobodyReads,
    /// Responses to POST requests were lost, and no token was created.
    AnswersLost {
        cause: Box<Error>,
        name: String,
        count: usize,
        /// The ids of deleted orphans.
        removed: Vec<String>,
        /// The marked names of tokens that did not appear, and may yet.
        may_appear: Vec<String>,
    },
    /// An orphan could not be deleted.
    OrphanStays {
        /// The lost response.
        cause: Box<Error>,
        id: String,
        /// The failure of the deletion.
        error: Box<Error>,
    },
    /// The tokens could not be listed after a lost response.
    Unsettled {
        cause: Box<Error>,
        /// The failure of the listing.
        error: Box<Error>,
        /// The marked names of the tokens that may exist.
        may_appear: Vec<String>,
    },
    /// Not begun after the failure of another token of the set.
    NotBegun,
    /// A new token did not get its final name; the failure of its PUT.
    NotRenamed(Option<Box<Error>>),
    /// Other runs are creating a token of the name, or were killed while they did.
    Unfinished {
        name: String,
        ids: Vec<String>,
        /// After this time, they have surely ended.
        retry_after: Duration,
    },
    /// A new token could not be kept.
    RolledBack {
        cause: Box<Error>,
        id: String,
        /// The failure of its deletion; `None` when it was deleted.
        error: Option<Box<Error>>,
    },
    /// A creation failed after unneeded tokens were deleted.
    AfterDiscarding {
        cause: Box<Error>,
        deleted: Vec<String>,
    },
    /// An old token could not be deleted.
    OldStays {
        error: Box<Error>,
        /// The new token, if one was created and delivered.
        made: Option<String>,
        token: TokenRef,
        /// All tokens that are still to be deleted.
        left: Vec<String>,
    },
    /// A new key is in its file, but a power failure may destroy it: no old token was deleted.
    Unsynced {
        fault: key_file::Fault,
        /// The id of the new token.
        made: String,
        /// The ids of the old tokens.
        left: Vec<String>,
    },
    /// The cloud refused the name of a new token, which has a marker until the token is known to be the only one.
    NameRefused {
        cause: Box<Error>,
        /// The name that was sent.
        sent: String,
    },
    /// The response to a creation has the id of a token that existed before.
    NotNew {
        id: String,
    },
    /// The cloud answered 404 to the deletion, and lists the token.
    StillListed {
        id: String,
    },
    /// Another run created a token of the name first.
    Overtaken {
        name: String,
    },
    /// Other runs created tokens of the name each time, and this run withdrew each time.
    Contested {
        name: String,
    },
}

/// An impossible declaration, found before any change.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    KeyFitsSeveral(Vec<TokenRef>),
    NameOfSeveral {
        name: String,
        tokens: Vec<TokenRef>,
    },
    /// Another token has the new name.
    NameTaken {
        name: String,
        /// The id of the token that has it.
        by: String,
        /// The id of the token that should get it.
        token: String,
    },
    /// A new organization token needs privileges.
    NoPrivileges {
        name: String,
    },
    /// Only a new token meets the declaration, and none may be created.
    NeedsNew {
        reason: Reason,
        token: TokenRef,
    },
    /// The run authenticates with the token that it would delete.
    Own(TokenRef),
    /// The age of a token is unknown.
    Age {
        /// The id.
        token: String,
        fault: TimeFault,
    },
    /// The key file holds the only copy of another token's key.
    OnlyCopy {
        path: PathBuf,
        of: TokenRef,
        /// The name of the token whose key should be written there.
        name: String,
    },
    /// The task does not request the key of the new token.
    KeyUnasked,
    /// The site or site group of a privilege was not found.
    UnknownPlace(mist_client::Error),
}

/// A difference that only a new token can resolve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    Sources {
        found: Vec<String>,
        wanted: Vec<String>,
    },
    /// The key file does not exist.
    NoFile(PathBuf),
    /// The key file contains no key.
    NoKeyInFile(PathBuf),
    /// The key file contains the key of another token.
    OtherKeyInFile(PathBuf),
}

/// Warnings of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// The id was not found, and the name decided.
    IdGone { id: String, name: String },
    /// Others can read the key file.
    KeyFileReadable(PathBuf),
    /// The key of the new token is dropped.
    KeyUnseen,
    /// The cloud changed the name of a new token.
    OtherName { wanted: String, found: String },
    /// The `src_ips` of the new token do not allow this host to try it.
    NotTriedOut,
    /// Responses to POST requests were lost, and a token was created after that.
    AnswersLost {
        name: String,
        count: usize,
        /// The ids of deleted orphans.
        removed: Vec<String>,
        /// The marked names of tokens that did not appear, and may yet.
        may_appear: Vec<String>,
    },
    /// Orphans could not be listed or deleted at the end.
    NotSwept(Error),
    /// Tokens of runs that had ended before they finished were deleted.
    LeftoversDeleted(Vec<String>),
    /// Another run is creating this token, or was killed while it did.
    InProgress {
        /// Under its marked name.
        token: TokenRef,
        /// After this time, it has surely ended.
        ends_in: Duration,
    },
    /// Another client created tokens of the name after this run had looked.
    Namesakes(Vec<TokenRef>),
    /// This run deleted its own token, because another run creates or created the token.
    Withdrew { own: String, other: Option<String> },
    /// The cloud did not keep these fields of a privilege.
    NotKept { id: String, fields: Vec<&'static str> },
    /// A token is not purged, because the run may authenticate with it.
    MayBeOwn(TokenRef),
    /// The key file of a deleted token is kept.
    KeyFileStays { path: PathBuf, why: KeyFileStays },
    /// A warning of the file writer.
    Writer {
        path: PathBuf,
        /// Follows the path.
        words: String,
    },
}

/// The reason to keep a key file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFileStays {
    /// It contains other entries.
    HoldsMore,
    /// It contains the key of a token that was not deleted.
    OtherKey,
    /// It contains no key in a known format.
    NoKey,
    /// It could not be read or removed.
    Fault(key_file::Fault),
}

impl From<mist_client::Error> for Error {
    fn from(error: mist_client::Error) -> Self {
        Self::Cloud(error)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<key_file::Fault> for Error {
    fn from(fault: key_file::Fault) -> Self {
        Self::KeyFile(fault)
    }
}

impl From<lock::Fault> for Error {
    fn from(fault: lock::Fault) -> Self {
        Self::Lock(fault)
    }
}

impl Error {
    /// True if this is about one token or its key's file alone, so that work on others may well succeed.
    #[must_use]
    pub fn is_about_one_thing(&self) -> bool {
        match self {
            Self::Cloud(error) | Self::NoAccount(error) => error.is_about_one_thing(),
            Self::NameRefused { cause, .. } => cause.is_about_one_thing(),
            Self::Refused(_)
            | Self::KeyFile(_)
            | Self::Unfinished { .. }
            | Self::Unsynced { .. }
            | Self::NotNew { .. }
            | Self::StillListed { .. }
            | Self::Overtaken { .. }
            | Self::Contested { .. } => true,
            Self::Lock(_) | Self::NoId(_) | Self::NobodyReads | Self::NotBegun => false,
            Self::AnswersLost { cause, .. } | Self::AfterDiscarding { cause, .. } => cause.is_about_one_thing(),
            Self::OrphanStays { error, .. } | Self::OldStays { error, .. } => error.is_about_one_thing(),
            Self::Unsettled { error, .. } => error.is_about_one_thing(),
            Self::NotRenamed(cause) => cause.as_ref().is_none_or(|cause| cause.is_about_one_thing()),
            Self::RolledBack { cause, error, .. } => error.as_ref().unwrap_or(cause).is_about_one_thing(),
        }
    }

    /// True if the call that failed may have taken effect although no usable answer came.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        matches!(self, Self::Cloud(error) if error.may_have_taken_effect())
    }

    /// The HTTP status, where the cloud gave one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Cloud(error) | Self::NoAccount(error) => error.status(),
            Self::NameRefused { cause, .. } => cause.status(),
            _ => None,
        }
    }
}
