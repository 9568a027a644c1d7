//! The reasons why a file cannot be written.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A file that could not be written, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    path: PathBuf,
    problem: Problem,
}

impl Error {
    pub(crate) fn new(path: &Path, problem: Problem) -> Self {
        Self { path: path.to_owned(), problem }
    }

    /// The path as the caller gave it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The reason, in words that follow the path.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "'{}' {}", self.path.display(), self.problem)
    }
}

impl std::error::Error for Error {}

/// A reason why a file cannot be written. `Display` gives words that follow the file's path.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The path has no file name, as `/` and `..`.
    NoFileName,
    /// The directory does not exist.
    DirectoryMissing(PathBuf),
    /// A part of the path is not a directory.
    NotADirectory(PathBuf),
    /// The file system refuses the file's name.
    NameRefused(String),
    /// The file's status cannot be read.
    NotExamined(String),
    /// A link of this user, in a directory that all users can write to.
    ForeignLink(u32),
    /// A link cannot be read.
    LinkNotRead(String),
    /// Links lead to each other.
    TooManyLinks,
    /// A directory, a device or another object that is not a regular file.
    NotAFile,
    /// The file is a mount point.
    MountPoint,
    /// The file is immutable or append-only.
    Pinned,
    /// The file belongs to this user, and the directory is sticky.
    StickyDirectory(u32),
    /// The file belongs to this user, and a replacement would change its owner.
    ForeignOwner(u32),
    /// Only root can give the file to this user.
    OwnerNeedsRoot(u32),
    /// Only the owner of the file, this user, can change its attributes.
    NotTheOwner(u32),
    /// The directory refuses new files.
    NotWritable {
        /// The system's reason.
        cause: String,
        /// True if the file can be written in place.
        in_place_helps: bool,
    },
    /// Writing in place fails, too.
    NotWritableInPlace(String),
    /// The temporary file cannot be created or filled.
    NotPrepared(String),
    /// Writing failed. The previous content still exists, unless the file was written in place.
    NotWritten(String),
    /// The owner cannot be changed to this user.
    OwnerNotSet(u32, String),
    /// The group cannot be changed to this group.
    GroupNotSet(u32, String),
    /// The mode cannot be changed.
    ModeNotSet(String),
    /// Another process exchanged the file while it was written.
    Exchanged,
    /// The file cannot be deleted.
    NotDeleted(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIRECTORY: &str = "Choose a directory that this user can write to";
        const IN_PLACE: &str = "Choose another path, or set unsafe_writes: true to write the file in place";
        match self {
            Self::NoFileName => formatter.write_str("is not the path of a file"),
            Self::DirectoryMissing(directory) => {
                write!(
                    formatter,
                    "cannot be written: the directory '{}' does not exist. Create it first",
                    directory.display()
                )
            }
            Self::NotADirectory(directory) => {
                write!(formatter, "cannot be written: '{}' is not a directory", directory.display())
            }
            Self::NameRefused(cause) => write!(formatter, "cannot be used as a file ({cause})"),
            Self::NotExamined(cause) => write!(formatter, "cannot be examined ({cause})"),
            Self::ForeignLink(owner) => write!(
                formatter,
                "is not followed: it is a link of user {owner} in a directory that all users can write to. Choose another path"
            ),
            Self::LinkNotRead(cause) => write!(formatter, "is a link that cannot be followed ({cause})"),
            Self::TooManyLinks => formatter.write_str("is a link that never ends at a file. Give the path of a file"),
            Self::NotAFile => formatter.write_str("exists and is not a file. Give the path of a file"),
            Self::MountPoint => {
                write!(formatter, "cannot be replaced: it is a bind mount, as in containers. {IN_PLACE}")
            }
            Self::Pinned => {
                formatter.write_str("cannot be changed: it is immutable or append-only (chattr). Choose another path")
            }
            Self::StickyDirectory(owner) => write!(
                formatter,
                "cannot be replaced: it belongs to user {owner}, and its directory is sticky. {IN_PLACE}"
            ),
            Self::ForeignOwner(owner) => write!(
                formatter,
                "cannot be replaced: it belongs to user {owner}, and only root can keep that owner. {IN_PLACE}"
            ),
            Self::OwnerNeedsRoot(owner) => {
                write!(formatter, "cannot be given to user {owner}: only root can do that")
            }
            Self::NotTheOwner(owner) => write!(
                formatter,
                "cannot be changed: it belongs to user {owner}, and only that user and root can change its attributes"
            ),
            Self::NotWritable { cause, in_place_helps } => {
                let advice = if *in_place_helps { IN_PLACE } else { DIRECTORY };
                write!(formatter, "cannot be written ({cause}). {advice}")
            }
            Self::NotWritableInPlace(cause) => {
                write!(formatter, "cannot be replaced, nor written in place ({cause}). Choose another path")
            }
            Self::NotPrepared(cause) => {
                write!(formatter, "cannot be written ({cause}). {DIRECTORY}, on a disk with free space")
            }
            Self::NotWritten(cause) => write!(formatter, "could not be written ({cause})"),
            Self::OwnerNotSet(owner, cause) => write!(formatter, "could not be given to user {owner} ({cause})"),
            Self::GroupNotSet(group, cause) => write!(formatter, "could not be given to group {group} ({cause})"),
            Self::ModeNotSet(cause) => write!(formatter, "could not be given its mode ({cause})"),
            Self::Exchanged => formatter.write_str(
                "could not be written: another process exchanged it. Choose a directory that only this user can write to",
            ),
            Self::NotDeleted(cause) => write!(formatter, "could not be deleted ({cause})"),
        }
    }
}

/// The system's words for an error, without its number.
#[must_use]
pub fn error_text(error: impl Into<io::Error>) -> String {
    let text = error.into().to_string();
    match text.rfind(" (os error ") {
        Some(end) if text.ends_with(')') => text[..end].to_owned(),
        _ => text,
    }
}
