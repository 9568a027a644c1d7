"""The simulated cloud of all measurements, over TLS."""

import http.client
import json
import ssl
import subprocess
import urllib.parse

# Never reached: a quota would end a measurement too early.
QUOTA = 1_000_000_000


class Cloud:
    """A simulator that stops at the end of a `with` block."""

    def __init__(self, simulator, **options):
        options = {"quota": QUOTA, **options}
        arguments = [word for name, value in options.items() for word in ("--" + name.replace("_", "-"), str(value))]
        self.process = subprocess.Popen(
            [simulator, "--stop-with-stdin", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("The simulator did not start. Its error is above.")
        told = json.loads(line)
        self.url, self.ca_path = told["url"], told["ca_path"]
        self.api_token, self.orgs = told["api_token"], [org["id"] for org in told["orgs"]]
        self._tls = ssl.create_default_context(cafile=self.ca_path)
        self._connection = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._connection:
            self._connection.close()
        self.process.stdin.close()
        self.process.wait()

    def environment(self):
        """Environment variables for the modules."""
        return {"MIST_HOST": self.url, "MIST_API_TOKEN": self.api_token, "SSL_CERT_FILE": self.ca_path}

    def _call(self, method, path, body=None):
        # One persistent connection, so that the counts contain those of the contestants only.
        if self._connection is None:
            self._connection = http.client.HTTPSConnection(urllib.parse.urlsplit(self.url).netloc, context=self._tls)
        headers = {"Authorization": "Token " + self.api_token, "Content-Type": "application/json"}
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:200]}")
        return text

    def _tokens_path(self, org):
        return f"/api/v1/orgs/{org}/apitokens" if org else "/api/v1/self/apitokens"

    def tokens(self, org=None):
        return json.loads(self._call("GET", self._tokens_path(org)))

    def listing_bytes(self, org=None):
        return len(self._call("GET", self._tokens_path(org)))

    def count(self, path):
        """Number of objects in the list at this path."""
        return len(json.loads(self._call("GET", path)))

    def create(self, name):
        """Creates a token of the account and returns its id."""
        return json.loads(self._call("POST", self._tokens_path(None), {"name": name}))["id"]

    def delete_named(self, prefix, org=None):
        for token in self.tokens(org):
            if token["name"].startswith(prefix):
                self._call("DELETE", f"{self._tokens_path(org)}/{token['id']}")

    def traffic(self, work):
        """Requests, connections and TLS handshakes of `work`."""
        self._call("DELETE", "/simulator/requests")
        before = json.loads(self._call("GET", "/simulator/requests"))
        work()
        after = json.loads(self._call("GET", "/simulator/requests"))
        return {
            "requests": len([entry for entry in after["requests"] if entry["path"].startswith("/api/")]),
            "connections": after["connections"] - before["connections"],
            "tls_handshakes": after["tls_handshakes"] - before["tls_handshakes"],
        }
