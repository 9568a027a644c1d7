//! Documentation of `mist_firmware`.

use crate::common::{AUTHOR, PLATFORM, REQUIREMENTS};
use ansible_binary_module::{Attribute, Documentation, SeeAlso, Support};

pub const DOCUMENTATION: Documentation = Documentation::new()
    .short_description("Bring devices of the Juniper Mist cloud to a firmware version")
    .description(&[
        "Orders firmware for access points, switches and gateways that do not have their version, one job for each site, type and version.",
        "Devices with the version are unchanged. A device in a job for the same version is not ordered again.",
    ])
    .version_added("0.3.0")
    .author(AUTHOR)
    .requirements(REQUIREMENTS)
    .notes(&[
        "A run without changes takes one call for each 1000 devices in the inventory, and one for each 1000 in the statistics. V(suggested) takes one more for each type of device. Names of organization, sites and site groups take one each.",
        "Before an order, one call lists the jobs of its site, and one reads each running job. Then the statistics are read again.",
        "An order is sent once. After a lost response, the list of jobs shows whether it took effect.",
        "Offline devices are not ordered and do not fail the task.",
        "If a job for another version is under way, nothing is ordered, and the task fails with the ID of the job.",
        "With O(wait), a device is upgraded only if it reports the version itself. By default, the task ends with the orders.",
    ])
    .seealso(&[SeeAlso::Module { module: "mist_search", description: "Events of devices, and statistics." }])
    .attributes(ATTRIBUTES)
    .examples(EXAMPLES);

const ATTRIBUTES: &[Attribute] = &[
    Attribute::check_mode(Support::Full).details("Returns the state of all devices, and does not wait."),
    Attribute::diff_mode(Support::Full).details("Shows the versions of the devices that are ordered."),
    Attribute::idempotent(Support::Full).details("Except with O(force=true)."),
    PLATFORM,
];

const EXAMPLES: &str = r#"- name: Show which access points lack the suggested version
  mist_firmware:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    version: suggested
    where:
      type: ap
  check_mode: true
  register: firmware

- name: Upgrade the access points of a site at night, in phases
  mist_firmware:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    sites: [Lobby]
    models:
      AP45: suggested
      AP43: 0.14.29633
    strategy: canary
    canary_phases: [10, 50, 100]
    max_failure_percentage: 5
    start: "2027-01-10T02:00:00+01:00"

- name: Upgrade two switches now, and wait for them
  mist_firmware:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    where:
      type: switch
      name: core-*
    version: 22.4R3-S2.11
    reboot: true
    wait: true
"#;
