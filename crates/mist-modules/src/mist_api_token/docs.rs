//! The options and the page of the module.

use crate::common::{AUTHOR, PLATFORM, REQUIREMENTS};
use crate::tokens::params::TokenOptions;
use crate::{ConnectionOptions, OwnerOptions};
use ansible_binary_module::{Attribute, Documentation, NoLog, SeeAlso, Support, rules};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `mist_api_token`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(transform = rules::required_if("state", "present", vec!["name"]))]
#[schemars(transform = rules::required_if_any_of("state", "absent", vec!["name", "id", "key"]))]
pub struct Options {
    /// Desired state of the token.
    #[serde(default)]
    pub state: State,
    /// Owner of the token.
    #[serde(flatten)]
    pub owner: OwnerOptions,
    /// Name of the token. Required when O(state=present).
    ///
    /// Names are not unique in Mist. With several tokens of the name, O(state=present) fails and lists them.
    pub name: Option<String>,
    /// Id of the token.
    ///
    /// With O(state=present), the token of this id gets the name O(name). If no token has this id, the name decides.
    pub id: Option<String>,
    /// Declaration of the token.
    #[serde(flatten)]
    pub token: TokenOptions,
    /// Whole key of a token, for example a leaked one, to select the token with O(state=absent) or O(state=info). Text around the key (C(MIST_API_TOKEN=), quotation marks, C(Token)) is ignored.
    ///
    /// The key is compared with the masked keys that the cloud lists. If two tokens match, the task fails and lists both.
    ///
    /// With an organization and without O(token_type), the tokens of the organization and of the account are searched.
    pub key: Option<NoLog>,
    /// Return the key of a new token. Use C(no_log) on the task in this case.
    ///
    /// Default: V(true), or V(false) with O(key_file). The result of a failed task contains the key only with an explicit V(true). Otherwise, a new token with an undelivered key is deleted again, unless the token that it replaces may be deleted.
    pub return_key: Option<bool>,
    /// Allow the task to delete the token that it authenticates with.
    #[serde(default)]
    pub allow_self: bool,
    /// Connection to the cloud.
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// Desired state of the token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Exactly one token of the name exists, as declared.
    #[default]
    Present,
    /// No token of that name, id or key exists.
    Absent,
    /// Return the tokens without changes.
    Info,
}

/// The page of `mist_api_token`.
pub const DOCUMENTATION: Documentation = Documentation::new()
.short_description("Create, update, replace, delete and list API tokens of the Juniper Mist cloud")
.description(&[
        "Manages one API token of a Mist account or organization: creates it once, keeps it as declared, and delivers its key once.",
        "Give every project its own token with only the access that it needs. A leaked token can then be deleted without an effect on other projects.",
        "The cloud shows a key once, when its token is created. The module first proves that it can write O(key_file). A token whose key cannot be delivered is deleted again. After a lost response, and when several runs work at the same time, one token exists.",
    ])
.version_added("0.1.0")
.author(AUTHOR)
.requirements(REQUIREMENTS)
.notes(&[
        "Use C(no_log: true) on a task whose result carries a key, or O(key_file), to keep the key out of the output of the play.",
        "The cloud removes a user token after 90 days without use. An account with SSO cannot have user tokens: use organization tokens.",
        "The task finds its token by name and can run any number of times.",
        "A creation takes four requests. The tokens are listed before and after it, the token is created as C(NAME (new ...)), and it is renamed to C(NAME). Of several runs at once, on any hosts, one creates the token, and the others delete theirs and find that one.",
        "A lost response to a creation is followed by up to 6 seconds of listings (up to O(timeout) after a timeout). Then the token is created again, and one listing is the end. A token called C(NAME (new ...)) was left by a run that was killed, or whose response was lost. The next run on the same host deletes it at once, and other hosts some minutes later. Until then, they fail with the time to wait. No token called C(NAME) is deleted by this.",
        "C(key) always exists in the result. It is V(null), unless a token was created and its key is returned.",
    ])
.seealso(&[SeeAlso::Link {
        name: "Mist API: API tokens",
        link: "https://api.mist.com/api/v1/docs/Auth#api-token",
        description: "Tokens in the documentation of the API.",
    }])
.attributes(&[
        Attribute::check_mode(Support::Full),
        Attribute::diff_mode(Support::Full),
        Attribute::idempotent(Support::Partial).details("Always, unless O(recreate=always)."),
        PLATFORM,
    ])
.examples(EXAMPLES);

const EXAMPLES: &str = r#"- name: Create a token for the backup script, with its key in a file that only its owner can read
  mist_api_token:
    name: backup-script
    key_file: /etc/backup/mist-token

- name: Create a token that can only read one site
  mist_api_token:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    name: lobby-dashboard
    privileges:
      - role: read
        site_id: 4ac1dcf4-9d8b-7211-65c4-057819f0862b
    key_file: /etc/lobby/mist.env
    key_file_format: env

- name: Create a token for the pipeline, usable only from its runners
  mist_api_token:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    name: pipeline
    privileges:
      - role: network_admin
    src_ips:
      - 63.3.55.4
      - 63.3.56.0/24
  register: pipeline_token
  no_log: true

- name: Write its key, which is null for an existing token and in check mode
  ansible.builtin.copy:
    content: "{{ pipeline_token.key }}"
    dest: /etc/pipeline/mist-token
    mode: "0600"
  when: pipeline_token.key is not none
  no_log: true

- name: Write the key into the settings of a service
  mist_api_token:
    name: monitoring
    key_file: /etc/monitoring/environment
    key_file_format: env
    mode: "0640"

- name: Replace the token if its key file is lost
  mist_api_token:
    name: backup-script
    key_file: /etc/backup/mist-token
    recreate: state_change

- name: List the tokens of the organization
  mist_api_token:
    state: info
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
  register: known

- name: Delete the token and its key file
  mist_api_token:
    state: absent
    name: backup-script
    key_file: /etc/backup/mist-token

- name: Delete the token of a leaked key
  mist_api_token:
    state: absent
    key: "{{ leaked_key }}"
"#;
