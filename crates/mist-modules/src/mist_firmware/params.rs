//! The options of `mist_firmware`, checked before the first request.

use super::cloud::Found;
use super::plan::{self, Device};
use super::{Options, Strategy, cloud};
use crate::common::glob::Glob;
use crate::common::options::{self, EmptyOptionAdvice, OptionError};
use crate::common::scope::IdOrName;
use crate::common::{messages, time};
use ansible_binary_module::Task;
use mist_client::names::{self, Kind};
use mist_client::redact::quoted;
use mist_client::suggest::Candidates;
use mist_client::{Client, Error, path};
use mist_devices::row::mac_address;
use mist_objects::filter::Filter;
use mist_objects::table::Schema;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The word for the version that the cloud suggests.
pub(super) const SUGGESTED: &str = "suggested";

/// The checked options.
#[derive(Debug)]
pub struct Params {
    pub(super) org: IdOrName,
    pub(super) start: Option<i64>,
}

pub(super) fn read(options: &Options, task: &Task) -> Result<Params, OptionError> {
    let org = options.org.required(task)?;
    let error = |option: &str, reason: &str| Err(OptionError::new(option, reason));
    options::text(task, &EmptyOptionAdvice::Required, "version", options.version.as_deref())?;
    match (&options.version, &options.models) {
        (Some(_), Some(_)) => return Err(OptionError::mutually_exclusive("models", "version")),
        (None, None) => return error("version", "required. Set version or models."),
        (None, Some(models)) if models.is_empty() => {
            return error("models", "set but empty. Set a version for each model.");
        }
        (None, Some(models)) => {
            if let Some((model, _)) =
                models.iter().find(|(model, version)| options::is_blank(model) || options::is_blank(version))
            {
                return Err(OptionError::new(format!("models.{model}"), "empty. Set a version."));
            }
        }
        _ => {}
    }
    let lists = [("devices", &options.devices), ("sites", &options.sites), ("sitegroups", &options.sitegroups)];
    for (option, list) in lists {
        if list.as_ref().is_some_and(|list| list.is_empty() || list.iter().any(|one| options::is_blank(one))) {
            return Err(OptionError::new(option, "set but empty. Check the variable in it: no device would be meant."));
        }
    }
    let given: Vec<&str> = lists.iter().filter(|(_, list)| list.is_some()).map(|(option, _)| *option).collect();
    if given.len() > 1 {
        return Err(OptionError::mutually_exclusive(given[1], given[0]));
    }
    if options.all && (!given.is_empty() || options.filter.is_some()) {
        return Err(OptionError::mutually_exclusive("all", given.first().copied().unwrap_or("where")));
    }
    if given.is_empty() && options.filter.is_none() && !options.all {
        return error("devices", "required. Set devices, sites, sitegroups, where or all.");
    }
    if options.filter.as_ref().is_some_and(Map::is_empty) {
        return error("where", "set but empty. Set conditions, or all: true.");
    }
    if options.canary_phases.is_some() && options.strategy != Strategy::Canary {
        return error("canary_phases", "only for strategy: canary. Set strategy, or remove the option.");
    }
    if let Some(phases) = &options.canary_phases
        && (phases.is_empty()
            || phases.last() != Some(&100)
            || !phases.is_sorted_by(|one, next| one < next)
            || phases[0] == 0)
    {
        return error("canary_phases", "not growing percentages that end with 100. Set a list such as [1, 10, 100].");
    }
    if options.max_failure_percentage.is_some() && options.strategy == Strategy::BigBang {
        return error("max_failure_percentage", "not for strategy: big_bang. Set strategy, or remove the option.");
    }
    if !(0.1..=86_400.0).contains(&options.interval) {
        return error("interval", "not between 0.1 and 86400 seconds. Set another value.");
    }
    let start = options.start.as_deref().map(start).transpose()?;
    Ok(Params { org, start })
}

fn start(text: &str) -> Result<i64, OptionError> {
    let seconds = text.trim().parse::<i64>().ok().or_else(|| time::iso_8601(text)).filter(|seconds| *seconds > 0);
    seconds.ok_or_else(|| {
        let reason = format!("{} is not a time. Set 2026-12-01T02:00:00Z, or seconds since 1970.", quoted(text));
        OptionError::new("start", reason)
    })
}

/// The devices that the task names, sorted.
pub(super) fn chosen(
    client: &Client,
    org_id: &str,
    options: &Options,
    task: &Task,
    found: Vec<Found>,
) -> Result<Vec<Device>, OptionError> {
    let failed = |error: Error| messages::option_error_in(task, error);
    let fits = |glob: &str, text: &str| Glob::new(glob).matches(text);
    let filter =
        options.filter.as_ref().map(|conditions| Filter::new(Schema::default(), conditions)).unwrap_or_default();
    let sites = site_ids(client, org_id, options).map_err(failed)?;
    let named = options.devices.as_deref().map(|names| by_name(names, &found)).transpose()?;
    let is_chosen = |one: &Found| {
        named.as_ref().is_none_or(|macs| macs.contains(&one.device.mac))
            && sites.as_ref().is_none_or(|ids| one.device.site_id.as_ref().is_some_and(|id| ids.contains(id)))
            && filter.fits(&one.fields, &fits)
    };
    let mut devices: Vec<Device> = found.into_iter().filter(is_chosen).map(|one| one.device).collect();
    devices.sort_by(|one, other| (&one.name, &one.mac).cmp(&(&other.name, &other.mac)));
    Ok(devices)
}

/// The MAC addresses of these devices.
fn by_name(names: &[String], found: &[Found]) -> Result<BTreeSet<String>, OptionError> {
    let mut macs = BTreeSet::new();
    for name in names {
        let mac = mac_address(name);
        let fits = |one: &&Found| one.device.name == *name || mac.as_ref() == Some(&one.device.mac);
        let all: Vec<&str> = found.iter().filter(fits).map(|one| one.device.mac.as_str()).collect();
        match all.as_slice() {
            [only] => drop(macs.insert((*only).to_owned())),
            [] => {
                let candidates = Candidates::new(
                    name,
                    found.iter().map(|one| one.device.name.as_str()).filter(|name| !name.is_empty()),
                );
                return Err(OptionError::new("devices", format!("no device {} exists. {candidates}", quoted(name))));
            }
            several => {
                let list = several.iter().take(5).copied().collect::<Vec<_>>().join(", ");
                let reason =
                    format!("{} devices are named {}. Set MAC addresses: {list}.", several.len(), quoted(name));
                return Err(OptionError::new("devices", reason));
            }
        }
    }
    Ok(macs)
}

/// The sites that the task names, if it names sites or their groups.
fn site_ids(client: &Client, org_id: &str, options: &Options) -> Result<Option<BTreeSet<String>>, Error> {
    let ids = |kind: Kind, list: &[String]| -> Result<BTreeSet<String>, Error> {
        let (ids, names): (Vec<&String>, Vec<&String>) = list.iter().partition(|one| path::uuid(one).is_some());
        let names: BTreeSet<&str> = names.into_iter().map(String::as_str).collect();
        let mut all: BTreeSet<String> = ids.into_iter().filter_map(|id| path::uuid(id)).collect();
        all.extend(names::ids(client, org_id, kind, &names)?.into_values());
        Ok(all)
    };
    if let Some(sites) = &options.sites {
        return ids(Kind::Site, sites).map(Some);
    }
    let Some(groups) = &options.sitegroups else { return Ok(None) };
    let groups = ids(Kind::SiteGroup, groups)?;
    let sites = cloud::sites(client, org_id)?;
    let of_groups = sites.into_iter().filter(|site| site.sitegroup_ids.iter().flatten().any(|id| groups.contains(id)));
    Ok(Some(of_groups.map(|site| site.id).collect()))
}

/// The word that a task sets for a model: a version or `suggested`.
pub(super) fn wanted<'a>(options: &'a Options, model: &str) -> Option<&'a str> {
    options.version.as_deref().or_else(|| options.models.as_ref()?.get(model).map(String::as_str)).map(str::trim)
}

/// The suggested version of each model: the newest one with that tag.
pub(super) fn suggested(versions: &[cloud::Version]) -> BTreeMap<&str, &str> {
    let mut newest: BTreeMap<&str, &str> = BTreeMap::new();
    for one in versions.iter().filter(|one| one.tag.as_deref() == Some(SUGGESTED)) {
        let (Some(model), Some(version)) = (&one.model, &one.version) else { continue };
        let best = newest.entry(model).or_insert(version);
        if plan::compare(version, best).is_gt() {
            *best = version;
        }
    }
    newest
}

/// The fields of an order in addition to devices and version.
pub(super) fn fields(options: &Options, params: &Params, kind: &str) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    set("strategy", json!(options.strategy));
    if let Some(phases) = &options.canary_phases {
        set("canary_phases", json!(phases));
    }
    if let Some(percentage) = options.max_failure_percentage {
        set("max_failure_percentage", json!(percentage));
    }
    if options.force {
        set("force", json!(true));
    }
    if let Some(start) = params.start {
        set("start_time", json!(start));
    }
    if kind != "ap" {
        set("reboot", json!(options.reboot));
        if options.snapshot {
            set("snapshot", json!(true));
        }
    }
    fields
}
