//! Reasons why a file cannot be replaced in one step, found without touching it.

use crate::attributes::AttributeRequest;
use crate::error::{Problem, error_text};
use crate::location::{Location, STICKY};
use rustix::fs::{Access, AtFlags};
use std::os::fd::AsFd;
use std::path::Path;

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
    if let Some(owner) = request.owner
        && owner != own.as_raw()
        && !own.is_root()
        && location.existing.as_ref().is_none_or(|existing| existing.owner != owner)
    {
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
    use std::os::unix::ffi::OsStrExt;
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
