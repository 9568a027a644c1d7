//! Firmware jobs of a site: each passes from `created` to its end with the requests that read it, or with `advance_jobs`.
//!
//! A device that upgrades reports its new version when the job completes. [`Upgrade`] sets another end for a device or a job.

use crate::cloud::Cloud;
use crate::devices::text;
use crate::message::{self, Reply, Request};
use crate::simulator::Simulator;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// The states of a job in their order.
const STATES: [&str; 6] = ["created", "queued", "downloading", "downloaded", "upgrading", "completed"];

/// The end of the upgrade of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upgrade {
    /// The device reports the version of the job.
    Succeeds,
    /// The job lists the device as failed.
    Fails,
    /// The job lists the device as upgraded, and the device reports its old version.
    KeepsVersion,
    /// The job stays in this state of the six for ever.
    Sticks,
    /// The job is cancelled while the device downloads.
    Cancelled,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Firmware {
    jobs: IndexMap<String, Job>,
    ends: HashMap<String, Upgrade>,
    /// Jobs do not pass on when they are read.
    stands: bool,
    /// Lists and jobs omit the target version.
    hides_version: bool,
}

#[derive(Debug, Clone)]
struct Job {
    org_id: String,
    site_id: String,
    version: String,
    macs: Vec<String>,
    state: &'static str,
    start: i64,
    fields: Map<String, Value>,
}

/// A path of firmware below a site.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Jobs,
    Job(String),
    Cancel(String),
    Device(String),
}

/// The target at these segments below `/api/v1/sites/{site_id}/devices/`.
pub(crate) fn parse_path(segments: &[&str]) -> Option<Target> {
    Some(match segments {
        ["upgrade"] => Target::Jobs,
        ["upgrade", id] => Target::Job((*id).to_owned()),
        ["upgrade", id, "cancel"] => Target::Cancel((*id).to_owned()),
        [id, "upgrade"] => Target::Device((*id).to_owned()),
        _ => return None,
    })
}

pub(crate) fn methods(target: &Target) -> &'static [&'static str] {
    match target {
        Target::Jobs => &["GET", "POST"],
        Target::Job(_) => &["GET"],
        Target::Cancel(_) | Target::Device(_) => &["POST"],
    }
}

pub(crate) fn answer(
    cloud: &mut Cloud,
    request: &Request,
    target: &Target,
    method: &str,
    org_id: &str,
    site_id: &str,
) -> Result<Reply, Reply> {
    match (target, method) {
        (Target::Jobs, "POST") => create(cloud, &message::object(request)?, org_id, site_id),
        (Target::Jobs, _) => {
            let status = request.decoded_parameter("status");
            let jobs = cloud.firmware.jobs.iter().filter(|(_, job)| job.site_id == site_id);
            let jobs = jobs.filter(|(_, job)| status.as_deref().is_none_or(|status| status == job.state));
            let listed = jobs.map(|(id, job)| shown(&cloud.firmware, id, job, false)).collect();
            Ok(Reply::json(200, &Value::Array(listed)))
        }
        (Target::Job(id), _) => {
            if !cloud.firmware.stands {
                pass_on(cloud, id);
            }
            let job = cloud.firmware.jobs.get(id).filter(|job| job.site_id == site_id);
            let job = job.ok_or_else(|| cloud.not_found(id))?;
            Ok(Reply::json(200, &shown(&cloud.firmware, id, job, true)))
        }
        (Target::Cancel(id), _) => {
            let missing = cloud.not_found(id);
            cloud.firmware.jobs.get_mut(id).ok_or(missing)?.state = "cancelled";
            Ok(Reply::json(200, &json!({})))
        }
        (Target::Device(id), _) => {
            let fields = message::object(request)?;
            let version = fields.get("version").and_then(Value::as_str).unwrap_or_default().to_owned();
            let devices = cloud.devices.entry(org_id.to_owned()).or_default();
            let stats = devices.stats.values_mut().find(|stats| text(stats, "id") == id);
            let missing = Reply::detail(404, "Not found.");
            let stats = stats.ok_or(missing)?;
            if text(stats, "version") == version {
                return Err(Reply::detail(400, "device already running version"));
            }
            stats.insert("fwupdate".to_owned(), json!({"status": "inprogress", "progress": 10, "status_id": 5}));
            Ok(Reply::json(200, &json!({"status": "inprogress", "timestamp": cloud.clock.now()})))
        }
    }
}

fn create(cloud: &mut Cloud, fields: &Map<String, Value>, org_id: &str, site_id: &str) -> Result<Reply, Reply> {
    let list = |name: &str| -> Vec<&str> {
        fields.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    };
    let (ids, models) = (list("device_ids"), list("models"));
    let version = fields.get("version").and_then(Value::as_str).unwrap_or_default().to_owned();
    if version.is_empty() || ids.is_empty() && models.is_empty() {
        return Err(Reply::detail(400, "version and device_ids or models are required"));
    }
    let devices = cloud.devices.entry(org_id.to_owned()).or_default();
    let chosen = devices.stats.values().filter(|stats| {
        text(stats, "site_id") == site_id
            && (ids.contains(&text(stats, "id")) || models.contains(&text(stats, "model")))
    });
    let macs: Vec<String> = chosen.map(|stats| text(stats, "mac").to_owned()).collect();
    let id = cloud.new_id();
    let start = fields.get("start_time").and_then(Value::as_i64).unwrap_or_else(|| cloud.clock.seconds());
    let job = Job {
        org_id: org_id.to_owned(),
        site_id: site_id.to_owned(),
        version,
        macs,
        state: STATES[0],
        start,
        fields: fields.clone(),
    };
    cloud.firmware.jobs.insert(id.clone(), job);
    Ok(Reply::json(200, &json!({ "upgrade_id": id })))
}

/// Moves a job to its next state.
fn pass_on(cloud: &mut Cloud, id: &str) {
    let now = cloud.clock.seconds();
    let firmware = &mut cloud.firmware;
    let Some(job) = firmware.jobs.get_mut(id) else { return };
    let end = |mac: &String| firmware.ends.get(mac).copied().unwrap_or(Upgrade::Succeeds);
    let has = |wanted: Upgrade| job.macs.iter().any(|mac| end(mac) == wanted);
    let Some(at) = STATES.iter().position(|state| *state == job.state) else { return };
    let sticks = at == 2 && has(Upgrade::Sticks);
    if at + 1 >= STATES.len() || sticks || now < job.start {
        return;
    }
    let fails = has(Upgrade::Fails) && job.macs.iter().all(|mac| end(mac) == Upgrade::Fails);
    job.state = match STATES[at + 1] {
        "downloaded" if has(Upgrade::Cancelled) => "cancelled",
        "completed" if fails => "failed",
        next => next,
    };
    if job.state != "completed" {
        return;
    }
    let succeeded: Vec<String> = job.macs.iter().filter(|mac| end(mac) == Upgrade::Succeeds).cloned().collect();
    let (version, org_id) = (job.version.clone(), job.org_id.clone());
    let devices = cloud.devices.entry(org_id).or_default();
    for mac in succeeded {
        if let Some(stats) = devices.stats.get_mut(&mac) {
            stats.insert("version".to_owned(), json!(version));
            stats.insert("uptime".to_owned(), json!(60));
            stats.insert("fwupdate".to_owned(), json!({"status": "success", "progress": 100}));
        }
    }
}

/// A job as lists show it, or with the devices by state.
fn shown(firmware: &Firmware, id: &str, job: &Job, is_whole: bool) -> Value {
    let mut targets: Map<String, Value> = Map::new();
    for mac in &job.macs {
        let end = firmware.ends.get(mac).copied().unwrap_or(Upgrade::Succeeds);
        let list = match job.state {
            "created" | "queued" | "cancelled" => "scheduled",
            "downloading" => "downloading",
            "downloaded" => "downloaded",
            "upgrading" => "reboot_in_progress",
            _ if end == Upgrade::Fails => "failed",
            _ => "upgraded",
        };
        if let Some(list) = targets.entry(list).or_insert_with(|| json!([])).as_array_mut() {
            list.push(json!(mac));
        }
    }
    let counts: Map<String, Value> =
        targets.iter().map(|(name, macs)| (name.clone(), json!(macs.as_array().map(Vec::len)))).collect();
    let mut fields = json!({"id": id, "status": job.state, "start_time": job.start});
    for name in ["strategy", "force", "max_failure_percentage", "canary_phases", "reboot_at"] {
        if let Some(value) = job.fields.get(name) {
            fields[name] = value.clone();
        }
    }
    if !firmware.hides_version || is_whole {
        fields["target_version"] = json!(job.version);
    }
    if is_whole {
        targets.insert("total".to_owned(), json!(job.macs.len()));
        fields["targets"] = Value::Object(targets);
    } else {
        fields["counts"] = Value::Object(counts);
    }
    fields
}

impl Simulator {
    /// Sets the end of the upgrade of a device, by its MAC address.
    pub fn upgrade_ends(&self, mac: &str, end: Upgrade) {
        self.shared.cloud().firmware.ends.insert(mac.to_owned(), end);
    }

    /// Jobs pass on with `advance_jobs` alone, and not when they are read.
    pub fn hold_jobs(&self) {
        self.shared.cloud().firmware.stands = true;
    }

    /// Lists of jobs omit the target version.
    pub fn hide_job_versions(&self) {
        self.shared.cloud().firmware.hides_version = true;
    }

    /// Moves all jobs on by so many states.
    pub fn advance_jobs(&self, states: usize) {
        let mut cloud = self.shared.cloud();
        let ids: Vec<String> = cloud.firmware.jobs.keys().cloned().collect();
        for id in ids.iter().flat_map(|id| std::iter::repeat_n(id, states)) {
            pass_on(&mut cloud, id);
        }
    }

    /// All jobs: id, version, state, and the MAC addresses of the devices.
    pub fn jobs(&self) -> Vec<(String, String, String, Vec<String>)> {
        let cloud = self.shared.cloud();
        let jobs = cloud.firmware.jobs.iter();
        jobs.map(|(id, job)| (id.clone(), job.version.clone(), job.state.to_owned(), job.macs.clone())).collect()
    }
}
