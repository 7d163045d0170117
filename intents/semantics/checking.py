"""Whether a payload is as the schemas of its type say, in a bounded time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from intents.kernel.errors import InvalidField
from intents.kernel.jsonschema import judging, validator
from intents.kernel.jsonschema.explain import Problem
from intents.semantics.models import Mode

FIELD = "payload"
MAX_STEPS = validator.MAX_STEPS
"""For one payload, by all versions that it is held against: about 0.3 s at most."""
MAX_STEPS_AT_ONCE = 200_000
"""For all payloads that come in one request."""


@dataclass(frozen=True, slots=True)
class Version:
    """A schema as it is checked by; its `schema` was checked itself."""

    semantic_type: str
    mode: Mode
    schema: dict[str, Any]


def problems(payload: Any, versions: Iterator[Version], budget: validator.Budget) -> list[Problem]:
    """What is wrong with a payload by the first of `versions`, be it that nobody can tell; nothing where a later one, which
    is an earlier version of the type, allows it."""
    found: list[Problem] = []
    try:
        for version in versions:
            wrong = judging.problems(payload, validator.of(version.schema, budget), field=FIELD)
            if not wrong:
                return []
            found = found or wrong
    except InvalidField as refusal:
        return found or [(FIELD, refusal.reason)]
    return found
