//! From a set of one kind to a plan for each declared object, and for undeclared ones. No I/O.

use crate::compare::Rules;
use crate::error::ObjectError;
use crate::matching;
use crate::plan::{self, DesiredState, Fields, Plan, Step};
use crate::table::Kind;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A declared object with ids in place of names.
#[derive(Clone, Debug)]
pub struct Declared {
    pub object: Fields,
    /// The fields that identify the object.
    pub fields: Vec<String>,
}

impl Declared {
    #[must_use]
    pub fn title(&self) -> String {
        matching::title(&self.fields, &self.object)
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
    /// Nothing is declared, so that it would delete every object.
    NothingDeclared,
}

/// The handling of undeclared objects.
pub struct Purge<'a> {
    /// True if the user keeps the object with this title.
    pub keeps: &'a dyn Fn(&str) -> bool,
    /// With more deletions than this, nothing is done.
    pub max_deletes: Option<usize>,
}

/// Checks that no two declared objects are the same.
///
/// # Errors
/// The first two that are.
pub fn check_distinct(declared: &[Declared]) -> Result<(), ObjectError> {
    let mut seen: HashMap<(&[String], Vec<String>), usize> = HashMap::new();
    for (number, one) in declared.iter().enumerate() {
        let key = matching::key(&one.fields, &one.object).unwrap_or_default();
        if let Some(first) = seen.insert((&one.fields, key), number) {
            return Err(ObjectError::SameObject { first: first + 1, second: number + 1, title: one.title() });
        }
    }
    Ok(())
}

/// Plans a set. `found` is all objects of the kind.
///
/// # Errors
/// The purge cannot delete an object.
pub fn plan(
    kind: &Kind,
    declared: &[Declared],
    found: &[Fields],
    purge: Option<&Purge<'_>>,
    rules: &Rules,
) -> Result<SetPlan, ObjectError> {
    // For each list of identifying fields: the objects of each key.
    let mut by_key: BTreeMap<&[String], HashMap<Vec<String>, Vec<usize>>> = BTreeMap::new();
    for one in declared {
        by_key.entry(&one.fields).or_insert_with(|| {
            let mut index: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
            for (number, object) in found.iter().enumerate() {
                if let Some(key) = matching::key(&one.fields, object) {
                    index.entry(key).or_default().push(number);
                }
            }
            index
        });
    }
    let mut meant: BTreeSet<usize> = BTreeSet::new();
    let mut plans = Vec::with_capacity(declared.len());
    for one in declared {
        let key = matching::key(&one.fields, &one.object).unwrap_or_default();
        let fitting =
            by_key.get(one.fields.as_slice()).and_then(|index| index.get(&key)).map_or(&[][..], Vec::as_slice);
        meant.extend(fitting);
        let mut plan = match fitting {
            [] => plan::plan(kind, DesiredState::Present, &one.object, None, rules),
            [only] => plan::plan(kind, DesiredState::Present, &one.object, found.get(*only), rules),
            several => {
                let several: Vec<&Fields> = several.iter().filter_map(|number| found.get(*number)).collect();
                Err(ObjectError::Several(plan::distinguished(kind, &several)))
            }
        };
        if let Ok(plan) = &mut plan {
            plan.forget(kind);
        }
        plans.push(plan);
    }
    let (mut deletions, mut refused) = (Vec::new(), None);
    if let Some(purge) = purge {
        if !kind.deletable {
            return Err(ObjectError::NotDeletable { word: kind.word.clone() });
        }
        for (number, object) in found.iter().enumerate() {
            let title = matching::title(&kind.key, object);
            if !meant.contains(&number) && !(purge.keeps)(&title) {
                deletions.push(plan::plan(kind, DesiredState::Absent, &Fields::new(), Some(object), rules)?);
            }
        }
        refused = match purge.max_deletes {
            Some(most) if deletions.len() > most => Some(Refused::TooMany(most)),
            None if declared.is_empty() => Some(Refused::NothingDeclared),
            _ => None,
        };
    }
    Ok(SetPlan { plans, purge: deletions, refused })
}

impl SetPlan {
    #[must_use]
    pub fn changes(&self) -> bool {
        !self.purge.is_empty() || self.plans.iter().flatten().any(Plan::changes)
    }

    /// The titles of the objects in [`SetPlan::purge`], in order. An object without a name has its id.
    pub fn purged_titles(&self, kind: &Kind) -> impl Iterator<Item = String> {
        self.purge.iter().map(|plan| {
            let title = plan.found.as_ref().map(|found| matching::title(&kind.key, found)).unwrap_or_default();
            if title.is_empty() { plan.id.clone().unwrap_or_default() } else { title }
        })
    }
}

#[must_use]
pub fn creates(plan: &Plan) -> bool {
    matches!(plan.step, Step::Create(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Level, kind};
    use serde_json::{Value, json};

    fn object(value: Value) -> Fields {
        value.as_object().cloned().unwrap()
    }

    fn declared(names: &[&str]) -> Vec<Declared> {
        names
            .iter()
            .map(|name| Declared {
                object: object(json!({"name": name, "notes": "n"})),
                fields: vec!["name".to_owned()],
            })
            .collect()
    }

    fn found(names: &[&str]) -> Vec<Fields> {
        names
            .iter()
            .enumerate()
            .map(|(number, name)| object(json!({"id": format!("{number}"), "name": name, "notes": "n"})))
            .collect()
    }

    #[test]
    fn each_object_is_made_left_or_not_touched_where_several_fit() {
        let sites = kind(Level::Org, "sites").unwrap();
        let there = found(&["a", "twin", "twin", "x"]);
        let plan = plan(&sites, &declared(&["a", "b", "twin"]), &there, None, &Rules::default()).unwrap();
        assert_eq!(plan.plans[0].as_ref().unwrap().step, Step::Nothing);
        assert!(creates(plan.plans[1].as_ref().unwrap()));
        let Err(ObjectError::Several(several)) = &plan.plans[2] else { panic!() };
        assert_eq!(several.objects.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
        assert!(plan.purge.is_empty());
    }

    #[test]
    fn a_purge_keeps_what_is_declared_or_named_and_stops_before_anything_goes() {
        let sites = kind(Level::Org, "sites").unwrap();
        let there = found(&["a", "twin", "twin", "x", "hq-1"]);
        let keeps = |name: &str| name.starts_with("hq-");
        let purge = |max_deletes| Purge { keeps: &keeps, max_deletes };
        let of = |names: &[&str], most| {
            let plan = plan(&sites, &declared(names), &there, Some(&purge(most)), &Rules::default()).unwrap();
            (plan.purged_titles(&sites).collect::<Vec<_>>().join(" "), plan.refused)
        };
        assert_eq!(of(&["a", "twin"], None), ("x".to_owned(), None), "the twins are declared, whichever is meant");
        assert_eq!(of(&["a"], Some(3)), ("twin twin x".to_owned(), None));
        assert_eq!(of(&["a"], Some(2)), ("twin twin x".to_owned(), Some(Refused::TooMany(2))));
        assert_eq!(of(&[], None), ("a twin twin x".to_owned(), Some(Refused::NothingDeclared)));
        assert_eq!(of(&[], Some(4)).1, None);
        let nameless = [object(json!({"id": "7"}))];
        let plan = plan(&sites, &[], &nameless, Some(&purge(None)), &Rules::default()).unwrap();
        assert_eq!(plan.purged_titles(&sites).collect::<Vec<_>>(), ["7"]);
    }

    #[test]
    fn two_that_are_the_same_are_refused() {
        assert!(check_distinct(&declared(&["a", "b"])).is_ok());
        let same = ObjectError::SameObject { first: 1, second: 3, title: "a".to_owned() };
        assert_eq!(check_distinct(&declared(&["a", "b", "a"])), Err(same));
    }
}
