"""Agents that are called: each delivery is posted, signed, to the agent's URL under a lease, and again until it is taken.

Success is a status of 2xx alone, and means that the agent has the intent; it goes on by the API, or says at once what is to
become of it: a JSON answer with `action` does what the same body does as a `resume`. Anything else in an answer is shown
with the attempt and changes nothing.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db import transaction

from intents.accounts import signing as agents_signing
from intents.accounts.bindings import Binding
from intents.accounts.selectors import active_agents
from intents.dispatch.bindings.internal import acting
from intents.dispatch.models import Push
from intents.engine import leases
from intents.engine.events import Pending
from intents.engine.lifecycle import EventType, Status
from intents.engine.models import Delivery, Intent
from intents.engine.selectors import lock_many
from intents.engine.services import resume, work
from intents.engine.services.deliveries import dispatch
from intents.engine.services.transitions import Move, move, note
from intents.kernel import canonical, clock, failpoints, statements
from intents.kernel.actors import Machine, System
from intents.kernel.errors import DomainError
from intents.kernel.unit_of_work import unit
from intents.sending import connector, sender, signing
from intents.sending.channels import Channel, NotSent, Sent
from intents.sending.connector import Answer, Unanswered
from intents.sending.models import Attempt
from intents.sending.models.attempt import LONGEST_ANSWER
from intents.sending.outbox import Outbox, SendResult

NAME = "http"
BATCH = 100
SLOTS = 32
IN_FLIGHT = 4
"""How many are posted to one agent at a time."""
BACKOFF_SECONDS = (5, 30, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 20 * 3600, 37 * 3600)
"""Ten tries over about 75 hours."""
JITTER = 0.1
LONGEST_WAIT = 24 * 3600
"""The most that an agent may ask to be left alone for by `Retry-After`."""
LEASE_SLACK_SECONDS = 24 * 3600
"""How long the lease outlives the next try: the row is tried however late the workers are."""
GONE = 410
KEPT_DAYS = 30

PUSHER = System(name="push")


class EnterWait(Protocol):
    """Lets an intent wait as an answer says: `sent` is the body of the call that does so. Raises DomainError."""

    def __call__(self, *, actor: Machine, intent_id: UUID, sent: dict[str, Any]) -> None: ...


_enter_wait: list[EnterWait] = []


def register_waits(enter: EnterWait) -> None:
    """Let answers put intents aside by `enter`."""
    _enter_wait[:] = [enter]


def run_ready() -> int:
    """Dispatch what is ready for agents that are called, and enqueue it to be posted. Returns how much that was."""
    leased = leases.lease_to_agents(binding=NAME, limit=BATCH)
    failpoints.hit("after_lease")
    by_agent = sorted(leased, key=lambda delivery: (delivery.workspace_id, delivery.target))
    for _, deliveries in groupby(by_agent, key=lambda delivery: (delivery.workspace_id, delivery.target)):
        _enqueue(list(deliveries))
    return len(leased)


BINDING = Binding(name=NAME, modes=(NAME,), run=run_ready)


@unit
def _enqueue(deliveries: Sequence[Delivery]) -> None:
    """Dispatch leased deliveries to their one agent, and enqueue their posting, in one transaction."""
    row = active_agents().filter(workspace_id=deliveries[0].workspace_id, name=deliveries[0].target).first()
    if row is None:
        return
    dispatched = dispatch(actor=acting(row), leased=deliveries)
    tokens = {one.delivery.id: token for one in dispatched if (token := one.delivery.lease_token)}
    now = clock.now()
    leases.extend(list(tokens.values()), seconds=LEASE_SLACK_SECONDS)
    pushes = [
        Push(
            delivery_id=one.delivery.id,
            lease_token=tokens[one.delivery.id],
            agent=row,
            body=one.text(),
            due_at=now,
            created_at=now,
        )
        for one in dispatched
    ]
    statements.insert(pushes)
    transaction.on_commit(sender.nudge)


@dataclass(frozen=True, slots=True)
class OutgoingPush:
    """A delivery to be posted to `url` with the secrets that `signing` holds, encrypted."""

    id: UUID
    attempt: int
    lease_token: UUID
    intent_id: UUID
    agent_id: UUID
    url: str
    signing: bytes | None
    body: str
    at: datetime
    address_id: None = None
    """None is ever busy: the lease itself counts what is in flight to an agent."""


READ = ("id", "attempt", "lease_token", "intent_id", "agent_id", "url", "signing", "body")


class PushOutbox(Outbox[OutgoingPush]):
    """A push whose lease is over is skipped. What the answer says is done in the transaction that writes it down."""

    model = Push
    backoff_seconds = BACKOFF_SECONDS
    skipped_as = "the delivery is over"
    wiped = {"body": None}
    columns = (
        "m.lease_token",
        "(SELECT d.intent_id FROM intents_delivery d WHERE d.id = m.delivery_id)",
        "m.agent_id",
        "(SELECT a.callback_url FROM intents_agent a WHERE a.id = m.agent_id)",
        "(SELECT a.signing FROM intents_agent a WHERE a.id = m.agent_id)",
        "m.body",
    )
    # Agent by agent, so that however much is due to one that hangs, another's waits for nothing; of one that may not work
    # now nothing is posted.
    due = f"""
    WITH RECURSIVE agents AS (
        (SELECT agent_id FROM intents_push WHERE state IN ('ready', 'leased') ORDER BY agent_id LIMIT 1)
        UNION ALL
        SELECT (SELECT p.agent_id FROM intents_push p
                WHERE p.state IN ('ready', 'leased') AND p.agent_id > agents.agent_id ORDER BY p.agent_id LIMIT 1)
        FROM agents WHERE agents.agent_id IS NOT NULL
    )
    SELECT one.id FROM agents JOIN intents_agent a ON a.id = agents.agent_id AND a.status = 'active' CROSS JOIN LATERAL (
        SELECT m.id, m.due_at FROM intents_push m
        WHERE m.agent_id = agents.agent_id AND m.state IN ('ready', 'leased') AND m.due_at <= {clock.START}
        ORDER BY m.due_at
        LIMIT greatest(0, {IN_FLIGHT} - (
            SELECT count(*) FROM intents_push f
            WHERE f.agent_id = agents.agent_id AND f.state = 'leased' AND f.due_at > {clock.START}
        ))
        FOR UPDATE SKIP LOCKED
    ) one
    ORDER BY one.due_at LIMIT %(limit)s
"""

    def prepare(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[OutgoingPush]:
        now = clock.now()
        in_force = leases.extend([row[2] for row in rows], seconds=LEASE_SLACK_SECONDS)
        return (OutgoingPush(**dict(zip(READ, row, strict=True)), at=now) for row in rows if row[2] in in_force)

    def retry_seconds(self, result: SendResult[OutgoingPush]) -> int | None:
        planned = super().retry_seconds(result)
        if planned is None:
            return None
        asked = retry_after(result.detail) if isinstance(result.detail, Answer) else None
        # No secret: it only spreads the load.
        return round(max(planned * random.uniform(1 - JITTER, 1 + JITTER), asked or 0))  # noqa: S311

    @unit
    def settle(self, results: Sequence[SendResult[OutgoingPush]]) -> None:
        # All intents first and in one order, then the rows of this outbox.
        lock_many([result.message.intent_id for result in results])
        super().settle(results)

    def settled(self, result: SendResult[OutgoingPush], *, retry_at: datetime | None, now: datetime) -> None:
        message, detail = result.message, result.detail
        warning = _taken(message, detail) if result.sent else None
        if retry_at is not None:
            details = {"try": message.attempt, "reason": result.answer, "retry_at": clock.rfc3339(retry_at)}
            if intent := _held(message, seconds=(retry_at - now).total_seconds() + LEASE_SLACK_SECONDS):
                note(
                    intent=intent,
                    event_type=EventType.DELIVERY_FAILED,
                    actor=PUSHER,
                    now=now,
                    details=details,
                    pending=Pending("agent", intent.to_agent),
                )
        answer = detail if isinstance(detail, Answer) else None
        attempt = Attempt(
            message_id=message.id,
            number=message.attempt,
            ended_at=now,
            milliseconds=answer.milliseconds if answer else None,
            status=answer.status if answer else None,
            fault=detail.fault if isinstance(detail, Unanswered) else None,
            answer=_beginning(answer) if answer else result.answer,
            warning=warning,
            retry_at=retry_at,
        )
        statements.insert([attempt])

    def dead_letter(self, message: OutgoingPush, *, now: datetime) -> None:
        if intent := _held(message):
            error = {
                "code": "delivery_failed",
                "message": f"posted {message.attempt} times and never taken",
                "tries": message.attempt,
            }
            failed = Move(intent=intent, to=Status.FAILED, details={"error": error}, dead_letter=True)
            move(move=failed, actor=PUSHER, now=now)


def _beginning(answer: Answer) -> str:
    """What an attempt shows of an answer's body."""
    return answer.body[:LONGEST_ANSWER].decode(errors="replace").replace("\0", "\ufffd")


def _held(message: OutgoingPush, *, seconds: float = 0) -> Intent | None:
    """The locked intent, if the lease of its push is in force, which then lasts for `seconds` at least."""
    if not leases.extend([message.lease_token], seconds=seconds):
        return None
    return lock_many([message.intent_id]).intents[message.intent_id]


def _taken(message: OutgoingPush, answer: Answer) -> str | None:
    """The agent has it: its lease begins, and what it says is to become of the intent is done. Returns what was wrong with
    what it says. When it has gone on by the API meanwhile, nothing is left to be done."""
    leases.start_leases([message.lease_token])
    row = active_agents().filter(id=message.agent_id).first()
    if row is None:
        return "the agent may not work now: what it said was not done"
    actor = acting(row)
    body, warning = said(answer)
    if body is not None:
        try:
            with transaction.atomic():
                _do(body, actor=actor, message=message)
            return None
        except DomainError as refusal:
            warning = refusal.message
    with suppress(DomainError), transaction.atomic():
        work.acknowledge(actor=actor, intent_id=message.intent_id, lease_token=message.lease_token)
    return warning


def _do(body: dict[str, Any], *, actor: Machine, message: OutgoingPush) -> None:
    """What an answer says, as a `resume` with the same body would. Raises DomainError."""
    if body["action"] == "wait" and _enter_wait:
        sent = {name: value for name, value in body.items() if name != "action"} | {"lease_token": str(message.lease_token)}
        _enter_wait[0](actor=actor, intent_id=message.intent_id, sent=sent)
    else:
        resume.resume(actor=actor, intent_id=message.intent_id, body=body, lease_token=message.lease_token)


def said(answer: Answer) -> tuple[dict[str, Any] | None, str | None]:
    """What an answer of 2xx says is to become of the intent, and what was wrong with it: only a JSON object with `action`
    says anything."""
    if answer.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return None, None
    if answer.cut:
        return None, "the answer was too long, or broke off, and was not read"
    if not answer.body.strip():
        return None, None
    try:
        body = canonical.parse(answer.body)
        if not isinstance(body, dict) or "action" not in body:
            return None, None
        canonical.sized(body, "the answer")
    except DomainError as refusal:
        return None, f"the answer was not read: {refusal.message}"
    return body, None


def retry_after(answer: Answer) -> int | None:
    """For how many seconds an agent asks to be left alone; dates are not read."""
    asked = answer.headers.get("retry-after", "").strip()
    return min(int(asked), LONGEST_WAIT) if asked.isascii() and asked.isdigit() else None


def send(message: OutgoingPush) -> Sent:
    """Post a delivery. Raises NotSent for what is no 2xx."""
    try:
        secrets = agents_signing.in_force(message.signing, now=message.at)
    except ValueError:
        raise NotSent("its signing secret cannot be read any more", permanent=True) from None
    signed = signing.headers(message_id=f"msg_{message.id.hex}", body=message.body, secrets=secrets, at=message.at)
    headers = {"content-type": "application/json", "user-agent": "AXME-Inbox", **signed}
    try:
        answer = connector.post(message.url, headers=headers, body=message.body.encode(), keep=settings.PAYLOAD_MAX_BYTES)
    except Unanswered as none:
        raise NotSent(none.text, detail=none) from None
    if not 200 <= answer.status < 300:
        raise NotSent(f"answered {answer.status}", permanent=answer.status == GONE, detail=answer)
    return Sent(f"answered {answer.status}", answer)


CHANNEL = Channel("push", PushOutbox(), send, slots=SLOTS, seconds=connector.SECONDS + 5)


def prune() -> None:
    """Forget pushes that are long over, and their attempts."""
    statements.rows(
        f"""
WITH over AS (
    DELETE FROM intents_push WHERE ended_at < {clock.START} - make_interval(days => {KEPT_DAYS}) RETURNING id
)
DELETE FROM intents_attempt a USING over WHERE a.message_id = over.id RETURNING a.id
""",
        {"now": clock.override()},
    )
