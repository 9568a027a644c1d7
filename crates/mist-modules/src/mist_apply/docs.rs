//! Documentation of `mist_apply`.

use crate::common::{AUTHOR, PLATFORM, REQUIREMENTS};
use crate::objects::{DELETION, LOST_RESPONSE, SECRETS};
use ansible_binary_module::{Attribute, Documentation, SeeAlso, Support};

pub const DOCUMENTATION: Documentation = Documentation::new()
    .short_description("Bring an organization of the Juniper Mist cloud to the state of a folder of files")
    .description(&[
        "Creates, changes and, on request, deletes objects of an organization and of its sites, as a folder of files declares them. M(mist_export) writes such a folder.",
        "All files are read and checked before the first request. Objects are written in the order of their references: groups and templates before sites, sites before their settings and WLANs. Deletions are last.",
        "In check mode, the task is a report of the differences. Names that the same run would create count as existing.",
    ])
    .version_added("0.3.0")
    .author(AUTHOR)
    .requirements(REQUIREMENTS)
    .notes(&[
        "Each type in the files takes one call, and each type of a site one call for each site. Types that are only referred to take one call each.",
        "C(mist_apply --plan --src FOLDER --check) prints the plan for people. C(--detailed-exitcode) ends with 2 if there is a difference.",
        "An object that fails does not stop others. Objects that refer to it are skipped. Running the task again completes the work.",
        "A site with devices is never deleted. This check takes one call for each site to delete.",
        SECRETS,
        LOST_RESPONSE,
        DELETION,
    ])
    .seealso(&[
        SeeAlso::Module { module: "mist_export", description: "Writes the folder." },
        SeeAlso::Module { module: "mist_objects", description: "Objects of one type." },
    ])
    .attributes(&[
        Attribute::check_mode(Support::Full),
        Attribute::diff_mode(Support::Full).details("Shows each object with names in place of IDs, and with masked secrets."),
        Attribute::idempotent(Support::Full),
        PLATFORM,
    ])
    .examples(EXAMPLES);

const EXAMPLES: &str = r#"- name: Report differences between the organization and the files
  mist_apply:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    src: /etc/mist/acme-plan
  check_mode: true
  register: report

- name: Bring the organization to the state of the files, and delete undeclared webhooks
  mist_apply:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    src: /etc/mist/acme-plan
    purge: [webhooks]
    max_deletes: 5
"#;
