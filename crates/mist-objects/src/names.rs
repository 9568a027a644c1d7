//! Names in place of ids: `rftemplate: Branch` for `rftemplate_id`, wherever the document wants the id of another kind.
//! No I/O: which names are needed, and what they come to once the kinds are listed.

use crate::table::{Field, Shape};
use crate::value::is_nothing;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// How many names that are close to an unknown one are told.
const CLOSE: usize = 5;

/// How alike a name must be to be told as close, from 0 (nothing in common) to 1 (the same).
const ALIKE: f64 = 0.75;

/// The names and ids of the objects of each kind that is referred to.
pub type Known = BTreeMap<String, Vec<(String, String)>>;

/// The names that an object has in place of ids, by kind.
///
/// # Errors
/// A sentence that begins with the field.
pub fn needed(shape: Shape, object: &Map<String, Value>) -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    let mut needed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    replace(shape, object, &mut |kind, name, _| {
        needed.entry(kind.to_owned()).or_default().insert(name.to_owned());
        Ok(String::new())
    })?;
    Ok(needed)
}

/// The object with ids in place of names.
///
/// # Errors
/// A sentence that begins with the field, for a name that none or several have.
pub fn resolved(shape: Shape, object: &Map<String, Value>, known: &Known) -> Result<Map<String, Value>, String> {
    replace(shape, object, &mut |kind, name, field| {
        pick(kind, name, known.get(kind).map_or(&[], Vec::as_slice)).map_err(|reason| format!("{field}: {reason}"))
    })
}

type Id<'a> = dyn FnMut(&str, &str, &str) -> Result<String, String> + 'a;

fn replace(shape: Shape, object: &Map<String, Value>, id: &mut Id<'_>) -> Result<Map<String, Value>, String> {
    let mut all = Map::new();
    for (name, value) in object {
        let field = shape.field(name);
        let reference = if field == Field::default() { shape.named_reference(name) } else { None };
        let Some((target, to)) = reference else {
            all.insert(name.clone(), inside(field, value, id)?);
            continue;
        };
        if object.contains_key(&target) {
            return Err(format!("{name}: it stands for {target}, which is declared too; give one or the other"));
        }
        let kind = to.reference.unwrap_or_default();
        let ids = match value {
            nothing if is_nothing(nothing) => value.clone(),
            Value::String(one) if !to.ids => Value::String(id(kind, one, name)?),
            Value::Array(several) if to.ids => {
                let one = |value: &Value| match value {
                    Value::String(one) => id(kind, one, name).map(Value::String),
                    _ => Err(format!("{name}: give a list of names, or {target}")),
                };
                Value::Array(several.iter().map(one).collect::<Result<_, String>>()?)
            }
            _ if to.ids => return Err(format!("{name}: give a list of names, or {target}")),
            _ => return Err(format!("{name}: give a name, or {target}")),
        };
        all.insert(target, ids);
    }
    Ok(all)
}

fn inside(field: Field, value: &Value, id: &mut Id<'_>) -> Result<Value, String> {
    Ok(match value {
        Value::Object(fields) => Value::Object(replace(field.shape, fields, id)?),
        Value::Array(items) => {
            let item = field.item();
            Value::Array(items.iter().map(|value| inside(item, value, id)).collect::<Result<_, String>>()?)
        }
        other => other.clone(),
    })
}

/// The kinds that an object has ids of.
pub fn referred(shape: Shape, object: &Value, kinds: &mut BTreeSet<String>) {
    named(shape, object, &mut |kind, _| {
        kinds.insert(kind.to_owned());
        None
    });
}

/// The object with names in place of ids, where the id is known and its name is that of no other.
#[must_use]
pub fn with_names(shape: Shape, object: &Value, known: &Known) -> Value {
    named(shape, object, &mut |kind, id| {
        let all = known.get(kind)?;
        let (name, _) = all.iter().find(|(_, known)| known == id)?;
        let unique = all.iter().filter(|(other, _)| other == name).count() == 1;
        unique.then(|| name.clone())
    })
}

fn named(shape: Shape, object: &Value, name_of: &mut dyn FnMut(&str, &str) -> Option<String>) -> Value {
    let Value::Object(fields) = object else { return object.clone() };
    let mut all = Map::new();
    for (name, value) in fields {
        let field = shape.field(name);
        let Some(kind) = field.reference else {
            let inner = match value {
                Value::Object(_) => named(field.shape, value, name_of),
                Value::Array(items) => {
                    Value::Array(items.iter().map(|item| named(field.item().shape, item, name_of)).collect())
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
            Some(names) => drop(all.insert(alias(name), names)),
            None => drop(all.insert(name.clone(), value.clone())),
        }
    }
    Value::Object(all)
}

/// The name that may stand for a field of ids.
fn alias(field: &str) -> String {
    match field.strip_suffix("_ids") {
        Some(word) => format!("{word}s"),
        None => field.strip_suffix("_id").unwrap_or(field).to_owned(),
    }
}

/// The one id of the name, or why there is none.
fn pick(kind: &str, name: &str, known: &[(String, String)]) -> Result<String, String> {
    let ids: Vec<&str> = known.iter().filter(|(known, _)| known == name).map(|(_, id)| id.as_str()).collect();
    match ids.as_slice() {
        [id] => Ok((*id).to_owned()),
        [] => {
            let names = known.iter().map(|(name, _)| name.as_str());
            Err(format!("there is none of the {kind} named '{}'; {}", name.escape_debug(), close_in_words(name, names)))
        }
        several => Err(format!(
            "{} of the {kind} are named '{}': {}; give the id",
            several.len(),
            name.escape_debug(),
            several.join(", ")
        )),
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
    use crate::table::{Scope, kind};
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
        let sites = kind(Scope::Org, "sites").unwrap().shape;
        let declared = json!({"name": "x", "rftemplate": "Branch", "sitegroups": ["West", "East"], "timezone": "UTC"});
        let wanted = needed(sites, &object(declared.clone())).unwrap();
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
        let sites = kind(Scope::Org, "sites").unwrap().shape;
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
            let error = resolved(sites, &object(declared), &known()).unwrap_err();
            assert!(error.starts_with(words), "{error}");
        }
    }
}
