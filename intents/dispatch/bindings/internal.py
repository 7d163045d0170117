"""Agents that live inside the server: a function that a worker calls with the intent's delivery.

What the function returns is the result; None says that it has moved the intent on itself, to a wait for one. An exception is
a retryable failure. A worker that dies leaves the lease to run out, and another calls the function again, so a handler must
bear being called twice.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError

from intents.accounts.bindings import Binding
from intents.accounts.models import Agent as AgentRow
from intents.accounts.selectors import ActiveAgent, active_agents
from intents.engine import leasing, selectors
from intents.engine.models import Delivery
from intents.engine.selectors import Locked
from intents.engine.services import questions, work
from intents.engine.services.deliveries import dispatch
from intents.engine.timers import Due
from intents.kernel import canonical
from intents.kernel.actors import Machine, Scope
from intents.kernel.errors import DomainError, Invalid

NAME = "internal"
LEASE_SECONDS = 300
BATCH = 10

Handler = Callable[[Machine, dict[str, Any]], dict[str, Any] | None]
Answerer = Callable[[Machine, UUID, str], str]

log = logging.getLogger(__name__)

_handlers: dict[str, Handler] = {}
_answerers: dict[str, Answerer] = {}


def register(name: str, handler: Handler, *, answerer: Answerer | None = None) -> None:
    """Let `handler` do the work of the internal agent with the local name `name`, in every workspace that has one. It gets
    the actor that it is and the protocol's delivery, and returns the result or None; both are JSON objects.

    `answerer` gets the actor that it is, an intent's correlation id and what people ask about it, and returns the answer. It
    runs in a transaction, so it is quick.
    """
    _handlers[name] = handler
    if answerer is not None:
        _answerers[name] = answerer


def names() -> list[str]:
    """The local names that have a handler."""
    return list(_handlers)


def run_ready() -> int:
    """Call the handlers of what is ready. Returns how many intents were handled."""
    leased = (
        leasing.lease_own(binding=NAME, targets=list(_handlers), limit=BATCH, lease_seconds=LEASE_SECONDS)
        if _handlers
        else []
    )
    for delivery in leased:
        try:
            _run(delivery)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            # What cannot even be delivered is tried again when its lease ends; the others are done now.
            log.exception("work failed", extra={"action": "internal.run", "intent": str(delivery.intent_id)})
    return len(leased)


BINDING = Binding(name=NAME, modes=("internal",), run=run_ready, targets=names, answers=True)


def answer_due(due: Sequence[Due], locked: Locked) -> None:
    """Answer the newest questions about locked intents, for agents that can. A handler of timers."""
    for one in due:
        intent = locked.intents[one.intent_id]
        row = _row(intent.workspace_id, intent.mailbox)
        if row is None or row.name not in _answerers:
            continue
        question = selectors.question(intent, None)
        if question is None:
            continue
        said = canonical.loads(question.details or "{}").get("message", "")
        actor = acting(row)
        text = _answerers[row.name](actor, intent.correlation_id, said)
        questions.answer(actor=actor, intent_id=intent.id, text=text, question_seq=question.seq)


def _run(delivery: Delivery) -> None:
    row = _row(delivery.workspace_id, delivery.target)
    if row is None:
        return
    actor = acting(row)
    for work_item in dispatch(actor=actor, leased=[delivery]):
        intent_id = work_item.intent.id
        try:
            result = _sound(_handlers[delivery.target](actor, work_item.json()))
        except Exception as error:
            log.exception("an internal handler failed", extra={"action": "internal.run", "intent": str(intent_id)})
            failure = {"code": "handler_failed", "message": f"{type(error).__name__}: {error}"[:2000]}
            _settle(actor, delivery, failure=failure)
            continue
        if result is not None:
            _settle(actor, delivery, result=result)


def _sound(result: Any) -> dict[str, Any] | None:
    """What a handler returned, if it can be stored. Raises TypeError or ValueError."""
    if result is None:
        return None
    if not isinstance(result, dict):
        raise TypeError(f"a handler returns a JSON object, not {type(result).__name__}")
    try:
        canonical.check(result)
        canonical.sized(result, "the result")
    except Invalid as refusal:
        raise ValueError(refusal.message) from None
    return result


def _settle(
    actor: Machine,
    delivery: Delivery,
    *,
    result: dict[str, Any] | None = None,
    failure: dict[str, Any] | None = None,
) -> None:
    try:
        if failure is not None:
            work.fail(
                actor=actor,
                intent_id=delivery.intent_id,
                error=failure,
                retryable=True,
                lease_token=delivery.lease_token,
            )
        else:
            work.complete(actor=actor, intent_id=delivery.intent_id, result=result or {}, lease_token=delivery.lease_token)
    except DomainError as refusal:
        # Canceled, or delivered again, while the handler ran.
        log.info("late", extra={"action": "internal.late", "intent": str(delivery.intent_id), "error": refusal.code})


def _row(workspace_id: UUID, name: str) -> AgentRow | None:
    return active_agents().filter(workspace_id=workspace_id, name=name).first()


def acting(row: AgentRow) -> Machine:
    """`row` as the actor that its handler is."""
    workspace = row.workspace
    return acting_as(ActiveAgent(row.id, row.workspace_id, row.name, workspace.slug, workspace.organization.slug))


def acting_as(agent: ActiveAgent) -> Machine:
    """An agent as the actor that does what it says."""
    return Machine(
        workspace_id=agent.workspace_id,
        org_slug=agent.org_slug,
        workspace_slug=agent.workspace_slug,
        agent_id=agent.id,
        credential_id=agent.id,
        name=agent.name,
        speaks_as=agent.name,
        scope=Scope.OWN,
    )
