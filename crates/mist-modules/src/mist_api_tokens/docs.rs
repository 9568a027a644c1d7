//! The options and the page of the module.

use crate::common::orgs::OrgsOptions;
use crate::common::{AUTHOR, PLATFORM, REQUIREMENTS};
use crate::tokens::params::TokenOptions;
use crate::{ConnectionOptions, OwnerOptions};
use ansible_binary_module::{Attribute, Documentation, SeeAlso, Support};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of `mist_api_tokens`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Options {
    /// Owner of the tokens.
    #[serde(flatten)]
    pub owner: OwnerOptions,
    #[serde(flatten)]
    pub orgs: OrgsOptions,
    /// Declared tokens. No two may have the same name, O(tokens[].id) or O(tokens[].key_file).
    pub tokens: Vec<TokenDeclaration>,
    /// Delete every other token after all declared ones are in place.
    ///
    /// Never deleted: the token that the task authenticates with, tokens in O(keep), and tokens that another run is creating. Requires at least one element in O(tokens), and O(org_id), O(org) or O(token_type).
    #[serde(default)]
    pub purge: bool,
    /// Names or name patterns of tokens that O(purge) keeps: V(*) is any text, V(?) one character, V([ab]) one of these.
    #[schemars(extend("x-ansible-elements" = "str"))]
    #[schemars(extend("examples" = [["dashboard", "ci-*"]]))]
    pub keep: Option<Vec<String>>,
    /// Return the keys of new tokens. Use C(no_log: true) on the task: the result of a failed task is printed, and contains keys.
    ///
    /// With V(false), every new token requires O(tokens[].key_file).
    #[serde(default)]
    pub return_keys: bool,
    /// Allow the task to replace the token that it authenticates with. It does so last.
    #[serde(default)]
    pub allow_self: bool,
    /// Connection to the cloud.
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// A declared token.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct TokenDeclaration {
    /// Name of the token. The task finds the token by it.
    pub name: String,
    /// Id of the token. The token of this id gets the name. If no token has this id, the name decides.
    pub id: Option<String>,
    /// Declaration of the token.
    #[serde(flatten)]
    pub token: TokenOptions,
}

/// The page of `mist_api_tokens`.
pub const DOCUMENTATION: Documentation = Documentation::new()
.short_description("Declare the whole set of API tokens of a Juniper Mist account or organization")
.description(&[
        "Manages a whole set of tokens in one task, each as M(mist_api_token) manages one. Undeclared tokens can be deleted.",
        "The tokens are listed once, whatever their number, and once more when some are created. Then the module sends only the needed requests, several at a time.",
        "An impossible declaration is reported before any change. When a later call fails, the other tokens are still processed, new keys are delivered, and the result lists each token. Running the task again finishes the work.",
    ])
.version_added("0.1.0")
.author(AUTHOR)
.requirements(REQUIREMENTS)
.notes(&[
        "Give each token a O(tokens[].key_file), to keep keys out of the output of the play. Otherwise, request them with O(return_keys=true), and use C(no_log: true) on the task. Without either, no token is created.",
        "C(key) in the result is V(null), unless the token was created and O(return_keys=true).",
        "One impossible declaration prevents all changes; the message lists all such declarations.",
        "O(purge) runs only after all declared tokens are in place. Try it in check mode with C(--diff) first.",
        "On one host, runs about the same account or organization wait for each other. For other hosts, each token is created as C(NAME (new ...)), all are listed once more, and each is renamed. These are two requests a token, and two listings. Of several runs at once, one creates each token. Lost responses and killed runs are handled as by M(mist_api_token).",
        "With O(purge), an empty O(org_id) or O(org) is refused. The account's tokens are purged only with O(token_type=user).",
    ])
.seealso(&[
        SeeAlso::Module { module: "mist_api_token", description: "One token, through its whole life." },
        SeeAlso::Link {
            name: "Mist API: API tokens",
            link: "https://api.mist.com/api/v1/docs/Auth#api-token",
            description: "Tokens in the documentation of the API.",
        },
    ])
.attributes(&[
        Attribute::check_mode(Support::Full),
        Attribute::diff_mode(Support::Full),
        Attribute::idempotent(Support::Partial).details("Always, unless O(tokens[].recreate=always)."),
        PLATFORM,
    ])
.examples(EXAMPLES);

const EXAMPLES: &str = r#"- name: One token per project, each with only the access it needs, its key in a file that only its owner can read
  mist_api_tokens:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    tokens:
      - name: lobby-dashboard
        privileges:
          - role: read
            site: Lobby
        key_file: /etc/lobby/mist.env
        key_file_format: env
      - name: inventory-sync
        privileges:
          - role: read
        src_ips:
          - 63.3.56.0/24
        key_file: /etc/inventory/mist-token
      - name: deployment
        privileges:
          - role: network_admin
            sitegroup: Branches
        key_file: /etc/deployment/mist-token
        recreate: state_change
        max_age: 90d
        overlap: 1d

- name: Keep these tokens and those of the dashboards, and delete all others
  mist_api_tokens:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    tokens: "{{ project_tokens }}"
    purge: true
    keep:
      - dashboard-*

- name: Two tokens of the account, their keys handed to the next task
  mist_api_tokens:
    return_keys: true
    tokens:
      - name: backup-script
      - name: monitoring
  register: made
  no_log: true

- name: Store the keys that are new
  ansible.builtin.copy:
    content: "{{ item.key }}"
    dest: "/etc/keys/{{ item.name }}"
    mode: "0600"
  loop: "{{ made.tokens | selectattr('key') }}"
  no_log: true
"#;
