//! A token, as the modules return it. RETURN of the documentation comes from here.

use mist_tokens::apply::Outcome;
use mist_tokens::marker::Marker;
use mist_tokens::plan::Plan;
use mist_tokens::privilege::Privilege;
use mist_tokens::token::Token;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A token.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct TokenResult {
    /// Its id.
    #[schemars(example = &"864f351a-1377-4ad9-83f8-72f3fe6199ba")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name.
    #[schemars(example = &"backup-script")]
    pub name: Option<String>,
    /// Its key, masked.
    #[schemars(example = &"1qkb...QQCL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// When it was made, in seconds of the epoch.
    #[schemars(with = "Option<f64>", example = 1_626_875_902)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_time: Option<Value>,
    /// When it was last used, in seconds of the epoch; V(null) if never.
    #[schemars(with = "Option<f64>", example = 1_690_115_110)]
    pub last_used: Option<Value>,
    /// What it may do, for an organisation token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privileges: Option<Vec<Privilege>>,
    /// From where it may be used, for an organisation token; anywhere if empty.
    #[schemars(extend("examples" = [["63.3.56.0/24"]]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_ips: Option<Vec<String>>,
    /// The organisation, for an organisation token.
    #[schemars(example = &"2818e386-8dec-2562-9ede-5b8a0fbbdc71")]
    #[schemars(extend("x-ansible-returned" = "when the cloud shows it"))]
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org_id: Option<Value>,
    /// The e-mail address of who made an organisation token; V(null) once they have left.
    #[schemars(example = &"user@example.com")]
    #[schemars(extend("x-ansible-returned" = "when the cloud shows it"))]
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<Value>,
    /// Name that the token is to get. Another run is creating the token, or was killed while it did.
    #[schemars(example = &"backup-script")]
    #[schemars(extend("x-ansible-returned" = "when the token is not renamed yet"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unfinished: Option<String>,
    /// Whatever else the cloud shows of it.
    #[serde(flatten)]
    #[schemars(skip)]
    pub more: Map<String, Value>,
}

impl From<&Token> for TokenResult {
    fn from(token: &Token) -> Self {
        let mut more = token.unknown.clone();
        // A field of another type than the document says is shown as it came.
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
    /// The token that a plan comes to, as far as it is known; of a plan that `failed`, what there is.
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
