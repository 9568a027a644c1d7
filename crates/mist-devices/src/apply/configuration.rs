//! Writes the configuration of devices.

use super::Run;
use crate::config;
use crate::decision::Decision;
use crate::facts::documents;
use crate::outcome::{Configured, Reason};
use crate::set::plan_for;
use mist_client::{interruption, workers};
use mist_objects::apply::{Context, apply as apply_object};
use mist_objects::listing::Scope;
use mist_objects::names::Index;
use mist_objects::plan::Fields;
use std::collections::{BTreeSet, HashMap};

impl Run<'_> {
    pub(super) fn configure(&mut self, group: &[usize], progress: &(dyn Fn(usize, usize) + Sync)) {
        let fresh: Vec<usize> = group.iter().copied().filter(|position| self.is_planned_again(*position)).collect();
        let again: BTreeSet<usize> = fresh.iter().copied().collect();
        let documents = if fresh.is_empty() {
            Ok(HashMap::new())
        } else if let Some(reason) = self.stop_reason() {
            Err(reason)
        } else {
            let devices = fresh.iter().filter_map(|position| self.decision(*position)?.device.as_ref());
            documents(self.client, &self.plan.world, devices).map_err(Reason::Client)
        };
        let mut jobs: Vec<(usize, Configured)> = Vec::new();
        let mut failed: Vec<(usize, Reason)> = Vec::new();
        {
            let index = Index::new(&self.plan.facts.known);
            for position in group {
                let Some(decision) = self.decision(*position) else { continue };
                let plan = if again.contains(position) {
                    match &documents {
                        Ok(documents) => self.planned_again(*position, decision, documents, &index).map(Some),
                        Err(reason) => Err(reason.clone()),
                    }
                } else {
                    Ok(self.plan.rows.get(*position).and_then(|plan| plan.config().cloned()))
                };
                match plan {
                    Ok(Some(plan)) => {
                        let warnings = plan.plan.warnings.clone();
                        let after = plan.plan.found.clone();
                        jobs.push((*position, Configured { plan, after, not_kept: Vec::new(), warnings }));
                    }
                    Ok(None) => {}
                    Err(reason) => failed.push((*position, reason)),
                }
            }
        }
        failed.into_iter().for_each(|(position, reason)| self.fail(position, reason));
        let (due, idle): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|(_, job)| job.plan.changes());
        for (position, job) in idle {
            if let Some(row) = self.rows.get_mut(position) {
                row.config = Some(Box::new(job));
            }
        }
        if let (Some(reason), false) = (self.stop_reason(), due.is_empty()) {
            due.into_iter().for_each(|(position, _)| self.fail(position, reason.clone()));
            return;
        }
        self.write(due, progress);
    }

    /// True for a row whose configuration was planned before the device was at its site.
    fn is_planned_again(&self, position: usize) -> bool {
        let (Some(decision), Some(row)) = (self.decision(position), self.row(position)) else { return false };
        let declares = row.has_config()
            || row.name.is_some()
            || self.set.defaults.mist_configured.or(row.mist_configured).is_some();
        self.fresh.contains(&position) && declares && decision.site_id.is_some() && decision.device.is_some()
    }

    fn planned_again(
        &self,
        position: usize,
        decision: &Decision,
        documents: &HashMap<String, Fields>,
        index: &Index<'_>,
    ) -> Result<config::ConfigPlan, Reason> {
        let (Some(row), Some(device)) = (self.row(position), &decision.device) else {
            return Err(Reason::NotConfirmed);
        };
        let plan = || {
            let kind = config::kind(&device.device_type)?;
            let typed = config::typed(row, &kind, self.set.defaults.mist_configured)?;
            let found = documents.get(device.target()).ok_or(config::ConfigError::NotListed)?;
            plan_for(row, &typed, device, found, decision.site_id.as_deref(), &self.plan.facts, index, self.set)
        };
        plan().map_err(Reason::Config)
    }

    fn write(&mut self, due: Vec<(usize, Configured)>, progress: &(dyn Fn(usize, usize) + Sync)) {
        let finished = std::sync::atomic::AtomicUsize::new(0);
        let stop = std::sync::atomic::AtomicBool::new(false);
        let total = due.len();
        let order = std::sync::atomic::Ordering::Relaxed;
        let jobs: Vec<(usize, &Configured, Scope)> = due
            .iter()
            .map(|(position, job)| {
                let site_id = self.decision(*position).and_then(|decision| decision.site_id.clone());
                (*position, job, Scope { org_id: Some(self.set.org_id.clone()), site_id, msp_id: None })
            })
            .collect();
        let (nothing, rules) = (BTreeSet::new(), &self.set.config.rules);
        let results = workers::each(self.client, &jobs, |client, (_, job, scope)| {
            if stop.load(order) || interruption::is_requested() {
                return None;
            }
            let context = Context { scope, kind: &job.plan.kind, rules, before: &nothing };
            let result = apply_object(client, context, &job.plan.declared, &[], &job.plan.plan);
            if let Err(failed) = &result
                && let mist_objects::error::ObjectError::Client(error) = &failed.error
                && !error.is_about_one_thing()
            {
                stop.store(true, order);
            }
            progress(finished.fetch_add(1, order) + 1, total);
            Some(result)
        });
        drop(jobs);
        let mut waiting = Vec::new();
        for ((position, mut job), result) in due.into_iter().zip(results) {
            match result {
                None => waiting.push(position),
                Some(Ok(outcome)) => {
                    (job.after, job.not_kept, job.warnings) = (outcome.after, outcome.not_kept, outcome.warnings);
                    if let Some(row) = self.rows.get_mut(position) {
                        row.steps.config = outcome.changed;
                        row.config = Some(Box::new(job));
                    }
                }
                Some(Err(failed)) => {
                    if let Some(row) = self.rows.get_mut(position) {
                        row.steps.config = failed.changed;
                        row.config = failed.changed.then(|| Box::new(job));
                    }
                    self.fail(position, Reason::Object(failed.error));
                }
            }
        }
        for position in waiting {
            let reason = self.stop_reason().unwrap_or(Reason::Signal);
            self.fail(position, reason);
        }
    }
}
