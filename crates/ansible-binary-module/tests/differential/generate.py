"""Cases made at random: a specification, rules, and parameters that mostly fit them."""

import json

import cases

TYPES = ["str", "int", "float", "bool", "list", "dict", "path", "raw", "jsonarg", "json", "bytes", "bits", None]
NAMES = "abcdefgh"
VARIABLES = ["COUNT", "TRUTH", "SECRET", "EMPTY", "FOLDER", "NONE"]
# Pieces that mean something to one conversion or another.
PIECES = [
    "a", "b", "yes", "no", "True", "False", "None", "0", "1", "42", "7", ".", "5", "_", "e", "E", "+", "-", "x", "K", "MB", "Kb", "byte", "bit", " ", ",", "=", "'", '"', "\\",
    "{", "}", "[", "]", "(", ")", ":", "~", "/", "$", "HOME", "FOLDER", "root", "\n", "\t", "\x1c", "\u00a0", "\u00e9", "\u0663", "\U0001f600", "#", "u", "r", "0x", "\u2028", "\x00", "\x7f", "\u0301",
]  # fmt: skip
GOOD = {
    "int": ["1", "42", " 7 ", "1.0", 5, 0, -3, True, 2.0],
    "float": ["1.5", "2", 3, 0.25, "1e3"],
    "bool": ["yes", "no", True, False, 1, 0, "on", "False"],
    "list": [[], ["a"], "a,b", [1, 2], ["1", "2"], 5],
    "dict": [{}, {"a": 1}, "a=1", '{"a": 1}', "{'b': [1, 2]}", "a=1 b='2 3'"],
    "path": ["~/x", "/tmp", "$HOME/x", "${FOLDER}"],
    "bytes": ["1K", "10", 5, "1.5M"],
    "bits": ["1K", "10", 5, "1Mb"],
    "json": ['{"a": 1}', [1, 2], {"a": "\u00e9"}],
    "jsonarg": [" [] ", [1.5, None], {"b": True}],
}


def text(source):
    return "".join(source.choice(PIECES) for _ in range(source.randint(0, 8)))


def number_text(source):
    return "".join(source.choice("0123456789012345678900..__eE+- \u0663") for _ in range(source.randint(1, 7)))


def size_text(source):
    unit = source.choice(["", "B", "b", "K", "k", "KB", "Kb", "MB", "mb", "byte", "bit", "kilobyte", "KiloBit", "G", "GB", "T", "E", "X"])
    return source.choice(["1", "10", "1.5", ".5", "2.5", "0.1", "7."]) + source.choice(["", "", " ", "  ", "\t"]) + unit + source.choice(["", "", " ", "s"])


def literal(source, depth=0):
    """The text of a Python literal, now and then with an error."""
    if source.random() < 0.02:
        return text(source)
    kind = source.randint(0, 9 if depth < 3 else 5)
    if kind == 0:
        return source.choice(["1", "0", "-1", "+2", "1_0", "0x1F", "0b11", "0o7", "00", "1.5", ".5", "1e3", "- 1", "-(1)", "1.e2", "5.", "07"])
    if kind == 1:
        return source.choice(["True", "False", "None", "true", "null"])
    if kind <= 4:
        quote = source.choice(["'", '"', "'''", '"""'])
        inner = "".join(source.choice(["a", "b", " ", "\\n", "\\'", '\\"', "\\x41", "\\u00e9", "\\101", "\\q", "\\\\", "\u00e9", "#", "{", "\\\n"]) for _ in range(source.randint(0, 4)))
        return source.choice(["", "", "", "r", "u", "R"]) + quote + inner + quote
    if kind == 5:
        return literal(source, 3) + source.choice([" ", "", "\n"]) + literal(source, 3)
    if kind == 6:
        return "[%s]" % listed(source, depth)
    if kind == 7:
        # One value in parentheses; a tuple is an intended difference.
        return "(%s%s)" % (blank(source), literal(source, depth + 1) or "1")
    return dictionary_literal(source, depth)


def blank(source):
    return source.choice(["", "", "", " ", "\n", "\t", " # x\n", "\\\n"])


def listed(source, depth):
    inner = (blank(source) + "," + blank(source)).join(literal(source, depth + 1) for _ in range(source.randint(0, 3)))
    return inner + source.choice(["", "", ",", blank(source)])


def dictionary_literal(source, depth=0):
    entries = ("'%s'%s:%s%s" % (source.choice("abc"), blank(source), blank(source), literal(source, depth + 1)) for _ in range(source.randint(0, 3)))
    return "{%s%s}" % (blank(source), (blank(source) + ",").join(entries))


def pairs_text(source):
    return "".join(source.choice(["a", "b", "c", "=", "=", "=", ",", " ", "1", "2", "'", '"', "\\", "\u00e9"]) for _ in range(source.randint(1, 12)))


def anything(source, depth=0):
    kind = source.randint(0, 9 if depth < 3 else 6)
    if kind == 0:
        return source.choice([None, True, False])
    if kind == 1:
        return source.choice([0, 1, -1, 2, 7, 2**31, -(2**63), 2**64 - 1, 2**64, -(2**63) - 1, 10**30, source.randint(-1000, 1000)])
    if kind == 2:
        return source.choice([0.0, 1.0, 0.5, -2.5, 1e15, 1e16, 1e-5, 123.0, source.uniform(-1e6, 1e6), source.uniform(-1, 1) * 10 ** source.randint(-30, 30)])
    if kind <= 5:
        return text(source)
    if kind == 6:
        return source.choice(cases.INTEGERS + cases.FLOATS + cases.BOOLEANS + cases.SIZES + cases.PATHS + cases.DICTIONARIES)
    if kind <= 8:
        return [anything(source, depth + 1) for _ in range(source.randint(0, 3))]
    return {text(source): anything(source, depth + 1) for _ in range(source.randint(0, 3))}


def value(source, argument):
    """A value for the option: mostly one that fits."""
    if argument.get("options") is not None and source.random() < 0.9:
        return sub_value(source, argument)
    luck = source.random()
    if argument.get("choices") and luck < 0.7:
        return source.choice(argument["choices"])
    wanted = argument.get("type")
    if luck < 0.08:
        return anything(source)
    if luck < 0.1:
        return None
    if wanted in ("int", "float") and luck < 0.3:
        return number_text(source)
    if wanted in ("bytes", "bits") and luck < 0.4:
        return size_text(source)
    if wanted == "dict" and luck < 0.3:
        return dictionary_literal(source)
    if wanted == "dict" and luck < 0.5:
        return pairs_text(source)
    if wanted in (None, "str", "raw", "path") and luck < 0.4:
        return text(source)
    if wanted == "list" and argument.get("elements") and luck < 0.7:
        inner = {"type": argument["elements"]}
        return [value(source, inner) for _ in range(source.randint(0, 4))]
    return source.choice(GOOD.get(wanted, ["a", "b", "x y", 1, "True", "False"]))


def sub_value(source, argument):
    def entries():
        return parameters(source, argument["options"])

    luck = source.random()
    if argument.get("type") == "list" and luck < 0.7:
        return [entries() for _ in range(source.randint(0, 3))]
    if luck < 0.9:
        return entries()
    if luck < 0.95:
        return json.dumps(entries())
    return " ".join("%s=%s" % (name, source.choice(["1", "x"])) for name in entries())


def parameters(source, spec):
    given = {}
    for name, argument in spec.items():
        if source.random() < 0.65:
            given[name] = value(source, argument)
        for alias in argument.get("aliases") or []:
            if source.random() < 0.2:
                given[alias] = value(source, argument)
    if source.random() < 0.06:
        given[source.choice(["z", "zz", "", "\u00e9", "y"])] = anything(source)
    entries = list(given.items())
    source.shuffle(entries)
    return dict(entries)


def argument(source, name, depth, may_default):
    made = {}
    wanted = source.choice(TYPES)
    if depth < 3 and source.random() < 0.25:
        wanted = source.choice(["dict", "list"])
        made["options"] = spec(source, depth + 1, wanted == "dict" and may_default)
        made.update(rules(source, list(made["options"])))
        if wanted == "list":
            made["elements"] = "dict"
        if source.random() < 0.2:
            made["apply_defaults"] = True
    if wanted or source.random() < 0.5:
        made["type"] = wanted
    if wanted == "list" and "elements" not in made and source.random() < 0.6:
        made["elements"] = source.choice(TYPES[:-1])
    if wanted != "list" and source.random() < 0.01:
        made["elements"] = "str"
    made["no_log"] = source.choice([True, False, None]) if source.random() < 0.4 else False
    if source.random() < 0.25:
        made["aliases"] = ["%s%d%d" % (name, depth, number) for number in range(source.randint(0, 2))]
    luck = source.random()
    if luck < 0.15:
        made["required"] = True
    elif luck < 0.4 and (may_default or "options" not in made):
        default = value(source, made)
        # Ansible cannot hash a secret that is a list or a dictionary and gives up on the module.
        if not (made["no_log"] and isinstance(default, (list, dict))):
            made["default"] = default
    if luck < 0.01:
        made["default"] = "x"
    if source.random() < 0.1 and "options" not in made:
        made["choices"] = [value(source, {"type": wanted}) for _ in range(source.randint(1, 3))]
        if source.random() < 0.3:
            made["choices"] = source.choice([["yes", "no"], [True, False], ["on", "y", "off"], [1, 0]])
    if source.random() < 0.12:
        made["fallback"] = ["env_fallback", [source.choice(VARIABLES) for _ in range(source.randint(0, 2))]]
    return made


def spec(source, depth=0, may_default=True):
    """`may_default`: within lists Ansible lets all elements share one default, and changes it under way."""
    names = source.sample(NAMES, source.randint(1, 5 - depth))
    return {name: argument(source, name, depth, may_default) for name in names}


def rules(source, names):
    def group():
        return source.sample(names, source.randint(1, min(3, len(names))))

    made = {}
    if source.random() < 0.15:
        made["mutually_exclusive"] = [group() for _ in range(source.randint(1, 3))]
    if source.random() < 0.1:
        made["required_together"] = [group() for _ in range(source.randint(1, 2))]
    if source.random() < 0.1:
        made["required_one_of"] = [group() for _ in range(source.randint(1, 2))]
    if source.random() < 0.15:
        deciding = source.choice(["a", "x y", 1, True, 42, None, ["a"], 1.5, "True"])
        made["required_if"] = [[source.choice(names), deciding, group()] + source.choice([[], [True], [False]])]
    if source.random() < 0.1:
        made["required_by"] = {source.choice(names): source.choice([group(), source.choice(names)])}
    return made


def case(source):
    made = spec(source)
    return {"argument_spec": made, "parameters": parameters(source, made), **rules(source, list(made))}
