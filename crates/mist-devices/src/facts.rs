//! Names, maps, models, configuration and uplinks that the rows of a set depend on.

use crate::config::{self, ConfigError, ConfigPlan, TypedRow};
use crate::decision::{Decision, World};
use crate::inventory::Device;
use crate::models::Models;
use crate::ports::PortError;
use crate::read;
use crate::set::{Declaration, PlanError, RowPlan, SetError};
use mist_client::names::{Lookup, NameIndex};
use mist_client::{Client, Error, path, workers};
use mist_objects::error::NameError;
use mist_objects::listing::{self, Scope};
use mist_objects::names::{self, Known};
use mist_objects::plan::Fields;
use mist_objects::table::Level;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Names and layouts that the plans of a set need.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub known: Known,
    pub models: Models,
    /// The maps of each site.
    pub maps: BTreeMap<String, Vec<(String, String)>>,
}

/// Reads the names, maps and models that rows need.
pub(crate) fn facts(
    client: &Client,
    set: &Declaration,
    decisions: &[Option<Decision>],
    typed: &[Option<TypedRow>],
) -> Result<Facts, SetError> {
    let mut facts = Facts::default();
    let mut kinds: BTreeSet<String> = BTreeSet::new();
    let mut sites: BTreeSet<&str> = BTreeSet::new();
    let mut has_ports = false;
    for ((row, decision), typed) in set.rows.iter().zip(decisions).zip(typed) {
        let Some(decision) = decision.as_ref().filter(|_| !row.absent) else { continue };
        has_ports |= row.ports.is_some();
        if let (Some(Some(_)), Some(site_id)) = (&row.map, &decision.site_id) {
            sites.insert(site_id);
        }
        let device_type = decision.device.as_ref().map_or("switch", |device| device.device_type.as_str());
        if let Ok(kind) = config::kind(device_type) {
            let fields = typed.as_ref().map_or(&row.config, |typed| &typed.fields);
            kinds.extend(names::needed(kind.schema, fields));
        }
    }
    if has_ports {
        facts.models = read::models(client)?;
    }
    if !kinds.is_empty() {
        let mut scope = Scope { org_id: Some(set.org_id.clone()), ..Scope::default() };
        facts.known = listing::known(client, &mut scope, Level::Org, kinds)?;
    }
    let sites: Vec<&str> = sites.into_iter().collect();
    let maps = workers::each(client, &sites, |client, site_id| read::maps(client, site_id));
    for (site_id, maps) in sites.iter().zip(maps) {
        facts.maps.insert((*site_id).to_owned(), maps?);
    }
    Ok(facts)
}

/// The configuration of devices where they are now, by MAC address.
///
/// # Errors
/// A request failed.
pub fn documents<'a>(
    client: &Client,
    world: &World,
    devices: impl Iterator<Item = &'a Device>,
) -> Result<HashMap<String, Fields>, Error> {
    let mut by_site: BTreeMap<&str, BTreeMap<&str, Device>> = BTreeMap::new();
    for device in devices {
        if let Some(site_id) = &device.site_id {
            let head = world.inventory.head(device);
            by_site.entry(site_id).or_default().insert(device.target(), head.clone());
        }
    }
    let jobs: Vec<(&str, Vec<Device>)> =
        by_site.into_iter().map(|(site_id, devices)| (site_id, devices.into_values().collect())).collect();
    let lists = workers::each(client, &jobs, |client, (site_id, devices)| {
        read::site_devices(client, site_id, &devices.iter().collect::<Vec<_>>())
    });
    let mut all = HashMap::new();
    for list in lists {
        all.extend(list?);
    }
    Ok(all)
}

pub(crate) fn map_id(name: &str, maps: Option<&Vec<(String, String)>>) -> Result<String, NameError> {
    let index = NameIndex::new(maps.into_iter().flatten().map(|(name, id)| (name.as_str(), id.as_str())));
    let (field, word) = ("map".to_owned(), "maps".to_owned());
    match index.lookup(name) {
        Lookup::One(id) => Ok(id.to_owned()),
        Lookup::Several(ids) => {
            let ids = ids.into_iter().map(str::to_owned).collect();
            Err(NameError::Ambiguous { field, word, name: name.to_owned(), ids })
        }
        Lookup::Missing => {
            let id = path::uuid(name)
                .filter(|id| maps.is_some_and(|maps| maps.iter().any(|(_, other)| other.eq_ignore_ascii_case(id))));
            let candidates = Some(index.candidates(name));
            id.ok_or(NameError::Missing { field, word, name: name.to_owned(), candidates })
        }
    }
}

/// The rows that would change an uplink.
pub(crate) fn uplink_errors(
    client: &Client,
    set: &Declaration,
    rows: &[RowPlan],
) -> Result<Vec<(usize, PlanError)>, SetError> {
    let changed: Vec<(usize, &Device, &ConfigPlan)> = rows
        .iter()
        .enumerate()
        .filter_map(|(position, row)| {
            let config = row.config().filter(|config| !config.ports.is_empty())?;
            let device = row.decision()?.device.as_ref().filter(|device| device.site_id.is_some())?;
            config::WITH_PORTS.contains(&device.device_type.as_str()).then_some((position, device, config))
        })
        .collect();
    let error = |position: usize, error: PortError| (position, PlanError::Config(ConfigError::Port(error)));
    let none = BTreeSet::new();
    let check = |seen: &dyn Fn(&Device) -> BTreeSet<String>| {
        let one = |(position, device, config): &(usize, &Device, &ConfigPlan)| {
            let refused = config::check_uplinks(&config.ports, &device.device_type, &seen(device)).err()?;
            Some(error(*position, refused))
        };
        changed.iter().filter_map(one).collect::<Vec<_>>()
    };
    let by_usage = check(&|_| none.clone());
    if !by_usage.is_empty() || changed.is_empty() {
        return Ok(by_usage);
    }
    let macs = changed.iter().map(|(_, device, _)| device.target().to_owned()).collect();
    let statistics = read::statistics(client, &set.org_id, &macs)?;
    Ok(check(&|device| statistics.get(device.target()).map(config::uplinks).unwrap_or_default()))
}

/// The types of devices that have profiles.
pub(crate) const TYPES: [&str; 3] = ["ap", "switch", "gateway"];

/// The types of device profiles that rows may name.
pub(crate) fn profile_types<'a>(set: &Declaration, world: &'a World) -> BTreeSet<&'a str> {
    let mut types = BTreeSet::new();
    for row in set.rows.iter().filter(|row| !row.absent) {
        let Some(declared) = &row.profile else { continue };
        match world.inventory.find(&row.identity) {
            // The name of a profile that is to be removed is for the diff.
            Ok(Some(device)) if declared.is_none() && device.profile_id.is_none() => {}
            Ok(Some(device)) if !device.device_type.is_empty() => drop(types.insert(device.device_type.as_str())),
            Ok(None) if declared.is_some() => types.extend(TYPES),
            _ => {}
        }
    }
    types
}
