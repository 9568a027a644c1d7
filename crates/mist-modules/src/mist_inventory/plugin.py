# MIT License (see LICENSE)
"""Devices of the Juniper Mist cloud, as the executable mist_inventory lists them."""
from __future__ import annotations

DOCUMENTATION = r"""
@DOCUMENTATION@"""
EXAMPLES = r"""
@EXAMPLES@"""

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
