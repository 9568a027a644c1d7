//! Reads an organization: inventory, sites, profiles, maps, configuration, statistics, models.

use crate::decision::Profile;
use crate::inventory::{Device, Inventory};
use crate::models::Models;
use mist_client::{Client, Error, Result, paging, path};
use mist_objects::plan::Fields;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The largest page.
const PAGE: &str = "limit=1000";

/// The most addresses in the query of a request.
const IN_A_QUERY: usize = 100;

/// Names and ids.
pub type Named = Vec<(String, String)>;

/// All records of the inventory, with the members of virtual chassis.
///
/// # Errors
/// A request failed.
pub fn records(client: &Client, org_id: &str) -> Result<Vec<Fields>> {
    let mut records = Vec::new();
    let path = format!("/api/v1/orgs/{}/inventory?vc=true&{PAGE}", path::segment(org_id)?);
    paging::each(client, &path, "a list of devices", |record: Value| {
        if let Value::Object(record) = record {
            records.push(record);
        }
    })?;
    Ok(records)
}

/// All devices, with the members of virtual chassis.
///
/// # Errors
/// A request failed.
pub fn inventory(client: &Client, org_id: &str) -> Result<Inventory> {
    Ok(Inventory::new(records(client, org_id)?.iter().filter_map(Device::of).collect()))
}

fn named(client: &Client, path: &str, what: &str) -> Result<Named> {
    let mut all = Vec::new();
    paging::each(client, path, what, |object: Value| {
        if let (Some(name), Some(id)) = (object["name"].as_str(), object["id"].as_str()) {
            all.push((name.to_owned(), id.to_owned()));
        }
    })?;
    Ok(all)
}

/// # Errors
/// A request failed.
pub fn sites(client: &Client, org_id: &str) -> Result<Named> {
    named(client, &format!("/api/v1/orgs/{}/sites?{PAGE}", path::segment(org_id)?), "a list of sites")
}

/// # Errors
/// A request failed.
pub fn maps(client: &Client, site_id: &str) -> Result<Named> {
    named(client, &format!("/api/v1/sites/{}/maps?{PAGE}", path::segment(site_id)?), "a list of maps")
}

/// The device profiles of one type.
///
/// # Errors
/// A request failed.
pub fn profiles(client: &Client, org_id: &str, device_type: &str) -> Result<Vec<Profile>> {
    let org_id = path::segment(org_id)?;
    let path = format!("/api/v1/orgs/{org_id}/deviceprofiles?type={}&{PAGE}", path::encode(device_type));
    let mut all = Vec::new();
    paging::each(client, &path, "a list of device profiles", |object: Value| {
        let text = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
        let given = text("type");
        // A cloud that ignores the filter lists other types, too.
        if given.is_empty() || given == device_type {
            all.push(Profile { id: text("id"), name: text("name"), device_type: device_type.to_owned() });
        }
    })?;
    Ok(all)
}

/// The models of the cloud.
///
/// # Errors
/// The request failed.
pub fn models(client: &Client) -> Result<Models> {
    let answer = client.get("/api/v1/const/device_models")?;
    let models = answer.json.as_array().ok_or_else(|| answer.unexpected("a list of models"))?;
    Ok(Models::new(models))
}

/// The configuration of these devices of a site, by MAC address. `wanted` has addresses with their ids (which may be empty) and types.
///
/// # Errors
/// A request failed.
pub fn site_devices(client: &Client, site_id: &str, wanted: &[&Device]) -> Result<HashMap<String, Fields>> {
    let site = path::segment(site_id)?;
    if let [one] = wanted
        && path::is_segment(&one.id)
        && !one.is_member()
    {
        return match client.get(&format!("/api/v1/sites/{site}/devices/{}", one.id)) {
            Ok(answer) => {
                let object = mist_objects::listing::object(&answer)?;
                let is_another = |name: &str, expected: &str| {
                    object.get(name).and_then(Value::as_str).is_some_and(|value| !value.eq_ignore_ascii_case(expected))
                };
                if is_another("id", &one.id) || is_another("site_id", site_id) {
                    return Err(answer.unexpected("the requested device"));
                }
                Ok(std::iter::once((one.target().to_owned(), object)).collect())
            }
            Err(Error::Status { status: 404, .. }) => Ok(HashMap::new()),
            Err(error) => Err(error),
        };
    }
    let types: BTreeSet<&str> = wanted.iter().map(|device| device.device_type.as_str()).collect();
    let device_type = match types.iter().collect::<Vec<_>>().as_slice() {
        [one] if !one.is_empty() => path::encode(one),
        _ => "all".to_owned(),
    };
    let (mut macs, mut ids): (HashMap<&str, &str>, HashMap<&str, &str>) = Default::default();
    for device in wanted {
        macs.insert(device.target(), device.target());
        if !device.is_member() && !device.id.is_empty() {
            ids.insert(&device.id, device.target());
        }
    }
    let mut found = HashMap::new();
    let path = format!("/api/v1/sites/{site}/devices?type={device_type}&{PAGE}");
    paging::each(client, &path, "a list of devices", |object: Value| {
        let mac = object["mac"].as_str().and_then(crate::row::mac_address);
        let target = mac.as_deref().and_then(|mac| macs.get(mac)).or_else(|| ids.get(object["id"].as_str()?));
        if let (Some(target), Value::Object(fields)) = (target.copied(), object) {
            found.insert(target.to_owned(), fields);
        }
    })?;
    Ok(found)
}

/// The statistics of all devices, by MAC address.
///
/// # Errors
/// A request failed.
pub fn all_statistics(client: &Client, org_id: &str) -> Result<BTreeMap<String, Value>> {
    let mut all = BTreeMap::new();
    let path = format!("/api/v1/orgs/{}/stats/devices?type=all&{PAGE}", path::segment(org_id)?);
    paging::each(client, &path, "a list of statistics", |statistics: Value| {
        if let Some(mac) = statistics["mac"].as_str().and_then(crate::row::mac_address) {
            all.insert(mac, statistics);
        }
    })?;
    Ok(all)
}

/// The statistics of these devices, with those of their ports, by MAC address.
///
/// # Errors
/// A request failed.
pub fn statistics(client: &Client, org_id: &str, macs: &BTreeSet<String>) -> Result<BTreeMap<String, Value>> {
    let org_id = path::segment(org_id)?;
    let mut all = BTreeMap::new();
    let macs: Vec<&str> = macs.iter().map(String::as_str).collect();
    for chunk in macs.chunks(IN_A_QUERY) {
        let path = format!("/api/v1/orgs/{org_id}/stats/devices?type=all&fields=*&mac={}&{PAGE}", chunk.join(","));
        paging::each(client, &path, "a list of statistics", |statistics: Value| {
            if let Some(mac) = statistics["mac"].as_str().and_then(crate::row::mac_address) {
                all.insert(mac, statistics);
            }
        })?;
    }
    Ok(all)
}
