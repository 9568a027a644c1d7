"""5. Sites from one table by mist_objects, compared with the usual three `uri` tasks for each site, and with a script that
does the same with the official Python client (`mistapi`), one call after another."""

import json
import os
import sys

import report
from cloud import Cloud
from measuring import process_summary, progress, summary
from per_process import Contestants
from playing import task

HERE = os.path.dirname(os.path.abspath(__file__))
SET, LOOP, SCRIPT = "mist_objects", "three uri tasks each", "a script with mistapi"
STATES = ("created", "unchanged")


def sites(count):
    return [
        {
            "name": f"bench-{number:04}",
            "country_code": "DE",
            "timezone": "Europe/Berlin",
            "address": f"Street {number}",
            "notes": "{{branch_ip}}",
            "latlng": {"lat": 50.5, "lng": number / 100},
        }
        for number in range(count)
    ]


def uri_loop(bench, cloud, wanted):
    """The usual tasks: list, create a missing site, update an existing one; included for each site."""
    org = f"{cloud.url}/api/v1/orgs/{cloud.orgs[0]}"
    call = {
        "headers": {"Authorization": "Token " + cloud.api_token},
        "ca_path": cloud.ca_path,
        "body_format": "json",
    }
    there = "(found.json | selectattr('name', 'equalto', item.name) | list)"
    steps = [
        {"name": LOOP, "ansible.builtin.uri": {"url": org + "/sites?limit=1000", **call}, "register": "found"},
        {
            "name": LOOP,
            "ansible.builtin.uri": {"url": org + "/sites", "method": "POST", "body": "{{ item }}", **call},
            "when": there + " | length == 0",
        },
        {
            "name": LOOP,
            "ansible.builtin.uri": {
                "url": f"{cloud.url}/api/v1/sites/" + "{{ " + there + "[0].id }}",
                "method": "PUT",
                "body": "{{ item }}",
                **call,
            },
            "when": there + " | length > 0",
        },
    ]
    included = os.path.join(bench.scratch, "site.json")
    with open(included, "w") as out:
        json.dump(steps, out)
    # Without braces, which Ansible would evaluate as a template.
    plain = [{**site, "notes": "plain"} for site in wanted]
    return [{"name": "each", "ansible.builtin.include_tasks": included, "loop": plain}]


def through_ansible(bench):
    figures, rows = {}, []
    for count, looped in bench.amounts([(500, True)], [(5, True)]):
        wanted = sites(count)
        place = os.path.join(bench.scratch, "sites.json")
        with open(place, "w") as out:
            json.dump(wanted, out)
        figures[count] = {}
        for by in (SET, LOOP) if looped else (SET,):
            with Cloud(bench.simulator, sites=0) as cloud:
                options = {"org_id": cloud.orgs[0], "type": "sites", "src": place}
                tasks = [{"name": SET, "mist_objects": options}] if by == SET else uri_loop(bench, cloud, wanted)
                for state in STATES:
                    progress(f"{count} sites by {by}: {state}")
                    # The loop over 500 sites takes more than ten minutes: one round.
                    rounds = bench.amount(3, 1) if by == SET and state == "unchanged" else 1
                    seconds, traffic = [], None
                    for _ in range(rounds):
                        played = []
                        traffic = cloud.traffic(lambda: played.extend(bench.player.play(cloud, tasks)))
                        # The loop takes the time from its first task to the end of the play.
                        seconds.append(task(played, SET) if by == SET else whole(played))
                    figures[count][f"{by}, {state}"] = {"seconds": summary(seconds), **traffic}
                there = cloud.count(f"/api/v1/orgs/{cloud.orgs[0]}/sites?limit=1000&page=1")
                if there != min(count, 1000):
                    raise SystemExit(f"{by} created {there} sites of {count}")
        for state in STATES:
            ours = figures[count][f"{SET}, {state}"]["seconds"]["median"]
            for by in (SET, LOOP):
                figure = figures[count].get(f"{by}, {state}")
                if figure:
                    seconds = figure["seconds"]
                    traffic = f"{figure['requests']} / {figure['connections']}"
                    rows.append([count, state, by, report.spread(seconds, 2), report.times(seconds["median"], ours), traffic])
    header = ["sites", "what", "by", "seconds (quartiles)", "× mist_objects", "requests / connections"]
    report.table("Objects: sites through ansible-playbook", header, rows)
    return figures


def whole(events):
    began = next(event["at"] for event in events if event["event"] == "task")
    return next(event["at"] for event in events if event["event"] == "end") - began


def processes(bench):
    """The executable without Ansible and the script, interleaved."""
    python = os.path.join(HERE, "..", ".venv-mistapi", "bin", "python")
    if not os.path.exists(python):
        raise SystemExit("mistapi is not installed. Run: scripts/python mistapi")
    figures, rows = {}, []
    for count, by_script in bench.amounts([(50, True), (500, True), (5_000, False)], [(5, True)]):
        place = os.path.join(bench.scratch, f"sites-{count}.json")
        with open(place, "w") as out:
            json.dump(sites(count), out)
        contestants = [SET, SCRIPT] if by_script else [SET]
        samples = {(by, state): [] for by in contestants for state in STATES}
        for done in range(bench.amount(3, 1)):
            for by in contestants:
                progress(f"{count} sites by {by}: round {done + 1}")
                with Cloud(bench.simulator, sites=0) as cloud:
                    org = cloud.orgs[0]
                    if by == SET:
                        made = Contestants(bench, cloud)
                        command = made.module("mist_objects", f"sites-{count}", org_id=org, type="sites", src=place)
                        environment = None
                    else:
                        script = os.path.join(HERE, "mistapi_sites.py")
                        command = [python, script, cloud.url, org, place]
                        environment = {"MIST_API_TOKEN": cloud.api_token, "REQUESTS_CA_BUNDLE": cloud.ca_path}
                    for state in STATES:
                        samples[by, state].append(bench.launcher.run(command, environment))
        figures[count] = {f"{by}, {state}": process_summary(taken) for (by, state), taken in samples.items()}
        for (by, state), _ in samples.items():
            figure = figures[count][f"{by}, {state}"]
            peak = f"{figure['peak_mib']['median']:.1f}"
            rows.append([count, state, by, report.spread(figure["wall_ms"]), report.spread(figure["cpu_ms"]), peak])
    header = ["sites", "what", "by", "wall ms (quartiles)", "user+system ms", "peak MiB"]
    report.table("Objects: sites by an executable and by a script", header, rows)
    return figures


def run(bench):
    return {"through_ansible": through_ansible(bench), "processes": processes(bench)}


if __name__ == "__main__":
    sys.exit("This is a section of `make bench`.")
