//! The inventory of an organization, and the device that a row means. No I/O.

use crate::row::{Identity, mac_address, normalized_code};
use mist_objects::plan::Fields;
use serde_json::Value;
use std::collections::HashMap;

/// A record of the inventory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Device {
    pub id: String,
    /// Without separators, in lower case.
    pub mac: String,
    pub serial: String,
    pub model: String,
    /// `ap`, `switch` or `gateway`.
    pub device_type: String,
    pub name: String,
    pub site_id: Option<String>,
    pub profile_id: Option<String>,
    /// The claim code.
    pub magic: String,
    /// The MAC address of its virtual chassis or cluster.
    pub vc_mac: Option<String>,
    pub is_connected: bool,
}

impl Device {
    /// Returns `None` for a record without a MAC address.
    #[must_use]
    pub fn of(record: &Fields) -> Option<Self> {
        let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
        let filled = |name: &str| Some(text(name).to_owned()).filter(|text| !text.is_empty());
        Some(Self {
            id: text("id").to_owned(),
            mac: mac_address(text("mac"))?,
            serial: text("serial").to_owned(),
            model: text("model").to_owned(),
            device_type: text("type").to_owned(),
            name: text("name").to_owned(),
            site_id: filled("site_id"),
            profile_id: filled("deviceprofile_id"),
            magic: normalized_code(text("magic")),
            vc_mac: mac_address(text("vc_mac")),
            is_connected: record.get("connected") == Some(&Value::Bool(true)),
        })
    }

    /// The MAC address in requests about its site and its configuration: that of the virtual chassis, if it is part of one.
    #[must_use]
    pub fn target(&self) -> &str {
        self.vc_mac.as_deref().unwrap_or(&self.mac)
    }

    #[must_use]
    pub fn is_member(&self) -> bool {
        self.target() != self.mac
    }
}

/// All devices of an organization.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    devices: Vec<Device>,
    macs: HashMap<String, usize>,
    serials: HashMap<String, usize>,
    codes: HashMap<String, usize>,
    names: HashMap<String, Vec<usize>>,
}

/// The reason that no device is the one of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// No device has the value of the field.
    Missing { field: &'static str, value: String },
    /// Several devices have the name. Their MAC addresses.
    Several { name: String, macs: Vec<String> },
    /// Two fields of the row identify different devices.
    Differ { field: &'static str, other: &'static str },
}

impl Inventory {
    #[must_use]
    pub fn new(devices: Vec<Device>) -> Self {
        let mut all = Self::default();
        for (position, device) in devices.iter().enumerate() {
            let note = |map: &mut HashMap<String, usize>, key: &str| {
                if !key.is_empty() {
                    map.entry(key.to_owned()).or_insert(position);
                }
            };
            note(&mut all.macs, &device.mac);
            note(&mut all.serials, &device.serial.to_uppercase());
            note(&mut all.codes, &device.magic);
            if !device.name.is_empty() {
                all.names.entry(device.name.clone()).or_default().push(position);
            }
        }
        all.devices = devices;
        all
    }

    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.devices.iter()
    }

    fn at<'a>(&'a self, map: &HashMap<String, usize>, key: &str) -> Option<&'a Device> {
        map.get(key).and_then(|position| self.devices.get(*position))
    }

    #[must_use]
    pub fn by_mac(&self, mac: &str) -> Option<&Device> {
        self.at(&self.macs, mac)
    }

    #[must_use]
    pub fn by_code(&self, code: &str) -> Option<&Device> {
        self.at(&self.codes, code)
    }

    /// The device whose id and name are those of the virtual chassis, or the device itself.
    #[must_use]
    pub fn head<'a>(&'a self, device: &'a Device) -> &'a Device {
        self.by_mac(device.target()).unwrap_or(device)
    }

    /// The device of a row. `Ok(None)` for a code that is still to be claimed.
    ///
    /// # Errors
    /// No device, or several.
    pub fn find(&self, identity: &Identity) -> Result<Option<&Device>, NotFound> {
        let Identity { mac, serial, claim_code, name } = identity;
        let by_code = claim_code.as_ref().and_then(|code| self.by_code(code));
        let missing = |field: &'static str, value: &String| NotFound::Missing { field, value: value.clone() };
        let mut found: Option<(&'static str, &Device)> = by_code.map(|device| ("claim_code", device));
        for (field, value, device) in [
            ("mac", mac, mac.as_ref().and_then(|mac| self.by_mac(mac))),
            ("serial", serial, serial.as_ref().and_then(|serial| self.at(&self.serials, &serial.to_uppercase()))),
        ] {
            let Some(value) = value else { continue };
            match (found, device) {
                (Some((other, there)), Some(device)) if there.mac != device.mac => {
                    return Err(NotFound::Differ { field, other });
                }
                (Some((other, _)), None) => return Err(NotFound::Differ { field, other }),
                (_, Some(device)) => found = Some((field, device)),
                // The code brings the device.
                (None, None) if claim_code.is_some() => {}
                (None, None) => return Err(missing(field, value)),
            }
        }
        if let (None, Some(name)) = (found, name) {
            // The members of a virtual chassis may have its name.
            let mut named: Vec<&Device> = Vec::new();
            for device in self.names.get(name).into_iter().flatten().filter_map(|position| self.devices.get(*position))
            {
                let head = self.head(device);
                let device = if head.name == *name { head } else { device };
                if named.iter().all(|other| other.target() != device.target()) {
                    named.push(device);
                }
            }
            return match named.as_slice() {
                [] => Err(missing("name", name)),
                [one] => Ok(Some(one)),
                several => Err(NotFound::Several {
                    name: name.clone(),
                    macs: several.iter().map(|device| device.mac.clone()).collect(),
                }),
            };
        }
        Ok(found.map(|(_, device)| device))
    }

    /// The names of all devices, for suggestions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn inventory() -> Inventory {
        let record = |fields: Value| Device::of(fields.as_object().unwrap()).unwrap();
        Inventory::new(vec![
            record(json!({"mac": "5c5b35000001", "id": "1", "serial": "A1", "name": "ap", "magic": "AAAA1"})),
            record(json!({"mac": "5c5b35000002", "id": "2", "serial": "A2", "name": "twin"})),
            record(json!({"mac": "5c5b35000003", "id": "3", "serial": "A3", "name": "twin"})),
            record(json!({"mac": "5c5b35000004", "id": "4", "name": "vc", "vc_mac": "5c5b35000004"})),
            record(json!({"mac": "5c5b35000005", "id": "5", "name": "vc", "vc_mac": "5c5b35000004"})),
        ])
    }

    #[test]
    fn a_row_means_one_device() {
        let inventory = inventory();
        let find = |row: Value| {
            let rows = crate::row::rows(&[row.as_object().cloned().unwrap()]).unwrap();
            inventory.find(&rows[0].identity).map(|found| found.map(|device| device.id.clone()))
        };
        let missing = |field, value: &str| Err(NotFound::Missing { field, value: value.to_owned() });
        for (row, expected) in [
            (json!({"mac": "5C:5B:35:00:00:01"}), Ok(Some("1".to_owned()))),
            (json!({"serial": "a2"}), Ok(Some("2".to_owned()))),
            (json!({"claim_code": "aa-aa1"}), Ok(Some("1".to_owned()))),
            (json!({"claim_code": "NEW"}), Ok(None)),
            (json!({"claim_code": "NEW", "mac": "5c5b35000002"}), Ok(Some("2".to_owned()))),
            (json!({"claim_code": "NEW", "mac": "5c5b350000ff"}), Ok(None)),
            (json!({"name": "ap"}), Ok(Some("1".to_owned()))),
            (json!({"name": "vc"}), Ok(Some("4".to_owned()))),
            (json!({"mac": "5c5b35000005"}), Ok(Some("5".to_owned()))),
            (json!({"mac": "5c5b350000ff"}), missing("mac", "5c5b350000ff")),
            (json!({"serial": "x"}), missing("serial", "x")),
            (json!({"name": "x"}), missing("name", "x")),
            (json!({"mac": "5c5b35000001", "serial": "A2"}), Err(NotFound::Differ { field: "serial", other: "mac" })),
            (
                json!({"mac": "5c5b35000002", "claim_code": "AAAA1"}),
                Err(NotFound::Differ { field: "mac", other: "claim_code" }),
            ),
        ] {
            assert_eq!(find(row.clone()), expected, "{row}");
        }
        let macs = vec!["5c5b35000002".to_owned(), "5c5b35000003".to_owned()];
        assert_eq!(find(json!({"name": "twin"})), Err(NotFound::Several { name: "twin".into(), macs }));
    }
}
