//! The file of a new key: its content ([`content`]), and how it is read and written.

pub mod content;

pub use content::Format;

use crate::error::Notice;
use crate::token::Token;
use atomic_file::{PreparedFile, TargetFile};
use content::Entry;
use rustix::fs::{Mode, OFlags};
use secrecy::{ExposeSecret, SecretString};
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// No key file is larger.
const LARGEST: u64 = 64 * 1024;

/// More than a new key file needs: written beforehand to prove that the disk has room.
const ROOM: usize = 4096;

/// A key file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    /// Absolute.
    pub path: PathBuf,
    pub format: Format,
    /// True if the user declared who may read it.
    pub mode_was_chosen: bool,
}

/// A key in its file.
#[derive(Debug, Default)]
pub struct Delivered {
    pub notices: Vec<Notice>,
    /// The reason why a power failure may destroy the file.
    pub unsynced: Option<Fault>,
}

/// The content of a key file.
#[derive(Clone, Debug)]
pub enum Found {
    /// No file, or an empty one.
    Nothing,
    /// A file of the declared format without a key.
    NoKey,
    Key(HeldKey),
}

/// A key in a file.
#[derive(Clone, Debug)]
pub struct HeldKey {
    pub key: SecretString,
    /// True if others than the owner can read the file.
    pub exposed: bool,
    /// True if the file contains nothing else.
    pub alone: bool,
    /// True if it has the declared format; otherwise, the file is written again.
    pub as_wanted: bool,
}

impl Found {
    /// True if it is the key of this token, as far as the mask shows.
    #[must_use]
    pub fn is_key_of(&self, token: &Token) -> bool {
        matches!(self, Self::Key(held) if token.has_key(held.key.expose_secret()))
    }

    /// True if it is a key in another format than the declared one.
    #[must_use]
    pub fn is_in_another_form(&self) -> bool {
        matches!(self, Self::Key(held) if !held.as_wanted)
    }
}

/// A fault of a key file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub path: PathBuf,
    pub kind: FaultKind,
}

/// A kind of [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    Relative,
    NamesNoFile,
    /// The path ends with a slash or a dot.
    NamesDirectory,
    /// The path leads to something other than a regular file.
    NotAFile,
    /// The system's error.
    Unreadable(String),
    /// Other content than a key in the declared format, which is never overwritten.
    Foreign,
    /// A key in this format, and other content that would be lost in the declared format.
    HoldsMore(Format),
    TooLarge,
    /// Words that follow the path.
    Unwritable(String),
}

impl KeyFile {
    /// Checks the path without reading it.
    pub fn new(path: &Path, format: Format) -> Result<Self, Fault> {
        let fault = |kind| Err(Fault { path: path.to_owned(), kind });
        if !path.is_absolute() {
            return fault(FaultKind::Relative);
        }
        if path.file_name().is_none() {
            return fault(FaultKind::NamesNoFile);
        }
        let text = path.as_os_str().as_encoded_bytes();
        if text.ends_with(b"/") || text.ends_with(b"/.") {
            return fault(FaultKind::NamesDirectory);
        }
        Ok(Self { path: path.to_owned(), format, mode_was_chosen: false })
    }

    /// Reads the file.
    ///
    /// # Errors
    /// An unreadable file, and one with other content than a key.
    pub fn read(&self) -> Result<Found, Fault> {
        let Some(file) = read_bounded(&self.path).map_err(|kind| self.fault(kind))? else { return Ok(Found::Nothing) };
        content::read(&file.bytes, file.exposed, self.format).map_err(|kind| self.fault(kind))
    }

    /// Checks without writing whether the file can be written. Returns warnings.
    pub fn check(&self, writer: &TargetFile) -> Result<Vec<Notice>, Fault> {
        let warnings = writer.check().map_err(|error| self.unwritable(&error))?;
        Ok(warnings.into_iter().map(|words| self.warning(words)).collect())
    }

    /// Proves that the file can be written.
    pub fn prepare(&self, writer: &TargetFile) -> Result<PreparedFile, Fault> {
        writer.prepare(ROOM).map_err(|error| self.unwritable(&error))
    }

    /// True if the owner, group or mode of the file differ from the declared ones.
    pub fn has_other_attributes(&self, writer: &TargetFile) -> Result<bool, Fault> {
        writer.has_other_attributes().map_err(|error| self.unwritable(&error))
    }

    /// Deletes the file.
    pub fn remove(&self, writer: &TargetFile) -> Result<(), Fault> {
        writer.remove().map_err(|error| self.unwritable(&error))
    }

    /// Writes the key. Other lines and fields are kept.
    ///
    /// # Errors
    /// The file is as before.
    pub fn write(&self, prepared: PreparedFile, entry: &Entry<'_>) -> Result<Delivered, Fault> {
        let old = read_bounded(&self.path).map_err(|kind| self.fault(kind))?.map(|file| file.bytes);
        let new =
            content::write(old.as_deref().unwrap_or_default(), self.format, entry).map_err(|kind| self.fault(kind))?;
        let written = prepared.write(new.expose_secret().as_bytes()).map_err(|error| self.unwritable(&error))?;
        Ok(Delivered {
            notices: written.warnings.into_iter().map(|words| self.warning(words)).collect(),
            unsynced: written.unsynced.map(|words| self.fault(FaultKind::Unwritable(words))),
        })
    }

    fn warning(&self, words: String) -> Notice {
        Notice::Writer { path: self.path.clone(), words }
    }

    fn unwritable(&self, error: &atomic_file::Error) -> Fault {
        self.fault(FaultKind::Unwritable(error.problem().to_string()))
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        Fault { path: self.path.clone(), kind }
    }
}

struct Bytes {
    bytes: Vec<u8>,
    /// True if others than the owner can read the file.
    exposed: bool,
}

/// Reads a regular file, or returns `None` if it does not exist. A pipe or a device neither blocks this nor fills the memory.
fn read_bounded(path: &Path) -> Result<Option<Bytes>, FaultKind> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file: File = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => file.into(),
        Err(rustix::io::Errno::NOENT) => return Ok(None),
        // A socket cannot be opened at all.
        Err(rustix::io::Errno::NXIO) => return Err(FaultKind::NotAFile),
        Err(error) => return Err(FaultKind::Unreadable(std::io::Error::from(error).to_string())),
    };
    let unreadable = |error: std::io::Error| FaultKind::Unreadable(error.to_string());
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(FaultKind::NotAFile);
    }
    let mut bytes = Vec::new();
    // A file of /proc has no length.
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(FaultKind::TooLarge);
    }
    Ok(Some(Bytes { bytes, exposed: metadata.permissions().mode() & 0o077 != 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{CWD, FileType};

    #[test]
    fn only_a_regular_file_of_bounded_size_is_read_and_nothing_else_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let kind = |name: &str| read_bounded(&path(name)).err();
        assert!(read_bounded(&path("nothing")).unwrap().is_none());
        rustix::fs::mknodat(CWD, path("pipe"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", path("zero")).unwrap();
        std::os::unix::fs::symlink("pipe", path("to-pipe")).unwrap();
        std::os::unix::fs::symlink("to-itself", path("to-itself")).unwrap();
        for name in ["pipe", "socket", "zero", "to-pipe", "."] {
            assert_eq!(kind(name), Some(FaultKind::NotAFile), "{name}");
        }
        assert!(matches!(kind("to-itself"), Some(FaultKind::Unreadable(_))));
        assert!(matches!(kind("nothing/below").or(kind("socket/below")), Some(FaultKind::Unreadable(_))));
        std::fs::write(path("large"), vec![b'x'; LARGEST as usize + 1]).unwrap();
        assert_eq!(kind("large"), Some(FaultKind::TooLarge));
        std::fs::write(path("right"), vec![b'x'; LARGEST as usize]).unwrap();
        assert_eq!(read_bounded(&path("right")).unwrap().unwrap().bytes.len(), LARGEST as usize);
    }

    #[test]
    fn who_else_may_read_it_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (mode, exposed) in [(0o600, false), (0o640, true), (0o604, true), (0o400, false)] {
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(read_bounded(file.path()).unwrap().unwrap().exposed, exposed, "{mode:o}");
        }
    }
}
