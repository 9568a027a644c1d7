//! What `--diff` shows of a plan: the tokens concerned before and after, without keys and without what only the
//! real run can know, so that check mode shows the same.

use ansible_binary_module::Diff;
use mist_tokens::key_file::Found;
use mist_tokens::plan::{Draft, Plan};
use mist_tokens::privilege::Privilege;
use mist_tokens::token::{Owner, Token};
use serde_json::{Map, Value, json};

/// What a diff is about.
#[must_use]
pub fn header(owner: &Owner) -> String {
    format!("API tokens of {owner}")
}

/// The tokens concerned, before and after; and the key file's state, where one is wanted.
#[must_use]
pub fn of(plan: &Plan, key_file: Option<&Found>) -> Diff {
    let was = key_file.map(|found| match found {
        Found::Nothing => "not there",
        Found::NoKey => "without a key",
        Found::Key(_) if plan.create.is_some() => "the key of another token",
        Found::Key(_) if plan.rewrite => "the key of the token, in another form or with other attributes",
        Found::Key(_) => "the key of the token",
    });
    with_states(plan, was, key_file.map(|_| "the key of the token"))
}

/// The same where a token is deleted: with what becomes of its key's file.
#[must_use]
pub fn of_absent(plan: &Plan, file_goes: bool) -> Diff {
    let state = |state: &'static str| file_goes.then_some(state);
    with_states(plan, state("the key of the token"), state("not there"))
}

fn with_states(plan: &Plan, was: Option<&str>, is: Option<&str>) -> Diff {
    let mut before: Vec<Value> = Vec::new();
    let mut after: Vec<Value> = Vec::new();
    if let Some(token) = &plan.keep {
        before.push(shown(token));
        after.extend(plan.kept().as_ref().map(shown));
    }
    if let Some(token) = &plan.previous {
        before.push(shown(token));
        after.push(shown(token));
    }
    before.extend(plan.deleted().map(shown));
    after.extend(plan.create.iter().map(drafted));
    let state = |tokens: Vec<Value>, key_file: Option<&str>| match key_file {
        Some(state) => json!({"tokens": tokens, "key_file": state}),
        None => json!({"tokens": tokens}),
    };
    Diff::new(state(before, was), state(after, is))
}

/// One token, as a user declares one, and its id.
#[must_use]
pub fn shown(token: &Token) -> Value {
    let mut map = declared(token.name(), token.privileges.as_deref(), token.src_ips.as_deref());
    map.insert("id".into(), json!(token.id));
    Value::Object(map)
}

fn drafted(draft: &Draft) -> Value {
    Value::Object(declared(&draft.name, draft.privileges.as_deref(), draft.src_ips.as_deref()))
}

/// What a user declares of a token.
fn declared(name: &str, privileges: Option<&[Privilege]>, src_ips: Option<&[String]>) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("name".into(), json!(name));
    if let Some(privileges) = privileges {
        map.insert("privileges".into(), privileges.iter().map(privilege).collect());
    }
    if let Some(src_ips) = src_ips.filter(|src_ips| !src_ips.is_empty()) {
        map.insert("src_ips".into(), json!(src_ips));
    }
    map
}

/// Without what the cloud fills in.
fn privilege(privilege: &Privilege) -> Value {
    let mut map = Map::new();
    map.insert("scope".into(), json!(privilege.scope));
    map.insert("role".into(), json!(privilege.role));
    for (name, id) in [("site_id", &privilege.site_id), ("sitegroup_id", &privilege.sitegroup_id)] {
        if let Some(id) = id {
            map.insert(name.into(), json!(id));
        }
    }
    if let Some(views) = privilege.views.as_ref().filter(|views| !views.is_empty()) {
        map.insert("views".into(), json!(views));
    }
    Value::Object(map)
}
