//! What the module says about itself, beside its options and results.

use crate::common::docs::{AUTHOR, PLATFORM, REQUIREMENTS};
use ansible_binary_module::{Attribute, Documentation, SeeAlso, Support};

/// The page of `mist_object_info`.
pub const DOCUMENTATION: Documentation = Documentation {
    short_description: "List objects of the Juniper Mist cloud, also in the form in which they would be declared",
    description: &[
        "Lists the objects of one kind: sites, WLANs, templates, networks, webhooks and more. It never changes anything in the cloud.",
        "With O(as_declared=true) the objects are in the form that M(mist_objects) takes, so that they can be kept in a file (O(dest)), and declared again there or elsewhere.",
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
    attributes: ATTRIBUTES,
    examples: EXAMPLES,
};

const ATTRIBUTES: &[Attribute] = &[
    Attribute::check_mode(Support::Full),
    Attribute::diff_mode(Support::Full).details("The diff is that of the file O(dest), with secrets masked."),
    Attribute::idempotent(Support::Full),
    PLATFORM,
];

const EXAMPLES: &str = r#"- name: All sites in Germany whose names begin with Branch
  mist_object_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: sites
    where:
      name: Branch*
      country_code: DE
  register: sites

- name: Keep the WLANs in a file, as they would be declared
  mist_object_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: wlans
    as_declared: true
    dest: /etc/mist/wlans.json
"#;
