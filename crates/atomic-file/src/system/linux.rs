//! What Linux has, and a Mac has otherwise (`macos.rs`).

use rustix::fs::IFlags;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Whether the file is marked immutable or append-only: chattr(1).
pub(crate) fn is_pinned(file: impl AsFd) -> bool {
    rustix::fs::ioctl_getflags(file).is_ok_and(|flags| flags.intersects(IFlags::IMMUTABLE | IFlags::APPEND))
}

/// Whether something is mounted just there: proc_pid_mountinfo(5).
pub(crate) fn is_mount_point(path: &Path) -> bool {
    let mounts = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    is_mounted(&mounts, path.as_os_str().as_bytes())
}

fn is_mounted(mounts: &[u8], path: &[u8]) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_point_is_told_by_its_path() {
        let mounts = b"22 1 0:20 / /proc rw - proc proc rw\n30 1 8:1 /x /run/my\\040key rw - ext4 /dev/sda rw\n";
        for (path, mounted) in [("/proc", true), ("/run/my key", true), ("/run/my", false), ("/", false), ("", false)] {
            assert_eq!(is_mounted(mounts, path.as_bytes()), mounted, "{path}");
        }
        assert!(is_mount_point(Path::new("/proc")));
    }
}
