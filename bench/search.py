"""6. A search of 100,000 rows into a CSV file by mist_search, compared with a script that does the same with the official Python
client (`mistapi`)."""

import os
import sys

import report
from cloud import Cloud
from measuring import process_summary, progress
from per_process import Contestants

HERE = os.path.dirname(os.path.abspath(__file__))
MODULE, SCRIPT = "mist_search", "a script with mistapi"


def run(bench):
    python = os.path.join(HERE, "..", ".venv-mistapi", "bin", "python")
    if not os.path.exists(python):
        raise SystemExit("mistapi is not installed. Run: scripts/python mistapi")
    count = bench.amount(100_000, 2_000)
    samples = {MODULE: [], SCRIPT: []}
    with Cloud(bench.simulator, search_rows=count) as cloud:
        org = cloud.orgs[0]
        places = {by: os.path.join(bench.scratch, f"clients-{number}.csv") for number, by in enumerate(samples)}
        module = Contestants(bench, cloud).module(MODULE, "clients", org_id=org, what="orgs/clients", dest=places[MODULE])
        script = [python, os.path.join(HERE, "mistapi_search.py"), cloud.url, org, places[SCRIPT]]
        environment = {"MIST_API_TOKEN": cloud.api_token, "REQUESTS_CA_BUNDLE": cloud.ca_path}
        for done in range(bench.amount(3, 1)):
            for by, command in ((MODULE, module), (SCRIPT, script)):
                progress(f"{count:,} rows by {by}: round {done + 1}")
                if os.path.exists(places[by]):
                    os.remove(places[by])
                samples[by].append(bench.launcher.run(command, environment if by == SCRIPT else None))
                with open(places[by]) as table:
                    lines = sum(1 for _ in table)
                if lines != count + 1:
                    raise SystemExit(f"{by} wrote {lines} lines for {count} rows")
    figures = {by: process_summary(taken) for by, taken in samples.items()}
    ours = figures[MODULE]["wall_ms"]["median"]
    rows = [
        [by, report.spread(figure["wall_ms"]), report.times(figure["wall_ms"]["median"], ours), report.spread(figure["cpu_ms"]),
         f"{figure['peak_mib']['median']:.1f}"]
        for by, figure in figures.items()
    ]
    header = ["by", "wall ms (quartiles)", "× mist_search", "user+system ms", "peak MiB"]
    report.table(f"A search of {count:,} rows into a CSV file", header, rows)
    return {"rows": count, "processes": figures}


if __name__ == "__main__":
    sys.exit("This is a section of `make bench`.")
