//! The inventory: which devices are hosts, and in which groups. A pure function of the options and of what was read.

use super::devices::{Device, Org};
use super::names::{self, GroupKey, RESERVED};
use super::options::{Options, Selection, Status};
use super::variables::{self, Names};
use crate::common::glob::Glob;
use mist_objects::filter::Filter;
use mist_objects::table::Schema;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;

/// An inventory, ready to print. It borrows the rows: variables of a host exist only while they are printed.
pub struct Inventory<'a> {
    options: &'a Options,
    names: Vec<Names<'a>>,
    kept: Option<Vec<Glob>>,
    /// Hosts by name: the number of the organization, and the device.
    hosts: BTreeMap<String, (usize, &'a Device)>,
    groups: BTreeMap<String, Group>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Group {
    hosts: Vec<String>,
    children: BTreeSet<String>,
}

/// A device that is a host, before its name is known.
struct Candidate<'a> {
    org: usize,
    device: &'a Device,
    /// Groups that its variables give.
    groups: Vec<String>,
}

impl<'a> Inventory<'a> {
    pub fn new(options: &'a Options, orgs: &'a [Org]) -> Self {
        let names: Vec<Names<'a>> = orgs.iter().map(|org| Names::new(org, orgs.len() > 1)).collect();
        let group_names = group_names(orgs, &names);
        let candidates = candidates(options, orgs, &names);
        let taken: HashSet<&str> = group_names
            .values()
            .map(String::as_str)
            .chain(["connected", "disconnected"])
            .chain(candidates.iter().flat_map(|candidate| candidate.groups.iter().map(String::as_str)))
            .collect();
        let rows: Vec<_> = candidates.iter().map(|candidate| &candidate.device.row).collect();
        let host_names = names::hosts(&rows, &options.hostname_from, &taken);

        let mut groups: BTreeMap<String, Group> = BTreeMap::new();
        for name in ["connected", "disconnected"] {
            groups.entry(name.to_owned()).or_default();
        }
        let several = orgs.len() > 1;
        let mut hosts = BTreeMap::new();
        for (candidate, host) in candidates.into_iter().zip(host_names) {
            let Candidate { org, device, groups: keyed } = candidate;
            let mut join = |name: &str| groups.entry(name.to_owned()).or_default().hosts.push(host.clone());
            let keys = keys_of(&orgs[org], &names[org], device, several);
            keys.iter().filter_map(|key| group_names.get(key)).for_each(|name| join(name));
            join(if device.is_connected() { "connected" } else { "disconnected" });
            keyed.iter().for_each(|name| join(name));
            hosts.insert(host, (org, device));
        }
        for (number, names) in names.iter().enumerate() {
            let of_org = hosts.values().filter(|(org, _)| *org == number);
            let sites: BTreeSet<&str> = of_org.map(|(_, device)| device.row.site_id.as_str()).collect();
            for (id, members) in variables::sites_of_groups(names, &sites.into_iter().collect::<Vec<_>>()) {
                let Some(parent) = group_names.get(&sitegroup_key(names, id)) else { continue };
                let members = members.iter().filter_map(|id| group_names.get(&site_key(names, id))).cloned();
                groups.entry(parent.clone()).or_default().children.extend(members);
            }
        }
        for group in groups.values_mut() {
            group.hosts.sort();
            group.hosts.dedup();
        }
        Self { options, kept: options.kept_variables(), names, hosts, groups }
    }

    /// Variables of one host, as Ansible reads them.
    pub fn host(&self, name: &str) -> Option<Value> {
        let (org, device) = self.hosts.get(name)?;
        let mut found = variables::of_device(&self.names[*org], device, self.options);
        variables::keep(&mut found, self.kept.as_deref());
        Some(variables::marked(Value::Object(found)))
    }

    /// Prints the inventory as JSON, host after host. `_meta` comes first.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn print(&self, mut out: impl io::Write) -> io::Result<()> {
        serde_json::to_writer(&mut out, self)?;
        out.write_all(b"\n")
    }
}

impl Serialize for Inventory<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct HostVars<'a>(&'a Inventory<'a>);
        impl Serialize for HostVars<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.hosts.keys().map(|name| (name, self.0.host(name))))
            }
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("_meta", &BTreeMap::from([("hostvars", HostVars(self))]))?;
        for (name, group) in &self.groups {
            let value = match (group.hosts.is_empty(), group.children.is_empty()) {
                (_, true) => json!({ "hosts": group.hosts }),
                (true, false) => json!({ "children": group.children }),
                (false, false) => json!({ "hosts": group.hosts, "children": group.children }),
            };
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}

fn candidates<'a>(options: &Options, orgs: &'a [Org], names: &[Names<'a>]) -> Vec<Candidate<'a>> {
    let selection = |list: &Option<Vec<String>>| list.as_ref().map(|list| Selection::new(list));
    let (sites, sitegroups) = (selection(&options.sites), selection(&options.sitegroups));
    let models = selection(&options.models);
    let filter = Filter::new(Schema::default(), &options.filter_by_variables());
    let fits = |glob: &str, text: &str| Glob::new(glob).matches(text);
    let needs_variables = !filter.is_empty() || !options.keyed_groups.is_empty();
    let mut found = Vec::new();
    for (org, names) in names.iter().enumerate() {
        for device in &orgs[org].devices {
            let row = &device.row;
            let site = names.site(&row.site_id);
            let of_site = |chosen: &Selection| chosen.has(site.map_or("", |site| &site.name), &row.site_id);
            let of_groups = |chosen: &Selection| {
                site.is_some_and(|site| names.sitegroups(site).any(|(id, name)| chosen.has(name, id)))
            };
            let chosen = sites.as_ref().is_none_or(of_site)
                && sitegroups.as_ref().is_none_or(of_groups)
                && models.as_ref().is_none_or(|models| models.has(&row.model, &row.model))
                && options.types.iter().any(|kind| kind.name() == row.kind)
                && options.status.as_ref().is_none_or(|list| list.contains(&status_of(device)));
            if !chosen {
                continue;
            }
            let mut groups = Vec::new();
            if needs_variables {
                let variables = variables::of_device(names, device, options);
                if !filter.fits(&variables, &fits) {
                    continue;
                }
                groups = keyed_groups(options, &variables);
            }
            found.push(Candidate { org, device, groups });
        }
    }
    found
}

fn status_of(device: &Device) -> Status {
    if device.is_connected() { Status::Connected } else { Status::Disconnected }
}

fn keyed_groups(options: &Options, variables: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    for group in &options.keyed_groups {
        let value = variables::at(variables, &group.key).unwrap_or(&Value::Null);
        for value in variables::keyed(value, &group.separator) {
            let name = names::valid(&format!("{}{}{value}", group.prefix, group.separator));
            found.push(if RESERVED.contains(&name.as_str()) { format!("_{name}") } else { name });
        }
    }
    found
}

/// Names of every group that is not a keyed one. Sites and site groups count even without hosts: the name of a group does
/// not depend on the filters.
fn group_names(orgs: &[Org], names: &[Names<'_>]) -> BTreeMap<GroupKey, String> {
    let mut keys: BTreeSet<GroupKey> = BTreeSet::new();
    for (org, names) in orgs.iter().zip(names) {
        keys.extend(org.sites.iter().map(|site| site_key(names, &site.id)));
        keys.extend(org.sites.iter().flat_map(|site| &site.sitegroup_ids).map(|id| sitegroup_key(names, id)));
        keys.extend(org.sitegroups.iter().map(|group| sitegroup_key(names, &group.id)));
        keys.extend(org.devices.iter().flat_map(|device| keys_of(org, names, device, orgs.len() > 1)));
    }
    names::groups(keys)
}

fn keys_of(org: &Org, names: &Names<'_>, device: &Device, several: bool) -> Vec<GroupKey> {
    let of_value = |prefix: &'static str, value: &str| {
        (!value.is_empty()).then(|| GroupKey { prefix, name: value.to_owned(), id: digits(value) })
    };
    let mut keys = vec![site_key(names, &device.row.site_id)];
    keys.extend(of_value("type_", &device.row.kind));
    keys.extend(of_value("model_", &device.row.model));
    keys.extend(of_value("version_", &device.stats.version));
    if several {
        let name = org.name.clone().unwrap_or_else(|| org.id.clone());
        keys.push(GroupKey { prefix: "org_", name, id: org.id.clone() });
    }
    keys
}

fn site_key(names: &Names<'_>, id: &str) -> GroupKey {
    let name = names.site(id).map(|site| site.name.clone()).unwrap_or_default();
    GroupKey { prefix: "site_", name, id: id.to_owned() }
}

fn sitegroup_key(names: &Names<'_>, id: &str) -> GroupKey {
    GroupKey { prefix: "sitegroup_", name: names.sitegroup(id).to_owned(), id: id.to_owned() }
}

/// Digits in place of an id, for a model or a version, which have none (FNV-1a).
fn digits(text: &str) -> String {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
#[path = "inventory_tests.rs"]
mod tests;
