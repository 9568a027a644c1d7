//! The options and the page of the module.

use crate::common::{AUTHOR, READ_ONLY, REQUIREMENTS};
use crate::tokens::privileges::Role;
use crate::{ConnectionOptions, OwnerOptions};
use ansible_binary_module::{Documentation, NoLog, SeeAlso};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of `mist_api_token_info`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    /// Owner of the tokens.
    #[serde(flatten)]
    pub owner: OwnerOptions,
    /// Filters.
    #[serde(flatten)]
    pub filters: FilterOptions,
    /// Connection to the cloud.
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// Filters. All given ones must match.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct FilterOptions {
    /// Name of the tokens. Names are not unique in Mist.
    pub name: Option<String>,
    /// Pattern of the whole name, for example V(ci-*): V(*) is any text, V(?) one character, V([seq]) one of these, V([!seq]) any other one. Case-sensitive.
    pub name_pattern: Option<String>,
    /// Id of the token.
    pub id: Option<String>,
    /// Whole key of the token, for example a leaked one. Text around the key (C(MIST_API_TOKEN=), quotation marks, C(Token)) is ignored.
    ///
    /// The key is compared with the masked keys that the cloud lists. If two tokens match, the task fails and lists both.
    ///
    /// With an organization and without O(token_type), the tokens of the organization and of the account are searched. C(token_type) in the result shows the owner.
    pub key: Option<NoLog>,
    /// Role in any privilege of an organization token.
    ///
    /// A user token has the roles of its account: see M(mist_self_info).
    pub role: Option<Role>,
    /// Minimum time without use: a number with V(s), V(m), V(h), V(d) or V(w), or of seconds. For an unused token, the time since its creation counts.
    pub unused_for: Option<String>,
    /// Minimum age: a number with V(s), V(m), V(h), V(d) or V(w), or of seconds.
    pub older_than: Option<String>,
    /// Organization tokens whose creator has left: the cloud shows C(created_by) as V(null). With V(false), only the others.
    #[schemars(extend("x-ansible-version-added" = "0.2.0"))]
    pub creator_left: Option<bool>,
}

/// The page of `mist_api_token_info`.
pub const DOCUMENTATION: Documentation = Documentation {
    short_description: "List API tokens of the Juniper Mist cloud with their ages",
    description: &[
        "Lists the API tokens of a Mist account or organization that match all filters, each with the days since its creation and its last use.",
        "Use it in audits: to find unused and old tokens, tokens with too much access, and the token of a leaked key.",
        "The module changes nothing. Keys are masked.",
    ],
    version_added: "0.1.0",
    author: AUTHOR,
    requirements: REQUIREMENTS,
    notes: &[
        "Days are counted by the cloud's clock, rounded to a hundredth. An impossible time (in milliseconds, in the future, not a number) is reported in a warning and counts as unknown.",
        "Listing the tokens of an organization requires a token or an account with administrator access to it.",
    ],
    seealso: &[
        SeeAlso::Module { module: "mist_api_token", description: "Create, update, replace and delete API tokens." },
        SeeAlso::Module {
            module: "mist_self_info",
            description: "The account or token that a task authenticates with.",
        },
        SeeAlso::Link {
            name: "Mist API: API tokens",
            link: "https://api.mist.com/api/v1/docs/Auth#api-token",
            description: "Tokens in the documentation of the API.",
        },
    ],
    attributes: READ_ONLY,
    examples: EXAMPLES,
};

const EXAMPLES: &str = r#"- name: List all tokens of the account
  mist_api_token_info:
  register: mine

- name: List the tokens that the cloud removes within two weeks if they are not used
  ansible.builtin.debug:
    msg: "{{ item.name }} expires in {{ item.expires_in_days }} days"
  loop: "{{ mine.tokens | rejectattr('expires_in_days', 'none') | selectattr('expires_in_days', 'le', 14) }}"
  loop_control:
    label: "{{ item.id }}"

- name: List the tokens of pipelines with full access
  mist_api_token_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    name_pattern: "ci-*"
    role: super_user
  register: powerful

- name: List the tokens without use for a month
  mist_api_token_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    unused_for: 30d
  register: idle

- name: Fail if a token is older than a year
  mist_api_token_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    older_than: 365d
  register: old
  failed_when: old.count > 0

- name: List the tokens of former administrators
  mist_api_token_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    creator_left: true
  register: left_behind

- name: Find the token of a leaked key
  mist_api_token_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    key: "{{ leaked_key }}"
  register: leaked
"#;
