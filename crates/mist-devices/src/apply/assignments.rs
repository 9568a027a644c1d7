//! Assigns devices to sites and profiles, and releases them.

use super::{Run, Sent, send};
use crate::answers::{self, Verdict};
use crate::decision::SiteChange;
use crate::inventory::Device;
use crate::outcome::Reason;
use mist_client::{Client, interruption, path, workers};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

/// The most devices of a request.
const DEVICES: usize = 100;

/// Rows with the name of each in a request: a MAC address.
type Rows = Vec<(usize, String)>;

/// The site of an assignment, `mist_configured`, and whether devices may be moved.
type Target = (String, Option<bool>, bool);

/// A request about several rows.
struct Batch {
    method: &'static str,
    path: String,
    body: Value,
    rows: Rows,
}

/// The answer for a row of a batch.
enum Answered {
    Done,
    Failed(Reason),
    /// The inventory decides, otherwise this is the reason.
    Doubtful(Reason),
}

impl Run<'_> {
    pub(super) fn sites(&mut self, group: &[usize]) {
        let mut targets: BTreeMap<Target, Rows> = BTreeMap::new();
        let mut leaving = Vec::new();
        for position in group {
            let (Some(decision), Some(row)) = (self.decision(*position), self.row(*position)) else { continue };
            let Some(device) = &decision.device else { continue };
            let one = (*position, device.target().to_owned());
            let configured =
                row.mist_configured.or(self.set.defaults.mist_configured).filter(|_| device.device_type != "ap");
            match &decision.site {
                SiteChange::Nothing => {}
                SiteChange::Assign { to } => targets.entry((to.clone(), configured, false)).or_default().push(one),
                SiteChange::Move { to, .. } => targets.entry((to.clone(), configured, true)).or_default().push(one),
                SiteChange::Unassign { .. } => leaving.push(one),
            }
        }
        let mut batches = Vec::new();
        for ((site_id, configured, moves), rows) in targets {
            for rows in chunks(rows) {
                let mut body = json!({"op": "assign", "site_id": site_id, "macs": macs(&rows), "no_reassign": !moves});
                if let Some(configured) = configured {
                    body["mist_configured"] = json!(configured);
                }
                batches.push(Batch { method: "PUT", path: self.inventory_path(), body, rows });
            }
        }
        for rows in chunks(leaving) {
            let body = json!({"op": "unassign", "macs": macs(&rows)});
            batches.push(Batch { method: "PUT", path: self.inventory_path(), body, rows });
        }
        let is_at = |run: &Self, position: usize, device: &Device| {
            let site = run.decision(position).and_then(|decision| decision.site_id.as_deref());
            device.site_id.as_deref() == site
        };
        for position in self.send_all(batches, &is_at) {
            self.fresh.insert(position);
            let Some(row) = self.rows.get_mut(position) else { continue };
            let Some(decision) = &mut row.decision else { continue };
            match &decision.site {
                SiteChange::Assign { .. } => row.steps.assigned = true,
                SiteChange::Move { .. } => row.steps.moved = true,
                SiteChange::Unassign { .. } => row.steps.unassigned = true,
                SiteChange::Nothing => {}
            }
            for device in [&mut decision.device, &mut row.device].into_iter().flatten() {
                device.site_id.clone_from(&decision.site_id);
            }
        }
    }

    pub(super) fn profiles(&mut self, group: &[usize]) {
        let mut targets: BTreeMap<(String, &'static str), Rows> = BTreeMap::new();
        for position in group {
            let Some(decision) = self.decision(*position) else { continue };
            let (Some(device), Some(change)) = (&decision.device, &decision.profile) else { continue };
            let key = match (&change.to, &change.from) {
                (Some(to), _) => (to.clone(), "assign"),
                (None, Some(from)) => (from.clone(), "unassign"),
                (None, None) => continue,
            };
            targets.entry(key).or_default().push((*position, device.target().to_owned()));
        }
        let mut batches = Vec::new();
        for ((id, op), rows) in targets {
            for rows in chunks(rows) {
                let (org_id, id) = (path::encode(&self.set.org_id), path::encode(&id));
                let path = format!("/api/v1/orgs/{org_id}/deviceprofiles/{id}/{op}");
                batches.push(Batch { method: "POST", path, body: json!({ "macs": macs(&rows) }), rows });
            }
        }
        let has = |run: &Self, position: usize, device: &Device| {
            let change = run.decision(position).and_then(|decision| decision.profile.as_ref());
            change.is_some_and(|change| device.profile_id == change.to)
        };
        for position in self.send_all(batches, &has) {
            if let Some(row) = self.rows.get_mut(position) {
                row.steps.profile = true;
            }
        }
    }

    pub(super) fn release(&mut self) {
        let rows = (0..self.rows.len()).filter_map(|position| {
            let decision = self.decision(position).filter(|decision| decision.release)?;
            Some((position, decision.device.as_ref()?.mac.clone()))
        });
        let batches = chunks(rows.collect()).into_iter().map(|rows| {
            let body = json!({"op": "delete", "macs": macs(&rows)});
            Batch { method: "PUT", path: self.inventory_path(), body, rows }
        });
        let batches = batches.collect();
        // A released device is in no inventory.
        for position in self.send_all(batches, &|_, _, _| false) {
            if let Some(row) = self.rows.get_mut(position) {
                row.steps.released = true;
            }
        }
    }

    /// Sends batches, several at the same time, and returns the rows that are done. `holds` judges the record of a doubtful row.
    fn send_all(&mut self, batches: Vec<Batch>, holds: &dyn Fn(&Self, usize, &Device) -> bool) -> Vec<usize> {
        let (mut done, mut open) = (Vec::new(), batches);
        let mut repeated = false;
        while !open.is_empty() {
            if let Some(reason) = self.stop_reason() {
                for (position, _) in open.iter().flat_map(|batch| &batch.rows) {
                    self.fail(*position, reason.clone());
                }
                break;
            }
            interruption::begin_change();
            let stop = AtomicBool::new(false);
            let answered = workers::each(self.client, &open, |client, batch| {
                if stop.load(Ordering::Relaxed) {
                    return None;
                }
                let answered = one_batch(client, batch);
                if answered.iter().any(|(_, answered)| answered.stops()) {
                    stop.store(true, Ordering::Relaxed);
                }
                Some(answered)
            });
            let (mut doubtful, mut rest) = (Vec::new(), Vec::new());
            for (batch, answered) in open.into_iter().zip(answered) {
                let Some(answered) = answered else {
                    rest.push(batch);
                    continue;
                };
                // The client repeats a PUT. A profile can be assigned twice, too.
                let is_lost =
                    answered.iter().all(|(_, answered)| matches!(answered, Answered::Doubtful(Reason::Client(_))));
                if batch.method == "POST" && is_lost && !repeated && !interruption::is_requested() {
                    repeated = true;
                    rest.push(batch);
                    continue;
                }
                let mut by_own_address = Rows::new();
                for ((position, answered), (_, name)) in answered.into_iter().zip(&batch.rows) {
                    match answered {
                        Answered::Done => done.push(position),
                        Answered::Failed(reason) => match self.own_address(position, name) {
                            Some(mac) if matches!(reason, Reason::Refused(_)) => by_own_address.push((position, mac)),
                            _ => self.fail(position, reason),
                        },
                        Answered::Doubtful(reason) => doubtful.push((position, reason)),
                    }
                }
                if !by_own_address.is_empty() {
                    let mut body = batch.body;
                    body["macs"] = json!(macs(&by_own_address));
                    rest.push(Batch { body, rows: by_own_address, ..batch });
                }
            }
            done.extend(self.settle(doubtful, holds));
            open = rest;
        }
        done
    }

    /// The own address of a member, if the request had the virtual one of its chassis, which the inventory does not list.
    fn own_address(&self, position: usize, name: &str) -> Option<String> {
        let device = self.decision(position)?.device.as_ref()?;
        let is_virtual = device.mac != name && self.plan.world.inventory.by_mac(name).is_none();
        is_virtual.then(|| device.mac.clone())
    }

    /// Looks in the inventory for the effect of doubtful requests, and returns the rows that have it.
    fn settle(&mut self, doubtful: Vec<(usize, Reason)>, holds: &dyn Fn(&Self, usize, &Device) -> bool) -> Vec<usize> {
        if doubtful.is_empty() {
            return Vec::new();
        }
        if let Err(error) = self.look_again() {
            for (position, reason) in doubtful {
                self.fail(
                    position,
                    if reason == Reason::NotConfirmed { Reason::Client(error.clone()) } else { reason },
                );
            }
            return Vec::new();
        }
        let mut done = Vec::new();
        for (position, reason) in doubtful {
            let decision = self.decision(position);
            let releases = decision.is_some_and(|decision| decision.release);
            let device = decision.and_then(|decision| decision.device.as_ref());
            let now = device.and_then(|device| self.plan.world.inventory.by_mac(&device.mac));
            let is_done = match now {
                Some(now) => holds(self, position, now) || holds(self, position, self.plan.world.inventory.head(now)),
                None => releases,
            };
            if is_done { done.push(position) } else { self.fail(position, reason) }
        }
        done
    }
}

impl Answered {
    /// True for a failure that probably affects every request.
    fn stops(&self) -> bool {
        matches!(self, Self::Failed(Reason::Client(error)) | Self::Doubtful(Reason::Client(error)) if !error.is_about_one_thing())
    }
}

/// Requests of so many devices. Several rows of one virtual chassis have the same name in the request.
fn chunks(rows: Rows) -> Vec<Rows> {
    let mut all: Vec<Rows> = Vec::new();
    let mut counted: BTreeSet<String> = BTreeSet::new();
    for (position, mac) in rows {
        let is_new = !counted.contains(&mac);
        if all.is_empty() || (is_new && counted.len() >= DEVICES) {
            all.push(Vec::new());
            counted.clear();
        }
        counted.insert(mac.clone());
        if let Some(last) = all.last_mut() {
            last.push((position, mac));
        }
    }
    all
}

fn macs(rows: &[(usize, String)]) -> Vec<&str> {
    let mut all: Vec<&str> = Vec::new();
    for (_, mac) in rows {
        if all.last() != Some(&mac.as_str()) && !all.contains(&mac.as_str()) {
            all.push(mac);
        }
    }
    all
}

fn one_batch(client: &Client, batch: &Batch) -> Vec<(usize, Answered)> {
    let all =
        |answered: &dyn Fn() -> Answered| batch.rows.iter().map(|(position, _)| (*position, answered())).collect();
    if interruption::is_requested() {
        return all(&|| Answered::Failed(Reason::Signal));
    }
    match send(client, batch.method, &batch.path, &batch.body) {
        Ok(answer) => {
            let verdicts = answers::verdicts(&answer);
            let one = |(position, mac): &(usize, String)| {
                let answered = match verdicts.get(&answers::key(mac)) {
                    Some(Verdict::Done | Verdict::Duplicated) => Answered::Done,
                    Some(Verdict::Refused(Some(reason))) if answers::is_about_member(reason) => {
                        Answered::Doubtful(Reason::Refused(Some(reason.clone())))
                    }
                    Some(Verdict::Refused(reason)) => Answered::Failed(Reason::Refused(reason.clone())),
                    None => Answered::Doubtful(Reason::NotConfirmed),
                };
                (*position, answered)
            };
            batch.rows.iter().map(one).collect()
        }
        Err(Sent::Lost(error)) => all(&|| Answered::Doubtful(Reason::Client(error.clone()))),
        Err(Sent::Refused(reason)) => all(&|| Answered::Failed(reason.clone())),
    }
}
