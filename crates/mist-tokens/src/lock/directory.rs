//! The directory of the locks: writable by this user only, and the same for all runs of the user.

use rustix::fs::{AtFlags, FileType, Mode};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// The system creates a directory here for each logged-in user. macOS has none at a fixed place.
const SESSIONS: Option<&str> = if cfg!(target_os = "linux") { Some("/run/user") } else { None };

/// Number of names to try in a directory that others can write to.
const NAMES: u32 = 32;

/// Finds the directory, and creates it if needed.
///
/// # Errors
/// The tried directories, each with a reason.
pub(super) fn find() -> Result<PathBuf, Vec<(PathBuf, String)>> {
    let own = rustix::process::geteuid().as_raw();
    let home = std::env::var_os("HOME").map(PathBuf::from);
    first(candidates(home, own), own)
}

/// The directory that [`find`] returns, if it exists.
pub(super) fn find_existing() -> Option<PathBuf> {
    let own = rustix::process::geteuid().as_raw();
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let is_own = |path: &PathBuf| {
        std::fs::symlink_metadata(path)
            .is_ok_and(|status| status.is_dir() && status.uid() == own && status.mode() & 0o022 == 0)
    };
    candidates(home, own).find(is_own)
}

/// In the same order for every run: the user's home, the user's session directory, and names in `/tmp`, some of which others
/// may hold.
fn candidates(home: Option<PathBuf>, own: u32) -> impl Iterator<Item = PathBuf> {
    let home = home.filter(|home| home.is_absolute()).map(|home| home.join(".ansible").join("mist-locks"));
    let session = SESSIONS.map(|sessions| PathBuf::from(format!("{sessions}/{own}/mist-locks")));
    let shared = (0..NAMES).map(move |number| match number {
        0 => PathBuf::from(format!("/tmp/.mist-locks-{own}")),
        _ => PathBuf::from(format!("/tmp/.mist-locks-{own}-{number}")),
    });
    home.into_iter().chain(session).chain(shared)
}

fn first(candidates: impl Iterator<Item = PathBuf>, own: u32) -> Result<PathBuf, Vec<(PathBuf, String)>> {
    let mut tried = Vec::new();
    for candidate in candidates {
        match make_own(&candidate, own) {
            Ok(()) => return Ok(candidate),
            Err(error) => tried.push((candidate, error.to_string())),
        }
    }
    Err(tried)
}

/// Creates the directory with mode 0700, or accepts an existing one that only this user can write to and that others cannot
/// replace.
fn make_own(path: &Path, own: u32) -> io::Result<()> {
    let Some(parent) = path.parent() else { return Err(io::Error::other("is not a directory for a file")) };
    // Only the system creates a session directory.
    if !parent.exists() && !SESSIONS.is_some_and(|sessions| parent.starts_with(sessions)) {
        std::fs::DirBuilder::new().mode(0o700).recursive(true).create(parent)?;
    }
    let parent = parent.canonicalize()?;
    for ancestor in parent.ancestors() {
        let status = std::fs::symlink_metadata(ancestor)?;
        if !is_safe(status.mode(), status.uid(), own) {
            return Err(io::Error::other(format!(
                "another user could replace the directory, because '{}' does not belong to this user or the system alone",
                ancestor.display()
            )));
        }
    }
    match rustix::fs::mkdir(path, Mode::RWXU) {
        Ok(()) | Err(rustix::io::Errno::EXIST) => {}
        Err(error) => return Err(error.into()),
    }
    let status = rustix::fs::statat(rustix::fs::CWD, path, AtFlags::SYMLINK_NOFOLLOW)?;
    let is_directory = FileType::from_raw_mode(status.st_mode) == FileType::Directory;
    if !is_directory || status.st_uid != own || status.st_mode & 0o022 != 0 {
        return Err(io::Error::other("is not a directory of this user's alone"));
    }
    Ok(())
}

/// True if only this user and root can remove names from a directory: others have no write access, or the sticky bit limits it.
fn is_safe(mode: u32, owner: u32, own: u32) -> bool {
    const STICKY: u32 = 0o1000;
    (owner == own || owner == 0) && (mode & 0o022 == 0 || mode & STICKY != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn own() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    #[test]
    fn a_directory_that_others_can_write_to_or_a_link_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let own = own();
        let open = folder.path().join("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
        let link = folder.path().join("link");
        let below_open = open.join("below");
        let good = folder.path().join("a/b/good");
        std::os::unix::fs::symlink(folder.path(), &link).unwrap();
        for (path, own, taken) in [
            (&open, own, false),
            (&link, own, false),
            (&good, own, true),
            (&good, own + 1, false),
            (&below_open, own, false),
        ] {
            assert_eq!(make_own(path, own).is_ok(), taken, "{}", path.display());
        }
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o1777)).unwrap();
        assert!(make_own(&below_open, own).is_ok(), "as below /tmp");
    }

    #[test]
    fn whose_parent_it_is_decides_whether_it_can_be_taken_away() {
        for (mode, owner, safe) in [
            (0o700, 1000, true),
            (0o755, 0, true),
            (0o1777, 0, true),
            (0o777, 0, false),
            (0o775, 1000, false),
            (0o700, 1001, false),
            (0o1777, 1001, false),
        ] {
            assert_eq!(is_safe(mode, owner, 1000), safe, "{mode:o} of {owner}");
        }
    }

    #[test]
    fn a_name_that_somebody_else_holds_leaves_the_next_and_all_runs_come_to_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<PathBuf> = ["a", "b", "c"].iter().map(|name| folder.path().join(name)).collect();
        std::fs::write(&names[0], "somebody else's").unwrap();
        std::os::unix::fs::symlink("/", &names[1]).unwrap();
        for _ in 0..2 {
            assert_eq!(first(names.iter().cloned(), own()), Ok(names[2].clone()));
        }
        let tried = first(names[..2].iter().cloned(), own()).unwrap_err();
        assert_eq!(tried.iter().map(|(path, _)| path).collect::<Vec<_>>(), [&names[0], &names[1]]);
    }

    #[test]
    fn a_run_without_a_home_has_many_places_and_no_relative_one() {
        let all: Vec<PathBuf> = candidates(None, 7).collect();
        assert_eq!(
            all[..3],
            ["/run/user/7/mist-locks", "/tmp/.mist-locks-7", "/tmp/.mist-locks-7-1"].map(PathBuf::from)
        );
        assert_eq!(all.len(), 33);
        assert_eq!(candidates(Some("x".into()), 7).count(), 33);
        assert_eq!(candidates(Some("/home/x".into()), 7).next(), Some("/home/x/.ansible/mist-locks".into()));
    }
}
