//! The file of a key, written as Ansible writes files.

use super::options::TokenOptions;
use ansible_binary_module::file::{PreparedFile, TargetFile};
use mist_tokens::key_file::{Destination, KeyFile, Place, Written};

/// More than any key file needs: written beforehand to prove that the disk takes it.
const ROOM: usize = 4096;

/// Where a key's file is written.
#[derive(Debug)]
pub struct KeyFileDestination(TargetFile);

/// A place that was proven.
struct Proven(PreparedFile);

impl KeyFileDestination {
    /// Of this file, with what the options say of its attributes.
    ///
    /// # Errors
    /// A sentence that names the option that cannot be used.
    pub fn boxed(file: &KeyFile, options: &TokenOptions) -> Result<Box<dyn Destination>, String> {
        Ok(Box::new(Self(options.file.target(&file.path)?)))
    }
}

impl Destination for KeyFileDestination {
    fn check(&self) -> Result<Vec<String>, String> {
        self.0.check().map_err(words)
    }

    fn prepare(&self) -> Result<Box<dyn Place>, String> {
        Ok(Box::new(Proven(self.0.prepare(ROOM).map_err(words)?)))
    }

    fn has_other_attributes(&self) -> Result<bool, String> {
        self.0.has_other_attributes().map_err(words)
    }

    fn remove(&self) -> Result<(), String> {
        self.0.remove().map_err(words)
    }
}

impl Place for Proven {
    fn write(self: Box<Self>, content: &[u8]) -> Result<Written, String> {
        let written = self.0.write(content).map_err(words)?;
        Ok(Written { told: written.warnings, unsynced: written.unsynced })
    }
}

/// The reason without the path, which the caller names.
fn words(error: atomic_file::Error) -> String {
    error.problem().to_string()
}
