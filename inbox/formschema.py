"""Form schemas: which JSON Schemas a task may bring.

An agent writes the schema and the server runs it on what a person sends. So a schema stays small, names nothing outside of
itself, never recurses, and its patterns run in linear time (the Rust engine that pydantic uses, not Python's).
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from pydantic import StringConstraints, TypeAdapter
from pydantic_core import SchemaError as BadPattern

from intents import canonical
from intents.errors import InvalidField

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_BYTES = 32 * 1024
MAX_PATTERN = 500
MAX_SUBSCHEMAS = 500
"""With references followed, so that no small schema stands for a huge one."""

_ONE = (
    "additionalProperties",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
)
_LIST = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAP = ("$defs", "definitions", "dependentSchemas", "properties")
_REFUSED = ("$anchor", "$dynamicAnchor", "$dynamicRef", "$vocabulary", "patternProperties")


def check_schema(schema: dict[str, Any], *, field: str) -> None:
    """Raises InvalidField below `field` unless `schema` is a JSON Schema (2020-12) for an object that may be run here."""
    if len(canonical.dumps(schema).encode()) > MAX_BYTES:
        raise InvalidField(field, f"a form schema holds at most {MAX_BYTES} bytes")
    if "$schema" in schema and schema["$schema"] not in (DIALECT, f"{DIALECT}#"):
        raise InvalidField(f"{field}.$schema", f"only {DIALECT} is understood")
    try:
        # Patterns are read by another engine below.
        Draft202012Validator.check_schema(schema, format_checker=None)
    except SchemaError as error:
        raise InvalidField(join(field, error.absolute_path), error.message[:300]) from None
    if schema.get("type", "object") != "object":
        raise InvalidField(f"{field}.type", 'a form is an object: {"type": "object", "properties": {...}}')
    _Survey(schema).visit(schema, field, ())


class _Survey:
    """A walk over every place where a schema may hold a schema, following references as often as they are used."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._seen = 0

    def visit(self, schema: Any, field: str, through: tuple[str, ...]) -> None:
        """`through` are the references that lead here."""
        self._seen += 1
        if self._seen > MAX_SUBSCHEMAS:
            raise InvalidField(field, f"a form schema holds at most {MAX_SUBSCHEMAS} schemas, references counted each time")
        if not isinstance(schema, dict):
            return
        for name in _REFUSED:
            if name in schema:
                raise InvalidField(f"{field}.{name}", "not supported in a form")
        if "$id" in schema and schema is not self._root:
            raise InvalidField(f"{field}.$id", "not supported in a form")
        if "pattern" in schema:
            check_pattern(schema["pattern"], field=f"{field}.pattern")
        for inner, where in _parts(schema, field):
            self.visit(inner, where, through)
        if "$ref" in schema:
            reference = schema["$ref"]
            if reference in through:
                raise InvalidField(f"{field}.$ref", "a form schema cannot refer to itself")
            self.visit(self._target(reference, f"{field}.$ref"), f"{field}.$ref", (*through, reference))

    def _target(self, reference: str, field: str) -> Any:
        found = named(self._root, reference)
        if not isinstance(found, dict | bool):
            raise InvalidField(field, "only a schema of this one's own can be referred to, like #/$defs/name")
        return found


def _parts(schema: dict[str, Any], field: str) -> Iterator[tuple[Any, str]]:
    for name in _ONE:
        if name in schema:
            yield schema[name], f"{field}.{name}"
    for name in _LIST:
        for index, inner in enumerate(schema.get(name, ())):
            yield inner, f"{field}.{name}.{index}"
    for name in _MAP:
        for key, inner in schema.get(name, {}).items():
            yield inner, f"{field}.{name}.{key}"


def join(field: str, path: Iterable[Any]) -> str:
    """The path of a place below `field`."""
    return ".".join((field, *(str(part)[:80] for part in path)))


def named(root: dict[str, Any], reference: str) -> Any:
    """The schema that `#/$defs/name` (or the older `#/definitions/name`) leads to in `root`, else None."""
    match = re.fullmatch(r"#/(\$defs|definitions)/([^/]+)", reference)
    if match is None:
        return None
    return root.get(match[1], {}).get(unquote(match[2]).replace("~1", "/").replace("~0", "~"))


def check_pattern(pattern: str, *, field: str) -> None:
    """Raises InvalidField for a pattern that cannot be run in linear time."""
    if len(pattern) > MAX_PATTERN:
        raise InvalidField(field, f"a pattern holds at most {MAX_PATTERN} characters")
    try:
        reader(pattern)
    except BadPattern:
        raise InvalidField(field, "no pattern without look-around and back-references could be read here") from None


@lru_cache(256)
def reader(pattern: str) -> TypeAdapter[str]:
    """Accepts the texts in which `pattern` is found. It runs in linear time."""
    return TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])
