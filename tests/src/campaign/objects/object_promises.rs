//! The promises of tasks about objects.

use super::{ObjectSituation, ObjectSnapshot, ObjectTask, WantedObject};
use crate::Ran;
use crate::campaign::verdict::{MAY_EXIST, Violations, printed};
use crate::campaign::{Finished, Judgment, World, secrets};
use serde_json::Value;
use std::collections::BTreeSet;

/// Checks the run, and two more runs if they need no help of the user.
pub(super) fn judge(finished: &Finished<'_, ObjectSituation>) -> anyhow::Result<Judgment> {
    let Finished { world, task, before, after, ran, .. } = finished;
    let mut violations = check(finished);
    let mut found = leaks(world, task, ran)?;
    if doubled(task, after).is_empty() {
        for (run, changes) in [("run again", None), ("run a third time", Some(false))] {
            let again = world.run(&(*task).clone().bounded(30, 60).task)?;
            let now = ObjectSnapshot::of(world, task);
            violations.extend(check_again(run, task, (before, &now), &again, changes));
            found.extend(leaks(world, task, &again)?);
        }
    }
    Ok(Judgment { violations, leaks: found })
}

pub(super) fn leaks(world: &World, task: &ObjectTask, ran: &Ran) -> anyhow::Result<Vec<String>> {
    Ok(secrets::search(world, &task.task, ran, &[])?.found().to_vec())
}

fn check(finished: &Finished<'_, ObjectSituation>) -> Vec<String> {
    let Finished { scenario, task, before, after, ran, .. } = finished;
    let mut found = Violations::default();
    let Some(result) = printed(ran, &mut found) else { return found.0 };
    let failed = ran.status != Some(0);
    found.unless(!(failed && scenario.must_succeed()), "it failed although it can continue");
    nothing_of_others(task, before, after, &mut found);
    let unconfirmed = MAY_EXIST.iter().any(|words| ran.stdout.contains(words));
    let doubled = doubled(task, after);
    found.unless(doubled.is_empty() || (failed && unconfirmed), &format!("more than one of {doubled:?}"));
    claims(task, &result, (before, after), &mut found);
    let changed = before.objects != after.objects;
    let reported = result["changed"] == true;
    if failed {
        found.unless(!reported || changed, "it failed and reports a change that did not happen");
        // A change without a response cannot be known.
        let unknowable = scenario.fault.as_ref().is_some_and(|(call, fault, _)| {
            call.because.is_some() || (call.method != "GET" && fault.may_have_effect())
        });
        found.unless(reported || !changed || unknowable, "it failed and does not report a change");
    } else {
        found.0.extend(not_as_wanted(task, after).map(|what| format!("it succeeded, and {what}")));
        found.unless(reported == changed, &format!("it reports changed: {reported}"));
    }
    found.0
}

/// The promises of a run without faults: it succeeds, all objects are as wanted, and `changed` is this.
pub fn check_again(
    run: &str,
    task: &ObjectTask,
    (before, after): (&ObjectSnapshot, &ObjectSnapshot),
    ran: &Ran,
    changes: Option<bool>,
) -> Vec<String> {
    let mut found = Violations::default();
    let Some(result) = printed(ran, &mut found) else { return found.0 };
    found.unless(ran.status == Some(0), &format!("{run}, it failed: {}", ran.stdout));
    found.0.extend(not_as_wanted(task, after).map(|what| format!("{run}, {what}")));
    nothing_of_others(task, before, after, &mut found);
    let as_expected = changes.is_none_or(|changes| result["changed"] == changes);
    found.unless(as_expected, &format!("{run}, it reports changed: {}", result["changed"]));
    found.0
}

/// The promises of a run whose result was not read: no object exists twice, and no object of others changed.
pub fn check_unread(task: &ObjectTask, (before, after): (&ObjectSnapshot, &ObjectSnapshot)) -> Vec<String> {
    let mut found = Violations::default();
    nothing_of_others(task, before, after, &mut found);
    let doubled = doubled(task, after);
    found.unless(doubled.is_empty(), &format!("more than one of {doubled:?}"));
    found.0
}

/// The promises of two runs at once: no run deletes what the other one or another client created, each result is true, and every
/// remaining object is named by a run, and by the next one.
pub fn check_pair(
    task: &ObjectTask,
    (before, after): (&ObjectSnapshot, &ObjectSnapshot),
    ran: &[Ran],
    next: &Ran,
) -> Vec<String> {
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

/// The promises of two runs that take turns: no object exists twice, unless a run reports that a creation without a response may
/// yet appear.
pub fn check_turns(task: &ObjectTask, after: &ObjectSnapshot, ran: &[Ran]) -> Vec<String> {
    let mut found = Violations::default();
    let doubled = doubled(task, after);
    let is_announced = ran.iter().any(|ran| MAY_EXIST.iter().any(|words| ran.stdout.contains(words)));
    found.unless(doubled.is_empty() || is_announced, &format!("more than one of {doubled:?} in spite of the lock"));
    found.0
}

/// Two runs without faults succeed.
pub fn check_calm_pair(ran: &[Ran]) -> Vec<String> {
    let failed = ran.iter().filter(|ran| ran.status != Some(0));
    failed.map(|ran| format!("a run without faults failed: {}", ran.stdout)).collect()
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

/// The states in the result are true: created and changed objects exist, deleted ones do not.
fn claims(
    task: &ObjectTask,
    result: &Value,
    (before, after): (&ObjectSnapshot, &ObjectSnapshot),
    found: &mut Violations,
) {
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
        found.unless(is_so, &format!("it reports that {key} is {state}"));
    }
}

fn doubled(task: &ObjectTask, after: &ObjectSnapshot) -> Vec<&'static str> {
    task.wanted.iter().map(|wanted| wanted.key).filter(|key| with_key(task, key, after).len() > 1).collect()
}

fn not_as_wanted<'a>(task: &'a ObjectTask, after: &'a ObjectSnapshot) -> impl Iterator<Item = String> + 'a {
    task.wanted
        .iter()
        .filter(|wanted| !is_as_wanted(task, wanted, after))
        .map(|wanted| format!("{:?} is not as wanted: {:?}", wanted.key, with_key(task, wanted.key, after)))
}

fn is_as_wanted(task: &ObjectTask, wanted: &WantedObject, after: &ObjectSnapshot) -> bool {
    let there = with_key(task, wanted.key, after);
    match &wanted.fields {
        None => there.is_empty(),
        Some(fields) => there.len() == 1 && contains(there[0], fields),
    }
}

fn with_key<'a>(task: &ObjectTask, key: &str, snapshot: &'a ObjectSnapshot) -> Vec<&'a Value> {
    snapshot.objects.iter().filter(|object| task.key.is_empty() || object[task.key] == key).collect()
}

/// Returns true if the object has these fields, among others.
fn contains(object: &Value, fields: &Value) -> bool {
    match fields {
        Value::Object(fields) => fields.iter().all(|(name, value)| contains(&object[name], value)),
        value => object == value,
    }
}

/// All other objects are unchanged.
fn nothing_of_others(task: &ObjectTask, before: &ObjectSnapshot, after: &ObjectSnapshot, found: &mut Violations) {
    let of_others = |snapshot: &ObjectSnapshot| -> Vec<Value> {
        let is_ours =
            |object: &Value| task.key.is_empty() || task.wanted.iter().any(|wanted| object[task.key] == wanted.key);
        snapshot.objects.iter().filter(|object| !is_ours(object)).cloned().collect()
    };
    found.unless(of_others(before) == of_others(after), "objects of others changed");
    found.unless(before.others == after.others, "other collections changed");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_can_have_other_fields() {
        let object = json!({"a": {"b": 1, "c": 2}, "d": [1]});
        assert!(contains(&object, &json!({"a": {"b": 1}, "d": [1]})));
        assert!(!contains(&object, &json!({"a": {"b": 2}})) && !contains(&object, &json!({"d": []})));
    }
}
