//! From found devices to rows, with ranges of ports as they are.

use crate::config;
use crate::inventory::{Device, Inventory};
use crate::ports::Declared;
use crate::read;
use mist_client::{Client, Error};
use mist_objects::export::{Exported, as_declared};
use mist_objects::listing::{self, Scope};
use mist_objects::names::{self, Index, Known, Unresolved};
use mist_objects::plan::Fields;
use mist_objects::table::Level;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Fields of every configuration that a request cannot set, or that only repeat the inventory.
const NOT_DECLARED: [&str; 7] = ["mac", "serial", "model", "type", "image1_url", "image2_url", "image3_url"];

/// The kind whose objects belong to one site.
const MAPS: &str = "maps";

/// A device as a row of a table: its address, its configuration, and no claim code. The site is not part of it.
#[must_use]
pub fn row(device: &Device, document: &Fields, index: &Index<'_>, include_secrets: bool) -> Exported {
    let Ok(kind) = config::kind(&device.device_type) else {
        return Exported { object: json!({"mac": device.target()}), ..Exported::default() };
    };
    let mut document = document.clone();
    document.retain(|field, _| !NOT_DECLARED.contains(&field.as_str()));
    document.shift_remove("deviceprofile_id");
    let mut exported = as_declared(&kind, &document, index, include_secrets);
    let (profile, unresolved) = profile(device, index);
    exported.unresolved.extend(unresolved);
    let mut row = Fields::new();
    row.insert("mac".to_owned(), json!(device.target()));
    let mut rest = exported.object.as_object().cloned().unwrap_or_default();
    rest.extend(profile);
    for field in ["name", "deviceprofile", "deviceprofile_id", "map", "map_id"] {
        row.extend(rest.shift_remove(field).map(|value| (field.to_owned(), value)));
    }
    let ports = rest.get("port_config").and_then(Value::as_object).cloned();
    let is_declarable = |ports: &Fields| {
        config::WITH_PORTS.contains(&device.device_type.as_str())
            && ports.values().all(Value::is_object)
            && Declared::new(ports).is_ok()
    };
    let mut fields: Vec<(String, Value)> = rest.into_iter().collect();
    fields.sort_by(|one, other| one.0.cmp(&other.0));
    for (field, value) in fields {
        let as_ports = field == "port_config" && ports.as_ref().is_some_and(is_declarable);
        row.insert(if as_ports { "ports".to_owned() } else { field }, value);
    }
    exported.object = Value::Object(row);
    exported
}

/// The profile of a device, by name if that is unique. The document has it as a field of access points only.
fn profile(device: &Device, index: &Index<'_>) -> (Fields, Vec<Unresolved>) {
    let (Some(profile_id), Ok(kind)) = (&device.profile_id, config::kind("ap")) else { return Default::default() };
    let (named, unresolved) = names::with_names(kind.schema, &json!({"deviceprofile_id": profile_id}), index);
    (named.as_object().cloned().unwrap_or_default(), unresolved)
}

/// The rows of all devices of a site, by name and address. `known` keeps the names of the organization from site to site.
///
/// # Errors
/// A request failed.
pub fn site_rows(
    client: &Client,
    org_id: &str,
    inventory: &Inventory,
    site_id: &str,
    known: &mut Known,
    include_secrets: bool,
) -> Result<Vec<Exported>, Error> {
    let is_here = |device: &&Device| device.site_id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(site_id));
    let here: Vec<&Device> = inventory.devices().filter(is_here).collect();
    let mut heads: Vec<&Device> = Vec::new();
    for device in here {
        let head = inventory.head(device);
        if heads.iter().all(|other| other.target() != head.target()) {
            heads.push(head);
        }
    }
    if heads.is_empty() {
        return Ok(Vec::new());
    }
    heads.sort_by(|one, other| (&one.name, &one.mac).cmp(&(&other.name, &other.mac)));
    let documents = read::site_devices(client, site_id, &heads)?;
    let document = |device: &Device| documents.get(device.target()).cloned().unwrap_or_default();
    extend_known(client, org_id, site_id, heads.iter().map(|head| (*head, document(head))), known)?;
    let index = Index::new(known);
    Ok(heads.iter().map(|head| row(head, &document(head), &index, include_secrets)).collect())
}

/// Lists the kinds that devices refer to, as far as they are not known. The maps are those of the site.
///
/// # Errors
/// A request failed.
fn extend_known<'a>(
    client: &Client,
    org_id: &str,
    site_id: &str,
    devices: impl Iterator<Item = (&'a Device, Fields)>,
    known: &mut Known,
) -> Result<(), Error> {
    let mut kinds = BTreeSet::new();
    for (device, document) in devices {
        if let Ok(kind) = config::kind(&device.device_type) {
            names::referred(kind.schema, &Value::Object(document), &mut kinds);
        }
        if device.profile_id.is_some() {
            kinds.insert("deviceprofiles".to_owned());
        }
    }
    known.remove(MAPS);
    if kinds.remove(MAPS) {
        known.insert(MAPS.to_owned(), read::maps(client, site_id)?);
    }
    kinds.retain(|kind| !known.contains_key(kind));
    if !kinds.is_empty() {
        let mut scope = Scope { org_id: Some(org_id.to_owned()), ..Scope::default() };
        known.extend(listing::known(client, &mut scope, Level::Org, kinds)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_declares_what_the_device_has() {
        let known: Known = [
            (MAPS.to_owned(), vec![("Floor".to_owned(), "m1".to_owned())]),
            ("deviceprofiles".to_owned(), vec![("Access".to_owned(), "p1".to_owned())]),
        ]
        .into_iter()
        .collect();
        let device = |device_type: &str| Device {
            mac: "5c5b35000001".into(),
            device_type: device_type.into(),
            profile_id: Some("p1".into()),
            ..Device::default()
        };
        let document = json!({
            "id": "i", "mac": "5c5b35000001", "serial": "s", "type": "switch", "model": "EX", "name": "sw", "map_id": "m1", "site_id": "s",
            "created_time": 1, "notes": "", "role": "access", "image1_url": "https://x", "switch_mgmt": {"root_password": "canary"},
            "port_config": {"ge-0/0/0-10,ge-0/0/12": {"usage": "ap"}, "ae0": {"usage": "lag"}},
        });
        let document = document.as_object().unwrap();
        let exported = row(&device("switch"), document, &Index::new(&known), false);
        assert_eq!(
            exported.object,
            json!({"mac": "5c5b35000001", "name": "sw", "deviceprofile": "Access", "map": "Floor",
                   "ports": {"ge-0/0/0-10,ge-0/0/12": {"usage": "ap"}, "ae0": {"usage": "lag"}}, "role": "access", "switch_mgmt": {}})
        );
        assert_eq!(exported.secrets_left_out.len(), 1);
        let ap = row(
            &device("ap"),
            json!({"port_config": {"eth0": {"enabled": true}}}).as_object().unwrap(),
            &Index::new(&known),
            false,
        );
        assert_eq!(ap.object["port_config"], json!({"eth0": {"enabled": true}}));
        let twice = json!({"port_config": {"ge-0/0/0-3": {"usage": "ap"}, "ge-0/0/2": {"usage": "iot"}}});
        let twice = row(&device("switch"), twice.as_object().unwrap(), &Index::new(&known), false);
        assert!(twice.object.get("ports").is_none(), "keys that contradict cannot be declared as ports");
    }
}
