//! Messages about devices: facts of `mist-devices`, with the options of the modules and the fix.

use crate::common::messages;
use crate::objects::errors::{self, Wording, list};
use mist_client::redact::quoted;
use mist_devices::config::ConfigError;
use mist_devices::decision::DecisionError;
use mist_devices::inventory::NotFound;
use mist_devices::outcome::Reason;
use mist_devices::port_key::{KeyFault, MOST_PORTS};
use mist_devices::ports::PortError;
use mist_devices::row::RowError;
use mist_devices::set::{PlanError, SetError};
use mist_tokens::lock;

/// The number of devices that a message names.
const NAMED: usize = 5;

/// The wording of errors about one row, which begins with its number.
const ROW: Wording = Wording { declaration: "row", deletion: "state", by_id: "Use the MAC address" };

/// A wrong row.
#[must_use]
pub fn row_error(error: &RowError) -> String {
    match error {
        RowError::NoIdentity => "mac, serial, claim_code or name is required. Set one of them.".to_owned(),
        RowError::Type { field, needed } => format!("{} must be {needed}.", quoted(field)),
        RowError::Mac { field, value } => {
            format!("{field}: {} is not a MAC address. Quote it, with 12 digits.", quoted(value))
        }
        RowError::ClaimCode { start } => {
            format!("claim_code: {} is not a claim code, which has only letters and digits.", quoted(start))
        }
        RowError::Choice { field, value, choices } => format!("{field}: {} is not one of: {choices}.", quoted(value)),
        RowError::Both { field, other } => format!("{field}: mutually exclusive with {other}. Remove one of them."),
        RowError::SameDevice { first } => format!("the same device as in row {first}. Remove one of them."),
        RowError::Contradiction { first, field } => {
            format!("{} differs from row {first}, which is about the same device. Use one value.", quoted(field))
        }
        RowError::WithoutSite { field } => without_site(field),
        RowError::Port(error) => port_error(error),
    }
}

fn without_site(field: &str) -> String {
    format!("{} needs a site, and the device has none. Set site.", quoted(field))
}

/// Wrong or protected ports.
#[must_use]
pub fn port_error(error: &PortError) -> String {
    match error {
        PortError::Key { key, fault } => {
            let fault = match fault {
                KeyFault::Empty => "has no port".to_owned(),
                KeyFault::TooMany => format!("has more than {MOST_PORTS} ports"),
                KeyFault::Range => "is not a range, which has the form ge-0/0/0-10".to_owned(),
            };
            format!("ports: {} {fault}.", quoted(key))
        }
        PortError::NotADictionary { port } => {
            format!("ports: the settings of {port} must be a dictionary, or null to remove the port.")
        }
        PortError::DeclaredTwice { port, first, second } => {
            format!(
                "ports: {port} is in {} and in {} with different settings. Declare it once.",
                quoted(first),
                quoted(second)
            )
        }
        PortError::Conflict { port, first, second } => format!(
            "ports: the device has {port} under two keys with different settings, {} and {}. Remove one of them, or set exact: [ports].",
            quoted(first),
            quoted(second)
        ),
        PortError::Uplink { port } => {
            format!(
                "ports: {port} is an uplink. A change can disconnect the device. Set allow_uplinks: true to change it."
            )
        }
        PortError::NotOfModel { port, model } => format!("ports: model {model} does not have port {port}."),
    }
}

fn not_found(error: &NotFound) -> String {
    match error {
        NotFound::Missing { field, value } => {
            format!("{field}: no device of the organization has {}.", quoted(value))
        }
        NotFound::Several { name, macs } => {
            format!("name: {} devices are named {}. Use mac: {}", macs.len(), quoted(name), list(macs, ", "))
        }
        NotFound::Differ { field, other } => {
            format!("{field}: it does not belong to the same device as {other}. Correct one of them.")
        }
    }
}

/// The reason that the steps of a row cannot be decided.
#[must_use]
pub fn decision_error(error: &DecisionError) -> String {
    match error {
        DecisionError::Device(error, None) => not_found(error),
        DecisionError::Device(error, Some(candidates)) => format!("{} {candidates}", not_found(error)),
        DecisionError::NoSite { name, candidates } => {
            format!("site: no site named {} exists. {candidates}", quoted(name))
        }
        DecisionError::SeveralSites { name, ids } => {
            format!("site: {} sites are named {}. Use an id: {}", ids.len(), quoted(name), list(ids, ", "))
        }
        DecisionError::NoProfile { name, candidates } => {
            format!("deviceprofile: no device profile named {} exists. {candidates}", quoted(name))
        }
        DecisionError::SeveralProfiles { name, ids } => {
            format!(
                "deviceprofile: {} device profiles are named {}. Use an id: {}",
                ids.len(),
                quoted(name),
                list(ids, ", ")
            )
        }
        DecisionError::ProfileType { name, profile_type, device_type } => format!(
            "deviceprofile: {} is a profile of type {profile_type}, but the device is of type {device_type}. Use another profile.",
            quoted(name)
        ),
        DecisionError::WithoutSite { field } => without_site(field),
        DecisionError::MoveWithoutReassign { from, to } => {
            format!("site: the device is at {}. Set reassign: true to move it to {}.", quoted(from), quoted(to))
        }
        DecisionError::UnassignWithoutReassign { from } => format!(
            "site: the device is at {}, and loses its configuration when it is unassigned. Set reassign: true to do so.",
            quoted(from)
        ),
        DecisionError::NothingToReplace { old } => {
            format!("replace: no device {old} is at a site. Check the MAC address.")
        }
        DecisionError::ReplacementAssigned { old } => {
            format!("replace: both devices are at a site. Unassign the new device before it replaces {old}.")
        }
        DecisionError::ReplacementSite { old, site } => {
            format!("site: {old}, which is to be replaced, is at {}. Use this site.", quoted(site))
        }
        DecisionError::ReplacementType { old, old_type, new_type } => {
            format!("replace: {old} is of type {old_type}, but the new device is of type {new_type}.")
        }
        DecisionError::PortsOfType { device_type } => {
            format!(
                "ports: only switches and gateways have ports in this form, but the device is of type {device_type}. Use port_config."
            )
        }
        DecisionError::SameDevice { first } => format!("the same device as in row {first}. Remove one of them."),
        DecisionError::SameChassis { first } => format!(
            "a member of the same virtual chassis as in row {first}. All members have one site, and one row has the configuration."
        ),
    }
}

/// The reason that configuration cannot be planned.
#[must_use]
pub fn config_error(error: &ConfigError) -> String {
    match error {
        ConfigError::Types(errors) => list(&errors.iter().map(ToString::to_string).collect::<Vec<_>>(), " "),
        ConfigError::Names(names) => list(&names.iter().map(errors::name_error).collect::<Vec<_>>(), " "),
        ConfigError::Port(error) => port_error(error),
        ConfigError::Object(error) => without_prefix(errors::message(error, ROW)),
        ConfigError::UnknownType { device_type } => {
            format!("devices of type {} have no configuration here. Use mist_api_request.", quoted(device_type))
        }
        ConfigError::Map(error) => errors::name_error(error),
        ConfigError::NotListed => {
            "the inventory has the device at its site, but the site does not list it. Run the task again.".to_owned()
        }
    }
}

fn without_prefix(message: String) -> String {
    message.strip_prefix("row: ").map_or_else(|| message.clone(), str::to_owned)
}

/// True for a name that an earlier task may create.
#[must_use]
pub fn is_missing(error: &PlanError) -> bool {
    match error {
        PlanError::Decision(error) => matches!(
            error,
            DecisionError::NoSite { .. }
                | DecisionError::NoProfile { .. }
                | DecisionError::Device(NotFound::Missing { .. }, _)
        ),
        PlanError::Config(ConfigError::Map(error)) => error.is_missing(),
        PlanError::Config(ConfigError::Names(names)) => names.iter().any(mist_objects::error::NameError::is_missing),
        PlanError::Config(_) => false,
    }
}

/// The errors of rows, each with its number. An error that several rows have is one sentence.
#[must_use]
pub fn of_rows(errors: &[(usize, String)]) -> String {
    let mut rows: Vec<(&String, Vec<usize>)> = Vec::new();
    for (number, sentence) in errors {
        match rows.iter_mut().find(|(known, _)| *known == sentence) {
            Some((_, numbers)) => numbers.push(*number),
            None => rows.push((sentence, vec![*number])),
        }
    }
    let one = |(sentence, numbers): &(&String, Vec<usize>)| match numbers.as_slice() {
        [first, rest @ ..] if !rest.is_empty() => format!("row {first} and {} more: {sentence}", rest.len()),
        numbers => format!("row {}: {sentence}", numbers.first().copied().unwrap_or_default()),
    };
    list(&rows.iter().map(one).collect::<Vec<_>>(), " ")
}

/// The reason that a set is not begun. `number` is that of a row by its position.
#[must_use]
pub fn set_error(option: &str, error: &SetError, number: &dyn Fn(usize) -> usize) -> String {
    let named = |titles: &[String]| {
        let titles: Vec<String> = titles.iter().map(|title| quoted(title)).collect();
        errors::first(&titles, NAMED, ", ")
    };
    match error {
        SetError::Rows(rows) => {
            let sentence = |error: &PlanError| match error {
                PlanError::Decision(error) => decision_error(error),
                PlanError::Config(error) => config_error(error),
            };
            let rows: Vec<(usize, String)> = rows.iter().map(|(row, error)| (number(*row), sentence(error))).collect();
            format!("{option}: {}", of_rows(&rows))
        }
        SetError::TooManyReleases { most, titles } => format!(
            "max_releases: {} would be released, more than {most}. Nothing was changed: {}",
            counted(titles.len()),
            named(titles)
        ),
        SetError::TooManyChanges { most, titles } => format!(
            "max_changes: {} would be changed, more than {most}. Nothing was changed: {}",
            counted(titles.len()),
            named(titles)
        ),
        SetError::LimitSite(error) => {
            let sentence = decision_error(error);
            format!("limit_sites: {}", sentence.strip_prefix("site: ").unwrap_or(&sentence))
        }
        SetError::Client(error) => messages::message(error),
    }
}

/// `1 device`, `2 devices`.
#[must_use]
pub fn counted(count: usize) -> String {
    format!("{count} {}", if count == 1 { "device" } else { "devices" })
}

/// The reason that a row failed, or a note about it.
#[must_use]
pub fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Refused(Some(reason)) => format!("The cloud refused: {}.", reason.trim_end_matches('.')),
        Reason::Refused(None) => "The cloud refused without a reason.".to_owned(),
        Reason::Status { status, detail } => format!("The cloud refused with status {status}: {detail}"),
        Reason::NotConfirmed => {
            "The cloud did not confirm the change, and the inventory does not show it. Run the task again.".to_owned()
        }
        Reason::Client(error) => messages::message(error),
        Reason::Object(error) => without_prefix(errors::message(error, ROW)),
        Reason::Decision(error) => decision_error(error),
        Reason::Config(error) => config_error(error),
        Reason::After(title) => format!("Not begun, because of the failure of {}.", quoted(title)),
        Reason::Signal => "Not begun, because of a signal.".to_owned(),
        Reason::ConfigFailed(status) => {
            format!(
                "The configuration was written, but the device did not take it: config_status is {}.",
                quoted(status)
            )
        }
        Reason::ConfigPending(status) => format!(
            "The configuration was written, but the device has not taken it within wait_config: config_status is {}.",
            quoted(status)
        ),
        Reason::Excluded => "The device is not at one of the sites of limit_sites.".to_owned(),
        Reason::Duplicated => "The organization claimed the code before.".to_owned(),
    }
}

/// The lock of an organization's devices cannot be taken.
#[must_use]
pub fn lock(fault: &lock::Fault) -> String {
    match fault {
        lock::Fault::Held { waited, path, .. } => format!(
            "max_wait: another run on this host was working on the devices for more than {}. Run the task again when it has ended. \
             Lock: '{}'.",
            mist_client::error::in_words(*waited),
            path.display()
        ),
        lock::Fault::Unusable { path, reason } => {
            format!("The lock '{}', which separates runs about devices, cannot be used: {reason}.", path.display())
        }
        lock::Fault::NoDirectory(tried) => {
            let tried: Vec<String> =
                tried.iter().take(3).map(|(path, reason)| format!("'{}': {reason}", path.display())).collect();
            format!(
                "No directory for the lock that separates runs about devices. Give the user a home directory with write access. Tried: {}.",
                tried.join(", ")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mist_client::suggest::Candidates;

    #[test]
    fn messages_have_the_problem_and_the_fix() {
        let candidates = || Candidates::new("Est", ["East", "West"]);
        for (sentence, expected) in [
            (row_error(&RowError::NoIdentity), "mac, serial, claim_code or name is required. Set one of them."),
            (
                row_error(&RowError::ClaimCode { start: "6JG8E…".into() }),
                "claim_code: '6JG8E…' is not a claim code, which has only letters and digits.",
            ),
            (
                decision_error(&DecisionError::NoSite { name: "Est".into(), candidates: candidates() }),
                "site: no site named 'Est' exists. Similar: 'East', 'West'.",
            ),
            (
                decision_error(&DecisionError::MoveWithoutReassign { from: "East".into(), to: "West".into() }),
                "site: the device is at 'East'. Set reassign: true to move it to 'West'.",
            ),
            (
                port_error(&PortError::Conflict {
                    port: "ge-0/0/3".into(),
                    first: "ge-0/0/0-10".into(),
                    second: "ge-0/0/3".into(),
                }),
                "ports: the device has ge-0/0/3 under two keys with different settings, 'ge-0/0/0-10' and 'ge-0/0/3'. Remove one of \
                 them, or set exact: [ports].",
            ),
            (
                set_error(
                    "devices",
                    &SetError::TooManyReleases { most: 1, titles: vec!["a".into(), "b".into()] },
                    &|row| row,
                ),
                "max_releases: 2 devices would be released, more than 1. Nothing was changed: 'a', 'b'",
            ),
            (reason(&Reason::Refused(Some("not found".into()))), "The cloud refused: not found."),
            (of_rows(&[(1, "a.".into()), (3, "a.".into()), (4, "b.".into())]), "row 1 and 1 more: a. row 4: b."),
        ] {
            assert_eq!(sentence, expected);
        }
    }
}
