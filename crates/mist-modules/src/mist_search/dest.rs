//! The file for the rows: written row by row, compared with the existing file on the way, and put in its place at the end.

use super::Params;
use crate::common::options::OptionError;
use ansible_binary_module::file::{FileOptions, FileStream};
use ansible_binary_module::{Diff, Task};
use atomic_file::error_text;
use mist_search::output::{self, MOST_COLUMNS, OutputError, Sink};
use mist_search::rows::{self, Row};
use std::cell::RefCell;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Bytes that are written or compared at once.
const BUFFER: usize = 64 * 1024;

pub(super) struct FileOutput {
    path: PathBuf,
    is_json: bool,
    sink: Box<dyn Sink>,
    content: Rc<RefCell<Content>>,
    has_other_attributes: bool,
}

/// The content of the new file.
struct Content {
    /// `None` in check mode.
    new: Option<FileStream>,
    /// `None` if the file does not exist.
    old: Option<BufReader<File>>,
    old_length: u64,
    length: u64,
    is_same: bool,
}

/// The end of the sink that shares the content.
struct Shared(Rc<RefCell<Content>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut content = self.0.borrow_mut();
        content.compare(bytes);
        if let Some(new) = &mut content.new {
            new.write_all(bytes)?;
        }
        content.length += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Content {
    fn compare(&mut self, bytes: &[u8]) {
        if self.is_same {
            let mut old = vec![0; bytes.len()];
            self.is_same = self.old.as_mut().is_some_and(|file| file.read_exact(&mut old).is_ok()) && old == bytes;
        }
    }
}

impl FileOutput {
    /// Checks the path, and creates the temporary file except in check mode.
    pub(super) fn begin(path: &Path, params: &Params, task: &mut Task) -> Result<Self, OptionError> {
        let options = FileOptions::default().with_mode("0600");
        let target = options.target(path).map_err(|error| OptionError::new("dest", error.to_string()))?;
        let refused = |problem: atomic_file::Error| error(path, problem.problem());
        // In check mode, an earlier task of the same run may create the directory.
        let is_missing = task.check_mode() && path.parent().is_some_and(|folder| !folder.exists());
        let (mut new, mut old, mut has_other_attributes) = (None, None, false);
        if !is_missing {
            for warning in target.check().map_err(refused)? {
                task.warn(format!("dest: '{}' {warning}.", path.display()));
            }
            has_other_attributes = target.has_other_attributes().map_err(refused)?;
            old = match File::open(path) {
                Ok(file) => Some(file),
                Err(problem) if problem.kind() == io::ErrorKind::NotFound => None,
                Err(problem) => return Err(error(path, format!("cannot be read ({})", error_text(problem)))),
            };
            if !task.check_mode() {
                new = Some(target.prepare(0).and_then(atomic_file::PreparedFile::into_stream).map_err(refused)?);
            }
        }
        let old_length = old.as_ref().and_then(|file| file.metadata().ok()).map_or(0, |status| status.len());
        let is_same = old.is_some();
        let old = old.map(|file| BufReader::with_capacity(BUFFER, file));
        let content = Rc::new(RefCell::new(Content { new, old, old_length, length: 0, is_same }));
        let folder = task.temporary_directory();
        let spool = || folder.and_then(tempfile::tempfile_in);
        let documented = params.search.columns().filter(|_| !params.is_count);
        let out = BufWriter::with_capacity(BUFFER, Shared(Rc::clone(&content)));
        let sink = output::sink(params.format, params.columns.clone(), documented, out, spool)
            .map_err(|problem| failed(path, problem))?;
        let is_json = params.format != output::Format::Csv;
        Ok(Self { path: path.to_owned(), is_json, sink, content, has_other_attributes })
    }

    /// Takes a row. A table chooses the fields by itself.
    pub(super) fn row(&mut self, row: &Row, fields: Option<&[Vec<String>]>) -> Result<(), OutputError> {
        match fields {
            Some(fields) if self.is_json => self.sink.row(&rows::selected(row, fields)),
            _ => self.sink.row(row),
        }
    }

    /// Puts the file in its place unless the existing file has its content. Returns whether it changed, the difference, and its path.
    pub(super) fn finish(mut self, count: u64, task: &mut Task) -> Result<(bool, Option<Diff>, String), OptionError> {
        self.sink.finish().map_err(|problem| failed(&self.path, problem))?;
        drop(self.sink);
        let shown = self.path.display().to_string();
        let mut content = self.content.borrow_mut();
        let is_same = content.is_same && content.length == content.old_length;
        let new = content.new.take();
        if is_same && !self.has_other_attributes {
            return Ok((false, None, shown));
        }
        if let Some(new) = new {
            let written = new.finish().map_err(|problem| error(&self.path, problem.problem()))?;
            for warning in written.warnings.into_iter().chain(written.unsynced) {
                task.warn(format!("dest: '{shown}' {warning}."));
            }
        }
        // The rows themselves are too long for a diff, and may contain secrets.
        let before = content.old.as_ref().map(|_| format!("{} bytes\n", content.old_length)).unwrap_or_default();
        let after = format!("{count} rows, {} bytes\n", content.length);
        let diff = (!is_same && task.diff_mode()).then(|| Diff::new(before, after).headed(shown.clone()));
        Ok((true, diff, shown))
    }
}

fn error(path: &Path, problem: impl Display) -> OptionError {
    OptionError::new("dest", format!("'{}' {problem}.", path.display().to_string().escape_debug()))
}

/// The error of a row that could not be written.
pub(super) fn failed(path: &Path, problem: OutputError) -> OptionError {
    match problem {
        OutputError::TooManyColumns => {
            error(path, format!("would have more than {MOST_COLUMNS} columns. Set fields, or format: jsonl"))
        }
        OutputError::Io(problem) => error(path, format!("could not be written ({})", error_text(problem))),
    }
}
