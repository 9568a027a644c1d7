//! The data of an export: the files of a folder, and the paths that the export replaces. No I/O.

use crate::{declaration, file_name, layout, yaml};
use mist_client::Error;
use mist_objects::error::ObjectError;
use mist_objects::table::Kind;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A list that cannot be read. The files of its objects stay.
#[derive(Clone, Debug, PartialEq)]
pub struct Unread {
    pub kind: String,
    pub site: Option<String>,
    pub error: ObjectError,
}

impl Unread {
    /// True if the credentials cannot read the list, or the cloud does not have it.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(&self.error, ObjectError::Client(Error::Status { status: 403 | 404, .. }))
    }
}

/// The files of a folder.
#[derive(Debug, Default)]
pub struct Export {
    /// Content by path.
    pub files: BTreeMap<String, String>,
    /// The same paths with the secrets.
    pub secrets: BTreeMap<String, String>,
    /// Flat files of which only some objects are exported.
    pub parts: BTreeMap<String, Part>,
    /// The number of objects of each kind.
    pub counts: BTreeMap<String, usize>,
    pub secrets_left_out: Vec<String>,
    pub masked: Vec<String>,
    pub unresolved: Vec<String>,
    pub unread: Vec<Unread>,
    pub coverage: Coverage,
}

/// Some objects of a flat file.
#[derive(Debug)]
pub struct Part {
    pub kind: Kind,
    pub items: Vec<Value>,
    pub secrets: Vec<Value>,
}

/// The paths that an export replaces as a whole.
#[derive(Debug, Default)]
pub struct Coverage {
    /// The exported kinds of the organization.
    pub org: BTreeSet<String>,
    /// The exported kinds of sites.
    pub site: BTreeSet<String>,
    /// Folders and kinds that could not be read.
    pub unread: BTreeSet<(String, String)>,
    /// The folders of the exported sites.
    pub exported: BTreeSet<String>,
    /// The folders of all sites, if all sites are exported.
    pub existing: Option<BTreeSet<String>>,
}

impl Coverage {
    /// True if the export has everything that belongs into the file, so that a listed file without content is deleted.
    /// `fits` is true for a name of a kind of which only some objects are exported.
    #[must_use]
    pub fn has(&self, path: &str, fits: &dyn Fn(&Kind, &str) -> Option<bool>) -> bool {
        match layout::place(path) {
            Some(layout::Place::SiteSettings) => self.site.contains("setting") && self.existing.is_some(),
            Some(layout::Place::Objects { site, word, file }) => {
                let Some(kind) = layout::kind(site.is_some(), &word) else { return false };
                let fits = match (fits(&kind, ""), &file) {
                    (None, _) => true,
                    (Some(_), None) => false,
                    (Some(_), Some(file)) => {
                        file_name::name_of(file).is_some_and(|name| fits(&kind, &name) == Some(true))
                    }
                };
                let is_read = match &site {
                    None => self.org.contains(&word),
                    Some(folder) => {
                        let is_gone = self.existing.as_ref().is_some_and(|existing| !existing.contains(folder));
                        self.site.contains(&word)
                            && !self.unread.contains(&(folder.clone(), word.clone()))
                            && (self.exported.contains(folder) || is_gone)
                    }
                };
                fits && is_read
            }
            Some(layout::Place::Own) | None => false,
        }
    }
}

/// The text of a file.
#[must_use]
pub fn render(kind: &Kind, path: &str, value: &Value) -> String {
    if path.ends_with(".json") {
        let text = serde_json::to_string_pretty(&declaration::canonical(value)).unwrap_or_default();
        return format!("{text}\n");
    }
    let up = "../".repeat(path.matches('/').count());
    let schema = layout::schema_file(kind);
    format!("# yaml-language-server: $schema={up}{}/{schema}\n{}", layout::SCHEMAS, yaml::text(value))
}
