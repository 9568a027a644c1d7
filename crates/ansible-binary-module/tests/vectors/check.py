"""Compares the facts of vectors.json with the ansible-core of this Python. With --fill, writes its results into the file.

    python check.py [--fill] VECTORS

A fact is an input and the result of AnsibleModule, on the subjects of ansible-core's own unit tests. Words and some
conversions differ between versions: the file has those of 2.19. An older version is compared only where its results are equal.
"""

import contextlib
import copy
import io
import json
import os
import re
import stat
import sys
import tempfile

import ansible.release
from ansible.module_utils import basic
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values

VERSION = tuple(map(int, ansible.release.__version__.split(".")[:2]))
RULES = ("mutually_exclusive", "required_together", "required_one_of", "required_if", "required_by")
BOOLEANS = re.compile(r"Valid booleans include: (.*?)(?=$| found in )", re.DOTALL)
ENVIRONMENT = {"HOME": "/home/somebody", "PATH": "/usr/bin:/bin", "TEST_PATH": "/opt/test", "SET": "from the environment"}


def with_callables(spec):
    for argument in spec.values():
        if argument.get("fallback"):
            argument["fallback"] = (basic.env_fallback, argument["fallback"][1])
        with_callables(argument.get("options") or {})
    return spec


def validated(fact):
    rules = {rule: fact[rule] for rule in RULES if rule in fact}
    validator = ArgumentSpecValidator(with_callables(copy.deepcopy(fact["argument_spec"])), **rules)
    try:
        result = validator.validate(copy.deepcopy(fact["parameters"]))
    except (TypeError, AttributeError):
        # An exception ends a module too, and no word of it is a promise.
        return {"refused": True}
    answer = {"unsupported": sorted(".".join(name) if isinstance(name, tuple) else name for name in result.unsupported_parameters)}
    if result.error_messages:
        return {**answer, "errors": [in_order(message) for message in result.error_messages]}
    return {**answer, "values": result.validated_parameters, "no_log": sorted(map(str, result._no_log_values))}


def in_order(message):
    """Ansible lists the spellings of booleans in the order of a set, which changes from run to run."""
    return BOOLEANS.sub(lambda found: "Valid booleans include: " + ", ".join(sorted(found[1].split(", "))), message)


def masked(fact):
    return remove_values(fact["value"], frozenset(fact["secrets"]))


def sanitized(fact):
    return basic.heuristic_log_sanitize(fact["text"])


def ended(fact):
    """The output of a module that warns, deprecates and ends in this way."""
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": fact["parameters"]}).encode()
    basic._load_params.__globals__["_ANSIBLE_ARGS"] = basic._ANSIBLE_ARGS
    from ansible.module_utils.common import warnings

    warnings._global_warnings.clear()
    warnings._global_deprecations.clear()
    printed = io.StringIO()
    spec = {"secret": {"no_log": True}, "old": {"removed_in_version": "9.0.0", "removed_from_collection": "a.b"}}
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        module = basic.AnsibleModule(spec, supports_check_mode=True)
        for text in fact.get("warn", []):
            module.warn(text)
        for arguments in fact.get("deprecate", []):
            module.deprecate(**arguments)
        (module.fail_json if fact["failed"] else module.exit_json)(**fact["result"])
    answer = json.loads(printed.getvalue())
    answer.pop("invocation", None)
    return answer


class Failed(Exception):
    pass


def module_that_raises():
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": {}}).encode()
    basic._load_params.__globals__["_ANSIBLE_ARGS"] = basic._ANSIBLE_ARGS
    basic._load_params.__globals__["_ANSIBLE_PROFILE"] = "legacy"
    module = basic.AnsibleModule({}, supports_check_mode=True)

    def fail(msg=None, **fields):
        raise Failed(fields)

    module.fail_json = fail
    return module


def mode(fact):
    """The mode of a file after set_mode_if_different."""
    module = module_that_raises()
    with tempfile.NamedTemporaryFile() as file:
        os.chmod(file.name, int(fact["start"], 8))
        try:
            module.set_mode_if_different(file.name, fact["mode"], False)
        except Failed:
            return "refused"
        return "%04o" % stat.S_IMODE(os.stat(file.name).st_mode)


def command(fact):
    module = module_that_raises()
    try:
        rc, stdout, stderr = module.run_command(
            fact["argv"],
            data=fact.get("data"),
            binary_data=True,
            cwd=fact.get("cwd"),
            environ_update=fact.get("env"),
            check_rc=fact.get("check_rc", False),
            expand_user_and_vars=False,
        )
    except Failed as failed:
        fields = {name: basic.to_text(value) if isinstance(value, bytes) else value for name, value in failed.args[0].items()}
        return {"failed": True, **{name: fields[name] for name in ("cmd", "rc", "stdout", "stderr")}}
    # A text with invalid UTF-8 has surrogates in Python, and replacement characters here.
    clean = lambda text: text.encode(errors="surrogateescape").decode(errors="replace")
    return {"rc": rc, "stdout": clean(stdout), "stderr": clean(stderr)}


def moved(fact):
    """The mode of a file that atomic_move replaced."""
    module = module_that_raises()
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "folder"))
        source, path = os.path.join(folder, "source"), os.path.join(folder, fact.get("place", "file"))
        with open(source, "w") as file:
            file.write("new")
        if fact.get("before"):
            with open(path, "w") as file:
                file.write("old")
            os.chmod(path, int(fact["before"], 8))
        try:
            module.atomic_move(source, path)
        except Exception:
            return "refused"
        return "%04o" % stat.S_IMODE(os.stat(path).st_mode)


SUBJECTS = {
    "validation": validated,
    "masking": masked,
    "logging": sanitized,
    "ending": ended,
    "modes": mode,
    "commands": command,
    "moves": moved,
}


def main():
    *options, path = sys.argv[1:]
    os.environ.clear()
    os.environ.update(ENVIRONMENT)
    os.umask(0o022)
    # A command without input must not read that of the tests.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    with open(path) as file:
        facts = json.load(file)
    wrong = []
    count = 0
    for subject, answer_to in SUBJECTS.items():
        # The file has the words of 2.19. From 2.19 on, a module's output passes through a profile that only a real run sets up.
        # Symbolic modes build on each other from 2.19 on.
        if (subject in ("validation", "modes") and VERSION < (2, 19)) or (subject == "ending" and VERSION >= (2, 19)):
            continue
        for fact in facts[subject]:
            found = json.loads(json.dumps(answer_to(fact)))
            if "--fill" in options and "expected" not in fact:
                fact["expected"] = found
            elif found != fact.get("expected"):
                wrong.append("%s: %s\n  answered: %s" % (subject, json.dumps(fact), json.dumps(found)))
            count += 1
    if "--fill" in options:
        with open(path, "w") as file:
            lines = ("%s: [\n%s\n]" % (json.dumps(subject), ",\n".join(map(json.dumps, facts[subject]))) for subject in SUBJECTS)
            file.write("{\n%s\n}\n" % ",\n".join(lines))
    print("ansible-core %s: %d facts, %d differ" % (ansible.release.__version__, count, len(wrong)))
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
