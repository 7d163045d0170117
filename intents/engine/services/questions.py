"""Answering what people ask while an intent waits for them."""

from datetime import datetime, timedelta
from uuid import UUID

from intents.accounts import bindings
from intents.engine import permissions, selectors, timers
from intents.engine.human_gate import gate
from intents.engine.lifecycle import TERMINAL, EventType, Status, refusal
from intents.engine.models import Intent, IntentEvent
from intents.engine.services.transitions import note
from intents.kernel.actors import Tenant, key_of
from intents.kernel.errors import Conflict, Denied, InvalidField
from intents.kernel.unit_of_work import unit

LONGEST = 4000
ANSWERED_AFTER = timedelta(seconds=2)
"""How soon an agent inside the server is told of a question, which others find in the intent's events."""


def asked(*, intent: Intent, now: datetime) -> None:
    """People asked the agent of a locked intent something, as its newest event says."""
    answering = bindings.modes(answering=True)
    known = selectors.agents_called(intent.workspace_id, intent.mailbox)
    if known.filter(delivery_mode__in=answering, status="active").exists():
        timers.arm(workspace_id=intent.workspace_id, intent_id=intent.id, kind=timers.QUESTION, due_at=now + ANSWERED_AFTER)


@unit
def answer(*, actor: Tenant, intent_id: UUID, text: str, question_seq: int | None = None) -> IntentEvent:
    """Answer, as the intent's sender or agent, the question that is the event `question_seq`, or else the last one. The wait
    goes on, and who asked is told.

    Raises Missing, Denied, InvalidField, InvalidTransition, Conflict when nobody asked.
    """
    intent, now = selectors.lock_intent(actor, intent_id)
    agent = key_of(actor)
    if agent is None or not permissions.may_end(agent, intent) or permissions.is_stopped(agent, intent):
        raise Denied("only the agents of an intent answer questions about it")
    if intent.status in TERMINAL:
        raise refusal(Status(intent.status), "nothing is added to it any more")
    message = text.strip()
    if not message or len(message) > LONGEST:
        raise InvalidField("answer", f"1 to {LONGEST} characters")
    question = selectors.question(intent, question_seq)
    if question is None:
        raise Conflict("nobody asked this", status=intent.status)
    details = {"question_seq": question.seq, "message": message}
    event = note(intent=intent, event_type=EventType.ANSWER, actor=agent, now=now, details=details)
    gate().answered(intent=intent, question=question, answer=event)
    return event
