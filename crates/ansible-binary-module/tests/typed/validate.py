"""Validates values by ansible-core. Reads one JSON list a line: a specification of the option `value`, whether it is set, and
its value. Prints {"value": …} or {"error": …}. In a specification, `values` is the type of the values of a dictionary."""

import copy
import json
import os
import sys

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator


def validated(name, spec, *value):
    result = ArgumentSpecValidator({name: copy.deepcopy(spec)}).validate({name: item for item in value})
    if result.error_messages:
        raise ValueError(result.error_messages[0])
    return result.validated_parameters.get(name)


def with_integers(spec, value):
    """True is an integer in Python, and stays True. JSON has another value for it."""
    if spec.get("type") == "int" and isinstance(value, bool):
        return int(value)
    if isinstance(value, list):
        options = {"options": spec["options"]} if "options" in spec else {}
        return [with_integers({"type": spec.get("elements"), **options}, item) for item in value]
    if isinstance(value, dict) and "options" in spec:
        return {name: with_integers(spec["options"][name], item) for name, item in value.items() if name in spec["options"]}
    return value


os.environ.clear()
for line in sys.stdin:
    spec, is_set, value = json.loads(line)
    values = spec.pop("values", None)
    try:
        found = validated("value", spec, *([value] if is_set else []))
        if values and found:
            if None in found.values():
                raise TypeError("Rust has no null of this type")
            found = {name: validated("value." + name, {"type": values}, item) for name, item in found.items()}
            spec = {"options": {name: {"type": values} for name in found}}
        answer = {"value": with_integers(spec, found)}
    except ValueError as error:
        answer = {"error": str(error)}
    except (TypeError, AttributeError, OverflowError):
        # An exception ends a module, too.
        answer = {"error": None}
    try:
        print(json.dumps(answer, allow_nan=False))
    except ValueError:
        # JSON has no such number. The module refuses it.
        print(json.dumps({"error": None}))
