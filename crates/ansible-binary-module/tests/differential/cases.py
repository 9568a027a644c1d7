"""Cases picked by hand: every type with its tricky values, and every rule."""


def case(spec, parameters, **rules):
    return {"argument_spec": spec, "parameters": parameters, **rules}


def one(value, **argument):
    """One option and its value."""
    return case({"p": argument}, {"p": value})


ANYTHING = [
    None, True, False, 0, 1, -1, 2, 1.0, 0.0, -0.5, 1.5, 1e16, 1e-5, 123456789012345680.0, 1419067878381308.25, 2**53, 2**63 - 1, -(2**63),
    2**64 - 1, "", " ", "a", "yes", "1", "a,b", "a=1", "{}", "[]", [], {}, [None], [1, "a"], {"k": [1.0, None, True]},
    ["it's", 'a "b"', "both ' and \"", "\\", "\n\t\r\0\x7f\x1b"], ["\u00e9\u0301\u00a0\u00ad\u200b\u2028\ue000\U0001f600\U000e0001\ufeff"],
]  # fmt: skip

INTEGERS = [
    "42", " 42 ", "+42", "-42", "-0", "4_2", "_4", "4_", "4__2", "1.0", "1.5", "1.", ".0", ".", "1e3", "1E+3", "1e-3", "100e-2",
    "1e", "0e999", "0e-999", "00012", "1.50e1", "0x10", "0b1", "1 2", "1\n", "\x1c1\x1f", "\u00a01\u3000", "\u0663\uff14", "\u00b2",
    "\u2167", "inf", "-Infinity", "nan", "sNaN12", "1L", "1,000", "--1", "+-1", "\u22121", "1\0", "1e99999999999999999999999",
    "9223372036854775807", "18446744073709551615", "-9223372036854775808", "abc", "True", "9" * 5000 + ".5", 3.0, -0.0, 2.5,
]  # fmt: skip

FLOATS = [
    "1", "1.5", " 1.5\n", "1_0.0_1", "1__0", "1_.0", "1._0", "_1", "1_", "1e5", "1e+05", "1E-5", "1e_5", "1e5_0", ".5", "5.", ".", "-.5e1",
    "e5", "1e", "0x1p3", "1f", "\x1c1", "\u00a01\x1c", "\u00a01", "\u0661.\uff15", "1d0", "abc", "", "1 2", "1\0", "2.2250738585072011e-308",
    "4.9e-324", "1e-999", "0.1", "123456789012345678901234567890", "True", 7, 2**53 + 1,
]  # fmt: skip

BOOLEANS = [
    "y", "Y", "yes", "YES", " on ", "1", "true", "True", "t", "n", "no", "NO", "off", "0", "false", "F", "2", "1.0", "0.0", "on\n", "\x1cyes",
    "\u00a0no", "maybe", "yes yes", "\uff59", 2, 0.5, 1.0, 0.0, -0.0, -1, "tru\u0435", "yes\0",
]  # fmt: skip

LISTS = ["a,b", "a, b", ",", "a,,b,", "[1, 2]", "['a']", "a\nb", " a ", "\u00e9,\U0001f600", -3, 1e22]

DICTIONARIES = [
    '{"a": 1}', '{"a": {"b": [1, 2.5, null, true]}}', '{"a": 1, "a": 2}', '{"a": 1} ', '{"a": 1} x', '{"a": 1,}', '{"\\u00e9\\ud83d\\ude00": "\\n"}',
    '{"a": "\\/"}', '{"a": "\t"}', '{"a": 01}', '{"a": 1.}', '{"a": -1e5}', '{"a": 1e5}', "{'a': 1}", "{'a': u'x', 'b': r'\\n'}", "{'a': None, 'b': True}",
    "{'a': (1, 2), 'b': (), 'c': (1), 'd': (1,)}", "{1: 'x', 2.5: 'y', None: 'z', False: 0}", "{'a': 'b' 'c'}", "{'a': 'b'\n'c'}", "{'a': -1, 'b': +1}",
    "{'a': --1}", "{'a': -(1)}", "{'a': 1_000, 'b': 0x_ff, 'c': 0o17, 'd': 0b1}", "{'a': 012}", "{'a': 00}", "{'a': 012.5}", "{'a': 1__0}", "{'a': .5, 'b': 5., 'c': 1e5}",
    "{'a': 1 + 1}", "{'a': x}", "{'a'}", "{'a': }", "{,}", "{'a': 1,, 'b': 2}", "{'a': 1,}", "{a: 1}", "{'a': f'x'}", "{'a': '\\x41\\101\\u00e9\\U0001f600\\q\\'\\\n'}",
    "{'a': '\\x4'}", "{'a': '''x\ny''', 'b': \"\"\"z\"\"\"}", "{'a': 'x\ny'}", "{'a': 1 # comment\n}", "{'a': 1} # comment", "{'a': 1}\n\n", "{'a':\\\n1}", "{'a': 1}\\",
    "{'a': 1\r\n, 'b': '''\r\n'''}", "{'a': 1}\0", "{'a':\u00a01}", "{'a': [[[[[[1]]]]]]}", "{[]: 1}", "{'a': {}, **{}}", "{'a': print()}", "{}", "{ }", "{", "{}}", "{'a': 1}, 2",
    "{} if 1 else {}", "{'a': not True}", "{'a': 1if 1else 2}", "{'a': 'b}", "{'a': rb'x'}", "{'a': ur'x'}", "{'a' 'b': 1}", "{('a'): 1}", "{'a': -True}", "{'a': 0_0}", "{'a': 1.0_1e1_0}",
    "{'a': " + "[" * 90 + "]" * 90 + "}", "{'a': " + "[" * 250 + "]" * 250 + "}", "{'a': " + "(" * 99 + "1" + ")" * 99 + "}",
    "a=1", "a=1,b=2", "a=1, b=2", "a=1 b=2", "a='1 2' b=\"3, 4\"", "a=1\\ 2", "a='it\\'s'", "a=\\\\", "a=1\\", "a=b=c", "=", "=x", "a=", "a=,b=", "a=1 b", "b a=1", "a='open", "a=1\tb=2", "a=1\nb=2",
    " a=1 ", "a=\"'\"", "a=''''", "'a b'=c", "\u00e9=\U0001f600", "\u00a0a=1\u00a0", "a=1,a=2", "a b", "[1]", " {}", "=====", "a= 1", ",=,", "a=b,,c=d", "a={1:2}",
]  # fmt: skip

PATHS = [
    "~", "~/", "~/x", "~root", "~root/x", "~no-such-user/x", "~no\0user", "a~", "/~", "$HOME", "${HOME}/x", "$HOMEx", "$FOLDER", "${FOLDER}", "$EMPTY", "$EMPTY/x", "x$", "$$HOME", "${", "${}", "${HOME",
    "$NONE", "${NONE}", "${NO NE}", "$TILDE/x", "$TILDE$EMPTY", "$\u00e9", "$HOM\u00c9", "\\$HOME", "%HOME%", "$1", "$HOME$HOME", "${HOME}${HOME}", "${${HOME}}", "${HOME}}", "./x", "", " ~", "a\0b", "//x", "~//x", ["~"], 1.0,
]  # fmt: skip

JSON_TEXTS = [
    ' {"a": 1} ', "not json", "\u00a0x\x1c", {"a": 1, "b": [1.0, None, True, "\u00e9\U0001f600\x7f\"\\/\n\b\f\x01"]}, [], {"": {}}, [1e16, 1e-7, -0.0],
    {"\u00e9": "\u2028"}, [[]],
]  # fmt: skip

SIZES = [
    "0", "1", "1024", "1.5", "2.5", "3.5", ".5", "1.", "1b", "1B", "1k", "1K", "1KB", "1Kb", "1kB", "1kb", "1 KB", "1  KB  ", "1KB\n", "1\u00a0K", "1 kilobyte", "1KiloByte", "1kilobytes", "1 kilobit", "2megabyte", "1.5M", "1MB", "1Mb",
    "1G", "1GB", "1T", "1P", "1E", "15E", "1zetabyte", "1zettabyte", "1byte", "1bit", "1bytes", "1BB", "1X", "1KX", "1KBs", "K", "", " 1", "-1", "+1", "1e3", "1_000", "1,5", "1.2.3", "1 1", "\u0661", "1\u212a", 1.5, 2.5, 10**15, 1e15, 1e16,
    "0.49", "0.5K", "1.00000001K", "00001", "1K\0",
]  # fmt: skip


def of_types():
    tables = {
        "str": ANYTHING, "raw": ANYTHING, "int": ANYTHING + INTEGERS, "float": ANYTHING + FLOATS, "bool": ANYTHING + BOOLEANS,
        "list": ANYTHING + LISTS, "dict": ANYTHING + DICTIONARIES, "path": ANYTHING + PATHS, "json": ANYTHING + JSON_TEXTS,
        "jsonarg": ANYTHING + JSON_TEXTS, "bytes": ANYTHING + SIZES, "bits": ANYTHING + SIZES,
    }  # fmt: skip
    for wanted, values in tables.items():
        for value in values:
            yield one(value, type=wanted)
        yield one(None, type=wanted, required=True)
        yield one([values[-1], "1", None, {"a": 1}], type="list", elements=wanted)
        yield one("1,2,x", type="list", elements=wanted)
        yield case({"o": {"type": "dict", "options": {"p": {"type": wanted}}}}, {"o": {"p": "x"}})
        yield case({"o": {"type": "list", "elements": "dict", "options": {"p": {"type": "list", "elements": wanted}}}}, {"o": [{"p": ["x", {}]}, {"p": "1,2"}]})
        for value in ("abc", 5, True, {"k": 1}, None):
            yield one(value, type=wanted, elements="str")
        yield case({"p": {"type": wanted, "no_log": True}}, {"p": "1"})


def of_choices():
    for choices in (["a", "b"], ["yes", "no"], ["yes", "on", "no"], ["on", "off"], [True, False], [1, 0], [1, True, "x"], [1, 2.5, None], ["True"], [[1], {"a": 1}], ["1", 1]):
        for value in ("a", "c", "True", "False", True, False, 1, 1.0, "1", None, ["a", "c"], ["True"], [1, "x", None], {}):
            yield one(value, type="raw", choices=choices)
            yield one(value, choices=choices)
    yield one("x,a", type="list", elements="str", choices=["a", "b"])
    yield one("3,1", type="list", elements="int", choices=[1, 2])
    yield one("2", type="int", choices=[1, 2])
    yield one("a", type="int", choices=[1, 2])
    yield case({"p": {"choices": ["a"], "default": "b"}}, {})
    yield case({"o": {"type": "dict", "options": {"p": {"choices": ["a"]}}}}, {"o": {"p": "b"}})
    yield case({"o": {"type": "list", "elements": "dict", "options": {"p": {"type": "list", "choices": ["a"]}}}}, {"o": [{"p": "b"}, {"p": "a,c"}]})


def of_defaults():
    for default in ("x", 0, False, "", [], {}, [1], {"a": 1}, "12", 1.5):
        for wanted in ("str", "int", "raw", "list", "dict", "bool"):
            yield case({"p": {"type": wanted, "default": default}}, {})
            yield case({"p": {"type": wanted, "default": default}}, {"p": None})
    yield case({"p": {"required": True, "default": "x"}}, {"p": "y"})
    yield case({"a": {"aliases": ["b"]}, "p": {"required": True, "default": "x"}, "c": {"aliases": ["d"]}}, {"b": 1, "d": 2})
    yield case({"p": {"required": True, "default": "x"}}, {"q": 1})
    yield case({"p": {"required": True}}, {"p": None})
    yield case({"p": {"required": True}, "b": {"required": True}, "a": {"required": True}}, {})
    yield case({"o": {"type": "dict", "options": {"z": {"required": True}, "a": {"required": True}}}}, {"o": {}})
    yield case({"o": {"type": "dict", "options": {"p": {"required": True, "default": 1}}}}, {"o": {"p": 2}})


def of_names():
    aliases = {"p": {"aliases": ["x", "y"]}, "q": {"aliases": ["z"], "type": "int"}}
    for parameters in ({"x": 1}, {"y": 1}, {"x": 1, "y": 2}, {"p": 0, "x": 1}, {"p": None, "y": None}, {"z": "5"}, {"w": 1}, {"w": 1, "v": 2, "x": 3}, {"W": 1}, {"": 1}, {"p ": 1}, {"z": "five"}):
        yield case(aliases, parameters)
    yield case({}, {"a": 1})
    yield case({}, {})
    options = {"s": {"type": "int", "aliases": ["t"]}, "u": {"type": "list", "elements": "str"}}
    for wanted in ({"type": "dict"}, {"type": "list", "elements": "dict"}):
        for value in ({"s": "1"}, {"t": "1"}, {"v": 1}, [{"s": "1"}, {"t": "2"}], [{"v": 1}, {"w": 2}], "s=1", "t=1", '{"s": "1", "v": 2}', ["s=1", "t=x"], "x", ["x"], [1], [None], [[]], 5, [], {}, None, "", True):
            yield case({"o": {**wanted, "options": options}}, {"o": value})
            yield case({"o": {**wanted, "options": options, "aliases": ["a"]}}, {"a": value})
            yield case({"o": {**wanted, "options": options, "no_log": True, "apply_defaults": True}}, {"o": value, "n": 1})
    yield case({"o": {"type": "dict", "options": {"i": {"type": "list", "elements": "dict", "options": options}}}}, {"o": {"i": [{"s": 1}, {"q": 1}], "r": 1}, "n": 1})
    for wanted in ({"type": "dict"}, {"type": "list", "elements": "dict"}, {"type": "raw"}, {}):
        yield case({"o": {**wanted, "apply_defaults": True, "options": {"s": {"default": 1}, "u": {"required": True}}}}, {})
        yield case({"o": {**wanted, "apply_defaults": True}}, {})
        yield case({"o": {**wanted, "apply_defaults": True, "options": {"s": {"default": 1}}}}, {"o": None})


def of_secrets():
    secret = {"no_log": True}
    for value in ("s", "", 0, 1, 1.5, True, None, ["a", ["b", {"k": "c"}], 2, None, False, ""], {"a": "x", "b": {"c": 3.0}}, "a,b"):
        for wanted in ("str", "raw", "list", "dict", "int"):
            yield one(value, type=wanted, **secret)
    yield case({"p": {**secret, "default": "d"}, "q": {**secret, "default": 7, "type": "int"}, "r": {**secret, "default": True, "type": "bool"}, "s": {**secret, "default": ""}}, {})
    yield case({"p": {**secret, "fallback": ["env_fallback", ["SECRET"]]}, "q": {**secret, "fallback": ["env_fallback", ["EMPTY"]]}}, {})
    yield case({"p": {**secret, "aliases": ["a"]}}, {"p": "one", "a": "two"})
    for wanted in ({"type": "dict"}, {"type": "list", "elements": "dict"}, {"type": "raw"}):
        options = {"k": {**secret, "aliases": ["kk"]}, "l": {"type": "dict", "options": {"m": {**secret, "default": "deep"}}}, "e": {**secret, "fallback": ["env_fallback", ["SECRET"]]}}
        for value in ({"k": "x"}, {"kk": "x"}, {"l": {"m": 5}}, {"l": "m=7"}, "k=y", "k=y,l", [{"k": "x"}, {"k": "y"}], [{"k": "x"}, 3, {"k": "z"}], ["k=y", {"l": {}}], None):
            yield case({"o": {**wanted, "options": options}}, {"o": value})


def of_fallbacks():
    def fallback(*names):
        return {"fallback": ["env_fallback", list(names)]}

    for argument in ({}, {"type": "int"}, {"type": "list"}, {"required": True}, {"default": "x"}, {"aliases": ["a"]}, {"choices": ["12"]}):
        for names in (["COUNT"], ["NONE"], ["NONE", "COUNT"], ["COUNT", "TRUTH"], ["EMPTY", "COUNT"], []):
            yield case({"p": {**argument, **fallback(*names)}}, {})
            yield case({"p": {**argument, **fallback(*names)}}, {"p": None})
        yield case({"p": {"aliases": ["a"], **fallback("COUNT")}}, {"a": "5"})
    yield case({"p": {"type": "bool", **fallback("TRUTH")}, "q": {"type": "path", **fallback("FOLDER")}}, {})
    yield case({"o": {"type": "dict", "options": {"p": {"type": "int", **fallback("COUNT")}}}}, {"o": {}})
    yield case({"p": fallback("COUNT"), "q": {}}, {"q": 1}, mutually_exclusive=[["p", "q"]])


def of_rules():
    spec = {"a": {}, "b": {"type": "int"}, "c": {"default": "x"}, "d": {"aliases": ["e"]}}
    given = ({}, {"a": 1}, {"a": "x", "b": 2}, {"a": None}, {"b": "2"}, {"e": 1}, {"d": 1, "e": 1}, {"a": 1, "b": None, "d": "y"}, {"b": "bad"}, {"a": "2"})
    rules = (
        {"mutually_exclusive": [["a", "b"]]}, {"mutually_exclusive": [["a", "b"], ["d", "e"], ["a", "d"]]}, {"mutually_exclusive": ["a", "b"]}, {"mutually_exclusive": [["a", "a"]]},
        {"mutually_exclusive": [["a", "c"]]}, {"mutually_exclusive": []}, {"mutually_exclusive": [[]]}, {"mutually_exclusive": None},
        {"required_together": [["a", "b"]]}, {"required_together": [["a", "b"], ["b", "d"]]}, {"required_together": [["a", "c"]]}, {"required_together": [[]]},
        {"required_one_of": [["a", "b"]]}, {"required_one_of": [["c"]]}, {"required_one_of": [["d", "e"], ["a"]]}, {"required_one_of": [[]]}, {"required_one_of": [["nope"]]},
        {"required_if": [["a", "x", ["b"]]]}, {"required_if": [["b", 2, ["a", "d"]]]}, {"required_if": [["b", 2, ["a", "d"], True]]}, {"required_if": [["b", 2.0, ["d", "e"], True], ["c", "x", ["a"]]]},
        {"required_if": [["b", "2", ["d"]]]}, {"required_if": [["a", None, ["b"]]]}, {"required_if": [["c", "x", []]]}, {"required_if": [["c", "x", [], True]]}, {"required_if": [["c", "x", ["a", "b"], False]]},
        {"required_by": {"a": ["b"]}}, {"required_by": {"a": "b"}}, {"required_by": {"c": ["a", "b"], "d": "a"}}, {"required_by": {"a": ["c"], "b": ["nope"]}}, {"required_by": {"a": []}},
    )  # fmt: skip
    for rule in rules:
        for parameters in given:
            yield case(spec, parameters, **rule)
            yield case({"o": {"type": "dict", "options": spec, **rule}}, {"o": parameters})
        yield case({"o": {"type": "list", "elements": "dict", "options": {"i": {"type": "dict", "options": spec, **rule}}}}, {"o": [{"i": p} for p in given]})
    yield case(spec, {"a": 1, "b": "bad", "z": 1}, mutually_exclusive=[["a", "b"]], required_one_of=[["nope"]], required_if=[["c", "x", ["d"]]], required_by={"a": "d"}, required_together=[["a", "d"]])


def of_size():
    """Input that is large or deep."""
    yield one("x" * 1_000_000, type="int")
    yield one(" " * 100_000 + "yes" + " " * 100_000, type="bool")
    yield one(",".join("x" * 50_000), type="list", elements="int")
    yield one("a=" + "\\'" * 100_000, type="dict")
    yield one("{" * 100_000, type="dict")
    yield one("$X" * 10_000 + "~", type="path")
    yield case({"p": {"choices": ["a"]}}, {"p": "\u00e9" * 100_000})
    yield case({"p": {}}, {"n%d" % number: number for number in range(2000)})
    spec, value = {"p": {"type": "int"}}, {"p": "1"}
    for _ in range(25):
        spec, value = {"o": {"type": "dict", "options": spec}}, {"o": value}
    yield case(spec, value)


def all_cases():
    return [
        picked
        for group in (of_types, of_choices, of_defaults, of_names, of_secrets, of_fallbacks, of_rules, of_size)
        for picked in group()
    ]
