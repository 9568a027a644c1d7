//! What the module says about itself, beside its options and results.

use crate::common::docs::{AUTHOR, PLATFORM, REQUIREMENTS};
use ansible_binary_module::{Attribute, Documentation, SeeAlso, Support};

/// The page of `mist_api_tokens`.
pub const DOCUMENTATION: Documentation = Documentation {
    short_description: "Declare the whole set of API tokens of a Juniper Mist account or organisation",
    description: &[
        "Does for a whole set of tokens, in one task, what M(mist_api_token) does for one: each is made once, kept as declared, and its key is delivered once, safely. Tokens that are not declared can be deleted.",
        "The tokens are listed once, whatever their number, and once more when some are created. Then only the needed calls are made, several at a time.",
        "What cannot be had as declared is told before anything is changed. When a call fails later, the tokens that it does not concern are still seen to, what was made is delivered and in the result, what is missing is named, and running the task again finishes the job.",
    ],
    version_added: "0.1.0",
    author: AUTHOR,
    requirements: REQUIREMENTS,
    notes: &[
        "Give each token a O(tokens[].key_file), so that no key appears in the output of the play; or ask for the keys with O(return_keys=true), and use C(no_log: true) on the task. A token with neither is not made.",
        "A C(key) in the result is V(null) unless its token was created and O(return_keys=true).",
        "One declaration that cannot be met keeps the whole set from being touched; the message names them all.",
        "O(purge) comes after all declared tokens are in place, and not at all if one of them is not. Try it in check mode with C(--diff) first.",
        "On one host, runs about the same account or organisation wait for each other. For other hosts, each token is created as C(NAME (new ...)), all are listed once more, and each is renamed: two requests a token, and two listings. Of several runs at once, one creates each token. Lost responses and killed runs are handled as by M(mist_api_token).",
        "With O(purge), what is empty is no reason to delete: O(org_id) or O(org) that came to nothing is refused, and the account's tokens are purged only with O(token_type=user).",
    ],
    seealso: &[
        SeeAlso::Module { module: "mist_api_token", description: "One token, through its whole life." },
        SeeAlso::Link {
            name: "Mist API: API tokens",
            link: "https://api.mist.com/api/v1/docs/Auth#api-token",
            description: "What the cloud says about its tokens.",
        },
    ],
    attributes: &[
        Attribute::check_mode(Support::Full),
        Attribute::diff_mode(Support::Full),
        Attribute::idempotent(Support::Partial).details("Always, unless O(tokens[].recreate=always)."),
        PLATFORM,
    ],
    examples: EXAMPLES,
};

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

- name: These tokens and no others, but for those of the dashboards
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
