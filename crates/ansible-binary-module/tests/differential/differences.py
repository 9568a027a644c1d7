"""The intended differences from ansible-core, and those between its versions."""

import decimal
import os
import re

from ansible.module_utils.common.validation import check_type_dict

# Reason; the argument of the option p; the parameters; the result of the program: "refused", or the value of p.
# JSON, because Python cannot represent some values. "JSON form" means serde_json's numbers and UTF-8.
MEANT = [
    # An option of type int has at most 64 bits. Texts, raw values and dictionaries keep all digits.
    ("a large integer", '{"type": "int"}', '{"p": "18446744073709551616"}', "refused"),
    ("a large size", '{"type": "bytes"}', '{"p": "1Y"}', "refused"),
    # Infinite values have no JSON form. As output they would make the result of the module unreadable.
    ("an infinity", '{"type": "float"}', '{"p": "inf"}', "refused"),
    ("not a number", '{"type": "float"}', '{"p": "nan"}', "refused"),
    ("a float too large", '{"type": "float"}', '{"p": "1e999"}', "refused"),
    ("NaN within a dictionary", '{"type": "dict"}', '{"p": "{\\"a\\": NaN}"}', "refused"),
    # Values of Python that are not of JSON: a tuple becomes the list that it would be printed as, the rest is refused.
    ("a tuple is a list to a sub-option", '{"type": "dict", "options": {"a": {"type": "list"}}}', '{"p": "{\'a\': (1, 2)}"}', {"a": [1, 2]}),
    ("a set", '{"type": "dict"}', '{"p": "{\'a\': {1}}"}', "refused"),
    ("bytes", '{"type": "dict"}', '{"p": "{\'a\': b\'x\'}"}', "refused"),
    ("a complex number", '{"type": "dict"}', '{"p": "{\'a\': 1j}"}', "refused"),
    ("an ellipsis", '{"type": "dict"}', '{"p": "{\'a\': ...}"}', "refused"),
    ("a tuple for a key", '{"type": "dict"}', '{"p": "{(1, 2): 3}"}', "refused"),
    ("half of a surrogate pair", '{"type": "dict"}', '{"p": "{\\"a\\": \\"\\\\ud800\\"}"}', "refused"),
    # A table of the names of all characters, for an escape that playbooks do not use, would be sent to every host.
    ("a character by its name", '{"type": "dict"}', '{"p": "{\'a\': \'\\\\N{BULLET}\'}"}', "refused"),
    # JSON is read 128 levels deep, so that no input can exhaust the stack.
    ("deep JSON", '{"type": "dict"}', '{"p": "{\\"a\\": %snull%s}"}' % ("[" * 200, "]" * 200), "refused"),
    # Python's Decimal happens to take its own inner form for a number: [sign, [digits...], exponent].
    ("the inside of a Decimal", '{"type": "int"}', '{"p": [0, [1, 2], 0]}', "refused"),
    # Specifications that Ansible cannot use: a list of choices with nothing in it would refuse everything,
    # and a secret default that is a list ends the module with a traceback.
    ("no choices", '{"choices": []}', '{"p": "x"}', "x"),
    ("a list that is a secret default", '{"type": "list", "default": ["x"], "no_log": true}', "{}", ["x"]),
]




def int_differs(wanted, value, argument):
    if wanted != "int" or not isinstance(value, (str, float)):
        return False
    return isinstance(value, float) or accepts(int, value) != accepts(whole, value)


def whole(value):
    if decimal.Decimal(value) != int(decimal.Decimal(value)):
        raise ValueError


def accepts(function, *arguments):
    try:
        function(*arguments)
    except (ValueError, ArithmeticError):
        return False
    return True


def dictionary_differs(wanted, value, argument):
    if wanted != "dict" or not isinstance(value, str):
        return False
    try:
        return not isinstance(check_type_dict(value), dict)
    except TypeError:
        return False
    except ValueError:
        return True


def size_differs(wanted, value, argument):
    text = str(value)
    return wanted in ("bytes", "bits") and bool(re.search(r"\d", text)) and not re.fullmatch(r"[0-9]+(\.[0-9]+)?([KMGTPE][Bb]?|B)?", text)


def none_differs(wanted, value, argument):
    return value is None and argument is not None and (argument.get("required") or argument.get("default") is not None)


def none_element_differs(wanted, value, argument):
    return value is None and argument is None and wanted in ("str", "path")


def elements_differ(wanted, value, argument):
    return argument is not None and bool(argument.get("elements")) and wanted != "list"


# Changes of ansible-core: the first version with the behavior of the program, the behavior before, and the conversion
# that shows it. Cases with such a conversion are skipped for older versions.
CHANGED = [
    ((2, 18), "int took digits only, neither 1.0 nor 1e3", int_differs),
    ((2, 18), "dict accepted values that are not dictionaries, and reported k=v without = in other words", dictionary_differs),
    ((2, 18), "bytes and bits ignored text around a size", size_differs),
    ((2, 19), "nothing was not converted, or not to an empty text", none_differs),
    ((2, 19), "an element of nothing was None as a text, or refused", none_element_differs),
    ((2, 19), "elements were refused for any type but list", elements_differ),
]


def depends_on_version(case, version):
    """The reason why the case cannot be compared with this version, or None."""
    changed = [(why, differs) for since, why, differs in CHANGED if version < since]
    if not changed:
        return None
    for conversion in conversions(case["argument_spec"], case["parameters"]):
        for why, differs in changed:
            if differs(*conversion):
                return why
    return None


def conversions(spec, parameters):
    """Every type, value and argument (None for an element) that a case may come to convert; rather too many than too few."""
    for name, argument in spec.items():
        wanted = argument.get("type") or "str"
        values = [parameters[key] for key in [name, *(argument.get("aliases") or [])] if key in parameters]
        values += [os.environ[key] for key in (argument.get("fallback") or [None, []])[1] if key in os.environ]
        if argument.get("default") is not None:
            values.append(argument["default"])
        if argument.get("apply_defaults"):
            values.append({})
        for value in values:
            yield wanted, value, argument
            elements = value if isinstance(value, (list, dict)) else str(value).split(",")
            for element in elements if argument.get("elements") else []:
                yield argument["elements"], element, None
            for entries in [value, *elements] if argument.get("options") else []:
                yield from conversions(argument["options"], as_dictionary(entries))


def as_dictionary(value):
    try:
        value = check_type_dict(value)
    except (TypeError, ValueError):
        pass
    return value if isinstance(value, dict) else {}


# Words that changed, as patterns: version, old words, new words.
WORDS = [
    ((2, 17), r"must by a", "must be a"),
    # The newer words quote the value, the older ones its type: neither can be had from the other.
    ((2, 18), r"(unable to convert to int: )(\".*\"|<class '\w+'>)( cannot be)", r"\1...\3"),
    ((2, 19), r"is not a valid boolean\.  Valid", "is not a valid boolean. Valid"),
    ((2, 19), r"is of type <class '(\w+)'>(?= and we| found in )", r"is of type \1"),
]


def in_new_words(message, version):
    for since, old, new in WORDS:
        if version < since:
            message = re.sub(old, new, message, flags=re.DOTALL)
    return message
