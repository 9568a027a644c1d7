//! Creates one object although responses get lost, and although other runs and clients create objects of the same name.
//!
//! Objects cannot be marked, so only the id of an own response proves that an object is the run's own. The rules:
//!
//! - The oldest of the new namesakes stays. Order: creation time, then id, so that all runs agree.
//! - A run deletes only an object that it can prove to be its own. It lists every other one, and never deletes it.
//! - After a lost response, the run watches the collection for [`SETTLE`] before it decides anything. If a namesake appears, the
//!   run adopts the oldest one. Only if none appears, it sends the POST again.
//! - After a second POST with a response, the run looks once more: the first POST, or another run, may have been faster.
//!
//! Two runs never delete each other's objects: a run deletes its own object only if an older one exists. The oldest one is
//! therefore never deleted by its run. The pause before the last look ([`OVERLAP`]) is longer than the resolution of creation
//! times (one second), so that of two runs with equal times each one sees the other's object.
//!
//! No I/O: the cloud is a [`Collection`].

use crate::plan::Fields;
use mist_client::Error;
use mist_client::error::Reach;
use std::cmp::Ordering;
use std::time::Duration;

/// The number of requests of one creation at most.
const CREATIONS: u32 = 3;

/// The time to wait for the object of a lost request.
const SETTLE: Duration = Duration::from_millis(5_500);

/// The same after a request that timed out: the timeout counts.
const SETTLE_AFTER_TIMEOUT: Duration = Duration::from_secs(2);

/// The pause between a repeated creation and the last look.
const OVERLAP: Duration = Duration::from_millis(1_250);

/// The pause in which other runs delete their younger objects.
const WITHDRAWAL: Duration = Duration::from_secs(2);

/// The first pause between two looks. Each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The end of one POST.
#[derive(Debug)]
pub(crate) enum Posted {
    /// The response has the new object with its id.
    Own(Namesake),
    /// The request may have taken effect, now or later.
    Lost(Error),
    /// The request did not take effect.
    Refused(Error),
}

/// A new object with the declared key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Namesake {
    pub id: String,
    pub created: Option<f64>,
    pub object: Fields,
}

impl Namesake {
    fn age(&self) -> (f64, &str) {
        (self.created.unwrap_or(f64::MAX), &self.id)
    }

    /// The older object comes first. All runs see the same order.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let ((mine, my_id), (theirs, their_id)) = (self.age(), other.age());
        mine.total_cmp(&theirs).then(my_id.cmp(their_id))
    }
}

/// The collection in the cloud, for one object that does not exist yet.
pub(crate) trait Collection {
    /// Sends the POST.
    fn post(&self) -> Posted;
    /// Lists the objects with the declared key that did not exist before the run.
    fn namesakes(&self) -> Result<Vec<Namesake>, Error>;
    /// Deletes an object of this run. True if the cloud confirmed it.
    fn withdraw(&self, id: &str) -> bool;
    /// Waits, and counts it. Ends early after a signal.
    fn pause(&self, pause: Duration);
    /// The rest of `max_wait`.
    fn remaining_wait(&self) -> Duration;
    /// The timeout of one request.
    fn timeout(&self) -> Duration;
    /// True after a signal: then nothing new is sent.
    fn is_interrupted(&self) -> bool;
}

/// The object that exists in the end.
#[derive(Debug)]
pub(crate) struct Created {
    pub object: Namesake,
    /// The response proved it to be this run's. Otherwise it may be another client's, and differ from the declaration.
    pub is_own: bool,
    /// The ids of the other new namesakes that remain.
    pub duplicates: Vec<String>,
    /// The id of an own object that was deleted in favor of an older one.
    pub withdrawn: Option<String>,
    /// The error of the last lost response, if one was lost.
    pub lost: Option<Error>,
    /// The object of a lost request may still appear: `max_wait` left no time to wait.
    pub may_appear: bool,
}

/// The end of a creation without a known object.
#[derive(Debug)]
pub(crate) struct NotCreated {
    pub error: Error,
    /// The object of a lost request may still appear.
    pub may_appear: bool,
}

/// Creates the object, or adopts the one that a lost request or another client created.
pub(crate) fn create(cloud: &dyn Collection) -> Result<Created, NotCreated> {
    let (mut attempt, mut lost) = (1, None);
    loop {
        let error = match (cloud.post(), lost) {
            (Posted::Own(object), None) => return Ok(Created::new(object, true)),
            (Posted::Own(object), Some(lost)) => return Ok(after_repetition(cloud, object, lost)),
            (Posted::Refused(error), None) => return Err(NotCreated { error, may_appear: false }),
            // The name may be taken: by the object of the first request.
            (Posted::Refused(error), Some(lost)) => {
                let found = cloud.namesakes();
                let may_appear = found.is_err();
                return adopted(found.unwrap_or_default(), lost, false).ok_or(NotCreated { error, may_appear });
            }
            (Posted::Lost(error), _) => error,
        };
        let Watched { found, is_complete } = watch(cloud, settle_time(&error, cloud.timeout()));
        if let Some(created) = adopted(found, error.clone(), !is_complete) {
            return Ok(created);
        }
        if !is_complete || attempt == CREATIONS || cloud.is_interrupted() {
            return Err(NotCreated { error, may_appear: true });
        }
        lost = Some(error);
        attempt += 1;
    }
}

impl Created {
    /// An object of another client or run.
    pub(crate) fn found(object: Namesake) -> Self {
        Self::new(object, false)
    }

    fn new(object: Namesake, is_own: bool) -> Self {
        Self { object, is_own, duplicates: Vec::new(), withdrawn: None, lost: None, may_appear: false }
    }
}

/// The time to wait for the object after this error.
fn settle_time(error: &Error, timeout: Duration) -> Duration {
    match error {
        Error::Connection { reach: Reach::TimedOut, .. } => SETTLE.saturating_sub(timeout).max(SETTLE_AFTER_TIMEOUT),
        _ => SETTLE,
    }
}

struct Watched {
    found: Vec<Namesake>,
    /// The whole time was waited, and a look after it succeeded.
    is_complete: bool,
}

/// Looks with growing pauses. After the first find, one more look at the end is enough.
fn watch(cloud: &dyn Collection, time: Duration) -> Watched {
    let (mut left, mut pause) = (time, FIRST_PAUSE);
    let mut found = Vec::new();
    loop {
        let look = cloud.namesakes();
        let is_complete = left.is_zero() && look.is_ok();
        found = look.unwrap_or(found);
        if !found.is_empty() {
            pause = left;
        }
        let next = pause.min(left).min(cloud.remaining_wait());
        if next.is_zero() || cloud.is_interrupted() {
            return Watched { found, is_complete };
        }
        cloud.pause(next);
        left = left.saturating_sub(next);
        pause = pause.saturating_mul(2);
    }
}

/// The oldest of the objects found, if any. The others are listed, because the run cannot prove that they are its own.
fn adopted(mut found: Vec<Namesake>, lost: Error, may_appear: bool) -> Option<Created> {
    found.sort_by(Namesake::order);
    let mut found = found.into_iter();
    let oldest = Created::new(found.next()?, false);
    let duplicates = found.map(|other| other.id).collect();
    Some(Created { duplicates, lost: Some(lost), may_appear, ..oldest })
}

/// After a lost response and a repetition with a response: the object of the lost request, or of another run, may exist too.
fn after_repetition(cloud: &dyn Collection, own: Namesake, lost: Error) -> Created {
    cloud.pause(OVERLAP.min(cloud.remaining_wait()));
    let kept = |own, duplicates, may_appear| Created {
        duplicates,
        may_appear,
        lost: Some(lost.clone()),
        ..Created::new(own, true)
    };
    let Ok(found) = cloud.namesakes() else { return kept(own, Vec::new(), true) };
    // Other runs decide by the creation time in the list.
    let listed = found.iter().find(|other| other.id == own.id).and_then(|listed| listed.created);
    let own = Namesake { created: listed.or(own.created), ..own };
    let without_own = |found: Vec<Namesake>| found.into_iter().filter(|other| other.id != own.id).collect::<Vec<_>>();
    let mut others = without_own(found);
    if others.iter().any(|other| other.order(&own).is_lt()) {
        let withdrawn = cloud.withdraw(&own.id);
        if !withdrawn {
            others.push(own.clone());
        }
        if let Some(created) = adopted(others, lost.clone(), false) {
            return Created { withdrawn: withdrawn.then(|| own.id.clone()), ..created };
        }
        return kept(own, Vec::new(), false);
    }
    if !others.is_empty() {
        // They are younger: other runs delete their own ones now.
        cloud.pause(WITHDRAWAL.min(cloud.remaining_wait()));
        others = cloud.namesakes().map_or(others, without_own);
    }
    let duplicates = others.into_iter().map(|other| other.id).collect();
    kept(own.clone(), duplicates, false)
}

#[cfg(test)]
#[path = "duplicate_resolution_tests.rs"]
mod tests;
