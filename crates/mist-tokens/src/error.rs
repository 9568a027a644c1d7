//! What can go wrong with a token, and what is to be told besides, as data: a module words both in the names of its own
//! options.

use crate::key_file::kinds as key_file;
use crate::lock;
use crate::token::{TimeFault, TokenRef};
use std::path::PathBuf;
use std::time::Duration;

/// The result of whatever can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// A call to the cloud failed.
    Cloud(mist_client::Error),
    /// What is wanted cannot be had.
    Refused(Refusal),
    /// The place of the key's file.
    KeyFile(key_file::Fault),
    /// The lock of a run could not be had.
    Lock(lock::Fault),
    /// The cloud lists a token whose id is none; the id, shortened and without anything shaped like a key.
    NoId(String),
    /// The list of an account's tokens was refused to an organisation token, which can have none.
    NoAccount(mist_client::Error),
    /// Nobody reads the result any more that would carry the new key; what had been made was deleted again.
    NobodyReads,
    /// Answers to the creation were lost, and there is no token in hand.
    AnswersLost {
        /// The error of the last attempt.
        cause: Box<Error>,
        /// The name of the token.
        name: String,
        /// How many answers were lost.
        count: usize,
        /// The ids of the tokens of lost answers that were deleted again.
        removed: Vec<String>,
        /// The marked names of tokens that did not appear, and may yet.
        may_appear: Vec<String>,
    },
    /// A token that a lost answer left could not be deleted.
    OrphanStays {
        /// Why there is one.
        cause: Box<Error>,
        /// Its id.
        id: String,
        /// Why it is still there.
        error: Box<Error>,
    },
    /// What a lost answer left could not be looked for.
    Unsettled {
        /// Why it was to be looked for.
        cause: Box<Error>,
        /// What the look failed with.
        error: Box<Error>,
        /// The marked names of the tokens that may exist.
        may_appear: Vec<String>,
    },
    /// The creation was not begun, because of what had happened to another token of the set.
    NotBegun,
    /// A new token did not get its final name: what its PUT failed with, if it did.
    NotRenamed(Option<Box<Error>>),
    /// Other runs are creating a token of the name, or were killed while they did.
    Unfinished {
        /// The name.
        name: String,
        /// The ids of their tokens.
        ids: Vec<String>,
        /// After this long, they have surely ended.
        retry_after: Duration,
    },
    /// A new token could not be kept, and was deleted again, or was to be.
    RolledBack {
        /// Why it could not be kept.
        cause: Box<Error>,
        /// Its id.
        id: String,
        /// What its deletion failed with; `None` when it is gone.
        error: Option<Box<Error>>,
    },
    /// A creation failed after tokens of no use to anybody had been deleted.
    AfterDiscarding {
        /// What it failed with.
        cause: Box<Error>,
        /// The ids of those that are gone.
        deleted: Vec<String>,
    },
    /// A token that was to go is still there.
    OldStays {
        /// What its deletion failed with.
        error: Box<Error>,
        /// The id of the new token, if one was made and its key delivered.
        made: Option<String>,
        /// Which token it is.
        token: TokenRef,
        /// All that are still to be deleted.
        left: Vec<String>,
    },
    /// A new key is in its file, but it is not known whether the file would survive a power cut: nothing old was deleted.
    Unsynced {
        /// Which file, and why.
        fault: key_file::Fault,
        /// The id of the new token.
        made: String,
        /// The ids of the tokens that it was to replace, which are still there.
        left: Vec<String>,
    },
    /// Another run made a token of the name at the same time, and was first.
    Overtaken {
        /// The name.
        name: String,
    },
    /// Other runs made tokens of the name again and again; this one withdrew each time.
    Contested {
        /// The name.
        name: String,
    },
}

/// Why a request of a user's cannot be met, decided without a change to anything.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// A key fits several tokens: whose it is cannot be told.
    KeyFitsSeveral(Vec<TokenRef>),
    /// Several tokens have the name.
    NameOfSeveral {
        /// The name.
        name: String,
        /// Those that have it.
        tokens: Vec<TokenRef>,
    },
    /// A token that is to be renamed would have the name of another.
    NameTaken {
        /// The name.
        name: String,
        /// The id of the token that has it.
        by: String,
        /// The id of the token that was to get it.
        token: String,
    },
    /// A new organisation token needs privileges.
    NoPrivileges {
        /// Its name.
        name: String,
    },
    /// Only a new token can give what is wanted, and none may be made.
    NeedsNew {
        /// What is wanted.
        reason: Reason,
        /// The token that is there.
        token: TokenRef,
    },
    /// The token that would go is the very one that the run authenticates with.
    Own(TokenRef),
    /// The age of a token is not known.
    Age {
        /// Its id.
        token: String,
        /// What is wrong with the time that the cloud tells.
        fault: TimeFault,
    },
    /// The key's file holds the only copy of another token's key.
    OnlyCopy {
        /// Where.
        path: PathBuf,
        /// Whose key it is.
        of: TokenRef,
        /// The token whose key was to go there.
        name: String,
    },
    /// A token would be made whose key nobody asked to have.
    KeyUnasked,
    /// The site or site group of a privilege is not known.
    UnknownPlace(mist_client::Error),
}

/// What only a new token can give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Other sources than it has.
    Sources {
        /// From where it may be used.
        found: Vec<String>,
        /// From where it shall be used.
        wanted: Vec<String>,
    },
    /// Its key in a file that is not there.
    NoFile(PathBuf),
    /// Its key in a file that holds none.
    NoKeyInFile(PathBuf),
    /// Its key in a file that holds another one's.
    OtherKeyInFile(PathBuf),
}

/// What a user should hear of a run that did what it could.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// There is no token of the id; the name decided.
    IdGone {
        /// The id.
        id: String,
        /// The name.
        name: String,
    },
    /// Others than its owner may read the key's file.
    KeyFileReadable(PathBuf),
    /// Nobody ever sees the key of the new token.
    KeyUnseen,
    /// The cloud gave a new token another name.
    OtherName {
        /// The name that was sent.
        wanted: String,
        /// The name that came back.
        found: String,
    },
    /// The new token's sources do not let this host try it out; whether the one that it replaces was deleted.
    NotTriedOut,
    /// Answers to the creation were lost, and a token was made all the same.
    AnswersLost {
        /// The name of the token.
        name: String,
        /// How many answers were lost.
        count: usize,
        /// The ids of the tokens of lost answers that were deleted again.
        removed: Vec<String>,
        /// The marked names of tokens that did not appear, and may yet.
        may_appear: Vec<String>,
    },
    /// What a lost answer left could not be looked for once more, or not deleted.
    NotSwept(Error),
    /// Tokens of runs that had ended before they finished: nobody has their keys, and they were deleted.
    LeftoversDeleted(Vec<String>),
    /// Another run is creating this token, or was killed while it did.
    InProgress {
        /// The token, under its marked name.
        token: TokenRef,
        /// After this long, it has surely ended.
        ends_in: Duration,
    },
    /// Another client created tokens of the name, after this run had looked.
    Namesakes(Vec<TokenRef>),
    /// Another run made a token of the name at the same time: this run deleted its own, and went on with that one.
    Withdrew {
        /// The id of this run's token, which is gone.
        own: String,
        /// The id of the other, where it was seen.
        other: Option<String>,
    },
    /// A privilege that the cloud did not keep as it was sent.
    NotKept {
        /// The token's id.
        id: String,
        /// The fields that it did not keep.
        fields: Vec<&'static str>,
    },
    /// A token that is not purged, as it may be the one that the run authenticates with.
    MayBeOwn(TokenRef),
    /// The file of a key that is dead stays.
    KeyFileStays {
        /// Where it is.
        path: PathBuf,
        /// Why it stays.
        why: KeyFileStays,
    },
    /// What whoever writes files has to tell.
    Writer {
        /// Of which file.
        path: PathBuf,
        /// In words that follow its path.
        words: String,
    },
}

/// Why the file of a dead key stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFileStays {
    /// It holds something else besides.
    HoldsMore,
    /// It holds a key, which is none of a token that was deleted now.
    OtherKey,
    /// It holds no key in a known form.
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
    /// Whether this is about one token or its key's file alone, so that work on others may well succeed.
    #[must_use]
    pub fn is_about_one_thing(&self) -> bool {
        match self {
            Self::Cloud(error) | Self::NoAccount(error) => error.is_about_one_thing(),
            Self::Refused(_)
            | Self::KeyFile(_)
            | Self::Unfinished { .. }
            | Self::Unsynced { .. }
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

    /// Whether the call that failed may have taken effect although no usable answer came.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        matches!(self, Self::Cloud(error) if error.may_have_taken_effect())
    }

    /// The HTTP status, where the cloud gave one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Cloud(error) | Self::NoAccount(error) => error.status(),
            _ => None,
        }
    }
}
