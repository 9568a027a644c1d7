"""Holds the crate's validation against ansible-core's own ArgumentSpecValidator, case by case.

    python compare.py --validate PATH [--keep PATH] [--seed N] [--generated N] [--show N]

The first PATH is the example program `validate`; the Python must be one that can import ansible-core. In the second one the
cases and the program's answers are kept for the next version of ansible-core, or found. It compares the refusal,
the converted values with their JSON types, the unsupported parameters, the values of no_log options, and every word of every
error. The exit status is 1 where anything differs that `differences.py` does not name.
"""

import argparse
import copy
import functools
import json
import math
import os
import random
import re
import subprocess
import sys
import warnings

import ansible.release
from ansible.module_utils.basic import env_fallback
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

import cases
import differences
import generate

RULES = ("mutually_exclusive", "required_together", "required_one_of", "required_if", "required_by")

# Both sides see this environment and nothing else.
ENVIRONMENT = {
    "HOME": "/home/somebody/",
    "FOLDER": "/var/a folder/$HOME",
    "EMPTY": "",
    "SECRET": "s3cret",
    "COUNT": "12",
    "TRUTH": "yes",
    "TILDE": "~",
}


def with_callables(spec):
    """The specification with its fallbacks as Ansible wants them."""
    spec = copy.deepcopy(spec)
    for argument in spec.values():
        if argument.get("fallback"):
            argument["fallback"] = (env_fallback, *argument["fallback"][1:])
        if argument.get("options") is not None:
            argument["options"] = with_callables(argument["options"])
    return spec


def reference(case):
    """The result of ansible-core for a case. `crash` is an exception that it does not catch, which ends a real module."""
    rules = {rule: case.get(rule) for rule in RULES}
    try:
        validator = ArgumentSpecValidator(with_callables(case["argument_spec"]), **rules)
        result = validator.validate(copy.deepcopy(case["parameters"]))
    except Exception as error:  # whatever it is, it is the answer
        return {"crash": repr(error)}
    return {
        "validated_parameters": result.validated_parameters,
        "error_messages": result.error_messages,
        "unsupported_parameters": sorted(flat(name) for name in result.unsupported_parameters),
        "no_log_values": sorted(str(value) for value in result._no_log_values),
        # With unknown names on several levels the message lists the options of whichever comes last in a set.
        "unsupported_messages": unsupported_messages(result),
    }


def flat(name):
    return ".".join(name) if isinstance(name, tuple) else name


def unsupported_messages(result):
    names = ", ".join(sorted(flat(name) for name in result.unsupported_parameters))
    messages = set()
    for options, aliases in result._supported_parameters.values():
        supported = ", ".join(sorted(options))
        if aliases:
            supported += " (%s)" % ", ".join(sorted(aliases))
        messages.add("%s. Supported parameters include: %s." % (names, supported))
    return messages


def run_validate(path, lines):
    """The program's answer to every line."""
    lines = list(lines)
    done = subprocess.run([path], input="\n".join([*lines, ""]).encode(), stdout=subprocess.PIPE, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(lines):
        sys.exit("%d cases, but %d answers" % (len(lines), len(answers)))
    return answers


def answered_cases(options):
    """The selected and the random cases, each with the program's answer. They are the same for every ansible-core."""
    if options.keep and os.path.exists(options.keep):
        with open(options.keep, encoding="utf-8") as kept:
            lines = kept.readlines()
    else:
        source = random.Random(options.seed)
        everything = cases.all_cases() + [generate.case(source) for _ in range(options.generated)]
        lines = [json.dumps(one) + "\n" for one in zip(everything, run_validate(options.validate, map(json.dumps, everything)))]
        if options.keep:
            with open(options.keep, "w", encoding="utf-8") as kept:
                kept.writelines(lines)
    # Through JSON, so that no two values are one and the same object, which Ansible would change together.
    return [json.loads(line) for line in lines]


BOOLEANS = re.compile(r"Valid booleans include: (.*?)(?=$| found in )", re.DOTALL)


def in_order(message):
    """Ansible lists the spellings of booleans in the order of a set, which changes from run to run."""
    return BOOLEANS.sub(lambda found: "Valid booleans include: " + ", ".join(sorted(found[1].split(", "))), message)


def same(ours, theirs):
    """Equality that distinguishes JSON's types."""
    if type(ours) is not type(theirs):
        return False
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, float):
        return ours == theirs and math.copysign(1, ours) == math.copysign(1, theirs)
    return ours == theirs


def has_json_form(value):
    """True if standard JSON can represent a converted value."""
    if isinstance(value, dict):
        return all(isinstance(key, (str, int, float, type(None))) for key in value) and all(map(has_json_form, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(has_json_form, value))
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, int):
        return -(2**63) <= value < 2**64
    return value is None


# Of a long list that is refused all elements are, in the same words.
@functools.lru_cache(maxsize=None)
def comparable(message, version):
    return in_order(differences.in_new_words(message, version))


def difference(case, ours, theirs, version):
    """The difference in one line, or None."""
    if "error" in ours:
        return "the program does not take the case: %s" % ours["error"]
    refused = bool(ours["error_messages"])
    if "crash" in theirs:
        return None if refused else "accepted, but ansible-core gives up: %s" % theirs["crash"]
    if not has_json_form(theirs["validated_parameters"]):
        return None if refused else "accepted, but has no JSON form: %r" % theirs["validated_parameters"]
    if refused != bool(theirs["error_messages"]):
        return "refused by one only"
    said = [comparable(message, version) for message in ours["error_messages"]]
    meant = [comparable(message, version) for message in theirs["error_messages"]]
    if len(theirs["unsupported_messages"]) > 1 and said and said[-1] in theirs["unsupported_messages"]:
        said[-1] = meant[-1]
    if said != meant:
        return "words"
    if not same(ours["validated_parameters"], json.loads(json.dumps(theirs["validated_parameters"]))):
        return "values"
    if ours["unsupported_parameters"] != theirs["unsupported_parameters"]:
        return "unsupported parameters"
    # The program prints a refusal. It continues to collect secrets where Ansible stops.
    missing = set(theirs["no_log_values"]) - set(ours["no_log_values"])
    added = set(ours["no_log_values"]) - set(theirs["no_log_values"])
    if missing or (added and not refused):
        return "no_log values"
    return None


def check_meant_differences(path, version):
    """Checks the intended differences: each must exist and have the documented result."""
    wrong = []
    lines = ['{"argument_spec": {"p": %s}, "parameters": %s}' % (argument, parameters) for _, argument, parameters, _ in differences.MEANT]
    for (why, _, _, expected), line, ours in zip(differences.MEANT, lines, run_validate(path, lines)):
        found = "refused" if ours["error_messages"] else ours["validated_parameters"]["p"]
        if not same(found, expected):
            wrong.append("%s: expected %r, got %r" % (why, expected, found))
        case = json.loads(line)
        if version >= (2, 19) and agrees(ours, reference(case)):
            wrong.append("%s: this difference no longer occurs" % why)
    return wrong


def agrees(ours, theirs):
    refused = bool(ours["error_messages"])
    if refused or theirs.get("error_messages"):
        return refused and theirs.get("error_messages")
    return repr(ours["validated_parameters"]) == repr(theirs.get("validated_parameters"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--validate", required=True)
    parser.add_argument("--keep")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--generated", type=int, default=2000)
    parser.add_argument("--show", type=int, default=10)
    options = parser.parse_args()
    os.environ.clear()
    os.environ.update(ENVIRONMENT)
    version = tuple(map(int, ansible.release.__version__.split(".")[:2]))
    # Python warns of some odd literals among the cases.
    warnings.simplefilter("ignore")

    answered = answered_cases(options)
    found, set_aside, refused = [], {}, 0
    for case, ours in answered:
        because = differences.depends_on_version(case, version)
        if because:
            set_aside[because] = set_aside.get(because, 0) + 1
            continue
        theirs = reference(case)
        different = difference(case, ours, theirs, version)
        refused += bool(ours.get("error_messages"))
        if different:
            found.append((different, case, ours, theirs))
    wrong = check_meant_differences(options.validate, version)
    compared = len(answered) - sum(set_aside.values())
    if compared < len(answered) / 2:
        wrong.append("most cases are set aside: too few are compared with this version")
    # Cases that are nearly all refused, or nearly all accepted, would prove little.
    if not compared / 5 < refused < compared * 4 / 5:
        wrong.append("the cases are lopsided: %d of %d are refused" % (refused, compared))
    print(
        "ansible-core %s, Python %s: %d picked and %d generated cases (seed %d), %d compared, %d of them refused, %d differences"
        % (ansible.release.__version__, sys.version.split()[0], len(answered) - options.generated, options.generated, options.seed, compared, refused, len(found))
    )
    for because, count in sorted(set_aside.items()):
        print("  set aside, %d: %s" % (count, because))
    for what, case, ours, theirs in found[: options.show]:
        print("\n%s\n  case:   %s\n  ours:   %s\n  theirs: %s" % (what, json.dumps(case), json.dumps(ours), theirs))
    for line in wrong:
        print("\n" + line)
    sys.exit(1 if found or wrong else 0)


if __name__ == "__main__":
    main()
