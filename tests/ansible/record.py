"""Ansible callback plugin of the acceptance tests: writes what each task returned, one JSON object a line.

Ansible's own output stays as a user sees it, so that it can be searched for secrets; what this plugin writes has
been through the same censoring. The file is named by the environment variable ACCEPTANCE_RECORD.
"""

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
    name: record
    type: notification
    short_description: write what each task returned as JSON lines
    description: For the acceptance tests.
    requirements:
      - environment variable ACCEPTANCE_RECORD
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record"
    CALLBACK_NEEDS_ENABLED = True

    def _write(self, entry):
        with open(os.environ["ACCEPTANCE_RECORD"], "a", encoding="utf-8") as record:
            record.write(json.dumps(entry, default=str) + "\n")

    def _write_result(self, status, result, item=False):
        # The names without underscore came with ansible-core 2.19, which warns about the older ones.
        task = getattr(result, "task", None) or result._task
        returned = getattr(result, "result", None)
        if returned is None:
            returned = result._result
        self._write({"task": task.get_name(), "status": status, "item": item, "result": returned})

    def v2_runner_on_ok(self, result):
        self._write_result("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._write_result("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_skipped(self, result):
        self._write_result("skipped", result)

    def v2_runner_on_unreachable(self, result):
        self._write_result("unreachable", result)

    def v2_runner_item_on_ok(self, result):
        self._write_result("ok", result, item=True)

    def v2_runner_item_on_failed(self, result):
        self._write_result("failed", result, item=True)

    def v2_playbook_on_stats(self, stats):
        self._write({"stats": {host: stats.summarize(host) for host in stats.processed}})
