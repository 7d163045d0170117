"""Comments of people about a task, and questions that its agents answer."""

from datetime import datetime
from uuid import UUID

from inbox.plans import pause as pauses
from inbox.tasks import notices, permissions, selectors
from inbox.tasks.answers import MAX_COMMENT
from inbox.tasks.models import Task
from inbox.tasks.selectors import mentions
from inbox.tasks.services import pausing, watching
from inbox.tasks.services.events import record_event
from inbox.vocabulary import principals
from intents.engine import selectors as domain
from intents.engine.lifecycle import TERMINAL, EventType, Status, refusal
from intents.engine.models import Intent, IntentEvent
from intents.engine.services import questions
from intents.kernel import statements
from intents.kernel.actors import Person, Role, System, Tenant
from intents.kernel.clock import rfc3339
from intents.kernel.errors import Denied, InvalidField
from intents.kernel.unit_of_work import unit

CLOCK = System(name="timers")


@unit
def comment(*, actor: Tenant, task_id: UUID, text: str) -> IntentEvent:
    """Say something about a task, for everybody who sees it, until its intent is over. Members whom it names are told, and
    those who watch the task, as its person does by that.

    Raises Missing, Denied for machines and viewers, InvalidField, InvalidTransition.
    """
    message = _text("comment", text)
    person, task, intent, now = _spoken(actor, task_id)
    event = record_event(task=task, intent=intent, action="commented", actor=person, now=now, message=message)
    named = set(mentions.members(workspace_id=task.workspace_id, named=mentions.names(message))) - {person.user_id}
    told = [notices.notice(task, "mentioned", number=event.seq, principal=principals.user(one)) for one in sorted(named)]
    statements.insert(told)
    watching.join(actor=person, task=task)
    watching.tell(actor=person, task=task, event=event, but=named)
    return event


@unit
def ask(*, actor: Tenant, task_id: UUID, question: str) -> IntentEvent:
    """Ask the agents of a task; the task goes on waiting. Where its plan says so, its clock is paused while a question of
    somebody who may decide is open. Raises Missing, Denied for machines and viewers, InvalidField,
    InvalidTransition."""
    message = _text("question", question)
    person, task, intent, now = _spoken(actor, task_id)
    until = None
    if pauses.most(task.plan) is not None:
        task, now = selectors.lock(task)
        intent = task.intent
        until = pausing.ask(task=task, intent=intent, actor=person, question_seq=intent.seq + 1, now=now)
    event = record_event(
        task=task,
        intent=intent,
        action="asked",
        actor=person,
        now=now,
        event_type=EventType.QUESTION,
        message=message,
        paused_until=rfc3339(until) if until else None,
    )
    questions.asked(intent=intent, now=now)
    return event


def answered(*, intent: Intent, question: IntentEvent, answer: IntentEvent) -> None:
    """Enqueue a notice of an answer for whoever asked something about a locked intent, while its task waits; with the last
    one its clock goes on."""
    task = selectors.lock_newest(intent)
    if task is not None:
        if task.pause is not None:
            pausing.answer(actor=CLOCK, task=task, intent=intent, question_seq=question.seq, now=answer.at)
        asker = principals.email(question.actor)
        statements.insert([notices.notice(task, "answered", number=answer.seq, principal=asker)])


def _text(field: str, text: str) -> str:
    plain = text.strip()
    if not plain or len(plain) > MAX_COMMENT:
        raise InvalidField(field, f"1 to {MAX_COMMENT} characters")
    return plain


def _spoken(actor: Tenant, task_id: UUID) -> tuple[Person, Task, Intent, datetime]:
    task = selectors.task(actor, task_id)
    person = permissions.person(actor)
    if person.role is Role.VIEWER:
        raise Denied("viewers can't comment")
    intent, now = domain.lock_intent(actor, task.intent_id)
    if intent.status in TERMINAL:
        raise refusal(Status(intent.status), "nothing is added to it any more")
    return person, task, intent, now
