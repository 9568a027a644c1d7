//! Sites in site groups. A cloud that updates a group from its sites can lose members when several sites are written at the same
//! time: the groups are read afterwards, and the sites that are missing are written again, one after another.

use crate::apply::{ApplyError, Context};
use crate::apply_set::ItemOutcome;
use crate::error::{ObjectError, Warning};
use crate::listing;
use crate::plan::{Fields, Step};
use crate::set::{Declared, SetPlan};
use crate::table::{self, Level};
use mist_client::{Client, Error, interruption, workers};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

const FIELD: &str = "sitegroup_ids";

/// The number of times that missing sites are written again.
const ATTEMPTS: usize = 2;

/// A site with the groups that it should have.
struct Site {
    /// Its position in the set.
    number: usize,
    id: String,
    groups: BTreeSet<String>,
    /// The groups, and the fields that the cloud may require with them.
    body: Fields,
}

/// Checks the groups of sites that were written at the same time, and restores what was lost. One request, and one more for each
/// lost site. Nothing if the sites of the set were written one after another.
pub(crate) fn restore(
    client: &Client,
    context: Context<'_>,
    declared: &[Declared],
    plan: &SetPlan,
    objects: &mut [ItemOutcome],
) {
    let sites = written(context, declared, plan, objects);
    let at_once = plan.plans.iter().flatten().filter(|plan| plan.changes()).count();
    if sites.len() < 2 || workers::count(at_once) < 2 || interruption::is_requested() {
        return;
    }
    let mut lost: Vec<&Site> = Vec::new();
    for attempt in 0..=ATTEMPTS {
        lost = match members(client, context) {
            Ok(members) => sites.iter().filter(|site| is_lost(site, &members)).collect(),
            Err(error) => return warn(&sites, &error, objects),
        };
        if lost.is_empty() {
            return;
        }
        if attempt == ATTEMPTS {
            break;
        }
        for site in &lost {
            let path = context.scope.item(context.kind, &site.id);
            if let Err(error) = client.put(&path, &json!(site.body)) {
                return fail(&[site], &error.into(), objects);
            }
        }
    }
    fail(&lost, &ObjectError::NotInGroups, objects);
}

/// The sites of the set whose groups were written, as far as that succeeded.
fn written(context: Context<'_>, declared: &[Declared], plan: &SetPlan, objects: &[ItemOutcome]) -> Vec<Site> {
    if context.kind.item != "sites" {
        return Vec::new();
    }
    let site = |(number, (one, plan)): (usize, (&Declared, _))| {
        let plan: &crate::plan::Plan = Result::as_ref(plan).ok()?;
        let body = match &plan.step {
            Step::Create(body) | Step::Change { body, .. } => body,
            Step::Nothing | Step::Delete => return None,
        };
        let Some(ItemOutcome::Done(outcome)) = objects.get(number) else { return None };
        let is_written = body.contains_key(FIELD);
        let groups = one.object.get(FIELD).filter(|_| is_written)?.as_array()?;
        let groups = groups.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let is_sent = |name: &str| name == FIELD || context.kind.required().any(|required| required == name);
        let body = one.object.iter().filter(|(name, _)| is_sent(name));
        let body = body.map(|(name, value)| (name.clone(), value.clone())).collect();
        Some(Site { number, id: outcome.id.clone()?, groups, body })
    };
    declared.iter().zip(&plan.plans).enumerate().filter_map(site).collect()
}

/// The sites of each group. Groups that show none are left out.
fn members(client: &Client, context: Context<'_>) -> Result<HashMap<String, BTreeSet<String>>, Error> {
    let Some(kind) = table::kind(Level::Org, "sitegroups") else { return Ok(HashMap::new()) };
    let mut keep = |group: &mut Value| {
        if let Value::Object(fields) = group {
            fields.retain(|name, _| name == "id" || name == "site_ids");
        }
    };
    let groups = listing::all(client, context.scope, &kind, &BTreeSet::new(), &mut keep)?;
    let group = |group: &Fields| {
        let sites = group.get("site_ids")?.as_array()?;
        let sites = sites.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Some((group.get("id")?.as_str()?.to_owned(), sites))
    };
    Ok(groups.iter().filter_map(group).collect())
}

fn is_lost(site: &Site, members: &HashMap<String, BTreeSet<String>>) -> bool {
    members.iter().any(|(group, sites)| site.groups.contains(group) != sites.contains(&site.id))
}

fn warn(sites: &[Site], error: &Error, objects: &mut [ItemOutcome]) {
    for site in sites {
        if let Some(ItemOutcome::Done(outcome)) = objects.get_mut(site.number) {
            outcome.warnings.push(Warning::GroupsNotChecked(error.clone()));
        }
    }
}

fn fail(sites: &[&Site], error: &ObjectError, objects: &mut [ItemOutcome]) {
    for site in sites {
        if let Some(object) = objects.get_mut(site.number) {
            let failed = ApplyError::new(error.clone(), true);
            *object = ItemOutcome::Failed(ApplyError { id: Some(site.id.clone()), ..failed });
        }
    }
}
