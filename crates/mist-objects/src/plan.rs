//! From a declaration and what was found to a plan for one object. No I/O: check mode, diff mode and the real run share the plan.

use crate::compare::{self, Rules};
use crate::conversion;
use crate::error::{ObjectError, Several, Warning};
use crate::matching::{self, mac};
use crate::merge::merge;
use crate::secrets;
use crate::table::{Creation, Field, Kind};
use crate::value::{Path, clears, is_empty_dictionary, is_masked, is_nothing, text};
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
    pub rewritten: Vec<Path>,
    /// Fields that the document requires, as found: a change carries them along.
    pub carried: Fields,
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
        carried: Fields::new(),
    };
    let masks = if state == DesiredState::Absent { Vec::new() } else { secrets::declared_masks(kind.schema, declared) };
    if !masks.is_empty() {
        return Err(ObjectError::DeclaredMasks { paths: shown(&masks) });
    }
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
    let (mut unseen, mut hidden) = (Vec::new(), Vec::new());
    for (name, value) in declared {
        let (field, path) = (kind.schema.field(name), Path::top(name));
        let field = Field { secret: secrets::is_secret(kind.schema, name), ..field };
        let old = there.get(name).unwrap_or(&Value::Null);
        let compared = compare::compare(&path, field, value, old, rules);
        if compared.differing.is_empty() {
            unseen.extend(compared.unseen);
            continue;
        }
        if kind.fixed.as_ref() == Some(name) {
            warnings.push(Warning::Fixed { field: name.clone() });
            continue;
        }
        if rules.rewrite_secrets {
            let quiet = Rules { rewrite_secrets: false, ..rules.clone() };
            let seen = compare::differences(&path, field, value, old, &quiet);
            rewritten.extend(compared.differing.into_iter().filter(|path| !seen.contains(path)));
        }
        if clears(value) || (is_empty_dictionary(value) && rules.is_exact(&path)) {
            let (name, value) = clearing(name, field);
            body.insert(name, value);
            continue;
        }
        let merged = merge(&path, field, value, old, rules);
        removed.extend(merged.removed.into_iter().map(|path| std::iter::once(name.clone()).chain(path).collect()));
        hidden.extend(merged.hidden);
        body.insert(name.clone(), merged.value);
    }
    if !unseen.is_empty() {
        warnings.push(Warning::SecretsNotShown { paths: shown(&unseen) });
    }
    if !hidden.is_empty() {
        warnings.push(Warning::SecretsMayBeLost { paths: shown(&hidden) });
    }
    let lost = masked_and_undeclared(kind, &body);
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
    if body.is_empty() {
        return Ok(Plan { warnings, ..plan(Step::Nothing) });
    }
    let carried = required(kind, there, &body);
    Ok(Plan { warnings, rewritten, carried, ..plan(Step::Change { body, removed }) })
}

fn shown(paths: &[Path]) -> Vec<String> {
    paths.iter().map(ToString::to_string).collect()
}

/// The required fields of the document that a body lacks, as far as the cloud shows them: a cloud may refuse a change without them.
fn required(kind: &Kind, found: &Fields, body: &Fields) -> Fields {
    let is_missing = |name: &str| !body.contains_key(name) && !body.contains_key(&format!("-{name}"));
    let required = kind.required().filter(|name| is_missing(name));
    let as_found = |name: &'static str| Some((name.to_owned(), found.get(name)?.clone()));
    required.filter_map(as_found).filter(|(_, value)| !value.is_null() && !has_mask(value)).collect()
}

fn has_mask(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.values().any(has_mask),
        Value::Array(items) => items.iter().any(has_mask),
        other => is_masked(other),
    }
}

/// The body of a creation: all declared fields except empty ones that the document does not require, which a new object has anyway.
/// A MAC address that identifies the object has the form in which Mist keeps it.
fn creation(kind: &Kind, declared: &Fields) -> Fields {
    let form = |name: &String, value: &Value| match value {
        Value::String(address) if name == "mac" && kind.key.contains(name) => Value::String(mac(address)),
        other => other.clone(),
    };
    let is_empty = |value: &Value| clears(value) || is_empty_dictionary(value);
    let is_sent = |name: &str, value: &Value| {
        let field = kind.schema.field(name);
        !is_empty(value) || (field.required && !value.is_null() && (!value.is_object() || field.dictionary))
    };
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

/// Secrets that would be sent as the mask of the cloud.
fn masked_and_undeclared(kind: &Kind, body: &Fields) -> Vec<String> {
    let (_, masks) = secrets::without_masks(kind.schema, &Value::Object(body.clone()));
    shown(&masks)
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
        let after = after.map(|after| self.as_sent(kind, after));
        let (before, mut after) = secrets::masked_both(kind.schema, &part(self.found.as_ref()), &part(after.as_ref()));
        if let (Value::Object(after), false) = (&mut after, self.rewritten.is_empty()) {
            let rewritten: Vec<String> = self.rewritten.iter().map(ToString::to_string).collect();
            after.insert("secrets written".to_owned(), rewritten.into());
        }
        (before, after)
    }

    /// The object of a response, with the values of the request where the cloud kept them: it may sort them, or add to them. Check mode
    /// predicts the same.
    fn as_sent(&self, kind: &Kind, after: &Fields) -> Fields {
        let mut after = after.clone();
        let (Step::Create(body) | Step::Change { body, .. }) = &self.step else { return after };
        let rules = Rules { trust_hidden: true, ..Rules::default() };
        for (name, sent) in body {
            if let Some(there) = after.get_mut(name)
                && compare::differences(&Path::top(name), kind.schema.field(name), sent, there, &rules).is_empty()
            {
                there.clone_from(sent);
            }
        }
        after
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

/// The declared places that differ afterwards.
#[must_use]
pub fn not_kept(kind: &Kind, declared: &Fields, after: &Fields, rules: &Rules) -> Vec<String> {
    let rules = Rules { rewrite_secrets: false, trust_hidden: true, ..rules.clone() };
    let of = |(name, value): (&String, &Value)| {
        let there = after.get(name).unwrap_or(&Value::Null);
        shown(&compare::differences(&Path::top(name), kind.schema.field(name), value, there, &rules))
    };
    declared.iter().filter(|(name, _)| kind.fixed.as_ref() != Some(name)).flat_map(of).collect()
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
