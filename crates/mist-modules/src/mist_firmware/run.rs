//! One run: reads, decides, orders, and waits.

use super::cloud::{self, Ordered};
use super::params::{self, SUGGESTED};
use super::plan::{self, Conflict, Device, Job, Policy, Progress, Row, Step};
use super::{DeviceResult, Options, Params, Results, State};
use crate::common;
use crate::common::options::OptionError;
use crate::common::{messages, scope};
use ansible_binary_module::{Diff, Failure, Outcome, Success, Task};
use mist_client::redact::quoted;
use mist_client::{Client, Error, interruption};
use mist_tokens::lock;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

/// A signal ends the waiting after this time at most.
const SLICE: Duration = Duration::from_millis(200);

pub(super) fn run(client: &Client, task: &mut Task, options: &Options, params: &Params) -> Outcome<Results> {
    let failed = |task: &Task, error: &Error| messages::message_in(task, error);
    let org_id = scope::org_id(client, &params.org).map_err(|error| failed(task, &error))?;
    let subject = format!("firmware of organization {org_id}");
    let lock = common::lock(client, task, &subject).map_err(|fault| locked(&fault))?;
    let found = cloud::devices(client, &org_id).map_err(|error| failed(task, &error))?;
    let devices = params::chosen(client, &org_id, options, task, found)?;
    let policy = Policy { downgrade: options.downgrade, force: options.force, reboot: options.reboot };
    let mut rows = rows(client, &org_id, options, devices, policy)?;
    if options.strategy == super::Strategy::Rrm
        && rows.iter().any(|row| row.step == Step::Order && row.device.kind != "ap")
    {
        return Err(OptionError::new(
            "strategy",
            "rrm is for access points. Set another strategy, or where: {type: ap}.",
        )
        .into());
    }
    let jobs = jobs(client, &rows).map_err(|error| failed(task, &error))?;
    if rows.iter().any(|row| row.step == Step::Order) {
        // A job may have ended between the first look at the devices and the look at the jobs.
        let reported = cloud::reported(client, &org_id).map_err(|error| failed(task, &error))?;
        rows = rows.into_iter().map(|row| again(row, &reported, policy)).collect();
    }
    plan::attach(&mut rows, &jobs, policy).map_err(|conflict| conflicts(&conflict))?;
    check_offered(client, &org_id, options, &rows)?;
    check_restart(options, &rows)?;
    let mut results: Vec<DeviceResult> = rows.iter().map(result).collect();
    let mut run = Run { client, options, org_id: &org_id, rows: &rows, results: &mut results };
    let problem = if task.check_mode() {
        rows.iter()
            .zip(&mut results)
            .filter(|(row, _)| row.step == Step::Order)
            .for_each(|(_, one)| one.state = State::Ordered);
        None
    } else {
        let ordered = run.order(params, &jobs);
        // Other runs may look while this one waits.
        drop(lock);
        match ordered {
            None if options.wait => run.wait(),
            ordered => ordered,
        }
    };
    finish(&rows, results, task, &org_id, problem)
}

/// The rows, each with its target.
fn rows(
    client: &Client,
    org_id: &str,
    options: &Options,
    devices: Vec<Device>,
    policy: Policy,
) -> Result<Vec<Row>, OptionError> {
    let is_suggested = |device: &Device| params::wanted(options, &device.model) == Some(SUGGESTED);
    let kinds: BTreeSet<String> =
        devices.iter().filter(|device| is_suggested(device)).map(|device| device.kind.clone()).collect();
    let versions = cloud::versions(client, org_id, &kinds).map_err(messages::option_error)?;
    let suggested = params::suggested(&versions);
    let is_named = options.devices.is_some();
    let mut rows = Vec::new();
    for device in devices {
        match params::wanted(options, &device.model) {
            Some(SUGGESTED) => {
                let Some(version) = suggested.get(device.model.as_str()) else {
                    let reason =
                        format!("the cloud suggests no version for {}. Set one in models.", quoted(&device.model));
                    return Err(OptionError::new(option(options), reason));
                };
                rows.push(plan::row(device, (*version).to_owned(), policy));
            }
            Some(version) => rows.push(plan::row(device, version.to_owned(), policy)),
            None if is_named => {
                let step = Step::Skip("models has no version for its model.");
                rows.push(Row { to: device.version.clone().unwrap_or_default(), device, step });
            }
            None => {}
        }
    }
    Ok(rows)
}

/// The row of a device to be ordered, by its latest report.
fn again(row: Row, reported: &HashMap<String, Device>, policy: Policy) -> Row {
    match reported.get(&row.device.mac) {
        Some(now) if row.step == Step::Order => {
            let (version, is_updating) = (now.version.clone(), now.is_updating);
            let device = Device { version, is_updating, is_connected: now.is_connected, ..row.device };
            plan::row(device, row.to, policy)
        }
        _ => row,
    }
}

fn option(options: &Options) -> &'static str {
    if options.models.is_some() { "models" } else { "version" }
}

/// The jobs of each site that decide about rows.
fn jobs(client: &Client, rows: &[Row]) -> Result<BTreeMap<String, Vec<Job>>, Error> {
    let sites: BTreeSet<&str> = plan::sites(rows).collect();
    let mut jobs = BTreeMap::new();
    for site in sites {
        let of_site = rows.iter().filter(|row| row.device.site_id.as_deref() == Some(site) && row.device.kind != "ap");
        let versions: BTreeSet<&str> = of_site.map(|row| row.to.as_str()).collect();
        jobs.insert(site.to_owned(), cloud::jobs(client, site, &versions)?);
    }
    Ok(jobs)
}

/// Checks that the cloud offers the versions to be ordered, unless it lists none for a model.
fn check_offered(client: &Client, org_id: &str, options: &Options, rows: &[Row]) -> Result<(), OptionError> {
    let is_checked =
        |row: &&Row| row.step == Step::Order && params::wanted(options, &row.device.model) != Some(SUGGESTED);
    let checked: Vec<&Row> = rows.iter().filter(is_checked).collect();
    let kinds = checked.iter().map(|row| row.device.kind.clone()).collect();
    let versions = cloud::versions(client, org_id, &kinds).map_err(messages::option_error)?;
    for row in checked {
        let of_model = versions.iter().filter(|one| one.model.as_deref() == Some(&row.device.model));
        let mut offered: Vec<&str> = of_model.filter_map(|one| one.version.as_deref()).collect();
        if !offered.is_empty() && !offered.contains(&row.to.as_str()) {
            offered.sort_by(|one, other| plan::compare(other, one));
            let newest = offered.into_iter().take(3).collect::<Vec<_>>().join(", ");
            let (version, model) = (quoted(&row.to), quoted(&row.device.model));
            let reason =
                format!("the cloud does not offer {version} for {model}. Set another version. Newest: {newest}.");
            return Err(OptionError::new(option(options), reason));
        }
    }
    Ok(())
}

/// Switches and gateways report a version only after their restart.
fn check_restart(options: &Options, rows: &[Row]) -> Result<(), OptionError> {
    let waits_for_ever = |row: &&Row| row.step == Step::Order && row.device.kind != "ap";
    if options.wait && !options.reboot && rows.iter().any(|row| waits_for_ever(&row)) {
        let reason = "required with wait for switches and gateways: they report a version after their restart. Set reboot: true.";
        return Err(OptionError::new("reboot", reason));
    }
    Ok(())
}

fn conflicts(conflict: &Conflict) -> OptionError {
    let version = conflict.version.as_deref().map_or_else(|| "an unknown version".to_owned(), quoted);
    let reason = format!(
        "job {} already brings device {} to {version}. Nothing was ordered. Wait for the job, or cancel it.",
        conflict.job, conflict.device
    );
    OptionError::new("version", reason)
}

fn result(row: &Row) -> DeviceResult {
    let device = &row.device;
    let (state, reason, upgrade_id) = match &row.step {
        Step::Current => (State::Current, None, None),
        Step::Skip(reason) => (State::Skipped, Some((*reason).to_owned()), None),
        Step::Offline => (State::Offline, None, None),
        Step::Attach(job) => (State::Downloading, None, job.clone()),
        Step::Installed(job) => (
            State::Upgraded,
            Some("it is installed and runs after a restart. Set reboot: true.".to_owned()),
            Some(job.clone()),
        ),
        // Until it is ordered.
        Step::Order => (State::Skipped, Some("an earlier order failed.".to_owned()), None),
    };
    DeviceResult {
        mac: device.mac.clone(),
        name: device.name.clone(),
        model: device.model.clone(),
        from: device.version.clone(),
        to: row.to.clone(),
        state,
        reason,
        upgrade_id,
    }
}

struct Run<'a> {
    client: &'a Client,
    options: &'a Options,
    org_id: &'a str,
    rows: &'a [Row],
    results: &'a mut [DeviceResult],
}

impl Run<'_> {
    /// Sends the orders, each once. Returns the problem of the first one that failed.
    fn order(&mut self, params: &Params, jobs: &BTreeMap<String, Vec<Job>>) -> Option<String> {
        let mut known: BTreeSet<String> = jobs.values().flatten().map(|job| job.id.clone()).collect();
        for order in plan::orders(self.rows) {
            if interruption::is_requested() {
                return Some("A signal ended the run before all orders were sent.".to_owned());
            }
            let devices: Vec<&Device> = order.rows.iter().map(|row| &self.rows[*row].device).collect();
            let macs: BTreeSet<&str> = devices.iter().map(|device| device.mac.as_str()).collect();
            let body = cloud::body(&devices, &order.version, params::fields(self.options, params, &order.kind));
            interruption::begin_change();
            let (state, reason, job, problem) = match cloud::order(self.client, &order.site_id, &body, &macs, &known) {
                Ordered::Job(id) => (State::Ordered, None, Some(id), None),
                Ordered::Refused(error) => {
                    let message = messages::message(&error);
                    (State::Failed, Some("the cloud refused the order.".to_owned()), None, Some(message))
                }
                Ordered::Unknown(error) => {
                    let addition = "The order may take effect. The next run finds its job, and does not order again.";
                    let message = messages::message_with(&error, addition);
                    (State::Failed, Some("the response to the order was lost.".to_owned()), None, Some(message))
                }
            };
            known.extend(job.clone());
            for row in &order.rows {
                let one = &mut self.results[*row];
                (one.state, one.reason, one.upgrade_id) = (state, reason.clone(), job.clone());
            }
            if problem.is_some() {
                return problem;
            }
        }
        None
    }

    /// Waits until each device that has a job reports its version.
    fn wait(&mut self) -> Option<String> {
        let limit = Duration::from_secs(self.options.wait_timeout.unsigned_abs());
        let (began, interval) = (Instant::now(), Duration::from_secs_f64(self.options.interval));
        loop {
            if let Err(error) = self.look() {
                return Some(messages::message(&error));
            }
            let waiting = self.results.iter().filter(|one| is_pending(one.state)).count();
            if waiting == 0 {
                return None;
            }
            if began.elapsed() + interval > limit {
                for one in self.results.iter_mut().filter(|one| is_pending(one.state)) {
                    (one.state, one.reason) =
                        (State::Failed, Some("it did not report the version in time.".to_owned()));
                }
                return Some(format!(
                    "wait_timeout: {waiting} devices did not report their version in {} seconds. The next run waits for the same jobs.",
                    limit.as_secs()
                ));
            }
            let pause = Instant::now();
            while pause.elapsed() < interval {
                if interruption::is_requested() {
                    return Some(
                        "A signal ended the waiting. The jobs go on, and the next run waits for them again.".to_owned(),
                    );
                }
                std::thread::sleep(SLICE.min(interval));
            }
        }
    }

    /// Reads the jobs and the versions, and sets the states.
    fn look(&mut self) -> Result<(), Error> {
        let mut jobs: BTreeMap<String, Job> = BTreeMap::new();
        for (row, one) in self.rows.iter().zip(&*self.results).filter(|(_, one)| is_pending(one.state)) {
            if let (Some(id), Some(site)) = (&one.upgrade_id, &row.device.site_id)
                && !jobs.contains_key(id)
            {
                jobs.insert(id.clone(), cloud::job_of(self.client, site, id)?);
            }
        }
        // After the jobs: a device reports its version before its job completes.
        let mut reported = cloud::reported(self.client, self.org_id)?;
        for (row, one) in self.rows.iter().zip(self.results.iter_mut()).filter(|(_, one)| is_pending(one.state)) {
            let device = reported.remove(&row.device.mac);
            let job = one.upgrade_id.as_ref().and_then(|id| jobs.get(id));
            (one.state, one.reason) = state(row, device.as_ref(), job);
        }
        Ok(())
    }
}

fn is_pending(state: State) -> bool {
    matches!(state, State::Ordered | State::Downloading)
}

/// The state of a device that is waited for: only its own report is a success.
fn state(row: &Row, device: Option<&Device>, job: Option<&Job>) -> (State, Option<String>) {
    let failed = |reason: &str| (State::Failed, Some(reason.to_owned()));
    let is_reported = device.is_some_and(|device| device.version.as_deref() == Some(&row.to));
    // With force, the version is reported from the beginning.
    let is_ended = job.is_none_or(|job| !job.is_active());
    if is_reported && (is_ended || row.device.version.as_deref() != Some(&row.to)) {
        return (State::Upgraded, None);
    }
    let Some(job) = job else {
        return match device {
            Some(device) if !device.is_updating => failed("its update ended with another version."),
            _ => (State::Downloading, None),
        };
    };
    let progress = job.devices.as_ref().and_then(|devices| devices.get(&row.device.mac));
    match (job.status.as_str(), progress) {
        ("cancelled", _) => failed("its job was canceled."),
        ("failed", _) => failed("its job failed."),
        (_, Some(Progress::Failed)) => failed("the cloud reports that its upgrade failed."),
        (_, Some(Progress::Skipped)) if !job.is_active() => failed("the cloud skipped it."),
        ("created" | "queued", _) => (State::Ordered, None),
        _ => (State::Downloading, None),
    }
}

fn finish(
    rows: &[Row],
    results: Vec<DeviceResult>,
    task: &Task,
    org_id: &str,
    problem: Option<String>,
) -> Outcome<Results> {
    let is_ordered = |(row, one): &(&Row, &DeviceResult)| {
        row.step == Step::Order && (one.upgrade_id.is_some() || (task.check_mode() && one.state == State::Ordered))
    };
    let (mut before, mut after) = (Map::new(), Map::new());
    for (_, one) in rows.iter().zip(&results).filter(is_ordered) {
        before.insert(one.mac.clone(), one.from.clone().map_or(Value::Null, Value::from));
        after.insert(one.mac.clone(), one.to.clone().into());
    }
    let changed = !after.is_empty();
    let diff = (changed && task.diff_mode()).then(|| {
        Diff::new(Value::Object(before), Value::Object(after)).headed(format!("firmware of organization {org_id}"))
    });
    let ids: BTreeSet<&String> = results.iter().filter_map(|one| one.upgrade_id.as_ref()).collect();
    let upgrade_ids = ids.into_iter().cloned().collect();
    let lost: Vec<&DeviceResult> = results.iter().filter(|one| one.state == State::Failed).collect();
    let problem = problem.or_else(|| {
        let names: Vec<&str> = lost.iter().take(5).map(|one| one.mac.as_str()).collect();
        let first = lost.first()?;
        let reason = first.reason.as_deref().unwrap_or_default();
        Some(format!("{} devices failed ({}). The first: {reason}", lost.len(), names.join(", ")))
    });
    let results = Results { devices: results, upgrade_ids };
    match problem {
        None => Ok(Success::new(changed, results).with_diff(diff)),
        Some(problem) => Err(Failure::new(problem).with_changed(changed).with_diff(diff).with_results(results)),
    }
}

/// The message of a lock that could not be taken.
fn locked(fault: &lock::Fault) -> String {
    match fault {
        lock::Fault::Held { owner, path, .. } => format!(
            "max_wait: another run on this machine holds the {owner}. Run the task again later, or set a larger max_wait. Lock: {}",
            path.display()
        ),
        lock::Fault::Unusable { path, reason } => {
            format!("The lock for the firmware cannot be used ({reason}). Make it writable: {}", path.display())
        }
        lock::Fault::NoDirectory(tried) => {
            let tried: Vec<String> = tried.iter().map(|(path, _)| path.display().to_string()).collect();
            format!("No directory for locks can be used. Make one writable: {}", tried.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_reported_version_is_a_success() {
        let device =
            |version: &str, is_updating| Device { version: Some(version.into()), is_updating, ..Device::default() };
        let row = plan::row(Device { mac: "5c5b35000001".into(), ..device("1", false) }, "2".into(), Policy::default());
        let job = |status: &str, progress| {
            let devices = Some(BTreeMap::from([("5c5b35000001".to_owned(), progress)]));
            Job { status: status.into(), devices, ..Job::default() }
        };
        for (reported, job, expected) in [
            (Some(device("2", false)), Some(job("upgrading", Progress::Running)), State::Upgraded),
            (Some(device("2", false)), None, State::Upgraded),
            (Some(device("1", false)), Some(job("completed", Progress::Done)), State::Downloading),
            (Some(device("1", false)), Some(job("upgrading", Progress::Failed)), State::Failed),
            (Some(device("1", false)), Some(job("cancelled", Progress::Waiting)), State::Failed),
            (Some(device("1", false)), Some(job("failed", Progress::Running)), State::Failed),
            (Some(device("1", false)), Some(job("completed", Progress::Skipped)), State::Failed),
            (Some(device("1", false)), Some(job("queued", Progress::Waiting)), State::Ordered),
            (Some(device("3", false)), None, State::Failed),
            (Some(device("1", true)), None, State::Downloading),
            (None, None, State::Downloading),
            (None, Some(job("completed", Progress::Done)), State::Downloading),
        ] {
            assert_eq!(state(&row, reported.as_ref(), job.as_ref()).0, expected, "{reported:?} {job:?}");
        }
        let forced = plan::row(device("2", false), "2".into(), Policy { force: true, ..Policy::default() });
        let reported = device("2", false);
        assert_eq!(state(&forced, Some(&reported), Some(&job("upgrading", Progress::Running))).0, State::Downloading);
        assert_eq!(state(&forced, Some(&reported), Some(&job("completed", Progress::Done))).0, State::Upgraded);
    }
}
