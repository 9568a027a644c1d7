//! What is promised of every run that keeps objects, whatever went wrong.

use super::scenario::{Scenario, Snapshot};
use super::situations::{ObjectTask, WantedObject};
use crate::Ran;
use serde_json::Value;
use std::collections::BTreeSet;

/// What messages say when an object may be there that nobody confirmed.
const MAY_BE_THERE: [&str; 2] = ["may yet appear", "may have taken effect"];

/// The promises that were not kept, in words.
pub fn check(
    scenario: &Scenario,
    task: &ObjectTask,
    (before, after): (&Snapshot, &Snapshot),
    ran: &Ran,
) -> Vec<String> {
    let mut found = Violations::default();
    let Some(result) = printed(ran, &mut found) else { return found.0 };
    let failed = ran.status != Some(0);
    found.unless(!(failed && scenario.must_succeed()), "it failed where it need not");
    nothing_of_others(task, before, after, &mut found);
    let unconfirmed = MAY_BE_THERE.iter().any(|words| ran.stdout.contains(words));
    let doubled = doubled(task, after);
    found.unless(doubled.is_empty() || (failed && unconfirmed), &format!("more than one of {doubled:?}"));
    claims(task, &result, (before, after), &mut found);
    let changed = before.objects != after.objects;
    let said = result["changed"] == true;
    if failed {
        found.unless(!said || changed, "it failed and says that it changed something, and did not");
        // What was carried out without an answer cannot be known.
        let unknowable = scenario.trouble.as_ref().is_some_and(|(called, trouble, _)| {
            called.because.is_some() || (called.method != "GET" && trouble.may_have_effect())
        });
        found.unless(said || !changed || unknowable, "it failed and says that it changed nothing, and did");
    } else {
        found.0.extend(not_as_wanted(task, after).map(|what| format!("it succeeded, and {what}")));
        found.unless(said == changed, &format!("it says changed: {said}"));
    }
    found.0
}

/// The promises of a run after which nothing is left to do: it succeeds, all is as wanted, and it changes what is said.
pub fn check_again(
    run: &str,
    task: &ObjectTask,
    (before, after): (&Snapshot, &Snapshot),
    ran: &Ran,
    changes: Option<bool>,
) -> Vec<String> {
    let mut found = Violations::default();
    let Some(result) = printed(ran, &mut found) else { return found.0 };
    found.unless(ran.status == Some(0), &format!("{run}, it failed: {}", ran.stdout));
    found.0.extend(not_as_wanted(task, after).map(|what| format!("{run}, {what}")));
    nothing_of_others(task, before, after, &mut found);
    let as_expected = changes.is_none_or(|changes| result["changed"] == changes);
    found.unless(as_expected, &format!("{run}, it says changed: {}", result["changed"]));
    found.0
}

/// The promises of a run whose result nobody got: nothing is doubled, and nothing of others is touched.
pub fn check_unread(task: &ObjectTask, (before, after): (&Snapshot, &Snapshot)) -> Vec<String> {
    let mut found = Violations::default();
    nothing_of_others(task, before, after, &mut found);
    let doubled = doubled(task, after);
    found.unless(doubled.is_empty(), &format!("more than one of {doubled:?}"));
    found.0
}

/// The promises of two runs at once: no run deletes what the other one or another client created, each result is true, and every
/// remaining object is named by a run, and by the next one.
pub fn check_pair(task: &ObjectTask, (before, after): (&Snapshot, &Snapshot), ran: &[Ran], next: &Ran) -> Vec<String> {
    let mut found = Violations::default();
    nothing_of_others(task, before, after, &mut found);
    let results: Vec<Value> = ran.iter().filter_map(|ran| printed(ran, &mut found)).collect();
    let ids: BTreeSet<&str> = after.objects.iter().filter_map(|object| object["id"].as_str()).collect();
    let named: BTreeSet<&str> = results.iter().flat_map(named).collect();
    for wanted in &task.wanted {
        let there = with_key(task, wanted.key, after);
        if there.len() > 1 {
            let unnamed = there.iter().filter_map(|object| object["id"].as_str()).find(|id| !named.contains(id));
            found.unless(unnamed.is_none(), &format!("{unnamed:?} of {:?} is not named", wanted.key));
            let in_next = |object: &&Value| object["id"].as_str().is_some_and(|id| next.stdout.contains(id));
            found.unless(
                next.status == Some(1) && there.iter().all(in_next),
                &format!("the next run does not name all of {:?}", wanted.key),
            );
        }
        let is_so = match &wanted.fields {
            None => there.is_empty(),
            Some(fields) => there.iter().any(|object| contains(object, fields)),
        };
        found.unless(
            is_so || results.iter().all(|result| result["failed"] == true),
            &format!("{:?} is not so", wanted.key),
        );
    }
    for result in &results {
        for entry in result["objects"].as_array().into_iter().flatten().chain([result]) {
            let exists = entry["id"].as_str().is_none_or(|id| ids.contains(id));
            let claims = matches!(entry["state"].as_str(), Some("created" | "changed" | "unchanged"))
                || (entry["object"].is_object() && result["failed"] != true);
            found.unless(exists || !claims, &format!("{} does not exist", entry["id"]));
        }
    }
    if doubled(task, after).is_empty() {
        found.unless(next.status == Some(0), &format!("the next run failed: {}", next.stdout));
    }
    found.0
}

/// The ids that a result names.
fn named(result: &Value) -> Vec<&str> {
    let mut ids = Vec::new();
    for entry in result["objects"].as_array().into_iter().flatten().chain([result]) {
        ids.extend(entry["id"].as_str());
        ids.extend(entry["duplicates"].as_array().into_iter().flatten().filter_map(Value::as_str));
    }
    ids
}

/// Whether no hand of the user's is needed before it is run again.
pub fn is_settled(task: &ObjectTask, after: &Snapshot) -> bool {
    doubled(task, after).is_empty()
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

/// One JSON object and nothing else, and an exit status that fits it.
fn printed(ran: &Ran, found: &mut Violations) -> Option<Value> {
    found.unless(ran.stderr.is_empty(), "something is on standard error");
    found.unless(ran.stdout.ends_with('\n') && ran.stdout.lines().count() == 1, "it did not print one line");
    let Ok(result) = ran.result() else {
        found.unless(false, "it did not print one JSON object");
        return None;
    };
    let failed = result["failed"] == true;
    found.unless(ran.status == Some(i32::from(failed)), "the exit status does not fit the result");
    let msg = result["msg"].as_str().unwrap_or_default();
    found.unless(!failed || !msg.is_empty(), "it failed without a word");
    found.unless(!msg.contains("programming error") && !msg.contains("panicked"), "it crashed");
    Some(result)
}

/// What the result says of each object is so: what it calls made or changed is there, what it calls deleted is not.
fn claims(task: &ObjectTask, result: &Value, (before, after): (&Snapshot, &Snapshot), found: &mut Violations) {
    for entry in result["objects"].as_array().into_iter().flatten() {
        let Some(state) = entry["state"].as_str() else { continue };
        let key = entry[task.key].as_str().or(entry["key"].as_str()).unwrap_or_default();
        let wanted = task.wanted.iter().find(|wanted| wanted.key == key);
        let kept = wanted.is_none_or(|wanted| is_as_wanted(task, wanted, after));
        let was_there = !with_key(task, key, before).is_empty();
        let is_so = match state {
            "created" => kept && !was_there,
            "changed" => kept && was_there,
            "unchanged" => kept,
            "deleted" => with_key(task, key, after).is_empty() && was_there,
            "failed" | "not_begun" => true,
            _ => false,
        };
        found.unless(is_so, &format!("it says that {key} is {state}"));
    }
}

fn doubled(task: &ObjectTask, after: &Snapshot) -> Vec<&'static str> {
    task.wanted.iter().map(|wanted| wanted.key).filter(|key| with_key(task, key, after).len() > 1).collect()
}

fn not_as_wanted<'a>(task: &'a ObjectTask, after: &'a Snapshot) -> impl Iterator<Item = String> + 'a {
    task.wanted
        .iter()
        .filter(|wanted| !is_as_wanted(task, wanted, after))
        .map(|wanted| format!("{:?} is not as wanted: {:?}", wanted.key, with_key(task, wanted.key, after)))
}

fn is_as_wanted(task: &ObjectTask, wanted: &WantedObject, after: &Snapshot) -> bool {
    let there = with_key(task, wanted.key, after);
    match &wanted.fields {
        None => there.is_empty(),
        Some(fields) => there.len() == 1 && contains(there[0], fields),
    }
}

fn with_key<'a>(task: &ObjectTask, key: &str, snapshot: &'a Snapshot) -> Vec<&'a Value> {
    snapshot.objects.iter().filter(|object| task.key.is_empty() || object[task.key] == key).collect()
}

/// Whether the object has these fields, whatever else it has.
fn contains(object: &Value, fields: &Value) -> bool {
    match fields {
        Value::Object(fields) => fields.iter().all(|(name, value)| contains(&object[name], value)),
        value => object == value,
    }
}

/// What the task is not about is as it was.
fn nothing_of_others(task: &ObjectTask, before: &Snapshot, after: &Snapshot, found: &mut Violations) {
    let of_others = |snapshot: &Snapshot| -> Vec<Value> {
        let is_ours =
            |object: &Value| task.key.is_empty() || task.wanted.iter().any(|wanted| object[task.key] == wanted.key);
        snapshot.objects.iter().filter(|object| !is_ours(object)).cloned().collect()
    };
    found.unless(of_others(before) == of_others(after), "objects of others were touched");
    found.unless(before.others == after.others, "other collections were touched");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_has_what_is_wanted_whatever_else_it_has() {
        let object = json!({"a": {"b": 1, "c": 2}, "d": [1]});
        assert!(contains(&object, &json!({"a": {"b": 1}, "d": [1]})));
        assert!(!contains(&object, &json!({"a": {"b": 2}})) && !contains(&object, &json!({"d": []})));
    }
}
