//! The plan for the administrators of an organization: a pure function of (declared, listed).
//!
//! Facts (official API document, `admin`, `privilege_org`; clients): the list of administrators contains pending invites, known
//! by `invite_id` and `expire_time`, and can contain privileges of the MSP and of other organizations. An invite sends a mail.
//! Changes and deletions send none.

use super::rows::{Grant, Row, RowId, key};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A declared administrator. No two have the same address.
#[derive(Clone, Debug, PartialEq)]
pub struct DeclaredAdmin {
    pub email: String,
    /// `None`: no access.
    pub grants: Option<BTreeSet<Grant>>,
    /// Further fields of an invite, such as the name.
    pub invite: Map<String, Value>,
}

/// A request of the plan.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// Sends a mail.
    SendInvite {
        body: Value,
    },
    ChangeInvite {
        id: String,
        privileges: Vec<Value>,
    },
    WithdrawInvite {
        id: String,
    },
    ChangeAdmin {
        id: String,
        privileges: Vec<Value>,
    },
    /// Takes the privileges in the organization.
    RemoveAdmin {
        id: String,
    },
}

/// The relation of an address to the organization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    #[default]
    Absent,
    /// The only invite has expired.
    Expired,
    /// The invite is pending.
    Invited,
    Active,
}

/// The state of an address.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    pub status: Status,
    pub grants: BTreeSet<Grant>,
    /// The ID of the administrator or of the invite.
    pub id: Option<String>,
    pub expires: Option<f64>,
}

/// The plan for one address.
#[derive(Clone, Debug, PartialEq)]
pub struct AdminPlan {
    pub email: String,
    pub writes: Vec<Write>,
    pub before: Standing,
    pub after: Standing,
    /// The address also has privileges of the MSP, which the organization cannot take.
    pub has_other_access: bool,
}

impl AdminPlan {
    #[must_use]
    pub fn changes(&self) -> bool {
        !self.writes.is_empty()
    }

    #[must_use]
    pub fn sends_invite(&self) -> bool {
        self.writes.iter().any(|write| matches!(write, Write::SendInvite { .. }))
    }

    /// True if an administrator loses access.
    #[must_use]
    pub fn takes_access(&self) -> bool {
        let is_covered = |old: &Grant| self.after.grants.iter().any(|new| new.covers(old));
        self.before.status == Status::Active && !self.before.grants.iter().all(is_covered)
    }

    /// True if the organization loses a superuser.
    #[must_use]
    pub fn takes_superuser(&self) -> bool {
        self.before.is_superuser() && !self.after.is_superuser()
    }
}

impl Standing {
    /// The state of an address in a list. An administrator counts more than an invite, and a pending invite more than an
    /// expired one.
    #[must_use]
    pub fn of(email: &str, listed: Listed<'_>) -> Self {
        let rows = listed.rows.iter().filter(|row| !row.email.is_empty() && key(&row.email) == key(email));
        let state = |row: &Row| {
            let (status, id) = match &row.id {
                RowId::Admin(id) if !row.grants(listed.org_id).is_empty() => (Status::Active, id),
                RowId::Invite(id) if row.is_expired(listed.now) => (Status::Expired, id),
                RowId::Invite(id) => (Status::Invited, id),
                _ => return None,
            };
            Some(Self { status, grants: row.grants(listed.org_id), id: Some(id.clone()), expires: row.expires })
        };
        rows.filter_map(state).max_by_key(|standing| standing.status).unwrap_or_default()
    }

    /// True for an administrator with unrestricted access. An invited one does not count.
    #[must_use]
    pub fn is_superuser(&self) -> bool {
        self.status == Status::Active && self.grants.iter().any(Grant::is_superuser)
    }
}

/// The account that the task uses. An organization token has neither address nor ID.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Caller {
    pub email: String,
    pub id: String,
}

impl Caller {
    fn is(&self, key: &str, id: Option<&str>) -> bool {
        (!self.email.is_empty() && self.email == key) || (!self.id.is_empty() && id == Some(self.id.as_str()))
    }
}

/// The list of the cloud.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    pub org_id: &'a str,
    pub rows: &'a [Row],
    /// The cloud's time.
    pub now: f64,
}

/// The wish to delete all others.
pub struct Purge<'a> {
    pub keeps: &'a dyn Fn(&str) -> bool,
    pub max_deletes: Option<usize>,
}

/// A reason to change nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    SeveralAdmins {
        email: String,
        ids: Vec<String>,
    },
    NoId {
        email: String,
    },
    NoPrivileges {
        email: String,
    },
    /// The caller would lose privileges.
    Caller {
        email: String,
    },
    /// No superuser would be left. The addresses are those that would lose it.
    LastSuperuser {
        emails: Vec<String>,
    },
    TooMany {
        most: usize,
        emails: Vec<String>,
    },
}

/// The plan for all addresses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// In the order of declaration.
    pub admins: Vec<AdminPlan>,
    pub purge: Vec<AdminPlan>,
}

impl Plan {
    pub fn all(&self) -> impl Iterator<Item = &AdminPlan> {
        self.admins.iter().chain(&self.purge)
    }

    /// True if the plan has to be checked against the caller.
    #[must_use]
    pub fn takes_access(&self) -> bool {
        self.all().any(AdminPlan::takes_access)
    }
}

/// Plans the requests. A purge leaves out the caller, if it is known.
///
/// # Errors
/// All rows that cannot be used.
pub fn plan(
    declared: &[DeclaredAdmin],
    listed: Listed<'_>,
    reinvite: bool,
    purge: Option<&Purge<'_>>,
    caller: Option<&Caller>,
) -> Result<Plan, Vec<Problem>> {
    let mut rows: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in listed.rows.iter().filter(|row| !row.email.is_empty()) {
        rows.entry(key(&row.email)).or_default().push(row);
    }
    let (mut plan, mut problems) = (Plan::default(), Vec::new());
    let mut add = |to: &mut Vec<AdminPlan>, planned| match planned {
        Ok(planned) => to.push(planned),
        Err(problem) => problems.push(problem),
    };
    for one in declared {
        let found = rows.remove(&key(&one.email)).unwrap_or_default();
        add(&mut plan.admins, plan_one(one, &found, listed, reinvite));
    }
    let keeps = |key: &str, found: &[&Row]| {
        let own =
            |row: &&Row| matches!(&row.id, RowId::Admin(id) if caller.is_some_and(|caller| caller.is(key, Some(id))));
        purge.is_none_or(|purge| (purge.keeps)(key)) || found.iter().any(own)
    };
    for (_, found) in rows.into_iter().filter(|(key, found)| !keeps(key, found)) {
        let email = found.first().map(|row| row.email.clone()).unwrap_or_default();
        let absent = DeclaredAdmin { email, grants: None, invite: Map::new() };
        add(&mut plan.purge, plan_one(&absent, &found, listed, reinvite));
    }
    plan.purge.retain(AdminPlan::changes);
    if problems.is_empty() { Ok(plan) } else { Err(problems) }
}

fn plan_one(one: &DeclaredAdmin, found: &[&Row], listed: Listed<'_>, reinvite: bool) -> Result<AdminPlan, Problem> {
    let Listed { org_id, now, .. } = listed;
    let email = one.email.clone();
    let (mut admins, mut pending, mut expired): (BTreeMap<&str, &Row>, Vec<_>, Vec<_>) = Default::default();
    for row in found {
        match &row.id {
            RowId::Missing => return Err(Problem::NoId { email }),
            RowId::Admin(id) => drop(admins.insert(id, row)),
            RowId::Invite(id) if row.is_expired(now) => expired.push((id.clone(), *row)),
            RowId::Invite(id) => pending.push((id.clone(), *row)),
        }
    }
    if admins.len() > 1 {
        return Err(Problem::SeveralAdmins { email, ids: admins.keys().map(ToString::to_string).collect() });
    }
    let admin = admins.into_iter().next();
    if admin.is_some_and(|(_, row)| row.privileges.is_none()) {
        return Err(Problem::NoPrivileges { email });
    }
    let own = admin.map(|(_, row)| row.grants(org_id)).unwrap_or_default();
    let before = Standing::of(&email, listed);
    let mut writes = Vec::new();
    let withdrawn = |(id, _): &(String, &Row)| Write::WithdrawInvite { id: id.clone() };
    let Some(grants) = &one.grants else {
        writes.extend(admin.filter(|_| !own.is_empty()).map(|(id, _)| Write::RemoveAdmin { id: id.to_owned() }));
        writes.extend(pending.iter().chain(&expired).map(withdrawn));
        let has_other_access = admin
            .is_some_and(|(_, row)| row.privileges.iter().flatten().any(|one| Grant::all_of(one, org_id).is_empty()));
        return Ok(AdminPlan { email, writes, before, after: Standing::default(), has_other_access });
    };
    let mut after = Standing { grants: grants.clone(), ..before.clone() };
    if let Some((id, row)) = admin {
        (after.status, after.id) = (Status::Active, Some(id.to_owned()));
        if own != *grants {
            writes.push(Write::ChangeAdmin { id: id.to_owned(), privileges: row.with_grants(grants, org_id) });
        }
    } else if pending.is_empty() && (expired.is_empty() || reinvite) {
        writes.extend(expired.iter().map(withdrawn));
        let mut body = one.invite.clone();
        body.insert("email".to_owned(), json!(one.email));
        let privileges: Vec<Value> = grants.iter().map(|grant| grant.to_privilege(org_id)).collect();
        body.insert("privileges".to_owned(), json!(privileges));
        writes.push(Write::SendInvite { body: Value::Object(body) });
        after = Standing { status: Status::Invited, grants: grants.clone(), id: None, expires: None };
    } else if pending.is_empty() {
        after = before.clone();
    }
    for (id, row) in pending.iter().filter(|(_, row)| row.privileges.is_some() && row.grants(org_id) != *grants) {
        writes.push(Write::ChangeInvite { id: id.clone(), privileges: row.with_grants(grants, org_id) });
    }
    Ok(AdminPlan { email, writes, before, after, has_other_access: false })
}

/// The reasons not to carry out a possible plan.
#[must_use]
pub fn refusals(plan: &Plan, listed: Listed<'_>, purge: Option<&Purge<'_>>, caller: &Caller) -> Vec<Problem> {
    let mut problems: Vec<Problem> = plan
        .admins
        .iter()
        .filter(|one| one.takes_access() && caller.is(&key(&one.email), one.before.id.as_deref()))
        .map(|one| Problem::Caller { email: one.email.clone() })
        .collect();
    let adds_one = plan.all().any(|one| one.after.is_superuser() && !one.before.is_superuser());
    if takes_all_superusers(plan, listed) && !adds_one {
        let emails = plan.all().filter(|one| one.takes_superuser()).map(|one| one.email.clone()).collect();
        problems.push(Problem::LastSuperuser { emails });
    }
    let most = purge.and_then(|purge| purge.max_deletes);
    if let Some(most) = most.filter(|most| plan.purge.len() > *most) {
        let emails = plan.purge.iter().map(|one| one.email.clone()).collect();
        problems.push(Problem::TooMany { most, emails });
    }
    problems
}

/// True if the plan takes the access of all listed superusers.
#[must_use]
pub fn takes_all_superusers(plan: &Plan, listed: Listed<'_>) -> bool {
    let taken: BTreeSet<String> = plan.all().filter(|one| one.takes_superuser()).map(|one| key(&one.email)).collect();
    let is_superuser = |row: &&Row| {
        matches!(row.id, RowId::Admin(_))
            && !row.email.is_empty()
            && row.grants(listed.org_id).iter().any(Grant::is_superuser)
    };
    let left = listed.rows.iter().filter(is_superuser).any(|row| !taken.contains(&key(&row.email)));
    !taken.is_empty() && !left
}
