//! The Ansible module `mist_admins`: the administrators of an organization, as declared.

pub mod apply;
pub mod docs;
mod messages;
pub mod plan;
pub mod rows;

use self::apply::{End, Ends, Rows, Run};
use self::docs::{AdminDeclaration, AdminResult, AdminState, Options, Results, State};
use self::plan::{AdminPlan, Caller, DeclaredAdmin, Plan, Purge};
use self::rows::{Grant, Reach, key};
use crate::common;
use crate::common::glob::Glob;
use crate::common::options::{OptionError, is_blank, uuid};
use crate::common::scope::{self, IdOrName, ORG_VARIABLE};
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{Diff, Documentation, Failure, Outcome, Success, Task};
use mist_client::names::{self, Kind};
use mist_client::{Client, Error};
use mist_tokens::privilege;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug)]
pub struct MistAdmins;

impl MistModule for MistAdmins {
    const NAME: &'static str = "mist_admins";
    const DOCUMENTATION: Documentation = docs::DOCUMENTATION;
    type Options = Options;
    type Results = Results;
    type Params = Params;

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        Params::new(options, task)
    }

    fn run(client: &Client, task: &mut Task, _: &Options, params: Params) -> Outcome<Results> {
        let message = |task: &Task, error: &Error| crate::common::messages::message_in(task, error);
        let org_id = scope::org_id(client, &params.org).map_err(|error| message(task, &error))?;
        let declared = params.resolved(client, &org_id).map_err(|error| message(task, &error))?;
        let subject = format!("administrators of organization {org_id}");
        let lock = common::lock(client, task, &subject).map_err(|fault| messages::lock(&fault))?;
        let rows = apply::list(client, &org_id).map_err(|error| message(task, &error))?;
        let plan = params.plan(client, &org_id, &declared, &rows).map_err(|stop| match stop {
            Stop::Cloud(error) => message(task, &error),
            Stop::Refused(problems) => messages::problems(&problems),
        })?;
        let ends = match &lock {
            None => Ends::predicted(&plan),
            Some(lock) => Run { client, org_id: &org_id, memory: lock.memory() }.apply(&plan),
        };
        messages::warn(task, &plan, &ends);
        let results = Results { admins: plan.all().zip(ends.all()).map(|(one, end)| result(one, end)).collect() };
        let diff = ends.changed().then(|| difference(&org_id, &plan, &ends));
        if ends.is_complete() {
            return Ok(Success::new(ends.changed(), results).with_diff(diff));
        }
        let failure = Failure::new(messages::incomplete(&results)).with_diff(diff);
        Err(failure.with_changed(ends.changed()).with_results(results))
    }
}

/// The reason to change nothing.
enum Stop {
    Cloud(Error),
    Refused(Vec<plan::Problem>),
}

fn result(one: &AdminPlan, end: &End) -> AdminResult {
    let standing = match end {
        End::Done { standing, .. } => standing,
        End::Failed { .. } | End::NotBegun => &one.before,
    };
    let state = match end {
        End::Failed { .. } => AdminState::Failed,
        End::NotBegun => AdminState::NotBegun,
        End::Done { changed: false, .. } => AdminState::Unchanged,
        End::Done { .. } if one.after.status == plan::Status::Absent => AdminState::Removed,
        End::Done { .. } if one.sends_invite() => AdminState::Invited,
        End::Done { .. } => AdminState::Changed,
    };
    let msg = match end {
        End::Failed { error, .. } => Some(messages::failure(error)),
        _ => None,
    };
    AdminResult {
        email: one.email.clone(),
        state,
        status: standing.status.into(),
        id: standing.id.clone(),
        privileges: standing.grants.iter().map(Grant::shown).collect(),
        #[expect(clippy::cast_possible_truncation, reason = "a time in seconds")]
        expires: standing.expires.map(|end| end as i64),
        msg,
    }
}

fn difference(org_id: &str, plan: &Plan, ends: &Ends) -> Diff {
    let (mut before, mut after) = (Map::new(), Map::new());
    let shown = |standing: &plan::Standing| {
        let privileges: Vec<_> = standing.grants.iter().map(Grant::shown).collect();
        json!({"status": docs::AdminStatus::from(standing.status), "privileges": privileges})
    };
    for (one, end) in plan.all().zip(ends.all()) {
        let End::Done { standing, changed: true, .. } = end else { continue };
        for (side, standing) in [(&mut before, &one.before), (&mut after, standing)] {
            if standing.status != plan::Status::Absent {
                side.insert(one.email.clone(), shown(standing));
            }
        }
    }
    Diff::new(Value::Object(before), Value::Object(after)).headed(format!("administrators of organization {org_id}"))
}

/// The site or the site group of a declaration.
#[derive(Clone, Debug, PartialEq)]
enum Place {
    Org,
    Site(IdOrName),
    SiteGroup(IdOrName),
}

/// An element of the option `admins`, with names in place of IDs.
#[derive(Clone, Debug, PartialEq)]
struct Declaration {
    email: String,
    /// `None`: absent.
    role: Option<(String, Place, BTreeSet<String>)>,
    invite: Map<String, Value>,
}

/// The checked options.
#[derive(Debug)]
pub struct Params {
    org: IdOrName,
    declarations: Vec<Declaration>,
    reinvite: bool,
    purge: Option<PurgeParams>,
}

#[derive(Debug)]
struct PurgeParams {
    keep: Vec<Glob>,
    max_deletes: Option<usize>,
}

impl Params {
    /// Checks the options.
    ///
    /// # Errors
    /// An option is missing or not valid.
    pub fn new(options: &Options, task: &Task) -> Result<Self, OptionError> {
        let org = options.org.id_or_name(task, &scope::org_of_environment())?.ok_or_else(|| {
            OptionError::new("org_id", format!("required. Set org_id, org or the environment variable {ORG_VARIABLE}."))
        })?;
        if options.hours == Some(0) {
            return Err(OptionError::new("hours", "0 is not positive. Set the validity of invites in hours."));
        }
        let declaration = |(position, one)| {
            let path = format!("admins[{position}]");
            let is_mentioned = |option: &str| task.mentions(&format!("{path}.{option}"));
            let mut declaration = Declaration::new(one, &is_mentioned).map_err(|error| error.within(&path))?;
            declaration.invite.extend(options.hours.map(|hours| ("hours".to_owned(), json!(hours))));
            Ok(declaration)
        };
        let declarations =
            options.admins.iter().enumerate().map(declaration).collect::<Result<Vec<_>, OptionError>>()?;
        check_together(&declarations)?;
        for (option, given) in [
            ("keep", options.keep.is_some()),
            ("max_deletes", options.max_deletes.is_some()),
            ("allow_empty", options.allow_empty),
        ] {
            if given && !options.purge {
                return Err(OptionError::new(option, "only for purge: true. Set purge, or remove the option."));
            }
        }
        if options.purge && !options.allow_empty && declarations.iter().all(|one| one.role.is_none()) {
            let reason = "no address is declared as present, so purge would remove all others. Set allow_empty: true to confirm.";
            return Err(OptionError::new("admins", reason));
        }
        let keep: Vec<&String> = options.keep.iter().flatten().collect();
        if let Some(position) = keep.iter().position(|pattern| is_blank(pattern)) {
            let reason = "empty, and would keep no address. Check the variable in it, or give an address or a pattern such as *@example.com.";
            return Err(OptionError::new(format!("keep[{position}]"), reason));
        }
        let purge = options.purge.then(|| PurgeParams {
            keep: keep.into_iter().map(|pattern| Glob::new(&key(pattern))).collect(),
            max_deletes: options.max_deletes.map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
        });
        Ok(Self { org, declarations, reinvite: options.reinvite, purge })
    }

    /// The declared administrators, each address once, with IDs in place of names: one request for each kind of name.
    fn resolved(&self, client: &Client, org_id: &str) -> Result<Vec<DeclaredAdmin>, Error> {
        let (mut sites, mut groups) = (BTreeSet::new(), BTreeSet::new());
        for (_, place, _) in self.declarations.iter().filter_map(|one| one.role.as_ref()) {
            match place {
                Place::Site(IdOrName::Name(name)) => drop(sites.insert(name.as_str())),
                Place::SiteGroup(IdOrName::Name(name)) => drop(groups.insert(name.as_str())),
                _ => {}
            }
        }
        let sites = names::ids(client, org_id, Kind::Site, &sites)?;
        let groups = names::ids(client, org_id, Kind::SiteGroup, &groups)?;
        let id = |known: &BTreeMap<String, String>, place: &IdOrName| match place {
            IdOrName::Id(id) => id.clone(),
            IdOrName::Name(name) => known.get(name).cloned().unwrap_or_default(),
        };
        let mut declared: Vec<DeclaredAdmin> = Vec::new();
        for one in &self.declarations {
            let grant = one.role.as_ref().map(|(role, place, views)| {
                let reach = match place {
                    Place::Org => Reach::Org,
                    Place::Site(site) => Reach::Site(id(&sites, site)),
                    Place::SiteGroup(group) => Reach::SiteGroup(id(&groups, group)),
                };
                Grant { reach, role: role.clone(), views: views.clone() }
            });
            match declared.iter_mut().find(|known| key(&known.email) == key(&one.email)) {
                Some(known) => {
                    known.grants.iter_mut().for_each(|grants| grants.extend(grant.clone()));
                    known.invite.extend(one.invite.clone());
                }
                None => {
                    let grants = grant.map(|grant| BTreeSet::from([grant]));
                    declared.push(DeclaredAdmin { email: one.email.clone(), grants, invite: one.invite.clone() });
                }
            }
        }
        Ok(declared)
    }

    /// The plan, checked. The account of the caller is read only if an administrator loses access.
    fn plan(&self, client: &Client, org_id: &str, declared: &[DeclaredAdmin], rows: &Rows) -> Result<Plan, Stop> {
        let listed = rows.listed(org_id);
        let keeps = |key: &str| self.purge.iter().flat_map(|purge| &purge.keep).any(|glob| glob.matches(key));
        let purge = self.purge.as_ref().map(|purge| Purge { keeps: &keeps, max_deletes: purge.max_deletes });
        let plan = |caller: Option<&Caller>| {
            plan::plan(declared, listed, self.reinvite, purge.as_ref(), caller).map_err(Stop::Refused)
        };
        let (mut planned, mut caller) = (plan(None)?, Caller::default());
        if planned.takes_access() {
            let answer = client.get("/api/v1/self").map_err(Stop::Cloud)?;
            if !answer.json.is_object() {
                return Err(Stop::Cloud(answer.unexpected("the account of the caller")));
            }
            let text = |field: &str| answer.json[field].as_str().unwrap_or_default().to_owned();
            let id = if text("admin_id").is_empty() { text("id") } else { text("admin_id") };
            caller = Caller { email: key(&text("email")), id };
            planned = plan(Some(&caller))?;
        }
        match plan::refusals(&planned, listed, purge.as_ref(), &caller) {
            problems if problems.is_empty() => Ok(planned),
            problems => Err(Stop::Refused(problems)),
        }
    }
}

impl Declaration {
    fn new(one: &AdminDeclaration, is_mentioned: &dyn Fn(&str) -> bool) -> Result<Self, OptionError> {
        let email = address(&one.email)?;
        let given = |option: &'static str, value: &Option<String>| match value {
            Some(value) if !is_blank(value) => Ok(Some(value.trim().to_owned())),
            None if !is_mentioned(option) => Ok(None),
            _ => Err(OptionError::new(
                option,
                "set but empty. Check the variable in it: without the option, the whole organization would be used.",
            )),
        };
        let mut places = Vec::new();
        for (option, value) in [
            ("site_id", &one.site_id),
            ("site", &one.site),
            ("sitegroup_id", &one.sitegroup_id),
            ("sitegroup", &one.sitegroup),
        ] {
            let Some(value) = given(option, value)? else { continue };
            let id = || uuid(option, &value).map(IdOrName::Id);
            places.push(match option {
                "site_id" => Place::Site(id()?),
                "site" => Place::Site(IdOrName::Name(value)),
                "sitegroup_id" => Place::SiteGroup(id()?),
                _ => Place::SiteGroup(IdOrName::Name(value)),
            });
        }
        if one.state == State::Absent {
            if !places.is_empty() || one.role.is_some() {
                let option = if one.role.is_some() { "role" } else { "site" };
                let reason =
                    "not with state: absent, which removes all privileges in the organization. Remove the option.";
                return Err(OptionError::new(option, reason));
            }
            return Ok(Self { email, role: None, invite: Map::new() });
        }
        let role = one
            .role
            .ok_or_else(|| OptionError::new("role", "required with state: present. Set a role such as read."))?;
        let names = [("first_name", &one.first_name), ("last_name", &one.last_name)];
        let names =
            names.into_iter().filter_map(|(field, name)| Some((field.to_owned(), json!(name.as_ref()?.trim()))));
        let views = one.views.iter().flatten().map(|view| view.trim().to_owned()).filter(|view| !view.is_empty());
        let role = privilege::Role::from(role).to_string();
        let place = places.pop().unwrap_or(Place::Org);
        Ok(Self { email, role: Some((role, place, views.collect())), invite: names.collect() })
    }
}

/// An address without surrounding blanks.
fn address(email: &str) -> Result<String, OptionError> {
    let trimmed = email.trim();
    let is_odd = |character: char| {
        character.is_whitespace() || character.is_control() || matches!(character, ',' | ';' | '<' | '>')
    };
    let (local, domain) = trimmed.rsplit_once('@').unwrap_or_default();
    if local.is_empty() || local.contains('@') || domain.is_empty() || trimmed.contains(is_odd) {
        let reason = format!(
            "{} is not an e-mail address. Set one such as ada@example.com.",
            mist_client::redact::quoted(email)
        );
        return Err(OptionError::new("email", reason));
    }
    Ok(trimmed.to_owned())
}

/// Several elements with one address must be about different sites or site groups.
fn check_together(declarations: &[Declaration]) -> Result<(), OptionError> {
    let mut known: BTreeMap<String, (usize, Vec<Option<&Place>>)> = BTreeMap::new();
    for (position, one) in declarations.iter().enumerate() {
        let place = one.role.as_ref().map(|(_, place, _)| place);
        let (first, places) = known.entry(key(&one.email)).or_insert_with(|| (position, Vec::new()));
        let conflicts = places.iter().any(|other| *other == place || other.is_none() || place.is_none());
        if conflicts {
            let reason = format!(
                "the address is that of admins[{first}] too, with the same scope or another state. Remove one."
            );
            return Err(OptionError::new(format!("admins[{position}].email"), reason));
        }
        places.push(place);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
