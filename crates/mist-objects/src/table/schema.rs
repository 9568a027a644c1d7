//! The fields of a dictionary in the table: one line each, parsed on use.

use super::index::{self, Entry};
use crate::error::singular;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

pub(super) const TEXT: &str = include_str!("kinds.txt");

/// The part before the first schema: the kinds.
pub(super) fn head() -> &'static str {
    TEXT.split_once("\nschema ").map_or(TEXT, |(head, _)| head)
}

static SHAPES: LazyLock<HashMap<&'static str, Block>> = LazyLock::new(|| {
    let blocks = TEXT.split("\nschema ").skip(1);
    blocks
        .map(|block| block.split_once('\n').unwrap_or((block, "")))
        .map(|(name, lines)| (name, Block::new(lines)))
        .collect()
});

pub(super) fn named(name: &str) -> Schema {
    SHAPES.get(name).map(Schema).unwrap_or_default()
}

#[cfg(test)]
pub(super) fn is_named(name: &str) -> bool {
    SHAPES.contains_key(name)
}

type Block = index::Block<Field>;

/// A field with its name.
fn read(entry: &Entry<Field>) -> (&'static str, Field) {
    (entry.name, entry.field(Field::read))
}

static NONE: Block = Block::new("");
static TOKEN: Block = Block::new("key sx\n");
static VARIABLES: Block = Block::new("* x\n");

/// The fields of a dictionary. The default has none.
#[derive(Clone, Copy)]
pub struct Schema(&'static Block);

impl Default for Schema {
    fn default() -> Self {
        Self(&NONE)
    }
}

/// Schemas with the same lines are equal.
impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0) || self.0.lines == other.0.lines
    }
}

impl Eq for Schema {}

impl fmt::Debug for Schema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Schema").field(&self.0.lines).finish()
    }
}

impl Schema {
    /// API tokens, which the table does not have. They can be read by path, and their keys are secret.
    #[must_use]
    pub fn token() -> Self {
        Self(&TOKEN)
    }
}

/// The properties of a field. The default has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Field {
    pub secret: bool,
    /// Only the cloud sets it.
    pub read_only: bool,
    /// It can be `null`.
    pub nullable: bool,
    /// The document requires it.
    pub required: bool,
    /// Text, or a list of texts.
    pub text: bool,
    /// It can be a number or text, with the same meaning.
    pub number_or_text: bool,
    /// A number, or a list of numbers.
    pub number: bool,
    /// Numbers are whole.
    pub whole: bool,
    /// A boolean, or a list of booleans.
    pub boolean: bool,
    pub list: bool,
    /// A list of ids.
    pub ids: bool,
    /// The position of an item of the list has a meaning.
    pub ordered: bool,
    pub dictionary: bool,
    /// A single value is possible, too, where it is a list or a dictionary.
    pub single: bool,
    /// The form of the text: `mac`, `uuid`, `ipv4`, `ipv6`, `email`, `uri`.
    pub format: Option<&'static str>,
    /// It has the id, or ids, of objects of this kind.
    pub reference: Option<&'static str>,
    /// Names can replace the ids in the list itself.
    pub in_place: bool,
    /// The document does not define the ids in it as UUIDs.
    pub loose: bool,
    /// The fields of the dictionary.
    pub schema: Schema,
    /// The values of the enumeration, separated by `|`.
    pub(crate) values: &'static str,
    pub(crate) default: Option<&'static str>,
    pub(crate) items: &'static str,
    /// The fields that identify an item of the list: see [`crate::items`].
    pub key: &'static str,
}

impl Schema {
    /// The field with this name. In a dictionary with free keys, every field is the same.
    #[must_use]
    pub fn field(self, name: &str) -> Field {
        let variables = || if name == "vars" { Field::variables() } else { Field::default() };
        self.known(name).unwrap_or_else(variables)
    }

    /// The field with this name, if the document has it.
    #[must_use]
    pub fn known(self, name: &str) -> Option<Field> {
        let index = self.0.index();
        index.exact(name).or_else(|| index.free()).map(|entry| entry.field(Field::read))
    }

    /// The field with this name, and true if the document has exactly this name, which is not one of free keys.
    #[must_use]
    pub fn lookup(self, name: &str) -> (Field, bool) {
        match self.0.index().exact(name) {
            Some(entry) => (entry.field(Field::read), true),
            None => (self.field(name), false),
        }
    }

    /// True if the document has a field with exactly this name, which is not one of free keys.
    #[must_use]
    pub fn has(self, name: &str) -> bool {
        self.0.index().has(name)
    }

    /// The field with this name. If the name replaces ids, a field with names of the same number.
    #[must_use]
    pub fn field_or_named(self, name: &str) -> Field {
        let named = || {
            let (_, field) = self.named_reference(name)?;
            Some(Field { reference: None, format: None, ..field })
        };
        self.known(name).or_else(named).unwrap_or_default()
    }

    /// All fields, with `*` for free keys.
    pub fn fields(self) -> impl Iterator<Item = (&'static str, Field)> {
        self.0.index().all().map(read)
    }

    /// The fields that the document requires.
    pub fn required(self) -> impl Iterator<Item = (&'static str, Field)> {
        self.0.index().required().map(read)
    }

    /// The secrets, except free keys.
    pub fn secrets(self) -> impl Iterator<Item = (&'static str, Field)> {
        self.0.index().secret().map(read)
    }

    /// The field of ids that this name replaces: `rftemplate_id` for `rftemplate`, `sitegroup_ids` for `sitegroups`, and `id` for
    /// `sso` where the id of an item is that of another object.
    #[must_use]
    pub fn named_reference(self, name: &str) -> Option<(String, Field)> {
        let one = format!("{name}_id");
        let many = name.strip_suffix('s').map(|singular| format!("{singular}_ids"));
        let known = |field: String| {
            let found = self.field(&field);
            let is_meant = found.reference.is_some() && !found.in_place && found.ids == field.ends_with("_ids");
            is_meant.then_some((field, found))
        };
        let own =
            || known("id".to_owned()).filter(|(_, field)| field.reference.is_some_and(|kind| singular(kind) == name));
        known(one).or_else(|| known(many?)).or_else(own)
    }

    /// The name that replaces a field of ids: `rftemplate` for `rftemplate_id`.
    #[must_use]
    pub fn alias(self, field: &str) -> Option<String> {
        let alias = match field.strip_suffix("_ids") {
            Some(word) => format!("{word}s"),
            None if field == "id" => singular(self.field(field).reference?),
            None => field.strip_suffix("_id")?.to_owned(),
        };
        self.named_reference(&alias).is_some_and(|(target, _)| target == field).then_some(alias)
    }
}

impl Field {
    /// Variables of Mist, which some objects have although the document does not.
    fn variables() -> Self {
        Self { dictionary: true, schema: Schema(&VARIABLES), ..Self::default() }
    }

    pub(super) fn read(words: &'static str) -> Self {
        let (words, default) = match words.split_once(" =") {
            Some((words, default)) => (words, Some(default)),
            None => (words, None),
        };
        let mut words = words.split(' ');
        let flags = words.next().unwrap_or_default();
        let has = |flag: char| flags.contains(flag);
        let mut field = Self {
            secret: has('s'),
            read_only: has('r'),
            nullable: has('n'),
            required: has('q'),
            text: has('x'),
            number_or_text: has('t'),
            number: has('d'),
            whole: has('w'),
            boolean: has('b'),
            list: has('l'),
            ids: has('i'),
            ordered: has('p'),
            dictionary: has('o'),
            single: has('v'),
            default,
            ..Self::default()
        };
        for word in words {
            if let Some(kind) = word.strip_prefix(['@', '~', '!']) {
                (field.reference, field.loose) = (Some(kind), word.starts_with('~'));
                field.in_place = word.starts_with('!');
            } else if let Some(key) = word.strip_prefix('&') {
                field.key = key;
            } else if let Some(schema) = word.strip_prefix(':') {
                field.schema = named(schema);
            } else if word.starts_with("[]") {
                field.items = word;
            } else if let Some(values) = word.strip_prefix('|') {
                field.values = values;
            } else if let Some(format) = word.strip_prefix('%') {
                field.format = Some(format);
            }
        }
        field
    }

    /// The items of the list.
    #[must_use]
    pub fn item(self) -> Self {
        let mut item = Self { secret: self.secret, ..Self::default() };
        (item.text, item.number_or_text) = (self.text, self.number_or_text);
        (item.number, item.whole, item.boolean) = (self.number, self.whole, self.boolean);
        (item.values, item.format) = (self.values, self.format);
        item.single = item.text || item.number || item.number_or_text || item.boolean;
        match self.items.strip_prefix("[]") {
            Some(deeper) if deeper.starts_with("[]") => {
                (item.items, item.list, item.key) = (deeper, true, self.key);
            }
            Some(name) => (item.schema, item.dictionary) = (named(name), true),
            None => {}
        }
        item
    }

    /// The value of the field if the cloud omits it.
    #[must_use]
    pub fn documented_default(self) -> Option<Value> {
        serde_json::from_str(self.default?).ok()
    }

    /// The values of the enumeration, if the document has one.
    pub fn values(self) -> impl Iterator<Item = String> {
        self.values.split('|').filter(|value| !value.is_empty()).map(|value| value.replace("\\s", " "))
    }

    /// True if the type is unknown.
    #[must_use]
    pub fn is_untyped(self) -> bool {
        !(self.text || self.number || self.boolean || self.list || self.dictionary || self.number_or_text)
    }

    /// True if it is text or unknown, and nothing more: only the name shows its purpose.
    #[must_use]
    pub fn is_plain(self) -> bool {
        let plain = Self {
            text: self.text,
            required: self.required,
            values: self.values,
            format: self.format,
            ..Self::default()
        };
        self == plain
    }
}
