//! Which kinds of object there are and what Mist's document says of their fields: `kinds.txt`, made by `scripts/kinds`.
//!
//! The text is linked in and read as far as one kind needs it: a schema is the lines of its fields, and a field is looked
//! for when it is asked for.

mod schema;

pub use schema::{Field, Schema};

use std::sync::LazyLock;

/// What an object belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// An MSP.
    Msp,
    /// An organisation.
    Org,
    /// A site.
    Site,
}

impl Level {
    /// The word that stands in paths, `org`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Msp => "msp",
            Self::Org => "org",
            Self::Site => "site",
        }
    }

    /// What stands in a path for the id of it.
    #[must_use]
    pub fn placeholder(self) -> String {
        format!("{{{}_id}}", self.word())
    }

    /// As people say it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Msp => "MSP",
            Self::Org => "organisation",
            Self::Site => "site",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Msp, Self::Org, Self::Site].into_iter().find(|scope| scope.word() == word)
    }
}

/// How an object comes to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// By a POST to the collection.
    Post,
    /// By a PUT to the path that it will have.
    Put,
    /// Not by this API.
    Never,
}

/// A kind of object.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Its word in the API's paths, `wlans`; for one that the table does not have, its path.
    pub word: String,
    /// What its objects belong to.
    pub scope: Level,
    /// The path of the collection (of a setting, its own) below `/api/v1/`, with `{org_id}`, `{site_id}`, `{msp_id}`.
    pub collection: String,
    /// The path that an object's id is added to.
    pub item: String,
    /// The path of the list.
    pub list: String,
    /// The fields that tell one object from another.
    pub key: Vec<String>,
    /// A field that tells too, where it is declared.
    pub key_where_declared: Option<String>,
    /// The field that has what an object is known by in its path.
    pub id: String,
    /// It is one object, which is always there: a setting.
    pub one: bool,
    /// How an object comes to be.
    pub creation: Creation,
    /// It is changed by POST rather than PUT.
    pub changed_by_post: bool,
    /// Whether it can be deleted.
    pub deletable: bool,
    /// Whether one can be read by itself.
    pub readable: bool,
    /// The list leaves fields out: to compare, the object is read by itself.
    pub summary: bool,
    /// A field that the list chooses by, with what it can be; the first where nothing is said.
    pub query: Option<(String, Vec<String>)>,
    /// A field that is given once, at the creation.
    pub fixed: Option<String>,
    /// What is known of its fields.
    pub schema: Schema,
    /// Its fields that nothing is to be said of but that they are text, between commas.
    texts: &'static str,
}

/// Level, word and attributes of each.
static KINDS: LazyLock<Vec<(&'static str, &'static str, &'static str)>> = LazyLock::new(|| {
    let of = |line: &'static str| {
        let mut words = line.splitn(4, ' ');
        let (Some("kind"), Some(scope), Some(word)) = (words.next(), words.next(), words.next()) else { return None };
        Some((scope, word, words.next().unwrap_or_default()))
    };
    schema::head().lines().filter_map(of).collect()
});

/// The kind of this word in this scope.
#[must_use]
pub fn kind(scope: Level, word: &str) -> Option<Kind> {
    KINDS
        .iter()
        .find(|(of, known, _)| *of == scope.word() && *known == word)
        .map(|(_, word, attributes)| Kind::read(scope, word, attributes))
}

/// All kinds, those of an MSP first.
pub fn all() -> impl Iterator<Item = Kind> {
    KINDS.iter().filter_map(|(scope, word, attributes)| Some(Kind::read(Level::parse(scope)?, word, attributes)))
}

/// The scopes that have a kind of this word.
#[must_use]
pub fn scopes(word: &str) -> Vec<Level> {
    let of = KINDS.iter().filter(|(_, known, _)| *known == word);
    of.filter_map(|(scope, ..)| Level::parse(scope)).collect()
}

/// Every word, each once, in order.
#[must_use]
pub fn words() -> Vec<&'static str> {
    let mut words: Vec<&str> = KINDS.iter().map(|(_, word, _)| *word).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// How many bytes the table is.
#[must_use]
pub fn weight() -> usize {
    schema::TEXT.len()
}

impl Kind {
    /// A kind that no table has: a collection at this path, its objects told apart by these fields.
    #[must_use]
    pub fn unknown(path: &str, scope: Level, key: Vec<String>) -> Self {
        let mut kind = Self { key, ..Self::plain(path.to_owned(), path, scope) };
        if path.split('/').any(|step| step.trim_matches('.').eq_ignore_ascii_case("apitokens")) {
            kind.schema = Schema::TOKEN;
        }
        kind
    }

    fn plain(collection: String, word: &str, scope: Level) -> Self {
        Self {
            word: word.to_owned(),
            scope,
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
            texts: "",
        }
    }

    fn read(scope: Level, word: &str, attributes: &'static str) -> Self {
        let mut kind = Self::plain(format!("{0}s/{{{0}_id}}/{word}", scope.word()), word, scope);
        for attribute in attributes.split_ascii_whitespace() {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            match name {
                "key" => kind.key = value.split(',').map(str::to_owned).collect(),
                "also" => kind.key_where_declared = Some(value.to_owned()),
                "schema" => kind.schema = schema::named(value),
                "texts" => kind.texts = value,
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

    /// The names of the fields of the top level that the document knows, but for those that stand in every object, such as `id`;
    /// `*` where any may stand there.
    pub fn field_names(&self) -> impl Iterator<Item = &'static str> {
        let texts = self.texts.split(',').filter(|name| !name.is_empty());
        self.schema.fields().map(|(name, _)| name).chain(texts)
    }

    /// Whether the path of the objects has the id of such a scope in it.
    #[must_use]
    pub fn needs(&self, scope: Level) -> bool {
        self.collection.contains(&scope.placeholder())
    }

    /// Whether the cloud alone sets this field of the top level.
    #[must_use]
    pub fn is_read_only(&self, field: &str) -> bool {
        const EVERYWHERE: [&str; 7] =
            ["id", "created_time", "modified_time", "org_id", "site_id", "msp_id", "for_site"];
        // A site of a site group, or an organisation in a privilege, is deeper; at the top these say where the object is.
        (EVERYWHERE.contains(&field) && !self.key.iter().any(|key| key == field)) || self.schema.field(field).read_only
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
