"""What a malformed request is told: each place, and what is wrong with it in plain words."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from intents.kernel.errors import InvalidField
from intents.schemas.requests import INTENT_TYPE
from intents.schemas.work_requests import WAITS

Place = tuple[str | int, ...]

WORDS = {
    "missing": "is required",
    "extra_forbidden": "unknown field",
    "string_type": "must be text",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "list_type": "must be a list",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "is too large",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "uuid_type": "must be a UUID",
    "uuid_parsing": "must be a UUID",
    "timezone_aware": "must be a time with its zone, like 2026-01-31T09:00:00Z",
    "datetime_parsing": "must be a time like 2026-01-31T09:00:00Z",
    "datetime_from_date_parsing": "must be a time like 2026-01-31T09:00:00Z",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "literal_error": "must be {expected}",
    "union_tag_not_found": "is required",
    "union_tag_invalid": "must be one of {expected_tags}",
    "value_error": "{error}",
}
PATTERNS = {INTENT_TYPE: "must be a dotted name that ends in its version, like order.fulfill.v1, or one word"}


def problems_of(errors: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Pydantic's errors as (path, words), each path once."""
    found = [(_place(one), _words(one)) for one in errors]
    problems: dict[str, str] = {}
    for place, words in found:
        # Of the shapes that a value may have, the one that fits best is where the fault lies deepest.
        if not any(len(other) > len(place) and other[: len(place)] == place for other, _ in found):
            problems.setdefault(".".join(map(str, place)), words)
    return list(problems.items())


def refusal(error: ValidationError, *, below: str = "") -> InvalidField:
    """The first of what is wrong, at its path below `below`."""
    path, words = problems_of(error.errors(include_url=False))[0]
    return InvalidField(".".join(filter(None, (below, path))), words)


def _place(error: Mapping[str, Any]) -> Place:
    """Where it is in what was sent: without the names of shapes that pydantic puts between."""
    place: Place = tuple(
        part for part in error["loc"] if not (isinstance(part, str) and (part[:1].isupper() or "[" in part))
    )
    if error["type"].startswith("union_tag"):
        return (*place, error["ctx"]["discriminator"].rpartition("|")[2].strip(" '"))
    of_a_wait = place[:1] and place[0] in WAITS and (len(place) > 1 or error["type"] == "value_error")
    return place[1:] if of_a_wait else place


def _words(error: Mapping[str, Any]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(context["pattern"], f"must be of the form {context['pattern']}")
    if kind in ("string_too_short", "too_short") and context["min_length"] == 1:
        return "must not be empty"
    words = WORDS.get(kind)
    return error["msg"] if words is None else words.format(**{name: _number(value) for name, value in context.items()})


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
