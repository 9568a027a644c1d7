//! A token in results and in `--diff`.

use ansible_binary_module::Diff;
use mist_tokens::apply::Outcome;
use mist_tokens::key_file::Found;
use mist_tokens::marker::Marker;
use mist_tokens::plan::{Draft, Plan};
use mist_tokens::privilege::Privilege;
use mist_tokens::token::{Owner, Token};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A token as the modules return it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct TokenResult {
    /// Id.
    #[schemars(example = &"864f351a-1377-4ad9-83f8-72f3fe6199ba")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Name.
    #[schemars(example = &"backup-script")]
    pub name: Option<String>,
    /// Masked key.
    #[schemars(example = &"1qkb...QQCL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Time of the creation, in seconds of the epoch.
    #[schemars(with = "Option<f64>", example = 1_626_875_902)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_time: Option<Value>,
    /// Time of the last use, in seconds of the epoch; V(null) without one.
    #[schemars(with = "Option<f64>", example = 1_690_115_110)]
    pub last_used: Option<Value>,
    /// Privileges, for an organization token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<PrivilegeResult>>")]
    pub privileges: Option<Vec<Privilege>>,
    /// Addresses from which an organization token may be used; anywhere if empty.
    #[schemars(extend("examples" = [["63.3.56.0/24"]]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_ips: Option<Vec<String>>,
    /// Organization, for an organization token.
    #[schemars(example = &"2818e386-8dec-2562-9ede-5b8a0fbbdc71")]
    #[schemars(extend("x-ansible-returned" = "when the cloud shows it"))]
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org_id: Option<Value>,
    /// E-mail address of the creator of an organization token; V(null) after the creator has left.
    #[schemars(example = &"user@example.com")]
    #[schemars(extend("x-ansible-returned" = "when the cloud shows it"))]
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<Value>,
    /// Name that the token is to get. Another run is creating the token, or was killed while it did.
    #[schemars(example = &"backup-script")]
    #[schemars(extend("x-ansible-returned" = "when the token has not its final name yet"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unfinished: Option<String>,
    /// Other fields that the cloud shows.
    #[serde(flatten)]
    #[schemars(skip)]
    pub more: Map<String, Value>,
}

/// A privilege as the modules return it: the type of the documentation.
#[derive(JsonSchema)]
#[allow(dead_code)]
struct PrivilegeResult {
    /// Scope.
    #[schemars(example = &"site")]
    scope: String,
    /// Permitted actions.
    #[schemars(example = &"read")]
    role: String,
    /// The organization.
    org_id: Option<String>,
    /// The site, with scope V(site).
    site_id: Option<String>,
    /// The site group, with scope V(sitegroup).
    sitegroup_id: Option<String>,
    /// Views to which the role is limited.
    views: Option<Vec<String>>,
}

impl From<&Token> for TokenResult {
    fn from(token: &Token) -> Self {
        let mut more = token.unknown.clone();
        // A field of another type than documented is shown as it is.
        let mut odd = |field: &str| more.shift_remove(field);
        let time = |read: Option<f64>, odd: Option<Value>| read.map(|seconds| json!(seconds)).or(odd);
        let created_time = time(token.created_time, odd("created_time"));
        let last_used = time(token.last_used, odd("last_used"));
        let (org_id, created_by) = (odd("org_id"), odd("created_by"));
        let name = token.name.clone().or_else(|| odd("name").map(|name| name.to_string()));
        odd("key");
        Self {
            id: Some(token.id.clone()),
            name,
            key: token.key.as_ref().map(ToString::to_string),
            created_time,
            last_used,
            privileges: token.privileges.clone(),
            src_ips: token.src_ips.clone(),
            org_id,
            created_by,
            unfinished: Marker::of_any(token).map(|(_, name)| name.to_owned()),
            more,
        }
    }
}

impl TokenResult {
    /// The token after the plan, as far as it is known; after a failure, the existing one.
    #[must_use]
    pub fn of(done: &Outcome, plan: &Plan, failed: bool) -> Option<Self> {
        let drafted = plan.create.as_ref().filter(|_| !failed).map(|draft| Self {
            name: Some(draft.name.clone()),
            privileges: draft.privileges.clone(),
            src_ips: draft.src_ips.clone(),
            ..Self::default()
        });
        done.token.as_ref().map(Self::from).or(drafted)
    }
}

/// The header of a diff.
#[must_use]
pub fn diff_header(owner: &Owner) -> String {
    format!("API tokens of {owner}")
}

/// The tokens of a plan before and after it, and the state of the key file: without keys and without facts that only the real
/// run knows, so that check mode shows the same.
#[must_use]
pub fn diff(plan: &Plan, key_file: Option<&Found>) -> Diff {
    let was = key_file.map(|found| match found {
        Found::Nothing => "absent",
        Found::NoKey => "without a key",
        Found::Key(_) if plan.create.is_some() => "the key of another token",
        Found::Key(_) if plan.rewrite => "the key of the token, in another format or with other attributes",
        Found::Key(_) => "the key of the token",
    });
    with_states(plan, was, key_file.map(|_| "the key of the token"))
}

/// The same for `state: absent`.
#[must_use]
pub fn diff_of_absent(plan: &Plan, file_goes: bool) -> Diff {
    let state = |state: &'static str| file_goes.then_some(state);
    with_states(plan, state("the key of the token"), state("absent"))
}

fn with_states(plan: &Plan, was: Option<&str>, is: Option<&str>) -> Diff {
    let mut before: Vec<Value> = Vec::new();
    let mut after: Vec<Value> = Vec::new();
    if let Some(token) = &plan.keep {
        before.push(diff_of_token(token));
        after.extend(plan.kept().as_ref().map(diff_of_token));
    }
    if let Some(token) = &plan.previous {
        before.push(diff_of_token(token));
        after.push(diff_of_token(token));
    }
    before.extend(plan.deleted().map(diff_of_token));
    after.extend(plan.create.iter().map(drafted));
    let state = |tokens: Vec<Value>, key_file: Option<&str>| match key_file {
        Some(state) => json!({"tokens": tokens, "key_file": state}),
        None => json!({"tokens": tokens}),
    };
    Diff::new(state(before, was), state(after, is))
}

/// The declarable fields of a token, and its id.
#[must_use]
pub fn diff_of_token(token: &Token) -> Value {
    let mut map = declared(token.name(), token.privileges.as_deref(), token.src_ips.as_deref());
    map.insert("id".into(), json!(token.id));
    Value::Object(map)
}

fn drafted(draft: &Draft) -> Value {
    Value::Object(declared(&draft.name, draft.privileges.as_deref(), draft.src_ips.as_deref()))
}

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

/// Without the fields that the cloud adds.
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
