//! Reads a key file, whatever somebody may have put in its place.

use super::kinds::FaultKind;
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A larger file is no key file.
const LARGEST: u64 = 64 * 1024;

/// A file that was read.
pub(super) struct Bytes {
    pub(super) bytes: Vec<u8>,
    /// Whether others than its owner may read it.
    pub(super) exposed: bool,
}

/// The bytes of a regular file, or `None` where nothing is. A pipe or a device in its place neither holds this up nor
/// fills the memory.
pub(super) fn bounded(path: &Path) -> Result<Option<Bytes>, FaultKind> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file: File = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => file.into(),
        Err(rustix::io::Errno::NOENT) => return Ok(None),
        // A socket cannot be opened at all.
        Err(rustix::io::Errno::NXIO) => return Err(FaultKind::NotAFile),
        Err(error) => return Err(FaultKind::Unreadable(std::io::Error::from(error).to_string())),
    };
    let unreadable = |error: std::io::Error| FaultKind::Unreadable(error.to_string());
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(FaultKind::NotAFile);
    }
    let mut bytes = Vec::new();
    // Not by its length: a file of /proc has none.
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(FaultKind::TooLarge);
    }
    Ok(Some(Bytes { bytes, exposed: metadata.permissions().mode() & 0o077 != 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{CWD, FileType};

    #[test]
    fn only_a_regular_file_of_bounded_size_is_read_and_nothing_else_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let kind = |name: &str| bounded(&path(name)).err();
        assert!(bounded(&path("nothing")).unwrap().is_none());
        rustix::fs::mknodat(CWD, path("pipe"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", path("zero")).unwrap();
        std::os::unix::fs::symlink("pipe", path("to-pipe")).unwrap();
        std::os::unix::fs::symlink("to-itself", path("to-itself")).unwrap();
        for name in ["pipe", "socket", "zero", "to-pipe", "."] {
            assert_eq!(kind(name), Some(FaultKind::NotAFile), "{name}");
        }
        assert!(matches!(kind("to-itself"), Some(FaultKind::Unreadable(_))));
        assert!(matches!(kind("nothing/below").or(kind("socket/below")), Some(FaultKind::Unreadable(_))));
        std::fs::write(path("large"), vec![b'x'; LARGEST as usize + 1]).unwrap();
        assert_eq!(kind("large"), Some(FaultKind::TooLarge));
        std::fs::write(path("right"), vec![b'x'; LARGEST as usize]).unwrap();
        assert_eq!(bounded(&path("right")).unwrap().unwrap().bytes.len(), LARGEST as usize);
    }

    #[test]
    fn who_else_may_read_it_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (mode, exposed) in [(0o600, false), (0o640, true), (0o604, true), (0o400, false)] {
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(bounded(file.path()).unwrap().unwrap().exposed, exposed, "{mode:o}");
        }
    }
}
