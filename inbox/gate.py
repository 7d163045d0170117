"""How the domain reaches people: its human gate."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
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
from inbox.tasks.services.reading import Read, read
from inbox.vocabulary.errors import TaskClosed
from inbox.vocabulary.kinds import is_negative
from inbox.vocabulary.lifecycle import State
from intents.engine.human_gate import Decide, HumanTaskRequest, Silence
from intents.engine.models import Intent, IntentEvent, WaitState
from intents.kernel.actors import Person, Tenant
from intents.kernel.errors import InvalidField, Unavailable


class TaskGate:
    """Human waits as tasks of the inbox."""

    def check(
        self,
        spec: dict[str, Any],
        *,
        actor: Tenant,
        field: str,
        silence: Silence | None = None,
        payload: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        completed = planning.checked(workspace_id=actor.workspace_id, spec=specs.complete(spec, field=field), field=field)
        attachments.ensure_ready(actor=actor, ids=completed.get("attachments", ()), field=f"{field}.attachments")
        if payload is not None:
            specs.ensure_fits(completed, payload, field=field)
        if silence is not None:
            specs.ensure_no_yes_of_silence(completed, silence)
        return completed

    def open(
        self, requests: Sequence[HumanTaskRequest], *, now: datetime
    ) -> tuple[list[HumanTaskRequest], list[Sequence[Model]]]:
        openings = planning.prepare(requests=requests, now=now)
        for one in openings:
            # What came with its intent was checked by its payload at the door.
            if not one.request.on_submit:
                specs.ensure_fits(one.request.spec, one.body.as_sent, field="human_task")
        return [one.request for one in openings], open_tasks(openings=openings, now=now)

    def read(self, *, actor: Person, intent_id: UUID, task_result: dict[str, Any], beside: dict[str, Any]) -> Decide:
        given: Read | InvalidField | None
        try:
            answer = from_task_result(task_result, beside=beside)
        except InvalidField as refusal:
            given = refusal
        else:
            task = selectors.newest(actor, intent_id)
            given = read(task=task, answer=answer) if task is not None else None
        return partial(_decide, actor=actor, given=given)

    def close(self, *, intent_ids: Sequence[UUID], ended: WaitState, now: datetime) -> None:
        if ended is WaitState.EXPIRED:
            close.expire(intent_ids=intent_ids, now=now)
        else:
            close.withdraw(intent_ids=intent_ids, now=now)

    def take_effect(self, *, intents: Sequence[Intent], now: datetime) -> None:
        hold.take_effect(intents=intents, now=now)

    def silence(self, *, intent: Intent, spec: dict[str, Any], outcome: str) -> str:
        if not specs.lets_happen(spec, outcome):
            return outcome
        task = selectors.lock_newest(intent)
        return outcome if task is not None and selectors.deciders(task, limit=1) else State.EXPIRED

    def refuses(self, *, spec: dict[str, Any], outcome: str) -> bool:
        return is_negative(spec["task_type"], outcome)

    def reschedule(self, *, intent: Intent, now: datetime, also_to: str | None = None) -> dict[str, str]:
        if also_to is None:
            reschedule(intent)
            return {}
        task = selectors.lock_newest(intent)
        return explained(escalate(task=task, intent=intent, to=also_to, now=now)) if task is not None else {}

    def asked(self, *, intent_ids: Sequence[UUID]) -> dict[UUID, str]:
        return {intent_id: str(one) for intent_id, one in audience.asked(intent_ids).items()}

    def answered(self, *, intent: Intent, question: IntentEvent, answer: IntentEvent) -> None:
        comments.answered(intent=intent, question=question, answer=answer)


def _decide(*, intent: Intent, now: datetime, actor: Person, given: Read | InvalidField | None) -> IntentEvent:
    task = selectors.lock_newest(intent)
    if task is None:
        raise TaskClosed("no person is asked anything about this intent", status=intent.status)
    if isinstance(given, InvalidField):
        raise given
    if given is None:
        raise Unavailable("people were asked at this moment; try again")
    event = decide_locked(task=task, intent=intent, actor=actor, given=given, channel=Channel.API, now=now).event
    assert event is not None
    return event
