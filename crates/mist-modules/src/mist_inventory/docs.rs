//! The page of the inventory, except its options.

use crate::common::AUTHOR;
use ansible_binary_module::program::{PluginPage, Usage};
use ansible_binary_module::{Documentation, SeeAlso};

/// Full name of the plugin in the collection.
pub const PLUGIN: &str = "mist.cloud.mist_inventory";

pub const DOCUMENTATION: Documentation = Documentation::new()
.short_description("Devices of the Juniper Mist cloud as an Ansible inventory")
.description(&[
        "Hosts are the devices of one or more organizations that are assigned to a site: switches and gateways, unless O(types) selects others. A virtual chassis or cluster is one host.",
        "One program has three forms with the same hosts, groups and variables. The first is an executable inventory (C(-i library/mist_inventory)). The second is an executable YAML file whose first line is C(#!) with the path of the program. The third is this plugin of the collection.",
        "Groups are C(site_NAME), C(sitegroup_NAME) with its sites as children, C(type_TYPE), C(model_MODEL), C(version_VERSION), C(connected) and C(disconnected), and C(org_NAME) when there are several organizations. Characters that the name of a group cannot have become C(_). Where two names are then equal, each gets the first six digits of its id.",
        "Variables are C(mist_id), C(mist_name), C(mist_mac), C(mist_serial), C(mist_model), C(mist_type), C(mist_version), C(mist_status), C(mist_site), C(mist_site_id), C(mist_sitegroups) and C(mist_profile), and C(mist_org) and C(mist_org_id) when there are several organizations. C(ansible_host) is the management address that the device reports, never its external address. C(ansible_network_os) is that of Junos for EX, QFX and SRX. Unknown values are left out.",
    ])
.version_added("0.3.0")
.author(AUTHOR)
.requirements(&[
        "The executable C(mist_inventory) for the machine that Ansible runs on. The collection contains it.",
    ])
.notes(&[
        "Texts of the cloud are never evaluated as templates.",
        "When anything fails, the program prints nothing on standard output, one line on standard error, and exits with 1. Ansible then continues without these hosts unless C(any_unparsed_is_failed) is set in the section C(inventory) of C(ansible.cfg). Set it.",
        "One request for each 1,000 sites, site groups and devices of an organization. One for each 1,000 devices with statistics of each type (of all types together where O(types) lists all three). One for each type whose devices have device profiles, and one where organizations are selected by name.",
        "The cloud gives statistics of the last day. A device that was silent for longer is a host without C(ansible_host) and C(mist_version).",
        "The API token belongs into the environment or into O(api_token_file). The file of an inventory may have O(api_token) only for the plugin, encrypted with Ansible Vault.",
    ])
.seealso(&[SeeAlso::Module {
        module: "mist.cloud.mist_object_info",
        description: "Any other object of the cloud.",
    }])
.examples(EXAMPLES);

/// Differences between the plugin and the program.
pub const PLUGIN_PAGE: PluginPage<'static> = PluginPage::new(PLUGIN, "inventory")
    .fragments(&["constructed", "inventory_cache"])
    .without(&["keyed_groups", "cache", "cache_timeout", "serve_stale"]);

/// Ways to call the program.
pub const USAGE: &[Usage] = &[
    Usage::new(
        "--list",
        "print the inventory, with options from the environment and from the file that MIST_INVENTORY_CONFIG names",
    ),
    Usage::new("--host NAME", "print the variables of one host"),
    Usage::new(
        "FILE --list",
        "print the inventory with options from this YAML file, as Ansible does for a file whose first line is #! and the path of this program",
    ),
    Usage::new("-", "print the inventory with options from standard input, a JSON object"),
    Usage::new("--help", "print this text"),
    Usage::new("--version", "print the version"),
    Usage::new("--docs", "print the documentation, as YAML"),
    Usage::new("--plugin", "print the inventory plugin of the collection, which calls this program"),
];

const EXAMPLES: &str = r##"# Without a file: ansible-inventory -i library/mist_inventory --graph
# with MIST_API_TOKEN and MIST_ORG_ID in the environment.

# mist.yml, for the plugin, or executable with the first line
# #!/usr/local/bin/mist_inventory
plugin: mist.cloud.mist_inventory
org: Acme

---
# All connected switches of the site group East, with groups by role
plugin: mist.cloud.mist_inventory
org: Acme
sitegroups: [East]
types: [switch]
status: connected
include: [config]
keyed_groups:
  - key: mist_role
    prefix: role

---
# Every organization of an MSP, hosts named by their serial numbers
plugin: mist.cloud.mist_inventory
orgs: all
types: [ap, switch, gateway]
hostname_from: [serial]

---
# The token in the file, encrypted by ansible-vault encrypt_string
plugin: mist.cloud.mist_inventory
org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
api_token: !vault |
  $ANSIBLE_VAULT;1.1;AES256
  3834...
"##;
