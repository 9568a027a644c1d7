//! The way a file is put in its place.

use crate::attributes::{Wanted, copy_extended};
use crate::cleanup::on_exit;
use crate::obstacles::Way;
use crate::place::Place;
use rustix::fs::{AtFlags, Gid, Mode, OFlags, RawMode, Uid};
use rustix::io::Errno;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

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
    pub(crate) fn new(place: Place, wanted: Wanted, way: Way, room: usize) -> Result<Self, String> {
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
