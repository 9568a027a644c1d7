//! The file of a key, written.

use super::options::TokenOptions;
use mist_client::interruption;
use mist_tokens::key_file::{Destination, KeyFile, Place};
use std::fs;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// More than any key file needs: written beforehand to prove that the disk takes it.
const PROOF: usize = 4096;

/// Where a key's file is written.
#[derive(Debug)]
pub struct KeyFileDestination {
    path: PathBuf,
}

/// A place that was proven: the temporary file is there, beside the place itself.
struct Proven {
    temporary: NamedTempFile,
    path: PathBuf,
    _guard: interruption::Temporary,
}

impl KeyFileDestination {
    /// Of this file, with what the options say of its attributes.
    ///
    /// # Errors
    /// A sentence that names the option that cannot be used.
    pub fn boxed(file: &KeyFile, _options: &TokenOptions) -> Result<Box<dyn Destination>, String> {
        Ok(Box::new(Self { path: file.path.clone() }))
    }

    /// Whether the options say who may read the file.
    #[must_use]
    pub fn chooses_mode(_options: &TokenOptions) -> bool {
        false
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }
}

impl Destination for KeyFileDestination {
    fn check(&self) -> Result<Vec<String>, String> {
        let folder = self.folder();
        let metadata = fs::metadata(folder).map_err(|error| {
            format!("cannot be written, as its directory is not there ({error}); make '{}' first", folder.display())
        })?;
        if !metadata.is_dir() {
            return Err(format!("cannot be there, as '{}' is not a directory", folder.display()));
        }
        // A name that is too long shows itself only when the file would be put in its place.
        if let Err(error) = fs::symlink_metadata(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(format!("cannot be there ({error})"));
        }
        rustix::fs::access(folder, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).map_err(|error| {
            format!("cannot be written ({error}); give a path in a directory that this user may write to")
        })?;
        Ok(Vec::new())
    }

    fn prepare(&self) -> Result<Box<dyn Place>, String> {
        self.check()?;
        let cannot = |error: io::Error| {
            format!(
                "cannot be written ({error}); give a path in a directory that this user may write to, on a disk with room"
            )
        };
        // tempfile makes it with mode 0600, and only where nothing is.
        let mut temporary = tempfile::Builder::new().prefix(".mist-key-").tempfile_in(self.folder()).map_err(cannot)?;
        let guard = interruption::Temporary::register(temporary.path());
        temporary.write_all(&[b'#'; PROOF]).and_then(|()| temporary.as_file().sync_all()).map_err(cannot)?;
        Ok(Box::new(Proven { temporary, path: self.path.clone(), _guard: guard }))
    }

    fn has_other_attributes(&self) -> Result<bool, String> {
        Ok(false)
    }

    fn remove(&self) -> Result<(), String> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(format!("cannot be removed ({error})")),
            _ => Ok(()),
        }
    }
}

impl Place for Proven {
    fn write(mut self: Box<Self>, content: &[u8]) -> Result<Vec<String>, String> {
        let cannot = |error: io::Error| format!("could not be written ({error})");
        self.temporary
            .rewind()
            .and_then(|()| self.temporary.write_all(content))
            .and_then(|()| self.temporary.as_file().set_len(content.len() as u64))
            .and_then(|()| self.temporary.as_file().sync_all())
            .map_err(cannot)?;
        let path = self.path;
        self.temporary.persist(&path).map_err(|error| cannot(error.error))?;
        Ok(Vec::new())
    }
}
