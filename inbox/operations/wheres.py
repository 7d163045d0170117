"""Conditions on intents that are put together term by term, for a plan that looks at few of them."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from intents.engine.lifecycle import Status, WaitReason
from intents.kernel.actors import Person


class Lookup(NamedTuple):
    """A condition, as it is asked of one intent, and as a statement of all ids that it holds for, which may be very many;
    each comes but `once`. Where it is that an intent has words, and nothing else, these are its `words` as SQL; where it is
    that it was decided within a span that ends now, that is its `span`."""

    one: str
    ids: str
    once: bool = False
    words: str = ""
    span: str = ""


def first_id(moment: str) -> str:
    """SQL of the least id that was made at a moment."""
    millis = f"floor(extract(epoch FROM greatest({moment}, 'epoch'::timestamptz)) * 1000)::bigint"
    return f"(SELECT (lpad(to_hex({millis}), 12, '0') || '00000000000000000000')::uuid)"


@dataclass(slots=True)
class Where:
    """Conditions that all hold, over `intents_intent`, and their parameters. `statuses` are those the intents can have, and
    `known` those that nothing in the `sets` has another than. `sets` are statements of ids, each of which has all of the
    intents, and no other workspace's; `words` are looked up, for few or very many have them. `reasons` are what they can
    wait for, where that is said; `waits` is what must hold of the wait `w` of those that wait, and each of `risks` an
    array that the risk of their task is in."""

    actor: Person
    statuses: frozenset[Status] = frozenset(Status)
    known: frozenset[Status] = frozenset(Status)
    reasons: frozenset[WaitReason] | None = None
    waits: list[str] = field(default_factory=list)
    risks: list[str] = field(default_factory=list)
    sets: list[str] = field(default_factory=list)
    words: list[Lookup] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)

    def value(self, value: Any, kind: str) -> str:
        """The placeholder of a value of an SQL type."""
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f"%({name})s::{kind}"

    def say(self, condition: str, *, negated: bool = False) -> None:
        self.conditions.append(f"NOT coalesce({condition}, false)" if negated else condition)

    def among(self, ids: str, *, negated: bool) -> None:
        """A set of few, whose members are looked up."""
        if negated:
            self.conditions.append(f"intents_intent.id NOT IN ({ids})")
        else:
            self.sets.append(ids)

    def narrow(self, statuses: set[Status] | frozenset[Status], *, negated: bool) -> None:
        self.statuses = self.statuses - statuses if negated else self.statuses & statuses
