//! Writes the objects of one kind in one scope, or predicts it.

use crate::ends::{Failure, ObjectEnd, SkipReason, end_of, ends_of};
use crate::listings::SiteTarget;
use crate::placeholders::{placeholder, with_ids, without};
use crate::plan::{KindPlan, ObjectPlan, OrgPlan};
use mist_client::Client;
use mist_objects::apply::{Context, Outcome};
use mist_objects::apply_set::{SetOutcome, StopReason, apply_set};
use mist_objects::compare::Rules;
use mist_objects::error::ObjectError;
use mist_objects::listing::{self, Scope};
use mist_objects::plan::{self, DesiredState, Fields, Plan, Step};
use mist_objects::set::{Declared, SetPlan};
use std::collections::HashMap;

/// The common part of a run.
pub struct Run<'a> {
    pub client: &'a Client,
    pub scope: &'a Scope,
    pub rules: &'a Rules,
    /// Nothing is sent.
    pub predicts: bool,
    /// Results have the fields after the change.
    pub keeps_after: bool,
    /// An error about one object stops everything that has not started.
    pub stops: bool,
    /// Receives the kind, and the number of finished and of all objects.
    pub progress: &'a (dyn Fn(&str, usize, usize) + Sync),
}

/// The organization at a moment of a run.
pub(crate) struct Writer<'a> {
    pub run: &'a Run<'a>,
    pub plan: &'a OrgPlan,
    pub sites: &'a [SiteTarget],
    /// The id by placeholder. `None`: the object failed.
    pub ids: &'a HashMap<String, Option<String>>,
    /// Objects that are created without some references.
    pub incomplete: &'a [(usize, usize)],
}

impl Writer<'_> {
    pub(crate) fn scope_of(&self, kind: &KindPlan) -> Scope {
        let site_id = match kind.site.and_then(|site| self.sites.get(site)) {
            Some(SiteTarget::Id(id)) => Some(id.clone()),
            Some(SiteTarget::New(position)) => self.ids.get(&placeholder(*position)).cloned().flatten(),
            Some(SiteTarget::Refused(_)) | None => None,
        };
        Scope { site_id, ..self.run.scope.clone() }
    }

    /// The objects of one kind in one scope: their ends, and the reason if everything stops.
    pub(crate) fn write_kind(
        &self,
        client: &Client,
        number: usize,
        objects: &[usize],
    ) -> (Vec<ObjectEnd>, Option<StopReason>) {
        let Some(kind) = self.plan.kinds.get(number) else { return (Vec::new(), None) };
        let scope = self.scope_of(kind);
        let is_new_site = matches!(kind.site.and_then(|site| self.sites.get(site)), Some(SiteTarget::New(_)));
        let mut before = kind.before.clone();
        let (mut ends, mut stopped) = (HashMap::new(), None);
        let mut together: (Vec<usize>, Vec<Declared>, Vec<Result<Plan, ObjectError>>) = Default::default();
        for object in objects {
            let Some(one) = kind.objects.get(*object) else { continue };
            let (declared, plan) = self.with_ids(number, *object, one);
            if self.run.predicts {
                let end = plan.map_or_else(
                    |error| ObjectEnd::Failed(Failure::Refused(error)),
                    |plan| end_of(&plan, Outcome::predicted(&plan)),
                );
                ends.insert(*object, end);
                continue;
            }
            let plan = if is_new_site && kind.kind.one {
                // The cloud created it with the site, perhaps with defaults.
                listing::one(client, &scope, &kind.kind, "").map_err(ObjectError::from).and_then(|found| {
                    plan::plan(
                        &kind.kind,
                        DesiredState::Present,
                        &declared.object,
                        Some(&found.unwrap_or_default()),
                        self.run.rules,
                    )
                })
            } else {
                plan
            };
            if one.is_twin {
                // One after the other: a lost response is settled among those that are new.
                if stopped.is_some() {
                    ends.insert(*object, ObjectEnd::Skipped(SkipReason::Stopped(StopReason::Signal)));
                    continue;
                }
                let set = SetPlan { plans: vec![plan], purge: Vec::new(), refused: None };
                let context = Context { scope: &scope, kind: &kind.kind, rules: self.run.rules, before: &before };
                let outcome = self.apply_set(client, context, std::slice::from_ref(&declared), &set);
                stopped = outcome.stopped_by.clone();
                for (end, id) in ends_of(&set, outcome) {
                    before.extend(id);
                    ends.insert(*object, end);
                }
                continue;
            }
            together.0.push(*object);
            together.1.push(declared);
            together.2.push(plan);
        }
        let (positions, declared, plans) = together;
        if !positions.is_empty() {
            let set = SetPlan { plans, purge: Vec::new(), refused: None };
            let context = Context { scope: &scope, kind: &kind.kind, rules: self.run.rules, before: &before };
            let outcome = self.apply_set(client, context, &declared, &set);
            stopped = stopped.or(outcome.stopped_by.clone());
            ends.extend(positions.into_iter().zip(ends_of(&set, outcome).into_iter().map(|(end, _)| end)));
        }
        let missing = || ObjectEnd::Skipped(SkipReason::Stopped(StopReason::Signal));
        (objects.iter().map(|object| ends.remove(object).unwrap_or_else(missing)).collect(), stopped)
    }

    pub(crate) fn apply_set(
        &self,
        client: &Client,
        context: Context<'_>,
        declared: &[Declared],
        set: &SetPlan,
    ) -> SetOutcome {
        let word = context.kind.word.as_str();
        let progress = |finished: usize, total: usize| (self.run.progress)(word, finished, total);
        apply_set(client, context, declared, set, self.run.keeps_after, &progress)
    }

    /// The declaration and its plan with ids in place of placeholders, and without references that a second write adds.
    pub(crate) fn with_ids(
        &self,
        number: usize,
        object: usize,
        one: &ObjectPlan,
    ) -> (Declared, Result<Plan, ObjectError>) {
        let mut declared = one.declared.clone();
        let mut plan = one.plan.clone();
        let is_incomplete = self.incomplete.contains(&(number, object));
        let replace = |fields: &Fields| {
            let fields =
                if is_incomplete { without(fields, self.ids, &self.plan.placeholders) } else { fields.clone() };
            self.replaced(fields)
        };
        declared.object = replace(&declared.object);
        if let Ok(plan) = &mut plan {
            match &mut plan.step {
                Step::Create(body) => *body = replace(body),
                Step::Change { body, .. } => *body = replace(body),
                Step::Nothing | Step::Delete => {}
            }
        }
        (declared, plan)
    }

    pub(crate) fn replaced(&self, fields: Fields) -> Fields {
        if self.ids.is_empty() || self.run.predicts {
            return fields;
        }
        fields.into_iter().map(|(name, value)| (name, with_ids(value, self.ids))).collect()
    }
}
