//! The last inventory in a file, for its owner alone. A file that is damaged, foreign or readable for others is ignored.

use super::options::Options;
use rustix::fs::{Mode, OFlags};
use rustix::process::geteuid;
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Folder below the user's folder of caches.
const FOLDER: &str = "mist-inventory";

/// Longest first line of a file.
const LONGEST_HEAD: u64 = 1024;

/// First line of a file.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    /// Version of the program: another one may print other variables.
    version: String,
    /// Seconds since 1970.
    created: u64,
    /// Bytes after the first line.
    length: u64,
    /// SHA-256 of these bytes.
    sum: String,
}

/// File for the inventory of certain options and credentials.
#[derive(Debug, Clone)]
pub struct Cache {
    path: PathBuf,
}

/// An inventory that was kept.
#[derive(Debug)]
pub struct Kept {
    /// The file, read up to its first line.
    body: BufReader<File>,
    /// Age in seconds, and `None` when the clock was set back.
    pub age: Option<u64>,
}

impl Cache {
    /// The file for these options, or `None` where the user has no folder for caches.
    ///
    /// Its name is a hash of the host, the organizations, all other options and the credentials.
    #[must_use]
    pub fn of(options: &Options, variable: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let set = |name: &str| variable(name).filter(|text| !text.is_empty()).map(PathBuf::from);
        let caches = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))?;
        let connection = &options.connection;
        let credentials = [
            connection.api_token.as_ref().map(|token| token.expose().to_owned()),
            variable("MIST_API_TOKEN"),
            variable("MIST_APITOKEN"),
            variable("MIST_API_KEY"),
            connection.username.clone(),
        ];
        // Secrets in the options print as asterisks.
        let others = format!("{options:?}");
        let mut key = ring::digest::Context::new(&ring::digest::SHA256);
        for part in credentials.iter().flatten().chain([&others]) {
            key.update(part.as_bytes());
            key.update(&[0]);
        }
        let name = format!("{}.json", hexadecimal(key.finish().as_ref()));
        caches.is_absolute().then(|| Self { path: caches.join(FOLDER).join(name) })
    }

    /// The inventory that was kept, whatever its age.
    #[must_use]
    pub fn read(&self) -> Option<Kept> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file: File = rustix::fs::open(&self.path, flags, Mode::empty()).ok()?.into();
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || metadata.uid() != geteuid().as_raw() || metadata.mode() & 0o077 != 0 {
            return None;
        }
        let mut reader = BufReader::new(file);
        let mut line = String::new();
        reader.by_ref().take(LONGEST_HEAD).read_line(&mut line).ok()?;
        let head: Head = serde_json::from_str(&line).ok()?;
        let (length, sum) = measured(&mut reader).ok()?;
        if head.version != env!("CARGO_PKG_VERSION") || length != head.length || sum != head.sum {
            return None;
        }
        reader.seek(SeekFrom::Start(line.len() as u64)).ok()?;
        Some(Kept { body: reader, age: now().checked_sub(head.created) })
    }

    /// Keeps what `print` prints, and gives it back.
    ///
    /// # Errors
    ///
    /// The folder or file cannot be written, or `print` failed.
    pub fn write(&self, print: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Kept> {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // The temporary file is for its owner alone from the beginning.
        let mut body = tempfile::NamedTempFile::new_in(folder)?;
        let mut writer = BufWriter::new(body.as_file_mut());
        print(&mut writer)?;
        writer.flush()?;
        drop(writer);
        body.as_file_mut().seek(SeekFrom::Start(0))?;
        let (length, sum) = measured(body.as_file_mut())?;
        let head = Head { version: env!("CARGO_PKG_VERSION").to_owned(), created: now(), length, sum };
        let mut whole = tempfile::NamedTempFile::new_in(folder)?;
        body.as_file_mut().seek(SeekFrom::Start(0))?;
        let head = format!("{}\n", serde_json::to_string(&head)?);
        whole.write_all(head.as_bytes())?;
        io::copy(body.as_file_mut(), whole.as_file_mut())?;
        let file = whole.persist(&self.path).map_err(|error| error.error)?;
        let mut reader = BufReader::new(file);
        reader.seek(SeekFrom::Start(head.len() as u64))?;
        Ok(Kept { body: reader, age: Some(0) })
    }
}

impl Kept {
    /// Prints the inventory.
    ///
    /// # Errors
    ///
    /// Those of the file and of the writer.
    pub fn print(mut self, mut out: impl Write) -> io::Result<()> {
        io::copy(&mut self.body, &mut out).map(drop)
    }

    /// Prints the inventory with a variable of all hosts: its age in seconds.
    ///
    /// # Errors
    ///
    /// Those of the file and of the writer.
    pub fn print_stale(mut self, age: u64, mut out: impl Write) -> io::Result<()> {
        let mut first = [0];
        self.body.read_exact(&mut first)?;
        write!(out, "{{\"all\":{{\"vars\":{{\"mist_inventory_stale_seconds\":{age}}}}},")?;
        self.print(out)
    }
}

fn measured(mut reader: impl Read) -> io::Result<(u64, String)> {
    let mut sum = ring::digest::Context::new(&ring::digest::SHA256);
    let (mut length, mut buffer) = (0, [0; 16 * 1024]);
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok((length, hexadecimal(sum.finish().as_ref()))),
            count => {
                sum.update(&buffer[..count]);
                length += count as u64;
            }
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn cache(folder: &Path, token: &str) -> Cache {
        let options: Options = serde_json::from_value(serde_json::json!({ "api_token": token })).unwrap();
        let variable = |name: &str| (name == "XDG_CACHE_HOME").then(|| folder.display().to_string());
        Cache::of(&options, &variable).unwrap()
    }

    fn printed(kept: Option<Kept>) -> Option<String> {
        let mut out = Vec::new();
        kept?.print(&mut out).unwrap();
        Some(String::from_utf8(out).unwrap())
    }

    #[test]
    fn what_was_kept_is_read_again_by_the_same_token_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mine = cache(folder.path(), "token");
        assert!(mine.read().is_none());
        let written = mine.write(|out| out.write_all(b"{\"_meta\":{}}\n")).unwrap();
        assert_eq!(printed(Some(written)).as_deref(), Some("{\"_meta\":{}}\n"));
        assert_eq!(printed(mine.read()).as_deref(), Some("{\"_meta\":{}}\n"));
        assert!(cache(folder.path(), "other").read().is_none());
        let metadata = fs::metadata(&mine.path).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(mine.path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(!mine.path.display().to_string().contains("token"));
        let mut out = Vec::new();
        mine.read().unwrap().print_stale(7, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\"all\":{\"vars\":{\"mist_inventory_stale_seconds\":7}},\"_meta\":{}}\n"
        );
    }

    #[test]
    fn a_damaged_or_exposed_file_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), "token");
        let write = || cache.write(|out| out.write_all(b"{\"_meta\":{}}\n")).map(drop).unwrap();
        for damage in [
            |text: Vec<u8>| text[..text.len() - 3].to_vec(),
            |text: Vec<u8>| [text, b"x".to_vec()].concat(),
            |text: Vec<u8>| String::from_utf8(text).unwrap().replace("_meta", "_mete").into_bytes(),
            |_| Vec::new(),
            |_| b"\xff\xfe".to_vec(),
            |_| vec![b'x'; 5000],
        ] {
            write();
            fs::write(&cache.path, damage(fs::read(&cache.path).unwrap())).unwrap();
            assert!(cache.read().is_none());
        }
        write();
        fs::set_permissions(&cache.path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(cache.read().is_none());
        fs::remove_file(&cache.path).unwrap();
        fs::create_dir(&cache.path).unwrap();
        assert!(cache.read().is_none() && cache.write(|_| Ok(())).is_err());
    }
}
