//! Applies the plan of one token. The place of the key is proven first. The new token is the only one, tried, and its key delivered
//! before an old token is deleted. A failed creation is rolled back.

mod outcome;

pub use crate::creation::roll_back;
pub use outcome::{Applied, ApplyError, Outcome, Run, own_tokens};

use crate::calls;
use crate::creation::{self, Created, Creation, Gate, deliver, rewrite, unsynced};
use crate::duplicate_resolution::unfinished;
use crate::error::{Error, Notice, Result};
use crate::key_file::Fault;
use crate::plan::{self, Context, Draft, Plan};
use crate::privilege::{Privilege, same_but_for_views, same_privileges};
use crate::target::{DesiredToken, Recreate, Unfiled};
use crate::token::{Listing, NewToken, Token, TokenRef};
use atomic_file::PreparedFile;
use mist_client::interruption;
use std::time::Duration;

/// Number of new beginnings after withdrawals.
const ROUNDS: u32 = 4;

/// Number of looks for the key of the winner in a shared key file.
const LOOKS: u32 = 6;
/// The pause after the first look at other runs; each later one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Applies the plan; `before` is its listing.
pub fn apply(run: &Run<'_>, wanted: &DesiredToken, plan: Plan, before: &Listing) -> Applied {
    apply_round(run, wanted, plan, before, Outcome::default(), 1)
}

fn apply_round(
    run: &Run<'_>,
    wanted: &DesiredToken,
    plan: Plan,
    before: &Listing,
    done: Outcome,
    round: u32,
) -> Applied {
    let mut prepared = match prepare(run, wanted, &plan, before, true) {
        Ok(prepared) => prepared,
        Err(mut stopped) => {
            stopped.done = merged(done, stopped.done);
            return Applied { plan, outcome: Err(stopped) };
        }
    };
    prepared.done = merged(done, prepared.done);
    let created = prepared.draft(&plan).and_then(|draft| {
        let creation = Creation::new(run.client, draft, before, run.domain);
        let gate = Gate { may_begin: &|| true, failed: &|_, _| {} };
        creation::create(run.client, run.owner, vec![creation], &gate).pop()
    });
    conclude(run, wanted, plan, prepared, created, before, round)
}

/// The state before the creation.
#[derive(Debug)]
pub(crate) struct Prepared {
    done: Outcome,
    place: Option<PreparedFile>,
    /// True if other runs are creating the token.
    is_blocked: bool,
}

impl Prepared {
    /// The token to create now.
    pub(crate) fn draft<'a>(&self, plan: &'a Plan) -> Option<&'a Draft> {
        plan.create.as_ref().filter(|_| !self.is_blocked)
    }

    /// The changes so far, of a token that is not created.
    pub(crate) fn into_done(self) -> Outcome {
        self.done
    }
}

/// Deletes the discarded tokens, and proves the place of the key. With `keep_place`, the prepared file exists until the key is
/// delivered.
pub(crate) fn prepare(
    run: &Run<'_>,
    wanted: &DesiredToken,
    plan: &Plan,
    before: &Listing,
    keep_place: bool,
) -> Result<Prepared, Box<ApplyError>> {
    if let Some(draft) = &plan.create
        && !before.judge(run.domain).split(&before.tokens, &draft.name).alive.is_empty()
    {
        return Ok(Prepared { done: Outcome::default(), place: None, is_blocked: true });
    }
    if plan.changes() {
        interruption::begin_change();
    }
    let mut done = Outcome { notices: plan.notices.clone(), ..Outcome::default() };
    let mut place = || -> Result<_> {
        delete(run, &plan.discard, plan, &mut done)?;
        if plan.create.is_none() {
            return Ok(None);
        }
        let begin = || {
            let place = match wanted.place() {
                Some((file, writer)) => Some(file.prepare(writer)?),
                None => None,
            };
            if wanted.target.is_key_in_result_alone() && !(run.is_read)() {
                return Err(Error::NobodyReads);
            }
            Ok(place.filter(|_| keep_place))
        };
        begin().map_err(|cause| after(&done.deleted, cause))
    };
    match place() {
        Ok(place) => Ok(Prepared { done, place, is_blocked: false }),
        Err(error) => Err(Box::new(ApplyError { error, done })),
    }
}

/// Adds the deletions before the creation to its error.
fn after(deleted: &[String], cause: Error) -> Error {
    match deleted {
        [] => cause,
        deleted => Error::AfterDiscarding { cause: Box::new(cause), deleted: deleted.to_vec() },
    }
}

/// Delivers the created token, or starts again after a withdrawal.
pub(crate) fn conclude(
    run: &Run<'_>,
    wanted: &DesiredToken,
    plan: Plan,
    prepared: Prepared,
    created: Option<(Created, Vec<Notice>)>,
    before: &Listing,
    round: u32,
) -> Applied {
    let Prepared { mut done, place, is_blocked } = prepared;
    let (created, notices) = created.map_or((None, Vec::new()), |(created, notices)| (Some(created), notices));
    done.notices.extend(notices);
    let new = match created {
        Some(Created::Token(new)) => Some(*new),
        Some(Created::Withdrawn { own, other }) => {
            done.notices.push(Notice::Withdrew { own, other });
            drop(place);
            return go_on(run, wanted, plan, done, before, round);
        }
        None if is_blocked => return go_on(run, wanted, plan, done, before, round),
        Some(Created::Failed(error)) => {
            let error = after(&done.deleted, error);
            return Applied { plan, outcome: Err(Box::new(ApplyError { error, done })) };
        }
        Some(Created::NotBegun) | None => None,
    };
    let new = new.zip(plan.create.clone());
    if let Some((new, draft)) = &new {
        done.notices.extend(not_kept(&new.token, draft.privileges.as_deref()));
    }
    match finish(run, wanted, &plan, new, place, &mut done) {
        Ok(()) => Applied { plan, outcome: Ok(done) },
        Err(error) => Applied { plan, outcome: Err(Box::new(ApplyError { error, done })) },
    }
}

/// Waits for the other runs, and plans again from the new listing.
fn go_on(run: &Run<'_>, wanted: &DesiredToken, plan: Plan, done: Outcome, before: &Listing, round: u32) -> Applied {
    let again = || -> Result<(Plan, Listing)> {
        if round >= ROUNDS {
            return Err(Error::Contested { name: wanted.target.name.clone() });
        }
        let (mut listing, winner) = wait_for_others(run, &wanted.target.name, before)?;
        let mut target = wanted.target.clone();
        if let Some(winner) = &winner {
            // The other run deletes the token that it replaces.
            listing = listing.retain(|token| plan.deleted().all(|deleted| deleted.id != token.id));
            wait_for_file(run, wanted, winner);
            if target.recreate == Recreate::Always {
                // The other run has just replaced it.
                target.recreate = Recreate::StateChange;
            }
        }
        let place = wanted.look()?;
        let context = Context {
            key_file: &place.found,
            other_attributes: place.other_attributes,
            own: run.own,
            allow_self: run.allow_self,
            now: listing.now(),
            judge: listing.judge(run.domain),
        };
        let mut plan = plan::present(&target, run.owner, &listing.tokens, &context)?;
        wanted.check(&mut plan)?;
        Ok((plan, listing))
    };
    match again() {
        Ok((next, listing)) => apply_round(run, wanted, next, &listing, done, round + 1),
        Err(error) => Applied { plan, outcome: Err(Box::new(ApplyError { error, done })) },
    }
}

/// Waits until a new token of the name exists, or no other run is creating one. Returns the new token.
fn wait_for_others(run: &Run<'_>, name: &str, before: &Listing) -> Result<(Listing, Option<Token>)> {
    let mut pause = FIRST_PAUSE;
    loop {
        let listing = calls::list(run.client, run.owner)?;
        let is_new = |token: &&Token| {
            token.name() == name && before.tokens.iter().all(|known| known.id != token.id || known.name() != name)
        };
        let winner = listing.tokens.iter().find(is_new).cloned();
        let judge = listing.judge(run.domain);
        let alive = judge.split(&listing.tokens, name).alive;
        if winner.is_some() || alive.is_empty() {
            return Ok((listing, winner));
        }
        if pause > run.client.remaining_wait() || interruption::is_requested() {
            return Err(unfinished(name, judge, &alive.iter().collect::<Vec<_>>()));
        }
        run.client.pause(pause, "another run was creating a token of the same name");
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn merged(mut first: Outcome, then: Outcome) -> Outcome {
    first.deleted.extend(then.deleted);
    first.notices.extend(then.notices);
    Outcome { deleted: first.deleted, notices: first.notices, ..then }
}

/// Waits a moment for the key of the winner in a shared key file.
fn wait_for_file(run: &Run<'_>, wanted: &DesiredToken, winner: &Token) {
    let Some((file, _)) = wanted.place() else { return };
    let mut pause = FIRST_PAUSE;
    for _ in 0..LOOKS {
        let arrived = file.read().is_ok_and(|found| found.is_key_of(winner));
        if arrived || pause > run.client.remaining_wait() || interruption::is_requested() {
            break;
        }
        run.client.pause(pause, "another run, which created the token, was about to write its key file");
        pause *= 2;
    }
}

/// Delivers the new key, changes the kept token, and deletes the old tokens.
fn finish(
    run: &Run<'_>,
    wanted: &DesiredToken,
    plan: &Plan,
    new: Option<(NewToken, Draft)>,
    place: Option<PreparedFile>,
    done: &mut Outcome,
) -> Result<()> {
    match new {
        Some((new, draft)) => {
            let delivered = deliver(run, wanted, plan, &draft, &new, place);
            let rolled_back = |error| roll_back(run.client, run.owner, &new.token.id, error);
            let delivered = delivered.map_err(|error| after(&done.deleted, rolled_back(error)))?;
            done.notices.extend(delivered.notices);
            done.token = Some(new.token);
            done.key = Some(new.key);
            if let (Some(fault), Some(token)) = (delivered.unsynced, &done.token) {
                done.notices.push(unsynced_delivery(fault, &token.id, &plan.delete)?);
            }
        }
        None => {
            if plan.rewrite {
                rewrite(run, wanted, plan, place, done)?;
            }
            change(run, plan, done)?;
        }
    }
    delete(run, &plan.delete, plan, done).map_err(|error| without_key(run, wanted, plan, error, done))
}

/// A key file that a power failure may destroy is a warning, unless old tokens are to be deleted: then they are kept.
fn unsynced_delivery(fault: Fault, made: &str, old: &[Token]) -> Result<Notice> {
    if old.is_empty() {
        return Ok(unsynced(fault));
    }
    let left = old.iter().map(|token| token.id.clone()).collect();
    Err(Error::Unsynced { fault, made: made.to_owned(), left })
}

fn delete(run: &Run<'_>, tokens: &[Token], plan: &Plan, done: &mut Outcome) -> Result<()> {
    for old in tokens {
        if let Err(error) = calls::delete(run.client, run.owner, &old.id) {
            let gone = |id: &str| done.deleted.iter().any(|gone| gone == id);
            return Err(Error::OldStays {
                error: Box::new(error),
                made: done.token.as_ref().filter(|_| done.key.is_some()).map(|token| token.id.clone()),
                token: TokenRef::from(old),
                left: plan.deleted().map(|token| token.id.clone()).filter(|id| !gone(id)).collect(),
            });
        }
        done.deleted.push(old.id.clone());
    }
    Ok(())
}

/// The result of a failed task is printed. When its key was not requested, the new token is deleted again, unless the replaced
/// token may be deleted: then the result contains the key.
fn without_key(run: &Run<'_>, wanted: &DesiredToken, plan: &Plan, error: Error, done: &mut Outcome) -> Error {
    let old_may_be_gone = matches!(&error, Error::OldStays { error, .. } if error.may_have_taken_effect())
        || plan.delete.iter().any(|old| done.deleted.contains(&old.id));
    if wanted.target.key_file.is_some() || wanted.target.unfiled != Unfiled::Returned || old_may_be_gone {
        return error;
    }
    let (Some(_), Some(token)) = (&done.key, &done.token) else { return error };
    let cause = match error {
        Error::OldStays { error, token, left, .. } => Error::OldStays { error, made: None, token, left },
        other => other,
    };
    let error = roll_back(run.client, run.owner, &token.id, cause);
    done.key = None;
    done.token = None;
    error
}

/// Changes the kept token in place.
fn change(run: &Run<'_>, plan: &Plan, done: &mut Outcome) -> Result<()> {
    let Some(token) = &plan.keep else { return Ok(()) };
    let Some(update) = &plan.update else {
        done.token = Some(token.clone());
        return Ok(());
    };
    let privileges = update.privileges.as_deref();
    let mut shown = calls::update(run.client, run.owner, &token.id, &update.name, privileges)?;
    let has_views = privileges.iter().copied().flatten().any(|privilege| privilege.views.is_some());
    if has_views && shown.as_ref().is_none_or(|shown| shown.privileges.is_none()) {
        // The cloud may drop views: when its response does not show them, the token is read.
        shown = calls::get(run.client, run.owner, &token.id).unwrap_or_default();
    }
    let kept = shown.as_ref().and_then(|shown| not_kept(shown, privileges));
    done.updated = match (&kept, &shown) {
        // A field that the cloud drops is not a change, in this run and in the next.
        (Some(_), Some(shown)) => {
            let before = token.privileges.as_deref().unwrap_or_default();
            update.name != token.name() || !same_privileges(before, shown.privileges.as_deref().unwrap_or_default())
        }
        _ => true,
    };
    let mut after = update.applied(token);
    if let (Some(_), Some(shown)) = (&kept, shown) {
        after.privileges = shown.privileges;
    }
    done.notices.extend(kept);
    done.token = Some(after);
    Ok(())
}

/// Fields of the sent privileges that the cloud does not show as they were sent.
fn not_kept(shown: &Token, sent: Option<&[Privilege]>) -> Option<Notice> {
    let (shown_privileges, sent) = (shown.privileges.as_deref()?, sent?);
    if same_privileges(shown_privileges, sent) {
        return None;
    }
    let fields = if same_but_for_views(shown_privileges, sent) { vec!["views"] } else { vec!["privileges"] };
    Some(Notice::NotKept { id: shown.id.clone(), fields })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_file::FaultKind;

    #[test]
    fn old_tokens_are_kept_when_the_key_file_may_not_survive_a_power_failure() {
        let fault = || Fault { path: "/k".into(), kind: FaultKind::Unwritable("could not be synced".into()) };
        let old = Token { id: "old".into(), ..Token::default() };
        assert!(matches!(unsynced_delivery(fault(), "new", &[]), Ok(Notice::Writer { .. })));
        let error = unsynced_delivery(fault(), "new", &[old]).unwrap_err();
        assert!(matches!(&error, Error::Unsynced { made, left, .. } if made == "new" && left == &["old"]), "{error:?}");
    }
}
