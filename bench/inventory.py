"""Inventory: `ansible-inventory --list` with mist_inventory, against a Python plugin that does the same by `open_url` and
Ansible's Constructable, against the plugin of the collection, and against an empty inventory; and the executable alone."""

import json
import os
import sys

import report
from cloud import Cloud
from measuring import interleaved, process_summary, progress

HERE = os.path.dirname(os.path.abspath(__file__))
EMPTY, EXECUTABLE, PLUGIN, TWIN = "an empty inventory", "mist_inventory", "its plugin", "a Python plugin"
TYPES = ["ap", "switch", "gateway"]
# About what the cloud returns for a switch with 48 ports.
STATS_BYTES = 5_000


def write(bench, name, text, mode=0o644):
    path = os.path.join(bench.scratch, name)
    with open(path, "w") as out:
        out.write(text)
    os.chmod(path, mode)
    return path


def collection(bench):
    """A folder of collections with the plugin of this project and its executable."""
    root = os.path.join(bench.scratch, "collections")
    cloud = os.path.join(root, "ansible_collections", "mist", "cloud")
    os.makedirs(os.path.join(cloud, "plugins"), exist_ok=True)
    os.makedirs(os.path.join(cloud, "bin"), exist_ok=True)
    links = {
        "plugins/inventory": os.path.join(HERE, "..", "collection", "plugins", "inventory"),
        "bin/mist_inventory": os.path.join(bench.library, "mist_inventory"),
    }
    for name, target in links.items():
        if not os.path.lexists(os.path.join(cloud, name)):
            os.symlink(os.path.abspath(target), os.path.join(cloud, name))
    return root


def through_ansible(bench):
    ansible_inventory = os.path.join(os.path.dirname(os.path.abspath(bench.player.ansible_playbook)), "ansible-inventory")
    figures, rows = {}, []
    for count in bench.amounts([1_000], [50]):
        with Cloud(bench.simulator, devices=count, device_stats=STATS_BYTES, sites=50) as cloud:
            options = {"org_id": cloud.orgs[0], "types": TYPES}
            sources = {
                EMPTY: write(bench, "empty.yml", "all: {}\n"),
                EXECUTABLE: os.path.join(bench.library, "mist_inventory"),
                PLUGIN: write(bench, "mist.yml", json.dumps({"plugin": "mist.cloud.mist_inventory", **options})),
                TWIN: write(bench, "twin.yml", json.dumps({"plugin": "mist_inventory_twin", **options})),
            }
            environment = {
                **cloud.environment(),
                "MIST_ORG_ID": cloud.orgs[0],
                "MIST_INVENTORY_TYPES": ",".join(TYPES),
                "ANSIBLE_INVENTORY_PLUGINS": os.path.join(HERE, "inventory_plugins"),
                "ANSIBLE_INVENTORY_ENABLED": "script,auto,yaml",
                "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
                "ANSIBLE_COLLECTIONS_PATH": collection(bench),
            }

            def contestant(name):
                command = [ansible_inventory, "-i", sources[name], "--list", "--output", os.path.join(bench.scratch, "out")]
                return lambda: bench.launcher.run(command, environment)

            progress(f"{count} devices through ansible-inventory")
            samples = interleaved(bench.amount(5, 1), {name: contestant(name) for name in sources})
            figures[count] = {}
            for name, taken in samples.items():
                traffic = cloud.traffic(contestant(name))
                with open(os.path.join(bench.scratch, "out")) as listed:
                    hosts = len(json.load(listed).get("_meta", {}).get("hostvars", {}))
                if hosts != (0 if name == EMPTY else count):
                    raise SystemExit(f"{name} lists {hosts} hosts of {count}")
                figures[count][name] = {**process_summary(taken), **traffic}
            empty = figures[count][EMPTY]["cpu_ms"]["median"]
            for name, figure in figures[count].items():
                cpu = figure["cpu_ms"]
                rows.append([count, name, report.spread(figure["wall_ms"]), report.spread(cpu), report.times(cpu["median"], empty), figure["requests"]])
    header = ["devices", "by", "wall ms (quartiles)", "user+system ms", "× empty", "requests"]
    report.table("Inventory: ansible-inventory --list", header, rows)
    return figures


def processes(bench):
    figures, rows = {}, []
    for count in bench.amounts([1_000, 10_000], [50]):
        with Cloud(bench.simulator, devices=count, device_stats=STATS_BYTES, sites=50) as cloud:
            command = [os.path.join(bench.library, "mist_inventory"), "--list"]
            environment = {
                **cloud.environment(),
                "MIST_ORG_ID": cloud.orgs[0],
                "MIST_INVENTORY_TYPES": ",".join(TYPES),
            }
            progress(f"{count} devices by the executable")
            samples = [bench.launcher.run(command, environment) for _ in range(bench.amount(5, 1))]
            traffic = cloud.traffic(lambda: bench.launcher.run(command, environment))
            figure = figures[count] = {**process_summary(samples), **traffic}
            peak = f"{figure['peak_mib']['median']:.1f}"
            rows.append([count, report.spread(figure["wall_ms"]), report.spread(figure["cpu_ms"]), peak, figure["requests"]])
    header = ["devices", "wall ms (quartiles)", "user+system ms", "peak MiB", "requests"]
    report.table("Inventory: the executable", header, rows)
    return figures


def run(bench):
    return {"through_ansible": through_ansible(bench), "processes": processes(bench)}


if __name__ == "__main__":
    sys.exit("This is a section of `make bench`.")
