//! The Ansible module `mist_firmware`: brings devices to a firmware version. Documentation, help, validation and schema come from
//! the types of its options and results.

mod cloud;
pub mod docs;
mod params;
pub mod plan;
mod run;

use crate::common::options::OptionError;
use crate::common::scope::OrgOptions;
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{Documentation, Outcome, Task};
use mist_client::Client;
pub use params::Params;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Debug)]
pub struct MistFirmware;

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    #[serde(flatten)]
    pub org: OrgOptions,
    /// Firmware version that the devices should have, or V(suggested) for the version that the cloud suggests for each model. Required unless O(models) is set.
    #[schemars(example = &"0.14.29633")]
    pub version: Option<String>,
    /// Version by model, each as in O(version). Devices of other models are not changed. Mutually exclusive with O(version).
    #[schemars(extend("examples" = [{"AP45": "suggested", "EX4300-48P": "22.4R3-S2.11"}]))]
    pub models: Option<BTreeMap<String, String>>,
    /// Devices, by MAC address or name.
    #[schemars(extend("examples" = [["5c:5b:35:0e:00:01", "Lobby AP"]]))]
    pub devices: Option<Vec<String>>,
    /// Sites with all their devices, by name or ID.
    pub sites: Option<Vec<String>>,
    /// Site groups with all devices of their sites, by name or ID.
    pub sitegroups: Option<Vec<String>>,
    /// Conditions that each device meets: fields of its inventory and statistics. A text can be a pattern, such as V(AP4*). With O(devices), O(sites) or O(sitegroups), both apply.
    #[schemars(extend("examples" = [{"type": "ap", "model": "AP4*"}]))]
    #[serde(rename = "where")]
    pub filter: Option<Map<String, Value>>,
    /// All devices of the organization.
    #[serde(default)]
    pub all: bool,
    /// Order in which the devices of a site are upgraded.
    #[serde(default)]
    pub strategy: Strategy,
    /// Percentage of the devices in each phase of O(strategy=canary). Default: that of the cloud, 1, 10, 50 and 100.
    #[schemars(extend("examples" = [[1, 10, 100]]))]
    pub canary_phases: Option<Vec<u8>>,
    /// Percentage of failed devices at which the cloud stops a job. Not for O(strategy=big_bang). Default: that of the cloud, 5.
    #[schemars(range(min = 0, max = 100))]
    pub max_failure_percentage: Option<i64>,
    /// Time at which the upgrade starts: seconds since 1970, or ISO 8601 such as V(2026-12-01T02:00:00Z) (UTC without an offset). Default: now.
    pub start: Option<String>,
    /// Restart switches and gateways after the installation. Access points always restart.
    #[serde(default)]
    pub reboot: bool,
    /// Take a recovery snapshot of switches and gateways after the restart.
    #[serde(default)]
    pub snapshot: bool,
    /// Install the version also on devices that have it. Each run then orders again.
    #[serde(default)]
    pub force: bool,
    /// Replace newer versions, too. Default: such devices are C(skipped).
    #[serde(default)]
    pub downgrade: bool,
    /// Wait until each device reports its version. A run that was ended early waits for the same job again.
    #[serde(default)]
    pub wait: bool,
    /// Limit for O(wait) in seconds.
    #[serde(default = "half_an_hour")]
    #[schemars(range(min = 1))]
    pub wait_timeout: i64,
    /// Seconds between two looks with O(wait).
    #[serde(default = "half_a_minute")]
    pub interval: f64,
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

fn half_an_hour() -> i64 {
    1800
}

fn half_a_minute() -> f64 {
    30.0
}

/// Order of the devices of a site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// All at once.
    #[default]
    BigBang,
    /// One after the other.
    Serial,
    /// In phases: O(canary_phases).
    Canary,
    /// Access points by their radio neighbors.
    Rrm,
}

/// State of a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    #[default]
    Current,
    Ordered,
    Downloading,
    Upgraded,
    Failed,
    Offline,
    Skipped,
}

/// A device in the results.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct DeviceResult {
    /// MAC address.
    pub mac: String,
    /// Name.
    pub name: String,
    /// Model.
    pub model: String,
    /// Version that the device reported before.
    pub from: Option<String>,
    /// Version that it should have.
    pub to: String,
    /// V(current): it had the version. V(ordered): this run ordered it. V(downloading): a job is under way. V(upgraded): it reports the version, or has installed it and waits for its restart. V(failed), V(offline) (not ordered), V(skipped).
    pub state: State,
    /// Reason of V(failed), V(skipped) and of V(upgraded) without the version.
    pub reason: Option<String>,
    /// ID of its job.
    pub upgrade_id: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// All devices that the task names, sorted by name and MAC address.
    #[schemars(extend("x-ansible-returned" = "once the devices are known"))]
    pub devices: Vec<DeviceResult>,
    /// IDs of the jobs that this run ordered or waits for.
    #[schemars(extend("x-ansible-returned" = "once the devices are known"))]
    #[schemars(extend("examples" = [["7f1d5f4c-2b39-4e0c-8d3a-0f4c1b6a9e21"]]))]
    pub upgrade_ids: Vec<String>,
}

impl MistModule for MistFirmware {
    const NAME: &'static str = "mist_firmware";
    const DOCUMENTATION: Documentation = docs::DOCUMENTATION;
    type Options = Options;
    type Results = Results;
    type Params = Params;

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        params::read(options, task)
    }

    fn run(client: &Client, task: &mut Task, options: &Options, params: Params) -> Outcome<Results> {
        run::run(client, task, options, &params)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_module_passes_the_check_of_the_protocol() {
        ansible_binary_module::check::<crate::Mist<super::MistFirmware>>().unwrap();
    }
}
