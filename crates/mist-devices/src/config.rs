//! The plan for the configuration of one device: typed fields, ids in place of names, ports, and the body of the request. No I/O.

use crate::inventory::Device;
use crate::models::Models;
use crate::ports::{self, Declared, PortChange, PortError};
use crate::row::Row;
use mist_objects::compare::{self, Rules};
use mist_objects::conformity;
use mist_objects::conversion::{TypeError, converted};
use mist_objects::error::{NameError, ObjectError};
use mist_objects::names::{self, Index};
use mist_objects::plan::{self, DesiredState, Fields, Plan, Step};
use mist_objects::secrets::{declared_masks, masked_both};
use mist_objects::table::{self, Kind};
use mist_objects::value::Path;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The names of port usages that lead to the rest of the network.
const UPLINK_USAGES: [&str; 2] = ["uplink", "evpn_uplink"];

/// The usage of a gateway's port that leads to the cloud.
const WAN: &str = "wan";

/// The types of devices that have ports in this sense.
pub const WITH_PORTS: [&str; 2] = ["switch", "gateway"];

/// The rules of a set for configuration.
#[derive(Clone, Debug, Default)]
pub struct ConfigRules {
    pub rules: Rules,
    /// Undeclared ports are removed.
    pub exact_ports: bool,
    pub allow_uplinks: bool,
}

/// The reason that a device's configuration cannot be planned.
#[derive(Clone, Debug, PartialEq)]
pub enum ConfigError {
    Types(Vec<TypeError>),
    Names(Vec<NameError>),
    Port(PortError),
    Object(ObjectError),
    /// The type is none of those that have configuration.
    UnknownType {
        device_type: String,
    },
    /// The map is at another site, or nowhere.
    Map(NameError),
    /// The site does not list the device.
    NotListed,
}

/// The surroundings of a device, as far as they are known.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// Names in place of ids.
    pub index: &'a Index<'a>,
    /// Id of the declared map, `None` if it is to be removed.
    pub map_id: Option<&'a str>,
    pub models: &'a Models,
}

/// The fields of a row in the types of the document, with ids.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypedRow {
    pub fields: Fields,
    pub ports: Option<Declared>,
    /// Declared fields that only the cloud sets.
    pub ignored: Vec<String>,
}

/// The plan for one device.
#[derive(Clone, Debug)]
pub struct ConfigPlan {
    pub kind: Kind,
    /// The declaration that the plan is for: `port_config` by key.
    pub declared: Fields,
    pub plan: Plan,
    /// Dotted paths that differ, without ports.
    pub fields: Vec<String>,
    pub ports: Vec<PortChange>,
}

/// The kind of a device's configuration.
///
/// # Errors
/// The type is unknown.
pub fn kind(device_type: &str) -> Result<Kind, ConfigError> {
    let kind = table::device(device_type);
    kind.ok_or_else(|| ConfigError::UnknownType { device_type: device_type.to_owned() })
}

/// Types of a row, before anything about the device is known except its type.
///
/// # Errors
/// Values that have no obvious reading.
pub fn typed(row: &Row, kind: &Kind, mist_configured: Option<bool>) -> Result<TypedRow, ConfigError> {
    let mut fields = row.config.clone();
    if let Some(name) = &row.name {
        fields.insert("name".to_owned(), json!(name));
    }
    if let Some(configured) = row.mist_configured.or(mist_configured).filter(|_| has_mist_configured(kind)) {
        fields.insert("mist_configured".to_owned(), json!(configured));
    }
    let (fields, ignored) = conformity::without_read_only(kind, fields);
    let fields = converted(kind.schema, fields).map_err(ConfigError::Types)?;
    let ports = match &row.ports {
        None => None,
        Some(_) => {
            let whole: Fields = std::iter::once(("port_config".to_owned(), json!(row.port_fields))).collect();
            let typed = converted(kind.schema, whole)
                .map_err(|errors| ConfigError::Types(errors.into_iter().map(of_ports).collect()))?;
            let ports = typed.get("port_config").and_then(Value::as_object).cloned().unwrap_or_default();
            Some(Declared::new(&ports).map_err(ConfigError::Port)?)
        }
    };
    Ok(TypedRow { fields, ports, ignored })
}

fn of_ports(error: TypeError) -> TypeError {
    let path = error.path.strip_prefix("port_config").map(|rest| format!("ports{rest}"));
    TypeError { path: path.unwrap_or(error.path), fault: error.fault }
}

/// True if the type of the kind has `mist_configured`.
#[must_use]
pub fn has_mist_configured(kind: &Kind) -> bool {
    kind.schema.known("mist_configured").is_some()
}

/// Plans the configuration. `found` is what the site has for the device.
///
/// # Errors
/// The first reason that it cannot be written.
pub fn plan_config(
    row: &Row,
    typed: &TypedRow,
    kind: Kind,
    device: &Device,
    found: &Fields,
    surroundings: Surroundings<'_>,
    rules: &ConfigRules,
) -> Result<ConfigPlan, ConfigError> {
    let wrong: Vec<NameError> = names::invalid_ids(kind.schema, &typed.fields)
        .into_iter()
        .filter(|id| !id.is_doubtful)
        .map(|id| id.error)
        .collect();
    if !wrong.is_empty() {
        return Err(ConfigError::Names(wrong));
    }
    let mut declared = names::resolved(kind.schema, &typed.fields, surroundings.index).map_err(ConfigError::Names)?;
    if row.map.is_some() {
        declared.insert("map_id".to_owned(), json!(surroundings.map_id));
    }
    let empty = Fields::new();
    let before = found.get("port_config").and_then(Value::as_object).unwrap_or(&empty);
    let port = kind.schema.field("port_config").schema.field("*");
    let mut changes = Vec::new();
    if let Some(ports) = &typed.ports {
        if !WITH_PORTS.contains(&device.device_type.as_str()) && !device.device_type.is_empty() {
            return Err(ConfigError::UnknownType { device_type: device.device_type.clone() });
        }
        if let Some(port) = ports.kept_ports().find(|port| surroundings.models.lacks(&device.model, port)) {
            let (port, model) = (port.to_string(), device.model.clone());
            return Err(ConfigError::Port(PortError::NotOfModel { port, model }));
        }
        let planned = ports::plan(ports, before, port, rules.exact_ports).map_err(ConfigError::Port)?;
        if !planned.patch.is_empty() {
            declared.insert("port_config".to_owned(), Value::Object(planned.patch));
        }
        changes = planned.changes;
    }
    let plan =
        plan::plan(&kind, DesiredState::Patched, &declared, Some(found), &rules.rules).map_err(
            |error| match error {
                // The masks are those of the cloud: a port that leaves a range has the secrets of the range.
                ObjectError::DeclaredMasks { paths } if !declares_masks(row, &kind) => {
                    ConfigError::Object(ObjectError::MaskedSecrets { paths })
                }
                other => ConfigError::Object(other),
            },
        )?;
    if typed.ports.is_none() && declared.contains_key("port_config") {
        let after = plan.predicted().unwrap_or_default();
        let after = after.get("port_config").and_then(Value::as_object).unwrap_or(&empty);
        if let Some((port, first, second)) = ports::new_conflict(before, after, port) {
            return Err(ConfigError::Port(PortError::Conflict { port, first, second }));
        }
        changes = by_port(before, after);
    }
    let fields = differing(&kind, &declared, &plan, found, &rules.rules);
    Ok(ConfigPlan { kind, declared, plan, fields, ports: changes })
}

fn declares_masks(row: &Row, kind: &Kind) -> bool {
    let ports = std::iter::once(("port_config".to_owned(), json!(row.port_fields))).collect();
    !declared_masks(kind.schema, &row.config).is_empty() || !declared_masks(kind.schema, &ports).is_empty()
}

/// Keys of a directly declared `port_config` that change.
fn by_port(before: &Fields, after: &Fields) -> Vec<PortChange> {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let value = |fields: &Fields, key: &String| fields.get(key).cloned().unwrap_or_default();
    let change = |key: &String| PortChange { port: key.clone(), before: value(before, key), after: value(after, key) };
    keys.into_iter().map(change).filter(|change| change.before != change.after).collect()
}

/// The dotted paths that differ, without ports, which are reported one by one.
fn differing(kind: &Kind, declared: &Fields, plan: &Plan, found: &Fields, rules: &Rules) -> Vec<String> {
    let Step::Change { body, .. } = &plan.step else { return Vec::new() };
    let names = body.keys().map(|name| name.strip_prefix('-').unwrap_or(name)).filter(|name| *name != "port_config");
    let mut paths: Vec<String> = names
        .flat_map(|name| {
            let (value, there) = (declared.get(name).unwrap_or(&Value::Null), found.get(name).unwrap_or(&Value::Null));
            compare::differences(&Path::top(name), kind.schema.field(name), value, there, rules)
        })
        .map(|path| path.to_string())
        .collect();
    paths.sort();
    paths
}

/// The first changed port that leads, or may lead, to the cloud: by its usage or by the statistics of the device.
///
/// # Errors
/// [`PortError::Uplink`].
pub fn check_uplinks(changes: &[PortChange], device_type: &str, seen: &BTreeSet<String>) -> Result<(), PortError> {
    let is_uplink = |change: &&PortChange| {
        let usage = change.before["usage"].as_str().unwrap_or_default();
        UPLINK_USAGES.contains(&usage) || (device_type == "gateway" && usage == WAN) || seen.contains(&change.port)
    };
    match changes.iter().find(is_uplink) {
        None => Ok(()),
        Some(change) => Err(PortError::Uplink { port: change.port.clone() }),
    }
}

/// The ports that statistics of a device mark as uplinks.
#[must_use]
pub fn uplinks(statistics: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for list in ["ports", "port_stat", "if_stat"] {
        match &statistics[list] {
            Value::Array(ports) => {
                let marked = ports.iter().filter(|port| port["uplink"] == true);
                found.extend(marked.filter_map(|port| port["port_id"].as_str()).map(str::to_owned));
            }
            Value::Object(ports) => {
                for (name, port) in ports.iter().filter(|(_, port)| port["uplink"] == true) {
                    found.insert(port["port_id"].as_str().unwrap_or(name).to_owned());
                }
            }
            _ => {}
        }
    }
    // The statistics of an interface are those of its unit 0.
    let bare: Vec<String> = found.iter().filter_map(|name| name.strip_suffix(".0")).map(str::to_owned).collect();
    found.extend(bare);
    found
}

impl ConfigPlan {
    #[must_use]
    pub fn changes(&self) -> bool {
        self.plan.changes()
    }

    /// The changed fields before and after, with ports under `ports`, and with masked secrets. `after` is the response of the cloud,
    /// or the prediction.
    #[must_use]
    pub fn diff(&self, after: Option<&Fields>) -> (Fields, Fields) {
        let (before, after) = self.plan.diff(&self.kind, after);
        let (before_ports, after_ports) = self.shown_ports();
        let part = |object: Value, ports: Fields| {
            let mut fields = object.as_object().cloned().unwrap_or_default();
            if !self.ports.is_empty() {
                fields.shift_remove("port_config");
                fields.insert("ports".to_owned(), Value::Object(ports));
            }
            fields
        };
        (part(before, before_ports), part(after, after_ports))
    }

    /// The changed ports with masked secrets: those before, and those after.
    #[must_use]
    pub fn shown_ports(&self) -> (Fields, Fields) {
        let side = |value: fn(&PortChange) -> &Value| {
            let ports = self.ports.iter().filter(|change| !value(change).is_null());
            let ports: Fields = ports.map(|change| (change.port.clone(), value(change).clone())).collect();
            json!({ "port_config": ports })
        };
        let (before, after) =
            masked_both(self.kind.schema, &side(|change| &change.before), &side(|change| &change.after));
        let ports = |mut object: Value| object["port_config"].as_object_mut().map(std::mem::take).unwrap_or_default();
        (ports(before), ports(after))
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
