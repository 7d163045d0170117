"""Form schemas: which JSON Schemas a task may bring.

An agent writes the schema and the server runs it on what a person sends. So a schema stays small, names nothing outside of
itself, never recurses, and its patterns are small and run in linear time (`inbox.forms.patterns`).
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from inbox.forms import patterns, validator
from intents.kernel import canonical
from intents.kernel.errors import InvalidField

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_BYTES = 32 * 1024
MAX_STEPS = 40_000
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
        error = next(validator.of_schemas(validator.Budget(MAX_STEPS)).iter_errors(schema), None)
    except validator.TooMuch:
        raise InvalidField(field, "a form schema this large takes too long to check") from None
    if error is not None:
        raise InvalidField(join(field, error.absolute_path), error.message[:300])
    if schema.get("type", "object") != "object":
        raise InvalidField(f"{field}.type", 'a form is an object: {"type": "object", "properties": {...}}')
    _Survey(schema).visit(schema, field, ())


class _Survey:
    """A walk over every place where a schema may hold a schema, following references as often as they are used."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._seen = 0
        self._patterns: set[str] = set()
        self._size = 0

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
        for name in ("$id", "$schema"):
            if name in schema and schema is not self._root:
                raise InvalidField(f"{field}.{name}", "only at the top of a form")
        if "pattern" in schema:
            self._weigh(schema["pattern"], f"{field}.pattern")
        for inner, where in _parts(schema, field):
            self.visit(inner, where, through)
        if "$ref" in schema:
            reference = schema["$ref"]
            if reference in through:
                raise InvalidField(f"{field}.$ref", "a form schema cannot refer to itself")
            self.visit(self._target(reference, f"{field}.$ref"), f"{field}.$ref", (*through, reference))

    def _weigh(self, pattern: str, field: str) -> None:
        if pattern in self._patterns:
            return
        try:
            self._size += patterns.compiled(pattern)[1]
        except patterns.Refused as refusal:
            raise InvalidField(field, f"the pattern {refusal}") from None
        if self._size > patterns.MAX_SIZE:
            raise InvalidField(field, f"the pattern {patterns.LARGE}")
        self._patterns.add(pattern)

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


def join(field: str, path: Iterable[Any]) -> str:
    """The path of a place below `field`."""
    return ".".join((field, *(str(part)[:80] for part in path)))


def named(root: dict[str, Any], reference: str) -> Any:
    """The schema that `#/$defs/name` (or the older `#/definitions/name`) leads to in `root`, else None."""
    match = re.fullmatch(r"#/(\$defs|definitions)/([^/]+)", reference)
    if match is None:
        return None
    return root.get(match[1], {}).get(unquote(match[2]).replace("~1", "/").replace("~0", "~"))
