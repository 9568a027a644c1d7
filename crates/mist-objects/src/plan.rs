//! From a declaration and what was found to a plan for one object. No I/O: check mode, diff mode and the real run share the plan.

use crate::compare::{self, Rules};
use crate::conversion;
use crate::error::{ObjectError, Several, Warning};
use crate::matching::{self, mac};
use crate::merge::merge;
use crate::secrets;
use crate::table::{Creation, Field, Kind};
use crate::value::{clears, is_masked, is_nothing, text};
use serde_json::{Map, Value};

/// The fields of an object.
pub type Fields = Map<String, Value>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DesiredState {
    /// The object exists, as declared.
    Present,
    /// If the object exists, it is as declared.
    Patched,
    /// The object does not exist.
    Absent,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Nothing,
    /// Creates the object with these fields.
    Create(Fields),
    /// Changes only these top-level fields.
    Change {
        /// The body of the request.
        body: Fields,
        /// Paths, from the top level, that are removed from dictionaries in `body`.
        removed: Vec<Vec<String>>,
    },
    Delete,
}

/// The plan for one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub step: Step,
    /// The id, if the object exists.
    pub id: Option<String>,
    /// The object as found.
    pub found: Option<Fields>,
    pub warnings: Vec<Warning>,
    /// Secrets that are written although they cannot be compared.
    pub rewritten: Vec<String>,
}

/// The declaration without fields that only the cloud sets, and the names of these fields.
#[must_use]
pub fn without_read_only(kind: &Kind, mut declared: Fields) -> (Fields, Vec<String>) {
    let mut ignored = Vec::new();
    declared.retain(|name, _| {
        let stays = !kind.is_read_only(name);
        if !stays {
            ignored.push(name.clone());
        }
        stays
    });
    (declared, ignored)
}

/// The only object that has the declared key.
///
/// # Errors
/// Several objects have it.
pub fn pick<'a>(
    kind: &Kind,
    fields: &[String],
    declared: &Fields,
    found: &'a [Fields],
) -> Result<Option<&'a Fields>, ObjectError> {
    let Some(wanted) = matching::key(fields, declared) else { return Ok(None) };
    let matching: Vec<&Fields> =
        found.iter().filter(|object| matching::key(fields, object).as_ref() == Some(&wanted)).collect();
    match matching.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        several => Err(ObjectError::Several(distinguished(kind, several))),
    }
}

/// The ids of several objects, and what they refer to where that differs.
#[must_use]
pub fn distinguished(kind: &Kind, several: &[&Fields]) -> Several {
    let value = |object: &Fields, field: &str| object.get(field).filter(|value| !is_nothing(value)).map(text);
    let differs = |field: &str| {
        let mut values = several.iter().map(|object| value(object, field));
        let first = values.next();
        values.any(|other| Some(other) != first)
    };
    let references = kind.schema.fields().filter(|(_, field)| field.reference.is_some() && !field.list);
    let distinguishing: Vec<&str> = references.map(|(name, _)| name).filter(|name| differs(name)).collect();
    let one = |object: &&Fields| {
        let shown = |field: &&str| ((*field).to_owned(), value(object, field).unwrap_or_else(|| "none".to_owned()));
        (id(kind, object).unwrap_or_default(), distinguishing.iter().map(shown).collect())
    };
    Several {
        word: kind.word.clone(),
        objects: several.iter().map(one).collect(),
        distinguishing: distinguishing.iter().map(|field| (*field).to_owned()).collect(),
    }
}

/// The id of an object in its path.
#[must_use]
pub fn id(kind: &Kind, object: &Fields) -> Option<String> {
    let id = object.get(&kind.id)?.as_str()?;
    Some(if kind.id == "mac" { mac(id) } else { id.to_owned() })
}

/// Plans one object. `declared` has ids in place of names.
///
/// # Errors
/// The object cannot be created, deleted or written, or a mask would replace a secret.
pub fn plan(
    kind: &Kind,
    state: DesiredState,
    declared: &Fields,
    found: Option<&Fields>,
    rules: &Rules,
) -> Result<Plan, ObjectError> {
    let plan = |step| Plan {
        step,
        id: found.and_then(|found| id(kind, found)),
        found: found.cloned(),
        warnings: Vec::new(),
        rewritten: Vec::new(),
    };
    let Some(there) = found else {
        return match (state, kind.creation) {
            (DesiredState::Absent, _) => Ok(plan(Step::Nothing)),
            (DesiredState::Patched, _) => Ok(Plan { warnings: vec![Warning::NothingToPatch], ..plan(Step::Nothing) }),
            (DesiredState::Present, Creation::Never) => Err(ObjectError::NotCreatable { word: kind.word.clone() }),
            (DesiredState::Present, _) => Ok(plan(Step::Create(creation(kind, declared)))),
        };
    };
    // Without an id, the path of the object would be that of the collection.
    let has_path = kind.one || id(kind, there).is_some_and(|id| !id.is_empty());
    let no_id = || ObjectError::NoId { word: kind.word.clone(), field: kind.id.clone() };
    if state == DesiredState::Absent {
        return match (kind.deletable, has_path) {
            (true, true) => Ok(plan(Step::Delete)),
            (true, false) => Err(no_id()),
            (false, _) => Err(ObjectError::NotDeletable { word: kind.word.clone() }),
        };
    }
    let (mut body, mut removed, mut warnings, mut rewritten) = (Fields::new(), Vec::new(), Vec::new(), Vec::new());
    for (name, value) in declared {
        let field = kind.schema.field(name);
        let old = there.get(name).unwrap_or(&Value::Null);
        let differing = top_differences(name, field, value, old, rules);
        if differing.is_empty() {
            continue;
        }
        if kind.fixed.as_ref() == Some(name) {
            warnings.push(Warning::Fixed { field: name.clone() });
            continue;
        }
        if rules.rewrite_secrets {
            let compared = Rules { rewrite_secrets: false, ..rules.clone() };
            let seen = top_differences(name, field, value, old, &compared);
            rewritten.extend(differing.iter().filter(|path| !seen.contains(path)).cloned());
        }
        if clears(value) {
            let (name, value) = clearing(name, field);
            body.insert(name, value);
            continue;
        }
        let merged = merge(name, field, value, old, rules);
        removed.extend(merged.removed.into_iter().map(|path| std::iter::once(name.clone()).chain(path).collect()));
        body.insert(name.clone(), merged.value);
    }
    let unseen = unseen_secrets(kind, declared, there, &body);
    if !unseen.is_empty() && !rules.rewrite_secrets {
        warnings.push(Warning::SecretsNotShown { paths: unseen });
    }
    let lost = masked_and_undeclared(kind, declared, &body);
    if !lost.is_empty() {
        return Err(ObjectError::MaskedSecrets { paths: lost });
    }
    let mut lost = Vec::new();
    body.iter().for_each(|(name, value)| conversion::lost_digits(name, value, &mut lost));
    if !lost.is_empty() {
        return Err(ObjectError::LostDigits { paths: lost });
    }
    if !body.is_empty() && !has_path {
        return Err(no_id());
    }
    let step = if body.is_empty() { Step::Nothing } else { Step::Change { body, removed } };
    Ok(Plan { warnings, rewritten, ..plan(step) })
}

fn top_differences(name: &str, field: Field, declared: &Value, found: &Value, rules: &Rules) -> Vec<String> {
    if name == "mac"
        && let (Some(one), Some(other)) = (declared.as_str(), found.as_str())
        && mac(one) == mac(other)
    {
        return Vec::new();
    }
    compare::differences(name, field, declared, found, rules)
}

/// The body of a creation: all declared fields except empty ones that the document does not require, which a new object has anyway.
/// A MAC address has the form of the path.
fn creation(kind: &Kind, declared: &Fields) -> Fields {
    let form = |name: &String, value: &Value| match value {
        Value::String(address) if kind.id == "mac" && name == "mac" => Value::String(mac(address)),
        other => other.clone(),
    };
    let is_sent = |name: &str, value: &Value| !clears(value) || (kind.schema.field(name).required && !value.is_null());
    let given = declared.iter().filter(|(name, value)| is_sent(name, value));
    let mut all: Fields = given.map(|(name, value)| (name.clone(), form(name, value))).collect();
    // Without the field that the list filters by, the object would be in no list.
    if let Some((field, values)) = &kind.query
        && let Some(first) = values.first()
    {
        all.entry(field.clone()).or_insert_with(|| Value::String(first.clone()));
    }
    all
}

/// The field and value that clear a top-level field.
fn clearing(name: &str, field: Field) -> (String, Value) {
    if field.nullable { (name.to_owned(), Value::Null) } else { (format!("-{name}"), Value::String(String::new())) }
}

/// Declared secrets that the cloud does not show and that are not written.
fn unseen_secrets(kind: &Kind, declared: &Fields, found: &Fields, body: &Fields) -> Vec<String> {
    secrets::secrets(kind.schema, &Value::Object(declared.clone()))
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| !path.contains('[') && matching::at(found, path).is_none_or(is_nothing))
        .filter(|path| path.split('.').next().is_none_or(|top| !body.contains_key(top)))
        .collect()
}

/// Secrets that would be sent as the mask of the cloud.
fn masked_and_undeclared(kind: &Kind, declared: &Fields, body: &Fields) -> Vec<String> {
    let given = secrets::secrets(kind.schema, &Value::Object(declared.clone()));
    secrets::secrets(kind.schema, &Value::Object(body.clone()))
        .into_iter()
        .filter(|(path, value)| {
            is_masked(value) && !given.iter().any(|(other, theirs)| other == path && theirs == value)
        })
        .map(|(path, _)| path)
        .collect()
}

impl Plan {
    #[must_use]
    pub fn changes(&self) -> bool {
        self.step != Step::Nothing
    }

    /// The fields of the object that is created.
    #[must_use]
    pub fn created(&self) -> Option<&Fields> {
        match &self.step {
            Step::Create(fields) => Some(fields),
            _ => None,
        }
    }

    /// The object after the step, as far as it is predictable.
    #[must_use]
    pub fn predicted(&self) -> Option<Fields> {
        match &self.step {
            Step::Nothing => self.found.clone(),
            Step::Create(fields) => Some(fields.clone()),
            Step::Delete => None,
            Step::Change { body, .. } => {
                let mut after = self.found.clone().unwrap_or_default();
                for (name, value) in body {
                    match name.strip_prefix('-') {
                        Some(cleared) => drop(after.shift_remove(cleared)),
                        None if value.is_null() => drop(after.shift_remove(name)),
                        None => drop(after.insert(name.clone(), value.clone())),
                    }
                }
                Some(after)
            }
        }
    }

    /// Drops what neither the step nor the result needs: a set has many plans.
    pub fn forget(&mut self, kind: &Kind) {
        if !self.changes() {
            self.found = None;
            return;
        }
        let concerned = self.concerned(kind);
        let of_the_cloud =
            |name: &str| name == "mac" || name == "created_time" || name == "id" || name.ends_with("_id");
        if let Some(found) = &mut self.found {
            found.retain(|name, _| of_the_cloud(name) || kind.key.contains(name) || concerned.contains(name));
        }
    }

    /// The top-level fields that the step concerns. For a deletion, all except those that only the cloud sets.
    #[must_use]
    pub fn concerned(&self, kind: &Kind) -> Vec<String> {
        match &self.step {
            Step::Nothing => Vec::new(),
            Step::Create(fields) => fields.keys().cloned().collect(),
            Step::Change { body, .. } => {
                body.keys().map(|name| name.strip_prefix('-').unwrap_or(name).to_owned()).collect()
            }
            Step::Delete => {
                self.found.iter().flat_map(Fields::keys).filter(|name| !kind.is_read_only(name)).cloned().collect()
            }
        }
    }

    /// The concerned fields before and after, with masked secrets. `after` is the response of the cloud, or the prediction.
    #[must_use]
    pub fn diff(&self, kind: &Kind, after: Option<&Fields>) -> (Value, Value) {
        let fields = self.concerned(kind);
        let part = |object: Option<&Fields>| {
            let mut part = Fields::new();
            for name in &fields {
                let value = object.and_then(|object| object.get(name)).map(tidy);
                if let Some(value) = value.filter(|value| !is_nothing(value)) {
                    part.insert(name.clone(), value);
                }
            }
            Value::Object(part)
        };
        let (before, mut after) = secrets::masked_both(kind.schema, &part(self.found.as_ref()), &part(after));
        if let (Value::Object(after), false) = (&mut after, self.rewritten.is_empty()) {
            after.insert("secrets written".to_owned(), self.rewritten.clone().into());
        }
        (before, after)
    }

    /// True if the step changed anything according to the response of the cloud.
    #[must_use]
    pub fn changed(&self, kind: &Kind, after: Option<&Fields>) -> bool {
        let Step::Change { .. } = self.step else { return self.changes() };
        let get = |object: Option<&Fields>, name: &str| {
            object.and_then(|object| object.get(name)).cloned().unwrap_or_default()
        };
        let shown = Rules { both_shown: true, ..Rules::default() };
        let differs = |name: &String| {
            let field = kind.schema.field(name);
            !compare::same(field, &get(self.found.as_ref(), name), &get(after, name), &shown)
        };
        !self.rewritten.is_empty() || self.concerned(kind).iter().any(differs)
    }
}

/// The declared paths that differ afterwards.
#[must_use]
pub fn not_kept(kind: &Kind, declared: &Fields, plan: &Plan, after: &Fields, rules: &Rules) -> Vec<String> {
    let rules = Rules { rewrite_secrets: false, trust_hidden: true, ..rules.clone() };
    let concerned = plan.concerned(kind);
    let of = |(name, value): (&String, &Value)| {
        let there = after.get(name).unwrap_or(&Value::Null);
        top_differences(name, kind.schema.field(name), value, there, &rules)
    };
    declared.iter().filter(|(name, _)| concerned.contains(name)).flat_map(of).collect()
}

/// A value without its empty parts.
fn tidy(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), tidy(value)))
                .filter(|(_, value)| !is_nothing(value))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(tidy).collect()),
        other => other.clone(),
    }
}

/// Checks that the paths of `exact` are declared dictionaries.
///
/// # Errors
/// The first path that is not.
pub fn check_exact(exact: &[String], declared: &Fields) -> Result<(), ObjectError> {
    for path in exact {
        match matching::at(declared, path) {
            None => return Err(ObjectError::ExactNotDeclared { path: path.clone() }),
            Some(Value::Object(_)) => {}
            Some(_) => return Err(ObjectError::ExactNotDictionary { path: path.clone() }),
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
