//! What the module says about itself, beside its options and results.

use crate::common::docs::{AUTHOR, READ_ONLY, REQUIREMENTS};
use ansible_binary_module::{Documentation, SeeAlso};

/// The page of `mist_object_info`.
pub const DOCUMENTATION: Documentation = Documentation {
    short_description: "List objects of the Juniper Mist cloud, also in the form in which they would be declared",
    description: &[
        "Lists the objects of one kind: sites, WLANs, templates, networks, webhooks and more. It never changes anything.",
        "With O(as_declared=true) the objects are in the form that M(mist_objects) takes, so that they can be kept in a file, and declared again there or elsewhere.",
    ],
    version_added: "0.2.0",
    author: AUTHOR,
    requirements: REQUIREMENTS,
    notes: &[
        "C(mist_object_info --types) prints the list of kinds.",
        "Secrets are masked; with O(as_declared=true) they are left out, and named in RV(secrets_left_out), unless O(include_secrets=true).",
    ],
    seealso: &[
        SeeAlso::Module { module: "mist_objects", description: "Declares what this module has found." },
        SeeAlso::Module { module: "mist_object", description: "One object." },
    ],
    attributes: READ_ONLY,
    examples: EXAMPLES,
};

const EXAMPLES: &str = r#"- name: All sites in Germany whose names begin with Branch
  mist_object_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: sites
    where:
      name: Branch*
      country_code: DE
  register: sites

- name: The WLANs as they would be declared
  mist_object_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: wlans
    as_declared: true
  register: wlans

- name: Keep them in a file
  ansible.builtin.copy:
    content: "{{ wlans.objects | to_nice_json }}"
    dest: /etc/mist/wlans.json
    mode: "0600"
"#;
