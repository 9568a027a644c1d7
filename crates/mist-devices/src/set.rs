//! The plan of a whole set: everything that can be known before the first write.

use crate::config::{self, ConfigError, ConfigPlan, ConfigRules, Surroundings, TypedRow};
use crate::decision::{Decision, DecisionError, Defaults, SiteChange, World, decide, same_devices};
use crate::facts::{Facts, TYPES, documents, facts, map_id, profile_types, uplink_errors};
use crate::inventory::Device;
use crate::read;
use crate::row::Row;
use mist_client::{Client, Error};
use mist_objects::names::Index;
use mist_objects::plan::Fields;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// A set, as declared.
#[derive(Clone, Debug, Default)]
pub struct Declaration {
    pub org_id: String,
    pub rows: Vec<Row>,
    pub defaults: Defaults,
    pub config: ConfigRules,
    pub max_releases: Option<usize>,
    pub max_changes: Option<usize>,
    /// Only devices at these sites, by name or id.
    pub limit_sites: Option<Vec<String>>,
    /// Nothing is begun at another site after a failure at one.
    pub stop_on_error: bool,
    /// Wait so long for devices to take their configuration.
    pub wait_config: Option<Duration>,
}

/// The reason that nothing is begun.
#[derive(Clone, Debug, PartialEq)]
pub enum SetError {
    /// Rows, by their position, that cannot be planned.
    Rows(Vec<(usize, PlanError)>),
    /// More devices would be released than allowed: their titles.
    TooManyReleases {
        most: usize,
        titles: Vec<String>,
    },
    TooManyChanges {
        most: usize,
        titles: Vec<String>,
    },
    /// A site of the limit does not exist.
    LimitSite(DecisionError),
    Client(Error),
}

#[derive(Clone, Debug, PartialEq)]
pub enum PlanError {
    Decision(DecisionError),
    Config(ConfigError),
}

impl From<Error> for SetError {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

/// The plan of a row.
#[derive(Clone, Debug)]
pub enum RowPlan {
    /// The row is not about one of the chosen sites.
    Excluded,
    Planned {
        decision: Box<Decision>,
        /// `None` if no configuration is declared, or its type is not known before the claim.
        config: Option<Box<ConfigPlan>>,
    },
}

/// A planned set.
#[derive(Clone, Debug)]
pub struct SetPlan {
    pub world: World,
    pub facts: Facts,
    pub rows: Vec<RowPlan>,
    /// Declared fields that only the cloud sets.
    pub ignored: BTreeSet<String>,
    /// The rows with configuration whose type shows only after the claim.
    pub untyped: Vec<usize>,
}

impl RowPlan {
    #[must_use]
    pub fn decision(&self) -> Option<&Decision> {
        match self {
            Self::Planned { decision, .. } => Some(decision),
            Self::Excluded => None,
        }
    }

    #[must_use]
    pub fn config(&self) -> Option<&ConfigPlan> {
        match self {
            Self::Planned { config, .. } => config.as_deref(),
            Self::Excluded => None,
        }
    }

    /// True if the cloud would be written to.
    #[must_use]
    pub fn changes(&self) -> bool {
        let decides = |decision: &Decision| {
            decision.claim.is_some()
                || decision.replacement.is_some()
                || decision.site != SiteChange::Nothing
                || decision.profile.is_some()
                || decision.release
        };
        self.decision().is_some_and(decides) || self.config().is_some_and(ConfigPlan::changes)
    }
}

/// Reads what the rows need, and plans them.
///
/// # Errors
/// Everything that can be known before the first write.
pub fn prepare(client: &Client, set: &Declaration) -> Result<SetPlan, SetError> {
    let mut world = World { inventory: read::inventory(client, &set.org_id)?, ..World::default() };
    if set.limit_sites.is_some() || set.rows.iter().any(|row| matches!(row.site, Some(Some(_)))) {
        world.sites = Some(read::sites(client, &set.org_id)?);
    }
    let types: Vec<String> = profile_types(set, &world).into_iter().map(str::to_owned).collect();
    for device_type in &types {
        world.profiles.extend(read::profiles(client, &set.org_id, device_type)?);
    }
    let chosen = chosen_sites(set, &world)?;
    let (mut decisions, mut errors) = decide_all(set, &world, chosen.as_ref());
    let is_missing =
        |(_, error): &(usize, PlanError)| matches!(error, PlanError::Decision(DecisionError::NoProfile { .. }));
    if errors.iter().any(is_missing) {
        // A profile of another type has a better error.
        for device_type in TYPES.into_iter().filter(|device_type| !types.iter().any(|known| known == device_type)) {
            world.profiles.extend(read::profiles(client, &set.org_id, device_type)?);
        }
        (decisions, errors) = decide_all(set, &world, chosen.as_ref());
    }
    errors
        .extend(same_devices(&set.rows, &decisions).into_iter().map(|(row, error)| (row, PlanError::Decision(error))));
    let mut typed: Vec<Option<TypedRow>> = Vec::with_capacity(set.rows.len());
    let (mut ignored, mut untyped) = (BTreeSet::new(), Vec::new());
    for (position, (row, decision)) in set.rows.iter().zip(&decisions).enumerate() {
        let Some(decision) = decision.as_ref().filter(|decision| needs_config(row, decision, set)) else {
            typed.push(None);
            continue;
        };
        match types_of(row, decision, set) {
            Ok(Some(row)) => {
                ignored.extend(row.ignored.iter().cloned());
                typed.push(Some(row));
            }
            Ok(None) => {
                untyped.push(position);
                typed.push(None);
            }
            Err(error) => {
                errors.push((position, PlanError::Config(error)));
                typed.push(None);
            }
        }
    }
    if !errors.is_empty() {
        errors.sort_by_key(|(position, _)| *position);
        return Err(SetError::Rows(errors));
    }
    let facts = facts(client, set, &decisions, &typed)?;
    let needed: Vec<(usize, &Device)> = decisions
        .iter()
        .enumerate()
        .filter(|(position, _)| set.rows.get(*position).is_some_and(|row| reads_config(row, set)))
        .filter_map(|(position, decision)| Some((position, source(decision.as_ref()?, &world)?)))
        .filter(|(position, _)| typed.get(*position).is_some_and(Option::is_some))
        .collect();
    let documents = documents(client, &world, needed.into_iter().map(|(_, device)| device))?;
    let mut rows = Vec::with_capacity(set.rows.len());
    let index = Index::new(&facts.known);
    for (position, ((row, decision), typed)) in set.rows.iter().zip(decisions).zip(typed).enumerate() {
        let Some(decision) = decision else {
            rows.push(RowPlan::Excluded);
            continue;
        };
        let config = match typed {
            None => None,
            Some(typed) => match planned(row, &typed, &decision, &world, &facts, &index, &documents, set) {
                Ok(plan) => Some(Box::new(plan)),
                Err(error) => {
                    errors.push((position, PlanError::Config(error)));
                    None
                }
            },
        };
        rows.push(RowPlan::Planned { decision: Box::new(decision), config });
    }
    if errors.is_empty() && !set.config.allow_uplinks {
        errors = uplink_errors(client, set, &rows)?;
    }
    if !errors.is_empty() {
        return Err(SetError::Rows(errors));
    }
    let plan = SetPlan { world, facts, rows, ignored, untyped };
    check_limits(set, &plan)?;
    Ok(plan)
}

/// The decisions of all rows, `None` for excluded and wrong ones, and the errors.
fn decide_all(
    set: &Declaration,
    world: &World,
    chosen: Option<&BTreeSet<String>>,
) -> (Vec<Option<Decision>>, Vec<(usize, PlanError)>) {
    let mut errors = Vec::new();
    let mut decisions = Vec::with_capacity(set.rows.len());
    for (position, row) in set.rows.iter().enumerate() {
        let decision = if is_excluded(row, world, chosen) {
            None
        } else {
            let refused = |error| errors.push((position, PlanError::Decision(error)));
            decide(row, world, set.defaults).map_err(refused).ok()
        };
        decisions.push(decision);
    }
    (decisions, errors)
}

/// The ids of the sites that the set is limited to.
fn chosen_sites(set: &Declaration, world: &World) -> Result<Option<BTreeSet<String>>, SetError> {
    let Some(names) = &set.limit_sites else { return Ok(None) };
    let id = |name: &String| world.site_id(name).map(|id| id.to_ascii_lowercase());
    names.iter().map(id).collect::<Result<_, _>>().map(Some).map_err(SetError::LimitSite)
}

/// True for a row about another site than the chosen ones.
fn is_excluded(row: &Row, world: &World, chosen: Option<&BTreeSet<String>>) -> bool {
    let Some(chosen) = chosen else { return false };
    let is_chosen = |id: &str| chosen.contains(&id.to_ascii_lowercase());
    let present = || world.inventory.find(&row.identity).ok().flatten().and_then(|device| device.site_id.as_deref());
    match &row.site {
        // A wrong name is an error of the row.
        Some(Some(name)) => world.site_id(name).is_ok_and(|id| !is_chosen(&id)),
        _ => !present().is_some_and(is_chosen),
    }
}

/// True if a row declares configuration that is to be compared, or its name differs.
fn needs_config(row: &Row, decision: &Decision, set: &Declaration) -> bool {
    !row.absent && (reads_config(row, set) || decision.rename.is_some()) && decision.site_id.is_some()
}

/// True if the configuration is read.
fn reads_config(row: &Row, set: &Declaration) -> bool {
    row.has_config() || row.mist_configured.or(set.defaults.mist_configured).is_some()
}

/// The declared fields in their types. `None` if the type of the device is not known yet.
fn types_of(row: &Row, decision: &Decision, set: &Declaration) -> Result<Option<TypedRow>, ConfigError> {
    if let Some(device) = &decision.device {
        return config::typed(row, &config::kind(&device.device_type)?, set.defaults.mist_configured).map(Some);
    }
    // It must fit one of the types.
    let mut first = None;
    for device_type in ["ap", "switch", "gateway"] {
        if row.ports.is_some() && !config::WITH_PORTS.contains(&device_type) {
            continue;
        }
        match config::typed(row, &config::kind(device_type)?, set.defaults.mist_configured) {
            Ok(_) => return Ok(None),
            Err(error) => first = first.or(Some(error)),
        }
    }
    first.map_or(Ok(None), Err)
}

/// The plan for the configuration of a row, with what is known of the device.
#[allow(clippy::too_many_arguments)]
fn planned(
    row: &Row,
    typed: &TypedRow,
    decision: &Decision,
    world: &World,
    facts: &Facts,
    index: &Index<'_>,
    documents: &HashMap<String, Fields>,
    set: &Declaration,
) -> Result<ConfigPlan, ConfigError> {
    let device = decision.device.clone().unwrap_or_default();
    let source = source(decision, world).unwrap_or(&device);
    let head = world.inventory.head(source);
    let mut found = match documents.get(source.target()) {
        Some(document) => document.clone(),
        None if reads_config(row, set) && decision.site == SiteChange::Nothing && decision.replacement.is_none() => {
            return Err(ConfigError::NotListed);
        }
        None => summary(head),
    };
    if let SiteChange::Move { .. } = decision.site {
        // Positions are those of a site.
        ["map_id", "x", "y"].iter().for_each(|field| drop(found.shift_remove(*field)));
    }
    plan_for(row, typed, &device, &found, decision.site_id.as_deref(), facts, index, set)
}

/// The device whose configuration the device of a row has or gets: for a replacement, that of the old one.
fn source<'a>(decision: &'a Decision, world: &'a World) -> Option<&'a Device> {
    let old = decision.replacement.as_ref().and_then(|replacement| world.inventory.by_mac(&replacement.old));
    old.or(decision.device.as_ref())
}

/// The part of a configuration that the inventory has.
fn summary(device: &Device) -> Fields {
    let fields = [("id", &device.id), ("mac", &device.mac), ("name", &device.name), ("type", &device.device_type)];
    let filled = fields.into_iter().filter(|(_, value)| !value.is_empty());
    filled.map(|(name, value)| (name.to_owned(), Value::from(value.clone()))).collect()
}

/// The plan for the configuration of a device at a site, as found there.
///
/// # Errors
/// The first reason that it cannot be written.
#[allow(clippy::too_many_arguments)]
pub fn plan_for(
    row: &Row,
    typed: &TypedRow,
    device: &Device,
    found: &Fields,
    site_id: Option<&str>,
    facts: &Facts,
    index: &Index<'_>,
    set: &Declaration,
) -> Result<ConfigPlan, ConfigError> {
    let kind = config::kind(&device.device_type)?;
    let map_id = match (&row.map, site_id) {
        (Some(Some(name)), Some(site_id)) => Some(map_id(name, facts.maps.get(site_id)).map_err(ConfigError::Map)?),
        _ => None,
    };
    let surroundings = Surroundings { index, map_id: map_id.as_deref(), models: &facts.models };
    config::plan_config(row, typed, kind, device, found, surroundings, &set.config)
}

fn check_limits(set: &Declaration, plan: &SetPlan) -> Result<(), SetError> {
    let titles = |is: &dyn Fn(&RowPlan) -> bool| -> Vec<String> {
        let rows = set.rows.iter().zip(&plan.rows).filter(|(_, plan)| is(plan));
        rows.map(|(row, _)| row.title()).collect()
    };
    let released = titles(&|plan| plan.decision().is_some_and(|decision| decision.release));
    let most = set.max_releases.unwrap_or(0);
    if released.len() > most {
        return Err(SetError::TooManyReleases { most, titles: released });
    }
    let changed = titles(&RowPlan::changes);
    match set.max_changes {
        Some(most) if changed.len() > most => Err(SetError::TooManyChanges { most, titles: changed }),
        _ => Ok(()),
    }
}
