"""Ansible's output for the bench: one JSON object a line, saying when what happened."""

import json
import sys
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: bench_times
type: stdout
short_description: when what happened
description: One JSON object a line, for the bench.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "bench_times"

    def _tell(self, event, **more):
        sys.stdout.write(json.dumps({"event": event, "at": time.monotonic(), **more}) + "\n")
        sys.stdout.flush()

    def _tell_result(self, event, result, failed=False, skipped=False):
        told = getattr(result, "result", None)
        if not isinstance(told, dict):
            told = result._result
        # Of a loop as a whole, each item was told of already.
        if event == "result" and "results" in told and not failed:
            return
        more = {"msg": str(told.get("msg", told))[:2000]} if failed else {}
        self._tell(event, changed=bool(told.get("changed")), failed=failed, skipped=skipped, **more)

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._tell("task", name=task.get_name().strip())

    def v2_runner_item_on_ok(self, result):
        self._tell_result("item", result)

    def v2_runner_item_on_failed(self, result):
        self._tell_result("item", result, failed=True)

    def v2_runner_item_on_skipped(self, result):
        self._tell_result("item", result, skipped=True)

    def v2_runner_on_ok(self, result):
        self._tell_result("result", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._tell_result("result", result, failed=True)

    def v2_runner_on_unreachable(self, result):
        self._tell_result("result", result, failed=True)

    def v2_runner_on_skipped(self, result):
        self._tell_result("result", result, skipped=True)

    def v2_playbook_on_stats(self, stats):
        self._tell("end")
