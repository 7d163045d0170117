"""Intents that the server itself carries on when what they waited for is over, in place of an agent: runs of scenarios.

Their addresses begin with RUNS, as nobody else's do. Whoever carries them on registers here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from intents.engine.models import Intent, IntentEvent, WaitState
from intents.kernel.actors import Actor, Person
from intents.kernel.addresses import RUNS


@dataclass(frozen=True, slots=True)
class Satisfied:
    """A locked WAITING intent and what satisfied it: `resume` for its agent, `more` for the record."""

    intent: Intent
    resume: dict[str, Any]
    more: dict[str, Any]


class Carrier(Protocol):
    """Carries runs on, in the transaction that ended their waits or began them."""

    def carry_on(
        self, satisfied: Sequence[Satisfied], *, actor: Actor, now: datetime, state: WaitState
    ) -> Sequence[IntentEvent]:
        """Let locked WAITING runs go on, since `actor` satisfied what they waited for; `state` tells how their waits ended.
        Returns the events that they were resumed by, in that order."""

    def begin_again(self, *, intent: Intent, former: Intent, actor: Person, now: datetime) -> None:
        """Begin a locked intent, new and not handed to anybody, as a run of what the run `former` was one of."""


_carriers: list[Carrier] = []


def register(carrier: Carrier) -> None:
    """Let `carrier` carry runs on, in place of any before it."""
    _carriers[:] = [carrier]


def is_run(intent: Intent) -> bool:
    """Whether the server carries an intent on, and no agent."""
    return intent.mailbox.startswith(RUNS)


def carry_on(satisfied: Sequence[Satisfied], *, actor: Actor, now: datetime, state: WaitState) -> Sequence[IntentEvent]:
    """As of `Carrier`."""
    return _carriers[0].carry_on(satisfied, actor=actor, now=now, state=state)


def begin_again(*, intent: Intent, former: Intent, actor: Person, now: datetime) -> None:
    """As of `Carrier`."""
    _carriers[0].begin_again(intent=intent, former=former, actor=actor, now=now)
