//! Claims devices by their codes, and replaces devices.

use super::{Run, Sent, send};
use crate::answers::{self, Verdict};
use crate::decision::SiteChange;
use crate::inventory::Device;
use crate::outcome::Reason;
use mist_client::interruption;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The most claim codes of a request.
const CODES: usize = 50;

impl Run<'_> {
    pub(super) fn claim(&mut self) {
        let codes: Vec<(usize, String)> = self
            .plan
            .rows
            .iter()
            .enumerate()
            .filter_map(|(position, plan)| Some((position, plan.decision()?.claim.clone()?)))
            .collect();
        let mut again: BTreeSet<usize> = BTreeSet::new();
        for chunk in codes.chunks(CODES) {
            if let Some(reason) = self.stop_reason() {
                chunk.iter().for_each(|(position, _)| self.fail(*position, reason.clone()));
                continue;
            }
            again.extend(self.claim_batch(chunk));
        }
        if again.is_empty() {
            return;
        }
        if let Err(error) = self.look_again() {
            again.iter().for_each(|position| self.fail(*position, Reason::Client(error.clone())));
            return;
        }
        for position in again {
            self.decide_again(position);
            let is_missing = self.decision(position).is_some_and(|decision| decision.device.is_none());
            let needs_more = self.decision(position).is_some_and(|decision| {
                decision.site != SiteChange::Nothing || decision.profile.is_some() || decision.replacement.is_some()
            });
            if is_missing && needs_more {
                self.fail(position, Reason::NotConfirmed);
            }
        }
    }

    /// Claims some codes, and returns the rows whose devices are in the inventory now.
    fn claim_batch(&mut self, codes: &[(usize, String)]) -> Vec<usize> {
        let mut found = Vec::new();
        let mut open: Vec<(usize, String)> = codes.to_vec();
        for attempt in 0..2 {
            let list: Vec<&String> = open.iter().map(|(_, code)| code).collect();
            let client = self.client.hiding(list.iter().map(|code| (*code).clone()));
            interruption::begin_change();
            let lost = match send(&client, "POST", &self.inventory_path(), &json!(list)) {
                Ok(answer) => {
                    let verdicts = answers::verdicts(&answer);
                    open.retain(|(position, code)| {
                        let reason = match verdicts.get(code) {
                            None => return true,
                            Some(Verdict::Done) => None,
                            // The first request was lost, and had an effect.
                            Some(Verdict::Duplicated) if attempt > 0 => None,
                            Some(Verdict::Duplicated) => Some(Reason::Duplicated),
                            Some(Verdict::Refused(reason)) => {
                                let reason = reason
                                    .as_ref()
                                    .map(|reason| reason.replace(code.as_str(), &crate::row::code_start(code)));
                                self.fail(*position, Reason::Refused(reason));
                                return false;
                            }
                        };
                        if let Some(row) = self.rows.get_mut(*position) {
                            row.steps.claimed = reason.is_none();
                            row.note = reason;
                            row.device = row.device.take().or_else(|| claimed_device(&answer, code));
                        }
                        found.push(*position);
                        false
                    });
                    Reason::NotConfirmed
                }
                Err(Sent::Lost(error)) => Reason::Client(error),
                Err(Sent::Refused(mut reason)) => {
                    if let Reason::Status { detail, .. } = &mut reason {
                        // A refusal of the whole request may quote its codes.
                        let shown = |text: String, (_, code): &(usize, String)| {
                            text.replace(code, &crate::row::code_start(code))
                        };
                        *detail = open.iter().fold(std::mem::take(detail), shown);
                    }
                    open.iter().for_each(|(position, _)| self.fail(*position, reason.clone()));
                    return found;
                }
            };
            if open.is_empty() {
                return found;
            }
            // The inventory shows which of the codes were claimed.
            if self.look_again().is_ok() {
                let inventory = &self.plan.world.inventory;
                let (there, missing): (Vec<_>, Vec<_>) =
                    open.into_iter().partition(|(_, code)| inventory.by_code(code).is_some());
                for (position, _) in there {
                    if let Some(row) = self.rows.get_mut(position) {
                        row.steps.claimed = true;
                    }
                    found.push(position);
                }
                open = missing;
            }
            if open.is_empty() || attempt > 0 || interruption::is_requested() {
                open.iter().for_each(|(position, _)| self.fail(*position, lost.clone()));
                return found;
            }
        }
        found
    }

    pub(super) fn replace(&mut self, group: &[usize]) {
        let mut sent: Vec<(usize, Option<Reason>)> = Vec::new();
        for position in group {
            let Some(decision) = self.decision(*position).cloned() else { continue };
            let Some(replacement) = decision.replacement else { continue };
            if let Some(reason) = self.stop_reason() {
                self.fail(*position, reason);
                continue;
            }
            let Some(device) = decision.device else {
                self.fail(*position, Reason::NotConfirmed);
                continue;
            };
            let body = json!({
                "mac": replacement.old, "inventory_mac": device.mac, "site_id": replacement.site_id, "discard": [],
            });
            interruption::begin_change();
            let path = format!("{}/replace", self.inventory_path());
            match send(self.client, "POST", &path, &body) {
                Ok(answer) => {
                    let refused = answers::verdicts(&answer).into_values().find_map(|verdict| match verdict {
                        Verdict::Refused(reason) => Some(Reason::Refused(reason)),
                        _ => None,
                    });
                    sent.push((*position, refused));
                }
                Err(Sent::Lost(error)) => sent.push((*position, Some(Reason::Client(error)))),
                Err(Sent::Refused(reason)) => self.fail(*position, reason),
            }
        }
        if sent.is_empty() {
            return;
        }
        if let Err(error) = self.look_again() {
            sent.into_iter()
                .for_each(|(position, reason)| self.fail(position, reason.unwrap_or(Reason::Client(error.clone()))));
            return;
        }
        for (position, reason) in sent {
            let site = self.decision(position).and_then(|decision| decision.site_id.clone());
            let device = self.decision(position).and_then(|decision| decision.device.as_ref());
            let now = device.and_then(|device| self.plan.world.inventory.by_mac(&device.mac));
            if now.is_some_and(|now| now.site_id.is_some() && now.site_id == site) {
                if let Some(row) = self.rows.get_mut(position) {
                    row.steps.replaced = true;
                }
                self.decide_again(position);
            } else {
                self.fail(position, reason.unwrap_or(Reason::NotConfirmed));
            }
        }
    }
}

/// The device in the answer to a claim.
fn claimed_device(answer: &Value, code: &str) -> Option<Device> {
    let lists = ["inventory_added", "inventory_duplicated"].into_iter().filter_map(|list| answer[list].as_array());
    let records = lists.flatten().filter_map(Value::as_object);
    records.filter_map(Device::of).find(|device| device.magic == code)
}
