"""Interleaved samples and their summary."""

import json
import statistics
import subprocess
import sys


def interleaved(rounds, contestants):
    """Runs every contestant once a round (A B C, A B C, …), so that other load on the machine affects all of them.

    `contestants` maps names to functions that return one sample. The result maps names to lists of samples.
    """
    samples = {name: [] for name in contestants}
    for done in range(rounds):
        progress(f"round {done + 1} of {rounds}")
        for name, sample in contestants.items():
            samples[name].append(sample())
    return samples


def progress(words):
    if sys.stderr.isatty():
        print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)


def summary(values):
    """Median and quartiles."""
    values = list(values)
    if len(values) == 1:
        first = third = values[0]
    else:
        first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": statistics.median(values), "q1": first, "q3": third, "samples": len(values)}


class Launcher:
    """Runs programs and measures each: see native/launch.c."""

    def __init__(self, program, environment):
        self.program, self.environment = program, environment

    def run(self, command, more_environment=None):
        """One sample. A failed command ends the bench: its time would be meaningless."""
        environment = {**self.environment, **(more_environment or {})}
        ran = subprocess.run([self.program, *command], env=environment, stdout=subprocess.PIPE, text=True, check=True)
        sample = json.loads(ran.stdout)
        if sample["status"] != 0:
            again = subprocess.run(command, env=environment, capture_output=True, text=True)
            raise SystemExit(f"{command[0]} failed with {sample['status']}. Repeated: {again.stdout}{again.stderr}")
        return sample


def process_summary(samples):
    """Summary of samples of a launcher: times in milliseconds, memory in MiB."""
    return {
        "wall_ms": summary(1000 * sample["wall"] for sample in samples),
        "cpu_ms": summary(1000 * (sample["user"] + sample["system"]) for sample in samples),
        "peak_mib": summary(sample["peak_kib"] / 1024 for sample in samples),
    }
