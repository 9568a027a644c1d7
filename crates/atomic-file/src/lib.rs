//! Writes a file completely or not at all, with the owner, group and mode that a caller asks for.
//!
//! A temporary file in the target's directory receives the content and then replaces the target in one step. Links are
//! followed, except where another user could have placed them. An existing file keeps its owner, group, mode and extended
//! attributes, unless the caller asks for others.
//!
//! A caller that cannot repeat a step learns in time whether its result can be stored: [`TargetFile::check`] writes nothing,
//! and [`TargetFile::prepare`] creates the temporary file and fills it.
//!
//! ```
//! use atomic_file::{AttributeRequest, ModeChange, TargetFile};
//!
//! let directory = tempfile::tempdir()?;
//! let request = AttributeRequest::new().mode(ModeChange::parse("0640").ok_or("not a mode")?);
//! let target = TargetFile::new(&directory.path().join("key"), request);
//! let written = target.prepare(4096)?.write(b"content")?;
//! assert!(written.warnings.is_empty());
//! assert_eq!(target.attribute_change()?, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A program that runs no destructors when it ends calls [`cleanup::clean_up`] first.

#[cfg(not(unix))]
compile_error!("owners, modes and descriptors of files are those of Unix");

mod attributes;
mod error;
mod location;
mod mode;
mod prepared;

pub use attributes::{AttributeChange, AttributeRequest, FileAttributes, NewFileMode, group_id, user_id};
pub use error::{Error, Problem, error_text};
pub use mode::ModeChange;
pub use prepared::{FileStream, PreparedFile, Written};

use location::Location;
use std::path::{Path, PathBuf};

pub mod cleanup {
    //! Deletes temporary files at the end of a program that runs no destructors: one that aborts on a panic, or ends at a signal.

    use std::sync::Mutex;

    type Cleanup = Box<dyn FnOnce() + Send>;

    static CLEANUPS: Mutex<Vec<Cleanup>> = Mutex::new(Vec::new());

    /// Registers a function for [`clean_up`].
    pub fn on_exit(cleanup: impl FnOnce() + Send + 'static) {
        if let Ok(mut cleanups) = CLEANUPS.lock() {
            cleanups.push(Box::new(cleanup));
        }
    }

    /// Calls the registered functions, each once, the last one first. A program calls this before it ends, also from a panic
    /// hook and from a thread that waits for signals.
    pub fn clean_up() {
        while let Some(cleanup) = next() {
            cleanup();
        }
    }

    /// Never waits: a panic may have come while the list was locked.
    fn next() -> Option<Cleanup> {
        CLEANUPS.try_lock().ok().and_then(|mut cleanups| cleanups.pop())
    }
}

/// A file to be written, with the attributes that it should have.
#[derive(Clone, Debug)]
pub struct TargetFile {
    path: PathBuf,
    request: AttributeRequest,
}

impl TargetFile {
    /// The file at this absolute path.
    #[must_use]
    pub fn new(path: &Path, request: AttributeRequest) -> Self {
        Self { path: path.to_owned(), request }
    }

    /// The path as the caller gave it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Predicts whether the file can be written, without writing anything. Returns warnings, in words that follow the path.
    ///
    /// # Errors
    ///
    /// The reason why it cannot be written.
    pub fn check(&self) -> Result<Vec<String>, Error> {
        self.within(|location| {
            location::check(&location, &self.request)?;
            Ok(location::exposed(&location).into_iter().collect())
        })
    }

    /// Proves that the file can be written: creates the temporary file, and fills it with `room` bytes.
    ///
    /// # Errors
    ///
    /// As [`TargetFile::check`], and a full disk.
    pub fn prepare(&self, room: usize) -> Result<PreparedFile, Error> {
        self.within(|location| {
            let way = location::check(&location, &self.request)?;
            PreparedFile::new(&self.path, location, self.request.clone(), way, room)
        })
    }

    /// The difference between the file's attributes and the requested ones: `None` where they are equal, and for a file that
    /// does not exist.
    ///
    /// # Errors
    ///
    /// A path that does not lead to a file.
    pub fn attribute_change(&self) -> Result<Option<AttributeChange>, Error> {
        self.within(|location| Ok(location.existing.as_ref().and_then(|existing| self.request.change(existing))))
    }

    /// True if the existing file has another owner, group or mode than the requested ones.
    ///
    /// # Errors
    ///
    /// As [`TargetFile::attribute_change`].
    pub fn has_other_attributes(&self) -> Result<bool, Error> {
        self.attribute_change().map(|change| change.is_some())
    }

    /// Predicts whether [`TargetFile::set_attributes`] succeeds, without changing anything.
    ///
    /// # Errors
    ///
    /// The reason why it fails.
    pub fn check_attributes(&self) -> Result<(), Error> {
        self.within(|location| location::check_attributes(&location, &self.request))
    }

    /// Gives the existing file the requested attributes in place: its content, its hard links and its other attributes stay.
    /// Returns what changed.
    ///
    /// # Errors
    ///
    /// The reason why it cannot be changed. The owner may have changed before a change of the mode failed.
    pub fn set_attributes(&self) -> Result<Option<AttributeChange>, Error> {
        self.within(|location| prepared::set_attributes(&location, &self.request))
    }

    /// Deletes the file that the path leads to. Links to it stay.
    ///
    /// # Errors
    ///
    /// The reason why it cannot be deleted. A file that does not exist is a success.
    pub fn remove(&self) -> Result<(), Error> {
        self.within(|location| {
            match rustix::fs::unlinkat(&location.directory, &location.name, rustix::fs::AtFlags::empty()) {
                Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
                Err(error) => Err(Problem::NotDeleted(error_text(error))),
            }
        })
    }

    fn within<T>(&self, action: impl FnOnce(Location) -> Result<T, Problem>) -> Result<T, Error> {
        Location::find(&self.path).and_then(action).map_err(|problem| Error::new(&self.path, problem))
    }
}

#[cfg(test)]
mod tests;
