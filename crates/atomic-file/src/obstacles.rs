//! What keeps a file from being replaced in one step, found out without touching it.

use crate::attributes::Wanted;
use crate::place::Place;
use crate::system;
use rustix::fs::{Access, AtFlags};

const STICKY: u32 = 0o1000;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Beside its place, and then put there in one step.
    Replaced,
    /// Where it is.
    InPlace,
}

/// How the file can be written.
///
/// # Errors
///
/// Why it cannot, in words that follow its path.
pub(crate) fn check(place: &Place, wanted: &Wanted) -> Result<Way, String> {
    let Some(reason) = obstacle(place, wanted) else { return Ok(Way::Replaced) };
    if !wanted.unsafe_writes || place.existing.is_none() {
        let advice = if place.existing.is_some() && reason.in_place_helps {
            "; give another path, or set unsafe_writes: true to have it written in place"
        } else {
            "; give a path in a directory that this user may write to"
        };
        return Err(format!("{}{advice}", reason.words));
    }
    if is_pinned(place) {
        return Err(format!("{}; give another path", reason.words));
    }
    match rustix::fs::accessat(&place.directory, &place.name, Access::WRITE_OK, AtFlags::EACCESS) {
        Ok(()) => Ok(Way::InPlace),
        Err(error) => Err(format!("cannot be written in place either ({error}); give another path")),
    }
}

struct Obstacle {
    words: String,
    /// Whether the file could be written where it is.
    in_place_helps: bool,
}

fn obstacle(place: &Place, wanted: &Wanted) -> Option<Obstacle> {
    let helps = |words: String| Some(Obstacle { words, in_place_helps: true });
    let own = rustix::process::geteuid();
    if let Some(existing) = &place.existing {
        if system::is_mount_point(&place.target()) {
            return helps(
                "cannot be replaced, as it is mounted by itself (a bind mount, as containers have them)".to_owned(),
            );
        }
        if is_pinned(place) {
            let words = "cannot be replaced, as it is marked immutable or append-only (chattr)".to_owned();
            return Some(Obstacle { words, in_place_helps: false });
        }
        let theirs = existing.owner != own.as_raw();
        if theirs && !own.is_root() {
            if place.directory_mode & STICKY != 0 && place.directory_owner != own.as_raw() {
                return helps(format!(
                    "cannot be replaced, as it belongs to user {} and its directory lets only the owner replace a file",
                    existing.owner
                ));
            }
            if wanted.owner.is_none_or(|owner| owner != own.as_raw()) {
                return helps(format!(
                    "cannot be replaced without giving it another owner, as it belongs to user {}",
                    existing.owner
                ));
            }
        }
    }
    if let Some(owner) = wanted.owner
        && owner != own.as_raw()
        && !own.is_root()
        && place.existing.as_ref().is_none_or(|existing| existing.owner != owner)
    {
        let words = format!("cannot be given to user {owner}, which only root may do");
        return Some(Obstacle { words, in_place_helps: false });
    }
    rustix::fs::accessat(&place.directory, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)
        .err()
        .and_then(|error| helps(format!("cannot be written ({error})")))
}

fn is_pinned(place: &Place) -> bool {
    place.open_existing().ok().flatten().is_some_and(system::is_pinned)
}

/// What a user should know of a directory in which others may put something in a file's place.
pub(crate) fn exposed(place: &Place) -> Option<String> {
    let own = rustix::process::geteuid().as_raw();
    let open_to_all = place.directory_mode & 0o002 != 0 && place.directory_mode & STICKY == 0;
    let somebody_elses = place.directory_owner != own && place.directory_owner != 0;
    let words = if open_to_all {
        "everybody may replace files in"
    } else if somebody_elses {
        "another user, who may replace files in it, has"
    } else {
        return None;
    };
    Some(format!(
        "{words} the directory '{}'; a file with a secret belongs into one that only its owner may write to",
        place.folder.display()
    ))
}
