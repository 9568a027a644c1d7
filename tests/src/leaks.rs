//! Looking for secrets where none may be.

use anyhow::Context as _;
use std::fs;
use std::path::{Path, PathBuf};

/// A search for secrets, and what it has found so far.
#[derive(Debug, Default)]
pub struct Leaks {
    secrets: Vec<Vec<u8>>,
    found: Vec<String>,
    searched: usize,
}

impl Leaks {
    /// A search for these secrets.
    pub fn of<S: Into<Vec<u8>>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let secrets: Vec<Vec<u8>> = secrets.into_iter().map(Into::into).collect();
        Self { secrets, ..Self::default() }
    }

    /// Searches what was printed. `place` says in the report where it was.
    pub fn search(&mut self, place: &str, content: &[u8]) {
        self.searched += 1;
        for (number, secret) in self.secrets.iter().enumerate() {
            // Which secret, not the secret: the report is printed.
            if memchr::memmem::find(content, secret).is_some() {
                self.found.push(format!("secret {number} in {place}"));
            }
        }
    }

    /// Counts what was found by other means.
    pub fn report(&mut self, what: &str) {
        self.found.push(what.to_owned());
    }

    /// Searches every file under a folder, and the names of the files, except for these files.
    ///
    /// # Errors
    ///
    /// A file cannot be read, so that nothing can be said about it.
    pub fn search_folder(&mut self, folder: &Path, except: &[&Path]) -> anyhow::Result<()> {
        let entries = fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
        for entry in entries {
            let path: PathBuf = entry?.path();
            self.search("a file's name", path.as_os_str().as_encoded_bytes());
            let kind = fs::symlink_metadata(&path)?.file_type();
            if kind.is_dir() {
                self.search_folder(&path, except)?;
            } else if kind.is_file() && !except.contains(&path.as_path()) {
                let content = fs::read(&path).with_context(|| format!("{}", path.display()))?;
                self.search(&path.display().to_string(), &content);
            }
        }
        Ok(())
    }

    /// Where a secret was found; empty is what one hopes for.
    pub fn found(&self) -> &[String] {
        &self.found
    }

    /// How many texts, files and names of files were searched.
    pub fn searched(&self) -> usize {
        self.searched
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_a_text_in_a_file_and_in_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("first"), b"\xff\x00canary-1\x00").unwrap();
        fs::write(deep.join("name-canary-2"), b"nothing").unwrap();
        fs::write(deep.join("meant"), b"canary-1").unwrap();
        let mut leaks = Leaks::of(["canary-1", "canary-2"]);
        leaks.search("stdout", b"... canary-2");
        leaks.search_folder(folder.path(), &[&deep.join("meant")]).unwrap();
        assert_eq!(leaks.found().len(), 3, "{:?}", leaks.found());
    }

    #[test]
    fn nothing_is_found_where_there_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("masked"), b"cana...ry-1").unwrap();
        let mut leaks = Leaks::of(["canary-1"]);
        leaks.search_folder(folder.path(), &[]).unwrap();
        assert!(leaks.found().is_empty());
        assert_eq!(leaks.searched(), 2);
    }
}
