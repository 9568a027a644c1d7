//! The promises of tasks about tokens.

use super::{Goal, TokenSituation, Wanted};
use crate::campaign::verdict::{MAY_EXIST, Violations, printed};
use crate::campaign::{Finished, Judgment, Snapshot, Task, World, is_marked, is_named, secrets};
use mist_simulator::{Owner, StoredToken};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// Parts of the messages that nothing remains.
const NOTHING_LEFT: [&str; 4] =
    ["Nothing was created", "no token was left behind", "nothing else was changed", "before it changed anything"];

/// The violation of a run that deleted the last token with a known key.
pub const NONE_WORKS: &str = "no token with a known key remains";

/// Checks the run, and another one if it needs no help of the user.
pub(super) fn judge(finished: &Finished<'_, TokenSituation>) -> anyhow::Result<Judgment> {
    let Finished { world, task, after, ran, .. } = finished;
    let mut violations = check(finished)?;
    let allowed: Vec<PathBuf> = after.files.keys().cloned().collect();
    let mut leaks = secrets::search(world, task, ran, &allowed)?.found().to_vec();
    if let Some(again) = run_again(finished)? {
        violations.extend(again.violations);
        leaks.extend(again.leaks);
    }
    Ok(Judgment { violations, leaks })
}

fn check(finished: &Finished<'_, TokenSituation>) -> anyhow::Result<Vec<String>> {
    let Finished { scenario, world, task, before, after, ran } = finished;
    let mut found = Violations::default();
    let Some(mut result) = printed(ran, &mut found) else { return Ok(found.0) };
    let failed = ran.status != Some(0);
    found.unless(!(failed && scenario.must_succeed()), "it failed although it can continue");

    let returned = secrets::take_keys(&mut result);
    found.unless(task.returns_key || returned.is_empty(), "the result has a key that the task does not ask for");
    let delivered: Vec<String> = returned.into_iter().chain(after.keys_on_disk()).collect();
    for wanted in &task.wanted {
        let tokens = Tokens::of(wanted, before, after, &delivered);
        if failed {
            tokens.after_failure(wanted, message_about(&result, &wanted.name), &mut found);
        } else {
            tokens.after_success(wanted, &ran.stdout, &mut found);
        }
    }
    found.unless(of_others(before, task) == of_others(after, task), "tokens of others changed");
    for key in delivered.iter().filter(|key| after.has_key(key)) {
        found.unless(world.authenticates(key)?, "a delivered key does not work");
    }
    disk(finished, &mut found)?;
    change(finished, &result, &mut found);
    let requests = world.cloud.requests();
    let logins = requests.iter().filter(|request| request.path == "/api/v1/login").count();
    found.unless(logins <= 1, "it logged in more than once");
    let call = scenario.fault.as_ref().map_or("", |(call, ..)| call.name);
    let sessions = matches!(call, "the login" | "the second factor" | "the logout") || world.cloud.open_sessions() == 0;
    found.unless(sessions, "a session is still open");
    Ok(found.0)
}

/// Runs the task again without faults, unless a message asks for help of the user. After a success, it changes nothing. After
/// a failure, it succeeds.
fn run_again(finished: &Finished<'_, TokenSituation>) -> anyhow::Result<Option<Judgment>> {
    let Finished { world, task, before, after, ran, .. } = finished;
    let Ok(mut first) = ran.result() else { return Ok(None) };
    let first_failed = ran.status != Some(0);
    let mut delivered: Vec<String> = secrets::take_keys(&mut first).into_iter().chain(after.keys_on_disk()).collect();
    let mut left = false;
    for wanted in &task.wanted {
        let tokens = Tokens::of(wanted, before, after, &delivered);
        let rotates = task.options.get("max_age").is_some();
        let once = matches!(wanted.goal, Goal::Impossible | Goal::Posted);
        // The next run has the same lock and deletes marked tokens.
        let lost = tokens.lost().into_iter().filter(|token| !is_marked(token)).count();
        let kept = tokens.after.iter().filter(|token| !is_marked(token)).count();
        left |= kept < tokens.after.len();
        if once || lost > 0 || (kept > 1 && !rotates) {
            return Ok(None);
        }
    }
    let task = (*task).clone().bounded(30, 60);
    let ran = world.run(&task)?;
    let now = world.snapshot()?;
    let mut found = Violations::default();
    let Some(mut result) = printed(&ran, &mut found) else {
        return Ok(Some(Judgment { violations: found.0, leaks: Vec::new() }));
    };
    found.unless(ran.status == Some(0), &format!("run again, it failed: {}", ran.stdout));
    found.unless(first_failed || left || result["changed"] == false, "run again after a success, it changed something");
    delivered.extend(secrets::take_keys(&mut result).into_iter().chain(now.keys_on_disk()));
    for wanted in &task.wanted {
        // The first run can have done a part of it.
        Tokens::of(wanted, before, &now, &delivered).after_success(wanted, "", &mut found);
    }
    let allowed: Vec<PathBuf> = now.files.keys().cloned().collect();
    let leaks = secrets::search(world, &task, &ran, &allowed)?.found().to_vec();
    Ok(Some(Judgment { violations: found.0, leaks }))
}

/// The promises of a run whose result was not read: a new key is in a file or its token is deleted, and a token with a known
/// key remains.
pub fn check_unread(world: &World, task: &Task, before: &Snapshot, after: &Snapshot) -> anyhow::Result<Vec<String>> {
    let mut found = Violations::default();
    let delivered = after.keys_on_disk();
    for wanted in &task.wanted {
        let tokens = Tokens::of(wanted, before, after, &delivered);
        found.unless(tokens.lost().is_empty(), &format!("a token '{}' with an unknown key remains", wanted.name));
        let replaces = matches!(wanted.goal, Goal::New | Goal::Updated | Goal::Overlapping);
        let works = tokens.after.iter().any(|token| tokens.was_there(token) || tokens.is_delivered(token));
        found.unless(!replaces || tokens.before.is_empty() || works, &format!("{NONE_WORKS}: '{}'", wanted.name));
    }
    found.unless(of_others(before, task) == of_others(after, task), "tokens of others changed");
    found.unless(world.temporary().read_dir()?.next().is_none(), "a temporary file remains");
    found.unless(world.cloud.open_sessions() == 0, "a session is still open");
    Ok(found.0)
}

/// The error of the token of this name, or the message of the task.
fn message_about<'a>(result: &'a Value, name: &str) -> &'a str {
    let of_each = result["tokens"].as_array().into_iter().flatten();
    let of_this = of_each.filter(|token| token["name"] == name).find_map(|token| token["error"].as_str());
    of_this.or(result["msg"].as_str()).unwrap_or_default()
}

/// The tokens of one name, before and after.
struct Tokens<'a> {
    before: Vec<&'a StoredToken>,
    after: Vec<&'a StoredToken>,
    delivered: &'a [String],
}

impl<'a> Tokens<'a> {
    fn of(wanted: &Wanted, before: &'a Snapshot, after: &'a Snapshot, delivered: &'a [String]) -> Self {
        Self {
            before: before.named(&wanted.owner, &wanted.name),
            after: after.named(&wanted.owner, &wanted.name),
            delivered,
        }
    }

    fn was_there(&self, token: &StoredToken) -> bool {
        self.before.iter().any(|before| before.id == token.id)
    }

    fn made(&self) -> impl Iterator<Item = &&'a StoredToken> {
        self.after.iter().filter(|token| !self.was_there(token))
    }

    fn is_delivered(&self, token: &StoredToken) -> bool {
        self.delivered.contains(&token.key)
    }

    /// New tokens with unknown keys.
    fn lost(&self) -> Vec<&'a StoredToken> {
        self.made().filter(|token| !self.is_delivered(token)).copied().collect()
    }

    fn after_success(&self, wanted: &Wanted, printed: &str, found: &mut Violations) {
        // A token that appears after the end is not part of the result. Its marked name is reported.
        let is_reported = |token: &&&StoredToken| is_marked(token) && printed.contains(&token.name);
        let count = self.after.len() - self.after.iter().filter(is_reported).count();
        let new = self.made().filter(|token| !is_reported(token)).count();
        let kept = match wanted.goal {
            Goal::New => (count, new) == (1, 1),
            Goal::Updated => {
                let writes =
                    |token: &&StoredToken| token.privileges.iter().all(|privilege| privilege["role"] == "write");
                (count, new) == (1, 0) && self.after.iter().all(writes)
            }
            Goal::Overlapping => (count, new) == (2, 1),
            Goal::Posted => (count, new) == (1, 1),
            Goal::Gone => count == 0,
            Goal::AsBefore => self.before == self.after,
            Goal::Impossible => false,
        };
        found.unless(kept, &format!("it succeeded and there are {count} tokens, {new} of them new"));
        // A raw request returns the response as it is.
        let delivered = wanted.goal == Goal::Posted || self.lost().iter().all(|token| is_reported(&token));
        found.unless(delivered, "it succeeded and the key of the new token is unknown");
    }

    fn after_failure(&self, wanted: &Wanted, msg: &str, found: &mut Violations) {
        let new = self.made().filter(|token| !is_marked(token)).count();
        let lost = self.lost();
        let claims_nothing = NOTHING_LEFT.iter().any(|words| msg.contains(words));
        found.unless(!claims_nothing || lost.is_empty(), "it reports that nothing remains, and a token does");
        let told = lost.iter().all(|token| {
            let may_be_there = !is_marked(token) && MAY_EXIST.iter().any(|words| msg.contains(words));
            msg.contains(&token.id) || may_be_there || is_marked(token) && msg.contains(&token.name)
        });
        found.unless(told, "it failed, and does not report a remaining token with an unknown key");
        found.unless(new <= 1, &format!("it failed and left {new} new tokens"));
        match wanted.goal {
            Goal::New | Goal::Updated | Goal::Overlapping if !self.before.is_empty() => {
                let works = self.after.iter().any(|token| self.was_there(token) || self.is_delivered(token));
                found.unless(works, NONE_WORKS);
            }
            Goal::Gone => found.unless(new == 0, "it created a token"),
            Goal::AsBefore => found.unless(self.before == self.after, "it changed something"),
            _ => {}
        }
    }
}

/// The only new file is the key file. It is complete, and only its owner can read it.
fn disk(finished: &Finished<'_, TokenSituation>, found: &mut Violations) -> anyhow::Result<()> {
    let Finished { world, task, before, after, .. } = finished;
    let key_files = key_files(task);
    for (path, content) in &after.files {
        if before.files.get(path) == Some(content) {
            continue;
        }
        found.unless(key_files.contains(path), "another file than the key file is new");
        let keys = secrets::keys_in(&String::from_utf8_lossy(content));
        found.unless(keys.len() == 1 && after.has_key(&keys[0]), "the key file does not hold the key of a token");
        let mode = path.metadata()?.permissions().mode() & 0o777;
        found.unless(mode == 0o600, &format!("the key file has mode {mode:o}"));
    }
    let vanished = before.files.keys().any(|path| !after.files.contains_key(path));
    found.unless(!vanished, "an earlier file does not exist any more");
    found.unless(world.temporary().read_dir()?.next().is_none(), "a temporary file remains");
    if let Ok(mut locks) = world.home().join(".ansible/mist-locks").read_dir() {
        found.unless(locks.next().is_none(), "the file of a lock remains");
    }
    Ok(())
}

fn key_files(task: &Task) -> Vec<PathBuf> {
    let of = |options: &Value| options["key_file"].as_str().map(PathBuf::from);
    let each = task.options["tokens"].as_array().into_iter().flatten().filter_map(of);
    of(&task.options).into_iter().chain(each).collect()
}

/// `changed` is true.
fn change(finished: &Finished<'_, TokenSituation>, result: &Value, found: &mut Violations) {
    let Finished { scenario, before, after, .. } = finished;
    let changed = before.tokens != after.tokens || before.files != after.files;
    let reported = result["changed"] == true;
    if result["failed"] != true {
        found.unless(reported == changed, &format!("it reports changed: {reported}"));
        return;
    }
    found.unless(!reported || changed, "it failed and reports a change that did not happen");
    // A change without a response cannot be known. The message about remaining tokens is checked above.
    let unknowable = scenario
        .fault
        .as_ref()
        .is_some_and(|(call, fault, _)| fault.may_have_effect() && call.method != "GET" || call.because.is_some());
    let told = result["msg"].as_str().is_some_and(|msg| msg.contains("state: absent"));
    found.unless(reported || !changed || unknowable || told, "it failed and does not report a change");
}

/// The tokens of others.
fn of_others<'a>(snapshot: &'a Snapshot, task: &Task) -> Vec<(&'a Owner, &'a str, &'a str)> {
    snapshot
        .tokens
        .iter()
        .filter(|(owner, token)| {
            !task.wanted.iter().any(|wanted| wanted.owner == *owner && is_named(token, &wanted.name))
        })
        .map(|(owner, token)| (owner, token.id.as_str(), token.name.as_str()))
        .collect()
}
