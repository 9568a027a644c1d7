# MIT License (see LICENSE)
"""Devices of the Juniper Mist cloud, as the executable mist_inventory lists them."""
from __future__ import annotations

DOCUMENTATION = r"""
name: mist_inventory
plugin_type: inventory
short_description: Devices of the Juniper Mist cloud as an Ansible inventory
version_added: '0.3.0'
description:
  - >-
    Hosts are the devices of one or more organizations that are assigned to a
    site: switches and gateways, unless C(types) selects others. A virtual
    chassis or cluster is one host.
  - >-
    One program has three forms with the same hosts, groups and variables. The
    first is an executable inventory (C(-i library/mist_inventory)). The
    second is an executable YAML file whose first line is C(#!) with the path
    of the program. The third is this plugin of the collection.
  - >-
    Groups are C(site_NAME), C(sitegroup_NAME) with its sites as children,
    C(type_TYPE), C(model_MODEL), C(version_VERSION), C(connected) and
    C(disconnected), and C(org_NAME) when there are several organizations.
    Characters that the name of a group cannot have become C(_). Where two
    names are then equal, each gets the first six digits of its id.
  - >-
    Variables are C(mist_id), C(mist_name), C(mist_mac), C(mist_serial),
    C(mist_model), C(mist_type), C(mist_version), C(mist_status),
    C(mist_site), C(mist_site_id), C(mist_sitegroups) and C(mist_profile), and
    C(mist_org) and C(mist_org_id) when there are several organizations.
    C(ansible_host) is the management address that the device reports, never
    its external address. C(ansible_network_os) is that of Junos for EX, QFX
    and SRX. Unknown values are left out.
author:
  - The developers of mist.cloud (!UNKNOWN)
requirements:
  - >-
    The executable C(mist_inventory) for the machine that Ansible runs on. The
    collection contains it.
notes:
  - Texts of the cloud are never evaluated as templates.
  - >-
    When anything fails, the program prints nothing on standard output, one
    line on standard error, and exits with 1. Ansible then continues without
    these hosts unless C(any_unparsed_is_failed) is set in the section
    C(inventory) of C(ansible.cfg). Set it.
  - >-
    One request for each 1,000 sites, site groups and devices of an
    organization. One for each 1,000 devices with statistics of each type (of
    all types together where C(types) lists all three). One for each type
    whose devices have device profiles, and one where organizations are
    selected by name.
  - >-
    The cloud gives statistics of the last day. A device that was silent for
    longer is a host without C(ansible_host) and C(mist_version).
  - >-
    The API token belongs into the environment or into C(api_token_file). The
    file of an inventory may have C(api_token) only for the plugin, encrypted
    with Ansible Vault.
seealso:
  - module: mist.cloud.mist_object_info
    description: Any other object of the cloud.
extends_documentation_fragment:
  - constructed
  - inventory_cache
options:
  plugin:
    description:
      - Name of this plugin, always C(mist.cloud.mist_inventory).
    type: str
    required: true
    choices:
      - mist.cloud.mist_inventory
  org_id:
    description:
      - ID of the organization. An empty value is an error in every module.
      - If not set, the environment variable C(MIST_ORG_ID) is used.
    type: str
    env:
      - name: MIST_ORG_ID
  org:
    description:
      - >-
        Name of the organization, instead of C(org_id). The lookup takes one
        call, and one more for each MSP that the credentials belong to.
      - If not set, the environment variable C(MIST_INVENTORY_ORG) is used.
    type: str
    env:
      - name: MIST_INVENTORY_ORG
  orgs:
    description:
      - >-
        Organizations by name. Patterns are possible: C(*) matches any text,
        C(?) one character, C([ab]) one of these. C(all) selects every
        organization that the credentials can read.
      - >-
        Default: the organization of C(org_id) or C(org), otherwise the only
        organization that the credentials can read. Mutually exclusive with
        C(org_id) and C(org).
      - If not set, the environment variable C(MIST_INVENTORY_ORGS) is used.
    type: list
    elements: str
    env:
      - name: MIST_INVENTORY_ORGS
  sites:
    description:
      - >-
        Sites whose devices are hosts, by name, pattern or id. Default: all
        sites. A name without a pattern must exist.
      - If not set, the environment variable C(MIST_INVENTORY_SITES) is used.
    type: list
    elements: str
    env:
      - name: MIST_INVENTORY_SITES
  sitegroups:
    description:
      - >-
        Site groups whose devices are hosts, by name, pattern or id. Default:
        all sites. A name without a pattern must exist.
      - >-
        If not set, the environment variable C(MIST_INVENTORY_SITEGROUPS) is
        used.
    type: list
    elements: str
    env:
      - name: MIST_INVENTORY_SITEGROUPS
  types:
    description:
      - Types of devices that are hosts.
      - If not set, the environment variable C(MIST_INVENTORY_TYPES) is used.
    type: list
    elements: str
    choices:
      - ap
      - switch
      - gateway
    default:
      - switch
      - gateway
    env:
      - name: MIST_INVENTORY_TYPES
  models:
    description:
      - Models of devices that are hosts, by name or pattern, such as C(EX4*).
      - If not set, the environment variable C(MIST_INVENTORY_MODELS) is used.
    type: list
    elements: str
    env:
      - name: MIST_INVENTORY_MODELS
  status:
    description:
      - >-
        Only devices with one of these statuses. Any status other than
        C(connected) counts as C(disconnected).
      - If not set, the environment variable C(MIST_INVENTORY_STATUS) is used.
    type: list
    elements: str
    choices:
      - connected
      - disconnected
    env:
      - name: MIST_INVENTORY_STATUS
  where:
    description:
      - >-
        Only devices whose variables have these values. A key is the name of a
        variable, with or without C(mist_), or a dotted path into it. A text
        may be a pattern. One item of a list must match.
      - If not set, the environment variable C(MIST_INVENTORY_WHERE) is used.
    type: dict
  hostname_from:
    description:
      - >-
        Sources of the host name, the first one first. A name that Ansible
        cannot use as a host name, that equals a group, or that several
        devices have is skipped for all of them. The last source is always the
        id of the device.
      - 'C(name): Name of the device in Mist.'
      - 'C(hostname): Host name that the device reports.'
      - 'C(mac): MAC address.'
      - 'C(serial): Serial number.'
      - 'C(id): Id of the device.'
      - >-
        If not set, the environment variable C(MIST_INVENTORY_HOSTNAME_FROM)
        is used.
    type: list
    elements: str
    choices:
      - name
      - hostname
      - mac
      - serial
      - id
    default:
      - name
      - mac
      - serial
    env:
      - name: MIST_INVENTORY_HOSTNAME_FROM
  vars:
    description:
      - >-
        Variables of each host, by name or pattern, with or without C(mist_).
        Default: all. C(ansible_host) and C(ansible_network_os) are always
        set.
      - If not set, the environment variable C(MIST_INVENTORY_VARS) is used.
    type: list
    elements: str
    env:
      - name: MIST_INVENTORY_VARS
  include:
    description:
      - Additional variables of each host.
      - 'C(stats): C(mist_stats), the statistics of the device.'
      - >-
        C(config): C(mist_config), the configuration of the device with its
        secrets masked, and C(mist_role). One more request for each site.
      - >-
        C(site_vars): C(mist_site_vars), the variables of the site, which are
        not masked. One more request for each site.
      - >-
        If not set, the environment variable C(MIST_INVENTORY_INCLUDE) is
        used.
    type: list
    elements: str
    choices:
      - stats
      - config
      - site_vars
    default: []
    env:
      - name: MIST_INVENTORY_INCLUDE
  api_token_file:
    description:
      - >-
        File with the API token on its first line, instead of C(api_token). It
        is used when C(api_token) and its environment variables are not set,
        or when the option is set in the file of the inventory.
      - >-
        If not set, the environment variable C(MIST_INVENTORY_API_TOKEN_FILE)
        is used.
    type: path
    env:
      - name: MIST_INVENTORY_API_TOKEN_FILE
  host:
    description:
      - >-
        Host of the Mist cloud that the account is on, such as
        C(api.mist.com), C(api.eu.mist.com) or C(api.gc1.mist.com), or its
        URL.
      - Plain http is allowed for loopback addresses only.
      - If not set, the environment variable C(MIST_HOST) is used.
    type: str
    default: api.mist.com
    env:
      - name: MIST_HOST
  api_token:
    description:
      - >-
        API token: the whole key, as the cloud showed it when it created the
        token.
      - >-
        Several tokens are separated by commas. The next one is used when the
        quota of one is spent.
      - >-
        The first environment variable that is not empty is used. Variables
        are read on the host and as the user that the task runs as.
      - >-
        If not set, the first of the environment variables C(MIST_API_TOKEN),
        C(MIST_APITOKEN), C(MIST_API_KEY) that is set is used.
    type: str
    env:
      - name: MIST_API_TOKEN
      - name: MIST_APITOKEN
      - name: MIST_API_KEY
  username:
    description:
      - >-
        E-mail address of an account to log in with, instead of C(api_token).
        Requires C(password).
      - >-
        The login is sent once, because the cloud locks an account after three
        failures. The session ends with the task.
      - >-
        If not set, the first of the environment variables C(MIST_USERNAME),
        C(MIST_USER) that is set is used.
    type: str
    env:
      - name: MIST_USERNAME
      - name: MIST_USER
  password:
    description:
      - Password of C(username).
      - If not set, the environment variable C(MIST_PASSWORD) is used.
    type: str
    env:
      - name: MIST_PASSWORD
  two_factor:
    description:
      - >-
        Code of the second factor of C(username), if the account has one.
        Write it in quotes to keep a leading 0.
      - If not set, the environment variable C(MIST_TWO_FACTOR) is used.
    type: str
    env:
      - name: MIST_TWO_FACTOR
  validate_certs:
    description:
      - >-
        Verify the certificate of the cloud. With C(false), anyone between
        this host and the cloud can read the token.
      - >-
        If not set, the environment variable C(MIST_INVENTORY_VALIDATE_CERTS)
        is used.
    type: bool
    default: true
    env:
      - name: MIST_INVENTORY_VALIDATE_CERTS
  ca_path:
    description:
      - PEM file with the root certificates to trust instead of all others.
      - >-
        Default: Mozilla's root certificates (built in), then the host's own
        store: C(SSL_CERT_FILE) and C(SSL_CERT_DIR), otherwise the usual
        locations of its system. The host's store is read only if the built-in
        certificates do not suffice.
      - >-
        If not set, the environment variable C(MIST_INVENTORY_CA_PATH) is
        used.
    type: path
    env:
      - name: MIST_INVENTORY_CA_PATH
  proxy:
    description:
      - >-
        URL of a proxy: C(http://), C(https://) or C(socks5://), with
        credentials if the proxy requires them. An empty value means no proxy.
      - >-
        Default: the environment variables C(HTTPS_PROXY), C(ALL_PROXY) and
        C(NO_PROXY), in upper or lower case.
      - If not set, the environment variable C(MIST_PROXY) is used.
    type: str
    env:
      - name: MIST_PROXY
  use_proxy:
    description:
      - Use a proxy. With C(false), C(proxy) and the environment are ignored.
      - >-
        If not set, the environment variable C(MIST_INVENTORY_USE_PROXY) is
        used.
    version_added: '0.2.0'
    type: bool
    default: true
    env:
      - name: MIST_INVENTORY_USE_PROXY
  timeout:
    description:
      - >-
        Time limit for one request in seconds, from connecting to the end of
        the response.
      - >-
        If not set, the environment variable C(MIST_INVENTORY_TIMEOUT) is
        used.
    type: int
    default: 30
    env:
      - name: MIST_INVENTORY_TIMEOUT
  max_wait:
    description:
      - >-
        Limit in seconds for all waiting together: rate limits, 5xx responses,
        refused or lost connections, and other runs on this machine.
      - >-
        If not set, the environment variable C(MIST_INVENTORY_MAX_WAIT) is
        used.
    type: int
    default: 60
    env:
      - name: MIST_INVENTORY_MAX_WAIT
"""
EXAMPLES = r"""
# Without a file: ansible-inventory -i library/mist_inventory --graph
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
"""

import json
import os
import subprocess

from ansible.errors import AnsibleParserError
from ansible.inventory.group import to_safe_group_name
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

PROGRAM = os.path.normpath(os.path.join(os.path.abspath(__file__), "..", "..", "..", "bin", "mist_inventory"))
ANSIBLE = ("plugin", "compose", "groups", "keyed_groups", "strict", "use_extra_vars", "leading_separator")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    NAME = "mist.cloud.mist_inventory"
    _sanitize_group_name = staticmethod(lambda name: to_safe_group_name(name, force=True, silent=True))

    def verify_file(self, path):
        return super().verify_file(path) and path.endswith((".yml", ".yaml"))

    def parse(self, inventory, loader, path, cache=True):
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        for name in ("api_token", "password", "two_factor", "proxy"):
            if isinstance(config.get(name), str):
                raise AnsibleParserError(name + ": not encrypted. Use ansible-vault, or the environment variable.")
        key, keeps = self.get_cache_key(path), self.get_option("cache")
        text = self._cache.get(key) if keeps and cache else None
        if text is None:
            given = {name: self.get_option(name) if self.has_option(name) else value for name, value in config.items()
                     if name not in ANSIBLE and not name.startswith("cache")}
            text = self.call({**given, "cache": False, "serve_stale": False})
            if keeps:
                self._cache[key] = text
        listed = json.loads(text, object_hook=lambda x: wrap_var(x["__ansible_unsafe"]) if "__ansible_unsafe" in x else x)
        hosts = listed.pop("_meta")["hostvars"]
        for group, members in listed.items():
            self.inventory.add_group(group)
            for host in members.get("hosts", []):
                self.inventory.add_host(host, group)
            for child in members.get("children", []):
                self.inventory.add_child(group, self.inventory.add_group(child))
        for host, variables in hosts.items():
            for name, value in variables.items():
                self.inventory.set_variable(host, name, value)
            self._set_composite_vars(self.get_option("compose"), variables, host, self.get_option("strict"))
            self._add_host_to_composed_groups(self.get_option("groups"), variables, host, self.get_option("strict"))
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host, self.get_option("strict"))

    def call(self, options):
        program = os.environ.get("MIST_INVENTORY_PROGRAM", PROGRAM)
        ran = subprocess.run([program, "-"], input=json.dumps(options, default=str), capture_output=True, text=True)
        if ran.returncode:
            raise AnsibleParserError(ran.stderr.strip() or "%s ended with %s" % (program, ran.returncode))
        return ran.stdout
