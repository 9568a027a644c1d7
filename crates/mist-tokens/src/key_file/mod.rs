//! The file that a new key goes to. What it holds is decided from its bytes ([`content`]); what is there is read by
//! [`KeyFile::read`]; and it is written by whoever runs this ([`Destination`]), whole or not at all.

pub mod content;
pub mod kinds;
mod read;

pub use kinds::{Fault, FaultKind, Format, Found, HeldKey};

use crate::error::Notice;
use content::Entry;
use secrecy::ExposeSecret;
use std::fmt;
use std::path::{Path, PathBuf};

/// A place for a key file and the way it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    /// Absolute.
    pub path: PathBuf,
    /// How it is written.
    pub format: Format,
    /// Whether somebody chose who may read it, so that nothing need be said about it.
    pub mode_was_chosen: bool,
}

/// Where the key's file is written, and how: by whoever runs this.
pub trait Destination: fmt::Debug + Sync + Send {
    /// Judges without writing anything whether the file could be written: for check mode, and before anything is changed.
    ///
    /// # Errors
    /// Why it cannot, in words that follow the file's path.
    fn check(&self) -> Result<Vec<String>, String>;

    /// Proves that the file can be written: with room for it beside its place.
    ///
    /// # Errors
    /// Why it cannot, in words that follow the file's path.
    fn prepare(&self) -> Result<Box<dyn Place>, String>;

    /// Whether the file that is there has another owner, group or mode than it shall have.
    ///
    /// # Errors
    /// Why it cannot be told, in words that follow the file's path.
    fn has_other_attributes(&self) -> Result<bool, String>;

    /// Removes the file. That none is there is success.
    ///
    /// # Errors
    /// Why it cannot, in words that follow the file's path.
    fn remove(&self) -> Result<(), String>;
}

/// A place that was proven to take a key.
pub trait Place: Send {
    /// Puts these bytes in the file's place, in one step where that can be.
    ///
    /// # Errors
    /// Why it could not, in words that follow the file's path; then what was there before is there still.
    fn write(self: Box<Self>, content: &[u8]) -> Result<Written, String>;
}

/// What came of writing a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// What is to be told of it, in words that follow the file's path.
    pub told: Vec<String>,
    /// Why it is not known whether the file would survive a power cut, if so; in such words too.
    pub unsynced: Option<String>,
}

/// A key that is in its file.
#[derive(Debug, Default)]
pub struct Delivered {
    /// What is to be told of it.
    pub notices: Vec<Notice>,
    /// Why it is not known whether the file would survive a power cut, if so.
    pub unsynced: Option<Fault>,
}

impl KeyFile {
    /// Checks what can be checked by looking.
    ///
    /// # Errors
    /// For a path that is not absolute or names no file.
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

    /// Reads what is there.
    ///
    /// # Errors
    /// For what is no regular file, a file that cannot be read, and one that holds something else than a key.
    pub fn read(&self) -> Result<Found, Fault> {
        let Some(file) = read::bounded(&self.path).map_err(|kind| self.fault(kind))? else { return Ok(Found::Nothing) };
        content::read(&file.bytes, file.exposed, self.format).map_err(|kind| self.fault(kind))
    }

    /// Writes the key and puts the file in its place, its other lines or fields as they are.
    ///
    /// # Errors
    /// Then what was there before is there still.
    pub fn write(&self, place: Box<dyn Place>, entry: &Entry<'_>) -> Result<Delivered, Fault> {
        let old = read::bounded(&self.path).map_err(|kind| self.fault(kind))?.map(|file| file.bytes);
        let new =
            content::write(old.as_deref().unwrap_or_default(), self.format, entry).map_err(|kind| self.fault(kind))?;
        let written =
            place.write(new.expose_secret().as_bytes()).map_err(|words| self.fault(FaultKind::Unwritable(words)))?;
        let told = |words| Notice::Writer { path: self.path.clone(), words };
        Ok(Delivered {
            notices: written.told.into_iter().map(told).collect(),
            unsynced: written.unsynced.map(|words| self.fault(FaultKind::Unwritable(words))),
        })
    }

    /// This file, with what is wrong with it.
    #[must_use]
    pub fn fault(&self, kind: FaultKind) -> Fault {
        Fault { path: self.path.clone(), kind }
    }
}
