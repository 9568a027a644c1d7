//! Documentation of `mist_devices`.

use crate::common::{AUTHOR, PLATFORM, REQUIREMENTS};
use crate::objects::SECRETS;
use ansible_binary_module::{Attribute, Documentation, SeeAlso, Support};

pub const DOCUMENTATION: Documentation = Documentation::new()
    .short_description("Claim, assign, configure, replace and release devices of the Juniper Mist cloud")
    .description(&[
        "Keeps a table of access points, switches and gateways as declared: claim codes, sites, device profiles, names, ports and any other field of their configuration.",
        "The module reads the inventory once. It reads the configuration only of devices whose row declares configuration: one list for each site. Then it sends only the necessary requests: 50 claim codes, or 100 devices of a site, in one.",
        "A wrong row, name or port fails the task before any change. A refusal by the cloud fails its row, also if the status of the response is 200. The other rows continue.",
    ])
    .version_added("0.3.0")
    .author(AUTHOR)
    .requirements(REQUIREMENTS)
    .notes(&[
        "Nothing restarts a device. An undeclared device is never changed.",
        "A device is moved or unassigned only with O(reassign=true), and released only within O(max_releases).",
        "A member of a virtual chassis follows its chassis: the request has the address of the chassis, and one row has the configuration.",
        "If a response is lost, the module reads the inventory to find out what was done.",
        "Check mode predicts everything except the type of a device that is still to be claimed, which decides about the fields of its configuration.",
        SECRETS,
        "Claim codes are masked. A message names a code by its first five characters.",
        "Runs of one user on one host about one organization wait for each other.",
    ])
    .seealso(&[
        SeeAlso::Module { module: "mist_device_info", description: "Lists devices, also in the form of this module." },
        SeeAlso::Module { module: "mist_objects", description: "Sites, device profiles, templates and other objects." },
    ])
    .attributes(&[
        Attribute::check_mode(Support::Full),
        Attribute::diff_mode(Support::Full).details("Shows ports one by one."),
        Attribute::idempotent(Support::Partial).details("Always, except with O(update_secrets=always)."),
        PLATFORM,
    ])
    .examples(EXAMPLES);

const EXAMPLES: &str = r#"- name: Claim two access points and put them on a map
  mist_devices:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    devices:
      - claim_code: 6JG8E-PTFV2-A9Z2N
        site: Lobby
        name: ap-door
        deviceprofile: Indoor
        map: Ground floor
        x: 120.5
        y: 48
      - claim_code: DVH4V-SNMSZ-PDXBR
        site: Lobby
        name: ap-hall

- name: Connect two phones, and reset a port
  mist_devices:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    devices:
      - name: sw-access-1
        ports:
          ge-0/0/3:
            usage: voip
            description: Reception
          ge-0/0/4-6:
            usage: voip
          ge-0/0/9: null

- name: Set ports from a table with the columns switch, port, usage and description
  mist_devices:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    src: /etc/mist/ports.csv
    max_changes: 20

- name: Replace a broken switch with one that was claimed
  mist_devices:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    devices:
      - mac: 5c:5b:35:00:00:1a
        replace: 5c:5b:35:00:00:0b

- name: Release a device that was sold
  mist_devices:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    devices:
      - serial: FXLH2015150025
        state: absent
    max_releases: 1
"#;
