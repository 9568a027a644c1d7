//! The file that a new key goes to: written whole or not at all, for its owner's eyes only.

use mist_client::error::{Error, Result};
use mist_client::interruption;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::fs;
use std::io::{self, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// More than any key file needs: written beforehand to prove that the disk takes it.
const PROOF: usize = 4096;

/// A larger file holds no key.
const LARGEST: u64 = 64 * 1024;

/// How a key is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The key and a line end.
    Raw,
    /// `MIST_HOST=…` and `MIST_API_TOKEN=…`, one a line: to be sourced by a shell, or read by systemd or docker.
    Env,
    /// An object with `host`, `id`, `name` and `key`.
    Json,
}

/// What is at the place of a key file.
#[derive(Clone, Debug)]
pub enum Found {
    /// Nothing, or an empty file.
    Nothing,
    /// A key, and whether others than the owner may read it.
    Key {
        /// The key.
        key: SecretString,
        /// Whether its group or everybody may read it.
        exposed: bool,
    },
}

/// What is written.
#[derive(Clone, Copy, Debug)]
pub struct Content<'a> {
    /// The cloud, as the option `host` takes it.
    pub host: &'a str,
    /// The token's id.
    pub id: &'a str,
    /// The token's name.
    pub name: &'a str,
    /// Its key.
    pub key: &'a SecretString,
}

/// A place for a key file and the way it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    /// Absolute.
    pub path: PathBuf,
    /// How it is written.
    pub format: Format,
}

/// A place that was proven to take a key: the temporary file is there, beside the place itself.
#[derive(Debug)]
pub struct Place {
    temporary: NamedTempFile,
    file: KeyFile,
    _guard: interruption::Temporary,
}

impl KeyFile {
    /// Checks what can be checked by looking.
    ///
    /// # Errors
    /// [`Error::Option`] naming `key_file` for a path that is not absolute.
    pub fn new(path: &Path, format: Format) -> Result<Self> {
        if !path.is_absolute() {
            return Err(refuse(
                path,
                "is relative, and where that leads differs from host to host; give an absolute path",
            ));
        }
        if path.file_name().is_none() {
            return Err(refuse(path, "names no file; give the file's name too"));
        }
        let text = path.as_os_str().as_encoded_bytes();
        if text.ends_with(b"/") || text.ends_with(b"/.") {
            return Err(refuse(path, "names a directory; give the file's name too, without a slash at the end"));
        }
        Ok(Self { path: path.to_owned(), format })
    }

    /// Reads what is there.
    ///
    /// # Errors
    /// [`Error::Option`] naming `key_file` for a directory, a file that cannot be read, and one that holds
    /// something else than a key in this format, which is never overwritten.
    pub fn read(&self) -> Result<Found> {
        let path = &self.path;
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(refuse(path, &format!("cannot be looked at ({error})"))),
        };
        if !metadata.is_file() {
            return Err(refuse(path, "is there and is not a file; give the path of a file"));
        }
        if metadata.len() == 0 {
            return Ok(Found::Nothing);
        }
        let foreign = || {
            refuse(
                path,
                "holds something else than a key in the format of key_file_format; it is not overwritten: remove it, or give another path",
            )
        };
        if metadata.len() > LARGEST {
            return Err(foreign());
        }
        let text = fs::read(path).map_err(|error| refuse(path, &format!("cannot be read ({error})")))?;
        let key = std::str::from_utf8(&text).ok().and_then(|text| self.format.parse(text)).ok_or_else(foreign)?;
        Ok(Found::Key { key, exposed: metadata.permissions().mode() & 0o077 != 0 })
    }

    /// Whether a key could be written here, judged without writing anything: for check mode.
    ///
    /// # Errors
    /// [`Error::Option`] naming `key_file`.
    pub fn check(&self) -> Result<()> {
        let folder = self.folder();
        let metadata = fs::metadata(folder).map_err(|error| self.no_folder(&error))?;
        if !metadata.is_dir() {
            return Err(refuse(&self.path, &format!("cannot be there, as '{}' is not a directory", folder.display())));
        }
        // A name that is too long shows itself only when the file would be put in its place.
        if let Err(error) = fs::symlink_metadata(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(refuse(&self.path, &format!("cannot be there ({error})")));
        }
        rustix::fs::access(folder, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).map_err(|error| {
            refuse(
                &self.path,
                &format!("cannot be written ({error}); give a path in a directory that this user may write to"),
            )
        })
    }

    /// Proves that a key can be written here: makes the temporary file, in the same directory, and fills it.
    ///
    /// # Errors
    /// [`Error::Option`] naming `key_file`.
    pub fn prepare(&self) -> Result<Place> {
        self.check()?;
        let cannot = |error: io::Error| {
            refuse(
                &self.path,
                &format!(
                    "cannot be written ({error}); give a path in a directory that this user may write to, on a disk with room"
                ),
            )
        };
        // tempfile makes it with mode 0600, and only where nothing is.
        let mut temporary = tempfile::Builder::new().prefix(".mist-key-").tempfile_in(self.folder()).map_err(cannot)?;
        let guard = interruption::Temporary::register(temporary.path());
        temporary.write_all(&[b'#'; PROOF]).and_then(|()| temporary.as_file().sync_all()).map_err(cannot)?;
        Ok(Place { temporary, file: self.clone(), _guard: guard })
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    fn no_folder(&self, error: &io::Error) -> Error {
        let words = format!(
            "cannot be written, as its directory is not there ({error}); make '{}' first",
            self.folder().display()
        );
        refuse(&self.path, &words)
    }
}

impl Place {
    /// Writes the key and puts the file in its place, in one step, with mode 0600.
    ///
    /// # Errors
    /// [`Error::Option`] naming `key_file`; then what was there before is there still.
    pub fn deliver(mut self, content: &Content<'_>) -> Result<()> {
        let path = self.file.path.clone();
        let cannot = |error: io::Error| refuse(&path, &format!("could not be written ({error})"));
        let text = self.file.format.write(content);
        self.temporary
            .rewind()
            .and_then(|()| self.temporary.write_all(text.expose_secret().as_bytes()))
            .and_then(|()| self.temporary.as_file().set_len(text.expose_secret().len() as u64))
            .and_then(|()| self.temporary.as_file().sync_all())
            .map_err(cannot)?;
        self.temporary.persist(&path).map_err(|error| cannot(error.error))?;
        // So that the new name survives a power cut too; where a directory cannot be synced, it is none the worse.
        if let Ok(folder) = fs::File::open(self.file.folder()) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

impl Format {
    fn write(self, content: &Content<'_>) -> SecretString {
        let key = content.key.expose_secret();
        match self {
            Self::Raw => format!("{key}\n"),
            Self::Env => format!("MIST_HOST={}\nMIST_API_TOKEN={key}\n", content.host),
            Self::Json => {
                let object = json!({"host": content.host, "id": content.id, "name": content.name, "key": key});
                format!("{object:#}\n")
            }
        }
        .into()
    }

    /// The key in a file of this format; `None` when it is something else.
    fn parse(self, text: &str) -> Option<SecretString> {
        let key = match self {
            Self::Raw => text.trim().to_owned(),
            Self::Env => text.lines().find_map(|line| {
                let line = line.trim();
                let value = line.strip_prefix("export ").unwrap_or(line).strip_prefix("MIST_API_TOKEN=")?;
                Some(value.trim_matches(['"', '\'']).to_owned())
            })?,
            Self::Json => serde_json::from_str::<Value>(text).ok()?.get("key")?.as_str()?.to_owned(),
        };
        (!key.is_empty() && key.chars().all(|character| character.is_ascii_graphic())).then(|| key.into())
    }
}

fn refuse(path: &Path, reason: &str) -> Error {
    Error::option("key_file", format!("'{}' {reason}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

    fn file(folder: &tempfile::TempDir, format: Format) -> KeyFile {
        KeyFile::new(&folder.path().join("key"), format).unwrap()
    }

    fn deliver(file: &KeyFile) {
        let key = SecretString::from(KEY);
        let content = Content { host: "api.mist.com", id: "the-id", name: "the name", key: &key };
        file.prepare().unwrap().deliver(&content).unwrap();
    }

    #[test]
    fn what_is_delivered_is_read_again_in_every_format() {
        for format in [Format::Raw, Format::Env, Format::Json] {
            let folder = tempfile::tempdir().unwrap();
            let file = file(&folder, format);
            assert!(matches!(file.read().unwrap(), Found::Nothing));
            deliver(&file);
            let Found::Key { key, exposed } = file.read().unwrap() else { panic!("{format:?}") };
            assert_eq!((key.expose_secret(), exposed), (KEY, false));
            assert_eq!(fs::metadata(&file.path).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
        }
    }

    #[test]
    fn the_formats_are_what_their_readers_expect() {
        let key = SecretString::from(KEY);
        let content = Content { host: "api.mist.com", id: "the-id", name: "the \"name\"", key: &key };
        let text = |format: Format| format.write(&content).expose_secret().to_owned();
        assert_eq!(text(Format::Raw), format!("{KEY}\n"));
        assert_eq!(text(Format::Env), format!("MIST_HOST=api.mist.com\nMIST_API_TOKEN={KEY}\n"));
        assert_eq!(
            serde_json::from_str::<Value>(&text(Format::Json)).unwrap(),
            json!({"host": "api.mist.com", "id": "the-id", "name": "the \"name\"", "key": KEY})
        );
    }

    #[test]
    fn a_place_that_is_not_used_leaves_nothing_and_what_was_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder, Format::Raw);
        fs::write(&file.path, "old-key\n").unwrap();
        drop(file.prepare().unwrap());
        assert_eq!(fs::read_to_string(&file.path).unwrap(), "old-key\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_others_may_read_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder, Format::Raw);
        deliver(&file);
        fs::set_permissions(&file.path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(file.read().unwrap(), Found::Key { exposed: true, .. }));
    }

    #[test]
    fn what_is_no_place_for_a_key_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let foreign = folder.path().join("foreign");
        fs::write(&foreign, "root:x:0:0:root:/root:/bin/bash\nmore of it\n").unwrap();
        let key_file = |path: &Path| KeyFile { path: path.to_owned(), format: Format::Raw };
        let read = |path: &Path| key_file(path).read().unwrap_err().to_string();
        let prepare = |path: &Path| key_file(path).prepare().unwrap_err().to_string();
        for (error, words) in [
            (KeyFile::new(Path::new("key"), Format::Raw).unwrap_err().to_string(), "is relative"),
            (KeyFile::new(Path::new("/"), Format::Raw).unwrap_err().to_string(), "names no file"),
            (read(folder.path()), "is not a file"),
            (read(&foreign), "holds something else"),
            (read(&foreign.join("x")), "cannot be looked at"),
            (prepare(&folder.path().join("missing/key")), "directory is not there"),
            (prepare(&foreign.join("x")), "not a directory"),
        ] {
            assert!(error.starts_with("key_file: '") || error.starts_with("key_file: "), "{error}");
            assert!(error.contains(words), "{error}");
        }
        for (format, text) in
            [(Format::Json, KEY), (Format::Env, KEY), (Format::Json, "{}"), (Format::Raw, "two words")]
        {
            assert!(format.parse(text).is_none(), "{format:?} {text}");
        }
        assert_eq!(Format::Env.parse("A=1\nexport MIST_API_TOKEN='abc'\n").unwrap().expose_secret(), "abc");
    }
}
