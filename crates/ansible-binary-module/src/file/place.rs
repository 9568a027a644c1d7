//! Where a file is, by the descriptor of its directory, and the way it is put there.

use super::attributes::{Attributes, Wanted, copy_extended};
use super::obstacles::{self, Way};
use crate::exit::on_exit;
use rustix::fs::{AtFlags, Gid, Mode, OFlags, RawMode, Stat, Uid};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// How many links lead on to one another at most, as in Linux.
const LINKS: usize = 40;

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Where a file is, or will be.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) directory: OwnedFd,
    pub(super) directory_mode: u32,
    pub(super) directory_owner: u32,
    /// The directory's path, for messages and for the end of a run.
    pub(super) folder: PathBuf,
    pub(super) name: OsString,
    /// What the file has that is there.
    pub(super) existing: Option<Attributes>,
}

impl Place {
    /// Follows the links that the path ends in.
    pub(super) fn find(path: &Path) -> Result<Self, String> {
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
                if !obstacles::may_follow(link.st_uid, bits(status.st_mode), status.st_uid, own) {
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
            if found.is_some_and(|found| !obstacles::is_file(found.st_mode)) {
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
    pub(super) fn target(&self) -> PathBuf {
        self.folder.canonicalize().unwrap_or_else(|_| self.folder.clone()).join(&self.name)
    }

    /// The file that is there, read-only; nothing else than a regular file, and without waiting for it.
    pub(super) fn open_existing(&self) -> io::Result<Option<OwnedFd>> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY;
        match rustix::fs::openat(&self.directory, &self.name, flags, Mode::empty()) {
            Ok(file) => Ok(Some(file)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn is(&self, name: &OsString, file: &File) -> bool {
        let named = rustix::fs::statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW);
        let (Ok(named), Ok(held)) = (named, rustix::fs::fstat(file)) else { return false };
        (named.st_dev, named.st_ino) == (held.st_dev, held.st_ino)
    }

    /// So that the name survives a power cut. A file system that has no such is none the worse.
    fn sync(&self) -> io::Result<()> {
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
    rustix::fs::FileType::from_raw_mode(status.st_mode) == rustix::fs::FileType::Symlink
}

/// A file that can be written now: the temporary one is there, beside its place.
#[derive(Debug)]
pub struct PreparedFile {
    place: Place,
    wanted: Wanted,
    /// None where the file is written in place.
    temporary: Option<Temporary>,
}

/// What came of writing a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// What the user should know, in words that follow the file's path.
    pub told: Vec<String>,
    /// Why it is not known whether the file would survive a power cut, if so.
    pub unsynced: Option<String>,
}

/// A file that leaves with the run, however that ends, unless it was put in its place.
#[derive(Debug)]
struct Temporary {
    file: File,
    name: OsString,
    path: PathBuf,
    is_there: Arc<AtomicBool>,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.is_there.swap(false, Ordering::SeqCst) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Temporary {
    /// Makes it, for its owner's eyes only, and only where nothing is.
    fn new(place: &Place) -> io::Result<Self> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let mut attempt = 0;
        loop {
            let name = OsString::from(format!(".ansible_tmp{}-{since}-{attempt}", std::process::id()));
            match rustix::fs::openat(&place.directory, &name, flags, Mode::RUSR | Mode::WUSR) {
                Ok(file) => {
                    let path = place.folder.join(&name);
                    let is_there = Arc::new(AtomicBool::new(true));
                    let (left, leaves) = (path.clone(), Arc::clone(&is_there));
                    on_exit(move || {
                        if leaves.swap(false, Ordering::SeqCst) {
                            let _ = std::fs::remove_file(left);
                        }
                    });
                    return Ok(Self { file: file.into(), name, path, is_there });
                }
                Err(Errno::EXIST) if attempt < 100 => attempt += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl PreparedFile {
    pub(super) fn new(place: Place, wanted: Wanted, way: Way, room: usize) -> Result<Self, String> {
        let cannot = |error: io::Error| {
            format!(
                "cannot be written ({error}); give a path in a directory that this user may write to, on a disk with room"
            )
        };
        if way == Way::InPlace {
            return Ok(Self { place, wanted, temporary: None });
        }
        let mut temporary = Temporary::new(&place).map_err(cannot)?;
        temporary.file.write_all(&vec![b'#'; room]).and_then(|()| temporary.file.sync_all()).map_err(cannot)?;
        place.sync().map_err(cannot)?;
        Ok(Self { place, wanted, temporary: Some(temporary) })
    }

    /// Writes the content and puts the file in its place, in one step where that can be.
    ///
    /// # Errors
    ///
    /// Why it could not, in words that follow the file's path. Then what was there before is there still, unless it was
    /// written in place.
    pub fn write(self, content: &[u8]) -> Result<Written, String> {
        let cannot = |error: io::Error| format!("could not be written ({error})");
        let Self { place, wanted, temporary } = self;
        let Some(mut temporary) = temporary else { return in_place(&place, &wanted, content).map_err(cannot) };
        let mut told = Vec::new();
        fill(&mut temporary.file, content).map_err(cannot)?;
        let existing = place.open_existing().ok().flatten();
        let (owner, group, mode) = wanted.of(place.existing.as_ref());
        own(&temporary.file, owner, group, wanted.group.is_some(), &mut told)?;
        if let Some(existing) = existing {
            let lost = copy_extended(existing.as_fd(), temporary.file.as_fd());
            if !lost.is_empty() {
                told.push(format!("could not keep these extended attributes: {}", lost.join(", ")));
            }
        }
        rustix::fs::fchmod(&temporary.file, Mode::from_bits_truncate(mode as RawMode))
            .map_err(|error| cannot(error.into()))?;
        temporary.file.sync_all().map_err(cannot)?;
        if !place.is(&temporary.name, &temporary.file) {
            return Err(swapped());
        }
        rustix::fs::renameat(&place.directory, &temporary.name, &place.directory, &place.name)
            .map_err(|error| cannot(error.into()))?;
        temporary.is_there.store(false, Ordering::SeqCst);
        if !place.is(&place.name, &temporary.file) {
            // Whatever it is, it is not what was written.
            let _ = rustix::fs::unlinkat(&place.directory, &place.name, AtFlags::empty());
            return Err(swapped());
        }
        let unsynced = place.sync().err().map(|error| format!("its directory could not be synced ({error})"));
        Ok(Written { told, unsynced })
    }
}

fn swapped() -> String {
    "could not be written, as somebody put something else in its place meanwhile; give a path in a directory that only this user may write to".to_owned()
}

fn fill(file: &mut File, content: &[u8]) -> io::Result<()> {
    file.rewind()?;
    file.write_all(content)?;
    file.set_len(content.len() as u64)
}

/// Gives the file its owner and group. A group that was only kept, and that this user may not give, is told and not an error.
fn own(
    file: &File,
    owner: Option<u32>,
    group: Option<u32>,
    group_was_chosen: bool,
    told: &mut Vec<String>,
) -> Result<(), String> {
    let status = rustix::fs::fstat(file).map_err(|error| format!("could not be looked at ({error})"))?;
    if let Some(owner) = owner.filter(|owner| *owner != status.st_uid) {
        rustix::fs::fchown(file, Some(Uid::from_raw(owner)), None)
            .map_err(|error| format!("could not be given to user {owner} ({error})"))?;
    }
    if let Some(group) = group.filter(|group| *group != status.st_gid)
        && let Err(error) = rustix::fs::fchown(file, None, Some(Gid::from_raw(group)))
    {
        let words = format!("could not be given to group {group} ({error})");
        if group_was_chosen {
            return Err(words);
        }
        told.push(words);
    }
    Ok(())
}

/// Writes into the very file that is there.
fn in_place(place: &Place, wanted: &Wanted, content: &[u8]) -> io::Result<Written> {
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY;
    let mut file: File = rustix::fs::openat(&place.directory, &place.name, flags, Mode::empty())?.into();
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no file any more"));
    }
    fill(&mut file, content)?;
    let mut told = Vec::new();
    if let Some(existing) = place.existing.as_ref().filter(|existing| wanted.differs(existing)) {
        let (owner, group, mode) = wanted.of(Some(existing));
        own(&file, owner, group, true, &mut told).map_err(io::Error::other)?;
        rustix::fs::fchmod(&file, Mode::from_bits_truncate(mode as RawMode))?;
    }
    file.sync_all()?;
    Ok(Written { told, unsynced: None })
}
