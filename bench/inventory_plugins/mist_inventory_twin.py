"""The minimum of a Python plugin for the same inventory: the same requests, hosts, groups and variables, with
Ansible's Constructable. No names that collide, no cache of its own, no retries."""

from __future__ import annotations

DOCUMENTATION = r"""
name: mist_inventory_twin
plugin_type: inventory
short_description: The contestant of the benchmark
description: Lists devices of one organization.
extends_documentation_fragment:
  - constructed
options:
  plugin:
    description: Name of the plugin.
    required: true
    choices: [mist_inventory_twin]
  org_id:
    description: The organization.
    type: str
    required: true
  types:
    description: Types of devices.
    type: list
    elements: str
"""

import json
import os

from ansible.module_utils.urls import open_url
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable
from ansible.utils.unsafe_proxy import wrap_var

try:
    from ansible.template import trust_as_template
except ImportError:
    # Before 2.19, every text is a template.
    trust_as_template = str

PREFIXES = {"mist_type": "type_", "mist_model": "model_", "mist_version": "version_", "mist_site": "site_", "mist_status": ""}
KEYED = [
    {"key": trust_as_template(key), "prefix": prefix, "separator": "", "default_value": "none"}
    for key, prefix in PREFIXES.items()
]


class InventoryModule(BaseInventoryPlugin, Constructable):
    NAME = "mist_inventory_twin"

    def verify_file(self, path):
        return super().verify_file(path)

    def parse(self, inventory, loader, path, cache=True):
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        org = f"orgs/{self.get_option('org_id')}"
        sites = {site["id"]: site for site in self.all(f"{org}/sites")}
        groups = {group["id"]: group["name"] for group in self.all(f"{org}/sitegroups")}
        devices = self.all(f"{org}/inventory")
        stats = {row["mac"]: row for row in self.all(f"{org}/stats/devices", "type=all&")}
        for device in devices:
            if device["site_id"] and device["type"] in self.get_option("types"):
                self.add(device, sites[device["site_id"]], groups, stats.get(device["mac"], {}))

    def add(self, device, site, groups, stats):
        host = device["name"] or device["mac"]
        self.inventory.add_host(host)
        variables = {
            "ansible_host": stats.get("ip"),
            "mist_id": device["id"],
            "mist_name": device["name"],
            "mist_mac": device["mac"],
            "mist_serial": device["serial"],
            "mist_model": device["model"],
            "mist_type": device["type"],
            "mist_version": stats.get("version"),
            "mist_status": stats.get("status"),
            "mist_site_id": site["id"],
            "mist_site": site["name"],
            "mist_sitegroups": [groups[group] for group in site["sitegroup_ids"]],
        }
        if device["model"].startswith(("EX", "QFX", "SRX")):
            variables["ansible_network_os"] = "junipernetworks.junos.junos"
        for name, value in variables.items():
            self.inventory.set_variable(host, name, wrap_var(value))
        self._add_host_to_keyed_groups(KEYED, variables, host)
        for name in variables["mist_sitegroups"]:
            group = self.inventory.add_group(self._sanitize_group_name("sitegroup_" + name))
            self.inventory.add_child(group, self._sanitize_group_name("site_" + site["name"]))

    def all(self, path, query=""):
        rows, page = [], 1
        while True:
            url = f"{os.environ['MIST_HOST']}/api/v1/{path}?{query}limit=1000&page={page}"
            headers = {"Authorization": "Token " + os.environ["MIST_API_TOKEN"]}
            answer = open_url(url, headers=headers, ca_path=os.environ["SSL_CERT_FILE"])
            rows += json.load(answer)
            if len(rows) >= int(answer.headers["x-page-total"]):
                return rows
            page += 1
