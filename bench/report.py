"""Tables in Markdown, and the same figures as JSON."""

import datetime
import json
import os
import platform
import subprocess


def table(title, header, rows):
    """Prints a table in Markdown, ready for a page."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    line = lambda cells: "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths)) + " |"
    print(f"\n{title}\n\n{line(header)}\n|{'|'.join('-' * (width + 2) for width in widths)}|")
    for row in rows:
        print(line(row))


def spread(figures, digits=1):
    """`median (quartile to quartile)`, or the only figure."""
    if figures is None:
        return ""
    if figures["samples"] == 1:
        return f"{figures['median']:.{digits}f} (one round)"
    return f"{figures['median']:.{digits}f} ({figures['q1']:.{digits}f} to {figures['q3']:.{digits}f})"


def times(figure, other):
    """The ratio of both figures."""
    return f"{figure / other:.2f}"


def machine(ansible_playbook):
    """The machine, its software and its load."""

    def first_line(*command):
        try:
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
        except (OSError, subprocess.CalledProcessError, IndexError):
            return None

    processor = None
    with open("/proc/cpuinfo") as lines:
        processor = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), None)
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": first_line("git", "describe", "--always", "--dirty"),
        "processor": processor,
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "load_average_before": os.getloadavg(),
        "ansible": first_line(ansible_playbook, "--version"),
        "python": platform.python_version(),
        "curl": first_line("curl", "--version"),
        "rustc": first_line("rustc", "--version"),
    }


def write(folder, name, machine, figures):
    """Writes `figures` to FOLDER/NAME.json."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name + ".json"), "w") as out:
        json.dump({"machine": machine, "load_average_after": os.getloadavg(), name: figures}, out, indent=1)
        out.write("\n")
