"""Agents that are called: each delivery is posted, signed, to the agent's URL under a lease, and again until it is taken.

Success is a status of 2xx alone, and means that the agent has the intent; it goes on by the API, or says at once what is to
become of it: a JSON answer with `action` does what the same body does as a `resume`. Anything else in an answer is shown
with the attempt and changes nothing.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import transaction

from intents.accounts import signing as agents_signing
from intents.accounts.bindings import Binding
from intents.accounts.selectors import active_agents
from intents.dispatch import posted
from intents.dispatch.bindings.internal import acting
from intents.dispatch.models import Push
from intents.dispatch.posted import LEASE_SLACK_SECONDS, OutgoingPush
from intents.engine import leases
from intents.engine.models import Delivery
from intents.engine.selectors import lock_many
from intents.engine.services.deliveries import dispatch
from intents.kernel import clock, failpoints, statements
from intents.kernel.unit_of_work import unit
from intents.sending import connector, sender, signing
from intents.sending.channels import Channel, NotSent, Sent
from intents.sending.connector import Answer, Unanswered
from intents.sending.outbox import Outbox, SendResult

NAME = "http"
BATCH = 100
SLOTS = 32
IN_FLIGHT = 4
"""How many are posted to one agent at a time."""
BACKOFF_SECONDS = (5, 30, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 20 * 3600, 37 * 3600)
"""Ten tries over about 75 hours."""
JITTER = 0.1
GONE = 410
KEPT_DAYS = 30


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
    leases.extend(dict.fromkeys(tokens.values(), LEASE_SLACK_SECONDS))
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


READ = ("id", "attempt", "lease_token", "intent_id", "agent_id", "url", "signing", "body", "at")


class PushOutbox(Outbox[OutgoingPush]):
    """A push whose lease is over is skipped. What the answers say is done in the transaction that writes them
    down."""

    model = Push
    backoff_seconds = BACKOFF_SECONDS
    skipped_as = "the delivery is over"
    wiped = ("body",)
    columns = (
        "m.lease_token",
        "(SELECT d.intent_id FROM intents_delivery d WHERE d.id = m.delivery_id)",
        "m.agent_id",
        "(SELECT a.callback_url FROM intents_agent a WHERE a.id = m.agent_id)",
        "(SELECT a.signing FROM intents_agent a WHERE a.id = m.agent_id)",
        "m.body",
        clock.NOW,
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
        in_force = leases.extend({row[2]: LEASE_SLACK_SECONDS for row in rows})
        return (OutgoingPush(**dict(zip(READ, row, strict=True))) for row in rows if row[2] in in_force)

    def retry_seconds(self, result: SendResult[OutgoingPush]) -> int | None:
        planned = super().retry_seconds(result)
        if planned is None:
            return None
        asked = posted.retry_after(result.detail) if isinstance(result.detail, Answer) else None
        # No secret: it only spreads the load.
        return round(max(planned * random.uniform(1 - JITTER, 1 + JITTER), asked or 0))  # noqa: S311

    @unit
    def settle(self, results: Sequence[SendResult[OutgoingPush]]) -> None:
        # All intents first and in one order, then the rows of this outbox.
        locked = lock_many([result.message.intent_id for result in results])
        posted.settle(self.written(results, now=locked.now), locked)


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
