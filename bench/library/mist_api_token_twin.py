#!/usr/bin/python
"""A minimal mist_api_token in Python with AnsibleModule and fetch_url.

Without rotation, key files, the lock, recovery from lost responses and logins, which cost nothing in the measured cases.
"""

import json

from ansible.module_utils.basic import AnsibleModule, env_fallback
from ansible.module_utils.urls import fetch_url

DOCUMENTATION = """
module: mist_api_token_twin
short_description: The Python twin of mist_api_token
"""


class Cloud:
    def __init__(self, module):
        self.module = module
        owner = f"orgs/{module.params['org_id']}" if module.params["org_id"] else "self"
        self.url = f"{module.params['host']}/api/v1/{owner}/apitokens"
        self.api_calls = 0

    def call(self, method, path="", body=None):
        headers = {"Authorization": f"Token {self.module.params['api_token']}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        self.api_calls += 1
        response, info = fetch_url(
            self.module,
            self.url + path,
            method=method,
            headers=headers,
            data=None if body is None else json.dumps(body),
            timeout=30,
            ca_path=self.module.params["ca_path"],
        )
        if not 200 <= info["status"] < 300:
            self.module.fail_json(msg=f"{method} {self.url}{path}: {info['status']} {info.get('body') or info['msg']}")
        text = response.read()
        return json.loads(text) if text.strip() else None


def comparable(privileges):
    fields = ("scope", "role", "site_id", "sitegroup_id", "views")
    return sorted(json.dumps({name: entry.get(name) for name in fields}, sort_keys=True) for entry in privileges)


def present(module, cloud, found):
    params = module.params
    if len(found) > 1:
        module.fail_json(msg=f"Several tokens are named {params['name']}: {[token['id'] for token in found]}")
    wanted = {"name": params["name"]}
    if params["org_id"] and params["privileges"]:
        wanted["privileges"] = [
            {name: value for name, value in entry.items() if value is not None} for entry in params["privileges"]
        ]
    if not found:
        if params["src_ips"]:
            wanted["src_ips"] = params["src_ips"]
        token = wanted if module.check_mode else cloud.call("POST", body=wanted)
        key = token.pop("key", None)
        return {"changed": True, "token": token, "key": key}
    token = found[0]
    if "privileges" in wanted and comparable(wanted["privileges"]) != comparable(token.get("privileges") or []):
        if not module.check_mode:
            cloud.call("PUT", f"/{token['id']}", wanted)
        return {"changed": True, "token": {**token, **wanted}}
    return {"changed": False, "token": token}


def absent(module, cloud, found):
    for token in found:
        if not module.check_mode:
            cloud.call("DELETE", f"/{token['id']}")
    return {"changed": bool(found), "deleted": [token["id"] for token in found]}


def main():
    privilege = {
        "scope": {"choices": ["org", "site", "sitegroup", "orgsites"], "default": "org"},
        "role": {"choices": ["admin", "write", "read", "helpdesk", "installer"], "default": "read"},
        "site_id": {},
        "sitegroup_id": {},
        "views": {"type": "list", "elements": "str"},
    }
    module = AnsibleModule(
        argument_spec={
            "state": {"choices": ["present", "absent", "info"], "default": "present"},
            "name": {},
            "org_id": {},
            "privileges": {"type": "list", "elements": "dict", "options": privilege},
            "src_ips": {"type": "list", "elements": "str"},
            "host": {"default": "https://api.mist.com", "fallback": (env_fallback, ["MIST_HOST"])},
            "api_token": {"no_log": True, "fallback": (env_fallback, ["MIST_API_TOKEN"])},
            "validate_certs": {"type": "bool", "default": True},
            "ca_path": {"type": "path", "fallback": (env_fallback, ["SSL_CERT_FILE"])},
        },
        required_if=[("state", "present", ["name"]), ("state", "absent", ["name"])],
        supports_check_mode=True,
    )
    cloud = Cloud(module)
    tokens = cloud.call("GET")
    name = module.params["name"]
    found = tokens if name is None else [token for token in tokens if token.get("name") == name]
    if module.params["state"] == "info":
        result = {"changed": False, "tokens": found}
    elif module.params["state"] == "absent":
        result = absent(module, cloud, found)
    else:
        result = present(module, cloud, found)
    module.exit_json(api_calls=cloud.api_calls, **result)


if __name__ == "__main__":
    main()
