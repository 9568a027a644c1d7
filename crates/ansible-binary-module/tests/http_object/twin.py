"""The module http_object, based on AnsibleModule."""

import http.client
import json
import urllib.parse

from ansible.module_utils.basic import AnsibleModule


def main():
    limits = {"rate": {"type": "int", "required": True}, "burst": {"type": "int", "default": 10}}
    old = {"name": "endpoint", "version": "2.0.0", "collection_name": "example.net"}
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True, "aliases": ["endpoint"], "deprecated_aliases": [old]},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "description": {"type": "str"},
            "secrets": {"type": "list", "elements": "str", "no_log": True},
            "limits": {"type": "dict", "options": limits},
        },
        supports_check_mode=True,
    )
    params = module.params
    if params["limits"] and params["limits"]["rate"] < 1:
        module.fail_json(msg="value of limits.rate must be at least 1, got: %d" % params["limits"]["rate"])
    url = urllib.parse.urlsplit(params["url"])
    if url.scheme != "http" or not url.path.startswith("/") or any(letter.isspace() for letter in params["url"]):
        module.fail_json(msg="url: must have http, a host and a path")

    def call(method, body=""):
        connection = http.client.HTTPConnection(url.netloc)
        connection.request(method, url.path, body.encode(), {"Content-Length": str(len(body.encode()))})
        response = connection.getresponse()
        content = response.read().decode()
        if 200 <= response.status <= 299:
            return content
        if method == "GET" and response.status == 404:
            return None
        module.fail_json(msg="%s failed: %s" % (method, params["url"]), status=response.status, body=content)

    body = call("GET")
    found = None if body is None else json.loads(body)
    module.no_log_values.update(secret for secret in (found or {}).get("secrets", []))
    desired = None
    if params["state"] == "present":
        declared = {name: params[name] for name in ("description", "secrets", "limits") if params[name] is not None}
        desired = {**(found or {}), **declared}
    changed = found != desired
    if changed and not module.check_mode:
        call("DELETE") if desired is None else call("PUT", json.dumps(desired))
    result = {"changed": changed}
    if changed and module._diff:
        result["diff"] = {"before": found, "after": desired}
    if desired is not None:
        result["object"] = {name: value for name, value in desired.items() if name != "secrets"}
    module.exit_json(**result)
