//! Devices, versions and jobs as the cloud has them, and orders.

use super::plan::{Device, Job, Progress};
use mist_client::{Client, Error, paging, path};
use mist_devices::row::mac_address;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

const PAGE: &str = "limit=1000";

/// The pauses before each look for the job of an order whose response was lost, in milliseconds. The order may take effect late.
const LOOKS: [u64; 4] = [0, 500, 1500, 3000];

/// A device with all fields of inventory and statistics, for conditions.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) device: Device,
    pub(super) fields: Map<String, Value>,
}

/// All devices of an organization: the inventory, with what the devices report.
pub(super) fn devices(client: &Client, org_id: &str) -> Result<Vec<Found>, Error> {
    let base = format!("/api/v1/orgs/{}", path::segment(org_id)?);
    let mut rows: Vec<Map<String, Value>> = Vec::new();
    paging::each(client, &format!("{base}/inventory?{PAGE}"), "an inventory", |row| rows.push(row))?;
    let mut stats = statistics(client, &base)?;
    Ok(rows
        .into_iter()
        .map(|mut fields| {
            let mac = text(&fields, "mac");
            let reported = stats.remove(&mac).unwrap_or_default();
            fields.extend(reported);
            Found { device: device(mac, &fields), fields }
        })
        .collect())
}

/// The reports of the devices, by MAC address.
pub(super) fn reported(client: &Client, org_id: &str) -> Result<HashMap<String, Device>, Error> {
    let stats = statistics(client, &format!("/api/v1/orgs/{}", path::segment(org_id)?))?;
    Ok(stats.into_iter().map(|(mac, fields)| (mac.clone(), device(mac, &fields))).collect())
}

fn statistics(client: &Client, base: &str) -> Result<HashMap<String, Map<String, Value>>, Error> {
    const KEPT: [&str; 12] = [
        "id",
        "mac",
        "name",
        "type",
        "model",
        "site_id",
        "version",
        "status",
        "fwupdate",
        "uptime",
        "last_seen",
        "hw_rev",
    ];
    let mut stats = HashMap::new();
    paging::each(
        client,
        &format!("{base}/stats/devices?type=all&{PAGE}"),
        "statistics",
        |mut row: Map<String, Value>| {
            // The rest of a row is as large as all its ports.
            row.retain(|name, value| KEPT.contains(&name.as_str()) && !value.is_null());
            stats.insert(text(&row, "mac"), row);
        },
    )?;
    Ok(stats)
}

fn device(mac: String, fields: &Map<String, Value>) -> Device {
    let filled = |name: &str| Some(text(fields, name)).filter(|text| !text.is_empty());
    let update = fields.get("fwupdate").and_then(|update| update.get("status")).and_then(Value::as_str);
    let is_connected = match filled("status") {
        Some(status) => !matches!(status.as_str(), "disconnected" | "offline"),
        // A device without statistics was silent.
        None => false,
    };
    Device {
        id: text(fields, "id"),
        name: text(fields, "name"),
        kind: text(fields, "type"),
        model: text(fields, "model"),
        site_id: filled("site_id"),
        version: filled("version"),
        is_connected,
        is_updating: matches!(update, Some("inprogress" | "started" | "starting" | "scheduled" | "upgrading")),
        mac,
    }
}

fn text(fields: &Map<String, Value>, name: &str) -> String {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A version that the cloud offers.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Version {
    pub(super) model: Option<String>,
    pub(super) version: Option<String>,
    pub(super) tag: Option<String>,
}

/// The versions for devices of these types.
pub(super) fn versions(client: &Client, org_id: &str, kinds: &BTreeSet<String>) -> Result<Vec<Version>, Error> {
    let mut all = Vec::new();
    for kind in kinds {
        let path = format!("/api/v1/orgs/{}/devices/versions?type={}", path::segment(org_id)?, path::encode(kind));
        all.extend(paging::all::<Version>(client, &path, "a list of versions")?.1);
    }
    Ok(all)
}

/// A site, for its name and groups.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Site {
    pub(super) id: String,
    #[serde(default)]
    pub(super) sitegroup_ids: Option<Vec<String>>,
}

pub(super) fn sites(client: &Client, org_id: &str) -> Result<Vec<Site>, Error> {
    let path = format!("/api/v1/orgs/{}/sites?{PAGE}", path::segment(org_id)?);
    Ok(paging::all::<Site>(client, &path, "a list of sites")?.1)
}

#[derive(Deserialize)]
struct JobRow {
    id: Option<String>,
    status: Option<String>,
    target_version: Option<String>,
    targets: Option<Map<String, Value>>,
}

/// The jobs of a site that decide about its devices: active ones, and with `versions` those that ended with one of these versions.
pub(super) fn jobs(client: &Client, site_id: &str, versions: &BTreeSet<&str>) -> Result<Vec<Job>, Error> {
    let base = format!("/api/v1/sites/{}/devices/upgrade", path::segment(site_id)?);
    let (_, rows) = paging::all::<JobRow>(client, &base, "a list of firmware jobs")?;
    let mut jobs = Vec::new();
    for row in rows {
        let Some(id) = row.id.clone() else { continue };
        let job = of(id, row);
        let is_ended = job.status == "completed" && job.version.as_deref().is_some_and(|one| versions.contains(one));
        if job.is_active() || is_ended {
            // Lists do not have the devices.
            jobs.push(job_of(client, site_id, &job.id)?);
        }
    }
    Ok(jobs)
}

/// One job.
pub(super) fn job_of(client: &Client, site_id: &str, id: &str) -> Result<Job, Error> {
    let path = format!("/api/v1/sites/{}/devices/upgrade/{}", path::segment(site_id)?, path::segment(id)?);
    let answer = client.get(&path)?;
    let row = JobRow::deserialize(&answer.json).map_err(|_| answer.unexpected("a firmware job"))?;
    Ok(of(id.to_owned(), row))
}

fn of(id: String, row: JobRow) -> Job {
    let mut devices = BTreeMap::new();
    let mut is_listed = false;
    for (state, macs) in row.targets.into_iter().flatten() {
        let Value::Array(macs) = macs else { continue };
        is_listed = true;
        let progress = match state.as_str() {
            "failed" => Progress::Failed,
            "skipped" => Progress::Skipped,
            "upgraded" => Progress::Done,
            "scheduled" | "download_requested" => Progress::Waiting,
            _ => Progress::Running,
        };
        devices.extend(macs.into_iter().filter_map(|mac| Some((mac_address(mac.as_str()?)?, progress))));
    }
    Job {
        id,
        version: row.target_version.filter(|version| !version.is_empty()),
        status: row.status.unwrap_or_default(),
        devices: is_listed.then_some(devices),
    }
}

/// The end of an order.
pub(super) enum Ordered {
    Job(String),
    /// The response was lost, and no job was found: the order may take effect.
    Unknown(Error),
    Refused(Error),
}

/// Orders an upgrade once. After a lost response, only the list of jobs shows whether it took effect.
pub(super) fn order(
    client: &Client,
    site_id: &str,
    body: &Value,
    macs: &BTreeSet<&str>,
    known: &BTreeSet<String>,
) -> Ordered {
    let Ok(site) = path::segment(site_id) else {
        return Ordered::Refused(Error::Other("the site has an invalid ID".to_owned()));
    };
    let error = match client.post(&format!("/api/v1/sites/{site}/devices/upgrade"), body) {
        Ok(answer) => {
            let id = ["upgrade_id", "id"].iter().find_map(|name| answer.json.get(*name).and_then(Value::as_str));
            match id.filter(|id| path::is_segment(id)) {
                Some(id) => return Ordered::Job(id.to_owned()),
                None => answer.unexpected("the id of a firmware job"),
            }
        }
        Err(error) if error.may_have_taken_effect() => error,
        Err(error) => return Ordered::Refused(error),
    };
    let version = body.get("version").and_then(Value::as_str).unwrap_or_default();
    for pause in LOOKS {
        let pause = std::time::Duration::from_millis(pause);
        if !pause.is_zero() {
            if client.remaining_wait() < pause {
                break;
            }
            client.pause(pause, &error.fact());
        }
        let Ok(jobs) = jobs(client, site_id, &BTreeSet::from([version])) else { continue };
        let own = jobs.into_iter().find(|job| {
            let is_about = job.devices.as_ref().is_none_or(|devices| macs.iter().all(|mac| devices.contains_key(*mac)));
            !known.contains(&job.id) && job.version.as_deref() == Some(version) && is_about
        });
        if let Some(job) = own {
            return Ordered::Job(job.id);
        }
    }
    Ordered::Unknown(error)
}

/// The body of an order.
pub(super) fn body(devices: &[&Device], version: &str, more: Map<String, Value>) -> Value {
    let ids: Vec<&str> = devices.iter().map(|device| device.id.as_str()).collect();
    let mut body = json!({"device_ids": ids, "version": version});
    if let Some(fields) = body.as_object_mut() {
        fields.extend(more);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_lists_its_devices_by_state() {
        let job = |fields: Value| of("j".into(), JobRow::deserialize(fields).unwrap());
        let one = job(
            json!({"status": "upgrading", "target_version": "2", "targets": {"total": 3, "failed": ["5c5b35000001"],
            "rebooted": ["5C5B35000002"], "scheduled": ["5c5b35000003"], "upgraded": []}}),
        );
        let devices: Vec<_> = one.devices.clone().unwrap().into_values().collect();
        assert_eq!(devices, [Progress::Failed, Progress::Running, Progress::Waiting]);
        assert!(one.is_active() && !job(json!({"status": "completed"})).is_active());
        assert_eq!(job(json!({"status": "created", "targets": {"total": 1}})).devices, None);
    }
}
