"""Whether a schema allows all that another one does, as far as that can be told.

What cannot be told for sure, as between two patterns, counts as broken. One thing is let pass that is: a property that the
schema before did not name may be described now, though before it might have held anything. Payloads for which that matters
are still taken by the version before.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from intents.kernel import canonical
from intents.kernel.jsonschema import patterns, validator
from intents.kernel.jsonschema.explain import Problem
from intents.kernel.jsonschema.formats import FORMATS
from intents.kernel.jsonschema.paths import named

MAX_STEPS = 5000
"""Places that are compared at most."""
MAX_CHECKED = 200_000
"""Steps of a `validator.Budget` for all of them: some 2 s."""
TOO_MUCH = "too much to compare: a smaller schema, or the mode strict"
CHANGED = "was changed in a way of which nobody can tell what it allows"
_REMARKS = frozenset(
    [
        *("$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "examples"),
        *("readOnly", "writeOnly", "deprecated", "contentMediaType", "contentEncoding", "contentSchema"),
    ]
)
_LEAST = {"minLength": "string", "minItems": "array", "minProperties": "object"}
_MOST = {"maxLength": "string", "maxItems": "array", "maxProperties": "object"}
_WHOLE: tuple[tuple[str, ...], ...] = (
    ("if", "then", "else"),
    ("contains", "minContains", "maxContains"),
    *((name,) for name in ("pattern", "format", "not", "oneOf", "propertyNames", "dependentRequired", "dependentSchemas")),
    *((name,) for name in ("unevaluatedItems", "unevaluatedProperties", "multipleOf", "uniqueItems")),
)
"""Keywords that are the same or may mean anything, each with those that belong to it."""
_TOGETHER = (("properties", "additionalProperties"), ("prefixItems", "items"), *_WHOLE[:2])
Schema = dict[str, Any]
_TYPES = frozenset({"string", "number", "boolean", "array", "object", "null"})


def broken(before: Schema, after: Schema, *, field: str) -> list[Problem]:
    """Where `after` does not allow what `before` does, as (path below `field`, words). Both were checked."""
    found: set[Problem] = set()
    try:
        found.update(_Comparison(before, after).broken(before, after, field))
    except validator.TooMuch:
        found.add((field, TOO_MUCH))
    return sorted(found)


@dataclass(slots=True)
class _Comparison:
    before: Schema
    after: Schema
    left: int = MAX_STEPS
    budget: validator.Budget = field(default_factory=lambda: validator.Budget(MAX_CHECKED))

    def broken(self, before: Any, after: Any, field: str) -> Iterator[Problem]:
        self.left -= 1
        if self.left < 0:
            yield field, TOO_MUCH
            return
        old, new = _facts(before, self.before), _resolved(after, self.after)
        if old is None or new == {}:
            return
        if new is None:
            yield field, "is not allowed any more"
            return
        new = self._without_same(old, new)
        for name in ("anyOf", "oneOf"):
            if name in old:
                rest = {key: value for key, value in old.items() if key != name}
                for branch in old[name]:
                    yield from self.broken({"allOf": [rest, branch]}, after, field)
                return
        if (values := _finite(old)) is not None:
            yield from self._values(values, old, after, field)
            return
        for part in new.get("allOf", ()):
            yield from self.broken(old, part, field)
        if "anyOf" in new and not any(self._takes(old, branch, field) for branch in new["anyOf"]):
            yield field, "fits none of the forms that it may have now"
        if lost := sorted(_types(old) - _types(new)):
            yield field, f"may not be {' or '.join(lost)} any more"
        if _finite(new) is not None:
            yield field, "may hold only certain values now"
        yield from _narrower(old, new, field)
        if "object" in _types(old):
            yield from self._object(old, new, field)
        if "array" in _types(old):
            yield from self._array(old, new, field)

    def _takes(self, old: Any, new: Any, field: str) -> bool:
        return next(self.broken(old, new, field), None) is None

    def _values(self, values: list[Any], old: Schema, after: Any, field: str) -> Iterator[Problem]:
        if not isinstance(after, dict):
            return
        root = {"$defs": self.after.get("$defs", {}), "definitions": self.after.get("definitions", {}), "allOf": [after]}
        try:
            judge = validator.of(root, self.budget)
            if any(not judge.is_valid(value) for value in values):
                yield field, "may not hold all of its values any more"
        except patterns.Unsound:
            yield field, TOO_MUCH

    def _without_same(self, old: Schema, new: Schema) -> Schema:
        """`new` without keywords that are the same in `old`, and that mean the same by themselves."""
        same = {
            name
            for names in (*_WHOLE, ("anyOf",), ("enum",), ("const",))
            if all(self._is_same(old, new, name) for name in names)
            for name in names
        }
        return {key: value for key, value in new.items() if key not in same}

    def _is_same(self, old: Schema, new: Schema, name: str) -> bool:
        if name not in old or name not in new:
            return name not in old and name not in new
        if old[name] != new[name]:
            return False
        # To Python true is 1.
        self.budget.spend(self.budget.size(new[name]))
        return canonical.dumps(old[name]) == canonical.dumps(new[name])

    def _object(self, old: Schema, new: Schema, field: str) -> Iterator[Problem]:
        for name in new.get("required", ()):
            if name not in old.get("required", ()):
                yield f"{field}.{name[:80]}", "is required now"
        known, described = old.get("properties", {}), new.get("properties", {})
        for name, part in known.items():
            if name in described:
                yield from self.broken(part, described[name], f"{field}.{name[:80]}")
            elif "additionalProperties" in new:
                yield from self.broken(part, new["additionalProperties"], f"{field}.{name[:80]}")
        others = old.get("additionalProperties", True)
        if others is False:
            return
        if new.get("additionalProperties", True) is False:
            yield field, "may hold no other properties any more"
        else:
            yield from self.broken(others, new.get("additionalProperties", True), f"{field}.*")

    def _array(self, old: Schema, new: Schema, field: str) -> Iterator[Problem]:
        first, now = old.get("prefixItems", []), new.get("prefixItems", [])
        rest, rest_now = old.get("items", True), new.get("items", True)
        for place in range(max(len(first), len(now))):
            part = first[place] if place < len(first) else rest
            yield from self.broken(part, now[place] if place < len(now) else rest_now, f"{field}.{place}")
        yield from self.broken(rest, rest_now, f"{field}.*")


def _resolved(part: Any, root: Schema) -> Schema | None:
    """A schema without remarks, what it refers to among its `allOf`; None for one that allows nothing."""
    if not isinstance(part, dict):
        return {} if part else None
    found = {key: value for key, value in part.items() if key not in _REMARKS and key != "$ref"}
    if "$ref" in part:
        found["allOf"] = [named(root, part["$ref"]), *found.get("allOf", ())]
    return _resolved(found["allOf"][0], root) if found.keys() == {"allOf"} and len(found["allOf"]) == 1 else found


def _facts(part: Any, root: Schema) -> Schema | None:
    """What is sure to hold of all that a schema allows, those of its `allOf` put together; None for one that allows
    nothing. Of what two of them say of the same thing the first is kept."""
    found = _resolved(part, root)
    if found is None:
        return None
    facts = {key: value for key, value in found.items() if key != "allOf"}
    for one in found.get("allOf", ()):
        inner = _facts(one, root)
        if inner is None:
            return None
        open_ones = not {"additionalProperties"} & (facts.keys() | inner.keys())
        if open_ones and "properties" in facts and "properties" in inner:
            facts["properties"] = inner["properties"] | facts["properties"]
        if "required" in facts and "required" in inner:
            facts["required"] = [*facts["required"], *inner["required"]]
        for names in (*_TOGETHER, *((key,) for key in inner)):
            if not facts.keys() & set(_with(names)):
                facts |= {name: inner[name] for name in names if name in inner}
    return facts


def _with(names: tuple[str, ...]) -> tuple[str, ...]:
    """The keywords among which these mean something."""
    return next((group for group in _TOGETHER if names[0] in group), names)


def _finite(schema: Mapping[str, Any]) -> list[Any] | None:
    """All that a schema may allow, where it names them."""
    if "const" in schema:
        return [schema["const"]]
    return list(schema["enum"]) if "enum" in schema else None


def _types(schema: Mapping[str, Any]) -> set[str]:
    """The JSON types that are allowed; a whole number is one, and where all numbers are allowed so is it."""
    given = schema.get("type", [])
    types = set([given] if isinstance(given, str) else given) or set(_TYPES)
    return types | {"integer"} if "number" in types else types


def _narrower(old: Schema, new: Schema, field: str) -> Iterator[Problem]:
    """Of keywords about one value, those by which less is allowed."""
    types = _types(old)
    for name, of in _LEAST.items():
        if name in new and of in types and new[name] > _least(old, name):
            yield field, f"{name} is {new[name]} now"
    for name, of in _MOST.items():
        if name in new and of in types and (name not in old or new[name] < old[name]):
            yield field, f"{name} is {new[name]} now"
    if types & {"number", "integer"}:
        yield from _numbers(old, new, field)
    for names in _WHOLE:
        changed = [name for name in names if name in new]
        if changed and not _means_nothing(changed[0], new, old):
            yield field, f"{changed[0]} {CHANGED}"


def _least(old: Schema, name: str) -> int:
    least: int = old.get(name, 0)
    return max(least, len(set(old.get("required", ())))) if name == "minProperties" else least


def _numbers(old: Schema, new: Schema, field: str) -> Iterator[Problem]:
    for name, exclusive, sign in (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1)):
        before = [(sign * Decimal(repr(old[one])), one == exclusive) for one in (name, exclusive) if one in old]
        for one in (name, exclusive):
            if one in new and (not before or max(before) < (sign * Decimal(repr(new[one])), one == exclusive)):
                yield field, f"{one} is {new[one]} now"


def _means_nothing(name: str, new: Schema, old: Schema) -> bool:
    """Whether a keyword limits nothing of what `old` allows."""
    types = _types(old)
    match name:
        case "pattern":
            return "string" not in types
        case "format":
            return new["format"] not in FORMATS or "string" not in types
        case "uniqueItems":
            return not new["uniqueItems"] or "array" not in types
        case "multipleOf":
            if not types & {"number", "integer"}:
                return True
            given = old.get("multipleOf", 1 if "number" not in types else None)
            return given is not None and not Fraction(Decimal(repr(given))) % Fraction(Decimal(repr(new["multipleOf"])))
        case "then" | "else":
            return "if" not in new
        case "minContains" | "maxContains":
            return "contains" not in new
    return False
