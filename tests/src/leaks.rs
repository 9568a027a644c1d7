//! The search for secrets in places where none are allowed.

use anyhow::Context as _;
use memchr::memmem;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A search for secrets, and its findings.
#[derive(Debug, Default)]
pub struct Leaks {
    /// The secrets of letters and digits only, with their numbers, the shortest first.
    words: Vec<(usize, Vec<u8>)>,
    /// All other secrets.
    texts: Vec<(usize, Vec<u8>)>,
    found: Vec<String>,
    searched: usize,
}

impl Leaks {
    pub fn of<S: Into<Vec<u8>>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let secrets = secrets.into_iter().map(Into::into).enumerate();
        let (mut words, texts): (Vec<_>, Vec<_>) = secrets.partition(|(_, secret)| is_word(secret));
        words.sort_by_key(|(_, secret)| secret.len());
        Self { words, texts, ..Self::default() }
    }

    /// Searches this content. `place` names it in the report.
    pub fn search(&mut self, place: &str, content: &[u8]) {
        self.searched += 1;
        // The number and not the secret, because the report is printed.
        for number in self.numbers_in(content) {
            self.found.push(format!("secret {number} in {place}"));
        }
    }

    /// The numbers of the secrets in the content. For thousands of secrets and megabytes of content: a secret of letters and
    /// digits must be in a run of letters and digits of at least its length, and few runs are as long.
    fn numbers_in(&self, content: &[u8]) -> BTreeSet<usize> {
        let texts = self.texts.iter().filter(|(_, secret)| memmem::find(content, secret).is_some());
        let mut numbers: BTreeSet<usize> = texts.map(|(number, _)| *number).collect();
        let shortest = self.words.first().map_or(usize::MAX, |(_, secret)| secret.len());
        let runs: BTreeSet<&[u8]> =
            content.split(|byte| !byte.is_ascii_alphanumeric()).filter(|run| run.len() >= shortest).collect();
        for run in runs {
            let short_enough = self.words.iter().take_while(|(_, secret)| secret.len() <= run.len());
            numbers
                .extend(short_enough.filter(|(_, word)| memmem::find(run, word).is_some()).map(|(number, _)| number));
        }
        numbers
    }

    /// Adds a finding of another search.
    pub fn report(&mut self, what: &str) {
        self.found.push(what.to_owned());
    }

    /// Searches the names and contents of all files in a folder, without the contents of these files.
    pub fn search_folder(&mut self, folder: &Path, except: &[&Path]) -> anyhow::Result<()> {
        let entries = fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
        for entry in entries {
            let path: PathBuf = entry?.path();
            self.search("the name of a file", path.as_os_str().as_encoded_bytes());
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

    /// The places with a secret.
    pub fn found(&self) -> &[String] {
        &self.found
    }

    /// The number of texts, files and names of files that were searched.
    pub fn searched(&self) -> usize {
        self.searched
    }
}

fn is_word(secret: &[u8]) -> bool {
    !secret.is_empty() && secret.iter().all(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_any_place_of_a_text() {
        let secrets =
            ["Key0123456789", "914273", "canary-password", "Zm9vOmJhcg==", "schl\u{fc}ssel", "of no key", "a"];
        for (content, expected) in [
            ("", &[][..]),
            ("Key0123456789", &[0]),
            ("_Key0123456789 914273", &[0, 1]),
            ("beforeKey0123456789after", &[0, 6]),
            ("Key012345678", &[]),
            ("Key01234567899142730", &[0, 1]),
            ("91427 3, 9-14273", &[]),
            ("the canary-password.", &[2, 6]),
            ("incanary-passwords", &[2, 6]),
            ("Basic Zm9vOmJhcg==", &[3, 6]),
            ("Basic Zm9vOmJhcg", &[6]),
            ("schl\u{fc}ssel", &[4]),
            ("schlussel", &[]),
            ("on 1 of no key\n", &[5]),
            ("\u{fc}914273\u{fc}", &[1]),
            ("914273914273\0914273", &[1]),
        ] {
            let mut leaks = Leaks::of(secrets);
            leaks.search("here", content.as_bytes());
            let expected: Vec<String> = expected.iter().map(|number| format!("secret {number} in here")).collect();
            assert_eq!(leaks.found(), expected, "{content:?}");
        }
        let mut leaks = Leaks::of(["canary", "", "914273"].map(|secret| secret.as_bytes().to_vec()));
        leaks.search("bytes", b"\xff914273\xfecanary\xfd");
        assert_eq!(leaks.found(), ["secret 0 in bytes", "secret 1 in bytes", "secret 2 in bytes"]);
    }

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
