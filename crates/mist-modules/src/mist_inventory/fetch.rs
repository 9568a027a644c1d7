//! Reads organizations, sites and devices from the cloud, page by page. Of a page only the fields in use are kept.

use super::devices::{self, Device, InventoryRow, Named, Org, StatsRow};
use super::options::{DeviceType, Include, Options, Orgs, Selection};
use crate::common::messages;
use crate::common::options::OptionError;
use mist_client::{Client, Error, names, paging, path, suggest, workers};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The largest page that the cloud gives.
const PAGE: &str = "limit=1000";

/// The cause of a failed run.
#[derive(Debug)]
pub struct Problem {
    /// One sentence or two, that name the option where it is about one.
    pub message: String,
    /// The cloud could not be reached, or fails itself: another run may succeed with the same options.
    pub is_temporary: bool,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let is_temporary = match &error {
            Error::Connection { .. } | Error::Intermediary { .. } | Error::RateLimited { .. } => true,
            Error::Status { status, .. } => *status == 429 || *status >= 500,
            Error::Answer { .. } => true,
            _ => false,
        };
        Self { message: messages::message(&error), is_temporary }
    }
}

impl From<OptionError> for Problem {
    fn from(error: OptionError) -> Self {
        Self { message: error.to_string(), is_temporary: false }
    }
}

/// Everything that the inventory needs of the organizations.
///
/// # Errors
///
/// The first call that failed. A part of an inventory is never returned.
pub fn read(client: &Client, options: &Options, orgs: &Orgs) -> Result<Vec<Org>, Problem> {
    let mut found = selected(client, orgs)?;
    for org in &mut found {
        let base = format!("/api/v1/orgs/{}", path::segment(&org.id)?);
        org.sites = list(client, &format!("{base}/sites?{PAGE}"), "a list of sites")?;
        if org.sites.iter().any(|site| !site.sitegroup_ids.is_empty()) || options.sitegroups.is_some() {
            org.sitegroups = list(client, &format!("{base}/sitegroups?{PAGE}"), "a list of site groups")?;
        }
    }
    check_names("sites", "site", options.sites.as_ref(), found.iter().flat_map(|org| &org.sites))?;
    check_names("sitegroups", "site group", options.sitegroups.as_ref(), found.iter().flat_map(|org| &org.sitegroups))?;
    for org in &mut found {
        read_devices(client, options, org)?;
    }
    Ok(found)
}

/// The organizations that the options select, by id.
fn selected(client: &Client, orgs: &Orgs) -> Result<Vec<Org>, Problem> {
    if let Orgs::Id(id) = orgs {
        return Ok(vec![Org { id: id.clone(), ..Org::default() }]);
    }
    let answer = client.get("/api/v1/self")?;
    let privileges = answer.json["privileges"].as_array().ok_or_else(|| answer.unexpected("a list of privileges"))?;
    // A privilege may have the id of its organization alone.
    let ids = privileges.iter().filter_map(|privilege| privilege["org_id"].as_str());
    let mut known: BTreeMap<String, String> = ids.map(|id| (id.to_owned(), String::new())).collect();
    known.extend(privileges.iter().filter_map(names::organization).map(|(name, id)| (id, name)));
    for msp_id in names::msps(privileges) {
        known.extend(names::msp_orgs(client, msp_id)?.into_iter().map(|(name, id)| (id, name)));
    }
    let chosen: Vec<(&String, &String)> = match orgs {
        Orgs::Names(patterns) => {
            let named: Vec<Named> = known
                .iter()
                .map(|(id, name)| Named { id: id.clone(), name: name.clone(), ..Named::default() })
                .collect();
            check_names("orgs", "organization", Some(patterns), named.iter())?;
            let selection = Selection::new(patterns);
            known.iter().filter(|(id, name)| selection.has(name, id)).collect()
        }
        _ => known.iter().collect(),
    };
    if *orgs == Orgs::Only && chosen.len() != 1 {
        let few =
            chosen.iter().take(5).map(|(id, name)| if name.is_empty() { (*id).clone() } else { format!("'{name}'") });
        let few: Vec<String> = few.collect();
        let reason = match few.as_slice() {
            [] => "required. Set org_id or org: the credentials list no organization.".to_owned(),
            few => format!(
                "required. Set org_id, org or orgs: the credentials read {} organizations, such as {}.",
                chosen.len(),
                few.join(", ")
            ),
        };
        return Err(OptionError::new("org_id", reason).into());
    }
    if chosen.is_empty() {
        return Err(OptionError::new("orgs", "no organization that the credentials read matches.").into());
    }
    Ok(chosen
        .into_iter()
        .map(|(id, name)| {
            let name = Some(name.clone()).filter(|name| !name.is_empty());
            Org { id: id.clone(), name, ..Org::default() }
        })
        .collect())
}

/// A name that is not a pattern must exist: a misspelled one would give an empty inventory.
fn check_names<'a>(
    option: &str,
    what: &str,
    patterns: Option<&Vec<String>>,
    known: impl Iterator<Item = &'a Named> + Clone,
) -> Result<(), OptionError> {
    let Some(patterns) = patterns else { return Ok(()) };
    for name in Selection::new(patterns).plain() {
        if known.clone().all(|named| named.name != name && named.id != name) {
            let close = suggest::similar(name, known.clone().map(|named| named.name.as_str()));
            let close: Vec<String> = close.iter().take(5).map(|name| format!("'{name}'")).collect();
            let hint = if close.is_empty() { String::new() } else { format!(" Close to it: {}.", close.join(", ")) };
            return Err(OptionError::new(option, format!("no {what} named '{name}' exists.{hint}")));
        }
    }
    Ok(())
}

fn read_devices(client: &Client, options: &Options, org: &mut Org) -> Result<(), Problem> {
    let base = format!("/api/v1/orgs/{}", path::segment(&org.id)?);
    let is_complete = DeviceType::ALL.iter().all(|kind| options.types.contains(kind));
    let kinds: Vec<&str> =
        DeviceType::ALL.iter().filter(|kind| options.types.contains(kind)).map(|kind| kind.name()).collect();
    let of_kinds = if is_complete { String::new() } else { format!("&type={}", kinds.join(",")) };
    let of_site = match only_site(options, org) {
        Some(id) => format!("&site_id={}", path::segment(id)?),
        None => String::new(),
    };

    let mut rows: Vec<InventoryRow> = Vec::new();
    paging::each(
        client,
        &format!("{base}/inventory?{PAGE}{of_kinds}{of_site}"),
        "an inventory",
        |row: InventoryRow| {
            if !row.site_id.is_empty() {
                rows.push(row);
            }
        },
    )?;
    let rows = devices::hosts(rows);
    let mut stats: HashMap<String, (StatsRow, Option<Map<String, Value>>)> = HashMap::with_capacity(rows.len());
    for kind in if is_complete { vec!["all"] } else { kinds.clone() } {
        let path = format!("{base}/stats/devices?type={kind}&{PAGE}{of_site}");
        if options.includes(Include::Stats) {
            paging::each(client, &path, "statistics", |row: Map<String, Value>| {
                let all = Value::Object(row);
                if let (Ok(row), Value::Object(all)) = (StatsRow::deserialize(&all), all) {
                    stats.insert(row.mac.clone(), (row, Some(all)));
                }
            })?;
        } else {
            paging::each(client, &path, "statistics", |row: StatsRow| {
                drop(stats.insert(row.mac.clone(), (row, None)))
            })?;
        }
    }
    for kind in kinds {
        if rows.iter().any(|row| row.kind == kind && !row.deviceprofile_id.is_empty()) {
            let path = format!("{base}/deviceprofiles?type={kind}&{PAGE}");
            org.profiles.extend(list::<Named>(client, &path, "a list of device profiles")?);
        }
    }
    org.devices = rows
        .into_iter()
        .map(|row| {
            let key =
                [&row.mac, &row.vc_mac, &row.chassis_mac].into_iter().find(|mac| stats.contains_key(*mac)).cloned();
            let (stats, all_stats) = key.and_then(|key| stats.remove(&key)).unwrap_or_default();
            Device { row, stats, all_stats, config: None }
        })
        .collect();
    read_sites(client, options, org)
}

/// Configurations and variables of each site with devices, where the options include them.
fn read_sites(client: &Client, options: &Options, org: &mut Org) -> Result<(), Problem> {
    let sites: BTreeSet<&str> = org.devices.iter().map(|device| device.row.site_id.as_str()).collect();
    let sites: Vec<String> = sites.into_iter().map(str::to_owned).collect();
    if options.includes(Include::Config) {
        let configurations = workers::each(client, &sites, |client, id| -> Result<Vec<Map<String, Value>>, Error> {
            let path = format!("/api/v1/sites/{}/devices?type=all&{PAGE}", path::segment(id)?);
            Ok(paging::all(client, &path, "a list of devices")?.1)
        });
        let mut by_mac: HashMap<String, Map<String, Value>> = HashMap::new();
        for configuration in configurations {
            for config in configuration? {
                let mac = config.get("mac").and_then(Value::as_str).unwrap_or_default().to_owned();
                by_mac.insert(mac, config);
            }
        }
        for device in &mut org.devices {
            device.config = by_mac.remove(&device.row.mac);
        }
    }
    if options.includes(Include::SiteVars) {
        let settings = workers::each(client, &sites, |client, id| -> Result<Value, Error> {
            let mut answer = client.get(&format!("/api/v1/sites/{}/setting", path::segment(id)?))?;
            Ok(answer
                .json
                .get_mut("vars")
                .map(Value::take)
                .filter(Value::is_object)
                .unwrap_or_else(|| Map::new().into()))
        });
        for (id, vars) in sites.into_iter().zip(settings) {
            org.site_vars.insert(id, vars?);
        }
    }
    Ok(())
}

/// The one site that the options select: the cloud then lists its devices alone.
fn only_site<'a>(options: &Options, org: &'a Org) -> Option<&'a str> {
    let selection = Selection::new(options.sites.as_ref()?);
    let mut chosen = org.sites.iter().filter(|site| selection.has(&site.name, &site.id));
    let first = chosen.next()?;
    chosen.next().is_none().then_some(&first.id)
}

fn list<T: DeserializeOwned>(client: &Client, path: &str, what: &str) -> Result<Vec<T>, Error> {
    paging::all(client, path, what).map(|(_, items)| items)
}
