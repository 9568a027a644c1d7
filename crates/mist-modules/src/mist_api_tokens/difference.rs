//! What `--diff` shows of a set: the tokens that change, by name, before and after; and those that are purged. Without
//! keys and without what only the real run can know, so that check mode shows the same.

use crate::tokens::difference;
use ansible_binary_module::Diff;
use mist_tokens::apply_set::{Progress, Purged, SetOutcome};
use mist_tokens::desired::AtPlace;
use mist_tokens::set::SetPlan;
use mist_tokens::target::Target;
use mist_tokens::token::Owner;
use serde_json::{Map, Value, json};

/// The tokens that were changed, or would be, before and after.
#[must_use]
pub fn of(owner: &Owner, declared: &[&Target], places: &[AtPlace], plan: &SetPlan, done: &SetOutcome) -> Diff {
    let (mut before, mut after) = (Map::new(), Map::new());
    let each = declared.iter().zip(places).zip(done.plans.iter().zip(&done.tokens));
    for ((target, place), (plan, outcome)) in each {
        let changed = match outcome {
            Progress::Done(done) => done.changed() || plan.create.is_some(),
            Progress::Failed(stopped) => stopped.done.changed(),
            Progress::NotBegun => false,
        };
        if changed {
            let key_file = target.key_file.as_ref().map(|_| &place.found);
            let one = difference::of(plan, key_file);
            add(&mut before, &target.name, &one.before);
            add(&mut after, &target.name, &one.after);
        }
    }
    for (token, purged) in plan.purge.iter().zip(&done.purge) {
        if matches!(purged, Purged::Gone) {
            let name = if token.name().is_empty() { &token.id } else { token.name() };
            add(&mut before, name, &json!({"tokens": [difference::shown(token)]}));
        }
    }
    Diff::new(Value::Object(before), Value::Object(after)).headed(difference::header(owner))
}

/// Adds the tokens of a name, and the state of their key file: a token by itself, or a list where the name has several.
fn add(side: &mut Map<String, Value>, name: &str, state: &Value) {
    let mut tokens = state["tokens"].as_array().cloned().unwrap_or_default();
    if let (Some(key_file), Some(Value::Object(last))) = (state.get("key_file"), tokens.last_mut()) {
        last.insert("key_file".to_owned(), key_file.clone());
    }
    let all = match side.remove(name) {
        Some(Value::Array(list)) => list.into_iter().chain(tokens).collect(),
        Some(one) => std::iter::once(one).chain(tokens).collect(),
        None => tokens,
    };
    match <[Value; 1]>::try_from(all) {
        Ok([one]) => drop(side.insert(name.to_owned(), one)),
        Err(none) if none.is_empty() => {}
        Err(several) => drop(side.insert(name.to_owned(), Value::Array(several))),
    }
}
