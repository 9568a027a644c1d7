//! Declared ports against the `port_config` of a device, whose keys may be ranges and lists. No I/O.
//!
//! The result is a declaration of `port_config` by key: the keys to write, and `null` for those to remove. Each port is under one key
//! afterwards, and ports that are not declared keep their settings.

use crate::port_key::{KeyFault, Port, PortKey};
use mist_objects::compare::{self, Rules};
use mist_objects::merge::merge;
use mist_objects::table::Field;
use mist_objects::value::{Path, is_nothing};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

type Fields = Map<String, Value>;

/// More ports of a removed key are reported as the key.
const REPORTED: u32 = 512;

/// A reason that ports cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortError {
    /// The declared key is not a port or a range.
    Key { key: String, fault: KeyFault },
    /// The settings of the port are neither a dictionary nor `null`.
    NotADictionary { port: String },
    /// Two declared keys have the port, with different settings.
    DeclaredTwice { port: String, first: String, second: String },
    /// Two keys of the device have the port, with different settings.
    Conflict { port: String, first: String, second: String },
    /// The port is, or may be, the way to the cloud.
    Uplink { port: String },
    /// The model does not have the port.
    NotOfModel { port: String, model: String },
}

/// The declared ports of a device, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declared {
    /// The key as declared, its ports, and the settings of each (`None` removes it).
    keys: Vec<(String, BTreeSet<Port>, Option<Fields>)>,
}

/// A port before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct PortChange {
    pub port: String,
    /// `null` for a port without settings.
    pub before: Value,
    pub after: Value,
}

/// The changes of a device's ports. The default changes nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PortPlan {
    /// The keys of `port_config` to write, `null` for those to remove.
    pub patch: Fields,
    /// The ports whose settings change.
    pub changes: Vec<PortChange>,
}

impl Declared {
    /// # Errors
    /// A key is not a set of ports, settings are not a dictionary, or two keys contradict.
    pub fn new(ports: &Fields) -> Result<Self, PortError> {
        let mut keys: Vec<(String, BTreeSet<Port>, Option<Fields>)> = Vec::new();
        let mut seen: BTreeMap<Port, usize> = BTreeMap::new();
        for (key, settings) in ports {
            let ports = PortKey::declared(key).map_err(|fault| PortError::Key { key: key.clone(), fault })?;
            let settings = match settings {
                Value::Null => None,
                Value::Object(settings) => Some(settings.clone()),
                _ => return Err(PortError::NotADictionary { port: key.clone() }),
            };
            for port in &ports {
                let Some(first) = seen.insert(port.clone(), keys.len()).and_then(|first| keys.get(first)) else {
                    continue;
                };
                if first.2 != settings {
                    let (first, second) = (first.0.clone(), key.clone());
                    return Err(PortError::DeclaredTwice { port: port.to_string(), first, second });
                }
            }
            keys.push((key.clone(), ports, settings));
        }
        Ok(Self { keys })
    }

    /// All declared ports, those to remove included.
    pub fn ports(&self) -> impl Iterator<Item = &Port> {
        self.keys.iter().flat_map(|(_, ports, _)| ports)
    }

    /// The declared ports with settings.
    pub fn kept_ports(&self) -> impl Iterator<Item = &Port> {
        self.keys.iter().filter(|(.., settings)| settings.is_some()).flat_map(|(_, ports, _)| ports)
    }

    fn of(&self, port: &Port) -> Option<(usize, &Option<Fields>)> {
        let position = self.keys.iter().position(|(_, ports, _)| ports.contains(port))?;
        self.keys.get(position).map(|(.., settings)| (position, settings))
    }
}

/// A key of the device.
struct Key<'a> {
    text: &'a String,
    ports: PortKey,
    settings: &'a Value,
}

/// The new settings of a port, `None` if it is removed. Ports of one group share a key.
struct Wanted {
    group: usize,
    before: Value,
    after: Option<Value>,
}

/// Plans the declared ports: field by field, or with `exact` as a whole. `field` is that of the settings of one port.
///
/// # Errors
/// [`PortError::Conflict`].
pub fn plan(declared: &Declared, found: &Fields, field: Field, exact: bool) -> Result<PortPlan, PortError> {
    let keys: Vec<Key<'_>> =
        found.iter().map(|(text, settings)| Key { text, ports: PortKey::of(text), settings }).collect();
    if exact {
        return Ok(replacement(declared, &keys, field));
    }
    let (leftover, keys): (Vec<Key<'_>>, Vec<Key<'_>>) = {
        let is_leftover: Vec<bool> =
            (0..keys.len()).map(|position| is_leftover(&keys, position, declared, field)).collect();
        let (with, without): (Vec<_>, Vec<_>) = keys.into_iter().zip(is_leftover).partition(|(_, is)| *is);
        (with.into_iter().map(|(key, _)| key).collect(), without.into_iter().map(|(key, _)| key).collect())
    };
    let mut wanted: BTreeMap<Port, Wanted> = BTreeMap::new();
    for port in declared.ports() {
        let Some((group, settings)) = declared.of(port) else { continue };
        let holders: Vec<&Key<'_>> = keys.iter().filter(|key| key.ports.contains(port)).collect();
        if let [first, rest @ ..] = holders.as_slice()
            && let Some(second) = rest.iter().find(|other| !same(field, first.settings, other.settings))
        {
            return Err(conflict(port, first, second));
        }
        let before = holders.first().map(|key| key.settings);
        let after = match settings {
            None if before.is_none() => continue,
            None => None,
            Some(settings) => match changed(field, settings, before) {
                None => continue,
                after => after,
            },
        };
        wanted.insert(port.clone(), Wanted { group, before: before.cloned().unwrap_or_default(), after });
    }
    if wanted.is_empty() && leftover.is_empty() {
        return Ok(PortPlan::default());
    }
    let mut patch = keys_to_write(&keys, &wanted, declared, field)?;
    for key in leftover {
        patch.insert(key.text.clone(), Value::Null);
    }
    let change = |(port, wanted): (Port, Wanted)| PortChange {
        port: port.to_string(),
        before: wanted.before,
        after: wanted.after.unwrap_or_default(),
    };
    Ok(PortPlan { patch, changes: wanted.into_iter().map(change).collect() })
}

fn conflict(port: &Port, first: &Key<'_>, second: &Key<'_>) -> PortError {
    PortError::Conflict { port: port.to_string(), first: first.text.clone(), second: second.text.clone() }
}

fn same(field: Field, one: &Value, other: &Value) -> bool {
    compare::same(field, one, other, &Rules { both_shown: true, ..Rules::default() })
}

/// The settings of a port after a declaration is merged into them. `None` if nothing changes.
fn changed(field: Field, declared: &Fields, before: Option<&Value>) -> Option<Value> {
    if declared.is_empty() {
        return None;
    }
    let (declared, rules) = (Value::Object(declared.clone()), Rules::default());
    let nothing = Value::Object(Fields::new());
    let before = before.filter(|before| before.is_object());
    let found = before.unwrap_or(&nothing);
    let differs = !compare::differences(&Path::default(), field, &declared, found, &rules).is_empty();
    // A port that is not configured at all gets its settings even if they are the defaults.
    let is_new = before.is_none() && !is_nothing(&declared);
    (differs || is_new).then(|| merge(&Path::default(), field, &declared, found, &rules).value)
}

/// True for a key that an interrupted split left behind: other keys have all its ports, with its settings or as declared.
fn is_leftover(keys: &[Key<'_>], position: usize, declared: &Declared, field: Field) -> bool {
    let Some(key) = keys.get(position).filter(|key| !key.ports.is_empty()) else { return false };
    let others = || keys.iter().enumerate().filter(|(other, _)| *other != position).map(|(_, other)| other);
    let rest = others().fold(key.ports.clone(), |rest, other| rest.without(&other.ports));
    let mut split = false;
    let fits = |other: &Key<'_>, split: &mut bool| {
        let shared = other.ports.both(&key.ports);
        if shared.is_empty() || same(field, key.settings, other.settings) {
            return true;
        }
        *split = true;
        let is_outside = !other.ports.without(&key.ports).is_empty();
        let as_declared = |port: &Port| {
            let of = declared.of(port).and_then(|(_, settings)| settings.as_ref());
            of.is_some_and(|settings| changed(field, settings, Some(other.settings)).is_none())
        };
        !is_outside && shared.ports(REPORTED).is_some_and(|ports| ports.iter().all(as_declared))
    };
    rest.is_empty() && others().all(|other| fits(other, &mut split)) && split
}

/// The keys to write, so that each wanted port has its settings and each other port keeps them.
fn keys_to_write(
    keys: &[Key<'_>],
    wanted: &BTreeMap<Port, Wanted>,
    declared: &Declared,
    field: Field,
) -> Result<Fields, PortError> {
    let mut patch = Fields::new();
    // Wanted ports whose key stays, because they are all that it has.
    let mut placed: BTreeSet<&Port> = BTreeSet::new();
    let mut earlier: Vec<&Key<'_>> = Vec::new();
    for key in keys {
        let mine: Vec<(&Port, &Wanted)> = wanted.iter().filter(|(port, _)| key.ports.contains(port)).collect();
        let mut rest = key.ports.without(&mine.iter().map(|(port, _)| (*port).clone()).collect());
        for before in &earlier {
            let shared = before.ports.both(&rest);
            if shared.is_empty() {
                continue;
            }
            if same(field, before.settings, key.settings) {
                rest = rest.without(&before.ports);
            } else if let (false, Some(port)) = (mine.is_empty() || before.text == key.text, shared.first()) {
                return Err(conflict(&port, before, key));
            }
        }
        if !mine.is_empty()
            && let Some((later, port)) = later_conflict(keys, key, &rest, field)
        {
            return Err(conflict(&port, key, later));
        }
        earlier.push(key);
        if rest == key.ports {
            continue;
        }
        if !rest.is_empty() {
            patch.insert(key.text.clone(), Value::Null);
            patch.insert(rest.to_string(), key.settings.clone());
            continue;
        }
        if let [(_, first), more @ ..] = mine.as_slice()
            && let Some(after) = &first.after
            && more.iter().all(|(_, other)| other.after.as_ref() == Some(after) && other.group == first.group)
            && mine.iter().all(|(port, _)| !placed.contains(port))
        {
            placed.extend(mine.iter().map(|(port, _)| *port));
            patch.insert(key.text.clone(), delta(key.settings, after));
            continue;
        }
        patch.insert(key.text.clone(), Value::Null);
    }
    let mut groups: Vec<(usize, &Value, BTreeSet<Port>)> = Vec::new();
    for (port, wanted) in wanted.iter().filter(|(port, _)| !placed.contains(port)) {
        let Some(after) = &wanted.after else { continue };
        match groups.iter_mut().find(|(group, value, _)| *group == wanted.group && *value == after) {
            Some((.., ports)) => drop(ports.insert(port.clone())),
            None => groups.push((wanted.group, after, BTreeSet::from([port.clone()]))),
        }
    }
    for (group, after, ports) in groups {
        let whole = declared.keys.get(group).filter(|(_, all, _)| *all == ports);
        let text = match whole {
            Some((text, ..)) if PortKey::of(text).to_string() == *text => text.clone(),
            _ => PortKey::from_iter(ports).to_string(),
        };
        patch.insert(text, after.clone());
    }
    Ok(patch)
}

/// A later key that has ports of a split key with other settings.
fn later_conflict<'a>(keys: &'a [Key<'a>], key: &Key<'_>, rest: &PortKey, field: Field) -> Option<(&'a Key<'a>, Port)> {
    let later = keys.iter().skip_while(|other| other.text != key.text).skip(1);
    later.filter(|other| !same(field, key.settings, other.settings)).find_map(|other| {
        let port = other.ports.both(rest).first()?;
        Some((other, port))
    })
}

/// The changed settings, with `null` for the old ones that do not stay.
fn delta(before: &Value, after: &Value) -> Value {
    let (Value::Object(before), Value::Object(after)) = (before, after) else { return after.clone() };
    let mut all = Fields::new();
    for (name, value) in after.iter().filter(|(name, value)| before.get(*name) != Some(value)) {
        all.insert(name.clone(), before.get(name).map_or_else(|| value.clone(), |old| delta(old, value)));
    }
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        all.insert(name.clone(), Value::Null);
    }
    Value::Object(all)
}

/// All ports as declared, and no others.
fn replacement(declared: &Declared, keys: &[Key<'_>], field: Field) -> PortPlan {
    let mut new: Vec<(String, PortKey, Value)> = Vec::new();
    for (text, ports, settings) in &declared.keys {
        let Some(settings) = settings else { continue };
        let key: PortKey =
            ports.iter().filter(|port| new.iter().all(|(_, key, _)| !key.contains(port))).cloned().collect();
        if key.is_empty() {
            continue;
        }
        let value = merge(
            &Path::default(),
            field,
            &Value::Object(settings.clone()),
            &Value::Object(Fields::new()),
            &Rules::default(),
        );
        let text = if PortKey::of(text) == key { text.clone() } else { key.to_string() };
        new.push((text, key, value.value));
    }
    let mut changes: BTreeMap<String, PortChange> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    let mut note = |port: String, before: &Value, after: &Value| {
        if before != after && !(same(field, before, after) && before.is_null() == after.is_null()) {
            order.push(port.clone());
            changes.entry(port.clone()).or_insert_with(|| PortChange {
                port,
                before: before.clone(),
                after: after.clone(),
            });
        }
    };
    let holders = |port: &Port| keys.iter().filter(|key| key.ports.contains(port)).count();
    let mut twice = false;
    for (_, key, after) in &new {
        for port in key.ports(crate::port_key::MOST_PORTS).into_iter().flatten() {
            twice |= holders(&port) > 1;
            let before = keys.iter().find(|key| key.ports.contains(&port)).map_or(&Value::Null, |key| key.settings);
            note(port.to_string(), before, after);
        }
    }
    for key in keys {
        let rest = new.iter().fold(key.ports.clone(), |rest, (_, new, _)| rest.without(new));
        match rest.ports(REPORTED) {
            Some(ports) => ports.iter().for_each(|port| note(port.to_string(), key.settings, &Value::Null)),
            None => note(rest.to_string(), key.settings, &Value::Null),
        }
    }
    order.dedup();
    if changes.is_empty() && !twice {
        return PortPlan::default();
    }
    let mut patch = Fields::new();
    for key in keys.iter().filter(|key| new.iter().all(|(text, ..)| text != key.text)) {
        patch.insert(key.text.clone(), Value::Null);
    }
    for (text, _, after) in &new {
        let before = keys.iter().find(|key| key.text == text).map(|key| key.settings);
        patch.insert(text.clone(), before.map_or_else(|| after.clone(), |before| delta(before, after)));
    }
    PortPlan { patch, changes: order.into_iter().filter_map(|port| changes.remove(&port)).collect() }
}

/// The settings of a port, and those of all other keys that have it: more than one if they contradict.
#[must_use]
pub fn settings_of<'a>(config: &'a Fields, port: &Port) -> Vec<&'a Value> {
    config.iter().filter(|(key, _)| PortKey::of(key).contains(port)).map(|(_, settings)| settings).collect()
}

/// A port under two keys with different settings, with both keys, that `before` does not have.
#[must_use]
pub fn new_conflict(before: &Fields, after: &Fields, field: Field) -> Option<(String, String, String)> {
    let keys: Vec<(&String, PortKey, &Value)> =
        after.iter().map(|(text, settings)| (text, PortKey::of(text), settings)).collect();
    for (position, (text, ports, settings)) in keys.iter().enumerate() {
        for (other, their_ports, theirs) in keys.iter().skip(position + 1) {
            let shared = ports.both(their_ports);
            let is_old = before.contains_key(*text) && before.contains_key(*other);
            if let (false, false, Some(port)) = (is_old, same(field, settings, theirs), shared.first()) {
                return Some((port.to_string(), (*text).clone(), (*other).clone()));
            }
        }
    }
    None
}

#[cfg(test)]
#[path = "ports_tests.rs"]
mod tests;
