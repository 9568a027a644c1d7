//! The documentation of the module, except for its options and results.

use crate::common::{AUTHOR, READ_ONLY, REQUIREMENTS};
use ansible_binary_module::{Documentation, SeeAlso};

pub(super) const DOCUMENTATION: Documentation = Documentation {
    short_description: "Show the identity, privileges and remaining calls of the credentials for the Juniper Mist cloud",
    description: &[
        "Returns the owner of a token (an account or an organization), its privileges, the organizations that it can see, and the number of calls that it has left in this hour.",
        "Use it to check a token before a play depends on it.",
        "It changes nothing.",
    ],
    version_added: "0.1.0",
    author: AUTHOR,
    requirements: REQUIREMENTS,
    notes: &[
        "The cloud counts calls from the full hour: for an account with all its user tokens together, for each organization token separately.",
    ],
    seealso: &[
        SeeAlso::Module { module: "mist_api_token_info", description: "List API tokens and their age." },
        SeeAlso::Link {
            name: "Mist API: authentication",
            link: "https://api.mist.com/api/v1/docs/Auth",
            description: "Mist's page about tokens and logins.",
        },
    ],
    attributes: READ_ONLY,
    examples: EXAMPLES,
};

const EXAMPLES: &str = r#"- name: Show the identity of the token
  mist_self_info:
  register: me

- name: Refuse user tokens in this play
  ansible.builtin.assert:
    that: me.token_type == 'org'

- name: Check a token that was just delivered
  mist_self_info:
    api_token: "{{ lookup('ansible.builtin.file', '/etc/backup/mist-token') }}"
    usage: false

- name: Wait for the next hour if fewer than 500 calls are left
  ansible.builtin.pause:
    seconds: "{{ me.usage.resets_in }}"
  when: me.usage.remaining < 500

- name: Use the only organization that this token can see
  ansible.builtin.set_fact:
    mist_org_id: "{{ me.orgs[0].id }}"
  when: me.orgs | length == 1
"#;
