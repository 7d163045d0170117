"""How the domain reaches people: its human gate."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model

from inbox.assignees.services.resolution import explained
from inbox.escalation.services import planning
from inbox.tasks import audience, selectors, specs
from inbox.tasks.answers import from_task_result
from inbox.tasks.services import attachments, close, comments, hold
from inbox.tasks.services.decide import Channel, decide_locked
from inbox.tasks.services.open import escalate, open_tasks, reschedule
from inbox.tasks.services.reading import read
from inbox.vocabulary import kinds
from inbox.vocabulary.errors import TaskClosed
from inbox.vocabulary.lifecycle import State
from intents.engine.human_gate import Opening, Question
from intents.engine.models import Intent, IntentEvent
from intents.kernel.actors import Person, Tenant
from intents.kernel.errors import InvalidField, Unavailable


class TaskGate:
    """Human waits as tasks of the inbox."""

    def check(self, spec: dict[str, Any], *, actor: Tenant, field: str) -> dict[str, Any]:
        completed = planning.checked(actor.workspace_id, specs.complete(spec, field=field), field=field)
        attachments.ensure_ready(actor, completed.get("attachments", ()), field=f"{field}.attachments")
        return completed

    def is_positive(self, spec: dict[str, Any], outcome: str) -> bool:
        return not kinds.is_negative(spec["task_type"], outcome) and outcome != State.EXPIRED

    def prepare(self, questions: Sequence[Question], *, now: datetime) -> list[tuple[Question, Any]]:
        return planning.prepare(questions, now=now)

    def open(self, openings: Sequence[Opening], *, now: datetime) -> list[Sequence[Model]]:
        return open_tasks(openings, now=now)

    def read(self, *, actor: Person, intent_id: UUID, task_result: dict[str, Any], beside: dict[str, Any]) -> Any:
        try:
            answer = from_task_result(task_result, beside=beside)
        except InvalidField as refusal:
            return refusal
        task = selectors.newest(actor, intent_id)
        return task and read(task, answer)

    def decide(self, *, intent: Intent, actor: Person, read: Any, now: datetime) -> IntentEvent:
        task = selectors.lock_newest(intent)
        if task is None:
            raise TaskClosed("no person is asked anything about this intent", status=intent.status)
        if isinstance(read, InvalidField):
            raise read
        if read is None:
            raise Unavailable("people were asked at this moment; try again")
        event = decide_locked(task, intent, actor=actor, given=read, channel=Channel.API, now=now).event
        assert event is not None
        return event

    def withdraw(self, *, intent_ids: Sequence[UUID], now: datetime) -> None:
        close.withdraw(intent_ids, now=now)

    def escalate(self, *, intent: Intent, to: str, due_at: datetime, now: datetime) -> dict[str, str]:
        task = selectors.lock_newest(intent)
        return explained(escalate(task, intent, to, due_at=due_at, now=now)) if task is not None else {}

    def asked(self, *, intent_ids: Sequence[UUID]) -> dict[UUID, str]:
        return audience.asked(intent_ids)

    def answered(self, *, intent: Intent, question: IntentEvent, answer: IntentEvent) -> None:
        comments.answered(intent, question, answer)

    def could_be_answered(self, *, intent: Intent) -> bool:
        task = selectors.lock_newest(intent)
        return task is not None and bool(selectors.deciders(task, limit=1))

    def release(self, *, intents: Sequence[Intent], now: datetime) -> None:
        hold.release(intents, now=now)

    def reschedule(self, *, intent: Intent) -> None:
        reschedule(intent)

    def expire(self, *, intent_ids: Sequence[UUID], now: datetime) -> None:
        close.expire(intent_ids, now=now)
