"""Draws docs/pictures/bench.svg from the figures that `make bench BENCH=per_task` has left: what one task costs.

    python bench/plot.py FIGURES [OUTPUT]

FIGURES: target/bench/per_task.json. Needs matplotlib (`make plot` installs it into .venv-plot). The picture has a ground of its
own, so that it reads the same on a light page and on a dark one.
"""

import json
import os
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

OURS, PYTHON, URI = "these modules", "a Python module (AnsibleModule, fetch_url)", "ansible.builtin.uri"
# Told apart in grey and by colour-blind eyes (Okabe and Ito).
COLOURS = {OURS: "#009e73", PYTHON: "#0072b2", URI: "#e69f00"}
INK, GROUND = "#24292f", "#ffffff"


def rows(figures):
    """What is compared: a title, and contestant -> milliseconds (median)."""
    local, sure = figures["local"], figures["make_sure"]
    by_uri = lambda state: sure[f"three tasks of ansible.builtin.uri, {state}"]["median"]
    median = lambda name: local[name]["median"]
    return [
        (
            "list the tokens",
            {
                OURS: median("mist_api_token_info"),
                PYTHON: median("Python twin, info"),
                URI: median("ansible.builtin.uri, GET tokens"),
            },
        ),
        (
            "a token that is as wanted",
            {
                OURS: median("mist_api_token, present, unchanged"),
                PYTHON: median("Python twin, present, unchanged"),
                URI: by_uri("unchanged"),
            },
        ),
        (
            "a token that is created",
            {
                OURS: median("mist_api_token, present, created"),
                PYTHON: median("Python twin, present, created"),
                URI: by_uri("created"),
            },
        ),
    ]


def draw(document, output):
    figures, machine = document["per_task"], document["machine"]
    floor = figures["local"]["do-nothing executable"]["median"]
    # Glyphs as paths: no page has to have the font. The same figures give the same bytes.
    plt.rcParams.update({"svg.fonttype": "path", "svg.hashsalt": "bench", "font.size": 11, "text.color": INK})
    figure, axes = plt.subplots(figsize=(9.6, 4.6), facecolor=GROUND)
    axes.set_facecolor(GROUND)
    compared = rows(figures)
    longest = max(value for _, values in compared for value in values.values())
    for number, (_, values) in enumerate(compared):
        for place, (name, value) in enumerate(values.items()):
            y = number * 4 + place
            axes.barh(y, value, height=0.86, color=COLOURS[name], label=name if number == 0 else None)
            words = f"{value:.0f} ms" + (f"   {value / floor:.1f} × the floor" if name == OURS else "")
            axes.text(value + longest / 100, y, words, va="center", fontsize=10, weight="bold" if name == OURS else None)
    axes.axvline(floor, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    axes.text(floor, -1.05, f"  the floor: an executable that does nothing, {floor:.0f} ms", va="center", fontsize=10)
    axes.set_yticks([number * 4 + 1 for number in range(len(compared))], [title for title, _ in compared])
    axes.set_ylim(len(compared) * 4 - 1.2, -1.6)
    axes.set_xlim(0, longest * 1.16)
    axes.set_xlabel("milliseconds for one task, through ansible-playbook (median)", color=INK)
    axes.tick_params(colors=INK, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.legend(loc="upper right", bbox_to_anchor=(1, 0.93), frameon=False)
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
