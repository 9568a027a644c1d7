"""6. The size of each executable and the share of each dependency."""

import os
import re
import subprocess
from collections import Counter

import report

# Prefixes of symbols of ring's C and assembly code.
RING = "ring_core aes_ sha chacha poly1305 bn_ gcm_ vpaes p256 p384 ecp_ x25519 fiat_ limb LIMB k25519 ge_ fe_ Bi"
RUST = re.compile(r"^<*&?(?:mut )?(?:dyn )?\(?\[?([a-z_][a-z0-9_]*)(?:\[[0-9a-f]+\])?::")
# Symbols in the file (without .bss, which takes no space).
SYMBOL = re.compile(r"^(?P<address>[0-9a-f]+) (?P<size>[0-9a-f]+) [tTrRdDvVwWiI] (?P<name>.+)$")


def sections(program):
    """Sizes of the sections in the file, in bytes."""
    command = ["readelf", "--section-headers", "--wide", program]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    sizes = {}
    for line in ran.stdout.splitlines():
        cells = line.split("]", 1)[-1].split()
        if len(cells) > 5 and cells[0].startswith(".") and cells[1] != "NOBITS":
            sizes[cells[0]] = int(cells[4], 16)
    return sizes


def c_library(program):
    """The linked C library. glibc contains its name."""
    with open(program, "rb") as content:
        return "glibc" if b"GNU C Library" in content.read() else "musl"


def crate_of(symbol):
    found = RUST.match(symbol)
    if found:
        return found.group(1)
    if symbol.lstrip("_").startswith(tuple(RING.split())):
        return "ring (C and assembly)"
    return "C library and other C"


def by_crate(program):
    """Bytes of code and named data per crate. Inlined code counts for the crate that contains it."""
    ran = subprocess.run(["nm", "--print-size", "--demangle", program], capture_output=True, text=True, check=True)
    sizes = Counter()
    seen = set()
    for line in ran.stdout.splitlines():
        found = SYMBOL.match(line)
        # Two symbols of one address count once.
        if found and found["address"] not in seen:
            seen.add(found["address"])
            sizes[crate_of(found["name"])] += int(found["size"], 16)
    return sizes


def build_with_symbols(bench):
    """Builds the same executables with symbols, in another folder than the measured ones."""
    folder = os.path.join(bench.output, "with-symbols")
    command = ["scripts/build", "--quiet", "--config", "profile.release.strip=false"]
    environment = {**os.environ, "CARGO_TARGET_DIR": folder}
    ran = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True)
    return ran.stdout.strip()


def run(bench):
    figures, rows = {}, []
    for name in bench.modules:
        program = bench.module(name)
        size = os.path.getsize(program)
        figures[name] = {"bytes": size, "c_library": c_library(program), "sections": sections(program)}
        largest = sorted(figures[name]["sections"].items(), key=lambda item: -item[1])[:5]
        parts = ", ".join(f"{part} {size // 1000}" for part, size in largest)
        rows.append([name, f"{figures[name]['bytes'] / 1e6:.2f}", figures[name]["c_library"], parts])
    report.table("Size of each executable", ["executable", "MB", "C library", "largest sections, kB"], rows)
    if bench.quick:
        print("\nNOT MEASURED: the shares of the crates, which need a build with symbols.")
        return figures
    built = build_with_symbols(bench)
    crates = {name: by_crate(os.path.join(built, name)) for name in bench.modules}
    for name, sizes in crates.items():
        figures[name]["crates"] = dict(sizes.most_common())
    example = bench.modules[0]
    rows = [
        [crate, f"{size / 1000:.0f}"]
        for crate, size in crates[example].most_common()
        if size >= 2000
    ]
    report.table(f"Contents of {example}: code and named data per crate", ["crate", "kB"], rows)
    return figures
