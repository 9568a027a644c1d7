//! What a task returns. RETURN of the documentation comes from here.

use crate::mist_api_token::carry_out::Done;
use crate::mist_api_token::plan::Plan;
use crate::mist_api_token::wanted::Present;
use crate::{CountsCalls, TokenType};
use mist_tokens::privilege::Privilege;
use mist_tokens::token::Token;
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Map, Value};

/// The results of `mist_api_token`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// The token, as the cloud shows it, its key masked. In check mode, what of it is known beforehand.
    #[schemars(extend("x-ansible-returned" = "when O(state=present)"))]
    pub token: Option<TokenResult>,
    /// The key of the new token. It is shown this once, and never again.
    #[schemars(extend("x-ansible-returned" = "when a token was created and O(return_key=true), not in check mode"))]
    #[schemars(example = &"VALUE_SHOWN_ONCE")]
    pub key: Option<String>,
    /// The tokens that were asked for.
    #[schemars(extend("x-ansible-returned" = "when O(state=info)"))]
    pub tokens: Option<Vec<TokenResult>>,
    /// Whose the tokens are.
    #[schemars(extend("x-ansible-returned" = "always"))]
    pub token_type: Option<TokenType>,
    /// The ids of the tokens that were deleted. In check mode, of those that would be.
    #[schemars(extend("x-ansible-returned" = "when O(state=absent), and when a token was replaced"))]
    #[schemars(extend("examples" = [["864f351a-1377-4ad9-83f8-72f3fe6199ba"]]))]
    pub deleted: Option<Vec<String>>,
    /// How many requests were sent to the cloud, repetitions included.
    #[schemars(extend("x-ansible-returned" = "always"), example = 1)]
    pub api_calls: u32,
}

impl Results {
    /// What is told of a plan that was carried out, wholly or, if it `failed`, as far as it came.
    #[must_use]
    pub fn of(done: &Done, present: Option<&Present>, plan: &Plan, failed: bool) -> Self {
        let drafted = plan.create.as_ref().filter(|_| !failed).map(|draft| TokenResult {
            name: Some(draft.name.clone()),
            privileges: draft.privileges.as_ref().map(|list| list.iter().map(Into::into).collect()),
            src_ips: draft.src_ips.clone(),
            ..TokenResult::default()
        });
        let return_key = present.is_some_and(|present| present.return_key);
        Self {
            token: done.token.as_ref().map(TokenResult::from).or(drafted),
            key: done.key.as_ref().filter(|_| return_key).map(|key| key.expose_secret().to_owned()),
            deleted: (present.is_none() || !done.deleted.is_empty()).then(|| done.deleted.clone()),
            ..Self::default()
        }
    }
}

impl CountsCalls for Results {
    fn set_api_calls(&mut self, api_calls: u32) {
        self.api_calls = api_calls;
    }
}

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
    #[schemars(example = 1_626_875_902)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_time: Option<f64>,
    /// When it was last used, in seconds of the epoch; V(null) if never.
    #[schemars(example = 1_690_115_110)]
    pub last_used: Option<f64>,
    /// What it may do, for an organisation token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privileges: Option<Vec<PrivilegeResult>>,
    /// From where it may be used, for an organisation token; anywhere if empty.
    #[schemars(extend("examples" = [["63.3.56.0/24"]]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_ips: Option<Vec<String>>,
    /// Whatever else the cloud shows of it, such as C(org_id) and C(created_by).
    #[serde(flatten)]
    #[schemars(skip)]
    pub more: Map<String, Value>,
}

/// One privilege, with whatever else the cloud shows of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct PrivilegeResult {
    /// Where it holds.
    #[schemars(example = &"site")]
    pub scope: String,
    /// What it allows.
    #[schemars(example = &"read")]
    pub role: String,
    /// The organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    /// The site, with scope V(site).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site_id: Option<String>,
    /// The site group, with scope V(sitegroup).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sitegroup_id: Option<String>,
    /// The views that it is narrowed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub views: Option<Vec<String>>,
    /// Whatever else the cloud shows of it.
    #[serde(flatten)]
    #[schemars(skip)]
    pub more: Map<String, Value>,
}

impl From<&Token> for TokenResult {
    fn from(token: &Token) -> Self {
        Self {
            id: Some(token.id.clone()),
            name: token.name.clone(),
            key: token.key.as_ref().map(ToString::to_string),
            created_time: token.created_time,
            last_used: token.last_used,
            privileges: token.privileges.as_ref().map(|list| list.iter().map(PrivilegeResult::from).collect()),
            src_ips: token.src_ips.clone(),
            more: token.unknown.clone(),
        }
    }
}

impl From<&Privilege> for PrivilegeResult {
    fn from(privilege: &Privilege) -> Self {
        Self {
            scope: privilege.scope.clone(),
            role: privilege.role.clone(),
            org_id: privilege.org_id.clone(),
            site_id: privilege.site_id.clone(),
            sitegroup_id: privilege.sitegroup_id.clone(),
            views: privilege.views.clone(),
            more: privilege.unknown.clone(),
        }
    }
}
