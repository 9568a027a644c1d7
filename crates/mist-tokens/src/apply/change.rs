//! Changes a token in place, and finds out what of it the cloud kept.

use super::run::{Outcome, Run};
use crate::calls;
use crate::error::{Notice, Result};
use crate::plan::Plan;
use crate::privilege::{Privilege, same_but_for_views, same_privileges};
use crate::token::Token;

/// Changes the token that stays, where it is to be changed.
pub(super) fn change(run: &Run<'_>, plan: &Plan, done: &mut Outcome) -> Result<()> {
    let Some(token) = &plan.keep else { return Ok(()) };
    let Some(update) = &plan.update else {
        done.token = Some(token.clone());
        return Ok(());
    };
    let privileges = update.privileges.as_deref();
    let mut shown = calls::update(run.client, run.owner, &token.id, &update.name, privileges)?;
    let has_views = privileges.iter().copied().flatten().any(|privilege| privilege.views.is_some());
    if has_views && shown.as_ref().is_none_or(|shown| shown.privileges.is_none()) {
        // Views are what the cloud may not keep: where its answer does not tell, it is asked.
        shown = calls::get(run.client, run.owner, &token.id).unwrap_or_default();
    }
    let kept = shown.as_ref().and_then(|shown| not_kept(shown, privileges));
    done.updated = match (&kept, &shown) {
        // What the cloud did not keep is no change, today or at the next run.
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

/// What the cloud did not keep of the privileges that it was sent, as far as it shows them.
pub(super) fn not_kept(shown: &Token, sent: Option<&[Privilege]>) -> Option<Notice> {
    let (shown_privileges, sent) = (shown.privileges.as_deref()?, sent?);
    if same_privileges(shown_privileges, sent) {
        return None;
    }
    let fields = if same_but_for_views(shown_privileges, sent) { vec!["views"] } else { vec!["privileges"] };
    Some(Notice::NotKept { id: shown.id.clone(), fields })
}
