"""Which intents, or other things, a bulk is about: those that a filter finds when it is made, or those that were picked."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from inbox.operations.bulk.actions.about import About
from intents.kernel.actors import Person
from intents.kernel.errors import InvalidField

PAGE = 10_000
MOST = 200_000
"""How many intents one bulk may be about."""
MOST_IDS = 1000
"""How many may be picked by their ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The filter `q`, or the `ids`, of what is meant: one of the two."""

    q: str | None = None
    ids: Sequence[UUID] | None = None

    def ensure_sound(self, about: About) -> None:
        """Raises InvalidField for both or neither, for a filter that finds everything, and for too many ids."""
        if (self.q is None) == (self.ids is None):
            raise InvalidField("filter", "send either a filter, {q}, or ids")
        if self.ids is not None and not 1 <= len(self.ids) <= MOST_IDS:
            raise InvalidField("ids", f"1 to {MOST_IDS} ids; more are found by a filter", limit=MOST_IDS)
        if self.q is not None:
            about.read(self.q)


@dataclass(slots=True)
class Matched:
    """What is chosen: how many, of which types, and how many would be skipped for which reasons."""

    count: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)


def pages(about: About, actor: Person, chosen: Chosen) -> Iterator[Sequence[UUID]]:
    """The ids of what is chosen, PAGE at a time."""
    if chosen.ids is not None:
        yield sorted(set(chosen.ids))
        return
    meant = about.read(chosen.q or "")
    after = None
    while ids := about.found(actor, meant, after, PAGE):
        yield ids
        after = ids[-1]
        if len(ids) < PAGE:
            return
