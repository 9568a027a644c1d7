//! The decision for each device: a pure function of the devices, their target versions and the running jobs.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A device as inventory and statistics have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    pub id: String,
    pub mac: String,
    pub name: String,
    /// `ap`, `switch` or `gateway`.
    pub kind: String,
    pub model: String,
    pub site_id: Option<String>,
    /// The version that it reports.
    pub version: Option<String>,
    pub is_connected: bool,
    /// It reports an update that is under way.
    pub is_updating: bool,
}

/// A job of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    pub id: String,
    pub version: Option<String>,
    pub status: String,
    /// The list of devices by MAC address: `None` if the job does not list devices.
    pub devices: Option<BTreeMap<String, Progress>>,
}

/// The part of a device in a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    Waiting,
    Running,
    Done,
    Failed,
    /// It had the version already.
    Skipped,
}

impl Job {
    /// True until the job has ended.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !matches!(self.status.as_str(), "completed" | "failed" | "cancelled")
    }

    fn progress(&self, mac: &str) -> Option<Progress> {
        match &self.devices {
            None => Some(Progress::Waiting),
            Some(devices) => devices.get(mac).copied(),
        }
    }
}

/// Consent to unusual orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Replace a newer version by an older one.
    pub downgrade: bool,
    /// Install the version again.
    pub force: bool,
    pub reboot: bool,
}

/// The step for a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It reports the target.
    Current,
    /// Not changed, for this reason.
    Skip(&'static str),
    /// Not connected: an order would not reach it.
    Offline,
    /// A job with the same target is under way; `None`: the device reports an update that no job of its site has.
    Attach(Option<String>),
    /// The target is installed, and runs after a restart.
    Installed(String),
    Order,
}

/// A device with its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub device: Device,
    pub to: String,
    pub step: Step,
}

/// A job with another target for the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub device: String,
    pub job: String,
    /// The target of the job, if the cloud shows it.
    pub version: Option<String>,
}

/// One order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub site_id: String,
    pub kind: String,
    pub version: String,
    /// Indexes of the rows.
    pub rows: Vec<usize>,
}

/// The step without a look at jobs.
#[must_use]
pub fn row(device: Device, to: String, policy: Policy) -> Row {
    let older = device.version.as_deref().map(|version| compare(version, &to));
    let step = if older.is_some_and(Ordering::is_eq) && device.version.as_deref() == Some(&to) && !policy.force {
        Step::Current
    } else if older.is_some_and(Ordering::is_gt) && !policy.downgrade {
        Step::Skip("it has a newer version. Set downgrade: true to replace it.")
    } else if device.site_id.is_none() {
        Step::Skip("it is not assigned to a site.")
    } else if !device.is_connected {
        Step::Offline
    } else if device.is_updating && !policy.force {
        Step::Attach(None)
    } else {
        Step::Order
    };
    Row { device, to, step }
}

/// The sites whose jobs decide about a row.
pub fn sites(rows: &[Row]) -> impl Iterator<Item = &str> {
    let open = rows.iter().filter(|row| matches!(row.step, Step::Order | Step::Attach(_)));
    open.filter_map(|row| row.device.site_id.as_deref())
}

/// Attaches rows to the jobs of their site.
///
/// # Errors
/// A running job has another target.
pub fn attach(rows: &mut [Row], jobs: &BTreeMap<String, Vec<Job>>, policy: Policy) -> Result<(), Conflict> {
    for row in rows.iter_mut().filter(|row| matches!(row.step, Step::Order | Step::Attach(_))) {
        let site = row.device.site_id.as_deref().unwrap_or_default();
        for job in jobs.get(site).map(Vec::as_slice).unwrap_or_default() {
            let Some(progress) = job.progress(&row.device.mac) else { continue };
            let is_same = job.version.as_deref() == Some(&row.to);
            if job.is_active() && matches!(progress, Progress::Waiting | Progress::Running) {
                if is_same {
                    row.step = Step::Attach(Some(job.id.clone()));
                    break;
                }
                // A job that lists no devices is about other devices, as far as can be known.
                if job.devices.is_some() {
                    let device = row.device.mac.clone();
                    return Err(Conflict { device, job: job.id.clone(), version: job.version.clone() });
                }
            }
            let is_installed = is_same && job.devices.is_some() && progress == Progress::Done;
            if is_installed && row.device.kind != "ap" && !policy.reboot && !policy.force {
                row.step = Step::Installed(job.id.clone());
            }
        }
    }
    Ok(())
}

/// The orders, one for each site, type and version.
#[must_use]
pub fn orders(rows: &[Row]) -> Vec<Order> {
    let mut orders: BTreeMap<(String, String, String), Vec<usize>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| row.step == Step::Order) {
        let site = row.device.site_id.clone().unwrap_or_default();
        orders.entry((site, row.device.kind.clone(), row.to.clone())).or_default().push(index);
    }
    orders.into_iter().map(|((site_id, kind, version), rows)| Order { site_id, kind, version, rows }).collect()
}

/// Compares versions: their numbers as numbers, other parts as text.
#[must_use]
pub fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (parts(one), parts(other));
    for (left, right) in one.iter().zip(&other) {
        let order = match (left.parse::<u64>(), right.parse::<u64>()) {
            (Ok(left), Ok(right)) => left.cmp(&right),
            _ => left.cmp(right),
        };
        if order.is_ne() {
            return order;
        }
    }
    one.len().cmp(&other.len())
}

/// Runs of digits and runs of letters.
fn parts(version: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let kind = |byte: u8| match byte {
        byte if byte.is_ascii_digit() => 0,
        byte if byte.is_ascii_alphabetic() => 1,
        _ => 2,
    };
    let bytes = version.as_bytes();
    for at in 1..=bytes.len() {
        if at == bytes.len() || kind(bytes[at]) != kind(bytes[start]) || !version.is_char_boundary(at) {
            if version.is_char_boundary(start) && version.is_char_boundary(at) && kind(bytes[start]) != 2 {
                parts.push(&version[start..at]);
            }
            start = at;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(version: &str) -> Device {
        Device {
            id: "id".into(),
            mac: "5c5b35000001".into(),
            kind: "ap".into(),
            model: "AP45".into(),
            site_id: Some("site".into()),
            version: Some(version.to_owned()).filter(|version| !version.is_empty()),
            is_connected: true,
            ..Device::default()
        }
    }

    fn job(id: &str, version: Option<&str>, status: &str, progress: Option<Progress>) -> Job {
        let devices = progress.map(|progress| BTreeMap::from([("5c5b35000001".to_owned(), progress)]));
        Job { id: id.into(), version: version.map(str::to_owned), status: status.into(), devices }
    }

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        for (older, newer) in [
            ("0.9.1", "0.14.0"),
            ("0.14.29411", "0.14.29633"),
            ("22.4R3-S2.9", "22.4R3-S2.11"),
            ("21.4R3.15", "22.1R1"),
            ("22.4R3", "22.4R3-S1"),
            ("6.1.8-10.lts", "6.2.0-1"),
            ("20.4R3-S10", "22.4R1"),
        ] {
            assert_eq!(compare(older, newer), Ordering::Less, "{older} {newer}");
            assert_eq!(compare(newer, older), Ordering::Greater, "{older} {newer}");
        }
        for same in ["0.14.1", "22.4R3-S2.11", "", "é1é"] {
            assert_eq!(compare(same, same), Ordering::Equal);
        }
    }

    #[test]
    fn a_device_is_ordered_only_if_that_is_needed_and_possible() {
        let plain = Policy::default();
        let skips = |step: &Step| matches!(step, Step::Skip(_));
        let step = |change: fn(&mut Device), policy: Policy| {
            let mut one = device("1.0");
            change(&mut one);
            row(one, "2.0".into(), policy).step
        };
        assert_eq!(step(|_| (), plain), Step::Order);
        assert_eq!(step(|one| one.version = None, plain), Step::Order);
        assert_eq!(step(|one| one.version = Some("2.0".into()), plain), Step::Current);
        assert!(skips(&step(|one| one.version = Some("10.0".into()), plain)));
        assert_eq!(step(|one| one.version = Some("10.0".into()), Policy { downgrade: true, ..plain }), Step::Order);
        assert_eq!(step(|one| one.version = Some("2.0".into()), Policy { force: true, ..plain }), Step::Order);
        assert_eq!(step(|one| one.is_connected = false, plain), Step::Offline);
        assert_eq!(step(|one| one.is_connected = false, Policy { force: true, ..plain }), Step::Offline);
        assert!(skips(&step(|one| one.site_id = None, plain)));
        assert_eq!(step(|one| one.is_updating = true, plain), Step::Attach(None));
        // A version that differs in its separators alone is another one.
        assert_eq!(step(|one| one.version = Some("2-0".into()), plain), Step::Order);
    }

    #[test]
    fn a_running_job_is_joined_and_another_target_is_a_conflict() {
        let order = || row(device("1.0"), "2.0".into(), Policy::default());
        let with = |jobs: Vec<Job>| {
            let mut rows = [order()];
            attach(&mut rows, &BTreeMap::from([("site".to_owned(), jobs)]), Policy::default())
                .map(|()| rows[0].step.clone())
        };
        let attached = || Ok(Step::Attach(Some("j".into())));
        let (same, other) = (Some("2.0"), Some("3.0"));
        for (jobs, expected) in [
            (vec![], Ok(Step::Order)),
            (vec![job("j", same, "downloading", Some(Progress::Running))], attached()),
            (vec![job("j", same, "created", Some(Progress::Waiting))], attached()),
            // A job that was just created lists no devices yet.
            (vec![job("j", same, "created", None)], attached()),
            (vec![job("j", other, "created", None)], Ok(Step::Order)),
            (vec![job("j", same, "failed", Some(Progress::Failed))], Ok(Step::Order)),
            (vec![job("j", same, "upgrading", Some(Progress::Failed))], Ok(Step::Order)),
            (vec![job("j", same, "cancelled", Some(Progress::Waiting))], Ok(Step::Order)),
            (vec![job("j", same, "completed", Some(Progress::Done))], Ok(Step::Order)),
            (
                vec![
                    job("x", other, "completed", Some(Progress::Done)),
                    job("j", same, "queued", Some(Progress::Waiting)),
                ],
                attached(),
            ),
        ] {
            assert_eq!(with(jobs.clone()), expected, "{jobs:?}");
        }
        for version in [other, None] {
            let conflict = with(vec![job("j", version, "upgrading", Some(Progress::Running))]).unwrap_err();
            assert_eq!((conflict.job.as_str(), conflict.version.as_deref()), ("j", version));
        }
    }

    #[test]
    fn an_installed_version_waits_for_its_restart() {
        let switch = Device { kind: "switch".into(), ..device("1.0") };
        let jobs =
            BTreeMap::from([("site".to_owned(), vec![job("j", Some("2.0"), "completed", Some(Progress::Done))])]);
        for (policy, expected) in [
            (Policy::default(), Step::Installed("j".into())),
            (Policy { reboot: true, ..Policy::default() }, Step::Order),
            (Policy { force: true, ..Policy::default() }, Step::Order),
        ] {
            let mut rows = [row(switch.clone(), "2.0".into(), policy)];
            attach(&mut rows, &jobs, policy).unwrap();
            assert_eq!(rows[0].step, expected);
        }
    }

    #[test]
    fn an_order_is_for_one_site_type_and_version() {
        let make = |site: &str, kind: &str, to: &str| {
            row(Device { site_id: Some(site.into()), kind: kind.into(), ..device("1") }, to.into(), Policy::default())
        };
        let rows = [
            make("a", "ap", "2"),
            make("b", "ap", "2"),
            make("a", "ap", "2"),
            make("a", "switch", "2"),
            make("a", "ap", "3"),
            make("a", "ap", "1"),
        ];
        let found: Vec<_> =
            orders(&rows).into_iter().map(|order| (order.site_id, order.kind, order.version, order.rows)).collect();
        let order = |site: &str, kind: &str, version: &str, rows: &[usize]| {
            (site.to_owned(), kind.to_owned(), version.to_owned(), rows.to_vec())
        };
        assert_eq!(
            found,
            [
                order("a", "ap", "2", &[0, 2]),
                order("a", "ap", "3", &[4]),
                order("a", "switch", "2", &[3]),
                order("b", "ap", "2", &[1])
            ]
        );
    }
}
