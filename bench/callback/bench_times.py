"""Ansible's output for the bench: one JSON object per line, with event and time."""

import json
import sys
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: bench_times
type: stdout
short_description: Times of tasks and items
description: One JSON object per line, for the bench.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "bench_times"

    def _write(self, event, **more):
        sys.stdout.write(json.dumps({"event": event, "at": time.monotonic(), **more}) + "\n")
        sys.stdout.flush()

    def _write_result(self, event, result, failed=False, skipped=False):
        values = getattr(result, "result", None)
        if not isinstance(values, dict):
            values = result._result
        # The items of a loop are already written.
        if event == "result" and "results" in values and not failed:
            return
        more = {"msg": str(values.get("msg", values))[:2000]} if failed else {}
        self._write(event, changed=bool(values.get("changed")), failed=failed, skipped=skipped, **more)

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._write("task", name=task.get_name().strip())

    def v2_runner_item_on_ok(self, result):
        self._write_result("item", result)

    def v2_runner_item_on_failed(self, result):
        self._write_result("item", result, failed=True)

    def v2_runner_item_on_skipped(self, result):
        self._write_result("item", result, skipped=True)

    def v2_runner_on_ok(self, result):
        self._write_result("result", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._write_result("result", result, failed=True)

    def v2_runner_on_unreachable(self, result):
        self._write_result("result", result, failed=True)

    def v2_runner_on_skipped(self, result):
        self._write_result("result", result, skipped=True)

    def v2_playbook_on_stats(self, stats):
        self._write("end")
