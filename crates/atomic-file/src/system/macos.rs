//! What a Mac has, and Linux has otherwise (`linux.rs`).

use std::os::fd::AsFd;
use std::path::Path;

/// Whether the file is marked immutable or append-only, by its owner or by root: chflags(2).
pub(crate) fn is_pinned(file: impl AsFd) -> bool {
    const IMMUTABLE_OR_APPEND: u32 = 0x0006_0006;
    rustix::fs::fstat(file).is_ok_and(|status| status.st_flags & IMMUTABLE_OR_APPEND != 0)
}

/// Whether something is mounted just there, which a Mac does with directories alone.
pub(crate) fn is_mount_point(_path: &Path) -> bool {
    false
}
