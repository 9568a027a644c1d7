//! Tries a new token, and delivers its key or rolls back.

use super::outcome::{Outcome, Run};
use crate::calls;
use crate::desired::DesiredToken;
use crate::error::{Error, Notice, Result};
use crate::key_file::content::Entry;
use crate::key_file::{Delivered, Fault, FaultKind, Found};
use crate::plan::{Draft, Plan};
use crate::token::{NewToken, Owner};
use atomic_file::PreparedFile;
use mist_client::Client;
use mist_client::retry::growing_pause;

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
