//! Documentation of `mist_object_info`.

use crate::common::{AUTHOR, PLATFORM, REQUIREMENTS};
use ansible_binary_module::{Attribute, Documentation, SeeAlso, Support};

pub const DOCUMENTATION: Documentation = Documentation::new()
.short_description("List objects of the Juniper Mist cloud, also as declarations")
.description(&[
        "Lists the objects of one type: sites, WLANs, templates, networks, webhooks and more. It never changes anything in the cloud.",
        "With O(as_declared=true), the objects have the form of M(mist_objects). They can be kept in a file (O(dest)) and declared again, also in another organization.",
    ])
.version_added("0.2.0")
.author(AUTHOR)
.requirements(REQUIREMENTS)
.notes(&[
        "C(mist_object_info --types) prints the list of types.",
        "Secrets are masked. With O(as_declared=true) they are omitted and listed in RV(secrets_left_out), unless O(include_secrets=true).",
        "API tokens can be listed by O(path). Their keys are always masked or omitted.",
    ])
.seealso(&[
        SeeAlso::Module { module: "mist_objects", description: "Declares the objects that this module returns." },
        SeeAlso::Module { module: "mist_object", description: "One object." },
    ])
.attributes(ATTRIBUTES)
.examples(EXAMPLES);

const ATTRIBUTES: &[Attribute] = &[
    Attribute::check_mode(Support::Full),
    Attribute::diff_mode(Support::Full).details("Shows the file O(dest), with masked secrets."),
    Attribute::idempotent(Support::Full),
    PLATFORM,
];

const EXAMPLES: &str = r#"- name: List the sites in Germany whose names begin with Branch
  mist_object_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: sites
    where:
      name: Branch*
      country_code: DE
  register: sites

- name: Write the WLANs to a file as declarations
  mist_object_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: wlans
    as_declared: true
    dest: /etc/mist/wlans.json
"#;
