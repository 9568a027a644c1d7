//! The data of a folder that was read: declared objects, their sites and origins, and errors. No I/O.

use mist_client::suggest::Candidates;
use mist_objects::conversion::TypeError;
use mist_objects::error::{ObjectError, SourceError};
use mist_objects::plan::Fields;
use mist_objects::set::Intent;
use mist_objects::table::Kind;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The place of a declaration.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The path below the folder.
    pub path: String,
    /// The number of the object in the file, from 1.
    pub item: Option<usize>,
}

impl Origin {
    #[must_use]
    pub fn file(path: &str) -> Self {
        Self { path: path.to_owned(), item: None }
    }
}

/// A declared object with names in place of ids.
#[derive(Clone, Debug)]
pub struct DesiredObject {
    pub origin: Origin,
    pub kind: Arc<Kind>,
    /// The site, as a position in [`Desired::sites`].
    pub site: Option<usize>,
    pub fields: Fields,
    pub intent: Intent,
    /// The fields that identify it. Empty: those of the kind.
    pub match_fields: Vec<String>,
    /// Other objects have its key, and only the content distinguishes them.
    pub is_twin: bool,
    /// Its name until now.
    pub was: Option<String>,
    /// The folder of a site.
    pub folder: Option<String>,
    /// Declared fields that only the cloud sets.
    pub ignored: Vec<String>,
}

impl DesiredObject {
    #[must_use]
    pub fn new(origin: Origin, kind: Arc<Kind>) -> Self {
        Self {
            origin,
            kind,
            site: None,
            fields: Fields::new(),
            intent: Intent::default(),
            match_fields: Vec::new(),
            is_twin: false,
            was: None,
            folder: None,
            ignored: Vec::new(),
        }
    }

    /// The first identifying value.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.fields.get(self.kind.key.first()?)?.as_str()
    }
}

/// A site that objects belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteRef {
    pub name: String,
    pub folder: String,
    /// The position of its declaration in [`Desired::objects`].
    pub declared: Option<usize>,
}

/// The declarations of a folder.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    pub objects: Vec<DesiredObject>,
    pub sites: Vec<SiteRef>,
    /// The kinds that a file exists for, by site.
    pub scopes: BTreeSet<(Option<usize>, String)>,
}

/// An error of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadError {
    pub origin: Origin,
    pub fault: ReadFault,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ReadFault {
    Source(SourceError),
    /// The name of the file is not a kind.
    UnknownKind {
        word: String,
        candidates: Candidates,
    },
    /// The path has no place in a folder.
    NoPlace,
    Type(TypeError),
    Object(ObjectError),
    /// A field of the folder has another form.
    Form {
        field: &'static str,
        needed: &'static str,
    },
    /// Objects of sites need a site.
    SiteMissing,
    /// Two files declare the field of one setting.
    DeclaredTwice {
        field: String,
        other: String,
    },
}
