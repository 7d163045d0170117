"""Validation with a budget: strangers' data by strangers' rules costs a bounded time, whatever both are.

The work of each keyword is counted in steps of about 0.01 ms. The steps are counted, not timed, so that what is too much is
too much on every machine.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import FormatError, ValidationError
from jsonschema.validators import extend
from referencing import Registry

from intents.kernel import canonical
from intents.kernel.jsonschema import patterns
from intents.kernel.jsonschema.formats import FORMATS

MAX_STEPS = 30_000
PER_STEP = 16
"""Parts of a value, or of a keyword's own, that are looked at in one step."""
_TEXT_PER_STEP = 512
"""Characters times states of a pattern: of the worst, where each character meets all states."""
_COMPILED_PER_STEP = 2
"""States of a pattern that are made in one step."""

Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]
Compiled = dict[str, tuple[Callable[[str], bool], int]]


class TooMuch(Exception):
    """There is more to check than anybody may ask for."""


class Budget(FormatChecker):  # type: ignore[misc]  # the library has no types
    """What one reading has left, and what it keeps meanwhile. It is the one thing that a validator hands on to those of its
    parts, as their checker of formats."""

    def __init__(self, steps: int = MAX_STEPS, compiled: Compiled | None = None) -> None:
        """Patterns are looked for in `compiled`, and kept there, where several readings share one."""
        super().__init__(())
        self.left = steps
        self._patterns: Compiled = {} if compiled is None else compiled
        self._parts: dict[int, tuple[Any, Any]] = {}
        self._sizes: dict[int, tuple[Any, int]] = {}

    def check(self, instance: object, format: str) -> None:
        if isinstance(instance, str) and format in FORMATS and not FORMATS[format][0](instance):
            raise FormatError("is written in another way")

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise TooMuch

    def found(self, pattern: str, text: str) -> bool:
        """Whether `pattern` is found in `text`. Raises patterns.Unsound."""
        if pattern not in self._patterns:
            self._patterns[pattern] = patterns.compiled(pattern)
            self.spend(self._patterns[pattern][1] // _COMPILED_PER_STEP)
        find, size = self._patterns[pattern]
        self.spend(len(text) * size // _TEXT_PER_STEP)
        return find(text)

    def part(self, validator: Any, schema: Any) -> Any:
        """The validator of a part of the schema; making one takes longer than most of what it does."""
        kept = self._parts.get(id(schema))
        if kept is None:
            kept = self._parts[id(schema)] = (schema, validator.evolve(schema=schema))
        return kept[1]

    def size(self, value: Any) -> int:
        """How much there is in a JSON value, in parts of one text, number or key."""
        if isinstance(value, str):
            return 1 + len(value) // PER_STEP
        if not isinstance(value, dict | list):
            return 1
        kept = self._sizes.get(id(value))
        if kept is None:
            inner = value if isinstance(value, list) else [*value, *value.values()]
            kept = self._sizes[id(value)] = (value, 1 + sum(map(self.size, inner)))
        return kept[1]


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not validator.format_checker.found(pattern, instance):
        yield ValidationError("does not have the form that is asked for")


def _unique(validator: Any, wanted: bool, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if wanted and isinstance(instance, list):
        validator.format_checker.spend(validator.format_checker.size(instance) // PER_STEP)
        if len({canonical.dumps(item) for item in instance}) != len(instance):
            yield ValidationError("holds something twice")


def _required(validator: Any, names: list[str], instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict) and any(name not in instance for name in names):
        yield ValidationError("this field is required")


def _multiple(validator: Any, of: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    # As people write them: 19.99 is 1999 times 0.01, though their doubles are not.
    if validator.is_type(instance, "number") and Fraction(Decimal(repr(instance))) % Fraction(Decimal(repr(of))):
        yield ValidationError("is no multiple")


def _properties(validator: Any, properties: dict[str, Any], instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for name, part in properties.items():
            if name in instance:
                yield from _descended(validator, part, instance[name], name)


def _items(validator: Any, part: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, list):
        for index in range(len(schema.get("prefixItems", ())), len(instance)):
            yield from _descended(validator, part, instance[index], index)


def _descended(validator: Any, part: Any, value: Any, place: str | int) -> Iterator[ValidationError]:
    for error in validator.format_checker.part(validator, part).iter_errors(value):
        error.path.appendleft(place)
        yield error


_OWN: dict[str, Keyword] = {
    "pattern": _pattern,
    "uniqueItems": _unique,
    "required": _required,
    "multipleOf": _multiple,
    "properties": _properties,
    "items": _items,
}


def _counted(name: str, keyword: Keyword) -> Keyword:
    deep = name in ("enum", "const", "dependentRequired")
    slow = name in ("unevaluatedItems", "unevaluatedProperties")
    descends = name in ("allOf", "anyOf", "contains", "dependentSchemas", "oneOf", "propertyNames", "additionalProperties")

    def run(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        budget: Budget = validator.format_checker
        parts = budget.size(value) if deep else len(value) if isinstance(value, dict | list) else 0
        if isinstance(instance, dict | list | str):
            parts += len(instance)
            if slow:
                # The library looks each part up in a list of those that any schema has evaluated.
                parts += len(instance) * (len(instance) + budget.size(schema))
        budget.spend(1 + (parts // 2 if descends else parts // PER_STEP))
        for error in keyword(validator, value, instance, schema) or ():
            if not error.schema_path:
                # It is new, and the library has quoted all of the value in its words.
                budget.spend(1 + budget.size(error.instance if error.validator is None else instance) // PER_STEP)
            yield error

    return run


_Counted: Any = extend(
    Draft202012Validator,
    {name: _counted(name, _OWN.get(name, keyword)) for name, keyword in Draft202012Validator.VALIDATORS.items()},
)


def _evolve(self: Any, *, schema: Any, _resolver: Any = None) -> Any:
    """Of this class whatever `$schema` a part names: the library's own counts nothing and runs patterns by backtracking."""
    return of(schema, self.format_checker, _resolver or self._resolver)


_Counted.evolve = _evolve


def of(schema: Any, budget: Budget, resolver: Any = None) -> Any:
    """A validator of `schema`, which was checked. It raises TooMuch when the budget is used up."""
    # An empty registry: nothing is ever fetched.
    return _Counted(schema, registry=Registry(), format_checker=budget, _resolver=resolver)


def of_schemas(budget: Budget) -> Any:
    """A validator of schemas themselves, by the metaschema."""
    return of(Draft202012Validator.META_SCHEMA, budget)
