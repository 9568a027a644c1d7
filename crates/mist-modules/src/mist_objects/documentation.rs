//! What the module says about itself, beside its options and results.

use crate::common::docs::{AUTHOR, PLATFORM, REQUIREMENTS};
use crate::objects::docs::{DELETION, LOST_RESPONSE, PROTECTED};
use ansible_binary_module::{Attribute, Documentation, SeeAlso, Support};

/// The page of `mist_objects`.
pub const DOCUMENTATION: Documentation = Documentation {
    short_description: "Keep a whole set of objects of the Juniper Mist cloud as declared",
    description: &[
        "Does for a whole set of objects of one kind, in one task, what M(mist_object) does for one. Objects that are not declared can be deleted.",
        "The objects are listed once, and each kind that is referred to by name once; then only the calls are made that are needed, several at a time.",
        "A name that is unknown or ambiguous keeps the whole set from being touched. When a call about one object fails later, the others are still seen to; what is likely to meet every call (401, a spent quota, no connection) ends the run. What was done is told in either case, and running the task again finishes the job.",
    ],
    version_added: "0.2.0",
    author: AUTHOR,
    requirements: REQUIREMENTS,
    notes: &[
        "C(mist_objects --types) prints the list of kinds.",
        "O(purge) comes after all declared objects are in place, and not at all if one of them is not. Try it in check mode with C(--diff) first.",
        LOST_RESPONSE,
        DELETION,
        PROTECTED,
        "By hand, at a terminal, standard error shows how far the run is.",
    ],
    seealso: &[
        SeeAlso::Module { module: "mist_object", description: "One object." },
        SeeAlso::Module {
            module: "mist_object_info",
            description: "What there is, also in the form that this module takes.",
        },
    ],
    attributes: &[
        Attribute::check_mode(Support::Full),
        Attribute::diff_mode(Support::Full),
        Attribute::idempotent(Support::Partial).details("Always, unless O(update_secrets=always)."),
        PLATFORM,
    ],
    examples: EXAMPLES,
};

const EXAMPLES: &str = r#"- name: All branches from one table
  mist_objects:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: sites
    src: /etc/mist/sites.csv

- name: These webhooks and no others, but for those of the lab
  mist_objects:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: webhooks
    objects:
      - name: collector
        url: https://collector.example.com/mist
        type: http-post
        topics:
          - device-updowns
    purge: true
    keep:
      - lab-*
    max_deletes: 3

- name: The RF templates of one organisation
  mist_object_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: rftemplates
    as_declared: true
  register: found

- name: The same in another one
  mist_objects:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: rftemplates
    objects: "{{ found.objects }}"
"#;
