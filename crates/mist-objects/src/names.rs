//! Names in place of ids: `rftemplate: Branch` for `rftemplate_id`, wherever the document wants the id of another kind.
//! No I/O: which names are needed, and what they come to once the kinds are listed.

use crate::table::{Field, Schema};
use crate::value::is_nothing;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// How many names that are close to an unknown one are told.
const CLOSE: usize = 5;

/// How alike a name must be to be told as close, from 0 (nothing in common) to 1 (the same).
const ALIKE: f64 = 0.75;

/// The names and ids of the objects of each kind that is referred to.
pub type Known = BTreeMap<String, Vec<(String, String)>>;

/// What is wrong with a name, or with an id that may be a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError {
    /// A sentence that begins with the field.
    pub reason: String,
    /// There is no object of the name.
    pub missing: bool,
}

impl NameError {
    fn form(reason: String) -> Self {
        Self { reason, missing: false }
    }
}

/// The names that an object has in place of ids, by kind.
#[must_use]
pub fn needed(schema: Schema, object: &Map<String, Value>) -> BTreeMap<String, BTreeSet<String>> {
    let mut needed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut note = |kind: &str, name: &str, _: &str| {
        needed.entry(kind.to_owned()).or_default().insert(name.to_owned());
        Ok(String::new())
    };
    replace(schema, object, &mut Replacing { id: &mut note, wrong: Vec::new() });
    needed
}

/// The object with ids in place of names.
///
/// # Errors
/// All that is wrong: names that none or several have, values that are neither names nor ids.
pub fn resolved(
    schema: Schema,
    object: &Map<String, Value>,
    known: &Known,
) -> Result<Map<String, Value>, Vec<NameError>> {
    let mut find = |kind: &str, name: &str, field: &str| {
        let known = known.get(kind).map_or(&[][..], Vec::as_slice);
        pick(kind, name, known).map_err(|wrong| NameError { reason: format!("{field}: {}", wrong.reason), ..wrong })
    };
    let mut replacing = Replacing { id: &mut find, wrong: Vec::new() };
    let object = replace(schema, object, &mut replacing);
    if replacing.wrong.is_empty() { Ok(object) } else { Err(replacing.wrong) }
}

/// A value that stands where an id is due, and is none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InvalidId {
    /// A sentence that begins with the field.
    pub reason: String,
    /// The document does not say what an id looks like there, so that it may be one all the same.
    pub doubtful: bool,
}

/// The values of an object that stand where the id of another object is due, and that are no UUID.
#[must_use]
pub fn invalid_ids(schema: Schema, object: &Map<String, Value>) -> Vec<InvalidId> {
    let mut found = Vec::new();
    for (name, value) in object {
        no_ids_inside(schema, name, schema.field(name), value, &mut found);
    }
    found
}

fn no_ids_inside(schema: Schema, name: &str, field: Field, value: &Value, found: &mut Vec<InvalidId>) {
    match value {
        Value::String(text) if field.reference.is_some() && !may_be_id(text) => {
            let doubtful = field.loose;
            let shown = text.escape_debug();
            let hint = match schema.alias(name) {
                Some(alias) if field.ids => format!("; {alias}: [{shown}] takes names"),
                Some(alias) => format!("; {alias}: {shown} takes the name"),
                None => String::new(),
            };
            let one = InvalidId { reason: format!("{name}: '{shown}' is no UUID{hint}"), doubtful };
            if !found.contains(&one) {
                found.push(one);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                no_ids_inside(field.schema, name, field.schema.field(name), value, found);
            }
        }
        Value::Array(items) if field.reference.is_some() => {
            items
                .iter()
                .filter(|item| item.is_string())
                .for_each(|item| no_ids_inside(schema, name, field, item, found));
        }
        Value::Array(items) => {
            let item = field.item();
            items.iter().for_each(|value| no_ids_inside(Schema::default(), name, item, value, found));
        }
        _ => {}
    }
}

/// Whether a text may be what the cloud takes for a UUID: one of Mist's own variables may become one.
fn may_be_id(text: &str) -> bool {
    let groups = text.split('-').map(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(group.len()));
    text.is_empty() || text.contains("{{") || groups.eq([8, 4, 4, 4, 12].map(Some))
}

type Id<'a> = dyn FnMut(&str, &str, &str) -> Result<String, NameError> + 'a;

/// How names are replaced, and what was wrong with some.
struct Replacing<'a> {
    id: &'a mut Id<'a>,
    wrong: Vec<NameError>,
}

impl Replacing<'_> {
    fn refuse(&mut self, wrong: NameError) -> Value {
        if !self.wrong.contains(&wrong) {
            self.wrong.push(wrong);
        }
        Value::Null
    }

    fn id(&mut self, kind: &str, name: &str, field: &str) -> Value {
        match (self.id)(kind, name, field) {
            Ok(id) => Value::String(id),
            Err(wrong) => self.refuse(wrong),
        }
    }
}

fn replace(schema: Schema, object: &Map<String, Value>, replacing: &mut Replacing<'_>) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, value) in object {
        let field = schema.field(name);
        let reference = if field == Field::default() { schema.named_reference(name) } else { None };
        let Some((target, to)) = reference else {
            all.insert(name.clone(), inside(field, value, replacing));
            continue;
        };
        let kind = to.reference.unwrap_or_default();
        let form = if to.ids { "a list of names" } else { "a name" };
        let wrong_form = || NameError::form(format!("{name}: give {form}, or {target}"));
        let ids = match value {
            _ if object.contains_key(&target) => replacing.refuse(NameError::form(format!(
                "{name}: it stands for {target}, which is declared too; give one or the other"
            ))),
            nothing if is_nothing(nothing) => value.clone(),
            Value::String(one) if !to.ids => replacing.id(kind, one, name),
            Value::Array(several) if to.ids => {
                let one = |value: &Value| match value {
                    Value::String(one) => replacing.id(kind, one, name),
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

/// The kinds that an object has ids of.
pub fn referred(schema: Schema, object: &Value, kinds: &mut BTreeSet<String>) {
    named(schema, object, &mut |kind, _| {
        kinds.insert(kind.to_owned());
        None
    });
}

/// The object with names in place of ids, where the id is known and its name is that of no other.
#[must_use]
pub fn with_names(schema: Schema, object: &Value, known: &Known) -> Value {
    named(schema, object, &mut |kind, id| {
        let all = known.get(kind)?;
        let (name, _) = all.iter().find(|(_, known)| known == id)?;
        let unique = all.iter().filter(|(other, _)| other == name).count() == 1;
        unique.then(|| name.clone())
    })
}

fn named(schema: Schema, object: &Value, name_of: &mut dyn FnMut(&str, &str) -> Option<String>) -> Value {
    let Value::Object(fields) = object else { return object.clone() };
    let mut all = Map::new();
    for (name, value) in fields {
        let field = schema.field(name);
        let Some(kind) = field.reference else {
            let inner = match value {
                Value::Object(_) => named(field.schema, value, name_of),
                Value::Array(items) => {
                    Value::Array(items.iter().map(|item| named(field.item().schema, item, name_of)).collect())
                }
                other => other.clone(),
            };
            all.insert(name.clone(), inner);
            continue;
        };
        let names = match value {
            Value::String(id) if !id.is_empty() => name_of(kind, id).map(Value::String),
            Value::Array(ids) if !ids.is_empty() => {
                let names: Vec<Option<String>> =
                    ids.iter().map(|id| name_of(kind, id.as_str().unwrap_or_default())).collect();
                names.into_iter().map(|name| name.map(Value::String)).collect::<Option<Vec<Value>>>().map(Value::Array)
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

/// The one id of the name, or why there is none.
fn pick(kind: &str, name: &str, known: &[(String, String)]) -> Result<String, NameError> {
    let ids: Vec<&str> = known.iter().filter(|(known, _)| known == name).map(|(_, id)| id.as_str()).collect();
    match ids.as_slice() {
        [id] => Ok((*id).to_owned()),
        [] => {
            let names = known.iter().map(|(name, _)| name.as_str());
            let close = close_in_words(name, names);
            let reason = format!("there is none of the {kind} named '{}'; {close}", name.escape_debug());
            Err(NameError { reason, missing: true })
        }
        several => Err(NameError::form(format!(
            "{} of the {kind} are named '{}': {}; give the id",
            several.len(),
            name.escape_debug(),
            several.join(", ")
        ))),
    }
}

/// `close to it: 'A', 'B'`, or that nothing is.
pub fn close_in_words<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let wanted = name.to_lowercase();
    let mut rated: Vec<(f64, &str)> = known
        .map(|known| {
            let lower = known.to_lowercase();
            let inside = !wanted.is_empty() && (lower.contains(&wanted) || wanted.contains(&lower));
            let alike = strsim::jaro_winkler(&wanted, &lower);
            (if inside { alike.max(ALIKE) } else { alike }, known)
        })
        .filter(|(alike, _)| *alike >= ALIKE)
        .collect();
    rated.sort_by(|(one, first), (other, second)| other.total_cmp(one).then(first.cmp(second)));
    rated.dedup_by(|(_, one), (_, other)| one == other);
    let close: Vec<String> =
        rated.into_iter().take(CLOSE).map(|(_, name)| format!("'{}'", name.escape_debug())).collect();
    if close.is_empty() { "nothing is close to it".to_owned() } else { format!("close to it: {}", close.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Level, kind};
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    fn known() -> Known {
        let pairs = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, id)| ((*name).to_owned(), (*id).to_owned())).collect::<Vec<_>>()
        };
        [
            ("rftemplates".to_owned(), pairs(&[("Branch", "r1"), ("Twin", "r2"), ("Twin", "r3")])),
            ("sitegroups".to_owned(), pairs(&[("East", "g1"), ("West", "g2")])),
        ]
        .into_iter()
        .collect()
    }

    #[test]
    fn names_become_ids_and_ids_names() {
        let sites = kind(Level::Org, "sites").unwrap().schema;
        let declared = json!({"name": "x", "rftemplate": "Branch", "sitegroups": ["West", "East"], "timezone": "UTC"});
        let wanted = needed(sites, &object(declared.clone()));
        assert_eq!(wanted["sitegroups"].len(), 2);
        let ids = resolved(sites, &object(declared.clone()), &known()).unwrap();
        assert_eq!(
            json!(ids),
            json!({"name": "x", "rftemplate_id": "r1", "sitegroup_ids": ["g2", "g1"], "timezone": "UTC"})
        );
        assert_eq!(with_names(sites, &json!(ids), &known()), declared);
        let unknown = json!({"rftemplate_id": "r2", "sitegroup_ids": ["g1", "gone"]});
        assert_eq!(with_names(sites, &unknown, &known()), unknown, "a name of two is none");
        let cleared = resolved(sites, &object(json!({"rftemplate": null, "sitegroups": []})), &known()).unwrap();
        assert_eq!(json!(cleared), json!({"rftemplate_id": null, "sitegroup_ids": []}));
    }

    #[test]
    fn what_has_no_one_id_is_told_with_what_is_close() {
        let sites = kind(Level::Org, "sites").unwrap().schema;
        for (declared, words) in [
            (
                json!({"rftemplate": "Brnch"}),
                "rftemplate: there is none of the rftemplates named 'Brnch'; close to it: 'Branch'",
            ),
            (json!({"rftemplate": "Twin"}), "rftemplate: 2 of the rftemplates are named 'Twin': r2, r3; give the id"),
            (
                json!({"rftemplate": "Branch", "rftemplate_id": "x"}),
                "rftemplate: it stands for rftemplate_id, which is declared too",
            ),
            (json!({"sitegroups": "East"}), "sitegroups: give a list of names"),
            (json!({"rftemplate": 7}), "rftemplate: give a name"),
        ] {
            let wrong = resolved(sites, &object(declared.clone()), &known()).unwrap_err();
            assert!(wrong.len() == 1 && wrong[0].reason.starts_with(words), "{wrong:?}");
            assert_eq!(wrong[0].missing, declared == json!({"rftemplate": "Brnch"}));
        }
    }

    #[test]
    fn all_that_is_missing_is_told_each_once() {
        let templates = kind(Level::Org, "templates").unwrap().schema;
        let declared = json!({"applies": {"sitegroups": ["East", "Nord", "Sued", "Nord"], "sites": ["S"]}, "exceptions": {"sites": 7}});
        let wrong = resolved(templates, &object(declared), &known()).unwrap_err();
        let reasons: Vec<&str> = wrong.iter().map(|wrong| wrong.reason.split(';').next().unwrap()).collect();
        assert_eq!(
            reasons,
            [
                "sitegroups: there is none of the sitegroups named 'Nord'",
                "sitegroups: there is none of the sitegroups named 'Sued'",
                "sites: there is none of the sites named 'S'",
                "sites: give a list of names, or site_ids",
            ]
        );
        assert_eq!(wrong.iter().map(|wrong| wrong.missing).collect::<Vec<_>>(), [true, true, true, false]);
    }

    #[test]
    fn what_stands_for_an_id_and_is_none_is_told_with_the_field_that_takes_a_name() {
        const ID: &str = "53f10664-3ce8-4c27-b382-0ef66432349f";
        let told = |scope, word, declared: Value| invalid_ids(kind(scope, word).unwrap().schema, &object(declared));
        let one = told(Level::Org, "sites", json!({"rftemplate_id": "Office", "sitegroup_ids": ["East", ID, "East"]}));
        let reasons: Vec<&str> = one.iter().map(|no_id| no_id.reason.as_str()).collect();
        assert_eq!(
            reasons,
            [
                "rftemplate_id: 'Office' is no UUID; rftemplate: Office takes the name",
                "sitegroup_ids: 'East' is no UUID; sitegroups: [East] takes names",
            ]
        );
        assert!(one.iter().all(|no_id| !no_id.doubtful));
        let deep = told(Level::Org, "templates", json!({"applies": {"site_ids": ["Berlin"]}}));
        assert_eq!(deep[0].reason, "site_ids: 'Berlin' is no UUID; sites: [Berlin] takes names");
        assert!(told(Level::Org, "wlans", json!({"mxtunnel_ids": ["x"]}))[0].doubtful);
        for right in [json!(ID), json!(ID.to_uppercase()), json!("{{rf}}"), json!(""), json!(null), json!(7), json!({})]
        {
            assert_eq!(told(Level::Org, "sites", json!({"rftemplate_id": right, "tag_id": "x"})), [], "{right}");
        }
        for wrong in [
            "53f10664-3ce8-4c27-b382-0ef66432349",
            "53f106643ce84c27b3820ef66432349f",
            "g3f10664-3ce8-4c27-b382-0ef66432349f",
            " ",
        ] {
            assert_eq!(told(Level::Org, "sites", json!({"rftemplate_id": wrong})).len(), 1, "{wrong}");
        }
    }
}
