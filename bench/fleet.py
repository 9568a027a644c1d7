"""4. One play over a thousand organizations, delegated to localhost, as a provider with many customers runs it."""

import json
import os

import report
from cloud import Cloud
from measuring import progress, summary

FORKS = 50
NAME = "one present each"


def inventory(path, orgs):
    hosts = {f"org-{number}": {"org_id": org} for number, org in enumerate(orgs)}
    # Not ".json": Ansible would try the wrong inventory plugin first.
    with open(path, "w") as out:
        json.dump({"all": {"hosts": hosts}}, out)
    return path


def seconds(events):
    """From the start of the task to the end of the play, without the start of ansible-playbook."""
    began = next(event["at"] for event in events if event["event"] == "task")
    return events[-1]["at"] - began


def run(bench):
    size = bench.amount(1_000, 10)
    few = bench.amount(50, 5)
    options = {"org_id": "{{ org_id }}", "name": "fleet", "privileges": [{"scope": "org", "role": "read"}]}
    samples = {}
    rounds = bench.amount(2, 1)
    for done in range(rounds):
        progress(f"fleet: round {done + 1} of {rounds}")
        with Cloud(bench.simulator, orgs=size + few, sites=1, sitegroups=1) as cloud:
            ours = inventory(os.path.join(bench.scratch, "fleet.yml"), cloud.orgs[:size])
            twins = inventory(os.path.join(bench.scratch, "few.yml"), cloud.orgs[size:])
            contestants = {
                "do-nothing executable": ("nothing", {}, ours, size, 0),
                "mist_api_token, created": ("mist_api_token", options, ours, size, size),
                "mist_api_token, unchanged": ("mist_api_token", options, ours, size, 0),
                "Python twin, created": ("mist_api_token_twin", options, twins, few, few),
                "Python twin, unchanged": ("mist_api_token_twin", options, twins, few, 0),
            }
            for name, (module, given, hosts, count, expected) in contestants.items():
                described = {"name": NAME, module: given, "delegate_to": "localhost"}
                events = bench.player.play(
                    cloud, [described], inventory=hosts, arguments=["--forks", str(FORKS)]
                )
                changed = sum(event.get("changed", False) for event in events)
                ended = sum(event["event"] == "result" for event in events)
                if (ended, changed) != (count, expected):
                    raise SystemExit(f"{name}: {ended} results of {count}, {changed} changed of {expected}")
                samples.setdefault((name, count), []).append(seconds(events))
    figures, rows = {}, []
    for (name, count), taken in samples.items():
        measured = summary(taken)
        scaled = measured["median"] * size / count
        figures[name] = {"organizations": count, "seconds": measured, "seconds_for_all": scaled}
        said = "" if count == size else f"measured on {count}, times {size // count}"
        rows.append([name, report.spread(measured, 2), f"{scaled:.1f}", said])
    header = ["by", "seconds measured (quartiles)", f"seconds for {size:,}", ""]
    report.table(f"Fleet: {size:,} organizations, {FORKS} forks, one present each, {rounds} rounds", header, rows)
    return figures
