//! A file that a module writes, as Ansible's own file modules do: whole or not at all, with the owner, group and mode that
//! the task asks for ([`FileOptions`]) or that it has already, and where a link leads if it is one.
//!
//! What can be found out beforehand is ([`TargetFile::check`], which writes nothing, and [`TargetFile::prepare`], which makes the
//! temporary file beside the place): so that a module that cannot repeat what it is about to do learns in time that the
//! result could not be written.

mod attributes;
pub mod cleanup;
mod mode;
mod obstacles;
mod place;
mod prepared;
#[cfg_attr(target_os = "linux", path = "system/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "system/macos.rs")]
mod system;

pub use attributes::{FileOptions, Mode};
pub use prepared::{PreparedFile, Written};

use attributes::Wanted;
use place::Place;
use std::path::{Path, PathBuf};

/// A file that is to be written.
#[derive(Clone, Debug)]
pub struct TargetFile {
    path: PathBuf,
    wanted: Wanted,
}

impl TargetFile {
    /// The file at this absolute path, with these attributes.
    ///
    /// # Errors
    ///
    /// A sentence that names the option (`owner`, `group`, `mode`) that cannot be used.
    pub fn new(path: &Path, options: &FileOptions) -> Result<Self, String> {
        Ok(Self { path: path.to_owned(), wanted: Wanted::new(options)? })
    }

    /// Judges without writing anything whether the file could be written; gives what the user should know of its place.
    ///
    /// # Errors
    ///
    /// Why it could not, in words that follow the file's path, with what to do.
    pub fn check(&self) -> Result<Vec<String>, String> {
        let place = Place::find(&self.path)?;
        obstacles::check(&place, &self.wanted)?;
        Ok(obstacles::exposed(&place).into_iter().collect())
    }

    /// Proves that the file can be written: makes the temporary file beside its place, and fills it with `room` bytes.
    ///
    /// # Errors
    ///
    /// As [`TargetFile::check`].
    pub fn prepare(&self, room: usize) -> Result<PreparedFile, String> {
        let place = Place::find(&self.path)?;
        let way = obstacles::check(&place, &self.wanted)?;
        PreparedFile::new(place, self.wanted.clone(), way, room)
    }

    /// Whether the file that is there has another owner, group or mode than the task asks for. No file has none.
    ///
    /// # Errors
    ///
    /// Why it cannot be told, in words that follow the file's path.
    pub fn has_other_attributes(&self) -> Result<bool, String> {
        let place = Place::find(&self.path)?;
        Ok(place.existing.as_ref().is_some_and(|existing| self.wanted.differs(existing)))
    }

    /// Removes the file where the path leads; links to it stay.
    ///
    /// # Errors
    ///
    /// Why it cannot, in words that follow the file's path. That nothing is there is success.
    pub fn remove(&self) -> Result<(), String> {
        let place = Place::find(&self.path)?;
        match rustix::fs::unlinkat(&place.directory, &place.name, rustix::fs::AtFlags::empty()) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(error) => Err(format!("cannot be removed ({error})")),
        }
    }
}

#[cfg(test)]
mod tests;
