//! Names in place of ids: `rftemplate: Branch` for `rftemplate_id`, wherever the document has the id of another kind. Also typos
//! in names of fields. No I/O: a caller lists the kinds that [`needed`] returns.

use crate::error::NameError;
use crate::table::{Field, Kind, Schema};
use crate::value::{Path, Step, is_nothing};
use mist_client::names::{Lookup, NameIndex};
use mist_client::suggest::{self, Candidates};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Similar names are searched for this many missing ones: each search compares all names.
const SEARCHES: usize = 5;

/// The word of organizations, to which objects of the organization can refer.
pub(crate) const ORGS: &str = "orgs";
/// As [`ORGS`], where the name of the organization is needed.
pub(crate) const NAMED_ORGS: &str = "orgs by name";
/// The name of the organization that has the object.
pub(crate) const THIS: &str = "this";

/// The names and ids of the objects of each kind that is referred to.
pub type Known = BTreeMap<String, Vec<(String, String)>>;

/// An index of [`Known`], for lookups in both directions.
#[derive(Debug)]
pub struct Index<'a> {
    kinds: BTreeMap<&'a str, IndexedKind<'a>>,
    /// The results of the first searches for similar names.
    searched: RefCell<HashMap<(String, String), Candidates>>,
    /// If any, missing names have themselves as ids. The kinds and names so far.
    assumed: Option<RefCell<BTreeSet<(String, String)>>>,
}

#[derive(Debug)]
struct IndexedKind<'a> {
    ids: NameIndex<'a>,
    names: HashMap<&'a str, &'a str>,
}

impl<'a> Index<'a> {
    #[must_use]
    pub fn new(known: &'a Known) -> Self {
        let indexed = |pairs: &'a Vec<(String, String)>| IndexedKind {
            ids: NameIndex::new(pairs.iter().map(|(name, id)| (name.as_str(), id.as_str()))),
            // `this` is the name in every declaration, because it is right in every organization.
            names: pairs.iter().rev().map(|(name, id)| (id.as_str(), name.as_str())).collect(),
        };
        let kinds = known.iter().map(|(word, pairs)| (word.as_str(), indexed(pairs))).collect();
        Self { kinds, searched: RefCell::default(), assumed: None }
    }

    /// The index for a prediction in which every missing name exists, with itself as the id.
    #[must_use]
    pub fn assuming(self) -> Self {
        Self { assumed: Some(RefCell::default()), ..self }
    }

    /// The kinds and names that were assumed to exist.
    #[must_use]
    pub fn assumed(&self) -> BTreeSet<(String, String)> {
        self.assumed.as_ref().map(|assumed| assumed.borrow().clone()).unwrap_or_default()
    }

    fn id(&self, word: &str, name: &str, field: &str) -> Result<String, NameError> {
        let kind = self.kinds.get(word);
        let (field, word, name) = (field.to_owned(), word.to_owned(), name.to_owned());
        match kind.map_or(Lookup::Missing, |kind| kind.ids.lookup(&name)) {
            Lookup::One(id) => Ok(id.to_owned()),
            Lookup::Several(ids) => {
                let ids = ids.into_iter().map(str::to_owned).collect();
                Err(NameError::Ambiguous { field, word, name, ids })
            }
            Lookup::Missing => {
                let key = (word.clone(), name.clone());
                if let Some(assumed) = &self.assumed {
                    assumed.borrow_mut().insert(key);
                    return Ok(name);
                }
                let mut searched = self.searched.borrow_mut();
                if searched.len() < SEARCHES && !searched.contains_key(&key) {
                    let candidates = kind.map(|kind| kind.ids.candidates(&name)).unwrap_or_default();
                    searched.insert(key.clone(), candidates);
                }
                let candidates = searched.get(&key).cloned();
                Err(NameError::Missing { field, word, name, candidates })
            }
        }
    }

    /// The name of the object with this id, if no other object has the name.
    fn name(&self, word: &str, id: &str) -> Option<&'a str> {
        let kind = self.kinds.get(word)?;
        let name = *kind.names.get(id)?;
        matches!(kind.ids.lookup(name), Lookup::One(_)).then_some(name)
    }
}

/// The kinds that an object refers to by name.
#[must_use]
pub fn needed(schema: Schema, object: &Map<String, Value>) -> BTreeSet<String> {
    let mut needed = BTreeSet::new();
    let mut note = |word: &str, name: &str, _: &str| {
        needed.insert(word.to_owned());
        if word == ORGS && name != THIS {
            needed.insert(NAMED_ORGS.to_owned());
        }
        Ok(String::new())
    };
    replace(schema, object, &mut Replacing { id: &mut note, errors: Vec::new() });
    needed
}

/// The object with ids in place of names.
///
/// # Errors
/// Every name that no object or several objects have, and every value that is not a name.
pub fn resolved(
    schema: Schema,
    object: &Map<String, Value>,
    index: &Index<'_>,
) -> Result<Map<String, Value>, Vec<NameError>> {
    let mut find = |word: &str, name: &str, field: &str| index.id(word, name, field);
    let mut replacing = Replacing { id: &mut find, errors: Vec::new() };
    let object = replace(schema, object, &mut replacing);
    if replacing.errors.is_empty() { Ok(object) } else { Err(replacing.errors) }
}

/// A value in the place of an id that is not a UUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidId {
    pub error: NameError,
    /// The document does not define the form of ids there, so the value may be correct.
    pub is_doubtful: bool,
}

/// The values of an object in the place of ids that are not UUIDs.
#[must_use]
pub fn invalid_ids(schema: Schema, object: &Map<String, Value>) -> Vec<InvalidId> {
    let mut found = Vec::new();
    for (name, value) in object {
        invalid_ids_inside(schema, name, schema.field(name), value, &mut found);
    }
    found
}

fn invalid_ids_inside(schema: Schema, name: &str, field: Field, value: &Value, found: &mut Vec<InvalidId>) {
    match value {
        _ if field.in_place => {}
        Value::String(text) if field.reference.is_some() && !may_be_id(text) => {
            let error = NameError::NotAnId { field: name.to_owned(), value: text.clone(), alias: schema.alias(name) };
            let one = InvalidId { error, is_doubtful: field.loose };
            if !found.contains(&one) {
                found.push(one);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                invalid_ids_inside(field.schema, name, field.schema.field(name), value, found);
            }
        }
        Value::Array(items) if field.reference.is_some() => {
            items
                .iter()
                .filter(|item| item.is_string())
                .for_each(|item| invalid_ids_inside(schema, name, field, item, found));
        }
        Value::Array(items) => {
            let item = field.item();
            items.iter().for_each(|value| invalid_ids_inside(Schema::default(), name, item, value, found));
        }
        _ => {}
    }
}

/// True if the cloud may accept a text as a UUID: a variable of Mist may become one.
fn may_be_id(text: &str) -> bool {
    text.is_empty() || text.contains("{{") || (text.trim() == text && mist_client::path::uuid(text).is_some())
}

type FindId<'a> = dyn FnMut(&str, &str, &str) -> Result<String, NameError> + 'a;

/// The replacement of names, and the errors so far.
struct Replacing<'a> {
    id: &'a mut FindId<'a>,
    errors: Vec<NameError>,
}

impl Replacing<'_> {
    fn refuse(&mut self, error: NameError) -> Value {
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
        Value::Null
    }

    fn id(&mut self, word: &str, name: &str, field: &str) -> Value {
        match (self.id)(word, name, field) {
            Ok(id) => Value::String(id),
            Err(error) => self.refuse(error),
        }
    }
}

fn replace(schema: Schema, object: &Map<String, Value>, replacing: &mut Replacing<'_>) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, value) in object {
        let field = schema.field(name);
        let reference = if field == Field::default() { schema.named_reference(name) } else { None };
        let Some((target, to)) = reference else {
            let value =
                if field.in_place { in_place(field, name, value, replacing) } else { inside(field, value, replacing) };
            all.insert(name.clone(), value);
            continue;
        };
        let word = to.reference.unwrap_or_default();
        let wrong_form = || NameError::Form { field: name.clone(), target: target.clone(), list: to.ids };
        let ids = match value {
            _ if object.contains_key(&target) => {
                replacing.refuse(NameError::Both { field: name.clone(), target: target.clone() })
            }
            nothing if is_nothing(nothing) => value.clone(),
            Value::String(one) if !to.ids => replacing.id(word, one, name),
            Value::Array(several) if to.ids => {
                let one = |value: &Value| match value {
                    Value::String(one) => replacing.id(word, one, name),
                    _ => replacing.refuse(wrong_form()),
                };
                Value::Array(several.iter().map(one).collect())
            }
            _ => replacing.refuse(wrong_form()),
        };
        all.insert(target, ids);
    }
    all
}

/// A list in which a name can replace each id.
fn in_place(field: Field, name: &str, value: &Value, replacing: &mut Replacing<'_>) -> Value {
    let word = field.reference.unwrap_or_default();
    match value {
        Value::String(one) if !may_be_id(one) => replacing.id(word, one, name),
        Value::Array(items) => Value::Array(items.iter().map(|item| in_place(field, name, item, replacing)).collect()),
        other => other.clone(),
    }
}

fn inside(field: Field, value: &Value, replacing: &mut Replacing<'_>) -> Value {
    match value {
        Value::Object(fields) => Value::Object(replace(field.schema, fields, replacing)),
        Value::Array(items) => {
            let item = field.item();
            Value::Array(items.iter().map(|value| inside(item, value, replacing)).collect())
        }
        other => other.clone(),
    }
}

/// The kinds whose ids an object has.
pub fn referred(schema: Schema, object: &Value, kinds: &mut BTreeSet<String>) {
    named(schema, object, &Path::default(), &mut |kind, _, _| {
        kinds.insert(kind.to_owned());
        None
    });
}

/// An id in an object that no name replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    pub path: Path,
    /// The kind of objects that the id refers to.
    pub word: String,
    pub id: String,
}

/// The object with names in place of ids. An unknown id, or one whose name another object has, stays and is returned.
#[must_use]
pub fn with_names(schema: Schema, object: &Value, index: &Index<'_>) -> (Value, Vec<Unresolved>) {
    let mut unresolved = Vec::new();
    let object = named(schema, object, &Path::default(), &mut |word, id, path| {
        let name = index.name(word, id).map(str::to_owned);
        if name.is_none() {
            unresolved.push(Unresolved { path: path.clone(), word: word.to_owned(), id: id.to_owned() });
        }
        name
    });
    (object, unresolved)
}

type FindName<'a> = dyn FnMut(&str, &str, &Path) -> Option<String> + 'a;

fn named(schema: Schema, object: &Value, path: &Path, name_of: &mut FindName<'_>) -> Value {
    let Value::Object(fields) = object else { return object.clone() };
    let mut all = Map::new();
    for (name, value) in fields {
        let (field, here) = (schema.field(name), path.field(name));
        let Some(kind) = field.reference else {
            all.insert(name.clone(), named_inside(field, value, &here, name_of));
            continue;
        };
        let mut one = |id: &Value| name_of(kind, id.as_str().filter(|id| !id.is_empty())?, &here).map(Value::String);
        let names = match value {
            Value::String(_) => one(value),
            Value::Array(ids) if field.in_place => {
                Some(Value::Array(ids.iter().map(|id| one(id).unwrap_or_else(|| id.clone())).collect()))
            }
            Value::Array(ids) if !ids.is_empty() => {
                let names: Vec<Option<Value>> = ids.iter().map(one).collect();
                names.into_iter().collect::<Option<Vec<Value>>>().map(Value::Array)
            }
            _ => None,
        };
        match names {
            Some(names) => drop(all.insert(schema.alias(name).unwrap_or_else(|| name.clone()), names)),
            None => drop(all.insert(name.clone(), value.clone())),
        }
    }
    Value::Object(all)
}

fn named_inside(field: Field, value: &Value, path: &Path, name_of: &mut FindName<'_>) -> Value {
    match value {
        Value::Object(_) => named(field.schema, value, path, name_of),
        Value::Array(items) => {
            let each = items.iter().enumerate();
            Value::Array(
                each.map(|(number, item)| named_inside(field.item(), item, &path.item(number), name_of)).collect(),
            )
        }
        other => other.clone(),
    }
}

/// A part of an object (for a diff) with names in place of ids where the declaration has names.
#[must_use]
pub fn as_declared_names(schema: Schema, part: &Value, declared: &Map<String, Value>, index: &Index<'_>) -> Value {
    let used = RefCell::new(BTreeSet::new());
    let mut note = |_: &str, _: &str, field: &str| {
        used.borrow_mut().insert(field.to_owned());
        Ok(String::new())
    };
    replace(schema, declared, &mut Replacing { id: &mut note, errors: Vec::new() });
    let used = used.into_inner();
    let is_named = |path: &Path| match path.steps().last() {
        Some(Step::Field(field)) => used.iter().any(|name| {
            name == field
                || [format!("{name}_id"), format!("{}_ids", name.strip_suffix('s').unwrap_or(name))].contains(field)
                || (field == "id" && name == "sso")
        }),
        _ => false,
    };
    named(schema, part, &Path::default(), &mut |word, id, path| {
        is_named(path).then(|| index.name(word, id).map(str::to_owned)).flatten()
    })
}

/// A declared field that may be a typo.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suggestion {
    /// As declared.
    pub field: String,
    /// The fields that may be meant, the closest first.
    pub close: Vec<String>,
}

/// The names that a declaration can have: the fields of the document that not only the cloud sets, and the names in place of ids.
pub fn writable(schema: Schema, kind: Option<&Kind>) -> impl Iterator<Item = String> {
    let is_writable = |name: &str, field: Field| match kind {
        Some(kind) => !kind.is_read_only(name),
        None => !field.read_only,
    };
    let fields = schema.fields().filter(|(name, _)| *name != "*");
    let names = fields.map(|(name, field)| (is_writable(name, field).then(|| name.to_owned()), schema.alias(name)));
    let names: Vec<(Option<String>, Option<String>)> = names.collect();
    names.into_iter().flat_map(|(name, alias)| name.into_iter().chain(alias))
}

/// The declared top-level fields that no document has, and that resemble one that it has or a name in place of an id. About one in
/// forty fields of the document would be suspected if the document did not have it.
#[must_use]
pub fn typos<'a>(kind: &Kind, declared: impl IntoIterator<Item = &'a str>) -> Vec<Suggestion> {
    if kind.schema.has("*") {
        return Vec::new();
    }
    let is_known = |field: &str| {
        let field = field.strip_prefix('-').unwrap_or(field);
        kind.schema.has(field) || kind.is_read_only(field) || kind.schema.named_reference(field).is_some()
    };
    let writable: Vec<String> = writable(kind.schema, Some(kind)).collect();
    let writable = || writable.iter().map(String::as_str);
    let unknown = declared.into_iter().filter(|field| !is_known(field));
    unknown
        .map(|field| Suggestion { close: suggest::likely_typos(field, writable()), field: field.to_owned() })
        .filter(|suggestion| !suggestion.close.is_empty())
        .collect()
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
