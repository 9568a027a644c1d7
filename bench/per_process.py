"""2. The cost of one run of an executable, compared with curl for the same requests and the Python twin without Ansible."""

import json
import os

import report
from cloud import Cloud
from measuring import interleaved, process_summary

TOKENS = 10
MADE = "made-by-the-bench"


class Contestants:
    """The commands of each comparison. Modules and twin read their options from files, as with Ansible."""

    def __init__(self, bench, cloud):
        self.bench, self.cloud = bench, cloud
        self.connection = {"host": cloud.url, "api_token": cloud.api_token, "ca_path": cloud.ca_path}

    def _options(self, kind, name, options):
        path = os.path.join(self.bench.scratch, f"{kind}-{name}.json")
        with open(path, "w") as out:
            whole = {**self.connection, **options}
            json.dump({"ANSIBLE_MODULE_ARGS": whole} if kind == "twin" else whole, out)
        return path

    def module(self, module, case, /, **options):
        return [self.bench.module(module), self._options("module", f"{module}-{case}", options)]

    def twin(self, case, /, **options):
        return [self.bench.python, self.bench.module("mist_api_token_twin.py"), self._options("twin", case, options)]

    def curl(self, *requests):
        """One curl process for all requests, on one connection."""
        command = ["curl"]
        for number, (method, path, body) in enumerate(requests):
            command += ["--next"] if number else []
            command += ["--silent", "--show-error", "--fail", "--cacert", self.cloud.ca_path, "--output", "/dev/null"]
            command += ["--header", "Authorization: Token " + self.cloud.api_token, "--request", method]
            command += ["--header", "Content-Type: application/json", "--data", json.dumps(body)] if body else []
            command.append(self.cloud.url + path)
        return command


def comparisons(contestants):
    """Maps each operation to three values: the preparation before each run (not measured); the command of each contestant,
    or a function that takes the result of the preparation and returns it; and the cleanup (not measured).
    """
    tokens = "/api/v1/self/apitokens"
    listing = ("GET", tokens, None)
    module, twin, curl, cloud = contestants.module, contestants.twin, contestants.curl, contestants.cloud
    nothing = lambda: None
    tidy = lambda: cloud.delete_named(MADE)
    return {
        "list the tokens": (
            nothing,
            {
                "mist_api_token_info": module("mist_api_token_info", "list"),
                "mist_api_token, info": module("mist_api_token", "info", state="info"),
                "curl": curl(listing),
                "Python twin": twin("info", state="info"),
            },
            nothing,
        ),
        "present, unchanged": (
            nothing,
            {
                "mist_api_token": module("mist_api_token", "unchanged", name="user-token-1"),
                "curl": curl(listing),
                "Python twin": twin("unchanged", name="user-token-1"),
            },
            nothing,
        ),
        "present, created": (
            nothing,
            {
                "mist_api_token": module("mist_api_token", "create", name=MADE),
                "curl": curl(listing, ("POST", tokens, {"name": MADE})),
                "Python twin": twin("create", name=MADE),
            },
            tidy,
        ),
        "absent, deleted": (
            lambda: cloud.create(MADE),
            {
                "mist_api_token": module("mist_api_token", "delete", name=MADE, state="absent"),
                "curl": lambda id: curl(listing, ("DELETE", f"{tokens}/{id}", None)),
                "Python twin": twin("delete", name=MADE, state="absent"),
            },
            tidy,
        ),
        "GET self": (
            nothing,
            {
                "mist_api_request": module("mist_api_request", "self", path="self"),
                "curl": curl(("GET", "/api/v1/self", None)),
            },
            nothing,
        ),
        "who am I": (
            nothing,
            {
                "mist_self_info": module("mist_self_info", "self"),
                "curl": curl(("GET", "/api/v1/self", None), ("GET", "/api/v1/self/usage", None)),
            },
            nothing,
        ),
    }


def measure(bench, cloud, rounds, before, commands, after):
    def sample(command):
        def once():
            prepared = before()
            whole = command(prepared) if callable(command) else command
            try:
                return bench.launcher.run(whole)
            finally:
                after()

        return once

    def traffic(command):
        prepared = before()
        whole = command(prepared) if callable(command) else command
        counted = cloud.traffic(lambda: bench.launcher.run(whole))
        after()
        return counted

    samples = interleaved(rounds, {name: sample(command) for name, command in commands.items()})
    return {
        name: {**process_summary(samples[name]), **traffic(command)} for name, command in commands.items()
    }


def run(bench):
    rounds = bench.amount(50, 2)
    figures, rows = {}, []
    with Cloud(bench.simulator, tokens=TOKENS - 1) as cloud:
        for what, comparison in comparisons(Contestants(bench, cloud)).items():
            figures[what] = measure(bench, cloud, rounds, *comparison)
            of_curl = figures[what]["curl"]["wall_ms"]["median"]
            for name, figure in figures[what].items():
                rows.append([
                    what,
                    name,
                    report.spread(figure["wall_ms"]),
                    report.times(figure["wall_ms"]["median"], of_curl),
                    report.spread(figure["cpu_ms"]),
                    f"{figure['peak_mib']['median']:.1f}",
                    f"{figure['requests']} / {figure['connections']} / {figure['tls_handshakes']}",
                ])
    header = ["what", "by", "wall ms (quartiles)", "× curl", "user+system ms", "peak MiB"]
    header.append("requests / connections / TLS handshakes")
    report.table(f"Per process: {rounds} rounds, an account with {TOKENS} tokens", header, rows)
    return figures
