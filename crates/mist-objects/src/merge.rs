//! Merges a declaration into an object: the values to send. No I/O.

use crate::compare::{self, Rules};
use crate::secrets;
use crate::table::Field;
use crate::value::{Path, clears, is_empty_dictionary, is_nothing};
use serde_json::{Map, Value};

/// The value of a top-level field to send.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    pub value: Value,
    /// The paths, below the field, of removed values. `value` does not have them. A cloud that merges dictionaries keeps them until
    /// they are sent as `null`. Lists are never merged by a cloud, so that values in their items are not among them.
    pub removed: Vec<Vec<String>>,
    /// Undeclared secrets that the cloud may hide, in dictionaries that are sent. A cloud that replaces dictionaries loses them.
    pub hidden: Vec<Path>,
}

/// Merges dictionaries at every depth, also in the items of lists, and replaces everything else. `path` is the place of the values.
#[must_use]
pub fn merge(path: &Path, field: Field, declared: &Value, found: &Value, rules: &Rules) -> Merged {
    let mut merging = Merging { rules, steps: Vec::new(), in_list: false, merged: Merged::default() };
    let value = merging.value(path, field, declared, found);
    Merged { value, ..merging.merged }
}

/// A body for a PUT that loses nothing, whether the cloud merges or replaces nested dictionaries: each declared top-level field as a
/// whole. Nothing is removed, because the fields have no schema.
#[must_use]
pub fn merge_body(declared: &Map<String, Value>, found: &Map<String, Value>) -> Map<String, Value> {
    let whole = |(name, value): (&String, &Value)| {
        let there = found.get(name).unwrap_or(&Value::Null);
        let value = match (value, there) {
            (Value::Object(declared), Value::Object(found)) => Value::Object(merge_all(declared, found)),
            _ => value.clone(),
        };
        (name.clone(), value)
    };
    declared.iter().map(whole).collect()
}

fn merge_all(declared: &Map<String, Value>, found: &Map<String, Value>) -> Map<String, Value> {
    let mut all = found.clone();
    all.extend(merge_body(declared, found));
    all
}

struct Merging<'a> {
    rules: &'a Rules,
    steps: Vec<String>,
    in_list: bool,
    merged: Merged,
}

impl Merging<'_> {
    fn value(&mut self, path: &Path, field: Field, declared: &Value, found: &Value) -> Value {
        match (declared, found) {
            (Value::Object(declared), Value::Object(there)) => self.dictionary(path, field, declared, there),
            (declared, found) if is_empty_dictionary(declared) && !is_nothing(found) && !self.rules.is_exact(path) => {
                found.clone()
            }
            (Value::Array(declared), Value::Array(there)) => self.list(path, field, declared, there),
            _ => declared.clone(),
        }
    }

    fn dictionary(
        &mut self,
        path: &Path,
        field: Field,
        declared: &Map<String, Value>,
        there: &Map<String, Value>,
    ) -> Value {
        let exact = self.rules.is_exact(path);
        let mut all = Map::new();
        for (name, value) in there {
            let stays = !exact || declared.contains_key(name) || field.schema.field(name).read_only;
            if stays {
                all.insert(name.clone(), value.clone());
            } else if !is_nothing(value) {
                self.removes(name);
            }
        }
        for (name, value) in declared {
            let inner = field.schema.field(name);
            let old = there.get(name).unwrap_or(&Value::Null);
            if inner.read_only {
                continue;
            }
            if clears(value) {
                if is_nothing(old) {
                    continue;
                }
                if matches!(value, Value::String(_) | Value::Array(_)) {
                    all.insert(name.clone(), value.clone());
                } else {
                    all.shift_remove(name);
                    self.removes(name);
                }
                continue;
            }
            self.steps.push(name.clone());
            let merged = self.value(&path.field(name), inner, value, old);
            self.steps.pop();
            all.insert(name.clone(), merged);
        }
        let hidden = secrets::may_be_hidden(field.schema, &all).into_iter();
        let hidden = hidden.filter(|name| !declared.contains_key(name)).map(|name| path.field(&name));
        self.merged.hidden.extend(hidden);
        Value::Object(all)
    }

    /// The declared items, in their order, with the undeclared fields of those that exist.
    fn list(&mut self, path: &Path, field: Field, declared: &[Value], there: &[Value]) -> Value {
        let pairs = compare::paired(field, declared, there, self.rules);
        let outside = std::mem::replace(&mut self.in_list, true);
        let each = declared.iter().zip(pairs).enumerate();
        let items = each.map(|(number, (item, pair))| match pair.and_then(|pair| there.get(pair)) {
            Some(other) => self.value(&path.item(number), field.item(), item, other),
            None => item.clone(),
        });
        let items = items.collect();
        self.in_list = outside;
        Value::Array(items)
    }

    fn removes(&mut self, name: &str) {
        if !self.in_list {
            self.merged.removed.push(self.steps.iter().cloned().chain([name.to_owned()]).collect());
        }
    }
}

/// True if a value exists at one of these paths.
#[must_use]
pub fn still_there(object: &Map<String, Value>, paths: &[Vec<String>]) -> bool {
    paths.iter().any(|path| {
        let mut steps = path.iter();
        let first = steps.next().and_then(|name| object.get(name));
        let there = steps.try_fold(first, |value, name| Some(value?.as_object()?.get(name)));
        there.flatten().is_some_and(|value| !is_nothing(value))
    })
}

/// The body with `null` at these paths.
#[must_use]
pub fn with_nulls(body: &Map<String, Value>, paths: &[Vec<String>]) -> Map<String, Value> {
    let mut all = body.clone();
    for path in paths {
        let Some((last, above)) = path.split_last() else { continue };
        let mut at = Some(&mut all);
        for name in above {
            at = at.and_then(|fields| fields.get_mut(name)).and_then(Value::as_object_mut);
        }
        if let Some(fields) = at {
            fields.insert(last.clone(), Value::Null);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rules(exact: &[&str]) -> Rules {
        Rules { exact: exact.iter().map(|path| (*path).to_owned()).collect(), ..Rules::default() }
    }

    #[test]
    fn undeclared_fields_stay_and_cleared_ones_are_removed() {
        let found = json!({"a": 1, "b": {"x": 1, "y": 2}, "l": [1], "s": "t"});
        for (declared, exact, value, removed) in [
            (json!({"b": {"x": 3}}), &[][..], json!({"a": 1, "b": {"x": 3, "y": 2}, "l": [1], "s": "t"}), vec![]),
            (json!({"a": null}), &[], json!({"b": {"x": 1, "y": 2}, "l": [1], "s": "t"}), vec![vec!["a"]]),
            (json!({"b": {"y": null}}), &[], json!({"a": 1, "b": {"x": 1}, "l": [1], "s": "t"}), vec![vec!["b", "y"]]),
            (json!({"l": [], "s": ""}), &[], json!({"a": 1, "b": {"x": 1, "y": 2}, "l": [], "s": ""}), vec![]),
            (
                json!({"b": {"x": 1}}),
                &["vars.b"],
                json!({"a": 1, "b": {"x": 1}, "l": [1], "s": "t"}),
                vec![vec!["b", "y"]],
            ),
            (json!({"z": null}), &[], found.clone(), vec![]),
        ] {
            let merged = merge(&Path::top("vars"), Field::default(), &declared, &found, &rules(exact));
            assert_eq!(merged.value, value, "{declared}");
            assert_eq!(merged.removed, removed, "{declared}");
        }
    }

    #[test]
    fn a_body_has_its_own_fields_whole() {
        let object = |value: Value| value.as_object().cloned().unwrap();
        let found = object(json!({"vars": {"a": "1", "n": {"x": 1}}, "name": "n", "id": "i"}));
        let body = merge_body(&object(json!({"vars": {"b": "2", "n": {"y": 1}}, "new": {"z": 1}})), &found);
        assert_eq!(json!(body), json!({"vars": {"a": "1", "n": {"x": 1, "y": 1}, "b": "2"}, "new": {"z": 1}}));
    }
}
