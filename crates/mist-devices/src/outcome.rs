//! The result for one row. No I/O.

use crate::config::{ConfigError, ConfigPlan};
use crate::decision::{Decision, DecisionError, SiteChange, World};
use crate::inventory::Device;
use crate::set::RowPlan;
use mist_client::Error;
use mist_objects::error::{ObjectError, Warning};
use mist_objects::plan::Fields;
use serde_json::{Value, json};

/// The first of these that applies to a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Failed,
    Released,
    Claimed,
    Replaced,
    Moved,
    Assigned,
    Unassigned,
    Changed,
    #[default]
    Unchanged,
}

/// The confirmed, or predicted, steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    pub released: bool,
    pub claimed: bool,
    pub replaced: bool,
    pub moved: bool,
    pub assigned: bool,
    pub unassigned: bool,
    pub profile: bool,
    pub config: bool,
}

/// The reason that a row failed, or a note about it.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// The cloud refused, with its reason.
    Refused(Option<String>),
    /// The cloud refused a request about several rows.
    Status {
        status: u16,
        detail: String,
    },
    /// The answer does not have the device, and the inventory does not show the change.
    NotConfirmed,
    Client(Error),
    Object(ObjectError),
    Decision(DecisionError),
    Config(ConfigError),
    /// Nothing was begun, because of the failure of another row.
    After(String),
    Signal,
    /// The configuration was written, and the device did not take it: its status.
    ConfigFailed(String),
    /// The configuration was written, and the device has not taken it yet: its status.
    ConfigPending(String),
    /// The device is not at one of the chosen sites.
    Excluded,
    /// The cloud lists the code as claimed by this organization, but not in the inventory.
    Duplicated,
}

/// The configuration that was written, or would be.
#[derive(Clone, Debug)]
pub struct Configured {
    pub plan: ConfigPlan,
    /// The device afterwards.
    pub after: Option<Fields>,
    /// Dotted paths that the cloud did not keep.
    pub not_kept: Vec<String>,
    pub warnings: Vec<Warning>,
}

/// The result for a row.
#[derive(Clone, Debug, Default)]
pub struct RowOutcome {
    pub device: Option<Device>,
    /// The steps to take.
    pub decision: Option<Decision>,
    pub steps: Steps,
    pub failure: Option<Reason>,
    pub note: Option<Reason>,
    pub config: Option<Box<Configured>>,
}

impl RowOutcome {
    /// The outcome before anything is begun.
    #[must_use]
    pub fn of(plan: &RowPlan) -> Self {
        match plan {
            RowPlan::Excluded => Self { note: Some(Reason::Excluded), ..Self::default() },
            RowPlan::Planned { decision, .. } => {
                Self { device: decision.device.clone(), decision: Some((**decision).clone()), ..Self::default() }
            }
        }
    }

    /// The outcome of a real run, as far as it is predictable.
    #[must_use]
    pub fn predicted(plan: &RowPlan) -> Self {
        let mut outcome = Self::of(plan);
        if let Some(decision) = &outcome.decision {
            outcome.steps = Steps {
                released: decision.release,
                claimed: decision.claim.is_some(),
                replaced: decision.replacement.is_some(),
                moved: matches!(decision.site, SiteChange::Move { .. }),
                assigned: matches!(decision.site, SiteChange::Assign { .. }),
                unassigned: matches!(decision.site, SiteChange::Unassign { .. }),
                profile: decision.profile.is_some(),
                config: plan.config().is_some_and(ConfigPlan::changes),
            };
        }
        outcome.config = plan.config().map(|plan| {
            let (after, warnings) = (plan.plan.predicted(), plan.plan.warnings.clone());
            Box::new(Configured { plan: plan.clone(), after, not_kept: Vec::new(), warnings })
        });
        outcome
    }

    #[must_use]
    pub fn state(&self) -> State {
        let Steps { released, claimed, replaced, moved, assigned, unassigned, profile, config } = self.steps;
        let states = [
            (self.failure.is_some(), State::Failed),
            (released, State::Released),
            (claimed, State::Claimed),
            (replaced, State::Replaced),
            (moved, State::Moved),
            (assigned, State::Assigned),
            (unassigned, State::Unassigned),
            (profile || config, State::Changed),
        ];
        states.into_iter().find(|(applies, _)| *applies).map_or(State::Unchanged, |(_, state)| state)
    }

    /// True if the cloud confirmed a change, also of a row that failed later.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.steps != Steps::default()
    }

    /// The dotted paths that changed, without ports.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        let Steps { moved, assigned, unassigned, replaced, profile, config, .. } = self.steps;
        let own = [("site", moved || assigned || unassigned || replaced), ("deviceprofile", profile)];
        let own = own.into_iter().filter(|(_, is)| *is).map(|(field, _)| field.to_owned());
        let configured = self.config.iter().filter(|_| config).flat_map(|config| config.plan.fields.iter().cloned());
        own.chain(configured).collect()
    }

    /// The changed ports before and after, with masked secrets.
    #[must_use]
    pub fn ports(&self) -> Option<(Fields, Fields)> {
        let config = self.config.as_ref().filter(|_| self.steps.config)?;
        (!config.plan.ports.is_empty()).then(|| config.plan.shown_ports())
    }

    /// The changes, with masked secrets. `None` without a change.
    #[must_use]
    pub fn diff(&self, world: &World) -> Option<(Fields, Fields)> {
        if !self.changed() {
            return None;
        }
        let (mut before, mut after) = (Fields::new(), Fields::new());
        let mut note = |field: &str, old: Option<&str>, new: Option<&str>| {
            for (side, value) in [(&mut before, old), (&mut after, new)] {
                if let Some(value) = value {
                    side.insert(field.to_owned(), json!(value));
                }
            }
        };
        let Steps { moved, assigned, unassigned, replaced, released, claimed, profile, config } = self.steps;
        if claimed || released {
            note("inventory", released.then_some("present"), claimed.then_some("present"));
        }
        if let Some(decision) = &self.decision {
            let site = |id: &str| world.site_name(id).to_owned();
            match &decision.site {
                SiteChange::Assign { to } if assigned => note("site", None, Some(&site(to))),
                SiteChange::Move { from, to } if moved => note("site", Some(&site(from)), Some(&site(to))),
                SiteChange::Unassign { from } if unassigned => note("site", Some(&site(from)), None),
                _ => {}
            }
            if let Some(replacement) = decision.replacement.as_ref().filter(|_| replaced) {
                note("replace", None, Some(&replacement.old));
                note("site", None, Some(&site(&replacement.site_id)));
            }
            if let Some(change) = decision.profile.as_ref().filter(|_| profile) {
                let name = |id: &Option<String>| id.as_deref().map(|id| world.profile_name(id).to_owned());
                note("deviceprofile", name(&change.from).as_deref(), name(&change.to).as_deref());
            }
        }
        if let Some(configured) = self.config.as_ref().filter(|_| config) {
            let (old, new) = configured.plan.diff(configured.after.as_ref());
            before.extend(old);
            after.extend(new);
        }
        let hidden = |fields: &mut Fields| fields.retain(|_, value| *value != Value::Null);
        hidden(&mut before);
        hidden(&mut after);
        Some((before, after))
    }
}
