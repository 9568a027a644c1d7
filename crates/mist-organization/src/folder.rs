//! Reads, writes and deletes files below a folder. A link below the folder is never followed.

use rustix::fs::{self, AtFlags, FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

/// A file is written here first.
const UNFINISHED: &str = ".mist/unfinished";

/// A larger file is not one of an export.
const LARGEST: u64 = 1 << 28;

/// An open folder.
#[derive(Debug)]
pub struct Folder {
    root: OwnedFd,
    path: PathBuf,
    is_private: bool,
}

/// A problem with a file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderError {
    /// The path below the folder. Empty for the folder itself.
    pub path: String,
    pub fault: FolderFault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FolderFault {
    /// A link, or something else that is neither a folder nor a regular file.
    Unusual,
    /// The error of the system, in words.
    System(String),
}

type Result<T> = std::result::Result<T, FolderError>;

fn failed(path: &str) -> impl Fn(Errno) -> FolderError + '_ {
    move |error| FolderError {
        path: path.to_owned(),
        fault: match error {
            Errno::LOOP | Errno::NOTDIR | Errno::ISDIR => FolderFault::Unusual,
            other => FolderFault::System(words(&other.into())),
        },
    }
}

fn failed_io(path: &str) -> impl Fn(io::Error) -> FolderError + '_ {
    move |error| FolderError { path: path.to_owned(), fault: FolderFault::System(words(&error)) }
}

fn words(error: &io::Error) -> String {
    error.to_string().split(" (os error").next().unwrap_or_default().to_owned()
}

impl Folder {
    /// Opens a folder. `None` if it does not exist.
    ///
    /// # Errors
    /// The path is not a folder, or cannot be opened.
    pub fn open(path: &Path, is_private: bool) -> Result<Option<Self>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match fs::open(path, flags, Mode::empty()) {
            Ok(root) => Ok(Some(Self { root, path: path.to_owned(), is_private })),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(failed("")(error)),
        }
    }

    /// Opens a folder, and creates it with the folders above it. With `is_private`, only the owner can read what is created.
    ///
    /// # Errors
    /// It cannot be created or opened.
    pub fn create(path: &Path, is_private: bool) -> Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        let mode = if is_private { 0o700 } else { 0o777 };
        std::fs::DirBuilder::new().recursive(true).mode(mode).create(path).map_err(failed_io(""))?;
        if is_private {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).map_err(failed_io(""))?;
        }
        Self::open(path, is_private)?.ok_or_else(|| failed("")(Errno::NOENT))
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn mode(&self, is_folder: bool) -> Mode {
        Mode::from_raw_mode(match (self.is_private, is_folder) {
            (true, true) => 0o700,
            (true, false) => 0o600,
            (false, true) => 0o777,
            (false, false) => 0o666,
        })
    }

    /// Keeps others who lock the folder out, until the guard is dropped.
    ///
    /// # Errors
    /// The folder cannot be locked.
    pub fn lock(&self) -> Result<OwnedFd> {
        let (guard, _) = self.above(".mist/x", true)?.ok_or_else(|| failed(".mist")(Errno::NOENT))?;
        loop {
            match fs::flock(&guard, FlockOperation::LockExclusive) {
                Err(Errno::INTR) => {}
                Err(error) => return Err(failed(".mist")(error)),
                Ok(()) => break,
            }
        }
        // A run that was killed left it. It is not one of a run that writes now: that one would hold the lock.
        match fs::unlinkat(&self.root, UNFINISHED, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(guard),
            Err(error) => Err(failed(UNFINISHED)(error)),
        }
    }

    /// The folder that contains a file, and the name of the file. `None` if it does not exist and is not created.
    fn above<'a>(&self, path: &'a str, creates: bool) -> Result<Option<(OwnedFd, &'a str)>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut folder = fs::openat(&self.root, ".", flags, Mode::empty()).map_err(failed(path))?;
        for step in above.split('/').filter(|step| !step.is_empty()) {
            if matches!(step, "." | "..") {
                return Err(FolderError { path: path.to_owned(), fault: FolderFault::Unusual });
            }
            folder = match fs::openat(&folder, step, flags, Mode::empty()) {
                Ok(next) => next,
                Err(Errno::NOENT) if creates => {
                    match fs::mkdirat(&folder, step, self.mode(true)) {
                        Ok(()) | Err(Errno::EXIST) => {}
                        Err(error) => return Err(failed(path)(error)),
                    }
                    fs::openat(&folder, step, flags, Mode::empty()).map_err(failed(path))?
                }
                Err(Errno::NOENT) => return Ok(None),
                Err(error) => return Err(failed(path)(error)),
            };
        }
        Ok(Some((folder, name)))
    }

    /// The content of a regular file. `None` if it does not exist.
    ///
    /// # Errors
    /// It is a link or not a regular file, or cannot be read.
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let Some((folder, name)) = self.above(path, false)? else { return Ok(None) };
        match fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(failed(path)(error)),
            Ok(status) if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile => {
                return Err(FolderError { path: path.to_owned(), fault: FolderFault::Unusual });
            }
            Ok(_) => {}
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match fs::openat(&folder, name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(failed(path)(error)),
        };
        let mut content = Vec::new();
        file.take(LARGEST).read_to_end(&mut content).map_err(failed_io(path))?;
        Ok(Some(content))
    }

    /// Replaces a file in one step. A link in its place is replaced, not followed.
    ///
    /// # Errors
    /// A folder above it is a link, or it cannot be written.
    pub fn write(&self, path: &str, content: &[u8]) -> Result<()> {
        let (folder, name) = self.above(path, true)?.ok_or_else(|| failed(path)(Errno::NOENT))?;
        let (aside, unfinished) = self.above(UNFINISHED, true)?.ok_or_else(|| failed(path)(Errno::NOENT))?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = fs::openat(&aside, unfinished, flags, self.mode(false)).map_err(failed(path))?;
        let mut file = File::from(file);
        let written = file
            .write_all(content)
            .map_err(failed_io(path))
            .and_then(|()| fs::renameat(&aside, unfinished, &folder, name).map_err(failed(path)));
        if written.is_err() {
            // The next run deletes a rest.
            let _ = fs::unlinkat(&aside, unfinished, AtFlags::empty());
        }
        written
    }

    /// Deletes a regular file, and the folders above it that are empty then. Returns false if it does not exist.
    ///
    /// # Errors
    /// It is a link or not a regular file, or cannot be deleted.
    pub fn remove(&self, path: &str) -> Result<bool> {
        let Some((folder, name)) = self.above(path, false)? else { return Ok(false) };
        match fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => return Ok(false),
            Err(error) => return Err(failed(path)(error)),
            Ok(status) if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile => {
                return Err(FolderError { path: path.to_owned(), fault: FolderFault::Unusual });
            }
            Ok(_) => {}
        }
        fs::unlinkat(folder.as_fd(), name, AtFlags::empty()).map_err(failed(path))?;
        let mut above = path;
        while let Some((folder, _)) = above.rsplit_once('/') {
            above = folder;
            let Some((parent, name)) = self.above(folder, false)? else { break };
            if fs::unlinkat(parent.as_fd(), name, AtFlags::REMOVEDIR).is_err() {
                break;
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn files_are_replaced_and_deleted_with_their_empty_folders() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::create(&place.path().join("a/b"), false).unwrap();
        folder.write("sites/x/wlans.yml", b"one").unwrap();
        folder.write("sites/x/wlans.yml", b"two").unwrap();
        assert_eq!(folder.read("sites/x/wlans.yml"), Ok(Some(b"two".to_vec())));
        assert_eq!((folder.read("sites/y/wlans.yml"), folder.read("wlans.yml")), (Ok(None), Ok(None)));
        assert_eq!(folder.remove("sites/x/wlans.yml"), Ok(true));
        assert_eq!(folder.remove("sites/x/wlans.yml"), Ok(false));
        assert!(!place.path().join("a/b/sites").exists() && place.path().join("a/b").exists());
        assert!(Folder::open(&place.path().join("none"), false).unwrap().is_none());
    }

    #[test]
    fn a_link_is_never_followed() {
        let place = tempfile::tempdir().unwrap();
        let outside = place.path().join("outside");
        std::fs::create_dir(&outside).unwrap();
        std::fs::write(outside.join("wlans.yml"), "secret").unwrap();
        let folder = Folder::create(&place.path().join("dest"), false).unwrap();
        symlink(&outside, place.path().join("dest/sites")).unwrap();
        symlink(outside.join("wlans.yml"), place.path().join("dest/wlans.yml")).unwrap();
        let unusual = |result: Result<()>| assert_eq!(result.unwrap_err().fault, FolderFault::Unusual);
        unusual(folder.write("sites/wlans.yml", b"x"));
        unusual(folder.read("sites/wlans.yml").map(drop));
        unusual(folder.remove("sites/wlans.yml").map(drop));
        unusual(folder.read("wlans.yml").map(drop));
        unusual(folder.remove("wlans.yml").map(drop));
        unusual(folder.write("../wlans.yml", b"x"));
        folder.write("wlans.yml", b"mine").unwrap();
        assert_eq!(std::fs::read(outside.join("wlans.yml")).unwrap(), b"secret", "the link was replaced");
        assert_eq!(folder.read("wlans.yml"), Ok(Some(b"mine".to_vec())));
    }

    #[test]
    fn a_private_folder_is_readable_by_its_owner_alone() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::create(&place.path().join("s"), true).unwrap();
        folder.write("sites/x/wlans.yml", b"one").unwrap();
        let mode = |path: &str| std::fs::metadata(place.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("s"), mode("s/sites/x"), mode("s/sites/x/wlans.yml")), (0o700, 0o700, 0o600));
    }

    #[test]
    fn what_a_killed_run_left_does_not_stop_the_next_one() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::create(place.path(), false).unwrap();
        std::fs::create_dir(place.path().join(".mist")).unwrap();
        std::fs::write(place.path().join(UNFINISHED), "half").unwrap();
        let guard = folder.lock().unwrap();
        folder.write("wlans.yml", b"x").unwrap();
        drop(guard);
        assert!(!place.path().join(UNFINISHED).exists());
    }
}
