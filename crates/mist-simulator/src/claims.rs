//! Claims: claim codes of devices, and order codes of several devices, claimed at once or in the background.

use crate::cloud::Cloud;
use crate::devices;
use crate::message::{self, Reply, Request};
use crate::random;
use crate::simulator::Simulator;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

type Fields = Map<String, Value>;

/// The largest number of claim codes in a request.
const MOST_CODES: usize = 50;

/// The length of a claim code without hyphens.
const CODE_LENGTH: usize = 15;

/// Devices that can be claimed, and the orders that contain them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stock {
    /// Unclaimed devices by claim code.
    devices: IndexMap<String, Fields>,
    orders: IndexMap<String, Order>,
    jobs: Vec<Job>,
}

#[derive(Debug, Clone)]
struct Order {
    claim_codes: Vec<String>,
    is_used: bool,
}

/// A claim in the background. Each request for its status is one step of it.
#[derive(Debug, Clone)]
struct Job {
    id: String,
    org_id: String,
    claim_codes: Vec<String>,
    scheduled_at: i64,
    step: usize,
    added: Vec<String>,
    failed: Vec<String>,
}

/// A code without hyphens, in upper case: the form of `magic`.
fn normalized(code: &str) -> String {
    code.replace('-', "").to_ascii_uppercase()
}

/// `POST /orgs/{org_id}/inventory`: claims devices by their codes.
pub(crate) fn claim(cloud: &mut Cloud, request: &Request, org_id: &str) -> Result<Reply, Reply> {
    let codes: Vec<String> = serde_json::from_slice(&request.body)
        .map_err(|_| Reply::detail(400, "Invalid data. Expected a list of claim codes."))?;
    if codes.len() > MOST_CODES {
        return Err(Reply::detail(400, &format!("Ensure this list has no more than {MOST_CODES} elements.")));
    }
    let mut answer = json!({
        "added": [], "duplicated": [], "error": [], "inventory_added": [], "inventory_duplicated": [], "reason": [],
    });
    let mut add = |list: &str, value: Value| {
        if let Some(items) = answer.get_mut(list).and_then(Value::as_array_mut) {
            items.push(value);
        }
    };
    for code in &codes {
        match claim_one(cloud, org_id, &normalized(code)) {
            Claimed::Added(device) => {
                add("added", json!(code));
                add("inventory_added", device);
            }
            Claimed::Duplicated(device) => {
                add("duplicated", json!(code));
                add("inventory_duplicated", device);
            }
            Claimed::Refused(reason) => {
                add("error", json!(code));
                if !cloud.config.variants.inventory_reasons_missing {
                    add("reason", json!(reason));
                }
            }
        }
    }
    Ok(devices::inventory_reply(cloud, &answer))
}

enum Claimed {
    Added(Value),
    Duplicated(Value),
    Refused(String),
}

/// Claims one device. `code` is in the form of `magic`.
fn claim_one(cloud: &mut Cloud, org_id: &str, code: &str) -> Claimed {
    let is_code = code.len() == CODE_LENGTH && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_code {
        return Claimed::Refused("invalid claim code".to_owned());
    }
    for (owner, devices) in &cloud.devices {
        let Some(row) = devices.inventory.iter().find(|row| devices::text(row, "magic") == code) else {
            continue;
        };
        if owner == org_id {
            return Claimed::Duplicated(summary(row));
        }
        let reason = format!("belongs to another org ('{owner}' (other) != '{org_id}' (you))");
        return Claimed::Refused(reason);
    }
    let Some(mut device) = cloud.stock.devices.shift_remove(code) else {
        return Claimed::Refused("not found".to_owned());
    };
    device.insert("magic".to_owned(), json!(code));
    let summary = summary(&device);
    devices::add(cloud, org_id, Value::Object(device));
    Claimed::Added(summary)
}

fn summary(row: &Fields) -> Value {
    let fields = ["mac", "magic", "model", "serial", "type"].map(|name| (name.to_owned(), json!(row.get(name))));
    Value::Object(fields.into_iter().collect())
}

/// `POST /orgs/{org_id}/claim`: claims all devices of an order. A used order code is 400.
pub(crate) fn claim_order(cloud: &mut Cloud, request: &Request, org_id: &str) -> Result<Reply, Reply> {
    let claim_codes = take_order(cloud, request, &["all", "inventory", "license"])?;
    let (mut added, mut duplicated) = (Vec::new(), Vec::new());
    for code in claim_codes {
        match claim_one(cloud, org_id, &code) {
            Claimed::Added(device) => added.push(device),
            Claimed::Duplicated(device) => duplicated.push(device),
            Claimed::Refused(_) => {}
        }
    }
    let answer = json!({
        "inventory_added": added, "inventory_duplicated": duplicated,
        "license_added": [], "license_duplicated": [], "license_error": [],
    });
    Ok(Reply::json(200, &answer))
}

/// `POST /orgs/{org_id}/claims`: schedules the claim of an order.
pub(crate) fn schedule(cloud: &mut Cloud, request: &Request, org_id: &str) -> Result<Reply, Reply> {
    let claim_codes = take_order(cloud, request, &["all", "inventory"])?;
    let mac = |code: &String| cloud.stock.devices.get(code).map(|device| json!({"mac": device.get("mac")}));
    let pending: Vec<Value> = claim_codes.iter().filter_map(mac).collect();
    let id = random::uuid();
    let answer = json!({"claim_id": id, "inventory_pending": pending});
    let (org_id, scheduled_at) = (org_id.to_owned(), cloud.clock.seconds());
    let (added, failed) = (Vec::new(), Vec::new());
    cloud.stock.jobs.push(Job { id, org_id, claim_codes, scheduled_at, step: 0, added, failed });
    Ok(Reply::json(200, &answer))
}

fn take_order(cloud: &mut Cloud, request: &Request, types: &[&str]) -> Result<Vec<String>, Reply> {
    let form = cloud.config.variants.field_errors;
    let fields = message::object(request)?;
    let code = message::required_string(&fields, "code").map_err(|error| error.reply(form))?;
    let kind = message::required_string(&fields, "type").map_err(|error| error.reply(form))?;
    if !types.contains(&kind.as_str()) {
        return Err(message::field_error("type", &format!("\"{kind}\" is not a valid choice."), form));
    }
    match cloud.stock.orders.get_mut(&normalized(&code)) {
        None => Err(Reply::detail(404, "Not found.")),
        Some(order) if order.is_used => Err(Reply::detail(400, "code: already used.")),
        Some(_) if kind == "license" => Ok(Vec::new()),
        Some(order) => {
            order.is_used = true;
            Ok(order.claim_codes.clone())
        }
    }
}

/// `GET /orgs/{org_id}/claims/{claim_id}`: the status of a claim in the background.
///
/// The first request answers `prepared`, the second one `ongoing`, and the third one finds the devices claimed.
pub(crate) fn status(cloud: &mut Cloud, request: &Request, org_id: &str, id: &str) -> Result<Reply, Reply> {
    let not_found = cloud.not_found(id);
    let with_details = request.parameter("detail") == Some("true");
    let now = cloud.clock.seconds();
    let found = cloud.stock.jobs.iter_mut().find(|job| job.id == id && job.org_id == org_id);
    let job = found.ok_or(not_found)?;
    job.step += 1;
    let due = if job.step == 3 { job.claim_codes.clone() } else { Vec::new() };
    for code in due {
        let claimed = claim_one(cloud, org_id, &code);
        let Some(job) = cloud.stock.jobs.iter_mut().find(|job| job.id == id) else { continue };
        match claimed {
            Claimed::Added(device) | Claimed::Duplicated(device) => {
                job.added.push(device.get("mac").and_then(Value::as_str).unwrap_or_default().to_owned());
            }
            Claimed::Refused(_) => job.failed.push(code),
        }
    }
    let shown = cloud.stock.jobs.iter().find(|job| job.id == id).map(|job| job.shown(with_details, now));
    Ok(Reply::json(200, &shown.unwrap_or_default()))
}

/// `GET /orgs/{org_id}/claims`
pub(crate) fn list(cloud: &Cloud, request: &Request, org_id: &str) -> Reply {
    let with_details = request.parameter("detail") == Some("true");
    let jobs = cloud.stock.jobs.iter().filter(|job| job.org_id == org_id);
    let claims: Vec<Value> = jobs.map(|job| job.shown(with_details, cloud.clock.seconds())).collect();
    Reply::json(200, &json!({ "claims": claims }))
}

impl Job {
    fn shown(&self, with_details: bool, now: i64) -> Value {
        let status = match self.step {
            0 | 1 => "prepared",
            2 => "ongoing",
            _ => "done",
        };
        let processed = self.added.len() + self.failed.len();
        let mut shown = json!({
            "claim_id": self.id, "org_id": self.org_id, "status": status, "scheduled_at": self.scheduled_at,
            "timestamp": now, "total": self.claim_codes.len(), "processed": processed, "succeed": self.added.len(),
            "failed": self.failed.len(), "completed": self.added,
        });
        if with_details {
            let details = self.added.iter().map(|mac| json!({"mac": mac, "status": "added", "timestamp": now}));
            shown["details"] = json!(details.collect::<Vec<_>>());
        }
        shown
    }
}

impl Simulator {
    /// Adds a device that an organization can claim with this code. Its fields are those of [`Simulator::add_devices`].
    pub fn add_claim_code(&self, code: &str, device: Value) {
        if let Value::Object(device) = device {
            self.shared.cloud().stock.devices.insert(normalized(code), device);
        }
    }

    /// Adds an order code for devices that were added with these claim codes.
    pub fn add_order(&self, code: &str, claim_codes: &[&str]) {
        let claim_codes = claim_codes.iter().map(|code| normalized(code)).collect();
        self.shared.cloud().stock.orders.insert(normalized(code), Order { claim_codes, is_used: false });
    }
}
