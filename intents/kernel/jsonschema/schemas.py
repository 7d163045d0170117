"""Which JSON Schemas may be run here.

Strangers write schemas and the server runs them on what others send. So a schema stays small, names nothing outside of
itself, never recurses, and its patterns are small and run in linear time (`patterns`).
"""

from collections.abc import Iterator
from typing import Any

from intents.kernel import canonical
from intents.kernel.errors import InvalidField
from intents.kernel.jsonschema import patterns, validator
from intents.kernel.jsonschema.paths import join, named

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


def check(schema: dict[str, Any], *, field: str, what: str) -> None:
    """Raises InvalidField below `field` unless `schema` is a JSON Schema (2020-12) that may be run here. `what` it is to be,
    with its article, is for the words."""
    if len(canonical.dumps(schema).encode()) > MAX_BYTES:
        raise InvalidField(field, f"{what} holds at most {MAX_BYTES} bytes")
    if "$schema" in schema and schema["$schema"] not in (DIALECT, f"{DIALECT}#"):
        raise InvalidField(f"{field}.$schema", f"only {DIALECT} is understood")
    try:
        error = next(validator.of_schemas(validator.Budget(MAX_STEPS)).iter_errors(schema), None)
    except validator.TooMuch:
        raise InvalidField(field, f"{what} this large takes too long to check") from None
    if error is not None:
        raise InvalidField(join(field, error.absolute_path), error.message[:300])
    _Survey(schema, what).visit(schema, field, ())


class _Survey:
    """A walk over every place where a schema may hold a schema, following references as often as they are used."""

    def __init__(self, root: dict[str, Any], what: str) -> None:
        self._root = root
        self._what = what
        self._seen = 0
        self._patterns: set[str] = set()
        self._size = 0

    def visit(self, schema: Any, field: str, through: tuple[str, ...]) -> None:
        """`through` are the references that lead here."""
        self._seen += 1
        if self._seen > MAX_SUBSCHEMAS:
            raise InvalidField(field, f"{self._what} holds at most {MAX_SUBSCHEMAS} schemas, references counted each time")
        if not isinstance(schema, dict):
            return
        for name in _REFUSED:
            if name in schema:
                raise InvalidField(f"{field}.{name}", f"not supported in {self._what}")
        for name in ("$id", "$schema"):
            if name in schema and schema is not self._root:
                raise InvalidField(f"{field}.{name}", f"only at the top of {self._what}")
        if "pattern" in schema:
            self._weigh(schema["pattern"], f"{field}.pattern")
        for inner, where in _parts(schema, field):
            self.visit(inner, where, through)
        if "$ref" in schema:
            reference = schema["$ref"]
            if reference in through:
                raise InvalidField(f"{field}.$ref", f"{self._what} cannot refer to itself")
            self.visit(self._target(reference, f"{field}.$ref"), f"{field}.$ref", (*through, reference))

    def _weigh(self, pattern: str, field: str) -> None:
        if pattern in self._patterns:
            return
        try:
            self._size += patterns.compiled(pattern)[1]
        except patterns.Unsound as refusal:
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
