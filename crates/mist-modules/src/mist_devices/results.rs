//! Results of `mist_devices`.

use crate::devices::messages;
use crate::objects::errors::list;
use ansible_binary_module::Diff;
use mist_client::redact::quoted;
use mist_devices::decision::World;
use mist_devices::outcome::{RowOutcome, State};
use mist_devices::row::{Row, code_start};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// One entry for each row, in order. Rows of one port each are one entry for each device. Also if the task fails.
    #[schemars(extend("x-ansible-returned" = "always, after the devices were planned"))]
    pub devices: Vec<DeviceOutcome>,
    /// Number of entries by state, such as C(changed).
    #[schemars(extend("x-ansible-returned" = "always, after the devices were planned"))]
    #[schemars(extend("examples" = [{"claimed": 2, "unchanged": 48}]))]
    pub summary: BTreeMap<String, usize>,
}

/// The result for one row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct DeviceOutcome {
    /// Name of the device, otherwise the value that identifies it.
    #[schemars(example = &"ap-lobby")]
    pub name: String,
    /// Action of the task: the first that applies. In check mode, the predicted action.
    #[schemars(example = &"assigned")]
    pub state: DeviceState,
    /// ID of the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "if the device is, or was, in the inventory"))]
    #[schemars(example = &"00000000-0000-0000-1000-5c5b35000001")]
    pub id: Option<String>,
    /// MAC address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "if it is known"), example = &"5c5b35000001")]
    pub mac: Option<String>,
    /// Serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "if it is known"), example = &"FXLH2015150025")]
    pub serial: Option<String>,
    /// Model.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "if it is known"), example = &"AP43")]
    pub model: Option<String>,
    /// Changed fields, dotted if nested, without ports.
    #[schemars(extend("examples" = [["site", "name", "radio_config.band_24.power"]]))]
    pub fields: Vec<String>,
    /// Changed ports, each with its settings before and after. Secrets are masked.
    #[schemars(extend("examples" = [{"ge-0/0/3": {"before": {"usage": "ap"}, "after": {"usage": "voip"}}}]))]
    pub ports: Map<String, Value>,
    /// Error of the row, or a note about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "when RV(devices[].state=failed), or if there is a note"))]
    pub reason: Option<String>,
    /// Dotted paths of declared values that the cloud ignored, or keeps in another form.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-ansible-returned" = "if such values exist"))]
    pub not_kept: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// The device is not as declared. Steps before the error may have been done.
    Failed,
    /// The device left the inventory.
    Released,
    /// The device was claimed. The other steps of its row were done, too.
    Claimed,
    /// The device took the place of another one.
    Replaced,
    /// The device was moved to another site.
    Moved,
    /// The device was assigned to a site.
    Assigned,
    /// The device has no site any more.
    Unassigned,
    /// Its configuration or its device profile was changed.
    Changed,
    /// The device was as declared.
    #[default]
    Unchanged,
}

impl From<State> for DeviceState {
    fn from(state: State) -> Self {
        match state {
            State::Failed => Self::Failed,
            State::Released => Self::Released,
            State::Claimed => Self::Claimed,
            State::Replaced => Self::Replaced,
            State::Moved => Self::Moved,
            State::Assigned => Self::Assigned,
            State::Unassigned => Self::Unassigned,
            State::Changed => Self::Changed,
            State::Unchanged => Self::Unchanged,
        }
    }
}

impl DeviceState {
    fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Released => "released",
            Self::Claimed => "claimed",
            Self::Replaced => "replaced",
            Self::Moved => "moved",
            Self::Assigned => "assigned",
            Self::Unassigned => "unassigned",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
        }
    }
}

impl Results {
    #[must_use]
    pub fn of(rows: &[Row], outcomes: &[RowOutcome]) -> Self {
        let devices: Vec<DeviceOutcome> =
            rows.iter().zip(outcomes).map(|(row, outcome)| DeviceOutcome::of(row, outcome)).collect();
        let mut summary = BTreeMap::new();
        for device in &devices {
            *summary.entry(device.state.word().to_owned()).or_default() += 1;
        }
        Self { devices, summary }
    }
}

impl DeviceOutcome {
    fn of(row: &Row, outcome: &RowOutcome) -> Self {
        let device = outcome.device.as_ref();
        let known = |value: Option<&String>| value.filter(|value| !value.is_empty()).cloned();
        let reason = outcome.failure.as_ref().or(outcome.note.as_ref()).map(messages::reason);
        // A claim code identifies a device that has no other name yet.
        let reason = reason.map(|reason| match (&row.identity.claim_code, &outcome.failure) {
            (Some(code), Some(_)) => format!("claim_code {} (row {}): {reason}", code_start(code), row.number()),
            _ => reason,
        });
        Self {
            name: row.title(),
            state: outcome.state().into(),
            id: known(device.map(|device| &device.id)),
            mac: known(device.map(|device| &device.mac)).or_else(|| row.identity.mac.clone()),
            serial: known(device.map(|device| &device.serial)).or_else(|| row.identity.serial.clone()),
            model: known(device.map(|device| &device.model)),
            fields: outcome.fields(),
            ports: by_port(outcome),
            reason,
            not_kept: outcome.config.iter().flat_map(|config| config.not_kept.iter().cloned()).collect(),
        }
    }
}

fn by_port(outcome: &RowOutcome) -> Map<String, Value> {
    let Some((before, after)) = outcome.ports() else { return Map::new() };
    let mut ports = Map::new();
    for (side, settings) in [("before", &before), ("after", &after)] {
        for (port, settings) in settings {
            let entry = ports.entry(port.clone()).or_insert_with(|| serde_json::json!({"before": null, "after": null}));
            entry[side] = settings.clone();
        }
    }
    ports
}

/// The diff: each changed device by name, with the changed fields and ports.
#[must_use]
pub fn difference(rows: &[Row], outcomes: &[RowOutcome], world: &World) -> Diff {
    let (mut before, mut after) = (Map::new(), Map::new());
    for (row, outcome) in rows.iter().zip(outcomes) {
        let Some((old, new)) = outcome.diff(world) else { continue };
        let title = match row.title() {
            title if before.contains_key(&title) || after.contains_key(&title) => {
                format!("{title} (row {})", row.number())
            }
            title => title,
        };
        before.insert(title.clone(), Value::Object(old));
        after.insert(title, Value::Object(new));
    }
    Diff::new(Value::Object(before), Value::Object(after)).headed("devices".to_owned())
}

/// The message of a set that is not complete.
#[must_use]
pub fn incomplete(results: &Results) -> String {
    let failed: Vec<&DeviceOutcome> =
        results.devices.iter().filter(|device| device.state == DeviceState::Failed).collect();
    let sentences: Vec<String> = failed
        .iter()
        .map(|device| format!("{}: {}", quoted(&device.name), device.reason.as_deref().unwrap_or_default()))
        .collect();
    format!(
        "{} of {} {} not as declared. Run the task again for the rest: {}",
        failed.len(),
        messages::counted(results.devices.len()),
        if failed.len() == 1 { "is" } else { "are" },
        list(&sentences, " ")
    )
}
