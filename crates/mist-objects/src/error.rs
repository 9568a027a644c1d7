//! Errors and warnings about declarations, objects and files. Facts without advice: a module adds the option and
//! the fix.

use crate::access::Protected;
use mist_client::Error;
use mist_client::suggest::Candidates;
use std::fmt;

/// The reason that an object cannot be planned, found or written.
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectError {
    /// No field identifies objects of the kind.
    NoKey,
    /// A field that identifies the object is not declared.
    KeyNotDeclared {
        field: String,
    },
    /// The text of a field that identifies the object begins or ends with a blank.
    BlankEnds {
        field: String,
        value: String,
    },
    /// The object does not exist, and the keys of others differ only in blanks, case or Unicode form.
    Similar {
        word: String,
        title: String,
        /// The titles and ids of the others.
        others: Vec<(String, String)>,
    },
    /// The id in a declaration is not a text, or is empty.
    IdNotText {
        field: String,
    },
    /// The state in a declaration is none of the states.
    UnknownState {
        value: String,
    },
    /// Two declared objects of a set are the same one. Numbers from 1.
    SameObject {
        first: usize,
        second: usize,
        title: String,
    },
    /// Several objects have the declared key.
    Several(Several),
    /// No object has the given id.
    NoSuchId {
        word: String,
        id: String,
    },
    /// The list has the object, and a read of it answers 404.
    ListedButMissing {
        id: String,
    },
    /// The object found has no id, so that its path would be that of the collection.
    NoId {
        word: String,
        field: String,
    },
    NotCreatable {
        word: String,
    },
    NotDeletable {
        word: String,
    },
    /// The cloud masks these secrets, and a change next to them would write the mask.
    MaskedSecrets {
        paths: Vec<String>,
    },
    /// Masks are declared in the place of secrets.
    DeclaredMasks {
        paths: Vec<String>,
    },
    /// The cloud has integers of more than 64 bits there, and a change next to them would write other digits.
    LostDigits {
        paths: Vec<String>,
    },
    ExactNotDeclared {
        path: String,
    },
    ExactNotDictionary {
        path: String,
    },
    Name(NameError),
    Protected(Protected),
    /// The cloud answers 404 to the deletion, and still lists the object.
    StillListed {
        word: String,
        id: String,
    },
    /// The cloud answers 404 to a change, and still lists the object.
    NotReached {
        word: String,
        id: String,
    },
    /// The cloud answers 404 to a change, and no longer lists the object.
    Removed {
        word: String,
        id: String,
    },
    /// Another client wrote the same dictionaries after each attempt to write them.
    Overwritten {
        id: String,
        fields: Vec<String>,
    },
    /// The cloud does not keep the site in its site groups.
    NotInGroups,
    /// The object was written, and does not exist any more.
    Vanished {
        id: String,
    },
    /// A request failed.
    Client(Error),
}

/// The objects that have the declared key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Several {
    pub word: String,
    /// The id of each, and what it refers to where that differs.
    pub objects: Vec<(String, Vec<(String, String)>)>,
    /// The fields that distinguish them.
    pub distinguishing: Vec<String>,
}

/// A wrong name in place of an id, or a wrong id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameError {
    /// The value of the field is neither a name (or list of names) nor empty. `target` takes ids.
    Form { field: String, target: String, list: bool },
    /// The field and its target are both declared.
    Both { field: String, target: String },
    /// No object has the name. Only the first few missing names have candidates.
    Missing { field: String, word: String, name: String, candidates: Option<Candidates> },
    /// Several objects have the name.
    Ambiguous { field: String, word: String, name: String, ids: Vec<String> },
    /// An id is needed, and the value is not a UUID. `alias` accepts a name.
    NotAnId { field: String, value: String, alias: Option<String> },
}

/// A note for the user that is not an error.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// The object does not exist, and only existing objects are changed.
    NothingToPatch,
    /// The cloud has the object with its key in small or capital letters. The key is not written.
    KeptOtherwise { title: String, kept: String },
    /// The object does not exist, but others whose keys differ only in blanks, case or Unicode form. They stay.
    SimilarStay { titles: Vec<String> },
    /// The field differs, and cannot be changed once the object exists.
    Fixed { field: String },
    /// The cloud does not show these secrets. They are neither compared nor written.
    SecretsNotShown { paths: Vec<String> },
    /// The cloud may hide these undeclared secrets. If it replaces dictionaries, the change removes them.
    SecretsMayBeLost { paths: Vec<String> },
    /// The response to a deletion was lost, and the object is no longer listed.
    DeletionLost(Error),
    /// The response to a creation was lost, and the object was created again.
    CreatedAgain(Error),
    /// The response to a creation was lost, and the oldest new object of the name was adopted.
    Adopted(Error),
    /// The response to a creation was lost. The run deleted its own object with this id in favor of an older one.
    Withdrawn { id: String, lost: Error },
    /// Other objects of the name, which the run cannot prove to be its own.
    Duplicates(Vec<String>),
    /// After the creation, the list could not be read again to find objects that other clients created at the same time.
    NotLookedAgain(Error),
    /// The site groups of the site could not be read after it was written.
    GroupsNotChecked(Error),
    /// Another client created an older object of the same key at the same time. It is the object now. The own one stays.
    AdoptedOlder { id: String, own: String },
    /// The object of a lost request may still appear.
    MayAppear,
}

impl NameError {
    /// True if an object does not exist that an earlier task may create.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }
}

impl From<Error> for ObjectError {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

impl From<NameError> for ObjectError {
    fn from(error: NameError) -> Self {
        Self::Name(error)
    }
}

/// The word of a kind for one of its objects: `sites` becomes `site`, `secpolicies` becomes `secpolicy`.
#[must_use]
pub fn singular(word: &str) -> String {
    match word.strip_suffix("ies") {
        Some(start) => format!("{start}y"),
        None => word.strip_suffix('s').unwrap_or(word).to_owned(),
    }
}

/// A fault of a file of objects. No content is quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceError {
    /// The file cannot be read, with the cause.
    Unreadable(String),
    NotAFile,
    /// The file was not read within this number of seconds.
    TooSlow(u64),
    /// The file is larger than this many MiB.
    TooLarge(u64),
    /// The first byte that is not UTF-8, from 1.
    NotUtf8(usize),
    Utf16,
    /// Ansible Vault encrypted the file.
    Encrypted,
    /// One object is needed, and the file is a table.
    TableForOne,
    /// One object is needed, and the file has a list.
    ListForOne,
    NotADictionary,
    NotAList,
    /// An item of the list is not a dictionary. Numbers from 1.
    ItemNotADictionary(usize),
    Json {
        line: usize,
        column: usize,
        is_cut: bool,
        cause: String,
    },
    Yaml {
        line: usize,
        column: usize,
        cause: String,
    },
    /// A line has something that is not accepted.
    Line {
        line: usize,
        fault: &'static str,
    },
    /// A cell is not of the type of its column.
    Cell {
        line: usize,
        column: String,
        fault: &'static str,
    },
    CellCount {
        line: usize,
        cells: usize,
        columns: usize,
    },
    ColumnWithoutName,
    /// The table has more columns than this.
    TooManyColumns(usize),
    /// The name of a column has more dots than this.
    DeepColumn(usize),
    SameColumns(String),
    /// A column and one inside it.
    NestedColumns(String),
}

impl fmt::Display for SourceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        match self {
            Self::Unreadable(cause) => write!(formatter, "cannot be read: {cause}"),
            Self::TooSlow(seconds) => write!(formatter, "was not read within {seconds} seconds (timeout)"),
            Self::NotAFile => write!(formatter, "is not a regular file"),
            Self::TooLarge(most) => write!(formatter, "is larger than {most} MiB"),
            Self::NotUtf8(byte) => {
                write!(formatter, "is not UTF-8 (byte {byte}), but perhaps Latin-1 or Windows-1252. Save it as UTF-8")
            }
            Self::Utf16 => write!(formatter, "is UTF-16. Save it as UTF-8"),
            Self::Encrypted => write!(
                formatter,
                "is encrypted by Ansible Vault. Pass its content as the option in place of src: lookup('file', …) decrypts it, and \
                 from_yaml or from_json parses it"
            ),
            Self::TableForOne => write!(formatter, "is a CSV file of many objects. Use JSON or YAML for one object"),
            Self::ListForOne => write!(formatter, "has a list, but one object is needed"),
            Self::NotADictionary => write!(formatter, "does not have a dictionary"),
            Self::NotAList => write!(formatter, "has one value, but a list of dictionaries is needed"),
            Self::ItemNotADictionary(number) => write!(formatter, "item {number} of the list is not a dictionary"),
            Self::Json { line, column, is_cut, cause } => {
                let what = if *is_cut { "the JSON is cut short" } else { "it is not valid JSON" };
                write!(formatter, "{what} (line {line}, column {column}: {cause})")
            }
            Self::Yaml { line, column, cause } => {
                write!(formatter, "it is not valid YAML (line {line}, column {column}: {cause})")
            }
            Self::Line { line, fault } => write!(formatter, "line {line}: {fault}"),
            Self::Cell { line, column, fault } => {
                write!(formatter, "line {line}, column '{}': {fault}", column.escape_debug())
            }
            Self::CellCount { line, cells, columns } => {
                let (cells, columns) = (counted(*cells, "cell"), counted(*columns, "column"));
                write!(formatter, "line {line} has {cells}, but the first line has {columns}")
            }
            Self::TooManyColumns(most) => write!(formatter, "has more than {most} columns"),
            Self::DeepColumn(most) => write!(formatter, "a column has more than {most} levels of nesting"),
            Self::ColumnWithoutName => write!(formatter, "a column has no name"),
            Self::SameColumns(name) => write!(formatter, "two columns are named '{}'", name.escape_debug()),
            Self::NestedColumns(name) => {
                write!(formatter, "column '{}' and a column inside it exclude each other", name.escape_debug())
            }
        }
    }
}
