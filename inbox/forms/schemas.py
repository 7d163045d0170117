"""Reading a checked form schema for showing it: references followed, parts of `allOf` put together, and "or nothing" told
apart from what it may be otherwise. Nothing is judged here."""

from dataclasses import dataclass
from typing import Any

from intents.kernel import canonical
from intents.kernel.jsonschema.paths import named

Schema = dict[str, Any]
NEVER: Schema = {"not": {}}
UNIONS = ("anyOf", "oneOf")
SCALARS = frozenset({"string", "integer", "number", "boolean"})
_CONDITION = ("if", "then", "else")
_HINTS = (
    ("object", ("properties", "required", "additionalProperties", "minProperties", "maxProperties", "propertyNames")),
    ("array", ("items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems")),
    ("string", ("pattern", "minLength", "maxLength", "format")),
)
"""What a part without `type` can only be about."""


@dataclass(frozen=True, slots=True)
class Part:
    """A place of a form. `schema` is what it may be when it is something; `nullable` whether it may be null instead."""

    schema: Schema
    nullable: bool = False

    @property
    def types(self) -> frozenset[str]:
        """The JSON types it may have, empty for any."""
        types = self.schema.get("type", ())
        if types:
            return frozenset((types,) if isinstance(types, str) else types)
        return frozenset(kind for kind, words in _HINTS if any(word in self.schema for word in words))

    @property
    def branches(self) -> list[Any]:
        return [one for word in UNIONS for one in self.schema.get(word, ())]

    def has_constant(self) -> bool:
        return "const" in self.schema or len(self.schema.get("enum", ())) == 1

    def constant(self) -> Any:
        return self.schema["const"] if "const" in self.schema else self.schema["enum"][0]


def settled(part: Any, root: Schema) -> Part:
    """The place that `part`, a schema within `root`, describes."""
    schema, nullable = _flat(part, root), False
    if isinstance(types := schema.get("type"), list):
        left = [one for one in types if one != "null"]
        nullable = len(left) < len(types)
        schema = schema | {"type": left[0] if len(left) == 1 else left or "null"}
    if None in schema.get("enum", ()) and len(schema["enum"]) > 1:
        nullable, schema = True, schema | {"enum": [one for one in schema["enum"] if one is not None]}
    for word in UNIONS:
        if word not in schema:
            continue
        branches = [settled(one, root) for one in schema[word]]
        left = [one for one in branches if not _is_null(one)]
        nullable = nullable or len(left) < len(branches) or any(one.nullable for one in left)
        others = {key: value for key, value in schema.items() if key != word}
        if len(left) == 1:
            again = settled(_merged(others, left[0].schema), root)
            return Part(again.schema, nullable or again.nullable)
        schema = others | {word: [one.schema for one in left]}
    return Part(schema, nullable)


def _is_null(part: Part) -> bool:
    return part.schema.get("type") == "null" or ("const" in part.schema and part.schema["const"] is None)


def _flat(part: Any, root: Schema) -> Schema:
    if not isinstance(part, dict):
        return NEVER if part is False else {}
    flat = {key: value for key, value in part.items() if key not in ("$ref", "allOf")}
    if "$ref" in part:
        flat = _merged(flat, _flat(named(root, part["$ref"]), root))
    for one in part.get("allOf", ()):
        flat = _merged(flat, _flat(one, root))
    return flat


def _merged(one: Schema, other: Schema) -> Schema:
    """Both at once, as far as a page has to know. What does not go together is kept apart below `allOf`."""
    merged = dict(one)
    apart: Schema = {}
    for key, value in other.items():
        if key not in merged:
            merged[key] = value
        elif key == "properties":
            both = {name: {"allOf": [merged[key][name], value[name]]} for name in value if name in merged[key]}
            merged[key] = merged[key] | value | both
        elif key == "required":
            merged[key] = [*merged[key], *(name for name in value if name not in merged[key])]
        elif key == "type":
            merged[key] = _narrower(merged[key], value)
        elif key == "enum":
            kept = [item for item in merged[key] if any(same(item, chosen) for chosen in value)]
            merged[key] = kept or merged[key]
        elif key == "allOf":
            merged[key] = [*merged[key], *value]
        elif key in UNIONS or key == "not" or key in _CONDITION:
            apart[key] = value
    if apart:
        whole = {key: other[key] for key in _CONDITION if key in other} if apart.keys() & set(_CONDITION) else {}
        merged["allOf"] = [*merged.get("allOf", ()), apart | whole]
    return merged


def _narrower(one: Any, other: Any) -> Any:
    types, others = ([kind] if isinstance(kind, str) else kind for kind in (one, other))
    both = [kind for kind in types if kind in others or (kind == "integer" and "number" in others)]
    both += [kind for kind in others if kind == "integer" and "number" in types and kind not in both]
    return (both[0] if len(both) == 1 else both) or one


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same: 1 and true are not."""
    return canonical.dumps(one) == canonical.dumps(other)
