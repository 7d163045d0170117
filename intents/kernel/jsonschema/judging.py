"""What is wrong with data by a schema that was checked, told by place, in a bounded time."""

from itertools import islice
from typing import Any

from intents.kernel.errors import InvalidField
from intents.kernel.jsonschema import explain, patterns, validator
from intents.kernel.jsonschema.explain import Problem

MAX_SHOWN = 20
"""Problems of one value that are told at once."""
MAX_FOUND = 200
"""Problems that are looked for: those that are told are the first of these by their places."""
TOO_MUCH = "there is too much to check: send less, or a simpler form"


def problems(value: Any, root: Any, *, field: str) -> list[Problem]:
    """What `root`, a `validator.of` the schema, finds wrong with `value`, as (path below `field`, words), the first by their
    places. Raises InvalidField at `field` where that cannot be told."""
    try:
        found = {
            problem for error in islice(root.iter_errors(value), MAX_FOUND) for problem in explain.problems_of(error, field)
        }
    except validator.TooMuch:
        raise InvalidField(field, TOO_MUCH) from None
    except patterns.Unsound as refusal:
        raise InvalidField(field, f"the schema has a pattern that {refusal}") from None
    return sorted(found)[:MAX_SHOWN]


def told(found: list[Problem]) -> list[dict[str, str]]:
    """Problems as details of a refusal have them."""
    return [{"field": where, "message": message} for where, message in found]
