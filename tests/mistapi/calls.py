"""Calls of the official Python client, `mistapi`, for tests that compare the modules with another program.

On standard input, a JSON list of calls, {"function": "orgs.wlans.createOrgWlan", "arguments": ["org id", {…}]}; with "all": true, all
pages. On standard output, a JSON list of {"status": 200, "data": …}. MIST_URI (host and port), MIST_APITOKEN and
REQUESTS_CA_BUNDLE set the connection.
"""

import importlib
import json
import os
import sys

import mistapi

session = mistapi.APISession(apitoken=None, console_log_level=0, logging_log_level=50, show_cli_notif=False)
# The client knows the public clouds by name, and takes no other host from its options.
session._cloud_uri = os.environ["MIST_URI"]
session.set_api_token(os.environ["MIST_APITOKEN"])

answers = []
for call in json.load(sys.stdin):
    module, function = call["function"].rsplit(".", 1)
    answer = getattr(importlib.import_module(f"mistapi.api.v1.{module}"), function)(session, *call["arguments"])
    data = mistapi.get_all(session, answer) if call.get("all") else answer.data
    answers.append({"status": answer.status_code, "data": data})
json.dump(answers, sys.stdout)
