"""What is wrong with an answer by the rules of its form, as (path, words)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from jsonschema.exceptions import ValidationError

from intents.kernel.jsonschema import numbers
from intents.kernel.jsonschema.formats import FORMATS
from intents.kernel.jsonschema.paths import join

Problem = tuple[str, str]

MOST_ALTERNATIVES = 4
"""Alternatives of a value whose wishes are told."""
MOST_OF_ONE = 20
"""Problems of the one alternative that a value is meant as."""
REQUIRED = "this field is required"
_NAMES = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def problems_of(error: ValidationError, field: str) -> Iterator[Problem]:
    """A problem as (path, words), some as several. The words never quote what the person sent."""
    if _is_of_a_name(error):
        where = join(field, error.absolute_path)
        yield from ((f"{where}.{error.instance[:80]}", f"the name of a field {words}") for _, words in _told(error, field))
    else:
        yield from _told(error, field)


def _is_of_a_name(error: ValidationError) -> bool:
    """Whether a key is wrong, not a value."""
    return isinstance(error.instance, str) and "propertyNames" in error.relative_schema_path


def _told(error: ValidationError, field: str) -> Iterator[Problem]:
    where, value = join(field, error.absolute_path), error.validator_value
    match error.validator:
        case "required":
            missing = [name for name in value if name not in error.instance]
            yield from ((f"{where}.{name}", REQUIRED) for name in missing)
        case "additionalProperties" | "unevaluatedProperties":
            known = error.schema.get("properties", {})
            extra = [name for name in error.instance if name not in known]
            yield from ((f"{where}.{name[:80]}", "unknown field") for name in extra)
        case "type":
            yield where, _other_type([value] if isinstance(value, str) else value, error.instance)
        case "enum":
            yield where, _one_of(value)
        case "const":
            yield where, f"must be exactly {str(value)[:200]}"
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf":
            words = {
                "minimum": "at least",
                "maximum": "at most",
                "exclusiveMinimum": "more than",
                "exclusiveMaximum": "less than",
                "multipleOf": "a multiple of",
            }
            yield where, f"must be {words[error.validator]} {value}"
        case "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties":
            way = "at least" if error.validator.startswith("min") else "at most"
            what = error.validator[3:].lower().replace("length", "characters").replace("properties", "fields")
            yield where, f"must hold {way} {value} {what.removesuffix('s') if value == 1 else what}"
        case "format":
            yield where, f"must be {FORMATS[value][1]}"
        case "pattern":
            yield where, error.message
        case "uniqueItems":
            yield where, "holds the same thing twice"
        case None:
            yield where, "holds something that is never allowed"
        case "anyOf" | "oneOf" if error.context:
            yield from _of_alternatives(error, field, where)
        case "oneOf":
            yield where, "fits several of the forms that it may have: it must fit one alone"
        case "not":
            yield where, "must not be of a form that is ruled out"
        case "contains" | "minContains" | "maxContains":
            yield where, _of_contained(error.schema)
        case "dependentRequired":
            for name, needed in value.items():
                missing = [one for one in needed if name in error.instance and one not in error.instance]
                yield from ((f"{where}.{one}", f"this field is required when {name[:80]} is there") for one in missing)
        case "unevaluatedItems":
            yield where, "holds more than the form has places for"
        case _:
            yield where, f"does not fit the form ({error.validator})"


def _of_alternatives(error: ValidationError, field: str, where: str) -> Iterator[Problem]:
    """What is wrong with a value that fits none of its alternatives: of the one that it is meant as, where that shows by its
    type or by what is constant in it, else what each of them wanted."""
    branches: dict[Any, list[ValidationError]] = {}
    for one in error.context:
        branches.setdefault(one.schema_path[0], []).append(one)
    meant = list(branches.values())
    for keywords in ({"type"}, {"const", "enum"}):
        meant = [branch for branch in meant if not _says(branch, keywords, error)] or meant
    if len(meant) == 1:
        for one in islice(meant[0], MOST_OF_ONE):
            yield from problems_of(one, field)
        return
    if all(branch[0].validator == "const" and branch[0].absolute_path == error.absolute_path for branch in meant):
        yield where, _one_of(branch[0].validator_value for branch in meant)
        return
    wanted = list(dict.fromkeys(_wanted(branch) for branch in meant[:MOST_ALTERNATIVES]))
    if len(meant) > MOST_ALTERNATIVES:
        wanted.append(f"{len(meant) - MOST_ALTERNATIVES} more")
    yield where, f"fits none of the forms that it may have: {'; or '.join(wanted)}"


def _says(branch: Sequence[ValidationError], keywords: set[str], error: ValidationError) -> bool:
    """Whether an alternative is refused by one of these keywords on the value itself, or for constants right below it."""
    depth = len(error.absolute_path) + ("type" not in keywords)
    return any(one.validator in keywords and len(one.absolute_path) <= depth for one in branch)


def _wanted(branch: Sequence[ValidationError]) -> str:
    """What an alternative wanted first, in short."""
    around = join("", branch[0].parent.absolute_path)
    problems = []
    for place, words in islice(problems_of(branch[0], ""), MOST_ALTERNATIVES):
        inner = place.removeprefix(around).strip(".")
        problems.append(f"{inner} is required" if words == REQUIRED else f"{inner}: {words}" if inner else words)
    return ", ".join(problems) or "something else"


def _one_of(values: Iterable[Any]) -> str:
    return f"must be one of {', '.join(map(str, values))[:200]}"


def _of_contained(schema: Mapping[str, Any]) -> str:
    fewest, most = schema.get("minContains", 1), schema.get("maxContains")
    bounds = f"{fewest} to {most}" if most is not None else f"at least {fewest}"
    return f"must hold {bounds} of the items that the form asks for"


def _other_type(kinds: list[str], value: Any) -> str:
    number = numbers.decimal(value.strip()) if isinstance(value, str) else None
    if number is not None and "number" in kinds:
        return "is too large, or has more digits than a number keeps (about 15)"
    if number is not None and "integer" in kinds and abs(number) > numbers.LARGEST:
        return f"is too large: numbers go up to {numbers.LARGEST}"
    return f"must be {' or '.join(_NAMES.get(kind, kind) for kind in kinds)}"
