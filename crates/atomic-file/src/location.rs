//! The place of a file, by the descriptor of its directory, and the obstacles to replacing it in one step, found without
//! touching it.

use crate::attributes::{AttributeRequest, FileAttributes};
use crate::error::{Problem, error_text};
use rustix::fs::{Access, AtFlags, FileType, Mode, OFlags, RawMode, Stat};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

pub(crate) const STICKY: u32 = 0o1000;

/// The maximum number of links that lead to each other, as in Linux.
const LINKS: usize = 40;

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// The place of a file that exists or is to be created.
#[derive(Debug)]
pub(crate) struct Location {
    pub(crate) directory: OwnedFd,
    pub(crate) directory_mode: u32,
    pub(crate) directory_owner: u32,
    /// The directory's path, for messages and for the end of a program.
    pub(crate) folder: PathBuf,
    pub(crate) name: OsString,
    pub(crate) existing: Option<FileAttributes>,
}

impl Location {
    /// Follows the links that the path ends in.
    pub(crate) fn find(path: &Path) -> Result<Self, Problem> {
        let own = rustix::process::geteuid().as_raw();
        let mut path = path.to_owned();
        for _ in 0..=LINKS {
            let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
                return Err(Problem::NoFileName);
            };
            let directory = rustix::fs::open(folder, DIRECTORY, Mode::empty()).map_err(|error| match error {
                Errno::NOENT => Problem::DirectoryMissing(folder.to_owned()),
                Errno::NOTDIR => Problem::NotADirectory(folder.to_owned()),
                error => Problem::NotWritable { cause: error_text(error), in_place_helps: false },
            })?;
            let status = rustix::fs::fstat(&directory).map_err(|error| Problem::NotExamined(error_text(error)))?;
            let found = match rustix::fs::statat(&directory, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(found) => Some(found),
                Err(Errno::NOENT) => None,
                // A name that is too long is found here.
                Err(error) => return Err(Problem::NameRefused(error_text(error))),
            };
            if let Some(link) = found.filter(is_link) {
                if !may_follow(link.st_uid, bits(status.st_mode), status.st_uid, own) {
                    return Err(Problem::ForeignLink(link.st_uid));
                }
                let target = rustix::fs::readlinkat(&directory, name, Vec::new())
                    .map_err(|error| Problem::LinkNotRead(error_text(error)))?;
                path = folder.join(OsStr::from_bytes(target.to_bytes()));
                continue;
            }
            if found.is_some_and(|found| !is_file(found.st_mode)) {
                return Err(Problem::NotAFile);
            }
            return Ok(Self {
                directory_mode: bits(status.st_mode),
                directory_owner: status.st_uid,
                folder: folder.to_owned(),
                name: name.to_owned(),
                directory,
                existing: found.as_ref().map(attributes),
            });
        }
        Err(Problem::TooManyLinks)
    }

    /// The file's path, with the links of its directory resolved.
    pub(crate) fn target(&self) -> PathBuf {
        self.folder.canonicalize().unwrap_or_else(|_| self.folder.clone()).join(&self.name)
    }

    /// The existing file, read-only. Opening it neither follows a link nor waits for a FIFO.
    pub(crate) fn open_existing(&self) -> io::Result<Option<OwnedFd>> {
        match self.open(OFlags::RDONLY) {
            Ok(file) => Ok(Some(file)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The existing file by a descriptor that its attributes can be changed with. Its owner may lack the right to read it.
    pub(crate) fn open_for_attributes(&self) -> Result<File, Errno> {
        let file = match self.open(OFlags::RDONLY) {
            Err(Errno::ACCESS) => self.open(OFlags::WRONLY),
            opened => opened,
        };
        file.map(File::from)
    }

    pub(crate) fn open(&self, access: OFlags) -> Result<OwnedFd, Errno> {
        let flags = access | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY;
        rustix::fs::openat(&self.directory, &self.name, flags, Mode::empty())
    }

    /// True if `name` in this directory is the open file.
    pub(crate) fn is(&self, name: &OsString, file: &File) -> bool {
        let named = rustix::fs::statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW);
        let (Ok(named), Ok(held)) = (named, rustix::fs::fstat(file)) else { return false };
        (named.st_dev, named.st_ino) == (held.st_dev, held.st_ino)
    }

    /// Makes the name survive a power cut. A file system without this operation is not an error.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match rustix::fs::fsync(&self.directory) {
            Err(Errno::INVAL | Errno::OPNOTSUPP | Errno::BADF | Errno::ROFS) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

pub(crate) fn attributes(status: &Stat) -> FileAttributes {
    FileAttributes { owner: status.st_uid, group: status.st_gid, mode: bits(status.st_mode) & 0o7777 }
}

/// A mode has 16 bits on macOS and 32 on Linux.
#[allow(clippy::useless_conversion, reason = "it is useless on Linux only")]
pub(crate) fn bits(mode: RawMode) -> u32 {
    mode.into()
}

fn is_link(status: &Stat) -> bool {
    FileType::from_raw_mode(status.st_mode) == FileType::Symlink
}

pub(crate) fn is_file(mode: RawMode) -> bool {
    FileType::from_raw_mode(mode) == FileType::RegularFile
}

/// True if a link may be followed. In a directory like `/tmp`, only a link of this user or of the directory's owner, so that
/// no other user can redirect this one (the rule of `protected_symlinks`, proc_sys_fs(5)).
fn may_follow(link_owner: u32, directory_mode: u32, directory_owner: u32, own: u32) -> bool {
    let is_shared = directory_mode & STICKY != 0 && directory_mode & 0o002 != 0;
    !is_shared || link_owner == own || link_owner == directory_owner
}

/// The way to write a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// A temporary file replaces it in one step.
    Replaced,
    InPlace,
}

/// The way in which the file can be written.
pub(crate) fn check(location: &Location, request: &AttributeRequest) -> Result<Way, Problem> {
    let Some(obstacle) = obstacle(location, request) else { return Ok(Way::Replaced) };
    if !request.unsafe_writes || location.existing.is_none() || is_pinned(location) {
        return Err(obstacle);
    }
    match rustix::fs::accessat(&location.directory, &location.name, Access::WRITE_OK, AtFlags::EACCESS) {
        Ok(()) => Ok(Way::InPlace),
        Err(error) => Err(Problem::NotWritableInPlace(error_text(error))),
    }
}

fn obstacle(location: &Location, request: &AttributeRequest) -> Option<Problem> {
    let own = rustix::process::geteuid();
    if let Some(existing) = &location.existing {
        if is_mount_point(&location.target()) {
            return Some(Problem::MountPoint);
        }
        if is_pinned(location) {
            return Some(Problem::Pinned);
        }
        if existing.owner != own.as_raw() && !own.is_root() {
            if location.directory_mode & STICKY != 0 && location.directory_owner != own.as_raw() {
                return Some(Problem::StickyDirectory(existing.owner));
            }
            if request.owner.is_none_or(|owner| owner != own.as_raw()) {
                return Some(Problem::ForeignOwner(existing.owner));
            }
        }
    }
    let has_owner = |owner| location.existing.as_ref().is_some_and(|existing| existing.owner == owner);
    if let Some(owner) = request.owner.filter(|owner| *owner != own.as_raw() && !own.is_root() && !has_owner(*owner)) {
        return Some(Problem::OwnerNeedsRoot(owner));
    }
    rustix::fs::accessat(&location.directory, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)
        .err()
        .map(|error| Problem::NotWritable { cause: error_text(error), in_place_helps: location.existing.is_some() })
}

/// True if the attributes of the existing file can be changed in place.
pub(crate) fn check_attributes(location: &Location, request: &AttributeRequest) -> Result<(), Problem> {
    let Some(change) = location.existing.as_ref().and_then(|existing| request.change(existing)) else { return Ok(()) };
    if is_pinned(location) {
        return Err(Problem::Pinned);
    }
    let own = rustix::process::geteuid();
    if own.is_root() {
        return Ok(());
    }
    if change.before.owner != own.as_raw() {
        return Err(Problem::NotTheOwner(change.before.owner));
    }
    if change.after.owner != own.as_raw() {
        return Err(Problem::OwnerNeedsRoot(change.after.owner));
    }
    Ok(())
}

fn is_pinned(location: &Location) -> bool {
    location.open_existing().ok().flatten().is_some_and(has_pinning_flag)
}

/// A warning about a directory in which other users can exchange the file.
pub(crate) fn exposed(location: &Location) -> Option<String> {
    let own = rustix::process::geteuid().as_raw();
    let open_to_all = location.directory_mode & 0o002 != 0 && location.directory_mode & STICKY == 0;
    let foreign = location.directory_owner != own && location.directory_owner != 0;
    let who = if open_to_all {
        "all users"
    } else if foreign {
        "another user"
    } else {
        return None;
    };
    Some(format!(
        "is in the directory '{}', in which {who} can replace files. A file with a secret should be in a directory that only \
         its owner can write to",
        location.folder.display()
    ))
}

/// True if the file is marked immutable or append-only: chattr(1).
#[cfg(target_os = "linux")]
fn has_pinning_flag(file: impl AsFd) -> bool {
    use rustix::fs::IFlags;
    rustix::fs::ioctl_getflags(file).is_ok_and(|flags| flags.intersects(IFlags::IMMUTABLE | IFlags::APPEND))
}

/// True if the file is marked immutable or append-only, by its owner or by root: chflags(2).
#[cfg(not(target_os = "linux"))]
fn has_pinning_flag(file: impl AsFd) -> bool {
    const IMMUTABLE_OR_APPEND: u32 = 0x0006_0006;
    rustix::fs::fstat(file).is_ok_and(|status| status.st_flags & IMMUTABLE_OR_APPEND != 0)
}

/// True if something is mounted at this path: proc_pid_mountinfo(5).
#[cfg(target_os = "linux")]
fn is_mount_point(path: &Path) -> bool {
    let mounts = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    mountinfo::lists(&mounts, path.as_os_str().as_bytes())
}

/// A Mac mounts directories only.
#[cfg(not(target_os = "linux"))]
fn is_mount_point(_path: &Path) -> bool {
    false
}

#[cfg(target_os = "linux")]
mod mountinfo {
    pub(super) fn lists(mounts: &[u8], path: &[u8]) -> bool {
        const MOUNT_POINT: usize = 4;
        mounts
            .split(|byte| *byte == b'\n')
            .any(|line| line.split(|byte| *byte == b' ').nth(MOUNT_POINT).is_some_and(|point| unescaped(point) == path))
    }

    /// `\040` is a space.
    fn unescaped(text: &[u8]) -> Vec<u8> {
        let mut plain = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((first, after)) = rest.split_first() {
            let octal = (*first == b'\\').then(|| after.get(..3)).flatten();
            let octal = octal.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
            match octal {
                Some(byte) => {
                    plain.push(byte);
                    rest = &after[3..];
                }
                None => {
                    plain.push(*first);
                    rest = after;
                }
            }
        }
        plain
    }

    #[test]
    fn a_mount_point_is_told_by_its_path() {
        let mounts = b"22 1 0:20 / /proc rw - proc proc rw\n30 1 8:1 /x /run/my\\040key rw - ext4 /dev/sda rw\n";
        for (path, mounted) in [("/proc", true), ("/run/my key", true), ("/run/my", false), ("/", false), ("", false)] {
            assert_eq!(lists(mounts, path.as_bytes()), mounted, "{path}");
        }
        assert!(super::is_mount_point(std::path::Path::new("/proc")));
    }
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
