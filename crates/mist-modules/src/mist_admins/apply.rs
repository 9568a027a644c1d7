//! Carries out the plan for the administrators. No mail is sent twice: an invite without a response is looked for in the list,
//! and is not repeated. A file on this machine remembers invites that the list does not show yet.

use super::plan::{self, AdminPlan, Listed, Plan, Standing, Status, Write};
use super::rows::{Grant, Row, key};
use mist_client::answer::Deletion;
use mist_client::{Client, Error, interruption, paging};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The pauses between looks for a new invite.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_millis(1_000),
    Duration::from_millis(1_750),
    Duration::from_millis(2_000),
];

/// An invite that the list does not show is not sent again for this time, in seconds.
const REMEMBERED: u64 = 600;

const REASON: &str = "the list does not show a new invite yet";

/// The list of administrators.
#[derive(Debug)]
pub struct Rows {
    pub rows: Vec<Row>,
    /// The cloud's time, in seconds since 1970.
    pub now: f64,
}

impl Rows {
    #[must_use]
    pub fn listed<'a>(&'a self, org_id: &'a str) -> Listed<'a> {
        Listed { org_id, rows: &self.rows, now: self.now }
    }
}

/// Lists the administrators and invites of an organization.
///
/// # Errors
/// All variants of [`Error`].
pub fn list(client: &Client, org_id: &str) -> Result<Rows, Error> {
    let rows = list_once(client, org_id)?;
    // Every organization has an administrator. An empty list is read again, because all declared addresses would be invited.
    if rows.rows.is_empty() { list_once(client, org_id) } else { Ok(rows) }
}

fn list_once(client: &Client, org_id: &str) -> Result<Rows, Error> {
    let path = format!("/api/v1/orgs/{org_id}/admins");
    let first = client.get(&path)?;
    let at = first.date.unwrap_or_else(SystemTime::now);
    let now = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let answer = paging::complete(client, &path, first)?.answer;
    // An object without a list is not an empty list.
    let rows = answer.json.as_array().or_else(|| answer.json["results"].as_array());
    let is_one =
        |row: &Value| ["admin_id", "id", "invite_id", "email", "name"].iter().any(|field| row[*field].is_string());
    let rows = rows.filter(|rows| rows.iter().all(is_one));
    let rows = rows.ok_or_else(|| answer.unexpected("a list of administrators"))?;
    Ok(Rows { rows: rows.iter().map(Row::of).collect(), now })
}

/// The failure for one address.
#[derive(Clone, Debug, PartialEq)]
pub enum ApplyError {
    Cloud(Error),
    /// The response to an invite was lost, and the list does not show it.
    Lost(Error),
    /// The list does not show the invite of an earlier run, this many seconds ago.
    Earlier(u64),
    /// The administrator or the invite is still listed after its deletion.
    StillListed,
    /// The list has no other superuser any more.
    LastSuperuser,
    /// The invite cannot be remembered, so it was not sent.
    Memory {
        path: PathBuf,
        reason: String,
    },
}

/// The end of the plan for one address.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Done {
        standing: Standing,
        changed: bool,
        /// The list does not show the invite yet, although the cloud accepted it.
        unseen: bool,
    },
    Failed {
        error: ApplyError,
        changed: bool,
    },
    NotBegun,
}

/// The ends of all plans.
#[derive(Debug, Default)]
pub struct Ends {
    pub admins: Vec<End>,
    pub purge: Vec<End>,
}

impl Ends {
    /// The prediction of check mode.
    #[must_use]
    pub fn predicted(plan: &Plan) -> Self {
        let end = |one: &AdminPlan| End::Done { standing: one.after.clone(), changed: one.changes(), unseen: false };
        Self { admins: plan.admins.iter().map(end).collect(), purge: plan.purge.iter().map(end).collect() }
    }

    pub fn all(&self) -> impl Iterator<Item = &End> {
        self.admins.iter().chain(&self.purge)
    }

    #[must_use]
    pub fn changed(&self) -> bool {
        self.all().any(|end| matches!(end, End::Done { changed: true, .. } | End::Failed { changed: true, .. }))
    }

    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.all().all(|end| matches!(end, End::Done { .. }))
    }
}

/// The progress of one plan.
#[derive(Debug, Default)]
struct Progress {
    has_begun: bool,
    changed: bool,
    error: Option<ApplyError>,
    /// An invite was sent, perhaps without a response.
    sent: bool,
    lost: Option<Error>,
    /// The list has to confirm the end.
    must_look: bool,
    /// The privileges that the cloud confirmed.
    shown: Option<BTreeSet<Grant>>,
    /// The state in the last list.
    listed: Option<Standing>,
}

impl Progress {
    fn failed(&mut self, error: ApplyError) {
        self.error.get_or_insert(error);
    }

    fn is_good(&self) -> bool {
        self.has_begun && self.error.is_none()
    }
}

/// The changes of one organization. The caller holds its lock.
#[derive(Debug)]
pub struct Run<'a> {
    pub client: &'a Client,
    pub org_id: &'a str,
    /// Remembers invites: see [`mist_tokens::lock::SubjectLock::memory`].
    pub memory: &'a Path,
}

impl Run<'_> {
    /// Grants access first, then takes it, and purges last.
    #[must_use]
    pub fn apply(&self, plan: &Plan) -> Ends {
        let mut sent = Sent::read(self.memory);
        let is_listed = |one: &&AdminPlan| matches!(one.before.status, Status::Invited | Status::Active);
        plan.all().filter(is_listed).for_each(|one| sent.forget(&one.email));
        let mut admins: Vec<Progress> = plan.admins.iter().map(|_| Progress::default()).collect();
        let mut purge: Vec<Progress> = plan.purge.iter().map(|_| Progress::default()).collect();
        let mut stopped = false;
        for (one, progress) in plan.admins.iter().zip(&mut admins).filter(|(one, _)| !one.takes_access()) {
            self.carry_out(one, progress, &mut sent, &mut stopped);
        }
        self.settle(&plan.admins, &mut admins, &mut sent);
        let granted = plan.admins.iter().zip(&admins).all(|(one, progress)| one.takes_access() || progress.is_good());
        let is_safe = !stopped && self.leaves_a_superuser(plan, granted);
        for (one, progress) in plan.admins.iter().zip(&mut admins).filter(|(one, _)| one.takes_access()) {
            if one.takes_superuser() && !is_safe {
                progress.failed(ApplyError::LastSuperuser);
                continue;
            }
            self.carry_out(one, progress, &mut sent, &mut stopped);
        }
        self.confirm(&plan.admins, &mut admins);
        if admins.iter().all(Progress::is_good) && is_safe {
            for (one, progress) in plan.purge.iter().zip(&mut purge) {
                self.carry_out(one, progress, &mut sent, &mut stopped);
            }
            self.confirm(&plan.purge, &mut purge);
        }
        let ends = |plans: &[AdminPlan], progress: Vec<Progress>| {
            plans.iter().zip(progress).map(|(one, progress)| end(one, progress)).collect()
        };
        Ends { admins: ends(&plan.admins, admins), purge: ends(&plan.purge, purge) }
    }

    /// Reads the list again before a superuser loses access: another run may have taken that of the others.
    fn leaves_a_superuser(&self, plan: &Plan, granted: bool) -> bool {
        if !plan.all().any(AdminPlan::takes_superuser) {
            return true;
        }
        granted
            && list(self.client, self.org_id)
                .is_ok_and(|now| !plan::takes_all_superusers(plan, now.listed(self.org_id)))
    }

    fn carry_out(&self, one: &AdminPlan, progress: &mut Progress, sent: &mut Sent, stopped: &mut bool) {
        if one.changes() && (*stopped || interruption::is_requested()) {
            return;
        }
        progress.has_begun = true;
        for write in &one.writes {
            interruption::begin_change();
            if let Err(error) = self.write(one, write, progress, sent) {
                *stopped |= matches!(&error, ApplyError::Cloud(error) if !error.is_about_one_thing());
                progress.failed(error);
                return;
            }
        }
    }

    fn write(
        &self,
        one: &AdminPlan,
        write: &Write,
        progress: &mut Progress,
        sent: &mut Sent,
    ) -> Result<(), ApplyError> {
        let path = |list: &str, id: &str| format!("/api/v1/orgs/{}/{list}/{id}", self.org_id);
        match write {
            Write::SendInvite { body } => return self.send_invite(one, body, progress, sent),
            Write::ChangeInvite { id, privileges } | Write::ChangeAdmin { id, privileges } => {
                let list = if matches!(write, Write::ChangeAdmin { .. }) { "admins" } else { "invites" };
                let answer = self
                    .client
                    .put(&path(list, id), &json!({ "privileges": privileges }))
                    .map_err(ApplyError::Cloud)?;
                let row = Row::of(&answer.json);
                let shown = row.privileges.is_some().then(|| row.grants(self.org_id));
                progress.must_look |= shown.is_none();
                // Without a readable response, the list decides.
                progress.changed |= shown.as_ref().is_some_and(|shown| *shown != one.before.grants);
                progress.shown = shown;
            }
            Write::WithdrawInvite { id } => progress.delete(self.client, &path("invites", id))?,
            Write::RemoveAdmin { id } => progress.delete(self.client, &path("admins", id))?,
        }
        Ok(())
    }

    fn send_invite(
        &self,
        one: &AdminPlan,
        body: &Value,
        progress: &mut Progress,
        sent: &mut Sent,
    ) -> Result<(), ApplyError> {
        progress.sent = true;
        if sent.age(&one.email).is_some() {
            return Ok(());
        }
        sent.remember(&one.email)?;
        match self.client.post(&format!("/api/v1/orgs/{}/invites", self.org_id), body) {
            Ok(_) => progress.changed = true,
            Err(error) if error.may_have_taken_effect() => progress.lost = Some(error),
            Err(error) => {
                sent.forget(&one.email);
                // The address can have an invite or access that the list did not show.
                let is_known = matches!(error.status(), Some(400 | 409));
                progress.sent = is_known;
                return Err(ApplyError::Cloud(error));
            }
        }
        Ok(())
    }

    /// Looks for the sent invites, until the list shows all of them or the time is over.
    fn settle(&self, plans: &[AdminPlan], all: &mut [Progress], sent: &mut Sent) {
        for pause in std::iter::once(Duration::ZERO).chain(PAUSES) {
            let missing = |progress: &Progress| progress.sent && !progress.is_invited();
            if !all.iter().any(missing) {
                break;
            }
            // An address that the cloud refused needs one look.
            let waits = all.iter().any(|progress| missing(progress) && progress.error.is_none());
            if !pause.is_zero() {
                if !waits || self.client.remaining_wait() < pause || interruption::is_requested() {
                    break;
                }
                self.client.pause(pause, REASON);
            }
            let Ok(rows) = list(self.client, self.org_id) else { break };
            for (one, progress) in plans.iter().zip(&mut *all) {
                progress.listed = Some(Standing::of(&one.email, rows.listed(self.org_id)));
            }
        }
        for (one, progress) in plans.iter().zip(all).filter(|(_, progress)| progress.sent) {
            if progress.is_invited() {
                // Not changed, if the invite is that of another run.
                progress.changed |= progress.lost.take().is_some();
                progress.error = None;
                sent.forget(&one.email);
            } else if let Some(error) = progress.lost.take() {
                progress.failed(ApplyError::Lost(error));
            } else if let Some(age) = sent.age(&one.email).filter(|_| !progress.changed) {
                progress.failed(ApplyError::Earlier(age));
            }
        }
    }

    /// Reads the list where a response did not confirm the end.
    fn confirm(&self, plans: &[AdminPlan], all: &mut [Progress]) {
        let is_open = |progress: &Progress| progress.must_look && progress.error.is_none();
        if !all.iter().any(is_open) {
            return;
        }
        match list(self.client, self.org_id) {
            Ok(rows) => {
                for (one, progress) in plans.iter().zip(all).filter(|(_, progress)| is_open(progress)) {
                    let standing = Standing::of(&one.email, rows.listed(self.org_id));
                    let must_be_gone = one.after.status == Status::Absent;
                    if must_be_gone && standing.status != Status::Absent {
                        progress.failed(ApplyError::StillListed);
                    }
                    progress.changed |= standing.status != one.before.status || standing.grants != one.before.grants;
                    progress.listed = Some(standing);
                }
            }
            Err(error) => {
                all.iter_mut()
                    .filter(|progress| is_open(progress))
                    .for_each(|progress| progress.failed(ApplyError::Cloud(error.clone())));
            }
        }
    }
}

impl Progress {
    /// True if the last list has an invite or access.
    fn is_invited(&self) -> bool {
        self.listed.as_ref().is_some_and(|standing| matches!(standing.status, Status::Invited | Status::Active))
    }

    fn delete(&mut self, client: &Client, path: &str) -> Result<(), ApplyError> {
        match client.delete_existing(path).map_err(ApplyError::Cloud)? {
            Deletion::Confirmed => self.changed = true,
            Deletion::NotFound => self.must_look = true,
        }
        Ok(())
    }
}

fn end(one: &AdminPlan, progress: Progress) -> End {
    let changed = progress.changed;
    if let Some(error) = progress.error {
        return End::Failed { error, changed };
    }
    if !progress.has_begun {
        return End::NotBegun;
    }
    let unseen = progress.sent && !progress.is_invited();
    let listed = progress.listed.filter(|_| !unseen && one.changes());
    let mut standing = listed.unwrap_or_else(|| one.after.clone());
    standing.grants = match progress.shown {
        Some(shown) => shown,
        // A list may show invites without privileges.
        None if standing.status == Status::Invited && standing.grants.is_empty() => one.after.grants.clone(),
        None => standing.grants,
    };
    End::Done { standing, changed, unseen }
}

/// The invites that the list did not show yet, with the time of their sending in seconds since 1970.
#[derive(Debug)]
struct Sent {
    path: PathBuf,
    times: BTreeMap<String, u64>,
}

impl Sent {
    /// Unreadable lines and old invites are left out.
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line =
            |line: &str| line.split_once(' ').and_then(|(time, email)| Some((email.to_owned(), time.parse().ok()?)));
        let times = text.lines().filter_map(line).filter(|(_, time)| age(*time) < REMEMBERED).collect();
        Self { path: path.to_owned(), times }
    }

    /// Seconds since the invite of another run was sent.
    fn age(&self, email: &str) -> Option<u64> {
        self.times.get(&key(email)).map(|time| age(*time))
    }

    fn remember(&mut self, email: &str) -> Result<(), ApplyError> {
        self.times.insert(key(email), seconds());
        self.write().map_err(|error| ApplyError::Memory { path: self.path.clone(), reason: error.to_string() })
    }

    fn forget(&mut self, email: &str) {
        if self.times.remove(&key(email)).is_some() {
            // A file that stays only delays a later invite to the address.
            let _ = self.write();
        }
    }

    fn write(&self) -> std::io::Result<()> {
        if self.times.is_empty() {
            return std::fs::remove_file(&self.path);
        }
        let lines: String = self.times.iter().map(|(email, time)| format!("{time} {email}\n")).collect();
        std::fs::write(&self.path, lines)
    }
}

/// Seconds since a time. A time in the future is now.
fn age(time: u64) -> u64 {
    seconds().saturating_sub(time)
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
