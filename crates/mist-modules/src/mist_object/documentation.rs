//! What the module says about itself, beside its options and results.

use crate::common::docs::{AUTHOR, PLATFORM, REQUIREMENTS};
use crate::objects::docs::{DELETION, LOST_RESPONSE, PROTECTED};
use ansible_binary_module::{Attribute, Documentation, SeeAlso, Support};

/// The page of `mist_object`.
pub const DOCUMENTATION: Documentation = Documentation {
    short_description: "Keep any object of the Juniper Mist cloud as declared",
    description: &[
        "Creates, changes and deletes what the Mist API has as a named object: sites, WLANs, templates, networks, webhooks, PSKs, the settings of organisation and site, and more.",
        "Only what is declared is compared and written. It is merged into what is there, and only the fields of the top level that differ are sent, so that nothing undeclared is lost, whether the cloud merges nested dictionaries or replaces them.",
        "Dictionaries are compared field by field, lists as wholes and in order, lists of ids as sets. V(null), absent, V([]), V({}) and V(\"\") are the same nothing. A field or a value that no document knows passes through and is compared like any other; where such a field is close to one that the document knows, a warning says so.",
        "What changed is told by what the cloud answers. What it did not keep is in RV(not_kept) and in a warning, and does not count as a change.",
    ],
    version_added: "0.2.0",
    author: AUTHOR,
    requirements: REQUIREMENTS,
    notes: &[
        "C(mist_object --types) prints the list of kinds.",
        "Secrets are masked in results, diffs and log. One that the cloud does not show again cannot be compared: see O(update_secrets).",
        "Where several objects fit, none is touched, and their ids are told, with what they refer to where that tells them apart.",
        "A creation or change takes two requests, a task without a change one.",
        LOST_RESPONSE,
        DELETION,
        PROTECTED,
    ],
    seealso: &[
        SeeAlso::Module { module: "mist_objects", description: "A whole set of one kind." },
        SeeAlso::Module { module: "mist_object_info", description: "What there is." },
        SeeAlso::Module { module: "mist_api_request", description: "What is no object with a state." },
    ],
    attributes: &[
        Attribute::check_mode(Support::Full),
        Attribute::diff_mode(Support::Full),
        Attribute::idempotent(Support::Partial).details("Always, unless O(update_secrets=always)."),
        PLATFORM,
    ],
    examples: EXAMPLES,
};

const EXAMPLES: &str = r#"- name: A site, with its RF template and site groups by name
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

- name: A WLAN of that site
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

- name: Variables of the site, beside those that others have set
  mist_object:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    site: Branch 7
    type: setting
    object:
      vars:
        branch_ip: 10.7.0.1

- name: A template whose text has Mist's own variables
  mist_object:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: networktemplates
    src: /etc/mist/branch.yml

- name: No webhook of this name
  mist_object:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: webhooks
    object:
      name: old-collector
    state: absent

- name: Another name
  mist_object:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    type: rftemplates
    id: 53f10664-3ce8-4c27-b382-0ef66432349f
    object:
      name: Branch offices
"#;
