//! Identifies declared objects whose key is not enough: renamed ones, twins, and similar names. No I/O.

use crate::desired::{Desired, DesiredObject};
use mist_objects::compare::Rules;
use mist_objects::error::ObjectError;
use mist_objects::matching::{self, Fit};
use mist_objects::names::{self, Index};
use mist_objects::plan::{self, Fields};
use mist_objects::set::{self, Declared};
use mist_objects::table::Kind;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The position of a declaration, the declaration, whether it is planned alone, and the reason if it has no plan.
pub(crate) type Identified = (usize, Declared, bool, Option<ObjectError>);

/// Finds renamed objects and twins, whose key is not enough. True for an object that is planned alone: it is created whatever
/// else has its key, or is refused.
pub(crate) fn identified(
    desired: &Desired,
    rules: &Rules,
    kind: &Kind,
    declared: Vec<(usize, Declared)>,
    found: &[Fields],
) -> Vec<Identified> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut groups: BTreeMap<Vec<String>, Vec<usize>> = BTreeMap::new();
    let mut all: Vec<Identified> = Vec::with_capacity(declared.len());
    for (number, (position, mut one)) in declared.into_iter().enumerate() {
        let object = desired.objects.get(position);
        let key = matching::key(&one.fields, &one.object);
        if let (Some(was), Some(field), true) =
            (object.and_then(|object| object.was.as_ref()), kind.key.first(), one.id.is_none())
        {
            let named = |name: &str| {
                found
                    .iter()
                    .filter(|object| object.get(field).and_then(Value::as_str) == Some(name))
                    .collect::<Vec<_>>()
            };
            let exists = one.object.get(field).and_then(Value::as_str).is_some_and(|name| !named(name).is_empty());
            if let ([old], false) = (named(was).as_slice(), exists) {
                one.id = plan::id(kind, old);
                one.fields = Vec::new();
            }
        }
        if let (Some(key), true) = (key, object.is_some_and(|object| object.is_twin)) {
            groups.entry(key).or_default().push(number);
        }
        all.push((position, one, false, None));
    }
    for (key, numbers) in groups {
        let Some(fields) = numbers.first().and_then(|number| all.get(*number)).map(|one| one.1.fields.clone()) else {
            continue;
        };
        let mut candidates: Vec<&Fields> =
            found.iter().filter(|object| matching::key(&fields, object).as_ref() == Some(&key)).collect();
        let mut rest = Vec::new();
        let same = |one: &Declared, candidate: &Fields| {
            plan::plan(kind, one.state, &one.object, Some(candidate), rules).is_ok_and(|plan| !plan.changes())
        };
        for number in numbers {
            let Some(one) = all.get_mut(number) else { continue };
            match candidates.iter().position(|candidate| same(&one.1, candidate)) {
                Some(fitting) => {
                    let id = plan::id(kind, candidates.remove(fitting));
                    taken.extend(id.clone());
                    (one.1.id, one.1.fields) = (id, Vec::new());
                }
                None => rest.push(number),
            }
        }
        // A single remaining pair belongs together. Several could be confused.
        match (rest.as_slice(), candidates.as_slice()) {
            ([number], [candidate]) => {
                if let Some(one) = all.get_mut(*number) {
                    (one.1.id, one.1.fields) = (plan::id(kind, candidate), Vec::new());
                }
            }
            (several, candidates) => {
                for number in several {
                    if let Some(one) = all.get_mut(*number) {
                        one.2 = true;
                        one.3 = (!candidates.is_empty())
                            .then(|| ObjectError::Several(plan::distinguished(kind, candidates)));
                    }
                }
            }
        }
    }
    all
}

/// True for each object whose name is similar only to names that are declared, too.
pub(crate) fn declared_similar(kind: &Kind, declared: &[Declared], found: &[Fields]) -> Vec<bool> {
    let folded = |key: &[String]| key.iter().map(|part| matching::folded(part)).collect::<Vec<_>>();
    let mut keys: BTreeSet<Vec<String>> = BTreeSet::new();
    let mut classes: HashMap<Vec<String>, usize> = HashMap::new();
    for key in declared.iter().filter_map(|one| matching::key(&one.fields, &one.object)) {
        *classes.entry(folded(&key)).or_default() += 1;
        keys.insert(key);
    }
    set::fits(kind, declared, found)
        .into_iter()
        .zip(declared)
        .map(|(fit, one)| {
            let Some(key) = matching::key(&one.fields, &one.object) else { return false };
            let is_declared = |number: &usize| {
                found
                    .get(*number)
                    .and_then(|object| matching::key(&one.fields, object))
                    .is_some_and(|key| keys.contains(&key))
            };
            match fit {
                Fit::None => classes.get(&folded(&key)).is_some_and(|count| *count > 1),
                Fit::KeptOtherwise(other) => is_declared(&other),
                Fit::Similar(others) => others.iter().all(is_declared),
                Fit::One(_) | Fit::Several(_) => false,
            }
        })
        .collect()
}

/// The declaration with ids in place of names.
///
/// # Errors
/// Every wrong name and id.
pub(crate) fn resolved(object: &DesiredObject, index: &Index<'_>) -> Result<Declared, Vec<ObjectError>> {
    let invalid =
        names::invalid_ids(object.kind.schema, &object.fields).into_iter().filter(|invalid| !invalid.is_doubtful);
    let mut wrong: Vec<ObjectError> = invalid.map(|invalid| invalid.error.into()).collect();
    let fields = match names::resolved(object.kind.schema, &object.fields, index) {
        Ok(fields) => fields,
        Err(errors) => {
            wrong.extend(errors.into_iter().map(ObjectError::from));
            return Err(wrong);
        }
    };
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Declared::new(&object.kind, &object.match_fields, fields, object.intent.clone()).map_err(|error| vec![error])
}

/// The object without what a lookup by name does not need.
#[must_use]
pub(crate) fn only_names(kind: &Kind, object: &Fields) -> Fields {
    object
        .iter()
        .filter(|(name, _)| **name == kind.id || kind.key.contains(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
