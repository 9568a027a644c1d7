"""Runs a module on cases, one JSON object of arguments a line, each in a child process. Prints one result a line.

usage: twin.py FILE: the module, a Python file with a function main()
"""

import importlib.util
import json
import os
import sys

from ansible.module_utils import basic

spec = importlib.util.spec_from_file_location("twin", sys.argv[1])
twin = importlib.util.module_from_spec(spec)
spec.loader.exec_module(twin)
for line in sys.stdin:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writer, 1)
        # The commands of a module would read the cases.
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": json.loads(line)}).encode()
        basic._ANSIBLE_PROFILE = "legacy"
        try:
            twin.main()
        except SystemExit:
            sys.stdout.flush()
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as output:
        result = output.read()
    os.waitpid(child, 0)
    # An exception ends a module without a result.
    print(json.dumps(json.loads(result or "null")), flush=True)
