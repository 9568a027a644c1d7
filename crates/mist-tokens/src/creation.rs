//! Performs the actions of [`duplicate_resolution`](crate::duplicate_resolution): one creation, or those of a whole set at a
//! time, which share their looks. Then tries a new token, and delivers its key or rolls back.

use crate::apply::{Outcome, Run};
use crate::calls;
use crate::duplicate_resolution::{Action, Ending, Machine, Moment, Posted, Renamed, Settings};
use crate::error::{Error, Notice, Result};
use crate::key_file::content::Entry;
use crate::key_file::{Delivered, Fault, FaultKind, Found};
use crate::marker::LockDomain;
use crate::plan::{Draft, Plan};
use crate::target::DesiredToken;
use crate::token::{Listing, NewToken, Owner};
use atomic_file::PreparedFile;
use mist_client::retry::growing_pause;
use mist_client::{Client, interruption, workers};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// So long after a closed connection or a wrong response, the effect of the request may still come.
const LATE_EFFECT: Duration = Duration::from_secs(6);

/// The reason of the pauses, in messages.
const REASON: &str = "the creation of a token was not settled yet";

/// A creation: its state, and the key in hand.
#[derive(Debug)]
pub struct Creation<'a> {
    draft: &'a Draft,
    machine: Machine,
    clock: Clock,
    /// The ids of the tokens that existed before.
    before: BTreeSet<String>,
    new: Option<NewToken>,
    /// It was not begun, because of what had happened to another.
    is_off: bool,
}

/// The outcome of a creation.
#[derive(Debug)]
pub enum Created {
    /// The token, with its final name, and its key.
    Token(Box<NewToken>),
    /// Another run is about to create the token, or has. The own one, if there was one, was deleted.
    Withdrawn {
        /// The id of this run's token.
        own: String,
        /// The id of the other one, where it was seen.
        other: Option<String>,
    },
    /// No token was created.
    Failed(Error),
    /// Nothing was tried.
    NotBegun,
}

/// The error of a refused creation. `sent` is the name with its marker, which may be too long or have a refused character although
/// the declared name has not.
fn refusal(error: mist_client::Error, sent: &str) -> Error {
    match error {
        mist_client::Error::Status { status: 400 | 422, ref detail, .. }
            if detail.to_ascii_lowercase().contains("name") =>
        {
            Error::NameRefused { cause: Box::new(error.into()), sent: sent.to_owned() }
        }
        error => error.into(),
    }
}

/// Measures also the time in which this machine was suspended.
#[derive(Clone, Copy, Debug)]
struct Clock(Instant, SystemTime);

impl Clock {
    fn elapsed(&self) -> Duration {
        self.0.elapsed().max(self.1.elapsed().unwrap_or_default())
    }
}

impl<'a> Creation<'a> {
    /// The creation of `draft`; `before` is the listing that showed that it is needed.
    #[must_use]
    pub fn new(client: &Client, draft: &'a Draft, before: &Listing, domain: Option<LockDomain>) -> Self {
        let namesakes = before.tokens.iter().filter(|token| token.name() == draft.name);
        let settings = Settings {
            name: draft.name.clone(),
            domain,
            now: before.now(),
            skew: before.untold_skew(),
            // All pauses, a few requests, and the time for late effects.
            life: client.max_wait() + client.timeout() * 3 + Duration::from_secs(60),
            timeout: client.timeout(),
            known: namesakes.map(|token| token.id.clone()).collect(),
        };
        let machine = Machine::new(settings, fastrand::Rng::new());
        let ids = before.tokens.iter().map(|token| token.id.clone()).collect();
        Self { draft, machine, before: ids, clock: Clock(Instant::now(), SystemTime::now()), new: None, is_off: false }
    }

    fn moment(&self, client: &Client) -> Moment {
        let remaining = if interruption::is_requested() { Duration::ZERO } else { client.remaining_wait() };
        Moment { elapsed: self.clock.elapsed(), remaining }
    }

    /// Performs actions up to the next look or pause, or the end.
    fn advance(&mut self, client: &Client, owner: &Owner, gate: &Gate<'_>) -> Action {
        loop {
            if self.is_off {
                return Action::End;
            }
            match self.machine.action(self.moment(client)) {
                Action::Post(_) if self.new.is_none() && !(gate.may_begin)() => self.is_off = true,
                Action::Post(name) => {
                    let response = self.post(client, owner, &name);
                    self.machine.posted(response, self.moment(client));
                }
                Action::Rename(id) => {
                    let response = self.rename(client, owner, &id);
                    self.machine.renamed(response);
                }
                Action::Delete(id) => self.machine.deleted(calls::delete(client, owner, &id)),
                other => {
                    if let (Action::End, Some(error)) = (&other, self.machine.failure()) {
                        (gate.failed)(&self.draft.name, error);
                    }
                    return other;
                }
            }
        }
    }

    fn post(&mut self, client: &Client, owner: &Owner, name: &str) -> Posted {
        let error = match calls::make(client, owner, &Draft { name: name.to_owned(), ..self.draft.clone() }.body()) {
            Ok(mut new) => {
                let id = new.token.id.clone();
                if self.before.contains(&id) {
                    return Posted::Lost(Error::NotNew { id }, LATE_EFFECT);
                }
                // The response may be id and key alone, and may lack the privileges (official API document).
                if new.token.privileges.is_none() {
                    new.token.privileges.clone_from(&self.draft.privileges);
                }
                if new.token.src_ips.is_none() {
                    new.token.src_ips.clone_from(&self.draft.src_ips);
                }
                self.new = Some(new);
                return Posted::Created(id);
            }
            Err(error) => error,
        };
        if !error.may_have_taken_effect() {
            return Posted::Refused(refusal(error, name));
        }
        // The servers behind a gateway continue after it gave up.
        let least = if error.may_yet_take_effect() { client.timeout() } else { Duration::ZERO };
        Posted::Lost(error.into(), least.max(LATE_EFFECT))
    }

    fn rename(&self, client: &Client, owner: &Owner, id: &str) -> Renamed {
        match calls::rename(client, owner, id, &self.draft.name, self.draft.privileges.as_deref()) {
            Ok(Some(token)) => Renamed::Shown(Box::new(token)),
            Ok(None) => Renamed::Unshown,
            Err(error) if error.may_have_taken_effect() || error.status() == Some(429) => Renamed::Lost(error.into()),
            Err(error) => Renamed::Refused(error.into()),
        }
    }

    fn looked(&mut self, client: &Client, listing: &Result<Listing, Error>) {
        let moment = self.moment(client);
        match listing {
            Ok(listing) => self.machine.looked(listing, moment),
            Err(error) => self.machine.look_failed(error.clone()),
        }
    }

    fn end(self) -> (Created, Vec<Notice>) {
        if self.is_off {
            return (Created::NotBegun, Vec::new());
        }
        let (ending, notices) = self.machine.end();
        let created = match (ending, self.new) {
            (Ending::Created(shown), Some(mut new)) => {
                let (made, shown) = (std::mem::take(&mut new.token), *shown);
                new.token = shown;
                // The first response shows fields that the last one may lack.
                new.token.key = new.token.key.or(made.key);
                new.token.created_time = new.token.created_time.or(made.created_time);
                new.token.privileges = new.token.privileges.or(made.privileges);
                new.token.src_ips = new.token.src_ips.or(made.src_ips);
                Created::Token(Box::new(new))
            }
            (Ending::Created(_), None) => Created::Failed(Error::NobodyReads),
            (Ending::Withdrawn { own, other }, _) => Created::Withdrawn { own, other },
            (Ending::Failed(error), _) => Created::Failed(error),
        };
        (created, notices)
    }
}

/// True if a creation may begin, and what to do when one failed.
pub struct Gate<'a> {
    /// Asked before the first POST of each creation.
    pub may_begin: &'a (dyn Fn() -> bool + Sync),
    /// Called with the name and the error.
    pub failed: &'a (dyn Fn(&str, &Error) + Sync),
}

impl std::fmt::Debug for Gate<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Gate")
    }
}

/// Performs all these creations; gives what came of each, in their order. One listing serves all that wait for one.
#[must_use]
pub fn create(
    client: &Client,
    owner: &Owner,
    creations: Vec<Creation<'_>>,
    gate: &Gate<'_>,
) -> Vec<(Created, Vec<Notice>)> {
    let creations: Vec<Mutex<Creation<'_>>> = creations.into_iter().map(Mutex::new).collect();
    let lock = |creation: &usize| creations[*creation].lock().unwrap_or_else(PoisonError::into_inner);
    let mut active: Vec<usize> = (0..creations.len()).collect();
    let mut looking: Vec<usize> = Vec::new();
    let mut pausing: Vec<(usize, Duration)> = Vec::new();
    loop {
        let advance = |client: &Client, creation: &usize| lock(creation).advance(client, owner, gate);
        for (creation, action) in active.iter().zip(workers::each(client, &active, advance)) {
            match action {
                Action::Look => looking.push(*creation),
                Action::Pause(pause) => pausing.push((*creation, pause)),
                _ => {}
            }
        }
        active.clear();
        if !looking.is_empty() {
            let listing = calls::list(client, owner);
            looking.iter().for_each(|creation| lock(creation).looked(client, &listing));
            active.append(&mut looking);
        } else if let Some(pause) = pausing.iter().map(|(_, pause)| *pause).min() {
            client.pause(pause, REASON);
            // The others have waited as long, and go on when it is their time.
            pausing.retain_mut(|(creation, rest)| {
                *rest = rest.saturating_sub(pause);
                if rest.is_zero() {
                    active.push(*creation);
                }
                !rest.is_zero()
            });
        } else {
            break;
        }
    }
    creations.into_iter().map(|creation| creation.into_inner().unwrap_or_else(PoisonError::into_inner).end()).collect()
}

/// Number of attempts to use a new token: some machines of the cloud learn of it a moment later.
const PROOFS: u32 = 4;

/// Tries the new token when it replaces another one, and delivers its key.
pub(super) fn deliver(
    run: &Run<'_>,
    wanted: &DesiredToken,
    plan: &Plan,
    draft: &Draft,
    new: &NewToken,
    place: Option<PreparedFile>,
) -> Result<Delivered> {
    let mut delivered = Delivered::default();
    let mut notices = Vec::new();
    if new.token.name() != draft.name {
        notices.push(Notice::OtherName { wanted: draft.name.clone(), found: new.token.name().to_owned() });
    }
    if plan.replaces() {
        notices.extend(prove(run.client, draft, new)?);
    }
    match wanted.place() {
        Some((file, writer)) => {
            let place = match place {
                Some(place) => place,
                None => file.prepare(writer)?,
            };
            let host = run.client.host().as_written();
            let entry = Entry { host, id: &new.token.id, name: &draft.name, key: &new.key };
            delivered = file.write(place, &entry)?;
        }
        None if wanted.target.is_key_in_result_alone() && !(run.is_read)() => return Err(Error::NobodyReads),
        None => {}
    }
    delivered.notices.extend(notices);
    Ok(delivered)
}

pub(super) fn unsynced(fault: Fault) -> Notice {
    let words = match fault.kind {
        FaultKind::Unwritable(words) => words,
        _ => String::new(),
    };
    Notice::Writer { path: fault.path, words }
}

/// Sends one request with the new key. A token with other `src_ips` cannot be tried from here: then it returns a notice.
fn prove(client: &Client, draft: &Draft, new: &NewToken) -> Result<Option<Notice>> {
    let as_new = client.with_token(&new.key);
    let mut attempt = 1;
    loop {
        let error = match as_new.get("/api/v1/self") {
            Ok(_) => return Ok(None),
            Err(error) => error,
        };
        let refused = matches!(error.status(), Some(401 | 403));
        if refused && draft.src_ips.as_ref().is_some_and(|src_ips| !src_ips.is_empty()) {
            return Ok(Some(Notice::NotTriedOut));
        }
        let pause = growing_pause(attempt, fastrand::f64());
        if !refused || attempt >= PROOFS || pause > client.remaining_wait() {
            return Err(error.into());
        }
        client.pause(pause, "the new token was not known everywhere yet");
        attempt += 1;
    }
}

/// Deletes a new token that cannot be kept, and returns the error to fail with.
pub fn roll_back(client: &Client, owner: &Owner, id: &str, cause: Error) -> Error {
    let error = calls::delete(client, owner, id).err().map(Box::new);
    Error::RolledBack { cause: Box::new(cause), id: id.to_owned(), error }
}

/// Writes the existing key to its file again, in the declared format and with the declared attributes.
pub(super) fn rewrite(
    run: &Run<'_>,
    wanted: &DesiredToken,
    plan: &Plan,
    place: Option<PreparedFile>,
    done: &mut Outcome,
) -> Result<()> {
    let (Some((file, writer)), Some(token)) = (wanted.place(), plan.kept()) else { return Ok(()) };
    let Found::Key(held) = file.read()? else { return Ok(()) };
    let place = match place {
        Some(place) => place,
        None => file.prepare(writer)?,
    };
    let entry = Entry { host: run.client.host().as_written(), id: &token.id, name: token.name(), key: &held.key };
    let delivered = file.write(place, &entry)?;
    done.notices.extend(delivered.notices.into_iter().chain(delivered.unsynced.map(unsynced)));
    done.rewritten = true;
    Ok(())
}
