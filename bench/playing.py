"""Playbooks under the real ansible-playbook. callback/bench_times.py records the time of each task and item."""

import json
import os
import subprocess
import tempfile


# The Python of Ansible itself, so that no play has to search for one.
PYTHON = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
HERE = {"connection": "local", "vars": PYTHON}


class Player:
    def __init__(self, ansible_playbook, here, library, scratch, environment):
        self.ansible_playbook, self.scratch = ansible_playbook, scratch
        self.environment = {
            **environment,
            "ANSIBLE_CONFIG": os.path.join(scratch, "none.cfg"),
            "ANSIBLE_LIBRARY": library,
            "ANSIBLE_CALLBACK_PLUGINS": os.path.join(here, "callback"),
            "ANSIBLE_STDOUT_CALLBACK": "bench_times",
            "ANSIBLE_HOME": os.path.join(scratch, "ansible"),
            "ANSIBLE_LOCAL_TEMP": os.path.join(scratch, "ansible", "local"),
            "ANSIBLE_REMOTE_TEMP": os.path.join(scratch, "ansible", "remote"),
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
            "ANSIBLE_DEPRECATION_WARNINGS": "False",
        }

    def play(self, cloud, tasks, inventory="localhost,", play=None, arguments=(), environment=None):
        """Runs one play of `tasks` and returns the events in their order. A failed task ends the bench."""
        play = {"hosts": "all", "gather_facts": False, **(play or HERE), "tasks": tasks}
        with tempfile.NamedTemporaryFile("w", dir=self.scratch, suffix=".json") as playbook:
            # JSON is YAML.
            json.dump([play], playbook)
            playbook.flush()
            ran = subprocess.run(
                [self.ansible_playbook, "-i", inventory, *arguments, playbook.name],
                env={**self.environment, **cloud.environment(), **(environment or {})},
                stdout=subprocess.PIPE,
                text=True,
            )
        events = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith('{"event"')]
        name = None
        for event in events:
            name = event.get("name", name)
            if event.get("failed"):
                raise SystemExit(f"The task '{name}' failed: {event['msg']}")
        if ran.returncode != 0:
            raise SystemExit(f"A play failed: {ran.stdout[-2000:]}")
        return events


def items(events, name):
    """The seconds of each item of the loop with that name, and the number of changed items."""
    seconds, changed, last, within = [], 0, None, False
    for event in events:
        if event["event"] == "task":
            within, last = event["name"] == name, event["at"]
        elif within and event["event"] == "item":
            seconds.append(event["at"] - last)
            changed += event["changed"]
            last = event["at"]
    return seconds, changed


def task(events, name):
    """The seconds of all tasks with that name, each from its start to the next task or the end."""
    total, began = 0, None
    for event in events:
        if event["event"] in ("task", "end"):
            if began is not None:
                total += event["at"] - began
            began = event["at"] if event.get("name") == name else None
    return total
