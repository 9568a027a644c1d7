#!/usr/bin/env python3
"""Reads the collections and settings from Mist's OpenAPI document and prints src/objects/document.json, with `--fields`
src/objects/fields.json, or with `--searches` src/searches.json.

    scripts/read-document.py OPENAPI.JSON > src/objects/document.json
    scripts/read-document.py --fields OPENAPI.JSON > src/objects/fields.json
    scripts/read-document.py --searches OPENAPI.JSON > src/searches.json

The committed files are generated from version 2607.1.0 of https://github.com/mistsys/mist_openapi (MIT). One line is one
kind of object:

  scope, name   the path: /api/v1/{scope}s/{id}/{name}
  methods       methods of the collection (GET, POST) and of one object (get, put, post, delete)
  list          path of the list, if it is not the collection
  item          path of one object, if it is not the collection and an id
  id            field in the path of one object, if it is not a UUID
  required      fields that a creation requires
  read_only     read-only fields
  fixed         fields that only a creation can set
  filters       parameters of the list that select by a field, with their defaults
  fields        all top-level fields
  defaults      scalar defaults of top-level fields
  summary       fields that the list omits
  read_is_list  reading one object returns a list of one
  secrets       paths of secrets

`others` are the names below a scope that are not a kind here.

fields.json has the types and scalar defaults of all fields at any depth. `kinds` maps a kind to the index of its shape.
A shape maps each field to its type: `t` text, `i` integer, `n` number, `b` boolean, `?` any other or several types, the
index of a shape for a dictionary, `["l", TYPE]` a list, `["m", TYPE]` a dictionary with any keys, and
`["d", TYPE, DEFAULT]` a type with a default.

searches.json has the paths that list rows: searches, statistics, logs. `body` are the fields of the response around the
rows, empty for a bare list. `takes` are the parameters. `row` has the fields of a row and their types, a dictionary inside.
"""

import json
import re
import sys

SCOPES = ("org", "site", "msp")
METHODS = ("get", "post", "put", "delete")

# Collections that are not configuration: people, invitations, tickets, licenses, running jobs, and the tokens, which the
# simulator implements separately.
NOT_CONFIGURATION = {"admins", "invites", "tickets", "licenses", "apitokens", "orgs", "marvisinvites", "sdkinvites",
                     "sdkclients", "rfdiags", "pcaps", "marvis_configs", "marvisclients", "jsi"}

# The document describes these in text only, or by a schema of the list with fewer fields than that of the object.
SUMMARIES = {"evpn_topologies": ["switches", "switch_configs"], "rssizones": ["devices"]}
# The document calls these read-only, but a creation needs them.
FIXED = {"deviceprofiles": ["type"], "zones": ["map_id"]}
# Read-only for switches and gateways, and writable for access points.
WRITABLE = {"devices": ["deviceprofile_id"]}
KNOWN_BY_MAC = {"guests", "otherdevices"}

# The cloud sets these in every object.
EVERYWHERE = ["id", "org_id", "site_id", "msp_id", "created_time", "modified_time", "for_site"]

SECRET = re.compile(r"(^|_)(password|passphrase|psk|secret|api_?key|api_?token|auth_key|auth_token|secret_token|"
                    r"client_key|account_key|splunk_token|conductor_token)$")
SECRET_BELOW = {("custom_apps", "key"), ("server_cert", "key"), ("device_cert", "key"), ("auth", "keys")}


def main(path, mode):
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    schemas = document["components"]["schemas"]

    def followed(schema):
        while "$ref" in schema:
            schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def parts(schema):
        """The schema and the schemas that it combines."""
        schema = followed(schema)
        yield schema
        for word in ("allOf", "oneOf", "anyOf"):
            for part in schema.get(word, []):
                yield from parts(part)

    def properties(schema):
        return {name: value for part in parts(schema) for name, value in part.get("properties", {}).items()}

    def body(operation):
        content = (operation or {}).get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("schema", {})

    def answers_list(operation):
        answer = (operation or {}).get("responses", {}).get("200", {})
        if "$ref" in answer:
            answer = document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        return followed(schema).get("type") == "array"

    def filters(operation, fields):
        found = {}
        for parameter in (operation or {}).get("parameters", []):
            if "$ref" in parameter:
                parameter = document["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[1]]
            if parameter["in"] == "query" and parameter["name"] in set(fields) - set(EVERYWHERE):
                found[parameter["name"]] = followed(parameter.get("schema", {})).get("default")
        return found

    def look_for_secrets(schema, path, seen, found):
        """Adds the paths of the secrets below to `found`: `[]` is an item, `*` a key."""
        names = [step for step in path if step not in ("[]", "*")]
        name, above = (names[-1] if names else ""), (names[-2] if len(names) > 1 else "")
        for part in parts(schema):
            for child, value in part.get("properties", {}).items():
                # A schema can contain itself.
                if seen.count(child) < 2:
                    look_for_secrets(value, path + [child], seen + [child], found)
            for step, inner in (("[]", part.get("items")), ("*", part.get("additionalProperties"))):
                if isinstance(inner, dict) and len(path) < 12:
                    look_for_secrets(inner, path + [step], seen, found)
            kinds = part.get("type") or []
            texts = "string" in (kinds if isinstance(kinds, list) else [kinds])
            secret = part.get("format") == "password" or SECRET.search(name)
            if texts and names and (secret or (above, name) in SECRET_BELOW):
                found.add(".".join(path).replace(".[]", "[]"))

    shapes, known = [], {}

    def shape_of(schema, seen):
        """The index of the shape of a dictionary. Equal shapes have one index."""
        fields = {}
        for part in parts(schema):
            for name, value in part.get("properties", {}).items():
                # A schema can contain itself.
                if seen.count(name) < 2:
                    fields.setdefault(name, type_of(value, seen + [name]))
        key = json.dumps(fields, sort_keys=True)
        if key not in known:
            known[key] = len(shapes)
            shapes.append(dict(sorted(fields.items())))
        return known[key]

    def type_of(schema, seen):
        words = set()
        for part in parts(schema):
            kinds = part.get("type") or ([] if not part.get("properties") else ["object"])
            words |= set(kinds if isinstance(kinds, list) else [kinds])
        words -= {"null"}
        if words == {"object"} and any(part.get("properties") for part in parts(schema)):
            return shape_of(schema, seen)
        inner = [part[word] for part in parts(schema) for word in ("items", "additionalProperties")
                 if isinstance(part.get(word), dict)]
        if words in ({"array"}, {"object"}) and len(inner) == 1 and len(seen) < 12:
            return ["l" if words == {"array"} else "m", type_of(inner[0], seen)]
        letter = {"string": "t", "integer": "i", "number": "n", "boolean": "b"}
        found = letter.get(words.pop(), "?") if len(words) == 1 else "?"
        default = followed(schema).get("default", schema.get("default"))
        return ["d", found, default] if isinstance(default, (bool, int, float, str)) else found

    def row_of(schema, depth):
        fields = {}
        for name, value in sorted(properties(schema).items()):
            found = type_of(value, [name])
            found = found[1] if isinstance(found, list) and found[0] == "d" else found
            if isinstance(found, int):
                fields[name] = row_of(value, depth + 1) if depth < 2 else {}
            else:
                fields[name] = found[0] if isinstance(found, list) else found
        return fields

    if mode == "--searches":
        lines = []
        for path, operations in sorted(document["paths"].items()):
            words = path.split("/")
            listing = words[-1] in ("search", "logs") or ("stats" in words[:-1] and words[-1] != "count")
            if "get" not in operations or not listing or "insights" in words and words[-1] != "search":
                continue
            answer = operations["get"]["responses"]["200"]
            if "$ref" in answer:
                answer = document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
            schema = followed(answer["content"]["application/json"]["schema"])
            body = properties(schema)
            rows = followed(body.get("results", {})) if "results" in body else schema
            if rows.get("type") != "array" and not ("results" in body and properties(rows)):
                continue
            takes = []
            for parameter in operations.get("parameters", []) + operations["get"].get("parameters", []):
                if "$ref" in parameter:
                    parameter = document["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[1]]
                if parameter["in"] == "query":
                    takes.append(parameter["name"])
            row = row_of(rows["items"] if "items" in rows else rows, 0)
            entry = {"path": path.removeprefix("/api/v1/"), "body": sorted(body) if "results" in body else [], "takes": takes, "row": row}
            lines.append(json.dumps(entry, separators=(",", ":")))
        print("[\n" + ",\n".join(lines) + "\n]")
        return

    kinds, kind_shapes = [], {}
    for scope in SCOPES:
        start = f"/api/v1/{scope}s/{{{scope}_id}}/"
        for collection, operations in sorted(document["paths"].items()):
            name = collection.removeprefix(start)
            if name == collection or "/" in name or name in NOT_CONFIGURATION:
                continue
            pattern = re.compile(re.escape(collection) + r"/\{[a-z_]+\}$")
            items = [path for path in document["paths"] if pattern.match(path)]
            item = document["paths"][items[0]] if items else {}
            if (scope, name) == ("org", "sites"):
                item = document["paths"]["/api/v1/sites/{site_id}"]
            changes = item.get("put") or item.get("post")
            if name == "setting":
                kind_methods, schema = "get put", body(operations["put"])
            elif changes and "delete" in item or name == "devices" and changes:
                whole = [word.upper() for word in ("get", "post") if word in operations]
                kind_methods = " ".join(whole + [word for word in METHODS if word in item])
                schema = body(operations.get("post")) or body(changes)
            else:
                continue
            fields = properties(schema)
            searched = document["paths"].get(f"{collection}/search", {})
            secrets = set()
            look_for_secrets(schema, [], [], secrets)
            read_only = [field for field, value in fields.items() if followed(value).get("readOnly") or value.get("readOnly")]
            defaults = {field: followed(value).get("default", value.get("default")) for field, value in fields.items()}
            kind = {
                "scope": scope,
                "name": name,
                "methods": kind_methods,
                "list": "search" if searched and "get" not in operations else None,
                "item": "/api/v1/sites" if (scope, name) == ("org", "sites") else None,
                "id": "mac" if name in KNOWN_BY_MAC else None,
                "required": sorted({field for part in parts(schema) for field in part.get("required", [])}
                                   if not followed(schema).get("oneOf") else followed(schema).get("required", [])),
                "read_only": sorted(field for field in read_only
                                    if field not in EVERYWHERE and field not in FIXED.get(name, []) + WRITABLE.get(name, [])),
                "fixed": FIXED.get(name),
                "filters": filters(operations.get("get") or searched.get("get"), fields),
                "defaults": {field: value for field, value in sorted(defaults.items())
                             if isinstance(value, (bool, int, float, str))},
                "summary": SUMMARIES.get(name),
                "read_is_list": answers_list(item.get("get")) or None,
                "secrets": sorted(secrets),
                "fields": sorted(field for field in fields if field not in EVERYWHERE),
            }
            kind_shapes[f"{scope} {name}"] = shape_of(schema, [])
            kinds.append({field: value for field, value in kind.items() if value not in (None, [], {})})

    if mode == "--fields":
        lines = ",\n".join(json.dumps(shape, separators=(",", ":")) for shape in shapes)
        print(f'{{"kinds": {json.dumps(kind_shapes)},\n"shapes": [\n{lines}\n]}}')
        return
    others = {scope: sorted({path.split("/")[5] for path in document["paths"]
                             if path.startswith(f"/api/v1/{scope}s/{{{scope}_id}}/") and "{" not in path.split("/")[5]}
                            - {kind["name"] for kind in kinds if kind["scope"] == scope}) for scope in SCOPES}
    lines = ",\n".join("  " + json.dumps(kind, separators=(",", ":")) for kind in kinds)
    version = document["info"]["version"]
    print(f'{{"version": {json.dumps(version)},\n "others": {json.dumps(others)},\n "kinds": [\n{lines}\n]}}')


main(sys.argv[-1], sys.argv[1])
