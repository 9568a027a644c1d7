//! Where a file is, by the descriptor of its directory.

use crate::attributes::Attributes;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawMode, Stat};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const STICKY: u32 = 0o1000;

/// How many links lead on to one another at most, as in Linux.
const LINKS: usize = 40;

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Where a file is, or will be.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) directory: OwnedFd,
    pub(crate) directory_mode: u32,
    pub(crate) directory_owner: u32,
    /// The directory's path, for messages and for the end of a run.
    pub(crate) folder: PathBuf,
    pub(crate) name: OsString,
    /// What the file has that is there.
    pub(crate) existing: Option<Attributes>,
}

impl Place {
    /// Follows the links that the path ends in.
    pub(crate) fn find(path: &Path) -> Result<Self, String> {
        let own = rustix::process::geteuid().as_raw();
        let mut path = path.to_owned();
        for _ in 0..=LINKS {
            let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
                return Err("leads to no file; give the path of a file".to_owned());
            };
            let directory = rustix::fs::open(folder, DIRECTORY, Mode::empty()).map_err(|error| match error {
                Errno::NOENT => format!(
                    "cannot be written, as its directory is not there ({error}); make '{}' first",
                    folder.display()
                ),
                Errno::NOTDIR => format!("cannot be there, as '{}' is not a directory", folder.display()),
                _ => format!("cannot be written ({error}); give a path in a directory that this user may write to"),
            })?;
            let status = rustix::fs::fstat(&directory).map_err(|error| format!("cannot be looked at ({error})"))?;
            let found = match rustix::fs::statat(&directory, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(found) => Some(found),
                Err(Errno::NOENT) => None,
                // A name that is too long shows itself here.
                Err(error) => return Err(format!("cannot be there ({error})")),
            };
            if let Some(link) = found.filter(is_link) {
                if !may_follow(link.st_uid, bits(status.st_mode), status.st_uid, own) {
                    return Err(format!(
                        "leads on by a link of user {} in a directory that everybody may write to, which is not followed; give another path",
                        link.st_uid
                    ));
                }
                let target = rustix::fs::readlinkat(&directory, name, Vec::new())
                    .map_err(|error| format!("cannot be followed ({error})"))?;
                path = folder.join(OsStr::from_bytes(target.to_bytes()));
                continue;
            }
            if found.is_some_and(|found| !is_file(found.st_mode)) {
                return Err("is there and is not a file; give the path of a file".to_owned());
            }
            let existing = found.map(|found| Attributes {
                owner: found.st_uid,
                group: found.st_gid,
                mode: bits(found.st_mode) & 0o7777,
            });
            return Ok(Self {
                directory_mode: bits(status.st_mode),
                directory_owner: status.st_uid,
                folder: folder.to_owned(),
                name: name.to_owned(),
                directory,
                existing,
            });
        }
        Err("leads on by links without an end; give the path of a file".to_owned())
    }

    /// Where the file is, its directory without links.
    pub(crate) fn target(&self) -> PathBuf {
        self.folder.canonicalize().unwrap_or_else(|_| self.folder.clone()).join(&self.name)
    }

    /// The file that is there, read-only; nothing else than a regular file, and without waiting for it.
    pub(crate) fn open_existing(&self) -> io::Result<Option<OwnedFd>> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY;
        match rustix::fs::openat(&self.directory, &self.name, flags, Mode::empty()) {
            Ok(file) => Ok(Some(file)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn is(&self, name: &OsString, file: &File) -> bool {
        let named = rustix::fs::statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW);
        let (Ok(named), Ok(held)) = (named, rustix::fs::fstat(file)) else { return false };
        (named.st_dev, named.st_ino) == (held.st_dev, held.st_ino)
    }

    /// So that the name survives a power cut. A file system that has no such is none the worse.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match rustix::fs::fsync(&self.directory) {
            Err(Errno::INVAL | Errno::OPNOTSUPP | Errno::BADF | Errno::ROFS) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// A mode, which has 16 bits on macOS and 32 on Linux.
#[allow(clippy::useless_conversion, reason = "it is one on Linux alone")]
fn bits(mode: RawMode) -> u32 {
    mode.into()
}

fn is_link(status: &Stat) -> bool {
    FileType::from_raw_mode(status.st_mode) == FileType::Symlink
}

/// Whether a link may be followed: in a directory like `/tmp` only one of this user's own or of the directory's owner, so that
/// nobody leads this user elsewhere (the rule of `protected_symlinks`, proc_sys_fs(5)).
fn may_follow(link_owner: u32, directory_mode: u32, directory_owner: u32, own: u32) -> bool {
    let is_shared = directory_mode & STICKY != 0 && directory_mode & 0o002 != 0;
    !is_shared || link_owner == own || link_owner == directory_owner
}

/// Whether this is what a file may be written over.
fn is_file(mode: RawMode) -> bool {
    FileType::from_raw_mode(mode) == FileType::RegularFile
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_shared_directory_only_ones_own_links_and_its_owners_are_followed() {
        for (link, mode, owner, follow) in [
            (1000, 0o1777, 0, true),
            (0, 0o1777, 0, true),
            (1001, 0o1777, 0, false),
            (1001, 0o755, 0, true),
            (1001, 0o1770, 0, true),
        ] {
            assert_eq!(may_follow(link, mode, owner, 1000), follow, "{link} {mode:o} {owner}");
        }
    }
}
