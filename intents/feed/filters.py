"""What a reader wants of the feed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from intents.kernel.errors import InvalidField

PATTERN = re.compile(r"\*|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(\.\*)?")
MOST_PATTERNS = 50


@dataclass(frozen=True, slots=True)
class Filter:
    """Wanted are events whose type fits one of `types`, of intents from or to the local name `agent` or about that agent
    itself, and of intents whose type fits one of `intent_types`. What is empty excludes nothing."""

    types: tuple[str, ...] = ()
    agent: str = ""
    intent_types: tuple[str, ...] = ()

    @property
    def of_intents(self) -> bool:
        """Whether the intents of events have to be known."""
        return bool(self.agent or self.intent_types)


def patterns(field: str, given: str) -> tuple[str, ...]:
    """Names by commas; one that ends in `.*` stands for all below it, and `*` for all. Raises InvalidField."""
    found = tuple(part.strip() for part in given.split(",")) if given else ()
    if len(found) > MOST_PATTERNS:
        raise InvalidField(field, f"at most {MOST_PATTERNS}")
    for one in found:
        if not PATTERN.fullmatch(one):
            raise InvalidField(field, f"{one[:40]!r} is neither a name nor one that ends in .*, like intent.*")
    return found


def fits(name: str, wanted: Sequence[str]) -> bool:
    """Whether a name is one of `wanted`, as `patterns` reads them."""
    return not wanted or any(one in ("*", name) or (one.endswith(".*") and name.startswith(one[:-1])) for one in wanted)
