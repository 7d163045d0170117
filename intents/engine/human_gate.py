"""The human gate: how the domain asks for a person without knowing how people are asked.

The inbox registers itself here when the program starts. Nobody else answers for a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Model

from intents.engine.models import Intent, IntentEvent, Wait
from intents.engine.waits import NEVER, Timeout
from intents.kernel.actors import Actor, Person, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a locked intent asks people, and by which credential. `spec` was checked by the gate; `on_submit` tells a task
    that came with the intent, whose decision completes it, from one that its agent asks for; `timeout` is how the wait ends,
    as far as that was said."""

    intent: Intent
    spec: dict[str, Any]
    asked_by: Actor
    on_submit: bool
    timeout: Timeout = NEVER


@dataclass(frozen=True, slots=True)
class Opening:
    """A question whose wait is about to begin; `prepared` is what `HumanGate.prepare` gave."""

    question: Question
    wait: Wait
    prepared: Any


class HumanGate(Protocol):
    """Opens, decides and withdraws the tasks of locked intents, in the caller's transaction."""

    def check(self, spec: dict[str, Any], *, actor: Tenant, field: str) -> dict[str, Any]:
        """`spec`, as `actor` asks it, with its defaults filled in. Raises InvalidField naming the place below `field`."""

    def is_positive(self, spec: dict[str, Any], outcome: str) -> bool:
        """Whether `outcome` lets happen what a checked `spec` asks for."""

    def prepare(self, questions: Sequence[Question], *, now: datetime) -> list[tuple[Question, Any]]:
        """Questions of one workspace as they are to be put, with the least that its rules ask for and how each wait ends,
        which is by the question's `timeout` where that has a time; and what `open` is to be given as `prepared`."""

    def open(self, openings: Sequence[Opening], *, now: datetime) -> list[Sequence[Model]]:
        """The new rows by which the questions become tasks, to be stored with their waits."""

    def read(self, *, actor: Person, intent_id: UUID, task_result: dict[str, Any], beside: dict[str, Any]) -> Any:
        """What a person's answer says, for `decide`. It is read before the intent is locked: that can take a while.
        `beside` are the keys beside the `task_result`. Raises nothing."""

    def decide(self, *, intent: Intent, actor: Person, read: Any, now: datetime) -> IntentEvent:
        """A person decides the open task by what was `read`. Raises Denied, InvalidField, Conflict (already decided)."""

    def withdraw(self, *, intent_ids: Sequence[UUID], now: datetime) -> None:
        """Nobody needs to decide the open tasks of these intents any more."""

    def escalate(self, *, intent: Intent, to: str, due_at: datetime, now: datetime) -> dict[str, str]:
        """Put the open task of this intent to `to` (a person, a role or an address) as well, until `due_at`. Returns what
        the event tells beside: `who` that is, and `why` it is them, where it was looked up."""

    def asked(self, *, intent_ids: Sequence[UUID]) -> dict[UUID, str]:
        """Whom the newest questions of these intents are put to, by name: people, groups or roles. Checks no actor."""

    def answered(self, *, intent: Intent, question: IntentEvent, answer: IntentEvent) -> None:
        """An agent of this intent answered what somebody asked while a task of it waits."""

    def could_be_answered(self, *, intent: Intent) -> bool:
        """Whether there is somebody who may decide the open task of this intent."""

    def release(self, *, intents: Sequence[Intent], now: datetime) -> None:
        """Let decisions about these intents that are still held take effect now: they were made in time."""

    def reschedule(self, *, intent: Intent) -> None:
        """The deadline of this intent has changed, and so may have the time that people have."""

    def expire(self, *, intent_ids: Sequence[UUID], now: datetime) -> None:
        """Nobody decided the open tasks of these intents in time."""


_gates: list[HumanGate] = []


def register(gate: HumanGate) -> None:
    """Let `gate` ask people, in place of any before it."""
    _gates[:] = [gate]


def gate() -> HumanGate:
    return _gates[0]
