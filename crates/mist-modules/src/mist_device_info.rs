//! The Ansible module `mist_device_info`: the devices of an organization, from the inventory, their configuration and their statistics.

use crate::common::options::OptionError;
use crate::common::scope::{self, IdOrName, OrgOptions};
use crate::common::{AUTHOR, READ_ONLY, REQUIREMENTS, messages};
use crate::objects::declared;
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{Documentation, Outcome, SeeAlso, Success, Task};
use mist_client::redact::quoted;
use mist_client::suggest::Candidates;
use mist_client::{Client, Error, paging, path};
use mist_devices::decision::World;
use mist_devices::inventory::{Device, Inventory};
use mist_devices::{export, facts, read};
use mist_objects::filter::Filter;
use mist_objects::names::Known;
use mist_objects::plan::Fields;
use mist_objects::secrets::{self, MASK};
use mist_objects::table::{self, Schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Conditions of `where` that need no configuration.
const CONDITIONS: [&str; 14] = [
    "type",
    "model",
    "site",
    "sitegroup",
    "connected",
    "version",
    "name",
    "mac",
    "serial",
    "deviceprofile",
    "adopted",
    "status",
    "hostname",
    "ip",
];

/// Conditions that need statistics.
const OF_STATISTICS: [&str; 3] = ["version", "status", "ip"];

/// The statistics of so many devices are read by their addresses, those of more as a whole.
const BY_ADDRESS: usize = 500;

#[derive(Debug)]
pub struct MistDeviceInfo;

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    #[serde(flatten)]
    pub org: OrgOptions,
    /// Conditions that every listed device meets: C(type), C(model), C(site) (name or ID), C(sitegroup) (name), C(connected), C(version), C(name), C(mac), C(serial), C(deviceprofile) (name), C(adopted), C(status), C(hostname), C(ip), and with O(include) C(config.FIELD) and C(stats.FIELD).
    ///
    /// A list of values means any of them. A text can be a pattern: V(*) is any text, V(?) one character, V([ab]) one of these. MAC addresses match in any notation. V(null) matches absent and empty values.
    #[schemars(extend("examples" = [{"type": "switch", "site": "Branch*", "connected": false}]))]
    #[serde(rename = "where")]
    pub filter: Option<Map<String, Value>>,
    /// Read the configuration (one call for each site) or the statistics of the devices, too.
    #[schemars(extend("x-ansible-elements" = "str"))]
    pub include: Option<Vec<Include>>,
    /// Return the devices as rows of M(mist_devices): the address, the site, and the configuration with names in place of IDs and without secrets. Ranges of ports stay as they are.
    #[serde(default)]
    pub as_declared: bool,
    /// Return claim codes. Use C(no_log) on the task then. Default: they are masked.
    #[serde(default)]
    pub magic: bool,
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Include {
    /// The configuration, in C(config). Secrets are masked.
    Config,
    /// The statistics, in C(stats). Devices that were silent for a day have none.
    Stats,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// The devices, sorted by site, name and MAC address. The fields of the inventory, C(site) with the name of the site, and C(deviceprofile) with that of the profile. With O(as_declared=true), rows of M(mist_devices).
    #[schemars(extend("x-ansible-returned" = "success"))]
    #[schemars(extend("examples" = [[{"mac": "5c5b35000001", "type": "ap", "name": "ap-door", "site": "Lobby"}]]))]
    pub devices: Vec<Value>,
    /// Number of devices.
    #[schemars(extend("x-ansible-returned" = "success"), example = 1)]
    pub count: usize,
    /// Omitted secrets, each with the address of its device and its dotted path.
    #[schemars(extend("x-ansible-returned" = "when O(as_declared=true)"))]
    pub secrets_left_out: Option<Vec<String>>,
    /// IDs of other objects that no unique name replaces, each with the address of the device and the dotted path.
    #[schemars(extend("x-ansible-returned" = "when O(as_declared=true)"))]
    pub unresolved: Option<Vec<String>>,
}

/// The checked options.
#[derive(Debug)]
pub struct Params {
    org: IdOrName,
    filter: Fields,
    config: bool,
    stats: bool,
}

impl MistModule for MistDeviceInfo {
    const NAME: &'static str = "mist_device_info";
    const DOCUMENTATION: Documentation = DOCUMENTATION;
    type Options = Options;
    type Results = Results;
    type Params = Params;

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        let org = options.org.required(task)?;
        let filter = options.filter.clone().unwrap_or_default();
        let includes = |include| options.include.iter().flatten().any(|one| *one == include);
        let (config, stats) = (includes(Include::Config), includes(Include::Stats));
        for name in filter.keys() {
            let part = name.split('.').next().unwrap_or_default();
            let is_known = CONDITIONS.contains(&name.as_str())
                || (name.contains('.') && ((part == "config" && config) || (part == "stats" && stats)));
            if !is_known {
                let advice = match part {
                    "config" | "stats" => format!("Add {part} to include."),
                    _ => Candidates::new(name, CONDITIONS).to_string(),
                };
                return Err(OptionError::new("where", format!("{} is not a condition. {advice}", quoted(name))));
            }
        }
        Ok(Params { org, filter, config, stats })
    }

    fn run(client: &Client, task: &mut Task, options: &Options, params: Params) -> Outcome<Results> {
        let message = |error: Error| messages::message(&error);
        let org_id = scope::org_id(client, &params.org).map_err(|error| messages::failure_in(task, error))?;
        let mut found = Found::read(client, &org_id, &params).map_err(message)?;
        found.choose(client, &org_id, &params)?;
        if options.as_declared {
            return as_declared(client, &org_id, &found).map(Success::unchanged).map_err(|error| message(error).into());
        }
        let devices = found.shown(client, &org_id, &params, options.magic).map_err(message)?;
        Ok(Success::unchanged(Results { count: devices.len(), devices, ..Results::default() }))
    }
}

/// The devices that were found, as the inventory has them, with names.
#[derive(Default)]
struct Found {
    records: Vec<Fields>,
    sites: read::Named,
    /// The statistics, if they were read.
    stats: Option<BTreeMap<String, Value>>,
    /// The configuration, if it was read.
    documents: Option<HashMap<String, Fields>>,
}

fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl Found {
    fn read(client: &Client, org_id: &str, params: &Params) -> Result<Self, Error> {
        let records = read::records(client, org_id)?;
        let asks = |name: &str| params.filter.contains_key(name);
        let mut groups: HashMap<String, Vec<String>> = HashMap::new();
        let (mut sites, mut site_groups): (read::Named, HashMap<String, Vec<String>>) = Default::default();
        let list = format!("/api/v1/orgs/{}/sites?limit=1000", path::segment(org_id)?);
        for site in paging::all::<Value>(client, &list, "a list of sites")?.1 {
            let (Some(name), Some(id)) = (site["name"].as_str(), site["id"].as_str()) else { continue };
            sites.push((name.to_owned(), id.to_owned()));
            let ids = site["sitegroup_ids"].as_array().into_iter().flatten().filter_map(Value::as_str);
            site_groups.insert(id.to_owned(), ids.map(str::to_owned).collect());
        }
        if asks("sitegroup") {
            let list = format!("/api/v1/orgs/{}/sitegroups?limit=1000", path::segment(org_id)?);
            let all = paging::all::<Value>(client, &list, "a list of site groups")?.1;
            let names: HashMap<&str, &str> =
                all.iter().filter_map(|group| Some((group["id"].as_str()?, group["name"].as_str()?))).collect();
            let named = |ids: &Vec<String>| {
                ids.iter().filter_map(|id| names.get(id.as_str())).map(|name| (*name).to_owned()).collect()
            };
            groups = site_groups.iter().map(|(site, ids)| (site.clone(), named(ids))).collect();
        }
        let mut profiles: HashMap<String, String> = HashMap::new();
        let types: BTreeSet<&str> = records
            .iter()
            .filter(|record| !text(record, "deviceprofile_id").is_empty())
            .map(|record| text(record, "type"))
            .collect();
        for device_type in types {
            let all = read::profiles(client, org_id, device_type)?;
            profiles.extend(all.into_iter().map(|profile| (profile.id, profile.name)));
        }
        let mut found = Self { records, sites, ..Self::default() };
        let names: HashMap<&str, &str> = found.sites.iter().map(|(name, id)| (id.as_str(), name.as_str())).collect();
        for record in &mut found.records {
            let site_id = text(record, "site_id").to_owned();
            let site = names.get(site_id.as_str()).map(|name| (*name).to_owned());
            let profile = profiles.get(text(record, "deviceprofile_id")).cloned();
            record.insert("site".to_owned(), json!(site));
            record.insert("deviceprofile".to_owned(), json!(profile));
            if asks("sitegroup") {
                record.insert("sitegroup".to_owned(), json!(groups.get(&site_id)));
            }
        }
        Ok(found)
    }

    /// Keeps the devices that meet the conditions.
    fn choose(&mut self, client: &Client, org_id: &str, params: &Params) -> Result<(), String> {
        let message = |error: Error| messages::message(&error);
        let is_of = |part: &str| params.filter.keys().any(|name| name.starts_with(&format!("{part}.")));
        if is_of("stats") || OF_STATISTICS.iter().any(|name| params.filter.contains_key(*name)) {
            self.stats = Some(read::all_statistics(client, org_id).map_err(message)?);
        }
        // First by the inventory: the configuration of fewer sites is read.
        let (late, early): (Fields, Fields) =
            params.filter.clone().into_iter().partition(|(name, _)| name.starts_with("config."));
        self.check_names("site", self.sites.iter().map(|(name, _)| name.as_str()), &early)?;
        self.retain(&early);
        if params.config {
            self.documents = Some(self.read_documents(client).map_err(message)?);
        }
        self.retain(&late);
        let site_key = |record: &Fields| {
            (text(record, "site").to_owned(), text(record, "name").to_owned(), text(record, "mac").to_owned())
        };
        self.records.sort_by_cached_key(site_key);
        Ok(())
    }

    /// A site that is not a pattern must exist: a misspelled one would give an empty list.
    fn check_names<'a>(
        &self,
        field: &str,
        known: impl Iterator<Item = &'a str>,
        filter: &Fields,
    ) -> Result<(), String> {
        let known: Vec<&str> = known.collect();
        let wanted = match filter.get(field) {
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(one)) => vec![one.as_str()],
            _ => Vec::new(),
        };
        let is_unknown = |name: &&&str| {
            let is_pattern = name.contains(['*', '?', '[']);
            let is_id = self.sites.iter().any(|(_, id)| id.eq_ignore_ascii_case(name));
            !name.is_empty() && !is_pattern && !is_id && !known.contains(*name)
        };
        match wanted.iter().find(is_unknown) {
            None => Ok(()),
            Some(name) => {
                Err(format!("where: no {field} named {} exists. {}", quoted(name), Candidates::new(name, known)))
            }
        }
    }

    fn retain(&mut self, conditions: &Fields) {
        if conditions.is_empty() {
            return;
        }
        let mut conditions = conditions.clone();
        // A site may be named by its id.
        if let Some(site) = conditions.get_mut("site") {
            let name = |value: &Value| {
                let id = value.as_str().unwrap_or_default();
                let site = self.sites.iter().find(|(_, other)| other.eq_ignore_ascii_case(id));
                site.map_or_else(|| value.clone(), |(name, _)| json!(name))
            };
            *site = match &*site {
                Value::Array(values) => values.iter().map(name).collect(),
                one => name(one),
            };
        }
        for name in ["connected", "adopted"] {
            if let Some(value) = conditions.get_mut(name)
                && let Some(flag) = value.as_str().and_then(mist_objects::conversion::boolean)
            {
                *value = json!(flag);
            }
        }
        let filter = Filter::new(Schema::default(), &conditions);
        let (stats, documents) = (self.stats.as_ref(), self.documents.as_ref());
        self.records.retain(|record| {
            let mut joined = record.clone();
            if let Some(statistics) = stats.and_then(|stats| stats.get(text(record, "mac"))) {
                for name in OF_STATISTICS {
                    joined.insert(name.to_owned(), statistics[name].clone());
                }
                joined.insert("stats".to_owned(), statistics.clone());
            }
            if let Some(document) = Device::of(record).and_then(|device| documents?.get(device.target())) {
                joined.insert("config".to_owned(), Value::Object(document.clone()));
            }
            filter.fits(&joined, &declared::matches)
        });
    }

    fn inventory(&self) -> Inventory {
        Inventory::new(self.records.iter().filter_map(Device::of).collect())
    }

    fn read_documents(&self, client: &Client) -> Result<HashMap<String, Fields>, Error> {
        let world = World { inventory: self.inventory(), ..World::default() };
        facts::documents(client, &world, world.inventory.devices())
    }

    /// The devices as results.
    fn shown(&mut self, client: &Client, org_id: &str, params: &Params, magic: bool) -> Result<Vec<Value>, Error> {
        if params.stats && self.stats.is_none() {
            let macs: BTreeSet<String> = self.records.iter().map(|record| text(record, "mac").to_owned()).collect();
            self.stats = Some(match macs.len() {
                0..=BY_ADDRESS => read::statistics(client, org_id, &macs)?,
                _ => read::all_statistics(client, org_id)?,
            });
        }
        let records = std::mem::take(&mut self.records).into_iter();
        Ok(records
            .map(|mut record| {
                if !magic && record.get("magic").is_some_and(|code| code.as_str().is_some_and(|code| !code.is_empty()))
                {
                    record.insert("magic".to_owned(), json!(MASK));
                }
                let device = Device::of(&record).unwrap_or_default();
                if params.stats {
                    let statistics = self.stats.as_ref().and_then(|stats| stats.get(&device.mac));
                    let statistics = statistics.map(|statistics| secrets::masked(Schema::default(), statistics));
                    record.insert("stats".to_owned(), statistics.unwrap_or_default());
                }
                if params.config {
                    let document = self.documents.as_ref().and_then(|documents| documents.get(device.target()));
                    let schema = table::device(&device.device_type).map(|kind| kind.schema).unwrap_or_default();
                    let masked = document.map(|document| secrets::masked(schema, &Value::Object(document.clone())));
                    record.insert("config".to_owned(), masked.unwrap_or_default());
                }
                Value::Object(record)
            })
            .collect())
    }
}

/// The devices as rows of `mist_devices`.
fn as_declared(client: &Client, org_id: &str, found: &Found) -> Result<Results, Error> {
    let inventory = found.inventory();
    let (mut devices, mut left_out, mut unresolved) = (Vec::new(), Vec::new(), Vec::new());
    let mut known = Known::new();
    let mut sites: Vec<(&str, &str)> = found.sites.iter().map(|(name, id)| (name.as_str(), id.as_str())).collect();
    sites.sort_unstable();
    for (name, id) in sites {
        for exported in export::site_rows(client, org_id, &inventory, id, &mut known, false)? {
            let row = exported.object.as_object().cloned().unwrap_or_default();
            let mac = text(&row, "mac").to_owned();
            left_out.extend(exported.secrets_left_out.iter().map(|path| format!("{mac}: {path}")));
            unresolved.extend(exported.unresolved.iter().map(|one| format!("{mac}: {} ({})", one.path, one.id)));
            let mut fields = row.into_iter();
            let first = fields.next();
            let site = std::iter::once(("site".to_owned(), json!(name)));
            devices.push(Value::Object(first.into_iter().chain(site).chain(fields).collect()));
        }
    }
    let unassigned = inventory.devices().filter(|device| device.site_id.is_none());
    devices.extend(unassigned.map(|device| json!({"mac": device.mac})));
    Ok(Results { count: devices.len(), devices, secrets_left_out: Some(left_out), unresolved: Some(unresolved) })
}

const DOCUMENTATION: Documentation = Documentation::new()
    .short_description("List devices of the Juniper Mist cloud, also as declarations")
    .description(&[
        "Lists the access points, switches and gateways of an organization: the inventory, and on request their configuration and their statistics. It never changes anything.",
        "With O(as_declared=true), the devices are rows of M(mist_devices), which can be kept in a file and declared again.",
    ])
    .version_added("0.3.0")
    .author(AUTHOR)
    .requirements(REQUIREMENTS)
    .notes(&[
        "Calls: one for 1000 devices, one for the sites, and one for each type of device that has profiles. A condition about site groups needs one more, statistics one for 1000 devices, and configuration one for each site.",
        "Members of a virtual chassis are listed with the configuration of the chassis.",
    ])
    .seealso(&[
        SeeAlso::Module { module: "mist_devices", description: "Declares the devices that this module returns." },
        SeeAlso::Module { module: "mist_object_info", description: "Lists other objects." },
    ])
    .attributes(READ_ONLY)
    .examples(EXAMPLES);

const EXAMPLES: &str = r#"- name: List the switches of the branches that are not connected
  mist_device_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    where:
      type: switch
      site: Lob*
      connected: false
  register: offline

- name: List access points with an old version, and when they were seen
  mist_device_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    where:
      type: ap
      version: 0.10.*
    include:
      - stats
  register: old

- name: Export the switches of a site as declarations
  mist_device_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    where:
      type: switch
      site: Lobby
    as_declared: true
  register: exported
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_passes_the_check_of_the_protocol() {
        ansible_binary_module::check::<crate::Mist<MistDeviceInfo>>().unwrap();
    }
}
