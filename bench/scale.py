"""3. The growth of the cost with the tokens of an account and with the size of a set."""

import os

import report
from cloud import Cloud
from measuring import process_summary, progress, summary
from per_process import Contestants, comparisons, measure
from playing import items, task

PRIVILEGES = [{"scope": "org", "role": "read"}]


def accounts(bench):
    """Each comparison of section 2 that depends on the number of tokens."""
    figures = {}
    for tokens in bench.amounts([10, 1_000, 10_000], [10, 100]):
        with Cloud(bench.simulator, tokens=tokens - 1) as cloud:
            listing = cloud.listing_bytes()
            of_size = figures[tokens] = {"listing_bytes": listing}
            every = comparisons(Contestants(bench, cloud))
            for what in ("list the tokens", "present, unchanged", "absent, deleted"):
                of_size[what] = measure(bench, cloud, bench.amount(15, 1), *every[what])
    return figures


def show_accounts(figures):
    rows = []
    for tokens, of_size in figures.items():
        for what, contestants in of_size.items():
            if what == "listing_bytes":
                continue
            for name, figure in contestants.items():
                rows.append([
                    f"{tokens:,}",
                    what,
                    name,
                    report.spread(figure["wall_ms"]),
                    report.spread(figure["cpu_ms"]),
                    f"{figure['peak_mib']['median']:.1f}",
                    figure["requests"],
                    f"{of_size['listing_bytes'] / 1e3:,.0f}",
                ])
    header = ["tokens", "what", "by", "wall ms (quartiles)", "user+system ms", "peak MiB", "requests", "listing kB"]
    report.table("Scale: the tokens of an account", header, rows)


def declared(count):
    return [{"name": f"set-{number}", "privileges": PRIVILEGES} for number in range(count)]


SET, LOOP = "mist_api_tokens", "a loop of mist_api_token"


def sets(bench):
    """A set as one task of mist_api_tokens, and as a loop of mist_api_token, each in its own organization."""
    figures = {}
    for count, rounds in bench.amounts([(10, 3), (200, 3), (1_000, 1)], [(3, 1)]):
        samples = {(by, state): [] for by in (SET, LOOP) for state in ("created", "unchanged")}
        for done in range(rounds):
            progress(f"a set of {count}: round {done + 1} of {rounds}")
            with Cloud(bench.simulator, orgs=2) as cloud:
                one = {"org_id": cloud.orgs[0], "tokens": declared(count)}
                each = {"org_id": cloud.orgs[1], "name": "set-{{ item }}", "privileges": PRIVILEGES}
                tasks = {
                    SET: {"name": SET, "mist_api_tokens": one},
                    LOOP: {"name": LOOP, "mist_api_token": each, "loop": list(range(count))},
                }
                for by, described in tasks.items():
                    for state in ("created", "unchanged"):
                        played = []
                        traffic = cloud.traffic(lambda: played.extend(bench.player.play(cloud, [described])))
                        if by == LOOP and items(played, LOOP)[1] != (count if state == "created" else 0):
                            raise SystemExit(f"{LOOP}: not every token was {state}")
                        samples[by, state].append((task(played, by), traffic))
                    org = cloud.orgs[0 if by == SET else 1]
                    if len(cloud.tokens(org)) != count:
                        raise SystemExit(f"{by} created {len(cloud.tokens(org))} tokens of {count}")
        figures[count] = {
            f"{by}, {state}": {"seconds": summary(seconds for seconds, _ in taken), **taken[-1][1]}
            for (by, state), taken in samples.items()
        }
    return figures


def show_sets(figures):
    rows = []
    for count, contestants in figures.items():
        for state in ("created", "unchanged"):
            loop = contestants[f"{LOOP}, {state}"]["seconds"]["median"]
            for by in (SET, LOOP):
                figure = contestants[f"{by}, {state}"]
                seconds = figure["seconds"]
                rows.append([
                    count,
                    state,
                    by,
                    report.spread(seconds, 2),
                    report.times(loop, seconds["median"]),
                    f"{figure['requests']} / {figure['connections']} / {figure['tls_handshakes']}",
                ])
    header = ["set of", "what", "by", "seconds (quartiles)", "times faster", "requests / connections / TLS handshakes"]
    report.table("Scale: a set of tokens, through ansible-playbook", header, rows)


def set_processes(bench):
    """One run of mist_api_tokens without Ansible: time, processor and memory."""
    figures, rows = {}, []
    for count in bench.amounts([10, 200, 1_000], [3]):
        with Cloud(bench.simulator) as cloud:
            org = cloud.orgs[0]
            options = {"org_id": org, "tokens": declared(count)}
            command = Contestants(bench, cloud).module("mist_api_tokens", f"set-{count}", **options)
            samples = {"created": [], "unchanged": []}
            for _ in range(bench.amount(5, 1)):
                for state in samples:
                    samples[state].append(bench.launcher.run(command))
                cloud.delete_named("set-", org)
        figures[count] = {state: process_summary(taken) for state, taken in samples.items()}
        for state, figure in figures[count].items():
            peak = f"{figure['peak_mib']['median']:.1f}"
            rows.append([count, state, report.spread(figure["wall_ms"]), report.spread(figure["cpu_ms"]), peak])
    header = ["set of", "what", "wall ms (quartiles)", "user+system ms", "peak MiB"]
    report.table("Scale: mist_api_tokens by itself", header, rows)
    return figures


def run(bench):
    by_account = accounts(bench)
    show_accounts(by_account)
    by_set = sets(bench)
    show_sets(by_set)
    return {"accounts": by_account, "sets": by_set, "set_processes": set_processes(bench)}
