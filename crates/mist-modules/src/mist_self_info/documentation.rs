//! What the module says about itself, beside its options and results.

use crate::common::docs::{AUTHOR, READ_ONLY, REQUIREMENTS};
use ansible_binary_module::{Documentation, SeeAlso};

/// The page of `mist_self_info`.
pub const DOCUMENTATION: Documentation = Documentation {
    short_description: "Tell as whom a task talks to the Juniper Mist cloud, what it may do there, and how many calls it has left",
    description: &[
        "Tells whether a token is an account's or an organisation's, what it may do and where, which organisations it sees, and how many calls it has left in this hour.",
        "It proves that a token works, before a play relies on it.",
        "Nothing is changed.",
    ],
    version_added: "0.1.0",
    author: AUTHOR,
    requirements: REQUIREMENTS,
    notes: &[
        "The cloud counts calls from the full hour: those of an account with all its user tokens together, those of an organisation token by itself.",
    ],
    seealso: &[
        SeeAlso::Module { module: "mist_api_token_info", description: "List API tokens, and how old they are." },
        SeeAlso::Link {
            name: "Mist API: authentication",
            link: "https://api.mist.com/api/v1/docs/Auth",
            description: "What the cloud says about tokens and logins.",
        },
    ],
    attributes: READ_ONLY,
    examples: EXAMPLES,
};

const EXAMPLES: &str = r#"- name: Who am I?
  mist_self_info:
  register: me

- name: This play must not run with somebody's own token
  ansible.builtin.assert:
    that: me.token_type == 'org'

- name: Does the token that was just delivered work?
  mist_self_info:
    api_token: "{{ lookup('ansible.builtin.file', '/etc/backup/mist-token') }}"
    usage: false

- name: Wait for the next hour if fewer than 500 calls are left
  ansible.builtin.pause:
    seconds: "{{ me.usage.resets_in }}"
  when: me.usage.remaining < 500

- name: The id of the only organisation that this token sees
  ansible.builtin.set_fact:
    mist_org_id: "{{ me.orgs[0].id }}"
  when: me.orgs | length == 1
"#;
