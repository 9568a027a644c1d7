//! From a set of one kind to a plan for each declared object, and for undeclared ones. No I/O.

use crate::compare::Rules;
use crate::error::{ObjectError, Warning};
use crate::filter::{Filter, Matches};
use crate::matching::{self, Fit, KeyIndex};
use crate::plan::{self, DesiredState, Fields, Plan, Step};
use crate::table::Kind;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A declared object with ids in place of names.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    pub object: Fields,
    /// The fields that identify the object. Empty with an id.
    pub fields: Vec<String>,
    pub state: DesiredState,
    /// The id of the object, if the declaration has one.
    pub id: Option<String>,
}

/// The state and the id in a declaration. They are not fields of the object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intent {
    pub state: Option<DesiredState>,
    pub id: Option<String>,
}

impl Intent {
    /// Takes the state and the id out of a declaration.
    ///
    /// # Errors
    /// The state does not exist, or the id is not a text or empty.
    pub fn taken(kind: &Kind, object: &mut Fields) -> Result<Self, ObjectError> {
        let mut intent = Self::default();
        let is_field = kind.schema.known("state").is_some_and(|field| !field.read_only);
        if let (Some(value), false) = (object.get("state"), is_field) {
            intent.state = match value.as_str() {
                Some("present") => Some(DesiredState::Present),
                Some("patched") => Some(DesiredState::Patched),
                Some("absent") => Some(DesiredState::Absent),
                // The field of an unknown kind, or one that only the cloud sets.
                _ if kind.schema.fields().next().is_none() || kind.is_read_only("state") => None,
                _ => return Err(ObjectError::UnknownState { value: crate::value::text(value) }),
            };
            if intent.state.is_some() {
                object.shift_remove("state");
            }
        }
        if !kind.one && !kind.key.contains(&kind.id) && object.contains_key(&kind.id) {
            match object.shift_remove(&kind.id) {
                Some(Value::String(id)) if !id.trim().is_empty() => intent.id = Some(id.trim().to_owned()),
                _ => return Err(ObjectError::IdNotText { field: kind.id.clone() }),
            }
        }
        Ok(intent)
    }
}

/// The declared fields that a deletion needs: those that identify the object.
#[must_use]
pub fn identifying(kind: &Kind, match_fields: &[String], object: &Fields) -> Fields {
    let fields: Vec<&String> = if match_fields.is_empty() {
        kind.key.iter().chain(&kind.key_where_declared).chain(kind.query.as_ref().map(|(field, _)| field)).collect()
    } else {
        match_fields.iter().collect()
    };
    let identifies = |name: &String| {
        let target = kind.schema.named_reference(name).map(|(field, _)| field);
        fields
            .iter()
            .any(|field| *field == name || Some(*field) == target.as_ref() || field.split('.').next() == Some(name))
    };
    let identifying = object.iter().filter(|(name, _)| identifies(name));
    identifying.map(|(name, value)| (name.clone(), value.clone())).collect()
}

impl Declared {
    /// A declaration with ids in place of names. `match_fields` identify the object; default: the fields of the kind.
    ///
    /// # Errors
    /// A field that identifies the object is missing, or has blanks at its ends.
    pub fn new(kind: &Kind, match_fields: &[String], object: Fields, intent: Intent) -> Result<Self, ObjectError> {
        let fields = match (&intent.id, kind.one) {
            (None, false) => matching::fields(kind, match_fields, &object)?,
            _ => Vec::new(),
        };
        Ok(Self { object, fields, state: intent.state.unwrap_or(DesiredState::Present), id: intent.id })
    }

    /// The name of the object for messages.
    #[must_use]
    pub fn title(&self, kind: &Kind) -> String {
        let fields = if self.fields.is_empty() { &kind.key } else { &self.fields };
        let title = matching::title(fields, &self.object);
        if title.is_empty() { self.id.clone().unwrap_or_default() } else { title }
    }
}

#[derive(Clone, Debug)]
pub struct SetPlan {
    /// The plan of each declared object, in order.
    pub plans: Vec<Result<Plan, ObjectError>>,
    /// The deletions of undeclared objects.
    pub purge: Vec<Plan>,
    /// The reason that nothing is done. `purge` still has the deletions.
    pub refused: Option<Refused>,
}

/// The reason that a purge is not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It would delete more objects than this.
    TooMany(usize),
}

/// The handling of undeclared objects.
pub struct Purge<'a> {
    /// True if the user keeps the object with this title.
    pub keeps: &'a dyn Fn(&str) -> bool,
    /// Only objects that meet these conditions are deleted.
    pub only: &'a Filter,
    /// The patterns of the conditions.
    pub matches: &'a Matches<'a>,
    /// With more deletions than this, nothing is done.
    pub max_deletes: Option<usize>,
}

/// The rules of a task for a set.
pub struct SetRules<'a> {
    pub rules: &'a Rules,
    pub purge: Option<Purge<'a>>,
    /// An object may be created next to one whose key differs only in blanks, case or Unicode form.
    pub allow_similar: bool,
}

/// True if a set declares no object that should exist: a purge would delete every object.
#[must_use]
pub fn declares_nothing(states: impl IntoIterator<Item = DesiredState>) -> bool {
    states.into_iter().all(|state| state == DesiredState::Absent)
}

/// Checks that no two declared objects are the same, also where one has more identifying fields: `{ssid: G}` and
/// `{ssid: G, template: T}`.
///
/// # Errors
/// The first two that are.
pub fn check_distinct(kind: &Kind, declared: &[Declared]) -> Result<(), ObjectError> {
    let same = |first: usize, second: usize| {
        let title = declared.get(second).map(|one| one.title(kind)).unwrap_or_default();
        Err(ObjectError::SameObject { first: first.min(second) + 1, second: first.max(second) + 1, title })
    };
    let mut ids: HashMap<String, usize> = HashMap::new();
    for (number, id) in declared.iter().enumerate().filter_map(|(number, one)| Some((number, one.id.as_ref()?))) {
        if let Some(first) = ids.insert(id.to_ascii_lowercase(), number) {
            return same(first, number);
        }
    }
    let ways: BTreeSet<&[String]> =
        declared.iter().map(|one| one.fields.as_slice()).filter(|way| !way.is_empty()).collect();
    for way in ways {
        let mut seen: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
        for (number, one) in declared.iter().enumerate().filter(|(_, one)| one.id.is_none()) {
            let Some(key) = matching::key(way, &one.object) else { continue };
            let others = seen.entry(key).or_default();
            let is_same =
                |other: &&usize| one.fields == way || declared.get(**other).is_some_and(|other| other.fields == way);
            if let Some(first) = others.iter().find(is_same) {
                return same(*first, number);
            }
            others.push(number);
        }
    }
    Ok(())
}

/// Plans a set. `found` is all objects of the kind.
///
/// # Errors
/// Two declared objects mean the same found one, or the purge cannot delete an object.
pub fn plan(
    kind: &Kind,
    declared: &[Declared],
    found: &[Fields],
    rules: &SetRules<'_>,
) -> Result<SetPlan, ObjectError> {
    let mut meant: HashMap<usize, usize> = HashMap::new();
    // Neither deleted nor a declared object.
    let mut spared: BTreeSet<usize> = BTreeSet::new();
    let mut plans = Vec::with_capacity(declared.len());
    for (number, (one, fit)) in declared.iter().zip(fits(kind, declared, found)).enumerate() {
        match &fit {
            Fit::None => {}
            Fit::KeptOtherwise(other) if rules.allow_similar || one.state == DesiredState::Absent => {
                spared.insert(*other);
            }
            Fit::One(only) | Fit::KeptOtherwise(only) => {
                if let Some(first) = meant.insert(*only, number) {
                    let title = one.title(kind);
                    return Err(ObjectError::SameObject { first: first + 1, second: number + 1, title });
                }
            }
            Fit::Several(several) | Fit::Similar(several) => spared.extend(several),
        }
        let mut plan = plan_fitting(kind, one, &fit, found, rules);
        if let Ok(plan) = &mut plan {
            plan.forget(kind);
        }
        plans.push(plan);
    }
    if !rules.allow_similar {
        refuse_similar_creations(kind, declared, &mut plans);
    }
    let (mut deletions, mut refused) = (Vec::new(), None);
    if let Some(purge) = &rules.purge {
        if !kind.deletable {
            return Err(ObjectError::NotDeletable { word: kind.word.clone() });
        }
        for (number, object) in found.iter().enumerate() {
            let is_due = !meant.contains_key(&number)
                && !spared.contains(&number)
                && purge.only.fits(object, purge.matches)
                && !(purge.keeps)(&title_of_found(kind, object));
            if is_due {
                deletions.push(plan::plan(kind, DesiredState::Absent, &Fields::new(), Some(object), rules.rules)?);
            }
        }
        refused = purge.max_deletes.filter(|most| deletions.len() > *most).map(Refused::TooMany);
    }
    Ok(SetPlan { plans, purge: deletions, refused })
}

/// Plans one object. `found` is all objects of the kind, or the one with the declared id.
///
/// # Errors
/// As [`plan::plan`]. Several objects have the key, no object has the id, or only similar ones exist.
pub fn plan_one(kind: &Kind, declared: &Declared, found: &[Fields], rules: &SetRules<'_>) -> Result<Plan, ObjectError> {
    let fit = fits(kind, std::slice::from_ref(declared), found).pop().unwrap_or(Fit::None);
    plan_fitting(kind, declared, &fit, found, rules)
}

/// The object among these that each declaration means.
#[must_use]
pub fn fits(kind: &Kind, declared: &[Declared], found: &[Fields]) -> Vec<Fit> {
    let mut indexes: BTreeMap<&[String], KeyIndex<'_>> = BTreeMap::new();
    for one in declared.iter().filter(|one| one.id.is_none()) {
        indexes.entry(&one.fields).or_insert_with(|| KeyIndex::new(&one.fields, found));
    }
    let id = |(number, object): (usize, &Fields)| Some((plan::id(kind, object)?.to_ascii_lowercase(), number));
    let ids: HashMap<String, usize> = found.iter().enumerate().filter_map(id).collect();
    let fit = |one: &Declared| match &one.id {
        None if kind.one => found.first().map_or(Fit::None, |_| Fit::One(0)),
        None => indexes.get(one.fields.as_slice()).map_or(Fit::None, |index| index.fit(&one.object)),
        Some(id) => ids.get(&id.to_ascii_lowercase()).map_or(Fit::None, |number| Fit::One(*number)),
    };
    declared.iter().map(fit).collect()
}

fn plan_fitting(
    kind: &Kind,
    declared: &Declared,
    fit: &Fit,
    found: &[Fields],
    rules: &SetRules<'_>,
) -> Result<Plan, ObjectError> {
    let Declared { object, state, id, .. } = declared;
    let of = |numbers: &[usize]| numbers.iter().filter_map(|number| found.get(*number)).collect::<Vec<&Fields>>();
    let named = |objects: Vec<&Fields>| {
        let one = |object: &Fields| (title_of_found(kind, object), plan::id(kind, object).unwrap_or_default());
        objects.into_iter().map(one).collect::<Vec<_>>()
    };
    let plan = |object: &Fields, found: Option<&Fields>| plan::plan(kind, *state, object, found, rules.rules);
    let stay = |others: &[usize]| {
        let titles = named(of(others)).into_iter().map(|(title, _)| title).collect();
        let mut plan = plan(object, None)?;
        plan.warnings.push(Warning::SimilarStay { titles });
        Ok(plan)
    };
    match (fit, state) {
        (Fit::None, DesiredState::Present) if id.is_some() => {
            Err(ObjectError::NoSuchId { word: kind.word.clone(), id: id.clone().unwrap_or_default() })
        }
        (Fit::None, _) => plan(object, None),
        (Fit::One(only), _) => plan(object, found.get(*only)),
        (Fit::Several(several), _) => Err(ObjectError::Several(plan::distinguished(kind, &of(several)))),
        // Nothing is deleted that is not proved to be meant.
        (Fit::KeptOtherwise(other), DesiredState::Absent) => stay(&[*other]),
        (Fit::KeptOtherwise(_), _) if rules.allow_similar => plan(object, None),
        (Fit::KeptOtherwise(other), _) => {
            let mut rest = object.clone();
            rest.retain(|name, value| !declared.fields.contains(name) || !value.is_string());
            let mut plan = plan(&rest, found.get(*other))?;
            let kept = found.get(*other).map(|kept| matching::title(&declared.fields, kept)).unwrap_or_default();
            plan.warnings.push(Warning::KeptOtherwise { title: declared.title(kind), kept });
            Ok(plan)
        }
        (Fit::Similar(_), DesiredState::Present) if rules.allow_similar => plan(object, None),
        (Fit::Similar(others), DesiredState::Present) => Err(ObjectError::Similar {
            word: kind.word.clone(),
            title: declared.title(kind),
            others: named(of(others)),
        }),
        (Fit::Similar(others), _) => stay(others),
    }
}

/// Of two new objects whose keys differ only in blanks, case or Unicode form, neither is created.
fn refuse_similar_creations(kind: &Kind, declared: &[Declared], plans: &mut [Result<Plan, ObjectError>]) {
    let mut similar: HashMap<(&[String], Vec<String>), Vec<usize>> = HashMap::new();
    for (number, (one, plan)) in declared.iter().zip(plans.iter()).enumerate() {
        if let (Ok(true), Some(key)) = (plan.as_ref().map(creates), matching::key(&one.fields, &one.object)) {
            let folded = key.iter().map(|part| matching::folded(part)).collect();
            similar.entry((&one.fields, folded)).or_default().push(number);
        }
    }
    let refused: Vec<(usize, ObjectError)> = similar
        .into_values()
        .filter(|numbers| numbers.len() > 1)
        .flat_map(|numbers| {
            let title = |number: &usize| declared.get(*number).map(|one| one.title(kind)).unwrap_or_default();
            let all: Vec<(usize, String)> = numbers.iter().map(|number| (*number, title(number))).collect();
            let error = |(number, title): &(usize, String)| {
                let others = all.iter().filter(|(other, _)| other != number);
                let others = others.map(|(_, title)| (title.clone(), String::new())).collect();
                (*number, ObjectError::Similar { word: kind.word.clone(), title: title.clone(), others })
            };
            all.iter().map(error).collect::<Vec<_>>()
        })
        .collect();
    for (number, error) in refused {
        if let Some(plan) = plans.get_mut(number) {
            *plan = Err(error);
        }
    }
}

/// The title of a found object. An object without a name has its id.
fn title_of_found(kind: &Kind, object: &Fields) -> String {
    let title = matching::title(&kind.key, object);
    if title.is_empty() { plan::id(kind, object).unwrap_or_default() } else { title }
}

impl SetPlan {
    #[must_use]
    pub fn changes(&self) -> bool {
        !self.purge.is_empty() || self.plans.iter().flatten().any(Plan::changes)
    }

    /// The titles of the objects in [`SetPlan::purge`], in order. An object without a name has its id.
    pub fn purged_titles(&self, kind: &Kind) -> impl Iterator<Item = String> {
        self.purge.iter().map(|plan| {
            let title = plan.found.as_ref().map(|found| title_of_found(kind, found)).unwrap_or_default();
            if title.is_empty() { plan.id.clone().unwrap_or_default() } else { title }
        })
    }
}

#[must_use]
pub fn creates(plan: &Plan) -> bool {
    matches!(plan.step, Step::Create(_))
}

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;
