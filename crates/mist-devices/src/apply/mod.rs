//! Carries out the plan of a set: claims, replacements, sites, profiles, configuration, releases.
//!
//! Only what an answer or the inventory confirms is reported. After an answer that is lost, or that does not mention a device, the
//! inventory decides.

mod assignments;
mod claims;
mod configuration;
mod waiting;

use crate::answers;
use crate::decision::{Decision, decide};
use crate::outcome::{Reason, RowOutcome};
use crate::read;
use crate::row::Row;
use crate::set::{Declaration, RowPlan, SetPlan};
use mist_client::{Client, Error, interruption, path};
use serde_json::Value;
use std::collections::BTreeSet;

/// A run.
pub(crate) struct Run<'a> {
    pub(crate) client: &'a Client,
    pub(crate) set: &'a Declaration,
    pub(crate) plan: SetPlan,
    pub(crate) rows: Vec<RowOutcome>,
    /// Rows whose configuration is planned again, because the device is new at its site.
    fresh: BTreeSet<usize>,
    stopped: Option<Reason>,
}

/// Carries out the plan. `progress` receives the number of finished and of all rows with configuration.
#[must_use]
pub fn apply(
    client: &Client,
    set: &Declaration,
    plan: SetPlan,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> (SetPlan, Vec<RowOutcome>) {
    let rows = plan.rows.iter().map(RowOutcome::of).collect();
    let mut run = Run { client, set, plan, rows, fresh: BTreeSet::new(), stopped: None };
    if run.plan.rows.iter().any(RowPlan::changes) {
        run.claim();
        for group in run.groups() {
            run.replace(&group);
            run.sites(&group);
            run.profiles(&group);
            run.configure(&group, progress);
            run.wait(&group);
            if set.stop_on_error
                && let Some(failed) =
                    group.iter().find(|row| run.rows.get(**row).is_some_and(|row| row.failure.is_some()))
            {
                let title = run.title(*failed);
                run.stopped.get_or_insert(Reason::After(title));
            }
        }
        run.release();
    }
    (run.plan, run.rows)
}

impl Run<'_> {
    fn row(&self, position: usize) -> Option<&Row> {
        self.set.rows.get(position)
    }

    fn title(&self, position: usize) -> String {
        self.row(position).map(Row::title).unwrap_or_default()
    }

    fn decision(&self, position: usize) -> Option<&Decision> {
        let outcome = self.rows.get(position)?;
        outcome.decision.as_ref().filter(|_| outcome.failure.is_none())
    }

    fn inventory_path(&self) -> String {
        format!("/api/v1/orgs/{}/inventory", path::encode(&self.set.org_id))
    }

    /// The reason that nothing new is begun.
    fn stop_reason(&self) -> Option<Reason> {
        if interruption::is_requested() { Some(Reason::Signal) } else { self.stopped.clone() }
    }

    pub(crate) fn fail(&mut self, position: usize, reason: Reason) {
        let stops = match &reason {
            Reason::Client(error) => !error.is_about_one_thing(),
            Reason::Object(mist_objects::error::ObjectError::Client(error)) => !error.is_about_one_thing(),
            _ => false,
        };
        if stops {
            let title = self.title(position);
            self.stopped.get_or_insert(Reason::After(title));
        }
        if let Some(row) = self.rows.get_mut(position) {
            row.failure.get_or_insert(reason);
        }
    }

    /// The rows in groups that are worked on together: all, or those of a site.
    fn groups(&self) -> Vec<Vec<usize>> {
        let all = || (0..self.rows.len()).collect::<Vec<usize>>();
        if !self.set.stop_on_error {
            return vec![all()];
        }
        let mut groups: Vec<(Option<&str>, Vec<usize>)> = Vec::new();
        for position in all() {
            let site = self.rows.get(position).and_then(|row| row.decision.as_ref()?.site_id.as_deref());
            match groups.iter_mut().find(|(other, _)| *other == site) {
                Some((_, rows)) => rows.push(position),
                None => groups.push((site, vec![position])),
            }
        }
        groups.into_iter().map(|(_, rows)| rows).collect()
    }

    /// Reads the inventory again.
    fn look_again(&mut self) -> Result<(), Error> {
        self.plan.world.inventory = read::inventory(self.client, &self.set.org_id)?;
        Ok(())
    }

    /// Decides a row again, after the inventory changed.
    fn decide_again(&mut self, position: usize) {
        let set = self.set;
        let Some(row) = set.rows.get(position) else { return };
        self.fresh.insert(position);
        match decide(row, &self.plan.world, self.set.defaults) {
            Ok(decision) => {
                if let Some(outcome) = self.rows.get_mut(position) {
                    outcome.device.clone_from(&decision.device);
                    let before = outcome.decision.take().unwrap_or_default();
                    let (claim, replacement) = (before.claim, before.replacement.or(decision.replacement));
                    outcome.decision = Some(Decision { claim, replacement, ..decision });
                }
            }
            Err(error) => self.fail(position, Reason::Decision(error)),
        }
    }
}

/// The reason that a request has no result.
enum Sent {
    /// It may have had an effect.
    Lost(Error),
    Refused(Reason),
}

/// Sends a request about several devices. A result with errors may come with the status of an error.
fn send(client: &Client, method: &'static str, path: &str, body: &Value) -> Result<Value, Sent> {
    let accepts = |status: u16| (200..300).contains(&status) || status == 400 || status == 404;
    match client.request(method, path, Some(body), &accepts) {
        Ok(answer) if answer.is_success() || answers::is_result(&answer.json) => Ok(answer.json),
        Ok(answer) => {
            let detail = ["detail", "reason", "error"].into_iter().find_map(|name| answer.json[name].as_str());
            let detail = detail.map_or_else(|| answer.json.to_string(), str::to_owned);
            let detail = mist_client::redact::excerpt(&mist_client::redact::without_keys(&detail), 120);
            Err(Sent::Refused(Reason::Status { status: answer.status, detail }))
        }
        Err(error) if error.may_have_taken_effect() => Err(Sent::Lost(error)),
        Err(error) => Err(Sent::Refused(Reason::Client(error))),
    }
}
