"""The differences from ansible-core that are meant, and those between its versions."""

# Why; the argument of the option p; the parameters; what the program makes of it: "refused", or the value of p.
# JSON, because some of it cannot be said in Python. The words "JSON form" speak of serde_json's numbers and UTF-8.
MEANT = [
    # An integer of more than 64 bits has no JSON form: where it is wanted it is refused, elsewhere it is a float.
    ("a large integer", '{"type": "int"}', '{"p": "18446744073709551616"}', "refused"),
    ("a large size", '{"type": "bytes"}', '{"p": "1Y"}', "refused"),
    ("a large integer among the parameters", '{"type": "str"}', '{"p": 100000000000000000000}', "1e+20"),
    ("a large integer within a dictionary", '{"type": "dict"}', '{"p": "{\\"a\\": 18446744073709551616}"}', {"a": 18446744073709551616.0}),
    ("an integer of minus zero", '{"type": "str"}', '{"p": -0}', "-0.0"),
    # What is not finite has no JSON form; as output it would make the module's result unreadable.
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
    # A table of the names of all characters, for an escape that nobody writes in a playbook, would be sent to every host.
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


def in_new_words(message, version):
    return message


def depends_on_version(case, version):
    return None
