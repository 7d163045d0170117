"""The human gate: how the domain asks for a person without knowing how people are asked.

The inbox registers itself here when the program starts. Nobody else answers for a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.db.models import Model

from intents.engine.models import Intent, IntentEvent, WaitState
from intents.engine.waits import NEVER, Timeout
from intents.kernel.actors import Actor, Person, Tenant
from intents.kernel.models import new_id
from intents.kernel.tracing import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanTaskRequest:
    """A human task that a locked intent asks for, and by which credential. `spec` was checked by the gate; `on_submit` tells
    a task that came with the intent, whose decision completes it, from one that its agent asks for; `timeout` is how the
    wait ends, as far as that was said. `wait_id` is the id of the wait to come, `trace` the request that asks, if not the
    current one."""

    intent: Intent
    spec: dict[str, Any]
    asked_by: Actor
    on_submit: bool
    timeout: Timeout = NEVER
    wait_id: UUID = field(default_factory=new_id)
    trace: Trace | None = None


class Silence(NamedTuple):
    """The outcome that a human task is to have when nobody answers within `seconds` (None: that was not said)."""

    outcome: str
    seconds: float | None


class Decide(Protocol):
    """A person's answer as it was read."""

    def __call__(self, *, intent: Intent, now: datetime) -> IntentEvent:
        """Decide the open task of a locked intent by it. Raises Denied, InvalidField, Conflict (already decided)."""


class HumanGate(Protocol):
    """Asks people and tells what they decide: the tasks of locked intents, in the caller's transaction.

    A question crosses it twice: `check` before anything is locked, `open` in the transaction that lets the intent wait.
    These, `read` with the decision that it returns, `close`, `take_effect` and `reschedule` are a task's life. Four more
    share neither arguments nor a moment with those: `silence` and `refuses` judge outcomes, of which the inbox alone
    knows what a yes is, the latter also for programs that no intent runs yet; `asked` reads names for what is shown, of
    many intents at once; `answered` tells of an event that an agent adds while people are still asked.
    """

    def check(
        self,
        spec: dict[str, Any],
        *,
        actor: Tenant,
        field: str,
        silence: Silence | None = None,
        payload: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """`spec`, as `actor` asks it, with its defaults filled in. Raises InvalidField naming the place below `field`, and
        for a `silence` that would say yes where it may not. `payload` is what comes with it, where that is new."""

    def open(
        self, requests: Sequence[HumanTaskRequest], *, now: datetime
    ) -> tuple[list[HumanTaskRequest], list[Sequence[Model]]]:
        """Open human tasks of one workspace: the requests as they are made, with the least that its rules ask for and how
        each wait ends, which is by the request's `timeout` where that has a time; and the new rows by which they become
        tasks, to be stored with their waits. Raises InvalidField where one is about what its intent does not carry."""

    def read(self, *, actor: Person, intent_id: UUID, task_result: dict[str, Any], beside: dict[str, Any]) -> Decide:
        """Read a person's answer, before the intent is locked: that can take a while. `beside` are the keys beside the
        `task_result`. Raises nothing; what was wrong is told by deciding."""

    def close(self, *, intent_ids: Sequence[UUID], ended: WaitState, now: datetime) -> None:
        """Nobody is to decide the open tasks of these intents any more: their waits ended as EXPIRED or WITHDRAWN."""

    def take_effect(self, *, intents: Sequence[Intent], now: datetime) -> None:
        """Let decisions about these intents that are still held take effect now: they were made in time."""

    def silence(self, *, intent: Intent, spec: dict[str, Any], outcome: str) -> str:
        """The outcome that nobody's answer has: the `outcome` asked for by a checked `spec`, or `expired` where that would
        say yes though nobody was there to say no."""

    def refuses(self, *, spec: dict[str, Any], outcome: str) -> bool:
        """Whether an outcome refuses what a checked `spec` asks for."""

    def reschedule(self, *, intent: Intent, now: datetime, also_to: str | None = None) -> dict[str, str]:
        """The time that people have is another, by the deadline of this intent or of its wait. Until then the open task is
        put `also_to` one more: a person, a role or an address. Returns what the event tells of them: `who` that is, and
        `why` it is them, where it was looked up."""

    def asked(self, *, intent_ids: Sequence[UUID]) -> dict[UUID, str]:
        """Whom the newest human tasks of these intents are assigned to, by name: people, groups or roles. Checks no
        actor."""

    def answered(self, *, intent: Intent, question: IntentEvent, answer: IntentEvent) -> None:
        """An agent of this intent answered what somebody asked while a task of it waits."""


_gates: list[HumanGate] = []


def register(gate: HumanGate) -> None:
    """Let `gate` ask people, in place of any before it."""
    _gates[:] = [gate]


def gate() -> HumanGate:
    """The gate that asks people. An IndexError before one was registered."""
    return _gates[0]
