"""Form schemas: which JSON Schemas a task may bring.

An agent writes the schema and the server runs it on what a person sends: see `intents.kernel.jsonschema.schemas`.
"""

from typing import Any

from intents.kernel.errors import InvalidField
from intents.kernel.jsonschema import schemas
from intents.kernel.jsonschema.paths import named


def check_schema(schema: dict[str, Any], *, field: str) -> None:
    """Raises InvalidField below `field` unless `schema` is a JSON Schema (2020-12) for an object that may be run here."""
    schemas.check(schema, field=field, what="a form schema")
    if schema.get("type", "object") != "object":
        raise InvalidField(f"{field}.type", 'a form is an object: {"type": "object", "properties": {...}}')


def asked(schema: Any, root: dict[str, Any] | None = None) -> dict[str, Any]:
    """The properties that a checked form may ask for, those of its parts and branches too, each with its first schema."""
    root = schema if root is None else root
    if not isinstance(schema, dict):
        return {}
    parts = [named(root, schema["$ref"])] if "$ref" in schema else []
    parts += [part for name in ("allOf", "anyOf", "oneOf") for part in schema.get(name, ())]
    parts += [schema[name] for name in ("if", "then", "else") if name in schema]
    found = dict(schema.get("properties", {}))
    for part in parts:
        found = asked(part, root) | found
    return found
