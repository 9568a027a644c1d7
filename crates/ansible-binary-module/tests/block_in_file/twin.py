"""Runs ansible.builtin.blockinfile on cases, one JSON object a line, each in a child process. Prints the files' contents."""

import json
import os
import sys

from ansible.module_utils import basic
from ansible.modules import blockinfile

for line in sys.stdin:
    case = json.loads(line)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writer, 1)
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": case}).encode()
        basic._ANSIBLE_PROFILE = "legacy"
        try:
            blockinfile.main()
        except SystemExit:
            sys.stdout.flush()
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as output:
        result = json.loads(output.read())
    os.waitpid(child, 0)
    content = None
    if os.path.exists(case["path"]):
        with open(case["path"]) as file:
            content = file.read()
    print(json.dumps([bool(result.get("failed")), result.get("changed", False), content]), flush=True)
