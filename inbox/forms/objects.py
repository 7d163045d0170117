"""Objects of a form: what they hold, and whether fields can be made for it with which everything can be said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inbox.forms.schemas import SCALARS, UNIONS, Part, Schema, settled
from intents.kernel import canonical


@dataclass(frozen=True, slots=True)
class Union:
    """The branches of an object that is one of several, which a constant in the property `discriminator` tells apart.
    `word` is the schema's for it."""

    word: str
    discriminator: str
    branches: list[Part]


def properties(part: Part, root: Schema) -> dict[str, Part]:
    """What an object may hold, by name; with what it must hold and does not describe."""
    found = {key: settled(inner, root) for key, inner in part.schema.get("properties", {}).items()}
    others = part.schema.get("additionalProperties")
    for key in part.schema.get("required", ()):
        if key not in found and not any(key in one.get("properties", {}) for one in part.branches):
            found[key] = settled(others if isinstance(others, dict) else {}, root)
    return found


def union(part: Part, root: Schema) -> Union | None:
    """How an object is one of several that a constant property tells apart; None when it is not."""
    for word in UNIONS:
        known = [one for one in part.schema.get(word, ()) if isinstance(one, dict)]
        branches = [settled({"type": "object"} | one, root) for one in known]
        if (discriminator := _discriminator(branches, root)) is not None:
            return Union(word, discriminator, branches)
    return None


def _discriminator(branches: Sequence[Part], root: Schema) -> str | None:
    """The property whose constant tells objects apart, None without one."""
    if not branches or any(one.types != {"object"} for one in branches):
        return None
    for name in branches[0].schema.get("properties", {}):
        found = [settled(one.schema.get("properties", {}).get(name), root) for one in branches]
        if all(part.has_constant() for part in found):
            constants = {canonical.dumps(part.constant()) for part in found}
            if len(constants) == len(branches):
                return str(name)
    return None


def is_shown(part: Part, root: Schema) -> bool:
    """Whether fields can be made for an object, with which everything that it allows for can be said."""
    schema, own, choice = part.schema, properties(part, root), union(part, root)
    if (not own and choice is None) or part.types - {"object"}:
        return False
    known = dict(own)
    if choice is not None:
        for branch in choice.branches:
            inside = properties(branch, root)
            if (own.keys() & inside.keys()) - {choice.discriminator} or not is_shown(branch, root):
                return False
            known |= inside
    if schema.get("minProperties", 0) > len(known):
        return False
    needs = [name for names in schema.get("dependentRequired", {}).values() for name in names]
    return all(name in known for name in needs) and all(_only_limits(one, known) for one in _conditions(schema, choice))


def _conditions(schema: Schema, choice: Union | None) -> list[Any]:
    """The schemas that an object has to fit besides being what its properties are."""
    words = [word for word in ("not", *UNIONS) if word in schema and (choice is None or word != choice.word)]
    branching = {word: schema[word] for word in ("if", "then", "else") if word in schema}
    apart = [*schema.get("allOf", ()), *schema.get("dependentSchemas", {}).values()]
    return [*({word: schema[word]} for word in words), branching, *apart]


def asks_for_something(part: Part) -> bool:
    """Whether an object without fields can hold anything worth asking for."""
    others = part.schema.get("additionalProperties")
    remarks = {"type", "title", "description", "$schema", "$id", "$defs", "definitions", "$comment", "additionalProperties"}
    return isinstance(others, dict) or bool(part.schema.keys() - remarks - {"properties", "required", "default"})


_LIMITS = frozenset(
    [
        *("const", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength"),
        *("maxLength", "pattern", "format", "type", "title", "description", "default", "examples"),
    ]
)
_OF_OBJECTS = frozenset(["type", "title", "description", "minProperties", "maxProperties"])


def _only_limits(schema: Any, fields: Mapping[str, Part]) -> bool:
    """Whether `schema`, a condition on an object that is shown as `fields`, speaks of nothing but values of those."""
    return not isinstance(schema, dict) or all(_is_limit(word, value, fields) for word, value in schema.items())


def _is_limit(word: str, value: Any, fields: Mapping[str, Part]) -> bool:
    match word:
        case "anyOf" | "oneOf" | "allOf":
            return all(_only_limits(one, fields) for one in value)
        case "if" | "then" | "else":
            return _only_limits(value, fields)
        case "not":
            absent = isinstance(value, dict) and any(name not in fields for name in value.get("required", ()))
            return absent or _only_limits(value, fields)
        case "required":
            return all(name in fields for name in value)
        case "properties":
            return all(name in fields and _limits_a_text(inner, fields[name]) for name, inner in value.items())
    return word in _OF_OBJECTS


def _limits_a_text(schema: Any, part: Part) -> bool:
    if not isinstance(schema, dict):
        return True
    scalar = len(part.types) == 1 and part.types <= SCALARS and not part.branches
    return scalar and schema.keys() <= _LIMITS and ("type" not in schema or schema["type"] in part.types)
