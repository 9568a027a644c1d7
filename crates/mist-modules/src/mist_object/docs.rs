//! Documentation of `mist_object`.

use crate::common::{AUTHOR, PLATFORM, REQUIREMENTS};
use crate::objects::{DELETION, LOST_RESPONSE, OTHER_WRITERS, PROTECTED, SECRETS};
use ansible_binary_module::{Attribute, Documentation, SeeAlso, Support};

pub const DOCUMENTATION: Documentation = Documentation::new()
.short_description("Keep any object of the Juniper Mist cloud as declared")
.description(&[
        "Creates, changes and deletes named objects of the Mist API: sites, WLANs, templates, networks, webhooks, PSKs, the settings of organization and site, and more.",
        "Only declared fields are compared and written. They are merged into the existing object, and only differing top-level fields are sent. Undeclared fields stay, whether the cloud merges or replaces nested dictionaries.",
        "Dictionaries and the items of lists are compared by declared fields. The order of a list counts only where the API gives it a meaning. V(null), V([]), V(\"\") and an absent field are equal, and V({}) equals every dictionary. A field that is not in the API document is written and compared like any other, with a warning. C(mist_object --fields wlans) prints the fields of a type.",
        "C(changed) is derived from the response of the cloud. A value that the cloud did not keep is listed in RV(not_kept) and in a warning, and is not a change.",
    ])
.version_added("0.2.0")
.author(AUTHOR)
.requirements(REQUIREMENTS)
.notes(&[
        "C(mist_object --types) prints the list of types.",
        SECRETS,
        "If several objects match, none is changed. The error lists their IDs, and what they refer to if it differs.",
        "A task without a change takes one request, a change two, a creation three. Each type that is referred to by name is one more.",
        LOST_RESPONSE,
        OTHER_WRITERS,
        DELETION,
        PROTECTED,
    ])
.seealso(&[
        SeeAlso::Module { module: "mist_objects", description: "A set of objects of one type." },
        SeeAlso::Module { module: "mist_object_info", description: "Lists objects." },
        SeeAlso::Module {
            module: "mist_api_request",
            description: "Requests that are not about an object with a state.",
        },
    ])
.attributes(&[
        Attribute::check_mode(Support::Full),
        Attribute::diff_mode(Support::Full),
        Attribute::idempotent(Support::Partial).details("Always, except with O(update_secrets=always)."),
        PLATFORM,
    ])
.examples(EXAMPLES);

const EXAMPLES: &str = r#"- name: Create a site with its RF template and site groups by name
  mist_object:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: sites
    object:
      name: Branch 7
      country_code: DE
      timezone: Europe/Berlin
      rftemplate: Branch
      sitegroups:
        - East

- name: Create a WLAN of that site
  mist_object:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    site: Branch 7
    type: wlans
    object:
      ssid: Guests
      enabled: true
      auth:
        type: psk
        psk: "{{ guest_psk }}"

- name: Set a variable of the site, and keep the other variables
  mist_object:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    site: Branch 7
    type: setting
    object:
      vars:
        branch_ip: 10.7.0.1

- name: Create a template that contains variables of Mist
  mist_object:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: networktemplates
    src: /etc/mist/branch.yml

- name: Delete a webhook
  mist_object:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: webhooks
    object:
      name: old-collector
    state: absent

- name: Rename an RF template
  mist_object:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: rftemplates
    id: 53f10664-3ce8-4c27-b382-0ef66432349f
    object:
      name: Branch offices
"#;
