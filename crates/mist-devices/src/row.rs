//! Declared devices: rows of a table, checked and joined. No I/O.

use crate::ports::{Declared, PortError};
use mist_objects::conversion::boolean;
use mist_objects::plan::Fields;
use mist_objects::table::{self, Schema};
use mist_objects::value::is_nothing;
use mist_objects::{matching, source};
use serde_json::Value;
use std::collections::HashMap;

/// A claim code is named by this many characters.
const SHOWN_OF_CODE: usize = 5;

/// The fields of a row that are not fields of the device's configuration, or have a meaning of their own.
const OWN: [&str; 22] = [
    "mac",
    "serial",
    "claim_code",
    "name",
    "switch",
    "device",
    "port",
    "ports",
    "site",
    "site_id",
    "deviceprofile",
    "deviceprofile_id",
    "map",
    "map_id",
    "state",
    "reassign",
    "mist_configured",
    "replace",
    "role",
    "notes",
    "vars",
    "type",
];

/// Texts of a row that may come as numbers.
const TEXTS: [&str; 9] =
    ["mac", "serial", "claim_code", "name", "site", "site_id", "deviceprofile", "deviceprofile_id", "replace"];

/// The fields that identify a device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Without separators, in lower case.
    pub mac: Option<String>,
    pub serial: Option<String>,
    /// Without hyphens, in upper case.
    pub claim_code: Option<String>,
    /// If nothing else identifies the device.
    pub name: Option<String>,
}

/// A declared device.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The numbers of the rows, from 1: several if each is one port.
    pub numbers: Vec<usize>,
    pub identity: Identity,
    /// Name or id of the site. `Some(None)` unassigns.
    pub site: Option<Option<String>>,
    /// Name or id of the device profile. `Some(None)` removes it.
    pub profile: Option<Option<String>>,
    /// Name or id of the map. `Some(None)` removes the device from its map.
    pub map: Option<Option<String>>,
    /// A new name.
    pub name: Option<String>,
    pub ports: Option<Declared>,
    /// The declared ports, for conversion.
    pub port_fields: Fields,
    /// The device is released.
    pub absent: bool,
    pub reassign: Option<bool>,
    pub mist_configured: Option<bool>,
    /// The MAC address of the device that this one replaces.
    pub replace: Option<String>,
    /// Fields of the configuration, without those above.
    pub config: Fields,
}

/// The reason that a row is refused before any request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowError {
    /// No field identifies the device.
    NoIdentity,
    /// The field has another type: the needed one.
    Type {
        field: String,
        needed: &'static str,
    },
    /// The text is not a MAC address.
    Mac {
        field: &'static str,
        value: String,
    },
    /// The text is not a claim code. Its first characters.
    ClaimCode {
        start: String,
    },
    /// The value is not one of these.
    Choice {
        field: &'static str,
        value: String,
        choices: &'static str,
    },
    /// Two fields exclude each other.
    Both {
        field: &'static str,
        other: &'static str,
    },
    /// Another row has the same device.
    SameDevice {
        first: usize,
    },
    /// Two rows of one device have different values.
    Contradiction {
        first: usize,
        field: String,
    },
    /// Configuration of a device without a site.
    WithoutSite {
        field: String,
    },
    Port(PortError),
}

/// A row number and its error.
pub type Numbered = (usize, RowError);

impl Row {
    /// The device in messages: its name, otherwise its address, serial number, or the start of its claim code.
    #[must_use]
    pub fn title(&self) -> String {
        let Identity { mac, serial, claim_code, name } = &self.identity;
        let code = || claim_code.as_deref().map(code_start);
        name.clone()
            .or_else(|| self.name.clone())
            .or_else(|| mac.clone())
            .or_else(|| serial.clone())
            .or_else(code)
            .unwrap_or_default()
    }

    /// The first row number.
    #[must_use]
    pub fn number(&self) -> usize {
        self.numbers.first().copied().unwrap_or_default()
    }

    /// True if the device's configuration is declared, apart from its name and its device profile.
    #[must_use]
    pub fn has_config(&self) -> bool {
        self.ports.is_some() || self.map.is_some() || !self.config.is_empty()
    }
}

/// The start of a claim code, the only part that messages show.
#[must_use]
pub fn code_start(code: &str) -> String {
    let code = normalized_code(code);
    let start: String = code.chars().take(SHOWN_OF_CODE).collect();
    format!("{start}…")
}

/// A claim code as the inventory has it in `magic`.
#[must_use]
pub fn normalized_code(code: &str) -> String {
    code.chars()
        .filter(|character| *character != '-' && !character.is_whitespace())
        .collect::<String>()
        .to_ascii_uppercase()
}

/// A MAC address without separators in lower case, if the text is one.
#[must_use]
pub fn mac_address(text: &str) -> Option<String> {
    matching::mac_address(text.trim())
}

/// Checks all rows. Rows of one port each are joined by device.
///
/// # Errors
/// Every error with the number of its row.
pub fn rows(given: &[Fields]) -> Result<Vec<Row>, Vec<Numbered>> {
    let (mut rows, mut errors): (Vec<Row>, Vec<Numbered>) = Default::default();
    let mut seen: HashMap<Identity, (usize, bool)> = HashMap::new();
    let mut sources: Vec<Fields> = Vec::new();
    for (number, fields) in given.iter().enumerate() {
        let number = number + 1;
        let is_port = fields.get("port").is_some_and(|port| !is_nothing(port));
        let fields = if is_port { port_row(fields) } else { fields.clone() };
        let row = match Row::new(number, &fields) {
            Ok(row) => row,
            Err(error) => {
                errors.push((number, error));
                continue;
            }
        };
        match seen.get(&row.identity) {
            None => {
                seen.insert(row.identity.clone(), (rows.len(), is_port));
                rows.push(row);
                sources.push(fields);
            }
            Some((position, other_is_port)) if is_port || *other_is_port => {
                let (Some(first), Some(source)) = (rows.get_mut(*position), sources.get_mut(*position)) else {
                    continue;
                };
                let joined =
                    join(source, &fields).map_err(|field| RowError::Contradiction { first: first.number(), field });
                match joined.and_then(|joined| Ok((Row::new(first.number(), &joined)?, joined))) {
                    Ok((row, joined)) => {
                        let mut numbers = std::mem::take(&mut first.numbers);
                        numbers.push(number);
                        (*first, *source) = (Row { numbers, ..row }, joined);
                    }
                    Err(error) => errors.push((number, error)),
                }
            }
            Some((position, _)) => {
                let first = rows.get(*position).map(Row::number).unwrap_or_default();
                errors.push((number, RowError::SameDevice { first }));
            }
        }
    }
    if errors.is_empty() { Ok(rows) } else { Err(errors) }
}

/// A row of one port as a row with `ports`.
fn port_row(fields: &Fields) -> Fields {
    let schemas: Vec<Schema> =
        ["switch", "gateway"].into_iter().filter_map(table::device).map(|kind| kind.schema).collect();
    let is_of_port = |name: &str| {
        let is_known = |schema: &Schema| schema.field("port_config").schema.field("*").schema.known(name).is_some();
        let is_device =
            || schemas.iter().any(|schema| schema.known(name.split('.').next().unwrap_or_default()).is_some());
        !OWN.contains(&name) && (schemas.iter().any(is_known) || !is_device())
    };
    let (mut row, mut port) = (Fields::new(), Fields::new());
    let name = fields.get("port").map(text).unwrap_or_default();
    for (field, value) in fields.iter().filter(|(field, _)| *field != "port") {
        let target = if is_of_port(field) { &mut port } else { &mut row };
        target.insert(field.clone(), value.clone());
    }
    let mut ports = match row.shift_remove("ports") {
        Some(Value::Object(ports)) => ports,
        _ => Fields::new(),
    };
    ports.insert(name.trim().to_owned(), Value::Object(port));
    row.insert("ports".to_owned(), Value::Object(ports));
    row
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Both rows in one.
///
/// # Errors
/// The field that has different values.
fn join(first: &Fields, second: &Fields) -> Result<Fields, String> {
    let mut all = first.clone();
    for (name, value) in second {
        match (all.get_mut(name), value) {
            (None, value) => drop(all.insert(name.clone(), value.clone())),
            (Some(Value::Object(there)), Value::Object(more)) if name == "ports" => {
                for (port, settings) in more {
                    match there.get(port) {
                        Some(other) if other != settings => return Err(format!("ports.{port}")),
                        _ => drop(there.insert(port.clone(), settings.clone())),
                    }
                }
            }
            (Some(there), value) if *there != *value => return Err(name.clone()),
            _ => {}
        }
    }
    Ok(all)
}

impl Row {
    fn new(number: usize, fields: &Fields) -> Result<Self, RowError> {
        let mut rest: Fields = fields
            .iter()
            .filter(|(_, value)| !is_omitted(value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let mut row = Self { numbers: vec![number], ..Self::default() };
        for field in ["switch", "device"] {
            if let Some(value) = rest.shift_remove(field) {
                let value = filled(field, Some(&value))?.ok_or(RowError::NoIdentity)?;
                let as_field = if mac_address(&value).is_some() { "mac" } else { "name" };
                if rest.contains_key(as_field) {
                    return Err(RowError::Both {
                        field: if field == "switch" { "switch" } else { "device" },
                        other: as_field,
                    });
                }
                rest.insert(as_field.to_owned(), value.into());
            }
        }
        let mut texts: HashMap<&str, Option<String>> = HashMap::new();
        for field in TEXTS {
            if let Some(value) = rest.shift_remove(field) {
                texts.insert(field, filled(field, Some(&value))?);
            }
        }
        let mut take = |field: &str| texts.remove(field);
        let address = |field: &'static str, value: Option<Option<String>>| match value.flatten() {
            Some(value) => mac_address(&value).map(Some).ok_or(RowError::Mac { field, value }),
            None => Ok(None),
        };
        row.identity.mac = address("mac", take("mac"))?;
        row.replace = address("replace", take("replace"))?;
        row.identity.serial = take("serial").flatten();
        row.identity.claim_code = match take("claim_code").flatten() {
            Some(code) => Some(claim_code(&code)?),
            None => None,
        };
        let name = take("name").flatten();
        let Identity { mac, serial, claim_code, .. } = &row.identity;
        match name {
            Some(name) if mac.is_none() && serial.is_none() && claim_code.is_none() => row.identity.name = Some(name),
            name => row.name = name,
        }
        if row.identity == Identity::default() {
            return Err(RowError::NoIdentity);
        }
        row.site = either(take("site"), take("site_id"), "site", "site_id")?;
        row.profile = either(take("deviceprofile"), take("deviceprofile_id"), "deviceprofile", "deviceprofile_id")?;
        let map = |rest: &mut Fields, field: &'static str| match rest.shift_remove(field) {
            Some(value) => filled(field, Some(&value)).map(Some),
            None => Ok(None),
        };
        row.map = either(map(&mut rest, "map")?, map(&mut rest, "map_id")?, "map", "map_id")?;
        row.reassign = flag(&mut rest, "reassign")?;
        row.mist_configured = flag(&mut rest, "mist_configured")?;
        row.absent = match rest.shift_remove("state").as_ref() {
            None | Some(Value::Null) => false,
            Some(Value::String(state)) if state == "present" => false,
            Some(Value::String(state)) if state == "absent" => true,
            Some(other) => {
                return Err(RowError::Choice { field: "state", value: text(other), choices: "present, absent" });
            }
        };
        if let Some(ports) = rest.shift_remove("ports").filter(|ports| !ports.is_null()) {
            if rest.contains_key("port_config") {
                return Err(RowError::Both { field: "port_config", other: "ports" });
            }
            row.port_fields = dictionary("ports", ports)?;
            row.ports = Some(Declared::new(&row.port_fields).map_err(RowError::Port)?);
        }
        row.config = rest;
        row.check()
    }

    /// Fields that exclude each other.
    fn check(self) -> Result<Self, RowError> {
        let declared = |field: &'static str, is: bool| is.then_some(field);
        let first = self.config.keys().next().map(String::as_str);
        let config = declared("ports", self.ports.is_some())
            .or_else(|| declared("map", self.map.is_some()))
            .or_else(|| declared("name", self.name.is_some()))
            .or(first);
        if let (Some(None), Some(field)) = (&self.site, config) {
            return Err(RowError::WithoutSite { field: field.to_owned() });
        }
        if self.absent && self.replace.is_some() {
            return Err(RowError::Both { field: "replace", other: "state: absent" });
        }
        if self.replace.is_some() && self.site == Some(None) {
            return Err(RowError::Both { field: "replace", other: "site: ''" });
        }
        Ok(self)
    }
}

/// The text that Ansible before 2.19 leaves where a variable is omitted.
fn is_omitted(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.starts_with("__omit_place_holder__"))
}

/// A text, or nothing for an empty one.
fn filled(field: &str, value: Option<&Value>) -> Result<Option<String>, RowError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Some(Value::Number(number)) if number.is_u64() => Ok(Some(number.to_string())),
        Some(_) => Err(RowError::Type { field: field.to_owned(), needed: "text" }),
    }
}

fn flag(rest: &mut Fields, field: &'static str) -> Result<Option<bool>, RowError> {
    match rest.shift_remove(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(flag)),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) => match boolean(text.trim()) {
            Some(flag) => Ok(Some(flag)),
            None => Err(RowError::Type { field: field.to_owned(), needed: "a boolean" }),
        },
        Some(_) => Err(RowError::Type { field: field.to_owned(), needed: "a boolean" }),
    }
}

fn either(
    one: Option<Option<String>>,
    other: Option<Option<String>>,
    field: &'static str,
    other_field: &'static str,
) -> Result<Option<Option<String>>, RowError> {
    match (one, other) {
        (Some(_), Some(_)) => Err(RowError::Both { field, other: other_field }),
        (one, other) => Ok(one.or(other)),
    }
}

fn claim_code(text: &str) -> Result<String, RowError> {
    let code = normalized_code(text);
    if !code.is_empty() && code.bytes().all(|character| character.is_ascii_alphanumeric()) {
        return Ok(code);
    }
    Err(RowError::ClaimCode { start: code_start(text) })
}

fn dictionary(field: &str, value: Value) -> Result<Fields, RowError> {
    let refused = || RowError::Type { field: field.to_owned(), needed: "a dictionary" };
    match value {
        Value::Object(fields) => Ok(fields),
        Value::String(text) if text.trim().starts_with('{') => match source::json(text.trim()) {
            Ok(Value::Object(fields)) => Ok(fields),
            _ => Err(refused()),
        },
        _ => Err(refused()),
    }
}

#[cfg(test)]
#[path = "row_tests.rs"]
mod tests;
