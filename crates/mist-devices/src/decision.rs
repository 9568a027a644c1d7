//! From a row and the inventory to the steps for one device: claim, replacement, site, profile, release. No I/O.

use crate::inventory::{Device, Inventory, NotFound};
use crate::row::Row;
use mist_client::names::{Lookup, NameIndex};
use mist_client::path::uuid;
use mist_client::suggest::Candidates;

/// Settings of all rows that do not declare it themselves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Defaults {
    pub reassign: bool,
    pub mist_configured: Option<bool>,
}

/// A device profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    pub id: String,
    pub name: String,
    pub device_type: String,
}

/// Everything that is known about an organization.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub inventory: Inventory,
    /// Names and ids. `None` if no row needs them.
    pub sites: Option<Vec<(String, String)>>,
    pub profiles: Vec<Profile>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SiteChange {
    #[default]
    Nothing,
    Assign {
        to: String,
    },
    Move {
        from: String,
        to: String,
    },
    Unassign {
        from: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileChange {
    pub from: Option<String>,
    /// `None` removes it.
    pub to: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The MAC address of the device that is replaced.
    pub old: String,
    pub site_id: String,
}

/// The steps for a row. The default does nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// `None` if it is to be claimed, or was released before.
    pub device: Option<Device>,
    pub claim: Option<String>,
    pub replacement: Option<Replacement>,
    pub site: SiteChange,
    pub profile: Option<ProfileChange>,
    pub release: bool,
    /// The site after the steps.
    pub site_id: Option<String>,
    /// The name to write, if it differs.
    pub rename: Option<String>,
}

/// The reason that a row cannot be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecisionError {
    Device(NotFound, Option<Candidates>),
    /// No site has the name or id.
    NoSite {
        name: String,
        candidates: Candidates,
    },
    SeveralSites {
        name: String,
        ids: Vec<String>,
    },
    NoProfile {
        name: String,
        candidates: Candidates,
    },
    SeveralProfiles {
        name: String,
        ids: Vec<String>,
    },
    /// The profile is for another type of device.
    ProfileType {
        name: String,
        profile_type: String,
        device_type: String,
    },
    /// The field needs a site, and the device has none.
    WithoutSite {
        field: String,
    },
    /// The device is at another site.
    MoveWithoutReassign {
        from: String,
        to: String,
    },
    UnassignWithoutReassign {
        from: String,
    },
    /// The device to replace is neither in the inventory, nor was it replaced before.
    NothingToReplace {
        old: String,
    },
    /// Both devices are at a site.
    ReplacementAssigned {
        old: String,
    },
    /// The device to replace is at another site than the declared one.
    ReplacementSite {
        old: String,
        site: String,
    },
    ReplacementType {
        old: String,
        old_type: String,
        new_type: String,
    },
    /// Ports of a device that is neither a switch nor a gateway.
    PortsOfType {
        device_type: String,
    },
    /// Another row is about the same device: its number.
    SameDevice {
        first: usize,
    },
    /// Another row has the configuration, or another site, of the same virtual chassis: its number.
    SameChassis {
        first: usize,
    },
}

impl World {
    /// The name of a site, otherwise its id.
    #[must_use]
    pub fn site_name<'a>(&'a self, id: &'a str) -> &'a str {
        let named = self.sites.iter().flatten().find(|(_, other)| other.eq_ignore_ascii_case(id));
        named.map_or(id, |(name, _)| name)
    }

    /// The name of a profile, otherwise its id.
    #[must_use]
    pub fn profile_name<'a>(&'a self, id: &'a str) -> &'a str {
        self.profiles.iter().find(|profile| profile.id == id).map_or(id, |profile| &profile.name)
    }

    /// The id of a site with this name or id.
    ///
    /// # Errors
    /// No site, or several.
    pub fn site_id(&self, name: &str) -> Result<String, DecisionError> {
        let Some(sites) = &self.sites else { return Ok(name.to_owned()) };
        let index = NameIndex::new(sites.iter().map(|(name, id)| (name.as_str(), id.as_str())));
        match index.lookup(name) {
            Lookup::One(id) => return Ok(id.to_owned()),
            Lookup::Several(ids) => {
                let ids = ids.into_iter().map(str::to_owned).collect();
                return Err(DecisionError::SeveralSites { name: name.to_owned(), ids });
            }
            Lookup::Missing => {}
        }
        let id = uuid(name).filter(|id| sites.iter().any(|(_, other)| other.eq_ignore_ascii_case(id)));
        id.ok_or_else(|| DecisionError::NoSite { name: name.to_owned(), candidates: index.candidates(name) })
    }

    /// The id of a profile for this type of device. An unknown type is empty.
    fn profile_id(&self, name: &str, device_type: &str) -> Result<String, DecisionError> {
        let fits = |profile: &&Profile| {
            device_type.is_empty() || profile.device_type.is_empty() || profile.device_type == device_type
        };
        let named: Vec<&Profile> = self.profiles.iter().filter(|profile| profile.name == name).collect();
        let by_id = || self.profiles.iter().filter(|profile| profile.id.eq_ignore_ascii_case(name)).collect();
        let named: Vec<&Profile> = if named.is_empty() { by_id() } else { named };
        let fitting: Vec<&Profile> = named.iter().copied().filter(fits).collect();
        match (fitting.as_slice(), named.first()) {
            ([one], _) => Ok(one.id.clone()),
            // The type shows after the claim which of them applies.
            ([first, ..], _) if device_type.is_empty() => Ok(first.id.clone()),
            ([], Some(other)) => Err(DecisionError::ProfileType {
                name: name.to_owned(),
                profile_type: other.device_type.clone(),
                device_type: device_type.to_owned(),
            }),
            ([], None) => {
                let candidates =
                    Candidates::new(name, self.profiles.iter().filter(fits).map(|profile| profile.name.as_str()));
                Err(DecisionError::NoProfile { name: name.to_owned(), candidates })
            }
            (several, _) => {
                let ids = several.iter().map(|profile| profile.id.clone()).collect();
                Err(DecisionError::SeveralProfiles { name: name.to_owned(), ids })
            }
        }
    }
}

/// Decides one row.
///
/// # Errors
/// The first reason that it cannot be done.
pub fn decide(row: &Row, world: &World, defaults: Defaults) -> Result<Decision, DecisionError> {
    let reassign = row.reassign.unwrap_or(defaults.reassign);
    let device = match world.inventory.find(&row.identity) {
        Ok(device) => device,
        // Released before.
        Err(NotFound::Missing { .. }) if row.absent => return Ok(Decision::default()),
        Err(NotFound::Missing { field: "name", value }) => {
            let candidates = Candidates::new(&value, world.inventory.names());
            return Err(DecisionError::Device(NotFound::Missing { field: "name", value }, Some(candidates)));
        }
        Err(error) => return Err(DecisionError::Device(error, None)),
    };
    if row.absent {
        return Ok(Decision { device: device.cloned(), release: device.is_some(), ..Decision::default() });
    }
    let device_type = device.map_or("", |device| device.device_type.as_str());
    if row.ports.is_some() && device_type == "ap" {
        return Err(DecisionError::PortsOfType { device_type: device_type.to_owned() });
    }
    let declared_site = match &row.site {
        Some(Some(name)) => Some(Some(world.site_id(name)?)),
        Some(None) => Some(None),
        None => None,
    };
    let replacement = replacement(row, device, declared_site.as_ref().and_then(Option::as_ref), world)?;
    let present = device.and_then(|device| device.site_id.clone());
    let is_same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    let site = match (&declared_site, &present) {
        _ if replacement.is_some() => SiteChange::Nothing,
        (Some(Some(to)), Some(from)) if is_same(to, from) => SiteChange::Nothing,
        (Some(Some(to)), Some(from)) if reassign => SiteChange::Move { from: from.clone(), to: to.clone() },
        (Some(Some(to)), Some(from)) => {
            let (from, to) = (world.site_name(from).to_owned(), world.site_name(to).to_owned());
            return Err(DecisionError::MoveWithoutReassign { from, to });
        }
        (Some(Some(to)), None) => SiteChange::Assign { to: to.clone() },
        (Some(None), Some(from)) if reassign => SiteChange::Unassign { from: from.clone() },
        (Some(None), Some(from)) => {
            return Err(DecisionError::UnassignWithoutReassign { from: world.site_name(from).to_owned() });
        }
        (Some(None) | None, _) => SiteChange::Nothing,
    };
    let site_id = match (&replacement, declared_site) {
        (Some(replacement), _) => Some(replacement.site_id.clone()),
        (None, Some(site)) => site,
        (None, None) => present,
    };
    if site_id.is_none()
        && let Some(field) = configured_field(row)
    {
        return Err(DecisionError::WithoutSite { field });
    }
    let profile = profile(row, device, replacement.as_ref(), world)?;
    let head = device.map(|device| world.inventory.head(device));
    let replaced = replacement.as_ref().and_then(|replacement| world.inventory.by_mac(&replacement.old));
    let present_name = replaced.or(head).map(|device| device.name.as_str()).unwrap_or_default();
    Ok(Decision {
        claim: row.identity.claim_code.clone().filter(|_| device.is_none()),
        device: device.cloned(),
        replacement,
        site,
        profile,
        release: false,
        site_id,
        rename: row.name.clone().filter(|name| name != present_name),
    })
}

/// The first declared field that needs a site.
fn configured_field(row: &Row) -> Option<String> {
    let fixed = [("ports", row.ports.is_some()), ("map", row.map.is_some()), ("name", row.name.is_some())];
    let fixed = fixed.into_iter().find(|(_, is_declared)| *is_declared).map(|(field, _)| field.to_owned());
    fixed.or_else(|| row.config.keys().next().cloned())
}

fn profile(
    row: &Row,
    device: Option<&Device>,
    replacement: Option<&Replacement>,
    world: &World,
) -> Result<Option<ProfileChange>, DecisionError> {
    let Some(declared) = &row.profile else { return Ok(None) };
    let device_type = device.map_or("", |device| device.device_type.as_str());
    let to = declared.as_ref().map(|name| world.profile_id(name, device_type)).transpose()?;
    let replaced = replacement.and_then(|replacement| world.inventory.by_mac(&replacement.old));
    let from =
        replaced.or(device.map(|device| world.inventory.head(device))).and_then(|device| device.profile_id.clone());
    Ok((from != to).then_some(ProfileChange { from, to }))
}

fn replacement(
    row: &Row,
    device: Option<&Device>,
    declared_site: Option<&String>,
    world: &World,
) -> Result<Option<Replacement>, DecisionError> {
    let Some(old) = &row.replace else { return Ok(None) };
    let there = world.inventory.by_mac(old);
    let old_site = there.and_then(|old| old.site_id.clone());
    let is_assigned = device.is_some_and(|device| device.site_id.is_some());
    let (there, site_id) = match (there, old_site) {
        // Replaced before.
        (None, _) | (Some(_), None) if is_assigned => return Ok(None),
        (Some(_), Some(_)) if is_assigned => return Err(DecisionError::ReplacementAssigned { old: old.clone() }),
        (Some(there), Some(site_id)) => (there, site_id),
        _ => return Err(DecisionError::NothingToReplace { old: old.clone() }),
    };
    if let Some(device) = device.filter(|device| device.device_type != there.device_type) {
        return Err(DecisionError::ReplacementType {
            old: old.clone(),
            old_type: there.device_type.clone(),
            new_type: device.device_type.clone(),
        });
    }
    if declared_site.is_some_and(|site| !site.eq_ignore_ascii_case(&site_id)) {
        return Err(DecisionError::ReplacementSite { old: old.clone(), site: world.site_name(&site_id).to_owned() });
    }
    Ok(Some(Replacement { old: old.clone(), site_id }))
}

/// The rows that are about the same device as an earlier row, with their errors. Members of a virtual chassis may have a row each if
/// only one of them has configuration.
#[must_use]
pub fn same_devices(rows: &[Row], decisions: &[Option<Decision>]) -> Vec<(usize, DecisionError)> {
    let mut errors = Vec::new();
    let mut seen: std::collections::HashMap<String, Vec<usize>> = std::collections::HashMap::new();
    for (position, decision) in decisions.iter().enumerate() {
        let Some(Decision { device: Some(device), site_id, .. }) = decision else { continue };
        let others = seen.entry(device.target().to_owned()).or_default();
        for other in others.iter() {
            let (Some(Some(theirs)), Some(row), Some(their_row)) =
                (decisions.get(*other), rows.get(position), rows.get(*other))
            else {
                continue;
            };
            let first = their_row.number();
            if theirs.device.as_ref().is_some_and(|other| other.mac == device.mac) {
                errors.push((position, DecisionError::SameDevice { first }));
                break;
            }
            let configures = |row: &Row| row.has_config() || row.name.is_some() || row.profile.is_some();
            if (configures(row) && configures(their_row))
                || (theirs.site_id != *site_id && !row.absent && !their_row.absent)
            {
                errors.push((position, DecisionError::SameChassis { first }));
                break;
            }
        }
        others.push(position);
    }
    errors
}

#[cfg(test)]
#[path = "decision_tests.rs"]
mod tests;
