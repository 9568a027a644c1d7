//! Documentation of `mist_objects`.

use crate::common::{AUTHOR, PLATFORM, REQUIREMENTS};
use crate::objects::{DELETION, LOST_RESPONSE, OTHER_WRITERS, PROTECTED, SECRETS};
use ansible_binary_module::{Attribute, Documentation, SeeAlso, Support};

pub const DOCUMENTATION: Documentation = Documentation::new()
.short_description("Keep a whole set of objects of the Juniper Mist cloud as declared")
.description(&[
        "Creates and changes all declared objects of one type in one task, as M(mist_object) does with one object. Undeclared objects can be deleted.",
        "The module lists the objects once, and each type that is referred to by name once. Then it sends only the necessary requests, several at a time. After creations, it lists the objects once more. If it wrote several sites of site groups at the same time, it also reads the groups. It writes a site again that a group lost.",
        "An unknown or ambiguous name fails the task before any change. If a request about one object fails later, the other objects are still written. Errors that probably affect every request (401, an exhausted quota, no connection) end the run. The result has the state of every object, and the next run does the rest.",
    ])
.version_added("0.2.0")
.author(AUTHOR)
.requirements(REQUIREMENTS)
.notes(&[
        "C(mist_objects --types) prints the list of types.",
        SECRETS,
        "If several objects match a declared one, it fails with their IDs.",
        "O(purge) starts after all declared objects are in place, and only if every one is. Try it in check mode with C(--diff) first.",
        LOST_RESPONSE,
        OTHER_WRITERS,
        DELETION,
        PROTECTED,
        "At a terminal, standard error shows the progress of a run without Ansible.",
    ])
.seealso(&[
        SeeAlso::Module { module: "mist_object", description: "One object." },
        SeeAlso::Module { module: "mist_object_info", description: "Lists objects, also in the form of this module." },
    ])
.attributes(&[
        Attribute::check_mode(Support::Full),
        Attribute::diff_mode(Support::Full),
        Attribute::idempotent(Support::Partial).details("Always, except with O(update_secrets=always)."),
        PLATFORM,
    ])
.examples(EXAMPLES);

const EXAMPLES: &str = r#"- name: Create all branches of a table
  mist_objects:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: sites
    src: /etc/mist/sites.csv

- name: Keep these webhooks, and delete all others except those of the lab
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

- name: Delete the PSKs of one SSID that the table does not have
  mist_objects:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: psks
    src: /etc/mist/staff-psks.csv
    purge: true
    where:
      ssid: Staff

- name: Keep NAC rules in this order, before all others
  mist_objects:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: nacrules
    ordered: true
    objects:
      - name: Printers
        action: allow
      - name: Guests
        action: block

- name: Export the RF templates of an organization
  mist_object_info:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: rftemplates
    as_declared: true
  register: found

- name: Create the same RF templates in another organization
  mist_objects:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: rftemplates
    objects: "{{ found.objects }}"
"#;
