//! A key's file that is written as simply as can be: where the tests are about something else. One whose name ends in
//! `.unsynced` is on a disk that does not say whether it would survive a power cut.

use mist_tokens::key_file::{Destination, Format, KeyFile, Place, Written};
use mist_tokens::wanted::Wanted;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub struct PlainFile(pub PathBuf);

impl Destination for PlainFile {
    fn check(&self) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    fn prepare(&self) -> Result<Box<dyn Place>, String> {
        Ok(Box::new(Self(self.0.clone())))
    }

    fn has_other_attributes(&self) -> Result<bool, String> {
        Ok(false)
    }

    fn remove(&self) -> Result<(), String> {
        std::fs::remove_file(&self.0).map_err(|error| error.to_string())
    }
}

impl Place for PlainFile {
    fn write(self: Box<Self>, content: &[u8]) -> Result<Written, String> {
        let temporary = self.0.with_extension("new");
        std::fs::write(&temporary, content)
            .and_then(|()| std::fs::rename(&temporary, &self.0))
            .map_err(|error| error.to_string())?;
        let is_unsynced = self.0.extension().is_some_and(|end| end == "unsynced");
        Ok(Written { told: vec![], unsynced: is_unsynced.then(|| "could not be synced".to_owned()) })
    }
}

/// The same with its key in this file.
pub fn filed(wanted: Wanted, path: &Path) -> Wanted {
    let mut target = wanted.target;
    target.key_file = Some(KeyFile::new(path, Format::Raw).unwrap());
    Wanted { target, destination: Some(Box::new(PlainFile(path.to_owned()))) }
}
