//! The messages of `mist_admins`.

use super::apply::{ApplyError, End, Ends};
use super::docs::{AdminState, Results};
use super::plan::{Plan, Problem, Status};
use crate::common::messages;
use ansible_binary_module::Task;
use mist_client::redact::quoted;
use mist_tokens::lock;

/// At most this many of several are listed.
const LISTED: usize = 5;

/// The first few addresses.
fn list(emails: &[String]) -> String {
    let mut shown: Vec<String> = emails.iter().take(LISTED).map(|email| quoted(email)).collect();
    if emails.len() > LISTED {
        shown.push(format!("and {} more", emails.len() - LISTED));
    }
    shown.join(", ")
}

/// All reasons to change nothing.
#[must_use]
pub fn problems(problems: &[Problem]) -> String {
    problems.iter().map(problem).collect::<Vec<_>>().join(" ")
}

fn problem(problem: &Problem) -> String {
    match problem {
        Problem::SeveralAdmins { email, ids } => format!(
            "admins: several administrators have the address {}. Remove one in the dashboard: {}",
            quoted(email),
            ids.join(", ")
        ),
        Problem::NoId { email } => {
            format!("admins: the cloud lists {} without an ID, so it cannot be changed.", quoted(email))
        }
        Problem::NoPrivileges { email } => {
            format!("admins: the cloud lists {} without privileges, so they cannot be compared.", quoted(email))
        }
        Problem::Caller { email } => format!(
            "admins: {} is the account that the task uses, and would lose access. Use another account, or declare its privileges.",
            quoted(email)
        ),
        Problem::LastSuperuser { emails } => format!(
            "admins: no superuser would be left, because invited and limited administrators do not count. Keep at least one of: {}",
            list(emails)
        ),
        Problem::TooMany { most, emails } => format!(
            "purge: {} addresses would be removed, more than max_deletes ({most}). Nothing was changed: {}",
            emails.len(),
            list(emails)
        ),
    }
}

/// The message for one address.
#[must_use]
pub fn failure(error: &ApplyError) -> String {
    match error {
        ApplyError::Cloud(error) => messages::message(error),
        ApplyError::Lost(error) => messages::message_with(
            error,
            "The invite may have been sent, but the list does not show it. It was not sent again. Run the task again in 10 minutes.",
        ),
        ApplyError::Earlier(age) => format!(
            "an earlier run sent an invite {age} seconds ago, but the list does not show it. It was not sent again. Run the task again in 10 minutes."
        ),
        ApplyError::StillListed => {
            "the cloud answered 404 to the deletion, but still lists the address. Run the task again.".to_owned()
        }
        ApplyError::LastSuperuser => {
            "not changed, because the task could not confirm that another superuser remains. Run the task again."
                .to_owned()
        }
        ApplyError::Memory { path, reason } => format!(
            "the invite was not sent, because it cannot be remembered in {}: {reason}. Allow this user to write it.",
            quoted(&path.display().to_string())
        ),
    }
}

/// The message of a run that is not complete.
#[must_use]
pub fn incomplete(results: &Results) -> String {
    let of = |state| results.admins.iter().filter(move |one| one.state == state);
    let failed: Vec<String> = of(AdminState::Failed)
        .map(|one| format!("{}: {}", quoted(&one.email), one.msg.as_deref().unwrap_or_default()))
        .collect();
    let rest = match of(AdminState::NotBegun).count() {
        0 => String::new(),
        rest => format!(" {rest} were not started."),
    };
    let count =
        results.admins.iter().filter(|one| matches!(one.state, AdminState::Failed | AdminState::NotBegun)).count();
    let shown = failed.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(" ");
    format!("{count} of {} addresses are not as declared.{rest} {shown}", results.admins.len())
}

/// One warning for each kind, with the addresses.
pub fn warn(task: &mut Task, plan: &Plan, ends: &Ends) {
    let all = || plan.all().zip(ends.all());
    let done = |end: &End| matches!(end, End::Done { .. });
    let emails = |found: Vec<&str>| found.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let expired = all()
        .filter(|(one, end)| done(end) && one.before.status == Status::Expired && one.after.status == Status::Expired);
    let expired = emails(expired.map(|(one, _)| one.email.as_str()).collect());
    let elsewhere = emails(all().filter(|(one, _)| one.has_other_access).map(|(one, _)| one.email.as_str()).collect());
    let unseen = all().filter(|(_, end)| matches!(end, End::Done { unseen: true, .. }));
    let unseen = emails(unseen.map(|(one, _)| one.email.as_str()).collect());
    let not_kept = all().filter(|(one, end)| match end {
        End::Done { standing, .. } => one.changes() && standing.grants != one.after.grants,
        _ => false,
    });
    let not_kept = emails(not_kept.map(|(one, _)| one.email.as_str()).collect());
    for (emails, sentence) in [
        (expired, "The invite has expired. Set reinvite to send another one"),
        (elsewhere, "The address still has access through an MSP or another scope, which this module does not change"),
        (unseen, "The cloud accepted the invite, but does not list it yet"),
        (not_kept, "The cloud did not keep the privileges as declared"),
    ] {
        if !emails.is_empty() {
            task.warn(format!("{sentence}: {}", list(&emails)));
        }
    }
}

/// The message of a lock that could not be taken.
#[must_use]
pub fn lock(fault: &lock::Fault) -> String {
    match fault {
        lock::Fault::Held { owner, path, .. } => format!(
            "another run on this machine is working on the {owner}. Run the task again later, or set a larger max_wait. Lock: {}",
            path.display()
        ),
        lock::Fault::Unusable { path, reason } => {
            format!("the lock of the organization cannot be used ({reason}). Make it writable: {}", path.display())
        }
        lock::Fault::NoDirectory(tried) => {
            let tried: Vec<String> =
                tried.iter().map(|(path, reason)| format!("{} ({reason})", path.display())).collect();
            format!("no directory for locks can be used. Make one writable: {}", tried.join(", "))
        }
    }
}
