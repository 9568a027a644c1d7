//! From a whole set of one kind to what is to be done about each object, and about those that are not declared. No I/O.

use crate::compare::Rules;
use crate::matching;
use crate::plan::{self, DesiredState, Fields, Plan, Step};
use crate::table::Kind;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One object that is declared, with ids and no names.
#[derive(Clone, Debug)]
pub struct Declared {
    /// What it shall be.
    pub object: Fields,
    /// The fields that tell which one is meant.
    pub fields: Vec<String>,
}

impl Declared {
    /// What it is called.
    #[must_use]
    pub fn title(&self) -> String {
        matching::title(&self.fields, &self.object)
    }
}

/// What is to be done about a set.
#[derive(Clone, Debug)]
pub struct SetPlan {
    /// Of each declared object, in order: the plan, or why there is none.
    pub plans: Vec<Result<Plan, String>>,
    /// The objects that are not declared and shall go.
    pub purge: Vec<Plan>,
    /// Why nothing at all is to be done, if so: what would go is in `purge` all the same.
    pub refused: Option<Refused>,
}

/// Why a purge is not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// More objects would go than this.
    TooMany(usize),
    /// No object is declared, so that every one would go, and nothing says that it is meant.
    NothingDeclared,
}

/// What becomes of objects that are not declared.
pub struct Purge<'a> {
    /// Whether a key is kept, by the user's globs.
    pub keeps: &'a dyn Fn(&str) -> bool,
    /// More deletions than this, and nothing is done at all.
    pub max_deletes: Option<usize>,
}

/// Checks that no two declared objects are meant to be the same.
///
/// # Errors
/// Which are.
pub fn check_distinct(declared: &[Declared]) -> Result<(), String> {
    let mut seen: HashMap<(&[String], Vec<String>), usize> = HashMap::new();
    for (number, one) in declared.iter().enumerate() {
        let key = matching::key(&one.fields, &one.object).unwrap_or_default();
        if let Some(first) = seen.insert((&one.fields, key), number) {
            return Err(format!(
                "item {} and item {} are the same object, '{}'",
                first + 1,
                number + 1,
                one.title().escape_debug()
            ));
        }
    }
    Ok(())
}

/// What is to be done, `found` being all objects of the kind.
///
/// # Errors
/// Objects of this kind cannot be deleted, and some shall be.
pub fn plan(
    kind: &Kind,
    declared: &[Declared],
    found: &[Fields],
    purge: Option<&Purge<'_>>,
    rules: &Rules,
) -> Result<SetPlan, String> {
    // By each way of telling that is used: which objects have which key.
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
                Err(format!("{}, or use mist_object with id", plan::several_fit(kind, &several)))
            }
        };
        if let Ok(plan) = &mut plan {
            plan.forget(kind);
        }
        plans.push(plan);
    }
    let (mut gone, mut refused) = (Vec::new(), None);
    if let Some(purge) = purge {
        if !kind.deletable {
            return Err(format!("{} cannot be deleted", kind.word));
        }
        for (number, object) in found.iter().enumerate() {
            let title = matching::title(&kind.key, object);
            if !meant.contains(&number) && !(purge.keeps)(&title) {
                gone.push(plan::plan(kind, DesiredState::Absent, &Fields::new(), Some(object), rules)?);
            }
        }
        refused = match purge.max_deletes {
            Some(most) if gone.len() > most => Some(Refused::TooMany(most)),
            None if declared.is_empty() => Some(Refused::NothingDeclared),
            _ => None,
        };
    }
    Ok(SetPlan { plans, purge: gone, refused })
}

impl SetPlan {
    /// Whether anything is to be done.
    #[must_use]
    pub fn changes(&self) -> bool {
        !self.purge.is_empty() || self.plans.iter().flatten().any(Plan::changes)
    }

    /// What the objects that shall go are called, in the order of [`SetPlan::purge`]; one without a name, by its id.
    pub fn purged_titles(&self, kind: &Kind) -> impl Iterator<Item = String> {
        self.purge.iter().map(|plan| {
            let title = plan.found.as_ref().map(|found| matching::title(&kind.key, found)).unwrap_or_default();
            if title.is_empty() { plan.id.clone().unwrap_or_default() } else { title }
        })
    }
}

/// What an object that was found keeps in memory: the fields that the declared ones have, and what tells it.
pub fn prune(kind: &Kind, declared: &[Declared], object: &mut Value) {
    if let Value::Object(fields) = object {
        fields.retain(|name, _| {
            name == &kind.id || kind.key.contains(name) || declared.iter().any(|one| one.object.contains_key(name))
        });
    }
}

/// Whether a plan creates.
#[must_use]
pub fn creates(plan: &Plan) -> bool {
    matches!(plan.step, Step::Create(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Level, kind};
    use serde_json::json;

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
        let error = plan.plans[2].as_ref().unwrap_err();
        assert!(error.starts_with("2 of the sites fit, and none was touched: 1, 2; say which by match"), "{error}");
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
        assert_eq!(
            check_distinct(&declared(&["a", "b", "a"])),
            Err("item 1 and item 3 are the same object, 'a'".to_owned())
        );
    }
}
