"""Targets and measured values."""

import report


def per_task(figures):
    local = figures["local"]
    median = lambda name: local[name]["median"]
    floor = median("do-nothing executable")
    for name in local:
        if name.startswith("mist_"):
            yield f"{name}: × do-nothing", median(name) / floor, "at most", 1.25
    unchanged = median("mist_api_token, present, unchanged")
    yield "Python twin, unchanged: × ours", median("Python twin, present, unchanged") / unchanged, "at least", 8
    info = median("mist_api_token_info")
    yield "Python twin, info: × mist_api_token_info", median("Python twin, info") / info, "at least", 8
    uri = median("ansible.builtin.uri, GET tokens")
    yield "ansible.builtin.uri: × mist_api_token_info", uri / info, "at least", 8


def per_process(figures):
    for what, contestants in figures.items():
        of_curl = contestants["curl"]["wall_ms"]["median"]
        for name, figure in contestants.items():
            if name.startswith("mist_"):
                yield f"{what}, {name}: × curl", figure["wall_ms"]["median"] / of_curl, "at most", 1
                yield f"{what}, {name}: peak MiB", figure["peak_mib"]["median"], "at most", 8
    created = figures["present, created"]["mist_api_token"]
    yield "a creation: TLS handshakes", created["tls_handshakes"], "at most", 1


def scale(figures):
    accounts = figures["accounts"]
    largest = max(accounts)
    for what, contestants in accounts[largest].items():
        if what == "listing_bytes":
            continue
        for name, figure in contestants.items():
            if name.startswith("mist_"):
                yield f"{largest:,} tokens, {what}, {name}: peak MiB", figure["peak_mib"]["median"], "at most", 24
    if 200 in figures["sets"]:
        from scale import LOOP, SET

        of_200 = figures["sets"][200]
        for state in ("created", "unchanged"):
            seconds = lambda by: of_200[f"{by}, {state}"]["seconds"]["median"]
            yield f"a set of 200, {state}: the loop × the set", seconds(LOOP) / seconds(SET), "at least", 20


def objects(figures):
    for count, of_count in figures["through_ansible"].items():
        for state in ("created", "unchanged"):
            seconds = lambda by: of_count[f"{by}, {state}"]["seconds"]["median"]
            if f"three uri tasks each, {state}" in of_count:
                ratio = seconds("three uri tasks each") / seconds("mist_objects")
                yield f"{count} sites, {state}: the uri tasks × mist_objects", ratio, "at least", 100
    for count, of_count in figures["processes"].items():
        for state in ("created", "unchanged"):
            ours = of_count[f"mist_objects, {state}"]
            yield f"{count:,} sites, {state}: peak MiB", ours["peak_mib"]["median"], "at most", 32
            script = of_count.get(f"a script with mistapi, {state}")
            if script:
                ratio = ours["wall_ms"]["median"] / script["wall_ms"]["median"]
                yield f"{count:,} sites, {state}: mist_objects × the script", ratio, "at most", 1
    fewer, most = sorted(figures["processes"])[-2:]
    for state in ("created", "unchanged"):
        a_site = lambda count: figures["processes"][count][f"mist_objects, {state}"]["wall_ms"]["median"] / count
        yield f"a site of {most:,} × one of {fewer:,}, {state}", a_site(most) / a_site(fewer), "at most", 1.5


def search(figures):
    ours, script = figures["processes"]["mist_search"], figures["processes"]["a script with mistapi"]
    yield f"{figures['rows']:,} rows: peak MiB", ours["peak_mib"]["median"], "at most", 32
    yield f"{figures['rows']:,} rows: the script × mist_search", script["wall_ms"]["median"] / ours["wall_ms"]["median"], "at least", 5


def size(figures):
    for name, figure in figures.items():
        limit = {"glibc": 2.8, "musl": 2.4}[figure["c_library"]]
        yield f"{name}: MB ({figure['c_library']})", figure["bytes"] / 1e6, "at most", limit


def show(sections):
    """Prints the targets of the measured sections."""
    wanted = {"per_task": per_task, "per_process": per_process, "scale": scale, "objects": objects, "search": search, "size": size}
    rows = []
    for name, targets in wanted.items():
        for what, measured, bound, limit in targets(sections[name]) if name in sections else ():
            reached = measured <= limit if bound == "at most" else measured >= limit
            rows.append([what, f"{measured:.2f}", f"{bound} {limit}", "yes" if reached else "NO"])
    if rows:
        report.table("Targets", ["what", "measured", "target", "reached"], rows)
