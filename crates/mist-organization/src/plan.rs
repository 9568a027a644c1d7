//! From declarations and what was found to the plan of a whole organization. No I/O: check mode and the real run share it.
//!
//! An object that does not exist yet has a placeholder in place of its id, which the run replaces once the object exists.

use crate::desired::Desired;
use crate::identity::{Identified, declared_similar, identified, only_names, resolved};
use crate::placeholders::placeholder;
use mist_objects::compare::Rules;
use mist_objects::error::ObjectError;
use mist_objects::filter::{Filter, Matches};
use mist_objects::matching;
use mist_objects::names::{self, Index, Known};
use mist_objects::plan::{self, DesiredState, Fields, Plan};
use mist_objects::set::{self, Declared, Purge, SetRules};
use mist_objects::table::{Kind, Level};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Conditions for deletions by kind.
pub type Conditions = BTreeMap<(Level, String), Filter>;

/// The rules of a run.
pub struct Settings<'a> {
    pub rules: &'a Rules,
    pub allow_similar: bool,
    /// True for kinds of which undeclared objects are deleted.
    pub purges: &'a dyn Fn(&Kind) -> bool,
    /// True for a name that a purge keeps.
    pub keeps: &'a dyn Fn(&Kind, &str) -> bool,
    /// Conditions for deletions.
    pub conditions: &'a Conditions,
    pub matches: &'a Matches<'a>,
    /// True for a name that the run is about. `None`: all of the kind are.
    pub only: &'a dyn Fn(&Kind, &str) -> Option<bool>,
}

/// The lists by the position of the site and the kind.
pub type Found = HashMap<(Option<usize>, String), Result<Vec<Fields>, ObjectError>>;

/// The objects of the cloud.
#[derive(Debug, Default)]
pub struct Listings {
    /// By the position of the site and the kind.
    pub found: Found,
    /// Names of kinds that are only referred to.
    pub known: Known,
    /// The names of the organization, if a plan of it has them already.
    pub names: Option<Known>,
}

/// The plan of one object.
#[derive(Clone, Debug)]
pub struct ObjectPlan {
    /// The position of the declaration.
    pub desired: usize,
    pub declared: Declared,
    pub plan: Result<Plan, ObjectError>,
    /// It is created next to objects with its key.
    pub is_twin: bool,
}

/// The plan of the objects of a kind.
#[derive(Clone, Debug)]
pub struct KindPlan {
    pub kind: Arc<Kind>,
    pub site: Option<usize>,
    pub objects: Vec<ObjectPlan>,
    /// Deletions.
    pub purge: Vec<(String, Result<Plan, ObjectError>)>,
    /// The titles of undeclared objects that are not deleted.
    pub unmanaged: Vec<String>,
    /// The ids of all objects found.
    pub before: BTreeSet<String>,
    /// No object is declared to exist.
    pub is_empty: bool,
}

#[derive(Clone, Debug, Default)]
pub struct OrgPlan {
    /// In the order of references, kinds of the organization first.
    pub kinds: Vec<KindPlan>,
    /// The positions of declarations by placeholder.
    pub placeholders: HashMap<String, usize>,
    /// The placeholder or id of each declared object that another can refer to.
    pub names: Known,
}

/// Plans the organization, or those scopes and kinds of it that `wants` chooses.
///
/// # Errors
/// All names that no object or several objects have, with the positions of their declarations.
pub fn plan(
    desired: &Desired,
    listings: Listings,
    settings: &Settings<'_>,
    wants: &dyn Fn(Option<usize>, &str) -> bool,
) -> Result<OrgPlan, Vec<(usize, ObjectError)>> {
    let mut by_scope: BTreeMap<(Option<usize>, &str), Vec<usize>> = BTreeMap::new();
    for (position, object) in desired.objects.iter().enumerate() {
        by_scope.entry((object.site, object.kind.word.as_str())).or_default().push(position);
    }
    for (site, word) in &desired.scopes {
        by_scope.entry((*site, word.as_str())).or_default();
    }
    let mut planning = Planning { desired, settings, placeholders: HashMap::new(), wrong: Vec::new() };
    let known = match listings.names.clone() {
        Some(names) => names,
        None => planning.known(None, &by_scope, &listings),
    };
    let index = Index::new(&known);
    let mut kinds = Vec::new();
    let Listings { mut found, .. } = listings;
    for ((site, word), positions) in by_scope.iter().filter(|((site, word), _)| wants(*site, word)) {
        let level = if site.is_some() { Level::Site } else { Level::Org };
        let own_kind =
            positions.first().and_then(|position| desired.objects.get(*position)).map(|one| Arc::clone(&one.kind));
        let Some(kind) = own_kind.or_else(|| mist_objects::table::kind(level, word).map(Arc::new)) else { continue };
        let own =
            site.map(|site| planning.names_of_site(site, positions, &by_scope, &found, &known)).unwrap_or_default();
        let own_index;
        let index = if own.is_empty() {
            &index
        } else {
            own_index = Index::new(&own);
            &own_index
        };
        let listed = found.remove(&(*site, (*word).to_owned()));
        // Other kinds of the site may refer to this one.
        if site.is_some()
            && let Some(Ok(list)) = &listed
        {
            let names = list.iter().map(|object| only_names(&kind, object)).collect();
            found.insert((*site, (*word).to_owned()), Ok(names));
        }
        kinds.push(planning.kind(kind, *site, positions, listed, index));
    }
    if !planning.wrong.is_empty() {
        return Err(planning.wrong);
    }
    let placeholders = planning.placeholders;
    let mut plan = OrgPlan { kinds, placeholders, names: known };
    plan.sort();
    Ok(plan)
}

struct Planning<'a> {
    desired: &'a Desired,
    settings: &'a Settings<'a>,
    placeholders: HashMap<String, usize>,
    wrong: Vec<(usize, ObjectError)>,
}

/// The names and ids of found objects.
fn pairs(kind: &Kind, found: &[Fields]) -> Vec<(String, String)> {
    let name = kind.key.first().map(String::as_str).unwrap_or_default();
    let of = |object: &Fields| {
        let text = |field: &str| object.get(field).and_then(Value::as_str).map(str::to_owned);
        Some((text(name)?, text(&kind.id)?))
    };
    found.iter().filter_map(of).collect()
}

impl Planning<'_> {
    /// The names of the objects of the organization or of a site, also of those that the run creates or renames.
    fn known(
        &mut self,
        site: Option<usize>,
        by_scope: &BTreeMap<(Option<usize>, &str), Vec<usize>>,
        listings: &Listings,
    ) -> Known {
        let mut known = listings.known.clone();
        for ((of, word), positions) in by_scope.iter().filter(|((of, _), _)| *of == site) {
            let found = match listings.found.get(&(*of, (*word).to_owned())) {
                Some(Ok(found)) => found.as_slice(),
                _ => &[],
            };
            let names = self.names_of(positions, found);
            known.insert((*word).to_owned(), names);
        }
        // Lists of kinds of which nothing is declared.
        for ((of, word), found) in listings.found.iter().filter(|((of, _), _)| *of == site) {
            if let (Ok(found), false) = (found, by_scope.contains_key(&(*of, word.as_str())))
                && let Some(kind) = mist_objects::table::kind(Level::Org, word)
            {
                known.insert(word.clone(), pairs(&kind, found));
            }
        }
        known
    }

    /// The names of one kind in one scope.
    fn names_of(&mut self, positions: &[usize], found: &[Fields]) -> Vec<(String, String)> {
        let desired = self.desired;
        let Some(kind) = positions.first().and_then(|position| desired.objects.get(*position)).map(|one| &one.kind)
        else {
            return Vec::new();
        };
        let mut names = pairs(kind, found);
        let mut counts: HashMap<String, usize> = HashMap::new();
        names.iter().for_each(|(name, _)| *counts.entry(name.clone()).or_default() += 1);
        for position in positions {
            let Some(object) = desired.objects.get(*position) else { continue };
            let state = object.intent.state.unwrap_or(DesiredState::Present);
            let Some(name) = object.name().filter(|_| state == DesiredState::Present && object.intent.id.is_none())
            else {
                continue;
            };
            let left = counts.entry(name.to_owned()).or_default();
            if *left > 0 {
                // Of twins, each takes one.
                if object.is_twin {
                    *left -= 1;
                }
                continue;
            }
            let renamed = object.was.as_ref().and_then(|was| names.iter().position(|(other, _)| other == was));
            match renamed.and_then(|number| names.get_mut(number)) {
                Some(pair) => name.clone_into(&mut pair.0),
                None => {
                    let id = placeholder(*position);
                    self.placeholders.insert(id.clone(), *position);
                    names.push((name.to_owned(), id));
                }
            }
        }
        names
    }

    /// The names for the objects of a site, if they refer to objects of the site itself.
    fn names_of_site(
        &mut self,
        site: usize,
        positions: &[usize],
        by_scope: &BTreeMap<(Option<usize>, &str), Vec<usize>>,
        found: &Found,
        org: &Known,
    ) -> Known {
        let desired = self.desired;
        let objects = || positions.iter().filter_map(|position| desired.objects.get(*position));
        let needed: BTreeSet<String> =
            objects().flat_map(|object| names::needed(object.kind.schema, &object.fields)).collect();
        if !needed.iter().any(|word| mist_objects::table::kind(Level::Site, word).is_some()) {
            return Known::new();
        }
        let mut known = Known::new();
        for word in needed {
            let names = match mist_objects::table::kind(Level::Site, &word) {
                None => org.get(&word).cloned().unwrap_or_default(),
                Some(kind) => {
                    let found = match found.get(&(Some(site), word.clone())) {
                        Some(Ok(found)) => found.as_slice(),
                        _ => &[],
                    };
                    match by_scope.get(&(Some(site), word.as_str())).filter(|positions| !positions.is_empty()) {
                        Some(positions) => self.names_of(positions, found),
                        None => pairs(&kind, found),
                    }
                }
            };
            known.insert(word, names);
        }
        known
    }

    fn kind(
        &mut self,
        kind: Arc<Kind>,
        site: Option<usize>,
        positions: &[usize],
        listed: Option<Result<Vec<Fields>, ObjectError>>,
        index: &Index<'_>,
    ) -> KindPlan {
        let desired = self.desired;
        let mut result = KindPlan {
            kind: Arc::clone(&kind),
            site,
            objects: Vec::new(),
            purge: Vec::new(),
            unmanaged: Vec::new(),
            before: BTreeSet::new(),
            is_empty: positions.is_empty(),
        };
        let mut declared: Vec<(usize, Declared)> = Vec::new();
        for position in positions {
            let Some(object) = desired.objects.get(*position) else { continue };
            match resolved(object, index) {
                Ok(one) => declared.push((*position, one)),
                Err(errors) => self.wrong.extend(errors.into_iter().map(|error| (*position, error))),
            }
        }
        result.is_empty = set::declares_nothing(declared.iter().map(|(_, one)| one.state));
        let found = match listed {
            Some(Ok(found)) => found,
            // The site does not exist yet. Its setting appears with it.
            None if kind.one => vec![Fields::new()],
            None => Vec::new(),
            Some(Err(error)) => {
                let refused =
                    |(desired, declared)| ObjectPlan { desired, declared, plan: Err(error.clone()), is_twin: false };
                result.objects = declared.into_iter().map(refused).collect();
                return result;
            }
        };
        result.before = found.iter().filter_map(|object| plan::id(&kind, object)).collect();
        let (mut in_set, mut alone) = (Vec::new(), Vec::new());
        for one in identified(self.desired, self.settings.rules, &kind, declared, &found) {
            if one.2 { alone.push(one) } else { in_set.push(one) }
        }
        self.plan_set(&mut result, in_set, alone, &found);
        // Of an unchanged object, only the title is needed: an organization has many.
        for one in &mut result.objects {
            if one.plan.as_ref().is_ok_and(|plan| !plan.changes()) {
                let Declared { object, fields, .. } = &mut one.declared;
                object.retain(|name, _| {
                    kind.key.contains(name) || fields.iter().any(|field| field.split('.').next() == Some(name.as_str()))
                });
            }
        }
        result
    }

    fn plan_set(&self, result: &mut KindPlan, in_set: Vec<Identified>, alone: Vec<Identified>, found: &[Fields]) {
        let kind = Arc::clone(&result.kind);
        let rules = self.settings.rules;
        for (desired, declared, _, error) in alone {
            let plan = match error {
                Some(error) => Err(error),
                None => plan::plan(&kind, declared.state, &declared.object, None, rules),
            };
            result.objects.push(ObjectPlan { desired, declared, plan, is_twin: true });
        }
        let (positions, declared): (Vec<usize>, Vec<Declared>) = in_set.into_iter().map(|one| (one.0, one.1)).unzip();
        let similar = declared_similar(&kind, &declared, found);
        let (mut normal, mut allowed) = (Vec::new(), Vec::new());
        for ((position, one), is_similar) in positions.into_iter().zip(declared).zip(similar) {
            if is_similar { allowed.push((position, one)) } else { normal.push((position, one)) }
        }
        for (desired, declared) in allowed {
            let set_rules = SetRules { rules, purge: None, allow_similar: true };
            let plan = set::plan_one(&kind, &declared, found, &set_rules);
            result.objects.push(ObjectPlan { desired, declared, plan, is_twin: false });
        }
        let (positions, declared): (Vec<usize>, Vec<Declared>) = normal.into_iter().unzip();
        let has_file = self.desired.scopes.contains(&(result.site, kind.word.clone()));
        let everything = Filter::default();
        // All undeclared objects first; the deletions are chosen from them.
        let purge = (has_file && kind.deletable && !kind.one).then_some(Purge {
            keeps: &|_: &str| false,
            only: &everything,
            matches: self.settings.matches,
            max_deletes: None,
        });
        let set_rules = SetRules { rules, purge, allow_similar: self.settings.allow_similar };
        let planned =
            set::check_distinct(&kind, &declared).and_then(|()| set::plan(&kind, &declared, found, &set_rules));
        let set_plan = match planned {
            Ok(set_plan) => set_plan,
            Err(error) => {
                let refused = positions.into_iter().zip(declared);
                result.objects.extend(refused.map(|(desired, declared)| ObjectPlan {
                    desired,
                    declared,
                    plan: Err(error.clone()),
                    is_twin: false,
                }));
                return;
            }
        };
        let undeclared: Vec<(String, Plan)> =
            set_plan.purged_titles(&kind).zip(set_plan.purge.iter().cloned()).collect();
        let planned = positions.into_iter().zip(declared).zip(set_plan.plans);
        result.objects.extend(planned.map(|((desired, declared), plan)| ObjectPlan {
            desired,
            declared,
            plan,
            is_twin: false,
        }));
        // Twins and similar names are declared.
        let taken: BTreeSet<&String> = result
            .objects
            .iter()
            .filter_map(|one| one.plan.as_ref().ok())
            .filter_map(|plan| plan.id.as_ref())
            .collect();
        let has_doubtful = |plan: &Plan| {
            result.objects.iter().any(|one| one.is_twin && one.plan.is_err() && same_key(&one.declared, plan))
        };
        let conditions = self.settings.conditions.get(&(kind.level, kind.word.clone())).cloned().unwrap_or_default();
        let (mut purge, mut unmanaged) = (Vec::new(), Vec::new());
        for (title, mut plan) in undeclared {
            let name = plan
                .found
                .as_ref()
                .and_then(|found| found.get(kind.key.first()?)?.as_str())
                .unwrap_or(&title)
                .to_owned();
            if plan.id.as_ref().is_some_and(|id| taken.contains(id)) || has_doubtful(&plan) {
                continue;
            }
            if !(self.settings.only)(&kind, &name).unwrap_or(true) {
                continue;
            }
            let fits = plan.found.as_ref().is_some_and(|found| conditions.fits(found, self.settings.matches));
            if (self.settings.purges)(&kind) && fits && !(self.settings.keeps)(&kind, &name) {
                plan.forget(&kind);
                purge.push((title, Ok(plan)));
            } else {
                unmanaged.push(title);
            }
        }
        unmanaged.sort();
        (result.purge, result.unmanaged) = (purge, unmanaged);
    }
}

fn same_key(declared: &Declared, plan: &Plan) -> bool {
    let key = matching::key(&declared.fields, &declared.object);
    key.is_some() && plan.found.as_ref().is_some_and(|found| matching::key(&declared.fields, found) == key)
}

impl OrgPlan {
    /// Sorts the kinds by the order of their references.
    pub fn sort(&mut self) {
        self.kinds.sort_by_cached_key(|kind| (kind.site.is_some(), crate::order::rank(&kind.kind), kind.site));
    }

    /// The number of deletions.
    #[must_use]
    pub fn deletions(&self) -> usize {
        let absent = |kind: &KindPlan| {
            let is_deletion = |one: &&ObjectPlan| matches!(&one.plan, Ok(plan) if plan.step == plan::Step::Delete);
            kind.objects.iter().filter(is_deletion).count()
        };
        self.kinds.iter().map(|kind| kind.purge.len() + absent(kind)).sum()
    }

    /// True if something differs from the declarations. Undeclared objects that stay do not count.
    #[must_use]
    pub fn has_drift(&self) -> bool {
        self.kinds.iter().any(|kind| {
            !kind.purge.is_empty() || kind.objects.iter().any(|one| one.plan.as_ref().map_or(true, Plan::changes))
        })
    }
}
