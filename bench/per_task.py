"""1. The cost of a task with the real ansible-playbook."""

import report
from cloud import Cloud
from measuring import interleaved, progress, summary
from playing import items, task

# The number of existing tokens of the account.
TOKENS = 10

LISTING = {
    "url": "{{ lookup('env', 'MIST_HOST') }}/api/v1/self/apitokens",
    "headers": {"Authorization": "Token {{ lookup('env', 'MIST_API_TOKEN') }}"},
    "ca_path": "{{ lookup('env', 'SSL_CERT_FILE') }}",
}


def looped(count):
    """Maps each contestant to module, options, and the number of changes in `count` runs. Each creation is deleted."""
    named = lambda prefix: {"name": prefix + "-{{ item }}"}
    there = {"name": "user-token-1"}
    return {
        "do-nothing executable": ("nothing", {}, 0),
        "mist_api_token_info": ("mist_api_token_info", {}, 0),
        "mist_api_token, present, unchanged": ("mist_api_token", there, 0),
        "mist_api_token, present, created": ("mist_api_token", named("ours"), count),
        "mist_api_token, absent, deleted": ("mist_api_token", {**named("ours"), "state": "absent"}, count),
        "mist_api_request, GET self": ("mist_api_request", {"path": "self"}, 0),
        "mist_self_info": ("mist_self_info", {}, 0),
        "Python twin, info": ("mist_api_token_twin", {"state": "info"}, 0),
        "Python twin, present, unchanged": ("mist_api_token_twin", there, 0),
        "Python twin, present, created": ("mist_api_token_twin", named("twin"), count),
        "Python twin, absent, deleted": ("mist_api_token_twin", {**named("twin"), "state": "absent"}, count),
        "ansible.builtin.uri, GET tokens": ("ansible.builtin.uri", LISTING, 0),
    }


def loop(name, count, module, options):
    return {"name": name, module: options, "loop": list(range(count)), "loop_control": {"label": "{{ item }}"}}


OURS, BY_URI = "one task of mist_api_token", "three tasks of ansible.builtin.uri"


def made_sure(prefix, count):
    """"Make sure that this token exists", `count` times: one task of this project, and three with `uri`."""
    tasks = []
    named = lambda whose, number: f"{prefix}-{whose}-{number}"
    for number in range(count):
        tasks.append({"name": OURS, "mist_api_token": {"name": named("ours", number)}})
    for number in range(count):
        name = named("uri", number)
        found = f"listed.json | selectattr('name', 'equalto', '{name}') | list"
        posted = {**LISTING, "method": "POST", "body_format": "json", "body": {"name": name}}
        tasks += [
            {"name": BY_URI, "ansible.builtin.uri": LISTING, "register": "listed"},
            {
                "name": BY_URI,
                "ansible.builtin.uri": posted,
                "register": "created",
                "changed_when": True,
                "when": f"{found} | length == 0",
            },
            # The id of the token in both cases.
            {
                "name": BY_URI,
                "ansible.builtin.uri": {**LISTING},
                "register": "confirmed",
                "failed_when": f"confirmed.json | selectattr('name', 'equalto', '{name}') | list | length != 1",
            },
        ]
    return tasks


def measure_loops(bench, cloud, count, rounds, play, contestants):
    def one_round():
        tasks = [loop(name, count, module, options) for name, (module, options, _) in contestants.items()]
        events = bench.player.play(cloud, tasks, **play)
        seconds = {}
        for name, (_, _, expected) in contestants.items():
            seconds[name], changed = items(events, name)
            if len(seconds[name]) != count or changed != expected:
                raise SystemExit(f"{name}: {len(seconds[name])} items of {count}, {changed} changed of {expected}")
        return seconds

    rounds = interleaved(rounds, {"a round": one_round})["a round"]
    return {
        name: summary(1000 * second for sample in rounds for second in sample[name]) for name in contestants
    }


def measure_sure(bench, cloud, count, rounds):
    """Milliseconds each time, for a missing and for an existing token."""
    samples = {(whose, state): [] for state in ("created", "unchanged") for whose in (OURS, BY_URI)}
    for done in range(rounds):
        progress(f"make sure: round {done + 1} of {rounds}")
        tasks = made_sure("sure", count)
        for state in ("created", "unchanged"):
            events = bench.player.play(cloud, tasks)
            for whose in (OURS, BY_URI):
                samples[whose, state].append(1000 * task(events, whose) / count)
        cloud.delete_named("sure-")
    return {f"{whose}, {state}": summary(values) for (whose, state), values in samples.items()}


def show(title, figures):
    floor = figures["do-nothing executable"]["median"]
    rows = [
        [name, report.spread(figure), report.times(figure["median"], floor)] for name, figure in figures.items()
    ]
    report.table(title, ["one task", "milliseconds (quartiles)", "× do-nothing"], rows)


def run(bench):
    count, rounds = bench.amount(50, 2), bench.amount(3, 1)
    with Cloud(bench.simulator, tokens=TOKENS - 1) as cloud:
        local = measure_loops(bench, cloud, count, rounds, {}, looped(count))
        show(f"Per task: loops of {count} through ansible-playbook, {rounds} rounds, on this host", local)
        sure = measure_sure(bench, cloud, bench.amount(10, 2), bench.amount(5, 1))
        rows = [[name, report.spread(figure)] for name, figure in sure.items()]
        report.table('"Make sure that this token exists"', ["as", "milliseconds (quartiles)"], rows)
        figures = {"loop": count, "local": local, "make_sure": sure}
        with bench.ssh() as play:
            if play:
                whole = looped(count)
                remote = measure_loops(bench, cloud, count, bench.amount(2, 1), play, whole)
                show(f"Per task: the same over ssh to {play['inventory'].rstrip(',')}", remote)
                figures["ssh"] = remote
    return figures
