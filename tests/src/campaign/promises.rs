//! What is promised of every run, whatever went wrong.

use super::scenario::{Finished, of_others};
use super::secrets;
use super::situations::{Goal, Task, Wanted};
use super::world::{Snapshot, World, is_marked};
use mist_simulator::StoredToken;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// What messages say when a token may be there whose key nobody has.
const MAY_BE_THERE: [&str; 2] = ["may yet appear", "may have taken effect"];

/// What messages say when there is nothing left.
const NOTHING_LEFT: [&str; 4] =
    ["Nothing was created", "no token was left behind", "nothing else was changed", "before it changed anything"];

/// The violation of a run that took away the last token whose key somebody had.
pub const NONE_WORKS: &str = "no token is left whose key somebody has";

/// What a second run came to.
#[derive(Debug, Default)]
pub struct Again {
    /// The promises that it did not keep.
    pub violations: Vec<String>,
    /// The secrets that it showed.
    pub leaks: Vec<String>,
}

/// The promises that were not kept, in words.
///
/// # Errors
///
/// They could not be checked.
pub fn check(finished: &Finished<'_>) -> anyhow::Result<Vec<String>> {
    let Finished { scenario, world, task, before, after, ran } = finished;
    let mut found = Violations::default();
    let Some(mut result) = printed(ran, &mut found) else { return Ok(found.0) };
    let failed = ran.status != Some(0);
    found.unless(!(failed && scenario.must_succeed()), "it failed where it need not");

    let returned = secrets::take_keys(&mut result);
    found.unless(task.returns_key || returned.is_empty(), "the result carries a key that was not asked for");
    let delivered: Vec<String> = returned.into_iter().chain(after.keys_on_disk()).collect();
    for wanted in &task.wanted {
        let tokens = Tokens::of(wanted, before, after, &delivered);
        if failed {
            tokens.after_failure(wanted, told_of(&result, &wanted.name), &mut found);
        } else {
            tokens.after_success(wanted, &ran.stdout, &mut found);
        }
    }
    found.unless(of_others(before, task) == of_others(after, task), "tokens of others were touched");
    for key in delivered.iter().filter(|key| after.has_key(key)) {
        found.unless(world.authenticates(key)?, "a key that was delivered does not authenticate");
    }
    disk(finished, &mut found)?;
    change(finished, &result, &mut found);
    let requests = world.cloud.requests();
    let logins = requests.iter().filter(|request| request.path == "/api/v1/login").count();
    found.unless(logins <= 1, "it logged in more than once");
    let troubled = scenario.trouble.as_ref().map_or("", |(called, _, _)| called.name);
    let sessions =
        matches!(troubled, "the login" | "the second factor" | "the logout") || world.cloud.open_sessions() == 0;
    found.unless(sessions, "a session was left open");
    Ok(found.0)
}

/// Runs the task again, when nothing goes wrong any more and no message asked for a hand of the user's: after a success it
/// changes nothing, after a failure it succeeds.
///
/// # Errors
///
/// It could not be run.
pub fn run_again(finished: &Finished<'_>) -> anyhow::Result<Option<Again>> {
    let Finished { world, task, before, after, ran, .. } = finished;
    let Ok(mut first) = ran.result() else { return Ok(None) };
    let first_failed = ran.status != Some(0);
    let mut delivered: Vec<String> = secrets::take_keys(&mut first).into_iter().chain(after.keys_on_disk()).collect();
    let mut left = false;
    for wanted in &task.wanted {
        let tokens = Tokens::of(wanted, before, after, &delivered);
        let rotates = task.options.get("max_age").is_some();
        let once = matches!(wanted.goal, Goal::Impossible | Goal::Posted);
        // What has a marker is deleted by the next run, which works under the same lock.
        let lost = tokens.lost().into_iter().filter(|token| !is_marked(token)).count();
        let kept = tokens.after.iter().filter(|token| !is_marked(token)).count();
        left |= kept < tokens.after.len();
        if once || lost > 0 || (kept > 1 && !rotates) {
            return Ok(None);
        }
    }
    let mut task = (*task).clone();
    for (name, value) in [("timeout", 30), ("max_wait", 60)] {
        task.options[name] = value.into();
    }
    let ran = world.run(&task)?;
    let now = world.snapshot()?;
    let mut found = Violations::default();
    let Some(mut result) = printed(&ran, &mut found) else {
        return Ok(Some(Again { violations: found.0, leaks: Vec::new() }));
    };
    found.unless(ran.status == Some(0), &format!("run again, it failed: {}", ran.stdout));
    found.unless(first_failed || left || result["changed"] == false, "run again after a success, it changed something");
    delivered.extend(secrets::take_keys(&mut result).into_iter().chain(now.keys_on_disk()));
    for wanted in &task.wanted {
        // The first run may have done all of it, or part.
        Tokens::of(wanted, before, &now, &delivered).after_success(wanted, "", &mut found);
    }
    let allowed: Vec<PathBuf> = now.files.keys().cloned().collect();
    let leaks = secrets::search(world, &task, &ran, &allowed)?.found().to_vec();
    Ok(Some(Again { violations: found.0, leaks }))
}

/// The promises about a run whose result nobody got: what it made is delivered to a file or gone again, and of what was
/// there before, something still works.
///
/// # Errors
///
/// They could not be checked.
pub fn check_unread(world: &World, task: &Task, before: &Snapshot, after: &Snapshot) -> anyhow::Result<Vec<String>> {
    let mut found = Violations::default();
    let delivered = after.keys_on_disk();
    for wanted in &task.wanted {
        let tokens = Tokens::of(wanted, before, after, &delivered);
        found.unless(tokens.lost().is_empty(), &format!("a token '{}' is left whose key nobody has", wanted.name));
        let replaces = matches!(wanted.goal, Goal::New | Goal::Updated | Goal::Overlapping);
        let works = tokens.after.iter().any(|token| tokens.was_there(token) || tokens.is_delivered(token));
        found.unless(!replaces || tokens.before.is_empty() || works, &format!("{NONE_WORKS}: '{}'", wanted.name));
    }
    found.unless(of_others(before, task) == of_others(after, task), "tokens of others were touched");
    found.unless(world.temporary().read_dir()?.next().is_none(), "a temporary file is left");
    found.unless(world.cloud.open_sessions() == 0, "a session was left open");
    Ok(found.0)
}

#[derive(Default)]
struct Violations(Vec<String>);

impl Violations {
    fn unless(&mut self, kept: bool, violation: &str) {
        if !kept {
            self.0.push(violation.to_owned());
        }
    }
}

/// The words about the token of this name, or about all.
fn told_of<'a>(result: &'a Value, name: &str) -> &'a str {
    let of_each = result["tokens"].as_array().into_iter().flatten();
    let of_this = of_each.filter(|token| token["name"] == name).find_map(|token| token["error"].as_str());
    of_this.or(result["msg"].as_str()).unwrap_or_default()
}

/// One JSON object and nothing else, and an exit status that fits it.
fn printed(ran: &crate::Ran, found: &mut Violations) -> Option<Value> {
    found.unless(ran.stderr.is_empty(), "something is on standard error");
    found.unless(ran.stdout.ends_with('\n') && ran.stdout.lines().count() == 1, "it did not print one line");
    let Ok(result) = ran.result() else {
        found.unless(false, "it did not print one JSON object");
        return None;
    };
    let failed = result["failed"] == true;
    found.unless(ran.status == Some(i32::from(failed)), "the exit status does not fit the result");
    found.unless(result["changed"].is_boolean(), "the result does not say whether it changed something");
    let msg = result["msg"].as_str().unwrap_or_default();
    found.unless(!failed || !msg.is_empty(), "it failed without a word");
    found.unless(!msg.contains("programming error"), "it crashed");
    Some(result)
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

    /// New ones whose keys nobody has.
    fn lost(&self) -> Vec<&'a StoredToken> {
        self.made().filter(|token| !self.is_delivered(token)).copied().collect()
    }

    fn after_success(&self, wanted: &Wanted, printed: &str, found: &mut Violations) {
        // A token that appears after the end is no part of the result, and reported by its marked name.
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
        // What the cloud answers to a call of the user's own is passed on, whatever it is.
        let delivered = wanted.goal == Goal::Posted || self.lost().iter().all(|token| is_reported(&token));
        found.unless(delivered, "it succeeded and nobody has the new token's key");
    }

    fn after_failure(&self, wanted: &Wanted, msg: &str, found: &mut Violations) {
        let new = self.made().filter(|token| !is_marked(token)).count();
        let lost = self.lost();
        let claims_nothing = NOTHING_LEFT.iter().any(|words| msg.contains(words));
        found.unless(!claims_nothing || lost.is_empty(), "it says that nothing is left, and a token is");
        let told = lost.iter().all(|token| {
            let may_be_there = !is_marked(token) && MAY_BE_THERE.iter().any(|words| msg.contains(words));
            msg.contains(&token.id) || may_be_there || is_marked(token) && msg.contains(&token.name)
        });
        found.unless(told, "it failed and left a token whose key nobody has, and does not say so");
        found.unless(new <= 1, &format!("it failed and left {new} new tokens"));
        match wanted.goal {
            Goal::New | Goal::Updated | Goal::Overlapping if !self.before.is_empty() => {
                let works = self.after.iter().any(|token| self.was_there(token) || self.is_delivered(token));
                found.unless(works, NONE_WORKS);
            }
            Goal::Gone => found.unless(new == 0, "it made a token"),
            Goal::AsBefore => found.unless(self.before == self.after, "it changed something"),
            _ => {}
        }
    }
}

/// Nothing is on disk but what was there and the key file, which is whole and its owner's alone.
fn disk(finished: &Finished<'_>, found: &mut Violations) -> anyhow::Result<()> {
    let Finished { world, task, before, after, .. } = finished;
    let key_files = key_files(task);
    for (path, content) in &after.files {
        if before.files.get(path) == Some(content) {
            continue;
        }
        found.unless(key_files.contains(path), "a file is left beside the key file");
        let keys = secrets::keys_in(&String::from_utf8_lossy(content));
        found.unless(keys.len() == 1 && after.has_key(&keys[0]), "the key file does not hold the key of a token");
        let mode = path.metadata()?.permissions().mode() & 0o777;
        found.unless(mode == 0o600, &format!("the key file has mode {mode:o}"));
    }
    let vanished = before.files.keys().any(|path| !after.files.contains_key(path));
    found.unless(!vanished, "a file that was there is gone");
    found.unless(world.temporary().read_dir()?.next().is_none(), "a temporary file is left");
    if let Ok(mut locks) = world.home().join(".ansible/mist-locks").read_dir() {
        found.unless(locks.next().is_none(), "the file of a lock is left");
    }
    Ok(())
}

fn key_files(task: &Task) -> Vec<PathBuf> {
    let of = |options: &Value| options["key_file"].as_str().map(PathBuf::from);
    let each = task.options["tokens"].as_array().into_iter().flatten().filter_map(of);
    of(&task.options).into_iter().chain(each).collect()
}

/// `changed` says what is so.
fn change(finished: &Finished<'_>, result: &Value, found: &mut Violations) {
    let Finished { scenario, before, after, .. } = finished;
    let changed = before.tokens != after.tokens || before.files != after.files;
    let said = result["changed"] == true;
    if result["failed"] != true {
        found.unless(said == changed, &format!("it says changed: {said}"));
        return;
    }
    found.unless(!said || changed, "it failed and says that it changed something, and did not");
    // What was carried out without an answer can't be known; of what is left the message tells, above.
    let unknowable = scenario.trouble.as_ref().is_some_and(|(called, trouble, _)| {
        trouble.may_have_effect() && called.method != "GET" || called.because.is_some()
    });
    let told = result["msg"].as_str().is_some_and(|msg| msg.contains("state: absent"));
    found.unless(said || !changed || unknowable || told, "it failed and says that it changed nothing, and did");
}
