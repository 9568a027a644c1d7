//! Devices of an organization: its inventory, their statistics, and the firmware versions for them.
//!
//! The configuration of a device is an object of its site (`sites/{site_id}/devices`). The inventory is the record of
//! what was claimed, the statistics are what devices reported: a device that was silent for the requested `duration`
//! has none.

use crate::cloud::Cloud;
use crate::message::FieldError;
use crate::message::{Reply, Request};
use crate::simulator::Simulator;
use crate::{objects, paging};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

type Fields = Map<String, Value>;

/// Part of each record that `Simulator::add_fleet` fills to the requested size.
const FILLER: &str = "port_stat";

/// Devices of one organization.
#[derive(Debug, Clone, Default)]
pub(crate) struct Devices {
    pub(crate) inventory: Vec<Fields>,
    /// Statistics by MAC address.
    pub(crate) stats: IndexMap<String, Fields>,
    versions: Vec<Value>,
}

/// A list about devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    Inventory,
    Stats,
    Versions,
}

impl List {
    /// The list at this path below an organization or a site, except the inventory, which has further methods.
    pub(crate) fn at(scope: &str, rest: &[&str]) -> Option<Self> {
        match (scope, rest) {
            ("orgs" | "sites", ["stats", "devices"]) => Some(Self::Stats),
            ("orgs" | "sites", ["devices", "versions"]) => Some(Self::Versions),
            _ => None,
        }
    }
}

/// Answers a list of an organization, or of one of its sites.
pub(crate) fn list(
    cloud: &Cloud,
    request: &Request,
    list: List,
    org_id: &str,
    site_id: Option<&str>,
) -> Result<Reply, Reply> {
    let empty = Devices::default();
    let devices = cloud.devices.get(org_id).unwrap_or(&empty);
    let refused = |error: FieldError| error.reply(cloud.config.variants.field_errors);
    let query = Query { request };
    let of_site = |fields: &&Fields| site_id.is_none_or(|id| text(fields, "site_id") == id);
    let found: Vec<&Fields> = match list {
        List::Inventory => devices.inventory.iter().filter(|row| query.chooses_row(row)).collect(),
        List::Stats => devices.stats.values().filter(of_site).filter(|stats| query.chooses_statistics(stats)).collect(),
        List::Versions => {
            let chosen = devices.versions.iter().filter(|version| query.chooses_version(version)).cloned();
            return Ok(Reply::json(200, &Value::Array(chosen.collect())));
        }
    };
    let show = |fields: &Fields| Value::Object(fields.clone());
    paging::page(request, found, cloud.config.page_limit, &cloud.config.variants, show).map_err(refused)
}

/// The response to a change of the inventory. Errors come with 200, or with the status that the cloud has for them.
pub(crate) fn inventory_reply(cloud: &Cloud, answer: &Value) -> Reply {
    let has_errors = answer.get("error").and_then(Value::as_array).is_some_and(|errors| !errors.is_empty());
    Reply::json(if has_errors { cloud.config.variants.inventory_error_status } else { 200 }, answer)
}

/// `GET /orgs/{org_id}/inventory/search`: of access points unless `type` is given, with members of a virtual chassis.
pub(crate) fn search(cloud: &Cloud, request: &Request, org_id: &str) -> Result<Reply, Reply> {
    let empty = Devices::default();
    let devices = cloud.devices.get(org_id).unwrap_or(&empty);
    let query = Query { request };
    let kind = query.value("type").unwrap_or_else(|| "ap".to_owned());
    let rows = devices.inventory.iter().filter(|row| kind == "all" || kind == text(row, "type")).map(|row| {
        let stats = devices.stats.get(text(row, "mac"));
        let mut found = row.clone();
        for name in ["version", "status"] {
            found.insert(name.to_owned(), stats.and_then(|stats| stats.get(name)).cloned().unwrap_or_default());
        }
        let is_master = text(row, "vc_mac") == text(row, "mac");
        found.insert("master".to_owned(), json!(is_master));
        found
    });
    let fields = ["mac", "model", "name", "site_id", "serial", "magic", "version", "status"];
    let found = rows.filter(|row| fields.iter().all(|name| query.lists(name, row))).collect();
    let refused = |error: FieldError| error.reply(cloud.config.variants.field_errors);
    paging::search(request, found, cloud.config.page_limit, Value::Object).map_err(refused)
}

/// Filters of a request.
struct Query<'a> {
    request: &'a Request,
}

impl Query<'_> {
    fn value(&self, name: &str) -> Option<String> {
        self.request.decoded_parameter(name).filter(|value| !value.is_empty())
    }

    /// Returns true if a list of values in the query, separated by commas, has the value of the field.
    fn lists(&self, name: &str, fields: &Fields) -> bool {
        self.value(name).is_none_or(|list| list.split(',').any(|value| value == text(fields, name)))
    }

    fn is_true(&self, name: &str, default: bool) -> bool {
        self.value(name).map_or(default, |value| value.eq_ignore_ascii_case("true"))
    }

    fn time(&self, name: &str) -> Option<f64> {
        self.value(name)?.parse().ok()
    }

    /// The filters of the inventory. Members of a virtual chassis or cluster are shown on request alone.
    fn chooses_row(&self, row: &Fields) -> bool {
        let is_member = !text(row, "vc_mac").is_empty() && text(row, "vc_mac") != text(row, "mac");
        let time = |name: &str| row.get(name).and_then(Value::as_f64).unwrap_or_default();
        ["serial", "model", "type", "mac", "vc_mac"].iter().all(|name| self.lists(name, row))
            && self.value("site_id").is_none_or(|id| id == text(row, "site_id"))
            && (!is_member || self.is_true("vc", false) || self.value("vc_mac").is_some())
            && (!text(row, "site_id").is_empty() || self.is_true("unassigned", true))
            && self.time("modified_after").is_none_or(|after| time("modified_time") > after)
            && self
                .time("disconnected_before")
                .is_none_or(|before| row.get("connected") != Some(&json!(true)) && time("last_disconnected") < before)
    }

    /// The filters of the statistics, whose `type` is `ap` by default.
    fn chooses_statistics(&self, stats: &Fields) -> bool {
        let kind = self.value("type").unwrap_or_else(|| "ap".to_owned());
        let status = self.value("status").filter(|status| status != "all");
        (kind == "all" || kind == text(stats, "type"))
            && status.is_none_or(|list| list.split(',').any(|status| status == text(stats, "status")))
            && ["site_id", "mac"].iter().all(|name| self.lists(name, stats))
    }

    fn chooses_version(&self, version: &Value) -> bool {
        let kind = self.value("type").unwrap_or_else(|| "ap".to_owned());
        let Some(version) = version.as_object() else { return false };
        text(version, "type") == kind && self.lists("model", version)
    }
}

pub(crate) fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Adds a device. Fields of the inventory are taken as they are; `stats` (an object, or null for a device without
/// statistics) and `config` are taken out.
pub(crate) fn add(cloud: &mut Cloud, org_id: &str, device: Value) {
    let Value::Object(mut row) = device else { return };
    let (stats, config) = (row.shift_remove("stats"), row.shift_remove("config"));
    let now = cloud.clock.seconds();
    let mac = text(&row, "mac").to_owned();
    let mut fields = json!({
        "id": format!("00000000-0000-0000-1000-{mac}"),
        "mac": mac,
        "serial": mac.to_uppercase(),
        "magic": "",
        "model": "EX2300-24T",
        "type": "switch",
        "name": "",
        "hostname": "",
        "org_id": org_id,
        "site_id": null,
        "deviceprofile_id": null,
        "connected": true,
        "adopted": false,
        "jsi": false,
        "created_time": now,
        "modified_time": now,
    });
    if let Some(fields) = fields.as_object_mut() {
        fields.extend(row);
        let site_id = text(fields, "site_id").to_owned();
        let devices = cloud.devices.entry(org_id.to_owned()).or_default();
        if stats != Some(Value::Null) && !site_id.is_empty() {
            devices.stats.insert(mac.clone(), statistics(fields, stats));
        }
        devices.inventory.push(fields.clone());
        // A member of a virtual chassis has the configuration of the chassis.
        let is_member = !text(fields, "vc_mac").is_empty() && text(fields, "vc_mac") != mac;
        if !site_id.is_empty() && !is_member {
            let config = config.and_then(|config| config.as_object().cloned()).unwrap_or_default();
            configure(cloud, &site_id, fields, config);
        }
    }
}

fn statistics(row: &Fields, given: Option<Value>) -> Fields {
    let mut stats = Fields::new();
    for name in ["id", "mac", "serial", "model", "type", "name", "hostname", "org_id", "site_id", "deviceprofile_id"] {
        stats.insert(name.to_owned(), row.get(name).cloned().unwrap_or_default());
    }
    let connected = row.get("connected") == Some(&json!(true));
    stats.insert("status".to_owned(), json!(if connected { "connected" } else { "disconnected" }));
    stats.insert("ext_ip".to_owned(), json!("203.0.113.1"));
    if let Some(Value::Object(given)) = given {
        stats.extend(given);
    }
    stats
}

fn configure(cloud: &mut Cloud, site_id: &str, row: &Fields, mut config: Fields) {
    for name in ["id", "mac", "serial", "model", "type", "name", "deviceprofile_id"] {
        config.entry(name.to_owned()).or_insert_with(|| row.get(name).cloned().unwrap_or_default());
    }
    if let Some(place) = objects::parse_path(&["sites", site_id, "devices"]) {
        objects::seed(cloud, &place, config);
    }
}

/// One device of a generated fleet: switches, gateways and access points in turn.
fn of_fleet(number: usize, sites: &[String], filler: &Value) -> Value {
    let (kind, model) = [
        ("switch", "EX4300-48P"),
        ("switch", "QFX5120-48Y"),
        ("gateway", "SRX320"),
        ("gateway", "SSR120"),
        ("ap", "AP45"),
    ][number % 5];
    let version = if kind == "ap" { "0.14.29633" } else { "22.4R3-S2.11" };
    let site = number.checked_rem(sites.len()).map(|site| &sites[site]);
    json!({
        "mac": format!("5c5b35{number:06x}"),
        "model": model,
        "type": kind,
        "name": format!("{kind}-{number:05}"),
        "site_id": site,
        "connected": !number.is_multiple_of(7),
        "stats": {
            "ip": format!("10.{}.{}.{}", number >> 16, (number >> 8) & 255, number & 255),
            "version": version,
            "uptime": 3600 + number,
            FILLER: filler,
        },
    })
}

impl Simulator {
    /// Adds devices to an organization, as claims and reports of devices would. Each is a record of the inventory with at
    /// least `mac`; `stats` has its own fields of the statistics (null: it has none), `config` its configuration in its site.
    pub fn add_devices(&self, org_id: &str, devices: impl IntoIterator<Item = Value>) {
        let mut cloud = self.shared.cloud();
        for device in devices {
            add(&mut cloud, org_id, device);
        }
    }

    /// Adds so many devices to an organization, spread over its sites, with statistics of about so many bytes each.
    pub fn add_fleet(&self, org_id: &str, count: usize, stats_bytes: usize) {
        add_fleet(&mut self.shared.cloud(), org_id, count, stats_bytes);
    }

    /// Removes devices from the inventory and the statistics of an organization, by their MAC addresses.
    pub fn remove_devices(&self, org_id: &str, macs: &[&str]) {
        let macs: HashSet<&str> = macs.iter().copied().collect();
        if let Some(devices) = self.shared.cloud().devices.get_mut(org_id) {
            devices.inventory.retain(|row| !macs.contains(text(row, "mac")));
            devices.stats.retain(|mac, _| !macs.contains(mac.as_str()));
        }
    }

    /// The records of the inventory of an organization.
    pub fn inventory(&self, org_id: &str) -> Vec<Value> {
        let cloud = self.shared.cloud();
        let rows = cloud.devices.get(org_id).map(|devices| devices.inventory.clone()).unwrap_or_default();
        rows.into_iter().map(Value::Object).collect()
    }

    /// Changes the statistics of a device, as a report of the device would.
    pub fn report(&self, org_id: &str, mac: &str, fields: Value) {
        let mut cloud = self.shared.cloud();
        let stats = cloud.devices.get_mut(org_id).and_then(|devices| devices.stats.get_mut(mac));
        if let (Some(stats), Value::Object(fields)) = (stats, fields) {
            stats.extend(fields);
        }
    }

    /// Adds models of devices to `GET /const/device_models`.
    pub fn add_device_models(&self, models: impl IntoIterator<Item = Value>) {
        self.shared.cloud().device_models.extend(models);
    }

    /// Adds firmware versions: `type`, `model`, `version` and `tag` each.
    pub fn add_versions(&self, org_id: &str, versions: impl IntoIterator<Item = Value>) {
        self.shared.cloud().devices.entry(org_id.to_owned()).or_default().versions.extend(versions);
    }
}

/// Adds a generated fleet, as [`Simulator::add_fleet`] does.
pub(crate) fn add_fleet(cloud: &mut Cloud, org_id: &str, count: usize, stats_bytes: usize) {
    let place = objects::Scope::Org(org_id.to_owned());
    let sites: Vec<String> = cloud.objects.list(&place, "sites").map(|site| text(site, "id").to_owned()).collect();
    let ports = (stats_bytes.saturating_sub(500)) / 75;
    let filler: Fields = (0..ports)
        .map(|port| {
            (format!("ge-0/0/{port}"), json!({"up": true, "speed": 1000, "rx_bytes": 123_456, "tx_bytes": 654_321}))
        })
        .collect();
    let filler = Value::Object(filler);
    for number in 0..count {
        add(cloud, org_id, of_fleet(number, &sites, &filler));
    }
}
