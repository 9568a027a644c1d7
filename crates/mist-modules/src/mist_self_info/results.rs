//! What a task returns. RETURN of the documentation comes from here.

use crate::TokenType;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// The results of `mist_self_info`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// Whose the token is: the account's (a login is the account, too), or an organisation's.
    #[schemars(extend("x-ansible-returned" = "success, if it can be told from the answer"))]
    pub token_type: Option<TokenType>,
    /// What the cloud answers about the account or the organisation token, as it came.
    #[serde(rename = "self")]
    #[schemars(extend("x-ansible-returned" = "success"))]
    #[schemars(extend("examples" = [{"email": "ada@example.com", "first_name": "Ada", "last_name": "Example"}]))]
    pub answer: Option<Map<String, Value>>,
    /// What it may do, and where.
    #[schemars(extend("x-ansible-returned" = "success"))]
    pub privileges: Option<Vec<PrivilegeResult>>,
    /// How many calls it has left in this hour. The tokens of an account share its calls; an organisation token has its own.
    #[schemars(extend("x-ansible-returned" = "success and O(usage=true)"))]
    pub usage: Option<Usage>,
    /// The organisations that the privileges are in, each once, by name; of a privilege in an MSP, all of the MSP, which takes a call more.
    #[schemars(extend("x-ansible-returned" = "success"))]
    pub orgs: Option<Vec<Organisation>>,
}

/// One privilege, with whatever else the cloud shows of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct PrivilegeResult {
    /// Where it holds: C(org), C(site), C(sitegroup), C(orgsites), C(orggroup) or C(msp).
    #[schemars(example = &"org")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// What it allows: C(admin), C(write), C(read), C(helpdesk) or C(installer).
    #[schemars(example = &"admin")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The name of what it holds for.
    #[schemars(example = &"Acme")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The organisation.
    #[schemars(example = &"2818e386-8dec-2562-9ede-5b8a0fbbdc71")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    /// The organisation's name.
    #[schemars(example = &"Acme")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org_name: Option<String>,
    /// The site, with scope C(site).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site_id: Option<String>,
    /// The site groups, with scope C(sitegroup).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sitegroup_ids: Option<Vec<String>>,
    /// The views that it is narrowed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub views: Option<Vec<String>>,
    /// Whatever else the cloud shows of it.
    #[serde(flatten)]
    #[schemars(skip)]
    pub more: Map<String, Value>,
}

/// The calls of this hour.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Usage {
    /// How many were made since the full hour, this question included.
    #[schemars(example = 17)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// How many are allowed in an hour.
    #[schemars(example = 5000)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_limit: Option<u64>,
    /// How many are left in this hour.
    #[schemars(example = 4983)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u64>,
    /// When the hour turns and the count begins again, by the cloud's clock, in seconds of the epoch.
    #[schemars(example = 1_690_117_200)]
    pub resets_at: u64,
    /// In how many seconds that is.
    #[schemars(example = 2090)]
    pub resets_in: u64,
    /// Whatever else the cloud shows of it.
    #[serde(flatten)]
    #[schemars(skip)]
    pub more: Map<String, Value>,
}

/// An organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Organisation {
    /// Its name; V(null) if no privilege tells it.
    #[schemars(example = &"Acme")]
    pub name: Option<String>,
    /// Its id.
    #[schemars(example = &"2818e386-8dec-2562-9ede-5b8a0fbbdc71")]
    pub id: String,
}
