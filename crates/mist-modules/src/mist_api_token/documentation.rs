//! What the module says about itself, beside its options and results.

use crate::common::docs::{AUTHOR, PLATFORM, REQUIREMENTS};
use ansible_binary_module::{Attribute, Documentation, SeeAlso, Support};

/// The page of `mist_api_token`.
pub const DOCUMENTATION: Documentation = Documentation {
    short_description: "Create, update, replace, delete and list API tokens of the Juniper Mist cloud",
    description: &[
        "Manages one API token of a Mist account or organisation: it is made once, kept as declared, and its key is delivered once, safely.",
        "Give every project a token of its own, with only the access that it needs: then a leaked token can be deleted without touching anything else.",
        "A key is shown once, when its token is created. It is never lost (the place for it is proven beforehand, and a token whose key cannot be delivered, or whose result nobody reads any more, is deleted again) and never doubled (an answer that is lost is cleaned up after, and of many runs at once, on one host or on several, one makes the token and the others find it there).",
    ],
    version_added: "0.1.0",
    author: AUTHOR,
    requirements: REQUIREMENTS,
    notes: &[
        "Use C(no_log: true) on a task whose result carries a key, or O(key_file), so that the key never appears in the output of the play.",
        "The cloud removes a user token that was not used for 90 days. An account that logs in through SSO can have no user tokens: use organisation tokens.",
        "A token made by this task is found again by its name, so that the task can run any number of times.",
        "A creation takes four requests: the tokens are listed, the token is created as C(NAME (new ...)), the tokens are listed again, and it is renamed to C(NAME). Of several runs at once, on any hosts, one creates the token, and the others delete theirs and find that one.",
        "A lost response to a creation is followed by up to 6 seconds of listings (up to O(timeout) after a timeout) before the token is created again, and by one listing at the end. A token called C(NAME (new ...)) was left by a run that was killed, or whose response was lost. The next run on the same host deletes it at once, and other hosts some minutes later; until then, they fail with the time to wait. No token called C(NAME) is deleted by this.",
        "C(key) in the result is V(null) unless a token was created whose key is returned, so that it can be tested in every case.",
    ],
    seealso: &[SeeAlso::Link {
        name: "Mist API: API tokens",
        link: "https://api.mist.com/api/v1/docs/Auth#api-token",
        description: "What the cloud says about its tokens.",
    }],
    attributes: &[
        Attribute::check_mode(Support::Full),
        Attribute::diff_mode(Support::Full),
        Attribute::idempotent(Support::Partial).details("Always, unless O(recreate=always)."),
        PLATFORM,
    ],
    examples: EXAMPLES,
};

const EXAMPLES: &str = r#"- name: A token for the backup script, its key in a file that only its owner can read
  mist_api_token:
    name: backup-script
    key_file: /etc/backup/mist-token

- name: A token that may only read one site, for the dashboard in the lobby
  mist_api_token:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    name: lobby-dashboard
    privileges:
      - role: read
        site_id: 4ac1dcf4-9d8b-7211-65c4-057819f0862b
    key_file: /etc/lobby/mist.env
    key_file_format: env

- name: A token for the deployment pipeline, usable from its runners only, its key handed to the next task
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

- name: Its key, which is null when the token was there already, and in check mode
  ansible.builtin.copy:
    content: "{{ pipeline_token.key }}"
    dest: /etc/pipeline/mist-token
    mode: "0600"
  when: pipeline_token.key is not none
  no_log: true

- name: The key among the other settings of a service, which keeps its lines, its owner and its mode
  mist_api_token:
    name: monitoring
    key_file: /etc/monitoring/environment
    key_file_format: env
    mode: "0640"

- name: The same token, made anew if its key file got lost
  mist_api_token:
    name: backup-script
    key_file: /etc/backup/mist-token
    recreate: state_change

- name: Who has which access?
  mist_api_token:
    state: info
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
  register: known

- name: The project is over, and its key file goes too
  mist_api_token:
    state: absent
    name: backup-script
    key_file: /etc/backup/mist-token

- name: This key was found in a public repository
  mist_api_token:
    state: absent
    key: "{{ leaked_key }}"
"#;
