"""Draws docs/pictures/bench.svg from the figures of `make bench BENCH=per_task`: the cost of one task.

    python bench/plot.py FIGURES [OUTPUT]

FIGURES: target/bench/per_task.json. Needs matplotlib (`make plot` installs it into .venv-plot). The picture has its own
background, so that it looks the same on a light and on a dark page.
"""

import json
import os
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

OURS, PYTHON, URI = "these modules", "a Python module (AnsibleModule, fetch_url)", "ansible.builtin.uri"
# Distinguishable in gray and for color-blind readers (Okabe and Ito).
COLORS = {OURS: "#009e73", PYTHON: "#0072b2", URI: "#e69f00"}
INK, GROUND = "#24292f", "#ffffff"


def rows(figures):
    """The comparisons: a title, and the median in milliseconds of each contestant. A comparison contains either tasks of a
    loop, which take less time, or single tasks."""
    local, sure = figures["local"], figures["make_sure"]
    return [
        (
            "in a loop:\nlist the tokens",
            {
                OURS: local["mist_api_token_info"],
                PYTHON: local["Python twin, info"],
                URI: local["ansible.builtin.uri, GET tokens"],
            },
        ),
        (
            "in a loop:\na token that is created",
            {
                OURS: local["mist_api_token, present, created"],
                PYTHON: local["Python twin, present, created"],
            },
        ),
        (
            "by itself:\na token that is created",
            {
                OURS: sure["one task of mist_api_token, created"],
                URI: sure["three tasks of ansible.builtin.uri, created"],
            },
        ),
        (
            "by itself:\na token that is as wanted",
            {
                OURS: sure["one task of mist_api_token, unchanged"],
                URI: sure["three tasks of ansible.builtin.uri, unchanged"],
            },
        ),
    ]


def draw(document, output):
    figures, machine = document["per_task"], document["machine"]
    floor = figures["local"]["do-nothing executable"]["median"]
    # Glyphs as paths, so that pages need no font. The same figures give the same bytes.
    plt.rcParams.update({"svg.fonttype": "path", "svg.hashsalt": "bench", "font.size": 11, "text.color": INK})
    figure, axes = plt.subplots(figsize=(9.6, 4.6), facecolor=GROUND)
    axes.set_facecolor(GROUND)
    compared = rows(figures)
    longest = max(figure["median"] for _, figures in compared for figure in figures.values())
    y, ticks = -1, []
    for number, (_, contestants) in enumerate(compared):
        ticks.append(y + 1 + (len(contestants) - 1) / 2)
        for name, value in ((name, figure["median"]) for name, figure in contestants.items()):
            y += 1
            axes.barh(y, value, height=0.86, color=COLORS[name], label=name if number == 0 else None)
            words = f"{value:.0f} ms" + (" (three tasks)" if name == URI and number > 0 else "")
            axes.text(value + longest / 100, y, words, va="center", fontsize=10, weight="bold" if name == OURS else None)
        y += 1
    axes.axvline(floor, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    axes.text(floor, -1.05, f"  the floor of a loop: an executable that does nothing, {floor:.0f} ms", va="center", fontsize=10)
    axes.set_yticks(ticks, [title for title, _ in compared])
    axes.set_ylim(y - 0.2, -1.6)
    axes.set_xlim(0, longest * 1.28)
    axes.set_xlabel("milliseconds through ansible-playbook (median)", color=INK)
    axes.tick_params(colors=INK, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.legend(loc="center right", bbox_to_anchor=(1, 0.55), frameon=False)
    core = (machine.get("ansible") or "").split("[core ")[-1].rstrip("]")
    told = f"{machine.get('cores')} cores of {machine.get('processor')}, ansible-core {core}, {machine.get('date', '')[:10]}"
    figure.text(0.01, 0.012, told, fontsize=8)
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    os.makedirs(os.path.dirname(output) or ".", exist_ok=True)
    figure.savefig(output, facecolor=GROUND, metadata={"Date": None, "Title": "What one task costs"})


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    with open(sys.argv[1]) as file:
        document = json.load(file)
    here = os.path.dirname(os.path.abspath(__file__))
    draw(document, sys.argv[2] if len(sys.argv) == 3 else os.path.join(here, os.pardir, "docs/pictures/bench.svg"))


main()
