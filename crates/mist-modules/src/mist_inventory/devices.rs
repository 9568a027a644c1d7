//! Rows of the cloud about devices, and what the inventory keeps of them. A field of another type than the document has is
//! read as text where that is possible, and is otherwise missing.

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

/// Row of the inventory of an organization.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct InventoryRow {
    #[serde(deserialize_with = "text")]
    pub id: String,
    #[serde(deserialize_with = "text")]
    pub mac: String,
    #[serde(deserialize_with = "text")]
    pub serial: String,
    #[serde(deserialize_with = "text")]
    pub model: String,
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: String,
    #[serde(deserialize_with = "text")]
    pub name: String,
    #[serde(deserialize_with = "text")]
    pub hostname: String,
    #[serde(deserialize_with = "text")]
    pub site_id: String,
    #[serde(deserialize_with = "text")]
    pub deviceprofile_id: String,
    #[serde(deserialize_with = "text")]
    pub vc_mac: String,
    #[serde(deserialize_with = "text")]
    pub chassis_mac: String,
    #[serde(deserialize_with = "truth")]
    pub connected: bool,
}

/// Row of the statistics. A virtual chassis has one, under its MAC address.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct StatsRow {
    #[serde(deserialize_with = "text")]
    pub mac: String,
    /// Management address. The external address (`ext_ip`) is that of a NAT gateway.
    #[serde(deserialize_with = "text")]
    pub ip: String,
    #[serde(deserialize_with = "text")]
    pub status: String,
    #[serde(deserialize_with = "text")]
    pub version: String,
}

/// An object with a name: a site, a site group, a device profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Named {
    #[serde(deserialize_with = "text")]
    pub id: String,
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// Site groups of a site.
    #[serde(deserialize_with = "texts")]
    pub sitegroup_ids: Vec<String>,
}

/// An organization with everything that was read of it.
#[derive(Clone, Debug, Default)]
pub struct Org {
    pub id: String,
    /// Its name, where the cloud was asked for it.
    pub name: Option<String>,
    pub sites: Vec<Named>,
    pub sitegroups: Vec<Named>,
    pub profiles: Vec<Named>,
    pub devices: Vec<Device>,
    /// Variables of sites, by the id of the site.
    pub site_vars: BTreeMap<String, Value>,
}

/// A device.
#[derive(Clone, Debug, Default)]
pub struct Device {
    pub row: InventoryRow,
    pub stats: StatsRow,
    /// The whole row of the statistics, where it was asked for.
    pub all_stats: Option<Map<String, Value>>,
    /// The configuration, where it was asked for.
    pub config: Option<Map<String, Value>>,
}

impl Device {
    pub fn is_connected(&self) -> bool {
        match self.stats.status.as_str() {
            "connected" => true,
            "" => self.row.connected,
            _ => false,
        }
    }
}

/// The devices of an inventory that are hosts: assigned to a site, each once, and a virtual chassis or cluster once.
///
/// The cloud shows members on request alone. Where it shows them, the row with the MAC address of the chassis is the
/// host, otherwise the row of its first member (FPC0).
#[must_use]
pub fn hosts(rows: Vec<InventoryRow>) -> Vec<InventoryRow> {
    let mut by_key: BTreeMap<String, InventoryRow> = BTreeMap::new();
    for row in rows.into_iter().filter(|row| !row.site_id.is_empty()) {
        let rank = |row: &InventoryRow| {
            let is_head = row.vc_mac.is_empty() || row.vc_mac == row.mac;
            (!is_head, row.chassis_mac != row.mac, row.mac.clone())
        };
        let key = [&row.vc_mac, &row.mac, &row.id].into_iter().find(|text| !text.is_empty()).cloned();
        let Some(key) = key else { continue };
        match by_key.get_mut(&key) {
            Some(known) if rank(known) <= rank(&row) => {}
            Some(known) => *known = row,
            None => drop(by_key.insert(key, row)),
        }
    }
    by_key.into_values().collect()
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    deserializer.deserialize_any(Text)
}

fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(deserializer.deserialize_any(Text)?.eq_ignore_ascii_case("true"))
}

fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Texts {
        Some(Vec<String>),
        Other(IgnoredAny),
    }
    Ok(match Texts::deserialize(deserializer)? {
        Texts::Some(texts) => texts,
        Texts::Other(_) => Vec::new(),
    })
}

/// A text, also from a number or boolean; empty for everything else.
struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = String;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_string<E>(self, text: String) -> Result<String, E> {
        Ok(text)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<String, E> {
        Ok(truth.to_string())
    }

    fn visit_i64<E>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_u64<E>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_f64<E>(self, number: f64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_unit<E>(self) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<String, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(String::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<String, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(String::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_of_unexpected_types_are_text_or_missing() {
        let row: InventoryRow = serde_json::from_value(json!({
            "mac": "5c5b35000001", "serial": 12345, "name": null, "model": {"a": [1]}, "connected": "true",
            "unknown": [{"nested": 1}],
        }))
        .unwrap();
        assert_eq!((row.serial.as_str(), row.name.as_str(), row.model.as_str()), ("12345", "", ""));
        assert!(row.connected);
        let site: Named = serde_json::from_value(json!({"id": "i", "sitegroup_ids": null})).unwrap();
        assert!(site.sitegroup_ids.is_empty());
    }

    fn row(mac: &str, vc_mac: &str, site_id: &str) -> InventoryRow {
        InventoryRow { mac: mac.into(), vc_mac: vc_mac.into(), site_id: site_id.into(), ..InventoryRow::default() }
    }

    #[test]
    fn a_chassis_is_one_host_whatever_rows_the_cloud_shows() {
        let macs = |rows: &[InventoryRow]| -> Vec<String> {
            let mut rows = rows.to_vec();
            let found: Vec<String> = hosts(rows.clone()).into_iter().map(|row| row.mac).collect();
            rows.reverse();
            let reversed: Vec<String> = hosts(rows).into_iter().map(|row| row.mac).collect();
            assert_eq!(found, reversed, "the order of the rows decides");
            found
        };
        assert_eq!(macs(&[row("1", "", "s"), row("2", "", ""), row("1", "", "s")]), ["1"]);
        assert_eq!(macs(&[row("1", "1", "s"), row("2", "1", "s"), row("3", "1", "s")]), ["1"]);
        assert_eq!(macs(&[row("020003", "020003", "s"), row("1", "020003", "s")]), ["020003"]);
        let fpc0 = InventoryRow { chassis_mac: "2".into(), ..row("2", "020003", "s") };
        assert_eq!(macs(&[row("1", "020003", "s"), fpc0, row("3", "020003", "s")]), ["2"]);
    }

    #[test]
    fn a_device_without_statistics_has_the_status_of_the_inventory() {
        let device = |connected: bool, status: &str| Device {
            row: InventoryRow { connected, ..InventoryRow::default() },
            stats: StatsRow { status: status.into(), ..StatsRow::default() },
            ..Device::default()
        };
        assert!(device(true, "").is_connected() && !device(false, "").is_connected());
        assert!(device(false, "connected").is_connected() && !device(true, "disconnected").is_connected());
        assert!(!device(true, "upgrading").is_connected());
    }
}
