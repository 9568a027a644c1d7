//! From an export and a folder to what is written and deleted. The plan is a pure function.

use crate::declaration::canonical;
use crate::exported::{Coverage, Part, render};
use crate::folder::{Folder, FolderError};
use crate::{declaration, layout};
use mist_objects::error::SourceError;
use mist_objects::source;
use mist_objects::table::Kind;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A change of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub path: String,
    pub before: Option<String>,
    /// `None`: the file is deleted.
    pub after: Option<String>,
}

/// A problem that stops the synchronization before the first change.
#[derive(Clone, Debug, PartialEq)]
pub enum SyncError {
    Folder(FolderError),
    /// A file of which only some objects are replaced cannot be read.
    Source {
        path: String,
        error: SourceError,
    },
}

impl From<FolderError> for SyncError {
    fn from(error: FolderError) -> Self {
        Self::Folder(error)
    }
}

/// The paths in a list of exported files. Other lines are ignored.
#[must_use]
pub fn listed(text: &str) -> BTreeSet<String> {
    text.lines().filter(|line| layout::place(line).is_some()).map(str::to_owned).collect()
}

/// The content of the folder.
pub trait Existing {
    /// The content of a file. `None` if it does not exist.
    ///
    /// # Errors
    /// It cannot be read.
    fn content(&self, path: &str) -> Result<Option<String>, SyncError>;
}

impl Existing for Option<&Folder> {
    fn content(&self, path: &str) -> Result<Option<String>, SyncError> {
        let Some(folder) = self else { return Ok(None) };
        Ok(folder.read(path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// The desired content of a folder.
pub struct Desired<'a> {
    pub files: &'a BTreeMap<String, String>,
    pub parts: &'a BTreeMap<String, Part>,
    /// The parts are those of the secrets.
    pub is_secret: bool,
    /// Files of the folder itself, which are written where no foreign file is.
    pub own: &'a BTreeMap<String, String>,
    pub coverage: &'a Coverage,
    /// True for the name of an object that is exported, of a kind of which only some are.
    pub fits: &'a dyn Fn(&Kind, &str) -> Option<bool>,
}

/// The changes that bring a folder to the desired content. The last one is the list of exported files.
///
/// # Errors
/// A file cannot be read.
pub fn plan(desired: &Desired<'_>, existing: &dyn Existing) -> Result<Vec<Change>, SyncError> {
    let old_list = existing.content(layout::EXPORTED)?;
    let listed = listed(old_list.as_deref().unwrap_or_default());
    let mut changes = Vec::new();
    let mut now: BTreeSet<String> = listed.clone();
    let mut write = |path: &str, before: Option<String>, after: String| {
        if before.as_deref() != Some(after.as_str()) {
            changes.push(Change { path: path.to_owned(), before, after: Some(after) });
        }
    };
    for (path, content) in desired.files {
        write(path, existing.content(path)?, content.clone());
        now.insert(path.clone());
    }
    let mut emptied = BTreeSet::new();
    for (path, part) in desired.parts {
        let before = existing.content(path)?;
        match merged(path, part, desired, before.as_deref())? {
            Some(after) => {
                write(path, before, after);
                now.insert(path.clone());
            }
            None => drop(emptied.insert(path.clone())),
        }
    }
    for (path, content) in desired.own {
        let before = existing.content(path)?;
        if before.is_none() || listed.contains(path) {
            write(path, before, content.clone());
            now.insert(path.clone());
        }
    }
    for path in &listed {
        let is_gone = emptied.contains(path)
            || (desired.coverage.has(path, desired.fits)
                && !desired.files.contains_key(path)
                && !desired.parts.contains_key(path));
        if is_gone {
            now.remove(path);
            // A folder that became a link is foreign now.
            if let Ok(Some(before)) = existing.content(path) {
                changes.push(Change { path: path.clone(), before: Some(before), after: None });
            }
        }
    }
    let mut list = now.into_iter().collect::<Vec<_>>().join("\n");
    if !list.is_empty() {
        list.push('\n');
    }
    if old_list.as_deref().unwrap_or_default() != list {
        changes.push(Change { path: layout::EXPORTED.to_owned(), before: old_list, after: Some(list) });
    }
    Ok(changes)
}

/// A flat file in which the exported objects replace those of the same selection. `None` if nothing remains.
fn merged(path: &str, part: &Part, desired: &Desired<'_>, before: Option<&str>) -> Result<Option<String>, SyncError> {
    let items = if desired.is_secret { &part.secrets } else { &part.items };
    let kept = match before {
        None => Vec::new(),
        Some(text) => source::many(path, text, part.kind.schema)
            .map_err(|error| SyncError::Source { path: path.to_owned(), error })?,
    };
    let is_replaced = |value: &Value| {
        let name = part.kind.key.first().and_then(|field| value.get(field)).and_then(Value::as_str).unwrap_or_default();
        (desired.fits)(&part.kind, name).unwrap_or(true)
            || (desired.fits)(&part.kind, &declaration::title(&part.kind, value)).unwrap_or(true)
    };
    let mut all: Vec<Value> = kept.into_iter().map(Value::Object).filter(|value| !is_replaced(value)).collect();
    all.extend(items.iter().cloned());
    all.sort_by_cached_key(|value| (declaration::title(&part.kind, value), canonical(value).to_string()));
    Ok((!all.is_empty()).then(|| render(&part.kind, path, &Value::Array(all))))
}

/// Carries out the changes. The list of exported files names a new file before it is written, and a deleted file until it is
/// deleted: after an interruption, the next run completes the work.
///
/// # Errors
/// The first file that cannot be written or deleted.
pub fn apply(folder: &Folder, changes: &[Change]) -> Result<(), FolderError> {
    let list = changes.iter().find(|change| change.path == layout::EXPORTED);
    if let Some(Change { before, after: Some(after), .. }) = list {
        let mut all = listed(before.as_deref().unwrap_or_default());
        all.extend(listed(after));
        let list: String = all.into_iter().map(|path| path + "\n").collect();
        folder.write(layout::EXPORTED, list.as_bytes())?;
    }
    for change in changes.iter().filter(|change| change.path != layout::EXPORTED) {
        match &change.after {
            Some(after) => folder.write(&change.path, after.as_bytes())?,
            None => drop(folder.remove(&change.path)?),
        }
    }
    if let Some(Change { after: Some(after), .. }) = list {
        folder.write(layout::EXPORTED, after.as_bytes())?;
    }
    Ok(())
}
