//! Puts a file in its place.

use crate::attributes::{AttributeChange, AttributeRequest, copy_extended, set_owner_and_group};
use crate::cleanup::on_exit;
use crate::error::{Error, Problem, error_text};
use crate::location::Way;
use crate::location::{Location, attributes, is_file};
use rustix::fs::{AtFlags, Mode, OFlags, RawMode};
use rustix::io::Errno;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A file whose temporary file exists.
#[derive(Debug)]
pub struct PreparedFile {
    path: PathBuf,
    location: Location,
    request: AttributeRequest,
    /// `None` where the file is written in place.
    temporary: Option<Temporary>,
}

/// The outcome of writing a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Warnings, in words that follow the file's path.
    pub warnings: Vec<String>,
    /// The reason why the file might not survive a power cut, if there is one.
    pub unsynced: Option<String>,
}

/// A file that is deleted when the run ends, unless it was put in its place.
#[derive(Debug)]
struct Temporary {
    file: File,
    name: OsString,
    path: PathBuf,
    exists: Arc<AtomicBool>,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.exists.swap(false, Ordering::SeqCst) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Temporary {
    /// Creates it with mode 0600. An existing file of this name is never opened.
    fn new(location: &Location) -> io::Result<Self> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let mut attempt = 0;
        loop {
            let name = OsString::from(format!(".ansible_tmp{}-{since}-{attempt}", std::process::id()));
            match rustix::fs::openat(&location.directory, &name, flags, Mode::RUSR | Mode::WUSR) {
                Ok(file) => {
                    let path = location.folder.join(&name);
                    let exists = Arc::new(AtomicBool::new(true));
                    let (leftover, still_exists) = (path.clone(), Arc::clone(&exists));
                    on_exit(move || {
                        if still_exists.swap(false, Ordering::SeqCst) {
                            let _ = std::fs::remove_file(leftover);
                        }
                    });
                    return Ok(Self { file: file.into(), name, path, exists });
                }
                Err(Errno::EXIST) if attempt < 100 => attempt += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl PreparedFile {
    pub(crate) fn new(
        path: &Path,
        location: Location,
        request: AttributeRequest,
        way: Way,
        room: usize,
    ) -> Result<Self, Problem> {
        let path = path.to_owned();
        if way == Way::InPlace {
            return Ok(Self { path, location, request, temporary: None });
        }
        let refused = |error: io::Error| Problem::NotPrepared(error_text(error));
        let mut temporary = Temporary::new(&location).map_err(refused)?;
        temporary.file.write_all(&vec![b'#'; room]).and_then(|()| temporary.file.sync_all()).map_err(refused)?;
        location.sync().map_err(refused)?;
        Ok(Self { path, location, request, temporary: Some(temporary) })
    }

    /// Writes the content and replaces the file, in one step unless it is written in place.
    ///
    /// # Errors
    ///
    /// The reason why it could not be written. The previous file then still exists, unless it was written in place.
    pub fn write(self, content: &[u8]) -> Result<Written, Error> {
        let path = self.path.clone();
        self.replace(content).map_err(|problem| Error::new(&path, problem))
    }

    fn replace(self, content: &[u8]) -> Result<Written, Problem> {
        let refused = |error: io::Error| Problem::NotWritten(error_text(error));
        let Self { location, request, temporary, .. } = self;
        let Some(mut temporary) = temporary else { return in_place(&location, &request, content) };
        fill(&mut temporary.file, content).map_err(refused)?;
        put(&location, &request, temporary)
    }

    /// Takes the content bit by bit, for content that is too large for memory.
    ///
    /// # Errors
    ///
    /// A file that would be written in place: a reader would see a part of it.
    pub fn into_stream(self) -> Result<FileStream, Error> {
        let Self { path, location, request, temporary } = self;
        let Some(mut temporary) = temporary else {
            return Err(Error::new(&path, Problem::NotPrepared("it cannot be replaced in one step".to_owned())));
        };
        match temporary.file.rewind().and_then(|()| temporary.file.set_len(0)) {
            Ok(()) => Ok(FileStream { path, location, request, temporary }),
            Err(error) => Err(Error::new(&path, Problem::NotPrepared(error_text(error)))),
        }
    }
}

/// A file that receives its content bit by bit. Without [`FileStream::finish`], the previous file is unchanged.
#[derive(Debug)]
pub struct FileStream {
    path: PathBuf,
    location: Location,
    request: AttributeRequest,
    temporary: Temporary,
}

impl FileStream {
    /// Replaces the file with the content, in one step.
    ///
    /// # Errors
    ///
    /// The reason why it could not be replaced. The previous file then still exists.
    pub fn finish(self) -> Result<Written, Error> {
        put(&self.location, &self.request, self.temporary).map_err(|problem| Error::new(&self.path, problem))
    }
}

impl Write for FileStream {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        self.temporary.file.write(content)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.file.flush()
    }
}

/// Gives the temporary file its attributes, and puts it in its place.
fn put(location: &Location, request: &AttributeRequest, temporary: Temporary) -> Result<Written, Problem> {
    let refused = |error: io::Error| Problem::NotWritten(error_text(error));
    let mut warnings = Vec::new();
    let existing = location.open_existing().ok().flatten();
    let (owner, group, mode) = request.resolve(location.existing.as_ref());
    set_owner_and_group(&temporary.file, owner, group, request.group.is_some(), &mut warnings)?;
    if let Some(existing) = existing {
        let lost = copy_extended(existing.as_fd(), temporary.file.as_fd());
        if !lost.is_empty() {
            warnings.push(format!("lost these extended attributes: {}", lost.join(", ")));
        }
    }
    set_mode(&temporary.file, mode)?;
    temporary.file.sync_all().map_err(refused)?;
    if !location.is(&temporary.name, &temporary.file) {
        return Err(Problem::Exchanged);
    }
    rustix::fs::renameat(&location.directory, &temporary.name, &location.directory, &location.name)
        .map_err(|error| refused(error.into()))?;
    temporary.exists.store(false, Ordering::SeqCst);
    if !location.is(&location.name, &temporary.file) {
        // The file at this name is not the one that was written.
        let _ = rustix::fs::unlinkat(&location.directory, &location.name, AtFlags::empty());
        return Err(Problem::Exchanged);
    }
    let unsynced =
        location.sync().err().map(|error| format!("its directory could not be synced ({})", error_text(error)));
    Ok(Written { warnings, unsynced })
}

fn fill(file: &mut File, content: &[u8]) -> io::Result<()> {
    file.rewind()?;
    file.write_all(content)?;
    file.set_len(content.len() as u64)
}

fn set_mode(file: &File, mode: u32) -> Result<(), Problem> {
    rustix::fs::fchmod(file, Mode::from_bits_truncate(mode as RawMode))
        .map_err(|error| Problem::ModeNotSet(error_text(error)))
}

/// Writes into the existing file.
fn in_place(location: &Location, request: &AttributeRequest, content: &[u8]) -> Result<Written, Problem> {
    let refused = |error: io::Error| Problem::NotWritten(error_text(error));
    let mut file: File = location.open(OFlags::RDWR).map_err(|error| refused(error.into()))?.into();
    if !file.metadata().map_err(refused)?.is_file() {
        return Err(Problem::NotAFile);
    }
    fill(&mut file, content).map_err(refused)?;
    if let Some(change) = location.existing.as_ref().and_then(|existing| request.change(existing)) {
        change_attributes(&file, &change)?;
    }
    file.sync_all().map_err(refused)?;
    Ok(Written::default())
}

/// Gives the existing file its attributes. The file that is changed is the one that is compared: it is opened once.
pub(crate) fn set_attributes(
    location: &Location,
    request: &AttributeRequest,
) -> Result<Option<AttributeChange>, Problem> {
    let Some(expected) = location.existing.as_ref().and_then(|existing| request.change(existing)) else {
        return Ok(None);
    };
    crate::location::check_attributes(location, request)?;
    let file = location.open_for_attributes().map_err(|error| Problem::NotExamined(error_text(error)))?;
    let status = rustix::fs::fstat(&file).map_err(|error| Problem::NotExamined(error_text(error)))?;
    if !is_file(status.st_mode) || attributes(&status) != expected.before {
        return Err(Problem::Exchanged);
    }
    change_attributes(&file, &expected)?;
    Ok(Some(expected))
}

/// A change of the owner clears setuid and setgid, so that the mode comes last.
fn change_attributes(file: &File, change: &AttributeChange) -> Result<(), Problem> {
    let (owner, group) = (Some(change.after.owner), Some(change.after.group));
    set_owner_and_group(file, owner, group, true, &mut Vec::new())?;
    set_mode(file, change.after.mode)
}
