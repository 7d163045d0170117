"""How the agents, the deliveries and the server itself are, for those who watch and repair."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router

from inbox.operations import acts, agents, deliveries, endpoints, evidence, measures, messages, overview, system
from inbox.operations.agents import Health
from inbox.operations.deliveries import DeliveryView
from inbox.operations.endpoints import EndpointView
from inbox.operations.messages import Ended, MessageView
from inbox.operations.permissions import ensure_may_repair
from inbox.operations.services import messages as repairs
from inbox.schemas import endpoints as targets
from inbox.schemas import messages as wire
from inbox.schemas import operations as shapes
from inbox.schemas import system as system_shapes
from intents.accounts.services import agents as registry
from intents.api import cursors, late
from intents.api.common import REFUSALS, Request, answer, as_id, once
from intents.dispatch import pushes
from intents.engine import selectors
from intents.kernel import clock
from intents.kernel.errors import InvalidField

router = Router(tags=["Operations"])

CURSOR, ACTS, MESSAGES, ENDPOINTS = "v", "w", "m", "p"
"""The letters of the cursors of deliveries, of the audit log, of messages, and of endpoints."""


def _limit(default: int = 50) -> Any:
    return Query(default, ge=1, le=200)


@router.get("/operations/agents", response={200: shapes.WatchedAgents, **REFUSALS}, summary="See how agents are")
def watch_agents(
    request: Request,
    health: Health | None = Query(None, description="Those of this health alone."),
    limit: int = _limit(),
    cursor: str | None = Query(None, description="`next_cursor` of the page before."),
) -> HttpResponse:
    """Every address that work is sent to, by name, with what waits there and what its agent did in 24 hours. For owners,
    admins, operators and viewers, by a person's token: a machine key alone is refused."""
    after = _name(cursor)
    found = late.read(request, lambda: agents.page(request.auth, only=health, after=after, limit=limit))
    return late.dated(found, shapes.agents(found.value, _text(found.value.last)))


def _text(name: str | None) -> str | None:
    return None if name is None else urlsafe_b64encode(name.encode()).decode()


def _name(cursor: str | None) -> str | None:
    """The name at which a page ended. Raises InvalidField."""
    if cursor is None:
        return None
    try:
        return urlsafe_b64decode(cursor.encode("ascii")).decode()
    except ValueError:
        raise InvalidField("cursor", "not a cursor that this list gave out") from None


@router.post(
    "/operations/agents/{agent_id}/suspend", response={200: shapes.OneWatchedAgent, **REFUSALS}, summary="Suspend an agent"
)
def suspend_agent(request: Request, agent_id: str) -> HttpResponse:
    """Its keys are refused and nothing is posted to it until it is resumed; what is sent to it waits in its mailbox. Work
    under a lease is delivered again when that ends. For owners, admins and operators."""
    return _set(request, agent_id, suspended=True)


@router.post(
    "/operations/agents/{agent_id}/resume", response={200: shapes.OneWatchedAgent, **REFUSALS}, summary="Resume an agent"
)
def resume_agent(request: Request, agent_id: str) -> HttpResponse:
    """Let a suspended agent work again. For owners, admins and operators."""
    return _set(request, agent_id, suspended=False)


def _set(request: Request, agent_id: str, *, suspended: bool) -> HttpResponse:
    person, wanted = ensure_may_repair(request.auth), as_id(agent_id, "service account")

    def run() -> dict[str, Any]:
        row = registry.suspend_agent(actor=person, agent=selectors.agent(person, wanted), suspended=suspended)
        return {"ok": True, "agent_id": str(row.id), "status": row.status}

    return once(request, run)


@router.get("/operations/deliveries", response={200: shapes.WatchedDeliveries, **REFUSALS}, summary="See deliveries")
def watch_deliveries(
    request: Request,
    state: DeliveryView = Query(
        DeliveryView.LEASED,
        description="`ready` waits for its agent to come, `leased` is in its hands, `failing` waits for another try at its"
        " URL, `dead` was given up.",
    ),
    agent: str | None = Query(None, description="Those to this local name alone."),
    limit: int = _limit(),
    cursor: str | None = Query(None, description="`next_cursor` of the page before."),
) -> HttpResponse:
    """Work on its way to agents, the newest first, with the tries at agents' URLs. For owners, admins, operators and
    viewers, by a person's token: a machine key alone is refused."""
    before = cursors.parse(CURSOR, cursor) if cursor is not None else None
    found = late.read(request, lambda: deliveries.page(request.auth, state, target=agent, before=before, limit=limit))
    return late.dated(found, shapes.deliveries(found.value, _cursor(found.value.last)))


def _cursor(last: UUID | None) -> str | None:
    return cursors.cursor(CURSOR, last) if last else None


@router.post(
    "/operations/deliveries/{delivery_id}/try", response={200: shapes.TriedNow, **REFUSALS}, summary="Try a delivery now"
)
def try_delivery(request: Request, delivery_id: str) -> HttpResponse:
    """Post a failing delivery to its agent's URL at once, before its next try is due. For owners, admins and operators."""
    person, wanted = ensure_may_repair(request.auth), as_id(delivery_id, "delivery")

    def run() -> dict[str, Any]:
        return {"ok": True, "applied": pushes.try_now(actor=person, delivery=deliveries.delivery(person, wanted))}

    return once(request, run)


@router.get("/operations/endpoints", response={200: targets.WatchedEndpoints, **REFUSALS}, summary="See endpoints")
def watch_endpoints(
    request: Request,
    state: EndpointView | None = Query(
        None, description="`active`, of those `failing` where the last attempt was not taken, or `disabled`; all without it."
    ),
    limit: int = Query(20, ge=1, le=100),
    cursor: str | None = Query(None, description="`next_cursor` of the page before."),
) -> HttpResponse:
    """The endpoints that events are posted to, the oldest first: what waits for each, and what it took in 24 hours. For
    owners, admins, operators and viewers, by a person's token: a machine key alone is refused."""
    after = cursors.parse(ENDPOINTS, cursor) if cursor is not None else None
    slots = overview.slots_of(measures.SPANS["24h"], clock.now(), "UTC")
    found = late.read(request, lambda: endpoints.page(request.auth, slots=slots, only=state, after=after, limit=limit))
    last = found.value.last
    return late.dated(found, targets.endpoints(found.value, cursors.cursor(ENDPOINTS, last) if last else None))


@router.get("/operations/messages", response={200: wire.WatchedMessages, **REFUSALS}, summary="See messages to people")
def watch_messages(
    request: Request,
    state: MessageView = Query(
        MessageView.FAILED, description="`failed` was given up, `waiting` is to be sent, for the first time or again."
    ),
    ended: Ended = Query(Ended.ALL, description="`24h`: of those that failed the ones of the last 24 hours."),
    limit: int = _limit(),
    cursor: str | None = Query(None, description="`next_cursor` of the page before."),
) -> HttpResponse:
    """Emails and chat messages that tell people of tasks, the newest first. For owners, admins, operators and viewers, by a
    person's token: a machine key alone is refused."""
    before = cursors.parse(MESSAGES, cursor) if cursor is not None else None
    found = late.read(request, lambda: messages.page(request.auth, state, ended=ended, before=before, limit=limit))
    last = found.value.last
    return late.dated(found, wire.page(found.value, cursors.cursor(MESSAGES, last) if last else None))


@router.post(
    "/operations/messages/send-again", response={200: wire.SentAgain, **REFUSALS}, summary="Send failed messages again"
)
def send_messages_again(request: Request, body: wire.WhichMessages) -> HttpResponse:
    """Try messages that failed once more, at once: each is the same message, with the same Message-ID, without what was
    decided or read meanwhile. Those that did not fail stay as they are. For owners, admins and operators."""
    person = ensure_may_repair(request.auth)

    def run() -> dict[str, Any]:
        return {"ok": True, "message_ids": [str(one) for one in repairs.send_again(actor=person, ids=body.ids)]}

    return once(request, run)


@router.get("/operations/system", response={200: system_shapes.SystemFacts, **REFUSALS}, summary="See how the server is")
def watch_system(request: Request) -> HttpResponse:
    """Processes, how late the server is with what, its database and tables, and what the auditor found. For owners, admins,
    operators and viewers, by a person's token: a machine key alone is refused."""
    return answer(system_shapes.system(system.state(request.auth)))


@router.get("/operations/audit", response={200: shapes.Acts, **REFUSALS}, summary="Read the audit log")
def read_audit_log(
    request: Request,
    actor: str | None = Query(None, description="What this one did alone, as entries name them."),
    about: str | None = Query(None, description="The first part of actions, such as `key` or `member`."),
    limit: int = _limit(),
    cursor: str | None = Query(None, description="`next_cursor` of the page before."),
) -> HttpResponse:
    """What people and machines did to keys, people and settings, the newest first. For owners and admins, by a person's
    token."""
    before = cursors.parse(ACTS, cursor) if cursor is not None else None
    found = acts.page(request.auth, by=actor, about=about, before=before, limit=limit)
    return answer(shapes.acts(found, cursors.cursor(ACTS, found.last) if found.last else None))


@router.get("/intents/{intent_id}/evidence", response={200: shapes.Evidence, **REFUSALS}, summary="Get the evidence")
def get_evidence(request: Request, intent_id: str) -> HttpResponse:
    """All that is on record of an intent: payload, history, what people were shown, under which policy, and what they
    decided; with the proof that nothing of it was changed. `examples/verify_evidence.py` checks it offline. For owners,
    admins, operators and viewers, by a person's token: a machine key alone is refused."""
    return answer(evidence.bundle(request.auth, as_id(intent_id, "intent")))
