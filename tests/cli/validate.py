#!/usr/bin/env python3
"""Holds JSON documents against schemas/output/: validate.py SCHEMA-FOLDER [FILE...] (standard input otherwise).

Each document names its schema ("valise.trip/1") or is {"error": ...}. Knows the part of JSON Schema 2020-12
that the schemas use, and refuses a schema that uses more, so that no rule is passed over in silence.
"""
import json
import pathlib
import re
import sys

KNOWN = {"$schema", "$id", "$defs", "$ref", "title", "description", "type", "properties", "required",
         "additionalProperties", "items", "enum", "const", "pattern", "minimum", "maximum", "minItems", "maxItems",
         "minLength"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


class Schemas:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.loaded = {}

    def load(self, name):
        if name not in self.loaded:
            path = self.folder / name
            if not path.is_file():
                raise SystemExit(f"no schema {path}")
            self.loaded[name] = json.loads(path.read_text(encoding="utf-8"))
        return self.loaded[name]

    def resolve(self, ref, name):
        where, _, pointer = ref.partition("#")
        name = where or name
        node = self.load(name)
        for part in pointer.strip("/").split("/"):
            if part:
                node = node[part]
        return node, name


def has_type(value, wanted):
    if wanted == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[wanted])


def same(a, b):
    return type(a) is type(b) and a == b


def check(schemas, node, name, value, at, found):
    unknown = set(node) - KNOWN
    if unknown:
        raise SystemExit(f"{name}: this validator does not know {', '.join(sorted(unknown))}")
    if "$ref" in node:
        target, where = schemas.resolve(node["$ref"], name)
        check(schemas, target, where, value, at, found)
    if "type" in node:
        wanted = node["type"] if isinstance(node["type"], list) else [node["type"]]
        if not any(has_type(value, one) for one in wanted):
            found.append(f"{at}: {json.dumps(value)[:60]} is not {' or '.join(wanted)}")
            return
    if "enum" in node and not any(same(value, one) for one in node["enum"]):
        found.append(f"{at}: {json.dumps(value)} is none of {json.dumps(node['enum'])}")
    if "const" in node and not same(value, node["const"]):
        found.append(f"{at}: {json.dumps(value)} is not {json.dumps(node['const'])}")
    if isinstance(value, str):
        if "pattern" in node and not re.search(node["pattern"], value):
            found.append(f"{at}: “{value}” does not match {node['pattern']}")
        if len(value) < node.get("minLength", 0):
            found.append(f"{at}: too short")
    if has_type(value, "number"):
        if value < node.get("minimum", value) or value > node.get("maximum", value):
            found.append(f"{at}: {value} is out of range")
    if isinstance(value, list):
        if len(value) < node.get("minItems", 0) or len(value) > node.get("maxItems", len(value)):
            found.append(f"{at}: {len(value)} items")
        for i, item in enumerate(value):
            check(schemas, node.get("items", {}), name, item, f"{at}[{i}]", found)
    if isinstance(value, dict):
        properties = node.get("properties", {})
        for key in node.get("required", []):
            if key not in value:
                found.append(f"{at}: “{key}” is missing")
        for key, item in value.items():
            if key in properties:
                check(schemas, properties[key], name, item, f"{at}.{key}", found)
            elif node.get("additionalProperties", True) is False:
                found.append(f"{at}: “{key}” is not in the schema")


def unique(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError("a key stands twice in one object")
    return dict(pairs)


def validate(schemas, text, label):
    document = json.loads(text, object_pairs_hook=unique)
    if isinstance(document, dict) and set(document) == {"error"}:
        name = "error.schema.json"
    else:
        named = re.fullmatch(r"valise\.([a-z-]+)/1", str(document.get("schema", "")))
        if not named:
            return [f"{label}: names no schema"]
        if next(iter(document)) != "schema":
            return [f"{label}: “schema” does not come first"]
        name = f"{named.group(1)}.schema.json"
    found = []
    check(schemas, schemas.load(name), name, document, label, found)
    return found


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    schemas = Schemas(sys.argv[1])
    found = []
    for path in sys.argv[2:] or ["-"]:
        text = sys.stdin.read() if path == "-" else pathlib.Path(path).read_text(encoding="utf-8")
        try:
            found += validate(schemas, text, path)
        except ValueError as wrong:
            found.append(f"{path}: {wrong}")
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
