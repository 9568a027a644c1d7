"""Reads the schemas of an OpenAPI document, for scripts/kinds."""
import json

SCALARS = {"string": [str], "integer": [int], "number": [int, float], "boolean": [bool]}


class Node:
    """The known facts of a value."""

    def __init__(self):
        self.types, self.fields, self.any, self.item = set(), {}, None, None
        self.default, self.read_only, self.nullable, self.format = None, False, False, None
        self.required, self.values, self.pattern = set(), {}, None

    def absorb(self, other):
        """Adds the facts of another value that can occur in the same place."""
        self.allow(other)
        self.types |= other.types
        for name, node in other.fields.items():
            if name in self.fields:
                both = Node()
                mine = self.fields[name]
                both.absorb(mine)
                both.read_only, both.nullable = mine.read_only, mine.nullable
                both.default, both.format = mine.default, mine.format
                both.absorb(node)
                both.read_only &= node.read_only
                both.nullable |= node.nullable
                if mine.default != node.default:
                    both.default = None
                self.fields[name] = both
            else:
                self.fields[name] = node
        for part in ("any", "item"):
            mine, theirs = getattr(self, part), getattr(other, part)
            if mine is not None and theirs is not None and mine is not theirs:
                both = Node()
                both.absorb(mine)
                both.absorb(theirs)
                setattr(self, part, both)
            elif mine is None:
                setattr(self, part, theirs)

    def allow(self, other):
        """Adds the values of an alternative. A type that one of them does not enumerate is free."""
        for word in SCALARS:
            mine, theirs = self.values.get(word), other.values.get(word)
            if word in self.types and word in other.types:
                self.values[word] = sorted({*mine, *theirs}, key=str) if mine and theirs else None
            elif word in other.types:
                self.values[word] = theirs
        if "object" in other.types:
            self.required = self.required & other.required if "object" in self.types else set(other.required)
        self.pattern = self.pattern or other.pattern

    def enumeration(self):
        """The words of the enumeration of this value."""
        return [json.dumps(one) if isinstance(one, bool) else str(one) for values in self.values.values() for one in values or ()]


class Document:
    def __init__(self, text):
        self.json = json.loads(text)
        self.known = {}

    def resolve(self, schema, stack=()):
        """The node of a schema."""
        node = Node()
        if not isinstance(schema, dict):
            return node
        if "$ref" in schema:
            ref = schema["$ref"]
            if ref in stack:
                return node
            if ref not in self.known:
                target = self.json
                for part in ref.removeprefix("#/").split("/"):
                    target = target[part]
                self.known[ref] = self.resolve(target, stack + (ref,))
            base = self.known[ref]
            node.__dict__.update(base.__dict__)
            node.types, node.fields = set(base.types), dict(base.fields)
            node.required, node.values = set(base.required), dict(base.values)
        for word in ("allOf", "oneOf", "anyOf"):
            for part in schema.get(word, []):
                other, required = self.resolve(part, stack), set(node.required)
                node.absorb(other)
                if word == "allOf":
                    node.required = required | other.required
                node.nullable |= other.nullable
                node.format = node.format or other.format
        types = schema.get("type", [])
        for word in [types] if isinstance(types, str) else types:
            if word == "null":
                node.nullable = True
            else:
                node.types.add(word)
        node.nullable |= "null" in node.types
        node.types.discard("null")
        given = [one for one in schema.get("enum", []) if one is not None]
        for word in SCALARS:
            if word in node.types and (given or word not in node.values):
                node.values[word] = [one for one in given if type(one) in SCALARS[word]] or None
        node.required |= set(schema.get("required", []))
        node.pattern = schema.get("pattern", node.pattern)
        if "properties" in schema:
            node.types.add("object")
            for name, inner in schema["properties"].items():
                node.fields[name] = self.resolve(inner, stack)
        if isinstance(schema.get("additionalProperties"), dict):
            node.types.add("object")
            node.any = self.resolve(schema["additionalProperties"], stack)
        if isinstance(schema.get("items"), dict):
            node.types.add("array")
            node.item = self.resolve(schema["items"], stack)
        if "default" in schema:
            node.default = schema["default"]
        node.read_only |= bool(schema.get("readOnly"))
        node.format = schema.get("format", node.format)
        return node

    def body(self, operation):
        content = operation.get("requestBody", {})
        if "$ref" in content:
            target = self.json
            for part in content["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            content = target
        return content.get("content", {}).get("application/json", {}).get("schema", {})

    def answer(self, operation):
        content = operation.get("responses", {}).get("200", {})
        if "$ref" in content:
            target = self.json
            for part in content["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            content = target
        schemas = [body.get("schema", {}) for body in content.get("content", {}).values()]
        return schemas[0] if schemas else {}
