"""`make bench`: measures, prints tables, and writes the figures to OUTPUT/*.json. See README.md in this folder."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

import fleet
import inventory
import measuring
import objects
import per_process
import per_task
import playing
import report
import scale
import search
import sizes
import ssh
import targets

HERE = os.path.dirname(os.path.abspath(__file__))
SECTIONS = {"per_task": per_task, "per_process": per_process, "scale": scale, "objects": objects, "search": search, "inventory": inventory, "fleet": fleet, "size": sizes}


class Bench:
    """Programs, folders and environment of all sections."""

    def __init__(self, arguments, scratch):
        self.quick = bool(os.environ.get("BENCH_QUICK"))
        self.simulator, self.output, self.scratch = arguments.simulator, arguments.output, scratch
        # Settings of this shell for a real cloud, a proxy or Ansible must not affect the measurement.
        unwanted = re.compile(r"^(MIST_|ANSIBLE_|SSL_CERT_)|_PROXY$", re.IGNORECASE)
        self.environment = {name: value for name, value in os.environ.items() if not unwanted.search(name)}
        # The modules put locks into the home directory.
        self.environment["HOME"] = os.path.join(scratch, "home")
        os.makedirs(self.environment["HOME"])
        self.python = os.path.join(os.path.dirname(os.path.abspath(arguments.ansible_playbook)), "python")
        self.library = os.path.join(scratch, "library")
        self.modules = sorted(
            name for name in os.listdir(arguments.library) if re.fullmatch("mist_[a-z_]+", name)
        )
        # A copy, so that a build during the measurement has no effect.
        shutil.copytree(os.path.join(HERE, "library"), self.library)
        for name in self.modules:
            shutil.copy(os.path.join(arguments.library, name), self.library)
        self._compile("nothing", os.path.join(self.library, "nothing"))
        launch = os.path.join(scratch, "launch")
        self._compile("launch", launch)
        self.launcher = measuring.Launcher(launch, self.environment)
        self.player = playing.Player(arguments.ansible_playbook, HERE, self.library, scratch, self.environment)

    def _compile(self, name, program):
        source = os.path.join(HERE, "native", name + ".c")
        subprocess.run([os.environ.get("CC", "cc"), "-Os", "-s", "-static", "-o", program, source], check=True)

    def module(self, name):
        return os.path.join(self.library, name)

    def amount(self, whole, quick):
        return quick if self.quick else whole

    amounts = amount

    def ssh(self):
        return ssh.server(self.scratch, ("MIST_HOST", "MIST_API_TOKEN", "SSL_CERT_FILE", "HOME"))


def main():
    parser = argparse.ArgumentParser(prog="python3 bench", description=__doc__)
    parser.add_argument("--simulator", required=True, help="the mist-simulator, built for release")
    parser.add_argument("--ansible-playbook", required=True)
    parser.add_argument("--library", default="library", help="folder of the executables")
    parser.add_argument("--output", default="target/bench")
    parser.add_argument("sections", nargs="*", help=f"sections of {', '.join(SECTIONS)}; default: all")
    arguments = parser.parse_args()
    unknown = set(arguments.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"unknown section: {', '.join(sorted(unknown))}")
    machine = report.machine(arguments.ansible_playbook)
    load = ", ".join(f"{value:.1f}" for value in machine["load_average_before"])
    described = [machine["processor"], f"{machine['cores']} cores", machine["ansible"], machine["commit"]]
    print("; ".join(map(str, described)) + f"; load average {load}")
    measured = {}
    with tempfile.TemporaryDirectory(prefix="mist-bench-") as scratch:
        bench = Bench(arguments, scratch)
        if bench.quick:
            print("BENCH_QUICK: a check that everything can be measured. The figures are meaningless.")
        for name, section in SECTIONS.items():
            if name in (arguments.sections or SECTIONS):
                measured[name] = section.run(bench)
                report.write(arguments.output, name, machine, measured[name])
                sys.stdout.flush()
    if not bench.quick:
        targets.show(measured)
    print(f"\nThe figures: {arguments.output}/*.json")


if __name__ == "__main__":
    main()
