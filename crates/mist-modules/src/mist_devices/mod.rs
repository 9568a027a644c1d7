//! The Ansible module `mist_devices`: a table of devices, as declared.

pub mod docs;
pub mod results;

use crate::common;
use crate::common::options::{self, OptionError};
use crate::common::progress;
use crate::common::scope::{self, IdOrName, OrgOptions};
use crate::devices::messages;
use crate::mist_devices::results::{DeviceState, Results};
use crate::objects::declared::{self, UpdateSecrets};
use crate::objects::errors;
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{AnsiblePath, Documentation, Failure, Outcome, Success, Task};
use mist_client::Client;
use mist_client::redact::quoted;
use mist_devices::apply::apply;
use mist_devices::config::ConfigRules;
use mist_devices::decision::Defaults;
use mist_devices::outcome::{Reason, RowOutcome};
use mist_devices::row::{self, Row};
use mist_devices::set::{Declaration, SetPlan, prepare};
use mist_objects::compare::Rules;
use mist_objects::plan::Fields;
use mist_objects::table::{self, Schema};
use mist_objects::{matching, secrets, source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// The longest wait for devices if only `wait_config: true` is set.
const WAIT: Duration = Duration::from_secs(600);

/// Shorter claim codes are not masked: they would be parts of words.
const SHORTEST_CODE: usize = 8;

#[derive(Debug)]
pub struct MistDevices;

impl MistModule for MistDevices {
    const NAME: &'static str = "mist_devices";
    const DOCUMENTATION: Documentation = docs::DOCUMENTATION;
    type Options = Options;
    type Results = Results;
    type Params = Params;

    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        let rows = match parameters.get("devices") {
            Some(Value::Array(rows)) => declared::items(rows).unwrap_or_default(),
            _ => Vec::new(),
        };
        rows.iter().flat_map(secrets_of).collect()
    }

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        Params::new(options, task)
    }

    fn run(client: &Client, task: &mut Task, _: &Options, params: Params) -> Outcome<Results> {
        let org_id =
            scope::org_id(client, &params.org).map_err(|error| crate::common::messages::failure_in(task, error))?;
        run(client, task, &Declaration { org_id, ..params.set }, params.option, params.strict)
    }
}

/// The secrets of a row: those of its configuration, and its claim code in both notations.
fn secrets_of(row: &Fields) -> Vec<String> {
    let mut texts = secrets::texts(schema(), &Value::Object(row.clone()));
    if let Some(code) = row.get("claim_code").and_then(Value::as_str) {
        let codes = [code.trim().to_owned(), row::normalized_code(code)];
        texts.extend(codes.into_iter().filter(|code| code.len() >= SHORTEST_CODE));
    }
    texts
}

/// The fields of all types of devices.
fn schema() -> Schema {
    table::by_path("sites/{site_id}/devices").map(|kind| kind.schema).unwrap_or_default()
}

fn run(client: &Client, task: &mut Task, set: &Declaration, option: &'static str, strict: bool) -> Outcome<Results> {
    let subject = format!("the devices of organization {}", set.org_id);
    let _lock = common::lock(client, task, &subject).map_err(|fault| messages::lock(&fault))?;
    let number = |position: usize| set.rows.get(position).map(Row::number).unwrap_or_default();
    let plan = prepare(client, set).map_err(|error| {
        let message = messages::set_error(option, &error, &number);
        let is_missing = matches!(&error, mist_devices::set::SetError::Rows(rows) if rows.iter().any(|(_, error)| messages::is_missing(error)));
        crate::common::messages::with_earlier_task(task, message, is_missing)
    })?;
    warn_about_plan(task, set, &plan, strict)?;
    let (plan, outcomes) = if task.check_mode() {
        let outcomes = plan.rows.iter().map(RowOutcome::predicted).collect();
        (plan, outcomes)
    } else {
        let progress = progress();
        apply(client, set, plan, &|finished, total| progress("devices", finished, total))
    };
    warn_about_outcomes(task, set, &outcomes);
    let results = Results::of(&set.rows, &outcomes);
    let changed = outcomes.iter().any(RowOutcome::changed);
    let diff = (changed && task.diff_mode()).then(|| results::difference(&set.rows, &outcomes, &plan.world));
    if results.devices.iter().all(|device| device.state != DeviceState::Failed) {
        return Ok(Success::new(changed, results).with_diff(diff));
    }
    let failure = Failure::new(results::incomplete(&results)).with_diff(diff);
    Err(failure.with_changed(changed).with_results(results))
}

/// Warnings that are known before the first write. With `strict`, deviations from the document are errors.
fn warn_about_plan(task: &mut Task, set: &Declaration, plan: &SetPlan, strict: bool) -> Result<(), String> {
    if !plan.ignored.is_empty() {
        let ignored: Vec<&str> = plan.ignored.iter().map(String::as_str).collect();
        task.warn(format!("Only the cloud sets these fields of devices, so they were ignored: {}", ignored.join(", ")));
    }
    for device_type in ["ap", "switch", "gateway"] {
        let of_type = |row: &&mist_devices::set::RowPlan| {
            row.decision()
                .and_then(|decision| decision.device.as_ref())
                .is_some_and(|device| device.device_type == device_type)
        };
        let configs = plan.rows.iter().filter(of_type).filter_map(|row| row.config());
        let declared: Vec<Fields> = configs.map(|config| config.declared.clone()).collect();
        if let (Some(kind), false) = (table::device(device_type), declared.is_empty()) {
            declared::check_document(task, &kind, &declared, strict)?;
        }
    }
    if task.check_mode() && !plan.untyped.is_empty() {
        let titles: Vec<String> =
            plan.untyped.iter().filter_map(|row| set.rows.get(*row)).map(|row| quoted(&row.title())).collect();
        task.warn(format!(
            "Check mode cannot predict the configuration of devices that are still to be claimed, because their type is not known: {}",
            errors::list(&titles, ", ")
        ));
    }
    Ok(())
}

/// A warning that several devices share is one sentence with their names.
fn warn_about_outcomes(task: &mut Task, set: &Declaration, outcomes: &[RowOutcome]) {
    let (mut not_kept, mut warnings): (BTreeSet<&str>, BTreeMap<String, Vec<String>>) = Default::default();
    for (row, outcome) in set.rows.iter().zip(outcomes) {
        if let Some(Reason::Duplicated) = &outcome.note {
            warnings.entry(messages::reason(&Reason::Duplicated)).or_default().push(quoted(&row.title()));
        }
        let Some(config) = &outcome.config else { continue };
        for warning in &config.warnings {
            warnings.entry(errors::warning(warning)).or_default().push(quoted(&row.title()));
        }
        not_kept.extend(config.not_kept.iter().map(String::as_str));
    }
    for (sentence, titles) in warnings {
        task.warn(format!("{}: {sentence}", errors::list(&titles, ", ")));
    }
    if !not_kept.is_empty() {
        let paths: Vec<String> = not_kept.into_iter().map(str::to_owned).collect();
        task.warn(format!(
            "The cloud did not keep these values as declared (see not_kept of each device): {}",
            errors::list(&paths, ", ")
        ));
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    #[serde(flatten)]
    pub org: OrgOptions,
    /// Devices, one dictionary each. A device is found by C(mac), C(serial), C(claim_code) or C(name), of which one is required. If the row has another of them, C(name) is the desired name.
    ///
    /// C(site), C(deviceprofile) and C(map) are names or IDs. An empty text unassigns the device, or removes the profile or the map. Further fields are C(name), C(notes), C(vars), C(role), C(ip_config), C(port_config), and every other field of the configuration of its type in the API document.
    ///
    /// C(ports) of switches and gateways has ports (C(ge-0/0/3)) or ranges (C(ge-0/0/4-6)) with their settings, which are merged field by field. V(null) removes a port. Existing ranges are split, so that each other port keeps its settings.
    ///
    /// C(state) is V(present) or V(absent), which releases the device. C(replace) is the MAC address of the device that this one replaces. C(reassign) and C(mist_configured) have precedence over the options of the same name.
    ///
    /// A row with C(port) is one port: C(port), its settings such as C(usage) and C(description), and the device, which C(switch) may name, too. Rows of one device are joined.
    #[schemars(extend("x-ansible-elements" = "raw"))]
    #[schemars(extend("examples" = [[{"mac": "5c5b35000001", "site": "Branch 1", "name": "ap-lobby"}]]))]
    pub devices: Option<Vec<Value>>,
    /// JSON, YAML or CSV file with the rows, by its extension, on the host that runs the task. Mutually exclusive with O(devices).
    ///
    /// In a CSV file, each column is a field, dotted if nested (C(ip_config.type)). An empty cell is not declared.
    pub src: Option<AnsiblePath>,
    /// Dotted paths of dictionaries that may have only declared keys. V(ports) removes all undeclared ports of devices whose row has C(ports).
    #[schemars(extend("x-ansible-elements" = "str"))]
    #[schemars(extend("examples" = [["ports"]]))]
    pub exact: Option<Vec<String>>,
    /// Do nothing if more devices would be released than this. Required if a row has C(state=absent).
    pub max_releases: Option<u32>,
    /// Do nothing if more devices would be changed than this, in any way.
    pub max_changes: Option<u32>,
    /// Move devices from one site to another, and unassign them, which deletes their configuration. Default: only devices without a site are assigned.
    #[serde(default)]
    pub reassign: bool,
    /// Let Mist configure a switch or gateway, or not. Default: not sent.
    pub mist_configured: Option<bool>,
    /// Change ports that are uplinks: by their usage (C(uplink), C(evpn_uplink), C(wan) of a gateway) or by the statistics of the device.
    #[serde(default)]
    pub allow_uplinks: bool,
    /// Names or IDs of sites. Rows of devices at other sites are skipped.
    #[schemars(extend("x-ansible-elements" = "str"))]
    pub limit_sites: Option<Vec<String>>,
    /// Behavior after the failure of a row.
    #[serde(default)]
    pub on_error: OnError,
    /// Wait until C(config_status) of each written switch and gateway shows that it took its configuration: a duration such as V(300), V(5m), or V(true) for 10 minutes. Access points report no status. Default: do not wait.
    pub wait_config: Option<String>,
    /// Refuse fields and values that the API document does not have. Default: they are warnings, because the cloud may know more than the document.
    #[serde(default)]
    pub strict: bool,
    /// When to write a declared secret that the cloud does not show, so that it cannot be compared.
    #[serde(default)]
    pub update_secrets: UpdateSecrets,
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The other rows are done. Sites are worked on at the same time.
    #[default]
    Continue,
    /// One site after the other. After a failure at one, nothing is begun at the next.
    Stop,
}

/// The checked options.
#[derive(Debug)]
pub struct Params {
    pub org: IdOrName,
    /// The set, without the id of the organization.
    pub set: Declaration,
    /// The option with the rows.
    pub option: &'static str,
    pub strict: bool,
}

impl Params {
    /// Checks the options.
    ///
    /// # Errors
    /// An option is missing or not valid.
    pub fn new(options: &Options, task: &mut Task) -> Result<Self, OptionError> {
        let org = options.org.required(task)?;
        let (option, given) = match (&options.devices, &options.src) {
            (Some(_), Some(_)) => return Err(OptionError::mutually_exclusive("src", "devices")),
            (None, None) => return Err(declared::declaration_required("devices")),
            (Some(rows), None) => {
                let rows =
                    declared::items(rows).map_err(|error| OptionError { option: "devices".to_owned(), ..error })?;
                ("devices", rows)
            }
            (None, Some(src)) => {
                let path: &Path = src;
                let is_table = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
                // A cell of a table may be the setting of a port: its type shows later.
                let schema = if is_table { Schema::default() } else { schema() };
                let rows = declared::from_file(src, schema, source::many, options.connection.timeout)?;
                rows.iter().flat_map(secrets_of).for_each(|secret| task.hide(&secret));
                ("src", rows)
            }
        };
        let rows = row::rows(&given).map_err(|errors| {
            let errors: Vec<(usize, String)> =
                errors.iter().map(|(number, error)| (*number, messages::row_error(error))).collect();
            OptionError::new(option, messages::of_rows(&errors))
        })?;
        let absent = rows.iter().filter(|row| row.absent).count();
        if absent > 0 && options.max_releases.is_none() {
            let problem =
                format!("required, because {} would be released. Set the largest number.", messages::counted(absent));
            return Err(OptionError::new("max_releases", problem));
        }
        let (exact, exact_ports) = exact(options, &rows)?;
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let rewrite_secrets = options.update_secrets == UpdateSecrets::Always;
        let set = Declaration {
            org_id: String::new(),
            rows,
            defaults: Defaults { reassign: options.reassign, mist_configured: options.mist_configured },
            config: ConfigRules {
                rules: Rules { exact, rewrite_secrets, ..Rules::default() },
                exact_ports,
                allow_uplinks: options.allow_uplinks,
            },
            max_releases: options.max_releases.map(count),
            max_changes: options.max_changes.map(count),
            limit_sites: options.limit_sites.clone(),
            stop_on_error: options.on_error == OnError::Stop,
            wait_config: wait(options.wait_config.as_deref())?,
        };
        Ok(Self { org, set, option, strict: options.strict })
    }
}

/// The exact dictionaries, and whether ports are.
fn exact(options: &Options, rows: &[Row]) -> Result<(BTreeSet<String>, bool), OptionError> {
    let mut paths: BTreeSet<String> = options.exact.iter().flatten().cloned().collect();
    let exact_ports = paths.remove("ports");
    if exact_ports && rows.iter().all(|row| row.ports.is_none()) && !rows.is_empty() {
        return Err(OptionError::new("exact", "no row declares ports. List declared dictionaries."));
    }
    for path in &paths {
        let declared: Vec<&Value> = rows.iter().filter_map(|row| matching::at(&row.config, path)).collect();
        if declared.is_empty() && !rows.is_empty() {
            return Err(OptionError::new(
                "exact",
                format!("no row declares {}. List declared dictionaries.", quoted(path)),
            ));
        }
        if declared.iter().any(|value| !value.is_object() && !value.is_null()) {
            return Err(OptionError::new(
                "exact",
                format!("{} is not a dictionary. List declared dictionaries.", quoted(path)),
            ));
        }
    }
    Ok((paths, exact_ports))
}

fn wait(given: Option<&str>) -> Result<Option<Duration>, OptionError> {
    let Some(text) = given.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Ok(Some(WAIT)),
        "false" | "no" | "off" | "0" => Ok(None),
        _ => options::seconds("wait_config", text).map(|seconds| Some(Duration::from_secs_f64(seconds.min(1e6)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_module_passes_the_check_of_the_protocol() {
        ansible_binary_module::check::<crate::Mist<MistDevices>>().unwrap();
    }

    #[test]
    fn secrets_and_claim_codes_of_rows_are_masked() {
        let parameters = json!({"devices": [
            {"claim_code": "6jg8e-ptfv2-a9z2n", "ports": {"ge-0/0/0": {"lte_password": "canary-1"}}},
            {"name": "sw", "switch_mgmt": {"root_password": "canary-2"}},
            {"claim_code": "short"},
        ]});
        let mut secrets = MistDevices::secrets(parameters.as_object().unwrap());
        secrets.sort();
        assert_eq!(secrets, ["6JG8EPTFV2A9Z2N", "6jg8e-ptfv2-a9z2n", "canary-1", "canary-2"]);
    }

    #[test]
    fn a_wait_is_a_duration_or_a_boolean() {
        for (text, expected) in [
            (None, Ok(None)),
            (Some(""), Ok(None)),
            (Some("True"), Ok(Some(600))),
            (Some("no"), Ok(None)),
            (Some("90"), Ok(Some(90))),
            (Some("5m"), Ok(Some(300))),
            (Some("soon"), Err(())),
        ] {
            assert_eq!(wait(text).map(|wait| wait.map(|wait| wait.as_secs())).map_err(drop), expected, "{text:?}");
        }
    }
}
