//! Reads what exists of the declared kinds: each list once, several at the same time.

use crate::desired::Desired;
use crate::identity::only_names;
use crate::plan::{self, Conditions, Listings, OrgPlan, Settings};
use mist_client::{Client, Error, workers};
use mist_objects::error::{NameError, ObjectError};
use mist_objects::filter::Filter;
use mist_objects::listing::Scope;
use mist_objects::names;
use mist_objects::plan::Fields;
use mist_objects::table::{self, Kind, Level};
use mist_objects::{find, listing};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The sites that are read and planned together.
const CHUNK: usize = 64;

/// The place of the objects of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SiteTarget {
    Id(String),
    /// The declaration at this position creates it.
    New(usize),
    /// The declaration at this position has an error.
    Refused(usize),
}

/// The plan of a whole organization with its sites.
#[derive(Debug)]
pub struct Planned {
    pub plan: OrgPlan,
    /// By position of the site.
    pub sites: Vec<SiteTarget>,
}

/// The reason that nothing can be planned.
#[derive(Clone, Debug, PartialEq)]
pub enum PlanError {
    Object(ObjectError),
    /// Wrong names, with the positions of the declarations.
    Names(Vec<(usize, ObjectError)>),
}

impl<E: Into<ObjectError>> From<E> for PlanError {
    fn from(error: E) -> Self {
        Self::Object(error.into())
    }
}

/// Reads what the declarations need, and plans.
///
/// # Errors
/// A list that everything depends on cannot be read, or names are wrong.
pub fn planned(
    client: &Client,
    scope: &Scope,
    desired: &Desired,
    settings: &Settings<'_>,
) -> Result<Planned, PlanError> {
    let listings = of_organization(client, scope, desired, settings)?;
    let sites = sites(desired, &listings, settings)?;
    let mut wrong = Vec::new();
    let mut plan = match plan::plan(desired, listings, settings, &|site, _| site.is_none()) {
        Ok(plan) => plan,
        Err(names) => return Err(PlanError::Names(names)),
    };
    let declared = declared_words(desired);
    // The objects of all sites together would not be small.
    for first in (0..sites.len()).step_by(CHUNK) {
        let is_read = |site: Option<usize>| site.is_some_and(|site| (first..first + CHUNK).contains(&site));
        let mut listings = Listings { names: Some(plan.names.clone()), ..Listings::default() };
        of_sites(client, scope, desired, settings, (&declared, &is_read), &sites, &mut listings)?;
        match plan::plan(desired, listings, settings, &|site, _| is_read(site)) {
            Ok(part) => {
                plan.kinds.extend(part.kinds);
                plan.placeholders.extend(part.placeholders);
            }
            Err(names) => wrong.extend(names),
        }
    }
    if !wrong.is_empty() {
        return Err(PlanError::Names(wrong));
    }
    plan.sort();
    Ok(Planned { plan, sites })
}

/// Keeps the fields that a plan needs.
fn prune(kind: &Kind, declared: &BTreeSet<&str>, conditions: &Conditions, found: &mut [Fields]) {
    if conditions.contains_key(&(kind.level, kind.word.clone())) {
        return;
    }
    for object in found {
        object.retain(|name, _| {
            declared.contains(name.as_str())
                || kind.key.contains(name)
                || *name == kind.id
                || *name == "created_time"
                || name == "mac"
                || name.ends_with("_id")
        });
    }
}

fn of_organization(
    client: &Client,
    scope: &Scope,
    desired: &Desired,
    settings: &Settings<'_>,
) -> Result<Listings, PlanError> {
    let (declared, conditions) = (declared_words(desired), settings.conditions);
    let mut kinds: Vec<Kind> = declared
        .keys()
        .filter(|(site, _)| site.is_none())
        .filter_map(|(_, word)| table::kind(Level::Org, word))
        .collect();
    if !desired.sites.is_empty() && !kinds.iter().any(|kind| kind.word == "sites") {
        kinds.extend(table::kind(Level::Org, "sites"));
    }
    let mut referenced: BTreeSet<String> = BTreeSet::new();
    for object in &desired.objects {
        referenced.extend(
            names::needed(object.kind.schema, &object.fields)
                .into_iter()
                .filter(|word| object.site.is_none() || table::kind(Level::Site, word).is_none()),
        );
    }
    for kind in &kinds {
        if let Some(conditions) = conditions.get(&(kind.level, kind.word.clone())) {
            referenced.extend(conditions.needed());
        }
        referenced.remove(&kind.word);
    }
    let referenced: Vec<Kind> = referenced.iter().filter_map(|word| table::kind(Level::Org, word)).collect();
    let jobs: Vec<(&Kind, bool)> =
        kinds.iter().map(|kind| (kind, true)).chain(referenced.iter().map(|kind| (kind, false))).collect();
    let read = |client: &Client, (kind, whole): &(&Kind, bool)| {
        let mut found = find::all(client, scope, kind, None, &Filter::default())?;
        match declared.get(&(None, kind.word.as_str())) {
            Some(fields) if *whole => prune(kind, fields, conditions, &mut found),
            _ => found = found.iter().map(|object| only_names(kind, object)).collect(),
        }
        Ok::<_, ObjectError>(found)
    };
    let mut listings = Listings::default();
    for ((kind, _), result) in jobs.iter().zip(workers::each(client, &jobs, read)) {
        match result {
            // Every declaration of a site depends on it.
            Err(error) if kind.word == "sites" || ends_the_run(&error) => return Err(error.into()),
            result => drop(listings.found.insert((None, kind.word.clone()), result)),
        }
    }
    Ok(listings)
}

fn ends_the_run(error: &ObjectError) -> bool {
    matches!(error, ObjectError::Client(error) if !error.is_about_one_thing() && !matches!(error, Error::Answer { .. }))
}

type Words<'a> = BTreeMap<(Option<usize>, &'a str), BTreeSet<&'a str>>;

/// The declared fields by scope and kind.
fn declared_words(desired: &Desired) -> Words<'_> {
    let mut all: Words<'_> = BTreeMap::new();
    for (site, word) in &desired.scopes {
        all.entry((*site, word.as_str())).or_default();
    }
    for object in &desired.objects {
        let fields = all.entry((object.site, object.kind.word.as_str())).or_default();
        fields.extend(object.fields.keys().map(|name| name.strip_prefix('-').unwrap_or(name)));
        fields.extend(object.match_fields.iter().map(|path| path.split('.').next().unwrap_or_default()));
    }
    let aliases = |word: &str, site: Option<usize>, fields: &BTreeSet<&str>| -> Vec<String> {
        let level = if site.is_some() { Level::Site } else { Level::Org };
        let Some(kind) = table::kind(level, word) else { return Vec::new() };
        fields.iter().filter_map(|field| Some(kind.schema.named_reference(field)?.0)).collect()
    };
    for ((site, word), fields) in &mut all {
        for target in aliases(word, *site, fields) {
            if let Some(level) = table::kind(if site.is_some() { Level::Site } else { Level::Org }, word)
                && let Some(name) = level.field_names().find(|name| *name == target)
            {
                fields.insert(name);
            }
        }
    }
    all
}

/// The sites of the declarations.
fn sites(desired: &Desired, listings: &Listings, settings: &Settings<'_>) -> Result<Vec<SiteTarget>, PlanError> {
    if desired.sites.is_empty() {
        return Ok(Vec::new());
    }
    let found = match listings.found.get(&(None, "sites".to_owned())) {
        Some(Ok(found)) => found.clone(),
        Some(Err(error)) => return Err(error.clone().into()),
        None => Vec::new(),
    };
    let names_only = |word: &str, list: &[Fields]| -> Vec<Fields> {
        let kind = table::kind(Level::Org, word);
        kind.map(|kind| list.iter().map(|object| only_names(&kind, object)).collect()).unwrap_or_default()
    };
    let mut first = Listings { known: listings.known.clone(), ..Listings::default() };
    for ((_, word), list) in &listings.found {
        let list = match list {
            Ok(list) if word == "sites" => Ok(list.clone()),
            Ok(list) => Ok(names_only(word, list)),
            Err(error) => Err(error.clone()),
        };
        first.found.insert((None, word.clone()), list);
    }
    let is_sites = |site: Option<usize>, word: &str| site.is_none() && word == "sites";
    let plan = plan::plan(desired, first, settings, &is_sites).map_err(PlanError::Names)?;
    let mut planned: HashMap<usize, SiteTarget> = HashMap::new();
    for one in plan.kinds.iter().flat_map(|kind| &kind.objects) {
        let target = match &one.plan {
            Ok(plan) => plan.id.clone().map_or(SiteTarget::New(one.desired), SiteTarget::Id),
            Err(_) => SiteTarget::Refused(one.desired),
        };
        planned.insert(one.desired, target);
    }
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for (number, site) in desired.sites.iter().enumerate() {
        if let Some(target) = site.declared.and_then(|declared| planned.get(&declared)) {
            all.push(target.clone());
            continue;
        }
        let named = |object: &&Fields| object.get("name").and_then(Value::as_str) == Some(site.name.as_str());
        let ids: Vec<String> =
            found.iter().filter(named).filter_map(|site| Some(site.get("id")?.as_str()?.to_owned())).collect();
        let (field, word, name) = ("site".to_owned(), "sites".to_owned(), site.name.clone());
        let error = match ids.as_slice() {
            [id] => {
                all.push(SiteTarget::Id(id.clone()));
                continue;
            }
            [] => NameError::Missing { field, word, name, candidates: None },
            _ => NameError::Ambiguous { field, word, name, ids },
        };
        let first = desired.objects.iter().position(|object| object.site == Some(number)).unwrap_or_default();
        wrong.push((first, error.into()));
        all.push(SiteTarget::Refused(first));
    }
    if wrong.is_empty() { Ok(all) } else { Err(PlanError::Names(wrong)) }
}

fn of_sites(
    client: &Client,
    scope: &Scope,
    desired: &Desired,
    settings: &Settings<'_>,
    (declared, is_read): (&Words<'_>, &dyn Fn(Option<usize>) -> bool),
    sites: &[SiteTarget],
    listings: &mut Listings,
) -> Result<(), PlanError> {
    let conditions = settings.conditions;
    let mut referenced: BTreeSet<(usize, String)> = BTreeSet::new();
    for object in &desired.objects {
        let Some(site) = object.site.filter(|site| is_read(Some(*site))) else { continue };
        for word in names::needed(object.kind.schema, &object.fields) {
            if table::kind(Level::Site, &word).is_some() && !declared.contains_key(&(Some(site), word.as_str())) {
                referenced.insert((site, word));
            }
        }
    }
    let mut kinds: BTreeMap<String, Kind> = BTreeMap::new();
    let words = declared.keys().filter(|(site, _)| is_read(*site)).map(|(_, word)| (*word).to_owned());
    for word in words.chain(referenced.iter().map(|(_, word)| word.clone())) {
        if let Some(kind) = table::kind(Level::Site, &word) {
            kinds.insert(word, kind);
        }
    }
    let id = |site: usize| match sites.get(site).filter(|_| is_read(Some(site))) {
        Some(SiteTarget::Id(id)) => Some(id.as_str()),
        _ => None,
    };
    let mut jobs: Vec<(usize, &str, &Kind, bool)> = Vec::new();
    for (site, word) in declared.keys() {
        if let Some((site, id)) = site.and_then(|site| Some((site, id(site)?)))
            && let Some(kind) = kinds.get(*word)
        {
            jobs.push((site, id, kind, true));
        }
    }
    for (site, word) in &referenced {
        if let (Some(id), Some(kind)) = (id(*site), kinds.get(word)) {
            jobs.push((*site, id, kind, false));
        }
    }
    let read = |client: &Client, (site, id, kind, whole): &(usize, &str, &Kind, bool)| {
        let scope = Scope { site_id: Some((*id).to_owned()), ..scope.clone() };
        let mut found = find::all(client, &scope, kind, None, &Filter::default())?;
        match declared.get(&(Some(*site), kind.word.as_str())) {
            Some(fields) if *whole => prune(kind, fields, conditions, &mut found),
            _ => found = found.iter().map(|object| only_names(kind, object)).collect(),
        }
        Ok::<_, ObjectError>(found)
    };
    for ((site, _, kind, _), result) in jobs.iter().zip(workers::each(client, &jobs, read)) {
        match result {
            Err(error) if ends_the_run(&error) => return Err(error.into()),
            result => drop(listings.found.insert((Some(*site), kind.word.clone()), result)),
        }
    }
    Ok(())
}

/// Refuses the deletion of sites that have devices: one request for each site.
///
/// # Errors
/// A request failed.
pub fn protect_sites(client: &Client, scope: &Scope, plan: &mut OrgPlan) -> Result<(), ObjectError> {
    let inventory = Scope::fill(scope, "orgs/{org_id}/inventory");
    let has_devices = |id: &str| -> Result<bool, ObjectError> {
        let path = format!("{inventory}?site_id={}&limit=1", mist_client::path::encode(id));
        let answer = client.get(&path)?;
        match answer.json.as_array() {
            Some(devices) => Ok(devices.iter().any(|device| device["site_id"].as_str() == Some(id))),
            None => Err(answer.unexpected("a list of devices").into()),
        }
    };
    for kind in plan.kinds.iter_mut().filter(|kind| kind.site.is_none() && kind.kind.word == "sites") {
        let purged = kind.purge.iter_mut().map(|(_, plan)| plan);
        let absent = kind.objects.iter_mut().map(|one| &mut one.plan);
        for one in purged.chain(absent) {
            let Ok(plan) = &one else { continue };
            if plan.step == mist_objects::plan::Step::Delete
                && let Some(id) = plan.id.clone()
                && has_devices(&id)?
            {
                *one = Err(ObjectError::Protected(mist_objects::access::Protected::SiteWithDevices));
            }
        }
    }
    Ok(())
}

/// The list of one kind of a site that was just created.
///
/// # Errors
/// The request failed.
pub fn setting_of(client: &Client, scope: &Scope, kind: &Kind) -> Result<Fields, ObjectError> {
    Ok(listing::one(client, scope, kind, "")?.unwrap_or_default())
}
