//! What the module says about itself, beside its options and results.

use crate::common::docs::{AUTHOR, READ_ONLY, REQUIREMENTS};
use ansible_binary_module::{Documentation, SeeAlso};

/// The page of `mist_api_token_info`.
pub const DOCUMENTATION: Documentation = Documentation {
    short_description: "List API tokens of the Juniper Mist cloud, and how old they are",
    description: &[
        "Lists the API tokens of a Mist account or organisation, all of them or those that filters fit, each with how many days ago it was made and last used.",
        "It answers what an audit asks: which tokens nobody uses, which are too old, which may do too much, and whose a leaked key is.",
        "Nothing is changed. Keys are shown as the cloud shows them, masked.",
    ],
    version_added: "0.1.0",
    author: AUTHOR,
    requirements: REQUIREMENTS,
    notes: &[
        "Days are counted by the cloud's clock, to a hundredth. A time that can be none (in milliseconds, in the future, no number) is told in a warning and counts as unknown.",
        "Listing an organisation's tokens needs a token or an account that administers the organisation.",
    ],
    seealso: &[
        SeeAlso::Module { module: "mist_api_token", description: "Create, update, replace and delete API tokens." },
        SeeAlso::Module { module: "mist_self_info", description: "Which account or token a task authenticates with." },
        SeeAlso::Link {
            name: "Mist API: API tokens",
            link: "https://api.mist.com/api/v1/docs/Auth#api-token",
            description: "What the cloud says about its tokens.",
        },
    ],
    attributes: READ_ONLY,
    examples: EXAMPLES,
};

const EXAMPLES: &str = r#"- name: All tokens of my account
  mist_api_token_info:
  register: mine

- name: My tokens that the cloud removes within two weeks if nobody uses them
  ansible.builtin.debug:
    msg: "{{ item.name }} expires in {{ item.expires_in_days }} days"
  loop: "{{ mine.tokens | rejectattr('expires_in_days', 'none') | selectattr('expires_in_days', 'le', 14) }}"
  loop_control:
    label: "{{ item.id }}"

- name: Tokens of the pipelines that may change everything
  mist_api_token_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    name_pattern: "ci-*"
    role: super_user
  register: powerful

- name: Tokens that nobody has used for a month
  mist_api_token_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    unused_for: 30d
  register: idle

- name: No token is older than a year
  mist_api_token_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    older_than: 365d
  register: old
  failed_when: old.count > 0

- name: Tokens of people who have left
  mist_api_token_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    creator_left: true
  register: left_behind

- name: Whose is this key, which was found in a public repository?
  mist_api_token_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    key: "{{ leaked_key }}"
  register: leaked
"#;
