//! Carries out the plan of an organization, or predicts it: creations and changes in the order of references, deletions last and
//! in reverse. Objects that depend on a failed one are skipped. A cycle of references is closed by a second write.

use crate::desired::Desired;
use crate::ends::{Failure, ObjectEnd, ObjectResult, Results, SkipReason, end_of_item, ends_of};
use crate::listings::{Planned, SiteTarget};
use crate::placeholders::{placeholder, placeholders, without};
use crate::plan::{KindPlan, ObjectPlan, OrgPlan};
pub use crate::write::Run;
use crate::write::Writer;
use mist_client::{Client, workers};
use mist_objects::apply::{ApplyError, Context, Outcome};
use mist_objects::apply_set::{SetOutcome, StopReason};
use mist_objects::error::ObjectError;
use mist_objects::listing;
use mist_objects::matching;
use mist_objects::plan::{self, DesiredState, Fields, Plan, Step};
use mist_objects::set::SetPlan;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// One object that is to be written.
struct Due {
    kind: usize,
    object: usize,
    /// The placeholders in its declaration.
    needs: BTreeSet<String>,
}

struct State<'a> {
    run: &'a Run<'a>,
    desired: &'a Desired,
    plan: &'a OrgPlan,
    sites: &'a [SiteTarget],
    ends: HashMap<(usize, usize), ObjectEnd>,
    /// The id by placeholder. `None`: the object failed.
    ids: HashMap<String, Option<String>>,
    stopped: Option<StopReason>,
    /// Objects that were created without some references.
    incomplete: Vec<(usize, usize)>,
}

/// Carries out the plan.
#[must_use]
pub fn apply(run: &Run<'_>, desired: &Desired, planned: &Planned) -> Results {
    let plan = &planned.plan;
    let mut state = State {
        run,
        desired,
        plan,
        sites: &planned.sites,
        ends: HashMap::new(),
        ids: HashMap::new(),
        stopped: None,
        incomplete: Vec::new(),
    };
    let mut due = state.begin();
    while !due.is_empty() && state.stopped.is_none() {
        due = state.skip_dependents(due);
        let is_ready = |due: &Due| due.needs.iter().all(|need| matches!(state.ids.get(need), Some(Some(_))));
        let first = due.iter().filter(|due| is_ready(due)).map(|due| state.batch_of(due.kind)).min();
        let Some(batch) = first else {
            due = state.break_cycle(due);
            continue;
        };
        let (ready, rest): (Vec<Due>, Vec<Due>) =
            due.into_iter().partition(|due| is_ready(due) && state.batch_of(due.kind) == batch);
        due = rest;
        state.write(&ready);
    }
    state.complete();
    let stopped = state.stopped.clone();
    for one in due {
        let reason = stopped.clone().unwrap_or(StopReason::Signal);
        state.ends.insert((one.kind, one.object), ObjectEnd::Skipped(SkipReason::Stopped(reason)));
    }
    let deletions = state.delete();
    let mut results = Results::default();
    for (number, kind) in plan.kinds.iter().enumerate() {
        for (position, one) in kind.objects.iter().enumerate() {
            let end = state.ends.remove(&(number, position));
            results.objects.push(ObjectResult {
                desired: Some(one.desired),
                kind: Arc::clone(&kind.kind),
                site: kind.site,
                title: title(kind, one),
                plan: one.plan.as_ref().ok().cloned(),
                end: end.unwrap_or(ObjectEnd::Skipped(SkipReason::KindFailed)),
            });
        }
    }
    results.objects.extend(deletions);
    results.ids = state.ids.into_iter().filter_map(|(placeholder, id)| Some((placeholder, id?))).collect();
    results
}

fn title(kind: &KindPlan, one: &ObjectPlan) -> String {
    if kind.kind.one { kind.kind.word.clone() } else { one.declared.title(&kind.kind) }
}

fn is_deletion(plan: &Plan) -> bool {
    plan.step == Step::Delete
}

impl State<'_> {
    fn writer(&self) -> Writer<'_> {
        Writer { run: self.run, plan: self.plan, sites: self.sites, ids: &self.ids, incomplete: &self.incomplete }
    }

    /// The objects to write. All others have ended.
    fn begin(&mut self) -> Vec<Due> {
        let mut due = Vec::new();
        for (number, kind) in self.plan.kinds.iter().enumerate() {
            for (position, one) in kind.objects.iter().enumerate() {
                match &one.plan {
                    Err(error) => self.end((number, position), ObjectEnd::Failed(Failure::Refused(error.clone()))),
                    Ok(plan) if is_deletion(plan) => {}
                    Ok(plan) if plan.changes() => {
                        let needs = self.needs(kind, &one.declared.object);
                        due.push(Due { kind: number, object: position, needs });
                    }
                    Ok(plan) => self.end((number, position), ObjectEnd::Unchanged(Outcome::predicted(plan))),
                }
            }
        }
        if self.run.stops
            && let Some(((kind, object), _)) = self.ends.iter().find(|(_, end)| matches!(end, ObjectEnd::Failed(_)))
        {
            let title = self.plan.kinds.get(*kind).and_then(|kind| Some(title(kind, kind.objects.get(*object)?)));
            self.stopped = Some(StopReason::Failure(title.unwrap_or_default()));
        }
        due
    }

    fn needs(&self, kind: &KindPlan, declared: &Fields) -> BTreeSet<String> {
        let mut needs = BTreeSet::new();
        for value in declared.values() {
            placeholders(value, &self.plan.placeholders, &mut needs);
        }
        match kind.site.and_then(|site| self.sites.get(site)) {
            Some(SiteTarget::New(position) | SiteTarget::Refused(position)) => {
                needs.insert(placeholder(*position));
            }
            Some(SiteTarget::Id(_)) | None => {}
        }
        needs
    }

    /// Records the end of an object, and its id for those that refer to it.
    fn end(&mut self, (kind, object): (usize, usize), end: ObjectEnd) {
        let position = self.plan.kinds.get(kind).and_then(|kind| kind.objects.get(object)).map(|one| one.desired);
        if let Some(position) = position {
            let own = placeholder(position);
            match &end {
                ObjectEnd::Created(outcome) if self.run.predicts => {
                    drop(self.ids.insert(own.clone(), outcome.id.clone().or(Some(own))));
                }
                ObjectEnd::Created(outcome) | ObjectEnd::Unchanged(outcome) | ObjectEnd::Changed(outcome) => {
                    drop(self.ids.insert(own, outcome.id.clone()));
                }
                ObjectEnd::Failed(_) | ObjectEnd::Skipped(_) => drop(self.ids.insert(own, None)),
                ObjectEnd::Deleted(_) => {}
            }
        }
        self.ends.insert((kind, object), end);
    }

    /// Kinds of one batch are written at the same time: one kind of the organization, or one kind of all sites.
    fn batch_of(&self, kind: usize) -> (bool, usize) {
        self.plan.kinds.get(kind).map(|kind| (kind.site.is_some(), crate::order::rank(&kind.kind))).unwrap_or_default()
    }

    fn skip_dependents(&mut self, mut due: Vec<Due>) -> Vec<Due> {
        loop {
            let failed = |due: &Due| due.needs.iter().find(|need| matches!(self.ids.get(*need), Some(None))).cloned();
            let (skipped, rest): (Vec<Due>, Vec<Due>) = due.into_iter().partition(|due| failed(due).is_some());
            if skipped.is_empty() {
                return rest;
            }
            let reasons: Vec<(Due, SkipReason)> = skipped
                .into_iter()
                .map(|due| {
                    let need = failed(&due).unwrap_or_default();
                    let reason = self.dependency(&need);
                    (due, reason)
                })
                .collect();
            for (one, reason) in reasons {
                self.end((one.kind, one.object), ObjectEnd::Skipped(reason));
            }
            due = rest;
        }
    }

    fn dependency(&self, need: &str) -> SkipReason {
        let position = self.plan.placeholders.get(need).copied();
        let by_position = |object: usize| placeholder(object) == need;
        let position = position.or_else(|| (0..self.desired.objects.len()).find(|object| by_position(*object)));
        let object = position.and_then(|position| self.desired.objects.get(position));
        let (kind, title) = object
            .map(|object| (object.kind.word.clone(), object.name().unwrap_or_default().to_owned()))
            .unwrap_or_default();
        SkipReason::DependsOn { kind, title }
    }

    /// Every object that is left needs another one of them. The first is created without these references.
    fn break_cycle(&mut self, mut due: Vec<Due>) -> Vec<Due> {
        let can_wait = |due: &Due| {
            let kind = self.plan.kinds.get(due.kind)?;
            let one = kind.objects.get(due.object)?;
            let Ok(Plan { step: Step::Create(_), .. }) = &one.plan else { return None };
            let part = without(&one.declared.object, &self.ids, &self.plan.placeholders);
            let is_identified = one.declared.fields.iter().all(|field| matching::at(&part, field).is_some());
            let waits_for_site = matches!(kind.site.and_then(|site| self.sites.get(site)), Some(SiteTarget::New(_)));
            (is_identified && !waits_for_site).then_some(())
        };
        let position = due.iter().position(|due| can_wait(due).is_some());
        let Some(position) = position else {
            // Nothing can be created without the others.
            for one in std::mem::take(&mut due) {
                let need = one.needs.iter().next().cloned().unwrap_or_default();
                let reason = self.dependency(&need);
                self.end((one.kind, one.object), ObjectEnd::Skipped(reason));
            }
            return due;
        };
        let one = due.remove(position);
        self.incomplete.push((one.kind, one.object));
        self.write(std::slice::from_ref(&one));
        due
    }

    /// Writes objects of one batch.
    fn write(&mut self, ready: &[Due]) {
        let mut by_kind: Vec<(usize, Vec<usize>)> = Vec::new();
        for due in ready {
            match by_kind.iter_mut().find(|(kind, _)| *kind == due.kind) {
                Some((_, objects)) => objects.push(due.object),
                None => by_kind.push((due.kind, vec![due.object])),
            }
        }
        let writer = self.writer();
        let work = |client: &Client, (kind, objects): &(usize, Vec<usize>)| writer.write_kind(client, *kind, objects);
        let outcomes = match by_kind.as_slice() {
            [one] => vec![work(self.run.client, one)],
            several => workers::each(self.run.client, several, work),
        };
        for ((kind, objects), (ends, stopped)) in by_kind.into_iter().zip(outcomes) {
            for (object, end) in objects.into_iter().zip(ends) {
                if self.run.stops && matches!(end, ObjectEnd::Failed(_)) && self.stopped.is_none() {
                    let kind = self.plan.kinds.get(kind);
                    let title = kind.and_then(|kind| Some(title(kind, kind.objects.get(object)?)));
                    self.stopped = Some(StopReason::Failure(title.unwrap_or_default()));
                }
                self.end((kind, object), end);
            }
            self.stopped = self.stopped.take().or(stopped);
        }
    }

    /// The second write of objects that were created without some references.
    fn complete(&mut self) {
        if self.run.predicts {
            return;
        }
        for (number, object) in std::mem::take(&mut self.incomplete) {
            let Some(kind) = self.plan.kinds.get(number) else { continue };
            let Some(one) = kind.objects.get(object) else { continue };
            let Some(ObjectEnd::Created(outcome)) = self.ends.get(&(number, object)).cloned() else { continue };
            let scope = self.writer().scope_of(kind);
            let mut declared = one.declared.clone();
            // References to objects that failed stay away: the next run adds them.
            let missing = without(&declared.object, &self.ids, &self.plan.placeholders);
            let is_whole = missing == declared.object;
            declared.object = self.writer().replaced(missing);
            let id = outcome.id.clone().unwrap_or_default();
            let found = listing::one(self.run.client, &scope, &kind.kind, &id)
                .map_err(ObjectError::from)
                .and_then(|found| found.ok_or_else(|| ObjectError::Vanished { id: id.clone() }));
            let planned = found.and_then(|found| {
                plan::plan(&kind.kind, DesiredState::Present, &declared.object, Some(&found), self.run.rules)
            });
            let set = SetPlan { plans: vec![planned], purge: Vec::new(), refused: None };
            let context = Context { scope: &scope, kind: &kind.kind, rules: self.run.rules, before: &kind.before };
            let second = self.writer().apply_set(self.run.client, context, std::slice::from_ref(&declared), &set);
            let end = match ends_of(&set, second).pop() {
                Some((ObjectEnd::Changed(second) | ObjectEnd::Unchanged(second), _)) if is_whole => {
                    ObjectEnd::Created(Outcome { not_kept: second.not_kept, ..outcome })
                }
                Some((ObjectEnd::Failed(Failure::Failed(failed)), _)) => {
                    ObjectEnd::Failed(Failure::Failed(ApplyError { changed: true, id: Some(id), ..failed }))
                }
                Some((ObjectEnd::Failed(failure), _)) => ObjectEnd::Failed(failure),
                _ => ObjectEnd::Skipped(SkipReason::Stopped(self.stopped.clone().unwrap_or(StopReason::Signal))),
            };
            self.ends.insert((number, object), end);
        }
    }

    /// The deletions, in reverse order. Of a kind of which an object failed, nothing is deleted.
    fn delete(&mut self) -> Vec<ObjectResult> {
        let mut results = Vec::new();
        for (number, kind) in self.plan.kinds.iter().enumerate().rev() {
            let declared = kind.objects.iter().enumerate().filter_map(|(position, one)| match &one.plan {
                Ok(plan) if is_deletion(plan) => Some((Some(position), title(kind, one), Ok(plan.clone()))),
                _ => None,
            });
            let purged = kind.purge.iter().map(|(title, plan)| (None, title.clone(), plan.clone()));
            let due: Vec<(Option<usize>, String, Result<Plan, ObjectError>)> = declared.chain(purged).collect();
            if due.is_empty() {
                continue;
            }
            // The failure of one kind counts in all sites.
            let has_failed = self.ends.iter().any(|((other, _), end)| {
                let is_same = self.plan.kinds.get(*other).is_some_and(|other| other.kind.word == kind.kind.word);
                is_same && matches!(end, ObjectEnd::Failed(_) | ObjectEnd::Skipped(_))
            });
            let ends: Vec<ObjectEnd> = match (&self.stopped, has_failed) {
                (Some(reason), _) => {
                    due.iter().map(|_| ObjectEnd::Skipped(SkipReason::Stopped(reason.clone()))).collect()
                }
                (None, true) => due.iter().map(|_| ObjectEnd::Skipped(SkipReason::KindFailed)).collect(),
                (None, false) => self.delete_all(kind, &due),
            };
            for ((position, title, plan), end) in due.into_iter().zip(ends) {
                match position {
                    Some(position) => drop(self.ends.insert((number, position), end)),
                    None => results.push(ObjectResult {
                        desired: None,
                        kind: Arc::clone(&kind.kind),
                        site: kind.site,
                        title,
                        plan: plan.ok(),
                        end,
                    }),
                }
            }
        }
        results
    }

    fn delete_all(
        &mut self,
        kind: &KindPlan,
        due: &[(Option<usize>, String, Result<Plan, ObjectError>)],
    ) -> Vec<ObjectEnd> {
        let plans: Vec<Plan> = due.iter().filter_map(|(_, _, plan)| plan.as_ref().ok().cloned()).collect();
        let set = SetPlan { plans: Vec::new(), purge: plans, refused: None };
        let outcome = if self.run.predicts {
            SetOutcome::predicted(&set)
        } else {
            let scope = self.writer().scope_of(kind);
            let context = Context { scope: &scope, kind: &kind.kind, rules: self.run.rules, before: &kind.before };
            self.writer().apply_set(self.run.client, context, &[], &set)
        };
        self.stopped = self.stopped.take().or(outcome.stopped_by.clone());
        let mut outcomes = set.purge.iter().zip(outcome.purge).map(|(plan, outcome)| end_of_item(plan, outcome));
        due.iter()
            .map(|(_, _, plan)| match plan {
                Err(error) => ObjectEnd::Failed(Failure::Refused(error.clone())),
                Ok(_) => outcomes.next().unwrap_or(ObjectEnd::Skipped(SkipReason::Stopped(StopReason::Signal))),
            })
            .collect()
    }
}
