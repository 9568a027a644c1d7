//! Carries the plan of one token out. The order is the promise: the place for the key is proven first; the new token is
//! known to be the only one, proven, and its key delivered, before anything old is deleted; and what cannot be finished is
//! rolled back.

mod change;
mod deliver;
mod run;

pub use deliver::roll_back;
pub use run::{Applied, Done, Run, Stopped, own_tokens};

use crate::calls;
use crate::contest;
use crate::creation::{self, Created};
use crate::error::{Error, Notice, Result};
use crate::key_file::Place;
use crate::plan::{self, Context, Draft, Plan};
use crate::settle::{Verdict, settle};
use crate::target::{Recreate, Unfiled};
use crate::token::{Listing, NewToken, Token, TokenRef};
use crate::wanted::{Wanted, unwritable};
use change::{change, not_kept};
use deliver::{deliver, rewrite, unsynced};
use mist_client::interruption;
use std::collections::BTreeSet;
use std::time::Duration;

/// So often a run begins anew after it withdrew.
const ROUNDS: u32 = 4;

/// How often a run that withdrew looks whether the others are done, and have written the key's file that they share with it.
const LOOKS: u32 = 6;
/// The pause after the first of these looks; each one after it is twice as long.
const FIRST_LOOK: Duration = Duration::from_millis(100);

/// Does what the plan says; `before` is the list that it was made from.
pub fn apply(run: &Run<'_>, wanted: &Wanted, plan: Plan, before: &Listing) -> Applied {
    let made = match make(run, wanted, &plan, before, true) {
        Ok(made) => made,
        Err(stopped) => return Applied { plan, outcome: Err(stopped) },
    };
    let verdict = made.created.as_ref().map(|(created, draft)| {
        let looked = created.looked.clone();
        settle(run.client, run.owner, &[(&created.new, &draft.name)], before, looked).pop()
    });
    conclude(run, wanted, plan, made, verdict.flatten(), before, 1)
}

/// A token that was made, and what was done before.
#[derive(Debug)]
pub(crate) struct Made {
    done: Done,
    pub(crate) created: Option<(Created, Draft)>,
    place: Option<Box<dyn Place>>,
}

impl std::fmt::Debug for dyn Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Place")
    }
}

/// The first half: what goes first goes, the place of the key is proven, and the token is made. With `keep_place`, what
/// proved the place stays there until the key is delivered.
pub(crate) fn make(
    run: &Run<'_>,
    wanted: &Wanted,
    plan: &Plan,
    before: &Listing,
    keep_place: bool,
) -> Result<Made, Box<Stopped>> {
    if plan.changes() {
        interruption::begin_change();
    }
    let mut done = Done { notices: plan.notices.clone(), ..Done::default() };
    let mut made = || -> Result<_> {
        delete(run, &plan.discard, plan, &mut done)?;
        let Some(draft) = &plan.create else { return Ok((None, None)) };
        let begin = || {
            let place = match wanted.place() {
                Some((file, destination)) => Some(destination.prepare().map_err(|words| unwritable(file, words))?),
                None => None,
            };
            if wanted.target.is_key_in_result_alone() && !(run.is_read)() {
                return Err(Error::NobodyReads);
            }
            Ok((creation::create(run.client, run.owner, draft, before)?, place))
        };
        let (created, place) = begin().map_err(|cause| after(&done.deleted, cause))?;
        Ok((Some((created, draft.clone())), place.filter(|_| keep_place)))
    };
    match made() {
        Ok((created, place)) => Ok(Made { done, created, place }),
        Err(error) => Err(Box::new(Stopped { error, done })),
    }
}

/// What a run failed with that had deleted these first.
fn after(deleted: &[String], cause: Error) -> Error {
    match deleted {
        [] => cause,
        deleted => Error::AfterDiscarding { cause: Box::new(cause), deleted: deleted.to_vec() },
    }
}

/// The second half, after it was settled whether the token that was made stays.
pub(crate) fn conclude(
    run: &Run<'_>,
    wanted: &Wanted,
    plan: Plan,
    made: Made,
    verdict: Option<Verdict>,
    before: &Listing,
    round: u32,
) -> Applied {
    let Made { mut done, created, place } = made;
    let new = match (created, verdict) {
        (Some((created, _)), Some(Verdict::Withdrawn { other })) => {
            done.notices.push(Notice::Withdrew { own: created.new.token.id, other: other.clone() });
            return go_on(run, wanted, plan, done, before, round);
        }
        (_, Some(Verdict::Stuck(error))) => {
            return Applied { plan, outcome: Err(Box::new(Stopped { error: *error, done })) };
        }
        (Some((mut created, draft)), verdict) => {
            done.notices.append(&mut created.notices);
            if let Some(Verdict::Stays { shown, notice }) = verdict {
                done.notices.extend(notice.map(|notice| *notice));
                if let Some(mut shown) = shown {
                    shown.name = shown.name.or(created.new.token.name);
                    done.notices.extend(not_kept(&shown, draft.privileges.as_deref()));
                    created.new.token = *shown;
                }
            }
            Some((created.new, draft))
        }
        (None, _) => None,
    };
    match finish(run, wanted, &plan, new, place, &mut done) {
        Ok(()) => Applied { plan, outcome: Ok(done) },
        Err(error) => Applied { plan, outcome: Err(Box::new(Stopped { error, done })) },
    }
}

/// What a run does that withdrew: it goes on as if it had found the other's token there.
fn go_on(run: &Run<'_>, wanted: &Wanted, plan: Plan, mut done: Done, before: &Listing, round: u32) -> Applied {
    let again = || -> Result<(Plan, Listing)> {
        if round >= ROUNDS {
            return Err(Error::Contested { name: wanted.target.name.clone() });
        }
        let name = &wanted.target.name;
        let gone: BTreeSet<&str> = plan.deleted().map(|token| token.id.as_str()).collect();
        let listing = decided(run, name, before)?;
        let first = contest::first(name, before, &listing).map(|token| token.id.clone());
        let listing = listing.retain(|token| {
            let is_known = before.tokens.iter().any(|known| known.id == token.id);
            // What the other run replaces leaves by its hand, and other runs withdraw theirs.
            !gone.contains(token.id.as_str()) && (is_known || token.name() != name || Some(&token.id) == first.as_ref())
        });
        if let Some(first) = &first {
            wait_for_file(run, wanted, &listing, first);
        }
        let place = wanted.look()?;
        let mut target = wanted.target.clone();
        if target.recreate == Recreate::Always {
            // It was made anew just now, by the other.
            target.recreate = Recreate::StateChange;
        }
        let context = Context {
            key_file: &place.found,
            other_attributes: place.other_attributes,
            own: run.own,
            allow_self: run.allow_self,
            now: listing.now(),
        };
        let mut plan = plan::present(&target, run.owner, &listing.tokens, &context)?;
        wanted.check(&mut plan)?;
        Ok((plan, listing))
    };
    let (next, listing) = match again() {
        Ok(next) => next,
        Err(error) => return Applied { plan, outcome: Err(Box::new(Stopped { error, done })) },
    };
    let made = match make(run, wanted, &next, &listing, true) {
        Ok(made) => made,
        Err(mut stopped) => {
            stopped.done = merged(done, stopped.done);
            return Applied { plan: next, outcome: Err(stopped) };
        }
    };
    let verdict = made.created.as_ref().and_then(|(created, draft)| {
        let looked = created.looked.clone();
        settle(run.client, run.owner, &[(&created.new, &draft.name)], &listing, looked).pop()
    });
    let made = Made { done: merged(std::mem::take(&mut done), made.done), ..made };
    conclude(run, wanted, next, made, verdict, &listing, round + 1)
}

/// The list once the others have decided too, so that what it shows stays: twice the same one new token of the name.
fn decided(run: &Run<'_>, name: &str, before: &Listing) -> Result<Listing> {
    let mut pause = FIRST_LOOK;
    let mut last = None;
    for _ in 0..LOOKS {
        let listing = calls::list(run.client, run.owner)?;
        let new = contest::new_ids(name, before, &listing);
        let is_settled = new.len() <= 1 && last.as_ref() == Some(&new);
        if is_settled || pause > run.client.remaining_wait() || interruption::is_requested() {
            return Ok(listing);
        }
        last = Some(new);
        run.client.pause(pause, "other runs made tokens of the same name at the same time");
        pause *= 2;
    }
    calls::list(run.client, run.owner)
}

fn merged(mut first: Done, then: Done) -> Done {
    first.deleted.extend(then.deleted);
    first.notices.extend(then.notices);
    Done { deleted: first.deleted, notices: first.notices, ..then }
}

/// Two runs that have one file: the one that withdrew waits a little for the other's key to come into it.
fn wait_for_file(run: &Run<'_>, wanted: &Wanted, listing: &Listing, other: &str) {
    let Some((file, _)) = wanted.place() else { return };
    let Some(other) = listing.tokens.iter().find(|token| token.id == other) else { return };
    let mut pause = FIRST_LOOK;
    for _ in 0..LOOKS {
        let arrived = file.read().is_ok_and(|found| found.is_key_of(other));
        if arrived || pause > run.client.remaining_wait() || interruption::is_requested() {
            break;
        }
        run.client.pause(pause, "another run, which made the token, was about to write its key's file");
        pause *= 2;
    }
}

/// Delivers what was made, changes what stays, and deletes what goes.
fn finish(
    run: &Run<'_>,
    wanted: &Wanted,
    plan: &Plan,
    new: Option<(NewToken, Draft)>,
    place: Option<Box<dyn Place>>,
    done: &mut Done,
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
                if !plan.delete.is_empty() {
                    let left = plan.delete.iter().map(|token| token.id.clone()).collect();
                    return Err(Error::Unsynced { fault, made: token.id.clone(), left });
                }
                done.notices.push(unsynced(fault));
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

fn delete(run: &Run<'_>, tokens: &[Token], plan: &Plan, done: &mut Done) -> Result<()> {
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

/// The result of a failed task is printed. Where nobody asked for a key in it, the new token is deleted again, unless the
/// one that it replaces may be gone: then its key is told all the same.
fn without_key(run: &Run<'_>, wanted: &Wanted, plan: &Plan, error: Error, done: &mut Done) -> Error {
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
