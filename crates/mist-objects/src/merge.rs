//! Merges a declaration into an object: the values to send. No I/O.

use crate::compare::Rules;
use crate::table::Field;
use crate::value::{clears, is_nothing, join};
use serde_json::{Map, Value};

/// The value of a top-level field to send.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    pub value: Value,
    /// The paths, below the field, of removed values. `value` does not have them. A cloud that merges dictionaries keeps them until
    /// they are sent as `null`.
    pub removed: Vec<Vec<String>>,
}

/// Merges dictionaries at every depth, and replaces everything else. `path` is the dotted path of the values.
#[must_use]
pub fn merge(path: &str, field: Field, declared: &Value, found: &Value, rules: &Rules) -> Merged {
    let mut removed = Vec::new();
    let value = within(path, field, declared, found, rules, &mut Vec::new(), &mut removed);
    Merged { value, removed }
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

fn within(
    path: &str,
    field: Field,
    declared: &Value,
    found: &Value,
    rules: &Rules,
    steps: &mut Vec<String>,
    removed: &mut Vec<Vec<String>>,
) -> Value {
    let (Value::Object(declared), Value::Object(there)) = (declared, found) else {
        return declared.clone();
    };
    let exact = rules.exact.contains(path);
    let mut all = Map::new();
    for (name, value) in there {
        let stays = !exact || declared.contains_key(name) || field.schema.field(name).read_only;
        if stays {
            all.insert(name.clone(), value.clone());
        } else if !is_nothing(value) {
            removed.push(steps.iter().chain([name]).cloned().collect());
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
                removed.push(steps.iter().chain([name]).cloned().collect());
            }
            continue;
        }
        steps.push(name.clone());
        let merged = within(&join(path, name), inner, value, old, rules, steps, removed);
        steps.pop();
        all.insert(name.clone(), merged);
    }
    Value::Object(all)
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
            let merged = merge("vars", Field::default(), &declared, &found, &rules(exact));
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
