//! The kinds of objects, and their fields in the document of Mist: `kinds.txt`, written by `scripts/kinds`.
//!
//! The executable contains the text, and parses only what one kind needs: a schema is the lines of its fields, and a field is
//! parsed when it is used.

mod index;
mod schema;

pub use schema::{Field, Schema};

use std::sync::LazyLock;

/// The level of the hierarchy that an object belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Msp,
    Org,
    Site,
}

impl Level {
    /// The word in paths: `org`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Msp => "msp",
            Self::Org => "org",
            Self::Site => "site",
        }
    }

    /// The placeholder of its id in paths: `{org_id}`.
    #[must_use]
    pub fn placeholder(self) -> String {
        format!("{{{}_id}}", self.word())
    }

    /// As people say it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Msp => "MSP",
            Self::Org => "organization",
            Self::Site => "site",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Msp, Self::Org, Self::Site].into_iter().find(|level| level.word() == word)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// By a POST to the collection.
    Post,
    /// By a PUT to the path that it will have.
    Put,
    /// Not by this API.
    Never,
}

#[derive(Clone, Debug)]
pub struct Kind {
    /// The word in the paths of the API: `wlans`. The path, for a kind outside the table.
    pub word: String,
    pub level: Level,
    /// The path of the collection or setting below `/api/v1/`, with `{org_id}`, `{site_id}`, `{msp_id}`.
    pub collection: String,
    /// The path that the id of an object is appended to.
    pub item: String,
    pub list: String,
    /// The fields that identify an object.
    pub key: Vec<String>,
    /// A field that also identifies an object, if it is declared.
    pub key_where_declared: Option<String>,
    /// The field with the id in the path of an object.
    pub id: String,
    /// The kind is one object that always exists: a setting.
    pub one: bool,
    pub creation: Creation,
    /// Objects are changed by POST, not by PUT.
    pub changed_by_post: bool,
    pub deletable: bool,
    /// A single object can be read.
    pub readable: bool,
    /// The list omits fields. For a comparison, the object is read.
    pub summary: bool,
    /// The field that the list filters by, with its values. Default: the first.
    pub query: Option<(String, Vec<String>)>,
    /// A field that is set once, at the creation.
    pub fixed: Option<String>,
    pub schema: Schema,
    /// The ids in its path, if it was found by a path with ids.
    pub located: Vec<(Level, String)>,
}

static KINDS: LazyLock<Vec<(&'static str, &'static str, &'static str)>> = LazyLock::new(|| {
    let of = |line: &'static str| {
        let mut words = line.splitn(4, ' ');
        let (Some("kind"), Some(level), Some(word)) = (words.next(), words.next(), words.next()) else { return None };
        Some((level, word, words.next().unwrap_or_default()))
    };
    schema::head().lines().filter_map(of).collect()
});

/// The kind with this word at this level.
#[must_use]
pub fn kind(level: Level, word: &str) -> Option<Kind> {
    KINDS
        .iter()
        .find(|(of, known, _)| *of == level.word() && *known == word)
        .map(|(_, word, attributes)| Kind::read(level, word, attributes))
}

/// The kind of the collection at this path below `/api/v1/`, with placeholders or ids: `orgs/{org_id}/wlans`. A collection that is
/// used by path alone has no key.
#[must_use]
pub fn by_path(path: &str) -> Option<Kind> {
    let steps: Vec<&str> = path.split('/').collect();
    let others = schema::head().lines().filter_map(|line| {
        let mut words = line.strip_prefix("path ")?.splitn(3, ' ');
        let level = Level::parse(words.next()?)?;
        let kind = Kind::read(level, words.next()?, words.next()?);
        Some(Kind { word: kind.collection.clone(), ..kind })
    });
    all().chain(others).find_map(|mut kind| {
        let template = kind.collection.clone();
        if template.split('/').count() != steps.len() {
            return None;
        }
        for (expected, step) in template.split('/').zip(&steps) {
            let level = [Level::Msp, Level::Org, Level::Site].into_iter().find(|level| expected == level.placeholder());
            match level {
                _ if expected == *step => {}
                Some(level) if mist_client::path::uuid(step).is_some() => kind.locate(level, step),
                _ => return None,
            }
        }
        Some(kind)
    })
}

/// The configuration of devices of a type (`ap`, `switch`, `gateway`), which the modules for objects do not serve.
#[must_use]
pub fn device(device_type: &str) -> Option<Kind> {
    let attributes = schema::head()
        .lines()
        .find_map(|line| line.strip_prefix("device ")?.strip_prefix(device_type)?.strip_prefix(' '));
    let kind = Kind::read(Level::Site, "devices", attributes?);
    Some(Kind { key: vec!["name".to_owned()], creation: Creation::Never, deletable: false, ..kind })
}

/// All kinds, those of an MSP first.
pub fn all() -> impl Iterator<Item = Kind> {
    KINDS.iter().filter_map(|(level, word, attributes)| Some(Kind::read(Level::parse(level)?, word, attributes)))
}

/// The levels that have a kind with this word.
#[must_use]
pub fn levels(word: &str) -> Vec<Level> {
    let of = KINDS.iter().filter(|(_, known, _)| *known == word);
    of.filter_map(|(level, ..)| Level::parse(level)).collect()
}

/// All words in order, without repetition.
#[must_use]
pub fn words() -> Vec<&'static str> {
    let mut words: Vec<&str> = KINDS.iter().map(|(_, word, _)| *word).collect();
    words.sort_unstable();
    words.dedup();
    words
}

impl Kind {
    /// A kind outside the table: a collection at this path, whose objects these fields identify.
    #[must_use]
    pub fn unknown(path: &str, level: Level, key: Vec<String>) -> Self {
        let mut kind = Self { key, ..Self::plain(path.to_owned(), path, level) };
        if path.split('/').any(|step| step.trim_matches('.').eq_ignore_ascii_case("apitokens")) {
            kind.schema = Schema::token();
        }
        kind
    }

    /// Puts an id in place of its placeholder.
    fn locate(&mut self, level: Level, id: &str) {
        for path in [&mut self.collection, &mut self.item, &mut self.list] {
            *path = path.replace(&level.placeholder(), id);
        }
        self.located.push((level, id.to_owned()));
    }

    fn plain(collection: String, word: &str, level: Level) -> Self {
        Self {
            word: word.to_owned(),
            level,
            item: collection.clone(),
            list: collection.clone(),
            collection,
            key: Vec::new(),
            key_where_declared: None,
            id: "id".to_owned(),
            one: false,
            creation: Creation::Post,
            changed_by_post: false,
            deletable: true,
            readable: true,
            summary: false,
            query: None,
            fixed: None,
            schema: Schema::default(),
            located: Vec::new(),
        }
    }

    fn read(level: Level, word: &str, attributes: &'static str) -> Self {
        let mut kind = Self::plain(format!("{0}s/{{{0}_id}}/{word}", level.word()), word, level);
        for attribute in attributes.split_ascii_whitespace() {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            match name {
                "key" => kind.key = value.split(',').map(str::to_owned).collect(),
                "also" => kind.key_where_declared = Some(value.to_owned()),
                "schema" => kind.schema = schema::named(value),
                "item" => value.clone_into(&mut kind.item),
                "list" => kind.list = format!("{}/{value}", kind.collection),
                "id" => value.clone_into(&mut kind.id),
                "create" => kind.creation = if value == "put" { Creation::Put } else { Creation::Never },
                "update" => kind.changed_by_post = value == "post",
                "delete" => kind.deletable = false,
                "read" => kind.readable = false,
                "summary" => kind.summary = true,
                "fixed" => kind.fixed = Some(value.to_owned()),
                "one" => (kind.one, kind.deletable, kind.creation) = (true, false, Creation::Never),
                "query" => {
                    let (field, values) = value.split_once(':').unwrap_or((value, ""));
                    kind.query = Some((field.to_owned(), values.split(',').map(str::to_owned).collect()));
                }
                _ => {}
            }
        }
        kind
    }

    /// The names of the top-level fields in the document, except those of every object, such as `id`. `*` if any name is possible.
    pub fn field_names(&self) -> impl Iterator<Item = &'static str> {
        self.schema.fields().map(|(name, _)| name)
    }

    /// The top-level fields that the document requires, except those that only the cloud sets.
    pub fn required(&self) -> impl Iterator<Item = &'static str> {
        self.schema.required().map(|(name, _)| name).filter(|name| !self.is_read_only(name))
    }

    /// True if the list is a search, which may show new objects late.
    #[must_use]
    pub fn is_searched(&self) -> bool {
        self.list.ends_with("/search")
    }

    /// True if the path of the objects contains the id of this level.
    #[must_use]
    pub fn needs(&self, level: Level) -> bool {
        self.collection.contains(&level.placeholder())
    }

    /// True if only the cloud sets this top-level field.
    #[must_use]
    pub fn is_read_only(&self, field: &str) -> bool {
        const EVERYWHERE: [&str; 7] =
            ["id", "created_time", "modified_time", "org_id", "site_id", "msp_id", "for_site"];
        // These fields locate the object at the top level only. Deeper, they are references.
        (EVERYWHERE.contains(&field) && !self.key.iter().any(|key| key == field)) || self.schema.field(field).read_only
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
