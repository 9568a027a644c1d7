"""Runs several of Ansible's programs in one process, so that Ansible is imported once.

    run_many.py FILE

FILE: a JSON list of {"program": "inventory", "arguments": [...], "environment": {...}}.
Standard output: a JSON list of {"status", "stdout", "stderr"} in the same order. Each run is a fork of this process.
"""

import importlib
import json
import os
import sys
import tempfile

PROGRAMS = {"inventory": "InventoryCLI", "playbook": "PlaybookCLI", "doc": "DocCLI"}


def run(job):
    module = importlib.import_module("ansible.cli." + job["program"])
    program = getattr(module, PROGRAMS[job["program"]])
    outputs = [tempfile.TemporaryFile(mode="w+", encoding="utf-8") for _ in range(2)]
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.environ.update(job.get("environment", {}))
        for number, output in zip((1, 2), outputs):
            os.dup2(output.fileno(), number)
        status = 1
        try:
            program.cli_executor(["ansible-" + job["program"], *job["arguments"]])
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    _, status = os.waitpid(child, 0)
    texts = []
    for output in outputs:
        output.seek(0)
        texts.append(output.read())
    return {"status": os.waitstatus_to_exitcode(status), "stdout": texts[0], "stderr": texts[1]}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        jobs = json.load(file)
    # Before the first fork.
    for job in jobs:
        importlib.import_module("ansible.cli." + job["program"])
    json.dump([run(job) for job in jobs], sys.stdout)


main()
