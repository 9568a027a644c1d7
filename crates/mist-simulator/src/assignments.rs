//! Changes of the inventory: assignment to sites and device profiles, release, replacement.

use crate::cloud::Cloud;
use crate::devices::{self, text};
use crate::message::{self, Reply, Request};
use crate::objects::{self, ObjectPath, Scope};
use serde_json::{Map, Value, json};

type Fields = Map<String, Value>;

/// The largest number of devices in a request.
const MOST_DEVICES: usize = 100;

/// Fields of the configuration that belong to a site. A device loses them when it moves to another one.
const OF_A_SITE: [&str; 5] = ["map_id", "x", "y", "site_id", "for_site"];

/// `PUT /orgs/{org_id}/inventory`
pub(crate) fn update(cloud: &mut Cloud, request: &Request, org_id: &str) -> Result<Reply, Reply> {
    let form = cloud.config.variants.field_errors;
    let fields = message::object(request)?;
    let op = message::required_string(&fields, "op").map_err(|error| error.reply(form))?;
    if !["assign", "unassign", "delete", "upgrade_to_mist", "downgrade_to_jsi"].contains(&op.as_str()) {
        return Err(message::field_error("op", &format!("\"{op}\" is not a valid choice."), form));
    }
    let named: Vec<String> = texts(&fields, "macs").chain(texts(&fields, "serials")).collect();
    if named.len() > MOST_DEVICES {
        return Err(Reply::detail(400, &format!("Ensure this list has no more than {MOST_DEVICES} elements.")));
    }
    let site_id = fields.get("site_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    if op == "assign" && cloud.objects.org_of_site(&site_id) != Some(org_id) {
        return Err(message::field_error("site_id", "This site does not exist.", form));
    }
    let (mut success, mut error, mut reason) = (Vec::new(), Vec::new(), Vec::new());
    for name in &named {
        let changed = match find(cloud, org_id, name) {
            Some(row) if ["assign", "unassign"].contains(&op.as_str()) && follows(cloud, org_id, &row, name) => {
                Err("VC member switches could not be assigned")
            }
            Some(row) => change(cloud, org_id, &op, &row, &site_id, &fields),
            None => Err("not found"),
        };
        match changed {
            Ok(()) => success.push(name),
            Err(why) => {
                error.push(name);
                reason.push(why);
            }
        }
    }
    if cloud.config.variants.inventory_reasons_missing {
        reason.clear();
    }
    Ok(devices::inventory_reply(cloud, &json!({"op": op, "success": success, "error": error, "reason": reason})))
}

fn texts(fields: &Fields, name: &str) -> impl Iterator<Item = String> + use<> {
    let items = fields.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    items.into_iter().filter_map(|item| item.as_str().map(str::to_owned))
}

/// The record of a device with this MAC address (in any notation) or serial number.
fn find(cloud: &Cloud, org_id: &str, name: &str) -> Option<Fields> {
    let mac = name.replace([':', '-', '.'], "").to_lowercase();
    let rows = &cloud.devices.get(org_id)?.inventory;
    let own = rows.iter().find(|row| text(row, "mac") == mac || text(row, "serial") == name);
    own.or_else(|| rows.iter().find(|row| is_virtual(cloud, &mac) && text(row, "vc_mac") == mac)).cloned()
}

/// True for an address that a virtual chassis can be named by, although no device has it.
fn is_virtual(cloud: &Cloud, mac: &str) -> bool {
    !cloud.config.variants.chassis_by_member && !mac.is_empty()
}

/// True for a member that follows its chassis, and is not named by the address of the chassis.
fn follows(cloud: &Cloud, org_id: &str, row: &Fields, name: &str) -> bool {
    let vc_mac = text(row, "vc_mac");
    let rows = cloud.devices.get(org_id).map(|devices| devices.inventory.as_slice()).unwrap_or_default();
    let has_head = rows.iter().any(|other| text(other, "mac") == vc_mac);
    let first = rows.iter().find(|other| text(other, "vc_mac") == vc_mac);
    let is_first = first.is_some_and(|first| text(first, "mac") == text(row, "mac"));
    let named_by_chassis = name.replace([':', '-', '.'], "").eq_ignore_ascii_case(vc_mac);
    is_member(row) && !named_by_chassis && (has_head || !cloud.config.variants.chassis_by_member || !is_first)
}

fn change(
    cloud: &mut Cloud,
    org_id: &str,
    op: &str,
    row: &Fields,
    site_id: &str,
    request: &Fields,
) -> Result<(), &'static str> {
    let is_true = |name: &str| request.get(name) == Some(&json!(true));
    let mac = text(row, "mac");
    match op {
        "delete" => {
            move_to(cloud, org_id, row, "");
            if let Some(devices) = cloud.devices.get_mut(org_id) {
                devices.inventory.retain(|row| text(row, "mac") != mac);
                devices.stats.shift_remove(mac);
            }
        }
        "assign" => {
            let present = text(row, "site_id");
            if is_true("no_reassign") && !present.is_empty() && present != site_id {
                return Err("already assigned");
            }
            for member in chassis(cloud, org_id, row) {
                move_to(cloud, org_id, &member, site_id);
            }
            if let Some(configured) = request.get("mist_configured") {
                let set = json!({ "mist_configured": configured });
                configure(cloud, site_id, text(row, "id"), set.as_object().cloned().unwrap_or_default());
            }
        }
        "unassign" => {
            for member in chassis(cloud, org_id, row) {
                move_to(cloud, org_id, &member, "");
            }
        }
        _ => {
            let is_managed = row.get("jsi") != Some(&json!(true));
            if is_managed == (op == "upgrade_to_mist") {
                return Err(if is_managed { "already managed" } else { "already monitored" });
            }
            set(cloud, org_id, mac, "jsi", json!(op == "downgrade_to_jsi"));
        }
    }
    Ok(())
}

/// A member of a virtual chassis other than the one that represents it.
fn is_member(row: &Fields) -> bool {
    !text(row, "vc_mac").is_empty() && text(row, "vc_mac") != text(row, "mac")
}

/// The device and all members of its virtual chassis.
fn chassis(cloud: &Cloud, org_id: &str, row: &Fields) -> Vec<Fields> {
    let vc_mac = text(row, "vc_mac");
    let rows = cloud.devices.get(org_id).map(|devices| devices.inventory.as_slice()).unwrap_or_default();
    let belongs = |other: &&Fields| {
        text(other, "mac") == text(row, "mac") || (!vc_mac.is_empty() && text(other, "vc_mac") == vc_mac)
    };
    rows.iter().filter(belongs).cloned().collect()
}

/// Moves a device and its configuration to a site. An empty id unassigns it, and deletes its configuration.
fn move_to(cloud: &mut Cloud, org_id: &str, row: &Fields, site_id: &str) {
    let (before, id) = (text(row, "site_id").to_owned(), text(row, "id").to_owned());
    if before == site_id {
        return;
    }
    let old = device_path(&before, &id);
    let config = old.as_ref().and_then(|path| cloud.objects.get(path).cloned());
    if let Some(path) = &old {
        cloud.objects.remove(path);
    }
    if !site_id.is_empty() && !is_member(row) {
        let mut config = config.unwrap_or_default();
        OF_A_SITE.iter().for_each(|field| drop(config.shift_remove(*field)));
        for name in ["id", "mac", "serial", "model", "type", "name", "deviceprofile_id"] {
            config.entry(name.to_owned()).or_insert_with(|| row.get(name).cloned().unwrap_or_default());
        }
        configure(cloud, site_id, &id, config);
    }
    let site = if site_id.is_empty() { Value::Null } else { json!(site_id) };
    set(cloud, org_id, text(row, "mac"), "site_id", site);
}

fn device_path(site_id: &str, id: &str) -> Option<ObjectPath> {
    objects::parse_path(&["sites", site_id, "devices", id])
}

fn configure(cloud: &mut Cloud, site_id: &str, id: &str, config: Fields) {
    if let Some(path) = device_path(site_id, id) {
        objects::seed(cloud, &path, config);
    }
}

/// Sets a field of a device in the inventory and in its statistics.
fn set(cloud: &mut Cloud, org_id: &str, mac: &str, field: &str, value: Value) {
    let now = cloud.clock.seconds();
    let Some(devices) = cloud.devices.get_mut(org_id) else { return };
    if let Some(row) = devices.inventory.iter_mut().find(|row| text(row, "mac") == mac) {
        row.insert(field.to_owned(), value.clone());
        row.insert("modified_time".to_owned(), json!(now));
    }
    if let Some(stats) = devices.stats.get_mut(mac).filter(|stats| stats.contains_key(field)) {
        stats.insert(field.to_owned(), value);
    }
}

/// `POST /orgs/{org_id}/deviceprofiles/{id}/assign` and `unassign`. The response lists only the changed devices.
pub(crate) fn assign_profile(
    cloud: &mut Cloud,
    request: &Request,
    org_id: &str,
    id: &str,
    assigns: bool,
) -> Result<Reply, Reply> {
    let path = objects::parse_path(&["orgs", org_id, "deviceprofiles", id]);
    let profile = path.and_then(|path| cloud.objects.get(&path).cloned()).ok_or_else(|| cloud.not_found(id))?;
    let fields = message::object(request)?;
    let (from, to) = if assigns { (None, json!(id)) } else { (Some(json!(id)), Value::Null) };
    let mut success = Vec::new();
    for mac in texts(&fields, "macs") {
        let Some(row) = find(cloud, org_id, &mac) else { continue };
        let present = row.get("deviceprofile_id").cloned().unwrap_or_default();
        let fits = text(&profile, "type").is_empty() || text(&profile, "type") == text(&row, "type");
        if !fits || present == to || from.as_ref().is_some_and(|from| *from != present) {
            continue;
        }
        set(cloud, org_id, text(&row, "mac"), "deviceprofile_id", to.clone());
        if !text(&row, "site_id").is_empty() {
            let change = [("deviceprofile_id".to_owned(), to.clone())].into_iter().collect();
            configure(cloud, text(&row, "site_id"), text(&row, "id"), change);
        }
        success.push(mac);
    }
    Ok(Reply::json(200, &json!({ "success": success })))
}

/// `POST /orgs/{org_id}/inventory/replace`: a claimed and unassigned device takes the place of another one.
pub(crate) fn replace(cloud: &mut Cloud, request: &Request, org_id: &str) -> Result<Reply, Reply> {
    let form = cloud.config.variants.field_errors;
    let fields = message::object(request)?;
    let required = |name| message::required_string(&fields, name).map_err(|error| error.reply(form));
    let (old_mac, new_mac) = (required("mac")?, required("inventory_mac")?);
    let refused = |field: &str, problem: &str| message::field_error(field, problem, form);
    let old = find(cloud, org_id, &old_mac).ok_or_else(|| refused("mac", "not found"))?;
    let new = find(cloud, org_id, &new_mac).ok_or_else(|| refused("inventory_mac", "not found"))?;
    if !text(&new, "site_id").is_empty() {
        return Err(refused("inventory_mac", "already assigned"));
    }
    if text(&new, "type") != text(&old, "type") {
        return Err(refused("inventory_mac", "not a device of the same type"));
    }
    let site_id = text(&old, "site_id").to_owned();
    let mut config =
        device_path(&site_id, text(&old, "id")).and_then(|path| cloud.objects.get(&path).cloned()).unwrap_or_default();
    let own = ["id", "mac", "serial", "model", "type"].map(str::to_owned);
    own.into_iter().chain(texts(&fields, "discard")).for_each(|name| drop(config.shift_remove(&name)));
    move_to(cloud, org_id, &old, "");
    move_to(cloud, org_id, &new, &site_id);
    let name = config.get("name").cloned();
    configure(cloud, &site_id, text(&new, "id"), config);
    if let Some(name) = name {
        set(cloud, org_id, text(&new, "mac"), "name", name);
    }
    let answer = json!({"op": "replace", "success": [text(&new, "mac")], "error": [], "reason": []});
    Ok(Reply::json(200, &answer))
}

/// The device reports whether it took a configuration.
fn report_config(cloud: &mut Cloud, org_id: &str, mac: &str) {
    let (now, status) = (cloud.clock.seconds(), cloud.config.variants.config_status.clone());
    let stats = cloud.devices.get_mut(org_id).and_then(|devices| devices.stats.get_mut(mac));
    if let Some(stats) = stats {
        stats.extend([("config_status".to_owned(), json!(status)), ("config_timestamp".to_owned(), json!(now))]);
    }
}

/// Copies the fields of a device's configuration that the inventory shows too. A profile is writable for access points
/// alone.
pub(crate) fn configured(cloud: &mut Cloud, path: &ObjectPath) {
    let (Scope::Site(site_id), "devices", Some(id)) = (&path.scope, path.name.as_str(), &path.item) else {
        return;
    };
    let Some(org_id) = cloud.objects.org_of_site(site_id).map(str::to_owned) else { return };
    let Some(config) = cloud.objects.get(path).cloned() else { return };
    let rows = cloud.devices.get(&org_id).map(|devices| devices.inventory.as_slice()).unwrap_or_default();
    let Some(row) = rows.iter().find(|row| text(row, "id") == id).cloned() else { return };
    if let Some(name) = config.get("name") {
        set(cloud, &org_id, text(&row, "mac"), "name", name.clone());
    }
    if text(&row, "type") != "ap" {
        report_config(cloud, &org_id, text(&row, "mac"));
    }
    let profile = row.get("deviceprofile_id").cloned().unwrap_or_default();
    match config.get("deviceprofile_id") {
        Some(given) if *given != profile && text(&row, "type") == "ap" => {
            set(cloud, &org_id, text(&row, "mac"), "deviceprofile_id", given.clone());
        }
        Some(given) if *given != profile => {
            configure(cloud, site_id, id, [("deviceprofile_id".to_owned(), profile)].into_iter().collect());
        }
        _ => {}
    }
}

/// `PUT` and `DELETE /sites/{site_id}/devices/{id}/local_port_config`: replaces all overrides of a switch's ports.
pub(crate) fn override_ports(cloud: &mut Cloud, request: &Request, site_id: &str, id: &str) -> Result<Reply, Reply> {
    let path = device_path(site_id, id).ok_or_else(|| cloud.not_found(id))?;
    let mut config = cloud.objects.get(&path).cloned().ok_or_else(|| cloud.not_found(id))?;
    if request.method == "DELETE" {
        config.shift_remove("local_port_config");
    } else {
        config.insert("local_port_config".to_owned(), Value::Object(message::object(request)?));
    }
    cloud.objects.put(&path, config);
    Ok(Reply::empty())
}
